"""Indicators 17 to 20: domestic abuse incidents, programmes, high risk, LSI-R."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.columns import flags, numbers
from fs_pipeline.arithmetic.figures import Events, Figures, indicator
from fs_pipeline.arithmetic.periods import Deliveries, Window
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.scores import LSIR_SCALE, changes
from fs_pipeline.subjects.domestic_abuse.fields import Incidents
from fs_pipeline.toolkit.extracts import DA_PROGRAMMES, LSIR_ASSESSMENTS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values


@indicator(17)
def domestic_abuse_incidents_reported(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("repeat_incident_months")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    contacts: Annotated[
        pd.DataFrame, field_table("police_contacts", "victim_count_in_quarter", "offender_count_in_quarter")
    ],
    police_incidents: Annotated[
        Deliveries,
        POLICE_INCIDENTS.only("incident_id", "person_id", "incident_date", "domestic_abuse"),
        Window(-4),
    ],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Domestic abuse incidents of the adults worked with, repeats among them, and everyone's crime incidents.

    An incident counts once a person, in whichever role. (Z08, Z13, Z26)
    """
    figures = Figures(domestic_abuse_incidents_reported.declaration, quarter)
    everyone = Population.of_roster(people, quarter)
    scopes = everyone.scopes
    if not police_incidents.supplied[quarter]:
        return figures.not_supplied(scopes)
    adults = Population.of_roster(people, quarter, "adult")
    incidents = Incidents.of(adults, police_incidents.rows)
    of_window = incidents.is_domestic_abuse & incidents.within(adults.window, "incident_date")
    repeats = of_window & incidents.repeats(parameters["repeat_incident_months"])
    figures.count("da_incidents", scopes, incidents.total(of_window))
    complete = police_incidents.all_supplied()
    figures.count("da_repeat_incidents", scopes, incidents.total(repeats), complete=complete)
    for role in ("victim", "offender"):
        crimes = numbers(contacts[f"{role}_count_in_quarter"])
        figures.count(f"{role}_count", scopes, everyone.total(crimes))
    return figures.frame()


@indicator(18)
def domestic_abuse_programme_completion(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    programmes: Annotated[pd.DataFrame | None, DA_PROGRAMMES.only("person_id", "participant", "end_date", "outcome")],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """DA programmes of the adults worked with that ended in the quarter, and how many were completed (Z20)."""
    figures = Figures(domestic_abuse_programme_completion.declaration, quarter)
    population = Population.of_roster(people, quarter, "adult")
    scopes = population.scopes
    if programmes is None:
        return figures.not_supplied(scopes)
    events = Events.of(population, programmes)
    ended, completed = quarter.holds(events.dates("end_date")), events.have("outcome", "completed")
    for participant in figures.indicator.measure("completion_rate").groups:
        of_group = ended & events.have("participant", participant)
        all_ended, all_completed = events.total(of_group), events.total(of_group & completed)
        figures.count("programmes_ended", scopes, all_ended, group=participant)
        figures.count("programmes_completed", scopes, all_completed, group=participant)
        figures.mean("completion_rate", scopes, all_completed, all_ended, group=participant)
    return figures.frame()


@indicator(19)
def domestic_abuse_high_risk(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    high_risk: Annotated[pd.DataFrame, field_table("domestic_abuse_high_risk", "da_high_risk")],
    police_supplied: Annotated[Deliveries, POLICE_INCIDENTS.only(), Window(-3)],
    marac_supplied: Annotated[Deliveries, MARAC_REFERRALS.only(), Window(-3)],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """People with {high_risk_incidents} or more DA incidents, or a MARAC referral, in the months to the quarter end.

    `partial` while an earlier quarter of the {high_risk_months} months is not supplied: the people whom supplied data
    show. (Z25)
    """
    figures = Figures(domestic_abuse_high_risk.declaration, quarter)
    population = Population.of_roster(people, quarter)
    sources = (police_supplied, marac_supplied)
    if not all(source.supplied[quarter] for source in sources):
        return figures.not_supplied(population.scopes)
    complete = all(source.all_supplied() for source in sources)
    total = population.total(flags(high_risk["da_high_risk"]))
    figures.count("people_high_risk", population.scopes, total, complete=complete)
    return figures.frame()


@indicator(20)
def lsir_scores(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    scores: Annotated[pd.DataFrame, field_table("lsir", "lsir_initial", "lsir_latest")],
    assessments_supplied: Annotated[bool, LSIR_ASSESSMENTS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """People whose LSI-R score improved, declined, stayed; and the mean change.

    Over people with both an initial and a latest score; a lower score is better. (Z23, Z24)
    """
    scales = {"lsir": LSIR_SCALE}
    return changes(lsir_scores.declaration, quarter, people, scores, "", scales, assessments_supplied)
