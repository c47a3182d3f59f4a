"""Periods of days, one for each row: FS windows, and the months before and after FS start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Positions
from fs_pipeline.arithmetic.quarters import plus_months


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

    def holds(self, days: Dates) -> Flags:
        """Whether each row's day lies in its period; a blank does not."""
        inside: Flags = (days >= self.first) & (days <= self.last)
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
