"""Runs the calculations in memory, without Dagster, files or checks: for the comparison with the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Calculation, Input
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import CohortWindow, Programme
from fs_pipeline_tests.ledgers import CALCULATIONS

Made = dict[Quarter, dict[str, pd.DataFrame]]
EXTRACT_TABLES = {extract.name for extract in EXTRACTS.values()}
Checked = Mapping[Quarter, Mapping[str, pd.DataFrame | None]]
"""Quarter -> extract -> checked rows; None or absent: not supplied."""


def programme_of(settings: Mapping[str, Any]) -> Programme:
    """The settings of a parsed programme.toml."""
    return Programme(
        authority_name=settings["authority"]["name"],
        authority_code=settings["authority"]["code"],
        start=settings["programme"]["start"],
        baseline_quarters=settings["programme"]["baseline_quarters"],
        exclude_cwd_children=settings["programme"]["exclude_cwd_children"],
        cohorts=tuple(CohortWindow(str(cohort), *map(_day, window)) for cohort, window in settings["cohorts"].items()),
        external_expert_report=settings["costs"]["external_expert_report"],
        internal_hour=settings["costs"]["internal_hour"],
    )


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def run_quarter(
    extracts: Checked,
    programme: Programme,
    quarter: Quarter,
    calculations: Iterable[Calculation] = CALCULATIONS,
    earlier: Made | None = None,
) -> dict[str, pd.DataFrame]:
    """Every table of the quarter by name, or those of some calculations, in order.

    `earlier` are the tables made of the quarters before, for those that add up over the quarters.
    """
    made: dict[str, pd.DataFrame] = {}
    earliest = min(Quarter(programme.start).shifted(-programme.baseline_quarters), quarter)

    def read(needed: Input) -> object:
        name = needed.table.name
        extract = name.rpartition("/")[2]
        if needed.wanted == "deliveries":
            first = earliest if needed.window.first is None else quarter.shifted(needed.window.first)
            window = first.until(quarter)
            if name in EXTRACT_TABLES:
                found = {each: extracts.get(each, {}).get(extract) for each in window}
            else:
                found = {each: ((earlier or {}) | {quarter: made}).get(each, {}).get(name) for each in window}
            supplied = {each: frame is not None for each, frame in found.items()}
            return Deliveries(supplied, lambda quarters: _rows(needed, [found[each] for each in quarters]))
        if name in made:
            return made[name][needed.table.names]
        frame = extracts[quarter].get(extract)
        if needed.wanted == "supplied":
            return frame is not None
        return None if frame is None else frame[needed.table.names]

    for calculation in calculations:
        made[calculation.table.name] = calculation.run(quarter, partial(getattr, programme), read)
    return made


def _rows(needed: Input, frames: list[pd.DataFrame]) -> pd.DataFrame:
    return (
        pd.concat([each[needed.table.names] for each in frames], ignore_index=True) if frames else needed.table.empty()
    )
