"""Dagster's SQLite event log, made cheaper: the same rows in the same files, which the default storage reads as well.

A quarter stores some 600 events. The default storage makes an engine for each, which opens the file and compiles every
statement again, asks each time which tables and columns there are, and commits several times an event. Here engines are
kept, what was found is remembered, and an event is one transaction in its run's file and one in the index.

For each asset that a step reads Dagster asks for its latest record and for the data versions of the partitions read,
and for each check for the materialization that it is of. The default storage builds these statements anew every time,
and reads the same records from JSON again and again. Here they are built once, and what was read is kept. Questions of
another form, such as those of the UI, go to the default storage.

This module overrides private methods of Dagster's storage: `test_event_log.py` compares what they give with what
Dagster's own give. The private names stand in `dagster_private`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import Connection, Engine, bindparam, event, func, select
from sqlalchemy.dialects.sqlite import Insert, insert

from fs_pipeline.orchestration.instance.dagster_private import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    INDEX_SHARD_NAME,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    create_engine,
    deserialize_value,
)

if TYPE_CHECKING:
    from fs_pipeline.orchestration.instance.dagster_private import ConfigurableClassData

_INDEXED = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}
"""The types of events that stand in the index as well, where all runs' are looked for."""
_EVENT = SqlEventLogStorageTable.insert()
_EVENTS, _TAGS = SqlEventLogStorageTable.c, AssetEventTagsTable.c
_OF_ASSET = (_EVENTS.asset_key == bindparam("asset"), _EVENTS.dagster_event_type == bindparam("type"))
"""The events of a type of an asset; one that was wiped has none from before that in the SQLite files."""
_OF_PARTITIONS = _EVENTS.partition.in_(bindparam("partitions", expanding=True))
_LATEST = select(_EVENTS.id, _EVENTS.event).where(*_OF_ASSET).order_by(_EVENTS.id.desc()).limit(bindparam("limit"))
_LATEST_OF_PARTITIONS = _LATEST.where(_OF_PARTITIONS)
_LAST = select(_EVENTS.partition, func.max(_EVENTS.id).label("id")).where(*_OF_ASSET, _OF_PARTITIONS)
_LAST_OF_EACH = _LAST.group_by(_EVENTS.partition).subquery()
_TAGS_OF_EACH = (
    select(_LAST_OF_EACH.c.partition, _TAGS.key, _TAGS.value)
    .join(AssetEventTagsTable, _TAGS.event_id == _LAST_OF_EACH.c.id)
    .where(_TAGS.key.in_(bindparam("tags", expanding=True)))
)


class KeptEngineEventLogStorage(SqliteEventLogStorage):
    """The SQLite event log; `dagster.yaml` names it as the instance's event log storage."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._there: set[str] = set()
        self._writing = threading.local()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Any,  # noqa: ANN401 - the superclasses disagree about its type
    ) -> KeptEngineEventLogStorage:
        """The storage in the folder `history` of `base_dir`, where the default storage has its files too."""
        return cls(inst_data=inst_data, base_dir=str(Path(config_value["base_dir"]) / "history" / "runs"))

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Stores an event."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Stores events of one run, in its file and then in the index; a kill in between leaves them to the file."""
        rows = [self._event_to_row(each) for each in events]
        (run,) = {each.run_id for each in events}
        with self.run_connection(run) as connection:
            connection.execute(_EVENT, rows)
        indexed = [(each, row) for each, row in zip(events, rows, strict=True) if each.dagster_event_type in _INDEXED]
        if indexed:
            with self._at_once() as connection:
                for each, row in indexed:
                    self._index(connection, each, row)

    def _index(self, connection: Connection, event: dg.EventLogEntry, row: dict[str, Any]) -> None:
        """Stores an event in the index, and what it says of an asset or a check."""
        (number,) = connection.execute(_EVENT, row).inserted_primary_key or (None,)
        assert number is not None
        if event.dagster_event_type in ASSET_EVENTS:
            self._store_asset_event_tags(connection, [event], [number])
            values = self._get_asset_entry_values(event, number, has_asset_key_index_cols=True)
            if values:
                connection.execute(_of_asset(*values), {"asset_key": row["asset_key"], **values})
        elif event.dagster_event_type in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, number)

    @contextmanager
    def _at_once(self) -> Iterator[Connection]:
        """What is written to the index meanwhile, by this thread, is one transaction."""
        with self.index_connection() as connection:
            self._writing.connection = connection
            try:
                yield connection
            finally:
                del self._writing.connection

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard == INDEX_SHARD_NAME and hasattr(self._writing, "connection"):
            yield self._writing.connection
            return
        with self._db_lock:
            engine = _engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that was found is not looked for again."""
        if table_name not in self._there and super().has_table(table_name):
            self._there.add(table_name)
        return table_name in self._there

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._there and super()._has_asset_key_col_on_connection(conn, column_name):
            self._there.add(column_name)
        return column_name in self._there

    def _get_event_records(
        self, event_records_filter: dg.EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[dg.EventLogRecord]:
        """The latest events of a type of an asset, and of partitions of it."""
        asked = event_records_filter
        simple = dg.EventRecordsFilter(asked.event_type, asked.asset_key, asked.asset_partitions)
        if asked != simple or not asked.asset_key or not limit or ascending:
            return super()._get_event_records(asked, limit, ascending)
        values: dict[str, Any] = {"asset": asked.asset_key.to_string(), "type": asked.event_type.value, "limit": limit}
        statement = _LATEST
        if asked.asset_partitions:
            statement, values["partitions"] = _LATEST_OF_PARTITIONS, list(asked.asset_partitions)
        with self.index_connection() as connection:
            rows = connection.execute(statement, values).fetchall()
        return [dg.EventLogRecord(storage_id=number, event_log_entry=_read(event)) for number, event in rows]

    def get_latest_tags_by_partition(
        self,
        asset_key: dg.AssetKey,
        event_type: dg.DagsterEventType,
        tag_keys: Sequence[str],
        asset_partitions: Sequence[str] | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> Mapping[str, Mapping[str, str]]:
        """The tags of the latest event of each of these partitions."""
        if asset_partitions is None or before_cursor is not None or after_cursor is not None:
            return super().get_latest_tags_by_partition(
                asset_key, event_type, tag_keys, asset_partitions, before_cursor, after_cursor
            )
        values = {
            "asset": asset_key.to_string(),
            "type": event_type.value,
            "partitions": list(asset_partitions),
            "tags": list(tag_keys),
        }
        found: dict[str, dict[str, str]] = {}
        with self.index_connection() as connection:
            for partition, tag, value in connection.execute(_TAGS_OF_EACH, values):
                found.setdefault(partition, {})[tag] = value
        return found


@cache
def _of_asset(*columns: str) -> Insert:
    """The statement that gives an asset's row these columns, and makes the row unless it is there."""
    row = insert(AssetKeyTable)
    return row.on_conflict_do_update(index_elements=["asset_key"], set_={name: row.excluded[name] for name in columns})


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


@lru_cache(maxsize=1024)
def _read(text: str) -> Any:  # noqa: ANN401 - of whatever class it was written as
    """What Dagster wrote as JSON. Its objects never change, and the same ones are asked for by many steps."""
    return deserialize_value(text)
