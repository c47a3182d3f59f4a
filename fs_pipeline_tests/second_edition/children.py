"""Indicators 0 to 7 of the period `quarter`: the cohort, plans, proceedings, children looked after, school."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.coverage import gaps
from fs_pipeline_tests.second_edition.facts import (
    attendance_from,
    can_attend,
    care,
    care_closed,
    care_open,
    is_repeat_plan,
    is_school_age,
    plans,
    plans_active,
    quarter_attendance,
    school_year_so_far,
)
from fs_pipeline_tests.second_edition.figures import (
    ADULTS,
    CHILDREN,
    Figure,
    Scope,
    among,
    count,
    histories,
    mean,
    percentage,
    resting_on,
    with_needs,
)
from fs_pipeline_tests.second_edition.roster import Member, fs_window
from fs_pipeline_tests.second_edition.spells import was_in_fs
from fs_pipeline_tests.second_edition.terms import (
    ONE_DAY,
    Row,
    Window,
    active_in,
    add_months,
    as_at,
    length,
)

# ----------------------------------------------------------------------------------------------------
# Indicator 0: the cohort (Z35)
# ----------------------------------------------------------------------------------------------------


def indicator_0(case: Case, scope: Scope) -> list[Figure]:
    """How many families and people a scope has, and how many of them are in FS."""
    children = scope.children()
    in_fs = [row for row in children if not fs_window(case, row).is_empty]
    people = [count(0, "children", "people", len(children)), count(0, "children_in_fs", "people", len(in_fs))]
    adults = [
        count(0, "adults", "people", len(scope.adults())),
        count(0, "adults_worked_with", "people", len(adults_worked_with(case, scope))),
    ]
    families = [] if scope.is_breakdown else family_counts(case, scope) + siblings(case, scope)
    return resting_on(people + families, CHILDREN) + resting_on(adults, ADULTS)


def adults_worked_with(case: Case, scope: Scope) -> set[str]:
    """Adults with an involvement for the family of one of their rows in the scope, active in W of that row."""
    return {
        row.person_id
        for row in scope.members
        if not row.is_child and any(active_in(work, fs_window(case, row)) for work in row.involvements)
    }


def is_returned(case: Case, child: Member) -> bool:
    """Current R03 in the quarter, later than P, and no FS allocation of the family open in the 28 days before it."""
    if not case.quarter.holds(child.r03) or child.r03 <= child.p:
        return False
    four_weeks = Window(child.r03 - 28 * ONE_DAY, child.r03 - ONE_DAY)
    return not was_in_fs(list(child.family.spells), four_weeks)


def family_counts(case: Case, scope: Scope) -> list[Figure]:
    """Families of the scope: all, in FS, entered, closed, returned."""
    families = list(scope.families().values())
    children = [[row for row in rows if row.is_child] for rows in families]
    in_fs = sum(1 for rows in children if any(not fs_window(case, row).is_empty for row in rows))
    entered = sum(1 for rows in families if case.quarter.holds(rows[0].family.p))
    closed = sum(1 for rows in families if case.quarter.holds(rows[0].family.r04))
    returned = sum(1 for rows in children if any(is_returned(case, row) for row in rows))
    return [
        count(0, "families", "families", len(families)),
        count(0, "families_in_fs", "families", in_fs),
        count(0, "families_entered", "families", entered),
        count(0, "families_closed", "families", closed),
        count(0, "families_returned", "families", returned),
    ]


def siblings(case: Case, scope: Scope) -> list[Figure]:
    """Z39: children of the families who are not on the roster, with a plan (non-UASC care) active in [P, qe].

    reading: not on the roster as a child.
    """
    on_roster = {row.person_id for row in case.members if row.is_child}
    on_a_plan, in_care = set(), set()
    for rows in scope.families().values():
        since = Window(rows[0].family.p, case.qe)
        for child in set(rows[0].family.children) - on_roster:
            if any(active_in(plan, since) for plan in case.rows_of("cp_plans", child)):
                on_a_plan.add(child)
            periods = [row for row in case.rows_of("care_periods", child) if not row["uasc"]]
            if any(active_in(row, since) for row in periods):
                in_care.add(child)
    return [
        count(0, "siblings_cp", "children", len(on_a_plan)),
        count(0, "siblings_cla", "children", len(in_care)),
    ]


# ----------------------------------------------------------------------------------------------------
# Stocks and flows of plans and of periods of care (Z27)
# ----------------------------------------------------------------------------------------------------

Held = list[tuple[Row, date | None]]
"""Plans (periods) with the child's P; the whole authority has no P."""


