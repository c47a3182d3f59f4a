"""Children with their current FS referral (R02 to R09). Families and adults are worked out from it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import (
    codes,
    days,
    distinct,
    first,
    first_rows,
    flags,
    last,
    pick,
    picked,
    positions,
    totals,
)
from fs_pipeline.toolkit.extracts import ALLOCATIONS, FAMILY_MEMBERS, REFERRALS
from fs_pipeline.toolkit.roster import CHILDREN


def children_in_fs(
    family_members: Annotated[pd.DataFrame, FAMILY_MEMBERS.only("family_id", "person_id", "role")],
    referrals: Annotated[pd.DataFrame, REFERRALS],
    allocations: Annotated[
        pd.DataFrame,
        ALLOCATIONS.only("person_id", "referral_id", "team", "family_safeguarding", "start_date", "end_date"),
    ],
) -> Annotated[pd.DataFrame, CHILDREN]:
    """Every child with an FS referral: its current one, and when FS began and ended within it.

    An FS referral has at least one of the child's allocations to an FS team; its FS start (R03) is the earliest of
    those allocations' starts. The current one is that with the latest R03 (ties: largest key). R04 is blank while one
    of its FS allocations is open. A child that belongs to no family has a blank family key; someone who is only an
    adult of families is no child. (Z03, Z06)
    """
    is_child = (family_members["role"] == "child").to_numpy()
    member, persons = first_rows(family_members["person_id"]), distinct(referrals["person_id"])
    as_child = np.full(len(member) + 1, -1)  # of each member's first row, the first row as a child
    as_child[member[is_child][::-1]] = np.flatnonzero(is_child)[::-1]
    row = positions(persons, family_members["person_id"])
    membership = np.where(row >= 0, as_child[member[row]] if len(member) else -1, -1)
    child_of_referral = codes(referrals["person_id"])

    fs = np.flatnonzero(flags(allocations["family_safeguarding"]))
    referral_of = positions(allocations["referral_id"].iloc[fs], referrals["referral_id"])
    of_child = (allocations["person_id"].iloc[fs] == pick(referrals["person_id"], referral_of)).to_numpy()
    fs, referral_of = fs[of_child], referral_of[of_child]
    start, end = (days(allocations[name])[fs] for name in ("start_date", "end_date"))
    size = len(referrals)
    fs_start = picked(start, first(referral_of, start, size))
    fs_end = picked(end, last(referral_of, end, size))
    fs_end[totals(referral_of, size, np.isnat(end)) > 0] = np.datetime64("NaT")
    latest_allocation = last(referral_of, start, size)

    is_child_of_fs = ((row < 0) | (membership >= 0))[child_of_referral]  # not who is only an adult of families
    current_of_child = last(child_of_referral, fs_start, len(persons), is_child_of_fs)
    on_roster = np.flatnonzero(current_of_child >= 0)
    current = current_of_child[on_roster]

    referral_start = days(referrals["start_date"])
    start_of_current = picked(referral_start, current_of_child)[child_of_referral]
    earlier = is_child_of_fs & (referral_start < start_of_current)
    previous = totals(child_of_referral[earlier], len(persons))
    child = persons.iloc[on_roster]

    return CHILDREN.frame(
        {
            "person_id": child,
            "family_key": pick(family_members["family_id"], membership[on_roster]),
            "referral_key": pick(referrals["referral_id"], current),
            "referral_start_date": pick(referrals["start_date"], current),
            "category_of_need": pick(referrals["category_of_need"], current),
            "referral_end_date": pick(referrals["end_date"], current),
            "previous_referrals": previous[on_roster],
            "fs_start_date": fs_start[current],
            "latest_fs_team": pick(allocations["team"], fs[latest_allocation[current]]),
            "fs_end_date": fs_end[current],
            "latest_fs_allocation_start": start[latest_allocation[current]],
        }
    )
