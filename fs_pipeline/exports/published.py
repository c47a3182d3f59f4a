"""The figures for everyone: aggregates alone, rounded, and suppressed where a small number could be worked out.

Published are the quarter's figures of measures that are declared so, for `authority`, `fs` and the breakdowns that are
declared so (not baselines of a single quarter); the headline figures of earlier quarters; before and after for `fs`.
Nothing else is, whatever the tables hold. How a figure is rounded and what it gives away follows from its declaration.

- Numbers from 1 to 5 are suppressed; others are rounded to the nearest 5. 0 is shown.
- Shares are whole per cent. They are suppressed when what they are of is below 10 (of school sessions: below 720,
  what six pupils can attend in a quarter), or the part or the rest of it is from 1 to 5.
- Means are shown for `authority` and `fs` alone, and suppressed when they are over fewer than 6, or when all counts are
  that their number could be told from. An amount is suppressed with the count that it is of.
- Before and after is suppressed when it is of fewer than 6 families, days also when of 1 to 5 plans or periods. It
  stands as in an earlier quarter while those who are new since are so few.
- Further figures are suppressed until none of those can be worked out from totals, shares, parts, or last quarter.
- A headline figure of an earlier quarter is suppressed when that quarter's own workbook suppresses it, and else shown:
  the workbooks lie side by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from cachetools import LRUCache, cached

from fs_pipeline.exports.disclosure import (
    LARGEST,
    Cell,
    Relation,
    System,
    adds_up,
    is_small,
    range_of_shown,
    suppressed,
    to_base,
)
from fs_pipeline.toolkit.breakdowns import AUTHORITY, FS, kind_of
from fs_pipeline.toolkit.figures import COHORT, NOT_SUPPLIED, Count, Counted, Made, Mean, Measure, Share, Sum, Unit
from fs_pipeline.toolkit.toolkit import Toolkit

RULES = (
    "Numbers from 1 to 5 are suppressed, others rounded to the nearest 5. Shares are whole per cent, and suppressed "
    "where they are of fewer than 10 or show that 1 to 5 are in or out. Means are shown for all families together, and "
    "suppressed with the numbers that they are over.",
    "Further figures are suppressed so that none of those can be worked out from the others. Before and after stands "
    "as it was, with its quarter, while what is new since is too small to be shown.",
)
"""The rules in words, for the front page."""
LEAST_OF_MEAN = 6
"""A mean, or before and after, over fewer than this is not shown."""
_LEAST_OF_SHARE, _LEAST_SESSIONS = 10, 720
BASE_OF_DAYS, _DIGITS_OF_MONEY = 10, -2
_Row = Mapping[Hashable, Any]


def published_figures(figures: pd.DataFrame, quarter: pd.Timestamp, toolkit: Toolkit) -> pd.DataFrame:
    """The figures as they may be shown, with symbols; numerators and denominators are not.

    Args:
        figures: `indicator_values` of every quarter up to this one.
        quarter: this quarter's first day.
        toolkit: what measures and breakdowns declare.
    """
    table = PublishedTable.of(figures, quarter, toolkit)
    return table.as_shown(table.hidden())


_KEY = ("indicator", "measure", "scope", "group")


def figure_of(row: _Row) -> tuple[Hashable, ...]:
    """Which figure it is, of which quarter."""
    return row["quarter"], *(row[name] for name in _KEY)


def rounded(value: float, made: Made) -> float:
    """The value as it is shown; blanks stay blank."""
    match made:
        case Count():
            return to_base(value)
        case Sum(unit) if unit.counts is Counted.MONEY:
            return float(round(value, _DIGITS_OF_MONEY))
        case Sum():
            return to_base(value, BASE_OF_DAYS)
        case _:
            return float(round(value, made.unit.published_decimals))


class Of(NamedTuple):
    """What a number is of; `name` is that of a count, of a part or whole of a share, or a measure's rest."""

    quarter: pd.Timestamp
    indicator: int
    name: Hashable
    scope: str
    group: str


