"""Facts of one person that fields and indicators both stand on: plans, care, crimes, call-outs, school, treatments.

What does not belong here: sums over people.
"""

from __future__ import annotations

from datetime import date

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.coverage import (
    gaps,
    is_covered,
    marac_dates,
    police_rows,
    school_rows,
)
from fs_pipeline_tests.second_edition.roster import Member, care_window, fs_window
from fs_pipeline_tests.second_edition.terms import (
    ONE_DAY,
    Row,
    Window,
    active_in,
    add_months,
    august_before,
    completed_years,
    quarter_first,
)

# ----------------------------------------------------------------------------------------------------
# Plans and periods of care
# ----------------------------------------------------------------------------------------------------


def plans(case: Case, member: Member) -> list[Row]:
    """Every child protection plan of the child."""
    return case.rows_of("cp_plans", member.person_id)


def plans_active(case: Case, member: Member) -> list[Row]:
    """The child's plans active in W (Z08)."""
    window = fs_window(case, member)
    return [plan for plan in plans(case, member) if active_in(plan, window)]


def ended_before(rows: list[Row], day: date) -> list[Row]:
    """The rows that ended before a day."""
    return [row for row in rows if row["end_date"] is not None and row["end_date"] < day]


def care(case: Case, member: Member) -> list[Row]:
    """Every period of care of the child, UASC left out (Z10)."""
    return [row for row in case.rows_of("care_periods", member.person_id) if not row["uasc"]]


def care_active(case: Case, member: Member) -> list[Row]:
    """The child's periods of care active in C (Z09)."""
    window = care_window(case, member)
    return [row for row in care(case, member) if active_in(row, window)]


def care_open(case: Case, member: Member) -> list[Row]:
    """The periods behind I23: active in C and still open at the quarter end."""
    return [row for row in care_active(case, member) if row["end_date"] is None]


def care_closed(case: Case, member: Member) -> list[Row]:
    """The periods behind I24: ended within C."""
    return [row for row in care_active(case, member) if care_window(case, member).holds(row["end_date"])]


def latest(rows: list[Row], column: str, key: str) -> Row | None:
    """The row with the latest date in a column (ties: largest key); blank dates do not take part."""
    dated = [row for row in rows if row[column] is not None]
    return max(dated, key=lambda row: (row[column], row[key])) if dated else None


def earlier_plans(case: Case, plan: Row) -> list[Row]:
    """Indicator 3: the child's plans that are earlier (earlier start, ties by key) and ended by the new start."""
    return [
        other
        for other in case.rows_of("cp_plans", plan["person_id"])
        if (other["start_date"], other["cp_plan_id"]) < (plan["start_date"], plan["cp_plan_id"])
        and other["end_date"] is not None
        and other["end_date"] <= plan["start_date"]
    ]


def is_repeat_plan(case: Case, plan: Row, limit: int | None) -> bool:
    """Whether an earlier plan ended less than so many days before the new one (Z19); at any time (Z43)."""
    return any(
        limit is None or (plan["start_date"] - other["end_date"]).days < limit for other in earlier_plans(case, plan)
    )


# ----------------------------------------------------------------------------------------------------
# Police and MARAC
# ----------------------------------------------------------------------------------------------------

Incident = tuple[date, str]
"""A DA incident of one person: its date, its incident_id; in this order is one earlier than another (Z26)."""


def crimes(case: Case, person_id: str, role: str, window: Window) -> int:
    """Crime incidents of a person in a role, in a window."""
    rows = [row for row in police_rows(case, person_id) if row["crime"] and row["role"] == role]
    return len({row["incident_id"] for row in rows if window.holds(row["incident_date"])})


def covered_crimes(case: Case, person_id: str, role: str, window: Window) -> int | None:
    """The same, blank while the person is not covered in a quarter that the window touches; 0 over no day (Z13)."""
    if gaps(case, person_id, ("police",), window):
        return None
    return crimes(case, person_id, role, window)


def da_incidents(case: Case, person_id: str, window: Window) -> list[Incident]:
    """A person's DA incidents in a window, either role, each once, in order (Z26)."""
    days: dict[str, date] = {}
    for row in police_rows(case, person_id):
        if row["domestic_abuse"]:
            days[row["incident_id"]] = min(row["incident_date"], days.get(row["incident_id"], date.max))
    return sorted((day, incident_id) for incident_id, day in days.items() if window.holds(day))


def is_repeat(case: Case, person_id: str, incident: Incident) -> bool:
    """Z26: whether the person has an earlier one dated on or after its own date - 12 months."""
    window = Window(add_months(incident[0], -12), incident[0])
    return any(other < incident for other in da_incidents(case, person_id, window))


def repeats_look_at(window: Window) -> Window:
    """Z26: the window and the 12 months before its first day."""
    return window if window.is_empty else Window(add_months(window.first, -12), window.last)


def months_to_quarter_end(case: Case) -> Window:
    """Z25: the 12 months that end on qe: qe - 12 months < day <= qe."""
    return Window(add_months(case.qe, -12) + ONE_DAY, case.qe)


