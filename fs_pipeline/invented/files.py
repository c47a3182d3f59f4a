"""Writes extracts as their suppliers would: CSV, ISO dates, Y and N, blanks empty, UTF-8, line feeds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract


def write_extracts(frames: Mapping[str, pd.DataFrame], folder: Path, quarter: Quarter) -> None:
    """Writes each frame to `<folder>/<quarter>/<extract>.csv`, the same bytes for the same frame.

    A file is complete from the moment that it has its name. Extracts that are not among the frames stay as they are.
    """
    target = folder / quarter.key
    target.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        replace_file(target / f"{name}.csv", _csv(EXTRACTS[name], frame))


def replace_file(path: Path, content: bytes) -> None:
    """Writes under a temporary name beside the file, and moves it into place."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)


def _csv(extract: Extract, frame: pd.DataFrame) -> bytes:
    table = pa.Table.from_pandas(frame[extract.names], schema=extract.schema, preserve_index=False)
    columns = [pc.if_else(column, "Y", "N") if pa.types.is_boolean(column.type) else column for column in table.columns]
    table = pa.table(dict(zip(extract.names, columns, strict=True)))
    header = ",".join(extract.names) + "\n"
    content = io.BytesIO(header.encode())
    content.seek(0, io.SEEK_END)
    # "none" because Arrow's other styles put every text in quotes; it refuses texts that need them
    quoting = "needed" if any(_needs_quotes(column) for column in columns) else "none"
    options = csv.WriteOptions(include_header=False, quoting_style=quoting)
    csv.write_csv(table, content, write_options=options)
    return content.getvalue()


def _needs_quotes(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py())
