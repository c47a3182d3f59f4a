"""All that we use of what Dagster keeps private, whether the Dagster that is installed has it, and warnings we expect.

Private names buy the event log of `event_log.py`: with release 0.7.1 a quarter took 22 s with it, 82 to 94 s with
Dagster's own. It is used with the minor version that the tests compare it with; with any other Dagster's own is used in
its place, which gives the same, slower.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage  # the name that Dagster documents for dagster.yaml

if TYPE_CHECKING:
    from subprocess import Popen

    import click
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
    from dagster._serdes import ConfigurableClassData

TESTED = "1.13."
"""The minor version that the tests compare our storage with; 1.13.5 is the first that has every name."""
IS_TESTED = dg.__version__.startswith(TESTED)
DATA_VERSION_TAG = "dagster/data_version"
"""The tag of an event that holds the data version."""

if IS_TESTED:
    from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
    from dagster._core.storage.event_log.schema import AssetEventTagsTable, AssetKeyTable, SqlEventLogStorageTable
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
    from dagster._core.storage.sql import create_engine
    from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
    from dagster._serdes import deserialize_value

KNOWN_WARNINGS = {
    "Parameter `backfill_policy` of function `asset` is currently in beta": "a backfill makes a run a quarter by it",
    "Function `observable_source_asset` is currently in beta": "deliveries and settings are such assets",
    "Parameter `allow_nonexistent_upstream_partitions` of": "a window may reach back before the first quarter",
    "Property `OpDefinition.version` is deprecated": "Dagster itself asks observable assets for it",
    "Parameter `owners` of initializer `SensorDefinition.__init__`": "Dagster's own decorator gives it",
    "Function `dev_command` is superseded": "`dagster dev` is the public command that runs UI and daemon",
}
"""The beginnings of Dagster's warnings that are expected, and why; every other one is an error in the tests."""


def silence_known_warnings() -> None:
    """Lets the known warnings pass unseen, here and in Dagster's other processes: users can do nothing about them."""
    for message in KNOWN_WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    os.environ.setdefault("PYTHONWARNINGS", ",".join(f"ignore:{message}" for message in KNOWN_WARNINGS))


def dev_with_web_server(module: str) -> click.Command:
    """`dagster dev` with another module as its web server, which takes the same arguments; nothing else is public.

    A process that it does not know is refused: the web server would go by another name.
    """
    from dagster._cli import dev

    start = dev.open_ipc_subprocess  # type: ignore[attr-defined]  # not exported

    def start_ours(parts: Sequence[str], **options: Any) -> Popen[Any]:  # noqa: ANN401 - those of Popen
        if not {"dagster_webserver", "dagster._daemon"} & set(parts):
            raise RuntimeError(f"Dagster {dg.__version__} starts its web server in another way: it would be unguarded")
        return start([module if part == "dagster_webserver" else part for part in parts], **options)

    dev.open_ipc_subprocess = start_ours  # type: ignore[attr-defined]  # not exported
    return dev.dev_command
