"""The oracle's terms, fields and figures of a quarter: definitions.md read aloud, one person at a time, slowly.

The functions stand in the order of definitions.md, so that an analyst can hold the two side by side;
the decision ids (Z01 ...) stand in the comments. Where the text leaves room, `# reading:` says which reading
is taken here.

What does not belong here: speed, files, checks of what suppliers delivered (rows arrive typed and already
checked). The periods `baseline` and `follow_up`, and before and after, stand in oracle_periods.py.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
Supply = dict[str, list[Row] | None]
World = dict[date, Supply]
Programme = dict[str, Any]

ONE_DAY = timedelta(days=1)


# ----------------------------------------------------------------------------------------------------
# Terms: quarters, months, windows
# ----------------------------------------------------------------------------------------------------


def add_months(day: date, months: int) -> date:
    """The same day of another calendar month, or its last day (31 August + 6 months = 28 or 29 February)."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def quarter_first(day: date) -> date:
    """First day of the calendar quarter that holds a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_last(day: date) -> date:
    """Last day of the calendar quarter that holds a day."""
    return add_months(quarter_first(day), 3) - ONE_DAY


def completed_years(birth: date | None, day: date) -> int | None:
    """Completed years of age on a day; blank when the birth is unknown or later."""
    if birth is None or birth > day:
        return None
    # reading: someone born on 29 February completes a year on 1 March of a common year, not on 28 February.
    had_birthday = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if had_birthday else 1)


@dataclass(frozen=True)
class Window:
    """Days from first to last, both included; empty when the last comes before the first."""

    first: date
    last: date

    @property
    def is_empty(self) -> bool:
        """Whether it holds no day."""
        return self.last < self.first

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it; a blank day does not."""
        return day is not None and self.first <= day <= self.last

    def quarters(self) -> list[date]:
        """First days of the quarters that it touches; none when it is empty."""
        if self.is_empty:
            return []
        touched = []
        quarter = quarter_first(self.first)
        while quarter <= self.last:
            touched.append(quarter)
            quarter = add_months(quarter, 3)
        return touched


def active_in(row: Row, window: Window) -> bool:
    """Active in a window: starts on or before its end, and is open or ends on or after its start."""
    if window.is_empty:
        return False
    return row["start_date"] <= window.last and (row["end_date"] is None or row["end_date"] >= window.first)


def as_at(row: Row, day: date) -> bool:
    """As at a day: starts on or before it, and is open or ends after it."""
    return row["start_date"] <= day and (row["end_date"] is None or row["end_date"] > day)


# ----------------------------------------------------------------------------------------------------
# Terms: what was supplied, and the world as it was at the quarter end (Z06)
# ----------------------------------------------------------------------------------------------------

SNAPSHOT_STARTS = {
    "referrals": "start_date",
    "allocations": "start_date",
    "adult_involvements": "start_date",
    "cp_plans": "start_date",
    "care_periods": "start_date",
    "care_proceedings": "issued_date",
    "top_forms": "form_date",
    "mental_health_scores": "score_date",
    "da_programmes": "start_date",
    "lsir_assessments": "assessment_date",
}
"""Snapshot extract -> the column that says when a row starts. Treatments: see treatment_at."""

SNAPSHOT_ENDS: dict[str, tuple[str, ...]] = {
    "referrals": ("end_date",),
    "allocations": ("end_date",),
    "adult_involvements": ("end_date",),
    "cp_plans": ("end_date",),
    "care_periods": ("end_date",),
    "care_proceedings": ("concluded_date", "outcome"),
    "da_programmes": ("end_date", "outcome"),
}
"""Snapshot extract -> its end column, then the columns that came with the end."""

REQUIRED = (
    "people",
    "family_members",
    "referrals",
    "allocations",
    "adult_involvements",
    "cp_plans",
    "care_periods",
)


def is_supplied(world: World, quarter: date, extract: str) -> bool:
    """Whether an extract was delivered for a quarter, even with no rows."""
    return world.get(quarter, {}).get(extract) is not None


def row_at(extract: str, row: Row, quarter_end: date) -> Row | None:
    """A snapshot row as it stood at the quarter end, or None when it starts later (Z06)."""
    if extract == "substance_treatments":
        return treatment_at(row, quarter_end)
    if extract in SNAPSHOT_STARTS and row[SNAPSHOT_STARTS[extract]] > quarter_end:
        return None
    if extract in SNAPSHOT_ENDS:
        end, *with_end = SNAPSHOT_ENDS[extract]
        if row[end] is not None and row[end] > quarter_end:
            return row | dict.fromkeys([end, *with_end])
    return row


def treatment_at(row: Row, quarter_end: date) -> Row | None:
    """A treatment as it stood at the quarter end: each of its dates blank while it had not come (Z06).

    reading: an assessment after the quarter end is blank with its outcome too (a row whose first date is
    later is ignored); the assessment's outcome stays when only the treatment start is later.
    """
    dates = [row[column] for column in ("assessment_date", "start_date", "closure_date") if row[column] is not None]
    if dates and min(dates) > quarter_end:
        return None
    seen = dict(row)
    if seen["assessment_date"] is not None and seen["assessment_date"] > quarter_end:
        seen["assessment_date"] = seen["assessment_outcome"] = None
    if seen["start_date"] is not None and seen["start_date"] > quarter_end:
        seen["start_date"] = None
    if seen["closure_date"] is not None and seen["closure_date"] > quarter_end:
        seen["closure_date"] = seen["closure_reason"] = None
    return seen


@dataclass(frozen=True)
class Case:
    """One quarter to be answered: the whole world, and this quarter's extracts as they stood at its end."""

    world: World
    programme: Programme
    quarter: Window
    seen: Supply

    @classmethod
    def of(cls, world: World, programme: Programme, first_day: date) -> Case:
        """Lay out one quarter."""
        quarter = Window(first_day, quarter_last(first_day))
        delivered = world[first_day]
        absent = [extract for extract in REQUIRED if delivered.get(extract) is None]
        if absent:
            raise ValueError(f"required extracts missing in {first_day}: {', '.join(absent)}")
        seen: Supply = {}
        for extract, rows in delivered.items():
            if rows is None:
                continue
            at_end = [row_at(extract, row, quarter.last) for row in rows]
            seen[extract] = [row for row in at_end if row is not None]
        return cls(world, programme, quarter, seen)

    @property
    def qs(self) -> date:
        """First day of the quarter."""
        return self.quarter.first

    @property
    def qe(self) -> date:
        """Last day of the quarter."""
        return self.quarter.last

    def has(self, extract: str) -> bool:
        """Whether an extract of this quarter was supplied."""
        return self.seen.get(extract) is not None

    def rows(self, extract: str) -> list[Row]:
        """This quarter's rows of an extract; none when it was not supplied (ask `has` first)."""
        return self.seen.get(extract) or []

    def rows_of(self, extract: str, person_id: str) -> list[Row]:
        """This quarter's rows of one person."""
        return [row for row in self.rows(extract) if row["person_id"] == person_id]

    def person(self, person_id: str) -> Row:
        """The person's row of `people`."""
        (found,) = self.rows_of("people", person_id)
        return found

    def has_all(self, extract: str, quarters: Iterable[date]) -> bool:
        """Whether a quarter extract was supplied for each of some quarters."""
        return all(is_supplied(self.world, quarter, extract) for quarter in quarters)

    def dated_rows_of(self, extract: str, person_id: str, column: str, window: Window) -> list[Row]:
        """One person's rows of a quarter extract over several quarters, in a window, as far as supplied."""
        found = []
        for quarter in window.quarters():
            for row in self.world.get(quarter, {}).get(extract) or []:
                if row["person_id"] == person_id and window.holds(row[column]):
                    found.append(row)
        return found


