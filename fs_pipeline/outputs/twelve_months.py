"""Figures of the twelve months before and after FS start: indicators 1, 2, 5, 6, 7, 17 and 19 by other periods."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, days, flags, numbers
from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.periods import after_fs
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.parameters import PARAMETERS, Values
from fs_pipeline.toolkit.twelve_months import (
    BASELINE,
    FOLLOW_UP,
    TWELVE_MONTHS_INDICATORS,
    TWELVE_MONTHS_MEASURES,
)


def twelve_months_before(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    baseline: Annotated[pd.DataFrame, BASELINE],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Indicators 1, 2, 5, 6, 7, 17 and 19 over the twelve months before FS start, of the quarter's entrants.

    They cover the people whose twelve months are wholly supplied: `partial` where some are left out for that reason,
    blank and `not_supplied` where all are.
    """
    entrants = quarter.holds(days(people["fs_start_date"]))
    return _figures(quarter, people, entrants, baseline, "baseline", "before")


def twelve_months_after(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("months_around_fs")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    follow_up: Annotated[pd.DataFrame, FOLLOW_UP],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Indicators 1, 2, 5, 6, 7, 17 and 19 over the twelve months from FS start, of those who complete them.

    They cover the people whose twelve months are wholly supplied: `partial` where some are left out for that reason,
    blank and `not_supplied` where all are.
    """
    completed = quarter.holds(after_fs(days(people["fs_start_date"]), parameters["months_around_fs"]).last)
    return _figures(quarter, people, completed, follow_up, "follow_up", "after")


def _figures(
    quarter: Quarter, people: pd.DataFrame, rows: Flags, table: pd.DataFrame, period: str, side: str
) -> pd.DataFrame:
    """The figures of the roster's `rows`, for which `table` holds the columns of a side."""
    if not all(table[key].equals(people[key][rows].reset_index(drop=True)) for key in BASELINE.key):
        raise ValueError("twelve months of another roster: run the quarter's cohort again, all of it")
    frames = []
    for number, indicator in TWELVE_MONTHS_INDICATORS.items():
        figures = Figures(indicator, quarter, period)
        for measure in TWELVE_MONTHS_MEASURES:
            if measure.indicator != number:
                continue
            population = Population.of_roster(people, quarter, measure.role)
            supplied, left_out = np.ones(len(table), bool), np.zeros(len(table), bool)
            if measure.supplied:
                known = table[f"{side}_{measure.supplied}"]
                supplied, left_out = flags(known), flags(~known)

            def total(values: Numbers | Flags, population: Population = population) -> Numbers:
                of_roster = np.zeros(population.size)
                of_roster[rows] = np.nan_to_num(values.astype(np.float64))
                return population.total(of_roster)

            figures.of_covered(
                measure.measure.name,
                population.scopes,
                total(numbers(table[f"{side}_{measure.count}"])),
                total(numbers(table[f"{side}_{measure.over}"])) if measure.over else None,
                covered=total(supplied),
                left_out=total(left_out),
            )
        frames.append(figures.frame())
    return pd.concat(frames, ignore_index=True)
