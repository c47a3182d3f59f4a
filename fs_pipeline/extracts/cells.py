"""The cells of a delivered table as delivered, and where each stands. Says nothing of what they should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fs_pipeline.arithmetic.columns import Positions


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
    """

    file: str
    headings: tuple[str, ...]
    letters: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    numbers: Positions
    header_number: int = 1
    ragged: tuple[RaggedRow, ...] = ()

    def address(self, position: int, name: str) -> str:
        """A column's address: `F start_date`, or the name alone where there are no letters."""
        return f"{self.letters[position]} {name}".strip()


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
