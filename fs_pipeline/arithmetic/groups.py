"""Sums and choices by group: one bincount, or one indexed assignment. Groups are dense integers from 0."""

from __future__ import annotations

import numpy as np

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions


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
