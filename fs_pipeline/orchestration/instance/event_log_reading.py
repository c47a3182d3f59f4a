"""What Dagster asks its SQLite event log for every step, made cheaper: the same answers, from statements built once.

For each asset that a step reads Dagster asks for its latest record and for the data versions of the partitions read,
and for each check for the materialization that it is of. The default storage builds these statements anew every time,
asks first whether the asset was ever wiped, and reads the same records from JSON again and again.

Questions of another form, such as those of the UI, go to the default storage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import dagster as dg
from sqlalchemy import bindparam, func, select

from fs_pipeline.orchestration.instance.dagster_private import (
    AssetEventTagsTable,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    deserialize_value,
)

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


class PreparedEventLogStorage(SqliteEventLogStorage):
    """The SQLite event log, with prepared statements for what every step asks."""

    def _get_event_records(
        self, event_records_filter: dg.EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[dg.EventLogRecord]:
        """The latest events of a type of an asset, and of partitions of it."""
        asked = event_records_filter
        simple = dg.EventRecordsFilter(asked.event_type, asked.asset_key, asked.asset_partitions)
        if asked != simple or not asked.asset_key or not limit or ascending:
            return super()._get_event_records(asked, limit, ascending)
        told: dict[str, Any] = {"asset": asked.asset_key.to_string(), "type": asked.event_type.value, "limit": limit}
        statement = _LATEST
        if asked.asset_partitions:
            statement, told["partitions"] = _LATEST_OF_PARTITIONS, list(asked.asset_partitions)
        with self.index_connection() as connection:
            rows = connection.execute(statement, told).fetchall()
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
        told = {
            "asset": asset_key.to_string(),
            "type": event_type.value,
            "partitions": list(asset_partitions),
            "tags": list(tag_keys),
        }
        found: dict[str, dict[str, str]] = {}
        with self.index_connection() as connection:
            for partition, tag, value in connection.execute(_TAGS_OF_EACH, told):
                found.setdefault(partition, {})[tag] = value
        return found

    def _get_latest_materialization_records(
        self, raw_asset_rows: Sequence[Mapping[str, Any]]
    ) -> Mapping[dg.AssetKey, dg.EventLogRecord | None]:
        """The record that stands in an asset's row; only where there is none, or it was wiped, a look at the events."""
        rows = list(raw_asset_rows)
        found: dict[dg.AssetKey, dg.EventLogRecord | None] = {}
        others = []
        for row in rows:
            key = dg.AssetKey.from_db_string(row["asset_key"])
            record = (
                None if row["asset_details"] or not row["last_materialization"] else _read(row["last_materialization"])
            )
            if key and isinstance(record, dg.EventLogRecord):
                found[key] = record
            else:
                others.append(row)
        return found | dict(super()._get_latest_materialization_records(others)) if others else found


@lru_cache(maxsize=1024)
def _read(text: str) -> Any:  # noqa: ANN401 - of whatever class it was written as
    """What Dagster wrote as JSON. Its objects never change, and the same ones are asked for by many steps."""
    return deserialize_value(text)
