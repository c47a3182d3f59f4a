"""Referrals and allocations of children, in and outside Family Safeguarding (FS), and the work with their adults."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.invented.chance import (
    FAR,
    NEVER,
    YEAR,
    Chance,
    dates,
    identifiers,
    in_turn,
    numbered,
    words,
    working_day,
)
from fs_pipeline.invented.family_safeguarding import (
    ASSESSMENT,
    CIN_EAST,
    CIN_WEST,
    CWD,
    DISCIPLINES,
    FS_TEAMS,
    LOOKED_AFTER,
    SOCIAL_WORK,
    TEAMS,
    Staff,
)
from fs_pipeline.invented.households import ADULTS, KNOWN_BEFORE_BIRTH, Households
from fs_pipeline.toolkit.extracts import ADULT_INVOLVEMENTS, ALLOCATIONS, REFERRALS

_NEEDS = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N0")
_NEED_SHARES = (0.55, 0.02, 0.04, 0.12, 0.16, 0.04, 0.01, 0.01, 0.03, 0.02)
_DISABILITY, _ABSENT_PARENTS = 1, 7
ADULTHOOD = int(18 * YEAR)


class Work(NamedTuple):
    """The work with people: person, discipline, team, worker number (-1 while awaited), first and last day."""

    person: Positions
    discipline: Positions
    team: Positions
    worker: Positions
    start: Positions
    end: Positions

    def open_on(self, day: int) -> Flags:
        """Which stands as at a day: begun, and not ended by it."""
        return (self.start <= day) & (self.end > day)


class _Referrals:
    """Referrals and their allocations as they are gathered, block by block."""

    def __init__(self, households: Households, chance: Chance) -> None:
        self.households = households
        self.chance = chance
        self.count = 0
        self.blocks: list[tuple[Positions, Positions, Positions]] = []
        self.allocated: list[tuple[Positions, ...]] = []

    def refer(self, child: Positions, start: Positions, end: Positions) -> Positions:
        """Adds referrals; gives their positions."""
        self.blocks.append((child, start, end))
        positions = self.count + np.arange(len(child))
        self.count += len(child)
        return positions

    def allocate(
        self,
        child: Positions,
        referral: Positions,
        team: Positions | int,
        start: Positions,
        end: Positions,
        where: Flags | None = None,
    ) -> None:
        """Adds allocations of the referrals, or of some of them."""
        columns = (child, referral, np.broadcast_to(team, len(child)), start, end)
        self.allocated.append(columns if where is None else tuple(column[where] for column in columns))


def invent_referrals(households: Households, staff: Staff, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, Work]:
    """`referrals` and `allocations`, whole, and the allocations as numbers.

    FS: the oldest child enters with the family; a sibling in eight later, or when born, or never. Within a referral
    there may be an assessment before FS, moves between workers and FS teams, and another team after FS.
    """
    chance = Chance(seed, "referrals")
    gathered = _Referrals(households, chance)
    first = _fs_spell(gathered, households.spells.start, households.spells.end)
    _fs_spell(gathered, households.spells.again, households.spells.again_end)
    _before_and_after(gathered, first)
    _outside(gathered)
    _disabled(gathered)
    _asylum(gathered)

    child, start, end = (np.concatenate(parts) for parts in zip(*gathered.blocks, strict=True))
    need = chance.one_of(_NEED_SHARES, len(child))
    need = np.where(households.cwd[child] & chance.happens(0.8, len(child)), _DISABILITY, need)
    need = np.where(households.home[child] < 0, _ABSENT_PARENTS, need)
    ids = identifiers("R", numbered(start), 6)
    referrals = REFERRALS.frame(
        {
            "referral_id": ids,
            "person_id": households.person_ids.take(child),
            "start_date": dates(start),
            "end_date": dates(end),
            "category_of_need": words(_NEEDS, np.where(chance.happens(0.02, len(child)), -1, need)),
        }
    )
    child, referral, team, begun, ended = (np.concatenate(parts) for parts in zip(*gathered.allocated, strict=True))
    discipline = np.full_like(team, SOCIAL_WORK)
    worker = staff.workers(team, discipline, chance.between(0, 100_000, len(team)))
    allocations = ALLOCATIONS.frame(
        {
            "allocation_id": identifiers("A", numbered(begun), 6),
            "person_id": households.person_ids.take(child),
            "referral_id": ids.take(referral),
            "worker_id": identifiers("W", worker, 4),
            "team": words(TEAMS, team),
            "family_safeguarding": team < len(FS_TEAMS),
            "start_date": dates(begun),
            "end_date": dates(ended),
        }
    )
    return referrals, allocations, Work(child, discipline, team, worker, begun, ended)


def _fs_spell(gathered: _Referrals, starts: Positions, ends: Positions) -> Positions:
    """Referrals of one FS spell; gives each person's referral start (NEVER for those without)."""
    households, chance = gathered.households, gathered.chance
    child = households.children
    child = child[starts[households.home[child]] < FAR]
    family, size = households.home[child], len(child)
    eldest = households.ordinal[child] == 0
    start, end, born = starts[family], ends[family], households.born[child]

    later = chance.one_of((0.82, 0.12, 0.06), size)
    join = np.where((later == 1) & ~eldest, start + chance.between(10, 150, size), start)
    join = np.where(born - join > KNOWN_BEFORE_BIRTH, born + chance.between(0, 10, size), join)
    comes = (eldest | (later < 2)) & (join < end - 14) & (join < born + ADULTHOOD - 60)
    leave = np.where(
        chance.happens(0.1, size), join + ((end - join) * chance.draw.uniform(0.4, 0.95, size)).astype(np.int64), end
    )
    lead = np.where(chance.happens(0.35, len(starts)), 0, chance.between(1, 45, len(starts)))[family]
    lead = np.minimum(lead, np.maximum(join - (born - KNOWN_BEFORE_BIRTH), 0))
    tail = np.where(chance.happens(0.25, size), chance.between(14, 60, size), 0)

    child, family, join, leave, lead, tail = (column[comes] for column in (child, family, join, leave, lead, tail))
    size = len(child)
    referral = gathered.refer(child, join - lead, leave + tail)
    gathered.allocate(child, referral, ASSESSMENT, join - lead, join, lead > 0)
    segments = 1 + chance.one_of((0.55, 0.32, 0.13), size)
    cuts = np.sort(chance.draw.uniform(0.1, 0.9, (size, 2)), axis=1)
    days = join[:, None] + ((leave - join)[:, None] * cuts).astype(np.int64)
    bounds = np.stack(
        [join, np.where(segments > 1, days[:, 0], leave), np.where(segments > 2, days[:, 1], leave), leave]
    )
    moved = np.zeros(size, dtype=np.int64)
    for segment in range(3):
        team = (households.spells.team[family] + moved) % len(FS_TEAMS)
        here = segments > segment
        gathered.allocate(child, referral, team, bounds[segment], bounds[segment + 1], here)
        moved = moved + chance.happens(0.3, size) * chance.between(1, len(FS_TEAMS) - 1, size)
    gathered.allocate(child, referral, CIN_EAST, leave, leave + tail, tail > 0)
    begun = np.full(len(households.born), NEVER)
    begun[child] = join - lead
    return begun


