"""Police incidents of people: crimes by role, domestic abuse, repeats, and who is at high risk (Z25, Z26)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days, flags
from fs_pipeline.arithmetic.identifiers import codes, positions
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import plus_months


@dataclass(frozen=True)
class Incidents:
    """The police incidents of a population's people: each once for every row that its person has.

    Attributes:
        population: the people.
        police: the extract's rows of some quarters, in order of quarter and key.
        position: of each incident, its row there.
        row: of each incident, its row of the population.
    """

    population: Population
    police: pd.DataFrame
    position: Positions
    row: Positions

    @classmethod
    def of(cls, population: Population, police: pd.DataFrame, among: Flags | None = None) -> Incidents:
        """The incidents of the extract's rows, or those `among` them that are wanted."""
        return cls(population, police, *population.events(police["person_id"], among))

    @cached_property
    def date(self) -> Dates:
        """The date of each."""
        return days(self.police["incident_date"])[self.position]

    def within(self, period: Period) -> Flags:
        """Those dated in the period of their row."""
        return period[self.row].holds(self.date)

    def crimes(self, period: Period) -> tuple[Numbers, Numbers]:
        """Each row's crime incidents in its period, as victim and as offender."""
        crimes = flags(self.police["crime"])[self.position] & self.within(period)
        as_victim = (self.police["role"] == "victim").to_numpy()[self.position]
        victim, offender = (self.population.sums(self.row[crimes & role]) for role in (as_victim, ~as_victim))
        return victim, offender

    def domestic_abuse(self, period: Period) -> Numbers:
        """Each row's domestic abuse incidents in its period, each once, in whichever role."""
        return self.population.sums(self.row[self.is_domestic_abuse & self.within(period)])

    @cached_property
    def is_domestic_abuse(self) -> Flags:
        """Those that stand for a pair of person and domestic abuse incident: one a pair."""
        return self._pairs[self.position]

    def repeats(self, months: int) -> Flags:
        """Those with an earlier domestic abuse incident of the same person on or after their own date - `months`.

        Earlier is before in order of date, then incident_id (Z26).
        """
        rows = _in_order(self._pairs, self.police)
        person = positions(self.police["person_id"], self.population.person_id)[rows]
        by_person = np.argsort(person, kind="stable")
        rows, person = rows[by_person], person[by_person]
        dated = days(self.police["incident_date"])[rows]
        repeat = np.zeros(len(self.police), bool)
        repeat[rows[1:]] = (person[1:] == person[:-1]) & (dated[:-1] >= plus_months(dated[1:], -months))
        return repeat[self.position]

    @cached_property
    def _pairs(self) -> Flags:
        """The extract's rows that stand for a pair of one of the people and a domestic abuse incident."""
        person = positions(self.police["person_id"], self.population.person_id)
        rows = _in_order(flags(self.police["domestic_abuse"]) & (person >= 0), self.police)
        incident = codes(self.police["incident_id"].iloc[rows])
        _, first_of_pair = np.unique(person[rows] * len(person) + incident, return_index=True)
        pairs = np.zeros(len(person), bool)
        pairs[rows[first_of_pair]] = True
        return pairs


def high_risk(incidents: Incidents, referrals: pd.DataFrame, period: Period, least: int) -> Flags:
    """Rows with `least` or more domestic abuse incidents, or a MARAC referral, in their period (Z25)."""
    referral, row = incidents.population.events(referrals["person_id"])
    dated = days(referrals["referral_date"])[referral]
    referred = incidents.population.sums(row[period[row].holds(dated)]) > 0
    return (incidents.domestic_abuse(period) >= least) | referred


def _in_order(which: Flags, police: pd.DataFrame) -> Positions:
    """The rows in order of date, then incident_id: within a day that is the order in which they stand."""
    rows = np.flatnonzero(which)
    return rows[np.argsort(days(police["incident_date"])[rows], kind="stable")]
