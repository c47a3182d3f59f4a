"""School sessions of the children of school age, over all schools (Z18)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, Positions, days, numbers
from fs_pipeline.arithmetic.groups import totals
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import Quarter, completed_years, school_year_start
from fs_pipeline.toolkit.parameters import Values

KINDS = ("unauthorised", "authorised", "possible")


@dataclass(frozen=True)
class Sessions:
    """The attendance rows of the children of a roster, each of a child of school age.

    A child is of age who was so on the 31 August on or before the row's first day.

    Attributes:
        pupils: the roster's children with a UPN.
        attendance: the extract's rows.
        position: of each row that counts, its place in the extract.
        row: of each, the row of its pupil.
    """

    pupils: Population
    attendance: pd.DataFrame
    position: Positions
    row: Positions

    @classmethod
    def of(cls, people: pd.DataFrame, quarter: Quarter, parameters: Values, attendance: pd.DataFrame) -> Sessions:
        """The attendance of the roster's children; `parameters` are the ages, first and last."""
        pupils = Population.of_roster(people, quarter, "child").identified_by(people["upn"])
        position, row = pupils.events(attendance["upn"])
        began = school_year_start(days(attendance["date_from"])[position])
        age = completed_years(days(people["date_of_birth"])[row], began)
        of_age = (age >= parameters["school_age_first"]) & (age <= parameters["school_age_last"])
        return cls(pupils, attendance, position[of_age], row[of_age])

    def wholly_in(self, period: Period) -> Flags:
        """The rows that begin and end in the period of their pupil."""
        of_pupil = period[self.row]
        begin, end = (days(self.attendance[name])[self.position] for name in ("date_from", "date_to"))
        return of_pupil.holds(begin) & of_pupil.holds(end)

    def sums(self, which: Flags | None = None) -> dict[str, Numbers]:
        """Each kind of session of every pupil, of all rows or of these; blank without such a row."""
        rows = slice(None) if which is None else which
        position, row = self.position[rows], self.row[rows]
        attends = totals(row, self.pupils.size) > 0
        values = {kind: numbers(self.attendance[f"sessions_{kind}"])[position] for kind in KINDS}
        return {
            f"{kind}_sessions": np.where(attends, self.pupils.sums(row, of_kind), np.nan)
            for kind, of_kind in values.items()
        }