def _before_and_after(gathered: _Referrals, first: Positions) -> None:
    """Earlier referrals of FS children to other teams, ended before FS, and some after everything."""
    households, chance = gathered.households, gathered.chance
    child = households.children
    child = child[first[child] < FAR]
    size = len(child)
    count = np.minimum(chance.draw.poisson(0.7, size), 3)
    start = np.sort(first[child][:, None] - chance.between(120, 1800, (size, 3)), axis=1)
    end = start + chance.lasting(120, 14, 400, (size, 3))
    start = np.where(np.arange(3) < count[:, None], start, NEVER)
    start = np.where(start > households.born[child][:, None] - 100, start, NEVER)
    start = np.where(end < first[child][:, None], start, NEVER)
    _elsewhere(gathered, child, start, end)

    family = households.home[child]
    end_again = households.spells.again_end[family]
    last = np.where(end_again < FAR, end_again, households.spells.end[family])
    start = last + 61 + chance.between(0, 440, size)
    here = chance.happens(0.1, size) & (start < households.born[child] + ADULTHOOD - 60)
    start = np.where(here, start, NEVER)[:, None]
    _elsewhere(gathered, child, start, start + chance.lasting(150, 14, 500, size)[:, None])


def _outside(gathered: _Referrals) -> None:
    """Referrals of the children of families that never come into FS, over about eight years."""
    households, chance = gathered.households, gathered.chance
    child = households.children
    child = child[~households.spells.in_fs[households.home[child]] & ~households.cwd[child]]
    size = len(child)
    count = np.clip(chance.draw.poisson(1.2, size), 0, 4)
    start = households.spells.turn[households.home[child]][:, None] + chance.between(-1400, 1400, (size, 4))
    end = start + chance.lasting(200, 10, 900, (size, 4))
    start = np.where(np.arange(4) < count[:, None], start, NEVER)
    born = households.born[child][:, None]
    start = np.where((start > born - 100) & (start < born + ADULTHOOD - 60), start, NEVER)
    order = np.argsort(start, axis=1, kind="stable")
    start, end = np.take_along_axis(start, order, 1), np.take_along_axis(end, order, 1)
    _elsewhere(gathered, child, start, end)


