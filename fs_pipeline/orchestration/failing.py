"""Failures in words that say what to do, hold nothing personal, and are retried only where that can help."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from sqlalchemy.exc import OperationalError

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.pseudonyms import NoKey
from fs_pipeline.exports.warehouse import WarehouseError
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.lake import DamagedTable, LakeError, NotInLake, lake_away

MOST_RETRIES = 3
"""For a database or a network folder that is away for a moment; any other failure forbids it."""
_PASSES = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EAGAIN}
_FULL = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or have the quota raised",
    errno.EFBIG: "have the limit on the size of files raised (ulimit -f)",
}


@contextmanager
def failing_plainly(table: str, quarter: Quarter) -> Iterator[None]:
    """A failure says what to run or to fix first, or where in the program the fault is."""
    what = f"{table} for {quarter.label}"
    try:
        yield
    except dg.Failure:
        raise
    except (DamagedTable, LakeError, NotInLake, NoKey, SettingsError) as fault:
        raise dg.Failure(str(fault), allow_retries=False) from None
    except WarehouseError as fault:
        raise dg.Failure(str(fault), allow_retries=fault.passes) from None
    except Exception as fault:
        if away := lake_away(fault):
            raise dg.Failure(f"{what}: {away}") from None
        if isinstance(fault, OSError):
            fix, passes = _FULL.get(fault.errno or 0, "fix that"), fault.errno in _PASSES
            words = f"{what}: {_said(fault)}; {fix}, then run it again. What was there stays."
            raise dg.Failure(words, allow_retries=passes) from None
        raise dg.Failure(  # without its text, which may hold a value, and values are about people
            f"{what}: {type(fault).__name__} at {_place(fault)}. This is a fault in the program, not in the data: "
            "please report this line.",
            allow_retries=False,
        ) from None


@contextmanager
def trying_again(retries: int) -> Iterator[None]:
    """A failure that may pass is tried again, after 2, 4 and 8 seconds; `retries` says how often it was.

    A retry policy of Dagster's would try a step again as well that a signal has stopped, and the run would go on.
    """
    try:
        yield
    except dg.Failure as failure:
        if not failure.allow_retries:
            raise
        raise dg.RetryRequested(MOST_RETRIES, seconds_to_wait=2 ** (retries + 1)) from failure


def of_the_machine(fault: BaseException | None) -> str | None:
    """What to do about a full disk, a lake or a database of Dagster's records that is away; None about any other."""
    if away := lake_away(fault):
        return away
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _FULL:
            return f"{_said(fault)}; {_FULL[fault.errno]}, then run it again. What was there stays."
        if isinstance(fault, OperationalError):
            return (
                "Dagster's records (the folder dagster in the state folder, DAGSTER_HOME or a database) cannot be read "
                "or written: free some space if the disk is full, see that their database runs, then run it again. "
                "What was there stays."
            )
        fault = fault.__cause__ or fault.__context__
    return None


def _said(fault: OSError) -> str:
    """What the system says, and of which file."""
    words = fault.strerror or type(fault).__name__
    return f"{words}: {fault.filename}" if fault.filename else words


def _place(fault: BaseException) -> str:
    """File and line of our code nearest to where it happened."""
    ours = [frame for frame in traceback.extract_tb(fault.__traceback__) if "fs_pipeline" in frame.filename]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
