"""Indicator 14: caseloads and waiting lists of the workers of the FS teams."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import codes, numbers, positions, totals
from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import CASELOADS, WAITING_LISTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES

_AUTHORITY = ("authority",)


@indicator(14)
def workforce(
    quarter: Quarter,
    caseloads: Annotated[pd.DataFrame | None, CASELOADS.only("worker_id", "discipline", "mode", "cases", "hours")],
    waiting_lists: Annotated[pd.DataFrame | None, WAITING_LISTS.only("discipline", "people_waiting")],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Cases and hours per worker by discipline and mode, and people waiting by discipline; for the whole authority.

    A worker whose hours are blank does not count among the workers of hours_per_worker: not given is not zero.
    """
    figures = Figures(workforce.declaration, quarter)
    if caseloads is None:
        figures.not_supplied(_AUTHORITY, "cases_per_worker", "hours_per_worker")
    else:
        groups = figures.indicator.measure("cases_per_worker").groups
        work = positions(caseloads["discipline"] + "/" + caseloads["mode"], pd.Series(groups))
        worker, size = codes(caseloads["worker_id"]), len(groups)
        for measure, column in (("cases_per_worker", "cases"), ("hours_per_worker", "hours")):
            values = numbers(caseloads[column])
            known = ~np.isnan(values)
            total = totals(work[known], size, values[known])
            workers = totals(np.unique(worker[known] * size + work[known]) % size, size)
            for place, group in enumerate(groups):
                figures.mean(measure, _AUTHORITY, total[[place]], workers[[place]], group=group)
    if waiting_lists is None:
        figures.not_supplied(_AUTHORITY, "people_waiting")
    else:
        for discipline in figures.indicator.measure("people_waiting").groups:
            waiting = numbers(waiting_lists["people_waiting"][waiting_lists["discipline"] == discipline])
            figures.count("people_waiting", _AUTHORITY, np.array([waiting.sum()]), group=discipline)
    return figures.frame()
