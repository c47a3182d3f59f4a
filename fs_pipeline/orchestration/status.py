"""What is there, quarter by quarter: deliveries against what was run, and whether each table is fresh."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from fs_pipeline import __version__
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.deliveries import find_delivery
from fs_pipeline.extracts.refusals import ExtractRefused
from fs_pipeline.orchestration.catalogue import CALCULATIONS
from fs_pipeline.orchestration.lake import Record
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract


class Delivered(Enum):
    """How a quarter's delivery of an extract stands to what was last run of it."""

    SUPPLIED = "supplied"
    NOT_SUPPLIED = "not supplied"
    NEW = "new since its run"
    CHANGED = "changed since its run"
    REMOVED = "removed since its run"
    MISSING = "missing, but required"
    UNCLEAR = "unclear: see fs-pipeline check"


class Freshness(Enum):
    """Whether a table of the lake is what a run would make now."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


class Status:
    """Answers for one look at the state folder; every file's record is read once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._records: dict[tuple[str, Quarter], Record | None] = {}
        self._freshness: dict[tuple[str, Quarter], Freshness] = {}
        self._deliveries: dict[tuple[str, Quarter], str | None] = {}

    def quarters(self) -> list[Quarter]:
        """Every quarter that something was delivered or run for, from the first baseline quarter on."""
        folders = self._state.extracts.iterdir() if self._state.extracts.is_dir() else ()
        named = {folder.name for folder in folders if folder.is_dir()}
        named |= {path.stem for path in self._state.lake.folder.rglob("*.parquet")}
        first = self._state.first_quarter()
        return sorted(quarter for quarter in _quarters(named) if quarter >= first)

    def delivered(self, extract: Extract, quarter: Quarter) -> Delivered:
        """How the delivery stands to the last run."""
        record, version = self._record(extract.name, quarter), self._version(extract, quarter)
        if version is None:
            return Delivered.UNCLEAR
        if not version and extract.required and quarter.first_day >= self._state.programme().start:
            return Delivered.MISSING
        if record is None:
            return Delivered.NEW if version else Delivered.NOT_SUPPLIED
        if record.delivery == version:
            return Delivered.SUPPLIED if version else Delivered.NOT_SUPPLIED
        if not version:
            return Delivered.REMOVED
        return Delivered.CHANGED if record.supplied else Delivered.NEW

    def rejected(self, extract: Extract, quarter: Quarter) -> int:
        """Rows that were left out in the last run."""
        record = self._record(extract.name, quarter)
        return record.counts["rejected"] if record else 0

    def freshness(self, table: str, quarter: Quarter) -> Freshness:
        """Fresh when it was made by this code from what its inputs hold now, and they are fresh themselves."""
        known = self._freshness.get((table, quarter))
        if known is None:
            known = self._freshness[table, quarter] = self._looked_at(table, quarter)
        return known

    def _looked_at(self, table: str, quarter: Quarter) -> Freshness:
        record = self._record(table, quarter)
        if record is None:
            return Freshness.MISSING
        if record.code_version != __version__:
            return Freshness.STALE
        extract = EXTRACTS.get(table.removeprefix("extracts/"))
        if extract and record.delivery != self._version(extract, quarter):
            return Freshness.STALE
        for source, version in record.inputs.items():
            name, _, key = source.rpartition("/")
            of_quarter = Quarter.parse(key)
            now = self._record(name, of_quarter)
            if (now.data_version if now else "") != version:
                return Freshness.STALE
            if now and self.freshness(name, of_quarter) is not Freshness.FRESH:
                return Freshness.STALE
        return Freshness.FRESH

    def _record(self, table: str, quarter: Quarter) -> Record | None:
        if (table, quarter) not in self._records:
            self._records[table, quarter] = self._state.lake.record(table, quarter)
        return self._records[table, quarter]

    def _version(self, extract: Extract, quarter: Quarter) -> str | None:
        """Hash of what lies there now; "" when nothing does, None when it cannot be told."""
        place = (extract.name, quarter)
        if place not in self._deliveries:
            try:
                delivery = find_delivery(self._state.extracts, quarter, extract)
            except ExtractRefused:
                self._deliveries[place] = None
            else:
                self._deliveries[place] = delivery.version if delivery else ""
        return self._deliveries[place]


def tables_by_group() -> dict[str, list[str]]:
    """The calculated tables by stage, in order."""
    groups: dict[str, list[str]] = {}
    for calculation in CALCULATIONS:
        groups.setdefault(calculation.group, []).append(calculation.table.name)
    return groups


def _quarters(names: Iterable[str]) -> Iterable[Quarter]:
    for name in names:
        try:
            yield Quarter.parse(name)
        except ValueError:
            continue
