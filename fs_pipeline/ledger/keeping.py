"""What is kept of the past, in `kept/`: deliveries and settings under their hash, and editions of the figures.

An edition says what it was made from, and which figures of it are other ones than they were. Nothing here is read to
compute: it is there to explain, and to do again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.ledger.code_versions import environment
from fs_pipeline.ledger.look import Look, Place
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import Record
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.tables import Table

EXPLAINED = ("outputs/indicator_values", "outputs/before_after")
"""The figures of which every edition is kept, so that they can be explained."""


@dataclass(frozen=True)
class KeptDelivery:
    """A delivery that was read: its file (`extracts/2017-10-01/people.csv`), size, time of delivery and hash.

    What was read from a source has the file that it would have been, and the source in words.
    """

    file: str
    bytes: int
    delivered: str
    version: str
    source: str = ""


@dataclass(frozen=True)
class Edition:
    """The figures of a table's quarter as they stood after a run of Dagster; the first has the number 1.

    Attributes:
        made: when, ISO and UTC.
        programme: hash of programme.toml.
        figures: the file with the rows.
        record: the record of the table.
        made_from: `<table>/<quarter>@<data version>` -> record, of all that it comes from, however indirectly.
        environment: where it was made, by name; empty up to release 0.7.1, which did not record it.
    """

    number: int
    made: str
    run: str
    programme: str
    figures: Path
    record: Record
    made_from: Mapping[str, Record]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """The folder `kept/`."""

    folder: Path

    def keep(self, content: bytes) -> str:
        """Keeps a content under its SHA-256, compressed; returns that."""
        version = sha256(content).hexdigest()
        path = self._path(version)
        if not path.exists():
            replace_file(path, pa.compress(content, "zstd", asbytes=True))
        return version

    def content(self, version: str) -> bytes:
        """The content of that SHA-256; a FileNotFoundError when it was never kept."""
        return _content(self._path(version))

    def keep_delivery(self, extract: Extract, quarter: Quarter, delivery: Delivery) -> None:
        """Keeps a delivery, and when it came: the time at which its file was last written, or its source read."""
        path = self._delivery(extract.extract, quarter, delivery.version)
        if path.exists() and self._path(delivery.version).exists():
            return
        self.keep(delivery.content)
        if delivery.read_at:
            file, source = f"extracts/{quarter.key}/{delivery.path}", delivery.file
        else:
            file, source = delivery.file, ""
        written = delivery.read_at or datetime.fromtimestamp(delivery.path.stat().st_mtime, UTC)
        size, day = len(delivery.content), written.isoformat(timespec="seconds")
        known = KeptDelivery(file, size, day, delivery.version, source)
        replace_file(path, json.dumps(asdict(known), sort_keys=True).encode())

    def delivery(self, extract: str, quarter: Quarter, version: str) -> KeptDelivery | None:
        """What is known of a delivery; None when it was never read."""
        path = self._delivery(extract, quarter, version)
        return KeptDelivery(**json.loads(path.read_bytes())) if path.exists() else None

    def contents(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Every kept delivery that is there: its extract, the ending of its file, its version and its content."""
        seen = set()
        for path in sorted(self.folder.glob("deliveries/*/*/*.json")):
            known = KeptDelivery(**json.loads(path.read_bytes()))
            if known.version not in seen and self._path(known.version).exists():
                seen.add(known.version)
                yield path.parent.name, Path(known.file).suffix.lower(), known.version, self.content(known.version)

    def forget(self, version: str) -> None:
        """Removes a content; that it was delivered, and when, stays known."""
        self._path(version).unlink(missing_ok=True)

    def keep_edition(
        self, look: Look, table: Table, quarter: Quarter, rows: pd.DataFrame, record: Record, run: str
    ) -> None:
        """Keeps the figures of a table's quarter, about to be written, as its next edition; not the same one twice.

        Figures that the same deliveries and settings give under another definition are the same edition: from then on
        it says by which definitions it stands, while it stays made when, and by which release, it was.
        """
        earlier = self.editions(table.name, quarter)
        if earlier and earlier[-1].record == record:
            return
        known = {name: kept for edition in earlier for name, kept in edition.made_from.items()}
        made_from = made_from_now(look, record, known)
        edition = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "run": run,
            "programme": self.keep(look.state.programme_file.read_bytes()),
            "environment": dict(environment()),
            "record": record.to_json(),
            "made_from": {name: each.to_json() for name, each in made_from.items()},
        }
        number, folder = len(earlier) + 1, self._editions(table.name, quarter)
        figures = pa.Table.from_pandas(rows, schema=table.schema, preserve_index=False)
        if earlier and _stands(earlier[-1], table, figures, record, made_from):
            last, number = earlier[-1], number - 1
            edition |= {"made": last.made, "run": last.run, "environment": dict(last.environment)}
        else:
            buffer = pa.BufferOutputStream()
            pq.write_table(figures, buffer)
            replace_file(folder / f"{number:04}.parquet", buffer.getvalue().to_pybytes())
        content = json.dumps(edition, sort_keys=True).encode()
        replace_file(folder / f"{number:04}.json.zst", pa.compress(content, "zstd", asbytes=True))

    def editions(self, table: str, quarter: Quarter) -> list[Edition]:
        """The editions of a table's quarter, the first one first."""
        return [_edition(path) for path in sorted(self._editions(table, quarter).glob("*.json.zst"))]

    def _path(self, version: str) -> Path:
        return self.folder / "content" / f"{version}.zst"

    def _delivery(self, extract: str, quarter: Quarter, version: str) -> Path:
        return self.folder / "deliveries" / quarter.key / extract / f"{version}.json"

    def _editions(self, table: str, quarter: Quarter) -> Path:
        return self.folder / "editions" / table / quarter.key


