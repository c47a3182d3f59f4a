"""Crime incidents of each person as victim and as offender, before FS and within the quarter (I01 to I04)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import days, flags
from fs_pipeline.arithmetic.periods import Deliveries, Window, before_fs
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.domestic_abuse.incidents import Incidents
from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

_BEFORE_FS = ("previous_victim_count", "previous_offender_count")
_IN_QUARTER = ("victim_count_in_quarter", "offender_count_in_quarter")
POLICE_CONTACTS = field_table("police_contacts", *_BEFORE_FS, *_IN_QUARTER)


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
