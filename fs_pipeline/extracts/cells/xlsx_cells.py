"""Reads a worksheet of an Excel workbook into cells, all of them text. Judges no value."""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import python_calamine as calamine

from fs_pipeline.extracts.cells.cells import Cells, column_letter, heading, refuse_too_many_columns, row_numbers
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.toolkit.partners import RETURN_PACK

MOST_UNPACKED_BYTES = 512 << 20
"""A workbook that unpacks to more is not opened: no extract is so large, a zip bomb is."""

MOST_TIMES_LARGER, SURELY_NO_BOMB = 100, 32 << 20
"""A workbook of more bytes than the second that unpack to so many times its size is a zip bomb; sheets reach 20."""

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_BLANKS_A_CELL = 1_048_576, 16_384, 4_000_000, 10
"""A sheet whose rows times columns are more cells, and more than ten times those that hold anything, is not opened: a
stray cell far below or far right suffices for that. No sheet has more rows or columns."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXACT_WHOLE = 2**53
_NAMED = 10
_DAMAGED = (KeyError, ValueError, RuntimeError, OSError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError)

_BLOCK = 1 << 20  # bytes unpacked at a time

_FAR_ROW = re.compile(rb"""\br\s*=\s*["'][A-Za-z]*\d{6,}["']""")
_WITHOUT_PLACE = re.compile(rb"""<(?:\w+:)?c(?:\s+(?!r\b)[\w:]+\s*=\s*["'][^"'>]*["'])*\s*>""")
_WIDE_CELL = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{2,}\d+["']""")
_FILLED = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]+)(\d+)["'][^>]*(?<!/)>""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d{6,})["']""")
_CELL = re.compile(rb"""<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>""", re.DOTALL)
_ERROR = re.compile(rb"""\bt=["']e["']""")
_FORMULA, _VALUE = re.compile(rb"<(?:\w+:)?f[\s/>]"), re.compile(rb"<(?:\w+:)?v[\s/>]")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*?\bref=["']([A-Z]+\d+:[A-Z]+\d+)["']""")
_PLACE = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
_SHOWN = re.compile(rb"<(?:\w+:)?v>(.*?)</")

_Value: TypeAlias = object


def xlsx_cells(delivery: Delivery, name: str) -> Cells:
    """The cells of the worksheet called `name`, or of the only one that holds anything.

    The table may begin anywhere on the sheet: its header is the first row with anything in it.

    Raises:
        ExtractRefused: no workbook, encrypted, too large once unpacked, empty, several sheets and none so named, or
            merged cells.
    """
    file = delivery.file
    (sheet,), prefilled = _read(file, delivery.content, lambda workbook, _: [_sheet_name(file, workbook, name)])
    _refuse_merged_cells(file, sheet.xml)
    rows, top, left = sheet.rows, sheet.top, sheet.left
    columns = [[_text(value) for value in column] for column in zip(*rows, strict=True)]
    used = [position for position, column in enumerate(columns) if any(column)]
    refuse_too_many_columns(file, len(used))
    headings = [heading(columns[position][0]) for position in used]
    kept = np.ones(len(rows) - 1, dtype=bool)
    if prefilled:
        others = [columns[place][1:] for place, name in zip(used, headings, strict=True) if name not in prefilled]
        kept = np.array([any(cells) for cells in zip(*others, strict=True)] if others else ~kept, dtype=bool)
    return Cells(
        file=file,
        headings=tuple(headings),
        letters=tuple(column_letter(left + position) for position in used),
        columns=tuple(
            pa.chunked_array([pa.array(columns[position][1:], pa.string()).filter(pa.array(kept))]) for position in used
        ),
        numbers=row_numbers(top + 2, len(rows) - 1)[kept],
        header_number=top + 1,
    )


@dataclass(frozen=True)
class _Sheet:
    """A worksheet: its values from its first cell with anything in it, where (from 0) that stands, and its XML."""

    name: str
    rows: list[list[_Value]]
    top: int
    left: int
    xml: bytes


def _read(
    file: str, content: bytes, choose: Callable[[calamine.CalamineWorkbook, Mapping[str, str]], Iterable[str]]
) -> tuple[list[_Sheet], set[str]]:
    """The sheets that are chosen among the workbook's by name, with errors as they are shown; and `_filled_before`."""
    sheets: list[_Sheet] = []
    with _archive(file, content) as archive:
        paths = _sheet_paths(file, archive)
        try:
            workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            for number, path in enumerate(paths.values(), start=1):
                _refuse_far_cells(file, number, _part(file, archive, path))
            for name in choose(workbook, paths):
                sheet = workbook.get_sheet_by_name(name)
                xml = _part(file, archive, paths[name]) if name in paths else b""
                top, left = sheet.start or (0, 0)
                rows: list[list[_Value]] = [list(row) for row in sheet.to_python()]
                for (row, column), shown in _error_cells(xml).items():  # calamine shows an error cell as a blank one
                    if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[row - top]):
                        rows[row - top][column - left] = shown
                sheets.append(_Sheet(name, rows, top, left, xml))
        except (calamine.CalamineError, *_DAMAGED) as fault:
            raise _broken(file) from fault
        return sheets, _filled_before(file, archive)


def _broken(file: str) -> ExtractRefused:
    return ExtractRefused(f"{file} is no Excel workbook, or a damaged one: save it again as .xlsx, or as .csv")


def _archive(file: str, content: bytes) -> zipfile.ZipFile:
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise ExtractRefused(f"{file} is protected by a password: save it without one")
        raise ExtractRefused(f"{file} is an old Excel workbook (.xls) under another name: save it as .xlsx")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED as fault:
        raise _broken(file) from fault
    _refuse_zip_bombs(file, content, archive)
    return archive


def _refuse_zip_bombs(file: str, content: bytes, archive: zipfile.ZipFile) -> None:
    """Unpacks every part, a block at a time: what an archive says of its sizes need not be true.

    A part whose check sum is not right is damaged.
    """
    most = MOST_UNPACKED_BYTES
    if len(content) * MOST_TIMES_LARGER < most:
        most = max(len(content) * MOST_TIMES_LARGER, min(SURELY_NO_BOMB, most))
    unpacked = 0
    for part in archive.infolist():
        said, part.file_size = part.file_size, most + _BLOCK  # or reading would end where the archive says
        try:
            with archive.open(part) as stream:
                while block := stream.read(_BLOCK):
                    unpacked += len(block)
                    if unpacked > most:
                        raise ExtractRefused(
                            f"{file} unpacks to more than {most >> 20:,} MB, too much for its size: deliver the table "
                            "alone, or as .csv"
                        )
        except _DAMAGED as fault:
            raise _broken(file) from fault
        finally:
            part.file_size = said


def _part(file: str, archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        return archive.read(path)
    except _DAMAGED as fault:
        raise _broken(file) from fault


def _filled_before(file: str, archive: zipfile.ZipFile) -> set[str]:
    """The columns of a return pack that were filled in before it was sent; none in any other workbook.

    A row of a pack in which nothing else stands is no row: its person is one of whom the partner holds nothing.
    """
    if "docProps/custom.xml" not in archive.namelist():
        return set()
    try:
        properties = ElementTree.fromstring(_part(file, archive, "docProps/custom.xml"))
    except ElementTree.ParseError as fault:
        raise _broken(file) from fault
    marks = [each for each in properties if each.get("name") == RETURN_PACK]
    return {name for mark in marks for text in mark.itertext() for name in text.strip().split(";") if name}


def _sheet_paths(file: str, archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet lies in the archive, by its name."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except _DAMAGED as fault:
        raise _broken(file) from fault
    targets = {link.get("Id", ""): posixpath.join("/xl", link.get("Target", "")) for link in links}
    members = set(archive.namelist())
    paths: dict[str, str] = {}
    for sheet in book.iter():
        link = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        path = posixpath.normpath(targets.get(link or "", "")).lstrip("/")
        if sheet.tag.endswith("}sheet") and path in members:
            paths[sheet.get("name", "")] = path
    return paths


def _refuse_far_cells(file: str, number: int, xml: bytes) -> None:
    """Refuses a sheet (the number-th) with next to nothing in a wide area: that would be read cell by cell."""
    if not _FAR_ROW.search(xml) and not _WIDE_CELL.search(xml):
        return  # within A1:Z99999
    rows = [int(row) for row in _ROW.findall(xml)] if _WITHOUT_PLACE.search(xml) else []
    lowest, right, filled = max(rows, default=1), 0, 0
    for letters, row in _FILLED.findall(xml):
        filled += 1
        lowest, right = max(lowest, int(row)), max(right, _position(letters.upper()))
    area = lowest * (right + 1)
    if lowest > MOST_ROWS or right >= MOST_COLUMNS or (area > MOST_CELLS and area > MOST_BLANKS_A_CELL * filled):
        raise ExtractRefused(
            f"{file}, worksheet {number}, reaches to row {lowest} and column {column_letter(right)}: delete what "
            "stands outside the table, or save it as .csv"
        )


def _refuse_merged_cells(file: str, xml: bytes) -> None:
    """Refuses merged cells: only the first of them holds a value, and whether the others should is not known."""
    merged = [reference.decode() for reference in _MERGED.findall(xml)]
    if merged:
        more = f", ... ({len(merged):,} in all)" if len(merged) > _NAMED else ""
        raise ExtractRefused(
            f"{file} has merged cells ({', '.join(merged[:_NAMED])}{more}): unmerge them, and fill each cell that is "
            "to hold the value"
        )


def _sheet_name(file: str, workbook: calamine.CalamineWorkbook, name: str) -> str:
    """The name of the worksheet called `name`, or of the only one that holds anything."""
    sheets = [about.name for about in workbook.sheets_metadata if about.typ == calamine.SheetTypeEnum.WorkSheet]
    named = [sheet for sheet in sheets if re.sub(r"[\s_-]+", "_", sheet.strip().lower()) == name]
    if not named:
        filled = [sheet for sheet in sheets if workbook.get_sheet_by_name(sheet).start is not None]
        if not filled:
            raise ExtractRefused(f"{file} is empty: deliver it with its header, even when there are no rows")
        named = filled
    if len(named) > 1:
        raise ExtractRefused(f"{file} has {len(named)} worksheets and cannot tell which: name one of them '{name}'")
    if workbook.get_sheet_by_name(named[0]).start is None:
        raise ExtractRefused(f"{file}, sheet '{name}', is empty: deliver it with its header")
    return named[0]


def _error_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """Row and column (from 0) of each cell that shows an error such as #N/A, and the error.

    A formula that was never worked out is one: a program wrote it, and nobody has opened and saved the workbook since.
    """
    errors: dict[tuple[int, int], str] = {}
    if not _ERROR.search(xml) and not _FORMULA.search(xml):
        return errors
    for attributes, inside in _CELL.findall(xml):
        is_error = _ERROR.search(attributes)
        if not is_error and not (_FORMULA.search(inside) and not _VALUE.search(inside)):
            continue
        place, shown = _PLACE.search(attributes), _SHOWN.search(inside)
        if place:
            text = shown[1].decode("utf-8", errors="replace") if shown else "#N/A"
            errors[int(place[2]) - 1, _position(place[1])] = text
    return errors


def _position(letters: bytes) -> int:
    """A column's position from 0: 0 for A, 26 for AA."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position - 1


def _text(value: _Value) -> str:
    """A cell's value as text: whole numbers without a fraction, dates ISO, Y and N."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, float):
        return (
            str(int(value))
            if math.isfinite(value) and value == int(value) and abs(value) < _EXACT_WHOLE
            else repr(value)
        )
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != datetime.min.time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True)
class Worksheets:
    """The values of a whole workbook.

    Attributes:
        rows: the rows of each worksheet, from its first with anything in it; errors as they are shown.
        properties: the properties that make it a return pack.
    """

    rows: Mapping[str, list[list[_Value]]]
    properties: Mapping[str, str]


def worksheets(file: str, content: bytes) -> Worksheets:
    """Every worksheet's values.

    Raises:
        ExtractRefused: no workbook, encrypted, or too large once unpacked.
    """
    sheets, prefilled = _read(file, content, lambda _, paths: paths)
    return Worksheets(
        {sheet.name: sheet.rows for sheet in sheets}, {RETURN_PACK: ";".join(sorted(prefilled))} if prefilled else {}
    )


def as_words(cells: list[_Value]) -> list[str]:
    """The cells of a row as text."""
    return [_text(cell) for cell in cells]
