"""Reads a Parquet file into cells, typed as they are. Judges no value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.extracts.cells.cells import Cells, heading, refuse_too_many_columns, row_numbers
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.refusals import ExtractRefused

MOST_CELLS, MOST_TIMES_LARGER = 20_000_000, 200
"""A file of more cells that says they fill so many times its size is not read: a few bytes can say a million rows."""


def parquet_cells(delivery: Delivery) -> Cells:
    """The cells of a Parquet file. Rows are numbered as if its names were a header in row 1.

    Raises:
        ExtractRefused: it is no Parquet file, a damaged one, or one that is far larger than it looks.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(delivery.content), page_checksum_verification=True)
        _refuse_bombs(delivery, file.metadata)
        table = file.read()
        table.validate(full=True)  # text that is no UTF-8, positions outside their dictionary
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise ExtractRefused(
            f"{delivery.file} is no Parquet file, or a damaged one: write it again, or deliver .csv"
        ) from fault
    return Cells(
        file=delivery.file,
        headings=tuple(heading(name) for name in table.column_names),
        letters=("",) * table.num_columns,
        columns=tuple(_without_views(column) for column in table.columns),
        numbers=row_numbers(2, table.num_rows),
    )


def _refuse_bombs(delivery: Delivery, about: pq.FileMetaData) -> None:
    refuse_too_many_columns(delivery.file, about.num_columns)
    cells = about.num_rows * about.num_columns
    groups = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    bytes_read = max(cells * 8, groups)
    if cells * 8 > MOST_CELLS and bytes_read > MOST_TIMES_LARGER * len(delivery.content):
        raise ExtractRefused(
            f"{delivery.file} says that it holds {about.num_rows:,} rows, too many for its size: write it again with "
            "the table alone, or deliver .csv"
        )


def _without_views(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows cannot be picked out of Arrow's views: the same cells as plain text or bytes."""
    if pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column.cast(pa.binary()) if pa.types.is_binary_view(column.type) else column
