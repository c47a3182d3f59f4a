"""The sources of sources.toml: gives a quarter's delivery of an extract, read from wherever it comes.

A source is read once for all quarters and all its extracts, and read again only when its files have changed. A
database is read once in the life of an object of this class: all its extracts, of all quarters, are of one moment.
People whom it names are linked to ours at once, over all quarters; the names go no further than this module.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.databases import Database
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.files import cells_of
from fs_pipeline.extracts.cells.landing import Landed, MissingError, Read, SourceError, SourceFile
from fs_pipeline.extracts.cells.link_quality import LinkQuality
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.linking.link import link_read
from fs_pipeline.extracts.sources.cutting import cut, delivery_of
from fs_pipeline.extracts.sources.linked_sources import Review, Reviewing, link_taken
from fs_pipeline.extracts.sources.readers import READERS, Opened
from fs_pipeline.extracts.sources.source_files import Found, find_files
from fs_pipeline.extracts.sources.taking import Given, Taken, taken_from_landed, taken_from_tables, with_files
from fs_pipeline.settings.sources import (
    ExtractSource,
    FormatSource,
    SourcesFile,
    read_sources,
)
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
        source = self.of(extract)
        of_format = self.format_of(source) if source else None
        return bool(source and source.database) or bool(of_format and of_format.database)

    def links(self, extract: Extract) -> str:
        """The key of the source whose rows of the extract are linked by names; blank when they have our person_id."""
        source = self.of(extract)
        of_format = self.format_of(source) if source else None
        if of_format and of_format.names_people:
            return f"formats.{of_format.name}"
        return f"extracts.{extract.extract}" if source and source.identity else ""

    def review(self, extract: Extract) -> Review | None:
        """What a clerk is to be asked of the people of an extract that was read; None when none were linked."""
        return self._reviews.get(self.links(extract))

    def told(self, extract: Extract) -> str:
        """How people are told of the source of an extract."""
        source = self.file.extracts[extract.extract]
        parts = []
        if of_format := self.format_of(source):
            over = f"database {of_format.database}" if of_format.database else "files"
            parts.append(f"format {of_format.name} ({over})")
        if source.query:
            parts.append(f"query of database {source.database}")
        if source.patterns:
            parts.append(f"files {', '.join(source.patterns)}")
        return " and ".join(parts)

    def marks(self) -> list[tuple[str, int, str]]:
        """The files of all sources, with their sizes and times; says nothing of databases."""
        marks = []
        for of_format in self.file.formats.values():
            if of_format.files:
                marks += [each.mark for each in self._files(of_format.files, None, f"formats.{of_format.name}.files")]
        for name, source in self.file.extracts.items():
            if source.patterns:
                anywhere = tuple(pattern.replace("{quarter}", "*") for pattern in source.patterns)
                marks += [each.mark for each in self._files(anywhere, None, f"extracts.{name}.files")]
        for key in sorted({self.links(EXTRACTS[name]) for name in self.file.extracts} - {""}):
            marks += self._reviewing(key).marks
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
            linking = self._reviewing(links).state if links else None
            files = self._files(source.patterns, quarter, key) if source.patterns else []
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
            taken = self._taken(extract, source, quarter)
        except SourceError as fault:
            raise ExtractRefused(f"{extract.extract} for {quarter.label}: {fault}") from None
        if taken is None:
            return None
        when, rows = taken
        of_quarter = cut(rows, quarter, by_quarter=source.by_quarter)
        asked = extract.snapshot or source.by_quarter or source.since is not None
        if not asked and not len(of_quarter.table) and not len(of_quarter.rejected):
            return None
        return delivery_of(of_quarter, self.told(extract), when)

    def taken(self, extract: Extract, quarter: Quarter) -> Taken | None:
        """What the source of an extract holds, before it is cut: for those who explain the mapping.

        Raises:
            SourceError: the source cannot be read.
        """
        found = self._taken(extract, self.file.extracts[extract.extract], quarter)
        return found[1] if found else None

    def _taken(self, extract: Extract, source: ExtractSource, quarter: Quarter) -> tuple[datetime, Taken] | None:
        key, which = f"extracts.{extract.extract}", quarter if source.by_quarter else None
        if source.query:
            text = self.file.databases[source.database]
            asked = self._once((key, which), (text, repr(source)), lambda: self._query(extract, source, quarter, key))
            return self._linked(key, asked) if source.identity else asked
        files = self._files(source.patterns, quarter, f"{key}.files") if source.patterns else []
        if not source.format:
            if not files:
                return None
            marks = tuple(each.mark for each in files)
            cells = self._once((key, which), (marks, repr(source)), lambda: self._cells(extract, source, files, key))
            return self._linked(key, cells) if source.identity else cells
        when, read = self._format(self.file.formats[source.format])
        given = read.get(extract.extract)
        if given is None:
            raise SourceError(self._not_given(extract, self.file.formats[source.format]))
        if isinstance(given, MissingError):
            raise given
        when, landed, quality = self._linked_format(self.file.formats[source.format], when, read)
        made = landed[extract.extract]
        of_format = self._once((key, "format"), (when, repr(source)), lambda: _landed(extract, made, quality))[1]
        if not files:
            return when, of_format
        beside = self._once(
            (key, "files"),
            (tuple(each.mark for each in files), repr(source)),
            lambda: self._cells(extract, source, files, key),
        )[1]
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

    def _linked(self, key: str, taken: tuple[datetime, Taken]) -> tuple[datetime, Taken]:
        """What files or a query gave, linked by names."""
        reviewing = self._reviewing(key)

        def make() -> Taken:
            ours, reviewed = reviewing.read()
            made, linked = link_taken(taken[1], ours, reviewed, reviewing.linking)
            self._reviews[key] = reviewing.review(linked, reviewed)
            return made

        return self._once((key, "linked"), (taken[0], reviewing.state), make)

    def _linked_format(
        self, source: FormatSource, when: datetime, read: Read
    ) -> tuple[datetime, Mapping[str, Landed], LinkQuality | None]:
        """What a format gave; linked by names where it names people, all its extracts as one."""
        landed = {name: each for name, each in read.items() if isinstance(each, Landed)}
        if not source.names_people:
            return when, landed, None
        key = f"formats.{source.name}"
        reviewing = self._reviewing(key)

        def make() -> tuple[Mapping[str, Landed], LinkQuality]:
            ours, reviewed = reviewing.read()
            made, linked = link_read(landed, ours, reviewed, reviewing.linking)
            self._reviews[key] = reviewing.review(linked, reviewed)
            return made, linked.quality

        when, (made, quality) = self._once((key, "linked"), (when, reviewing.state), make)
        return when, made, quality

    def _reviewing(self, key: str) -> Reviewing:
        """What the people of a source are linked with."""
        linking = self.file.linking
        assert linking is not None  # read_sources asks for it
        found = self._files((linking.identities,), None, "linking.identities")
        return Reviewing(key, linking, found, self._home)

    def _not_given(self, extract: Extract, source: FormatSource) -> str:
        gives = READERS[source.reader].gives
        if extract.extract in gives:
            return (
                f"formats.{source.name} has no mapping to {extract.extract}: say in "
                f"[formats.{source.name}.extracts.{extract.extract}] which of its columns becomes which"
            )
        return f"extracts.{extract.extract}.format: its reader gives {', '.join(gives)}, not {extract.extract}"

    def _files(self, patterns: tuple[str, ...], quarter: Quarter | None, key: str) -> list[Found]:
        secret = tuple(self.file.with_secrets(each, key, self._environment) for each in patterns)
        return find_files(secret, self._home, quarter, key)

    def _database(self, name: str) -> Database:
        return Database(name, self.file.url(name, self._environment), self._home)

    def _format(self, source: FormatSource) -> tuple[datetime, Read]:
        """A format's extracts: those that sources.toml takes from it."""
        key = f"formats.{source.name}"
        wanted = tuple(name for name, each in self.file.extracts.items() if each.format == source.name)
        read = READERS[source.reader].prepared(source.settings, self._path, key)
        if source.database:
            state = (self.file.databases[source.database], repr(source), wanted)

            def ask() -> Read:
                with self._database(source.database).opened() as database:
                    return read(Opened(database=database, wanted=wanted))

            return self._once(key, state, ask)
        files = self._files(source.files, None, f"{key}.files")
        if not files:
            raise SourceError(f"{key}.files: there is no such file")
        marks = tuple(each.mark for each in files)

        def open_files() -> Read:
            with ExitStack() as stack:
                return read(Opened(self._here(files, stack), wanted=wanted))

        return self._once(key, (marks, repr(source)), open_files)

    def _here(self, files: list[Found], stack: ExitStack) -> list[SourceFile]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fs_pipeline_")))
        return [each.here(folder) for each in _named_apart(files)]

    def _query(self, extract: Extract, source: ExtractSource, quarter: Quarter, key: str) -> Taken:
        days = {"first_day": quarter.first_day, "last_day": quarter.last_day}
        name = f"query of {key}"
        with self._database(source.database).opened() as database:
            table = database.query(source.query, days, name)
        return taken_from_tables(extract, source, [Given.result(name, table)], key)

    def _cells(self, extract: Extract, source: ExtractSource, files: list[Found], key: str) -> Taken:
        with ExitStack() as stack:
            tables = [Given.file(cells_of(each, extract.extract)) for each in self._here(files, stack)]
        return taken_from_tables(extract, source, tables, key)


def _landed(extract: Extract, landed: Landed, links: LinkQuality | None) -> Taken:
    return replace(taken_from_landed(extract, landed), links=links)


def _covers(source: ExtractSource, quarter: Quarter) -> bool:
    return (source.since is None or quarter.last_day >= source.since) and (
        source.until is None or quarter.first_day <= source.until
    )


def _named_apart(files: list[Found]) -> list[Found]:
    """Files of the same name in folders of the same name are told by their whole paths."""
    names = [each.name for each in files]
    return [replace(each, name=each.path) if names.count(each.name) > 1 else each for each in files]
