"""Finds the file that a supplier delivered for a quarter, takes its bytes once, and reads them into cells.

So are the files of sources read. No value is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import (
    Cells,
    ExtractRefused,
    Places,
    heading,
    refuse_too_many_columns,
    row_numbers,
)
from fs_pipeline.extracts.cells.csv_cells import csv_cells
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile, SourceReport
from fs_pipeline.extracts.cells.xlsx_cells import xlsx_cells
from fs_pipeline.toolkit.extracts import Extract

ENDINGS = (".csv", ".parquet", ".xlsx")
_OTHER_TABLES = (".xls", ".xlsm", ".xlsb", ".ods", ".tsv")
SURELY_NO_BOMB, MOST_TIMES_LARGER = 20_000_000, 200
"""A file that says it holds more bytes, and so many times its size, is not read: a few bytes can say a million rows."""


@dataclass(frozen=True)
class Delivery:
    """A delivered file, or what was read from a source for the quarter, written as one.

    Attributes:
        path: where it lies.
        content: its bytes, read once: what is hashed is what is parsed, even when the file is replaced meanwhile.
        file: how people are told of it: `extracts/2017-10-01/people.csv`.
        report: what was said of its rows, when they were read from a source.
        read_at: when that was.
        places: where each row came from then.
    """

    path: Path
    content: bytes = field(repr=False)
    file: str
    report: SourceReport | None = field(default=None, repr=False, compare=False)
    read_at: datetime | None = None
    places: Places | None = field(default=None, repr=False, compare=False)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def report_versions(self) -> dict[str, str]:
        """What of a source's report makes an extract another one, though its rows are the same."""
        return self.report.versions if self.report else {}


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
        raise ExtractRefused(f"{place} cannot be opened ({fault.strerror}): give read access") from None
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
        ) from None
    return Delivery(tables[0], content, f"{place}/{tables[0].name}")


def cells_of_delivery(delivery: Delivery, sheet: str) -> Cells:
    """The cells of a delivery; of a workbook with several sheets, those of `sheet`.

    Raises:
        ExtractRefused: the file is damaged, or no table.
    """
    ending = delivery.path.suffix.lower()
    if ending == ".xlsx":
        return xlsx_cells(delivery.file, delivery.content, sheet)
    if ending == ".parquet":
        return _parquet_cells(delivery.file, delivery.content)
    cells = csv_cells(delivery.file, delivery.content)
    if delivery.places:
        return replace(cells, letters=("",) * len(cells.letters), places=delivery.places)
    return cells


def cells_of(file: SourceFile, sheet: str) -> Cells:
    """The cells of a source's file; of a workbook with several sheets, those of `sheet`.

    Raises:
        SourceError: it is no table, or cannot be opened.
    """
    if file.path.suffix.lower() not in ENDINGS:
        raise SourceError(f"{file.name} is none of {', '.join(ENDINGS)}: name the files more closely (*.csv)")
    return _read(file, lambda content: cells_of_delivery(Delivery(file.path, content, file.name), sheet))


def csv_cells_of(file: SourceFile) -> Cells:
    """The cells of a source's CSV file, whatever its name.

    Raises:
        SourceError: it is no CSV file, or cannot be opened.
    """
    return _read(file, lambda content: csv_cells(file.name, content))


def _read(file: SourceFile, read: Callable[[bytes], Cells]) -> Cells:
    try:
        return read(file.path.read_bytes())
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): close it, give read access") from None
    except ExtractRefused as refusal:
        raise SourceError(str(refusal)) from None


def _parquet_cells(file: str, content: bytes) -> Cells:
    """The cells of a Parquet file, typed as they are. Rows are numbered as if its names were a header in row 1."""
    try:
        parquet = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        _refuse_bombs(file, len(content), parquet.metadata)
        table = parquet.read()
        table.validate(full=True)  # text that is no UTF-8, positions outside their dictionary
    except (pa.ArrowException, OSError, ValueError):
        raise ExtractRefused(f"{file} is no Parquet file, or a damaged one: write it again, or deliver .csv") from None
    return Cells(
        file=file,
        headings=tuple(heading(name) for name in table.column_names),
        letters=("",) * table.num_columns,
        columns=tuple(_without_views(column) for column in table.columns),
        numbers=row_numbers(2, table.num_rows),
    )


def _refuse_bombs(file: str, size: int, about: pq.FileMetaData) -> None:
    refuse_too_many_columns(file, about.num_columns)
    bytes_of_cells = about.num_rows * about.num_columns * 8
    groups = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    if bytes_of_cells > SURELY_NO_BOMB and max(bytes_of_cells, groups) > MOST_TIMES_LARGER * size:
        raise ExtractRefused(
            f"{file} says that it holds {about.num_rows:,} rows, too many for its size: write it again with "
            "the table alone, or deliver .csv"
        )


def _without_views(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows cannot be picked out of Arrow's views: the same cells as plain text or bytes."""
    if pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column.cast(pa.binary()) if pa.types.is_binary_view(column.type) else column
