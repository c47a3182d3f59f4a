"""Attendance and reasons of absence, quarter by quarter: a row a month, pupil and school in term time.

August has no rows, July and December are short. Pupils are in a reception class to year 11: the youngest, aged 4 at
the start of the school year, are too young for the toolkit's figure.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Positions
from fs_pipeline.arithmetic.quarters import Quarter, completed_years
from fs_pipeline.invented.chance import NEVER, Chance, day_number
from fs_pipeline.invented.columns import dates, identifiers, words
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.spells import Spells
from fs_pipeline.toolkit.extracts import EXTRACTS

SCHOOL_DAYS = {1: 20, 2: 15, 3: 21, 4: 11, 5: 16, 6: 21, 7: 15, 9: 19, 10: 17, 11: 21, 12: 14}
LAST_DAYS = {7: 21, 12: 20}
"""Term ends within these months; the others' rows run to the end of the month."""
SECONDARY_AGE = 11

_AUTHORISED = (("I", 0.6), ("M", 0.2), ("C", 0.14), ("E", 0.06))
_UNAUTHORISED = (("O", 0.7), ("U", 0.17), ("G", 0.09), ("N", 0.04))
_CODES = tuple(code for code, _ in _AUTHORISED + _UNAUTHORISED)


def invent_education(
    households: Households, spells: Spells, seed: int, quarter: Quarter
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`attendance` and `absence_reasons` of a quarter; absences fall from the FS start on.

    A pupil who changes schools within a month has a row for each school.
    """
    chance = Chance(seed, "education", quarter.key)
    child, school, start, end, possible = _stretches(households, seed, quarter, chance)
    always = Chance(seed, "education")  # what a child is like, the same in every quarter
    sickly, truant = always.draw.beta(2, 28, len(households.born)), always.draw.beta(0.9, 11, len(households.born))
    family = households.home[child]
    helped = start >= spells.start[family]
    ill = sickly[child] * np.where(helped, 0.85, 1.0)
    away = truant[child] * np.where(helped, 0.6, 1.0) * np.where(spells.in_fs[family], 1.0, 0.6)
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
    return attendance, reasons


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
