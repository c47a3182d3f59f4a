"""Mental health scores, LSI-R assessments and domestic abuse programmes of adults of FS families, whole histories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, Positions
from fs_pipeline.invented.chance import FAR, NEVER, Chance, numbered, working_day
from fs_pipeline.invented.columns import dates, identifiers, with_blanks, words
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.spells import Spells
from fs_pipeline.invented.staff import DOMESTIC_ABUSE, MENTAL_HEALTH
from fs_pipeline.invented.treatment import adults_of_fs
from fs_pipeline.toolkit.extracts import DA_PROGRAMMES, LSIR_ASSESSMENTS, MENTAL_HEALTH_SCORES

_OUTCOMES = ("completed", "dropped_out", "withdrawn", "other")
_OUTCOME_SHARES = (0.6, 0.22, 0.1, 0.08)
FORMS = 5  # of an episode at most: initial, three in between, end


def invent_mental_health(households: Households, spells: Spells, seed: int) -> pd.DataFrame:
    """`mental_health_scores`: an episode from about the FS start, PHQ-9 and GAD-7 falling for most, some twice."""
    chance = Chance(seed, "mental health scores")
    person, fs_start = adults_of_fs(households, spells)
    seen = households.needs[person, MENTAL_HEALTH] & chance.happens(0.8, len(person))
    person, day = person[seen], fs_start[seen] + chance.between(0, 60, seen.sum())
    again = chance.happens(0.08, len(person))
    person = np.concatenate([person, person[again]])
    day = np.concatenate([day, day[again] + chance.between(400, 700, again.sum())])
    episode, place, days = _episodes(day, 60, 0.6, chance)
    gain = chance.draw.normal(1.0, 1.0, len(person))
    rows = len(episode)
    phq9 = _course(chance.draw.normal(15, 5, len(person)), -2.3 * gain, episode, place, 27, chance)
    gad7 = _course(chance.draw.normal(12, 4, len(person)), -1.8 * gain, episode, place, 21, chance)
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


def invent_lsir(households: Households, spells: Spells, seed: int) -> pd.DataFrame:
    """`lsir_assessments`: of adults with an offending history, reviewed each four months, slowly falling."""
    chance = Chance(seed, "lsi-r")
    person, fs_start = adults_of_fs(households, spells)
    seen = households.offends[person] & chance.happens(0.85, len(person))
    person, day = person[seen], fs_start[seen] + chance.between(0, 90, seen.sum())
    episode, place, days = _episodes(day, 120, 0.5, chance)
    gain = chance.draw.normal(1.0, 1.1, len(person))
    score = _course(chance.draw.normal(24, 7, len(person)), -2.0 * gain, episode, place, 54, chance)
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


def invent_da_programmes(households: Households, spells: Spells, seed: int) -> pd.DataFrame:
    """`da_programmes`: of the adults of families with abuse, women mostly as victims; one in seven takes a second."""
    chance = Chance(seed, "domestic abuse programmes")
    person, fs_start = adults_of_fs(households, spells)
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
    first: Numbers, change: Numbers, episode: Positions, place: Positions, most: int, chance: Chance
) -> Numbers:
    """Whole scores from 0 to `most` along the forms: a first level, a change a form, and noise."""
    scores: Numbers = np.rint(first[episode] + change[episode] * place + chance.draw.normal(0, 1.0, len(episode)))
    return np.clip(scores, 0, most)
