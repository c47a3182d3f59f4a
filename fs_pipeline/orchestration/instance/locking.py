"""Locks between processes of one machine. The operating system lets go of them when a process ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.store.state import State

PATIENCE = 600
"""Seconds for which a step waits for another run's step on the same quarter."""


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
    lock = _of_run(state, run)
    try:
        with lock:
            yield
    finally:
        if not lock.is_locked:
            Path(lock.lock_file).unlink(missing_ok=True)


def is_alive(state: State, run: str) -> bool:
    """Whether a process holds the lock of the run; what a dead one left behind is removed."""
    if not (state.locks / f"run-{run}.lock").exists():
        return False
    lock = _of_run(state, run)
    if lock.is_locked:  # by this very process
        return True
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
    return False


def living(ledger: Ledger) -> dg.ResourceDefinition:
    """The ledger as a resource: while a run has it, the run is `alive`. Sensors and schedules have no run."""

    @dg.resource(description="The state folder: programme, extracts, and all that is made from them.")
    def of_run(context: dg.InitResourceContext) -> Iterator[Ledger]:
        if context.run is None:
            yield ledger
        else:
            with alive(ledger.state, context.run.run_id):
                yield ledger

    return of_run


def _of_run(state: State, run: str) -> FileLock:
    return _lock(state, f"run-{run}", of_process=True)


def _lock(state: State, name: str, *, of_process: bool = False) -> FileLock:
    """The lock of that name; one `of_process` is one and the same wherever the process asks for it."""
    state.locks.mkdir(parents=True, exist_ok=True)
    return FileLock(state.locks / f"{name}.lock", thread_local=not of_process, is_singleton=of_process)
