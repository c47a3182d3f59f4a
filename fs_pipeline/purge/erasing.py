"""Takes the rows of people out of a table as it was delivered, and leaves the other rows as they are.

Knows files, not stores: where delivered files lie, and what else must go, is decided above.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from fs_pipeline.arithmetic.columns import Flags
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.cells.texts import as_text
from fs_pipeline.extracts.cells.xlsx_cells import Worksheets, as_words, worksheets

_SHORT = 6
_DAMAGED = (ExtractRefused, pa.ArrowException, csv.Error, OSError, ValueError)

csv.field_size_limit(2**31 - 1)

Table = tuple[list[str], Iterator[list[str]]]
"""The headings of a table, in small letters, and its rows."""


class CannotBeRead(Exception):
    """A file that is no table; whether it holds somebody cannot be told from its rows."""


@dataclass(frozen=True)
class Sought:
    """Whose rows are to go.

    Attributes:
        people: their person identifiers.
        pupils: their UPNs, of those that nobody else has.
        families: families in which there is nobody else.
    """

    people: frozenset[str]
    pupils: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()

    def under(self, heading: str) -> frozenset[str]:
        """What is sought in a column of this name; nothing in columns that hold no such identifiers."""
        return {
            "person_id": self.people,
            "upn": self.pupils,
            "family_id": self.families,
            "family_key": self.families,
        }.get(heading, frozenset())

    @cached_property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.people | self.pupils | self.families

    @cached_property
    def telling(self) -> str:
        """A pattern of those that are no everyday number, wherever they stand; blank when there are none."""
        telling = sorted(each for each in self.every if not each.isdigit() or len(each) >= _SHORT)
        return rf"\b(?:{'|'.join(map(re.escape, telling))})\b" if telling else ""

    def left_of(self, headings: Sequence[str], cells: list[str]) -> list[str] | None:
        """What may stay of a row: None when it is theirs; elsewhere their identifiers are blanked.

        In a row that does not fit the header any cell may be an identifier.
        """
        if len(cells) == len(headings):
            theirs = any(cell.strip() in self.under(name) for name, cell in zip(headings, cells, strict=True))
        else:
            theirs = any(cell.strip() in self.every for cell in cells)
        if theirs:
            return None
        return [re.sub(self.telling, "", cell) for cell in cells] if self.telling else cells


@dataclass(frozen=True)
class Erased:
    """A table without somebody's rows: its bytes, and how many rows went or had an identifier blanked."""

    content: bytes
    rows: int


def tables(content: bytes, ending: str) -> list[Table]:
    """The tables of a file: of a workbook, each worksheet's.

    Raises:
        CannotBeRead: it is damaged, locked, or of another kind.
    """
    try:
        if ending == ".csv":
            rows = (row for row, _ in _csv_rows(content))
            return [_table(rows)]
        if ending == ".xlsx":
            return [_table(iter([as_words(row) for row in rows])) for rows in worksheets("", content).rows.values()]
        table = pq.read_table(io.BytesIO(content))
        columns = [as_text(column).to_pylist() for column in table.columns]
        return [(_headings(table.column_names), ([cell or "" for cell in row] for row in zip(*columns, strict=True)))]
    except _DAMAGED as fault:
        raise CannotBeRead from fault


def erased(content: bytes, ending: str, sought: Sought) -> Erased:
    """The file without their rows; the same bytes when it has none.

    Other rows of a CSV keep their bytes. A workbook is written anew with its cells' values alone: whatever else it
    held (copies of cells in pivot tables, comments, earlier strings) may be about them.

    Raises:
        CannotBeRead: it is damaged, locked, or of another kind.
    """
    try:
        if ending == ".csv":
            return _from_csv(content, sought)
        return _from_workbook(content, sought) if ending == ".xlsx" else _from_parquet(content, sought)
    except _DAMAGED as fault:
        raise CannotBeRead from fault


