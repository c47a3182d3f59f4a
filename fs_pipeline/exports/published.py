"""The figures for everyone: aggregates alone, rounded, and suppressed where a small number could be worked out.

Published are the quarter's figures for `authority`, `fs` and the cohorts (not teams, not baselines of a single
quarter), the headline figures of earlier quarters, and before and after for `fs`.

- Numbers from 1 to 5 are suppressed; others are rounded to the nearest 5. 0 is shown.
- Shares are whole per cent. They are suppressed when what they are of is below 10 (of school sessions: below 720,
  what six pupils can attend in a quarter), or the part or the rest of it is from 1 to 5.
- Means are shown for `authority` and `fs` alone, and suppressed when they are over fewer than 6.
- Before and after is suppressed when it is of fewer than 6 families, days also when of 1 to 5 plans or periods.
- Further figures are suppressed until none of those can be worked out from totals, shares, parts, or last quarter.
- A headline figure of an earlier quarter is suppressed when that quarter's own workbook suppresses it, and else shown:
  the workbooks lie side by side.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fs_pipeline.exports.disclosure import BASE, LARGEST, SMALLEST, Cell, Relation, suppressed
from fs_pipeline.exports.figures import PUBLISHED_DECIMALS
from fs_pipeline.exports.headlines import HEADLINES
from fs_pipeline.toolkit.figures import NOT_SUPPLIED

RULES = (
    "Numbers from 1 to 5 are suppressed, others rounded to the nearest 5. Shares are whole per cent, and suppressed "
    "where they are of fewer than 10 or show that 1 to 5 are in or out. Means are shown for all families together.",
    "Further figures are suppressed so that none of those can be worked out from the others.",
)
"""The rules in words, for the front page."""
LEAST_OF_MEAN = 6
"""A mean, or before and after, over fewer than this is not shown."""
_LEAST_OF_SHARE, _LEAST_SESSIONS = 10, 720
MONEY = "GBP"
_SHARES, _MEANS = ("%",), ("days", "weeks", "score", "hours")
_SAME = {  # what a share is of, where that is a figure too: measure -> part, whole
    "cp_repeat_12_months": (None, "cp_new_plans"),
    "cp_repeat_24_months": (None, "cp_new_plans"),
    "drop_out_before_engagement": (None, "assessments"),
    "completion_rate": ("programmes_completed", "programmes_ended"),
    "no_re_presentation_or_improved": (None, ("no_re_presentation_6_months", "whole")),
}
_SUMS = (  # what adds up to what: indicator and measure
    ((1, "cp_plans_active"), ((1, "cp_plans_from_fs_start"), (1, "cp_plans_since_fs_start"))),
    ((1, "cp_plans_active"), ((1, "cp_plans_at_start"), (3, "cp_new_plans"))),
)
_PARTS = (  # of the same indicator, scope and group: the first is never more than the second
    ("cp_children", "cp_plans_active"),
    ("cp_plans_at_start", "cp_plans_active"),
    ("cp_plans_at_end", "cp_plans_active"),
    ("cp_new_plans", "cp_plans_active"),
    ("programmes_completed", "programmes_ended"),
    ("reliably_improved", "improved"),
    ("recovered", "improved"),
    ("da_repeat_incidents", "da_incidents"),
    (("cp_repeat_12_months", "part"), ("cp_repeat_24_months", "part")),
    (("no_re_presentation_6_months", "part"), ("no_re_presentation_or_improved", "part")),
)
_EARLIER = {  # what was another figure so many quarters earlier
    "cp_plans_at_start": ("cp_plans_at_end", 1),
    "cla_at_start": ("cla_at_end", 1),
    ("no_re_presentation_6_months", "whole"): ("treatments_completed", 2),
}
_BOTH_SCORES = ("improved", "declined", "unchanged")
_FORMS = {12: "TOP", 13: "TOP", 15: "mental health", 20: "LSI-R"}
"""The forms that scores stand on, by indicator: who has both of one score has, as a rule, both of every other."""
_DAYS_OF = {"cp_days": "cp_plans_active", "cla_days": "cla_periods"}
"""Days before and after, and what they are days of: the days in care of a child or two are not for everyone."""
_Row = Mapping[Hashable, Any]


def published_figures(figures: pd.DataFrame, quarter: pd.Timestamp) -> pd.DataFrame:
    """The figures as they may be shown, with symbols; numerators and denominators are not.

    Args:
        figures: `indicator_values` of every quarter up to this one.
        quarter: this quarter's first day.
    """
    for known, of_quarter, shown in tuple(_LAST):
        if of_quarter == quarter and known.equals(figures):
            return shown.copy()
    table = PublishedTable.of(figures, quarter)
    shown = as_shown(table.rows, table.hidden())
    _LAST.append((figures.copy(), quarter, shown.copy()))
    return shown


_LAST: deque[tuple[pd.DataFrame, pd.Timestamp, pd.DataFrame]] = deque(maxlen=1)
"""Figures, quarter, and what was shown of them, for the last ones asked for: a quarter's workbook and its report ask
for the same, and working out what to suppress is most of either."""


def as_shown(rows: list[dict[Hashable, Any]], hidden: list[bool]) -> pd.DataFrame:
    """The rows with rounded values and symbols; what is hidden is blank."""
    frame = pd.DataFrame(rows)
    shown = [None if gone else _rounded(row) for row, gone in zip(rows, hidden, strict=True)]
    symbols = [_symbol(row, gone) for row, gone in zip(rows, hidden, strict=True)]
    blank = np.full(len(frame), np.nan)
    return frame.assign(value=np.array(shown, dtype=np.float64), numerator=blank, denominator=blank, symbol=symbols)


def is_mean(rows: pd.DataFrame) -> pd.Series:
    """Whether each figure is a mean."""
    return rows["unit"].isin(_MEANS) | ((rows["unit"] == "count") & rows["denominator"].notna())


_KEY = ("indicator", "measure", "scope", "group")
_HEADLINES = frozenset((each.indicator, each.measure, each.scope, each.group) for each in HEADLINES)
_HIDDEN_BEFORE: dict[bytes, dict[tuple[Hashable, ...], bool]] = {}
_MOST_REMEMBERED = 1000
"""So many quarters' headlines are remembered: a run of several quarters, or a region, asks for the same ones again."""


