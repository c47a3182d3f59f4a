"""Reads a file into cells, whatever kind of table it is. Judges no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.csv_cells import csv_cells
from fs_pipeline.extracts.cells.deliveries import ENDINGS, Delivery
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.cells.parquet_cells import parquet_cells
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.cells.xlsx_cells import xlsx_cells


def cells_of_delivery(delivery: Delivery, sheet: str) -> Cells:
    """The cells of a delivery; of a workbook with several sheets, those of `sheet`.

    Raises:
        ExtractRefused: the file is damaged, or no table.
    """
    ending = delivery.path.suffix.lower()
    if delivery.report:
        cells = csv_cells(delivery)
        return replace(cells, letters=("",) * len(cells.letters), places=delivery.report.places)
    if ending == ".csv":
        return csv_cells(delivery)
    return xlsx_cells(delivery, sheet) if ending == ".xlsx" else parquet_cells(delivery)


def cells_of(file: SourceFile, sheet: str) -> Cells:
    """The cells of a source's file; of a workbook with several sheets, those of `sheet`.

    Raises:
        SourceError: it is no table, or cannot be opened.
    """
    if file.path.suffix.lower() not in ENDINGS:
        raise SourceError(f"{file.name} is none of {', '.join(ENDINGS)}: name the files more closely (*.csv)")
    return _read(file, lambda delivery: cells_of_delivery(delivery, sheet))


def csv_cells_of(file: SourceFile) -> Cells:
    """The cells of a source's CSV file, whatever its name.

    Raises:
        SourceError: it is no CSV file, or cannot be opened.
    """
    return _read(file, csv_cells)


def _read(file: SourceFile, read: Callable[[Delivery], Cells]) -> Cells:
    try:
        return read(Delivery(file.path, file.path.read_bytes(), "", file.name))
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): close it, give read access") from None
    except ExtractRefused as refusal:
        raise SourceError(str(refusal)) from None
