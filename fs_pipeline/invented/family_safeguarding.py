"""Family Safeguarding (FS) itself: the teams and their workers, and when each family was with it: one spell, or two.

Nothing about who the families are. What the workers carry is in `workforce`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import FAR, NEVER, Chance, day_number, working_day
from fs_pipeline.toolkit.programme import Programme

FS_TEAMS = (
    "Family Safeguarding North",
    "Family Safeguarding East",
    "Family Safeguarding South",
    "Family Safeguarding West",
)
OTHER_TEAMS = (
    "Assessment Team",
    "Children in Need East",
    "Children in Need West",
    "Children With Disabilities",
    "Looked After Children",
)
TEAMS = FS_TEAMS + OTHER_TEAMS
ASSESSMENT, CIN_EAST, CIN_WEST, CWD, LOOKED_AFTER = range(len(FS_TEAMS), len(TEAMS))

DISCIPLINES = ("social_work", "substance_misuse", "mental_health", "domestic_abuse")
SOCIAL_WORK, SUBSTANCE, MENTAL_HEALTH, DOMESTIC_ABUSE = range(len(DISCIPLINES))

QUARTERS = 10
"""Families enter FS over so many quarters, or up to the end of the last cohort window where that is later."""


@dataclass(frozen=True)
class Staff:
    """How many workers each team has: of each FS team, by discipline, and of each other team."""

    social_workers: int
    adult_workers: int
    others: int

    @classmethod
    def of(cls, families: int) -> Staff:
        """As many as so many FS families need."""
        return cls(max(3, families // 60), max(1, families // 250), max(3, families // 40))

    @property
    def fs_team(self) -> int:
        """Workers of one FS team."""
        return self.social_workers + 3 * self.adult_workers

    def workers(self, team: Positions, discipline: Positions, which: Positions) -> Positions:
        """Worker numbers, from 1: the `which`-th (round and round) of a team and, in an FS team, a discipline."""
        of_team = np.where(
            discipline == SOCIAL_WORK,
            which % self.social_workers,
            self.social_workers + (discipline - 1) * self.adult_workers + which % self.adult_workers,
        )
        fs = team < len(FS_TEAMS)
        other = len(FS_TEAMS) * self.fs_team + (team - len(FS_TEAMS)) * self.others + which % self.others
        return 1 + np.where(fs, team * self.fs_team + of_team, other)

    def fs_workers(self) -> tuple[Positions, Positions, Positions]:
        """Number, team and discipline of every worker of the FS teams."""
        numbers = np.arange(len(FS_TEAMS) * self.fs_team)
        within = numbers % self.fs_team
        adult = 1 + (within - self.social_workers) // self.adult_workers
        return 1 + numbers, numbers // self.fs_team, np.where(within < self.social_workers, SOCIAL_WORK, adult)


@dataclass(frozen=True)
class Spells:
    """One entry per family, those of FS first; first and last days, NEVER where there is none."""

    start: Positions
    end: Positions
    again: Positions  # the second spell's first day
    again_end: Positions
    team: Positions  # the FS team of the first spell, by position; drawn for every family
    turn: Positions  # the day around which the family's history is told: the start, or for the others any day

    @property
    def in_fs(self) -> Flags:
        """Whether the family ever comes into FS."""
        return self.start < FAR


def invent_spells(families: int, seed: int, programme: Programme) -> Spells:
    """Spells of `families` FS families, followed by as many families that never come into FS.

    Entries fall into every quarter from the programme's start, twice as many into one that a cohort window touches;
    3 to 15 months long; one family in eight comes back.
    """
    chance = Chance(seed, "spells")
    start = _starts(families, chance, programme)
    end = working_day(start + 91 + (chance.draw.beta(1.6, 2.2, families) * 365).astype(np.int64))
    again = working_day(end + chance.between(120, 420, families))
    again = np.where(chance.happens(0.12, families), chance.on_edges(again), NEVER)
    again_end = np.where(again < FAR, again + chance.between(91, 330, families), NEVER)
    none = np.full(families, NEVER)
    any_day = day_number(programme.start) + chance.between(-400, 900, families)
    return Spells(
        start=np.concatenate([start, none]),
        end=np.concatenate([np.maximum(chance.on_edges(end), start + 30), none]),
        again=np.concatenate([again, none]),
        again_end=np.concatenate([again_end, none]),
        team=chance.between(0, len(FS_TEAMS) - 1, 2 * families),
        turn=np.concatenate([start, any_day]),
    )


def _starts(families: int, chance: Chance, programme: Programme) -> Positions:
    first = Quarter(programme.start)
    last_days = [Quarter.holding(cohort.last_day) for cohort in programme.cohorts]
    quarters = first.until(max([first.shifted(QUARTERS - 1), *last_days]))
    weights = [
        2.0 if any(c.first_day <= q.last_day and c.last_day >= q.first_day for c in programme.cohorts) else 1.0
        for q in quarters
    ]
    limits = np.cumsum(weights) / np.sum(weights)
    # systematic rather than independent draws, so that even a few families fill every cohort
    evenly = (np.arange(families) + chance.draw.random()) / max(families, 1)
    quarter = chance.draw.permutation(np.searchsorted(limits[:-1], evenly, side="right"))
    first_days = np.array([day_number(q.first_day) for q in quarters])[quarter]
    last_days_ = np.array([day_number(q.last_day) for q in quarters])[quarter]
    return chance.on_edges(working_day(chance.between(first_days, last_days_, families)), 0.08)
