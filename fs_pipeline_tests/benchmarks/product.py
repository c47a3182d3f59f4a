"""The product's own calculations of a quarter, in a plain loop: extracts from a lake, results in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Calculation, Input
from fs_pipeline.store.lake import Lake
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline_tests.benchmarks.comparing_tables import COMPARED
from fs_pipeline_tests.ledgers import CALCULATIONS

OF_TWELVE_MONTHS = {
    "cohort/baseline",
    "cohort/follow_up",
    "indicators/twelve_months_before",
    "indicators/twelve_months_after",
    "outputs/before_after",
    "outputs/before_after_rates",
    "outputs/cohort_size",
    "outputs/comparisons",
}
OF_THE_QUARTER = tuple(made for made in CALCULATIONS if made.table.name not in OF_TWELVE_MONTHS)
"""Fields, person level, family level and the twenty indicators: what the SQL and Polars work out as well."""

_EXTRACTS = {extract.name: extract for extract in EXTRACTS.values()}


def _by_subject(calculations: Iterable[Calculation]) -> Iterator[Calculation]:
    """Calculations in an order in which each table is there when it is read, and is read by all soon after the first.

    Of those that can be made, in turn the one that reads most of what was read before.
    """
    left, read = list(calculations), set()
    while left:
        to_come = {made.table.name for made in left}
        ready = [made for made in left if not to_come & {each.table.name for each in made.inputs}]
        chosen = max(ready, key=lambda made: len(read & {each.table.name for each in made.inputs}) / len(made.inputs))
        left.remove(chosen)
        read |= {each.table.name for each in chosen.inputs}
        yield chosen


class Run:
    """A quarter's run: an extract is read once, with the columns that any of the calculations asks for.

    What no later calculation asks for is let go of, unless it is among the `results`.
    """

    def __init__(
        self,
        lake: Lake,
        programme: Programme,
        quarter: Quarter,
        results: Collection[str] = tuple(COMPARED),
    ) -> None:
        self.lake, self.programme, self.quarter, self.results = lake, programme, quarter, results
        self.calculations = tuple(_by_subject(OF_THE_QUARTER))
        self.first = Quarter(programme.start).shifted(-programme.baseline_quarters)
        self._frames: dict[str, pd.DataFrame | None] = {}
        self._columns: dict[str, set[str]] = {}
        self._asked_last: dict[str, Calculation] = {}
        for made in self.calculations:
            for needed in made.inputs:
                self._columns.setdefault(needed.table.name, set()).update(needed.table.names)
                self._asked_last[needed.table.name] = made

    def result(self) -> dict[str, pd.DataFrame]:
        """The results by name; the figures are of the calculations that are run."""
        of_this_run = {made.table.name for made in self.calculations}
        for made in self.calculations:
            if made.table.name == "outputs/indicator_values":
                made = replace(made, inputs=tuple(each for each in made.inputs if each.table.name in of_this_run))
            self._frames[made.table.name] = made.run(self.quarter, partial(getattr, self.programme), self._input)
            for needed in made.inputs:
                if self._asked_last[needed.table.name].table == made.table and needed.table.name not in self.results:
                    self._frames.pop(needed.table.name, None)
        return {name: frame for name, frame in self._frames.items() if name in self.results and frame is not None}

    def _input(self, needed: Input) -> object:
        """An input as it is wanted: a frame, None, whether it was supplied, or the deliveries of a window."""
        name = needed.table.name
        if needed.wanted == "deliveries":
            first = self.first if needed.window.first is None else self.quarter.shifted(needed.window.first)
            supplied = {each: self.lake.path(name, each).exists() for each in first.until(self.quarter)}
            return Deliveries(supplied, partial(self.lake.read_window, needed.table))
        if name not in self._frames:
            columns = _EXTRACTS[name].only(*self._columns[name])
            there = self.lake.path(name, self.quarter).exists()
            self._frames[name] = self.lake.read_window(columns, [self.quarter]) if there else None
        frame = self._frames[name]
        if needed.wanted == "supplied":
            return frame is not None
        return frame if frame is None or [*frame] == needed.table.names else frame[needed.table.names]
