"""Whole histories of what adults of FS families are treated for, and of their domestic abuse programmes.

Substance misuse: assessments, structured treatments and Treatment Outcomes Profile (TOP) forms. Mental health scores.
LSI-R assessments. Domestic abuse programmes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, Positions
from fs_pipeline.invented.chance import (
    FAR,
    NEVER,
    Chance,
    dates,
    identifiers,
    numbered,
    with_blanks,
    words,
    working_day,
)
from fs_pipeline.invented.family_safeguarding import DOMESTIC_ABUSE, MENTAL_HEALTH, SUBSTANCE
from fs_pipeline.invented.households import Households
from fs_pipeline.toolkit.extracts import (
    DA_PROGRAMMES,
    LSIR_ASSESSMENTS,
    MENTAL_HEALTH_SCORES,
    SUBSTANCE_TREATMENTS,
    TOP_FORMS,
)

_ASSESSED = ("treatment", "non_engagement", "pending")
_TREATED, _NOT_ENGAGED = range(2)
_REASONS = ("completed", "dropped_out", "transferred", "declined", "other")
_REASON_SHARES = (0.5, 0.25, 0.1, 0.04, 0.11)
_DROPPED_OUT = 1
REVIEWS = 4
_OUTCOMES = ("completed", "dropped_out", "withdrawn", "other")
_OUTCOME_SHARES = (0.6, 0.22, 0.1, 0.08)
FORMS = 5  # of an episode at most: initial, three in between, end


def _adults_of_fs(households: Households) -> tuple[Positions, Positions]:
    """The adults of FS families, and each one's earliest FS start."""
    start = np.full(len(households.born), NEVER)
    adult = ~households.child[households.member]
    np.minimum.at(start, households.member[adult], households.spells.start[households.in_family[adult]])
    adults = np.flatnonzero(start < FAR)
    return adults, start[adults]


class _Treatments(NamedTuple):
    """Rows of treatments: person, days (NEVER = none), outcome and reason by position (-1 = blank)."""

    person: Positions
    assessed: Positions
    outcome: Positions
    started: Positions
    closed: Positions
    reason: Positions


def invent_treatments(households: Households, seed: int) -> dict[str, pd.DataFrame]:
    """`substance_treatments` and `top_forms`, whole.

    Adults who misuse substances are assessed about their FS start; a fifth do not engage (some try again); half of
    the treatments are completed; one closed treatment in six is followed by another presentation. Some were treated
    a year or two before.
    """
    chance = Chance(seed, "substance treatments")
    person, fs_start = _adults_of_fs(households)
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
    rows = _Treatments(*map(np.concatenate, zip(before, first, second, strict=True)))
    # a few services record only the start of treatment
    assessed = np.where(chance.happens(0.04, len(rows.person)) & (rows.started < FAR), NEVER, rows.assessed)
    ids = identifiers("T", numbered(rows.assessed), 5)
    treatments = SUBSTANCE_TREATMENTS.frame(
        {
            "treatment_id": ids,
            "person_id": households.person_ids.take(rows.person),
            "assessment_date": dates(assessed),
            "assessment_outcome": words(_ASSESSED, np.where(assessed < FAR, rows.outcome, -1)),
            "start_date": dates(rows.started),
            "closure_date": dates(rows.closed),
            "closure_reason": words(_REASONS, rows.reason),
        }
    )
    return {"substance_treatments": treatments, "top_forms": _forms(households, rows, ids, chance)}


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

    def course(first: Numbers, change: float, most: int) -> Numbers:
        scores = _course(first, change * gain, which, step, most, 1.2, chance)
        return with_blanks(scores, chance.happens(0.04, len(which)))

    use = course(chance.draw.uniform(6, 28, size), -4.0, 28)
    mind = course(chance.draw.normal(8, 3, size), 1.4, 20)
    body = course(chance.draw.normal(10, 3, size), 0.9, 20)
    work = course(np.maximum(chance.draw.normal(2, 6, size), 0), 1.2, 28)
    life = course(chance.draw.normal(9, 3, size), 1.3, 20)
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


def invent_mental_health(households: Households, seed: int) -> pd.DataFrame:
    """`mental_health_scores`: an episode from about the FS start, PHQ-9 and GAD-7 falling for most, some twice."""
    chance = Chance(seed, "mental health scores")
    person, fs_start = _adults_of_fs(households)
    seen = households.needs[person, MENTAL_HEALTH] & chance.happens(0.8, len(person))
    person, day = person[seen], fs_start[seen] + chance.between(0, 60, seen.sum())
    again = chance.happens(0.08, len(person))
    person = np.concatenate([person, person[again]])
    day = np.concatenate([day, day[again] + chance.between(400, 700, again.sum())])
    episode, place, days = _episodes(day, 60, 0.6, chance)
    gain = chance.draw.normal(1.0, 1.0, len(person))
    rows = len(episode)
    phq9 = _course(chance.draw.normal(15, 5, len(person)), -2.3 * gain, episode, place, 27, 1.0, chance)
    gad7 = _course(chance.draw.normal(12, 4, len(person)), -1.8 * gain, episode, place, 21, 1.0, chance)
    return MENTAL_HEALTH_SCORES.frame(
        {
            "score_id": identifiers("MH", numbered(days), 5),
            "episode_id": identifiers("E", numbered(day)[episode], 5),
            "person_id": households.person_ids.take(person[episode]),
            "score_date": dates(days),
            "stage": words(("initial", "interim", "end"), _stage(place)),
            "phq9": with_blanks(phq9, chance.happens(0.03, rows)),
            "gad7": with_blanks(gad7, chance.happens(0.05, rows)),
        }
    )


