"""Reads databases of councils through SQLAlchemy: as of one moment, in chunks, only what is asked for.

Everything comes as text, as a person would have written it. No message holds a URL, a password or a value.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from cachetools import cachedmethod

from fs_pipeline.extracts.cells.cells import text_of
from fs_pipeline.extracts.cells.format_extracts import SourceError

CHUNK_ROWS = 50_000
_SQLITE_NAMES = re.compile(r"no such (table|column): [\w.]+")
_NAMES_AND_SYNTAX = "42"  # the class of SQLSTATE whose messages speak of names in the query, never of rows


class Database:
    """A database that sources.toml names."""

    def __init__(self, name: str, url: str, home: Path) -> None:
        """The database of that name at an SQLAlchemy URL; a relative SQLite file lies in the state folder.

        Raises:
            SourceError: the URL is none, or its driver is not installed.
        """
        self.name = name
        try:
            parsed = sa.make_url(url)
            self._refuse_missing_file(parsed, home)
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                parsed = parsed.set(database=str(home / parsed.database))
            self._engine = sa.create_engine(parsed, poolclass=sa.NullPool)
        except sa.exc.NoSuchModuleError:
            raise SourceError(
                f"databases.{name}.url names a database or driver that SQLAlchemy does not know: it begins with, for "
                "example, postgresql+psycopg://, mssql+pyodbc:// or sqlite:///"
            ) from None
        except ModuleNotFoundError as missing:
            raise SourceError(
                f"databases.{name}.url needs the Python package {missing.name}: install it (pip)"
            ) from None
        except (sa.exc.ArgumentError, ValueError):
            raise SourceError(
                f"databases.{name}.url is no SQLAlchemy URL, such as postgresql+psycopg://user:${{PASSWORD}}@host/name"
            ) from None

    def _refuse_missing_file(self, url: sa.URL, home: Path) -> None:
        """SQLite would make an empty database where there is none."""
        if url.get_backend_name() == "sqlite" and url.database and not (home / url.database).exists():
            raise SourceError(f"database {self.name}: there is no file {url.database}")

    @contextmanager
    def opened(self) -> Iterator[OpenDatabase]:
        """The database as of one moment, however long the reading takes, where it offers that (PostgreSQL does).

        Raises:
            SourceError: it cannot be reached.
        """
        try:
            connection = self._engine.connect()
        except (sa.exc.SQLAlchemyError, OSError) as fault:
            raise SourceError(
                f"database {self.name} cannot be reached{_driver_says(fault)}: is the server up, and are "
                f"databases.{self.name}.url and its password right?"
            ) from None
        with connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield OpenDatabase(self.name, connection)


class OpenDatabase:
    """A database while it is open."""

    def __init__(self, name: str, connection: sa.Connection) -> None:
        self.name = name
        self._connection = connection
        self._columns: dict[Hashable, Mapping[str, str]] = {}

    @cachedmethod(lambda self: self._columns)
    def columns(self, table: str, schema: str = "") -> Mapping[str, str]:
        """The columns of a table or view, in small letters -> as the database writes them; empty when it is not there.

        Raises:
            SourceError: the database cannot say.
        """
        try:
            columns = sa.inspect(self._connection).get_columns(table, schema=schema or None)
        except sa.exc.NoSuchTableError:
            return {}
        except sa.exc.SQLAlchemyError as fault:
            raise SourceError(f"database {self.name} cannot be read{_driver_says(fault)}") from None
        return {column["name"].lower(): column["name"] for column in columns}

    def read(self, table: str, columns: Sequence[str], schema: str = "") -> pa.Table:
        """These columns of a table, as text.

        Raises:
            SourceError: the database refuses or goes away.
        """
        selected: sa.Executable = sa.select(*(sa.column(column) for column in columns)).select_from(
            sa.table(table, schema=schema or None)
        )
        return self._texts(selected, {}, f"table {table}")

    def query(self, text: str, parameters: Mapping[str, object], what: str) -> pa.Table:
        """What a query gives, as text; of the parameters those that it names.

        Raises:
            SourceError: the database refuses the query or goes away; `what` says whose query it is.
        """
        clause = sa.text(text)
        named = {name: value for name, value in parameters.items() if re.search(rf":{name}\b", text)}
        return self._texts(clause, named, what)

    def _texts(self, statement: sa.Executable, parameters: Mapping[str, object], what: str) -> pa.Table:
        try:
            streamed = self._connection.execution_options(stream_results=True, max_row_buffer=CHUNK_ROWS)
            result = streamed.execute(statement, dict(parameters))
            names = list(result.keys())
            chunks = [_table(names, rows) for rows in result.partitions(CHUNK_ROWS)]
        except (sa.exc.SQLAlchemyError, OSError) as fault:
            raise SourceError(f"{what}: database {self.name} refuses{_driver_says(fault)}") from None
        return pa.concat_tables([_table(names, []), *chunks])


def _table(names: Sequence[str], rows: Sequence[sa.Row[tuple[object, ...]]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table([_text_column(values) for values in columns], names=list(names))


def _text_column(values: Sequence[object]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def _driver_says(fault: Exception) -> str:
    """The driver's name for the fault, and its words where they can only be about names in a query."""
    cause: object = getattr(fault, "orig", None) or fault
    words_of_server = getattr(getattr(cause, "diag", None), "message_primary", None)
    if words_of_server and str(getattr(cause, "sqlstate", "")).startswith(_NAMES_AND_SYNTAX):
        return f" ({words_of_server})"
    words = _SQLITE_NAMES.search(str(cause))
    return f" ({words[0] if words else type(cause).__name__})"
