"""What is there, quarter by quarter: deliveries against what was run, and which tables are stale and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.freshness import Freshness, Standing, reasons
from fs_pipeline.ledger.look import Ledger, Look, Place, quarters_named
from fs_pipeline.ledger.receiving import is_required, references
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import DATA_QUALITY, INDICATOR_VALUES

if TYPE_CHECKING:
    from upath import UPath


class Delivered(Enum):
    """How a quarter's delivery of an extract stands to what was last run of it."""

    SUPPLIED = "supplied"
    NOT_SUPPLIED = "not supplied"
    NEW = "new since its run"
    CHANGED = "changed since its run"
    REMOVED = "removed since its run"
    MISSING = "missing, but required"
    UNCLEAR = "unclear: see fs-pipeline check"


class Status:
    """Answers for one look at a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.look = Look(ledger)
        self._standing = Standing(self.look)

    def quarters(self) -> list[Quarter]:
        """Every quarter that something was delivered or run for, from the first baseline quarter on."""
        first, extracts = self.look.first_quarter, self.look.state.extracts
        folders = extracts.iterdir() if extracts.is_dir() else ()
        named = {folder.name for folder in folders if folder.is_dir()}
        named |= {path.stem for path in self.look.state.lake.files()}
        return sorted(quarter for quarter in quarters_named(named) if quarter >= first)

    def quarters_of_authorities(self) -> list[Quarter]:
        """Every quarter that an authority of the region, or the region itself, has run."""
        quarters = set(self.quarters())
        for authority in self.look.region.authorities:
            with self.look.lake_of(f"{authority.name}/{INDICATOR_VALUES.name}") as (lake, name):
                quarters |= {each for each in lake.quarters(name) if authority.start <= each.first_day}
        return sorted(quarters)

    def quarters_run(self) -> list[Quarter]:
        """Those of which at least one table was made."""
        return [
            quarter
            for quarter in self.quarters()
            if any(self.look.record(table, quarter) for table in self.look.tables(quarter))
        ]

    def delivered(self, extract: Extract, quarter: Quarter) -> Delivered:
        """How the delivery stands to the last run."""
        record, version = self.look.record(extract.name, quarter), self.look.delivery(extract, quarter)
        if version is None:
            return Delivered.UNCLEAR
        if not version and is_required(extract, quarter, self.look.programme):
            return Delivered.MISSING
        if record is None:
            return Delivered.NEW if version else Delivered.NOT_SUPPLIED
        if record.origin.delivery == version:
            return Delivered.SUPPLIED if version else Delivered.NOT_SUPPLIED
        if not version:
            return Delivered.REMOVED
        return Delivered.CHANGED if record.supplied else Delivered.NEW

    def never_read(self, quarters: Collection[Quarter]) -> dict[Quarter, list[str]]:
        """What was delivered for other quarters and never run, though figures of these quarters look back at it.

        Unread it would count as not supplied. With an extract stand those that it refers to, and the receipts of them
        all; a baseline quarter, which has nothing but extracts and their receipts, is read whole.
        """
        wanted = {
            Place(each.quarter, name)
            for quarter in quarters
            for table in self.look.tables(quarter)
            for each in self.look.looks_back_at(table, quarter)
            if each.quarter not in quarters
            for name in (each.table, *map("extracts/{}".format, references(self.look.catalogue.received[each.table])))
        }
        lake = self.look.state.lake
        there = set(lake.files())  # elsewhere this is one request, and a record each would be many
        found = {each for each in wanted if lake.path(each.table, each.quarter) not in there}
        found = {each for each in found if self.look.is_unread(each)}
        start = Quarter(self.look.programme.start)
        return {
            quarter: [
                table
                for table in self.look.tables(quarter)
                if quarter < start or Place(quarter, table) in found or table == DATA_QUALITY.name
            ]
            for quarter in sorted({each.quarter for each in found})
        }

    def rejected(self, extract: Extract, quarter: Quarter) -> int:
        """Rows that were left out in the last run."""
        record = self.look.record(extract.name, quarter)
        return record.counts["rejected"] if record else 0

    def freshness(self, table: str, quarter: Quarter) -> Freshness:
        """How the table stands to what a run would make now."""
        return self._standing.of(Place(quarter, table))

    def stale(self, after: Quarter | None = None) -> Iterator[tuple[Place, list[str]]]:
        """Every stale table of every quarter, or of those after one, with the reasons.

        In order of quarters, then as tables are made.
        """
        for quarter in self.quarters():
            if after and quarter <= after:
                continue
            for table in self.look.tables(quarter):
                if self.freshness(table, quarter) is Freshness.STALE:
                    yield Place(quarter, table), list(reasons(self.look, table, quarter))

    def left_over(self) -> list[Path | UPath]:
        """Files of the lake that no run of this programme makes: of quarters outside it, or of tables of old.

        A file that no quarter gives its name to is not the lake's, and is let be.
        """
        lake = self.look.state.lake
        made = {lake.path(table, quarter) for quarter in self.quarters() for table in self.look.tables(quarter)}
        others = (path for path in lake.files() if path not in made and any(quarters_named([path.stem])))
        return sorted(others, key=str)

    def to_rerun(self, quarter: Quarter) -> list[str]:
        """The tables of a quarter that a rerun looks at: stale, missing, or waiting for one that is."""
        tables = self.look.tables(quarter)
        return [table for table in tables if self.freshness(table, quarter) is not Freshness.FRESH]
