"""Reads sources.toml: where each extract comes from, when not simply from extracts/. Opens no source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fs_pipeline.extracts.settings import SourcesError, parsed
from fs_pipeline.extracts.source_files import QUARTER
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.kinds import Kind

__all__ = ["ExtractSource", "FormatSource", "SourcesError", "SourcesFile", "read_sources"]

_TABLES = ("databases", "formats", "extracts")
_SECRET = re.compile(r"\$\{(\w+)\}")

Code = str | bool | int
"""A code of ours in a mapping: text, or true and false for a boolean column."""


@dataclass(frozen=True)
class _Database:
    url: str


@dataclass(frozen=True)
class ExtractSource:
    """Where an extract comes from: a format, files, or a query. One of them, or a format and files beside it.

    Attributes:
        format: a format of sources.toml.
        files: files of the extract: paths, folders, patterns, URLs. Beside a format: rows that it lacks, or that
            replace its rows of the same key.
        database: a database of sources.toml.
        query: what is asked of it; `:first_day` and `:last_day` are the quarter's.
        columns: their column -> ours.
        codes: by column (in our words): their code -> ours.
        since: the first day that the source covers; earlier quarters are not supplied.
        until: the last day that it covers.
    """

    format: str = ""
    files: str | tuple[str, ...] = ()
    database: str = ""
    query: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Code]] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        """The files as a list."""
        return (self.files,) if isinstance(self.files, str) else self.files

    @property
    def by_quarter(self) -> bool:
        """Whether it gives a quarter's rows when asked for a quarter, rather than those of all quarters."""
        named = any(QUARTER in pattern for pattern in self.patterns)
        return named or re.search(r":(first|last)_day\b", self.query) is not None


@dataclass(frozen=True)
class FormatSource:
    """A format: its reader, the files or the database that it reads, and the reader's own settings."""

    name: str
    reader: str
    files: tuple[str, ...]
    database: str
    settings: Mapping[str, object]


@dataclass(frozen=True)
class _Format:
    reader: str
    files: str | tuple[str, ...] = ()
    database: str = ""


@dataclass(frozen=True)
class SourcesFile:
    """sources.toml, read.

    Attributes:
        path: the file.
        databases: name -> URL as written, with ${NAME} in place of secrets.
        formats: by name.
        extracts: by extract.
    """

    path: Path
    databases: Mapping[str, str]
    formats: Mapping[str, FormatSource]
    extracts: Mapping[str, ExtractSource]

    def url(self, database: str, environment: Callable[[str], str | None]) -> str:
        """The URL of a database, with its secrets.

        Raises:
            SourcesError: a secret is not in the environment.
        """
        return self.with_secrets(self.databases[database], f"databases.{database}.url", environment)

    def with_secrets(self, text: str, key: str, environment: Callable[[str], str | None]) -> str:
        """A URL with the environment's values in place of ${NAME}, as a URL writes them; alone, as they are.

        Raises:
            SourcesError: one is not in the environment.
        """

        def value(found: re.Match[str]) -> str:
            secret = environment(found[1])
            if secret is None:
                raise SourcesError(f"{self.path}: {key} needs {found[1]} in the environment, where it is not set")
            return secret if found[0] == text else quote(secret, safe="")

        return _SECRET.sub(value, text)


