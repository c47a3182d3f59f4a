"""Domestic abuse: intervention programmes, high risk, LSI-R (I47 to I49, I66a, X08 to X10)."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.columns import flag_or_blank, picked
from fs_pipeline.arithmetic.events import Events
from fs_pipeline.arithmetic.periods import Deliveries, Window, months_until
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.scores import scores_by_course
from fs_pipeline.subjects.domestic_abuse.incidents import Incidents, high_risk
from fs_pipeline.toolkit.extracts import DA_PROGRAMMES, LSIR_ASSESSMENTS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

DA_PROGRAMME = field_table(
    "domestic_abuse_programmes", "da_programme_start_date", "da_programme_end_date", "da_programme_outcome"
)
HIGH_RISK = field_table("domestic_abuse_high_risk", "da_high_risk")
LSIR = field_table("lsir", "lsir_initial", "lsir_latest", "lsir_end")


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
    population = Population.of_roster(people, quarter, "adult")
    scores = scores_by_course(people, population, assessments, {"lsir": "score"}, date="assessment_date")
    return LSIR.beside(people, scores)
