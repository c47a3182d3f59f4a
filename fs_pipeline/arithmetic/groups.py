"""Lookups and sums by group: one sort and a scatter, or one bincount. Groups are dense integers from 0.

Identifiers are coded once a column, and looked up once for two columns: whoever asks again gets what was found then.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions
from fs_pipeline.arithmetic.remembering import remembered


@remembered
def positions(identifiers: pd.Series, known: pd.Series) -> Positions:
    """Where each identifier first stands in `known`; -1 when it is blank or not there.

    Looking up costs what the smaller side has: of few identifiers, it is `known` that is looked up among them.
    """
    if len(identifiers) >= len(known):
        return _fixed(pc.index_in(pa.array(identifiers), value_set=pa.array(known), skip_nulls=True))
    code, names = _coded(identifiers)
    name = _fixed(pc.index_in(pa.array(known), value_set=pa.array(names), skip_nulls=True))
    there = np.flatnonzero(name >= 0)[::-1]
    first_of_name = np.full(len(names) + 1, -1)  # the last one is for blanks
    first_of_name[name[there]] = there
    return _read_only(first_of_name[code])


def codes(identifiers: pd.Series) -> Positions:
    """The identifiers as dense integers, numbered as they first occur; -1 for a blank."""
    return _coded(identifiers)[0]


def distinct(identifiers: pd.Series) -> pd.Series:
    """The identifiers, each once, as they first occur: `codes` are positions in it."""
    return _coded(identifiers)[1]


@remembered
def _coded(identifiers: pd.Series) -> tuple[Positions, pd.Series]:
    coded = identifiers.array.__arrow_array__().combine_chunks().dictionary_encode()
    names: pd.Series = coded.dictionary.to_pandas()
    return _fixed(coded.indices), names


def _fixed(found: pa.Array) -> Positions:
    """What was found, -1 for a blank."""
    return _read_only(found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))


def _read_only(where: Positions) -> Positions:
    where.flags.writeable = False
    return where


def totals(groups: Positions, size: int, weights: Numbers | Flags | None = None) -> Numbers:
    """The sum of the weights in each of `size` groups; without weights, the number of members."""
    return np.bincount(groups, weights=weights, minlength=size).astype(np.float64)


def repeated(times: Positions) -> tuple[Positions, Positions]:
    """Each position so many times: the positions, repeated, and which repeat each is, counted from 0."""
    which = np.repeat(np.arange(len(times)), times)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return which, nth


def last(groups: Positions, order: Dates, size: int, among: Flags | None = None) -> Positions:
    """In each group the position of the member that comes last in `order`; -1 in an empty group.

    Of members that tie, the one that stands later: tables are sorted by key, so that is the largest key. Members
    with a blank `order` are left out, and those that are not `among` the ones asked for.
    """
    return _scattered(groups, _in_order(order, among), size)


def first(groups: Positions, order: Dates, size: int, among: Flags | None = None) -> Positions:
    """As `last`, the member that comes first in `order`; of ties, the one that stands earlier."""
    return _scattered(groups, _in_order(order, among)[::-1], size)


def picked(values: Dates, where: Positions) -> Dates:
    """The days at the positions; blank at position -1."""
    return np.append(values, np.datetime64("NaT", "D"))[where]


def _in_order(order: Dates, among: Flags | None) -> Positions:
    wanted = ~np.isnat(order) if among is None else among & ~np.isnat(order)
    members = np.flatnonzero(wanted)
    return members[np.argsort(order[members], kind="stable")]


def _scattered(groups: Positions, members: Positions, size: int) -> Positions:
    chosen = np.full(size, -1, dtype=np.int64)
    chosen[groups[members]] = members
    return chosen
