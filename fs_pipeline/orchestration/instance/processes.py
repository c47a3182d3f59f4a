"""The processes at work in a state folder: their locks, what killed ones left behind, and runs to be forgotten.

The operating system lets go of a lock when its process ends, however it ends; between machines it may hold nobody off.
A killed process leaves runs that seem to go on for ever, and half-written files. No table, file or figure that is whole
is touched.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.orchestration.instance.alerting import alert
from fs_pipeline.store.state import State

PATIENCE = 600
"""Seconds for which a step waits for another run's step on the same quarter."""
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = [each for each in dg.DagsterRunStatus if each not in FINISHED]
HOLDS_LOCK = "fs_pipeline/holds_lock"
"""The tag of a run whose process holds its lock from before it is recorded."""
ON, MACHINE = "fs_pipeline/machine", socket.gethostname()
"""The tag of a run that says on which machine its process is, and what it says here."""
STARTED_LATELY = 60
"""Seconds after its start in which a run that the daemon launched may not hold its lock yet."""
KEPT_DAYS = 400
"""Days for which every run's record is kept."""
_BEGUN = [each for each in UNFINISHED if each is not dg.DagsterRunStatus.QUEUED]
_DIED = (
    "its process is gone: killed, crashed, or the machine went down. What was there before stays; run it again to "
    "finish it"
)
_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{32}\.part")
_A_DAY = 24 * 60 * 60


@contextmanager
def at_work_on(state: State, quarter: Quarter) -> Iterator[None]:
    """Only one step at a time, of whatever run or process, works on a quarter; others wait.

    Raises:
        Failure: another one held it for too long.
    """
    lock = _lock(state, quarter.key)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise dg.Failure(
            f"{quarter.label}: another run has been at work on this quarter for {PATIENCE} seconds; "
            "see it in the Dagster UI, and run this one again when it has ended.",
            allow_retries=False,
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def opening_records(state: State) -> Iterator[None]:
    """Held while Dagster's records are opened: two processes that make them at the same time break them."""
    with _lock(state, "records"):
        yield


@contextmanager
def alive(state: State, run: str) -> Iterator[None]:
    """Held by the process of a run while it lives; a process may hold it several times over."""
    lock = _lock(state, _of_run(run), of_process=True)
    try:
        with lock:
            yield
    finally:
        if not lock.is_locked:
            Path(lock.lock_file).unlink(missing_ok=True)


def living(ledger: Ledger) -> dg.ResourceDefinition:
    """The ledger as a resource: while a run has it, the run is `alive`. Sensors and schedules have no run."""

    @dg.resource(description="The state folder: programme, extracts, and all that is made from them.")
    def of_run(context: dg.InitResourceContext) -> Iterator[Ledger]:
        if context.run is None:
            yield ledger
            return
        with alive(ledger.state, context.run.run_id):
            if context.instance and ON not in context.run.tags:
                context.instance.add_run_tags(context.run.run_id, {ON: MACHINE})
            yield ledger

    return of_run


def repair(instance: dg.DagsterInstance, state: State) -> int:
    """Marks the runs as failed whose process is gone, and removes the half-written files of such processes.

    Returns how many runs were.
    """
    dead = dead_runs(instance, state)
    for run in dead:
        instance.report_run_failed(run, f"Failed: {_DIED}.")
        quarter = run.tags.get("dagster/partition", "")
        alert(state, run.run_id, f"{run.job_name} {quarter}".strip() + f" did not finish: {_DIED}.")
    for path in state.locks.glob(f"{_of_run('*')}.lock"):  # of one killed before its run was recorded, or after its end
        _is_held(state, path.stem)
    for path in abandoned_files(state):
        path.unlink(missing_ok=True)
    return len(dead)


def dead_runs(instance: dg.DagsterInstance, state: State) -> list[dg.DagsterRun]:
    """The runs that are recorded as going on, and are not.

    A run that Dagster's daemon launches holds no lock while its process starts: until it is STARTED it is left to
    Dagster's own run monitoring. Whether a process of another machine is gone cannot be asked: it is given a day.
    """

    def is_dead(record: dg.RunRecord) -> bool:
        run = record.dagster_run
        if run.tags.get(ON, MACHINE) != MACHINE:
            return time.time() - record.create_timestamp.timestamp() > _A_DAY
        begun = HOLDS_LOCK in run.tags or (
            record.start_time is not None and abs(time.time() - record.start_time) > STARTED_LATELY
        )
        return begun and not _is_held(state, _of_run(run.run_id))

    records = instance.get_run_records(dg.RunsFilter(statuses=_BEGUN))
    return [record.dagster_run for record in records if is_dead(record)]


def abandoned_files(state: State) -> Iterator[Path]:
    """Half-written files whose process is gone; of a process number that is in use again, those of yesterday."""
    lake = state.lake.folder
    here = [lake] if isinstance(lake, Path) else []
    for folder in (*here, state.exports, state.rejected, state.kept, state.dagster_home):
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


def forget_old_runs(instance: dg.DagsterInstance, state: State, now: datetime) -> int:
    """Removes the records of runs that ended more than KEPT_DAYS before now; returns how many.

    Dagster by itself keeps them for ever. A run that made the latest version of any asset's quarter stays: without it
    the UI would show that as missing.
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


def _of_run(run: str) -> str:
    """The name of a run's lock: each machine has its own, which only it looks at."""
    return f"run-{run}@{MACHINE}"


def _lock(state: State, name: str, *, of_process: bool = False) -> FileLock:
    """The lock of that name; one `of_process` is one and the same wherever the process asks for it."""
    state.locks.mkdir(parents=True, exist_ok=True)
    return FileLock(state.locks / f"{name}.lock", thread_local=not of_process, is_singleton=of_process)


def _is_held(state: State, name: str) -> bool:
    """Whether a process holds the lock of a run; what a dead one left behind is removed."""
    if not (state.locks / f"{name}.lock").exists():
        return False
    lock = _lock(state, name, of_process=True)
    if lock.is_locked:  # by this very process
        return True
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
    return False


def _is_there(process: int) -> bool:
    """Whether a process of that number lives on this machine."""
    try:
        with suppress(PermissionError):  # it is somebody else's
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _age(path: Path) -> float:
    """Seconds since the file was written; 0 when it has gone meanwhile."""
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0
