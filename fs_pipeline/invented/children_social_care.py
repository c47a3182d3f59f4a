"""Child protection plans, periods of care and care proceedings, whole histories.

The effect of Family Safeguarding (FS): a plan or period that stands when the family enters soon ends, fewer begin
afterwards, and what begins is shorter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.invented.chance import (
    FAR,
    NEVER,
    Chance,
    Whole,
    dates,
    identifiers,
    in_turn,
    numbered,
    words,
    working_day,
)
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.referrals import ADULTHOOD
from fs_pipeline.toolkit.extracts import CARE_PERIODS, CARE_PROCEEDINGS, CP_PLANS

_CATEGORIES = ("NEG", "EMO", "PHY", "SAB", "MUL")
_CATEGORY_SHARES = (0.43, 0.38, 0.08, 0.04, 0.07)
_OUTCOMES = ("Care order", "Supervision order", "Special guardianship order", "Placement order", "No order")
_OUTCOME_SHARES = (0.35, 0.25, 0.2, 0.1, 0.1)
KNOWN_AS_UNBORN = 90


def invent_plans(households: Households, seed: int) -> pd.DataFrame:
    """`cp_plans`: shared by most siblings, never two of a child at once, some of them on edges of quarters.

    Of FS families: long ended, ended within a year before, standing at the FS start (some from that very day), begun
    since, and repeats later. Of the others: up to three over eight years.
    """
    chance = Chance(seed, "child protection plans")
    families = len(households.spells.turn)
    low, high = (np.full((families, 5), NEVER) for _ in range(2))
    turn = households.spells.turn

    for slot, share, ended in ((0, 0.16, (380, 1300)), (1, 0.22, (20, 370))):
        end = turn - chance.between(*ended, families)
        _fill(low, high, slot, end - chance.lasting(290, 40, 800, families), end, chance.happens(share, families))
    at_start = turn - np.where(chance.happens(0.15, families), 0, chance.between(5, 330, families))
    _fill(low, high, 2, at_start, turn + chance.between(15, 210, families), chance.happens(0.4, families))
    for slot, share, since, mean in ((3, 0.13, (7, 330), 130.0), (4, 0.08, (380, 1000), 170.0)):
        start = turn + chance.between(*since, families)
        _fill(low, high, slot, start, start + chance.lasting(mean, 21, 500, families), chance.happens(share, families))

    outside = np.flatnonzero(~households.spells.in_fs)
    count = chance.one_of((0.68, 0.2, 0.08, 0.04), len(outside))
    start = turn[outside, None] + chance.between(-1400, 1300, (len(outside), 5))
    start = np.sort(np.where(np.arange(5) < count[:, None], start, NEVER), axis=1)
    low[outside] = start
    high[outside] = start + chance.lasting(300, 30, 1300, start.shape)

    child = households.children
    family = households.home[child]
    start, end = low[family], high[family]
    own = chance.happens(0.15, end.shape)
    end = np.where(own, end + chance.between(-30, 60, end.shape), end)
    start = np.where(chance.happens(0.88, start.shape), start, NEVER)
    born = households.born[child][:, None]
    start, end = working_day(chance.on_edges(start)), working_day(chance.on_edges(end))
    end = np.where(chance.happens(0.01, end.shape), start, np.maximum(end, start))
    start = np.where((start > born - KNOWN_AS_UNBORN) & (start < born + ADULTHOOD - 90), start, NEVER)
    end = np.minimum(end, born + ADULTHOOD)
    kept = in_turn(start, end)
    who = np.broadcast_to(child[:, None], kept.shape)[kept]
    category = np.broadcast_to(chance.one_of(_CATEGORY_SHARES, families)[family][:, None], kept.shape)[kept]
    return CP_PLANS.frame(
        {
            "cp_plan_id": identifiers("CP", numbered(start[kept]), 5),
            "person_id": households.person_ids.take(who),
            "start_date": dates(start[kept]),
            "end_date": dates(end[kept]),
            "category": words(_CATEGORIES, np.where(chance.happens(0.02, len(who)), -1, category)),
        }
    )


def invent_care_periods(households: Households, seed: int) -> pd.DataFrame:
    """`care_periods`: of children of families, rarer and shorter after FS; and one of each UASC."""
    chance = Chance(seed, "periods of care")
    child = households.children
    family, size = households.home[child], len(child)
    together = chance.draw.random((len(households.spells.turn), 5))[family]
    alone = chance.draw.random((size, 5))
    luck = np.where(chance.happens(0.6, (size, 5)), together, alone)
    turn = households.spells.turn[family]
    start, end = (np.full((size, 5), NEVER) for _ in range(2))

    for slot, share, ended, mean in ((0, 0.06, (380, 1300), 300.0), (1, 0.08, (10, 360), 200.0)):
        day = turn - chance.between(*ended, size)
        _fill(start, end, slot, day - chance.lasting(mean, 20, 900, size), day, luck[:, slot] < share)
    day = turn - chance.between(5, 300, size)
    _fill(start, end, 2, day, turn + chance.between(10, 150, size), luck[:, 2] < 0.06)
    for slot, share, since, mean in ((3, 0.025, (10, 360), 70.0), (4, 0.015, (400, 900), 120.0)):
        day = turn + chance.between(*since, size)
        _fill(start, end, slot, day, day + chance.lasting(mean, 10, 400, size), luck[:, slot] < share)

    outside = np.flatnonzero(~households.spells.in_fs[family])
    count = np.searchsorted([0.87, 0.975], luck[outside, 0], side="right")
    day = turn[outside, None] + chance.between(-1500, 1300, (len(outside), 5))
    day = np.sort(np.where(np.arange(5) < count[:, None], day, NEVER), axis=1)
    start[outside] = day
    end[outside] = day + chance.lasting(600, 20, 5000, day.shape)

    born = households.born[child][:, None]
    start, end = working_day(chance.on_edges(start)), working_day(chance.on_edges(end))
    start = np.where((start >= born) & (start < born + ADULTHOOD - 60), start, NEVER)
    end = np.minimum(np.maximum(end, start), born + ADULTHOOD)
    kept = in_turn(start, end)

    asylum = np.flatnonzero(households.home < 0)
    arrival, grown = households.known[asylum], households.born[asylum] + ADULTHOOD
    leaves = np.where(chance.happens(0.15, len(asylum)), arrival + chance.between(20, 400, len(asylum)), grown)
    who = np.concatenate([np.broadcast_to(child[:, None], kept.shape)[kept], asylum])
    starts = np.concatenate([start[kept], arrival])
    return CARE_PERIODS.frame(
        {
            "care_period_id": identifiers("LAC", numbered(starts), 5),
            "person_id": households.person_ids.take(who),
            "start_date": dates(starts),
            "end_date": dates(np.concatenate([end[kept], np.minimum(leaves, grown)])),
            "uasc": households.home[who] < 0,
        }
    )


def invent_proceedings(households: Households, seed: int) -> pd.DataFrame:
    """`care_proceedings`: a case for one family in eight, about 26 weeks, of most siblings, mostly decided together."""
    chance = Chance(seed, "care proceedings")
    families = len(households.spells.turn)
    case = chance.happens(np.where(households.spells.in_fs, 0.15, 0.09), families)
    around = np.where(households.spells.in_fs, chance.between(-150, 300, families), chance.between(-700, 900, families))
    issued = np.where(case, working_day(chance.on_edges(households.spells.turn + around)), NEVER)
    weeks = np.clip(chance.draw.normal(26, 6, families), 8, 60)
    concluded = working_day(issued + (weeks * 7).astype(np.int64))

    child = households.children
    family, size = households.home[child], len(child)
    born = households.born[child]
    eldest = households.ordinal[child] == 0
    joined = (issued[family] < FAR) & (born <= issued[family]) & (born + ADULTHOOD - 365 > issued[family])
    rows = np.flatnonzero(joined & (eldest | chance.happens(0.9, size)))
    child, family = child[rows], family[rows]
    apart = chance.happens(0.08, len(rows))
    ended = concluded[family] + np.where(apart, chance.between(7, 60, len(rows)), 0)
    outcome = np.where(
        apart, chance.one_of(_OUTCOME_SHARES, len(rows)), chance.one_of(_OUTCOME_SHARES, families)[family]
    )
    return CARE_PROCEEDINGS.frame(
        {
            "proceedings_id": identifiers("CC", numbered(issued)[family], 5),
            "person_id": households.person_ids.take(child),
            "issued_date": dates(issued[family]),
            "concluded_date": dates(ended),
            "outcome": words(_OUTCOMES, outcome),
        }
    )


def _fill(starts: Whole, ends: Whole, slot: int, start: Positions, end: Positions, where: Flags) -> None:
    """Writes one spell per row into the column `slot`, in the rows that `where` marks."""
    starts[:, slot] = np.where(where, start, NEVER)
    ends[:, slot] = np.where(where, end, NEVER)
