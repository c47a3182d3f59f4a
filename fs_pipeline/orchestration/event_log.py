"""The name under which state folders know the event log: it stands in their dagster.yaml, and stays.

With a Dagster of another minor version than the one that our storage is tested with, it is Dagster's own storage over
the same files.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import dagster as dg

from fs_pipeline.orchestration.instance.dagster_private import IS_TESTED, TESTED, SqliteEventLogStorage

if IS_TESTED:
    from fs_pipeline.orchestration.instance.event_log import KeptEngineEventLogStorage
else:
    logging.getLogger(__name__).warning(
        "Dagster %s is installed, and fs_pipeline is tested with %sx: Dagster's own event log is used, over the same "
        "files. A quarter takes about four times as long.",
        dg.__version__,
        TESTED,
    )

    class KeptEngineEventLogStorage(SqliteEventLogStorage):  # type: ignore[no-redef]  # the other branch has ours
        """Dagster's own storage, where ours has its files."""

        @classmethod
        def from_config_value(cls, inst_data: Any, config_value: Any) -> Any:  # noqa: ANN401 - as ours
            """The storage in the folder `history` of `base_dir`."""
            return cls(inst_data=inst_data, base_dir=str(Path(config_value["base_dir"]) / "history" / "runs"))


__all__ = ["KeptEngineEventLogStorage"]
