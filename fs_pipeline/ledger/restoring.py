"""Puts the deliveries and settings of an earlier edition into a new state folder, to be run again there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.changes import changed_figures
from fs_pipeline.ledger.environment import differences, environment, made_by
from fs_pipeline.ledger.keeping import Edition, Kept, figures_in, made_from_now, sources
from fs_pipeline.ledger.look import Ledger, Look, Place
from fs_pipeline.store.data_versions import comparable
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import NotInLake, Record

_FIGURES = "outputs/indicator_values"


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
    """What was restored: the edition, the tables that it comes from by quarter, and of which table it is."""

    edition: Edition
    tables: Mapping[Quarter, Sequence[str]]
    record_of: str = _FIGURES


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
        if extract and record.origin.delivery:
            delivery = kept.delivery(extract.extract, place.quarter, record.origin.delivery)
            if delivery is None:
                raise RestoreError(f"{place} as it was then has not been kept")
            try:
                content = kept.content(delivery.version)
            except FileNotFoundError:
                raise RestoreError(
                    f"{place} as it was then was removed by fs-pipeline purge: edition {edition.number} cannot be "
                    "computed again"
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
        [str(name) for name in sorted(one.keys() | other) if one.get(name) != other.get(name)] for one, other in both
    )
    return Compared(
        max(len(before), len(now)),
        sum(1 for _ in changed_figures(table, before, now)),
        {
            "delivery": deliveries,
            "setting": settings,
            "definition": _other_definitions(edition, {**made_from, f"{_FIGURES}/{quarter.key}@": record}),
            "environment": differences(edition.environment, environment())
            if edition.environment
            else [f"not recorded by {made_by({})}"],
        },
    )


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
