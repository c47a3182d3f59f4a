"""Reads a worksheet of an Excel workbook into cells, all of them text. Judges no value."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import python_calamine as calamine
from xlsxwriter.utility import xl_col_to_name

from fs_pipeline.extracts.cells.cells import (
    Cells,
    ExtractRefused,
    heading,
    refuse_too_many_columns,
    row_numbers,
    text_of,
)
from fs_pipeline.toolkit.extracts import RETURN_PACK

MOST_UNPACKED_BYTES = 512 << 20
"""A workbook that unpacks to more is not opened: no extract is so large, a zip bomb is."""

MOST_TIMES_LARGER, SURELY_NO_BOMB = 100, 32 << 20
"""A workbook of more bytes than the second that unpack to so many times its size is a zip bomb; sheets reach 20."""

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_BLANKS_A_CELL = 1_048_576, 16_384, 4_000_000, 10
"""A sheet whose rows times columns are more cells, and more than ten times those that hold anything, is not opened: a
stray cell far below or far right suffices for that. No sheet has more rows or columns."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NAMED = 10
_NO_XML = (ElementTree.ParseError, expat.ExpatError)
_DAMAGED = (KeyError, ValueError, RuntimeError, OSError, zipfile.BadZipFile, zlib.error, *_NO_XML)

_BLOCK = 1 << 20  # bytes unpacked at a time

_FAR_CELL = re.compile(rb"""\br\s*=\s*["'](?:[A-Za-z]*\d{6,}|[A-Za-z]{2,}\d+)["']""")
_HAS_MARKS = re.compile(rb"""[<:]f[\s/>]|mergeCell|\bt\s*=\s*["']e["']""")
_PLACE = re.compile(r"([A-Za-z]{1,7})(\d{1,18})")

_Value: TypeAlias = object


def xlsx_cells(file: str, content: bytes, name: str) -> Cells:
    """The cells of the worksheet called `name`, or of the only one that holds anything.

    The table may begin anywhere on the sheet: its header is the first row with anything in it.

    Raises:
        ExtractRefused: no workbook, encrypted, too large once unpacked, empty, several sheets and none so named, or
            merged cells.
    """
    (sheet,), prefilled = _read(file, content, lambda workbook, _: [_sheet_name(file, workbook, name)])
    _refuse_merged_cells(file, sheet.merged)
    rows, top, left = sheet.rows, sheet.top, sheet.left
    columns = [[text_of(value) for value in column] for column in zip(*rows, strict=True)]
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
        letters=tuple(xl_col_to_name(left + position) for position in used),
        columns=tuple(
            pa.chunked_array([pa.array(columns[position][1:], pa.string()).filter(pa.array(kept))]) for position in used
        ),
        numbers=row_numbers(top + 2, len(rows) - 1)[kept],
        header_number=top + 1,
    )


@dataclass(frozen=True)
class _Sheet:
    """A worksheet: its values from its first cell with anything in it, where (from 0) that stands, what is merged."""

    name: str
    rows: list[list[_Value]]
    top: int
    left: int
    merged: list[str]


def _read(
    file: str, content: bytes, choose: Callable[[calamine.CalamineWorkbook, Mapping[str, str]], Iterable[str]]
) -> tuple[list[_Sheet], set[str]]:
    """The sheets that are chosen among the workbook's by name, with errors as they are shown; and `_filled_before`."""
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise ExtractRefused(f"{file} is protected by a password: save it without one")
        raise ExtractRefused(f"{file} is an old Excel workbook (.xls) under another name: save it as .xlsx")
    sheets: list[_Sheet] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_zip_bombs(file, content, archive)
            paths = _sheet_paths(archive)
            workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            for number, path in enumerate(paths.values(), start=1):
                xml = archive.read(path)
                if _FAR_CELL.search(xml):  # else within A1:Z99999
                    _refuse_far_cells(file, number, _Marks(xml))
            for name in choose(workbook, paths):
                sheet = workbook.get_sheet_by_name(name)
                xml = archive.read(paths[name]) if name in paths else b""
                marks = _Marks(xml if _HAS_MARKS.search(xml) else b"<nothing/>")
                top, left = sheet.start or (0, 0)
                rows: list[list[_Value]] = [list(row) for row in sheet.to_python()]
                for (row, column), shown in marks.errors.items():  # calamine shows an error cell as a blank one
                    if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[row - top]):
                        rows[row - top][column - left] = shown
                sheets.append(_Sheet(name, rows, top, left, marks.merged))
            return sheets, _filled_before(archive)
    except (calamine.CalamineError, *_DAMAGED):
        raise ExtractRefused(
            f"{file} is no Excel workbook, or a damaged one: save it again as .xlsx, or as .csv"
        ) from None


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
        with archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                unpacked += len(block)
                if unpacked > most:
                    raise ExtractRefused(
                        f"{file} unpacks to more than {most >> 20:,} MB, too much for its size: deliver the table "
                        "alone, or as .csv"
                    )
        part.file_size = said