def _edition(path: Path) -> Edition:
    of = json.loads(_content(path))
    number = path.name.removesuffix(".json.zst")
    of["record"] = Record.from_json(of["record"])
    of["made_from"] = {name: Record.from_json(record) for name, record in of["made_from"].items()}
    return Edition(number=int(number), figures=path.with_name(f"{number}.parquet"), **of)


def figures_in(file: Path) -> pd.DataFrame:
    """The figures in a file of an edition, or of a lake, alike from both: dates as dates, a blank as NaN."""
    figures: pd.DataFrame = pq.read_table(file, partitioning=None).to_pandas(date_as_object=False)
    return figures


def sources(record: Record, made_from: Mapping[str, Record]) -> tuple[dict[str, object], dict[str, object]]:
    """Of what a table comes from, however indirectly: deliveries by table and quarter, and settings by name."""
    deliveries: dict[str, object] = {}
    settings: dict[str, object] = dict(record.origin.settings)
    for name, of in made_from.items():
        if of.origin.delivery:
            said = {setting: value for setting, value in of.origin.settings.items() if setting != "required"}
            deliveries[name.rpartition("@")[0]] = (of.origin.delivery, said)
        elif "required" not in of.origin.settings:
            settings |= of.origin.settings
    return deliveries, settings


def _stands(edition: Edition, table: Table, figures: pa.Table, record: Record, made_from: Mapping[str, Record]) -> bool:
    """Whether an edition holds these figures, of the same deliveries and settings.

    A setting that only one of them was made with came or went with a definition.
    """
    deliveries, settings = sources(record, made_from)
    kept_deliveries, kept_settings = sources(edition.record, edition.made_from)
    if deliveries != kept_deliveries or any(
        settings[name] != kept_settings[name] for name in settings.keys() & kept_settings
    ):
        return False
    before, now = figures_in(edition.figures), figures.to_pandas(date_as_object=False)
    return {*before} == {*now} and not any(True for _ in changed_figures(table, before, now))


def changed_figures(
    table: Table, before: pd.DataFrame, now: pd.DataFrame
) -> Iterator[tuple[dict[str, object], str, str]]:
    """The figures that are not alike before and now: key, and what they were and are, in words.

    Numbers are alike to nine digits: how a sum is rounded at its sixteenth depends on the order of its parts and on the
    libraries, and is no change to anybody. A column that only one of them has is not compared.
    """
    key = [name for name in table.key if name != "quarter"]
    rows: list[dict[tuple[Any, ...], Any]] = [
        {tuple(row[name] for name in key): row for row in frame.to_dict("records")} for frame in (before, now)
    ]
    for figure in sorted({**rows[0], **rows[1]}):
        was, became = rows[0].get(figure), rows[1].get(figure)
        if not _alike(was, became):
            yield dict(zip(key, figure, strict=True)), _words(was), _words(became)


def _alike(was: dict[str, Any] | None, became: dict[str, Any] | None) -> bool:
    if was is None or became is None:
        return False
    return all(_same(was[name], became[name]) for name in was.keys() & became)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one is other or one == other


def _words(row: dict[str, Any] | None) -> str:
    """A figure as people read it, with its parts and its status where that is not final."""
    if row is None:
        return "no figure"
    if "before" in row:
        numbers = " -> ".join("blank" if pd.isna(row[name]) else f"{row[name]:g}" for name in ("before", "after"))
        return f"{numbers} ({row['people']} people)"
    value = "blank" if pd.isna(row["value"]) else f"{row['value']:g}"
    parts = "" if pd.isna(row["denominator"]) else f" ({row['numerator']:g}/{row['denominator']:g})"
    return value + parts + ("" if row["status"] == "final" else f" {row['status']}")


def made_from_now(look: Look, record: Record, known: Mapping[str, Record]) -> dict[str, Record]:
    """The records of all that a record's table comes from.

    A table that was made again since it was read stands in the lake under another version: what is `known` of the
    version that was read is taken then.
    """
    made_from: dict[str, Record] = {}
    ahead = list(record.origin.inputs.items())
    while ahead:
        name, version = ahead.pop()
        versioned = f"{name}@{version}"
        if not version or versioned in made_from:
            continue
        place = Place.parse(name)
        now = look.record(place.table, place.quarter)
        read = now if now and now.data_version == version else known.get(versioned)
        if read is not None:
            made_from[versioned] = read
            ahead += read.origin.inputs.items()
    return made_from


def _content(path: Path) -> bytes:
    with pa.input_stream(str(path), compression="zstd") as stream:
        content: bytes = stream.read()
    return content
