"""The sources of sources.toml: gives a quarter's delivery of an extract, read from wherever it comes.

A source is read once for all quarters and all its extracts, and read again only when its files have changed. A
database is read once in the life of an object of this class: all its extracts, of all quarters, are of one moment.
People whom it names are linked to ours at once, over all quarters; the names go no further than this module.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused, cells_of_table
from fs_pipeline.extracts.cells.databases import Database
from fs_pipeline.extracts.cells.deliveries import Delivery, cells_of
from fs_pipeline.extracts.cells.format_extracts import (
    FormatExtract,
    FormatExtracts,
    LinkQuality,
    MissingError,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.linking.link import Links, link_extracts
from fs_pipeline.extracts.sources.linked_sources import LinkInput, Review, link_source_extract
from fs_pipeline.extracts.sources.readers import READERS
from fs_pipeline.extracts.sources.source_extracts import (
    SourceExtract,
    cut,
    delivery_of,
    from_format,
    from_tables,
    with_files,
)
from fs_pipeline.extracts.sources.source_files import FileEntry, find_files
from fs_pipeline.settings.reading import read_settings
from fs_pipeline.settings.sources import QUARTER, ExtractSource, FormatSource, LinkSettings, SourcesFile, read_sources
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

_Made = TypeVar("_Made")
_OVER = {name: reader.over for name, reader in READERS.items()}


class Sources:
    """The sources of a state folder."""

    def __init__(self, path: Path, environment: Callable[[str], str | None]) -> None:
        """The sources that a sources.toml names; `environment` gives what stands for ${NAME} in it."""
        self._path = path
        self._home = path.parent
        self._environment = environment
        self._read: dict[Hashable, tuple[Hashable, tuple[datetime, Any] | SourceError]] = {}
        self._text: tuple[bytes | None, SourcesFile] | None = None
        self._reviews: dict[str, Review] = {}

    @property
    def file(self) -> SourcesFile:
        """sources.toml as it stands now.

        Raises:
            SettingsError: there is something wrong with it.
        """
        text = self._path.read_bytes() if self._path.exists() else None
        if self._text is None or self._text[0] != text:
            self._text = text, read_sources(self._path, _OVER)
        return self._text[1]

    def of(self, extract: Extract) -> ExtractSource | None:
        """Where an extract comes from; None when from extracts/ or nowhere."""
        return self.file.extracts.get(extract.extract)

    def format_of(self, source: ExtractSource) -> FormatSource | None:
        """The format that an extract comes from."""
        return self.file.formats.get(source.format)

    def asks_database(self, extract: Extract) -> bool:
        """Whether a database is asked for the extract."""
        source = self.of(extract) or ExtractSource()
        of_format = self.format_of(source)
        return bool(source.database or (of_format and of_format.database))

    def links(self, extract: Extract) -> str:
        """The key of the source whose rows of the extract are linked by names; blank when they have our person_id."""
        source = self.of(extract) or ExtractSource()
        of_format = self.format_of(source)
        if of_format and of_format.names_people:
            return f"formats.{of_format.name}"
        return f"extracts.{extract.extract}" if source.identity else ""

    def review(self, extract: Extract) -> Review | None:
        """What a clerk is to be asked of the people of an extract that was read; None when none were linked."""
        return self._reviews.get(self.links(extract))

    def describe(self, extract: Extract) -> str:
        """The source of an extract, in words."""
        source = self.file.extracts[extract.extract]
        parts = []
        if of_format := self.format_of(source):
            over = f"database {of_format.database}" if of_format.database else "files"
            parts.append(f"format {of_format.name} ({over})")
        if source.query:
            parts.append(f"query of database {source.database}")
        if source.files:
            parts.append(f"files {', '.join(source.files)}")
        return " and ".join(parts)

    def marks(self) -> list[tuple[str, int, str]]:
        """The files of all sources, with their sizes and times; says nothing of databases."""
        marks = []
        for of_format in self.file.formats.values():
            marks += [each.mark for each in self._files(of_format.files, None, f"formats.{of_format.name}.files")]
        for name, source in self.file.extracts.items():
            anywhere = tuple(pattern.replace(QUARTER, "*") for pattern in source.files)
            marks += [each.mark for each in self._files(anywhere, None, f"extracts.{name}.files")]
        for key in sorted({self.links(EXTRACTS[name]) for name in self.file.extracts} - {""}):
            marks += self._people(key).marks
        return sorted(set(marks))

    def state(self, extract: Extract, quarter: Quarter, start: date) -> str | None:
        """All that a quarter's delivery depends on - settings, and the files' sizes and times - without reading them.

        Where people are linked by names, the list of our people and the clerk's workbook are among the files.

        None when the extract has no source, or a database is asked, or its files cannot be looked at.
        """
        source = self.of(extract)
        if source is None or self.asks_database(extract):
            return None
        key, of_format, links = f"extracts.{extract.extract}.files", self.format_of(source), self.links(extract)
        try:
            linking = self._people(links).state if links else None
            files = self._files(source.files, quarter, key)
            files += self._files(of_format.files, None, f"formats.{of_format.name}.files") if of_format else []
        except SourceError:
            return None
        return repr((source, of_format, start, [each.mark for each in files], linking))

    def delivery(self, extract: Extract, quarter: Quarter, start: date) -> Delivery | None:
        """What the source of an extract holds of a quarter, as a delivery; None when that is not supplied.

        Not supplied is: a snapshot of a quarter before the programme's start, a quarter outside `since` and `until`,
        files of which none is there, and a quarter extract that has no row of the quarter - unless the source was
        asked for the quarter, or `since` says that it covers it.

        Raises:
            ExtractRefused: the source cannot be read or trusted.
            SettingsError: sources.toml is wrong.
        """
        source = self.file.extracts[extract.extract]
        if (extract.snapshot and quarter.first_day < start) or not _covers(source, quarter):
            return None
        try:
            known = self._extract(extract, source, quarter)
        except SourceError as fault:
            raise ExtractRefused(f"{extract.extract} for {quarter.label}: {fault}") from None
        if known is None:
            return None
        when, rows = known
        of_quarter = cut(rows, quarter, by_quarter=source.by_quarter)
        asked = extract.snapshot or source.by_quarter or source.since is not None
        if not asked and not len(of_quarter.table) and not len(of_quarter.report.rejected):
            return None
        return delivery_of(of_quarter, self.describe(extract), when)

    def extract(self, extract: Extract, quarter: Quarter) -> SourceExtract | None:
        """What the source of an extract holds of all quarters: for those who explain the mapping.

        Raises:
            SourceError: the source cannot be read.
        """
        known = self._extract(extract, self.file.extracts[extract.extract], quarter)
        return known[1] if known else None

    def _extract(
        self, extract: Extract, source: ExtractSource, quarter: Quarter
    ) -> tuple[datetime, SourceExtract] | None:
        key, which = f"extracts.{extract.extract}", quarter if source.by_quarter else None
        files = self._files(source.files, quarter, f"{key}.files")
        if not source.format:
            if source.query:
                state = self.file.databases[source.database], repr(source)
                when, rows = self._once((key, which), state, lambda: self._query(extract, source, quarter, key))
            elif files:
                when, rows = self._cells(extract, source, files, (key, which))
            else:
                return None
            if source.identity:
                when, (rows, _) = self._linked(key, when, partial(link_source_extract, rows))
            return when, rows
        format_source = self.file.formats[source.format]
        when, read = self._format(format_source)
        if extract.extract not in read:
            raise SourceError(self._not_given(extract, format_source))
        if isinstance(missing := read[extract.extract], MissingError):
            raise missing
        extracts: Mapping[str, FormatExtract]
        extracts, quality = {name: rows for name, rows in read.items() if isinstance(rows, FormatExtract)}, None
        if format_source.names_people:
            when, (extracts, quality) = self._linked(
                f"formats.{format_source.name}", when, partial(link_extracts, extracts)
            )
        make = partial(from_format, extract, extracts[extract.extract], quality)
        of_format = self._once((key, "format"), (when, repr(source)), make)[1]
        if not files:
            return when, of_format
        beside = self._cells(extract, source, files, (key, "files"))[1]
        both = self._once((key, "both"), (id(of_format), id(beside)), lambda: with_files(of_format, beside))[1]
        return when, both

    def _once(self, what: Hashable, state: Hashable, make: Callable[[], _Made]) -> tuple[datetime, _Made]:
        """What was made when the source was last in this state, or made now; a fault is remembered as well."""
        known = self._read.get(what)
        if known is None or known[0] != state:
            try:
                made: tuple[datetime, Any] | SourceError = (datetime.now(UTC), make())
            except SourceError as fault:
                made = fault
            known = self._read[what] = state, made
        if isinstance(known[1], SourceError):
            raise known[1]
        return known[1]

    def _linked(
        self,
        key: str,
        when: datetime,
        link: Callable[[pd.DataFrame, pd.DataFrame, LinkSettings], tuple[_Made, Links]],
    ) -> tuple[datetime, tuple[_Made, LinkQuality]]:
        """What a source gave, its people linked by names: of a format, all its extracts as one."""
        people = self._people(key)

        def make() -> tuple[_Made, LinkQuality]:
            ours, decisions = people.read()
            made, links = link(ours, decisions, people.linking)
            self._reviews[key] = people.review(links, decisions)
            return made, links.quality

        return self._once((key, "linked"), (when, people.state), make)

    def _people(self, key: str) -> LinkInput:
        """What the people of a source are linked with."""
        linking = self.file.linking
        assert linking is not None  # read_sources asks for it
        identities = self._files((linking.identities,), None, "linking.identities")
        return LinkInput(key, linking, identities, self._home)

    def _not_given(self, extract: Extract, source: FormatSource) -> str:
        gives = READERS[source.reader].gives
        if extract.extract in gives:
            return (
                f"formats.{source.name} has no mapping to {extract.extract}: say in "
                f"[formats.{source.name}.extracts.{extract.extract}] which of its columns becomes which"
            )
        return f"extracts.{extract.extract}.format: its reader gives {', '.join(gives)}, not {extract.extract}"

    def _files(self, patterns: tuple[str, ...], quarter: Quarter | None, key: str) -> list[FileEntry]:
        secret = tuple(self.file.with_secrets(each, key, self._environment) for each in patterns)
        return find_files(secret, self._home, quarter, key)

    def _database(self, name: str) -> Database:
        url = self.file.with_secrets(self.file.databases[name], f"databases.{name}.url", self._environment)
        return Database(name, url, self._home)

    def _format(self, source: FormatSource) -> tuple[datetime, FormatExtracts]:
        """A format's extracts: those that sources.toml takes from it."""
        key = f"formats.{source.name}"
        wanted = tuple(name for name, each in self.file.extracts.items() if each.format == source.name)
        reader = READERS[source.reader]
        settings: object = read_settings(reader.settings, source.settings, self._path, key)
        if source.database:
            state = (self.file.databases[source.database], repr(source), wanted)

            def ask() -> FormatExtracts:
                with self._database(source.database).opened() as database:
                    return reader.read(database, settings, wanted)

            return self._once(key, state, ask)
        files = self._files(source.files, None, f"{key}.files")
        if not files:
            raise SourceError(f"{key}.files: there is no such file")
        marks = tuple(each.mark for each in files)

        def read() -> FormatExtracts:
            with _here(files) as here:
                return reader.read(here, settings)

        return self._once(key, (marks, repr(source)), read)

    def _query(self, extract: Extract, source: ExtractSource, quarter: Quarter, key: str) -> SourceExtract:
        days = {"first_day": quarter.first_day, "last_day": quarter.last_day}
        name = f"query of {key}"
        with self._database(source.database).opened() as database:
            table = database.query(source.query, days, name)
        return from_tables(extract, source, [cells_of_table(name, table)], key)

    def _cells(
        self, extract: Extract, source: ExtractSource, files: list[FileEntry], what: tuple[str, Hashable]
    ) -> tuple[datetime, SourceExtract]:
        """What files hold, known as `what`: the source's key, and for what they are read."""

        def read() -> SourceExtract:
            with _here(files) as here:
                tables = [cells_of(file, extract.extract) for file in here]
            return from_tables(extract, source, tables, what[0])

        return self._once(what, (tuple(file.mark for file in files), repr(source)), read)


@contextmanager
def _here(files: list[FileEntry]) -> Iterator[list[SourceFile]]:
    """The files, to be opened; those of the same name in folders of the same name by their whole paths."""
    names = Counter(file.name for file in files)
    apart = [replace(file, name=file.path) if names[file.name] > 1 else file for file in files]
    with tempfile.TemporaryDirectory(prefix="fs_pipeline_") as folder:
        yield [file.here(Path(folder)) for file in apart]


def _covers(source: ExtractSource, quarter: Quarter) -> bool:
    return (source.since is None or quarter.last_day >= source.since) and (
        source.until is None or quarter.first_day <= source.until
    )
