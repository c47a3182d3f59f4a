"""The one cache in memory: columns read from the lake, and what was worked out of columns of text.

It keeps what was used last, up to so many bytes. Nearly every calculation reads the roster and looks up who is on it:
without the cache, a quarter of 200,000 people takes half as long again. Nobody may write into what comes from here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, Protocol, TypeVar

import pandas as pd
from cachetools import LRUCache


class Sized(Protocol):
    """What says how many bytes it takes, as arrays and columns do."""

    @property
    def nbytes(self) -> int:
        """The bytes."""
        ...


Result = TypeVar("Result", bound=Sized)


class Cache:
    """What was used last, by key; safe between threads."""

    def __init__(self, room: int) -> None:
        """Keeps up to `room` bytes; what is larger by itself is not kept."""
        self._lock = Lock()
        self._entries: LRUCache[Hashable, tuple[Any, ...]] = LRUCache(
            room, getsizeof=lambda entry: sum(part.nbytes for part in entry)
        )

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - of the type that was kept under the key
        """What is kept under the key; None when nothing is."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def keep(self, key: Hashable, result: Sized, *arrays: Sized) -> None:
        """Keeps a result, and the arrays that it was worked out of."""
        entry = (result, *arrays)
        with self._lock:
            if self._entries.getsizeof(entry) <= self._entries.maxsize:
                self._entries[key] = entry


CACHE = Cache(1 << 28)
"""Room for the roster of a million people, with what is read and looked up beside it."""


def cached(function: Callable[..., Result]) -> Callable[..., Result]:
    """Makes a function of text columns keep its results.

    Arrow arrays never change, so that the same arrays give the same result. They are known by their identity, and
    kept beside the result, so that no other array has that identity meanwhile. The columns of a frame keep their arrays
    when columns are picked or put together anew; picking rows makes new ones.
    """

    @wraps(function)
    def of_columns(*columns: pd.Series) -> Result:
        arrays = [column.array.__arrow_array__() for column in columns]
        key = (function, *map(id, arrays))
        result: Result | None = CACHE.get(key)
        if result is None:
            result = function(*columns)
            CACHE.keep(key, result, *arrays)
        return result

    return of_columns
