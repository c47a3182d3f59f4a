"""Crime incidents of each person as victim and as offender, before FS and within the quarter (I01 to I04)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, Numbers, Positions, days, flags, numbers
from fs_pipeline.arithmetic.groups import person_and_day
from fs_pipeline.arithmetic.identifiers import first_rows, positions
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter, plus_months
from fs_pipeline.arithmetic.windows import Deliveries, Earlier, Window
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
    earlier: Earlier | None = None,
) -> Annotated[pd.DataFrame, POLICE_CONTACTS]:
    """Each person's crime incidents in the {months_around_fs} months before FS, and in the FS window, by role.

    The months before FS hold R03 - {months_around_fs} months and not R03 (Z12). A count is blank while any quarter
    that its window touches is not supplied, and 0 where the FS window is empty (Z13). Families stay on the roster,
    so the months before FS may lie in any earlier quarter: of those who had the same R03 a quarter ago, the count
    of then is taken over. (Z08)
    """
    population, start = Population.of_roster(people, quarter), days(people["fs_start_date"])

    def counts(population: Population, first: Dates, last: Dates) -> tuple[Numbers, Numbers]:
        incidents = police_incidents.since(np.fmin.reduce(first[population.counted], initial=quarter.start))
        incident, row = population.events(incidents["person_id"], flags(incidents["crime"]))
        dated = days(incidents["incident_date"])[incident]
        is_victim = (incidents["role"] == "victim").to_numpy()[incident]
        inside = (dated >= first[row]) & (dated <= last[row])
        blank: Flags = (first <= last) & ~police_incidents.covers(first, last)
        victim, offender = (population.sums(row[inside & of_role]) for of_role in (is_victim, ~is_victim))
        return np.where(blank, np.nan, victim), np.where(blank, np.nan, offender)

    known = _known_earlier(quarter, people, earlier)
    before = plus_months(start, -parameters["months_around_fs"])
    of_the_others = counts(population.only(known < 0), before, start - ONE_DAY)
    made = POLICE_CONTACTS.empty() if earlier is None else earlier.made
    before_fs = tuple(
        np.where(known < 0, counted, np.append(numbers(made[name]), np.nan)[known])
        for name, counted in zip(_BEFORE_FS, of_the_others, strict=True)
    )
    in_quarter = counts(population, population.first, population.last)
    return POLICE_CONTACTS.beside(people, dict(zip(_BEFORE_FS + _IN_QUARTER, before_fs + in_quarter, strict=True)))


def _known_earlier(quarter: Quarter, people: pd.DataFrame, earlier: Earlier | None) -> Positions:
    """Each row's row of the same person and R03 a quarter ago, if these were over by then; otherwise -1."""
    if earlier is None:
        return np.full(len(people), -1)
    person = positions(people["person_id"], earlier.people["person_id"])
    start, start_then = (days(each["fs_start_date"]) for each in (people, earlier.people))
    then = pd.Index(person_and_day(first_rows(earlier.people["person_id"]), start_then))
    row = np.flatnonzero(~then.duplicated())
    found = np.append(row, -1)[then[row].get_indexer(pd.Index(person_and_day(person, start)))]
    return np.where((person >= 0) & (start <= quarter.start), found, -1)