# ----------------------------------------------------------------------------------------------------
# Terms: FS referral, roster, being worked with, windows of a person
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Child:
    """A child's current FS referral, and R03, R04, R13a from it."""

    person_id: str
    family_id: str | None
    referral: Row
    r03: date
    r04: date | None
    team: str
    team_start: date


@dataclass(frozen=True)
class Member:
    """One row of the roster: a person in a family, with R03, R04, R13a and R05 as they hold for that row."""

    person_id: str
    family_id: str | None
    role: str
    r03: date
    r04: date | None
    team: str
    cohort: str | None
    family_r03: date | None
    family_r04: date | None
    family_team: str | None
    child: Child | None


def fs_allocations(case: Case, referral: Row) -> list[Row]:
    """The allocations to an FS team within a referral."""
    # reading: an allocation belongs to a referral of the same child (both ids agree).
    return [
        row
        for row in case.rows_of("allocations", referral["person_id"])
        if row["referral_id"] == referral["referral_id"] and row["family_safeguarding"]
    ]


def referral_r03(case: Case, referral: Row) -> date | None:
    """R03 of a referral: its earliest FS allocation start; blank when it is no FS referral."""
    starts = [row["start_date"] for row in fs_allocations(case, referral)]
    return min(starts) if starts else None


def current_fs_referral(case: Case, person_id: str) -> Row | None:
    """The FS referral with the latest R03 (ties: largest key), Z03."""
    found = []
    for referral in case.rows_of("referrals", person_id):
        r03 = referral_r03(case, referral)
        if r03 is not None:
            found.append((r03, referral["referral_id"], referral))
    return max(found, key=lambda item: item[:2])[2] if found else None


def child_at(case: Case, person_id: str, family_id: str | None) -> Child | None:
    """A child as the roster sees it, or None without a current FS referral."""
    referral = current_fs_referral(case, person_id)
    if referral is None:
        return None
    allocations = fs_allocations(case, referral)
    latest = max(allocations, key=lambda row: (row["start_date"], row["allocation_id"]))
    ends = [row["end_date"] for row in allocations]  # an end after the quarter end is blank already (Z06)
    return Child(
        person_id=person_id,
        family_id=family_id,
        referral=referral,
        r03=min(row["start_date"] for row in allocations),
        r04=None if None in ends else max(ends),
        team=latest["team"],
        team_start=latest["start_date"],
    )


def roster_children(case: Case) -> list[Child]:
    """Every child with a current FS referral."""
    members = case.rows("family_members")
    family_of = {row["person_id"]: row["family_id"] for row in members if row["role"] == "child"}
    adults = {row["person_id"] for row in members if row["role"] == "adult"} - set(family_of)
    found = []
    for person_id in sorted({row["person_id"] for row in case.rows("referrals")}):
        # reading: whoever is only an adult of families is no child, even with a referral of their own.
        if person_id in adults:
            continue
        # reading: a child of no family is on the roster ("every child"), with a blank family key and cohort.
        child = child_at(case, person_id, family_of.get(person_id))
        if child is not None:
            found.append(child)
    return found


def cohort_of(case: Case, family_r03: date | None) -> str | None:
    """The cohort whose window holds the family's R03, both ends inclusive (Z07)."""
    for cohort, (first, last) in case.programme["cohorts"].items():
        if Window(first, last).holds(family_r03):
            return str(cohort)
    return None


def being_worked_with(case: Case, person_id: str, family_id: str, r03: date, r04: date | None) -> bool:
    """Whether an involvement for that family, of either status, overlaps [family R03, family R04 or qe]."""
    window = Window(r03, case.qe if r04 is None else r04)
    return any(
        row["family_id"] == family_id and active_in(row, window)
        for row in case.rows_of("adult_involvements", person_id)
    )


def family_members_on_roster(case: Case, family_id: str | None, children: list[Child]) -> list[Member]:
    """The roster's rows of one family: children with a current FS referral, adults being worked with."""
    r03 = min(child.r03 for child in children)  # Z02
    r04s = [child.r04 for child in children]
    r04 = None if None in r04s else max(day for day in r04s if day is not None)
    latest_start = max(child.team_start for child in children)
    team = min((c for c in children if c.team_start == latest_start), key=lambda c: c.person_id).team
    cohort = cohort_of(case, r03)
    rows = [Member(c.person_id, family_id, "child", c.r03, c.r04, c.team, cohort, r03, r04, team, c) for c in children]
    for row in case.rows("family_members"):
        adult = row["person_id"]
        if row["role"] != "adult" or row["family_id"] != family_id:
            continue
        if being_worked_with(case, adult, row["family_id"], r03, r04):
            rows.append(Member(adult, family_id, "adult", r03, r04, team, cohort, r03, r04, team, None))
    return rows


def roster(case: Case) -> list[Member]:
    """The roster of the quarter: one row per person and family."""
    children = roster_children(case)
    rows: list[Member] = []
    for family_id in sorted({child.family_id for child in children if child.family_id is not None}):
        rows += family_members_on_roster(case, family_id, [c for c in children if c.family_id == family_id])
    for c in children:
        if c.family_id is None:
            rows.append(Member(c.person_id, None, "child", c.r03, c.r04, c.team, None, None, None, None, c))
    return rows


def fs_window(case: Case, member: Member) -> Window:
    """FS window W: [max(qs, R03), min(qe, R04)], possibly empty (Z08)."""
    last = case.qe if member.r04 is None else min(case.qe, member.r04)
    return Window(max(case.qs, member.r03), last)


def cla_window(case: Case, member: Member) -> Window:
    """CLA window C: [max(qs, R03), qe] (Z09)."""
    return Window(max(case.qs, member.r03), case.qe)


def months_before_r03(member: Member) -> Window:
    """The 12 months before R03: R03 - 12 months <= day < R03 (Z12)."""
    return Window(add_months(member.r03, -12), member.r03 - ONE_DAY)


def months_to_quarter_end(case: Case) -> Window:
    """The 12 months that end on qe: qe - 12 months < day <= qe (Z25)."""
    return Window(add_months(case.qe, -12) + ONE_DAY, case.qe)


# ----------------------------------------------------------------------------------------------------
# Facts of one person that fields and indicators both stand on
# ----------------------------------------------------------------------------------------------------


def latest(rows: list[Row], column: str, key: str) -> Row | None:
    """The row with the latest date in a column (ties: largest key); blank dates do not take part."""
    dated = [row for row in rows if row[column] is not None]
    return max(dated, key=lambda row: (row[column], row[key])) if dated else None


def plans_active(case: Case, member: Member) -> list[Row]:
    """The child's plans active in the FS window."""
    window = fs_window(case, member)
    return [plan for plan in case.rows_of("cp_plans", member.person_id) if active_in(plan, window)]


def plans_before_fs(case: Case, member: Member) -> list[Row]:
    """The child's plans that ended before R03."""
    plans = case.rows_of("cp_plans", member.person_id)
    return [plan for plan in plans if plan["end_date"] is not None and plan["end_date"] < member.r03]


def care_active(case: Case, member: Member) -> list[Row]:
    """The child's non-UASC periods of care active in the CLA window (Z10)."""
    window = cla_window(case, member)
    periods = case.rows_of("care_periods", member.person_id)
    return [period for period in periods if not period["uasc"] and active_in(period, window)]


