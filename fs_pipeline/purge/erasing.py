"""Takes the rows of people out of a file as it was delivered, or out of the warehouse; other rows stay as they are.

Where delivered files lie, and what else must go, is decided above.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.exc import SQLAlchemyError

from fs_pipeline.exports.warehouse import WarehouseError, engine_of
from fs_pipeline.exports.warehouse_tables import METADATA, TABLES, table_name
from fs_pipeline.extracts.cells.cells import ExtractRefused, as_text, text_of
from fs_pipeline.extracts.cells.xlsx_cells import worksheets

_SHORT = 6
_DAMAGED = (ExtractRefused, pa.ArrowException, csv.Error, OSError, ValueError)
_OURS = (*map(table_name, TABLES), "audit")

csv.field_size_limit(2**31 - 1)

_Left: TypeAlias = dict[str, list[Any]]
_Row: TypeAlias = tuple[list[str], Any]
"""A row as words, and as it stands in its file: the bytes of a line, or the cells of a worksheet or a Parquet file."""


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

    @cached_property
    def under(self) -> Mapping[str, frozenset[str]]:
        """What is sought in each column that holds such identifiers, by its name."""
        names = ("person_id", "upn", "family_id", "family_key")
        return dict(zip(names, (self.people, self.pupils, self.families, self.families), strict=True))

    @cached_property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.people | self.pupils | self.families

    @cached_property
    def searchable(self) -> list[str]:
        """Those that are no everyday number."""
        return sorted(each for each in self.every if not each.isdigit() or len(each) >= _SHORT)

    @cached_property
    def telling(self) -> str:
        """A pattern of those that are no everyday number, wherever they stand; blank when there are none."""
        return rf"\b(?:{'|'.join(map(re.escape, self.searchable))})\b" if self.searchable else ""

    def left_of(self, headings: Sequence[str], cells: list[str]) -> list[str] | None:
        """What may stay of a row: None when it is theirs; elsewhere their identifiers are blanked.

        In a row that does not fit the header any cell may be an identifier.
        """
        said = [cell.strip().removeprefix("'") for cell in cells]  # as rejected/ has what looks like a formula
        if len(cells) == len(headings):
            theirs = any(cell in self.under.get(name, ()) for name, cell in zip(headings, said, strict=True))
        else:
            theirs = any(cell in self.every for cell in said)
        if theirs:
            return None
        return [re.sub(self.telling, "", cell) for cell in cells] if self.telling else cells


def tables(content: bytes, ending: str) -> list[tuple[list[str], list[list[str]]]]:
    """The tables of a file, of a workbook each worksheet's: their headings in small letters, and their rows.

    Raises:
        CannotBeRead: it is damaged, locked, or of another kind.
    """
    try:
        split = [(*_headings_and_first(rows), rows) for rows in _opened(content, ending)[0].values()]
    except _DAMAGED as fault:
        raise CannotBeRead from fault
    return [(headings, [words for words, _ in rows[first:]]) for headings, first, rows in split]


def without_rows(content: bytes, ending: str, sought: Sought) -> tuple[bytes, int]:
    """The file without their rows, and how many went or had an identifier blanked; the same bytes when it has none.

    Other rows of a CSV keep their bytes. A workbook is written anew with its cells' values alone: whatever else it
    held (copies of cells in pivot tables, comments, earlier strings) may be about them.

    Raises:
        CannotBeRead: it is damaged, locked, or of another kind.
    """
    gone = 0
    left: _Left = {}
    try:
        sheets, write = _opened(content, ending)
        for title, rows in sheets.items():
            headings, first = _headings_and_first(rows)
            left[title] = [row for _, row in rows[:first]]
            for words, row in rows[first:]:
                stays = sought.left_of(headings, words)
                gone += stays != words
                if stays is not None:
                    left[title].append(row if stays == words else _blanked(row, words, stays))
        return write(left) if gone else content, gone
    except _DAMAGED as fault:
        raise CannotBeRead from fault


def _opened(content: bytes, ending: str) -> tuple[dict[str, list[_Row]], Callable[[_Left], bytes]]:
    """The rows of a file, of a workbook by worksheet, and what writes it with those that are left of them.

    A row of a Parquet file ends with its number.
    """
    if ending == ".csv":
        return {"": list(_csv_rows(content))}, lambda left: b"".join(left[""])
    if ending == ".xlsx":
        sheets, properties = worksheets("", content)
        texts = {name: [([*map(text_of, row)], row) for row in rows] for name, rows in sheets.items()}
        return texts, lambda left: _workbook(left, properties)
    table = pq.read_table(io.BytesIO(content))
    rows = zip(*(as_text(column).to_pylist() for column in table.columns), range(len(table)), strict=True)
    numbered = [(table.column_names, None), *(([cell or "" for cell in row[:-1]], [*row]) for row in rows)]
    return {"": numbered}, lambda left: _parquet(left[""][1:], table)


def _headings_and_first(rows: Sequence[_Row]) -> tuple[list[str], int]:
    """The headings, in small letters, of the first row that has any; and the number of the row after it."""
    for first, (words, _) in enumerate(rows, start=1):
        headings = [text.strip().strip("\ufeff").strip().lower() for text in words]
        if any(headings):
            return headings, first
    return [], len(rows)


def _csv_rows(content: bytes) -> Iterator[_Row]:
    """Each row, and its bytes with its line end."""
    if b"\0" in content:
        raise ValueError("UTF-16, or no text")
    lines = content.splitlines(keepends=True)
    reader = csv.reader(line.decode("utf-8", errors="surrogateescape") for line in lines)
    start = 0
    for row in reader:
        yield row, b"".join(lines[start : reader.line_num])
        start = reader.line_num


def _blanked(row: bytes | list[object], words: list[str], stays: list[str]) -> bytes | list[object]:
    """The row of a file with the words that stay; cells whose words do are as they were."""
    if isinstance(row, bytes):
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(stays)
        return text.getvalue().encode("utf-8", errors="surrogateescape") + row[len(row.rstrip(b"\r\n")) :]
    cells = (cell if was == now else now for cell, was, now in zip(row, words, stays, strict=False))
    return [*cells, *row[len(words) :]]


def _workbook(left: _Left, properties: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    as_text = {"strings_to_formulas": False, "strings_to_urls": False}
    options = {"in_memory": True, "nan_inf_to_errors": True, "default_date_format": "dd/mm/yyyy", **as_text}
    with xlsxwriter.Workbook(content, options) as book:
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for name, value in properties.items():
            book.set_custom_property(name, value, "text")
        for title, rows in left.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell, moment if hasattr(cell, "hour") else None)
    return content.getvalue()


def _parquet(left: list[list[Any]], table: pa.Table) -> bytes:
    """The rows with these numbers; a column in which a cell was blanked is one of text from now on."""
    table = table.take(pa.array([row[-1] for row in left], pa.int64()))
    for place, name in enumerate(table.column_names):
        cells = [row[place] for row in left]
        if cells != as_text(table.column(place)).to_pylist():
            table = table.set_column(place, name, pa.array(cells, pa.string()))
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def erase_from_warehouse(url: str, sought: Sought | None = None) -> int:
    """Deletes the rows of these people from our tables, or every row, and the audit of the loads; returns how many.

    Then has the database write its files anew: deleted rows stand in free pages until then.

    Raises:
        WarehouseError: nothing was deleted; says why.
    """
    ours = [METADATA.tables[name] for name in _OURS]
    if sought:
        wanted = [(column, sorted(sought.under.get(column.name, ()))) for table in ours for column in table.c]
        deletions = [sa.delete(column.table).where(column.in_(names)) for column, names in wanted if names]
    else:
        deletions = [sa.delete(table) for table in ours]
    engine = engine_of(url)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and not Path(engine.url.database or "").exists():
        return 0
    try:
        with engine.connect() as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            there = set(sa.inspect(connection).get_table_names())
            rows = sum(connection.execute(each).rowcount for each in deletions if each.table.description in there)
            connection.commit()
        with closing(engine.raw_connection()) as raw:  # no transaction may be under way
            driver: Any = raw.driver_connection
            if not sqlite:
                driver.autocommit = True
            for command in ["VACUUM"] if sqlite else [f"VACUUM (FULL) {name}" for name in _OURS if name in there]:
                driver.execute(command)
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as fault:  # its text may hold values
        raise WarehouseError(
            f"the warehouse could not be purged ({type(fault).__name__}): see that it is there, that it may be written "
            "to, and that no other program holds it; then purge again"
        ) from None
    return rows
