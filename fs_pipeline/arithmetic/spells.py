"""Spells of people, such as child protection plans and periods of care: which are active, how many, how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, Positions, pick
from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.groups import last
from fs_pipeline.arithmetic.periods import Period
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.spans import Spans
from fs_pipeline.toolkit.tables import ArrayLike


@dataclass(frozen=True)
class Spells:
    """The spells of a population's people: each once for every row that its person has.

    Attributes:
        population: the people.
        table: the extract that they come from.
        position: of each spell, its row in the extract.
        row: of each spell, its row of the population.
        spans: their first and last days.
    """

    population: Population
    table: pd.DataFrame
    position: Positions
    row: Positions
    spans: Spans

    @classmethod
    def of(cls, population: Population, table: pd.DataFrame, among: Flags | None = None) -> Spells:
        """The spells of an extract, or those `among` them that are wanted."""
        position, row = population.events(table["person_id"], among)
        return cls(population, table, position, row, Spans.of(table)[position])

    @cached_property
    def lengths(self) -> Numbers:
        """Days of each, up to the quarter end (Z14)."""
        return self.spans.days_until(self.population.quarter.end)

    def active_in(self, period: Period) -> Flags:
        """Those active in the period of their row."""
        return self.spans.active_in(period[self.row])

    def number(self, which: Flags) -> Numbers:
        """How many of these each row has."""
        return self.population.sums(self.row[which])

    def days(self, which: Flags) -> Numbers:
        """The sum of their lengths for each row."""
        return self.population.sums(self.row[which], self.lengths[which])

    def days_within(self, period: Period) -> Numbers:
        """The days of each row's period on which a spell is held, spell by spell."""
        return self.population.sums(self.row, self.spans.days_within(period[self.row]))

    def latest(self, which: Flags) -> Positions:
        """Of each row the one of these that starts last (ties: largest key); -1 for none."""
        return last(self.row, self.spans.start, self.population.size, which)

    def column(self, name: str, spell: Positions) -> ArrayLike:
        """The column of the extract, of these spells; blank for -1."""
        return pick(self.table[name], np.append(self.position, -1)[spell])

    def add_mean_days(self, figures: Figures, prefix: str, which: Flags) -> None:
        """Adds `<prefix>_mean_days_closed` and `_open`: the mean length of these, ended by the quarter end or not."""
        population = self.population
        for state, of_state in (("closed", ~self.spans.is_open), ("open", self.spans.is_open)):
            row, lengths = self.row[which & of_state], self.lengths[which & of_state]
            days, number = population.total_of(row, lengths), population.total_of(row)
            figures.mean(f"{prefix}_mean_days_{state}", population.scopes, days, number)
