"""The product's own calculations of a quarter, in a plain loop: extracts from a lake, results in memory."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries
from fs_pipeline.orchestration.catalogue import CALCULATIONS, Calculation, Input
from fs_pipeline.orchestration.lake import Lake
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import Programme

OF_TWELVE_MONTHS = {
    "cohort/baseline",
    "cohort/follow_up",
    "indicators/twelve_months_before",
    "indicators/twelve_months_after",
    "outputs/before_after",
    "outputs/before_after_rates",
    "outputs/comparisons",
}
OF_THE_QUARTER = tuple(made for made in CALCULATIONS if made.table.name not in OF_TWELVE_MONTHS)
"""Fields, person level, family level and the twenty indicators: what the SQL and Polars work out as well."""

_EXTRACTS = {extract.name: extract for extract in EXTRACTS.values()}


class Run:
    """A quarter's run: every extract is read once, with the columns that any of the calculations asks for."""

    def __init__(
        self,
        lake: Lake,
        programme: Programme,
        quarter: Quarter,
        calculations: Iterable[Calculation] = OF_THE_QUARTER,
    ) -> None:
        self.lake, self.programme, self.quarter = lake, programme, quarter
        self.calculations = tuple(calculations)
        self.first = Quarter(programme.start).shifted(-programme.baseline_quarters)
        self.made: dict[str, pd.DataFrame] = {}
        self._read: dict[tuple[str, Quarter], pd.DataFrame | None] = {}
        self._narrowed: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {}
        self._columns: dict[str, set[str]] = {}
        for made in self.calculations:
            for needed in made.inputs:
                self._columns.setdefault(needed.table.name, set()).update(needed.table.names)

    def result(self) -> dict[str, pd.DataFrame]:
        """Every table by name; the figures are of the calculations that are run."""
        for made in self.calculations:
            inputs = made.inputs
            if made.table.name == "outputs/indicator_values":
                inputs = tuple(needed for needed in inputs if needed.table.name in self.made)
            arguments: dict[str, object] = {"quarter": self.quarter} if made.takes_quarter else {}
            arguments |= {name: getattr(self.programme, name) for name in made.settings}
            self.made[made.table.name] = made.function(
                **arguments, **{each.parameter: self.input(each) for each in inputs}
            )
        return self.made

    def input(self, needed: Input) -> object:
        """An input as it is wanted: a frame, None, whether it was supplied, or the deliveries of a window."""
        name = needed.table.name
        if needed.wanted == "deliveries":
            first = self.first if needed.window.first is None else self.quarter.shifted(needed.window.first)
            found = {each: self._extract(name, each) for each in first.until(self.quarter)}
            frames = [frame[needed.table.names] for frame in found.values() if frame is not None]
            rows = pd.concat(frames, ignore_index=True) if frames else needed.table.empty()
            return Deliveries(rows, {each: frame is not None for each, frame in found.items()})
        frame = self.made[name] if name in self.made else self._extract(name, self.quarter)
        if needed.wanted == "supplied":
            return frame is not None
        if frame is None:
            return None
        narrowed = (name, tuple(needed.table.names))
        if narrowed not in self._narrowed:
            self._narrowed[narrowed] = frame[needed.table.names]
        return self._narrowed[narrowed]

    def _extract(self, name: str, quarter: Quarter) -> pd.DataFrame | None:
        if (name, quarter) not in self._read:
            extract = _EXTRACTS.get(name)
            there = extract is not None and self.lake.path(name, quarter).exists()
            columns = extract.only(*self._columns[name]) if extract else None
            self._read[name, quarter] = self.lake.read(columns, quarter) if there else None
        return self._read[name, quarter]
