"""A delivered CSV file as rows of cells, to be changed and put back. Knows nothing of faults."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.chance import Chance
from fs_pipeline.invented.files import replace_file

Cells = list[str]


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
