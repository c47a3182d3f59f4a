"""Figures: puts sums into the rows of `indicator_values`, with numerator, denominator, unit and status."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.ratios import ratio
from fs_pipeline.toolkit.figures import FINAL, INDICATOR_VALUES, NOT_SUPPLIED, PARTIAL, Indicator


@dataclass(frozen=True)
class Figures:
    """The figures of one indicator for one quarter, as they are added."""

    indicator: Indicator
    quarter: Quarter
    period: str = "quarter"
    _rows: list[tuple[str, str, str, float, float, float, str, str]] = field(default_factory=list)
    """Measure, scope, group, value, numerator, denominator, unit and status of each figure."""

    def count(
        self, measure: str, scopes: tuple[str, ...], total: Numbers, *, group: str = "all", complete: bool = True
    ) -> None:
        """A count or sum for each scope; it has no numerator or denominator.

        Args:
            measure: the measure's name.
            scopes: the scopes.
            total: one value a scope.
            group: the group.
            complete: False when another quarter that the window touches is not supplied.
        """
        blank = np.full(len(scopes), np.nan)
        self._add(measure, scopes, group, total, blank, blank, FINAL if complete else PARTIAL)

    def mean(
        self, measure: str, scopes: tuple[str, ...], numerator: Numbers, denominator: Numbers, *, group: str = "all"
    ) -> None:
        """Numerator over denominator for each scope; blank over nothing. A share is times 100."""
        times = self.indicator.measure(measure).times
        self._add(measure, scopes, group, times * ratio(numerator, denominator), numerator, denominator, FINAL)

    def given(
        self, measure: str, scope: str, value: float, numerator: float, denominator: float, *, group: str = "all"
    ) -> None:
        """A figure that is no count and no quotient of its parts, such as a supplied percentage."""
        parts = np.array([[value], [numerator], [denominator]])
        self._add(measure, (scope,), group, parts[0], parts[1], parts[2], FINAL)

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
        """A sum, or a share of `over`, of the people whose window is wholly supplied.

        Args:
            measure: the measure's name.
            scopes: the scopes.
            total: one value a scope.
            over: the denominator; None for a sum.
            covered: the number of people whose window is.
            left_out: the number of those left out because theirs is not: the figure is `partial` where there are any,
                and blank and `not_supplied` where there is nobody else.
        """
        nobody = (covered == 0) & (left_out > 0)
        blank = np.full(len(scopes), np.nan)
        value, numerator, denominator = total, blank, blank
        if over is not None:
            times = self.indicator.measure(measure).times
            value, numerator, denominator = times * ratio(total, over), total, over
        status = np.where(nobody, NOT_SUPPLIED, np.where(left_out > 0, PARTIAL, FINAL))
        value, numerator, denominator = (np.where(nobody, np.nan, part) for part in (value, numerator, denominator))
        self._add(measure, scopes, "all", value, numerator, denominator, *status.tolist())

    def not_supplied(self, scopes: tuple[str, ...], *measures: str) -> None:
        """Blank figures for the measures (all of the indicator when none is named), in each group and scope."""
        blank = np.full(len(scopes), np.nan)
        for measure in self.indicator.measures:
            if not measures or measure.name in measures:
                for group in measure.groups:
                    self._add(measure.name, scopes, group, blank, blank, blank, NOT_SUPPLIED)

    def frame(self) -> pd.DataFrame:
        """The figures as rows of `indicator_values`, sorted by key."""
        rows = sorted(self._rows)
        size = len(rows)
        measure, scope, group, value, numerator, denominator, unit, status = (
            zip(*rows, strict=True) if rows else [()] * 8
        )
        return INDICATOR_VALUES.frame(
            {
                "quarter": np.full(size, self.quarter.start),
                "indicator": np.full(size, self.indicator.number),
                "measure": list(measure),
                "scope": list(scope),
                "group": list(group),
                "period": [self.period] * size,
                "value": np.array(value, np.float64),
                "numerator": np.array(numerator, np.float64),
                "denominator": np.array(denominator, np.float64),
                "unit": list(unit),
                "status": list(status),
            }
        )

    def _add(
        self,
        measure: str,
        scopes: tuple[str, ...],
        group: str,
        value: Numbers,
        numerator: Numbers,
        denominator: Numbers,
        *status: str,
    ) -> None:
        """Adds a row a scope, from the measure's first quarter on; `status` is one for all of them, or one for each."""
        declared = self.indicator.measure(measure)
        if declared.since and self.quarter.first_day < declared.since:
            return
        if group not in declared.groups:
            raise ValueError(f"{measure} has no group {group}")
        statuses = status * (len(scopes) if len(status) == 1 else 1)
        size = len(scopes)
        parts = value.tolist(), numerator.tolist(), denominator.tolist()
        rows = zip([measure] * size, scopes, [group] * size, *parts, [declared.unit.word] * size, statuses, strict=True)
        self._rows.extend(rows)
