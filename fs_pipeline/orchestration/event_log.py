"""Dagster's SQLite event log, with engines that are kept: the default one makes a new one for every event.

A quarter stores some 400 events. An engine made anew opens the file and compiles every statement again, which is
most of an event's cost: keeping it halves the time of a quarter. Nothing else is changed; the files are Dagster's
own, and the default storage reads them as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS  # the default storage's own patience
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, event


class KeptEngineEventLogStorage(SqliteEventLogStorage):
    """The SQLite event log; `dagster.yaml` names it as the instance's event log storage."""

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Any,  # noqa: ANN401 - the superclasses disagree about its type
    ) -> KeptEngineEventLogStorage:
        """The storage in the folder `history` of `base_dir`, where the default storage has its files too."""
        return cls(inst_data=inst_data, base_dir=str(Path(config_value["base_dir"]) / "history" / "runs"))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = _engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection


@lru_cache(maxsize=8)
def _engine(address: str) -> Engine:
    """The engine of a database file, with its open connection and its compiled statements.

    The files are in WAL mode, where `synchronous = NORMAL` keeps them sound whatever is killed; only a power cut may
    lose the last events.
    """
    engine: Engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine
