"""Finds the file that a supplier delivered for a quarter, and takes its bytes, once. Does not look into them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.link_quality import LinkQuality
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.toolkit.extracts import Extract

ENDINGS = (".csv", ".parquet", ".xlsx")
_OTHER_TABLES = (".xls", ".xlsm", ".xlsb", ".ods", ".tsv")


@dataclass(frozen=True, eq=False)
class Places:
    """Where rows that were read from a source came from.

    Attributes:
        files: the file or table of each row.
        rows: its number in it, or its key in the table; as text.
        numbered: they are numbers. Keys are never told in a message.
    """

    files: np.ndarray
    rows: np.ndarray
    numbered: bool

    def at(self, rows: Flags | Positions) -> Places:
        """The places of these rows."""
        return Places(self.files[rows], self.rows[rows], self.numbered)


@dataclass(frozen=True, eq=False)
class SourceReport:
    """What came with the rows of a delivery that was read from a source, not delivered as such.

    Attributes:
        places: where each row came from.
        rejected: rows that the reader could not use: file, row, column, rule, reason.
        findings: rows that look wrong to it: file, row, column, rule, message.
        ignored: what was left aside on purpose, with its count.
        unmapped: codes without a mapping, with their counts, by column.
        read_at: when it was read.
        links: how well all people of its source were linked to ours, when they were linked by names.
    """

    places: Places
    rejected: pd.DataFrame
    findings: pd.DataFrame
    ignored: Mapping[str, int]
    unmapped: Mapping[str, Mapping[str, int]]
    read_at: datetime
    links: LinkQuality | None = None

    @property
    def version(self) -> str:
        """A hash of what the reader says of the rows: the rows may be the same and this another."""
        if self.rejected.empty and self.findings.empty:
            return ""
        lines = [frame.to_csv(index=False, lineterminator="\n") for frame in (self.rejected, self.findings)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Delivery:
    """A delivered file, or what was read from a source for the quarter, written as one.

    Attributes:
        path: where it lies.
        content: its bytes, read once: what is hashed is what is parsed, even when the file is replaced meanwhile.
        version: SHA-256 of the bytes, in hex.
        file: how people are told of it: `extracts/2017-10-01/people.csv`.
        report: what came with its rows, when they were read from a source.
    """

    path: Path
    content: bytes = field(repr=False)
    version: str
    file: str
    report: SourceReport | None = field(default=None, repr=False, compare=False)


def find_delivery(extracts_folder: Path, quarter: Quarter | None, extract: Extract) -> Delivery | None:
    """The file delivered for the quarter, `<quarter>/<extract>.csv`, `.parquet` or `.xlsx`; None without one.

    Without a quarter, the file of all quarters, which lies in the extracts folder itself.

    Capitals do not matter. Excel's lock files (`~$people.xlsx`) and files whose name begins with a dot are no
    deliveries.

    Raises:
        ExtractRefused: there are two, the only one is of another kind (`people.xls`), or it cannot be opened.
    """
    folder = extracts_folder / quarter.key if quarter else extracts_folder
    place = f"{extracts_folder.name}/{quarter.key}" if quarter else extracts_folder.name
    try:
        files = sorted(path for path in folder.iterdir() if not path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise ExtractRefused(f"{place} cannot be opened ({fault.strerror}): give read access") from fault
    named = [path for path in files if path.stem.lower() == extract.extract]
    tables = [path for path in named if path.suffix.lower() in ENDINGS]
    if len(tables) > 1:
        names = " and ".join(path.name for path in tables)
        raise ExtractRefused(f"{place} holds {names}: keep one of them, the one to be read, and remove the rest")
    if not tables:
        others = [path.name for path in named if path.suffix.lower() in _OTHER_TABLES]
        if others:
            raise ExtractRefused(f"{place}/{others[0]}: save it as .csv, .parquet or .xlsx and remove this one")
        return None
    try:
        content = tables[0].read_bytes()
    except OSError as fault:
        raise ExtractRefused(
            f"{place}/{tables[0].name} cannot be opened ({fault.strerror}): give read access, or deliver it again"
        ) from fault
    return Delivery(tables[0], content, hashlib.sha256(content).hexdigest(), f"{place}/{tables[0].name}")
