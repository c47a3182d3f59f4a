"""What is there, quarter by quarter: what was delivered and run, what is stale and why, and what a rerun leaves alone.

A table is fresh when its record says that it was made from what it would be made from now (`origin`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.code_versions import code_version, version_of
from fs_pipeline.ledger.keeping import EXPLAINED, Edition, Kept
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Ledger, Look, Place, quarters_named, short
from fs_pipeline.store.data_versions import comparable
from fs_pipeline.store.lake import Difference, Origin
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import DATA_QUALITY, INDICATOR_VALUES

if TYPE_CHECKING:
    from upath import UPath

PUBLISHED = "exports/published_workbook"
OLDER_FORM = "definition not known: made up to release 0.7.1, whose versions have another form"
"""Why a table is stale of which nothing else can be said: its versions are not compared with those of today."""


class Freshness(Enum):
    """How a table stands to what a run would make now."""

    FRESH = "fresh"
    """It was made by this code, with these settings, from what its inputs hold now."""
    STALE = "stale"
    """Its code, a setting, its delivery or an input is another one now; or what it exported is lost."""
    WAITING = "waiting"
    """Nothing of that; but something that it comes from is stale, and may change it."""
    MISSING = "missing"
    """It is not there, and should be."""


class Delivered(Enum):
    """How a quarter's delivery of an extract stands to what was last run of it."""

    SUPPLIED = "supplied"
    NOT_SUPPLIED = "not supplied"
    NEW = "new since its run"
    CHANGED = "changed since its run"
    REMOVED = "removed since its run"
    MISSING = "missing, but required"
    UNCLEAR = "unclear: see fs-pipeline check"


@cache
def code_of_extract(extract: Extract) -> str:
    """The version of the code that makes an extract's table, with what its own contract says."""
    return version_of(code_version("fs_pipeline.extracts.checks.checking"), extract)


def origin(
    look: Look,
    table: str,
    quarter: Quarter,
    delivery: str | None = NOT_SUPPLIED,
    of_source: Mapping[str, str] | None = None,
) -> Origin:
    """What a table's quarter would be made from now.

    Of an extract that is the hash of its file, and what its source said beside the rows, if it was read from one.
    """
    if extract := look.catalogue.received.get(table):
        return Origin(
            code_of_extract(extract),
            {"required": look.programme.requires(extract, quarter.first_day), **(of_source or {})},
            _versions(look, (Place(quarter, f"extracts/{name}") for name in extract.references)),
            delivery or NOT_SUPPLIED,
        )
    calculation = look.catalogue.made[table]
    inputs = _versions(look, (place for needed in calculation.inputs for place in look.places_read(needed, quarter)))
    if calculation.reads_receipts:
        inputs[str(Place(quarter, RECEIPTS))] = look.receipts(quarter)
    return Origin(calculation.version_in(quarter), look.recorded(calculation), inputs)


def _versions(look: Look, places: Iterable[Place]) -> dict[str, str]:
    return {str(place): look.version(place.table, place.quarter) for place in places}


def reasons(look: Look, table: str, quarter: Quarter) -> Iterator[tuple[str, Difference]]:
    """Why a table's quarter is stale, in words: what of its origin is another one now; nothing when it is not.

    Of an export of which nothing is, while something that it made is not there any more, the kind is `lost`.
    """
    record = look.record(table, quarter)
    if record is None:
        return
    made, extract = record.origin, look.catalogue.received.get(table)
    delivery, of_source = look.delivered(extract, quarter) if extract else (NOT_SUPPLIED, {})
    if delivery is None:
        yield "its delivery cannot be told", Difference("delivery", "", made.delivery, None)
        delivery = made.delivery
        of_source = {name: str(of) for name, of in made.settings.items() if name != "required"}
    changed = list(made.differences(origin(look, table, quarter, delivery, of_source)))
    versioned = [of for of in changed if of.kind in ("definition", "input")]
    if of_old := [of for of in versioned if not comparable(of.before or "", of.now or "")]:
        changed = [of for of in changed if of not in of_old and of.kind != "definition"]
        changed.insert(sum(of.kind == "delivery" for of in changed), Difference("definition", "", None, None))
    for of in changed:
        match of.kind:
            case "delivery":
                yield f"delivery {short(of.before)} -> {short(of.now)}", of
            case "definition":
                yield OLDER_FORM if of_old else f"definition {of.before} -> {of.now}", of
            case _:
                yield f"{of.kind} {of.name}", of
    calculation = look.catalogue.made.get(table)
    if calculation and calculation.group == "exports" and not changed and (what := look.lost(calculation, quarter)):
        yield f"lost: {what}", Difference("lost", "", None, None)


