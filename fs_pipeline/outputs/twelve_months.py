"""The twelve months before and after FS start: what the subjects say of them, person by person, and the figures.

The figures are indicators 1, 2, 5, 6, 7, 17 and 19 by other periods: `baseline` and `follow_up`.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, days, flag_or_blank, flags, numbers
from fs_pipeline.arithmetic.figures import Figures, Spells
from fs_pipeline.arithmetic.periods import Deliveries, Period, Window, after_fs, before_fs
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.domestic_abuse.fields import Incidents, high_risk
from fs_pipeline.subjects.looked_after.fields import periods_of_care
from fs_pipeline.subjects.school.fields import session_counts, sessions_of_age, wholly_in
from fs_pipeline.toolkit.breakdowns import BREAKDOWNS
from fs_pipeline.toolkit.extracts import ATTENDANCE, CARE_PERIODS, CP_PLANS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, ROSTER
from fs_pipeline.toolkit.parameters import PARAMETERS, Values
from fs_pipeline.toolkit.tables import ArrayLike
from fs_pipeline.toolkit.twelve_months import BASELINE, COUNTED, FOLLOW_UP, SCOPE_KINDS, TWELVE_MONTHS_INDICATORS

_PARAMETERS = PARAMETERS.only("months_around_fs", "school_age_first", "school_age_last", "high_risk_incidents")
_BROKEN_DOWN = tuple(breakdown.column for breakdown in BREAKDOWNS)
_PEOPLE = ROSTER.only(*ROSTER_ROWS.names, *_BROKEN_DOWN, "date_of_birth", "upn")
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
    people = people[quarter.holds(days(people["fs_start_date"]))].reset_index(drop=True)
    deliveries = attendance, police_incidents, marac_referrals
    events = _Events(quarter, parameters, people, cp_plans, care_periods, *deliveries)
    before = before_fs(days(people["fs_start_date"]), parameters["months_around_fs"])
    return BASELINE.frame(_person(quarter, people) | events.columns("before", before))


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
    months = parameters["months_around_fs"]
    completes = quarter.holds(after_fs(days(people["fs_start_date"]), months).last)
    counts_in = {name: flag[completes] for name, flag in _counts_in(quarter, people).items()}
    people = people[completes].reset_index(drop=True)
    deliveries = attendance, police_incidents, marac_referrals
    events = _Events(quarter, parameters, people, cp_plans, care_periods, *deliveries)
    start = days(people["fs_start_date"])
    before = events.columns("before", before_fs(start, months))
    after = events.columns("after", after_fs(start, months))
    return FOLLOW_UP.frame(_person(quarter, people) | counts_in | before | after)


def _person(quarter: Quarter, people: pd.DataFrame) -> dict[str, ArrayLike]:
    names = ("family_key", "person_id", "role", "fs_start_date", *_BROKEN_DOWN)
    return {"quarter": np.full(len(people), quarter.start), **{name: people[name] for name in names}}


def _counts_in(quarter: Quarter, people: pd.DataFrame) -> dict[str, Flags]:
    """Whether each row is the one with which its person counts, by kind of scope."""
    children, adults = (Population.of_roster(people, quarter, role) for role in ("child", "adult"))
    everyone = Population.of_roster(people, quarter)
    of_role = {f"counts_in_{kind}": children.counts_in(kind) | adults.counts_in(kind) for kind in SCOPE_KINDS}
    return of_role | {f"counts_in_{kind}_of_everyone": everyone.counts_in(kind) for kind in SCOPE_KINDS}


class _Events:
    """The events of these people, to be asked for any period of theirs."""

    def __init__(
        self,
        quarter: Quarter,
        parameters: Values,
        people: pd.DataFrame,
        cp_plans: pd.DataFrame,
        care_periods: pd.DataFrame,
        *deliveries: Deliveries,
    ) -> None:
        self._attendance, self._police, self._marac = deliveries
        children, everyone = (Population.of_roster(people, quarter, role) for role in ("child", None))
        self._plans = Spells.of(children, cp_plans)
        self._care = periods_of_care(children, care_periods)
        self._sessions = sessions_of_age(quarter, parameters, people, self._attendance.rows)
        self._incidents = Incidents.of(everyone, self._police.rows)
        self._is_adult = (people["role"] == "adult").to_numpy()
        self._high_risk_incidents = parameters["high_risk_incidents"]

    def columns(self, side: str, period: Period) -> dict[str, ArrayLike]:
        """What happened in the period, as the columns of a side."""
        columns = self._spells(period) | self._school(period) | self._contacts(period)
        return {f"{side}_{name}": values for name, values in columns.items()}

    def _spells(self, period: Period) -> dict[str, ArrayLike]:
        plans, care = self._plans, self._care
        return {
            "cp_plans_active": plans.number(plans.active_in(period)),
            "cp_days": plans.days_within(period),
            "cla_periods": care.number(care.active_in(period)),
            "cla_days": care.days_within(period),
        }

    def _school(self, period: Period) -> dict[str, ArrayLike]:
        """Sessions of the attendance rows wholly in the period, and for which pupils that was supplied."""
        supplied = self._attendance.covers(period)
        counts = session_counts(wholly_in(self._sessions, period))
        known = {name: np.where(supplied, values, np.nan) for name, values in counts.items()}
        concerned = flag_or_blank(supplied, known=self._sessions.population.counted)
        return known | {"attendance_supplied": concerned}

    def _contacts(self, period: Period) -> dict[str, ArrayLike]:
        """Domestic abuse incidents of adults with repeats (Z26), crimes by role, high risk, and what was supplied."""
        supplied = self._police.covers(period)
        both_supplied = supplied & self._marac.covers(period)
        abuse = np.where(self._is_adult, self._incidents.domestic_abuse(period), np.nan)
        victim, offender = self._incidents.crimes(period)
        counts = {
            "da_incidents": abuse,
            "da_repeat_incidents": np.maximum(abuse - 1, 0),
            "victim_count": victim,
            "offender_count": offender,
        }
        known = {name: np.where(supplied, values, np.nan) for name, values in counts.items()}
        high = high_risk(self._incidents, self._marac.rows, period, self._high_risk_incidents)
        return known | {
            "da_high_risk": flag_or_blank(high, known=both_supplied),
            "police_supplied": supplied,
            "high_risk_supplied": both_supplied,
        }


def twelve_months_before(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    baseline: Annotated[pd.DataFrame, BASELINE],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Indicators 1, 2, 5, 6, 7, 17 and 19 over the twelve months before FS start, of the quarter's entrants.

    They cover the people whose twelve months are wholly supplied: `partial` where some are left out for that reason,
    blank and `not_supplied` where all are.
    """
    entrants = quarter.holds(days(people["fs_start_date"]))
    return _figures(quarter, people, entrants, baseline, "baseline", "before")


