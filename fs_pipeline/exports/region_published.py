"""A region's figures for everyone, beside those of its authorities, so that none gives a small number away.

What each authority shows is what its own published workbook shows (`published`), no more and no less: that is public.
So only the region's own figure can be suppressed further, and it is, wherever it would give away what an authority
suppressed.

- A region's figure is rounded and suppressed by the rules of an authority's.
- Where an authority's figure is suppressed, the region's is shown only with three or more authorities that have
  anything in it: each knows its own numbers, and the others of two would be left.
- Of three or more, a number is suppressed when one of them, who takes its own from the region's, could work out what
  another suppressed.
- A mean is suppressed when those authorities whose mean is suppressed have together fewer than 6 in it, and an amount
  of money when any authority's is.
- Linear programming over all authorities' published tables and the region's sums finds what else gives a number away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fs_pipeline.exports.disclosure import SMALLEST, Cell, Relation, is_given_away, range_of_shown, suppressed
from fs_pipeline.exports.published import LEAST_OF_MEAN, Of, PublishedTable, figure_of
from fs_pipeline.exports.published_before_after import SIDES_SHOWN, range_of_side
from fs_pipeline.exports.published_before_after import published_before_after as before_after_of_authority
from fs_pipeline.toolkit.breakdowns import FS, REGIONAL_SCOPES
from fs_pipeline.toolkit.figures import COHORT, Made, Mean, Sum
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER

LEAST_AUTHORITIES = 3
"""A region's figure over fewer than this with anything in it is not shown when one of them suppresses its own."""
RULES = (
    "Numbers from 1 to 5 are suppressed, others rounded to the nearest 5; shares, means, and before and after are "
    "suppressed as in each authority's own published workbook, which shows the same figures.",
    "The region's figure is suppressed where it would give away what an authority suppressed.",
    "People in two authorities count in each of them.",
)
"""The rules in words, for the front page."""
_SIDES = ("people", "families", "before", "after")
_Row = dict[Hashable, Any]
_Figure = tuple[object, ...]


def published_region_figures(
    region: pd.DataFrame,
    authorities: Mapping[str, pd.DataFrame],
    quarter: pd.Timestamp,
    name: str,
    toolkit: Toolkit,
) -> pd.DataFrame:
    """The quarter's figures of the region and of each authority as they may be shown, with symbols.

    Args:
        region: the region's figures of the quarter, `region_values`.
        authorities: each one's `indicator_values` of every quarter up to this one.
        quarter: the quarter's first day.
        name: what the column `authority` calls the region; the authorities' rows come after its own.
        toolkit: what measures and breakdowns declare.
    """
    of_quarter = region[region["period"] == "quarter"]
    whole = PublishedTable.of(of_quarter, quarter, toolkit)
    parts = {each: PublishedTable.of(figures, quarter, toolkit) for each, figures in authorities.items()}
    added = _Added(whole, parts)
    hidden = added.hidden()
    shown = [whole.as_shown(hidden).assign(authority=name)]
    for each, table in parts.items():
        rows = table.as_shown(added.hidden_of[each]).assign(authority=each)
        shown.append(rows[rows["scope"].isin(REGIONAL_SCOPES) & (rows["quarter"] == quarter)])
    return pd.concat(shown, ignore_index=True)


