"""Reads what a calculation asks for from the lake: this quarter's table, or those of the quarters in a window."""

from __future__ import annotations

from functools import partial

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.ledger.catalogue import Input
from fs_pipeline.ledger.look import Look
from fs_pipeline.store.lake import NotInLake


def read_input(needed: Input, quarter: Quarter, look: Look) -> object:
    """An input from the lake, as it is wanted.

    Raises:
        NotInLake: it has not been run for the quarter, or by no authority of the region.
    """
    lake = look.state.lake
    if needed.wanted == "deliveries":
        return _deliveries(needed, quarter, look)
    if needed.wanted == "authorities":
        return _of_authorities(needed, quarter, look)
    record = look.record(needed.table.name, quarter)
    if needed.wanted == "receipt":
        return Receipt(record.supplied, record.origin.delivery, record.counts) if record else None
    if record is None:
        raise NotInLake(f"{needed.table.name} has not been run for {quarter.label}: materialise it first")
    if needed.wanted == "supplied":
        return record.supplied
    if needed.wanted == "optional" and not record.supplied:
        return None
    return lake.read(needed.table, quarter)


def _of_authorities(needed: Input, quarter: Quarter, look: Look) -> dict[str, pd.DataFrame | None]:
    """The rows of each authority of the region in the quarter; None where it has not been run."""
    read = look.authorities_read(needed, quarter)
    if not any(read.values()):
        name = look.region.name
        raise NotInLake(f"no authority of {name} has run {quarter.label}: there is no {needed.table.name} of it")
    frames: dict[str, pd.DataFrame | None] = dict.fromkeys(read)
    for authority, quarters in read.items():
        if quarters:
            with look.lake_of(f"{authority}/{needed.table.name}") as (lake, _):
                frames[authority] = lake.read_window(needed.table, quarters)
    return frames


def _deliveries(needed: Input, quarter: Quarter, look: Look) -> Deliveries:
    records = {each: look.record(needed.table.name, each) for each in look.quarters_read(needed, quarter)}
    supplied = {each: record is not None and record.supplied for each, record in records.items()}
    if needed.window.first is not None:
        # Quarters before the first one: no extract of theirs is ever there.
        whole = quarter.shifted(needed.window.first).until(quarter.shifted(needed.window.last))
        supplied = dict.fromkeys(whole, False) | supplied
    return Deliveries(supplied, partial(look.state.lake.read_window, needed.table))
