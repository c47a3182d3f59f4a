"""Figures of other periods than the quarter: baseline, follow_up, baseline_year, and the quarters before (Z33).

A `Measure` says what one person brings to a window of 12 months; before and after stands on the same measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from fs_pipeline_tests.second_edition.adults import call_outs, crime_counts
from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.children import authority_looked_after, authority_plans, proceedings
from fs_pipeline_tests.second_edition.coverage import gaps
from fs_pipeline_tests.second_edition.facts import (
    at_high_risk,
    attendance_inside,
    can_attend,
    care,
    crimes,
    da_incidents,
    plans,
)
from fs_pipeline_tests.second_edition.figures import (
    ADULTS,
    CHILDREN,
    Figure,
    Scope,
    among,
    count,
    histories,
    percentage,
    resting_on,
    with_needs,
)
from fs_pipeline_tests.second_edition.roster import Member, completes, is_entrant, year_after, year_before
from fs_pipeline_tests.second_edition.terms import (
    Row,
    Window,
    active_in,
    add_months,
    days_held,
    months_before,
)

# ----------------------------------------------------------------------------------------------------
# What a person brings to a measure in a window
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Amount:
    """A person's part of a measure; `whole` and `rows` are of absence (possible sessions, rows that counted)."""

    part: int
    whole: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Measure:
    """A measure over 12 months: whose it is (blank role = everyone), whom it needs, what a person brings."""

    indicator: int
    name: str
    unit: str
    role: str | None
    suppliers: tuple[str, ...]
    of: Callable[[Case, Member, Window], Amount]

    @property
    def is_absence(self) -> bool:
        """Whether it is a share of possible sessions."""
        return self.unit == "%"

    @property
    def needs(self) -> tuple[str, ...]:
        """The extracts of this quarter that the figure needs.

        reading: the quarter extracts of its suppliers, in baseline too; whether history was supplied is coverage.
        """
        snapshot = {1: "cp_plans", 2: "cp_plans", 5: "care_periods", 6: "care_periods"}.get(self.indicator)
        extracts = {"police": "police_incidents", "marac": "marac_referrals", "education": "attendance"}
        return (snapshot,) if snapshot else tuple(extracts[supplier] for supplier in self.suppliers)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The roster's extracts behind it."""
        return CHILDREN if self.role == "child" else ADULTS

    def people(self, case: Case, scope: Scope) -> list[Member]:
        """Whom it counts in a scope, each once, with the family of the earliest P."""
        del case
        if self.role is None:
            return scope.everyone()
        return scope.children() if self.role == "child" else scope.adults()

    def can_apply(self, case: Case, member: Member, window: Window) -> bool:
        """Whether a person can have the measure at all: absence asks for a UPN and the age (Z18)."""
        return not self.is_absence or can_attend(case, member, window)


