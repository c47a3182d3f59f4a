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

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from fs_pipeline.exports.disclosure import Cell, Relation, System, adds_up, is_given_away
from fs_pipeline.exports.published import LEAST_OF_MEAN, Of, PublishedTable, figure_of
from fs_pipeline.exports.published_before_after import SIDES_SHOWN, range_of_side
from fs_pipeline.exports.published_before_after import published_before_after as before_after_of_authority
from fs_pipeline.toolkit.breakdowns import FS, REGIONAL_SCOPES
from fs_pipeline.toolkit.figures import COHORT, Made, Mean, Share, Sum
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
_Row = Mapping[Hashable, Any]


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
    whole = PublishedTable.of(region, quarter, toolkit)
    tables = {each: PublishedTable.of(figures, quarter, toolkit) for each, figures in authorities.items()}
    shown = [whole.as_shown(_hidden(whole, tables.values())).assign(authority=name)]
    for each, table in tables.items():
        rows = table.as_shown(table.hidden()).assign(authority=each)
        shown.append(rows[rows["scope"].isin(REGIONAL_SCOPES) & (rows["quarter"] == quarter)])
    return pd.concat(shown, ignore_index=True)


def _hidden(whole: PublishedTable, tables: Iterable[PublishedTable]) -> list[bool]:
    """Which of the region's cells are suppressed, whose numbers are sums of those in the tables of its authorities."""
    system, of_region = whole.system, whole.cells
    system.relations += _relations(whole)
    parts: dict[Of, list[int]] = {of: [] for of in whole.numbers}
    found: dict[tuple[Hashable, ...], list[tuple[_Row, Cell]]] = {}
    for table in tables:
        figures = [figure_of(row) for row in table.rows]
        beside = replace(table, before=dict(zip(figures, table.hidden(), strict=True)), system=system)
        system.relations += _relations(beside)
        for of in parts.keys() & beside.numbers.keys():
            parts[of].append(beside.numbers[of])
        for figure, row, cell in zip(figures, beside.rows, beside.cells, strict=True):
            found.setdefault(figure, []).append((row, cell))
    for of, place in whole.numbers.items():
        system.relations += adds_up(place, parts[of])
    for place, (row, cell) in enumerate(zip(whole.rows, of_region, strict=True)):
        size = "value" if pd.isna(row["denominator"]) else "denominator"
        of_authorities = [(each, part[size]) for part, each in found.get(figure_of(row), [])]
        gone = cell.is_small or _gives_away(system.values, cell, of_authorities, whole.measure(row).made)
        # for other reasons than its number too, so that what is suppressed tells no most
        system.cells[place] = replace(cell, is_small=gone, most=np.inf)
    return system.hidden()[: len(of_region)]


def _gives_away(
    values: Sequence[float], whole: Cell, parts: Sequence[tuple[Cell, float]], made: Made | None = None
) -> bool:
    """Whether the region's figure must not be shown because of those that an authority suppresses.

    Args:
        values: the true numbers.
        whole: the region's cell.
        parts: each authority's cell, and how much it has in it: its number, or what its share or mean is of.
        made: what the figure is; None for before and after.
    """
    gone = [size for cell, size in parts if cell.is_small]
    if not gone:
        return False
    if sum(1 for _, size in parts if np.nan_to_num(size)) < LEAST_AUTHORITIES:
        return True
    match made:
        case Mean():
            return bool(sum(gone) < LEAST_OF_MEAN)
        case Sum():
            return True
        case Share():
            return False
    return _one_learns_of_another(values, whole, [cell for cell, _ in parts if cell.bounds])


def _one_learns_of_another(values: Sequence[float], whole: Cell, parts: Sequence[Cell]) -> bool:
    """Whether an authority can work out another's suppressed number from its own and the region's, as it is shown.

    Where the region has none, nobody can.
    """
    for of_whole, *numbers in zip(whole.bounds, *(part.bounds for part in parts), strict=False):
        ranges = [
            (part.least, np.inf) if part.is_small else part.bounds[number]
            for part, number in zip(parts, numbers, strict=True)
        ]
        for one, other in permutations(range(len(parts)), 2):
            if parts[other].is_small:
                others = [each for place, each in enumerate(ranges) if place not in (one, other)]
                least, greatest = (end - values[numbers[one]] for end in whole.bounds[of_whole])
                least = max(ranges[other][0], least - sum(most for _, most in others))
                greatest = min(ranges[other][1], greatest - sum(at_least for at_least, _ in others))
                if is_given_away(values[numbers[other]], least, greatest):
                    return True
    return False


def _relations(table: PublishedTable) -> list[Relation]:
    """What readers know of a table's numbers, but for who is on the roster.

    A region's roster adds up public ones. With it all numbers of people would be one system, in which figures that
    have to do with none that is given away would be suppressed for it.
    """
    sizes = {number for of, number in table.numbers.items() if of.indicator == COHORT.number}
    return [each for each in table.relations() if not sizes & each.terms.keys()]


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
    shown: dict[str, pd.DataFrame] = {}
    system, cells = System(), dict[str, list[tuple[Cell, float]]]()
    for each, frame in frames.items():
        of_fs = frame[(frame["scope"] == FS) & frame["measure"].isin(measures)]
        shown[each] = before_after_of_authority(of_fs, quarter, toolkit)
        gone = (shown[each]["symbol"] == "c") | (shown[each]["quarter"] < quarter)
        for row, is_gone in zip(of_fs[of_fs["quarter"] == quarter].to_dict("records"), gone, strict=True):
            made = toolkit.measure(row["indicator"], row["measure"], "follow_up").made
            bounds = {system.add(float(row[side])): range_of_side(row, made, side) for side in _SIDES}
            cell = Cell(bounds, is_small=is_gone, least=0.0, is_public=each != name and not is_gone)
            system.cells.append(cell)
            cells.setdefault(row["measure"], []).append((cell, row["families"]))
    for place, ((whole, _), *parts) in enumerate(cells.values()):  # the region's rows came first
        for number, *numbers in zip(whole.bounds, *(part.bounds for part, _ in parts), strict=True):
            system.relations += adds_up(number, numbers)
        if _gives_away(system.values, whole, parts):
            system.cells[place] = replace(whole, is_small=True)
    of_region = shown[name]
    hidden = system.hidden()[: len(of_region)]
    of_region.loc[hidden, list(SIDES_SHOWN)] = np.nan
    of_region.loc[hidden, "symbol"] = "c"
    of_region.loc[hidden, "quarter"] = quarter
    return pd.concat([frame.assign(authority=each) for each, frame in shown.items()], ignore_index=True)
