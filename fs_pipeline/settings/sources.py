"""Reads sources.toml: where each extract comes from, when not simply from extracts/. Opens no source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from fs_pipeline.settings.reading import SettingsError, accepts, read_settings, read_toml
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.tables import Kind

IDENTITY = ("forename", "surname", "date_of_birth", "postcode", "sex")
"""The columns that say who a row is about when there is no identifier."""
QUARTER = "{quarter}"
"""Stands in a path for the quarter's first day, 2017-10-01."""
_TO_LINK_BY = ("forename", "surname", "date_of_birth")
"""Without these columns nobody can be linked."""
_SECRET = re.compile(r"\$\{(\w+)\}")

Code = str | bool | int
"""A code of ours in a mapping: text, or true and false for a boolean column."""
_Path = Annotated[str, Field(strict=True, min_length=1), accepts("a path")]
_Paths = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda paths: (paths,) if isinstance(paths, str) else paths),
    accepts("a text in quotation marks or a list"),
]


@dataclass(frozen=True)
class LinkSettings:
    """How sure a link must be.

    Attributes:
        certain: from this match probability a pair links by itself, when no level that it stands on is weak.
        doubtful: from this one it goes to a clerk; below, it is no pair.
        margin: how many bits of match weight (each a doubling) the best person must be ahead of the second best.
        one_to_one: a person of ours is at most one client of a partner whose rows carry its own client numbers. The
            less likely of two goes to a clerk.

    Raises:
        ValueError: not 0 < doubtful <= certain < 1, or a margin below 0.
    """

    certain: float = 0.98
    doubtful: float = 0.2
    margin: float = 4.0
    one_to_one: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.doubtful <= self.certain < 1:
            raise ValueError("doubtful and certain must lie between 0 and 1, doubtful not above certain")
        if self.margin < 0:
            raise ValueError("margin must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class Linking(LinkSettings):
    """With what people are linked, beside how sure a link must be.

    Attributes:
        identities: the file with our people's names.
        reviews: the folder of the workbooks for the clerk; a relative path begins at the state folder.
    """

    identities: _Path
    reviews: _Path = "links"


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
        columns: their column -> ours; or -> forename, surname, date_of_birth, postcode, sex, to link by.
        codes: by column (in our words): their code -> ours.
        since: the first day that the source covers; earlier quarters are not supplied.
        until: the last day that it covers.
    """

    format: str = ""
    files: _Paths = ()
    database: str = ""
    query: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Code]] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns by which its rows are linked to our people; none when they carry our person_id."""
        made = set(self.columns.values())
        return tuple(name for name in IDENTITY if name in made) if {"forename", "surname"} & made else ()

    @property
    def by_quarter(self) -> bool:
        """Whether it gives a quarter's rows when asked for a quarter, rather than those of all quarters."""
        named = any(QUARTER in pattern for pattern in self.files)
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

    def with_secrets(self, text: str, key: str, environment: Callable[[str], str | None]) -> str:
        """A URL with the environment's values in place of ${NAME}, as a URL writes them; alone, as they are.

        Raises:
            SettingsError: one is not in the environment.
        """

        def value(name: re.Match[str]) -> str:
            secret = environment(name[1])
            if secret is None:
                raise SettingsError(f"{self.path}: {key} needs {name[1]} in the environment, where it is not set")
            return secret if name[0] == text else quote(secret, safe="")

        return _SECRET.sub(value, text)


@dataclass(frozen=True)
class _File:
    databases: Mapping[str, _Database] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extracts: Mapping[str, ExtractSource] = field(default_factory=dict)
    linking: Linking | None = None


@dataclass(frozen=True)
class _Format:
    reader: str
    files: _Paths = ()
    database: str = ""


def read_sources(path: Path, readers: Mapping[str, Literal["files", "database"]]) -> SourcesFile:
    """sources.toml; of a state folder without one, no sources at all.

    Args:
        path: the file.
        readers: the readers of formats that there are, and what each reads.

    Raises:
        SettingsError: no TOML; a key is missing, unknown or wrong; names what is accepted.
    """
    file = read_settings(_File, read_toml(path) or {}, path)
    formats = {name: _format(path, name, table) for name, table in file.formats.items()}
    databases = {name: database.url for name, database in file.databases.items()}
    sources = SourcesFile(path, databases, formats, file.extracts, file.linking)
    for fault in _faults(sources, readers):
        raise SettingsError(f"{path}: {fault}")
    return sources


def _format(path: Path, name: str, table: Mapping[str, object]) -> FormatSource:
    """A format; its own settings are looked at by its reader."""
    ours = {key: value for key, value in table.items() if key in ("reader", "files", "database")}
    read = read_settings(_Format, ours, path, f"formats.{name}")
    settings = {key: value for key, value in table.items() if key not in ours}
    return FormatSource(name, read.reader, read.files, read.database, settings)


def _faults(sources: SourcesFile, readers: Mapping[str, Literal["files", "database"]]) -> Iterator[str]:
    """What is wrong beyond the types of keys: which key, and what is accepted."""
    people: list[str] = []
    for name, of_format in sources.formats.items():
        yield from _format_faults(f"formats.{name}", of_format, sources, readers)
        people += [f"formats.{name}"] if of_format.names_people else []
    for name, source in sources.extracts.items():
        if name not in EXTRACTS:
            yield f"extracts.{name} is no extract: they are {', '.join(EXTRACTS)}"
        yield from _extract_faults(f"extracts.{name}", EXTRACTS[name], source, sources)
        people += [f"extracts.{name}"] if source.identity else []
    if people and not sources.linking:
        yield (
            f'linking is missing: {people[0]} names people, so say [linking] identities = "identities.csv", the list '
            "of your people with names"
        )


def _format_faults(
    key: str, of_format: FormatSource, sources: SourcesFile, readers: Mapping[str, Literal["files", "database"]]
) -> Iterator[str]:
    reader = of_format.reader
    if reader not in readers:
        yield f"{key}.reader must be one of {', '.join(readers)}"
    if readers[reader] == "files" and (not of_format.files or of_format.database):
        yield f"{key} needs files, and no database: {reader} reads files"
    if readers[reader] == "database":
        if not of_format.database or of_format.files:
            yield f"{key} needs database, and no files: {reader} reads a database"
        yield from _unknown_name(f"{key}.database", of_format.database, sources.databases, "databases")


def _unknown_name(key: str, name: str, names: Mapping[str, object], what: str) -> Iterator[str]:
    if name and name not in names:
        yield f"{key} must be one of the {what}, which are {', '.join(names) or f'none: add [{what}.NAME]'}"


def _extract_faults(key: str, extract: Extract, source: ExtractSource, sources: SourcesFile) -> Iterator[str]:
    yield from _unknown_name(f"{key}.format", source.format, sources.formats, "formats")
    yield from _unknown_name(f"{key}.database", source.database, sources.databases, "databases")
    if bool(source.database) != bool(source.query):
        yield f"{key} needs both database and query, or neither"
    ways = [bool(source.format), bool(source.query), bool(source.files)]
    if not any(ways) or (source.query and sum(ways) > 1):
        yield (f"{key} needs one of format, files, or database with query (or a format, and files for what it lacks)")
    if source.format and source.files and not extract.snapshot:
        yield f"{key}.files beside a format is for snapshots; {extract.extract} is none"
    dated = any(column.kind is Kind.DATE for column in extract.columns)
    if not source.format and not extract.snapshot and not dated and not source.by_quarter:
        yield (
            f"{key}: the rows of {extract.extract} have no dates, so {QUARTER} must stand in files, or :first_day in "
            "the query"
        )
    if (source.columns or source.codes) and not (source.query or source.files):
        yield f"{key}: columns and codes are for files and queries, not for a format"
    yield from _column_faults(key, extract, source)
    yield from _code_faults(key, extract, source)


def _column_faults(key: str, extract: Extract, source: ExtractSource) -> Iterator[str]:
    names = list(extract.names)
    if "person_id" in names and extract.extract != "people":
        names += [name for name in IDENTITY if name not in names]
    for theirs, ours in source.columns.items():
        if ours not in names:
            yield f"{key}.columns.{theirs} must be a column of {extract.extract}: {', '.join(names)}"
    if set(source.columns.values()) - set(extract.names):
        missing = [name for name in _TO_LINK_BY if name not in source.identity]
        if missing:
            yield (
                f"{key}.columns must also say which column is {', '.join(missing)}: people are linked by "
                f"{', '.join(IDENTITY)}"
            )
        if source.format:
            yield f"{key}.columns: files beside a format must have our person_id, not names"
        if source.by_quarter:
            yield (
                f"{key}: people are linked over all quarters at once: put * in place of {QUARTER} in files, or ask for "
                "all quarters in the query"
            )
    if len(set(source.columns.values())) < len(source.columns):
        yield f"{key}.columns gives a column of ours twice"


def _code_faults(key: str, extract: Extract, source: ExtractSource) -> Iterator[str]:
    for column, codes in source.codes.items():
        if column not in extract.names:
            yield f"{key}.codes.{column} must be a column of {extract.extract}: {', '.join(extract.names)}"
        contract = extract.contract(column)
        for theirs, code in codes.items():
            if contract.codes and code not in contract.codes:
                yield f"{key}.codes.{column}.{theirs} must be one of {', '.join(contract.codes)}"
            if contract.kind is Kind.BOOL and not isinstance(code, bool):
                yield f"{key}.codes.{column}.{theirs} must be true or false"
