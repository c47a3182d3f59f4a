"""School sessions of each child of school age at the start of the school year (I15 to I19)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import days, numbers
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, completed_years, school_year_start
from fs_pipeline.arithmetic.ratios import ratio
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
    if attendance is None:
        attendance = ATTENDANCE.empty()
    pupils = Population.of_roster(people, quarter, "child").identified_by(people["upn"])
    event, row = pupils.events(attendance["upn"])
    born = days(people["date_of_birth"])[row]
    age = completed_years(born, school_year_start(days(attendance["date_from"])[event]))
    of_age = (age >= parameters["school_age_first"]) & (age <= parameters["school_age_last"])
    event, row = event[of_age], row[of_age]
    attends = np.bincount(row, minlength=pupils.size) > 0

    def sessions(column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.where(attends, pupils.sums(row, numbers(attendance[column])[event]), np.nan)

    unauthorised, authorised = sessions("sessions_unauthorised"), sessions("sessions_authorised")
    possible = sessions("sessions_possible")
    return SCHOOL_ATTENDANCE.beside(
        people,
        {
            "unauthorised_sessions": unauthorised,
            "authorised_sessions": authorised,
            "possible_sessions": possible,
            "unauthorised_share": ratio(unauthorised, possible),
            "authorised_share": ratio(authorised, possible),
        },
    )