def stock(held: Held, day: date) -> list[Row]:
    """Those as at a day, of children with P <= that day."""
    return [row for row, p in held if (p is None or p <= day) and as_at(row, day)]


def entered(case: Case, held: Held) -> int:
    """Of children with P in the quarter: those that began before P and are open or end on or after P."""
    return sum(
        1
        for row, p in held
        if p is not None
        and case.quarter.holds(p)
        and row["start_date"] < p
        and (row["end_date"] is None or row["end_date"] >= p)
    )


def moved(case: Case, held: Held, column: str) -> int:
    """Those that start (end) in [max(qs, P), qe]."""
    return sum(1 for row, p in held if Window(case.qs if p is None else max(case.qs, p), case.qe).holds(row[column]))


def flows(case: Case, indicator: int, kind: str, unit: str, held: Held) -> list[Figure]:
    """Entered, started and ended: the way from the opening to the closing."""
    return [
        count(indicator, f"{kind}_entered", unit, entered(case, held)),
        count(indicator, f"{kind}_started", unit, moved(case, held, "start_date")),
        count(indicator, f"{kind}_ended", unit, moved(case, held, "end_date")),
    ]


def people_of(rows: list[Row]) -> int:
    """How many people some rows are about."""
    return len({row["person_id"] for row in rows})


# ----------------------------------------------------------------------------------------------------
# Indicators 1 to 3: child protection plans
# ----------------------------------------------------------------------------------------------------


def plan_stocks(case: Case, held: Held) -> list[Figure]:
    """Indicator 1: as at the day before qs, as at qe, and the way between."""
    return [
        count(1, "cp_plans_at_start", "plans", len(stock(held, case.qs - ONE_DAY))),
        count(1, "cp_plans_at_end", "plans", len(stock(held, case.qe))),
        *flows(case, 1, "cp_plans", "plans", held),
    ]


def mean_lengths(indicator: int, name: str, rows: list[Row], measure: Callable[[Row], int]) -> list[Figure]:
    """Mean days of the ended rows, and of the others."""
    ended = [row for row in rows if row["end_date"] is not None]
    still = [row for row in rows if row["end_date"] is None]
    return [
        mean(indicator, f"{name}_closed", "days", sum(map(measure, ended)), len(ended)),
        mean(indicator, f"{name}_open", "days", sum(map(measure, still)), len(still)),
    ]


def is_history_cut(case: Case) -> bool:
    """Z43: no plan in the extract ended before qs - 7 years."""
    limit = add_months(case.qs, -84)
    return not any(row["end_date"] is not None and row["end_date"] < limit for row in case.rows("cp_plans"))


def new_plans(case: Case, started: list[Row]) -> list[Figure]:
    """Indicator 3: new plans, and which share of them are repeats."""
    found = [count(3, "cp_new_plans", "plans", len(started))]
    for measure, limit in (("12_months", 365), ("24_months", 730), ("ever", None)):
        repeats = sum(1 for plan in started if is_repeat_plan(case, plan, limit))
        found.append(percentage(3, f"cp_repeat_{measure}", repeats, len(started)))
    if is_history_cut(case):
        found[-1] = found[-1].because({"history_cut"})
    return found


def indicators_1_to_3(case: Case, scope: Scope) -> list[Figure]:
    """Indicators 1 to 3 of a roster scope."""
    children = scope.children()
    active = [(plan, row) for row in children for plan in plans_active(case, row)]
    started = [p for row in children for p in plans(case, row) if fs_window(case, row).holds(p["start_date"])]
    held: Held = [(plan, row.p) for row in children for plan in plans(case, row)]
    in_fs = sum(1 for row in children if not fs_window(case, row).is_empty)
    on_a_plan = people_of([plan for plan, _ in active])
    p_of = {row.person_id: row.p for row in children}
    found = [
        count(1, "cp_plans_active", "plans", len(active)),
        count(1, "cp_children", "children", on_a_plan),
        percentage(1, "cp_children_share", on_a_plan, in_fs),
        *plan_stocks(case, held),
        count(1, "cp_plans_from_fs_start", "plans", sum(1 for p, row in active if p["start_date"] <= row.r03)),
        count(1, "cp_plans_since_fs_start", "plans", sum(1 for p, row in active if p["start_date"] > row.r03)),
        *mean_lengths(2, "cp_mean_days", [p for p, _ in active], lambda plan: length(plan, case.qe)),
        *mean_lengths(
            2,
            "cp_mean_days_since_fs",
            [p for p, _ in active],
            lambda plan: length(plan, case.qe, p_of[plan["person_id"]]),
        ),
        *new_plans(case, started),
    ]
    return resting_on(with_needs(found, "cp_plans"), CHILDREN)