def care_open(case: Case, member: Member) -> list[Row]:
    """The periods behind I23: active in the CLA window and still open at the quarter end."""
    return [period for period in care_active(case, member) if period["end_date"] is None]


def care_closed(case: Case, member: Member) -> list[Row]:
    """The periods behind I24: ended within the CLA window."""
    window = cla_window(case, member)
    return [period for period in care_active(case, member) if window.holds(period["end_date"])]


def crimes(case: Case, member: Member, role: str, window: Window) -> int | None:
    """Crime incidents of a person in a role; blank while a quarter of the window is missing (Z13)."""
    if not case.has_all("police_incidents", window.quarters()):
        return None
    rows = case.dated_rows_of("police_incidents", member.person_id, "incident_date", window)
    return len({row["incident_id"] for row in rows if row["crime"] and row["role"] == role})


def da_incidents(case: Case, person_id: str, window: Window) -> list[tuple[date, str]]:
    """A person's DA incidents in a window, either role, each once, in the order of Z26."""
    rows = case.dated_rows_of("police_incidents", person_id, "incident_date", window)
    return sorted({(row["incident_date"], row["incident_id"]) for row in rows if row["domestic_abuse"]})


def is_repeat(case: Case, person_id: str, incident: tuple[date, str]) -> bool:
    """Whether an earlier DA incident of the person is dated on or after its date - 12 months (Z26)."""
    window = Window(add_months(incident[0], -12), incident[0])
    return any(earlier < incident for earlier in da_incidents(case, person_id, window))


def high_risk(case: Case, person_id: str) -> bool | None:
    """I66a: 4 DA incidents or a MARAC referral in the 12 months; true as soon as data show it (Z25)."""
    window = months_to_quarter_end(case)
    if len({incident_id for _, incident_id in da_incidents(case, person_id, window)}) >= 4:
        return True
    if case.dated_rows_of("marac_referrals", person_id, "referral_date", window):
        return True
    quarters = window.quarters()
    if case.has_all("police_incidents", quarters) and case.has_all("marac_referrals", quarters):
        return False
    return None


def attendance_rows(case: Case, person_id: str) -> list[Row]:
    """The quarter's attendance rows of a child aged 5 to 15 on the 31 August by date_from (Z18)."""
    person = case.person(person_id)
    if person["upn"] is None:
        return []
    found = []
    for row in case.rows("attendance"):
        if row["upn"] == person["upn"]:
            year = row["date_from"].year
            if row["date_from"] < date(year, 8, 31):
                year -= 1
            age = completed_years(person["date_of_birth"], date(year, 8, 31))
            # reading: an unknown birth date is out of age; rows are taken or left one by one.
            if age is not None and 5 <= age <= 15:
                found.append(row)
    return found


def sessions(case: Case, person_id: str, column: str) -> int | None:
    """A sum over the quarter's attendance rows that count; blank without any."""
    rows = attendance_rows(case, person_id)
    return sum(row[column] for row in rows) if rows else None


def closed_in_quarter(case: Case, person_id: str) -> list[Row]:
    """The person's treatments closed in the quarter."""
    # reading: the closure date alone decides; a closed row that never had a treatment start counts.
    rows = case.rows_of("substance_treatments", person_id)
    return [row for row in rows if case.quarter.holds(row["closure_date"])]


def assessed_in_quarter(case: Case, person_id: str) -> list[Row]:
    """The person's brief assessments in the quarter."""
    rows = case.rows_of("substance_treatments", person_id)
    return [row for row in rows if case.quarter.holds(row["assessment_date"])]


def re_presented(case: Case, treatment: Row) -> bool:
    """Whether another treatment or assessment came after the closure and within 6 months (Z21)."""
    # reading: the day closure + 6 months itself is within; "another" is another row of the extract.
    after = Window(treatment["closure_date"] + ONE_DAY, add_months(treatment["closure_date"], 6))
    return any(
        other["treatment_id"] != treatment["treatment_id"]
        and (after.holds(other["start_date"]) or after.holds(other["assessment_date"]))
        for other in case.rows_of("substance_treatments", treatment["person_id"])
    )


@dataclass(frozen=True)
class Scored:
    """The forms that give the initial, latest and end scores; None where there is no such form."""

    initial: Row | None = None
    latest: Row | None = None
    end: Row | None = None

    def score(self, which: str, column: str) -> float | None:
        """A score of the initial, latest or end form; blank without the form or without that score on it."""
        form: Row | None = getattr(self, which)
        return None if form is None else form[column]


@dataclass(frozen=True)
class ScoreSource:
    """Where scores of a kind stand: extract, its episode, date and key columns, its first and last stage."""

    extract: str
    episode: str
    day: str
    key: str
    first_stage: str
    end_stage: str


TOP = ScoreSource("top_forms", "treatment_id", "form_date", "form_id", "start", "exit")
MENTAL_HEALTH = ScoreSource("mental_health_scores", "episode_id", "score_date", "score_id", "initial", "end")
LSIR = ScoreSource("lsir_assessments", "episode_id", "assessment_date", "assessment_id", "initial", "end")


def scored(case: Case, member: Member, source: ScoreSource) -> Scored:
    """The forms of Z23 for one row of the roster (R03 is that of the row's family)."""
    forms = sorted(case.rows_of(source.extract, member.person_id), key=lambda row: (row[source.day], row[source.key]))
    episodes = {form[source.episode] for form in forms if form[source.day] >= member.r03}
    candidates = [form for form in forms if form[source.episode] in episodes]
    if not candidates:
        return Scored()
    own = [form for form in candidates if form[source.episode] == candidates[-1][source.episode]]
    firsts = [form for form in own if form["stage"] == source.first_stage]
    initial = firsts[0] if firsts else own[0]
    others = [form for form in own if form is not initial]
    ends = [form for form in others if form["stage"] == source.end_stage]
    # reading: "latest" is the last other form even where that one is dated before the initial form.
    return Scored(initial, others[-1] if others else None, ends[-1] if ends else None)


TOP_DOMAINS = ("substance_use", "psychological_health", "physical_health", "employment", "quality_of_life")
LOWER_IS_BETTER = {"substance_use", "phq9", "gad7", "score"}
"""reading: the other four TOP domains are better when higher (no extract column says so)."""


def change(forms: Scored, column: str) -> float | None:
    """latest - initial; blank unless both scores are there (Z24)."""
    initial, last = forms.score("initial", column), forms.score("latest", column)
    return None if initial is None or last is None else last - initial


def is_improved(forms: Scored, column: str) -> bool:
    """A change for the better; equal or blank is not (Z24)."""
    moved = change(forms, column)
    return moved is not None and (moved < 0 if column in LOWER_IS_BETTER else moved > 0)


def is_declined(forms: Scored, column: str) -> bool:
    """A change for the worse; equal or blank is not (Z24)."""
    moved = change(forms, column)
    return moved is not None and (moved > 0 if column in LOWER_IS_BETTER else moved < 0)


# ----------------------------------------------------------------------------------------------------
# Fields: the person level
# ----------------------------------------------------------------------------------------------------


