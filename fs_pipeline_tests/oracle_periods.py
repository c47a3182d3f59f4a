"""The oracle's 12 months before and after R03: the periods `baseline` and `follow_up`, and before and after.

It goes on where oracle_quarter.py ends, in the same manner: one person, one window, one figure at a time, days counted
one by one. `# reading:` says which reading is taken where definitions.md leaves room.

What does not belong here: figures of the period `quarter`, files, speed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fs_pipeline_tests.oracle_quarter import (
    ONE_DAY,
    Case,
    Member,
    Programme,
    Row,
    Scope,
    Window,
    World,
    active_in,
    add_months,
    completed_years,
    crimes,
    da_incidents,
    months_before_r03,
    roster,
    scopes_of,
)
from fs_pipeline_tests.second_edition.student import t_of_95_percent

# ----------------------------------------------------------------------------------------------------
# Windows, and whose they are
# ----------------------------------------------------------------------------------------------------


def months_after_r03(member: Member) -> Window:
    """The 12 months from R03 on: R03 <= day < R03 + 12 months; R04 does not cut them."""
    return Window(member.r03, add_months(member.r03, 12) - ONE_DAY)


def is_entrant(case: Case, member: Member) -> bool:
    """Whether the row's R03 lies in this quarter."""
    return case.quarter.holds(member.r03)


def completes(case: Case, member: Member) -> bool:
    """Whether the row's 12 months complete in this quarter: qs <= R03 + 12 months - 1 day <= qe."""
    return case.quarter.holds(add_months(member.r03, 12) - ONE_DAY)


@dataclass(frozen=True)
class Period:
    """A period other than the quarter: its name, its window of a row, and which rows are in it."""

    name: str
    window: Callable[[Member], Window]
    takes: Callable[[Case, Member], bool]


PERIODS = (
    Period("baseline", months_before_r03, is_entrant),
    Period("follow_up", months_after_r03, completes),
)

# ----------------------------------------------------------------------------------------------------
# What a person brings to a measure in a window
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Amount:
    """A person's part of a measure; `whole` and `rows` are for shares (possible sessions, rows that counted)."""

    part: float
    whole: float = 0.0
    rows: int = 0


def days_held(row: Row, window: Window) -> int:
    """Clipped days: the days d of the window with start <= d, and open or end > d."""
    held = 0
    day = window.first
    while day <= window.last:
        if row["start_date"] <= day and (row["end_date"] is None or row["end_date"] > day):
            held += 1
        day += ONE_DAY
    return held