def read_sources(path: Path, readers: Mapping[str, Literal["files", "database"]]) -> SourcesFile:
    """sources.toml; of a state folder without one, no sources at all.

    Args:
        path: the file.
        readers: the readers of formats that there are, and what each reads.

    Raises:
        SourcesError: no TOML; a key is missing, unknown or wrong; names what is accepted.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return SourcesFile(path, {}, {}, {})
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesError(f"{path}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    except tomllib.TOMLDecodeError as error:
        raise SourcesError(f"{path}: is not TOML: {error}") from None
    for name in sorted(set(told) - set(_TABLES)):
        raise SourcesError(
            f"{path}: [{name}] is not known: the tables are {', '.join(f'[{each}]' for each in _TABLES)}"
        )
    tables = {name: _tables(path, name, told.get(name, {})) for name in _TABLES}
    databases = {
        name: parsed(_Database, table, path, f"databases.{name}").url for name, table in tables["databases"].items()
    }
    checks = _Checks(path, databases, readers)
    formats = {name: checks.format(name, table) for name, table in tables["formats"].items()}
    extracts = {name: checks.extract(name, table, formats) for name, table in tables["extracts"].items()}
    return SourcesFile(path, databases, formats, extracts)


def _tables(path: Path, name: str, table: object) -> Mapping[str, Mapping[str, object]]:
    if not isinstance(table, dict) or not all(isinstance(each, dict) for each in table.values()):
        raise SourcesError(f"{path}: {name} holds tables: [{name}.NAME]")
    return table


@dataclass(frozen=True)
class _Checks:
    """What is asked of formats and extracts beyond the types of their keys."""

    path: Path
    databases: Mapping[str, str]
    readers: Mapping[str, Literal["files", "database"]]

    def _one_of(self, key: str, name: str, accepted: Mapping[str, object], what: str) -> None:
        if name not in accepted:
            there = ", ".join(accepted) or f"none: add [{what}.NAME]"
            raise SourcesError(f"{self.path}: {key} must be one of the {what}, which are {there}")

    def format(self, name: str, table: Mapping[str, object]) -> FormatSource:
        """A format; its own settings are looked at by its reader."""
        key = f"formats.{name}"
        ours = {each: value for each, value in table.items() if each in ("reader", "files", "database")}
        made = parsed(_Format, ours, self.path, key)
        if made.reader not in self.readers:
            raise SourcesError(f"{self.path}: {key}.reader must be one of {', '.join(self.readers)}")
        over = self.readers[made.reader]
        files = (made.files,) if isinstance(made.files, str) else made.files
        if over == "files" and (not files or made.database):
            raise SourcesError(f"{self.path}: {key} needs files, and no database: {made.reader} reads files")
        if over == "database":
            if not made.database or files:
                raise SourcesError(f"{self.path}: {key} needs database, and no files: {made.reader} reads a database")
            self._one_of(f"{key}.database", made.database, self.databases, "databases")
        settings = {each: value for each, value in table.items() if each not in ours}
        return FormatSource(name, made.reader, files, made.database, settings)

    def extract(self, name: str, table: Mapping[str, object], formats: Mapping[str, FormatSource]) -> ExtractSource:
        """Where an extract comes from."""
        key = f"extracts.{name}"
        if name not in EXTRACTS:
            raise SourcesError(f"{self.path}: {key} is no extract: they are {', '.join(EXTRACTS)}")
        made = parsed(ExtractSource, table, self.path, key)
        extract = EXTRACTS[name]
        if made.format:
            self._one_of(f"{key}.format", made.format, formats, "formats")
        if made.database:
            self._one_of(f"{key}.database", made.database, self.databases, "databases")
        if bool(made.database) != bool(made.query):
            raise SourcesError(f"{self.path}: {key} needs both database and query, or neither")
        ways = [bool(made.format), bool(made.query), bool(made.patterns)]
        if not any(ways) or (made.query and sum(ways) > 1):
            raise SourcesError(
                f"{self.path}: {key} needs one of format, files, or database with query (or a format, and files for "
                "what it lacks)"
            )
        if made.format and made.patterns and not extract.snapshot:
            raise SourcesError(f"{self.path}: {key}.files beside a format is for snapshots; {name} is none")
        dated = any(column.kind is Kind.DATE for column in extract.columns)
        if not made.format and not extract.snapshot and not dated and not made.by_quarter:
            raise SourcesError(
                f"{self.path}: {key}: the rows of {name} have no dates, so {QUARTER} must stand in files, or "
                ":first_day in the query"
            )
        if (made.columns or made.codes) and not (made.query or made.patterns):
            raise SourcesError(f"{self.path}: {key}: columns and codes are for files and queries, not for a format")
        self._mapping(key, extract, made)
        return made

    def _mapping(self, key: str, extract: Extract, made: ExtractSource) -> None:
        for theirs, ours in made.columns.items():
            if ours not in extract.names:
                raise SourcesError(
                    f"{self.path}: {key}.columns.{theirs} must be a column of {extract.extract}: "
                    f"{', '.join(extract.names)}"
                )
        if len(set(made.columns.values())) < len(made.columns):
            raise SourcesError(f"{self.path}: {key}.columns gives a column of ours twice")
        for column, codes in made.codes.items():
            if column not in extract.names:
                raise SourcesError(
                    f"{self.path}: {key}.codes.{column} must be a column of {extract.extract}: "
                    f"{', '.join(extract.names)}"
                )
            contract = extract.contract(column)
            for theirs, code in codes.items():
                if contract.codes and code not in contract.codes:
                    raise SourcesError(
                        f"{self.path}: {key}.codes.{column}.{theirs} must be one of {', '.join(contract.codes)}"
                    )
                if contract.kind is Kind.BOOL and not isinstance(code, bool):
                    raise SourcesError(f"{self.path}: {key}.codes.{column}.{theirs} must be true or false")