def person_fields(case: Case, member: Member) -> Row:
    """One row of the person level, in the order of fields.csv; blank where a field is not for this person."""
    is_child = member.role == "child"
    row = identity_fields(case, member)
    row |= plan_and_care_keys(case, member) if is_child else dict.fromkeys(PLAN_AND_CARE_KEYS)
    row |= crime_fields(case, member)
    row |= child_count_fields(case, member) if is_child else dict.fromkeys(CHILD_COUNTS)
    row |= dict.fromkeys(TREATMENT_FIELDS) if is_child else treatment_fields(case, member)
    row |= dict.fromkeys(TOP_FIELDS) if is_child else top_fields(case, member)
    row |= dict.fromkeys(DA_PROGRAMME_FIELDS) if is_child else da_programme_fields(case, member)
    row["da_high_risk"] = high_risk(case, member.person_id)
    row |= dict.fromkeys(OTHER_SCORE_FIELDS) if is_child else other_score_fields(case, member)
    return row


def identity_fields(case: Case, member: Member) -> Row:
    """R01 to R09 and D01 to D07."""
    person = case.person(member.person_id)
    referral = member.child.referral if member.child else None
    previous = None
    if referral is not None:
        referrals = case.rows_of("referrals", member.person_id)
        previous = sum(1 for other in referrals if other["start_date"] < referral["start_date"])
    return {
        "quarter": case.qs,
        "family_key": member.family_id,
        "referral_key": referral["referral_id"] if referral else None,
        "person_id": member.person_id,
        "sex": person["sex"],
        "age": completed_years(person["date_of_birth"], member.r03),  # Z04
        "ethnicity": person["ethnicity"],
        "relationship_type": relationship(case, member),
        "fs_start_date": member.r03,
        "latest_fs_team": member.team,
        "fs_end_date": member.r04,
        "cohort": member.cohort,
        "referral_start_date": referral["start_date"] if referral else None,
        "category_of_need": referral["category_of_need"] if referral else None,
        "referral_end_date": referral["end_date"] if referral else None,
        "previous_referrals": previous,
    }


def relationship(case: Case, member: Member) -> str | None:
    """D07: the adult's relationship in this family; for a child whether the case is active by R04 (Z05)."""
    if member.role == "child":
        return "Active Case" if member.r04 is None else "Closed Case"
    (found,) = [r for r in case.rows_of("family_members", member.person_id) if r["family_id"] == member.family_id]
    relationship_type: str | None = found["relationship_type"]
    return relationship_type


PLAN_AND_CARE_KEYS = (
    "cp_plan_key",
    "cp_plan_start_date",
    "cp_plan_end_date",
    "previous_cp_plan_key",
    "previous_cp_plan_start_date",
    "previous_cp_plan_end_date",
    "cla_key",
    "cla_start_date",
    "cla_end_date",
)


def plan_and_care_keys(case: Case, member: Member) -> Row:
    """R10 to R18."""
    plan = latest(plans_active(case, member), "start_date", "cp_plan_id")
    ended = plans_before_fs(case, member)  # Z11: before R03
    previous = max(ended, key=lambda p: (p["end_date"], p["start_date"], p["cp_plan_id"])) if ended else None
    care = latest(care_active(case, member), "start_date", "care_period_id")
    values = []
    for row, key in ((plan, "cp_plan_id"), (previous, "cp_plan_id"), (care, "care_period_id")):
        values += [None, None, None] if row is None else [row[key], row["start_date"], row["end_date"]]
    return dict(zip(PLAN_AND_CARE_KEYS, values, strict=True))


def crime_fields(case: Case, member: Member) -> Row:
    """I01 to I04, for everyone (Z12, Z13)."""
    before, during = months_before_r03(member), fs_window(case, member)
    return {
        "previous_victim_count": crimes(case, member, "victim", before),
        "previous_offender_count": crimes(case, member, "offender", before),
        "victim_count_in_quarter": crimes(case, member, "victim", during),
        "offender_count_in_quarter": crimes(case, member, "offender", during),
    }


CHILD_COUNTS = (
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "unauthorised_share",
    "authorised_share",
    "days_since_previous_cp_plan",
    "repeat_within_12_months",
    "repeat_within_24_months",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
)


def days(row: Row, until: date) -> int:
    """Plain difference (Z14) from the start to the end, or to a day while it is open."""
    difference: timedelta = (until if row["end_date"] is None else row["end_date"]) - row["start_date"]
    return difference.days


def share(part: int | None, whole: int | None) -> float | None:
    """A ratio; blank when either is blank or the whole is 0."""
    return None if part is None or not whole else part / whole


def child_count_fields(case: Case, member: Member) -> Row:
    """I05 to I08 and I15 to I24 of a child; empty windows give 0 (Z30)."""
    before, during = plans_before_fs(case, member), plans_active(case, member)
    unauthorised = sessions(case, member.person_id, "sessions_unauthorised")
    authorised = sessions(case, member.person_id, "sessions_authorised")
    possible = sessions(case, member.person_id, "sessions_possible")
    keys = plan_and_care_keys(case, member)
    gap = None
    if keys["cp_plan_start_date"] is not None and keys["previous_cp_plan_end_date"] is not None:
        gap = (keys["cp_plan_start_date"] - keys["previous_cp_plan_end_date"]).days
    values = (
        sum(days(plan, case.qe) for plan in before),
        sum(days(plan, case.qe) for plan in during),  # Z15: whole length up to qe
        len(before),
        len(during),  # Z16
        unauthorised,
        authorised,
        possible,
        share(unauthorised, possible),
        share(authorised, possible),
        gap,
        None if gap is None else gap < 365,  # Z19
        None if gap is None else gap < 730,
        sum(days(period, case.qe) for period in care_open(case, member)),
        sum(days(period, case.qe) for period in care_closed(case, member)),
    )
    return dict(zip(CHILD_COUNTS, values, strict=True))


TREATMENT_FIELDS = (
    "treatment_start_date",
    "treatment_closure_date",
    "treatment_closure_reason",
    "re_presented_within_6_months",
    "assessments",
    "assessments_without_engagement",
    "treatments_without_engagement",
)


def treatment_fields(case: Case, member: Member) -> Row:
    """I25 to I31 of an adult, by the quarter and not by the FS window (Z20); blank when not supplied."""
    if not case.has("substance_treatments"):
        return dict.fromkeys(TREATMENT_FIELDS)
    started = [
        row["start_date"]
        for row in case.rows_of("substance_treatments", member.person_id)
        if case.quarter.holds(row["start_date"])
    ]
    closed = closed_in_quarter(case, member.person_id)
    # reading: of several treatments closed on the latest day, the one with the largest treatment_id.
    closing = latest(closed, "closure_date", "treatment_id")
    assessed = assessed_in_quarter(case, member.person_id)
    values = (
        max(started) if started else None,
        closing["closure_date"] if closing else None,
        closing["closure_reason"] if closing else None,
        re_presentation_field(case, closing),
        len(assessed),
        sum(1 for row in assessed if row["assessment_outcome"] == "non_engagement"),
        sum(1 for row in closed if row["closure_reason"] == "dropped_out"),  # Z22
    )
    return dict(zip(TREATMENT_FIELDS, values, strict=True))


def re_presentation_field(case: Case, closing: Row | None) -> bool | None:
    """I28: blank until the 6 months are over, unless already true (Z21)."""
    if closing is None:
        return None
    if re_presented(case, closing):
        return True
    return None if add_months(closing["closure_date"], 6) > case.qe else False


TOP_FIELDS = tuple(f"top_{domain}_{which}" for domain in TOP_DOMAINS for which in ("initial", "latest", "end"))