def plans(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 1: plans active in the window."""
    return Amount(sum(1 for plan in case.rows_of("cp_plans", member.person_id) if active_in(plan, window)))


def plan_days(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 2: days on a plan in the window, plan by plan."""
    # reading: a day on two plans at once counts twice.
    return Amount(sum(days_held(plan, window) for plan in case.rows_of("cp_plans", member.person_id)))


def care(case: Case, member: Member) -> list[Row]:
    """The child's periods of care, UASC left out (Z10)."""
    return [row for row in case.rows_of("care_periods", member.person_id) if not row["uasc"]]


def care_periods(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 5: periods of care active in the window."""
    return Amount(sum(1 for row in care(case, member) if active_in(row, window)))


def care_days(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 6: days in care in the window, period by period."""
    return Amount(sum(days_held(row, window) for row in care(case, member)))


def is_of_age(birth: date | None, day: date) -> bool:
    """Z18: aged 5 to 15 on the 31 August on or before a day; an unknown birth date is out of age."""
    august = date(day.year, 8, 31)
    if august > day:
        august = date(day.year - 1, 8, 31)
    age = completed_years(birth, august)
    return age is not None and 5 <= age <= 15


def attendance_inside(case: Case, member: Member, window: Window) -> list[Row]:
    """The child's attendance rows that lie wholly inside the window and count by age (Z18)."""
    # reading: UPN and birth date are those of this quarter's snapshot, for rows of earlier quarters too.
    person = case.person(member.person_id)
    found = []
    for quarter in window.quarters():
        for row in case.world.get(quarter, {}).get("attendance") or []:
            if person["upn"] is None or row["upn"] != person["upn"]:
                continue
            inside = window.holds(row["date_from"]) and window.holds(row["date_to"])
            if inside and is_of_age(person["date_of_birth"], row["date_from"]):
                found.append(row)
    return found


def absence(column: str) -> Callable[[Case, Member, Window], Amount]:
    """Indicator 7: sessions of one kind of absence, over possible sessions."""

    def of(case: Case, member: Member, window: Window) -> Amount:
        rows = attendance_inside(case, member, window)
        return Amount(sum(row[column] for row in rows), sum(row["sessions_possible"] for row in rows), len(rows))

    return of


def incidents(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 17: distinct DA incidents of the person in the window, either role."""
    return Amount(len(da_incidents(case, member.person_id, window)))


def repeat_incidents(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 17: the incidents with an earlier one of the same person inside the same window (Z26)."""
    own = da_incidents(case, member.person_id, window)
    return Amount(sum(1 for incident in own if any(earlier < incident for earlier in own)))


def crimes_as(role: str) -> Callable[[Case, Member, Window], Amount]:
    """Indicator 17: crime incidents of a person in a role, as I01 and I02 count them."""

    def of(case: Case, member: Member, window: Window) -> Amount:
        number = crimes(case, member, role, window)
        if number is None:
            raise AssertionError("asked of a person who is not covered")
        return Amount(number)

    return of


def at_high_risk(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 19: 1 with 4 or more DA incidents, or a MARAC referral, in the window; else 0."""
    many = len({incident_id for _, incident_id in da_incidents(case, member.person_id, window)}) >= 4
    referred = bool(case.dated_rows_of("marac_referrals", member.person_id, "referral_date", window))
    return Amount(1 if many or referred else 0)


# ----------------------------------------------------------------------------------------------------
# The measures
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """A measure over 12 months: whose it is (blank role = everyone), what it needs, what a person brings."""

    indicator: int
    name: str
    unit: str
    role: str | None
    needs: tuple[str, ...]
    of: Callable[[Case, Member, Window], Amount]

    @property
    def is_share(self) -> bool:
        """Whether it is a share in %, not a count or a sum."""
        return self.unit == "%"

    def concerns(self, case: Case, member: Member) -> bool:
        """Whether a person can have the measure at all: attendance needs a UPN."""
        # reading: a child out of age still counts for coverage; a child without UPN does not.
        return not self.is_share or case.person(member.person_id)["upn"] is not None

    def covers(self, case: Case, window: Window) -> bool:
        """Whether every quarter that the window touches was supplied; snapshots always cover."""
        # reading: no short cut through supplied data that already show high risk (Z25 is of the field).
        return all(case.has_all(extract, window.quarters()) for extract in self.needs)


POLICE = ("police_incidents",)
MEASURES = (
    Measure(1, "cp_plans_active", "plans", "child", (), plans),
    Measure(2, "cp_days", "days", "child", (), plan_days),
    Measure(5, "cla_periods", "periods", "child", (), care_periods),
    Measure(6, "cla_days", "days", "child", (), care_days),
    Measure(7, "unauthorised_absence", "%", "child", ("attendance",), absence("sessions_unauthorised")),
    Measure(7, "authorised_absence", "%", "child", ("attendance",), absence("sessions_authorised")),
    Measure(17, "da_incidents", "incidents", "adult", POLICE, incidents),
    Measure(17, "da_repeat_incidents", "incidents", "adult", POLICE, repeat_incidents),
    Measure(17, "victim_count", "incidents", None, POLICE, crimes_as("victim")),
    Measure(17, "offender_count", "incidents", None, POLICE, crimes_as("offender")),
    Measure(19, "people_high_risk", "people", None, (*POLICE, "marac_referrals"), at_high_risk),
)

# ----------------------------------------------------------------------------------------------------
# Rows of indicator_values
# ----------------------------------------------------------------------------------------------------


def period_values(case: Case, members: list[Member]) -> list[Row]:
    """The rows of indicator_values of the periods `baseline` and `follow_up`."""
    return [
        period_figure(case, scope, period, measure)
        for scope in scopes_of(members)
        for period in PERIODS
        for measure in MEASURES
    ]


def period_figure(case: Case, scope: Scope, period: Period, measure: Measure) -> Row:
    """One figure: the people of the period, those of them who are covered, and what these bring."""
    # A person's row is chosen from the whole scope first; then it is asked whether it is in the period.
    people = [m for m in scope.once(measure.role) if period.takes(case, m) and measure.concerns(case, m)]
    covered = [member for member in people if measure.covers(case, period.window(member))]
    amounts = [measure.of(case, member, period.window(member)) for member in covered]
    part, whole = sum(amount.part for amount in amounts), sum(amount.whole for amount in amounts)
    value: float | None = float(part)
    numerator: float | None = None
    denominator: float | None = None
    if measure.is_share:
        value, numerator, denominator = ratio(part, whole), float(part), float(whole)
    status = "final" if len(covered) == len(people) else "partial"
    if people and not covered:
        value, numerator, denominator, status = None, None, None, "not_supplied"
    return {
        "quarter": case.qs,
        "indicator": measure.indicator,
        "measure": measure.name,
        "scope": scope.name,
        "group": "all",
        "period": period.name,
        "value": value,
        "numerator": numerator,
        "denominator": denominator,
        "unit": measure.unit,
        "status": status,
    }


def ratio(part: float, whole: float) -> float | None:
    """A share in %; blank over nothing."""
    return 100 * part / whole if whole else None


# ----------------------------------------------------------------------------------------------------
# Before and after
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """Someone who entered a measure of a scope when their 12 months completed, with both windows."""

    scope: str
    measure: str
    person_id: str
    family: tuple[str, str]
    before: Amount
    after: Amount


@dataclass(frozen=True)
class Completed:
    """What one quarter's follow-up adds: scopes in which someone completed, and who entered."""

    scopes: set[str]
    entries: list[Entry]


def follow_up_of(case: Case) -> Completed:
    """Both windows of everyone whose 12 months complete in a quarter, as that quarter sees them."""
    scopes: set[str] = set()
    entries: list[Entry] = []
    for scope in scopes_of(roster(case)):
        # reading: a scope is there once a row that counts in it (by the counts-once rule, as a child or as an
        # adult) has completed; a second row of a person, set aside by that rule, does not make it.
        if any(completes(case, member) for member in (*scope.children(), *scope.adults())):
            scopes.add(scope.name)
        for measure in MEASURES:
            for member in scope.once(measure.role):
                entry = entry_of(case, scope, measure, member) if completes(case, member) else None
                if entry is not None:
                    entries.append(entry)
    return Completed(scopes, entries)


def entry_of(case: Case, scope: Scope, measure: Measure, member: Member) -> Entry | None:
    """Someone's entry, or None unless both windows are covered (shares: and both have a row that counts)."""
    windows = months_before_r03(member), months_after_r03(member)
    if not measure.concerns(case, member) or not all(measure.covers(case, window) for window in windows):
        return None
    before, after = (measure.of(case, member, window) for window in windows)
    # reading: a row that counts with no possible session is a row all the same.
    if measure.is_share and not (before.rows and after.rows):
        return None
    # A child without a family is a family of its own.
    family = ("person", member.person_id) if member.family_id is None else ("family", member.family_id)
    return Entry(scope.name, measure.name, member.person_id, family, before, after)


def before_and_after(world: World, programme: Programme, quarter: date) -> tuple[list[Row], list[Row]]:
    """The rows of `before_after` and of `before_after_rates` at a quarter: all follow-ups completed so far."""
    start = programme["programme"]["start"]
    # reading: a programme quarter that the world does not hold adds nothing.
    so_far = [
        follow_up_of(Case.of(world, programme, first_day))
        for first_day in sorted(world)
        if start <= first_day <= quarter
    ]
    scopes = {"fs"}.union(*(completed.scopes for completed in so_far))
    compared, rates = [], []
    for measure in MEASURES:
        for scope in scopes:
            entries = [e for c in so_far for e in c.entries if (e.scope, e.measure) == (scope, measure.name)]
            key: Row = {
                "quarter": quarter,
                "indicator": measure.indicator,
                "measure": measure.name,
                "scope": scope,
                "group": "all",
            }
            counts: Row = {
                "people": len({entry.person_id for entry in entries}),
                "families": len({entry.family for entry in entries}),
            }
            figures = share_compared(entries) if measure.is_share else sums_compared(entries)
            compared.append(key | counts | figures)
            if not measure.is_share:
                for rate, divisor in (("per_family", counts["families"]), ("per_person_month", 12 * len(entries))):
                    more = {"rate": rate, "follow_ups": len(entries)}
                    rates.append(key | more | counts | divided(figures, divisor))

    def order(row: Row) -> tuple[int, str, str, str]:
        return row["indicator"], row["measure"], row["scope"], row.get("rate", "")

    return sorted(compared, key=order), sorted(rates, key=order)


def by_family(entries: list[Entry]) -> list[list[Entry]]:
    """The entries of each family, over all quarters."""
    families = sorted({entry.family for entry in entries})
    return [[entry for entry in entries if entry.family == family] for family in families]


def sums_compared(entries: list[Entry]) -> Row:
    """Counts and sums before and after; 0 when there is nobody."""
    before = float(sum(entry.before.part for entry in entries))
    after = float(sum(entry.after.part for entry in entries))
    paired = [sum(entry.after.part - entry.before.part for entry in family) for family in by_family(entries)]
    return comparison(before, after, paired)


def share_compared(entries: list[Entry]) -> Row:
    """Shares before and after, of the sums; the families' contributions to the difference are linearised."""
    absent_before = sum(entry.before.part for entry in entries)
    possible_before = sum(entry.before.whole for entry in entries)
    absent_after = sum(entry.after.part for entry in entries)
    possible_after = sum(entry.after.whole for entry in entries)
    before, after = ratio(absent_before, possible_before), ratio(absent_after, possible_after)
    if before is None or after is None:
        return comparison(before, after, [])
    families = by_family(entries)
    paired = []
    for family in families:
        after_moved = sum(e.after.part - absent_after / possible_after * e.after.whole for e in family)
        before_moved = sum(e.before.part - absent_before / possible_before * e.before.whole for e in family)
        linear = 100 * (after_moved / possible_after - before_moved / possible_before)
        paired.append(linear + (after - before) / len(families))
    return comparison(before, after, paired)


def comparison(before: float | None, after: float | None, paired: list[float]) -> Row:
    """Before, after, difference, percentage change, and the 95% interval from per-family differences."""
    difference = None if before is None or after is None else after - before
    low, high = interval(paired)
    return {
        "before": before,
        "after": after,
        "difference": difference,
        "percentage_change": None if difference is None or not before else 100 * difference / before,
        "interval_low": low,
        "interval_high": high,
    }


def interval(paired: list[float]) -> tuple[float | None, float | None]:
    """n x mean(d) -+ t x sqrt(n) x sd(d), t of n - 1 degrees, sample sd; blank under 20 families that differ."""
    n = len(paired)
    if sum(abs(d) > 1e-9 for d in paired) < 20:
        return None, None
    mean = sum(paired) / n
    sd = math.sqrt(sum((d - mean) ** 2 for d in paired) / (n - 1))
    half = t_of_95_percent(n - 1) * math.sqrt(n) * sd
    return n * mean - half, n * mean + half


def divided(figures: Row, divisor: int) -> Row:
    """A comparison as a rate; blank when there is nobody. The percentage change stays what it is."""
    found = dict(figures)
    for name in ("before", "after", "difference", "interval_low", "interval_high"):
        value = figures[name]
        found[name] = None if value is None or not divisor else value / divisor
    return found