@dataclass
class _Added:
    """The tables of a region and of its authorities as one system of numbers, in which the region's are sums."""

    whole: PublishedTable
    parts: Mapping[str, PublishedTable]
    hidden_of: dict[str, list[bool]] = field(default_factory=dict)

    def hidden(self) -> list[bool]:
        """Which of the region's cells are suppressed; what the authorities suppress stands in `hidden_of`."""
        values = list(self.whole.values)
        cells: list[Cell] = []
        relations = _relations(self.whole)
        places: dict[Of, dict[int, float]] = {of: {place: -1.0} for of, place in self.whole.numbers.items()}
        for name, table in self.parts.items():
            own, gone = _relations(table), table.hidden()
            self.hidden_of[name] = gone
            start = len(values)
            values += table.values
            cells += [
                replace(_moved(cell, start), is_small=is_gone, is_public=not is_gone, least=_least(cell, table.values))
                for cell, is_gone in zip(table.cells, gone, strict=True)
            ]
            relations += [_moved_relation(each, start) for each in own]
            for of, place in table.numbers.items():
                if of in places:
                    places[of][place + start] = 1.0
        relations += [Relation(terms, equal=equal) for terms in places.values() for equal in (True, False)]
        small = self._small()
        of_region = [  # for other reasons than its number too, so that what is suppressed tells no most
            replace(cell, is_small=cell.is_small or gone, most=np.inf)
            for cell, gone in zip(self.whole.cells, small, strict=True)
        ]
        return suppressed(values, [*of_region, *cells], relations)[: len(of_region)]

    def _small(self) -> list[bool]:
        """Which of the region's figures must not be shown because of those that an authority suppresses."""
        found: dict[_Figure, list[tuple[_Row, bool]]] = {}
        for name, table in self.parts.items():
            for row, gone in zip(table.rows, self.hidden_of[name], strict=True):
                found.setdefault(figure_of(row), []).append((row, gone))
        return [
            _gives_away(row, self.whole.measure(row).made, found.get(figure_of(row), [])) for row in self.whole.rows
        ]


def _gives_away(row: _Row, made: Made, authorities: Sequence[tuple[_Row, bool]]) -> bool:
    gone = [each for each, is_gone in authorities if is_gone]
    if not gone:
        return False
    size = str("value" if pd.isna(row["denominator"]) else "denominator")
    if sum(1 for each, _ in authorities if np.nan_to_num(each[size])) < LEAST_AUTHORITIES:
        return True
    if isinstance(made, Mean):
        return bool(sum(each["denominator"] for each in gone) < LEAST_OF_MEAN)
    if isinstance(made, Sum):
        return True
    return size == "value" and _one_learns_of_another(
        [_part(float(each["value"]), is_gone) for each, is_gone in authorities if not pd.isna(each["value"])],
        range_of_shown(float(row["value"])),
    )


class _Part(NamedTuple):
    """An authority's number, and what the others know of it."""

    value: float
    least: float
    greatest: float
    is_gone: bool


def _part(value: float, is_gone: bool) -> _Part:
    least, greatest = (SMALLEST, np.inf) if is_gone else range_of_shown(value)
    return _Part(value, least, greatest, is_gone)


def _one_learns_of_another(parts: Sequence[_Part], whole: tuple[float, float]) -> bool:
    """Whether an authority can work out another's suppressed number from its own and the region's, as it is shown."""
    for one, other in permutations(range(len(parts)), 2):
        number = parts[other]
        if number.is_gone:
            others = [part for place, part in enumerate(parts) if place not in (one, other)]
            left = [end - parts[one].value for end in whole]
            least = max(number.least, left[0] - sum(part.greatest for part in others))
            greatest = min(number.greatest, left[1] - sum(part.least for part in others))
            if is_given_away(number.value, least, greatest):
                return True
    return False


def _least(cell: Cell, values: Sequence[float]) -> float:
    """The least that a suppressed cell's numbers can be: 0 for one that had to go although it is 0."""
    return min((cell.least, *(values[number] for number in cell.bounds)))


def _relations(table: PublishedTable) -> list[Relation]:
    """What readers know of a table's numbers, but for who is on the roster.

    A region's roster adds up public ones. With it all numbers of people would be one system, in which figures that
    have to do with none that is given away would be suppressed for it.
    """
    sizes = {number for of, number in table.numbers.items() if of.indicator == COHORT.number}
    return [each for each in table.relations() if not sizes & each.terms.keys()]


def _moved(cell: Cell, start: int) -> Cell:
    """The cell over numbers that begin further on."""
    bounds = {number + start: bound for number, bound in cell.bounds.items()}
    return replace(
        cell,
        bounds=bounds,
        relations=tuple(_moved_relation(each, start) for each in cell.relations),
        only_with=frozenset(number + start for number in cell.only_with),
    )


def _moved_relation(relation: Relation, start: int) -> Relation:
    return replace(relation, terms={number + start: times for number, times in relation.terms.items()})