def cwd_children(case: Case) -> set[str]:
    """Z28: children open to CWD at qe, when the programme leaves them out (default yes)."""
    if not case.setting("programme", "exclude_cwd_children", True):
        return set()
    return {person["person_id"] for person in case.rows("people") if person["open_to_cwd"]}


def authority_plans(case: Case) -> list[Figure]:
    """Indicators 1 to 3 of the whole authority."""
    left_out = cwd_children(case)
    held: Held = [(plan, None) for plan in case.rows("cp_plans") if plan["person_id"] not in left_out]
    active = [plan for plan, _ in held if active_in(plan, case.quarter)]
    started = [plan for plan, _ in held if case.quarter.holds(plan["start_date"])]
    everyone: Held = [(plan, None) for plan in case.rows("cp_plans")]
    found = [
        count(1, "cp_plans_active", "plans", len(active)),
        count(1, "cp_children", "children", people_of(active)),
        *plan_stocks(case, held),
        count(1, "cp_children_all_at_end", "children", people_of(stock(everyone, case.qe))),
        *mean_lengths(2, "cp_mean_days", active, lambda plan: length(plan, case.qe)),
        *new_plans(case, started),
    ]
    return resting_on(with_needs(found, "cp_plans"), ("people",))


# ----------------------------------------------------------------------------------------------------
# Indicator 4: care proceedings (Z31)
# ----------------------------------------------------------------------------------------------------


def proceedings(case: Case, rows: list[Row]) -> list[Figure]:
    """Cases of some rows: issued on the earliest date, concluded on the latest once every row is."""
    issued = concluded = still_open = within = days = 0
    for proceedings_id in sorted({row["proceedings_id"] for row in rows}):
        own = [row for row in rows if row["proceedings_id"] == proceedings_id]
        issue = min(row["issued_date"] for row in own)
        ends = [row["concluded_date"] for row in own]
        issued += 1 if case.quarter.holds(issue) else 0
        if None in ends:
            still_open += 1
        elif case.quarter.holds(max(ends)):
            concluded += 1
            days += (max(ends) - issue).days
            within += 1 if (max(ends) - issue).days <= 182 else 0
    found = [
        count(4, "proceedings_issued", "cases", issued),
        count(4, "proceedings_concluded", "cases", concluded),
        count(4, "proceedings_open_at_end", "cases", still_open),
        mean(4, "proceedings_mean_weeks", "weeks", days / 7, concluded),
        percentage(4, "proceedings_within_26_weeks", within, concluded),
    ]
    return with_needs(found, "care_proceedings")