def top_fields(case: Case, member: Member) -> Row:
    """I32 to I46 of an adult (Z23); all blank when the forms were not supplied."""
    forms = scored(case, member, TOP)
    return {
        f"top_{domain}_{which}": forms.score(which, domain)
        for domain in TOP_DOMAINS
        for which in ("initial", "latest", "end")
    }


DA_PROGRAMME_FIELDS = ("da_programme_start_date", "da_programme_end_date", "da_programme_outcome")


def da_programme_fields(case: Case, member: Member) -> Row:
    """I47 to I49 of an adult (Z20)."""
    programmes = case.rows_of("da_programmes", member.person_id)
    started = [row["start_date"] for row in programmes if case.quarter.holds(row["start_date"])]
    ended = [row for row in programmes if case.quarter.holds(row["end_date"])]
    # reading: of several programmes that ended on the latest day, the one with the largest programme_id.
    ending = latest(ended, "end_date", "programme_id")
    return {
        "da_programme_start_date": max(started) if started else None,
        "da_programme_end_date": ending["end_date"] if ending else None,
        "da_programme_outcome": ending["outcome"] if ending else None,
    }


OTHER_SCORE_FIELDS = tuple(
    f"{scale}_{which}" for scale in ("phq9", "gad7", "lsir") for which in ("initial", "latest", "end")
)


def other_score_fields(case: Case, member: Member) -> Row:
    """X02 to X10 of an adult (Z23)."""
    mental_health, lsir = scored(case, member, MENTAL_HEALTH), scored(case, member, LSIR)
    row: Row = {}
    for scale, forms, column in (
        ("phq9", mental_health, "phq9"),
        ("gad7", mental_health, "gad7"),
        ("lsir", lsir, "score"),
    ):
        for which in ("initial", "latest", "end"):
            row[f"{scale}_{which}"] = forms.score(which, column)
    return row


# ----------------------------------------------------------------------------------------------------
# Fields: the family level
# ----------------------------------------------------------------------------------------------------

FAMILY_ORDER = (
    "quarter",
    "family_key",
    "fs_start_date",
    "latest_fs_team",
    "fs_end_date",
    "cohort",
    "previous_victim_count",
    "previous_offender_count",
    "victim_count_in_quarter",
    "offender_count_in_quarter",
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "cp_plans_in_family",
    "mean_cp_days_in_family",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "unauthorised_share",
    "authorised_share",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
    "assessments",
    "assessments_without_engagement",
    "treatments_without_engagement",
    "people_starting_treatment",
    "people_ending_treatment",
    "people_with_successful_treatment",
    "people_re_presenting",
    "people_assessed",
    "people_assessed_without_engagement",
    "people_improved_substance_use",
    "people_declined_substance_use",
    "people_improved_psychological_health",
    "people_declined_psychological_health",
    "people_improved_physical_health",
    "people_declined_physical_health",
    "people_improved_employment",
    "people_declined_employment",
    "people_improved_quality_of_life",
    "people_declined_quality_of_life",
    "people_starting_da_programme",
    "people_ending_da_programme",
    "people_da_high_risk",
)

FAMILY_SUMS = (
    "previous_victim_count",
    "previous_offender_count",
    "victim_count_in_quarter",
    "offender_count_in_quarter",
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
    "assessments",
    "assessments_without_engagement",
    "treatments_without_engagement",
)


def family_sum(rows: list[Row], column: str) -> int | None:
    """The sum over members; blank only when blank for every member (also I29 of a family without adults)."""
    values = [row[column] for row in rows if row[column] is not None]
    return sum(values) if values else None


def family_fields(case: Case, family_id: str, members: list[Member], rows: list[Row]) -> Row:
    """One row of the family level, over the family's roster rows."""
    first = members[0]
    row: Row = {
        "quarter": case.qs,
        "family_key": family_id,
        "fs_start_date": first.family_r03,
        "latest_fs_team": first.family_team,
        "fs_end_date": first.family_r04,
        "cohort": first.cohort,
    }
    row |= {column: family_sum(rows, column) for column in FAMILY_SUMS}
    row["cp_plans_in_family"] = family_sum(rows, "cp_plans_during_fs")  # Z17
    row["mean_cp_days_in_family"] = share(row["cp_days_during_fs"], row["cp_plans_in_family"])
    row["unauthorised_share"] = share(row["unauthorised_sessions"], row["possible_sessions"])
    row["authorised_share"] = share(row["authorised_sessions"], row["possible_sessions"])
    row |= family_counts(case, members, rows)
    return {column: row[column] for column in FAMILY_ORDER}


def family_counts(case: Case, members: list[Member], rows: list[Row]) -> Row:
    """I50 to I68: people of the family; blank when the extract behind was not supplied, 0 when nobody."""
    # reading: a supplied extract gives 0 even for a family that has no adult on the roster.

    def people(extract: str, test: Callable[[Row], bool]) -> int | None:
        return sum(1 for row in rows if test(row)) if case.has(extract) else None

    treatments, programmes = "substance_treatments", "da_programmes"
    counts: Row = {
        "people_starting_treatment": people(treatments, lambda row: row["treatment_start_date"] is not None),
        "people_ending_treatment": people(treatments, lambda row: row["treatment_closure_date"] is not None),
        "people_with_successful_treatment": people(
            treatments, lambda row: row["treatment_closure_reason"] == "completed"
        ),
        "people_re_presenting": people(treatments, lambda row: row["re_presented_within_6_months"] is True),
        "people_assessed": people(treatments, lambda row: (row["assessments"] or 0) > 0),
        "people_assessed_without_engagement": people(
            treatments, lambda row: (row["assessments_without_engagement"] or 0) > 0
        ),
        "people_starting_da_programme": people(programmes, lambda row: row["da_programme_start_date"] is not None),
        "people_ending_da_programme": people(programmes, lambda row: row["da_programme_end_date"] is not None),
    }
    forms = [scored(case, member, TOP) for member in members if member.role == "adult"]
    for domain in TOP_DOMAINS:
        supplied = case.has("top_forms")
        improved = sum(1 for form in forms if is_improved(form, domain))
        declined = sum(1 for form in forms if is_declined(form, domain))
        counts[f"people_improved_{domain}"] = improved if supplied else None
        counts[f"people_declined_{domain}"] = declined if supplied else None
    # reading: I68 is blank only when I66a is blank for every member; a member known to be true is counted.
    known = [row["da_high_risk"] for row in rows if row["da_high_risk"] is not None]
    counts["people_da_high_risk"] = sum(1 for value in known if value) if known else None
    return counts


# ----------------------------------------------------------------------------------------------------
# Indicators: scopes, statuses, figures
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """A scope drawn from the roster: its name and its roster rows."""

    name: str
    members: list[Member]

    def once(self, role: str | None = None) -> list[Member]:
        """Everyone of the scope (or its children, or its adults) once: with the family of the earliest R03.

        reading: the choice is made among the rows of the scope, so that an adult of two families counts in
        each of their cohorts and teams. Whoever is a child of one family and an adult of another counts as a
        child among the children, as an adult among the adults, and once, by the same rule, among everyone.
        """
        rows = [member for member in self.members if role is None or member.role == role]
        chosen: dict[str, Member] = {}
        for member in sorted(rows, key=lambda m: (m.family_r03 or m.r03, m.family_id or "")):
            chosen.setdefault(member.person_id, member)
        return [chosen[person_id] for person_id in sorted(chosen)]

    def children(self) -> list[Member]:
        """The children of the scope."""
        return self.once("child")

    def adults(self) -> list[Member]:
        """The adults of the scope, each once."""
        return self.once("adult")


