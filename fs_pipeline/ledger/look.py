"""What is there and what is delivered: a ledger, and one look at it. Whether it is fresh is judged in `freshness`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.ledger.catalogue import Calculation, Catalogue, Input
from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable, Lake, LakeError, Record, lake_away
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.programme import Programme, Region

NOT_SUPPLIED = ""
"""The version of a delivery, or of a table, that is not there."""
CODE_OF_SOURCES = code_version("fs_pipeline.extracts.sources.sources")
"""The version of the code that reads sources, with every reader of a format."""
RECEIPTS = "deliveries/receipts"
"""What the receipts of a quarter's extracts say, as an input of what shows them: no table, but a version."""


@dataclass(frozen=True)
class Ledger:
    """A catalogue over a state folder: what is made of what, there."""

    state: State
    catalogue: Catalogue


@dataclass(frozen=True, order=True)
class Place:
    """A table's quarter."""

    quarter: Quarter
    table: str

    def __str__(self) -> str:
        return f"{self.table}/{self.quarter.key}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that is written `<table>/<quarter>`."""
        table, _, quarter = text.rpartition("/")
        return cls(Quarter.parse(quarter), table)


class Look:
    """One look at a ledger: settings, deliveries and records are read once, when they are asked for.

    Attributes:
        damaged: what was found damaged in the lake, in words; nothing may be made from it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.state, self.catalogue = ledger.state, ledger.catalogue
        self.damaged: list[str] = []
        self._records: dict[Place, Record | None] = {}
        self._deliveries: dict[Place, tuple[str | None, Mapping[str, str]]] = {}
        self._lost: dict[str, Callable[[Quarter, Mapping[str, str]], str]] = {}

    @cached_property
    def programme(self) -> Programme:
        """The programme's settings."""
        return self.state.programme()

    @cached_property
    def region(self) -> Region:
        """The region whose authorities' tables are read."""
        return self.state.region()

    @cached_property
    def start(self) -> Quarter:
        """The first quarter of the programme, or in which an authority is part of the region."""
        return Quarter(self.region.start if self.catalogue.of_region else self.programme.start)

    @cached_property
    def first_quarter(self) -> Quarter:
        """The first quarter of the baseline, the earliest that there is; a region has no baseline of its own."""
        return self.start if self.catalogue.of_region else self.start.shifted(-self.programme.baseline_quarters)

    def earliest(self, table: str) -> Quarter:
        """The earliest quarter that a table has: of a calculation on rows, the programme's first."""
        calculation = self.catalogue.made.get(table)
        return self.start if calculation and not calculation.reads_receipts else self.first_quarter

    def tables(self, quarter: Quarter) -> list[str]:
        """The tables that a quarter has, each after those that it reads; fewer before the programme's start.

        Those have extracts alone, and what is made of their receipts. Without a key there is nothing for evaluators.
        """
        missing = {name for name, outside in self.catalogue.outside.items() if not outside.is_there(self.state)}
        calculations = (name for name, each in self.catalogue.made.items() if missing.isdisjoint(each.settings))
        return [each for each in (*self.catalogue.received, *calculations) if quarter >= self.earliest(each)]

    def record(self, table: str, quarter: Quarter) -> Record | None:
        """The record of a table's quarter; None when it is not there, or its file is `damaged`.

        Raises:
            LakeError: the lake of an authority of the region cannot be used, or reached.
        """
        place = Place(quarter, table)
        if place not in self._records:
            try:
                with self.lake_of(table) as (lake, name):
                    self._records[place] = lake.record(name, quarter)
            except DamagedTable as damage:
                self.damaged.append(str(damage))
                self._records[place] = None
        return self._records[place]

    @contextmanager
    def lake_of(self, table: str) -> Iterator[tuple[Lake, str]]:
        """The lake that holds a table, and the table's name there.

        `<authority>/<table>` is a table of an authority of the region: what is wrong with its lake is said with the
        authority's name.
        """
        authority, group, name = ("", *table.rsplit("/", 2))[-3:]
        if not authority:
            yield self.state.lake, table
            return
        lakes = {each.name: each.lake for each in self.region.authorities}
        try:
            yield Lake.at(lakes[authority]), f"{group}/{name}"
        except DamagedTable as damage:
            raise DamagedTable(f"{authority}: {damage}") from None
        except Exception as fault:
            if away := lake_away(fault):
                raise LakeError(f"{authority}: {away}") from None
            raise

    def version(self, table: str, quarter: Quarter) -> str:
        """The data version of a table's quarter; NOT_SUPPLIED when it is not there."""
        record = self.record(table, quarter)
        return record.data_version if record else NOT_SUPPLIED

    def receipts(self, quarter: Quarter, about_to_be: Mapping[str, Receipt] | None = None) -> str:
        """A version of the receipts of all extracts of a quarter; NOT_SUPPLIED when none was run.

        Those `about_to_be` written, by extract, stand in place of those there.
        """
        records = {name: self.record(extract.name, quarter) for name, extract in EXTRACTS.items()}
        receipts = {name: Receipt(of.supplied, of.origin.delivery, of.counts) for name, of in records.items() if of}
        receipts |= about_to_be or {}
        content = json.dumps({name: vars(receipt) for name, receipt in receipts.items()}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest() if receipts else NOT_SUPPLIED

    def delivery(self, extract: Extract, quarter: Quarter) -> str | None:
        """Hash of the file that lies there now, or of what the source holds of the quarter now.

        NOT_SUPPLIED when there is none, None when it cannot be told.
        """
        return self.delivered(extract, quarter)[0]

    def delivered(self, extract: Extract, quarter: Quarter) -> tuple[str | None, Mapping[str, str]]:
        """As `delivery`, with what the source says beside the rows."""
        place = Place(quarter, extract.name)
        if place not in self._deliveries:
            marks = self.state.sources.state(extract, quarter, self.programme.start)
            self._deliveries[place] = self._delivered_now(place, marks)
        return self._deliveries[place]

    def _delivered_now(self, place: Place, marks: str | None) -> tuple[str | None, Mapping[str, str]]:
        """What is delivered now; noted, when it is read from the files of a source, and not read again while they stay.

        The note, `kept/sources.json`, holds hashes, and no figures: losing it costs time alone. It knows files by their
        sizes and times, and a database not at all.
        """
        state = hashlib.sha256(f"{CODE_OF_SOURCES} {marks}".encode()).hexdigest()
        if marks and (noted := self._noted.get(str(place))) and noted[0] == state:
            return noted[1], noted[2]
        try:
            delivery = self.state.delivery(self.catalogue.received[place.table], place.quarter)
        except ExtractRefused:
            return None, {}
        version, of_source = (delivery.version, delivery.report_versions) if delivery else (NOT_SUPPLIED, {})
        if marks:
            self._noted[str(place)] = [state, version, of_source]
            replace_file(self._note, json.dumps(self._noted, sort_keys=True).encode())
        return version, of_source

    @property
    def _note(self) -> Path:
        return self.state.kept / "sources.json"

    @cached_property
    def _noted(self) -> dict[str, list[Any]]:
        """By place: the state of its source, the version of the delivery, and what the source said beside the rows."""
        with suppress(OSError, ValueError):  # never written, or half a file: it is worked out again
            noted: dict[str, list[Any]] = json.loads(self._note.read_bytes())
            return noted
        return {}

    def quarters_read(self, needed: Input, quarter: Quarter) -> list[Quarter]:
        """The quarters of an input that a calculation reads: its window, as far as the table goes back."""
        first = self.earliest(needed.table.name)
        if needed.window.first is not None:
            first = max(first, quarter.shifted(needed.window.first))
        return first.until(quarter.shifted(needed.window.last))

    def authorities_read(self, needed: Input, quarter: Quarter) -> dict[str, list[Quarter]]:
        """The quarters of each authority's table that a calculation reads; none where this one has not been run.

        A window that reaches back does so as far as the authority's own lake.
        """
        read: dict[str, list[Quarter]] = {}
        for authority in self.region.members(quarter.first_day):
            table = f"{authority.name}/{needed.table.name}"
            read[authority.name] = [quarter] if self.record(table, quarter) else []
            if read[authority.name] and needed.window.first is None:
                with self.lake_of(table) as (lake, name):
                    read[authority.name] = [each for each in lake.quarters(name) if each <= quarter]
        return read

    def places_read(self, needed: Input, quarter: Quarter) -> list[Place]:
        """The tables' quarters that a calculation reads for an input, those too that are not there."""
        if needed.wanted != "authorities":
            return [Place(each, needed.table.name) for each in self.quarters_read(needed, quarter)]
        return [
            Place(each, f"{authority}/{needed.table.name}")
            for authority, quarters in self.authorities_read(needed, quarter).items()
            for each in quarters or [quarter]
        ]

    def looks_back_at(self, table: str, quarter: Quarter) -> set[Place]:
        """The extracts of earlier quarters that a table's quarter is made from."""
        return {
            Place(earlier, needed.table.name)
            for needed in (self.catalogue.made[table].inputs if table in self.catalogue.made else ())
            if needed.wanted == "deliveries" and needed.table.name in self.catalogue.received
            for earlier in self.quarters_read(needed, quarter)
            if earlier < quarter
        }

    def is_unread(self, place: Place) -> bool:
        """Whether an extract was delivered for a quarter, and never run: it counts as not supplied."""
        there = self.record(place.table, place.quarter) is not None
        return not there and self.delivery(self.catalogue.received[place.table], place.quarter) != NOT_SUPPLIED

    def versions(self, calculation: Calculation, quarter: Quarter) -> dict[str, str]:
        """The data versions of the quarter's tables that a calculation reads, by their names."""
        return {needed.table.name: self.version(needed.table.name, quarter) for needed in calculation.inputs}

    def lost(self, export: Calculation, quarter: Quarter) -> str:
        """What an export has made and is not there any more, in words; blank when all is."""
        name, folder = export.table.name, self.state.exports / quarter.key
        if export.what_is_lost:
            if name not in self._lost:  # the database is looked at once
                self._lost[name] = export.what_is_lost(self.state)
            return self._lost[name](quarter, self.versions(export, quarter))
        for file in self.state.lake.read(export.table, quarter)["file"]:
            if not (folder / file).exists() or not (folder / file).stat().st_size:
                return f"exports/{quarter.key}/{file} is {'empty' if (folder / file).exists() else 'not there'}"
        return ""

    def settings(self, name: str) -> object:
        """A setting as a calculation has it."""
        outside = self.catalogue.outside.get(name)
        return outside.read(self.state) if outside else getattr(self.programme, name)

    def recorded(self, calculation: Calculation) -> dict[str, object]:
        """The settings of a calculation, as its origin records them."""
        outside = self.catalogue.outside
        return {n: self.setting(n) for n in calculation.settings if n not in outside or outside[n].recorded}

    def setting(self, name: str) -> object:
        """A setting as an origin records it, as it comes back from JSON: windows as lists of their parts."""
        outside = self.catalogue.outside.get(name)
        value = outside.recorded(self.state) if outside and outside.recorded else getattr(self.programme, name)
        return json.loads(json.dumps(value, default=lambda of: vars(of) if hasattr(of, "__dict__") else str(of)))


def short(version: str) -> str:
    """A version as people are shown it."""
    return version[:8] or "not supplied"


def quarters_named(names: Iterable[str]) -> Iterator[Quarter]:
    """The quarters among the names of folders or files."""
    for name in names:
        try:
            yield Quarter.parse(name)
        except ValueError:
            continue
