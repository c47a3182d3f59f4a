"""Reads a Parquet file into cells, typed as they are. Judges no value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.extracts.cells import Cells, heading, row_numbers
from fs_pipeline.extracts.deliveries import Delivery
from fs_pipeline.extracts.refusals import ExtractRefused


def parquet_cells(delivery: Delivery) -> Cells:
    """The cells of a Parquet file. Rows are numbered as if its names were a header in row 1.

    Raises:
        ExtractRefused: it is no Parquet file, or a damaged one.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(delivery.content)).read()
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


def _without_views(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows cannot be picked out of Arrow's views: the same cells as plain text or bytes."""
    if pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column.cast(pa.binary()) if pa.types.is_binary_view(column.type) else column
