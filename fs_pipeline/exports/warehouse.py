"""The reporting database, SQLite or PostgreSQL: the four output tables, a dictionary of them, and an audit of loads.

A quarter is replaced in all tables or in none, and readers see the old one until the new one is whole. What the
columns are is declared in the toolkit; which database it is, and when it is loaded, is decided above.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateColumn, CreateIndex, SetColumnComment, SetTableComment

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, PERSON_LEVEL
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.tables import Column, Table
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER

TABLES = (PERSON_LEVEL, FAMILY_LEVEL, INDICATOR_VALUES, BEFORE_AFTER)
"""What is loaded; each stands in the warehouse under the last part of its name."""

PATIENCE = 60
"""Seconds that a load waits for another, or for a reader in its way, before it gives up."""

_TYPES: Mapping[Kind, sa.types.TypeEngine[Any]] = {
    Kind.STRING: sa.Text(),
    Kind.DATE: sa.Date(),
    Kind.INT: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOL: sa.Boolean(),
}
_PLAIN: Mapping[Kind, Callable[[Any], object]] = {
    Kind.STRING: str,
    Kind.DATE: pd.Timestamp.date,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.BOOL: bool,
}
_INDEXES = {  # beside the key, which begins with the quarter
    PERSON_LEVEL: (("quarter", "family_key"), ("person_id", "quarter")),
    FAMILY_LEVEL: (("quarter", "family_key"), ("family_key", "quarter")),
    INDICATOR_VALUES: (("indicator", "measure", "quarter"),),
    BEFORE_AFTER: (("indicator", "measure", "quarter"),),
}
_ONE_LOAD = 0x66735F7069706531  # the advisory lock that loads take in PostgreSQL: "fs_pipe1"
_NEVER_VALUES = ("08", "23", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58")
"""Classes of SQLSTATE whose primary message names tables and columns, but never what stands in them."""


class WarehouseError(Exception):
    """A load that changed nothing; says which table and quarter, and the mend. Never holds values or passwords.

    Attributes:
        passes: whether it may have gone by itself in a while, as when the server starts again.
    """

    def __init__(self, message: str, *, passes: bool = False) -> None:
        super().__init__(message)
        self.passes = passes


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Attributes:
        loaded_at: when, in UTC, as the audit has it.
        rows: rows of the quarter by table.
        columns_added: `table.column` that an older warehouse lacked.
    """

    loaded_at: datetime
    rows: Mapping[str, int]
    columns_added: tuple[str, ...] = ()


def table_name(table: Table) -> str:
    """The table's name in the warehouse."""
    return table.name.rpartition("/")[2]


def _column(column: Column, key: tuple[str, ...]) -> sa.Column[Any]:
    return sa.Column(
        column.name,
        _TYPES[column.kind],
        primary_key=column.name in key,
        autoincrement=False,
        nullable=column.nullable,
        comment=column.words or None,
    )


def _declared(table: Table, metadata: sa.MetaData) -> sa.Table:
    """The table in SQL.

    Its key is the primary key where no part of it may be blank. A family key may: a child of no family has none. There
    a unique index stands for it, in which blanks are equal (in a plain one they all differ).
    """
    called, key = table_name(table), tuple(dict.fromkeys(("quarter", *table.key)))
    may_be_blank = any(column.nullable for column in table.columns if column.name in key)
    columns = [_column(column, () if may_be_blank else key) for column in table.columns]
    declared = sa.Table(called, metadata, *columns, comment=table.description or None)
    if may_be_blank:
        blank: sa.ColumnElement[str] = sa.literal_column("''")
        parts: list[sa.ColumnElement[Any]] = [
            sa.func.coalesce(each, blank) if each.nullable else each for each in (declared.c[name] for name in key)
        ]
        sa.Index(f"uq_{called}", *parts, unique=True)
    for indexed in _INDEXES[table]:
        sa.Index(f"ix_{called}_{'_'.join(indexed)}", *(declared.c[each] for each in indexed))
    return declared


METADATA = sa.MetaData()
_SQL = {table: _declared(table, METADATA) for table in TABLES}
_DICTIONARY = sa.Table(
    "dictionary",
    METADATA,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, comment="From 1, in the toolkit's order."),
    sa.Column("column_name", sa.Text, nullable=False),
    sa.Column("code", sa.Text, comment="The toolkit's code."),
    sa.Column("title", sa.Text, comment="The toolkit's title."),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("meaning", sa.Text),
    sa.Column("decisions", sa.Text, comment="The decisions that touch it."),
    comment="What every column of the other tables means.",
)
_AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("loaded_at", sa.DateTime(timezone=True), primary_key=True, comment="UTC."),
    sa.Column("quarter", sa.Date, primary_key=True, comment="First day of the quarter."),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("data_version", sa.Text, nullable=False, comment="Hash of the rows, as the lake has it."),
    sa.Column("run_id", sa.Text, nullable=False, comment="The Dagster run."),
    sa.Column("code_version", sa.Text, nullable=False),
    comment="Every load of a quarter, table by table.",
)


