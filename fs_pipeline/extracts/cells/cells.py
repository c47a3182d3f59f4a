"""The cells of a delivered table as delivered, and where each stands. Says nothing of what they should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.cells.deliveries import Places
from fs_pipeline.extracts.cells.refusals import ExtractRefused, rows_named

MOST_COLUMNS = 1_000
"""A table with more is no extract: it was damaged, or it is a trap."""


@dataclass(frozen=True)
class RaggedRow:
    """A row with more or fewer cells than the header."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """A delivered table.

    Attributes:
        file: its name for people.
        headings: the header's cells, without blanks around them; "" for a blank one.
        letters: each column's letter as a spreadsheet shows it; "" where the format has none.
        columns: each column's cells: text, or typed where the format is.
        numbers: each row's number as a spreadsheet shows it; blank lines count.
        header_number: the header's own row number.
        ragged: the rows that do not fit the header; they are not in `columns`.
        places: where the rows came from when they were read from a source; the numbers are then of no use to people.
        ends_in_line: the last line of a text file has no line end, though the others have: it may have been cut off.
    """

    file: str
    headings: tuple[str, ...]
    letters: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    numbers: Positions
    header_number: int = 1
    ragged: tuple[RaggedRow, ...] = ()
    ends_in_line: bool = False
    places: Places | None = None

    @property
    def labels(self) -> np.ndarray:
        """What people find each row by: its number, or where it stood in the source."""
        return self.numbers if self.places is None else self.places.rows

    def files(self, rows: Positions) -> list[str]:
        """The files of these rows."""
        return [self.file] * len(rows) if self.places is None else self.places.files[rows].tolist()

    def named(self, rows: Flags | Positions) -> str:
        """These rows, for a message: by their numbers; of a table of a database, whose rows have keys, how many."""
        if self.places is None:
            return rows_named(self.numbers[rows])
        files, numbers = self.places.files[rows], self.places.rows[rows]
        if not self.places.numbered:
            return f"{len(files):,} rows"
        return " and ".join(
            f"{rows_named(np.sort(numbers[files == file].astype(np.int64)))} of {file}" for file in sorted(set(files))
        )

    def address(self, position: int, name: str) -> str:
        """A column's address: `F start_date`, or the name alone where there are no letters."""
        return f"{self.letters[position]} {name}".strip()


def cells_of_table(name: str, table: pa.Table) -> Cells:
    """The cells of a query's result, its rows numbered as they came."""
    letters = ("",) * table.num_columns
    return Cells(name, tuple(table.column_names), letters, tuple(table.columns), row_numbers(1, table.num_rows))


def refuse_too_many_columns(file: str, columns: int) -> None:
    """Refuses a table of so many columns that it can be no extract, before its rows are read."""
    if columns > MOST_COLUMNS:
        raise ExtractRefused(
            f"{file} has {columns:,} columns in its header, more than {MOST_COLUMNS:,}: deliver the table alone"
        )


def column_letter(position: int) -> str:
    """The letter of a spreadsheet's column: A for 0, Z for 25, AA for 26."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def row_numbers(first: int, rows: int) -> Positions:
    """The numbers of so many rows, the first as given."""
    return np.arange(first, first + rows, dtype=np.int64)


def heading(text: str) -> str:
    """A header's cell without blanks and byte order marks around it."""
    return text.strip().strip("\ufeff").strip()
