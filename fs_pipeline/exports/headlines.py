"""The headline figures: those that a director reads first, and how they have moved over the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.figures import measure


@dataclass(frozen=True)
class Headline:
    """A headline figure: what it is called, which figure it is, and whether fewer is better (None: neither)."""

    title: str
    indicator: int
    measure: str
    scope: str = "fs"
    group: str = "all"
    fewer_is_better: bool | None = None

    @property
    def unit(self) -> str:
        """The unit of its value."""
        return measure(self.indicator, self.measure).unit


HEADLINES = (
    Headline("Child protection plans active, families in FS", 1, "cp_plans_active", fewer_is_better=True),
    Headline(
        "Repeat child protection plans within 12 months, whole authority",
        3,
        "cp_repeat_12_months",
        "authority",
        "all",
        True,
    ),
    Headline("Children looked after at the quarter's end, families in FS", 5, "cla_at_end", fewer_is_better=True),
    Headline("Unauthorised absence from school", 7, "unauthorised_absence", fewer_is_better=True),
    Headline("People completing substance misuse treatment", 10, "treatments_completed", fewer_is_better=False),
    Headline("People with less depression (PHQ-9)", 15, "improved", "fs", "phq9", False),
    Headline("Domestic abuse incidents reported", 17, "da_incidents", fewer_is_better=True),
    Headline("People at high risk of domestic abuse", 19, "people_high_risk", fewer_is_better=True),
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

    headline: Headline
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


def series(figures: pd.DataFrame, quarters: Sequence[Quarter]) -> list[Series]:
    """Every headline over the quarters; `figures` are those of all quarters, with symbols."""
    of_headlines = figures["measure"].isin([headline.measure for headline in HEADLINES])
    rows = figures[of_headlines & (figures["period"] == "quarter")].to_dict("records")
    names = ("quarter", "indicator", "measure", "scope", "group")
    by_name = {tuple(row[name] for name in names): row for row in rows}
    found = []
    for headline in HEADLINES:
        figure = (headline.indicator, headline.measure, headline.scope, headline.group)
        cells = [by_name.get((pd.Timestamp(quarter.first_day), *figure)) for quarter in quarters]
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
