"""Reads a file of a source into cells, whatever kind of table it is. Judges no value."""

from __future__ import annotations

from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.csv_cells import csv_cells
from fs_pipeline.extracts.cells.deliveries import ENDINGS, Delivery
from fs_pipeline.extracts.cells.landing import SourceError, SourceFile
from fs_pipeline.extracts.cells.parquet_cells import parquet_cells
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.cells.xlsx_cells import xlsx_cells


def cells_of(file: SourceFile, sheet: str) -> Cells:
    """The cells of a file; of a workbook with several sheets, those of `sheet`.

    Raises:
        SourceError: it is no table, or cannot be opened.
    """
    ending = file.path.suffix.lower()
    if ending not in ENDINGS:
        raise SourceError(f"{file.name} is none of {', '.join(ENDINGS)}: name the files more closely (*.csv)")
    try:
        delivery = Delivery(file.path, file.path.read_bytes(), "", file.name)
        if ending == ".csv":
            return csv_cells(delivery)
        return xlsx_cells(delivery, sheet) if ending == ".xlsx" else parquet_cells(delivery)
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): close it, give read access") from None
    except ExtractRefused as refusal:
        raise SourceError(str(refusal)) from None
