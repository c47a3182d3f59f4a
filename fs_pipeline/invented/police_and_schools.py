"""What the police and the schools deliver, quarter by quarter, from before the programme's start on.

Each quarter has its own stream of chance, so that its content does not depend on which other quarters are invented.
Attendance has a row a month, pupil and school in term time: August has none, July and December are short. Pupils are in
a reception class to year 11: the youngest, aged 4 at the start of the school year, are too young for the toolkit's
figure.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter, completed_years
from fs_pipeline.invented.chance import NEVER, YEAR, Chance, dates, day_number, identifiers, numbered, words
from fs_pipeline.invented.households import Households
from fs_pipeline.toolkit.extracts import EXTRACTS, MARAC_REFERRALS, POLICE_INCIDENTS

MONTHLY_BEFORE_FS, MONTHLY_OUTSIDE = 0.16, 0.045
"""Incidents of a family and month, before FS and outside it."""
DURING, AFTER = 0.38, 0.48
"""What remains of that from the FS start on, and from the FS end on."""
_MONTH = YEAR / 12
_TEN_YEARS = int(10 * YEAR)
SCHOOL_DAYS = {1: 20, 2: 15, 3: 21, 4: 11, 5: 16, 6: 21, 7: 15, 9: 19, 10: 17, 11: 21, 12: 14}
LAST_DAYS = {7: 21, 12: 20}
"""Term ends within these months; the others' rows run to the end of the month."""
SECONDARY_AGE = 11

_AUTHORISED = (("I", 0.6), ("M", 0.2), ("C", 0.14), ("E", 0.06))
_UNAUTHORISED = (("O", 0.7), ("U", 0.17), ("G", 0.09), ("N", 0.04))
_CODES = tuple(code for code, _ in _AUTHORISED + _UNAUTHORISED)


