"""Before and after (Z34): both windows of everyone whose 12 months have completed so far, and the paired difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from fs_pipeline_tests.second_edition.case import Case, Deliveries
from fs_pipeline_tests.second_edition.coverage import gaps
from fs_pipeline_tests.second_edition.figures import Scope, scopes_of
from fs_pipeline_tests.second_edition.periods import (
    AUTHORISED_ABSENCE,
    CLA_DAYS,
    CLA_PERIODS,
    CP_DAYS,
    CP_PLANS_ACTIVE,
    DA_INVOLVEMENTS,
    DA_REPEAT_IN_WINDOW,
    OFFENDER_COUNT,
    PEOPLE_HIGH_RISK,
    UNAUTHORISED_ABSENCE,
    VICTIM_COUNT,
    Amount,
    Measure,
)
from fs_pipeline_tests.second_edition.roster import Member, case_of, completes, year_after, year_before
from fs_pipeline_tests.second_edition.student import t_of_95_percent
from fs_pipeline_tests.second_edition.terms import Programme, Row, Window, World, completed_years

MEASURES = (
    CP_PLANS_ACTIVE,
    CP_DAYS,
    CLA_PERIODS,
    CLA_DAYS,
    UNAUTHORISED_ABSENCE,
    AUTHORISED_ABSENCE,
    VICTIM_COUNT,
    OFFENDER_COUNT,
    DA_INVOLVEMENTS,
    DA_REPEAT_IN_WINDOW,
    PEOPLE_HIGH_RISK,
)


@dataclass(frozen=True)
class Entry:
    """Someone who entered a measure of a scope when their 12 months completed, with both windows."""

    scope: str
    measure: str
    person_id: str
    family: tuple[str, str]
    before: Amount
    after: Amount
    exposed_before: int
    exposed_after: int


@dataclass(frozen=True)
class Completed:
    """What one quarter adds: scopes in which someone completed, and who entered."""

    scopes: frozenset[str]
    entries: tuple[Entry, ...]


@cache
def exposed_days(birth: date | None, is_child: bool, window: Window) -> int:
    """The days of a window on which someone is born and, a child, under 18; blank birth: a child 0, an adult all."""
    if birth is None:
        return 0 if is_child else len(window.days())
    ages = [completed_years(birth, day) for day in window.days()]
    return sum(1 for age in ages if age is not None and (not is_child or age < 18))


def is_compared(scope: Scope) -> bool:
    """Scopes of before_after: fs, cohorts, teams, areas."""
    return scope.name.split(":")[0] in ("fs", "cohort", "team", "area")


def completed_in(case: Case) -> Completed:
    """Both windows of everyone whose 12 months complete in a quarter, as that quarter sees them."""
    scopes: set[str] = set()
    entries: list[Entry] = []
    for scope in filter(is_compared, scopes_of(case, breakdowns=False)):
        # reading: a scope is there once a row that counts in it (once, by the rule of scopes) has completed.
        if any(completes(case, row) for row in (*scope.children(), *scope.adults())):
            scopes.add(scope.name)
        for measure in MEASURES:
            for member in measure.people(case, scope):
                entry = entry_of(case, scope, measure, member) if completes(case, member) else None
                entries += [entry] if entry is not None else []
    return Completed(frozenset(scopes), tuple(entries))


def entry_of(case: Case, scope: Scope, measure: Measure, member: Member) -> Entry | None:
    """Someone's entry, or None unless both windows are covered (absence: and both have a row that counts)."""
    windows = year_before(member), year_after(member)
    if not all(measure.can_apply(case, member, window) for window in windows):
        return None
    if any(gaps(case, member.person_id, measure.suppliers, window) for window in windows):
        return None
    before, after = (measure.of(case, member, window) for window in windows)
    if measure.is_absence and not (before.rows and after.rows):
        return None
    family = ("person", member.person_id) if member.family_id is None else ("family", member.family_id)
    birth = case.person(member.person_id)["date_of_birth"]
    exposed = [exposed_days(birth, member.is_child, window) for window in windows]
    return Entry(scope.name, measure.name, member.person_id, family, before, after, *exposed)


