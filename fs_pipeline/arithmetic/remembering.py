"""Results worked out once a column: kept for as long as the very same column lives, and never for another one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Generic, TypeVar

import pandas as pd

Result = TypeVar("Result")


class Remembering(Generic[Result]):
    """A function of text columns that remembers its results by the columns' Arrow arrays.

    An Arrow array never changes, so the same array gives the same result; it is known by its identity, and what is
    remembered of it goes with it. The columns of a frame keep their arrays when columns are picked or put together
    anew; picking rows makes new ones. Whoever gets a result must not write into it.
    """

    def __init__(self, function: Callable[..., Result], most: int | None = None) -> None:
        """Remembers no more than `most` results, those that were asked for last; all of them when left out."""
        self._function, self._most = function, most
        self._kept: dict[tuple[int, ...], Result] = {}
        update_wrapper(self, function)

    def __call__(self, *columns: pd.Series) -> Result:
        """The function's result for the columns."""
        key = tuple(id(column.array.__arrow_array__()) for column in columns)
        if key not in self._kept:
            return self.know(columns, self._function(*columns))
        self._kept[key] = self._kept.pop(key)  # last in order
        return self._kept[key]

    def know(self, columns: tuple[pd.Series, ...], result: Result) -> Result:
        """Takes over a result for the columns that was found otherwise."""
        arrays = [column.array.__arrow_array__() for column in columns]
        key = tuple(map(id, arrays))
        if len(self._kept) == self._most:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = result
        for array in arrays:
            weakref.finalize(array, self._kept.pop, key, None).atexit = False
        return result


remembered = Remembering
"""Makes a function remember all its results."""


def remembered_last(most: int) -> Callable[[Callable[..., Result]], Remembering[Result]]:
    """Makes a function remember only so many results: for those that are large."""
    return partial(Remembering, most=most)
