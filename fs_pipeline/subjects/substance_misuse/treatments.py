"""Re-presentation to the substance misuse service within some months of a closure (Z21)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, codes, days, person_and_day, repeated
from fs_pipeline.arithmetic.quarters import plus_months


def re_presented(treatments: pd.DataFrame, months: int) -> Flags:
    """Whether the person came back after each closure and within so many months of it.

    Coming back is starting another treatment or having another assessment, later than the closure, up to and
    including the day so many months after it. False for a treatment that is not closed.

    Args:
        treatments: person_id, start_date, closure_date, assessment_date of every treatment.
        months: how long a closure is followed up.
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
