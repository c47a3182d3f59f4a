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

from fs_pipeline.extracts.linking.cleaning import IDENTITY
from fs_pipeline.extracts.linking.settings import LinkSettings
from fs_pipeline.extracts.sources.source_files import QUARTER
from fs_pipeline.settings.parsing import SourcesError, parsed
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.kinds import Kind

__all__ = ["ExtractSource", "FormatSource", "Linking", "SourcesError", "SourcesFile", "read_sources"]

_TABLES = ("databases", "formats", "extracts")
_LINKING = "linking"
_TO_LINK_BY = ("forename", "surname", "date_of_birth")
"""Without these columns nobody can be linked."""
_SECRET = re.compile(r"\$\{(\w+)\}")

Code = str | bool | int
"""A code of ours in a mapping: text, or true and false for a boolean column."""


@dataclass(frozen=True)
class _Database:
    url: str


@dataclass(frozen=True)
class Linking:
    """How people without our person_id are linked: `[linking]`.

    Attributes:
        identities: the file with our people's names.
        reviews: the folder of the workbooks for the clerk; a relative path begins at the state folder.
        certain: see LinkSettings, as for what follows.
        doubtful: from this match probability on a clerk is asked.
        margin: how far the best person must be ahead.
        one_to_one: whether a person of ours is at most one client of a partner.

    Raises:
        ValueError: see LinkSettings.
    """

    identities: str
    reviews: str = "links"
    certain: float = LinkSettings.certain
    doubtful: float = LinkSettings.doubtful
    margin: float = LinkSettings.margin
    one_to_one: bool = LinkSettings.one_to_one

    def __post_init__(self) -> None:
        assert self.thresholds

    @property
    def thresholds(self) -> LinkSettings:
        """How sure a link must be."""
        return LinkSettings(self.certain, self.doubtful, self.margin, self.one_to_one)


@dataclass(frozen=True)
class ExtractSource:
    """Where an extract comes from: a format, files, or a query. One of them, or a format and files beside it.

    Attributes:
        format: a format of sources.toml.
        files: files of the extract: paths, folders, patterns, URLs. Beside a format: rows that it lacks, or that
            replace its rows of the same key.
        database: a database of sources.toml.
        query: what is asked of it; `:first_day` and `:last_day` are the quarter's.
        columns: their column -> ours; or -> forename, surname, date_of_birth, postcode, sex, to link by.
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
    def identity(self) -> tuple[str, ...]:
        """The columns by which its rows are linked to our people; none when they carry our person_id."""
        made = set(self.columns.values())
        return tuple(name for name in IDENTITY if name in made) if {"forename", "surname"} & made else ()

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

    @property
    def names_people(self) -> bool:
        """Whether its rows are linked to our people: a mapping of its own gives a forename or a surname."""
        tables = self.settings.get("extracts")
        for table in tables.values() if isinstance(tables, dict) else ():
            columns = table.get("columns") if isinstance(table, dict) else None
            if isinstance(columns, dict) and any(ours in ("forename", "surname") for ours in columns.values()):
                return True
        return False


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
        linking: how people without our person_id are linked; None without [linking].
    """

    path: Path
    databases: Mapping[str, str]
    formats: Mapping[str, FormatSource]
    extracts: Mapping[str, ExtractSource]
    linking: Linking | None = None

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
    for name in sorted(set(told) - {*_TABLES, _LINKING}):
        known = ", ".join(f"[{each}]" for each in (*_TABLES, _LINKING))
        raise SourcesError(f"{path}: [{name}] is not known: the tables are {known}")
    tables = {name: _tables(path, name, told.get(name, {})) for name in _TABLES}
    databases = {
        name: parsed(_Database, table, path, f"databases.{name}").url for name, table in tables["databases"].items()
    }
    checks = _Checks(path, databases, readers)
    formats = {name: checks.format(name, table) for name, table in tables["formats"].items()}
    extracts = {name: checks.extract(name, table, formats) for name, table in tables["extracts"].items()}
    linking = _linking(path, told.get(_LINKING))
    if linking is None:
        named = [f"formats.{name}" for name, each in formats.items() if each.names_people]
        named += [f"extracts.{name}" for name, each in extracts.items() if each.identity]
        for key in named:
            raise SourcesError(
                f'{path}: linking is missing: {key} names people, so say [linking] identities = "identities.csv", the '
                "list of your people with names"
            )
    return SourcesFile(path, databases, formats, extracts, linking)


def _linking(path: Path, table: object) -> Linking | None:
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SourcesError(f"{path}: {_LINKING} is a table: [{_LINKING}]")
    made = parsed(Linking, table, path, _LINKING)
    for name in ("identities", "reviews"):
        if not table.get(name, True):
            raise SourcesError(f"{path}: {_LINKING}.{name} must be a path")
    return made


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

    def _identity(self, key: str, made: ExtractSource) -> None:
        """What is asked of a source whose rows are linked by names."""
        missing = [name for name in _TO_LINK_BY if name not in made.identity]
        if missing:
            raise SourcesError(
                f"{self.path}: {key}.columns must also say which column is {', '.join(missing)}: people are linked by "
                f"{', '.join(IDENTITY)}"
            )
        if made.format:
            raise SourcesError(f"{self.path}: {key}.columns: files beside a format must have our person_id, not names")
        if made.by_quarter:
            raise SourcesError(
                f"{self.path}: {key}: people are linked over all quarters at once: put * in place of {QUARTER} in "
                "files, or ask for all quarters in the query"
            )

    def _mapping(self, key: str, extract: Extract, made: ExtractSource) -> None:
        names = list(extract.names)
        if "person_id" in names and extract.extract != "people":
            names += [name for name in IDENTITY if name not in names]
        for theirs, ours in made.columns.items():
            if ours not in names:
                raise SourcesError(
                    f"{self.path}: {key}.columns.{theirs} must be a column of {extract.extract}: {', '.join(names)}"
                )
        if set(made.columns.values()) - set(extract.names):
            self._identity(key, made)
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
