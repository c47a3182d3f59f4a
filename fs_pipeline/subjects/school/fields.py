"""School sessions of each child of school age at the start of the school year (I15 to I19)."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.columns import ratio
from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.school.sessions import session_counts, sessions_of_age
from fs_pipeline.toolkit.extracts import ATTENDANCE
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values
from fs_pipeline.toolkit.roster import ROSTER

SCHOOL_ATTENDANCE = field_table(
    "attendance",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "unauthorised_share",
    "authorised_share",
)


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