def plans_in(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 1: plans active in the window."""
    return Amount(sum(1 for plan in plans(case, member) if active_in(plan, window)))


def plan_days(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 2: days on a plan in the window. reading: plan by plan, a day on two plans counts twice."""
    return Amount(sum(days_held(plan, window) for plan in plans(case, member)))


def care_in(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 5: non-UASC periods of care active in the window."""
    return Amount(sum(1 for row in care(case, member) if active_in(row, window)))


def care_days(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 6: days in care in the window."""
    return Amount(sum(days_held(row, window) for row in care(case, member)))


def absence(*columns: str) -> Callable[[Case, Member, Window], Amount]:
    """Indicator 7: absent sessions over possible sessions, of rows that lie wholly inside the window."""

    def of(case: Case, member: Member, window: Window) -> Amount:
        rows = attendance_inside(case, member, window)
        absent = sum(row[column] for row in rows for column in columns)
        return Amount(absent, sum(row["sessions_possible"] for row in rows), len(rows))

    return of


def crimes_as(role: str) -> Callable[[Case, Member, Window], Amount]:
    """Indicator 17: crimes of a person in a role."""
    return lambda case, member, window: Amount(crimes(case, member.person_id, role, window))


def involvements(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 17: distinct DA incidents of the person in the window."""
    return Amount(len(da_incidents(case, member.person_id, window)))


def repeats_in_window(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 17: involvements with an earlier one of the same adult inside the same window."""
    own = da_incidents(case, member.person_id, window)
    return Amount(sum(1 for incident in own if any(other < incident for other in own)))


def high_risk_in(case: Case, member: Member, window: Window) -> Amount:
    """Indicator 19: 1 when the test holds on the window."""
    return Amount(1 if at_high_risk(case, member.person_id, window) else 0)


UNAUTHORISED, AUTHORISED = "sessions_unauthorised", "sessions_authorised"
EDUCATION, POLICE = ("education",), ("police",)

CP_PLANS_ACTIVE = Measure(1, "cp_plans_active", "plans", "child", (), plans_in)
CP_DAYS = Measure(2, "cp_days", "days", "child", (), plan_days)
CLA_PERIODS = Measure(5, "cla_periods", "periods", "child", (), care_in)
CLA_DAYS = Measure(6, "cla_days", "days", "child", (), care_days)
UNAUTHORISED_ABSENCE = Measure(7, "unauthorised_absence", "%", "child", EDUCATION, absence(UNAUTHORISED))
AUTHORISED_ABSENCE = Measure(7, "authorised_absence", "%", "child", EDUCATION, absence(AUTHORISED))
OVERALL_ABSENCE = Measure(7, "overall_absence", "%", "child", EDUCATION, absence(UNAUTHORISED, AUTHORISED))
VICTIM_COUNT = Measure(17, "victim_count", "people x incidents", None, POLICE, crimes_as("victim"))
OFFENDER_COUNT = Measure(17, "offender_count", "people x incidents", None, POLICE, crimes_as("offender"))
DA_INVOLVEMENTS = Measure(17, "da_involvements", "people x call-outs", "adult", POLICE, involvements)
DA_REPEAT_IN_WINDOW = Measure(17, "da_repeat_in_window", "people x call-outs", "adult", POLICE, repeats_in_window)
PEOPLE_HIGH_RISK = Measure(19, "people_high_risk", "people", "adult", ("police", "marac"), high_risk_in)

OF_PERIODS = (
    CP_PLANS_ACTIVE,
    CP_DAYS,
    CLA_PERIODS,
    CLA_DAYS,
    UNAUTHORISED_ABSENCE,
    AUTHORISED_ABSENCE,
    OVERALL_ABSENCE,
    DA_REPEAT_IN_WINDOW,
    PEOPLE_HIGH_RISK,
)
"""Those of baseline and follow_up that add up person by person; call-outs and crimes are counted as in the quarter."""

# ----------------------------------------------------------------------------------------------------
# Baseline, follow-up, baseline of the intake year
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """A period of 12 months: its name, its window of a row, and which rows are in it."""

    name: str
    window: Callable[[Member], Window]
    takes: Callable[[Case, Member], bool]


BASELINE = Period("baseline", year_before, is_entrant)
FOLLOW_UP = Period("follow_up", year_after, completes)


def intake_year(case: Case, cohort: str) -> date:
    """Z33: the first day of the cohort's intake year; default: the latest 1 October on or before its window."""
    first: date = next(days[0] for key, days in case.programme["cohorts"].items() if str(key) == cohort)
    october = date(first.year if first.month >= 10 else first.year - 1, 10, 1)
    years = {str(key): day for key, day in case.programme.get("intake_year", {}).items()}
    found: date = years.get(cohort, october)
    return found


def baseline_year_of(case: Case, scope: Scope) -> Period | None:
    """The period `baseline_year` of a cohort, in the quarter in which its window closes; None otherwise.

    reading: an adult who came 12 months or more after P "stands in no baseline", so not in this one.
    """
    kind, _, cohort = scope.name.partition(":")
    if kind != "cohort":
        return None
    (closes,) = [days[1] for key, days in case.programme["cohorts"].items() if str(key) == cohort]
    if not case.quarter.holds(closes):
        return None
    window = months_before(intake_year(case, cohort))
    return Period("baseline_year", lambda member: window, lambda case, member: not member.is_late)


def period_figures(case: Case, scope: Scope) -> list[Figure]:
    """Every figure of a scope in the periods baseline, follow_up and baseline_year."""
    year = baseline_year_of(case, scope)
    found: list[Figure] = []
    for period in (BASELINE, FOLLOW_UP, *([year] if year else [])):
        own = [figure_of(case, scope, period, measure) for measure in OF_PERIODS]
        own += police_figures(case, scope, period)
        if not scope.is_breakdown:
            own.append(entering_care(case, scope, period))
        if period.name == "baseline_year":
            # reading: no extract of this quarter is needed, what was supplied is coverage; repeats are in the window.
            own = [f for f in own if not f.measure.startswith("da_repeat_") or f.measure == "da_repeat_in_window"]
            own = [replace(f, needs=()) if f.indicator in (7, 17, 19) else f for f in own]
        found += [replace(figure, period=period.name) for figure in own]
    return found


def figure_of(case: Case, scope: Scope, period: Period, measure: Measure) -> Figure:
    """One figure: the people of the period to whom it can apply, those who are covered, what these bring."""
    rows = [row for row in measure.people(case, scope) if period.takes(case, row)]
    rows = [row for row in rows if measure.can_apply(case, row, period.window(row))]
    why = {row.person_id: gaps(case, row.person_id, measure.suppliers, period.window(row)) for row in rows}
    covered = [row for row in rows if not why[row.person_id]]
    amounts = [measure.of(case, row, period.window(row)) for row in covered]
    part, whole = sum(amount.part for amount in amounts), sum(amount.whole for amount in amounts)
    if measure.is_absence:
        figure = percentage(measure.indicator, measure.name, part, whole)
    else:
        figure = count(measure.indicator, measure.name, measure.unit, part)
    figure = among(figure, len(rows), len(covered), set().union(*why.values()))
    looks_back = histories(case, *measure.suppliers)
    return replace(figure, needs=measure.needs, rests_on=(*measure.rests_on, *looks_back))


def police_figures(case: Case, scope: Scope, period: Period) -> list[Figure]:
    """The four measures of DA incidents, and the crimes (I01, I02 of entrants), by the rules of the quarter."""
    adults = [(row, period.window(row)) for row in scope.adults() if period.takes(case, row)]
    everyone = [(row, period.window(row)) for row in scope.everyone() if period.takes(case, row)]
    found = call_outs(case, adults) + crime_counts(case, everyone)
    return resting_on(with_needs(found, "police_incidents"), (*ADULTS, *histories(case, "police")))


def entering_care(case: Case, scope: Scope, period: Period) -> Figure:
    """Of the families with an entrant (completing) child: those with such a child whose care starts in its window."""
    families = entering = 0
    for rows in scope.families().values():
        children = [row for row in rows if row.is_child and period.takes(case, row)]
        families += 1 if children else 0
        entering += 1 if any(starts_in_care(case, row, period.window(row)) for row in children) else 0
    figure = percentage(5, "families_with_a_child_entering_care", entering, families)
    return replace(figure, needs=("care_periods",), rests_on=CHILDREN)


def starts_in_care(case: Case, child: Member, window: Window) -> bool:
    """Whether a non-UASC period of care of the child starts in a window."""
    return any(window.holds(row["start_date"]) for row in care(case, child))


# ----------------------------------------------------------------------------------------------------
# The quarters before the programme, of the whole authority (Z33)
# ----------------------------------------------------------------------------------------------------


def begins_too_late(rows: list[Row], column: str, first_day: date) -> bool:
    """Whether the earliest start of any row is later than a quarter's first day - 24 months.

    reading: an extract without rows has no earliest start, and is not cut.
    """
    starts = [row[column] for row in rows]
    return bool(starts) and min(starts) > add_months(first_day, -24)


def before_figures(case: Case) -> list[Figure]:
    """Indicators 1 to 5 of the authority for the quarters before the programme, in its first quarter."""
    if not case.quarter.holds(case.start):
        return []
    found: list[Figure] = []
    for number in range(1, int(case.setting("programme", "baseline_quarters", 4)) + 1):
        first_day = add_months(case.qs, -3 * number)
        then = as_at_quarter(case, first_day)
        plans_cut = begins_too_late(case.rows("cp_plans"), "start_date", first_day)
        care_cut = begins_too_late(case.rows("care_periods"), "start_date", first_day)
        cases_cut = begins_too_late(case.rows("care_proceedings"), "issued_date", first_day)
        for figures, is_cut in (
            (authority_plans(then), plans_cut),
            (proceedings(then, then.rows("care_proceedings")), cases_cut),
            (authority_looked_after(then), care_cut),
        ):
            own = [figure.because({"history_cut"}) if is_cut else figure for figure in figures]
            found += [replace(figure, period=f"before:{number}") for figure in own]
    return found


def as_at_quarter(case: Case, first_day: date) -> Case:
    """This quarter's snapshots as at the end of an earlier quarter (Z06); people as this quarter says."""
    world = {first_day: case.world[case.qs]}
    return Case.of(world, case.programme, first_day)
