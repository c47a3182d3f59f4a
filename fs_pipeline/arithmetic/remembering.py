"""Results worked out once a column: kept for as long as the very same column lives, and never for another one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import pandas as pd

Result = TypeVar("Result")


def remembered_last(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """As `remembered`, but no more than the so many results that were asked for last: for those that are large."""

    def of_function(function: Callable[..., Result]) -> Callable[..., Result]:
        return _remembered(function, most)

    return of_function


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """Makes a function of text columns remember its results by the columns' Arrow arrays.

    An Arrow array never changes, so the same array gives the same result; it is known by its identity, and what is
    remembered of it goes with it. The columns of a frame keep their arrays when columns are picked or put together
    anew; picking rows makes new ones. Whoever gets a result must not write into it.
    """
    return _remembered(function, None)


def _remembered(function: Callable[..., Result], most: int | None) -> Callable[..., Result]:
    kept: dict[tuple[int, ...], Result] = {}

    @wraps(function)
    def once(*columns: pd.Series) -> Result:
        arrays = tuple(column.array.__arrow_array__() for column in columns)
        key = tuple(map(id, arrays))
        if key in kept:
            kept[key] = kept.pop(key)  # last in order
        else:
            if len(kept) == most:
                kept.pop(next(iter(kept)))
            kept[key] = function(*columns)
            for array in arrays:
                weakref.finalize(array, kept.pop, key, None).atexit = False
        return kept[key]

    return once
