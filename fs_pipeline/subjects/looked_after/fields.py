"""Periods of care of each child, unaccompanied asylum-seeking children left out (R16 to R18, I23, I24)."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.looked_after.periods import active_in_cla_window, periods_of_care
from fs_pipeline.toolkit.extracts import CARE_PERIODS
from fs_pipeline.toolkit.fields import field_table

LOOKED_AFTER = field_table(
    "looked_after",
    "cla_key",
    "cla_start_date",
    "cla_end_date",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
)


def looked_after(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    care_periods: Annotated[pd.DataFrame, CARE_PERIODS],
) -> Annotated[pd.DataFrame, LOOKED_AFTER]:
    """Each child's latest period of care in the CLA window, and the days of those open and closed.

    The CLA window runs from R03 or the quarter's first day, whichever is later, to the quarter end: it is not cut
    when FS ends (Z09). Periods flagged UASC are left out (Z10). Blank for adults. (Z14)
    """
    care = periods_of_care(Population.of_roster(people, quarter, "child"), care_periods)
    active, spans = active_in_cla_window(care), care.spans
    key, start, end = care.key_and_dates("care_period_id", care.latest(spans.start, active))
    return LOOKED_AFTER.beside(
        people,
        {
            "cla_key": key,
            "cla_start_date": start,
            "cla_end_date": end,
            "cla_days_open_at_quarter_end": care.days(active & spans.is_open),
            "cla_days_closed_in_quarter": care.days(active & ~spans.is_open),
        },
    )
