"""Families on the roster: those with at least one child with a current FS referral."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, codes, days, distinct, first, last, pick, picked, totals
from fs_pipeline.toolkit.programme import CohortWindow
from fs_pipeline.toolkit.roster import CHILDREN, FAMILIES
from fs_pipeline.toolkit.tables import ArrayLike


def families_in_fs(
    cohorts: tuple[CohortWindow, ...], children: Annotated[pd.DataFrame, CHILDREN]
) -> Annotated[pd.DataFrame, FAMILIES]:
    """Every family of the roster: its FS start and end, latest team and cohort.

    R03 is the earliest of its children's, R04 blank if blank for any child and otherwise the latest, R13a that of
    the child with the latest FS allocation start (ties: smallest person_id), the cohort (R05) the one whose window
    holds R03. (Z01, Z02, Z03, Z06, Z07)
    """
    children = children[children["family_key"].notna()]
    family_key = distinct(children["family_key"])
    family, size = codes(children["family_key"]), len(family_key)
    start, end = days(children["fs_start_date"]), days(children["fs_end_date"])
    fs_start = picked(start, first(family, start, size))
    fs_end = picked(end, last(family, end, size))
    fs_end[totals(family, size, np.isnat(end)) > 0] = np.datetime64("NaT")
    backwards = np.arange(len(children))[::-1]
    latest_start = days(children["latest_fs_allocation_start"])[::-1]
    latest = backwards[last(family[::-1], latest_start, size)]
    return FAMILIES.frame(
        {
            "family_key": family_key,
            "fs_start_date": fs_start,
            "latest_fs_team": pick(children["latest_fs_team"], latest),
            "fs_end_date": fs_end,
            "cohort": cohort_of(fs_start, cohorts),
        }
    )


def cohort_of(fs_start: Dates, cohorts: tuple[CohortWindow, ...]) -> ArrayLike:
    """The cohort whose window holds each FS start, both ends inclusive; blank when none does (R05, Z07)."""
    names = pd.array([window.cohort for window in cohorts], dtype="str")
    which = np.full(len(fs_start), -1)
    for place, window in enumerate(cohorts):
        inside = (fs_start >= np.datetime64(window.first_day)) & (fs_start <= np.datetime64(window.last_day))
        which[inside] = place
    return names.take(which, allow_fill=True)
