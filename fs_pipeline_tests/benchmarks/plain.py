"""Whole quarters from lake to lake, all calculations: through Dagster, and in a plain loop over the same functions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.reading import read_input
from fs_pipeline.orchestration.running import run_quarter
from fs_pipeline.store.lake import Origin
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import CALCULATIONS, ledger_of
from fs_pipeline_tests.orchestration.homes import instance_of

TABLES = tuple(made.table.name for made in CALCULATIONS)


def forget(state: State, quarters: Iterable[Quarter]) -> None:
    """Removes what the calculations made of the quarters, so that it has to be made again."""
    for quarter in quarters:
        for table in TABLES:
            state.lake.path(table, quarter).unlink(missing_ok=True)


def through_plain_loop(state: State, quarters: Iterable[Quarter]) -> None:
    """Reads, calculates and writes every table of the quarters in turn."""
    for quarter in quarters:
        look = Look(ledger_of(state))
        for made in CALCULATIONS:
            read = partial(read_input, quarter=quarter, look=look)
            frame = made.run(quarter, look.settings, read)
            state.lake.write(made.table, quarter, frame, Origin("made for a benchmark"))


def through_dagster(state: State, quarters: Iterable[Quarter]) -> None:
    """The same as runs of the job, a run a quarter, on the instance that the command line uses."""
    with instance_of(state.home) as instance:
        project = definitions()
        for quarter in quarters:
            outcome = run_quarter(project, instance, state, quarter, TABLES, on_step=lambda: None)
            if outcome.failed or outcome.refused:
                raise RuntimeError("; ".join(outcome.failed + outcome.refused))