def twelve_months_after(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("months_around_fs")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    follow_up: Annotated[pd.DataFrame, FOLLOW_UP],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Indicators 1, 2, 5, 6, 7, 17 and 19 over the twelve months from FS start, of those who complete them.

    They cover the people whose twelve months are wholly supplied: `partial` where some are left out for that reason,
    blank and `not_supplied` where all are.
    """
    completed = quarter.holds(after_fs(days(people["fs_start_date"]), parameters["months_around_fs"]).last)
    return _figures(quarter, people, completed, follow_up, "follow_up", "after")


def _figures(
    quarter: Quarter, people: pd.DataFrame, rows: Flags, table: pd.DataFrame, period: str, side: str
) -> pd.DataFrame:
    """The figures of the roster's `rows`, for which `table` holds the columns of a side."""
    if not all(table[key].equals(people[key][rows].reset_index(drop=True)) for key in BASELINE.key):
        raise ValueError("twelve months of another roster: run the quarter's cohort again, all of it")
    frames = []
    for indicator in TWELVE_MONTHS_INDICATORS:
        figures = Figures(indicator, quarter, period)
        for measure in indicator.measures:
            counted = COUNTED[measure.part]
            population = Population.of_roster(people, quarter, counted.role or None)
            supplied, left_out = np.ones(len(table), bool), np.zeros(len(table), bool)
            if counted.supplied:
                known = table[f"{side}_{counted.supplied}"]
                supplied, left_out = flags(known), flags(~known)

            def total(values: Numbers | Flags, population: Population = population) -> Numbers:
                of_roster = np.zeros(population.size)
                of_roster[rows] = np.nan_to_num(values.astype(np.float64))
                return population.total(of_roster)

            figures.of_covered(
                measure.name,
                population.scopes,
                total(numbers(table[f"{side}_{counted.column}"])),
                None if measure.adds_up else total(numbers(table[f"{side}_{measure.whole}"])),
                covered=total(supplied),
                left_out=total(left_out),
            )
        frames.append(figures.frame())
    return pd.concat(frames, ignore_index=True)
