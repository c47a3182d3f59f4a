"""The months before and after FS start: their days, and whose begin or complete in a quarter."""

from __future__ import annotations

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags
from fs_pipeline.arithmetic.quarters import Quarter, plus_months


def before_fs(start: Dates, months: int) -> tuple[Dates, Dates]:
    """First and last day of [R03 - `months`, R03)."""
    return plus_months(start, -months), start - ONE_DAY


def after_fs(start: Dates, months: int) -> tuple[Dates, Dates]:
    """First and last day of [R03, R03 + `months`)."""
    return start, plus_months(start, months) - ONE_DAY


def enters_in(quarter: Quarter, start: Dates) -> Flags:
    """Whether each R03 lies in the quarter: the rows of its baseline."""
    return quarter.holds(start)


def completes_in(quarter: Quarter, start: Dates, months: int) -> Flags:
    """Whether the last day of the months lies in the quarter: the rows of its follow-up."""
    return quarter.holds(after_fs(start, months)[1])
