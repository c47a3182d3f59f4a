"""School sessions of each child of school age, over all schools (I15 to I19; Z18)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, days, numbers, ratio, totals
from fs_pipeline.arithmetic.figures import Events
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, completed_years, school_year_start
from fs_pipeline.toolkit.extracts import ATTENDANCE
from fs_pipeline.toolkit.fields import ROSTER, field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

SCHOOL_ATTENDANCE = field_table("attendance")


def attendance(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("school_age_first", "school_age_last")],
    people: Annotated[pd.DataFrame, ROSTER.only(*ROSTER_ROWS.names, "date_of_birth", "upn")],
    attendance: Annotated[
        pd.DataFrame | None,
        ATTENDANCE.only("upn", "date_from", "sessions_possible", "sessions_authorised", "sessions_unauthorised"),
    ],
) -> Annotated[pd.DataFrame, SCHOOL_ATTENDANCE]:
    """Each child's absent and possible sessions in the quarter, over all schools, and the shares.

    A row counts when the child was {school_age_first} to {school_age_last} on the 31 August on or before its first day.
    Blank without UPN, without such rows, out of age, for adults, and while attendance is not supplied. (Z18)
    """
    rows = ATTENDANCE.empty() if attendance is None else attendance
    counts = session_counts(sessions_of_age(quarter, parameters, people, rows))
    possible = counts["possible_sessions"]
    shares = {f"{kind}_share": ratio(counts[f"{kind}_sessions"], possible) for kind in ("unauthorised", "authorised")}
    return SCHOOL_ATTENDANCE.beside(people, counts | shares)


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
