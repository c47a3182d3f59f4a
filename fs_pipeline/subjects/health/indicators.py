"""Indicators 8 and 9: A&E attendances and emergency admissions, from the health trust's aggregate return."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import numbers, ratio
from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import HEALTH_ACTIVITY
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.figures import Indicator


@indicator(8)
def accident_and_emergency_attendances(
    quarter: Quarter, health_activity: Annotated[pd.DataFrame | None, HEALTH_ACTIVITY]
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Children and adults of the cohort with an A&E attendance in the quarter, as the health trust returns it."""
    return _figures(accident_and_emergency_attendances.declaration, quarter, health_activity, "ae_attendance")


@indicator(9)
def emergency_admissions(
    quarter: Quarter, health_activity: Annotated[pd.DataFrame | None, HEALTH_ACTIVITY]
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Children and adults of the cohort with an emergency admission in the quarter, as the health trust returns it."""
    return _figures(emergency_admissions.declaration, quarter, health_activity, "emergency_admission")


def _figures(
    declaration: Indicator, quarter: Quarter, health_activity: pd.DataFrame | None, measure: str
) -> pd.DataFrame:
    """One figure for each age group, blank where the return has no such row."""
    figures = Figures(declaration, quarter)
    if health_activity is None:
        return figures.not_supplied(("fs",))
    for age_group in declaration.measure("people_with_event").groups:
        row = health_activity[(health_activity["measure"] == measure) & (health_activity["age_group"] == age_group)]
        people, events, supplied = (
            numbers(row[column]) for column in ("people_in_cohort", "people_with_event", "percentage")
        )
        value = np.where(np.isnan(supplied), 100 * ratio(events, people), supplied)
        parts = (float(part[0]) if len(part) else float("nan") for part in (value, events, people))
        figures.add("people_with_event", "fs", *parts, group=age_group)
    return figures.frame()