class Status:
    """Answers for one look at a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.look = Look(ledger)
        self._known: dict[Place, Freshness] = {}

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
        there = self.look.record
        return [each for each in self.quarters() if any(there(table, each) for table in self.look.tables(each))]

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
        missing = {each for each in wanted if lake.path(each.table, each.quarter) not in there}
        unread = {each for each in missing if self.look.is_unread(each)}
        start = Quarter(self.look.programme.start)
        return {
            quarter: [
                table
                for table in self.look.tables(quarter)
                if quarter < start or Place(quarter, table) in unread or table == DATA_QUALITY.name
            ]
            for quarter in sorted({each.quarter for each in unread})
        }

    def rejected(self, extract: Extract, quarter: Quarter) -> int:
        """Rows that were left out in the last run."""
        record = self.look.record(extract.name, quarter)
        return record.counts["rejected"] if record else 0

    def freshness(self, table: str, quarter: Quarter) -> Freshness:
        """How the table stands to what a run would make now; each is judged once."""
        place = Place(quarter, table)
        if place not in self._known:
            self._known[place] = self._judged(table, quarter)
        return self._known[place]

    def _judged(self, table: str, quarter: Quarter) -> Freshness:
        if table not in self.look.catalogue.tables:  # made elsewhere
            return Freshness.FRESH
        if self.look.record(table, quarter) is None:
            return Freshness.MISSING
        if any(True for _ in reasons(self.look, table, quarter)):
            return Freshness.STALE
        moving = (Freshness.STALE, Freshness.WAITING)
        inputs = (Place.parse(name) for name in origin(self.look, table, quarter).inputs)
        is_moving = any(self.freshness(each.table, each.quarter) in moving for each in inputs)
        return Freshness.WAITING if is_moving else Freshness.FRESH

    def stale(self, after: Quarter | None = None) -> Iterator[tuple[Place, list[str]]]:
        """Every stale table of every quarter, or of those after one, with the reasons.

        In order of quarters, then as tables are made.
        """
        for quarter in (each for each in self.quarters() if not after or each > after):
            for table in self.look.tables(quarter):
                if why := [words for words, _ in reasons(self.look, table, quarter)]:
                    yield Place(quarter, table), why

    def left_over(self) -> list[Path | UPath]:
        """Files of the lake that no run of this programme makes: of quarters outside it, or of tables of old.

        A file that no quarter gives its name to is not the lake's, and is let be.
        """
        lake = self.look.state.lake
        ours = {lake.path(table, quarter) for quarter in self.quarters() for table in self.look.tables(quarter)}
        others = (path for path in lake.files() if path not in ours and any(quarters_named([path.stem])))
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
        quarters, definition, kept = [], False, Kept(self.look.state.kept)
        for quarter in self.quarters_run():
            tables = self.to_rerun(quarter)
            why = [each for table in tables for _, each in reasons(self.look, table, quarter)]
            definition = definition or not all(map(_is_damage, why))
            of_data = any(map(_is_of_data, why))
            if not definition or of_data or not tables or self.look.record(PUBLISHED, quarter) is None:
                continue
            latest = [editions[-1] for table in EXPLAINED if (editions := kept.editions(table, quarter))]
            if all(map(self._stands, latest)):
                quarters.append(quarter)
        return quarters

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


def _is_of_data(why: Difference) -> bool:
    """Whether no definition is why: nor where an earlier quarter's table is there now that was not."""
    is_input = why.kind == "input" and (why.name.startswith("reference/") or why.before == NOT_SUPPLIED)
    return is_input or why.kind in ("delivery", "setting")


def _is_damage(why: Difference) -> bool:
    """Whether a table is stale only because what it is made from, or what it exported, is not there any more."""
    is_gone = why.kind == "input" and why.now == NOT_SUPPLIED and not why.name.startswith(RECEIPTS)
    return is_gone or why.kind == "lost"
