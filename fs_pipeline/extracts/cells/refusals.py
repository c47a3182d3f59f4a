"""The refusal of a whole file, and how rows and headings are named in it. A message never holds a cell's value."""

from __future__ import annotations

import re

import numpy as np

_NAMED = 10
_HEADING = re.compile(r"^[A-Za-z][A-Za-z _/().-]{0,39}$")


class ExtractRefused(Exception):
    """A delivered file cannot be trusted. The message says file, column, rows and the fix; never a cell's value."""


def rows_named(numbers: np.ndarray | list[int]) -> str:
    """The first ten row numbers, and how many rows there are in all."""
    if len(numbers) == 1:
        return f"row {int(numbers[0])}"
    first = ", ".join(str(int(number)) for number in numbers[:_NAMED])
    more = ", ..." if len(numbers) > _NAMED else ""
    return f"rows {first}{more} ({len(numbers):,} rows in all)"


def may_be_shown(heading: str) -> bool:
    """Whether a heading that the contract does not know may stand in a message: it may be a row that ran into it."""
    return _HEADING.match(heading) is not None
