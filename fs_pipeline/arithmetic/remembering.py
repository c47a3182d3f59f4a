"""Results worked out once a column: kept for as long as the very same column lives, and never for another one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import pandas as pd

Result = TypeVar("Result")


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """Makes a function of text columns remember its results by the columns' Arrow arrays.

    An Arrow array never changes, so the same array gives the same result; it is known by its identity, and what is
    remembered of it goes with it. The columns of a frame keep their arrays when columns are picked or put together
    anew; picking rows makes new ones. Whoever gets a result must not write into it.
    """
    kept: dict[tuple[int, ...], Result] = {}

    @wraps(function)
    def once(*columns: pd.Series) -> Result:
        arrays = tuple(column.array.__arrow_array__() for column in columns)
        key = tuple(map(id, arrays))
        if key not in kept:
            kept[key] = function(*columns)
            for array in arrays:
                weakref.finalize(array, kept.pop, key, None).atexit = False
        return kept[key]

    return once
