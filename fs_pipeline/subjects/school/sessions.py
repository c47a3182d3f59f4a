"""School sessions of the children of school age, over all schools (Z18)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, days, numbers, totals
from fs_pipeline.arithmetic.events import Events
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import Quarter, completed_years, school_year_start
from fs_pipeline.toolkit.parameters import Values


def sessions_of_age(quarter: Quarter, parameters: Values, people: pd.DataFrame, attendance: pd.DataFrame) -> Events:
    """The attendance rows of the roster's children with a UPN who were of age then.

    A child is of school age who was so on the 31 August on or before the row's first day.
    """
    pupils = Population.of_roster(people, quarter, "child").identified_by(people["upn"])
    sessions = Events.of(pupils, attendance, person="upn")
    age = completed_years(days(people["date_of_birth"])[sessions.row], school_year_start(sessions.dates("date_from")))
    return sessions.only((age >= parameters["school_age_first"]) & (age <= parameters["school_age_last"]))


def wholly_in(sessions: Events, period: Period) -> Events:
    """The rows that begin and end in the period of their pupil."""
    return sessions.only(sessions.within(period, "date_from") & sessions.within(period, "date_to"))


def session_counts(sessions: Events) -> dict[str, Numbers]:
    """Each pupil's unauthorised, authorised and possible sessions; blank without a row."""
    pupils, row = sessions.population, sessions.row
    attends = totals(row, pupils.size) > 0
    counts = {}
    for kind in ("unauthorised", "authorised", "possible"):
        of_kind = numbers(sessions.table[f"sessions_{kind}"])[sessions.position]
        counts[f"{kind}_sessions"] = np.where(attends, pupils.sums(row, of_kind), np.nan)
    return counts