def before_and_after(
    world: World, programme: Programme, quarter: date, deliveries: Deliveries | None = None
) -> list[Row]:
    """The rows of `before_after` at a quarter: all follow-ups completed so far, each as its own quarter saw it.

    reading: a programme quarter that the world does not hold adds nothing.
    """
    start = programme["programme"]["start"]
    quarters = [first_day for first_day in sorted(world) if start <= first_day <= quarter]
    so_far = [completed_in(case_of(world, programme, first_day, deliveries)) for first_day in quarters]
    rows = []
    for measure in MEASURES:
        for scope in sorted({"fs"}.union(*(completed.scopes for completed in so_far))):
            entries = [e for c in so_far for e in c.entries if (e.scope, e.measure) == (scope, measure.name)]
            rows.append(compared_row(quarter, scope, measure, entries))
    return rows


def compared_row(quarter: date, scope: str, measure: Measure, entries: Sequence[Entry]) -> Row:
    """One row of before_after."""
    before, after, paired = compared_shares(entries) if measure.is_absence else compared_sums(entries)
    difference = None if before is None or after is None else after - before
    low, high = interval(paired)
    return {
        "quarter": quarter,
        "indicator": measure.indicator,
        "measure": measure.name,
        "scope": scope,
        "group": "all",
        "people": len({entry.person_id for entry in entries}),
        "families": len({entry.family for entry in entries}),
        "before": number(before),
        "after": number(after),
        "difference": number(difference),
        "percentage_change": None if difference is None or not before else float(100 * difference / before),
        "exposed_days_before": sum(entry.exposed_before for entry in entries),
        "exposed_days_after": sum(entry.exposed_after for entry in entries),
        "families_that_differ": sum(1 for d in paired if d != 0),
        "interval_low": low,
        "interval_high": high,
    }


def number(value: Fraction | None) -> float | None:
    """An exact number as a float."""
    return None if value is None else float(value)


def by_family(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries of each family, over all its courses."""
    families = sorted({entry.family for entry in entries})
    return [[entry for entry in entries if entry.family == family] for family in families]


Compared = tuple[Fraction | None, Fraction | None, list[Fraction]]


def compared_sums(entries: Sequence[Entry]) -> Compared:
    """Sums before and after (0 over nobody), and each family's difference."""
    before, after = sum(entry.before.part for entry in entries), sum(entry.after.part for entry in entries)
    paired = [Fraction(sum(e.after.part - e.before.part for e in family)) for family in by_family(entries)]
    return Fraction(before), Fraction(after), paired


def compared_shares(entries: Sequence[Entry]) -> Compared:
    """100 x absent / possible before and after, and each family's linearised contribution to the difference."""
    possible_before, possible_after = sum(e.before.whole for e in entries), sum(e.after.whole for e in entries)
    ratio_before = Fraction(sum(e.before.part for e in entries), possible_before) if possible_before else None
    ratio_after = Fraction(sum(e.after.part for e in entries), possible_after) if possible_after else None
    if ratio_before is None or ratio_after is None:
        return (
            None if ratio_before is None else 100 * ratio_before,
            None if ratio_after is None else 100 * ratio_after,
            [],
        )
    families = by_family(entries)
    difference = 100 * (ratio_after - ratio_before)
    paired = []
    for family in families:
        moved_after = sum(e.after.part - ratio_after * e.after.whole for e in family) / possible_after
        moved_before = sum(e.before.part - ratio_before * e.before.whole for e in family) / possible_before
        paired.append(100 * (moved_after - moved_before) + difference / len(families))
    return 100 * ratio_before, 100 * ratio_after, paired


def interval(paired: Sequence[Fraction]) -> tuple[float | None, float | None]:
    """n x mean(d) -+ t x sqrt(n) x sd(d), t of n - 1 degrees of freedom; blank under 20 families that differ."""
    if sum(1 for d in paired if d != 0) < 20:
        return None, None
    n = len(paired)
    total = sum(paired)
    variance = sum((d - total / n) ** 2 for d in paired) / (n - 1)
    half = t_of_95_percent(n - 1) * math.sqrt(n) * math.sqrt(variance)
    return float(total) - half, float(total) + half
