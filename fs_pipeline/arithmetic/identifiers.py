"""Identifiers as dense integers, and where one column's identifiers stand in another: Arrow looks them up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.cache import cached
from fs_pipeline.arithmetic.columns import Positions


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
