"""Calendar quarters, and calendar months on whole columns of dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import TypeVar

import numpy as np

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Numbers, Positions

Column = TypeVar("Column", Dates, Positions)

_FORMS = "a quarter is written 2017-10-01 (its first day), 2017-Q4 (calendar) or 2017-18-Q3 (financial year)"


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, known by its first day; both ends are inclusive."""

    first_day: date

    def __post_init__(self) -> None:
        if self.first_day.day != 1 or self.first_day.month not in (1, 4, 7, 10):
            raise ValueError(f"{self.first_day} is not the first day of a quarter; {_FORMS}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The quarter written as `2017-10-01`, `2017-Q4` or `2017-18-Q3`.

        Raises:
            ValueError: the text is none of these; says what is accepted.
        """
        if calendar := re.fullmatch(r"(\d{4})-Q([1-4])", text, re.IGNORECASE):
            year, number = int(calendar[1]), int(calendar[2])
            return cls(date(year, 3 * number - 2, 1))
        if financial := re.fullmatch(r"(\d{4})-(\d{2})-Q([1-4])", text, re.IGNORECASE):
            year, number = int(financial[1]), int(financial[3])
            if (year + 1) % 100 != int(financial[2]):
                raise ValueError(f"{text}: a financial year is two years that follow each other; {_FORMS}")
            return cls(date(year, 1, 1)).shifted(number)
        try:
            day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
        except ValueError:
            day = None
        if day is None:
            raise ValueError(f"{text}: {_FORMS}")
        return cls(day)

    @classmethod
    def holding(cls, day: date) -> Quarter:
        """The quarter that a day lies in."""
        return cls(date(day.year, (day.month - 1) // 3 * 3 + 1, 1))

    @property
    def last_day(self) -> date:
        """The quarter's last day."""
        return self.shifted(1).first_day - timedelta(days=1)

    @property
    def start(self) -> np.datetime64:
        """The first day, to compare columns with."""
        return np.datetime64(self.first_day, "D")

    @property
    def end(self) -> np.datetime64:
        """The last day, to compare columns with."""
        return np.datetime64(self.last_day, "D")

    @property
    def key(self) -> str:
        """The partition key: the first day, `YYYY-MM-DD`."""
        return self.first_day.isoformat()

    @property
    def label(self) -> str:
        """How a person reads it: `Oct-Dec 2017`."""
        return f"{self.first_day:%b}-{self.last_day:%b %Y}"

    def shifted(self, quarters: int) -> Quarter:
        """The quarter so many later (earlier when negative)."""
        number = self.first_day.year * 4 + self.first_day.month // 3 + quarters
        return Quarter(date(number // 4, number % 4 * 3 + 1, 1))

    def holds(self, days: Dates) -> Flags:
        """Whether each day lies in the quarter; a blank does not."""
        inside: Flags = (days >= self.start) & (days <= self.end)
        return inside

    def until(self, last: Quarter) -> list[Quarter]:
        """This quarter, and each one after it up to and including `last`; empty when `last` is earlier."""
        quarters = [self]
        while quarters[-1] < last:
            quarters.append(quarters[-1].shifted(1))
        return quarters if self <= last else []


def _once_a_day(work: Callable[[Dates], Column]) -> Callable[[Dates], Column]:
    """Makes what works something out of each day do so once for each day of their range, if those are fewer.

    A quarter's dates lie within years, its rows are many; calendar arithmetic costs more than looking up.
    """

    @wraps(work)
    def once_a_day(days: Dates) -> Column:
        if not len(days) or np.isnat(first := np.fmin.reduce(days)):
            return work(days)
        range_ = int((np.fmax.reduce(days) - first).astype(np.int64)) + 1
        if range_ > len(days):
            return work(days)
        results = work(np.append(first + np.arange(range_), np.datetime64("NaT", "D")))
        return results[np.where(np.isnat(days), range_, (days - first).astype(np.int64))]

    return once_a_day


def plus_months(days: Dates, months: int) -> Dates:
    """Each day so many calendar months later; 31 August + 6 months = the last day of February. NaT stays NaT."""

    @_once_a_day
    def later(days: Dates) -> Dates:
        month = days.astype("datetime64[M]")
        target = month + months
        length = (target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")
        offset = np.minimum(days - month.astype("datetime64[D]"), length - ONE_DAY)
        moved: Dates = target.astype("datetime64[D]") + offset
        return moved

    return later(days)


@_once_a_day
def quarter_number(days: Dates) -> Positions:
    """The number of each day's quarter, counted from January to March 1970 = 0."""
    return days.astype("datetime64[M]").astype(np.int64) // 3


@_once_a_day
def school_year_start(days: Dates) -> Dates:
    """The 31 August on or before each day."""
    january = days.astype("datetime64[Y]").astype("datetime64[M]")
    this_year: Dates = np.subtract((january + 8).astype("datetime64[D]"), ONE_DAY)
    last_year: Dates = np.subtract((january - 4).astype("datetime64[D]"), ONE_DAY)
    return np.where(days >= this_year, this_year, last_year)


def completed_years(birth: Dates, on: Dates) -> Numbers:
    """Completed years of age on a day; blank when the birth is unknown or after it.

    Someone born on 29 February completes a year on 1 March of a common year.
    """
    return np.where(birth <= on, (_month_and_day(on) - _month_and_day(birth)) // (12 * _MONTH), np.nan)


_MONTH = 32
"""The length of a month in `_month_and_day`, in which all are equally long."""


@_once_a_day
def _month_and_day(days: Dates) -> Positions:
    """The days as numbers, whose difference has as many whole months as the calendar between them."""
    month = days.astype("datetime64[M]")
    number: Positions = month.astype(np.int64) * _MONTH + (days - month.astype("datetime64[D]")).astype(np.int64)
    return number
