"""Indicators 15 and 16: depression and anxiety scores of adults, and savings on expert reports."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import flags, numbers
from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.scores import Scale, changes
from fs_pipeline.subjects.mental_health.fields import SCALES
from fs_pipeline.toolkit.extracts import EXPERT_REPORTS, MENTAL_HEALTH_SCORES
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

_THRESHOLDS = tuple(f"{scale}_{threshold}" for scale in SCALES for threshold in ("reliable_fall", "cut_off"))
_AUTHORITY = ("authority",)


@indicator(15)
def depression_and_anxiety(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only(*_THRESHOLDS)],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    scores: Annotated[
        pd.DataFrame,
        field_table("mental_health", *(f"{scale}_{form}" for scale in SCALES for form in ("initial", "latest"))),
    ],
    scores_supplied: Annotated[bool, MENTAL_HEALTH_SCORES],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """People whose PHQ-9 and GAD-7 scores improved, declined, stayed, improved reliably, recovered; the mean change.

    Over people with both an initial and a latest score; a lower score is better. (Z23, Z24)
    """
    scales = {name: Scale(True, parameters[f"{name}_reliable_fall"], parameters[f"{name}_cut_off"]) for name in SCALES}
    return changes(depression_and_anxiety.declaration, quarter, people, scores, "", scales, scores_supplied)


@indicator(16)
def expert_witness_costs(
    quarter: Quarter,
    external_expert_report: float,
    internal_hour: float,
    expert_reports: Annotated[pd.DataFrame | None, EXPERT_REPORTS.only("accepted", "internal_hours")],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Accepted expert reports, and what they saved against external ones; for the whole authority.

    Internal hours are those of all the quarter's reports: the time spent on one that was not accepted costs too.
    (Z29)
    """
    figures = Figures(expert_witness_costs.declaration, quarter)
    if expert_reports is None:
        return figures.not_supplied(_AUTHORITY)
    accepted = float(flags(expert_reports["accepted"]).sum())
    hours = float(np.nansum(numbers(expert_reports["internal_hours"])))
    saving = accepted * external_expert_report - hours * internal_hour
    figures.count("reports_accepted", _AUTHORITY, np.array([accepted]))
    figures.count("net_saving", _AUTHORITY, np.array([saving]))
    return figures.frame()