@dataclass
class PublishedTable:
    """The figures as cells over numbers: a count is one number, a share three (part, rest and whole).

    Attributes:
        rows: the figures.
        toolkit: what their measures and breakdowns declare.
        before: by quarter and figure, whether a workbook that is public already suppresses it.
        digest: of all the figures that what is suppressed rests on, those of earlier quarters too.
        system: where the numbers and cells stand; other tables may stand before and after it there.
        numbers: what each number is of -> its place in the system.
        cells: a cell a figure.
    """

    rows: list[dict[Hashable, Any]]
    toolkit: Toolkit
    before: Mapping[tuple[Hashable, ...], bool] = field(default_factory=dict)
    digest: bytes = b""
    system: System = field(default_factory=System)

    @classmethod
    def of(cls, figures: pd.DataFrame, quarter: pd.Timestamp, toolkit: Toolkit) -> PublishedTable:
        """The figures that are published of `indicator_values` of every quarter up to this one."""
        rows = figures[figures["period"] == "quarter"]
        names = zip(*(rows[name] for name in ("indicator", "measure", "scope")), strict=True)
        rows = rows[np.array([toolkit.is_published(*name) for name in names], bool)]
        of_headlines = [key in toolkit.headlines for key in zip(*(rows[name] for name in _KEY), strict=True)]
        table, digest = cls([], toolkit), hashlib.sha256()
        for each in [*sorted(rows.loc[rows["quarter"] < quarter, "quarter"].unique()), quarter]:
            own = rows[(rows["quarter"] == each) | ((rows["quarter"] < each) & np.array(of_headlines, bool))]
            digest.update(pd.util.hash_pandas_object(own, index=False).to_numpy().tobytes())
            before = {**table.before, **table._headlines_hidden()} if table.rows else {}
            table = cls(own.to_dict("records"), toolkit, before, digest.digest())
        return table

    @cached(LRUCache(1000), key=lambda self: (self.toolkit, self.digest))
    def hidden(self) -> list[bool]:
        """Which of the cells are suppressed, when the table stands alone.

        A quarter's workbook and its report, every later quarter and a region ask for the same, and to work it out is
        most of each of them.
        """
        return suppressed(self.system.values, self.cells, list(self.relations()))

    def as_shown(self, hidden: list[bool]) -> pd.DataFrame:
        """The rows with rounded values and symbols; what is hidden is blank."""
        frame, blank = pd.DataFrame(self.rows), np.full(len(self.rows), np.nan)
        shown, symbols = blank.copy(), []
        for place, (row, gone) in enumerate(zip(self.rows, hidden, strict=True)):
            if not gone:
                shown[place] = rounded(float(row["value"]), self.measure(row).made)
            missing = "z" if pd.isna(row["value"]) else ""
            symbols.append("x" if row["status"] == NOT_SUPPLIED else "c" if gone else missing)
        return frame.assign(value=shown, numerator=blank, denominator=blank, symbol=symbols)

    def measure(self, row: _Row) -> Measure:
        """What the row's measure declares."""
        return self.toolkit.measure(row["indicator"], row["measure"])

    def _is_headline(self, row: _Row) -> bool:
        return tuple(row[name] for name in _KEY) in self.toolkit.headlines

    def _headlines_hidden(self) -> dict[tuple[Hashable, ...], bool]:
        """Whether each headline is suppressed in the workbook of its own quarter."""
        rows = zip(self.rows, self.hidden(), strict=True)
        return {figure_of(row): gone for row, gone in rows if self._is_headline(row)}

    def __post_init__(self) -> None:
        self.numbers: dict[Of, int] = {}
        self._wholes: list[Relation] = []
        for row in self.rows:  # counts, and what means are over, first: other cells refer to them
            made = self.measure(row).made
            if isinstance(made, Count | Mean):
                number = row["value" if isinstance(made, Count) else "denominator"]
                if not pd.isna(number):
                    self._number(self._of(row), float(number))
        self.cells = [self._as_before(row, self._cell(row)) for row in self.rows]
        self.system.cells += self.cells
        for of in list(self.numbers):  # wholes that are no figures themselves
            for indicator, whole in self._wholes_of(of):
                for split in self.toolkit.splits.get((indicator, whole), {}).values():
                    if len(parts := self._places(of, split)) == len(split):
                        added_up = sum(self.system.values[at] for at in parts)
                        self._number(of._replace(indicator=indicator, name=whole), added_up)

    def _as_before(self, row: _Row, cell: Cell) -> Cell:
        """The cell as the workbook that is public already has it; suppressed, it is known to be 0 where it is."""
        gone = self.before.get(figure_of(row))
        if gone is None:
            return cell
        least = min((cell.least, *(self.system.values[number] for number in cell.bounds)))
        return replace(cell, is_small=gone, is_public=not gone, least=least)

    def _of(self, row: _Row, name: Hashable = None) -> Of:
        """What the row's number of that name is of; its own, where none is said."""
        return Of(row["quarter"], row["indicator"], name or row["measure"], row["scope"], row["group"])

    def _number(self, of: Of, value: float) -> int:
        """The place of the number, which is added when it is not there yet."""
        if of not in self.numbers:
            self.numbers[of] = self.system.add(value)
        return self.numbers[of]

    def _wholes_of(self, of: Of) -> list[tuple[int, str]]:
        """What a number is declared to be a part of, by indicator and name."""
        part_of = self.toolkit.part_of.get((of.indicator, of.name), ())
        return [(each.indicator or of.indicator, each.whole) for each in part_of]

    def _cell(self, row: _Row) -> Cell:
        made = self.measure(row).made
        if isinstance(made, Mean) and row["denominator"] == 0:
            return Cell({self.numbers[self._of(row)]: (0, 0)})
        if pd.isna(row["value"]):
            return Cell()
        value = float(row["value"])
        match made:
            case Count():
                weight = value + (1e6 if self._is_headline(row) else 0)
                number = self.numbers[self._of(row)]
                return Cell({number: range_of_shown(value)}, is_small=is_small(value), weight=weight if value else 1e9)
            case Sum(_, of):
                count = self.numbers.get(self._of(row, of))
                if count is None:
                    return Cell(is_small=True)
                return Cell(only_with=frozenset({count} if self.system.values[count] else ()))
            case Share() as share:
                return self._share(row, value, share)
            case Mean() as mean:
                return self._mean(row, mean)

    def _mean(self, row: _Row, mean: Mean) -> Cell:
        """A mean tells of what it is over that this is 6 or more; suppressed, that it is from 1 to 5.

        Beside counts of which that is the sum or the whole, else beside that of which it is a part, else beside other
        parts of this, it is shown only while one of them is: where it said that its number is small, they would be too.
        """
        over = float(row["denominator"])
        if pd.isna(over):  # of nobody knows how many
            return Cell(is_small=True)
        of, parts = self._of(row), self.toolkit.parts
        number, wholes = self.numbers[of], self._wholes_of(of)
        own = [*((of.indicator, name) for name in mean.of), *parts.get((of.indicator, of.name), ())]
        others = [part for whole in wholes for part in parts[whole]]
        beside = self._places(of, own) or self._places(of, wholes) or self._places(of, others) - {number}
        return Cell(
            {number: (LEAST_OF_MEAN, np.inf)},
            is_small=over < LEAST_OF_MEAN,
            weight=over,
            most=LARGEST if over <= LARGEST else np.inf,
            only_with=beside,
        )

    def _places(self, of: Of, names: Iterable[tuple[int, str]]) -> frozenset[int]:
        """Which numbers of these names, by indicator, there are of the same scope and group."""
        found = (self.numbers.get(of._replace(indicator=indicator, name=name)) for indicator, name in names)
        return frozenset(place for place in found if place is not None)

    def _share(self, row: _Row, value: float, share: Share) -> Cell:
        if pd.isna(row["denominator"]):  # of nobody knows how many
            return Cell(is_small=True)
        part, whole = float(row["numerator"]), float(row["denominator"])
        if pd.isna(part):  # supplied as a share of so many
            part = value * whole / 100
        rest = (row["measure"], "rest"), whole - part
        numbers = (share.part, part), (share.whole, whole), rest
        of_part, of_whole, of_rest = (self._number(self._of(row, name), number) for name, number in numbers)
        split = Relation({of_part: 1, of_rest: 1, of_whole: -1}, equal=True)
        self._wholes.append(split)
        of_sessions = share.counts.counts is Counted.SESSIONS
        least = _LEAST_SESSIONS if of_sessions else _LEAST_OF_SHARE
        is_too_small = whole < least or (not of_sessions and (is_small(part) or is_small(whole - part)))
        low, high = (round(value) - 0.5) / 100, (round(value) + 0.5) / 100
        tells = (Relation({of_whole: low, of_part: -1}), Relation({of_part: 1, of_whole: -high}), split)
        return Cell({}, tells, is_small=is_too_small, weight=1e3 + whole)

    def relations(self) -> Iterator[Relation]:
        """What readers know of the numbers: parts and wholes, breakdowns and all, one quarter and the next."""
        yield from self._wholes
        broken_down: dict[Of, dict[str, list[int]]] = {}
        for of, number in self.numbers.items():
            if of.scope not in (AUTHORITY, FS):
                kinds = broken_down.setdefault(of._replace(scope=FS), {})
                kinds.setdefault(kind_of(of.scope), []).append(number)
        for of, number in self.numbers.items():
            yield from self._declared(of, number)
            for scopes in broken_down.get(of, {}).values():
                yield from adds_up(number, scopes)
                yield Relation({number: 1, **dict.fromkeys(scopes, -1.0)})  # someone may be in two of them
                yield from (Relation({number: -1, scope: 1}) for scope in scopes)
            if of.scope == FS:
                yield from self._at_most({number: 1.0}, of._replace(scope=AUTHORITY))
                yield from self._on_the_roster({number: 1.0}, of)
        yield from self._same_people()

    def _declared(self, of: Of, number: int) -> Iterator[Relation]:
        """What the number's measures declare: what it is a part of, which parts add up to it, what it continues."""
        for indicator, whole in self._wholes_of(of):
            yield from self._at_most({number: 1.0}, of._replace(indicator=indicator, name=whole))
        for parts in self.toolkit.splits.get((of.indicator, of.name), {}).values():
            if len(numbers := self._places(of, parts)) == len(parts):
                yield Relation({number: -1.0} | dict.fromkeys(numbers, 1.0), equal=True)
        if continues := self.toolkit.continues.get((of.indicator, of.name)):
            earlier = of.quarter - pd.DateOffset(months=3 * continues.quarters)
            if (before := self.numbers.get(of._replace(name=continues.number, quarter=earlier))) is not None:
                yield Relation({number: 1, before: -1}, equal=True)

    def _same_people(self) -> Iterator[Relation]:
        """That the shares of the same people, such as improved, declined and unchanged, add up to the same."""
        added_up: dict[tuple[pd.Timestamp, str, str], list[dict[int, float]]] = {}
        for of in self.numbers:
            for people, shares in self.toolkit.same_people.get(of.indicator, {}).items():
                numbers = self._places(of, [(of.indicator, name) for name in shares])
                if of.name == shares[0] and len(numbers) == len(shares):
                    terms = dict.fromkeys(numbers, 1.0)
                    yield from self._on_the_roster(terms, of)
                    added_up.setdefault((of.quarter, people, of.scope), []).append(terms)
        for alike in added_up.values():
            for one, other in combinations(alike, 2):
                yield Relation({**one, **dict.fromkeys(other, -1.0)}, equal=True)

    def _on_the_roster(self, terms: Mapping[int, float], of: Of) -> Iterator[Relation]:
        """That people are no more than are on the roster: children, or adults, of whom the others are as a rule."""
        measure = self.toolkit.find(of.indicator, str(of.name))
        if of.scope == FS and of.indicator and measure and measure.unit.counts is Counted.PEOPLE:
            name = "children" if measure.unit is Unit.CHILDREN else "adults"
            yield from self._at_most(terms, of._replace(indicator=COHORT.number, name=name, group="all"))

    def _at_most(self, terms: Mapping[int, float], other: Of) -> Iterator[Relation]:
        """That numbers are together at most another, where there is that."""
        if (found := self.numbers.get(other)) is not None:
            yield Relation({**terms, found: -1.0})
