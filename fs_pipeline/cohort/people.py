"""The roster of people: the children with a current FS referral, and the adults being worked with."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Positions, days, first_rows, pick, picked, positions
from fs_pipeline.arithmetic.periods import Period, Spans
from fs_pipeline.arithmetic.quarters import Quarter, completed_years
from fs_pipeline.toolkit.extracts import ADULT_INVOLVEMENTS, FAMILY_MEMBERS, PEOPLE
from fs_pipeline.toolkit.roster import CHILDREN, FAMILIES, REFERRAL_FIELDS, ROSTER


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
            **{name: pick(children[name], child) for name in REFERRAL_FIELDS},
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
