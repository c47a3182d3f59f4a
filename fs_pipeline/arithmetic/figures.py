"""Figures: an indicator's function under its declaration, and its sums as rows of `indicator_values`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, ratio
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.figures import FINAL, NOT_SUPPLIED, PARTIAL, Indicator, toolkit_indicator


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
