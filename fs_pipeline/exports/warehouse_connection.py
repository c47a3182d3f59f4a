"""How the reporting database, SQLite or PostgreSQL, is spoken to: one load at a time, its errors in words of ours.

A database's own errors may hold values and passwords. What stands in it is declared in `warehouse_tables`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

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


def shut_others_out(connection: sa.Connection) -> None:
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
