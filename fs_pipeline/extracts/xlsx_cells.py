"""Reads a worksheet of an Excel workbook into cells, all of them text. Judges no value."""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
import zlib
from datetime import date, datetime
from typing import TypeAlias
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import python_calamine as calamine

from fs_pipeline.extracts.cells import Cells, column_letter, heading, row_numbers
from fs_pipeline.extracts.deliveries import Delivery
from fs_pipeline.extracts.refusals import ExtractRefused
from fs_pipeline.toolkit.partners import RETURN_PACK

MOST_UNPACKED_BYTES = 1 << 30
"""A workbook that says it unpacks to more is not opened: no extract is so large, a zip bomb is."""

MOST_CELLS = 50_000_000
"""A sheet whose rows times columns are more is not opened: a stray cell far below or far right needs no more."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXACT_WHOLE = 2**53
_DAMAGED = (KeyError, ValueError, RuntimeError, OSError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError)

_WIDE_CELL = re.compile(rb"""\br=["']([A-Z]{2,3})\d+["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d+)["']""")
_ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bt=["']e["'][^>]*)>(.*?)</(?:\w+:)?c>""", re.DOTALL)
_PLACE = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
_SHOWN = re.compile(rb"<(?:\w+:)?v>(.*?)</")

_Value: TypeAlias = object


def xlsx_cells(delivery: Delivery, name: str) -> Cells:
    """The cells of the worksheet called `name`, or of the only one that holds anything.

    The table may begin anywhere on the sheet: its header is the first row with anything in it.

    Raises:
        ExtractRefused: no workbook, encrypted, too large once unpacked, empty, or several sheets and none so named.
    """
    file = delivery.file
    with _archive(file, delivery.content) as archive:
        paths = _sheet_paths(file, archive)
        try:
            workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(delivery.content))
            for sheet_name in paths:
                _refuse_far_cells(file, sheet_name, archive, paths[sheet_name])
            sheet = _sheet(file, workbook, name)
            rows = sheet.to_python()
            top, left = sheet.start or (0, 0)
        except calamine.CalamineError as fault:
            raise _broken(file) from fault
        errors = _error_cells(_part(file, archive, paths[sheet.name])) if sheet.name in paths else {}
        filled_before = _filled_before(file, archive)
    columns = [[_text(value) for value in column] for column in zip(*rows, strict=True)]
    for (row, column), shown in errors.items():  # calamine shows an error cell as a blank one
        if 0 <= row - top < len(rows) and 0 <= column - left < len(columns):
            columns[column - left][row - top] = shown
    used = [position for position, column in enumerate(columns) if any(column)]
    headings = [heading(columns[position][0]) for position in used]
    kept = np.ones(len(rows) - 1, dtype=bool)
    if filled_before:
        given = [columns[place][1:] for place, name in zip(used, headings, strict=True) if name not in filled_before]
        kept = np.array([any(cells) for cells in zip(*given, strict=True)] if given else ~kept, dtype=bool)
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
    if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED_BYTES:
        raise ExtractRefused(
            f"{file} unpacks to more than {MOST_UNPACKED_BYTES >> 20:,} MB: deliver the table alone, or as .csv"
        )
    return archive


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


def _refuse_far_cells(file: str, sheet_name: str, archive: zipfile.ZipFile, path: str) -> None:
    xml = _part(file, archive, path)
    widest = max(set(_WIDE_CELL.findall(xml)), key=lambda letters: (len(letters), letters), default=b"Z")
    lowest = max(map(int, _ROW.findall(xml)), default=1)
    if lowest * (_position(widest) + 1) > MOST_CELLS:
        raise ExtractRefused(
            f"{file}, sheet '{sheet_name}', reaches to row {lowest} and column {widest.decode()}: delete what stands "
            "outside the table, or save it as .csv"
        )


def _sheet(file: str, workbook: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    sheets = [about.name for about in workbook.sheets_metadata if about.typ == calamine.SheetTypeEnum.WorkSheet]
    named = [sheet for sheet in sheets if re.sub(r"[\s_-]+", "_", sheet.strip().lower()) == name]
    if not named:
        filled = [sheet for sheet in sheets if workbook.get_sheet_by_name(sheet).start is not None]
        if not filled:
            raise ExtractRefused(f"{file} is empty: deliver it with its header, even when there are no rows")
        named = filled
    if len(named) > 1:
        raise ExtractRefused(f"{file} has {len(named)} worksheets and cannot tell which: name one of them '{name}'")
    sheet = workbook.get_sheet_by_name(named[0])
    if sheet.start is None:
        raise ExtractRefused(f"{file}, sheet '{named[0]}', is empty: deliver it with its header")
    return sheet


def _error_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """Row and column (from 0) of each cell that shows an error such as #N/A, and the error."""
    errors: dict[tuple[int, int], str] = {}
    if b't="e"' not in xml and b"t='e'" not in xml:
        return errors
    for attributes, inside in _ERROR_CELL.findall(xml):
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