def scopes_of(members: list[Member]) -> list[Scope]:
    """`fs`, then each cohort and each team that is present on the roster."""
    # reading: "present families only" = a cohort without a family on the roster has no rows; likewise teams.
    found = [Scope("fs", members)]
    for cohort in sorted({member.cohort for member in members if member.cohort is not None}):
        found.append(Scope(f"cohort:{cohort}", [member for member in members if member.cohort == cohort]))
    for team in sorted({member.team for member in members}):
        found.append(Scope(f"team:{team}", [member for member in members if member.team == team]))
    return found


@dataclass(frozen=True)
class Figure:
    """One row of indicator_values, without its quarter and period."""

    indicator: int
    measure: str
    unit: str
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    group: str = "all"
    scope: str = "authority"
    status: str = "final"


def count(indicator: int, measure: str, unit: str, value: float | None, group: str = "all") -> Figure:
    """A count or a sum; over nothing it is 0."""
    # reading: counts and sums have neither numerator nor denominator.
    return Figure(indicator, measure, unit, None if value is None else float(value), group=group)


def mean(indicator: int, measure: str, unit: str, total: float, number: int, group: str = "all") -> Figure:
    """A mean: total over number; over nothing the value is blank (numerator and denominator 0)."""
    value = total / number if number else None
    return Figure(indicator, measure, unit, value, float(total), float(number), group)


def percentage(indicator: int, measure: str, part: int, whole: int, group: str = "all") -> Figure:
    """A share in %; over nothing the value is blank (numerator and denominator 0)."""
    value = 100 * part / whole if whole else None
    return Figure(indicator, measure, "%", value, float(part), float(whole), group)


def with_status(case: Case, figures: list[Figure], *extracts: str, earlier: Iterable[date] = ()) -> list[Figure]:
    """The same figures with their status, and blank where an extract of this quarter is missing.

    reading: where a figure stands on several extracts, one of them missing is enough for `not_supplied`;
    `partial` looks at the same extracts in the earlier quarters that the figure's window can touch, whether
    or not anyone's data would lie there, and the value then stands on what was supplied.
    """
    if not all(case.has(extract) for extract in extracts):
        return [
            replace(figure, value=None, numerator=None, denominator=None, status="not_supplied") for figure in figures
        ]
    if not all(case.has_all(extract, earlier) for extract in extracts):
        return [replace(figure, status="partial") for figure in figures]
    return figures


def indicator_values(case: Case, members: list[Member], person_level: list[Row]) -> list[Row]:
    """Every figure of the period `quarter`."""
    fields = {(row["family_key"], row["person_id"]): row for row in person_level}
    figures = authority_figures(case)
    for scope in scopes_of(members):
        found = scope_figures(case, scope, fields)
        if scope.name == "fs":
            found += indicators_8_and_9(case)
        figures += [replace(figure, scope=scope.name) for figure in found]
    rows = [
        {
            "quarter": case.qs,
            "indicator": figure.indicator,
            "measure": figure.measure,
            "scope": figure.scope,
            "group": figure.group,
            "period": "quarter",
            "value": figure.value,
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "unit": figure.unit,
            "status": figure.status,
        }
        for figure in figures
    ]
    return sorted(rows, key=lambda row: (row["indicator"], row["measure"], row["scope"], row["group"]))


Fields = dict[tuple[str | None, str], Row]


def authority_figures(case: Case) -> list[Figure]:
    """The figures of scope `authority`: those marked A, and those that are given for it alone."""
    # reading: an A at the end of a cell marks every measure that the cell names.
    return (
        authority_plans(case)
        + proceedings(case, case.rows("care_proceedings"))
        + authority_looked_after(case)
        + indicator_14(case)
        + indicator_16(case)
    )


def scope_figures(case: Case, scope: Scope, fields: Fields) -> list[Figure]:
    """The figures of `fs`, of a cohort or of a team."""
    children = {member.person_id for member in scope.children()}
    # reading: the scope's rows of a case are those of the children on the roster.
    rows = [row for row in case.rows("care_proceedings") if row["person_id"] in children]
    return (
        indicators_1_to_3(case, scope)
        + proceedings(case, rows)
        + looked_after(case, children)
        + indicator_6(case, scope)
        + indicator_7(case, scope)
        + indicator_10(case, scope, fields)
        + indicator_11(case, scope, fields)
        + indicators_12_and_13(case, scope)
        + indicator_15(case, scope)
        + indicator_17(case, scope, fields)
        + indicator_18(case, scope)
        + indicator_19(case, scope, fields)
        + indicator_20(case, scope)
    )


# ----------------------------------------------------------------------------------------------------
# Indicators 1 to 3: child protection plans
# ----------------------------------------------------------------------------------------------------


def plan_lengths(case: Case, plans: list[Row]) -> list[Figure]:
    """Indicator 2: mean days of the plans ended by qe, and of the others up to qe."""
    closed = [plan for plan in plans if plan["end_date"] is not None]
    still_open = [plan for plan in plans if plan["end_date"] is None]
    return [
        mean(2, "cp_mean_days_closed", "days", sum(days(plan, case.qe) for plan in closed), len(closed)),
        mean(2, "cp_mean_days_open", "days", sum(days(plan, case.qe) for plan in still_open), len(still_open)),
    ]


def is_repeat_plan(case: Case, plan: Row, limit: int) -> bool:
    """Whether an earlier plan of the child ended less than `limit` days before this start (Z11, Z19)."""
    return any(
        (earlier["start_date"], earlier["cp_plan_id"]) < (plan["start_date"], plan["cp_plan_id"])
        and earlier["end_date"] is not None
        and earlier["end_date"] <= plan["start_date"]
        and (plan["start_date"] - earlier["end_date"]).days < limit
        for earlier in case.rows_of("cp_plans", plan["person_id"])
    )


def new_plans(case: Case, plans: list[Row]) -> list[Figure]:
    """Indicator 3: new plans, and the share of them that are repeats within 12 and 24 months."""
    within_12 = sum(1 for plan in plans if is_repeat_plan(case, plan, 365))
    within_24 = sum(1 for plan in plans if is_repeat_plan(case, plan, 730))
    return [
        count(3, "cp_new_plans", "plans", len(plans)),
        percentage(3, "cp_repeat_12_months", within_12, len(plans)),
        percentage(3, "cp_repeat_24_months", within_24, len(plans)),
    ]


def authority_plans(case: Case) -> list[Figure]:
    """Indicators 1 to 3 of the whole authority: the quarter as window, CWD children left out (Z28)."""
    left_out = set()
    if case.programme["programme"].get("exclude_cwd_children", True):
        left_out = {person["person_id"] for person in case.rows("people") if person["open_to_cwd"]}
    plans = [plan for plan in case.rows("cp_plans") if plan["person_id"] not in left_out]
    active = [plan for plan in plans if active_in(plan, case.quarter)]
    started = [plan for plan in plans if case.quarter.holds(plan["start_date"])]
    return [
        count(1, "cp_plans_active", "plans", len(active)),
        count(1, "cp_plans_at_start", "plans", sum(1 for plan in plans if as_at(plan, case.qs))),
        count(1, "cp_plans_at_end", "plans", sum(1 for plan in plans if as_at(plan, case.qe))),
        count(1, "cp_children", "children", len({plan["person_id"] for plan in active})),
        *plan_lengths(case, active),
        *new_plans(case, started),
    ]


