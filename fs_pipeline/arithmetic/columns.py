"""Frame columns as NumPy arrays: values with their blanks, identifiers as dense integers, sums and choices by group.

Arrow looks identifiers up. Groups are dense integers from 0: a sum is one bincount, a choice one indexed assignment.

Here is the one cache in memory too: columns read from the lake, and what was worked out of columns of text. It keeps
what was used last, up to so many bytes. Nearly every calculation reads the roster and looks up who is on it: without
the cache, a quarter of 200,000 people takes half as long again. Nobody may write into what comes from it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from cachetools import LRUCache

from fs_pipeline.toolkit.tables import ArrayLike

Dates: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.datetime64]]"
Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"
Flags: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.bool_]]"
Positions: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


ONE_DAY = np.timedelta64(1, "D")


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


def days(column: pd.Series) -> Dates:
    """A date column as days; blanks are NaT."""
    return column.to_numpy().astype("datetime64[D]")


def numbers(column: pd.Series) -> Numbers:
    """A number column as floats; blanks are NaN."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def flags(column: pd.Series) -> Flags:
    """A boolean column; a blank is not true."""
    return column.to_numpy(dtype=np.bool_, na_value=False)


def pick(column: pd.Series, positions: Positions) -> ArrayLike:
    """The column's values at the positions; blank at position -1."""
    return column.array.take(positions, allow_fill=True)


def flag_or_blank(values: Flags, known: Flags) -> ArrayLike:
    """The flags as a column; blank where they are not known."""
    return pd.arrays.BooleanArray(values & known, ~known)


def ratio(numerator: Numbers, denominator: Numbers) -> Numbers:
    """Numerator over denominator; blank where either is blank or the denominator is 0."""
    over = np.where(denominator == 0, np.nan, denominator)
    quotient: Numbers = numerator / over
    return quotient


@cached
def positions(identifiers: pd.Series, known: pd.Series) -> Positions:
    """Where each identifier first stands in `known`; -1 when it is blank or not there.

    Arrow's table of texts is made of the shorter column: most extracts name a small part of the roster.
    """
    if len(identifiers) >= len(known):
        return _index_in(identifiers, pa.array(known))
    code, names = _encode(identifiers)
    return _first_of_each(_index_in(known, names), len(names))[code]


def first_rows(identifiers: pd.Series) -> Positions:
    """Where each row's identifier first stands: a number for each; -1 for a blank."""
    code, names = _encode(identifiers)
    return _first_of_each(code, len(names))[code]


def codes(identifiers: pd.Series) -> Positions:
    """The identifiers as dense integers, numbered as they first occur; -1 for a blank."""
    return _encode(identifiers)[0]


def distinct(identifiers: pd.Series) -> pd.Series:
    """The identifiers, each once, as they first occur: `codes` are positions in it."""
    names: pd.Series = _encode(identifiers)[1].to_pandas()
    return names


def _encode(identifiers: pd.Series) -> tuple[Positions, pa.Array]:
    """The codes, and the identifier of each."""
    encoded = identifiers.array.__arrow_array__().combine_chunks().dictionary_encode()
    return _numbers(encoded.indices), encoded.dictionary


def _index_in(identifiers: pd.Series, values: pa.Array) -> Positions:
    return _numbers(pc.index_in(pa.array(identifiers), value_set=values, skip_nulls=True))


def _first_of_each(code: Positions, size: int) -> Positions:
    """The first row of each of `size` codes, -1 where there is none; then that of code -1, which is none either."""
    first = np.full(size + 1, -1)
    first[code[::-1]] = np.arange(len(code))[::-1]
    first[-1] = -1
    return first


def _numbers(places: pa.Array) -> Positions:
    """The places; -1 for a blank."""
    numbers: Positions = places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    numbers.flags.writeable = False  # others may get the same ones, from the cache
    return numbers


def totals(groups: Positions, size: int, weights: Numbers | Flags | None = None) -> Numbers:
    """The sum of the weights in each of `size` groups; without weights, the number of members."""
    return np.bincount(groups, weights=weights, minlength=size).astype(np.float64, copy=False)


def repeated(times: Positions) -> tuple[Positions, Positions]:
    """Each position so many times: the positions, repeated, and which repeat each is, counted from 0."""
    which = np.repeat(np.arange(len(times)), times)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return which, nth


def person_and_day(person: Positions, day: Dates) -> Positions:
    """Person and day as one number, which sorts by person, then day; equal for the same person and day alone."""
    return person * 2**32 + day.astype(np.int64)


def last(groups: Positions, order: Dates, size: int, among: Flags | None = None) -> Positions:
    """In each group the position of the member that comes last in `order`; -1 in an empty group.

    Of members that tie, the one that stands later: tables are sorted by key, so that is the largest key. Members
    with a blank `order` are left out, and those that are not `among` the ones asked for.
    """
    return _extreme(np.maximum, np.iinfo(np.int64).min, groups, order, size, among)


def first(groups: Positions, order: Dates, size: int, among: Flags | None = None) -> Positions:
    """As `last`, the member that comes first in `order`; of ties, the one that stands earlier."""
    return _extreme(np.minimum, np.iinfo(np.int64).max, groups, order, size, among)


def picked(values: Dates, where: Positions) -> Dates:
    """The days at the positions; blank at position -1."""
    return np.append(values, np.datetime64("NaT", "D"))[where]


def _extreme(
    choose: np.ufunc, nobody: int, groups: Positions, order: Dates, size: int, among: Flags | None
) -> Positions:
    """In each group the member whose day and position, as one number, the ufunc chooses; `nobody` is never chosen."""
    wanted = ~np.isnat(order) if among is None else among & ~np.isnat(order)
    members = np.flatnonzero(wanted)
    chosen, bits = np.full(size, nobody), len(order).bit_length()
    choose.at(chosen, groups[members], (order[members].astype(np.int64) << bits) | members)
    empty = chosen == nobody
    chosen &= (1 << bits) - 1
    chosen[empty] = -1
    return chosen
