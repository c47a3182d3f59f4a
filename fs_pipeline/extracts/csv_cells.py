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

from fs_pipeline.extracts.cells import Cells, RaggedRow, column_letter, heading
from fs_pipeline.extracts.deliveries import Delivery
from fs_pipeline.extracts.refusals import ExtractRefused, rows_named

_BLOCK = 8 << 20  # bytes read at a time: no row is longer
_QUOTE, _COMMA, _CR, _LF = b'",\r\n'
_REPLACED = "\ufffd"


def csv_cells(delivery: Delivery) -> Cells:
    """The cells of a CSV file. Its header is the first row with anything in it.

    Raises:
        ExtractRefused: empty, not UTF-8, or a quotation mark left open.
    """
    content = delivery.content.removeprefix(codecs.BOM_UTF8)
    _refuse_other_encodings(delivery.file, delivery.content, content)
    header_number, header = _header(delivery.file, content)
    _refuse_open_quotes(delivery.file, content)
    _refuse_not_utf8(delivery.file, content, len(header))
    table, numbers, ragged = _parsed(delivery.file, content, len(header))
    below = numbers > header_number
    return Cells(
        file=delivery.file,
        headings=tuple(heading(text) for text in header),
        letters=tuple(column_letter(position) for position in range(len(header))),
        columns=tuple(column.slice(int((~below).sum())) for column in table.columns),
        numbers=numbers[below],
        header_number=header_number,
        ragged=tuple(row for row in ragged if row.number > header_number),
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


def _rows(content: bytes, *, strict: bool) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="replace", newline="")
    return csv.reader(text, strict=strict)


def _header(file: str, content: bytes) -> tuple[int, list[str]]:
    """The first row with anything in it, and its number."""
    try:
        for number, row in enumerate(_rows(content, strict=True), start=1):
            if any(heading(text) for text in row):
                return number, row
    except csv.Error as fault:
        raise _open_quote(file, 1) from fault
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
    except csv.Error as fault:
        raise _open_quote(file, number + 1) from fault


def _open_quote(file: str, number: int) -> ExtractRefused:
    return ExtractRefused(
        f'{file}, row {number}: a cell that begins with a quotation mark (") does not end with one. Close it; '
        "a quotation mark inside a quoted cell is written twice"
    )


def _parsed(file: str, content: bytes, width: int) -> tuple[pa.Table, np.ndarray, list[RaggedRow]]:
    """All rows of the right width with their numbers, and the others."""
    try:
        table, misfits = _read(content, width, threads=True)
        if misfits:  # only one thread knows the rows' numbers
            table, misfits = _read(content, width, threads=False)
    except pa.ArrowException as fault:
        raise ExtractRefused(f"{file} cannot be read as CSV: save it again as 'CSV UTF-8'") from fault
    numbers = np.arange(1, table.num_rows + len(misfits) + 1, dtype=np.int64)
    numbers = np.delete(numbers, np.array([row.number - 1 for row in misfits], dtype=np.int64))
    ragged = [RaggedRow(row.number, _split(row.text)) for row in misfits]
    return table, numbers, [row for row in ragged if any(cell.strip() for cell in row.cells)]


def _split(line: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line]), []))
    except csv.Error:  # a cell too long for the module: nobody will read it
        return tuple(line.split(","))


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
