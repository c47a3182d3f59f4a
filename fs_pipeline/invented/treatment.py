"""Substance misuse: assessments, structured treatments and Treatment Outcomes Profile (TOP) forms of adults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, Positions
from fs_pipeline.invented.chance import FAR, NEVER, Chance, numbered, working_day
from fs_pipeline.invented.columns import dates, identifiers, with_blanks, words
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.spells import Spells
from fs_pipeline.invented.staff import SUBSTANCE
from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS, TOP_FORMS

_OUTCOMES = ("treatment", "non_engagement", "pending")
_TREATED, _NOT_ENGAGED, _PENDING = range(3)
_REASONS = ("completed", "dropped_out", "transferred", "declined", "other")
_REASON_SHARES = (0.5, 0.25, 0.1, 0.04, 0.11)
_DROPPED_OUT = 1
REVIEWS = 4


def adults_of_fs(households: Households, spells: Spells) -> tuple[Positions, Positions]:
    """The adults of FS families, and each one's earliest FS start."""
    start = np.full(len(households.born), NEVER)
    adult = ~households.child[households.member]
    np.minimum.at(start, households.member[adult], spells.start[households.in_family[adult]])
    adults = np.flatnonzero(start < FAR)
    return adults, start[adults]


@dataclass(frozen=True)
class _Treatments:
    """Rows of treatments: person, days (NEVER = none), outcome and reason by position (-1 = blank)."""

    person: Positions
    assessed: Positions
    outcome: Positions
    started: Positions
    closed: Positions
    reason: Positions

    @classmethod
    def of(cls, *some: _Treatments) -> _Treatments:
        """Several as one."""
        names = ("person", "assessed", "outcome", "started", "closed", "reason")
        return cls(*(np.concatenate([getattr(rows, name) for rows in some]) for name in names))


def invent_treatments(households: Households, spells: Spells, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`substance_treatments` and `top_forms`, whole.

    Adults who misuse substances are assessed about their FS start; a fifth do not engage (some try again); half of
    the treatments are completed; one closed treatment in six is followed by another presentation. Some were treated
    a year or two before.
    """
    chance = Chance(seed, "substance treatments")
    person, fs_start = adults_of_fs(households, spells)
    misuse = households.needs[person, SUBSTANCE]
    person, fs_start = person[misuse], fs_start[misuse]
    earlier = chance.happens(0.15, len(person))
    first = _presented(person, fs_start + chance.between(-30, 120, len(person)), chance)
    before = _presented(person[earlier], fs_start[earlier] - chance.between(400, 900, earlier.sum()), chance)
    again = np.flatnonzero(
        np.where(
            first.outcome == _NOT_ENGAGED,
            chance.happens(0.3, len(person)),
            (first.closed < FAR) & chance.happens(0.17, len(person)),
        )
    )
    last = np.where(first.closed < FAR, first.closed, first.assessed)[again]
    second = _presented(person[again], last + chance.between(20, 320, len(again)), chance)
    rows = _Treatments.of(before, first, second)
    # a few services record only the start of treatment
    assessed = np.where(chance.happens(0.04, len(rows.person)) & (rows.started < FAR), NEVER, rows.assessed)
    ids = identifiers("T", numbered(rows.assessed), 5)
    treatments = SUBSTANCE_TREATMENTS.frame(
        {
            "treatment_id": ids,
            "person_id": households.person_ids.take(rows.person),
            "assessment_date": dates(assessed),
            "assessment_outcome": words(_OUTCOMES, np.where(assessed < FAR, rows.outcome, -1)),
            "start_date": dates(rows.started),
            "closure_date": dates(rows.closed),
            "closure_reason": words(_REASONS, rows.reason),
        }
    )
    return treatments, _forms(households, rows, ids, chance)


def _presented(person: Positions, day: Positions, chance: Chance) -> _Treatments:
    """One presentation per person, assessed on about that day, with what came of it."""
    size = len(person)
    assessed = working_day(chance.on_edges(day))
    outcome = chance.one_of((0.72, 0.23, 0.05), size)
    treated = outcome == _TREATED
    started = np.where(treated, working_day(assessed + chance.between(3, 30, size)), NEVER)
    started = np.maximum(started, assessed)
    reason = np.where(treated, chance.one_of(_REASON_SHARES, size), -1)
    length = np.where(reason == _DROPPED_OUT, chance.between(20, 150, size), chance.between(60, 330, size))
    closed = np.maximum(chance.on_edges(working_day(started + length)), started)
    stays = chance.happens(0.06, size)  # long-term prescribing
    closed = np.where(treated & ~stays, closed, NEVER)
    return _Treatments(person, assessed, outcome, started, closed, np.where(closed < FAR, reason, -1))


def _forms(households: Households, rows: _Treatments, ids: pd.Series, chance: Chance) -> pd.DataFrame:
    """A start form, a review each three months, and an exit form of most who do not drop out."""
    treated = np.flatnonzero((rows.started < FAR) & chance.happens(0.93, len(rows.person)))
    size = len(treated)
    started = rows.started[treated]
    closed = np.minimum(rows.closed[treated], started + 900)
    days = np.full((size, REVIEWS + 2), NEVER)
    days[:, 0] = np.minimum(started + chance.between(0, 7, size), closed)
    for review in range(1, REVIEWS + 1):
        day = started + 90 * review + chance.between(-10, 10, size)
        days[:, review] = np.where(day < closed - 10, day, NEVER)
    leaves = chance.happens(np.where(rows.reason[treated] == _DROPPED_OUT, 0.15, 0.9), size)
    exit_day = np.maximum(closed - chance.between(0, 9, size), days[:, 0])
    days[:, -1] = np.where(leaves & (rows.closed[treated] < FAR), exit_day, NEVER)

    step = np.cumsum(days < FAR, axis=1) - 1
    which, place = np.nonzero(days < FAR)
    step = step[which, place]
    gain = chance.draw.normal(1.0, 1.1, size)  # how well the treatment goes; some get worse
    use = _course(chance.draw.uniform(6, 28, size), -4.0 * gain, which, step, 28, chance)
    mind = _course(chance.draw.normal(8, 3, size), 1.4 * gain, which, step, 20, chance)
    body = _course(chance.draw.normal(10, 3, size), 0.9 * gain, which, step, 20, chance)
    work = _course(np.maximum(chance.draw.normal(2, 6, size), 0), 1.2 * gain, which, step, 28, chance)
    life = _course(chance.draw.normal(9, 3, size), 1.3 * gain, which, step, 20, chance)
    day, treatment = days[which, place], treated[which]
    return TOP_FORMS.frame(
        {
            "form_id": identifiers("TOP", numbered(day), 5),
            "treatment_id": ids.take(treatment),
            "person_id": households.person_ids.take(rows.person[treatment]),
            "form_date": dates(day),
            "stage": words(("start", "review", "exit"), np.where(place == 0, 0, np.where(place > REVIEWS, 2, 1))),
            "substance_use": use,
            "psychological_health": mind,
            "physical_health": body,
            "employment": work,
            "quality_of_life": life,
        }
    )


def _course(first: Numbers, change: Numbers, which: Positions, step: Positions, most: int, chance: Chance) -> Numbers:
    """Whole scores from 0 to `most` along the forms: a first level, a change a form, noise; one in 25 is blank."""
    noise = chance.draw.normal(0, 1.2, len(which))
    scores = np.clip(np.rint(first[which] + change[which] * step + noise), 0, most)
    return with_blanks(scores, chance.happens(0.04, len(which)))
