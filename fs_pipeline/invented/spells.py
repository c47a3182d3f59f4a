"""When each family was with Family Safeguarding (FS): one spell, sometimes a second. Nothing about who they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import FAR, NEVER, Chance, day_number, working_day
from fs_pipeline.toolkit.programme import Programme

QUARTERS = 10
"""Families enter FS over so many quarters, or up to the end of the last cohort window where that is later."""


@dataclass(frozen=True)
class Spells:
    """One entry per family, those of FS first; days, NEVER where there is none.

    Attributes:
        start: first day of the family's first spell.
        end: its last day.
        again: first day of the second spell.
        again_end: its last day.
        team: the FS team of the first spell, by position; drawn for every family.
        turn: the day around which the family's history is told: the start, or for the others any day.
    """

    start: Positions
    end: Positions
    again: Positions
    again_end: Positions
    team: Positions
    turn: Positions

    @property
    def in_fs(self) -> Flags:
        """Whether the family ever comes into FS."""
        return self.start < FAR


def invent_spells(families: int, seed: int, programme: Programme, teams: int) -> Spells:
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
        team=chance.between(0, teams - 1, 2 * families),
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
