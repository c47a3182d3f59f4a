"""What is there, quarter by quarter: what was delivered and run, what is stale and why, and what is held."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.freshness import LOST, Freshness, Standing, reasons
from fs_pipeline.ledger.keeping import EXPLAINED, Edition, Kept
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Ledger, Look, Place, quarters_named
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import DATA_QUALITY, INDICATOR_VALUES

if TYPE_CHECKING:
    from upath import UPath

PUBLISHED = "exports/published_workbook"
_OF_DATA = ("delivery", "setting", "its delivery", "input reference/")
"""How reasons begin that are none of a definition."""


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
        if not version and self.look.programme.requires(extract, quarter.first_day):
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
            for name in (each.table, *map("extracts/{}".format, self.look.catalogue.received[each.table].references))
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

    def held(self) -> list[Quarter]:
        """The quarters that a rerun leaves alone until somebody says otherwise.

        They are published, and only definitions have changed. What was published is quoted: a late delivery may move it
        without a question, a new release of this package may not. It does not matter how far an earlier rerun came:
        what counts is whether the deliveries and settings that the latest edition of the figures was made from are
        those that are there now.
        """
        held, definition, kept = [], False, Kept(self.look.state.kept)
        for quarter in self.quarters_run():
            tables = self.to_rerun(quarter)
            why = [(table, each) for table in tables for each in reasons(self.look, table, quarter)]
            definition = definition or any(not self._is_damage(each) for _, each in why)
            of_data = any(each.startswith(_OF_DATA) or self._was_not_there(table, quarter, each) for table, each in why)
            if not definition or of_data or not tables or self.look.record(PUBLISHED, quarter) is None:
                continue
            latest = [editions[-1] for table in EXPLAINED if (editions := kept.editions(table, quarter))]
            if all(map(self._stands, latest)):
                held.append(quarter)
        return held

    def _was_not_there(self, table: str, quarter: Quarter, why: str) -> bool:
        """Whether a table is stale because an earlier quarter's is there now that was not when it was made."""
        record = self.look.record(table, quarter)
        return record is not None and record.origin.inputs.get(why.removeprefix("input ")) == NOT_SUPPLIED

    def _is_damage(self, why: str) -> bool:
        """Whether a table is stale only because what it is made from, or what it exported, is not there any more."""
        if why.startswith(LOST):
            return True
        place = Place.parse(why.removeprefix("input ")) if why.startswith("input ") else None
        return bool(place and place.table != RECEIPTS and self.look.record(place.table, place.quarter) is None)

    def _stands(self, edition: Edition) -> bool:
        """Whether every delivery and setting that an edition was made from is what it was."""
        for record in (edition.record, *edition.made_from.values()):
            for name, version in record.origin.inputs.items():
                place = Place.parse(name)
                if extract := self.look.catalogue.received.get(place.table):
                    read = edition.made_from.get(f"{name}@{version}")
                    if self.look.delivery(extract, place.quarter) != (read.origin.delivery if read else ""):
                        return False
            for name, value in record.origin.settings.items():
                if name in self.look.catalogue.settings and value != self.look.setting(name):
                    return False
        return True