def invent_lsir(households: Households, seed: int) -> pd.DataFrame:
    """`lsir_assessments`: of adults with an offending history, reviewed each four months, slowly falling."""
    chance = Chance(seed, "lsi-r")
    person, fs_start = _adults_of_fs(households)
    seen = households.offends[person] & chance.happens(0.85, len(person))
    person, day = person[seen], fs_start[seen] + chance.between(0, 90, seen.sum())
    episode, place, days = _episodes(day, 120, 0.5, chance)
    gain = chance.draw.normal(1.0, 1.1, len(person))
    score = _course(chance.draw.normal(24, 7, len(person)), -2.0 * gain, episode, place, 54, 1.0, chance)
    return LSIR_ASSESSMENTS.frame(
        {
            "assessment_id": identifiers("L", numbered(days), 5),
            "episode_id": identifiers("LE", numbered(day)[episode], 5),
            "person_id": households.person_ids.take(person[episode]),
            "assessment_date": dates(days),
            "stage": words(("initial", "review", "end"), _stage(place)),
            "score": score,
        }
    )


def invent_da_programmes(households: Households, seed: int) -> pd.DataFrame:
    """`da_programmes`: of the adults of families with abuse, women mostly as victims; one in seven takes a second."""
    chance = Chance(seed, "domestic abuse programmes")
    person, fs_start = _adults_of_fs(households)
    offered = households.needs[person, DOMESTIC_ABUSE] & chance.happens(0.7, len(person))
    person, day = person[offered], fs_start[offered] + chance.between(10, 150, offered.sum())
    victim = chance.happens(np.where(households.female[person], 0.92, 0.08), len(person))
    start = chance.on_edges(working_day(day))
    end = chance.on_edges(working_day(start + chance.between(60, 200, len(person))))
    again = np.flatnonzero(chance.happens(0.14, len(person)))
    more = np.maximum(end, start)[again] + chance.between(20, 300, len(again))
    person, victim = np.concatenate([person, person[again]]), np.concatenate([victim, victim[again]])
    start = np.concatenate([start, more])
    end = np.maximum(np.concatenate([end, more + chance.between(60, 200, len(again))]), start)
    return DA_PROGRAMMES.frame(
        {
            "programme_id": identifiers("DA", numbered(start), 5),
            "person_id": households.person_ids.take(person),
            "participant": words(("perpetrator", "victim"), victim.astype(np.int64)),
            "start_date": dates(start),
            "end_date": dates(end),
            "outcome": words(_OUTCOMES, chance.one_of(_OUTCOME_SHARES, len(person))),
        }
    )


def _episodes(first: Positions, apart: int, ended: float, chance: Chance) -> tuple[Positions, Positions, Positions]:
    """The forms of each episode: whose, which (0 = initial, the last = end), and when; some have the first only."""
    size = len(first)
    count = chance.one_of((0.12, 0.2, 0.3, 0.38), size)
    days = np.full((size, FORMS), NEVER)
    days[:, 0] = chance.on_edges(working_day(first), 0.02)
    for number in range(1, FORMS - 1):
        day = days[:, number - 1] + apart + chance.between(-12, 12, size)
        days[:, number] = np.where(count >= number, day, NEVER)
    last = np.where(days[:, :-1] < FAR, days[:, :-1], -NEVER).max(axis=1)
    ends = (count > 0) & chance.happens(ended, size)
    days[:, -1] = np.where(ends, last + chance.between(14, apart, size), NEVER)
    episode, place = np.nonzero(days < FAR)
    return episode, place, days[episode, place]


def _stage(place: Positions) -> Positions:
    return np.where(place == 0, 0, np.where(place == FORMS - 1, 2, 1))


def _course(
    first: Numbers, change: Numbers, whose: Positions, step: Positions, most: int, noise: float, chance: Chance
) -> Numbers:
    """Whole scores from 0 to `most` along the forms of each person: a first level, a change a form, and noise."""
    scores = np.rint(first[whose] + change[whose] * step + chance.draw.normal(0, noise, len(whose)))
    return np.clip(scores, 0, most)