def _name(row: _Row) -> tuple[Hashable, ...]:
    """Which figure it is, of which quarter."""
    return row["quarter"], *(row[name] for name in _KEY)


def _is_headline(row: _Row) -> bool:
    return tuple(row[name] for name in _KEY) in _HEADLINES


def _symbol(row: _Row, gone: bool) -> str:
    if row["status"] == NOT_SUPPLIED:
        return "x"
    return "c" if gone else "z" if pd.isna(row["value"]) else ""


def _rounded(row: _Row) -> float | None:
    """The value as it is shown."""
    if pd.isna(row["value"]):
        return None
    value = float(row["value"])
    if _is_number(row):
        return _to_base(value)
    if row["unit"] == MONEY:
        return float(round(value, -2))
    return float(round(value, PUBLISHED_DECIMALS.get(row["unit"], 0)))


def _to_base(value: float, base: int = BASE) -> float:
    """To the nearest multiple of the base; halves upwards."""
    return float(np.floor(value / base + 0.5) * base)


def _is_number(row: _Row) -> bool:
    """Whether it is a number of people, plans or the like."""
    return row["unit"] not in (*_SHARES, *_MEANS, MONEY) and bool(pd.isna(row["denominator"]))


class Of(NamedTuple):
    """What a number is of; `name` is a measure, or a measure and its part, rest or whole."""

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
        before: by quarter and figure, whether the workbook of that earlier quarter suppresses its headline.
        values: the numbers.
        numbers: what each number is of -> its place among `values`.
        cells: a cell a figure.
    """

    rows: list[dict[Hashable, Any]]
    before: Mapping[tuple[Hashable, ...], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, figures: pd.DataFrame, quarter: pd.Timestamp) -> PublishedTable:
        """The figures that are published of `indicator_values` of every quarter up to this one."""
        rows = figures[(figures["period"] == "quarter") & ~figures["scope"].str.startswith("team:")]
        rows = rows[~(is_mean(rows) & rows["scope"].str.startswith("cohort:"))]
        of_headlines = np.array([key in _HEADLINES for key in zip(*(rows[name] for name in _KEY), strict=True)], bool)
        before: dict[tuple[Hashable, ...], bool] = {}
        digest = hashlib.sha256()
        for each in sorted(rows.loc[rows["quarter"] < quarter, "quarter"].unique()):
            own = rows[(rows["quarter"] == each) | ((rows["quarter"] < each) & of_headlines)]
            digest.update(pd.util.hash_pandas_object(own, index=False).to_numpy().tobytes())
            before |= cls(own.to_dict("records"), before)._headlines_hidden(each, digest.digest())
        return cls(rows[(rows["quarter"] == quarter) | of_headlines].to_dict("records"), before)

    def hidden(self) -> list[bool]:
        """Which of the cells are suppressed."""
        return suppressed(self.values, self.cells, list(self.relations()))

    def _headlines_hidden(self, quarter: pd.Timestamp, digest: bytes) -> dict[tuple[Hashable, ...], bool]:
        """Whether each of the quarter's headlines is suppressed; remembered by the digest of all that it rests on."""
        if digest not in _HIDDEN_BEFORE:
            if len(_HIDDEN_BEFORE) >= _MOST_REMEMBERED:
                _HIDDEN_BEFORE.clear()
            _HIDDEN_BEFORE[digest] = {
                _name(row): gone
                for row, gone in zip(self.rows, self.hidden(), strict=True)
                if row["quarter"] == quarter and _is_headline(row)
            }
        return _HIDDEN_BEFORE[digest]

    def __post_init__(self) -> None:
        self.values: list[float] = []
        self.numbers: dict[Of, int] = {}
        self._wholes: list[Relation] = []
        self._small_reports = any(
            row["measure"] == "reports_accepted" and _is_small(float(row["value"]))
            for row in self.rows
            if not pd.isna(row["value"])
        )
        counted = sorted(self.rows, key=lambda row: not _is_number(row))  # counts first: shares refer to them
        for row in counted:
            if _is_number(row) and not pd.isna(row["value"]):
                self._number(row, row["measure"], float(row["value"]))
        self.cells = [self._as_before(row, self._cell(row)) for row in self.rows]

    def _as_before(self, row: _Row, cell: Cell) -> Cell:
        """The cell of an earlier quarter's headline as that quarter's workbook has it."""
        gone = self.before.get(_name(row))
        return cell if gone is None else replace(cell, is_small=gone, is_public=not gone)

    def _number(self, row: _Row, name: Hashable, value: float) -> int:
        """The number of that name, of the row's quarter, indicator, scope and group."""
        key = Of(row["quarter"], row["indicator"], name, row["scope"], row["group"])
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]

    def _cell(self, row: _Row) -> Cell:
        if pd.isna(row["value"]):
            return Cell()
        value = float(row["value"])
        if _is_number(row):
            weight = value + (1e6 if _is_headline(row) else 0)
            number = self._number(row, row["measure"], value)
            return Cell({number: told(value)}, is_small=_is_small(value), weight=weight if value else 1e9)
        if row["unit"] in _SHARES:
            return self._share(row, value)
        if row["unit"] == MONEY:
            return Cell(is_small=self._small_reports)
        over = row["denominator"]
        return Cell(is_small=not pd.isna(over) and 0 < float(over) < LEAST_OF_MEAN)

    def _share(self, row: _Row, value: float) -> Cell:
        if pd.isna(row["denominator"]):  # of nobody knows how many
            return Cell(is_small=True)
        part, whole = float(row["numerator"]), float(row["denominator"])
        if pd.isna(part):  # supplied as a share of so many
            part = value * whole / 100
        names = _SAME.get(row["measure"], (None, None))
        same = [name or (row["measure"], side) for name, side in zip(names, ("part", "whole"), strict=True)]
        of_part, of_whole = (self._number(row, name, true) for name, true in zip(same, (part, whole), strict=True))
        rest = self._number(row, (row["measure"], "rest"), whole - part)
        adds_up = Relation({of_part: 1, rest: 1, of_whole: -1}, equal=True)
        self._wholes.append(adds_up)
        sessions = row["measure"].endswith("_absence")
        least = _LEAST_SESSIONS if sessions else _LEAST_OF_SHARE
        is_small = whole < least or (not sessions and (_is_small(part) or _is_small(whole - part)))
        low, high = (round(value) - 0.5) / 100, (round(value) + 0.5) / 100
        tells = (Relation({of_whole: low, of_part: -1}), Relation({of_part: 1, of_whole: -high}), adds_up)
        return Cell({}, tells, is_small=is_small, weight=1e3 + whole)

    def relations(self) -> Iterator[Relation]:
        """What readers know of the numbers: parts and wholes, cohorts and all, one quarter and the next."""
        yield from self._wholes
        cohorts: dict[Of, list[int]] = {}
        for of, number in self.numbers.items():
            if of.scope.startswith("cohort:"):
                cohorts.setdefault(of._replace(scope="fs"), []).append(number)
        for of, number in self.numbers.items():
            for whole in (whole for part, whole in _PARTS if part == of.name):
                yield from self._at_most(number, of._replace(name=whole))
            for parts in (parts for whole, parts in _SUMS if whole == (of.indicator, of.name)):
                numbers = [self.numbers.get(of._replace(indicator=each, name=part)) for each, part in parts]
                if None not in numbers:
                    yield Relation({number: -1, **{each: 1 for each in numbers if each is not None}}, equal=True)
            if of.name in _EARLIER:
                name, quarters = _EARLIER[of.name]
                before = of._replace(name=name, quarter=of.quarter - pd.DateOffset(months=3 * quarters))
                if (found := self.numbers.get(before)) is not None:
                    yield Relation({number: 1, found: -1}, equal=True)
            if of in cohorts:
                together = dict.fromkeys(cohorts[of], 1.0)
                yield from (Relation({number: -1, **together}, equal=equal) for equal in (True, False))
                yield Relation({number: 1, **dict.fromkeys(cohorts[of], -1.0)})  # someone may be of two cohorts
                yield from (Relation({number: -1, cohort: 1}) for cohort in cohorts[of])
            if of.scope == "fs":
                yield from self._at_most(number, of._replace(scope="authority"))
        yield from self._same_people()

    def _same_people(self) -> Iterator[Relation]:
        """That improved, declined and unchanged add up to the same for every score of a form."""
        added_up: dict[tuple[pd.Timestamp, str, str], list[dict[int, float]]] = {}
        for of in self.numbers:
            found = [self.numbers.get(of._replace(name=name)) for name in _BOTH_SCORES]
            if of.name == _BOTH_SCORES[0] and None not in found:
                people = {number: 1.0 for number in found if number is not None}
                added_up.setdefault((of.quarter, _FORMS[of.indicator], of.scope), []).append(people)
        for alike in added_up.values():
            for one, other in combinations(alike, 2):
                yield Relation({**one, **dict.fromkeys(other, -1.0)}, equal=True)

    def _at_most(self, number: int, other: Of) -> Iterator[Relation]:
        """That a number is at most another, where there is that."""
        if (found := self.numbers.get(other)) is not None:
            yield Relation({number: 1, found: -1})