def invent_police(households: Households, seed: int, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """`police_incidents` and `marac_referrals` of a quarter.

    Families differ much in how often the police come. An incident of domestic abuse names the victim and, where there
    is one, the offender, at times each as both, at times a child; one in five is repeated within three weeks.
    """
    chance = Chance(seed, "police", quarter.key)
    first, last = day_number(quarter.first_day), day_number(quarter.last_day)
    family, day = _occasions(households, seed, chance, first, last)
    abuse = chance.happens(np.where(households.abused[family], 0.7, 0.2), len(family))
    repeat = np.flatnonzero(abuse & chance.happens(0.2, len(family)))
    later = day[repeat] + chance.between(1, 21, len(repeat))
    turn = households.spells.start[family[repeat]]
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
    marac = _marac(households, family[grave], day[grave], quarter, chance)
    return {"police_incidents": incidents, "marac_referrals": marac}


def _occasions(households: Households, seed: int, chance: Chance, first: int, last: int) -> tuple[Positions, Positions]:
    """Family and day of each incident: a family's own rate, on its days before, during and after FS."""
    spells, families = households.spells, len(households.spells.start)
    temper = Chance(seed, "police").draw.gamma(0.8, 1 / 0.8, families)  # the same in every quarter
    rate = np.where(spells.in_fs, MONTHLY_BEFORE_FS, MONTHLY_OUTSIDE) * temper
    rate = rate * np.where(households.high_risk, 2.2, 0.8) / _MONTH
    bounds = np.stack(
        [
            np.full(families, first),
            *(np.clip(days, first, last + 1) for days in (households.spells.start, households.spells.end + 1)),
        ]
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


def invent_education(households: Households, seed: int, quarter: Quarter) -> dict[str, pd.DataFrame]:
    """`attendance` and `absence_reasons` of a quarter; absences fall from the FS start on.

    A pupil who changes schools within a month has a row for each school.
    """
    chance = Chance(seed, "education", quarter.key)
    child, school, start, end, possible = _stretches(households, seed, quarter, chance)
    always = Chance(seed, "education")  # what a child is like, the same in every quarter
    sickly, truant = always.draw.beta(2, 28, len(households.born)), always.draw.beta(0.9, 11, len(households.born))
    family = households.home[child]
    helped = start >= households.spells.start[family]
    ill = sickly[child] * np.where(helped, 0.85, 1.0)
    away = truant[child] * np.where(helped, 0.6, 1.0) * np.where(households.spells.in_fs[family], 1.0, 0.6)
    authorised = chance.draw.binomial(possible, np.minimum(ill, 1))
    unauthorised = chance.draw.binomial(possible - authorised, np.minimum(away, 1))

    upn, urn = households.upns.take(child), identifiers("1", school, 5)
    attendance = EXTRACTS["attendance"].frame(
        {
            "upn": upn,
            "school_urn": urn,
            "date_from": dates(start),
            "date_to": dates(end),
            "sessions_possible": possible,
            "sessions_authorised": authorised,
            "sessions_unauthorised": unauthorised,
        }
    )
    split = np.concatenate(
        [
            chance.draw.multinomial(total, [share for _, share in reasons])
            for total, reasons in ((authorised, _AUTHORISED), (unauthorised, _UNAUTHORISED))
        ],
        axis=1,
    )
    row, code = np.nonzero(split)
    reasons = EXTRACTS["absence_reasons"].frame(
        {
            "upn": upn.take(row),
            "school_urn": urn.take(row),
            "date_from": dates(start[row]),
            "code": words(_CODES, code),
            "sessions": split[row, code],
        }
    )
    return {"attendance": attendance, "absence_reasons": reasons}


def _stretches(
    households: Households, seed: int, quarter: Quarter, chance: Chance
) -> tuple[Positions, Positions, Positions, Positions, Positions]:
    """Child, school, first and last day, possible sessions, of every row."""
    with_upn = pc.is_valid(pa.array(households.upns)).to_numpy(zero_copy_only=False)
    children = np.flatnonzero(with_upn)
    families = len(households.oldest)
    always = Chance(seed, "schools")
    schools = max(6, families // 60)
    primary = always.between(0, schools * 3 // 4, families)
    secondary = always.between(schools, schools * 5 // 4, families)
    leaves = always.happens(0.14, len(households.born))
    moves = np.where(leaves, households.school + always.between(200, 4000, len(leaves)), NEVER)
    parts: list[tuple[Positions, ...]] = []
    for month in range(quarter.first_day.month, quarter.first_day.month + 3):
        if month not in SCHOOL_DAYS:
            continue
        first = day_number(date(quarter.first_day.year, month, 1))
        last = _last_day(quarter.first_day.year, month)
        school_year = np.datetime64(date(quarter.first_day.year - (month < 9), 8, 31))
        age = completed_years(dates(households.born[children]), np.full(len(children), school_year))
        at_school = (age >= 4) & (age < 16) & ~chance.happens(0.015, len(children))
        child, years = children[at_school], age[at_school]
        family = households.home[child]
        old = np.where(years < SECONDARY_AGE, primary[family], secondary[family])
        new = old + 1
        move = moves[child]
        sessions = 2 * SCHOOL_DAYS[month]
        within = (move > first + 3) & (move < last - 3)
        earlier = np.where(within, np.maximum(sessions * (move - first) // (last - first + 1), 1), sessions)
        whole = np.full(len(child), first)
        parts.append((child, np.where(move <= first + 3, new, old), whole, np.where(within, move - 1, last), earlier))
        moved = (child, new, move, np.full(len(child), last), sessions - earlier)
        parts.append(tuple(column[within] for column in moved))
    child, school, start, end, possible = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return child, school, start, end, possible


def _last_day(year: int, month: int) -> int:
    if month in LAST_DAYS:
        return day_number(date(year, month, LAST_DAYS[month]))
    return day_number(date(year + month // 12, month % 12 + 1, 1)) - 1
