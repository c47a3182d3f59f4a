"""What each table is made from now, as against what its record says: from this comes whether it is fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.pseudonyms import fingerprint
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.extracts.sources.cutting import said
from fs_pipeline.ledger.catalogue import BY_TABLE, NEEDS_KEY, RETURN_PACKS, Input
from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.ledger.receiving import RECEIVED, delivered, is_required, references
from fs_pipeline.ledger.seen import Seen
from fs_pipeline.settings.partners import read_identifiers
from fs_pipeline.store.lake import DamagedTable, Origin, Record
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.programme import Programme

NOT_SUPPLIED = ""
"""The version of a delivery, or of a table, that is not there."""
RECEIPTS = "deliveries/receipts"
"""What the receipts of a quarter's extracts say, as an input of what shows them: no table, but a version."""
CODE_OF_EXTRACTS = code_version("fs_pipeline.extracts.checks.checking")
"""The version of the code that makes the extracts' tables."""


class Freshness(Enum):
    """How a table stands to what a run would make now."""

    FRESH = "fresh"
    """It was made by this code, with these settings, from what its inputs hold now."""
    STALE = "stale"
    """Its code, a setting, its delivery or an input is another one now."""
    WAITING = "waiting"
    """Nothing of that; but something that it comes from is stale, and may change it."""
    MISSING = "missing"
    """It is not there, and should be."""


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
    """One look at the state folder: settings, deliveries and records are read once, when they are asked for.

    Attributes:
        state: the state folder.
        damaged: what was found damaged in the lake, in words; nothing may be made from it.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.damaged: list[str] = []
        self._records: dict[Place, Record | None] = {}
        self._deliveries: dict[Place, tuple[str | None, Mapping[str, str]]] = {}
        self._freshness: dict[Place, Freshness] = {}

    @cached_property
    def programme(self) -> Programme:
        """The programme's settings."""
        return self.state.programme()

    @cached_property
    def first_quarter(self) -> Quarter:
        """The first quarter of the baseline, the earliest that there is."""
        return Quarter(self.programme.start).shifted(-self.programme.baseline_quarters)

    def earliest(self, table: str) -> Quarter:
        """The earliest quarter that a table has: of a calculation on rows, the programme's first."""
        if table in BY_TABLE and not BY_TABLE[table].reads_receipts:
            return Quarter(self.programme.start)
        return self.first_quarter

    def tables(self, quarter: Quarter) -> list[str]:
        """The tables that a quarter has, each after those that it reads; fewer before the programme's start.

        Those have extracts alone, and what is made of their receipts. Without a key there is nothing for evaluators.
        """
        without = () if self.state.key_file.exists() else (NEEDS_KEY,)
        return [each for each in (*RECEIVED, *BY_TABLE) if quarter >= self.earliest(each) and each not in without]

    def record(self, table: str, quarter: Quarter) -> Record | None:
        """The record of a table's quarter; None when it is not there, or its file is `damaged`."""
        place = Place(quarter, table)
        if place not in self._records:
            try:
                self._records[place] = self.state.lake.record(table, quarter)
            except DamagedTable as damage:
                self.damaged.append(str(damage))
                self._records[place] = None
        return self._records[place]

    def version(self, table: str, quarter: Quarter) -> str:
        """The data version of a table's quarter; NOT_SUPPLIED when it is not there."""
        record = self.record(table, quarter)
        return record.data_version if record else NOT_SUPPLIED

    def receipts(self, quarter: Quarter, about_to_be: Mapping[str, Receipt] | None = None) -> str:
        """A version of the receipts of all extracts of a quarter; NOT_SUPPLIED when none was run.

        Args:
            quarter: the quarter.
            about_to_be: receipts that are about to be written, by extract; they stand in place of those there.
        """
        known: dict[str, Receipt] = {}
        for name, extract in EXTRACTS.items():
            if record := self.record(extract.name, quarter):
                known[name] = Receipt(record.supplied, record.origin.delivery, record.counts)
        told = {name: vars(receipt) for name, receipt in (known | dict(about_to_be or {})).items()}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest() if told else NOT_SUPPLIED

    def delivery(self, extract: Extract, quarter: Quarter) -> str | None:
        """Hash of the file that lies there now, or of what the source holds of the quarter now.

        NOT_SUPPLIED when there is none, None when it cannot be told.
        """
        return self._delivered(extract, quarter)[0]

    def _delivered(self, extract: Extract, quarter: Quarter) -> tuple[str | None, Mapping[str, str]]:
        place = Place(quarter, extract.name)
        if place not in self._deliveries:
            marks = self.state.sources.state(extract, quarter, self.programme.start)
            self._deliveries[place] = (marks and self._seen.known(str(place), marks)) or self._found(place, marks)
        return self._deliveries[place]

    def _found(self, place: Place, marks: str | None) -> tuple[str | None, Mapping[str, str]]:
        """What is delivered now; noted, when it was read from the files of a source."""
        try:
            found = delivered(self.state, place.quarter, RECEIVED[place.table])
        except ExtractRefused:
            return None, {}
        version, of_source = (found.version, said(found.reading)) if found else (NOT_SUPPLIED, {})
        if marks:
            self._seen.note(str(place), marks, version, of_source)
        return version, of_source

    @cached_property
    def _seen(self) -> Seen:
        return Seen(self.state.kept / "sources.json")

    def quarters_read(self, needed: Input, quarter: Quarter) -> list[Quarter]:
        """The quarters of an input that a calculation reads: its window, as far as the table goes back."""
        first = self.earliest(needed.table.name)
        if needed.window.first is not None:
            first = max(first, quarter.shifted(needed.window.first))
        return first.until(quarter.shifted(needed.window.last))

    def looks_back_at(self, table: str, quarter: Quarter) -> set[Place]:
        """The extracts of earlier quarters that a table's quarter is made from."""
        return {
            Place(earlier, needed.table.name)
            for needed in (BY_TABLE[table].inputs if table in BY_TABLE else ())
            if needed.wanted == "deliveries" and needed.table.name in RECEIVED
            for earlier in self.quarters_read(needed, quarter)
            if earlier < quarter
        }

    def is_unread(self, place: Place) -> bool:
        """Whether an extract was delivered for a quarter, and never run: it counts as not supplied."""
        there = self.record(place.table, place.quarter) is not None
        return not there and self.delivery(RECEIVED[place.table], place.quarter) != NOT_SUPPLIED

    def origin(
        self,
        table: str,
        quarter: Quarter,
        delivery: str | None = NOT_SUPPLIED,
        of_source: Mapping[str, str] | None = None,
    ) -> Origin:
        """What a table's quarter would be made from now.

        Args:
            table: the table.
            quarter: the quarter.
            delivery: the hash of an extract's file.
            of_source: what a source said beside the rows, when the extract was read from one.
        """
        if extract := RECEIVED.get(table):
            return Origin(
                CODE_OF_EXTRACTS,
                {"required": is_required(extract, quarter, self.programme), **(of_source or {})},
                self._versions((f"extracts/{name}", quarter) for name in references(extract)),
                delivery or NOT_SUPPLIED,
            )
        calculation = BY_TABLE[table]
        settings = {name: self.setting(name) for name in calculation.settings}
        if table == NEEDS_KEY:
            settings |= {"key": fingerprint(self.state.key_file), "shifts_dates": self.state.shifts_dates}
        if table == RETURN_PACKS:
            allowed = read_identifiers(self.state.partners_file)
            settings |= {"identifiers": {supplier: list(names) for supplier, names in allowed.items()}}
        inputs = self._versions(
            (needed.table.name, each) for needed in calculation.inputs for each in self.quarters_read(needed, quarter)
        )
        if calculation.reads_receipts:
            inputs[str(Place(quarter, RECEIPTS))] = self.receipts(quarter)
        return Origin(calculation.code_version, settings, inputs)

    def setting(self, name: str) -> object:
        """A setting of the programme as it comes back from JSON: windows as lists of their parts, days as text."""
        value = getattr(self.programme, name)
        return json.loads(json.dumps(value, default=lambda of: vars(of) if hasattr(of, "__dict__") else str(of)))

    def _versions(self, read: Iterable[tuple[str, Quarter]]) -> dict[str, str]:
        return {str(Place(quarter, table)): self.version(table, quarter) for table, quarter in read}

    def freshness(self, table: str, quarter: Quarter) -> Freshness:
        """How a table's quarter stands to what a run would make now."""
        place = Place(quarter, table)
        if place not in self._freshness:
            self._freshness[place] = self._looked_at(place)
        return self._freshness[place]

    def _looked_at(self, place: Place) -> Freshness:
        if self.record(place.table, place.quarter) is None:
            return Freshness.MISSING
        if any(True for _ in self.reasons(place.table, place.quarter)):
            return Freshness.STALE
        inputs = (Place.parse(each) for each in self.origin(place.table, place.quarter).inputs)
        moving = (Freshness.STALE, Freshness.WAITING)
        waiting = any(self.freshness(each.table, each.quarter) in moving for each in inputs)
        return Freshness.WAITING if waiting else Freshness.FRESH

    def reasons(self, table: str, quarter: Quarter) -> Iterator[str]:
        """Why a table's quarter is stale: what of its origin is another one now, in words; nothing when it is not."""
        record = self.record(table, quarter)
        if record is None:
            return
        delivery, of_source = self._delivered(RECEIVED[table], quarter) if table in RECEIVED else (NOT_SUPPLIED, {})
        if delivery is None:
            yield "its delivery cannot be told"
            of_source = {name: str(of) for name, of in record.origin.settings.items() if name != "required"}
        made, now = record.origin, self.origin(table, quarter, delivery, of_source)
        if delivery is not None and made.delivery != now.delivery:
            yield f"delivery {short(made.delivery)} -> {short(now.delivery)}"
        if made.code_version != now.code_version:
            yield f"definition {made.code_version} -> {now.code_version}"
        for name in sorted({*made.settings, *now.settings}):
            if made.settings.get(name) != now.settings.get(name):
                yield f"setting {name}"
        for name in sorted({*made.inputs, *now.inputs}):
            if made.inputs.get(name) != now.inputs.get(name):
                yield f"input {name}"


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
