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
from fs_pipeline.invented.education import invent_education
from fs_pipeline.invented.households import Households, invent_households, members_as_known, people_as_known
from fs_pipeline.invented.police import invent_police
from fs_pipeline.invented.referrals import Allocations, Involvements, invent_involvements, invent_referrals
from fs_pipeline.invented.spells import Spells, invent_spells
from fs_pipeline.invented.staff import CWD, FS_TEAMS, Staff
from fs_pipeline.invented.workforce import (
    invent_caseloads,
    invent_expert_reports,
    invent_health,
    invent_waiting_lists,
)
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.programme import Programme

NOT_SUPPLIED = (("health_activity", 0), ("da_programmes", 4))
"""Extracts that fail to come, with the programme's quarter, counted from 0."""


@dataclass(frozen=True)
class _History:
    spells: Spells
    households: Households
    staff: Staff
    allocations: Allocations
    involvements: Involvements
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
        extracts = dict(_partners(history, seed, quarter))
        if quarter >= start:
            run = len(start.until(quarter)) - 1
            extracts |= _case_management(history, quarter)
            extracts |= _programme(history, seed, quarter, run)
            for extract, missing in NOT_SUPPLIED:
                if run == missing:
                    del extracts[extract]
        yield quarter, {name: extracts[name] for name in EXTRACTS if name in extracts}


def _invent_history(families: int, seed: int, programme: Programme) -> _History:
    spells = invent_spells(families, seed, programme, len(FS_TEAMS))
    households = invent_households(spells, seed, programme)
    staff = Staff.of(families)
    referrals, allocations, allocated = invent_referrals(households, spells, staff, seed)
    involvements, involved = invent_involvements(households, spells, staff, seed)
    treatments, forms = invent_treatments(households, spells, seed)
    snapshots = {
        "referrals": referrals,
        "allocations": allocations,
        "adult_involvements": involvements,
        "cp_plans": invent_plans(households, spells, seed),
        "care_periods": invent_care_periods(households, spells, seed),
        "care_proceedings": invent_proceedings(households, spells, seed),
        "substance_treatments": treatments,
        "top_forms": forms,
        "mental_health_scores": invent_mental_health(households, spells, seed),
        "da_programmes": invent_da_programmes(households, spells, seed),
        "lsir_assessments": invent_lsir(households, spells, seed),
    }
    return _History(spells, households, staff, allocated, involved, snapshots)


def _partners(history: _History, seed: int, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """What police and schools deliver, from before the programme's start on."""
    incidents, marac = invent_police(history.households, history.spells, seed, quarter)
    attendance, reasons = invent_education(history.households, history.spells, seed, quarter)
    return {
        "police_incidents": incidents,
        "marac_referrals": marac,
        "attendance": attendance,
        "absence_reasons": reasons,
    }


def _case_management(history: _History, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """The snapshots as at the quarter end."""
    day = day_number(quarter.last_day)
    cwd = np.zeros(len(history.households.born), dtype=np.bool_)
    cwd[history.allocations.child[history.allocations.open_on(day) & (history.allocations.team == CWD)]] = True
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
    households, spells = history.households, history.spells
    return {
        "health_activity": invent_health(households, spells, seed, quarter, run),
        "caseloads": invent_caseloads(history.staff, history.allocations, history.involvements, seed, quarter),
        "waiting_lists": invent_waiting_lists(history.involvements, quarter),
        "expert_reports": invent_expert_reports(households, spells, seed, quarter),
    }
