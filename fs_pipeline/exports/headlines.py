"""The headline figures: those that a director reads first, and how they have moved over the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.figures import Headline, Measure
from fs_pipeline.toolkit.toolkit import Toolkit


@dataclass(frozen=True)
class Series:
    """A headline figure over the quarters.

    Attributes:
        headline: which it is, and what it is called.
        measure: its measure.
        quarters: the quarters, the last one being this one.
        values: its value in each; None where there is none.
        symbols: why there is none; blank where there is one.
        statuses: its status in each.
    """

    headline: Headline
    measure: Measure
    quarters: tuple[Quarter, ...]
    values: tuple[float | None, ...]
    symbols: tuple[str, ...]
    statuses: tuple[str, ...]

    @property
    def shown(self) -> list[float | str]:
        """In each quarter its value, or the symbol for why there is none; the last is now, the first where it began."""
        return [symbol if value is None else value for value, symbol in zip(self.values, self.symbols, strict=True)]

    @property
    def before(self) -> float | str | None:
        """Last quarter's; None without a last quarter."""
        return self.shown[-2] if len(self.quarters) > 1 else None

    def change_since(self, earlier: float | str | None) -> float | None:
        """This quarter's value less an earlier one; None when either is not there."""
        now = self.values[-1]
        return now - earlier if now is not None and isinstance(earlier, float) else None


def series(figures: pd.DataFrame, quarters: Sequence[Quarter], toolkit: Toolkit) -> list[Series]:
    """Every headline over the quarters; `figures` are those of all quarters, with symbols."""
    of_headlines = figures["measure"].isin([measure.name for measure in toolkit.headlines.values()])
    rows = figures[of_headlines & (figures["period"] == "quarter")].to_dict("records")
    names = ("quarter", "indicator", "measure", "scope", "group")
    by_name = {tuple(row[name] for name in names): row for row in rows}
    found = []
    for key, measure in toolkit.headlines.items():
        assert measure.headline
        cells = [by_name.get((pd.Timestamp(quarter.first_day), *key)) for quarter in quarters]
        found.append(
            Series(
                measure.headline,
                measure,
                tuple(quarters),
                tuple(None if cell is None or pd.isna(cell["value"]) else float(cell["value"]) for cell in cells),
                tuple("x" if cell is None else str(cell["symbol"]) for cell in cells),
                tuple("missing" if cell is None else str(cell["status"]) for cell in cells),
            )
        )
    return found
