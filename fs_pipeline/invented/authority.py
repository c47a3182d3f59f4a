"""The invented authority: one history, invented whole, and what its suppliers deliver of it quarter by quarter.

The history depends on the seed, the number of families and the programme, and on nothing else: whichever quarters
are asked for, a quarter's extracts are the same.

Two extracts fail to come, so that "not supplied" is seen: `health_activity` in the programme's first quarter, and
`da_programmes` in its fifth (October to December 2018 in the demonstration). Before the programme's start only the
police and the schools deliver: the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import days
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.adult_services import (
    invent_da_programmes,
    invent_lsir,
    invent_mental_health,
    invent_treatments,
)
from fs_pipeline.invented.chance import day_number
from fs_pipeline.invented.children_social_care import invent_care_periods, invent_plans, invent_proceedings
from fs_pipeline.invented.family_safeguarding import CWD, Staff, invent_spells
from fs_pipeline.invented.households import Households, invent_households, members_as_known, people_as_known
from fs_pipeline.invented.police_and_schools import invent_education, invent_police
from fs_pipeline.invented.referrals import Work, invent_involvements, invent_referrals
from fs_pipeline.invented.workforce import invent_caseloads, invent_expert_reports, invent_health, invent_waiting_lists
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.programme import Programme

NOT_SUPPLIED = (("health_activity", 0), ("da_programmes", 4))
"""Extracts that fail to come, with the programme's quarter, counted from 0."""


@dataclass(frozen=True)
class _History:
    households: Households
    staff: Staff
    allocations: Work
    involvements: Work
    snapshots: dict[str, pd.DataFrame]


def invent(
    families: int, seed: int, first: Quarter, last: Quarter, programme: Programme
) -> Iterator[tuple[Quarter, dict[str, pd.DataFrame]]]:
    """The extracts as delivered for each quarter from first to last: typed frames in contract columns, by name.

    Args:
        families: how many families come into Family Safeguarding; as many again never do. About 8 people for each.
        seed: same seed and families, same extracts, whichever quarters are asked for.
        first: the first quarter; before the programme's start only police and schools deliver.
        last: the last quarter.
        programme: its start, its cohort windows and the authority's code shape the history.

    Raises:
        ValueError: fewer than one family.
    """
    if families < 1:
        raise ValueError(f"{families} families: at least 1 is needed")
    history = _invent_history(families, seed, programme)
    start = Quarter(programme.start)
    for quarter in first.until(last):
        extracts = invent_police(history.households, seed, quarter) | invent_education(
            history.households, seed, quarter
        )
        if quarter >= start:
            run = len(start.until(quarter)) - 1
            extracts |= _case_management(history, quarter)
            extracts |= _programme(history, seed, quarter, run)
            for extract, missing in NOT_SUPPLIED:
                if run == missing:
                    del extracts[extract]
        yield quarter, {name: extracts[name] for name in EXTRACTS if name in extracts}


def _invent_history(families: int, seed: int, programme: Programme) -> _History:
    households = invent_households(invent_spells(families, seed, programme), seed, programme)
    staff = Staff.of(families)
    referrals, allocations, allocated = invent_referrals(households, staff, seed)
    involvements, involved = invent_involvements(households, staff, seed)
    snapshots = {
        "referrals": referrals,
        "allocations": allocations,
        "adult_involvements": involvements,
        "cp_plans": invent_plans(households, seed),
        "care_periods": invent_care_periods(households, seed),
        "care_proceedings": invent_proceedings(households, seed),
        **invent_treatments(households, seed),
        "mental_health_scores": invent_mental_health(households, seed),
        "da_programmes": invent_da_programmes(households, seed),
        "lsir_assessments": invent_lsir(households, seed),
    }
    return _History(households, staff, allocated, involved, snapshots)


def _case_management(history: _History, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """The snapshots as at the quarter end."""
    day = day_number(quarter.last_day)
    cwd = np.zeros(len(history.households.born), dtype=np.bool_)
    cwd[history.allocations.person[history.allocations.open_on(day) & (history.allocations.team == CWD)]] = True
    return {name: _as_known(EXTRACTS[name], whole, quarter.last_day) for name, whole in history.snapshots.items()} | {
        "people": people_as_known(history.households, cwd, day),
        "family_members": members_as_known(history.households, day),
    }


def _as_known(extract: Extract, history: pd.DataFrame, day: date) -> pd.DataFrame:
    """The rows that had started by the day; what was later (dates, and what came with them) is blank."""
    today = np.datetime64(day)
    columns = [extract.contract(name) for name in extract.names]
    started = np.zeros(len(history), dtype=np.bool_)
    for column in columns:
        if column.starts:
            started |= days(history[column.name]) <= today
    known = history[started].reset_index(drop=True)
    later = {column.name: days(known[column.name]) > today for column in columns if column.starts or column.ends}
    for column in columns:
        source = column.came_with or column.name
        if source in later and later[source].any():
            known[column.name] = known[column.name].mask(later[source])
    return known


def _programme(history: _History, seed: int, quarter: Quarter, run: int) -> dict[str, pd.DataFrame]:
    """The quarter extracts that come with the programme only."""
    return {
        "health_activity": invent_health(history.households, seed, quarter, run),
        "caseloads": invent_caseloads(history.staff, history.allocations, history.involvements, seed, quarter),
        "waiting_lists": invent_waiting_lists(history.involvements, quarter),
        "expert_reports": invent_expert_reports(history.households, seed, quarter),
    }
