"""Who is counted: people row by row, their windows, the scopes that each row belongs to.

A roster row is a person in a family; an adult may have several. Fields are worked out per row. Figures are added
up per scope, and within a scope a person counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import (
    Dates,
    Flags,
    Numbers,
    Positions,
    cached,
    codes,
    days,
    distinct,
    first_rows,
    positions,
    totals,
)
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import AUTHORITY, FS, is_membership, kind_of
from fs_pipeline.toolkit.fields import ROSTER

ROSTER_ROWS = ROSTER.only("family_key", "person_id", "role", "fs_start_date", "fs_end_date")
"""What a population is made from: every calculation over the roster reads these columns. With them it is given, of each
breakdown that its catalogue has, the column `Breakdown.membership`."""


@dataclass(frozen=True)
class Population:
    """The people that a field or figure is about.

    Attributes:
        person_id: the person of each row.
        person: the same as a number: the first row of that person; -1 when blank.
        counted: the rows that the field or figure is about (children, say); the others meet no event.
        roster: the rows with their FS dates; None for the whole authority.
        scopes: the scopes, in the order in which `total` gives their sums: kind by kind.
        sizes: of each kind of scope (`fs`, and the breakdowns), how many scopes there are, and one more for "in none".
        places: of each kind, in which of its scopes each row counts, from 1; 0 is none. A person counts in a scope
            with one row.
    """

    person_id: pd.Series
    person: Positions
    counted: Flags
    quarter: Quarter
    roster: pd.DataFrame | None
    scopes: tuple[str, ...]
    sizes: Mapping[str, int]
    places: Mapping[str, Positions]

    @classmethod
    def of_roster(cls, people: pd.DataFrame, quarter: Quarter, role: str | None = None) -> Population:
        """The roster's rows, or those of one role, with FS windows, the scope `fs`, and those of breakdowns.

        Within a scope, someone with several rows counts with the earliest FS start (ties: smallest family key).
        `people` has at least the columns of ROSTER_ROWS.
        """
        breakdowns = filter(is_membership, people.columns)
        memberships = _memberships(*(people[name] for name in ("role", "person_id", *breakdowns)))
        return cls(
            person_id=people["person_id"],
            person=memberships.person,
            counted=memberships.counted[role],
            quarter=quarter,
            roster=people,
            scopes=memberships.scopes,
            sizes=memberships.sizes,
            places=memberships.once(role, people["fs_start_date"].to_numpy()),
        )

    @classmethod
    def of_authority(cls, person_id: pd.Series, quarter: Quarter, without: pd.Series | None = None) -> Population:
        """Everyone whom an extract's column names, one row a person, in the one scope `authority`; W is the quarter.

        Those in `without` are not counted.
        """
        person_id = distinct(person_id)
        size = len(person_id)
        return cls(
            person_id=person_id,
            person=np.arange(size),
            counted=np.ones(size, bool) if without is None else positions(person_id, without) < 0,
            quarter=quarter,
            roster=None,
            scopes=(AUTHORITY,),
            sizes={AUTHORITY: 2},
            places={AUTHORITY: np.ones(size, np.int64)},
        )

    @property
    def is_authority(self) -> bool:
        """Whether this is the whole authority, not the roster."""
        return self.roster is None

    @cached_property
    def window(self) -> Period:
        """The FS window W of each row; of the whole authority the quarter."""
        start, end = self.quarter.start, self.quarter.end
        if self.roster is None:
            return Period.same(self.size, start, end)
        fs_start, fs_end = (days(self.roster[name]) for name in ("fs_start_date", "fs_end_date"))
        return Period(np.maximum(fs_start, start), np.fmin(fs_end, end))

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.person_id)

    def identified_by(self, identifier: pd.Series) -> Population:
        """The same rows, known to events by another identifier, such as the UPN; a blank one meets no event."""
        person_id = identifier.where(self.counted)
        return replace(self, person_id=person_id, person=first_rows(person_id), counted=person_id.notna().to_numpy())

    def counts_in(self, kind: str) -> Flags:
        """The rows with which somebody counts in a scope of the kind: `fs`, or a breakdown's name."""
        return self.places[kind] > 0

    def events(self, person_id: pd.Series, among: Flags | None = None) -> tuple[Positions, Positions]:
        """Each event with each counted row of its person: positions of the events, and of the rows.

        The events of a row stand in their order. Events of people who are not counted are left out, and those that
        are not `among` the ones asked for.
        """
        person, met = self.person, positions(person_id, self.person_id)
        event = np.flatnonzero(met >= 0 if among is None else among & (met >= 0))
        left, pairs = np.flatnonzero(self.counted), [(event[:0], event[:0])]
        while len(left):  # as often as someone has rows
            row_of = np.full(self.size, -1)  # of each person, the first row that is left
            row_of[person[left[::-1]]] = left[::-1]
            row = row_of[met[event]]
            has_row = row >= 0
            event, row = event[has_row], row[has_row]
            pairs.append((event, row))
            left = left[row_of[person[left]] != left]
        events, rows = (np.concatenate(each) for each in zip(*pairs, strict=True))
        return events, rows

    def sums(self, row: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        """The sum of the events' weights for each row (their number, without weights); blank where not counted."""
        return totals(row, self.size, weights) + self._blanks

    @cached_property
    def _blanks(self) -> Numbers:
        """Blank where a row is not counted, otherwise 0."""
        return np.where(self.counted, 0, np.nan)

    def total(self, values: Numbers | Flags) -> Numbers:
        """The sum over each scope of one value a row; a blank adds nothing."""
        rows = np.flatnonzero(np.abs(values) > 0)
        sums = (totals(place[rows], self.sizes[kind], values[rows]) for kind, place in self.places.items())
        return np.concatenate([of_kind[1:] for of_kind in sums])

    def total_of(self, row: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        """The sum over each scope of its rows' events."""
        return self.total(totals(row, self.size, weights))

    def memberships(self, event: Positions, row: Positions) -> tuple[Positions, Positions]:
        """Each event in each scope that its row counts in: positions of the events, and of the scopes."""
        events, scopes, before = [], [], 0
        for kind, places in self.places.items():
            place = places[row]
            events.append(event[place > 0])
            scopes.append(place[place > 0] - 1 + before)
            before += self.sizes[kind] - 1
        return np.concatenate(events), np.concatenate(scopes)


@dataclass(frozen=True)
class _Memberships:
    """The scopes of a roster's rows before a person counts only once; attributes as in `Population`, but for two.

    Attributes:
        counted: the rows of each role, and of everyone.
        several: of each role, the rows of people who have more than one row of it.
    """

    scopes: tuple[str, ...]
    sizes: Mapping[str, int]
    places: Mapping[str, Positions]
    counted: Mapping[str | None, Flags]
    several: Mapping[str | None, Positions]
    person: Positions

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        of_rows = (*self.places.values(), *self.counted.values(), *self.several.values(), self.person)
        return sum(each.nbytes for each in of_rows)

    def once(self, role: str | None, start: Dates) -> dict[str, Positions]:
        """The role's places when a person counts with one row a scope: of the earliest start, then the first row."""
        several, person = self.several[role], self.person
        in_order = several[np.lexsort((several, start[several], person[several]))]
        places = {kind: np.where(self.counted[role], place, 0) for kind, place in self.places.items()}
        for place in places.values():
            # stable: within a scope and a person, the earliest start stays first
            by_scope = in_order[np.lexsort((person[in_order], place[in_order]))]
            scope, who = place[by_scope], person[by_scope]
            place[by_scope[1:][(scope[1:] == scope[:-1]) & (who[1:] == who[:-1])]] = 0
        return places


@cached
def _memberships(role: pd.Series, person_id: pd.Series, *breakdowns: pd.Series) -> _Memberships:
    names, sizes, places = [FS], {FS: 2}, {FS: np.ones(len(role), np.int64)}
    for column in breakdowns:
        kind, present = kind_of(str(column.name)), distinct(column).sort_values()
        of_code = np.append(np.argsort(present.index) + 1, 0)  # of each code, then of a blank
        places[kind] = of_code[codes(column)]
        names += [f"{column.name}{value}" for value in present]
        sizes[kind] = len(present) + 1
    counted: dict[str | None, Flags] = {each: (role == each).to_numpy() for each in ("child", "adult")}
    counted[None] = np.ones(len(role), bool)
    person = first_rows(person_id)
    several: dict[str | None, Positions] = {}
    for each, flags in counted.items():
        rows = np.flatnonzero(flags)
        several[each] = rows[np.bincount(person[rows], minlength=len(role))[person[rows]] > 1]
    return _Memberships(tuple(names), sizes, places, counted, several, person)