def _table(rows: Iterator[list[str]]) -> Table:
    header = next((row for row in rows if any(map(str.strip, row))), [])
    return _headings(header), rows


def _headings(header: Sequence[str]) -> list[str]:
    return [text.strip().strip("\ufeff").strip().lower() for text in header]


def _csv_rows(content: bytes) -> Iterator[tuple[list[str], bytes]]:
    """Each row, and its bytes with its line end."""
    if b"\0" in content:
        raise ValueError("UTF-16, or no text")
    lines = content.splitlines(keepends=True)
    reader = csv.reader(line.decode("utf-8", errors="surrogateescape") for line in lines)
    start = 0
    for row in reader:
        yield row, b"".join(lines[start : reader.line_num])
        start = reader.line_num


def _from_csv(content: bytes, sought: Sought) -> Erased:
    headings: list[str] = []
    kept: list[bytes] = []
    gone = 0
    for row, raw in _csv_rows(content):
        if not any(headings):
            headings = _headings(row)
            kept.append(raw)
            continue
        left = sought.left_of(headings, row)
        if left == row:
            kept.append(raw)
            continue
        gone += 1
        if left is not None:
            text = io.StringIO()
            csv.writer(text, lineterminator="").writerow(left)
            end = raw[len(raw.rstrip(b"\r\n")) :]
            kept.append(text.getvalue().encode("utf-8", errors="surrogateescape") + end)
    return Erased(b"".join(kept) if gone else content, gone)


def _from_workbook(content: bytes, sought: Sought) -> Erased:
    sheets = worksheets("", content)
    gone = 0
    left: dict[str, list[list[object]]] = {}
    for name, rows in sheets.rows.items():
        headings: list[str] = []
        left[name] = []
        for cells in rows:
            words = as_words(cells)
            if not any(headings):
                headings = _headings(words)
                left[name].append(cells)
                continue
            stays = sought.left_of(headings, words)
            gone += stays != words
            if stays is not None:
                blanked = zip(cells, words, stays, strict=True)
                left[name].append([cell if was == now else now for cell, was, now in blanked])
    return Erased(_workbook(left, sheets) if gone else content, gone)


def _workbook(left: dict[str, list[list[object]]], sheets: Worksheets) -> bytes:
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(content, options) as book:
        day, moment = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss"))
        for name, value in sheets.properties.items():
            book.set_custom_property(name, value, "text")
        for title, rows in left.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:
                            sheet.write_string(number, place, cell)
                    elif isinstance(cell, bool):
                        sheet.write_boolean(number, place, cell)
                    elif isinstance(cell, int | float):
                        sheet.write_number(number, place, cell)
                    else:  # days, moments, times of day
                        sheet.write_datetime(number, place, cell, moment if hasattr(cell, "hour") else day)
    return content.getvalue()


def _from_parquet(content: bytes, sought: Sought) -> Erased:
    table = pq.read_table(io.BytesIO(content))
    theirs = np.zeros(len(table), dtype=np.bool_)
    texts = [as_text(column).to_pylist() for column in table.columns]
    for name, cells in zip(_headings(table.column_names), texts, strict=True):
        if wanted := sought.under(name):
            theirs |= _flags((cell or "").strip() in wanted for cell in cells)
    touched = theirs.copy()
    for place, cells in enumerate(texts if sought.telling else []):
        named = _flags(bool(cell) and re.search(sought.telling, cell) is not None for cell in cells)
        if (named & ~theirs).any():
            blanked = [re.sub(sought.telling, "", cell) if cell else cell for cell in cells]
            table = table.set_column(place, table.column_names[place], pa.array(blanked, pa.string()))
        touched |= named
    if not touched.any():
        return Erased(content, 0)
    written = io.BytesIO()
    pq.write_table(table.filter(pa.array(~theirs)), written, compression="zstd")
    return Erased(written.getvalue(), int(touched.sum()))


def _flags(answers: Iterator[bool]) -> Flags:
    flags: Flags = np.fromiter(answers, dtype=np.bool_)
    return flags
