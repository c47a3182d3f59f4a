"""Baseline and follow-up: the twelve months before and after FS start, person by person. Figures are made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days, flag_or_blank, flags, numbers
from fs_pipeline.arithmetic.groups import totals
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, completed_years, school_year_start
from fs_pipeline.arithmetic.spans import Spans
from fs_pipeline.arithmetic.twelve_months import after_fs, before_fs, completes_in, enters_in
from fs_pipeline.arithmetic.windows import Deliveries, Window
from fs_pipeline.subjects.domestic_abuse.incidents import domestic_abuse_incidents
from fs_pipeline.toolkit.extracts import ATTENDANCE, CARE_PERIODS, CP_PLANS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline.toolkit.parameters import PARAMETERS, Values
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import ArrayLike
from fs_pipeline.toolkit.twelve_months import BASELINE, FOLLOW_UP, SCOPE_KINDS

_PARAMETERS = PARAMETERS.only("months_around_fs", "school_age_first", "school_age_last", "high_risk_incidents")
_PEOPLE = ROSTER.only(*ROSTER_ROWS.names, "date_of_birth", "upn")
_PLANS = CP_PLANS.only("person_id", "start_date", "end_date")
_PERIODS = CARE_PERIODS.only("person_id", "start_date", "end_date", "uasc")
_ATTENDANCE = ATTENDANCE.only(
    "upn", "date_from", "date_to", "sessions_possible", "sessions_authorised", "sessions_unauthorised"
)
_INCIDENTS = POLICE_INCIDENTS.only("incident_id", "person_id", "incident_date", "role", "crime", "domestic_abuse")
_MARAC = MARAC_REFERRALS.only("person_id", "referral_date")


def baseline(
    quarter: Quarter,
    parameters: Annotated[Values, _PARAMETERS],
    people: Annotated[pd.DataFrame, _PEOPLE],
    cp_plans: Annotated[pd.DataFrame, _PLANS],
    care_periods: Annotated[pd.DataFrame, _PERIODS],
    attendance: Annotated[Deliveries, _ATTENDANCE, Window(-4)],
    police_incidents: Annotated[Deliveries, _INCIDENTS, Window(-4)],
    marac_referrals: Annotated[Deliveries, _MARAC, Window(-4)],
) -> Annotated[pd.DataFrame, BASELINE]:
    """The entrants of the quarter, and what happened in the twelve months before their FS start.

    An entrant is everyone on the roster whose R03 lies in the quarter. A count is blank while a quarter that the
    twelve months touch is not supplied, and for those it does not apply to. (Z10, Z12, Z18, Z25, Z26)
    """
    people = people[enters_in(quarter, days(people["fs_start_date"]))].reset_index(drop=True)
    deliveries = attendance, police_incidents, marac_referrals
    sources = _Sources(quarter, parameters, people, cp_plans, care_periods, *deliveries)
    return BASELINE.frame(_person(quarter, people) | sources.before())


def follow_up(
    quarter: Quarter,
    parameters: Annotated[Values, _PARAMETERS],
    people: Annotated[pd.DataFrame, _PEOPLE],
    cp_plans: Annotated[pd.DataFrame, _PLANS],
    care_periods: Annotated[pd.DataFrame, _PERIODS],
    attendance: Annotated[Deliveries, _ATTENDANCE, Window(-8)],
    police_incidents: Annotated[Deliveries, _INCIDENTS, Window(-8)],
    marac_referrals: Annotated[Deliveries, _MARAC, Window(-8)],
) -> Annotated[pd.DataFrame, FOLLOW_UP]:
    """Those whose twelve months from FS start complete in the quarter, with the twelve months before and after.

    The last day of the twelve months, R03 + {months_around_fs} months - 1 day, lies in the quarter. Both windows are
    of the same person and from this quarter's extracts; they are not cut when FS ends. (Z10, Z12, Z18, Z25, Z26)
    """
    completes = completes_in(quarter, days(people["fs_start_date"]), parameters["months_around_fs"])
    counts_in = {name: flag[completes] for name, flag in _counts_in(quarter, people).items()}
    people = people[completes].reset_index(drop=True)
    deliveries = attendance, police_incidents, marac_referrals
    sources = _Sources(quarter, parameters, people, cp_plans, care_periods, *deliveries)
    return FOLLOW_UP.frame(_person(quarter, people) | counts_in | sources.before() | sources.after())


def _person(quarter: Quarter, people: pd.DataFrame) -> dict[str, ArrayLike]:
    names = ("family_key", "person_id", "role", "fs_start_date", "latest_fs_team", "cohort")
    return {"quarter": np.full(len(people), quarter.start), **{name: people[name] for name in names}}


def _counts_in(quarter: Quarter, people: pd.DataFrame) -> dict[str, Flags]:
    """Whether each row is the one with which its person counts, by kind of scope."""
    children, adults = (Population.of_roster(people, quarter, role) for role in ("child", "adult"))
    everyone = Population.of_roster(people, quarter)
    of_role = {f"counts_in_{kind}": children.counts_in(kind) | adults.counts_in(kind) for kind in SCOPE_KINDS}
    return of_role | {f"counts_in_{kind}_of_everyone": everyone.counts_in(kind) for kind in SCOPE_KINDS}


@dataclass(frozen=True)
class _Sources:
    """What is counted from, of these people."""

    quarter: Quarter
    parameters: Values
    people: pd.DataFrame
    cp_plans: pd.DataFrame
    care_periods: pd.DataFrame
    attendance: Deliveries
    police_incidents: Deliveries
    marac_referrals: Deliveries

    def before(self) -> dict[str, ArrayLike]:
        """The columns of the months up to R03."""
        return self._columns("before", before_fs)

    def after(self) -> dict[str, ArrayLike]:
        """The columns of the months from R03 on."""
        return self._columns("after", after_fs)

    def _columns(self, side: str, months: Callable[[Dates, int], tuple[Dates, Dates]]) -> dict[str, ArrayLike]:
        """Every column of a side, whose days are these `months`."""
        first, last = months(days(self.people["fs_start_date"]), self.parameters["months_around_fs"])
        counted = self._spans(first, last) | self._school(first, last) | self._police(first, last)
        return {f"{side}_{name}": values for name, values in counted.items()}

    def _population(self, role: str | None = None) -> Population:
        return Population.of_roster(self.people, self.quarter, role)

    def _spans(self, first: Dates, last: Dates) -> dict[str, ArrayLike]:
        """Plans, and periods of care without UASC (Z10): those active in the window, and their days in it."""
        children = self._population("child")
        columns: dict[str, ArrayLike] = {}
        every_plan, not_uasc = np.ones(len(self.cp_plans), bool), ~flags(self.care_periods["uasc"])
        for table, counted, number, length in (
            (self.cp_plans, every_plan, "cp_plans_active", "cp_days"),
            (self.care_periods, not_uasc, "cla_periods", "cla_days"),
        ):
            event, row = children.events(table["person_id"], counted)
            spans = Spans.of(table)[event]
            columns[number] = children.sums(row, spans.active_in(first[row], last[row]))
            columns[length] = children.sums(row, spans.days_within(first[row], last[row]))
        return columns

    def _school(self, first: Dates, last: Dates) -> dict[str, ArrayLike]:
        """Sessions of attendance rows wholly in the window, of children of age (Z18); blank without such a row."""
        rows = self.attendance.rows
        pupils = self._population("child").identified_by(self.people["upn"])
        event, row = pupils.events(rows["upn"])
        begins, ends = (days(rows[column])[event] for column in ("date_from", "date_to"))
        age = completed_years(days(self.people["date_of_birth"])[row], school_year_start(begins))
        of_age = (age >= self.parameters["school_age_first"]) & (age <= self.parameters["school_age_last"])
        counted = (begins >= first[row]) & (ends <= last[row]) & of_age
        event, row = event[counted], row[counted]
        supplied = self.attendance.covers(first, last)
        known = supplied & (totals(row, pupils.size) > 0)

        def sessions(kind: str) -> Numbers:
            return np.where(known, pupils.sums(row, numbers(rows[f"sessions_{kind}"])[event]), np.nan)

        kinds = ("unauthorised", "authorised", "possible")
        concerned = flag_or_blank(supplied, known=pupils.counted)
        return {f"{kind}_sessions": sessions(kind) for kind in kinds} | {"attendance_supplied": concerned}

    def _police(self, first: Dates, last: Dates) -> dict[str, ArrayLike]:
        """Domestic abuse incidents and repeats, crimes by role, and high risk."""
        supplied = self.police_incidents.covers(first, last)
        both_supplied = supplied & self.marac_referrals.covers(first, last)
        everyone, adults = self._population(), self._population("adult")

        def inside(table: pd.DataFrame, column: str) -> tuple[Positions, Positions]:
            event, row = everyone.events(table["person_id"])
            dated = days(table[column])[event]
            within = (dated >= first[row]) & (dated <= last[row])
            return event[within], row[within]

        police = self.police_incidents.rows
        crime, victim = flags(police["crime"]), (police["role"] == "victim").to_numpy()
        event, row = inside(police, "incident_date")

        def known(values: Numbers) -> Numbers:
            return np.where(supplied, values, np.nan)

        incidents = everyone.sums(row[domestic_abuse_incidents(police, self.people["person_id"])[event]])
        referred = everyone.sums(inside(self.marac_referrals.rows, "referral_date")[1])
        of_adults = np.where(adults.counted, incidents, np.nan)
        return {
            "da_incidents": known(of_adults),
            "da_repeat_incidents": known(np.maximum(of_adults - 1, 0)),
            "victim_count": known(everyone.sums(row[(crime & victim)[event]])),
            "offender_count": known(everyone.sums(row[(crime & ~victim)[event]])),
            "da_high_risk": flag_or_blank(
                (incidents >= self.parameters["high_risk_incidents"]) | (referred > 0), known=both_supplied
            ),
            "police_supplied": supplied,
            "high_risk_supplied": both_supplied,
        }