def indicator_4(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 4 of a roster scope: the rows of its children."""
    children = {row.person_id for row in scope.children()}
    rows = [row for row in case.rows("care_proceedings") if row["person_id"] in children]
    return resting_on(proceedings(case, rows), CHILDREN)


# ----------------------------------------------------------------------------------------------------
# Indicators 5 and 6: children looked after
# ----------------------------------------------------------------------------------------------------


def looked_after(case: Case, held: Held) -> list[Figure]:
    """Indicator 5: children as at the day before qs, as at qe, and the periods of care between."""
    return [
        count(5, "cla_at_start", "children", people_of(stock(held, case.qs - ONE_DAY))),
        count(5, "cla_at_end", "children", people_of(stock(held, case.qe))),
        *flows(case, 5, "cla", "periods", held),
    ]


def authority_looked_after(case: Case) -> list[Figure]:
    """Indicator 5 of the whole authority: UASC left out (Z10), and CWD (Z28); and all children at the end."""
    left_out = cwd_children(case)
    rows = case.rows("care_periods")
    held: Held = [(row, None) for row in rows if not row["uasc"] and row["person_id"] not in left_out]
    every = people_of([row for row in rows if as_at(row, case.qe)])
    found = [*looked_after(case, held), count(5, "cla_all_at_end", "children", every)]
    return resting_on(with_needs(found, "care_periods"), ("people",))


def indicators_5_and_6(case: Case, scope: Scope) -> list[Figure]:
    """Indicators 5 and 6 of a roster scope."""
    children = scope.children()
    held: Held = [(row, member.p) for member in children for row in care(case, member)]
    behind = [(row, m.p) for m in children for row in (*care_closed(case, m), *care_open(case, m))]
    p_of = {row.person_id: row.p for row in children}
    periods = [row for row, _ in behind]
    since_p = [row for row, p in behind if row["start_date"] >= p]
    found = [
        *looked_after(case, held),
        *mean_lengths(6, "cla_mean_days", periods, lambda row: length(row, case.qe)),
        *mean_lengths(6, "cla_mean_days_since_fs", periods, lambda row: length(row, case.qe, p_of[row["person_id"]])),
        *mean_lengths(6, "cla_mean_days_entered", since_p, lambda row: length(row, case.qe)),
    ]
    return resting_on(with_needs(found, "care_periods"), CHILDREN)


# ----------------------------------------------------------------------------------------------------
# Indicator 7: school (Z18, Z37)
# ----------------------------------------------------------------------------------------------------


def sessions(rows: list[Row], *columns: str) -> int:
    """The sum of some columns of attendance rows."""
    return sum(row[column] for row in rows for column in columns)


def absences(rows: list[Row]) -> list[Figure]:
    """Unauthorised, authorised and overall absence of some attendance rows."""
    possible = sessions(rows, "sessions_possible")
    unauthorised, authorised = "sessions_unauthorised", "sessions_authorised"
    return [
        percentage(7, "unauthorised_absence", sessions(rows, unauthorised), possible),
        percentage(7, "authorised_absence", sessions(rows, authorised), possible),
        percentage(7, "overall_absence", sessions(rows, unauthorised, authorised), possible),
    ]


def indicator_7(case: Case, scope: Scope) -> list[Figure]:
    """Absence in the quarter, persistent absence over the school year so far, reasons."""
    found = []
    on_a_plan = [row for row in scope.children() if plans_active(case, row)]
    for group, children in (("all", scope.children()), ("on_a_plan", on_a_plan)):
        pupils = [row for row in children if can_attend(case, row, case.quarter)]
        covered, why = split_by_coverage(case, pupils, case.quarter)
        rows = [row for member in covered for row in quarter_attendance(case, member)]
        figures = [among(figure, len(pupils), len(covered), why) for figure in absences(rows)]
        figures.append(persistent_absence(case, children))
        for figure in figures:
            needs = ("attendance", "cp_plans") if group == "on_a_plan" else ("attendance",)
            found += with_needs([replace(figure, group=group)], *needs)
    found += absence_by_reason(case, scope)
    return resting_on(found, CHILDREN)


def split_by_coverage(case: Case, pupils: list[Member], window: Window) -> tuple[list[Member], set[str]]:
    """The pupils who are covered by education throughout a window, and why the others are not."""
    why = {row.person_id: gaps(case, row.person_id, ("education",), window) for row in pupils}
    return [row for row in pupils if not why[row.person_id]], set().union(*why.values())


def persistent_absence(case: Case, children: list[Member]) -> Figure:
    """Z37: own absent sessions 10% or more of the possible ones, over children with possible sessions."""
    year = school_year_so_far(case)
    pupils = [row for row in children if can_attend(case, row, year)]
    covered, why = split_by_coverage(case, pupils, year)
    persistent = with_sessions = 0
    for member in covered:
        rows = attendance_from(case, member, year)
        possible = sessions(rows, "sessions_possible")
        absent = sessions(rows, "sessions_unauthorised", "sessions_authorised")
        with_sessions += 1 if possible else 0
        persistent += 1 if possible and 10 * absent >= possible else 0
    figure = among(percentage(7, "persistent_absence", persistent, with_sessions), len(pupils), len(covered), why)
    return replace(figure, rests_on=histories(case, "education"))


def absence_by_reason(case: Case, scope: Scope) -> list[Figure]:
    """Sessions by attendance code, of the scope's children behind I17, over the sum of I17."""
    needs = ("attendance", "absence_reasons")
    if not all(case.has(extract) for extract in needs):
        return with_needs([Figure(7, "absence_by_reason", "%")], *needs)
    pupils = [row for row in scope.children() if can_attend(case, row, case.quarter)]
    covered, why = split_by_coverage(case, pupils, case.quarter)
    possible = sessions([row for m in covered for row in quarter_attendance(case, m)], "sessions_possible")
    by_code: dict[str, int] = {}
    for member in covered:
        person = case.person(member.person_id)
        for row in case.rows("absence_reasons"):
            if row["upn"] == person["upn"] and is_school_age(person["date_of_birth"], row["date_from"]):
                by_code[row["code"]] = by_code.get(row["code"], 0) + row["sessions"]
    found = [percentage(7, "absence_by_reason", number, possible, code) for code, number in sorted(by_code.items())]
    return with_needs([among(figure, len(pupils), len(covered), why) for figure in found], *needs)
