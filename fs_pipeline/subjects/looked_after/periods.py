"""Periods of care of a population, unaccompanied asylum-seeking children left out (Z10)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, flags
from fs_pipeline.arithmetic.events import Spells
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import Population


def periods_of_care(population: Population, care_periods: pd.DataFrame) -> Spells:
    """The periods of care of a population's children that are not flagged UASC."""
    return Spells.of(population, care_periods, ~flags(care_periods["uasc"]))


def active_in_cla_window(care: Spells) -> Flags:
    """Those active in the CLA window: from R03, or the quarter's first day, to the quarter end, past R04 too (Z09)."""
    population = care.population
    end = np.full(population.size, population.quarter.end)
    return care.active_in(Period(population.window.first, end))
