"""Police incidents and MARAC referrals, quarter by quarter: what is dated in it.

Each quarter has its own stream of chance, so that its content does not depend on which other quarters are invented.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import YEAR, Chance, day_number, numbered
from fs_pipeline.invented.columns import dates, identifiers, words
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.spells import Spells
from fs_pipeline.toolkit.extracts import MARAC_REFERRALS, POLICE_INCIDENTS

MONTHLY_BEFORE_FS, MONTHLY_OUTSIDE = 0.16, 0.045
"""Incidents of a family and month, before FS and outside it."""
DURING, AFTER = 0.38, 0.48
"""What remains of that from the FS start on, and from the FS end on."""
_MONTH = YEAR / 12
_TEN_YEARS = int(10 * YEAR)


def invent_police(
    households: Households, spells: Spells, seed: int, quarter: Quarter
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`police_incidents` and `marac_referrals` of a quarter.

    Families differ much in how often the police come. An incident of domestic abuse names the victim and, where there
    is one, the offender, at times each as both, at times a child; one in five is repeated within three weeks.
    """
    chance = Chance(seed, "police", quarter.key)
    first, last = day_number(quarter.first_day), day_number(quarter.last_day)
    family, day = _occasions(households, spells, seed, chance, first, last)
    abuse = chance.happens(np.where(households.abused[family], 0.7, 0.2), len(family))
    repeat = np.flatnonzero(abuse & chance.happens(0.2, len(family)))
    later = day[repeat] + chance.between(1, 21, len(repeat))
    turn = spells.start[family[repeat]]
    same_side = (later <= last) & ((later < turn) == (day[repeat] < turn))
    family = np.concatenate([family, family[repeat[same_side]]])
    day = np.concatenate([chance.on_edges(day, 0.02), later[same_side]])
    abuse = np.concatenate([abuse, np.ones(np.count_nonzero(same_side), dtype=np.bool_)])

    incident, person, victim = _involved(households, family, day, abuse, chance)
    crime = chance.happens(np.where(abuse, 0.55, 0.7), len(family))
    ids = identifiers(f"I{quarter.first_day.year}Q{quarter.first_day.month // 3 + 1}-", numbered(day), 5)
    incidents = POLICE_INCIDENTS.frame(
        {
            "incident_id": ids.take(incident),
            "person_id": households.person_ids.take(person),
            "incident_date": dates(day[incident]),
            "role": words(("offender", "victim"), victim),
            "crime": crime[incident],
            "domestic_abuse": abuse[incident],
        }
    )
    grave = np.flatnonzero(abuse & crime & households.high_risk[family] & chance.happens(0.6, len(family)))
    return incidents, _marac(households, family[grave], day[grave], quarter, chance)


def _occasions(
    households: Households, spells: Spells, seed: int, chance: Chance, first: int, last: int
) -> tuple[Positions, Positions]:
    """Family and day of each incident: a family's own rate, on its days before, during and after FS."""
    families = len(spells.start)
    temper = Chance(seed, "police").draw.gamma(0.8, 1 / 0.8, families)  # the same in every quarter
    rate = np.where(spells.in_fs, MONTHLY_BEFORE_FS, MONTHLY_OUTSIDE) * temper
    rate = rate * np.where(households.high_risk, 2.2, 0.8) / _MONTH
    bounds = np.stack(
        [np.full(families, first), *(np.clip(days, first, last + 1) for days in (spells.start, spells.end + 1))]
    )
    ends = np.concatenate([bounds[1:], np.full((1, families), last + 1)])
    lengths = np.maximum(ends - bounds, 0)
    counts = chance.draw.poisson(rate * np.array([[1.0], [DURING], [AFTER]]) * lengths)
    family = np.concatenate([np.repeat(np.arange(families), count) for count in counts])
    start, length = (
        np.concatenate([np.repeat(part, count) for part, count in zip(parts, counts, strict=True)])
        for parts in (bounds, lengths)
    )
    return family, start + (chance.draw.random(len(family)) * length).astype(np.int64)


def _involved(
    households: Households, family: Positions, day: Positions, abuse: Flags, chance: Chance
) -> tuple[Positions, Positions, Positions]:
    """Incident, person and whether as victim (1), of everyone named."""
    size = len(family)
    one, other = households.adults[family, 0], households.adults[family, 1]
    turned = chance.happens(0.12, size) & (other >= 0)
    one, other = np.where(turned, other, one), np.where(turned, one, other)
    oldest = households.oldest[family]
    of_age = (households.born[oldest] + _TEN_YEARS <= day) & ~abuse & chance.happens(0.3, size)
    subject = np.where(of_age, oldest, np.where((other >= 0) & chance.happens(0.5, size), other, one))
    offender = chance.happens(0.6, size)
    both_named = abuse & (other >= 0) & chance.happens(0.85, size)
    mutual = both_named & chance.happens(0.06, size)
    hurt = abuse & (households.born[oldest] <= day) & chance.happens(0.08, size)
    groups = (
        (np.where(abuse, one, subject), abuse | ~offender, True),
        (subject, ~abuse & offender, False),
        (other, both_named, False),
        (other, mutual, True),
        (one, mutual, False),
        (oldest, hurt, True),
    )
    incident = np.concatenate([np.flatnonzero(where) for _, where, _ in groups])
    person = np.concatenate([who[where] for who, where, _ in groups])
    victim = np.concatenate([np.full(np.count_nonzero(where), int(as_victim)) for _, where, as_victim in groups])
    return incident, person, victim


def _marac(households: Households, family: Positions, day: Positions, quarter: Quarter, chance: Chance) -> pd.DataFrame:
    """A referral of the victim within days, once a family and quarter; the perpetrator is named in half of them."""
    family, which = np.unique(family, return_index=True)
    referred = np.minimum(day[which] + chance.between(1, 12, len(family)), day_number(quarter.last_day))
    ids = identifiers(f"M{quarter.first_day.year}Q{quarter.first_day.month // 3 + 1}-", numbered(referred), 4)
    other = households.adults[family, 1]
    named = np.flatnonzero((other >= 0) & chance.happens(0.5, len(family)))
    rows = np.concatenate([np.arange(len(family)), named])
    person = np.concatenate([households.adults[family, 0], other[named]])
    return MARAC_REFERRALS.frame(
        {
            "marac_id": ids.take(rows),
            "person_id": households.person_ids.take(person),
            "referral_date": dates(referred[rows]),
        }
    )
