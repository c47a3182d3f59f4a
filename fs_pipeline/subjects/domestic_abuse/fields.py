"""Police incidents of people, and domestic abuse: programmes, who is at high risk, LSI-R.

Crimes by role are I01 to I04; the others I47 to I49, I66a and X08 to X10.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import (
    Flags,
    Numbers,
    Positions,
    codes,
    days,
    flag_or_blank,
    flags,
    picked,
    positions,
)
from fs_pipeline.arithmetic.figures import Events
from fs_pipeline.arithmetic.periods import Deliveries, Period, Window, before_fs, months_until
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, plus_months
from fs_pipeline.arithmetic.scores import scores_by_course
from fs_pipeline.toolkit.extracts import DA_PROGRAMMES, LSIR_ASSESSMENTS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

_BEFORE_FS = ("previous_victim_count", "previous_offender_count")
_IN_QUARTER = ("victim_count_in_quarter", "offender_count_in_quarter")
POLICE_CONTACTS = field_table("police_contacts")
DA_PROGRAMME = field_table("domestic_abuse_programmes")
HIGH_RISK = field_table("domestic_abuse_high_risk")
LSIR = field_table("lsir")


def police_contacts(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("months_around_fs")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    police_incidents: Annotated[
        Deliveries, POLICE_INCIDENTS.only("person_id", "incident_date", "role", "crime"), Window(None)
    ],
) -> Annotated[pd.DataFrame, POLICE_CONTACTS]:
    """Each person's crime incidents in the {months_around_fs} months before FS, and in the FS window, by role.

    The months before FS hold R03 - {months_around_fs} months and not R03 (Z12). A count is blank while any quarter
    that its window touches is not supplied, and 0 where the FS window is empty (Z13). Families stay on the roster,
    so the months before FS may lie in any earlier quarter. (Z08)
    """
    population = Population.of_roster(people, quarter)
    before = before_fs(days(people["fs_start_date"]), parameters["months_around_fs"])
    rows = police_incidents.since(np.fmin.reduce(before.first, initial=quarter.start))
    crimes = Incidents.of(population, rows, flags(rows["crime"]))
    counts = []
    for period in (before, population.window):
        known = period.is_empty | police_incidents.covers(period)
        counts += [np.where(known, of_role, np.nan) for of_role in crimes.crimes(period)]
    return POLICE_CONTACTS.beside(people, dict(zip(_BEFORE_FS + _IN_QUARTER, counts, strict=True)))


def domestic_abuse_programmes(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    da_programmes: Annotated[pd.DataFrame | None, DA_PROGRAMMES.only("person_id", "start_date", "end_date", "outcome")],
) -> Annotated[pd.DataFrame, DA_PROGRAMME]:
    """Each adult's latest DA programme start and end in the quarter, and the outcome of the one that ended.

    By the quarter, not cut at R03 or R04 (Z20). Blank for children, and while the programmes are not supplied.
    """
    table = DA_PROGRAMMES.empty() if da_programmes is None else da_programmes
    programmes = Events.of(Population.of_roster(people, quarter, "adult"), table)
    started, ended = (programmes.dates(name) for name in ("start_date", "end_date"))
    latest_end = programmes.latest(ended, quarter.holds(ended))
    return DA_PROGRAMME.beside(
        people,
        {
            "da_programme_start_date": picked(started, programmes.latest(started, quarter.holds(started))),
            "da_programme_end_date": picked(ended, latest_end),
            "da_programme_outcome": programmes.column("outcome", latest_end),
        },
    )


def domestic_abuse_high_risk(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("high_risk_incidents", "high_risk_months")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    police_incidents: Annotated[
        Deliveries,
        POLICE_INCIDENTS.only("incident_id", "person_id", "incident_date", "domestic_abuse"),
        Window(-3),
    ],
    marac_referrals: Annotated[Deliveries, MARAC_REFERRALS.only("person_id", "referral_date"), Window(-3)],
) -> Annotated[pd.DataFrame, HIGH_RISK]:
    """Whether each person is at high risk by the DA incidents and MARAC referrals of the months to the quarter end.

    That is {high_risk_incidents} or more incidents, or a referral, in {high_risk_months} months: the quarter and the
    three before it. True as soon as supplied data show it; otherwise blank while one of the four is not supplied. An
    incident counts once, in whichever role. (Z01, Z25)
    """
    incidents = Incidents.of(Population.of_roster(people, quarter), police_incidents.rows)
    period = months_until(quarter.end, parameters["high_risk_months"], len(people))
    high = high_risk(incidents, marac_referrals.rows, period, parameters["high_risk_incidents"])
    complete = police_incidents.covers(period) & marac_referrals.covers(period)
    return HIGH_RISK.beside(people, {"da_high_risk": flag_or_blank(high, known=high | complete)})


def lsir(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    lsir_assessments: Annotated[pd.DataFrame | None, LSIR_ASSESSMENTS],
) -> Annotated[pd.DataFrame, LSIR]:
    """Each adult's initial, latest and end LSI-R score (Z23).

    Blank without such an assessment, for children, and while the assessments are not supplied.
    """
    assessments = LSIR_ASSESSMENTS.empty() if lsir_assessments is None else lsir_assessments
    scores = scores_by_course(quarter, people, assessments, {"lsir": "score"}, date="assessment_date")
    return LSIR.beside(people, scores)


class Incidents(Events):
    """Police incidents; the extract's rows stand in order of quarter and key."""

    def crimes(self, period: Period) -> tuple[Numbers, Numbers]:
        """Each row's crime incidents in its period, as victim and as offender."""
        crimes, as_victim = self.flags("crime") & self.within(period, "incident_date"), self.have("role", "victim")
        return self.number(crimes & as_victim), self.number(crimes & ~as_victim)

    def domestic_abuse(self, period: Period) -> Numbers:
        """Each row's domestic abuse incidents in its period, each once, in whichever role."""
        return self.number(self.is_domestic_abuse & self.within(period, "incident_date"))

    @cached_property
    def is_domestic_abuse(self) -> Flags:
        """Those that stand for a pair of person and domestic abuse incident: one a pair."""
        return self._pairs[self.position]

    def repeats(self, months: int) -> Flags:
        """Those with an earlier domestic abuse incident of the same person on or after their own date - `months`.

        Earlier is before in order of date, then incident_id (Z26).
        """
        rows = _in_order(self._pairs, self.table)
        person = positions(self.table["person_id"], self.population.person_id)[rows]
        by_person = np.argsort(person, kind="stable")
        rows, person = rows[by_person], person[by_person]
        dated = days(self.table["incident_date"])[rows]
        repeat = np.zeros(len(self.table), bool)
        repeat[rows[1:]] = (person[1:] == person[:-1]) & (dated[:-1] >= plus_months(dated[1:], -months))
        return repeat[self.position]

    @cached_property
    def _pairs(self) -> Flags:
        """The extract's rows that stand for a pair of one of the people and a domestic abuse incident."""
        person = positions(self.table["person_id"], self.population.person_id)
        rows = _in_order(flags(self.table["domestic_abuse"]) & (person >= 0), self.table)
        incident = codes(self.table["incident_id"].iloc[rows])
        _, first_of_pair = np.unique(person[rows] * len(person) + incident, return_index=True)
        pairs = np.zeros(len(person), bool)
        pairs[rows[first_of_pair]] = True
        return pairs


def high_risk(incidents: Incidents, referrals: pd.DataFrame, period: Period, least: int) -> Flags:
    """Rows with `least` or more domestic abuse incidents, or a MARAC referral, in their period (Z25)."""
    marac = Events.of(incidents.population, referrals)
    referred = marac.number(marac.within(period, "referral_date")) > 0
    return (incidents.domestic_abuse(period) >= least) | referred


def _in_order(which: Flags, police: pd.DataFrame) -> Positions:
    """The rows in order of date, then incident_id: within a day that is the order in which they stand."""
    rows = np.flatnonzero(which)
    return rows[np.argsort(days(police["incident_date"])[rows], kind="stable")]
