"""Events of people, and figures: from the rows of an extract to the rows of `indicator_values`.

Events are the rows of an extract, each with the rows of a population that it concerns. Plans and periods of care are
spells, which last; incidents, treatments and sessions are plain events. Figures are the sums of an indicator, whose
function stands under its declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, Self, cast

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days, flags, last, pick, picked, ratio
from fs_pipeline.arithmetic.periods import Period, Spans
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.figures import FINAL, NOT_SUPPLIED, PARTIAL, Indicator, toolkit_indicator
from fs_pipeline.toolkit.tables import ArrayLike


class IndicatorFunction(Protocol):
    """A function that works out an indicator's figures, under its declaration."""

    __name__: str
    declaration: Indicator
    __call__: Callable[..., pd.DataFrame]


def indicator(declared: int | Indicator) -> Callable[[Callable[..., Any]], IndicatorFunction]:
    """Declares the function below it as an indicator: the toolkit's of that number, or another one."""

    def declare(function: Callable[..., Any]) -> IndicatorFunction:
        named = cast(IndicatorFunction, function)
        named.declaration = toolkit_indicator(declared) if isinstance(declared, int) else declared
        return named

    return declare


@dataclass(frozen=True)
class Figures:
    """The figures of one indicator for one quarter, as they are added."""

    indicator: Indicator
    quarter: Quarter
    period: str = "quarter"
    _rows: list[tuple[object, ...]] = field(default_factory=list)
    """The rows, in the order of the table's columns."""

    def count(
        self, measure: str, scopes: tuple[str, ...], total: Numbers, *, group: str = "all", complete: bool = True
    ) -> None:
        """A count or sum for each scope, without numerator and denominator.

        It is `partial` when not `complete`: another quarter that the window touches is not supplied.
        """
        self._add(measure, scopes, group, total, np.nan, np.nan, FINAL if complete else PARTIAL)

    def mean(
        self, measure: str, scopes: tuple[str, ...], numerator: Numbers, denominator: Numbers, *, group: str = "all"
    ) -> None:
        """Numerator over denominator for each scope; blank over nothing. A share is times 100."""
        times = self.indicator.measure(measure).times
        self._add(measure, scopes, group, times * ratio(numerator, denominator), numerator, denominator, FINAL)

    def add(
        self, measure: str, scope: str, value: float, numerator: float, denominator: float, *, group: str = "all"
    ) -> None:
        """A figure that is no count and no quotient of its parts, such as a supplied percentage."""
        self._add(measure, (scope,), group, value, numerator, denominator, FINAL)

    def of_covered(
        self,
        measure: str,
        scopes: tuple[str, ...],
        total: Numbers,
        over: Numbers | None,
        *,
        covered: Numbers,
        left_out: Numbers,
    ) -> None:
        """A sum, or a share of `over`, of the people whose window is wholly supplied: `covered` is their number.

        `left_out` is the number of those whose window is not: the figure is `partial` where there are any, and blank
        and `not_supplied` where there is nobody else.
        """
        nobody = (covered == 0) & (left_out > 0)
        status = np.where(nobody, NOT_SUPPLIED, np.where(left_out > 0, PARTIAL, FINAL))
        blank = np.full(len(scopes), np.nan)
        parts = (total, blank, blank)
        if over is not None:
            parts = (self.indicator.measure(measure).times * ratio(total, over), total, over)
        value, numerator, denominator = (np.where(nobody, np.nan, part) for part in parts)
        self._add(measure, scopes, "all", value, numerator, denominator, *status.tolist())

    def not_supplied(self, scopes: tuple[str, ...], *measures: str) -> pd.DataFrame:
        """Adds blanks for the measures (all of the indicator when none is named), in each group and scope.

        Returns:
            All figures as they now are: `frame()`.
        """
        for measure in self.indicator.measures:
            if not measures or measure.name in measures:
                for group in measure.groups:
                    self._add(measure.name, scopes, group, np.nan, np.nan, np.nan, NOT_SUPPLIED)
        return self.frame()

    def frame(self) -> pd.DataFrame:
        """The figures as rows of `indicator_values`, sorted by key."""
        return INDICATOR_VALUES.frame(pd.DataFrame(self._rows, columns=INDICATOR_VALUES.names))

    def _add(
        self,
        measure: str,
        scopes: tuple[str, ...],
        group: str,
        value: Numbers | float,
        numerator: Numbers | float,
        denominator: Numbers | float,
        *status: str,
    ) -> None:
        """Adds a row a scope, from the measure's first quarter on; `status` is one for all of them, or one for each."""
        declared = self.indicator.measure(measure)
        if declared.since and self.quarter.first_day < declared.since:
            return
        if group not in declared.groups:
            raise ValueError(f"{measure} has no group {group}")
        size = len(scopes)
        parts = (np.broadcast_to(part, size).tolist() for part in (value, numerator, denominator))
        of_all = (self.quarter.start, self.indicator.number, measure)
        for scope, state, *figure in zip(scopes, status * (size if len(status) == 1 else 1), *parts, strict=True):
            self._rows.append((*of_all, scope, group, self.period, *figure, declared.unit.word, state))


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
