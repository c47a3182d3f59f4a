"""Police incidents of people: crimes by role, domestic abuse, repeats, and who is at high risk (Z25, Z26)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, Positions, codes, days, flags, positions
from fs_pipeline.arithmetic.events import Events
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.quarters import plus_months


class Incidents(Events):
    """Police incidents; the extract's rows stand in order of quarter and key."""

    def crimes(self, period: Period) -> tuple[Numbers, Numbers]:
        """Each row's crime incidents in its period, as victim and as offender."""
        crimes, as_victim = self.flags("crime") & self.within(period, "incident_date"), self.have("role", "victim")
        return self.number(crimes & as_victim), self.number(crimes & ~as_victim)

    def domestic_abuse(self, period: Period) -> Numbers:
        """Each row's domestic abuse incidents in its period, each once, in whichever role."""
        return self.number(self.is_domestic_abuse & self.within(period, "incident_date"))

    @cached_property
    def is_domestic_abuse(self) -> Flags:
        """Those that stand for a pair of person and domestic abuse incident: one a pair."""
        return self._pairs[self.position]

    def repeats(self, months: int) -> Flags:
        """Those with an earlier domestic abuse incident of the same person on or after their own date - `months`.

        Earlier is before in order of date, then incident_id (Z26).
        """
        rows = _in_order(self._pairs, self.table)
        person = positions(self.table["person_id"], self.population.person_id)[rows]
        by_person = np.argsort(person, kind="stable")
        rows, person = rows[by_person], person[by_person]
        dated = days(self.table["incident_date"])[rows]
        repeat = np.zeros(len(self.table), bool)
        repeat[rows[1:]] = (person[1:] == person[:-1]) & (dated[:-1] >= plus_months(dated[1:], -months))
        return repeat[self.position]

    @cached_property
    def _pairs(self) -> Flags:
        """The extract's rows that stand for a pair of one of the people and a domestic abuse incident."""
        person = positions(self.table["person_id"], self.population.person_id)
        rows = _in_order(flags(self.table["domestic_abuse"]) & (person >= 0), self.table)
        incident = codes(self.table["incident_id"].iloc[rows])
        _, first_of_pair = np.unique(person[rows] * len(person) + incident, return_index=True)
        pairs = np.zeros(len(person), bool)
        pairs[rows[first_of_pair]] = True
        return pairs


def high_risk(incidents: Incidents, referrals: pd.DataFrame, period: Period, least: int) -> Flags:
    """Rows with `least` or more domestic abuse incidents, or a MARAC referral, in their period (Z25)."""
    marac = Events.of(incidents.population, referrals)
    referred = marac.number(marac.within(period, "referral_date")) > 0
    return (incidents.domestic_abuse(period) >= least) | referred


def _in_order(which: Flags, police: pd.DataFrame) -> Positions:
    """The rows in order of date, then incident_id: within a day that is the order in which they stand."""
    rows = np.flatnonzero(which)
    return rows[np.argsort(days(police["incident_date"])[rows], kind="stable")]