def has_many_incidents(case: Case, person_id: str, window: Window) -> bool | None:
    """Z25: 4 or more DA incidents, as soon as what is covered shows it; blank while not known."""
    shown = [
        incident
        for incident in da_incidents(case, person_id, window)
        if is_covered(case, person_id, "police", quarter_first(incident[0]))
    ]
    if len(shown) >= case.high_risk_incidents:
        return True
    return None if gaps(case, person_id, ("police",), window) else False


def has_marac_referral(case: Case, person_id: str, window: Window) -> bool | None:
    """Z25: a MARAC referral, as soon as what is covered shows it; blank while not known."""
    dates = [day for day in marac_dates(case, person_id) if window.holds(day)]
    if any(is_covered(case, person_id, "marac", quarter_first(day)) for day in dates):
        return True
    return None if gaps(case, person_id, ("marac",), window) else False


def at_high_risk(case: Case, person_id: str, window: Window) -> bool | None:
    """I66a over a window: either test true; blank while neither is and one of them is not known."""
    parts = has_many_incidents(case, person_id, window), has_marac_referral(case, person_id, window)
    if True in parts:
        return True
    return None if None in parts else False


# ----------------------------------------------------------------------------------------------------
# School
# ----------------------------------------------------------------------------------------------------


def is_school_age(birth: date | None, day: date) -> bool:
    """Z18: aged 5 to 15 on the 31 August on or before a day. reading: an unknown birth date is out of age."""
    age = completed_years(birth, august_before(day))
    return age is not None and 5 <= age <= 15


def can_attend(case: Case, member: Member, window: Window) -> bool:
    """Whether attendance can apply at all: a UPN, and in age on some day of the window.

    A window of a year or less touches two school years at most: those of its first and of its last day.
    """
    person = case.person(member.person_id)
    in_age = any(is_school_age(person["date_of_birth"], day) for day in (window.first, window.last))
    return person["upn"] is not None and in_age


def attendance_from(case: Case, member: Member, window: Window) -> list[Row]:
    """The child's attendance rows that start in a window and count by age (Z18)."""
    person = case.person(member.person_id)
    return [
        row
        for row in school_rows(case, person["upn"])
        if window.holds(row["date_from"]) and is_school_age(person["date_of_birth"], row["date_from"])
    ]


def attendance_inside(case: Case, member: Member, window: Window) -> list[Row]:
    """Those of them that lie wholly inside the window."""
    return [row for row in attendance_from(case, member, window) if window.holds(row["date_to"])]


def quarter_attendance(case: Case, member: Member) -> list[Row]:
    """The rows behind I15 to I17: of the quarter, of a covered child."""
    if not is_covered(case, member.person_id, "education", case.qs):
        return []
    return attendance_from(case, member, case.quarter)


def school_year_so_far(case: Case) -> Window:
    """Z37: from 1 September of the school year that holds qs to the earlier of qe and 31 August."""
    year = case.qs.year if case.qs.month >= 9 else case.qs.year - 1
    return Window(date(year, 9, 1), min(case.qe, date(year + 1, 8, 31)))


# ----------------------------------------------------------------------------------------------------
# Substance misuse treatment
# ----------------------------------------------------------------------------------------------------


def treatments(case: Case, person_id: str) -> list[Row]:
    """Every assessment and treatment of the person."""
    return case.rows_of("substance_treatments", person_id)


def closed_in_quarter(case: Case, person_id: str) -> list[Row]:
    """The person's treatments closed in the quarter. reading: the closure date alone decides."""
    return [row for row in treatments(case, person_id) if case.quarter.holds(row["closure_date"])]


def assessed_in_quarter(case: Case, person_id: str) -> list[Row]:
    """The person's brief assessments in the quarter."""
    return [row for row in treatments(case, person_id) if case.quarter.holds(row["assessment_date"])]


def matured_in_quarter(case: Case, person_id: str) -> list[Row]:
    """The person's treatments whose closure + 6 months falls in the quarter (Z21)."""
    return [
        row
        for row in treatments(case, person_id)
        if row["closure_date"] is not None and case.quarter.holds(add_months(row["closure_date"], 6))
    ]


def re_presented(case: Case, treatment: Row) -> bool:
    """Z21: another treatment started or another assessment after the closure and within 6 months of it.

    reading: the day closure + 6 months itself is within; "another" is another row of the extract.
    """
    after = Window(treatment["closure_date"] + ONE_DAY, add_months(treatment["closure_date"], 6))
    return any(
        other["treatment_id"] != treatment["treatment_id"]
        and (after.holds(other["start_date"]) or after.holds(other["assessment_date"]))
        for other in treatments(case, treatment["person_id"])
    )


# ----------------------------------------------------------------------------------------------------
# Disciplines (Z47)
# ----------------------------------------------------------------------------------------------------


def is_worked_with_by(case: Case, member: Member, discipline: str) -> bool:
    """Z47: an involvement of that discipline for the family of the row, open on a day on or after P."""
    if not case.has("adult_involvements"):
        return True
    return any(
        row["discipline"] == discipline and (row["end_date"] is None or row["end_date"] >= member.p)
        for row in member.involvements
    )
