"""Indicators 10 to 13: substance misuse treatment, drop-out, and the Treatment Outcomes Profile."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.columns import numbers
from fs_pipeline.arithmetic.figures import Events, Figures, indicator
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, plus_months
from fs_pipeline.arithmetic.scores import TOP_SCALES, changes
from fs_pipeline.subjects.substance_misuse.fields import re_presented
from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS, TOP_FORMS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

_SOCIAL_FUNCTIONING = tuple(domain for domain in TOP_SCALES if domain != "substance_use")


def _outcomes(*domains: str) -> tuple[str, ...]:
    return tuple(f"top_{domain}_{form}" for domain in domains for form in ("initial", "latest"))


@indicator(10)
def substance_misuse_treatment(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("re_presentation_months")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    treatment_fields: Annotated[pd.DataFrame, field_table("treatment", "treatment_closure_reason")],
    outcomes: Annotated[pd.DataFrame, field_table("treatment_outcomes", *_outcomes("substance_use"))],
    treatments: Annotated[pd.DataFrame | None, SUBSTANCE_TREATMENTS],
    forms_supplied: Annotated[bool, TOP_FORMS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Completed treatments, and earlier ones after which the person did not come back, or had improved.

    The shares look back: their denominators are the completed treatments whose {re_presentation_months} months of
    follow-up end in this quarter. (Z20, Z21, Z22, Z24)
    """
    figures = Figures(substance_misuse_treatment.declaration, quarter)
    population = Population.of_roster(people, quarter, "adult")
    scopes = population.scopes
    if treatments is None:
        return figures.not_supplied(scopes)
    completed = treatment_fields["treatment_closure_reason"] == "completed"
    figures.count("treatments_completed", scopes, population.total(completed.to_numpy()))

    months, events = parameters["re_presentation_months"], Events.of(population, treatments)
    due = quarter.holds(plus_months(events.dates("closure_date"), months)) & events.have("closure_reason", "completed")
    stayed_away = due & ~re_presented(treatments, months)[events.position]
    without, followed_up = events.total(stayed_away), events.total(due)
    figures.mean("no_re_presentation_6_months", scopes, without, followed_up)
    if not forms_supplied:
        return figures.not_supplied(scopes, "no_re_presentation_or_improved")
    initial, latest = (numbers(outcomes[column]) for column in _outcomes("substance_use"))
    improved = TOP_SCALES["substance_use"].improved(initial, latest)
    successful = stayed_away | (due & improved[events.row])
    figures.mean("no_re_presentation_or_improved", scopes, events.total(successful), followed_up)
    return figures.frame()


@indicator(11)
def substance_misuse_drop_out(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    treatment_fields: Annotated[
        pd.DataFrame,
        field_table("treatment", "assessments", "assessments_without_engagement", "treatments_without_engagement"),
    ],
    treatments: Annotated[pd.DataFrame | None, SUBSTANCE_TREATMENTS.only("person_id", "closure_date")],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Assessments, and the shares that dropped out before and after engagement (Z20, Z22)."""
    figures = Figures(substance_misuse_drop_out.declaration, quarter)
    population = Population.of_roster(people, quarter, "adult")
    scopes = population.scopes
    if treatments is None:
        return figures.not_supplied(scopes)
    assessments, before, after = (
        population.total(numbers(treatment_fields[column]))
        for column in ("assessments", "assessments_without_engagement", "treatments_without_engagement")
    )
    events = Events.of(population, treatments)
    closed = events.total(quarter.holds(events.dates("closure_date")))
    figures.count("assessments", scopes, assessments)
    figures.mean("drop_out_before_engagement", scopes, before, assessments)
    figures.mean("drop_out_after_engagement", scopes, after, closed)
    return figures.frame()


@indicator(12)
def substance_use(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    outcomes: Annotated[pd.DataFrame, field_table("treatment_outcomes", *_outcomes("substance_use"))],
    forms_supplied: Annotated[bool, TOP_FORMS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """People whose substance use score on the TOP improved, declined, stayed; and the mean change.

    Over people with both an initial and a latest score; fewer days of use is better. (Z23, Z24)
    """
    scales = {"substance_use": TOP_SCALES["substance_use"]}
    return changes(substance_use.declaration, quarter, people, outcomes, "top_", scales, forms_supplied)


@indicator(13)
def social_functioning(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    outcomes: Annotated[pd.DataFrame, field_table("treatment_outcomes", *_outcomes(*_SOCIAL_FUNCTIONING))],
    forms_supplied: Annotated[bool, TOP_FORMS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """People whose TOP scores in the other four domains improved, declined, stayed; and the mean change.

    Over people with both an initial and a latest score in the domain; a higher score is better. (Z23, Z24)
    """
    scales = {domain: TOP_SCALES[domain] for domain in _SOCIAL_FUNCTIONING}
    return changes(social_functioning.declaration, quarter, people, outcomes, "top_", scales, forms_supplied)
