"""Days, months, quarters, windows, and the three ways in which a dated row touches them.

What does not belong here: extracts, people.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

Row = dict[str, Any]
Supply = dict[str, list[Row] | None]
World = dict[date, Supply]
Programme = dict[str, Any]

ONE_DAY = timedelta(days=1)


def words(text: str) -> list[str]:
    """Names written one after another."""
    return text.split()


def add_months(day: date, months: int) -> date:
    """The same day of another calendar month, or its last day (31 August + 6 months = 28 or 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def quarter_first(day: date) -> date:
    """First day of the calendar quarter that holds a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_last(day: date) -> date:
    """Last day of the calendar quarter that holds a day."""
    return add_months(quarter_first(day), 3) - ONE_DAY


def completed_years(birth: date | None, day: date) -> int | None:
    """Completed years of age on a day; blank when the birth is unknown or later."""
    if birth is None or birth > day:
        return None
    # reading: someone born on 29 February completes a year on 1 March of a common year.
    had_birthday = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if had_birthday else 1)


def august_before(day: date) -> date:
    """The 31 August on or before a day (Z18)."""
    august = date(day.year, 8, 31)
    return august if august <= day else date(day.year - 1, 8, 31)


@cache
def days_of(first: date, last: date) -> tuple[date, ...]:
    """Every day from one to another."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


@dataclass(frozen=True)
class Window:
    """Days from first to last, both included; empty when the last comes before the first."""

    first: date
    last: date

    @property
    def is_empty(self) -> bool:
        """Whether it holds no day."""
        return self.last < self.first

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it; a blank day does not."""
        return day is not None and self.first <= day <= self.last

    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return days_of(self.first, self.last)

    def quarters(self) -> list[date]:
        """First days of the quarters that it touches; none when it is empty."""
        touched: list[date] = []
        if not self.is_empty:
            quarter = quarter_first(self.first)
            while quarter <= self.last:
                touched.append(quarter)
                quarter = add_months(quarter, 3)
        return touched


def months_before(day: date, months: int = 12) -> Window:
    """The months before a day: day - months <= x < day."""
    return Window(add_months(day, -months), day - ONE_DAY)


def months_from(day: date, months: int = 12) -> Window:
    """The months from a day on: day <= x < day + months."""
    return Window(day, add_months(day, months) - ONE_DAY)


def active_in(row: Row, window: Window) -> bool:
    """Active in a window: starts on or before its end, and is open or ends on or after its start."""
    if window.is_empty:
        return False
    return row["start_date"] <= window.last and (row["end_date"] is None or row["end_date"] >= window.first)


def open_on(row: Row, day: date) -> bool:
    """Open on a day: starts on or before it, and is open or ends on or after it."""
    return row["start_date"] <= day and (row["end_date"] is None or row["end_date"] >= day)


def as_at(row: Row, day: date) -> bool:
    """As at a day, for stocks: starts on or before it, and is open or ends after it."""
    return row["start_date"] <= day and (row["end_date"] is None or row["end_date"] > day)


def length(row: Row, until: date, not_before: date | None = None) -> int:
    """Plain difference of days from the start (or a later day) to the end, or to a day while it is open (Z14)."""
    first = row["start_date"] if not_before is None else max(row["start_date"], not_before)
    days: int = ((until if row["end_date"] is None else row["end_date"]) - first).days
    return days


def days_held(row: Row, window: Window) -> int:
    """Clipped days: the days d of the window with start <= d, and open or end > d."""
    return sum(1 for day in window.days() if as_at(row, day))
