"""Crime incidents of each person as victim and as offender, before FS and within the quarter (I01 to I04)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Numbers, days, flags
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, plus_months
from fs_pipeline.arithmetic.windows import Deliveries, Window
from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import field_table

POLICE_CONTACTS = field_table(
    "police_contacts",
    "previous_victim_count",
    "previous_offender_count",
    "victim_count_in_quarter",
    "offender_count_in_quarter",
)


def police_contacts(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    police_incidents: Annotated[
        Deliveries, POLICE_INCIDENTS.only("person_id", "incident_date", "role", "crime"), Window(None)
    ],
) -> Annotated[pd.DataFrame, POLICE_CONTACTS]:
    """Each person's crime incidents in the 12 months before FS, and in the FS window, by role.

    The 12 months hold R03 - 12 months and not R03 (Z12). A count is blank while any quarter that its window touches
    is not supplied, and 0 where the FS window is empty (Z13). Families stay on the roster for the whole programme,
    so the 12 months before FS may lie in any earlier quarter. (Z08)
    """
    population = Population.of_roster(people, quarter)
    incidents = police_incidents.rows
    incident, row = population.events(incidents["person_id"], flags(incidents["crime"]))
    dated = days(incidents["incident_date"])[incident]
    is_victim = (incidents["role"] == "victim").to_numpy()[incident]

    def counts(first: Dates, last: Dates) -> tuple[Numbers, Numbers]:
        inside = (dated >= first[row]) & (dated <= last[row])
        blank: Flags = (first <= last) & ~police_incidents.covers(first, last)
        victim, offender = (population.sums(row[inside & of_role]) for of_role in (is_victim, ~is_victim))
        return np.where(blank, np.nan, victim), np.where(blank, np.nan, offender)

    start = days(people["fs_start_date"])
    previous_victim, previous_offender = counts(plus_months(start, -12), start - ONE_DAY)
    victim, offender = counts(population.first, population.last)
    return POLICE_CONTACTS.beside(
        people,
        {
            "previous_victim_count": previous_victim,
            "previous_offender_count": previous_offender,
            "victim_count_in_quarter": victim,
            "offender_count_in_quarter": offender,
        },
    )
