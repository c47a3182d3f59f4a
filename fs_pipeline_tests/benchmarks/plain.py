"""Whole quarters from lake to lake, all calculations: through Dagster, and in a plain loop over the same functions."""

from __future__ import annotations

from collections.abc import Iterable

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.ledger import making
from fs_pipeline.orchestration.running import Runner
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
    """Reads, calculates and writes every table of the quarters in turn, by the ledger alone."""
    for quarter in quarters:
        making.run_quarter(ledger_of(state), quarter, TABLES)


def through_dagster(state: State, quarters: Iterable[Quarter]) -> None:
    """The same as runs of the job, a run a quarter, on the instance that the command line uses."""
    with instance_of(state.home) as instance:
        project = definitions()
        for quarter in quarters:
            outcome = Runner(project, instance, ledger_of(state)).run(quarter, TABLES)
            if outcome.failed or outcome.refused:
                raise RuntimeError("; ".join(outcome.failed + outcome.refused))
