"""Small random worlds for the oracle: a dozen families, crammed with the edges that definitions.md draws.

A world is one consistent history, drawn once and then delivered quarter by quarter: snapshots as pulled at
each quarter end (some pulled late, so that they hold later rows and ends), quarter extracts cut by date.
Every row keeps the rules of interfaces.md, so that no row would be rejected and no file refused.

What does not belong here: dirty rows, realistic volumes or distributions, anything about what the answers
should be.
"""

from __future__ import annotations

import calendar
import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
World = dict[date, dict[str, list[Row] | None]]
Programme = dict[str, Any]

COLUMNS: dict[str, tuple[str, ...]] = {
    extract: tuple(columns.split())
    for extract, columns in {
        "people": "person_id sex date_of_birth ethnicity upn open_to_cwd",
        "family_members": "family_id person_id role relationship_type",
        "referrals": "referral_id person_id start_date end_date category_of_need",
        "allocations": ("allocation_id person_id referral_id worker_id team family_safeguarding start_date end_date"),
        "adult_involvements": ("involvement_id person_id family_id discipline status worker_id start_date end_date"),
        "cp_plans": "cp_plan_id person_id start_date end_date category",
        "care_periods": "care_period_id person_id start_date end_date uasc",
        "care_proceedings": "proceedings_id person_id issued_date concluded_date outcome",
        "attendance": ("upn school_urn date_from date_to sessions_possible sessions_authorised sessions_unauthorised"),
        "absence_reasons": "upn school_urn date_from code sessions",
        "health_activity": "measure age_group people_in_cohort people_with_event percentage",
        "substance_treatments": (
            "treatment_id person_id assessment_date assessment_outcome start_date closure_date closure_reason"
        ),
        "top_forms": (
            "form_id treatment_id person_id form_date stage substance_use psychological_health "
            "physical_health employment quality_of_life"
        ),
        "mental_health_scores": "score_id episode_id person_id score_date stage phq9 gad7",
        "police_incidents": "incident_id person_id incident_date role crime domestic_abuse",
        "marac_referrals": "marac_id person_id referral_date",
        "da_programmes": "programme_id person_id participant start_date end_date outcome",
        "lsir_assessments": "assessment_id episode_id person_id assessment_date stage score",
        "caseloads": "worker_id team discipline mode cases hours",
        "waiting_lists": "team discipline people_waiting",
        "expert_reports": "report_id family_id report_date accepted internal_hours",
    }.items()
}
"""Extract -> its columns, in the order of the contract."""

