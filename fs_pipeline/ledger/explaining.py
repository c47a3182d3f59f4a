"""Editions of the figures: what one changed against the one before it, and which delivery, setting or definition did.

An edition can be computed again: its deliveries and settings are put into a new state folder, to be run there, and what
comes of them is compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Catalogue
from fs_pipeline.ledger.code_versions import environment, made_by, other_environment
from fs_pipeline.ledger.keeping import Edition, Kept, changed_figures, figures_in, made_from_now, sources
from fs_pipeline.ledger.look import NOT_SUPPLIED, Ledger, Look, Place, short
from fs_pipeline.store.data_versions import comparable
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import NotInLake, Origin, Record

_FIGURES = "outputs/indicator_values"
_BY_PERIOD = {"baseline": "indicators/twelve_months_before", "follow_up": "indicators/twelve_months_after"}


@dataclass(frozen=True)
class Cause:
    """Something that changed: `data`, `setting` or `definition`; where; and what it was and is."""

    kind: str
    where: str
    before: str
    now: str


@dataclass(frozen=True)
class Change:
    """A figure that changed: its key, what it was and is, and the causes by their place in the list."""

    figure: Mapping[str, object]
    before: str
    now: str
    causes: tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """What an edition changed."""

    table: str
    words: str
    changes: tuple[Change, ...] = ()
    causes: tuple[Cause, ...] = ()


def explain_table(
    ledger: Ledger, table: str, quarter: Quarter, indicator: int | None = None, edition: int | None = None
) -> Explained:
    """What an edition (the latest) of a table's quarter changed against the one before it.

    A cause of a figure is a delivery, a setting or the code of a calculation that differs between the two editions,
    and from which a way of changed tables leads to the figure.
    """
    kept, catalogue = Kept(ledger.state.kept), ledger.catalogue
    editions = kept.editions(table, quarter)
    if not editions:
        return Explained(table, "has not been run")
    number = edition or len(editions)
    if number > len(editions):
        return Explained(table, f"has {len(editions)} editions, no {number}")
    if number == 1:
        return Explained(table, f"run once, {_named(editions[0])}: nothing to compare with")
    before, now = editions[number - 2], editions[number - 1]
    walk = _Walk(kept, catalogue, before, now)
    causes: list[Cause] = []
    changes = []
    both = (figures_in(edition.figures) for edition in (before, now))
    for figure, was, became in changed_figures(catalogue.tables[table], *both):
        if indicator is not None and figure["indicator"] != indicator:
            continue
        of_table = walk.causes_in(before.record, now.record, table)
        if table == _FIGURES:
            of = catalogue.indicators.get(int(str(figure["indicator"])))  # None of one that is gone since
            if source := _BY_PERIOD.get(str(figure["period"])) or (of and of.table.name):
                of_table = walk.causes_of(f"{source}/{quarter.key}", before.record, now.record)
        causes += [cause for cause in of_table if cause not in causes]
        changes.append(Change(figure, was, became, tuple(causes.index(cause) + 1 for cause in of_table)))
    words = f"{_named(before)} -> {_named(now)}: "
    words += f"{len(changes)} figures changed" if changes else "no figure changed"
    if others := other_environment(before.environment, now.environment):
        words += f" (made in another environment, which is no cause: {', '.join(others)})"
    return Explained(table, words, tuple(changes), tuple(causes))


def _named(edition: Edition) -> str:
    return f"edition {edition.number} of {edition.made}, {made_by(edition.environment)}"


class _Walk:
    """Walks from a table back to what changed, along tables whose data changed."""

    def __init__(self, kept: Kept, catalogue: Catalogue, before: Edition, now: Edition) -> None:
        self._kept, self._received = kept, catalogue.received
        self._before, self._now = before.made_from, now.made_from
        self._releases = made_by(before.environment), made_by(now.environment)
        self._known: dict[tuple[str, str, str], list[Cause]] = {}

    def causes_of(self, name: str, before: Record, now: Record) -> list[Cause]:
        """Why the input of that name changed, of two records that read it."""
        was, became = before.origin.inputs.get(name, NOT_SUPPLIED), now.origin.inputs.get(name, NOT_SUPPLIED)
        if was == became:
            return []
        if (name, was, became) not in self._known:
            self._known[name, was, became] = self._causes_between(name, was, became)
        return self._known[name, was, became]

    def _causes_between(self, name: str, was: str, became: str) -> list[Cause]:
        old, new = self._before.get(f"{name}@{was}"), self._now.get(f"{name}@{became}")
        place = Place.parse(name)
        if new is None or (old is None and place.table not in self._received):
            return [Cause("data", f"{place.table} {place.quarter.label}", short(was), short(became))]
        if old is None:
            old = Record(NOT_SUPPLIED, Origin(new.origin.code_version, new.origin.settings, new.origin.inputs))
        return self.causes_in(old, new, place.table, place)

    def causes_in(self, old: Record, new: Record, table: str, place: Place | None = None) -> list[Cause]:
        """Why a table changed from one record to the other."""
        causes: list[Cause] = []
        made, now = old.origin, new.origin
        both = {*made.settings, *made.inputs} & {*now.settings, *now.inputs}
        for of in made.differences(now):
            match of.kind:
                case "delivery" if place and table in self._received:
                    where = f"{self._received[table].extract} {place.quarter.label}"
                    causes.append(Cause("data", where, self._words(place, of.before), self._words(place, of.now)))
                case "definition" if comparable(of.before, of.now):
                    causes.append(Cause("definition", table, of.before, of.now))
                case "definition":
                    causes.append(Cause("definition", "versions of another form, not compared", *self._releases))
                case "setting" | "input" if made.code_version != now.code_version and of.name not in both:
                    continue  # another definition has it, or has it not
                case "setting":
                    causes.append(Cause("setting", of.name, str(of.before), str(of.now)))
                case "input":
                    causes += [cause for cause in self.causes_of(of.name, old, new) if cause not in causes]
        return causes

    def _words(self, place: Place, version: str) -> str:
        """A delivery as people are told of it: short hash, and when it was delivered."""
        if not version:
            return short(version)
        known = self._kept.delivery(self._received[place.table].extract, place.quarter, version)
        return f"{short(version)}, delivered {known.delivered}" if known else short(version)


@dataclass(frozen=True)
class Compared:
    """What was computed again, against the edition.

    Attributes:
        figures: how many figures either has.
        changed: how many of them are not alike.
        differs: `delivery`, `setting`, `definition` and `environment`: what of it differs, in words; nothing where it
            is the same.
    """

    figures: int
    changed: int
    differs: Mapping[str, Sequence[str]]


class RestoreError(Exception):
    """An edition cannot be restored; says why, and what can."""


@dataclass(frozen=True)
class Restored:
    """What was restored: the edition, and the tables that it comes from by quarter."""

    edition: Edition
    tables: Mapping[Quarter, Sequence[str]]


def restore(ledger: Ledger, quarter: Quarter, folder: Path, number: int | None = None) -> Restored:
    """Writes programme.toml and the extracts of an edition (the latest) of the figures into an empty folder.

    Raises:
        RestoreError: there is no such edition, or the folder is not empty.
    """
    kept = Kept(ledger.state.kept)
    editions = kept.editions(_FIGURES, quarter)
    if not editions or (number or 1) > len(editions):
        raise RestoreError(f"the figures of {quarter.label} have {len(editions)} editions")
    if folder.exists() and any(folder.iterdir()):
        raise RestoreError(f"{folder} is not empty: name a new folder")
    edition = editions[(number or len(editions)) - 1]
    replace_file(folder / "programme.toml", kept.content(edition.programme))
    tables: dict[Quarter, set[str]] = {quarter: {_FIGURES}}
    for versioned, record in edition.made_from.items():
        place = Place.parse(versioned.rpartition("@")[0])
        tables.setdefault(place.quarter, set()).add(place.table)
        extract = ledger.catalogue.received.get(place.table)
        if not extract or not record.origin.delivery:
            continue
        delivery = kept.delivery(extract.extract, place.quarter, record.origin.delivery)
        if delivery is None:
            raise RestoreError(f"{place} as it was then has not been kept")
        try:
            content = kept.content(delivery.version)
        except FileNotFoundError:
            raise RestoreError(
                f"{place} as it was then was removed by fs-pipeline purge: edition {edition.number} cannot be computed "
                "again"
            ) from None
        replace_file(folder / delivery.file, content)
    return Restored(edition, {each: sorted(tables[each]) for each in sorted(tables)})


def compare(again: Ledger, quarter: Quarter, restored: Restored) -> Compared:
    """Compares the figures that were computed again with those of the edition, and what both were made from.

    Raises:
        NotInLake: they were not computed.
    """
    table, edition, look = again.catalogue.tables[_FIGURES], restored.edition, Look(again)
    record = look.record(_FIGURES, quarter)
    if record is None:
        raise NotInLake(f"{_FIGURES} was not computed for {quarter.label}")
    file = again.state.lake.path(_FIGURES, quarter)
    assert isinstance(file, Path)  # what is computed again lies in the new folder
    before, now = figures_in(edition.figures), figures_in(file)
    made_from = made_from_now(look, record, {})
    both = zip(sources(edition.record, edition.made_from), sources(record, made_from), strict=True)
    deliveries, settings = (
        [name for name in sorted(one.keys() | other) if one.get(name) != other.get(name)] for one, other in both
    )
    differs = {
        "delivery": deliveries,
        "setting": settings,
        "definition": _other_definitions(edition, {**made_from, f"{_FIGURES}/{quarter.key}@": record}),
        "environment": other_environment(edition.environment, environment()),
    }
    if not edition.environment:
        differs["environment"] = [f"not recorded by {made_by({})}"]
    return Compared(max(len(before), len(now)), len([*changed_figures(table, before, now)]), differs)


def _other_definitions(edition: Edition, now: Mapping[str, Record]) -> list[str]:
    """The tables that another definition makes now; one line where their versions are of a form of old."""
    kept = {name.rpartition("@")[0]: record.origin.code_version for name, record in edition.made_from.items()}
    others = []
    for name, record in now.items():
        place = name.rpartition("@")[0]
        before = kept.get(place, edition.record.origin.code_version if place.startswith(_FIGURES) else "")
        if not comparable(before, record.origin.code_version):
            return [f"not known: {made_by(edition.environment)} has versions of another form"]
        if before != record.origin.code_version:
            others.append(place)
    return sorted(others)