def indicators_1_to_3(case: Case, scope: Scope) -> list[Figure]:
    """Indicators 1 to 3 of a roster scope: each child's FS window."""
    active: list[Row] = []
    started: list[Row] = []
    from_start = since_start = 0
    for member in scope.children():
        own = plans_active(case, member)
        active += own
        from_start += sum(1 for plan in own if plan["start_date"] <= member.r03)
        since_start += sum(1 for plan in own if plan["start_date"] > member.r03)
        window = fs_window(case, member)
        started += [p for p in case.rows_of("cp_plans", member.person_id) if window.holds(p["start_date"])]
    return [
        count(1, "cp_plans_active", "plans", len(active)),
        count(1, "cp_children", "children", len({plan["person_id"] for plan in active})),
        count(1, "cp_plans_from_fs_start", "plans", from_start),
        count(1, "cp_plans_since_fs_start", "plans", since_start),
        *plan_lengths(case, active),
        *new_plans(case, started),
    ]


# ----------------------------------------------------------------------------------------------------
# Indicators 4 to 6: care proceedings, children looked after
# ----------------------------------------------------------------------------------------------------


def proceedings(case: Case, rows: list[Row]) -> list[Figure]:
    """Indicator 4: cases of the scope's rows, concluded once every row is (Z31)."""
    issued: list[date] = []
    concluded: list[tuple[date, date]] = []
    still_open = 0
    for proceedings_id in sorted({row["proceedings_id"] for row in rows}):
        own = [row for row in rows if row["proceedings_id"] == proceedings_id]
        issue = min(row["issued_date"] for row in own)
        ends = [row["concluded_date"] for row in own]
        if case.quarter.holds(issue):
            issued.append(issue)
        if None in ends:
            still_open += 1
        elif case.quarter.holds(max(ends)):
            concluded.append((issue, max(ends)))
    # reading: the numerator of the mean is in weeks.
    weeks = sum((end - issue).days for issue, end in concluded) / 7
    figures = [
        count(4, "proceedings_issued", "cases", len(issued)),
        count(4, "proceedings_concluded", "cases", len(concluded)),
        count(4, "proceedings_open_at_end", "cases", still_open),
        mean(4, "proceedings_mean_weeks", "weeks", weeks, len(concluded)),
    ]
    return with_status(case, figures, "care_proceedings")


def looked_after(case: Case, children: set[str]) -> list[Figure]:
    """Indicator 5: children with a non-UASC period of care as at qs and as at qe (Z10, Z27)."""
    periods = [row for row in case.rows("care_periods") if not row["uasc"] and row["person_id"] in children]
    at_start = {period["person_id"] for period in periods if as_at(period, case.qs)}
    at_end = {period["person_id"] for period in periods if as_at(period, case.qe)}
    return [
        count(5, "cla_at_start", "children", len(at_start)),
        count(5, "cla_at_end", "children", len(at_end)),
    ]


def authority_looked_after(case: Case) -> list[Figure]:
    """Indicator 5 of the whole authority; children open to CWD stay in (Z28 is for indicators 1 to 3)."""
    return looked_after(case, {row["person_id"] for row in case.rows("care_periods")})


