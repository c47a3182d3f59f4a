"""Puts the deliveries and settings of an earlier edition into a new state folder, to be run again there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.keeping import Edition, Kept
from fs_pipeline.ledger.look import Ledger, Place
from fs_pipeline.store.files import replace_file

_FIGURES = "outputs/indicator_values"


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
