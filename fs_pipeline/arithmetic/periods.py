"""Stretches of days: a period of each row, spans that are held for a while, and windows over quarters of deliveries.

Periods are FS windows and the months around FS start. Spans are the one interval engine: plans, periods of care,
allocations and involvements are spans. A window says which deliveries a calculation reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Numbers, Positions, days, first, last, picked, totals
from fs_pipeline.arithmetic.quarters import Quarter, plus_months, quarter_number


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last` of each row, both inclusive; none where `first` is after `last`."""

    first: Dates
    last: Dates

    @classmethod
    def same(cls, size: int, first: np.datetime64, last: np.datetime64) -> Period:
        """The same days for so many rows."""
        return cls(np.full(size, first), np.full(size, last))

    def __getitem__(self, rows: Positions | Flags) -> Period:
        return Period(self.first[rows], self.last[rows])

    @property
    def is_empty(self) -> Flags:
        """Rows without a day."""
        empty: Flags = self.first > self.last
        return empty

    def holds(self, day: Dates) -> Flags:
        """Whether each row's day lies in its period; a blank does not."""
        inside: Flags = (day >= self.first) & (day <= self.last)
        return inside


def months_until(day: np.datetime64, months: int, size: int) -> Period:
    """The `months` that end on the day, for so many rows."""
    (first,) = plus_months(np.array([day]), -months) + ONE_DAY
    return Period.same(size, first, day)


def before_fs(start: Dates, months: int) -> Period:
    """[R03 - `months`, R03)."""
    return Period(plus_months(start, -months), start - ONE_DAY)


def after_fs(start: Dates, months: int) -> Period:
    """[R03, R03 + `months`)."""
    return Period(start, plus_months(start, months) - ONE_DAY)


@dataclass(frozen=True)
class Spans:
    """Spans from `start` to `end`; an open span has no end (NaT)."""

    start: Dates
    end: Dates

    @classmethod
    def of(cls, frame: pd.DataFrame, start: str = "start_date", end: str = "end_date") -> Spans:
        """The spans of a table's rows."""
        return cls(days(frame[start]), days(frame[end]))

    def __getitem__(self, which: Positions | Flags) -> Spans:
        return Spans(self.start[which], self.end[which])

    @property
    def is_open(self) -> Flags:
        """Spans without an end."""
        return np.isnat(self.end)

    def of_groups(self, groups: Positions, size: int) -> Spans:
        """Of each of `size` groups, from its earliest start to its latest end; open while one of its spans is."""
        end = picked(self.end, last(groups, self.end, size))
        end[totals(groups, size, self.is_open) > 0] = np.datetime64("NaT")
        return Spans(picked(self.start, first(groups, self.start, size)), end)

    def active_in(self, period: Period) -> Flags:
        """Starts on or before the period's last day, and is open or ends on or after its first.

        Nothing is active in an empty period.
        """
        reaches_it: Flags = self.is_open | (self.end >= period.first)
        return (self.start <= period.last) & reaches_it & ~period.is_empty

    def as_at(self, day: np.datetime64) -> Flags:
        """Starts on or before the day, and is open or ends after it."""
        held: Flags = (self.start <= day) & (self.is_open | (self.end > day))
        return held

    def days_until(self, day: np.datetime64) -> Numbers:
        """Days between start and end, or the day when that comes first or there is no end (Z14)."""
        return days_between(self.start, np.fmin(self.end, day))

    def days_within(self, period: Period) -> Numbers:
        """Days of the period on which each span is held: starts on or before the day, is open or ends after it."""
        day_after = period.last + ONE_DAY
        end = np.where(self.is_open, day_after, np.minimum(self.end, day_after))
        return np.maximum((end - np.maximum(self.start, period.first)).astype(np.float64), 0)


def days_between(start: Dates, end: Dates | np.datetime64) -> Numbers:
    """The plain difference in days (Z14); blank when either is."""
    difference = end - start
    return np.where(np.isnat(difference), np.nan, difference.astype(np.float64))


@dataclass(frozen=True)
class Window:
    """The quarters from `first` to `last`, counted from the quarter at hand (0); both inclusive.

    `first` None is the earliest quarter that there is.
    """

    first: int | None
    last: int = 0


@dataclass(frozen=True)
class Deliveries:
    """A quarter extract over a window.

    Attributes:
        supplied: which quarters were supplied, in order.
        read: reads the rows of some of those, in order of quarter and key.
    """

    supplied: Mapping[Quarter, bool]
    read: Callable[[Sequence[Quarter]], pd.DataFrame]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of all quarters."""
        return self.read([quarter for quarter, is_there in self.supplied.items() if is_there])

    def since(self, day: np.datetime64) -> pd.DataFrame:
        """The rows of the quarters that the day lies in or that come after it: no others are read."""
        return self.read([each for each, is_there in self.supplied.items() if is_there and each.end >= day])

    def all_supplied(self) -> bool:
        """Whether every quarter of the window was supplied."""
        return all(self.supplied.values())

    def covers(self, period: Period) -> Flags:
        """Whether every quarter that each row's period touches was supplied; one outside the window was not."""
        known = {
            int(quarter_number(np.array([quarter.first_day], "datetime64[D]"))[0]): supplied
            for quarter, supplied in self.supplied.items()
        }
        start, end = min(known), max(known) + 1
        missing = np.cumsum([0, *(not known.get(number, False) for number in range(start, end))])
        from_, to = quarter_number(period.first), quarter_number(period.last) + 1
        inside = (from_ >= start) & (to <= end)
        gaps = missing[np.clip(to, start, end) - start] - missing[np.clip(from_, start, end) - start]
        covered: Flags = inside & (gaps == 0)
        return covered
