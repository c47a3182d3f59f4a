"""Spans of days: the one interval engine. Plans, periods of care, allocations and involvements are spans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Numbers, Positions, days
from fs_pipeline.arithmetic.periods import Period


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