def _is_small(value: float) -> bool:
    return SMALLEST <= value <= LARGEST


def published_before_after(before_after: pd.DataFrame) -> pd.DataFrame:
    """Before and after for `fs`, rounded, with symbols; suppressed as a whole when it is of fewer than 6 families."""
    rows = before_after[before_after["scope"] == "fs"].reset_index(drop=True)
    return rows.assign(**_compared(rows.to_dict("records")))


def _compared(rows: list[dict[Hashable, Any]]) -> dict[str, list[Any]]:
    changed: dict[str, list[Any]] = {name: [] for name in (*SIDES_SHOWN, "symbol")}
    small = {
        row["measure"]
        for row in rows
        if not row["measure"].endswith("_absence") and any(_is_small(row[side]) for side in ("before", "after"))
    }
    small |= {days for days, of in _DAYS_OF.items() if of in small}
    for row in rows:
        gone = row["families"] < LEAST_OF_MEAN or row["measure"] in small
        sides = {side: _side(row, row[side]) for side in ("before", "after", "interval_low", "interval_high")}
        difference = sides["after"] - sides["before"]
        percentage = float(np.round(100 * difference / sides["before"])) if sides["before"] else np.nan
        found = {"people": _to_base(row["people"]), "families": _to_base(row["families"]), **sides}
        found |= {"difference": difference, "percentage_change": percentage}
        symbol = "z" if pd.isna(row["before"]) or pd.isna(row["after"]) else "c" if gone else ""
        for name in SIDES_SHOWN:
            changed[name].append(np.nan if symbol else found[name])
        changed["symbol"].append(symbol)
    return changed


SIDES_SHOWN = (
    *("people", "families", "before", "after", "difference", "percentage_change", "interval_low", "interval_high"),
)
"""The numbers of a row of before and after."""


def _side(row: _Row, value: float) -> float:
    """Shares are of so many sessions that they are rounded to one decimal, days to 10, other numbers to 5."""
    if row["measure"].endswith("_absence"):
        return float(round(value, 1))
    return _to_base(value, 10 if row["measure"].endswith("_days") else BASE) if not pd.isna(value) else np.nan


def side_told(row: _Row, side: str) -> tuple[float, float]:
    """The least and the greatest that people, families, before or after can be, as a row that is shown tells it."""
    base = 10 if side in ("before", "after") and row["measure"].endswith("_days") else BASE
    return told(float(row[side]), base)


def told(value: float, base: int = BASE) -> tuple[float, float]:
    """The least and the greatest that a number can be which is shown to the nearest multiple of the base."""
    shown = _to_base(value, base)
    return (0.0, 0.0) if value == 0 else (max(shown - base // 2, LARGEST + 1), shown + (base - 1) // 2)
