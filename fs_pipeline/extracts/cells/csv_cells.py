"""Reads a CSV file into cells, all of them text: UTF-8, commas, any line ends. Judges no value."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from xlsxwriter.utility import xl_col_to_name

from fs_pipeline.extracts.cells.cells import (
    Cells,
    ExtractRefused,
    RaggedRow,
    heading,
    refuse_too_many_columns,
    rows_named,
)

_BLOCK = 8 << 20  # bytes read at a time: no row is longer
MOST_LINE_BYTES = 1 << 20
"""A longer line is no row of an extract: line ends were lost, or a whole document stands in a cell."""
MOST_RAGGED = 100_000
"""With more rows that do not fit the header the file is refused: it is the header that is wrong."""

csv.field_size_limit(2**31 - 1)  # the module's own limit is 128 KB, its error one for which rows would be blamed
_QUOTE, _COMMA, _CR, _LF = b'",\r\n'
_REPLACED = "\ufffd"


def csv_cells(file: str, delivered: bytes) -> Cells:
    """The cells of a CSV file. Its header is the first row with anything in it.

    Raises:
        ExtractRefused: empty, not UTF-8, a quotation mark left open or rows between two stray ones, or lines so long or
            so many that do not fit the header that it is no table.
    """
    content = delivered.removeprefix(codecs.BOM_UTF8)
    _refuse_other_encodings(file, delivered, content)
    _refuse_long_lines(file, content)
    header_number, header = _header(file, content)
    refuse_too_many_columns(file, len(header))
    _refuse_open_quotes(file, content)
    _refuse_not_utf8(file, content, len(header))
    table, numbers, ragged = _parsed(file, content, len(header))
    _refuse_swallowed_rows(file, content, table, numbers, ragged)
    below = numbers > header_number
    return Cells(
        file=file,
        headings=tuple(heading(text) for text in header),
        letters=tuple(xl_col_to_name(position) for position in range(len(header))),
        columns=tuple(column.slice(int((~below).sum())) for column in table.columns),
        numbers=numbers[below],
        header_number=header_number,
        ragged=tuple(row for row in ragged if row.number > header_number),
        ends_in_line=not content.endswith((b"\n", b"\r")),
    )


def _refuse_other_encodings(file: str, delivered: bytes, content: bytes) -> None:
    if delivered.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ExtractRefused(f"{file} is UTF-16 ('Unicode Text' in Excel): save it as 'CSV UTF-8'")
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise ExtractRefused(
            f"{file} holds a NUL byte in line {line}, as UTF-16 and binary files do: save it as 'CSV UTF-8'"
        )


def _refuse_long_lines(file: str, content: bytes) -> None:
    start = 0
    while len(content) - start > MOST_LINE_BYTES:
        end = start + MOST_LINE_BYTES
        last = max(content.rfind(b"\n", start, end), content.rfind(b"\r", start, end))
        if last < 0:
            line = content.count(b"\n", 0, start) + 1
            raise ExtractRefused(
                f"{file}, line {line}, is longer than {MOST_LINE_BYTES >> 20} MB: line ends are missing, or a cell "
                "holds a whole document. Save the table alone as 'CSV UTF-8'"
            )
        start = last + 1


def _rows(content: bytes, *, strict: bool) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="replace", newline="")
    return csv.reader(text, strict=strict)


def _header(file: str, content: bytes) -> tuple[int, list[str]]:
    """The first row with anything in it, and its number."""
    try:
        for number, row in enumerate(_rows(content, strict=True), start=1):
            if any(heading(text) for text in row):
                return number, row
    except csv.Error:
        raise _open_quote(file, 1) from None
    raise ExtractRefused(f"{file} is empty: deliver it with its header, even when there are no rows")


def _refuse_open_quotes(file: str, content: bytes) -> None:
    """Refuses a quoted cell that does not end where the cell ends: it would swallow the rows after it.

    Every second quotation mark opens a quoted cell (or is the second of a doubled one), every other closes it (or
    is the first of a doubled one). Only where that does not hold, because of a quotation mark inside a bare cell
    perhaps, is every row read one by one.
    """
    if b'"' not in content:
        return
    around = np.frombuffer(b"\n" + content + b"\n", dtype=np.uint8)
    marks = np.flatnonzero(around == _QUOTE)
    borders = np.zeros(256, dtype=np.bool_)
    borders[[_QUOTE, _COMMA, _CR, _LF]] = True
    if len(marks) % 2 == 0 and borders[around[marks[::2] - 1]].all() and borders[around[marks[1::2] + 1]].all():
        return
    number = 0
    try:
        for number, _ in enumerate(_rows(content, strict=True), start=1):  # noqa: B007 - the number of the last good row
            pass
    except csv.Error:
        raise _open_quote(file, number + 1) from None


def _open_quote(file: str, number: int) -> ExtractRefused:
    return ExtractRefused(
        f'{file}, row {number}: a cell that begins with a quotation mark (") does not end with one. Close it; '
        "a quotation mark inside a quoted cell is written twice"
    )


def _refuse_swallowed_rows(
    file: str, content: bytes, table: pa.Table, numbers: np.ndarray, ragged: list[RaggedRow]
) -> None:
    """Refuses a quoted cell with whole rows in it: a stray quotation mark opened it, the next stray one closed it.

    The text between a mark and the next in the same column of a later row has as many commas as so many rows have; a
    row that does not fit the header and has line breaks in it lies between marks of different columns.
    """
    if b'"' not in content:
        return
    ends = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    if ends + (not content.endswith((b"\n", b"\r"))) <= table.num_rows + len(ragged):
        return  # a line a row
    swallowed = [row.number for row in ragged if any("\n" in cell or "\r" in cell for cell in row.cells)]
    for column in table.columns:
        breaks = pc.count_substring_regex(column, r"\r\n|\r|\n").to_numpy()
        holding = np.flatnonzero(breaks)
        commas = pc.count_substring(column.take(pa.array(holding)), ",").to_numpy()
        swallowed += numbers[holding[commas == breaks[holding] * (table.num_columns - 1)]].tolist()
    if swallowed and table.num_columns > 1:
        raise ExtractRefused(
            f"{file}, {rows_named(sorted(set(swallowed)))}: a quoted cell runs over the end of its row and takes the "
            'rows below into itself. Remove the quotation mark (") that opens it, or close it in its own row; rows are '
            "counted as a spreadsheet shows them"
        )


def _parsed(file: str, content: bytes, width: int) -> tuple[pa.Table, np.ndarray, list[RaggedRow]]:
    """All rows of the right width with their numbers, and the others."""
    try:
        table, misfits = _read(content, width, threads=True)
        if misfits:  # only one thread knows the rows' numbers
            table, misfits = _read(content, width, threads=False)
    except pa.ArrowException:
        raise ExtractRefused(
            f"{file} cannot be read as CSV{_long_row(content)}: save it again as 'CSV UTF-8'"
        ) from None
    if len(misfits) > MOST_RAGGED:
        raise ExtractRefused(
            f"{file}: {len(misfits):,} rows have more or fewer cells than the header ({width}), as in "
            f"{rows_named([row.number for row in misfits])}: give every column a heading, and put cells with commas in "
            "quotation marks"
        )
    numbers = np.arange(1, table.num_rows + len(misfits) + 1, dtype=np.int64)
    numbers = np.delete(numbers, np.array([row.number - 1 for row in misfits], dtype=np.int64))
    ragged = [RaggedRow(row.number, _split(row.text)) for row in misfits]
    return table, numbers, [row for row in ragged if any(cell.strip() for cell in row.cells)]


def _split(line: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line]), []))
    except csv.Error:  # not quoted as it should be
        return tuple(line.split(","))


def _long_row(content: bytes) -> str:
    """Where a row is longer than a block, which is all that Arrow refuses in text with closed quotation marks."""
    for number, row in enumerate(_rows(content, strict=False), start=1):
        if sum(map(len, row)) > MOST_LINE_BYTES:
            return f" (row {number} is longer than {MOST_LINE_BYTES >> 20} MB)"
    return ""


def _read(content: bytes, width: int, *, threads: bool) -> tuple[pa.Table, list[pa.csv.InvalidRow]]:
    misfits: list[pa.csv.InvalidRow] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        misfits.append(row)
        return "skip"

    names = [str(position) for position in range(width)]
    table = pa.csv.read_csv(
        pa.BufferReader(content),
        read_options=pa.csv.ReadOptions(column_names=names, use_threads=threads, block_size=_BLOCK),
        parse_options=pa.csv.ParseOptions(
            newlines_in_values=b'"' in content, ignore_empty_lines=False, invalid_row_handler=set_aside
        ),
        convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )
    return table, misfits


def _refuse_not_utf8(file: str, content: bytes, width: int) -> None:
    """Refuses text that is not UTF-8, by row."""
    try:
        if content.isascii() or content.decode("utf-8"):
            return
    except UnicodeDecodeError:
        pass
    table, numbers, ragged = _parsed(file, content.decode("utf-8", errors="replace").encode("utf-8"), width)
    damaged = np.zeros(table.num_rows, dtype=np.bool_)
    for column in table.columns:
        damaged |= pc.match_substring(column, _REPLACED).to_numpy()
    rows = [row.number for row in ragged if any(_REPLACED in cell for cell in row.cells)]
    where = rows_named(np.sort(np.concatenate([numbers[damaged], np.array(rows, dtype=np.int64)])))
    raise ExtractRefused(f"{file} is not UTF-8 in {where}: save it as 'CSV UTF-8'")
