"""The real `fs-pipeline ui` over a state folder (web server, daemon, code server) on 127.0.0.1; what it is asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline_tests.orchestration.homes import instance_of

PATIENCE = 180
_LAUNCH = """mutation ($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
_STATUS = """query ($backfill: String!) {
  partitionBackfillOrError(backfillId: $backfill) { ... on PartitionBackfill { status } }
}"""


@contextmanager
def serving(home: Path, log: Path) -> Iterator[str]:
    """The address at which the folder is served; all processes of it end with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "FS_PIPELINE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    command = [str(Path(sys.executable).with_name("fs-pipeline")), "ui", "--port", str(port)]
    with log.open("wb") as written:
        server = subprocess.Popen(command, env=environment, stdout=written, stderr=written, start_new_session=True)
    try:
        wait(lambda: server.poll() is None and is_up(f"http://127.0.0.1:{port}"), "the UI starts")
        yield f"http://127.0.0.1:{port}"
    finally:  # asked to end, they would wait for each other for half a minute
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait(until: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Waits until something is so.

    Raises:
        AssertionError: it is not so after these seconds.
    """
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(1)


def is_up(address: str) -> bool:
    """Whether the web server answers."""
    try:
        with urlopen(f"{address}/server_info", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def asked(address: str, query: str, **variables: object) -> dict:
    """What Dagster's GraphQL answers."""
    told = json.dumps({"query": query, "variables": variables}).encode()
    request = Request(f"{address}/graphql", told, {"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)["data"]


def of_assets(tables: Iterable[str]) -> dict:
    """What a backfill of these assets says that it is of, as the dialog of the UI does."""
    return {"assetSelection": [{"path": table.split("/")} for table in tables]}


def of_job(name: str) -> dict:
    """What a backfill of the job says that it is of."""
    project = {"repositoryLocationName": "fs_pipeline.definitions", "repositoryName": "__repository__"}
    return {"selector": {"partitionSetName": f"{name}_partition_set", "repositorySelector": project}}


def backfilled(address: str, of: dict, quarters: Iterable[Quarter], seconds: float = PATIENCE) -> str:
    """Launches a backfill of assets or of a job, and waits for its end.

    Returns its identifier; its runs bear it.

    Raises:
        AssertionError: it was not launched, failed, or goes on after these seconds.
    """
    launched = asked(address, _LAUNCH, asked={**of, "partitionNames": [each.key for each in quarters]})
    launched = launched["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    backfill = launched["backfillId"]

    def status() -> str:
        return asked(address, _STATUS, backfill=backfill)["partitionBackfillOrError"]["status"]

    wait(lambda: status() not in ("REQUESTED", "COMPLETING"), "the backfill ends", seconds)
    assert status() == "COMPLETED_SUCCESS", status()
    return backfill


class Ran(NamedTuple):
    """When a run was launched, began and ended, in seconds: its process has to start and read Dagster in between."""

    launched: float
    began: float
    ended: float


def spans(home: Path, backfill: str) -> list[Ran]:
    """When each run of a backfill was in progress, by the records; in order of their beginning."""
    with instance_of(home) as instance:
        runs = instance.get_run_records(dg.RunsFilter(tags={"dagster/backfill": backfill}))
        launches = {run.dagster_run.run_id: instance.get_run_stats(run.dagster_run.run_id).launch_time for run in runs}
    ran = [Ran(launches[run.dagster_run.run_id] or 0, run.start_time or 0, run.end_time or 0) for run in runs]
    assert all(all(each) for each in ran)
    return sorted(ran, key=lambda each: each.began)


def at_once(runs: Iterable[Ran]) -> int:
    """How many of them were in progress at the same time, from their launches on, at most."""
    changes = sorted(change for run in runs for change in ((run.launched, 1), (run.ended, -1)))
    return max(accumulate(change for _, change in changes))
