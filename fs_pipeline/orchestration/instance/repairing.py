"""Repairs what killed processes left behind: runs that seem to go on for ever, half-written files. Forgets old runs.

Dagster by itself keeps their records for ever. Touches no table, file or figure that is whole.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from fs_pipeline.orchestration.instance.alerting import alert
from fs_pipeline.orchestration.instance.locking import is_alive
from fs_pipeline.store.state import State

FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = [each for each in dg.DagsterRunStatus if each not in FINISHED]
HOLDS_LOCK = "fs_pipeline/holds_lock"
"""The tag of a run whose process holds its lock from before it is recorded."""
STARTED_LATELY = 60
"""Seconds after its start in which another run may not hold its lock yet."""
KEPT_DAYS = 400
"""Days for which every run's record is kept."""
_BEGUN = [each for each in UNFINISHED if each is not dg.DagsterRunStatus.QUEUED]
_DIED = (
    "its process is gone: killed, crashed, or the machine went down. What was there before stays; run it again to "
    "finish it"
)
_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{32}\.part")
_A_DAY = 24 * 60 * 60


def repair(instance: dg.DagsterInstance, state: State) -> int:
    """Marks the runs as failed whose process is gone, and removes the half-written files of such processes.

    Returns how many runs were.
    """
    dead = dead_runs(instance, state)
    for run in dead:
        instance.report_run_failed(run, f"Failed: {_DIED}.")
        quarter = run.tags.get("dagster/partition", "")
        alert(state, run.run_id, f"{run.job_name} {quarter}".strip() + f" did not finish: {_DIED}.")
    for path in state.locks.glob("run-*.lock"):  # of a process killed before its run was recorded, or after its end
        is_alive(state, path.stem.removeprefix("run-"))
    for path in abandoned_files(state):
        path.unlink(missing_ok=True)
    return len(dead)


def dead_runs(instance: dg.DagsterInstance, state: State) -> list[dg.DagsterRun]:
    """The runs that are recorded as going on, and are not.

    A run that Dagster's daemon launches holds no lock while its process starts: until it is STARTED it is left to
    Dagster's own run monitoring.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=_BEGUN))
    dead = []
    for record in records:
        run = record.dagster_run
        begun = HOLDS_LOCK in run.tags or (
            run.status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
            and record.start_time is not None
            and abs(time.time() - record.start_time) > STARTED_LATELY
        )
        if begun and not is_alive(state, run.run_id):
            dead.append(run)
    return dead


def abandoned_files(state: State) -> Iterator[Path]:
    """Half-written files whose process is gone; of a process number that is in use again, those of yesterday."""
    lake = state.lake.folder
    for folder in (
        *([lake] if isinstance(lake, Path) else []),
        state.exports,
        state.rejected,
        state.kept,
        state.dagster_home,
    ):
        for path in folder.rglob(".*.part"):
            named = _PART.fullmatch(path.name)
            if named and (not _is_there(int(named[1])) or _age(path) > _A_DAY):
                yield path


def sweep_lake_elsewhere(state: State) -> None:
    """Removes half-written files of a lake that is not on a disk here, those of yesterday and before.

    Other machines write there too, and whether a process of theirs is gone cannot be asked. A file stays where the
    file system does not say how old it is.
    """
    lake = state.lake.folder
    if isinstance(lake, Path):
        return
    for path in lake.rglob(".*.part"):
        with suppress(FileNotFoundError, NotImplementedError):
            if time.time() - lake.fs.modified(path.path).timestamp() > _A_DAY:
                lake.fs.rm_file(path.path)


def _is_there(process: int) -> bool:
    """Whether a process of that number lives on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _age(path: Path) -> float:
    """Seconds since the file was written; 0 when it has gone meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0


def forget_old_runs(instance: dg.DagsterInstance, state: State, now: datetime) -> int:
    """Removes the records of runs that ended more than KEPT_DAYS before now; returns how many.

    A run that made the latest version of any asset's quarter stays: without it the UI would show that as missing.
    """
    ended = dg.RunsFilter(statuses=list(FINISHED), created_before=now - timedelta(days=KEPT_DAYS))
    old = [run.run_id for run in instance.get_runs(ended)]
    needed = _runs_that_made_what_is_there(instance) if old else set()
    forgotten = [run for run in old if run not in needed]
    for run in forgotten:
        instance.delete_run(run)
        for path in (state.dagster_home / "history" / "runs").glob(f"{run}.db*"):  # emptied, but not removed
            path.unlink(missing_ok=True)
    return len(forgotten)


def _runs_that_made_what_is_there(instance: dg.DagsterInstance) -> set[str]:
    runs: set[str] = set()
    storage = instance.event_log_storage
    for asset in instance.get_asset_keys():
        latest = storage.get_latest_storage_id_by_partition(asset, dg.DagsterEventType.ASSET_MATERIALIZATION)
        if latest:
            which = dg.AssetRecordsFilter(asset_key=asset, storage_ids=list(latest.values()))
            runs.update(record.run_id for record in instance.fetch_materializations(which, len(latest)).records)
    return runs
