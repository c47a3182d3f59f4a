"""Who is counted: people row by row, their windows, the scopes that each row belongs to.

A roster row is a person in a family; an adult may have several. Fields are worked out per row. Figures are added
up per scope, and within a scope a person counts once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.cache import cached
from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days
from fs_pipeline.arithmetic.groups import totals
from fs_pipeline.arithmetic.identifiers import codes, distinct, first_rows, positions
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.roster import ROSTER

ROSTER_ROWS = ROSTER.only("family_key", "person_id", "role", "fs_start_date", "latest_fs_team", "fs_end_date", "cohort")
"""What a population is made from: every calculation over the roster reads these columns."""


@dataclass(frozen=True)
class Population:
    """The people that a field or figure is about.

    Attributes:
        person_id: the person of each row.
        person: the same as a number: the first row of that person; -1 when blank.
        counted: the rows that the field or figure is about (children, say); the others meet no event.
        quarter: the quarter.
        roster: the rows with their FS dates; None for the whole authority.
        scopes: the scopes, in the order in which `total` gives their sums: kind by kind.
        sizes: of each kind of scope (`fs`, `cohort`, `team`), how many scopes there are, and one more for "in none".
        cell: of each row, in which scope of each kind it counts, as one number: the cell of a table of the `sizes`
            whose first entry along each axis is "in none". A person counts in a scope with one row.
    """

    person_id: pd.Series
    person: Positions
    counted: Flags
    quarter: Quarter
    roster: pd.DataFrame | None
    scopes: tuple[str, ...]
    sizes: Mapping[str, int]
    cell: Positions

    @classmethod
    def of_roster(cls, people: pd.DataFrame, quarter: Quarter, role: str | None = None) -> Population:
        """The roster's rows, or those of one role, with FS windows and the scopes `fs`, `cohort:` and `team:`.

        Within a scope, someone with several rows counts with the earliest FS start (ties: smallest family key).

        Args:
            people: the roster, with at least the columns of ROSTER_ROWS.
            quarter: the quarter.
            role: `child` or `adult`; everyone when left out.
        """
        columns = (people[name] for name in ("role", "person_id", "cohort", "latest_fs_team"))
        memberships = _memberships(*columns)
        return cls(
            person_id=people["person_id"],
            person=memberships.person,
            counted=memberships.counted[role],
            quarter=quarter,
            roster=people,
            scopes=memberships.scopes,
            sizes=memberships.sizes,
            cell=memberships.once(role, people["fs_start_date"].to_numpy()),
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
            person=np.arange(size),
            counted=np.ones(size, bool) if without is None else positions(person_id, without) < 0,
            quarter=quarter,
            roster=None,
            scopes=("authority",),
            sizes={"authority": 2},
            cell=np.ones(size, np.int64),
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

    def only(self, rows: Flags) -> Population:
        """The same people in the same scopes, but only these rows are counted.

        Someone who counts in a scope with another row does not count in it here.
        """
        return replace(self, counted=self.counted & rows, cell=np.where(rows, self.cell, 0))

    def counts_in(self, kind: str) -> Flags:
        """The rows with which somebody counts in a scope of the kind: `fs`, `cohort` or `team`."""
        return self._places()[kind][self.cell] > 0

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
            found = np.flatnonzero(row >= 0)
            event, row = event[found], row[found]
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
        shape = tuple(self.sizes.values())
        sums = totals(self.cell[rows], math.prod(shape), values[rows]).reshape(shape)
        axes = range(len(shape))
        return np.concatenate([sums.sum(axis=tuple({*axes} - {axis}))[1:] for axis in axes])

    def total_of(self, row: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        """The sum over each scope of its rows' events."""
        return self.total(totals(row, self.size, weights))

    def memberships(self, event: Positions, row: Positions) -> tuple[Positions, Positions]:
        """Each event in each scope that its row counts in: positions of the events, and of the scopes."""
        events, scopes, before = [], [], 0
        for kind, places in self._places().items():
            place = places[self.cell[row]]
            events.append(event[place > 0])
            scopes.append(place[place > 0] - 1 + before)
            before += self.sizes[kind] - 1
        return np.concatenate(events), np.concatenate(scopes)

    def _places(self) -> dict[str, Positions]:
        """Of each kind of scope, the one of each cell, counted from 1; 0 is none."""
        return dict(zip(self.sizes, np.indices(tuple(self.sizes.values())).reshape(len(self.sizes), -1), strict=True))


@dataclass(frozen=True)
class _Memberships:
    """The scopes of a roster's rows before a person counts only once.

    Attributes:
        scopes: as in `Population`.
        sizes: as in `Population`.
        cells: of each role, and of everyone (None), as in `Population`.
        counted: the rows of each role, and of everyone.
        several: of each role, the rows of people who have more than one row of it.
        person: as in `Population`.
    """

    scopes: tuple[str, ...]
    sizes: Mapping[str, int]
    cells: Mapping[str | None, Positions]
    counted: Mapping[str | None, Flags]
    several: Mapping[str | None, Positions]
    person: Positions

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        by_role = (*self.cells.values(), *self.counted.values(), *self.several.values())
        return sum(each.nbytes for each in (*by_role, self.person))

    def once(self, role: str | None, start: Dates) -> Positions:
        """The role's cells when a person counts with one row a scope: of the earliest start, then the first row."""
        several, person, shape = self.several[role], self.person, tuple(self.sizes.values())
        in_order = several[np.lexsort((several, start[several], person[several]))]
        places = np.stack(np.unravel_index(self.cells[role][in_order], shape))
        for place in places:
            by_scope = np.lexsort((person[in_order], place))  # stable: within a person, the earliest start stays first
            scope, who = place[by_scope], person[in_order][by_scope]
            place[by_scope[1:][(scope[1:] == scope[:-1]) & (who[1:] == who[:-1])]] = 0
        cell = self.cells[role].copy()
        cell[in_order] = np.ravel_multi_index(tuple(places), shape)
        return cell


@cached
def _memberships(role: pd.Series, person_id: pd.Series, cohort: pd.Series, team: pd.Series) -> _Memberships:
    names, sizes, cell = ["fs"], {"fs": 2}, np.ones(len(role), np.int64)
    for kind, column in (("cohort", cohort), ("team", team)):
        present = distinct(column).sort_values()
        place = np.append(np.argsort(present.index) + 1, 0)  # of each code, then of a blank
        cell = cell * (len(present) + 1) + place[codes(column)]
        names += [f"{kind}:{name}" for name in present]
        sizes[kind] = len(present) + 1
    counted: dict[str | None, Flags] = {each: (role == each).to_numpy() for each in ("child", "adult")}
    counted[None] = np.ones(len(role), bool)
    person = first_rows(person_id)
    several: dict[str | None, Positions] = {}
    for each, flags in counted.items():
        rows = np.flatnonzero(flags)
        several[each] = rows[np.bincount(person[rows], minlength=len(role))[person[rows]] > 1]
    cells = {each: np.where(flags, cell, 0) for each, flags in counted.items()}
    return _Memberships(tuple(names), sizes, cells, counted, several, person)
