"""Periods of care of each child, unaccompanied asylum-seeking children left out (R16 to R18, I23, I24; Z10)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, flags
from fs_pipeline.arithmetic.figures import Spells
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import CARE_PERIODS
from fs_pipeline.toolkit.fields import field_table

LOOKED_AFTER = field_table("looked_after")


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


def periods_of_care(population: Population, care_periods: pd.DataFrame) -> Spells:
    """The periods of care of a population's children that are not flagged UASC."""
    return Spells.of(population, care_periods, ~flags(care_periods["uasc"]))


def active_in_cla_window(care: Spells) -> Flags:
    """Those active in the CLA window: from R03, or the quarter's first day, to the quarter end, past R04 too (Z09)."""
    population = care.population
    end = np.full(population.size, population.quarter.end)
    return care.active_in(Period(population.window.first, end))
