"""The person level: the roster with every subject's fields beside it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.child_protection.fields import CHILD_PROTECTION
from fs_pipeline.subjects.domestic_abuse.fields import DA_PROGRAMME, HIGH_RISK, LSIR
from fs_pipeline.subjects.domestic_abuse.police_contacts import POLICE_CONTACTS
from fs_pipeline.subjects.looked_after.fields import LOOKED_AFTER
from fs_pipeline.subjects.mental_health.fields import MENTAL_HEALTH
from fs_pipeline.subjects.school.fields import SCHOOL_ATTENDANCE
from fs_pipeline.subjects.substance_misuse.fields import TREATMENT, TREATMENT_OUTCOMES
from fs_pipeline.toolkit.fields import PERSON_LEVEL
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import ArrayLike


def person_level(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER],
    child_protection: Annotated[pd.DataFrame, CHILD_PROTECTION],
    looked_after: Annotated[pd.DataFrame, LOOKED_AFTER],
    attendance: Annotated[pd.DataFrame, SCHOOL_ATTENDANCE],
    police_contacts: Annotated[pd.DataFrame, POLICE_CONTACTS],
    treatment: Annotated[pd.DataFrame, TREATMENT],
    treatment_outcomes: Annotated[pd.DataFrame, TREATMENT_OUTCOMES],
    mental_health: Annotated[pd.DataFrame, MENTAL_HEALTH],
    domestic_abuse_programmes: Annotated[pd.DataFrame, DA_PROGRAMME],
    domestic_abuse_high_risk: Annotated[pd.DataFrame, HIGH_RISK],
    lsir: Annotated[pd.DataFrame, LSIR],
) -> Annotated[pd.DataFrame, PERSON_LEVEL]:
    """One row per person and family of the roster, with every field of the toolkit at person level.

    Raises:
        ValueError: a subject's fields are not of this roster: it was run for another version of it.
    """
    columns: dict[str, ArrayLike] = {"quarter": np.full(len(people), quarter.start)}
    columns |= {name: people[name] for name in PERSON_LEVEL.names if name in people}
    for fields in (
        child_protection,
        looked_after,
        attendance,
        police_contacts,
        treatment,
        treatment_outcomes,
        mental_health,
        domestic_abuse_programmes,
        domestic_abuse_high_risk,
        lsir,
    ):
        if not all(fields[key].equals(people[key]) for key in PERSON_LEVEL.key):
            raise ValueError("fields of another roster: run the quarter's cohort and fields again, together")
        columns |= {name: fields[name] for name in PERSON_LEVEL.names if name in fields}
    return PERSON_LEVEL.beside(people, columns)