def _filled_before(archive: zipfile.ZipFile) -> set[str]:
    """The columns of a return pack that were filled in before it was sent; none in any other workbook.

    A row of a pack in which nothing else stands is no row: its person is one of whom the partner holds nothing.
    """
    if "docProps/custom.xml" not in archive.namelist():
        return set()
    properties = ElementTree.fromstring(archive.read("docProps/custom.xml"))
    marks = [each for each in properties if each.get("name") == RETURN_PACK]
    return {name for mark in marks for text in mark.itertext() for name in text.strip().split(";") if name}


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet lies in the archive, by its name.

    Raises:
        ValueError: one part is several sheets.
    """
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id", ""): posixpath.join("/xl", link.get("Target", "")) for link in links}
    members, seen = set(archive.namelist()), set[str]()
    paths: dict[str, str] = {}
    for sheet in book.iter():
        link = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        path = posixpath.normpath(targets.get(link or "", "")).lstrip("/")
        if sheet.tag.endswith("}sheet"):
            if path.lower() in seen:  # few bytes can name one part as thousands of sheets, each to be read
                raise ValueError("a part that is two sheets")
            seen.add(path.lower())
            if path in members:
                paths[sheet.get("name", "")] = path
    return paths


class _Marks:
    """What a worksheet's XML says beside the values, in one pass of a parser, whose time grows with the XML alone.

    A formula that was never worked out counts as an error: a program wrote it, and nobody has opened and saved the
    workbook since. A cell that does not say its place follows the one before it.

    Attributes:
        lowest: the lowest row with a cell, from 1.
        right: the column of the cell farthest to the right, from 0.
        filled: how many cells hold anything.
        errors: row and column (from 0) of each cell that shows an error such as #N/A, and the error.
        merged: the places of merged cells, as Excel writes them.
    """

    def __init__(self, xml: bytes) -> None:
        self.lowest, self.right, self.filled = 1, 0, 0
        self.errors: dict[tuple[int, int], str] = {}
        self.merged: list[str] = []
        self._row, self._column = 0, -1
        self._is_error, self._inside, self._text = False, set[str](), list[str]()
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._begins, self._ends
        parser.CharacterDataHandler = self._text.append
        parser.Parse(xml, True)

    def _begins(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            case "c":
                self._is_error = attributes.get("t") == "e"
                self._inside.clear()
                self._column += 1
                if place := attributes.get("r"):
                    self._row, self._column = _row_and_column(place)
                self.lowest, self.right = max(self.lowest, self._row), max(self.right, self._column)
            case "mergeCell":
                self.merged.append(attributes.get("ref", "?"))
            case inside:
                self._inside.add(inside)
        self._text.clear()

    def _ends(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v" and self._is_error:
            self.errors[self._row - 1, self._column] = "".join(self._text) or "#N/A"
        elif name == "c":
            self.filled += bool(self._inside)
            if self._inside and "v" not in self._inside and (self._is_error or "f" in self._inside):
                self.errors[self._row - 1, self._column] = "#N/A"


def _refuse_far_cells(file: str, number: int, marks: _Marks) -> None:
    """Refuses a sheet (the number-th) with next to nothing in a wide area: that would be read cell by cell."""
    area = marks.lowest * (marks.right + 1)
    too_far = marks.lowest > MOST_ROWS or marks.right >= MOST_COLUMNS
    if too_far or (area > MOST_CELLS and area > MOST_BLANKS_A_CELL * marks.filled):
        raise ExtractRefused(
            f"{file}, worksheet {number}, reaches to row {marks.lowest} and column {xl_col_to_name(marks.right)}: "
            "delete what stands outside the table, or save it as .csv"
        )


def _refuse_merged_cells(file: str, merged: list[str]) -> None:
    """Refuses merged cells: only the first of them holds a value, and whether the others should is not known."""
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


def _row_and_column(place: str) -> tuple[int, int]:
    """A cell's row from 1 and its column from 0: 2 and 26 for AA2; a ValueError when it is no place."""
    parts = _PLACE.fullmatch(place)
    if not parts:
        raise ValueError("no place")
    column = 0
    for letter in parts[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(parts[2]), column - 1


def worksheets(file: str, content: bytes) -> tuple[dict[str, list[list[_Value]]], dict[str, str]]:
    """The rows of every worksheet, from its first with anything in it, and the properties that make it a return pack.

    Raises:
        ExtractRefused: no workbook, encrypted, or too large once unpacked.
    """
    sheets, prefilled = _read(file, content, lambda _, paths: paths)
    return {sheet.name: sheet.rows for sheet in sheets}, {RETURN_PACK: ";".join(sorted(prefilled))} if prefilled else {}
