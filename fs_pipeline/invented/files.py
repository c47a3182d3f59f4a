"""Extracts as files: written as their suppliers would, and opened as rows of cells, to be changed and put back.

CSV, ISO dates, Y and N, blanks empty, UTF-8, line feeds. Knows nothing of faults.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import Chance
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

Cells = list[str]


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
    options = arrow_csv.WriteOptions(include_header=False, quoting_style=quoting)
    arrow_csv.write_csv(table, content, write_options=options)
    return content.getvalue()


def _needs_quotes(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py())


class Sheet:
    """The header and rows of an extract's file. Rows are known by themselves, as others may be put before them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.extract = path.stem
        with path.open(encoding="utf-8", newline="") as file:
            self.header, *self.rows = csv.reader(file)
        self._untouched = list(self.rows)

    @property
    def file(self) -> str:
        """How people are told of it: `extracts/2017-10-01/people.csv`."""
        return "/".join(self.path.parts[-3:])

    def cell(self, row: Cells, column: str) -> str:
        """The row's cell in a column."""
        return row[self.header.index(column)]

    def put(self, row: Cells, **cells: str) -> None:
        """Fills cells of the row by column."""
        for column, content in cells.items():
            row[self.header.index(column)] = content

    def pick(self, chance: Chance, suits: Callable[[Cells], bool] = lambda _: True) -> Cells | None:
        """One of the rows as delivered that suits, and that was not picked before; None without any."""
        suitable = [position for position, row in enumerate(self._untouched) if suits(row)]
        if not suitable:
            return None
        return self._untouched.pop(suitable[int(chance.draw.integers(len(suitable)))])

    def add(self, row: Cells, after: Cells, chance: Chance) -> Cells:
        """Puts a new row somewhere below the other one."""
        below = self._position(after) + 1
        self.rows.insert(int(chance.draw.integers(below, len(self.rows) + 1)), row)
        return row

    def number(self, row: Cells) -> int:
        """The row's number as a spreadsheet shows it: the header is row 1."""
        return self._position(row) + 2

    def text(self, *, all_quoted: bool = False) -> str:
        """The whole file; with every cell in quotes, if asked."""
        content = io.StringIO()
        quoting: Literal[0, 1] = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
        csv.writer(content, lineterminator="\n", quoting=quoting).writerows([self.header, *self.rows])
        return content.getvalue()

    def save(self) -> None:
        """Writes the file anew."""
        replace_file(self.path, self.text().encode())

    def _position(self, row: Cells) -> int:
        return next(position for position, candidate in enumerate(self.rows) if candidate is row)


class Sheets:
    """The files of a quarter, opened as they are asked for."""

    def __init__(self, extracts_folder: Path, quarter: Quarter) -> None:
        self.folder = extracts_folder / quarter.key
        self.opened: dict[str, Sheet] = {}

    def sheet(self, extract: str) -> Sheet | None:
        """The extract's sheet; None when it was not delivered."""
        path = self.folder / f"{extract}.csv"
        if extract not in self.opened:
            if not path.exists():
                return None
            self.opened[extract] = Sheet(path)
        return self.opened[extract]

    def save(self) -> None:
        """Writes every opened file anew."""
        for sheet in self.opened.values():
            sheet.save()
