"""The headline figures: those that a director reads first, and how they have moved over the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.figures import Headline, Measure
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.units import Unit


@dataclass(frozen=True)
class HeadlineFigure:
    """A headline figure: its measure, which declares it, and the indicator that the measure is of."""

    indicator: int
    measure: Measure
    headline: Headline

    @property
    def title(self) -> str:
        """What it is called."""
        return self.headline.title

    @property
    def unit(self) -> Unit:
        """The unit of its value."""
        return self.measure.unit

    @property
    def key(self) -> tuple[int, str, str, str]:
        """Which figure it is: indicator, measure, scope and group."""
        return self.indicator, self.measure.name, self.headline.scope, self.headline.group


def headline_figures(toolkit: Toolkit) -> tuple[HeadlineFigure, ...]:
    """The headline figures that the toolkit's measures declare, in its order."""
    return tuple(
        HeadlineFigure(number, measure, measure.headline)
        for (number, _), measure in toolkit.measures.items()
        if measure.headline
    )


@dataclass(frozen=True)
class Series:
    """A headline figure over the quarters.

    Attributes:
        headline: which it is.
        quarters: the quarters, the last one being this one.
        values: its value in each; None where there is none.
        symbols: why there is none; blank where there is one.
        statuses: its status in each.
    """

    headline: HeadlineFigure
    quarters: tuple[Quarter, ...]
    values: tuple[float | None, ...]
    symbols: tuple[str, ...]
    statuses: tuple[str, ...]

    @property
    def now(self) -> float | str:
        """This quarter's value, or the symbol for why there is none."""
        return self._shown(-1)

    @property
    def before(self) -> float | str | None:
        """Last quarter's, likewise; None without a last quarter."""
        return self._shown(-2) if len(self.quarters) > 1 else None

    @property
    def first(self) -> float | str:
        """That of the programme's first quarter."""
        return self._shown(0)

    def change_since(self, earlier: float | str | None) -> float | None:
        """This quarter's value less an earlier one; None when either is not there."""
        now = self.now
        return now - earlier if isinstance(now, float) and isinstance(earlier, float) else None

    def _shown(self, position: int) -> float | str:
        value = self.values[position]
        return self.symbols[position] if value is None else value


def series(figures: pd.DataFrame, quarters: Sequence[Quarter], toolkit: Toolkit) -> list[Series]:
    """Every headline over the quarters; `figures` are those of all quarters, with symbols."""
    headlines = headline_figures(toolkit)
    of_headlines = figures["measure"].isin([headline.measure.name for headline in headlines])
    rows = figures[of_headlines & (figures["period"] == "quarter")].to_dict("records")
    names = ("quarter", "indicator", "measure", "scope", "group")
    by_name = {tuple(row[name] for name in names): row for row in rows}
    found = []
    for headline in headlines:
        cells = [by_name.get((pd.Timestamp(quarter.first_day), *headline.key)) for quarter in quarters]
        found.append(
            Series(
                headline,
                tuple(quarters),
                tuple(None if cell is None or pd.isna(cell["value"]) else float(cell["value"]) for cell in cells),
                tuple("x" if cell is None else str(cell["symbol"]) for cell in cells),
                tuple("missing" if cell is None else str(cell["status"]) for cell in cells),
            )
        )
    return found
