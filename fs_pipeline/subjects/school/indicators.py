"""Indicator 7: educational attendance."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.columns import numbers
from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import ATTENDANCE
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, field_table

_SESSIONS = field_table("attendance", "unauthorised_sessions", "authorised_sessions", "possible_sessions")


@indicator(7)
def school_absence(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    sessions: Annotated[pd.DataFrame, _SESSIONS],
    attendance_supplied: Annotated[bool, ATTENDANCE],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Absent sessions as a percentage of possible ones, of children of school age.

    That is {school_age_first} to {school_age_last} at the start of the school year. Numerators and denominators are
    sessions. (Z18)
    """
    figures = Figures(school_absence.declaration, quarter)
    population = Population.of_roster(people, quarter, "child")
    if not attendance_supplied:
        return figures.not_supplied(population.scopes)
    possible = population.total(numbers(sessions["possible_sessions"]))
    for kind in ("unauthorised", "authorised"):
        absent = population.total(numbers(sessions[f"{kind}_sessions"]))
        figures.mean(f"{kind}_absence", population.scopes, absent, possible)
    return figures.frame()