def published_region_before_after(
    region: pd.DataFrame,
    authorities: Mapping[str, pd.DataFrame],
    quarter: pd.Timestamp,
    name: str,
    toolkit: Toolkit,
) -> pd.DataFrame:
    """Before and after of the region and of each authority as they may be shown, with symbols; counts and days.

    An authority's row stands as its own workbook has it, up to an earlier quarter perhaps; the region's is suppressed
    where those who are new since it was shown last are few.

    Args:
        region: `region_before_after` of the quarter.
        authorities: each one's `before_after` of every quarter up to this one.
        quarter: the quarter's first day.
        name: what the column `authority` calls the region.
        toolkit: what measures declare.
    """
    together = pd.concat(authorities.values(), ignore_index=True)
    earlier = together[(together["scope"] == FS) & (together["quarter"] < quarter)]
    earlier = earlier.groupby(list(BEFORE_AFTER.key), as_index=False)[list(_SIDES)].sum()
    frames = {name: pd.concat([earlier, region], ignore_index=True), **authorities}
    names = set(zip(region["indicator"], region["measure"], strict=True))
    measures = [name for number, name in names if toolkit.is_published(number, name, FS, "follow_up")]
    true = {each: frame[(frame["scope"] == FS) & frame["measure"].isin(measures)] for each, frame in frames.items()}
    shown = {each: before_after_of_authority(frame, quarter, toolkit) for each, frame in true.items()}
    table = _Compared(name, toolkit)
    for each, frame in true.items():
        gone = (shown[each]["symbol"] == "c") | (shown[each]["quarter"] < quarter)
        for row, is_gone in zip(frame[frame["quarter"] == quarter].to_dict("records"), gone, strict=True):
            table.add(each, row, gone=is_gone)
    hidden = table.hidden()
    made = shown[name]
    made.loc[hidden, list(SIDES_SHOWN)] = np.nan
    made.loc[hidden, "symbol"] = "c"
    made.loc[hidden, "quarter"] = quarter
    return pd.concat([frame.assign(authority=each) for each, frame in shown.items()], ignore_index=True)


class _Compared:
    """Before and after as one system: a row is a cell over its people, families, before and after."""

    def __init__(self, region: str, toolkit: Toolkit) -> None:
        self.region, self._toolkit = region, toolkit
        self.values: list[float] = []
        self.cells: list[Cell] = []
        self.of_region: dict[str, int] = {}
        self._sums: dict[tuple[str, str], dict[int, float]] = {}
        self._with_families: Counter[str] = Counter()
        self._gone: set[str] = set()

    def add(self, authority: str, row: _Row, *, gone: bool) -> None:
        """Adds a row of the region or of an authority, and whether it is suppressed by itself."""
        measure, is_region, bounds = str(row["measure"]), authority == self.region, {}
        made = self._toolkit.measure(row["indicator"], measure, "follow_up").made
        for side in _SIDES:
            self._sums.setdefault((measure, side), {})[len(self.values)] = -1.0 if is_region else 1.0
            bounds[len(self.values)] = range_of_side(row, made, side)
            self.values.append(float(row[side]))
        if is_region:
            self.of_region[measure] = len(self.cells)
        else:
            self._with_families[measure] += bool(row["families"])
            self._gone |= {measure} if gone else set()
        self.cells.append(Cell(bounds, is_small=gone, least=0.0, is_public=not is_region and not gone))

    def hidden(self) -> list[bool]:
        """Which of the region's rows are suppressed, in their order."""
        for measure in self._gone:
            if self._with_families[measure] < LEAST_AUTHORITIES or self._one_learns_of_another(measure):
                place = self.of_region[measure]
                self.cells[place] = replace(self.cells[place], is_small=True)
        relations = [Relation(terms, equal=equal) for terms in self._sums.values() for equal in (True, False)]
        found = suppressed(self.values, self.cells, relations)
        return [found[place] for place in self.of_region.values()]

    def _one_learns_of_another(self, measure: str) -> bool:
        """Whether an authority can work out people, families, before or after of another's suppressed row."""
        for side in _SIDES:
            parts, whole = [], (0.0, np.inf)
            for place, sign in self._sums[measure, side].items():
                cell = self.cells[place // len(_SIDES)]
                if sign < 0:
                    whole = cell.bounds[place]
                else:
                    least, greatest = (0.0, np.inf) if cell.is_small else cell.bounds[place]
                    parts.append(_Part(self.values[place], least, greatest, cell.is_small))
            if _one_learns_of_another(parts, whole):
                return True
        return False