def _elsewhere(gathered: _Referrals, child: Positions, starts: Positions, ends: Positions) -> None:
    """Referrals to the other teams, one after the other: assessment alone, or assessment and then a longer service."""
    households, chance = gathered.households, gathered.chance
    kept = in_turn(starts, ends)
    child = np.broadcast_to(child[:, None], starts.shape)[kept]
    start = working_day(chance.on_edges(starts[kept], 0.03))
    start = np.maximum(start, households.known[child])
    end = np.maximum(chance.on_edges(ends[kept], 0.03), start)
    size = len(child)
    referral = gathered.refer(child, start, end)
    assessed = start + np.minimum((end - start) // 3, 45)
    serve = chance.happens(0.5, size)
    gathered.allocate(child, referral, ASSESSMENT, start, np.where(serve, assessed, end))
    gathered.allocate(child, referral, chance.between(CIN_EAST, CIN_WEST, size), assessed, end, serve)


def _disabled(gathered: _Referrals) -> None:
    """The long work of the Children With Disabilities team, also beside FS."""
    households, chance = gathered.households, gathered.chance
    child = np.flatnonzero(households.cwd)
    size = len(child)
    start = households.spells.turn[households.home[child]] - chance.between(-300, 1200, size)
    start = working_day(np.maximum(start, households.born[child] + 30))
    end = np.where(chance.happens(0.5, size), NEVER, start + chance.between(400, 1500, size))
    end = np.minimum(end, households.born[child] + ADULTHOOD)
    here = start < end - 30
    child, start, end = child[here], start[here], end[here]
    gathered.allocate(child, gathered.refer(child, start, end), CWD, start, end)


def _asylum(gathered: _Referrals) -> None:
    """One referral of each unaccompanied asylum-seeking child, from the arrival, mostly to adulthood."""
    households, chance = gathered.households, gathered.chance
    child = np.flatnonzero(households.home < 0)
    start = households.known[child]
    adult = households.born[child] + ADULTHOOD
    sooner = np.minimum(start + chance.between(30, 400, len(child)), adult)
    end = np.where(chance.happens(0.2, len(child)), sooner, adult)
    gathered.allocate(child, gathered.refer(child, start, end), LOOKED_AFTER, start, end)


def invent_involvements(households: Households, staff: Staff, seed: int) -> tuple[pd.DataFrame, Work]:
    """`adult_involvements`, whole: per FS spell and need of an adult, from the FS start or weeks after it.

    Some wait for a worker first, a few in vain; some work is taken up again; one adult in ten is not worked with.
    """
    chance = Chance(seed, "adult involvements")
    blocks: list[tuple[Positions, ...]] = []
    spells = households.spells
    for starts, ends in ((spells.start, spells.end), (spells.again, spells.again_end)):
        family, slot = np.nonzero((households.adults >= 0) & (starts < FAR)[:, None])
        worked = chance.happens(np.array([0.97] + [0.85] * (ADULTS - 1))[slot], len(slot))
        family, slot = family[worked], slot[worked]
        person = households.adults[family, slot]
        need = households.needs[person] & chance.happens(0.85, (len(person), len(DISCIPLINES)))
        need[:, SOCIAL_WORK] = ~need.any(axis=1)
        row, discipline = np.nonzero(need)
        person, family = person[row], family[row]
        size = len(row)
        start = starts[family] + np.where(chance.happens(0.6, size), 0, chance.between(1, 75, size))
        start = start - np.where(chance.happens(0.04, size), chance.between(1, 20, size), 0)
        end = np.where(
            chance.happens(0.6, size), ends[family], np.minimum(start + chance.between(60, 300, size), ends[family])
        )
        end = np.maximum(end, start)
        waits = chance.one_of((0.82, 0.14, 0.04), size)
        met = np.where(waits == 1, start + chance.between(10, 60, size), np.where(waits == 2, NEVER, start))
        met = np.where(met > end, NEVER, met)
        waited = np.flatnonzero(met > start)
        served = np.flatnonzero(met < FAR)
        again = np.flatnonzero(chance.happens(0.08, size) & (met < FAR))
        resumed = end[again] + chance.between(10, 60, len(again))
        for which, begun, ended, has_worker in (
            (waited, start[waited], np.minimum(met, end)[waited], False),
            (served, met[served], end[served], True),
            (again, resumed, resumed + chance.between(30, 120, len(again)), True),
        ):
            workers = np.full(len(which), int(has_worker))
            blocks.append((person[which], family[which], discipline[which], begun, ended, workers))
    columns = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    person, family, discipline, start, end, allocated = columns
    team = spells.team[family]
    worker = staff.workers(team, discipline, chance.between(0, 100_000, len(team)))
    rows = Work(person, discipline, team, np.where(allocated == 1, worker, -1), start, end)
    frame = ADULT_INVOLVEMENTS.frame(
        {
            "involvement_id": identifiers("V", numbered(start), 6),
            "person_id": households.person_ids.take(person),
            "family_id": households.family_ids.take(family),
            "discipline": words(DISCIPLINES, discipline),
            "status": words(("awaiting_allocation", "allocated"), allocated),
            "worker_id": identifiers("W", rows.worker, 4),
            "start_date": dates(start),
            "end_date": dates(end),
        }
    )
    return frame, rows