def load(
    url: str,
    quarter: Quarter,
    tables: Mapping[Table, pd.DataFrame],
    *,
    run_id: str,
    data_versions: Mapping[str, str],
    code_version: str,
) -> Loaded:
    """Replaces a quarter in all tables, in one transaction. Makes the tables, or adds new columns, where need be.

    Args:
        url: SQLAlchemy URL of a SQLite or PostgreSQL database.
        quarter: the quarter that is replaced; the others stay.
        tables: a frame for each of `TABLES`.
        run_id: the run that loads, for the audit.
        data_versions: name of the table (`outputs/...`) -> data version, for the audit.
        code_version: version of the code that made the tables, for the audit.

    Raises:
        WarehouseError: nothing was changed; its words say why.
        ValueError: a frame is missing, or not what its table declares.
    """
    _check(quarter, tables)
    versions = {table: data_versions[table.name] for table in TABLES}
    engine = engine_of(url)
    with _in_our_words(quarter.label), engine.begin() as connection:
        _alone(connection)
        added = tuple(column for table in METADATA.sorted_tables for column in _mend(connection, table))
        loaded_at, rows = datetime.now(UTC), {}
        for table, declared in _SQL.items():
            with _in_our_words(f"{declared.name} of {quarter.label}", connection):
                connection.execute(declared.delete().where(declared.c.quarter == quarter.first_day))
                _insert(connection, table, tables[table])
            rows[declared.name] = len(tables[table])
        audited = {"loaded_at": loaded_at, "quarter": quarter.first_day, "run_id": run_id, "code_version": code_version}
        connection.execute(
            _AUDIT.insert(),
            [
                audited | {"table_name": _SQL[table].name, "rows": len(tables[table]), "data_version": version}
                for table, version in versions.items()
            ],
        )
        connection.execute(_DICTIONARY.delete())
        connection.execute(_DICTIONARY.insert(), _meanings())
    return Loaded(loaded_at, rows, added)


def is_loaded(url: str, quarter: Quarter, data_versions: Mapping[str, str]) -> bool:
    """Whether the last load of the quarter was of just these versions; not so while it cannot be told."""
    newest_last = sa.select(_AUDIT).where(_AUDIT.c.quarter == quarter.first_day).order_by(_AUDIT.c.loaded_at)
    try:
        with engine_of(url).connect() as connection:
            loaded = {row.table_name: row.data_version for row in connection.execute(newest_last)}
    except SQLAlchemyError:
        return False
    return loaded == {table_name(table): data_versions[table.name] for table in TABLES}


def _check(quarter: Quarter, tables: Mapping[Table, pd.DataFrame]) -> None:
    if set(tables) != set(TABLES):
        raise ValueError(f"a load takes a frame for each of {[table.name for table in TABLES]}, and no other")
    for table, frame in tables.items():
        kinds = {column.name: column.kind.pandas for column in table.columns}
        if frame.columns.tolist() != table.names or frame.dtypes.to_dict() != kinds:
            raise ValueError(f"{table.name} has other columns or types than it declares: make it with Table.frame")
        if (frame["quarter"] != pd.Timestamp(quarter.first_day)).any():
            raise ValueError(f"{table.name} has rows of another quarter than {quarter.label}")


def engine_of(url: str) -> sa.Engine:
    """The engine, whose transactions begin by shutting other loads out."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise WarehouseError("the warehouse is a SQLite or a PostgreSQL database: mend FS_PIPELINE_WAREHOUSE")
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
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _alone(connection: sa.Connection) -> None:
    """Waits until no other load is under way; in SQLite the transaction began by that."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{PATIENCE}s", True)))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_LOAD)))


def _mend(connection: sa.Connection, table: sa.Table) -> list[str]:
    """Makes the table or its missing columns, indexes and comments; returns the columns added.

    Raises:
        WarehouseError: it differs by more than that.
    """
    inspector, dialect = sa.inspect(connection), connection.dialect
    if not inspector.has_table(table.name):
        table.create(connection)
        return []
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
    return [f"{table.name}.{column.name}" for column in missing]


def _insert(connection: sa.Connection, table: Table, frame: pd.DataFrame) -> None:
    """Inserts the rows by the quickest way that the driver has."""
    insert, dialect = _SQL[table].insert(), connection.dialect
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
        rows = zip(*(_cells(frame[column.name], column.kind, dialect.name) for column in table.columns), strict=True)
        if dialect.name == "sqlite":
            connection.exec_driver_sql(str(insert.compile(dialect=dialect)), list(rows))
        else:
            connection.execute(insert, [dict(zip(table.names, row, strict=True)) for row in rows])


def _cells(values: pd.Series[Any], kind: Kind, dialect: str) -> list[object]:
    """The values as the driver takes them, blanks as None; each distinct value is converted once."""
    codes, distinct = pd.factorize(values)  # a blank is -1, the last
    plain = np.empty(len(distinct) + 1, dtype=object)
    plain[:-1] = [_PLAIN[kind](value) for value in distinct]
    if kind is Kind.DATE and dialect == "sqlite":  # has no dates: text, as SQLAlchemy writes and reads it
        plain[:-1] = [date.isoformat(day) for day in plain[:-1]]
    cells: list[object] = plain[codes].tolist()
    return cells


def _meanings() -> list[dict[str, object]]:
    """The rows of the dictionary."""
    return [
        {
            "table_name": declared.name,
            "position": position,
            "column_name": column.name,
            "code": column.code or None,
            "title": column.title or None,
            "type": column.kind.word,
            "unit": column.unit or None,
            "meaning": column.description or None,
            "decisions": ", ".join(column.decisions) or None,
        }
        for table, declared in _SQL.items()
        for position, column in enumerate(table.columns, 1)
    ]


@contextmanager
def _in_our_words(what: str, connection: sa.Connection | None = None) -> Iterator[None]:
    """Says a database's errors in words that hold neither values nor passwords: the driver's own may hold both."""
    errors = (SQLAlchemyError, pa.ArrowException, *([connection.dialect.loaded_dbapi.Error] if connection else []))
    try:
        yield
    except errors as error:
        message = f"{what} was not loaded into the warehouse, which is as before: {_why(error)}"
        raise WarehouseError(message, passes=isinstance(error, sa.exc.OperationalError)) from None


def _why(error: Exception) -> str:
    """What happened, and the mend where we know one."""
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
    return words
