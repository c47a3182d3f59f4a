"""FS allocations (teams' first days, Z40, Z50), FS referrals, and the courses of a family.

A *spell* is an FS referral with its FS allocations as they count. What does not belong here: adults, figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.terms import ONE_DAY, Row, Window, active_in, add_months, open_on


@dataclass(frozen=True)
class Spell:
    """An FS referral of a child: its row, and its FS allocations as they count."""

    referral: Row
    allocations: tuple[Row, ...]

    @property
    def key(self) -> str:
        """The referral's key."""
        return str(self.referral["referral_id"])

    @property
    def r03(self) -> date:
        """R03: the earliest day from which an FS allocation within the referral counts."""
        return min(row["start_date"] for row in self.allocations)

    @property
    def end(self) -> date | None:
        """R04 of the referral: blank while an FS allocation is open, otherwise the latest end."""
        return latest_end([row["end_date"] for row in self.allocations])


def latest_end(ends: list[date | None]) -> date | None:
    """Blank while one of the ends is blank, otherwise the latest."""
    return None if None in ends else max(end for end in ends if end is not None)


def referral_of(case: Case, allocation: Row) -> Row | None:
    """The child's referral to which an allocation belongs; Z50 where it names none, or one that no referral has."""
    own = case.rows_of("referrals", allocation["person_id"])
    named = allocation["referral_id"]
    # reading: "that no referral has" is asked of the file, so that a referral that starts after qe is one.
    delivered = {row["referral_id"] for row in case.world[case.qs]["referrals"] or []}
    if named is not None and named in delivered:
        # reading: a referral of another child, or one that is not yet there, gives nothing.
        return next((row for row in own if row["referral_id"] == named), None)
    still = [row for row in own if open_on(row, allocation["start_date"])]
    return max(still, key=lambda row: (row["start_date"], row["referral_id"])) if still else None


def counts_from(case: Case, allocation: Row) -> date:
    """The later of the allocation's start and the team's first FS day (default: the programme's start)."""
    first: date = case.setting("teams", allocation["team"], case.start)
    start: date = allocation["start_date"]
    return max(start, first)


def counts_until(allocation: Row, referral: Row) -> date | None:
    """Z40: where the referral has ended, no later than R08, or than the allocation's own recorded start."""
    end: date | None = allocation["end_date"]
    if referral["end_date"] is None:
        return end
    limit: date = max(referral["end_date"], allocation["start_date"])
    return limit if end is None else min(end, limit)


def spells_of(case: Case, person_id: str) -> list[Spell]:
    """The child's FS referrals with R03 <= qe, by R03 and key."""
    within: dict[str, tuple[Row, list[Row]]] = {}
    for allocation in case.rows_of("allocations", person_id):
        referral = referral_of(case, allocation) if allocation["family_safeguarding"] else None
        if referral is None:
            continue
        start, end = counts_from(case, allocation), counts_until(allocation, referral)
        if start > case.qe or (end is not None and end < start):
            continue  # not yet FS; or ended before the team's first FS day
        counted = allocation | {"start_date": start, "end_date": end, "recorded_start": allocation["start_date"]}
        within.setdefault(referral["referral_id"], (referral, []))[1].append(counted)
    found = [Spell(referral, tuple(rows)) for referral, rows in within.values()]
    return sorted(found, key=lambda spell: (spell.r03, spell.key))


def course_start(case: Case, spells: list[Spell]) -> date:
    """P of a family (or of a child without one): the start of the latest course of its children's spells."""
    allocations = [row for spell in spells for row in spell.allocations]
    starts = sorted({spell.r03 for spell in spells})
    course = starts[0]
    for later in starts[1:]:
        still_in_fs = any(open_on(row, later - ONE_DAY) for row in allocations)
        if later >= add_months(course, case.follow_months) and not still_in_fs:
            course = later
    return course


def is_transferred(spells: list[Spell], start: date) -> bool:
    """Whether the FS allocation with which the course begins had started before it counts.

    reading: of several that count from the course's first day, one that had started before is enough.
    """
    first = [row for spell in spells for row in spell.allocations if row["start_date"] == start]
    return any(row["recorded_start"] < start for row in first)


def latest_team(allocations: tuple[Row, ...]) -> Row:
    """Z41: the FS allocation open at qe with the latest start; if none is open, the one with the latest end.

    reading: open at qe = no end on or before qe, as for R04.
    """
    still = [row for row in allocations if row["end_date"] is None]
    if still:
        return max(still, key=lambda row: (row["start_date"], row["allocation_id"]))
    return max(allocations, key=lambda row: (row["end_date"], row["start_date"], row["allocation_id"]))


def was_in_fs(spells: list[Spell], window: Window) -> bool:
    """Whether an FS allocation was open on a day of a window."""
    return any(active_in(row, window) for spell in spells for row in spell.allocations)