def indicator_6(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 6: mean length of the periods of care behind I24 and I23."""
    closed = [period for member in scope.children() for period in care_closed(case, member)]
    still_open = [period for member in scope.children() for period in care_open(case, member)]
    return [
        mean(6, "cla_mean_days_closed", "days", sum(days(p, case.qe) for p in closed), len(closed)),
        mean(6, "cla_mean_days_open", "days", sum(days(p, case.qe) for p in still_open), len(still_open)),
    ]


# ----------------------------------------------------------------------------------------------------
# Indicators 7 to 9: attendance, hospital
# ----------------------------------------------------------------------------------------------------


def indicator_7(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 7: absence sessions over possible sessions, of the scope's children."""
    rows = [row for member in scope.children() for row in attendance_rows(case, member.person_id)]
    possible = sum(row["sessions_possible"] for row in rows)
    unauthorised = sum(row["sessions_unauthorised"] for row in rows)
    authorised = sum(row["sessions_authorised"] for row in rows)
    figures = [
        percentage(7, "unauthorised_absence", unauthorised, possible),
        percentage(7, "authorised_absence", authorised, possible),
    ]
    return with_status(case, figures, "attendance")


def indicators_8_and_9(case: Case) -> list[Figure]:
    """Indicators 8 and 9: the supplier's percentage, or people with an event over people in the cohort."""
    figures = []
    for indicator, measure in ((8, "ae_attendance"), (9, "emergency_admission")):
        for group in ("children", "adults"):
            rows = case.rows("health_activity")
            own = [row for row in rows if row["measure"] == measure and row["age_group"] == group]
            figures.append(hospital_figure(indicator, group, own[0] if own else None))
    return with_status(case, figures, "health_activity")


def hospital_figure(indicator: int, group: str, row: Row | None) -> Figure:
    """One figure of the aggregate return."""
    if row is None:
        # reading: a return without this row leaves the value blank, and the figure final.
        return Figure(indicator, "people_with_event", "%", group=group)
    events, people = row["people_with_event"], row["people_in_cohort"]
    value = row["percentage"]
    if value is None and events is not None and people:
        value = 100 * events / people
    # reading: a percentage as supplied has a blank numerator, and the people in the cohort as denominator.
    return Figure(
        indicator,
        "people_with_event",
        "%",
        None if value is None else float(value),
        None if events is None else float(events),
        float(people),
        group,
    )


# ----------------------------------------------------------------------------------------------------
# Indicators 10 to 13: substance misuse
# ----------------------------------------------------------------------------------------------------


def indicator_10(case: Case, scope: Scope, fields: Fields) -> list[Figure]:
    """Indicator 10: completed treatments, and those of 6 months ago without re-presentation (Z21, Z22)."""
    adults = scope.adults()
    completed = sum(
        1 for member in adults if fields[member.family_id, member.person_id]["treatment_closure_reason"] == "completed"
    )
    followed = without = without_or_improved = 0
    for member in adults:
        # reading: improved = the person's I33 against I32 of this quarter, whichever treatment gives them.
        improved = is_improved(scored(case, member, TOP), "substance_use")
        for treatment in case.rows_of("substance_treatments", member.person_id):
            if treatment["closure_date"] is None or treatment["closure_reason"] != "completed":
                continue
            if not case.quarter.holds(add_months(treatment["closure_date"], 6)):
                continue
            followed += 1
            without += 0 if re_presented(case, treatment) else 1
            without_or_improved += 1 if improved or not re_presented(case, treatment) else 0
    figures = [
        count(10, "treatments_completed", "people", completed),
        percentage(10, "no_re_presentation_6_months", without, followed),
    ]
    either = [percentage(10, "no_re_presentation_or_improved", without_or_improved, followed)]
    # reading: the last measure needs both extracts, so that one of them missing leaves it blank.
    return with_status(case, figures, "substance_treatments") + with_status(
        case, either, "substance_treatments", "top_forms"
    )


def indicator_11(case: Case, scope: Scope, fields: Fields) -> list[Figure]:
    """Indicator 11: assessments, and drop-out before and after engagement."""
    own = [fields[member.family_id, member.person_id] for member in scope.adults()]
    assessments = sum(row["assessments"] or 0 for row in own)
    before = sum(row["assessments_without_engagement"] or 0 for row in own)
    after = sum(row["treatments_without_engagement"] or 0 for row in own)
    closed = sum(len(closed_in_quarter(case, member.person_id)) for member in scope.adults())
    figures = [
        count(11, "assessments", "count", assessments),
        percentage(11, "drop_out_before_engagement", before, assessments),
        percentage(11, "drop_out_after_engagement", after, closed),
    ]
    return with_status(case, figures, "substance_treatments")


def score_figures(indicator: int, forms: list[Scored], column: str, group: str) -> list[Figure]:
    """People improved, declined and unchanged among those with both scores, and their mean change (Z24)."""
    both = [form for form in forms if change(form, column) is not None]
    improved = sum(1 for form in both if is_improved(form, column))
    declined = sum(1 for form in both if is_declined(form, column))
    total = sum(change(form, column) or 0 for form in both)
    return [
        count(indicator, "improved", "people", improved, group),
        count(indicator, "declined", "people", declined, group),
        count(indicator, "unchanged", "people", len(both) - improved - declined, group),
        mean(indicator, "mean_change", "score", total, len(both), group),
    ]


def indicators_12_and_13(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 12 (substance use) and 13 (the other domains) of the Treatment Outcomes Profile."""
    # reading: the group is the domain's column name in top_forms, for indicator 12 too.
    forms = [scored(case, member, TOP) for member in scope.adults()]
    figures = []
    for domain in TOP_DOMAINS:
        figures += score_figures(12 if domain == "substance_use" else 13, forms, domain, domain)
    return with_status(case, figures, "top_forms")


# ----------------------------------------------------------------------------------------------------
# Indicators 14 to 16: workforce, mental health, expert reports
# ----------------------------------------------------------------------------------------------------

DISCIPLINES = ("social_work", "substance_misuse", "mental_health", "domestic_abuse")
MODES = ("assessment", "individual", "group")


def indicator_14(case: Case) -> list[Figure]:
    """Indicator 14: cases and hours per distinct worker, people waiting; the whole authority alone."""
    # reading: every discipline and mode of the code sets has its row, present or not.
    caseloads: list[Figure] = []
    for discipline in DISCIPLINES:
        for mode in MODES:
            group = f"{discipline}/{mode}"
            rows = [r for r in case.rows("caseloads") if r["discipline"] == discipline and r["mode"] == mode]
            # reading: a worker with blank hours is left out of hours_per_worker, above and below the line.
            timed = [row for row in rows if row["hours"] is not None]
            cases, hours = sum(row["cases"] for row in rows), sum(row["hours"] for row in timed)
            workers = {row["worker_id"] for row in rows}
            caseloads.append(mean(14, "cases_per_worker", "count", cases, len(workers), group))
            timed_workers = {row["worker_id"] for row in timed}
            caseloads.append(mean(14, "hours_per_worker", "hours", hours, len(timed_workers), group))
    waiting = [
        count(
            14,
            "people_waiting",
            "people",
            sum(row["people_waiting"] for row in case.rows("waiting_lists") if row["discipline"] == discipline),
            discipline,
        )
        for discipline in DISCIPLINES
    ]
    return with_status(case, caseloads, "caseloads") + with_status(case, waiting, "waiting_lists")


RELIABLE_FALL = {"phq9": 6, "gad7": 4}
CUT_OFF = {"phq9": 10, "gad7": 8}


def indicator_15(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 15: depression and anxiety scores; reliable improvement and recovery."""
    forms = [scored(case, member, MENTAL_HEALTH) for member in scope.adults()]
    figures = []
    for scale in ("phq9", "gad7"):
        figures += score_figures(15, forms, scale, scale)
        reliably = recovered = 0
        for form in forms:
            initial, last = form.score("initial", scale), form.score("latest", scale)
            if initial is not None and last is not None:
                reliably += 1 if initial - last >= RELIABLE_FALL[scale] else 0
                recovered += 1 if initial >= CUT_OFF[scale] > last else 0
        figures.append(count(15, "reliably_improved", "people", reliably, scale))
        figures.append(count(15, "recovered", "people", recovered, scale))
    return with_status(case, figures, "mental_health_scores")


def indicator_16(case: Case) -> list[Figure]:
    """Indicator 16: expert reports accepted, and the net saving (Z29); the whole authority alone."""
    reports = case.rows("expert_reports")
    accepted = sum(1 for report in reports if report["accepted"])
    # reading: the internal hours are those of all reports, accepted or not; blank hours add nothing.
    hours = sum(report["internal_hours"] or 0.0 for report in reports)
    costs = case.programme["costs"]
    saving = accepted * costs["external_expert_report"] - hours * costs["internal_hour"]
    figures = [count(16, "reports_accepted", "reports", accepted), count(16, "net_saving", "GBP", saving)]
    return with_status(case, figures, "expert_reports")


# ----------------------------------------------------------------------------------------------------
# Indicators 17 to 20: domestic abuse
# ----------------------------------------------------------------------------------------------------


def indicator_17(case: Case, scope: Scope, fields: Fields) -> list[Figure]:
    """Indicator 17: DA incidents of adults in W and the repeats among them (Z26); sums of I03 and I04."""
    incidents = repeats = 0
    for member in scope.adults():
        for incident in da_incidents(case, member.person_id, fs_window(case, member)):
            incidents += 1
            repeats += 1 if is_repeat(case, member.person_id, incident) else 0
    # reading: I03 and I04 are summed over everyone of the scope, children too.
    everyone = [fields[member.family_id, member.person_id] for member in scope.once()]
    victims = sum(row["victim_count_in_quarter"] or 0 for row in everyone)
    offenders = sum(row["offender_count_in_quarter"] or 0 for row in everyone)
    own = [
        count(17, "da_incidents", "incidents", incidents),
        count(17, "victim_count", "incidents", victims),
        count(17, "offender_count", "incidents", offenders),
    ]
    looking_back = [count(17, "da_repeat_incidents", "incidents", repeats)]
    # reading: repeats of the quarter look back to qs - 12 months, so at the four quarters before.
    earlier = Window(add_months(case.qs, -12), case.qs - ONE_DAY).quarters()
    return with_status(case, own, "police_incidents") + with_status(
        case, looking_back, "police_incidents", earlier=earlier
    )


def indicator_18(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 18: DA programmes ended in the quarter, completed among them, by participant."""
    adults = {member.person_id for member in scope.adults()}
    figures = []
    for participant in ("victim", "perpetrator"):
        ended = [
            row
            for row in case.rows("da_programmes")
            if row["person_id"] in adults and row["participant"] == participant and case.quarter.holds(row["end_date"])
        ]
        completed = sum(1 for row in ended if row["outcome"] == "completed")
        figures += [
            count(18, "programmes_ended", "count", len(ended), participant),
            count(18, "programmes_completed", "count", completed, participant),
            percentage(18, "completion_rate", completed, len(ended), participant),
        ]
    return with_status(case, figures, "da_programmes")


def indicator_19(case: Case, scope: Scope, fields: Fields) -> list[Figure]:
    """Indicator 19: people with I66a true."""
    # reading: everyone of the scope, children too (I66a is for all).
    everyone = [fields[member.family_id, member.person_id] for member in scope.once()]
    figures = [count(19, "people_high_risk", "people", sum(1 for row in everyone if row["da_high_risk"]))]
    earlier = [quarter for quarter in months_to_quarter_end(case).quarters() if quarter != case.qs]
    return with_status(case, figures, "police_incidents", "marac_referrals", earlier=earlier)


def indicator_20(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 20: LSI-R scores."""
    forms = [scored(case, member, LSIR) for member in scope.adults()]
    return with_status(case, score_figures(20, forms, "score", "all"), "lsir_assessments")
