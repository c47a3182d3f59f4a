"""What is reported in totals or of staff, quarter by quarter: caseloads, waiting lists, expert reports, health returns.

Caseloads and waiting lists count the very allocations and involvements that the other extracts hold.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import Chance, dates, day_number, identifiers, numbered, with_blanks, words
from fs_pipeline.invented.family_safeguarding import DISCIPLINES, FS_TEAMS, SOCIAL_WORK, Staff
from fs_pipeline.invented.households import Households
from fs_pipeline.invented.referrals import Work
from fs_pipeline.toolkit.extracts import CASELOADS, EXPERT_REPORTS, HEALTH_ACTIVITY, WAITING_LISTS

_MODES = ("individual", "assessment", "group")
_HEALTH = (
    ("ae_attendance", "children", 0.11),
    ("ae_attendance", "adults", 0.14),
    ("emergency_admission", "children", 0.03),
    ("emergency_admission", "adults", 0.035),
)


def invent_caseloads(staff: Staff, allocations: Work, involvements: Work, seed: int, quarter: Quarter) -> pd.DataFrame:
    """`caseloads` at the quarter end: each FS worker's people, and beside them assessments, and groups for adults."""
    chance = Chance(seed, "caseloads", quarter.key)
    day = day_number(quarter.last_day)
    worker, team, discipline = staff.fs_workers()
    children = np.unique(np.stack([allocations.worker, allocations.person])[:, allocations.open_on(day)], axis=1)
    served = involvements.open_on(day) & (involvements.worker > 0)
    adults = np.unique(np.stack([involvements.worker, involvements.person])[:, served], axis=1)
    social = discipline == SOCIAL_WORK
    most = int(worker.max()) + 1
    people = np.bincount(children[0][children[0] < most], minlength=most)[worker]
    people = people + np.bincount(adults[0], minlength=most)[worker]
    size = len(worker)
    cases = np.stack([people, chance.draw.poisson(1.5, size), chance.draw.poisson(4.0, size)])
    shown = np.stack([np.ones(size, dtype=np.bool_), chance.happens(0.8, size), ~social & chance.happens(0.6, size)])
    mode, row = np.nonzero(shown)
    hours = cases[mode, row] * np.array([11.0, 8.0, 3.0])[mode] * chance.draw.uniform(0.8, 1.2, len(row))
    return CASELOADS.frame(
        {
            "worker_id": identifiers("W", worker[row], 4),
            "team": words(FS_TEAMS, team[row]),
            "discipline": words(DISCIPLINES, discipline[row]),
            "mode": words(_MODES, mode),
            "cases": cases[mode, row],
            "hours": with_blanks(np.round(hours, 1), chance.happens(0.05, len(row))),
        }
    )


def invent_waiting_lists(involvements: Work, quarter: Quarter) -> pd.DataFrame:
    """`waiting_lists` at the quarter end: adults awaiting allocation, of each FS team and discipline, 0 too."""
    waiting = involvements.open_on(day_number(quarter.last_day)) & (involvements.worker < 0)
    place = involvements.team * len(DISCIPLINES) + involvements.discipline
    people = np.unique(np.stack([place, involvements.person])[:, waiting], axis=1)[0]
    counts = np.bincount(people, minlength=len(FS_TEAMS) * len(DISCIPLINES))
    rows = np.arange(len(counts))
    return WAITING_LISTS.frame(
        {
            "team": words(FS_TEAMS, rows // len(DISCIPLINES)),
            "discipline": words(DISCIPLINES, rows % len(DISCIPLINES)),
            "people_waiting": counts,
        }
    )


def invent_expert_reports(households: Households, seed: int, quarter: Quarter) -> pd.DataFrame:
    """`expert_reports` of a quarter, on one in twenty of the families in FS; four in five are accepted."""
    chance = Chance(seed, "expert reports", quarter.key)
    first, last = day_number(quarter.first_day), day_number(quarter.last_day)
    families = len(households.spells.start)
    written = (households.spells.start <= last) & (households.spells.end >= first) & chance.happens(0.05, families)
    family = np.flatnonzero(written)
    low, high = np.maximum(households.spells.start[family], first), np.minimum(households.spells.end[family], last)
    day = low + (chance.draw.random(len(family)) * (high - low + 1)).astype(np.int64)
    number = numbered(day)
    hours = np.round(chance.draw.uniform(8, 40, len(family)) * 2) / 2
    return EXPERT_REPORTS.frame(
        {
            "report_id": identifiers(f"X{quarter.first_day.year}Q{quarter.first_day.month // 3 + 1}-", number, 3),
            "family_id": households.family_ids.take(family),
            "report_date": dates(day),
            "accepted": chance.happens(0.8, len(family)),
            "internal_hours": with_blanks(hours, chance.happens(0.04, len(family))),
        }
    )


def invent_health(households: Households, seed: int, quarter: Quarter, quarters_run: int) -> pd.DataFrame:
    """`health_activity` of a quarter: of the people of all families that have entered FS so far.

    Every third return gives the percentages only. The shares fall slowly as the programme runs.
    """
    chance = Chance(seed, "health", quarter.key)
    entered = households.spells.start[households.in_family] <= day_number(quarter.last_day)
    born = households.born[households.member] <= day_number(quarter.last_day)
    members = np.unique(households.member[entered & born])
    sizes = [np.count_nonzero(households.child[members]), np.count_nonzero(~households.child[members])]
    people = np.array([sizes[age_group == "adults"] for _, age_group, _ in _HEALTH])
    shares = np.array([share for _, _, share in _HEALTH]) * max(0.6, 1 - 0.03 * quarters_run)
    with_event = chance.draw.binomial(people, shares)
    percentages = np.round(100 * with_event / np.maximum(people, 1), 1)
    only_percentage = np.full(len(people), quarters_run % 3 == 2)
    return HEALTH_ACTIVITY.frame(
        {
            "measure": [measure for measure, _, _ in _HEALTH],
            "age_group": [age_group for _, age_group, _ in _HEALTH],
            "people_in_cohort": people,
            "people_with_event": with_blanks(with_event, only_percentage),
            "percentage": with_blanks(percentages, ~only_percentage),
        }
    )
