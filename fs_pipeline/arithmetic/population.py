"""Who is counted: people row by row, their windows, the scopes that each row belongs to.

A roster row is a person in a family; an adult may have several. Fields are worked out per row. Figures are added
up per scope, and within a scope a person counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days
from fs_pipeline.arithmetic.groups import repeated, totals
from fs_pipeline.arithmetic.identifiers import codes, distinct, positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.remembering import remembered
from fs_pipeline.toolkit.roster import ROSTER

ROSTER_ROWS = ROSTER.only("family_key", "person_id", "role", "fs_start_date", "latest_fs_team", "fs_end_date", "cohort")
"""What a population is made from: every calculation over the roster reads these columns."""


@dataclass(frozen=True)
class Population:
    """The people that a field or figure is about.

    Attributes:
        person_id: the person of each row.
        counted: the rows that the field or figure is about (children, say); the others meet no event.
        first: first day of each row's FS window W (of the quarter, for the whole authority).
        last: its last day; before `first` when the window is empty.
        scopes: the scopes, in the order in which `total` gives their sums.
        scope: of each membership, its scope (a position in `scopes`).
        member: of each membership, its row. A person has at most one membership of a scope.
    """

    person_id: pd.Series
    counted: Flags
    first: Dates
    last: Dates
    scopes: tuple[str, ...]
    scope: Positions
    member: Positions

    @classmethod
    def of_roster(cls, people: pd.DataFrame, quarter: Quarter, role: str | None = None) -> Population:
        """The roster's rows, or those of one role, with FS windows and the scopes `fs`, `cohort:` and `team:`.

        Within a scope, someone with several rows counts with the earliest FS start (ties: smallest family key).

        Args:
            people: the roster, with at least the columns of ROSTER_ROWS.
            quarter: the quarter.
            role: `child` or `adult`; everyone when left out.
        """
        start = days(people["fs_start_date"])
        scopes, roles = _memberships(*(people[name] for name in ("role", "person_id", "cohort", "latest_fs_team")))
        of_role = roles[role]
        scope, member = of_role.once(codes(people["person_id"]), start)
        return cls(
            person_id=people["person_id"],
            counted=of_role.counted,
            first=np.maximum(start, quarter.start),
            last=np.fmin(days(people["fs_end_date"]), quarter.end),
            scopes=scopes,
            scope=scope,
            member=member,
        )

    @classmethod
    def of_authority(cls, person_id: pd.Series, quarter: Quarter, without: pd.Series | None = None) -> Population:
        """Everyone whom an extract names, one row a person, in the one scope `authority`; W is the quarter.

        Args:
            person_id: the extract's column of people.
            quarter: the quarter.
            without: people who are not counted.
        """
        person_id = distinct(person_id)
        size = len(person_id)
        return cls(
            person_id=person_id,
            counted=np.ones(size, bool) if without is None else positions(person_id, without) < 0,
            first=np.full(size, quarter.start),
            last=np.full(size, quarter.end),
            scopes=("authority",),
            scope=np.zeros(size, np.int64),
            member=np.arange(size),
        )

    @property
    def is_authority(self) -> bool:
        """Whether this is the whole authority, not the roster."""
        return self.scopes == ("authority",)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.person_id)

    def identified_by(self, identifier: pd.Series) -> Population:
        """The same rows, known to events by another identifier, such as the UPN; a blank one meets no event."""
        return replace(self, person_id=identifier, counted=self.counted & identifier.notna().to_numpy())

    def only(self, rows: Flags) -> Population:
        """The same people in the same scopes, but only these rows are counted.

        Someone who counts in a scope with another row does not count in it here.
        """
        kept = rows[self.member]
        return replace(self, counted=self.counted & rows, scope=self.scope[kept], member=self.member[kept])

    def counts_in(self, kind: str) -> Flags:
        """The rows with which somebody counts in a scope of the kind: `fs`, `cohort` or `team`."""
        of_kind = np.array([name.split(":")[0] == kind for name in self.scopes])
        rows = np.zeros(self.size, bool)
        rows[self.member[of_kind[self.scope]]] = True
        return rows

    def events(self, person_id: pd.Series, among: Flags | None = None) -> tuple[Positions, Positions]:
        """Each event with each counted row of its person: positions of the events, and of the rows.

        In order of the events. Events of people who are not counted are left out, and those that are not `among` the
        ones asked for.
        """
        code, rows = codes(self.person_id), np.flatnonzero(self.counted)
        person_of_row = code[rows]
        rows = rows[np.argsort(person_of_row, kind="stable")]
        rows_of_person = np.bincount(person_of_row, minlength=self.size)
        first_of_person = np.cumsum(rows_of_person) - rows_of_person
        row_of_event = positions(person_id if among is None else person_id[among], self.person_id)
        known = np.flatnonzero(row_of_event >= 0)
        event = known if among is None else np.flatnonzero(among)[known]
        person = code[row_of_event[known]]
        which, nth = repeated(rows_of_person[person])
        return event[which], rows[first_of_person[person[which]] + nth]

    def sums(self, row: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        """The sum of the events' weights for each row (their number, without weights); blank where not counted."""
        return np.where(self.counted, totals(row, self.size, weights), np.nan)

    def total(self, values: Numbers | Flags) -> Numbers:
        """The sum over each scope of one value a row; a blank adds nothing."""
        added = np.nan_to_num(values.astype(np.float64))[self.member]
        return totals(self.scope, len(self.scopes), added)

    def total_of(self, row: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        """The sum over each scope of its rows' events."""
        return self.total(totals(row, self.size, weights))

    def memberships(self, event: Positions, row: Positions) -> tuple[Positions, Positions]:
        """Each event in each scope of its row: positions of the events, and of the scopes."""
        order = np.argsort(self.member, kind="stable")
        scope = self.scope[order]
        scopes_of_row = np.bincount(self.member, minlength=self.size)
        which, nth = repeated(scopes_of_row[row])
        first_of_row = np.cumsum(scopes_of_row) - scopes_of_row
        return event[which], scope[first_of_row[row[which]] + nth]


@dataclass(frozen=True)
class _Memberships:
    """The memberships of a role's rows before a person counts only once: in turn scope and row of each.

    Attributes:
        counted: the role's rows.
        scope: the scope of each membership.
        member: its row.
        several: the memberships of people who have more than one row on the roster.
    """

    counted: Flags
    scope: Positions
    member: Positions
    several: Positions

    def once(self, person: Positions, start: Dates) -> tuple[Positions, Positions]:
        """Those with which a person counts: one a scope, that of the earliest start, then the first row."""
        rows, scopes = self.member[self.several], self.scope[self.several]
        order = np.lexsort((rows, start[rows], person[rows], scopes))
        rows, scopes = rows[order], scopes[order]
        again = (scopes[1:] == scopes[:-1]) & (person[rows[1:]] == person[rows[:-1]])
        if not again.any():
            return self.scope, self.member
        dropped = self.several[order[1:][again]]
        return np.delete(self.scope, dropped), np.delete(self.member, dropped)


@remembered
def _memberships(
    role: pd.Series, person_id: pd.Series, cohort: pd.Series, team: pd.Series
) -> tuple[tuple[str, ...], dict[str | None, _Memberships]]:
    """The scopes that are present on the roster, and the memberships of each role's rows, and of everyone's (None)."""
    names, scope, member = ["fs"], [np.zeros(len(cohort), np.int64)], [np.arange(len(cohort))]
    for kind, column in (("cohort", cohort), ("team", team)):
        present = distinct(column).sort_values()
        rows = np.flatnonzero(codes(column) >= 0)
        place = np.argsort(present.index)  # of each code, its place among the names in order
        scope.append(place[codes(column)[rows]] + len(names))
        member.append(rows)
        names += [f"{kind}:{name}" for name in present]
    scopes, members = np.concatenate(scope), np.concatenate(member)
    person = codes(person_id)
    has_several = totals(person, len(person))[person] > 1
    roles = {}
    for each in (None, "child", "adult"):
        counted = np.ones(len(role), bool) if each is None else (role == each).to_numpy()
        kept = counted[members]
        rows = members[kept]
        roles[each] = _Memberships(counted, scopes[kept], rows, np.flatnonzero(has_several[rows]))
    return tuple(names), roles
