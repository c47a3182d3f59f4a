"""Who is counted, with whom, from when: children with their FS referral, families, and the roster of people."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import (
    Dates,
    Positions,
    codes,
    days,
    distinct,
    first_rows,
    flags,
    last,
    pick,
    picked,
    positions,
    totals,
)
from fs_pipeline.arithmetic.periods import Period, Spans
from fs_pipeline.arithmetic.quarters import Quarter, completed_years
from fs_pipeline.toolkit.extracts import ADULT_INVOLVEMENTS, ALLOCATIONS, FAMILY_MEMBERS, PEOPLE, REFERRALS
from fs_pipeline.toolkit.fields import CHILDREN, FAMILIES, ROSTER
from fs_pipeline.toolkit.programme import CohortWindow
from fs_pipeline.toolkit.tables import ArrayLike

_OF_REFERRAL = ("referral_key", "referral_start_date", "category_of_need", "referral_end_date", "previous_referrals")


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
    worked, size = Spans.of(allocations)[fs], len(referrals)
    in_fs = worked.of_groups(referral_of, size)
    latest_allocation = last(referral_of, worked.start, size)

    is_child_of_fs = ((row < 0) | (membership >= 0))[child_of_referral]  # not who is only an adult of families
    current_of_child = last(child_of_referral, in_fs.start, len(persons), is_child_of_fs)
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
            "fs_start_date": in_fs.start[current],
            "latest_fs_team": pick(allocations["team"], fs[latest_allocation[current]]),
            "fs_end_date": in_fs.end[current],
            "latest_fs_allocation_start": worked.start[latest_allocation[current]],
        }
    )


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
    in_fs = Spans.of(children, "fs_start_date", "fs_end_date").of_groups(family, size)
    backwards = np.arange(len(children))[::-1]
    latest_start = days(children["latest_fs_allocation_start"])[::-1]
    latest = backwards[last(family[::-1], latest_start, size)]
    return FAMILIES.frame(
        {
            "family_key": family_key,
            "fs_start_date": in_fs.start,
            "latest_fs_team": pick(children["latest_fs_team"], latest),
            "fs_end_date": in_fs.end,
            "cohort": cohort_of(in_fs.start, cohorts),
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


def people_on_roster(
    quarter: Quarter,
    children: Annotated[pd.DataFrame, CHILDREN],
    families: Annotated[pd.DataFrame, FAMILIES],
    people: Annotated[pd.DataFrame, PEOPLE.only("person_id", "sex", "date_of_birth", "ethnicity", "upn")],
    family_members: Annotated[pd.DataFrame, FAMILY_MEMBERS],
    adult_involvements: Annotated[
        pd.DataFrame, ADULT_INVOLVEMENTS.only("person_id", "family_id", "start_date", "end_date")
    ],
) -> Annotated[pd.DataFrame, ROSTER]:
    """The roster: one row per person and family.

    A child stands with its own FS dates; an adult with those of the family, once for each family that works with
    them: an adult member with an involvement, allocated or awaiting allocation, that overlaps the family's time in
    FS. Families stay on the roster after FS ends for them. (Z02, Z03, Z04, Z05)
    """
    row, of_adult = _worked_with(quarter, families, family_members, adult_involvements)
    adults = family_members.take(row)
    from_family = ("fs_start_date", "latest_fs_team", "fs_end_date")
    closed = (days(children["fs_end_date"]) <= quarter.end).astype(np.int64)
    rows = pd.concat(
        [
            children[["family_key", "person_id", *from_family]].assign(
                role="child", relationship_type=pd.array(["Active Case", "Closed Case"], dtype="str").take(closed)
            ),
            pd.DataFrame(
                {
                    "family_key": adults["family_id"].array,
                    "person_id": adults["person_id"].array,
                    "role": "adult",
                    "relationship_type": adults["relationship_type"].array,
                    **{name: pick(families[name], of_adult) for name in from_family},
                }
            ),
        ],
        ignore_index=True,
    )
    family = np.append(positions(children["family_key"], families["family_key"]), of_adult)
    person = positions(rows["person_id"], people["person_id"])
    child = np.append(np.arange(len(children)), np.full(len(adults), -1))
    by_family = np.where(family < 0, len(families), family)
    order = np.argsort(by_family * (len(people) + 1) + person)  # both tables are sorted by their keys
    rows, family, person, child = rows.take(order), family[order], person[order], child[order]
    born = picked(days(people["date_of_birth"]), person)
    return ROSTER.frame(
        rows.assign(
            sex=pick(people["sex"], person),
            age=completed_years(born, days(rows["fs_start_date"])),
            ethnicity=pick(people["ethnicity"], person),
            cohort=pick(families["cohort"], family),
            **{name: pick(children[name], child) for name in _OF_REFERRAL},
            date_of_birth=born,
            upn=pick(people["upn"], person),
        )
    )


def _worked_with(
    quarter: Quarter,
    families: pd.DataFrame,
    family_members: pd.DataFrame,
    adult_involvements: pd.DataFrame,
) -> tuple[Positions, Positions]:
    """The adult members of the roster's families whom FS works with, or would if it had a worker; their families.

    The involvement must overlap [family R03, family R04 or the quarter end].
    """
    family = positions(adult_involvements["family_id"], families["family_key"])
    work = Spans.of(adult_involvements)
    start, end = (picked(days(families[name]), family) for name in ("fs_start_date", "fs_end_date"))
    overlaps = work.active_in(Period(start, np.fmin(end, quarter.end)))
    member = first_rows(family_members["person_id"])
    worker = positions(adult_involvements["person_id"], family_members["person_id"])
    overlaps &= worker >= 0

    adult = np.flatnonzero(family_members["role"] == "adult")
    of_adult = positions(family_members["family_id"].iloc[adult], families["family_key"])
    adult, of_adult = adult[of_adult >= 0], of_adult[of_adult >= 0]
    pairs = family[overlaps] * len(member) + member[worker[overlaps]]
    worked_with = pd.Series(of_adult * len(member) + member[adult]).isin(pairs).to_numpy()
    return adult[worked_with], of_adult[worked_with]
