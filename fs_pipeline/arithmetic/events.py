"""Events of people: the rows of an extract, each with the rows of a population that it concerns.

Plans and periods of care are spells, which last; incidents, treatments and sessions are plain events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days, flags, last, pick, picked
from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.periods import Period, Spans
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.toolkit.tables import ArrayLike


@dataclass(frozen=True)
class Events:
    """The events of a population's people: each once for every row that its person has.

    Attributes:
        position: of each event, its row in the extract.
        row: of each event, its row of the population.
    """

    population: Population
    table: pd.DataFrame
    position: Positions
    row: Positions

    @classmethod
    def of(
        cls, population: Population, table: pd.DataFrame, among: Flags | None = None, person: str = "person_id"
    ) -> Self:
        """The events of an extract, or of those `among` its rows that are wanted; `person` names the column."""
        return cls(population, table, *population.events(table[person], among))

    def only(self, which: Flags) -> Self:
        """These events alone."""
        return replace(self, position=self.position[which], row=self.row[which])

    def dates(self, column: str) -> Dates:
        """A column of dates, event by event."""
        return days(self.table[column])[self.position]

    def flags(self, column: str) -> Flags:
        """A boolean column; a blank is not true."""
        return flags(self.table[column])[self.position]

    def have(self, column: str, value: str) -> Flags:
        """Whether the column has the value."""
        return (self.table[column] == value).to_numpy()[self.position]

    def within(self, period: Period, column: str) -> Flags:
        """Those dated in the period of their row."""
        return period[self.row].holds(self.dates(column))

    def number(self, which: Flags) -> Numbers:
        """How many of these each row has."""
        return self.population.sums(self.row[which])

    def total(self, which: Flags) -> Numbers:
        """How many of these each scope has."""
        return self.population.total_of(self.row[which])

    def latest(self, dates: Dates, which: Flags) -> Positions:
        """Of each row the one of these that is dated last (ties: largest key); -1 for none."""
        return last(self.row, dates, self.population.size, which)

    def column(self, name: str, event: Positions) -> ArrayLike:
        """The column of these events; blank for -1."""
        return pick(self.table[name], self.place(event))

    def place(self, event: Positions) -> Positions:
        """Where these events stand in the extract; -1 for -1."""
        return np.append(self.position, -1)[event]


class Spells(Events):
    """Events that last from `start_date` to `end_date`."""

    @cached_property
    def spans(self) -> Spans:
        """Their first and last days."""
        return Spans.of(self.table)[self.position]

    @cached_property
    def lengths(self) -> Numbers:
        """Days of each, up to the quarter end (Z14)."""
        return self.spans.days_until(self.population.quarter.end)

    def active_in(self, period: Period) -> Flags:
        """Those active in the period of their row."""
        return self.spans.active_in(period[self.row])

    def days(self, which: Flags) -> Numbers:
        """The sum of their lengths for each row."""
        return self.population.sums(self.row[which], self.lengths[which])

    def days_within(self, period: Period) -> Numbers:
        """The days of each row's period on which a spell is held, spell by spell."""
        return self.population.sums(self.row, self.spans.days_within(period[self.row]))

    def key_and_dates(self, key: str, spell: Positions) -> tuple[ArrayLike, Dates, Dates]:
        """The key, first and last day of these spells; blank for -1."""
        return self.column(key, spell), picked(self.spans.start, spell), picked(self.spans.end, spell)

    def add_mean_days(self, figures: Figures, prefix: str, which: Flags) -> None:
        """Adds `<prefix>_mean_days_closed` and `_open`: the mean length of these, ended by the quarter end or not."""
        for state, of_state in (("closed", ~self.spans.is_open), ("open", self.spans.is_open)):
            rows = which & of_state
            total = self.population.total_of(self.row[rows], self.lengths[rows])
            figures.mean(f"{prefix}_mean_days_{state}", self.population.scopes, total, self.total(rows))
