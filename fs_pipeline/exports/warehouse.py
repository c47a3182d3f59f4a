"""Loads a quarter into the reporting database, SQLite or PostgreSQL: into all its tables or into none.

Readers see the old quarter until the new one is whole. A database's own errors may hold values and passwords: they are
said in words of ours. What stands in it is declared in `warehouse_tables`; which it is, and when it is loaded, is
decided above.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateColumn, CreateIndex, SetColumnComment, SetTableComment

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import values
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.warehouse_tables import AUDIT, DICTIONARY, METADATA, SQL, meanings, table_name
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit

PATIENCE = 60
"""Seconds that a load waits for another, or for a reader in its way, before it gives up."""

_LOOKING = {"isolation_level": "AUTOCOMMIT"}
_ONE_LOAD = 0x66735F7069706531  # the advisory lock that loads take in PostgreSQL: "fs_pipe1"
_NEVER_VALUES = ("08", "23", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58")
"""Classes of SQLSTATE whose primary message names tables and columns, but never what stands in them."""


class WarehouseError(Exception):
    """A load that changed nothing; says which table and quarter, and the fix. Never holds values or passwords.

    Attributes:
        passes: whether it may have gone by itself in a while, as when the server starts again.
    """

    def __init__(self, message: str, *, passes: bool = False) -> None:
        super().__init__(message)
        self.passes = passes


def warehouse(
    database: str, quarter: Quarter, toolkit: Toolkit, provenance: Provenance, **outputs: pd.DataFrame
) -> list[str]:
    """Replaces the quarter in the reporting database, in one transaction; the tables that were loaded.

    Makes the tables, or adds new columns, where need be. The other quarters stay.

    Args:
        database: SQLAlchemy URL of a SQLite or PostgreSQL database.
        quarter: the quarter that is replaced.
        toolkit: the measures and breakdowns that the dictionary tells of.
        provenance: the run, and the versions of code and data, for the audit.
        outputs: a frame for each of the tables that are loaded, by its name in the warehouse.

    Raises:
        WarehouseError: nothing was changed; its words say why.
        ValueError: a frame is missing, or not what its table declares.
    """
    if set(outputs) != {declared.name for declared in SQL.values()}:
        raise ValueError(f"a load takes a frame for each of {[table.name for table in SQL]}, and no other")
    for table, declared in SQL.items():
        _check(quarter, table, outputs[declared.name])
    engine = engine_of(database)
    with in_our_words(quarter.label), engine.begin() as connection:
        _shut_others_out(connection)
        for declared in METADATA.sorted_tables:
            _make_to_fit(connection, declared)
        load = {"loaded_at": datetime.now(UTC), "quarter": quarter.first_day, "run_id": provenance.run}
        for table, declared in SQL.items():
            rows = outputs[declared.name]
            with in_our_words(f"{declared.name} of {quarter.label}", connection):
                connection.execute(declared.delete().where(declared.c.quarter == quarter.first_day))
                _insert(connection, table, rows)
            made = {"data_version": provenance.tables[table.name], "code_version": provenance.code_version}
            connection.execute(AUDIT.insert(), load | made | {"table_name": declared.name, "rows": len(rows)})
        connection.execute(DICTIONARY.delete())
        connection.execute(DICTIONARY.insert(), meanings(toolkit))
    return sorted(outputs)


def what_is_lost(url: str) -> Callable[[Quarter, Mapping[str, str]], str]:
    """Looks at the database once, and writes nothing there.

    Returns:
        What says of a quarter what of its load is lost, in words: of a quarter and the data versions that should have
        been loaded last. Blank when as many rows as were loaded of these versions are there; changed rows are not seen.
    """
    loads: dict[tuple[date, str], sa.Row[Any]] = {}
    rows: dict[tuple[date, str], int] = {}
    try:
        with opened_to_look(url) as connection:
            tables = {*sa.inspect(connection).get_table_names()}
            for declared in SQL.values():
                if declared.name in tables:
                    counted = sa.select(declared.c.quarter, sa.func.count()).group_by(declared.c.quarter)
                    rows |= {(day, declared.name): count for day, count in connection.execute(counted)}
            if AUDIT.name in tables:
                newest_last = sa.select(AUDIT).order_by(AUDIT.c.loaded_at)
                loads |= {(row.quarter, row.table_name): row for row in connection.execute(newest_last)}
            explained = DICTIONARY.name in tables and connection.scalar(sa.select(sa.func.count(DICTIONARY.c.position)))
    except WarehouseError as fault:
        cannot_tell = str(fault)
        return lambda *_: cannot_tell

    def lost(quarter: Quarter, data_versions: Mapping[str, str]) -> str:
        for table, declared in SQL.items():
            place = quarter.first_day, declared.name
            load, there = loads.get(place), rows.get(place, 0)
            if declared.name not in tables:
                return f"the warehouse has no table {declared.name}"
            if load is None or load.data_version != data_versions[table.name]:
                return f"the warehouse has {'another' if load else 'no'} load of {declared.name}"
            if there != load.rows:
                return f"the warehouse has {there:,} of the {load.rows:,} rows of {declared.name}"
        return "" if explained else f"the warehouse has no {DICTIONARY.name}"

    return lost


def _check(quarter: Quarter, table: Table, frame: pd.DataFrame) -> None:
    kinds = {column.name: column.kind.pandas for column in table.columns}
    if frame.columns.tolist() != table.names or frame.dtypes.to_dict() != kinds:
        raise ValueError(f"{table.name} has other columns or types than it declares: make it with Table.frame")
    if (frame["quarter"] != pd.Timestamp(quarter.first_day)).any():
        raise ValueError(f"{table.name} has rows of another quarter than {quarter.label}")


def _insert(connection: sa.Connection, table: Table, frame: pd.DataFrame) -> None:
    """Inserts the rows; in PostgreSQL by COPY, which takes a tenth of the time."""
    dialect = connection.dialect
    if dialect.driver == "psycopg":
        rows = pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False)
        text = BytesIO()
        csv.write_csv(rows, text, csv.WriteOptions(include_header=False))  # quotes text, leaves blanks bare
        quote = dialect.identifier_preparer.quote
        into = f"{quote(table_name(table))} ({', '.join(map(quote, table.names))})"
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {into} FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8')") as copy:
            copy.write(text.getbuffer())
    elif not frame.empty:
        connection.execute(SQL[table].insert(), [dict(zip(table.names, row, strict=True)) for row in values(frame)])


def _make_to_fit(connection: sa.Connection, table: sa.Table) -> None:
    """Makes in the database the table, or its missing columns, indexes and comments.

    Raises:
        WarehouseError: it differs by more than that.
    """
    inspector, dialect = sa.inspect(connection), connection.dialect
    if not inspector.has_table(table.name):
        table.create(connection)
        return
    found = {column["name"]: column for column in inspector.get_columns(table.name)}
    missing = [column for column in table.columns if column.name not in found]
    other = [
        column.name
        for column in table.columns
        if column.name in found
        and (column.type.compile(dialect), column.nullable)
        != (found[column.name]["type"].compile(dialect), found[column.name]["nullable"])
    ]
    other += [column.name for column in missing if not column.nullable]
    other += [name for name in found if name not in table.columns]
    if other:
        raise WarehouseError(
            f"{table.name} in the warehouse has other columns than this version declares ({', '.join(other)}): rename "
            "the table or drop it, then load every quarter again"
        )
    name = dialect.identifier_preparer.format_table(table)
    for column in missing:
        connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {CreateColumn(column).compile(dialect=dialect)}")
    for index in table.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
    if dialect.supports_comments:
        if inspector.get_table_comment(table.name)["text"] != table.comment:
            connection.execute(SetTableComment(table))
        for column in table.columns:
            if column in missing or found[column.name]["comment"] != column.comment:
                connection.execute(SetColumnComment(column))


def engine_of(url: str) -> sa.Engine:
    """The engine, whose transactions begin by shutting other loads out."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise WarehouseError("the warehouse is a SQLite or a PostgreSQL database: fix FS_PIPELINE_WAREHOUSE")
        sqlite = parsed.get_backend_name() == "sqlite"
        arguments = {"timeout": PATIENCE, "isolation_level": None} if sqlite else {}
        engine = sa.create_engine(parsed, connect_args=arguments, hide_parameters=True, poolclass=sa.NullPool)
    except ModuleNotFoundError as error:
        raise WarehouseError(f"the warehouse needs the package {error.name}: install it (pip install ...)") from None
    except (SQLAlchemyError, ValueError):  # their texts may hold parts of the URL
        raise WarehouseError(
            "FS_PIPELINE_WAREHOUSE is no database URL: it looks like sqlite:////folder/warehouse.sqlite or "
            "postgresql+psycopg://user:password@host/database, with @ : / % of a password percent-encoded"
        ) from None
    if sqlite:
        # Changed pages stay in memory until the end, so that readers are only shut out while they are written.
        sa.event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA cache_spill = OFF"))
        sa.event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def opened_to_look(url: str) -> Iterator[sa.Connection]:
    """The database as it is: nobody is shut out, and none is made where there is none.

    Raises:
        WarehouseError: it is not there, does not answer, or is none.
    """
    engine = engine_of(url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        raise WarehouseError("there is no warehouse")
    try:
        with engine.connect().execution_options(**_LOOKING) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise WarehouseError(f"the warehouse cannot be looked at: {_why(error)}") from None


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options() != _LOOKING:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _shut_others_out(connection: sa.Connection) -> None:
    """Waits until no other load is under way; in SQLite the transaction began by that."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{PATIENCE}s", True)))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_LOAD)))


@contextmanager
def in_our_words(what: str, connection: sa.Connection | None = None) -> Iterator[None]:
    """Says a database's errors in words that hold neither values nor passwords: the driver's own may hold both."""
    errors = (SQLAlchemyError, pa.ArrowException, *([connection.dialect.loaded_dbapi.Error] if connection else []))
    try:
        yield
    except errors as error:
        message = f"{what} was not loaded into the warehouse, which is as before: {_why(error)}"
        raise WarehouseError(message, passes=isinstance(error, sa.exc.OperationalError)) from None


def _why(error: Exception) -> str:
    """What happened, and the fix where we know one."""
    cause: Any = getattr(error, "orig", None) or error
    state = getattr(getattr(cause, "diag", None), "sqlstate", None)
    if isinstance(cause, sqlite3.Error):
        words = str(cause)  # names columns, never values
    elif state:
        safe = state.startswith(_NEVER_VALUES)
        words = cause.diag.message_primary if safe else f"a value does not fit its column (SQLSTATE {state})"
    elif isinstance(error, sa.exc.OperationalError):  # the driver's text may hold parts of the URL
        words = "no connection; look at host, port, name, user and password in FS_PIPELINE_WAREHOUSE, and at the server"
    else:
        words = type(cause).__name__
    if state == "55P03" or getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        words += f"; another program held it for {PATIENCE} seconds: close it, or load again later"
    elif state == "53100" or getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
        words += "; free some space where it lies, then fs-pipeline rerun"
    return words
