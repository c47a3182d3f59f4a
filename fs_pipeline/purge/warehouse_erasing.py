"""Takes people, or everything, out of the warehouse, and out of the pages that a database keeps of deleted rows."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from fs_pipeline.exports.warehouse_connection import WarehouseError, engine_of
from fs_pipeline.exports.warehouse_tables import METADATA, TABLES, table_name

_OURS = (*map(table_name, TABLES), "audit")
_BY_PERSON = {"person_level": "person_id"}
_BY_FAMILY = {"person_level": "family_key", "family_level": "family_key"}


def erase_people(url: str, people: Iterable[str], families: Iterable[str]) -> int:
    """Deletes the rows of these people, and of families in which there is nobody else; returns how many.

    Raises:
        WarehouseError: nothing was deleted; says why.
    """
    wanted = [(_BY_PERSON, sorted(people)), (_BY_FAMILY, sorted(families))]
    return _erase(
        url,
        [
            sa.delete(METADATA.tables[name]).where(METADATA.tables[name].c[column].in_(values))
            for columns, values in wanted
            for name, column in columns.items()
            if values
        ],
    )


def erase_everything(url: str) -> int:
    """Deletes every row of every table of ours, and the audit of the loads; returns how many."""
    return _erase(url, [sa.delete(METADATA.tables[name]) for name in _OURS])


def _erase(url: str, deletions: list[sa.Delete]) -> int:
    """Deletes, then has the database write its files anew: deleted rows stand in free pages until then."""
    engine = engine_of(url)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and not Path(engine.url.database or "").exists():
        return 0
    try:
        with engine.connect() as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            there = set(sa.inspect(connection).get_table_names())
            rows = sum(connection.execute(each).rowcount for each in deletions if each.table.description in there)
            connection.commit()
        with closing(engine.raw_connection()) as raw:  # no transaction may be under way
            driver: Any = raw.driver_connection
            if not sqlite:
                driver.autocommit = True
            for command in ["VACUUM"] if sqlite else [f"VACUUM (FULL) {name}" for name in _OURS if name in there]:
                driver.execute(command)
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as fault:  # its text may hold values
        raise WarehouseError(
            f"the warehouse could not be purged ({type(fault).__name__}): see that it is there, that it may be written "
            "to, and that no other program holds it; then purge again"
        ) from None
    return rows