QUARTER_EXTRACTS = (
    "attendance",
    "absence_reasons",
    "health_activity",
    "police_incidents",
    "marac_referrals",
    "caseloads",
    "waiting_lists",
    "expert_reports",
)
OPTIONAL_SNAPSHOTS = (
    "care_proceedings",
    "substance_treatments",
    "top_forms",
    "mental_health_scores",
    "da_programmes",
    "lsir_assessments",
)
STARTS = {
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
ENDS: dict[str, tuple[str, ...]] = {
    "referrals": ("end_date",),
    "allocations": ("end_date",),
    "adult_involvements": ("end_date",),
    "cp_plans": ("end_date",),
    "care_periods": ("end_date",),
    "care_proceedings": ("concluded_date", "outcome"),
    "da_programmes": ("end_date", "outcome"),
}

START = date(2017, 10, 1)
QUARTERS = tuple(date(2016 + month // 12, month % 12 + 1, 1) for month in range(9, 42, 3))
"""2016-10-01 to 2019-04-01: four baseline quarters, then seven of the programme."""

FS_TEAMS = ("FS North", "FS South", "FS East")
DUTY_TEAMS = ("Duty", "Assessment")
DISCIPLINES = ("social_work", "substance_misuse", "mental_health", "domestic_abuse")
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"

TOOLKIT_COHORTS = {
    "1": [date(2017, 10, 1), date(2017, 12, 31)],
    "2": [date(2018, 1, 1), date(2018, 3, 31)],
    "3": [date(2018, 10, 1), date(2018, 12, 31)],
    "4": [date(2019, 1, 1), date(2019, 3, 31)],
    "5": [date(2019, 10, 1), date(2019, 12, 31)],
    "6": [date(2020, 1, 1), date(2020, 3, 31)],
}
ODD_COHORTS = {
    "2": [date(2018, 2, 11), date(2018, 8, 31)],
    "10": [date(2017, 10, 15), date(2018, 2, 10)],
}


def add_days(day: date, number: int) -> date:
    """A day so many days later."""
    return day + timedelta(days=number)


def shift_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(quarter: date) -> date:
    """The last day of the quarter that begins on a day."""
    return add_days(shift_months(quarter, 3), -1)


def upn_with_check_letter(digits: str) -> str:
    """A Unique Pupil Number from its 12 last characters: weights 2 to 13, sum mod 23."""
    total = sum(weight * int(digit) for weight, digit in zip(range(2, 14), digits, strict=True))
    return UPN_LETTERS[total % 23] + digits


def random_world(seed: int, *, quarters: Sequence[date] = QUARTERS, oddities: bool = True) -> tuple[World, Programme]:
    """A world and its programme.

    Quarters before 2017-10-01 are baseline quarters, with quarter extracts only. `oddities` are what the
    definitions barely speak of: children with a referral and no family, people who are a child of one family
    and an adult of another, adults with a referral of their own, allocations that come before their referral.
    """
    history = History(random.Random(seed), tuple(sorted(quarters)), oddities)
    history.live()
    return history.deliver(), history.programme()


@dataclass
class Family:
    """A family of the history, with the dates that edges are hung on."""

    family_id: str
    base: date
    children: list[str] = field(default_factory=list)
    adults: list[str] = field(default_factory=list)
    starts: list[date] = field(default_factory=list)
    ends: list[date] = field(default_factory=list)


@dataclass
class History:
    """Everything that ever happens, in `rows` by extract, with its true dates."""

    rng: random.Random
    quarters: tuple[date, ...]
    oddities: bool
    rows: dict[str, list[Row]] = field(default_factory=lambda: {extract: [] for extract in COLUMNS})
    families: list[Family] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    joins: dict[tuple[str, str], date] = field(default_factory=dict)
    special: list[date] = field(default_factory=list)

    # -- drawing ----------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.rng.random() < probability

    def new_id(self, prefix: str) -> str:
        """A key never used before; keys do not follow the order in which rows are made."""
        while True:
            key = f"{prefix}{self.rng.randrange(10**5):05d}"
            if key not in self.used:
                self.used.add(key)
                return key

    def add(self, extract: str, **values: Any) -> Row:
        """A row with every column of its extract, in order."""
        if set(values) != set(COLUMNS[extract]):
            raise ValueError(f"{extract}: {set(values) ^ set(COLUMNS[extract])}")
        row = {column: values[column] for column in COLUMNS[extract]}
        self.rows[extract].append(row)
        return row

    @property
    def first(self) -> date:
        """First day of the first quarter."""
        return self.quarters[0]

    @property
    def last(self) -> date:
        """Last day of the last quarter."""
        return last_day(self.quarters[-1])

    def day(self, earliest: date, latest: date) -> date:
        """A day between two, often one of the special ones."""
        if latest <= earliest:
            return earliest
        near = [day for day in self.special if earliest <= day <= latest]
        if near and self.chance(0.55):
            return self.rng.choice(near)
        return add_days(earliest, self.rng.randint(0, (latest - earliest).days))

    def end_after(self, start: date, lengths: Sequence[int], open_share: float) -> date | None:
        """An end on or after a start: none, a length in days, or a special day."""
        if self.chance(open_share):
            return None
        if self.chance(0.6):
            return add_days(start, self.rng.choice(lengths))
        return self.day(start, max(start, add_days(self.last, 40)))

    def year_edge(self, mark: date) -> date:
        """A day on or next to an edge of the 12 months before or after a day."""
        return add_days(shift_months(mark, self.rng.choice((-12, 0, 12))), self.rng.choice((-1, 0, 0, 1)))

    def around(self, family: Family | None) -> date:
        """A day near the edges of a family's time with FS, or any day of the programme."""
        marks = [] if family is None else family.starts * 2 + family.ends
        if marks and self.chance(0.6):
            mark = self.rng.choice(marks)
            if self.chance(0.3):
                return self.year_edge(mark)
            step = self.rng.choice((-366, -365, -364, -90, -30, -1, -1, 0, 0, 0, 1, 1, 20, 45, 80))
            return add_days(mark, step)
        return self.day(date(2016, 7, 1), add_days(self.last, 20))

    # -- the story --------------------------------------------------------------------------------------

    def live(self) -> None:
        """Draw the whole history."""
        for quarter in (*self.quarters, shift_months(self.quarters[-1], 3)):
            self.special += [add_days(quarter, -2), add_days(quarter, -1), quarter, add_days(quarter, 1)]
        for year in range(2016, self.last.year + 1):
            self.special += [date(year, 8, 30), date(year, 8, 31), date(year, 9, 1), date(year, 2, 28)]
            self.special += [date(year, 2, 29)] if calendar.isleap(year) else []
        for _ in range(self.rng.randint(9, 13)):
            self.make_family()
        self.share_adults()
        for family in self.families:
            for adult in family.adults:
                self.involve(adult, family)
        for _ in range(6):
            self.strangers.append(self.make_person(child=True, family=None))
        self.rng.shuffle(self.strangers)
        for home, child in self.all_children():
            self.protect(child, home)
            self.look_after(child, home)
        self.proceed()
        adults = sorted({(adult, family.family_id) for family in self.families for adult in family.adults})
        by_id = {family.family_id: family for family in self.families}
        for adult in sorted({adult for adult, _ in adults}):
            family = by_id[self.rng.choice([family_id for other, family_id in adults if other == adult])]
            self.treat(adult, family)
            self.fill_top_forms(adult, family)
            self.score_mental_health(adult, family)
            self.assess_lsir(adult, family)
            self.attend_da_programmes(adult, family)
            self.police(adult, family, adult=True)
        for home, child in self.all_children():
            if self.chance(0.45):
                self.police(child, home, adult=False)
        self.school()
        self.report()

    def all_children(self) -> list[tuple[Family | None, str]]:
        """Every child, with its family if it has one that is told of."""
        found: list[tuple[Family | None, str]] = [
            (family, child) for family in self.families for child in family.children
        ]
        return found + [(None, child) for child in self.strangers]

    def make_person(self, *, child: bool, family: Family | None) -> str:
        """Someone, with a birth date that matters for ages and school years."""
        person_id = self.new_id("P")
        birth: date | None
        if not child:
            birth = None if self.chance(0.05) else self.day(date(1965, 1, 1), date(1999, 12, 31))
        elif self.chance(0.1):
            birth = None
        elif self.chance(0.45):
            year = self.rng.choice((2001, 2001, 2002, 2012, 2012, 2013))
            birth = date(year, *self.rng.choice(((8, 30), (8, 31), (8, 31), (9, 1))))
        elif self.chance(0.12) and family is not None:
            birth = add_days(family.base, self.rng.choice((-1, 0, 1, 40)))
        elif self.chance(0.15):
            birth = date(2012, 2, 29)
        elif self.chance(0.2) and family is not None:
            step = self.rng.choice((-1, 0, 1))
            birth = add_days(shift_months(family.base, -12 * self.rng.randint(1, 15)), step)
        else:
            birth = self.day(date(2001, 1, 1), date(2016, 12, 31))
        has_upn = child and self.chance(0.85)
        digits = "".join(str(self.rng.randrange(10)) for _ in range(12))
        self.add(
            "people",
            person_id=person_id,
            sex=self.rng.choice("MFFMU"),
            date_of_birth=birth,
            ethnicity=self.rng.choice(("WBRI", "BCRB", "MWBC", None)),
            upn=upn_with_check_letter(digits) if has_upn else None,
            open_to_cwd=child and self.chance(0.15),
        )
        return person_id

    def join(self, family: Family, person_id: str, role: str, from_day: date = date(2000, 1, 1)) -> None:
        """Put someone into a family; snapshots pulled before `from_day` do not know it yet."""
        kinds = ("Mother", "Father", "Step-parent", "Grandmother", None)
        self.joins[family.family_id, person_id] = from_day
        self.add(
            "family_members",
            family_id=family.family_id,
            person_id=person_id,
            role=role,
            relationship_type=self.rng.choice(kinds) if role == "adult" else None,
        )

    def make_family(self) -> None:
        """A family: its FS start, children with their referrals, adults."""
        base = self.fs_start()
        family = Family(self.new_id("F"), base)
        self.families.append(family)
        for _ in range(self.rng.choice((1, 1, 2, 2, 3, 4))):
            child = self.make_person(child=True, family=family)
            family.children.append(child)
            self.join(family, child, "child")
            self.refer(child, family, self.rng.choice((0, 1, 1, 1, 1, 2, 2, 3)))
        for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3))):
            adult = self.make_person(child=False, family=family)
            family.adults.append(adult)
            late = self.day(START, self.last) if self.chance(0.07) else date(2000, 1, 1)
            self.join(family, adult, "adult", late)
        if self.oddities and self.chance(0.08):
            loner = self.make_person(child=True, family=family)  # a referral, and no family
            self.strangers.append(loner)
            self.refer(loner, family, 1)

    def fs_start(self) -> date:
        """When a family comes to FS: with another, at a quarter's edge, early enough for its 12 months, or any day."""
        kinds = (
            "any",
            "any",
            "as another",
            "near another",
            "near another",
            "edge",
            "edge",
            "edge",
            "early",
            "a year ago",
        )
        kind = self.rng.choice(kinds)
        if kind == "as another" and self.families:
            return self.rng.choice(self.families).base
        if kind == "near another" and self.families:
            return add_days(self.rng.choice(self.families).base, self.rng.choice((-40, -1, 1, 20, 20, 40)))
        if kind == "edge":
            edges = [quarter for quarter in self.quarters if quarter >= START]
            return add_days(self.rng.choice(edges[:4]), self.rng.choice((-1, 0, 0, 0, 1)))
        if kind == "early":
            return self.day(START, max(START, min(shift_months(START, 9), self.last)))
        if kind == "a year ago" and self.chance(0.5):
            # the 12 months complete before the programme, on its first day, or in its first quarter
            return add_days(shift_months(START, -12), self.rng.choice((0, 1, 1, 2, 60, 92)))
        return self.day(add_days(START, -120), add_days(self.last, 15))

    def share_adults(self) -> None:
        """Adults of several families, with equal and different starts; people in two roles."""
        for family in self.families:
            others = [other for other in self.families if other is not family and other.adults]
            same = [other for other in others if other.base == family.base]
            if others and self.chance(0.45):
                other = self.rng.choice(same) if same and self.chance(0.7) else self.rng.choice(others)
                adult = self.rng.choice(other.adults)
                if (family.family_id, adult) not in self.joins:
                    family.adults.append(adult)
                    self.join(family, adult, "adult")
            if self.oddities and others and self.chance(0.06):
                teenager = self.rng.choice(self.rng.choice(others).children)  # child there, adult here
                if (family.family_id, teenager) not in self.joins:
                    family.adults.append(teenager)
                    self.join(family, teenager, "adult")
            if self.oddities and family.adults and self.chance(0.05):
                self.refer(self.rng.choice(family.adults), Family("", family.base), 1)

    def refer(self, child: str, family: Family, fs_referrals: int) -> None:
        """A child's referrals: FS ones from the family's base on, some tied on R03, and others."""
        first = family.base if self.chance(0.65) else add_days(family.base, self.rng.choice((-20, 1, 14, 92, 200)))
        starts: list[date] = []
        for number in range(fs_referrals):
            if number == 0:
                r03 = first
            elif self.chance(0.35):
                r03 = starts[-1]
            else:
                r03 = add_days(starts[-1], self.rng.choice((1, 30, 120, 250, 366, 400, 460)))
            starts.append(r03)
            lead = self.rng.choice((0, 0, 1, 5, 60, 200))
            if self.oddities and self.chance(0.03):
                lead = -self.rng.choice((1, 30, 95))
            self.make_referral(child, family, add_days(r03, -lead), r03)
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            mine = [row["start_date"] for row in self.rows["referrals"] if row["person_id"] == child]
            tied = self.rng.choice(mine) if mine and self.chance(0.4) else self.day(date(2013, 1, 1), self.last)
            self.make_referral(child, family, tied, None)

    def make_referral(self, child: str, family: Family, start: date, r03: date | None) -> None:
        """A referral and its allocations; `r03` blank = it never reaches an FS team."""
        key = self.new_id("R")
        ends: list[date | None] = []
        plan: list[tuple[date, str, bool]] = []
        if r03 is not None:
            plan.append((r03, self.rng.choice(FS_TEAMS), True))
            for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
                later = r03 if self.chance(0.3) else add_days(r03, self.rng.choice((1, 30, 60, 90, 180, 300)))
                plan.append((later, self.rng.choice(FS_TEAMS), True))
        if r03 is None or self.chance(0.3):
            plan.append((max(start, date(2010, 1, 1)), self.rng.choice(DUTY_TEAMS), False))
        closing = self.chance(0.6)
        for day, team, is_fs in plan:
            end = self.end_after(day, (0, 0, 1, 30, 90, 180, 365), 0.1 if closing else 0.5)
            ends.append(end)
            self.add(
                "allocations",
                allocation_id=self.new_id("A"),
                person_id=child,
                referral_id=key,
                worker_id=f"W{self.rng.randint(1, 9)}",
                team=team,
                family_safeguarding=is_fs,
                start_date=day,
                end_date=end,
            )
            if is_fs and family.family_id:
                family.starts.append(day)
                family.ends += [end] if end is not None else []
        known = [end for end in ends if end is not None]
        last = max([start, *known])
        self.add(
            "referrals",
            referral_id=key,
            person_id=child,
            start_date=start,
            end_date=None if None in ends else add_days(last, self.rng.choice((0, 0, 1, 30))),
            category_of_need=self.rng.choice(("N1", "N2", "N4", "N0", None)),
        )

    def involve(self, adult: str, family: Family) -> None:
        """The work with an adult of a family: inside, touching and missing the family's time with FS."""
        starts = family.starts or [family.base]
        first, ends = min(starts), family.ends
        for _ in range(self.rng.choice((1, 1, 1, 2, 2))):
            kind = self.rng.choice(("plain", "plain", "plain", "plain", "touch", "touch", "before", "at end", "next"))
            start, end = add_days(first, self.rng.choice((0, 0, 5, 40))), None
            if kind == "plain":
                end = self.end_after(start, (0, 30, 100, 300), 0.5)
            elif kind in ("touch", "before"):
                mark = self.rng.choice((first, first, self.rng.choice(starts)))
                end = mark if kind == "touch" else add_days(mark, -1)
                start = add_days(end, -self.rng.choice((0, 1, 60)))
            elif kind == "at end" and ends:
                mark = max(ends) if self.chance(0.6) else self.rng.choice(ends)
                start = add_days(mark, self.rng.choice((0, 1, 1)))
                end = self.end_after(start, (0, 30), 0.5)
            elif kind == "next":
                start = shift_months(self.rng.choice(self.quarters[-6:]), 3)
            waiting = self.chance(0.25)
            self.add(
                "adult_involvements",
                involvement_id=self.new_id("V"),
                person_id=adult,
                family_id=family.family_id,
                discipline=self.rng.choice(DISCIPLINES),
                status="awaiting_allocation" if waiting else "allocated",
                worker_id=None if waiting else f"W{self.rng.randint(1, 9)}",
                start_date=start,
                end_date=end,
            )

    # -- children ---------------------------------------------------------------------------------------

    def protect(self, child: str, family: Family | None) -> None:
        """Child protection plans: across, touching, overlapping, repeating, tied, of no length."""
        own: list[tuple[date, date | None]] = []
        for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3))):
            start = self.around(family)
            kind = self.rng.choice(("plain", "ended", "chain", "chain", "chain", "tied start", "tied end"))
            if kind == "ended":
                end = self.around(family)
                own.append((add_days(end, -self.rng.choice((0, 1, 90, 400))), end))
            elif kind == "chain":
                gap = self.rng.choice((-5, 0, 1, 200, 364, 364, 365, 365, 366, 500, 729, 729, 730, 730, 731))
                before = add_days(start, -gap)
                own.append((add_days(before, -self.rng.choice((0, 10, 100, 300))), before))
                own.append((start, self.end_after(start, (0, 1, 60, 200, 365), 0.4)))
            elif kind == "tied start" and own:
                start = self.rng.choice(own)[0]
                own.append((start, self.end_after(start, (0, 30, 200), 0.3)))
            elif kind == "tied end" and own and (end_tied := self.rng.choice(own)[1]) is not None:
                own.append((add_days(end_tied, -self.rng.choice((0, 7, 100))), end_tied))
            else:
                own.append((start, self.end_after(start, (0, 0, 1, 30, 100, 250, 500), 0.35)))
        for start, end_day in own:
            self.add(
                "cp_plans",
                cp_plan_id=self.new_id("C"),
                person_id=child,
                start_date=start,
                end_date=end_day,
                category=self.rng.choice(("NEG", "PHY", "SAB", "EMO", "MUL", None)),
            )

    def look_after(self, child: str, family: Family | None) -> None:
        """Periods of care: some UASC, some tied on their start."""
        start: date | None = None
        for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
            start = start if start is not None and self.chance(0.25) else self.around(family)
            end = self.end_after(start, (0, 1, 30, 90, 365), 0.35)
            if family is not None and family.starts and self.chance(0.2):
                end = max(start, add_days(self.rng.choice(family.starts), self.rng.choice((-1, 0))))
            self.add(
                "care_periods",
                care_period_id=self.new_id("K"),
                person_id=child,
                start_date=start,
                end_date=end,
                uasc=self.chance(0.2),
            )

    def proceed(self) -> None:
        """Care proceedings of one or several children, of one family or two, concluded for all or some."""
        children = self.all_children()
        for _ in range(self.rng.randint(5, 9)):
            key = self.new_id("J")
            chosen = self.rng.choice(children)
            group = [c for f, c in children if f is chosen[0]] if chosen[0] is not None else [chosen[1]]
            people = self.rng.sample(sorted(set(group)), self.rng.randint(1, len(set(group))))
            if self.chance(0.3):
                people.append(self.rng.choice(children)[1])
            issued = self.day(date(2017, 6, 1), add_days(self.last, 10))
            conclusion = self.end_after(issued, (0, 90, 180, 182, 250), 0.3)
            for child in sorted(set(people)):
                mine = add_days(issued, self.rng.choice((0, 0, 0, 1, 14, 95)))
                end = None if conclusion is None or self.chance(0.15) else conclusion
                if end is not None and self.chance(0.35):
                    end = add_days(end, self.rng.choice((1, 14, 100)))
                end = None if end is None else max(end, mine)
                self.add(
                    "care_proceedings",
                    proceedings_id=key,
                    person_id=child,
                    issued_date=mine,
                    concluded_date=end,
                    outcome=None if end is None else self.rng.choice(("SGO", "Care order", None)),
                )

    def school(self) -> None:
        """Attendance of pupils at one or two schools over stretches of a quarter, and reasons of absence."""
        pupils = [row["upn"] for row in self.rows["people"] if row["upn"] is not None]
        for upn in pupils:
            for quarter in self.quarters:
                if self.chance(0.2):
                    continue
                last = last_day(quarter)
                firsts = [
                    quarter,
                    shift_months(quarter, 1),
                    shift_months(quarter, 2),
                    add_days(last, -1),
                    last,
                ]
                if quarter.month == 7:
                    firsts += [
                        date(quarter.year, 8, 30),
                        date(quarter.year, 8, 31),
                        date(quarter.year, 9, 1),
                    ] * 2
                for first in sorted(set(self.rng.sample(firsts, self.rng.randint(1, 3)))):
                    for school in self.rng.sample(("100001", "100002", "100003"), self.rng.choice((1, 1, 2))):
                        self.attend(upn, school, first, self.rng.choice((first, min(last, add_days(first, 27)), last)))

        self.attend_around_fs_start()

    def attend_around_fs_start(self) -> None:
        """Stretches that end or begin at, or lie across, the edges of a child's 12 months before and after R03."""
        taken = {(row["upn"], row["school_urn"], row["date_from"]) for row in self.rows["attendance"]}
        upn_of = {row["person_id"]: row["upn"] for row in self.rows["people"]}
        for allocation in [row for row in self.rows["allocations"] if row["family_safeguarding"]]:
            upn = upn_of[allocation["person_id"]]
            if upn is None or self.chance(0.4):
                continue
            for _ in range(self.rng.choice((1, 2, 3))):
                edge = shift_months(allocation["start_date"], self.rng.choice((-12, 0, 0, 12)))
                before, after = self.rng.choice(((-6, -1), (-6, 0), (-6, 1), (-1, 0), (-1, -1), (0, 0), (0, 6), (1, 6)))
                first, last = add_days(edge, before), add_days(edge, after)
                school = self.rng.choice(("100001", "100002", "100003"))
                if not self.first <= first <= self.last or (upn, school, first) in taken:
                    continue
                if not any(quarter <= first and last <= last_day(quarter) for quarter in self.quarters):
                    continue
                taken.add((upn, school, first))
                self.attend(upn, school, first, last)

    def attend(self, upn: str, school: str, first: date, last: date) -> None:
        """One stretch at one school."""
        possible = self.rng.choice((0, 2, 40, 40, 60))
        authorised = self.rng.randint(0, possible // 2)
        unauthorised = self.rng.randint(0, possible - authorised)
        self.add(
            "attendance",
            upn=upn,
            school_urn=school,
            date_from=first,
            date_to=last,
            sessions_possible=possible,
            sessions_authorised=authorised,
            sessions_unauthorised=unauthorised,
        )
        for code, number in (("I", authorised), ("O", unauthorised)):
            if number:
                self.add("absence_reasons", upn=upn, school_urn=school, date_from=first, code=code, sessions=number)

    # -- adults -----------------------------------------------------------------------------------------

    def treat(self, adult: str, family: Family) -> None:
        """Assessments and treatments, blank dates, tied closures, re-presentations around 6 months."""
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            assessed: date | None = self.around(family) if self.chance(0.5) else self.day(START, self.last)
            outcome = self.rng.choice(("treatment", "treatment", "non_engagement", "pending", None))
            started: date | None = add_days(assessed, self.rng.choice((0, 0, 7, 40))) if assessed else None
            if outcome == "non_engagement" and self.chance(0.8):
                started = None
            if self.chance(0.15):
                assessed = outcome = None
            elif self.chance(0.15):
                started = None
            begun = started or assessed or self.day(START, self.last)
            closed = self.end_after(begun, (0, 1, 30, 60, 90), 0.2)
            self.make_treatment(adult, assessed, outcome, started, closed)
            if closed is None:
                continue
            if self.chance(0.15):
                self.make_treatment(adult, None, None, begun, closed)
            if self.chance(0.6):
                half = shift_months(closed, 6)
                again = add_days(closed, self.rng.choice((0, 1, 30)))
                if self.chance(0.6):
                    again = add_days(half, self.rng.choice((-1, 0, 0, 1, 1, 60)))
                if self.chance(0.5):
                    self.make_treatment(adult, again, "treatment", add_days(again, 10), None)
                else:
                    self.make_treatment(adult, None, None, again, self.end_after(again, (0, 30), 0.4))

    def make_treatment(
        self,
        adult: str,
        assessed: date | None,
        outcome: str | None,
        started: date | None,
        closed: date | None,
    ) -> None:
        """One row of the substance misuse service."""
        reasons = (
            "completed",
            "completed",
            "completed",
            "dropped_out",
            "dropped_out",
            "transferred",
            "other",
            None,
        )
        self.add(
            "substance_treatments",
            treatment_id=self.new_id("T"),
            person_id=adult,
            assessment_date=assessed,
            assessment_outcome=outcome,
            start_date=started,
            closure_date=closed,
            closure_reason=None if closed is None else self.rng.choice(reasons),
        )

    def form_days(self, family: Family, number: int) -> list[date]:
        """Days of forms: before, on and after R03, several on one day, at quarter ends."""
        starts = family.starts or [family.base]
        found: list[date] = []
        for _ in range(number):
            if found and self.chance(0.3):
                found.append(self.rng.choice(found))
            elif self.chance(0.5):
                step = self.rng.choice((-200, -30, -1, -1, 0, 0, 1, 30, 95, 180))
                found.append(add_days(self.rng.choice(starts), step))
            else:
                found.append(self.day(add_days(min(starts), -100), add_days(self.last, 10)))
        return sorted(found)

    def stages(self, number: int, names: tuple[str, str, str]) -> list[str]:
        """Stages of the forms of one treatment: mostly in order, sometimes any."""
        if self.chance(0.5):
            inner = [names[1]] * max(0, number - 2)
            return ([names[0], *inner, self.rng.choice(names[1:])])[:number] if number > 1 else [names[0]]
        return [self.rng.choice((names[0], names[0], names[1], names[2])) for _ in range(number)]

    def score(self, values: Sequence[float]) -> float | None:
        """A score from a few, so that equal ones are common; sometimes blank."""
        return None if self.chance(0.15) else self.rng.choice(values)

    def fill_top_forms(self, adult: str, family: Family) -> None:
        """TOP forms of one to three treatments."""
        known = [row["treatment_id"] for row in self.rows["substance_treatments"] if row["person_id"] == adult]
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            treatment = known.pop() if known else self.new_id("T")
            number = self.rng.randint(1, 5)
            for day, stage in zip(
                self.form_days(family, number), self.stages(number, ("start", "review", "exit")), strict=True
            ):
                self.add(
                    "top_forms",
                    form_id=self.new_id("O"),
                    treatment_id=treatment,
                    person_id=adult,
                    form_date=day,
                    stage=stage,
                    substance_use=self.score((0.0, 4.0, 12.5, 28.0)),
                    psychological_health=self.score((0.0, 9.0, 9.5, 20.0)),
                    physical_health=self.score((0.0, 10.0, 20.0)),
                    employment=self.score((0.0, 14.0, 28.0)),
                    quality_of_life=self.score((0.0, 10.0, 20.0)),
                )

    def score_mental_health(self, adult: str, family: Family) -> None:
        """PHQ-9 and GAD-7 around their cut-offs and reliable falls."""
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            episode, number = self.new_id("E"), self.rng.randint(1, 4)
            for day, stage in zip(
                self.form_days(family, number),
                self.stages(number, ("initial", "interim", "end")),
                strict=True,
            ):
                self.add(
                    "mental_health_scores",
                    score_id=self.new_id("M"),
                    episode_id=episode,
                    person_id=adult,
                    score_date=day,
                    stage=stage,
                    phq9=self.score((0, 4, 5, 9, 10, 11, 15, 16, 27)),
                    gad7=self.score((0, 3, 4, 7, 8, 11, 12, 21)),
                )

    def assess_lsir(self, adult: str, family: Family) -> None:
        """LSI-R assessments."""
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            episode, number = self.new_id("E"), self.rng.randint(1, 4)
            for day, stage in zip(
                self.form_days(family, number), self.stages(number, ("initial", "review", "end")), strict=True
            ):
                self.add(
                    "lsir_assessments",
                    assessment_id=self.new_id("L"),
                    episode_id=episode,
                    person_id=adult,
                    assessment_date=day,
                    stage=stage,
                    score=self.rng.choice((0, 20, 21, 54)),
                )

    def attend_da_programmes(self, adult: str, family: Family) -> None:
        """DA programmes, some tied on their end."""
        end: date | None = None
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            if end is not None and self.chance(0.3):
                start = add_days(end, -self.rng.choice((0, 30, 100)))
            else:
                start = self.around(family)
                end = self.end_after(start, (0, 30, 60, 120), 0.25)
            self.add(
                "da_programmes",
                programme_id=self.new_id("D"),
                person_id=adult,
                participant=self.rng.choice(("victim", "perpetrator")),
                start_date=start,
                end_date=end,
                outcome=None if end is None else self.rng.choice(("completed", "completed", "dropped_out", "other")),
            )

    def police(self, person: str, family: Family | None, *, adult: bool) -> None:
        """Incidents and MARAC referrals around R03, the quarter's edges and 12 months of each other."""
        marks = [self.quarters[-1]] if family is None or not family.starts else family.starts
        before: date | None = None
        for _ in range(self.rng.choice((0, 1, 2, 3, 5, 9) if adult else (1, 2))):
            kind = self.rng.choice(("any", "mark", "edge", "year", "same day", "year apart", "year apart"))
            mark = self.rng.choice(marks)
            day = self.day(self.first, self.last)
            if kind == "mark":
                day = add_days(mark, self.rng.choice((-1, 0, 1, 20, 50)))
            elif kind == "edge":
                day = self.year_edge(mark)
            elif kind == "year":
                day = add_days(shift_months(mark, -12), self.rng.choice((-1, 0, 1)))
            elif kind == "same day" and before is not None:
                day = before
            elif kind == "year apart" and before is not None:
                day = add_days(shift_months(before, self.rng.choice((12, -12))), self.rng.choice((0, 0, 1, -1)))
            if not self.first <= day <= self.last:
                continue
            before = day
            self.make_incident(person, family, day)
        for _ in range(self.rng.choice((0, 0, 0, 0, 0, 0, 1, 2))):
            quarter = self.rng.choice(self.quarters)
            day = self.rng.choice((quarter, last_day(quarter), last_day(quarter), self.day(quarter, last_day(quarter))))
            edge = self.year_edge(self.rng.choice(marks))
            if self.first <= edge <= self.last and self.chance(0.4):
                day = edge
            self.add("marac_referrals", marac_id=self.new_id("Q"), person_id=person, referral_date=day)

    def make_incident(self, person: str, family: Family | None, day: date) -> None:
        """One incident: a person in one role or both, perhaps with others of the family."""
        crime, domestic_abuse = self.rng.choice(
            ((True, True), (True, True), (False, True), (False, True), (True, False), (False, False))
        )
        key = self.new_id("N")
        role = self.rng.choice(("victim", "offender"))
        other = "offender" if role == "victim" else "victim"
        involved = {(person, role)}
        if self.chance(0.15):
            involved.add((person, other))
        if family is not None and self.chance(0.3):
            involved.add((self.rng.choice(family.adults + family.children), other))
        for who, as_what in sorted(involved):
            self.add(
                "police_incidents",
                incident_id=key,
                person_id=who,
                incident_date=day,
                role=as_what,
                crime=crime,
                domestic_abuse=domestic_abuse,
            )

    def report(self) -> None:
        """Expert reports; the other returns without dates of their own are drawn as they are delivered."""
        for _ in range(self.rng.randint(4, 12)):
            self.add(
                "expert_reports",
                report_id=self.new_id("X"),
                family_id=self.rng.choice(self.families).family_id,
                report_date=self.day(self.first, self.last),
                accepted=self.chance(0.6),
                internal_hours=None if self.chance(0.25) else self.rng.choice((0.0, 7.5, 20.0, 60.0)),
            )

    # -- deliveries -------------------------------------------------------------------------------------

    def programme(self) -> Programme:
        """The programme: the toolkit's cohorts, or odd ones with gaps."""
        windows = TOOLKIT_COHORTS if self.chance(0.7) else ODD_COHORTS
        return {
            "authority": {"name": "Invented Borough", "code": "999"},
            "programme": {
                "start": START,
                "baseline_quarters": sum(1 for quarter in self.quarters if quarter < START),
                "exclude_cwd_children": self.chance(0.7),
            },
            "cohorts": {cohort: list(window) for cohort, window in windows.items()},
            "costs": {"external_expert_report": 3000.0, "internal_hour": 60.0},
        }

    def deliver(self) -> World:
        """The history as suppliers deliver it, quarter by quarter, optional extracts missing sometimes."""
        missing = self.rng.choice((0.0, 0.0, 0.05, 0.05, 0.25))
        world: World = {}
        for quarter in self.quarters:
            supply: dict[str, list[Row] | None] = {}
            if quarter >= START:
                pulled = add_days(last_day(quarter), self.rng.choice((0, 0, 0, 0, 1, 10, 45, 400)))
                for extract in COLUMNS:
                    if extract not in QUARTER_EXTRACTS:
                        supply[extract] = self.snapshot(extract, pulled)
            for extract in QUARTER_EXTRACTS:
                supply[extract] = self.quarter_extract(extract, quarter)
            for extract in sorted((*QUARTER_EXTRACTS, *OPTIONAL_SNAPSHOTS)):
                if extract not in supply:
                    continue
                if self.chance(missing):
                    supply[extract] = None
                    if self.chance(0.3):
                        del supply[extract]
                elif self.chance(0.03):
                    supply[extract] = []
            for rows in supply.values():
                if rows is not None:
                    self.rng.shuffle(rows)
            world[quarter] = supply
        self.lose(world)
        return world

    def lose(self, world: World) -> None:
        """In some worlds, a few quarters without police, MARAC or attendance data.

        Often the quarter that a family's FS starts with, or the one before: that family's 12 months before (after)
        do not touch it, and those of families that start within the quarter do.
        """
        if self.chance(0.45):
            return
        starts = {start for family in self.families for start in family.starts}
        telling = [quarter for quarter in self.quarters if quarter in starts and quarter >= START]
        telling += [shift_months(quarter, -3) for quarter in telling if quarter > self.first]
        for _ in range(self.rng.choice((1, 2, 3))):
            quarter = self.rng.choice(telling if telling and self.chance(0.75) else self.quarters)
            extract = self.rng.choice(("police_incidents", "marac_referrals", "attendance"))
            world[quarter][extract] = None

    def snapshot(self, extract: str, pulled: date) -> list[Row]:
        """What the supplier's system shows on the day it is pulled."""
        if extract == "people":
            rows = [dict(row) for row in self.rows[extract]]
            for row in rows:
                row["open_to_cwd"] = row["open_to_cwd"] != (row["upn"] is not None and self.chance(0.05))
            return rows
        if extract == "family_members":
            return [dict(row) for row in self.rows[extract] if self.joins[row["family_id"], row["person_id"]] <= pulled]
        if extract == "substance_treatments":
            shown = [self.treatment_on(row, pulled) for row in self.rows[extract]]
            return [row for row in shown if row is not None]
        rows = [dict(row) for row in self.rows[extract] if row[STARTS[extract]] <= pulled]
        for row in rows:
            end, *with_end = ENDS.get(extract, (None,))
            if end is not None and row[end] is not None and row[end] > pulled:
                row.update(dict.fromkeys((end, *with_end)))
        return rows

    def treatment_on(self, row: Row, pulled: date) -> Row | None:
        """A treatment on the day it is pulled: dates still to come are blank."""
        days = [row[column] for column in ("assessment_date", "start_date", "closure_date")]
        if all(day is None or day > pulled for day in days):
            return None
        shown = dict(row)
        for column, with_it in (("start_date", ()), ("closure_date", ("closure_reason",))):
            if shown[column] is not None and shown[column] > pulled:
                shown.update(dict.fromkeys((column, *with_it)))
        return shown

    def quarter_extract(self, extract: str, quarter: date) -> list[Row]:
        """What is dated in the quarter, or counted at its end."""
        dated = {
            "attendance": "date_from",
            "absence_reasons": "date_from",
            "police_incidents": "incident_date",
            "marac_referrals": "referral_date",
            "expert_reports": "report_date",
        }
        if extract in dated:
            column = dated[extract]
            return [dict(row) for row in self.rows[extract] if quarter <= row[column] <= last_day(quarter)]
        if extract == "health_activity":
            return self.health(quarter)
        return self.caseloads() if extract == "caseloads" else self.waiting_lists()

    def health(self, quarter: date) -> list[Row]:
        """The aggregate return: percentages or counts, sometimes a row short."""
        del quarter
        rows: list[Row] = []
        for measure in ("ae_attendance", "emergency_admission"):
            for group in ("children", "adults"):
                if self.chance(0.15):
                    continue
                people = self.rng.choice((0, 7, 40, 40, 120))
                events = self.rng.randint(0, people)
                as_percentage = self.chance(0.4)
                values = (
                    measure,
                    group,
                    people,
                    None if as_percentage else events,
                    self.rng.choice((0.0, 12.5, 33.3, 100.0)) if as_percentage else None,
                )
                rows.append(dict(zip(COLUMNS["health_activity"], values, strict=True)))
        return rows

    def caseloads(self) -> list[Row]:
        """Workers in one to three modes; hours sometimes blank; now and then another discipline per mode."""
        rows: list[Row] = []
        for number in range(1, self.rng.randint(2, 9)):
            discipline = self.rng.choice(DISCIPLINES)
            for mode in self.rng.sample(("assessment", "individual", "group"), self.rng.randint(1, 3)):
                if self.chance(0.1):
                    discipline = self.rng.choice(DISCIPLINES)
                hours = None if self.chance(0.3) else self.rng.choice((0.0, 35.5, 120.0))
                values = (
                    f"W{number}",
                    self.rng.choice(FS_TEAMS),
                    discipline,
                    mode,
                    self.rng.randint(0, 20),
                    hours,
                )
                rows.append(dict(zip(COLUMNS["caseloads"], values, strict=True)))
        return rows

    def waiting_lists(self) -> list[Row]:
        """People waiting, for some teams and disciplines."""
        return [
            {"team": team, "discipline": discipline, "people_waiting": self.rng.randint(0, 6)}
            for team in FS_TEAMS
            for discipline in DISCIPLINES
            if self.chance(0.4)
        ]


def write_world(world: World, folder: Path) -> None:
    """Write every extract as `<folder>/<quarter>/<extract>.csv`; what is not supplied gets no file."""
    for quarter, supply in world.items():
        for extract, rows in supply.items():
            if rows is None:
                continue
            path = Path(folder) / quarter.isoformat() / f"{extract}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(COLUMNS[extract])
                for row in rows:
                    writer.writerow([as_text(row[column]) for column in COLUMNS[extract]])


def as_text(value: object) -> str:
    """A value as a text file holds it: ISO dates, Y/N, blanks empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    return value.isoformat() if isinstance(value, date) else str(value)
