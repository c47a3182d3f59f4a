"""Treatment of each adult by the substance misuse service, and the Treatment Outcomes Profile (I25 to I46)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, codes, days, flag_or_blank, person_and_day, picked, repeated
from fs_pipeline.arithmetic.figures import Events
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, plus_months
from fs_pipeline.arithmetic.scores import TOP_SCALES, scores_by_course
from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS, TOP_FORMS
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

TREATMENT = field_table("treatment")

TREATMENT_OUTCOMES = field_table("treatment_outcomes")


def treatment(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("re_presentation_months")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    substance_treatments: Annotated[pd.DataFrame | None, SUBSTANCE_TREATMENTS],
) -> Annotated[pd.DataFrame, TREATMENT]:
    """Each adult's assessments, treatment starts and closures in the quarter, and what came after a closure.

    By the quarter, not cut at R03 or R04 (Z20). Re-presentation is true when it has happened, and otherwise blank:
    the {re_presentation_months} months after the closure are never over in the quarter that holds it (Z21). Counts are
    blank, never 0, while the service's extract is not supplied; everything is blank for children. (Z22)
    """
    supplied = substance_treatments is not None
    table = SUBSTANCE_TREATMENTS.empty() if substance_treatments is None else substance_treatments
    treatments = Events.of(Population.of_roster(people, quarter, "adult"), table)
    started, closed, assessed = (treatments.dates(f"{name}_date") for name in ("start", "closure", "assessment"))
    starts, closes, assesses = (quarter.holds(dates) for dates in (started, closed, assessed))
    not_engaged = treatments.have("assessment_outcome", "non_engagement")
    dropped_out = treatments.have("closure_reason", "dropped_out")
    closing = treatments.latest(closed, closes)
    came_back = np.append(re_presented(table, parameters["re_presentation_months"]), False)
    again = came_back[treatments.place(closing)]

    def count(which: Flags) -> Numbers:
        return np.where(supplied, treatments.number(which), np.nan)

    return TREATMENT.beside(
        people,
        {
            "treatment_start_date": picked(started, treatments.latest(started, starts)),
            "treatment_closure_date": picked(closed, closing),
            "treatment_closure_reason": treatments.column("closure_reason", closing),
            "re_presented_within_6_months": flag_or_blank(again, known=again),
            "assessments": count(assesses),
            "assessments_without_engagement": count(assesses & not_engaged),
            "treatments_without_engagement": count(closes & dropped_out),
        },
    )


def treatment_outcomes(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    top_forms: Annotated[pd.DataFrame | None, TOP_FORMS],
) -> Annotated[pd.DataFrame, TREATMENT_OUTCOMES]:
    """Each adult's initial, latest and end score in the five domains of the TOP (Z23).

    Blank without such a form or score, for children, and while the forms are not supplied.
    """
    forms = TOP_FORMS.empty() if top_forms is None else top_forms
    columns = {f"top_{domain}": domain for domain in TOP_SCALES}
    of_forms = {"date": "form_date", "episode": "treatment_id"}
    scores = scores_by_course(quarter, people, forms, columns, **of_forms, stages=("start", "exit"))
    return TREATMENT_OUTCOMES.beside(people, scores)


def re_presented(treatments: pd.DataFrame, months: int) -> Flags:
    """Whether the person came back after each closure and within so many months of it.

    Coming back is starting another treatment or having another assessment, later than the closure, up to and
    including the day so many months after it. False for a treatment that is not closed.
    """
    size = len(treatments)
    person, treatment = codes(treatments["person_id"]), np.arange(size)
    came = np.concatenate([days(treatments["start_date"]), days(treatments["assessment_date"])])
    visit_person, visit_treatment = np.tile(person, 2), np.tile(treatment, 2)
    dated = ~np.isnat(came)
    came, visit_person, visit_treatment = came[dated], visit_person[dated], visit_treatment[dated]
    order = np.lexsort((came, visit_person))
    came, visit_person, visit_treatment = came[order], visit_person[order], visit_treatment[order]

    closure = days(treatments["closure_date"])
    closed = np.flatnonzero(~np.isnat(closure))
    visits = person_and_day(visit_person, came)
    after = np.searchsorted(visits, person_and_day(person[closed], closure[closed]), side="right")
    within = np.searchsorted(visits, person_and_day(person[closed], plus_months(closure[closed], months)), side="right")
    of_closed, nth = repeated(within - after)
    other = visit_treatment[after[of_closed] + nth] != closed[of_closed]
    again = np.zeros(size, bool)
    again[closed[of_closed[other]]] = True
    return again
