"""Workbooks of a few KB that are made to hold a reader for long: the time grows with what they unpack to, no faster."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import Delivery, cells_of_delivery

MOST_SECONDS = 5
FAR = b'<row r="100000"><c r="A100000"><v>1</v></c>'
UNPACKED = 1_000_000
PARTS = {
    "cells that begin and never end": (FAR, b"<c ", b"</row>"),
    "cells without an end": (FAR, b'<c r="A1" t="e">', b"</row>"),
    "cells within cells": (FAR + b'<c t="e">', b"<c><f/></c>", b"</c></row>"),
    "cells in a comment": (FAR + b"<!--", b"<c r='", b"--></row>"),
    "attributes": (FAR + b"<c ", b"a='' ", b"></c></row>"),
    "blanks": (FAR + b"<c r", b" ", b"='A1'/></row>"),
    "merged cells that begin": (b"", b"<mergeCell ", b""),
    "formulas": (b"<row>", b'<c t="e"><f>', b"</row>"),
    "a far place": (b'<row><c r="A100000"/><c r="', b"A", b'1"/></row>'),
    "a long number": (b'<row><c r="A100000"/><c r="A', b"9", b'"/></row>'),
}


def workbook(sheet: bytes, sheets: int = 1) -> bytes:
    """A workbook whose part of the first worksheet is `sheet`, named as so many sheets."""
    content, crafted = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("cp_plans").write_row(0, 0, ["cp_plan_id"])
    named = b"".join(b'<sheet name="S%d" sheetId="%d" r:id="rId1"/>' % (number, number) for number in range(2, sheets))
    with zipfile.ZipFile(content) as given, zipfile.ZipFile(crafted, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.namelist():
            text = given.read(part)
            if part == "xl/worksheets/sheet1.xml" and sheet:
                text = text.partition(b"<sheetData>")[0] + b"<sheetData>" + sheet + b"</sheetData></worksheet>"
            made.writestr(part, text.replace(b"</sheets>", named + b"</sheets>"))
    return crafted.getvalue()


def seconds_to_read(content: bytes) -> float:
    """The processor's time until the cells are there, or the file is refused."""
    delivery = Delivery(Path("cp_plans.xlsx"), content, "cp_plans.xlsx")
    began = time.process_time()
    with suppress(ExtractRefused):
        cells_of_delivery(delivery, "cp_plans")
    return time.process_time() - began


@pytest.mark.parametrize("part", PARTS)
def test_a_workbook_of_a_few_kilobytes_is_read_or_refused_at_once(part):
    begins, again, ends = PARTS[part]
    content = workbook(begins + again * (UNPACKED // len(again)) + ends)
    assert len(content) < 25_000
    assert seconds_to_read(content) < MOST_SECONDS


def test_one_part_that_is_named_as_thousands_of_sheets_is_refused():
    content = workbook(b"<row>" + b'<c r="A1"/>' * 100_000 + b"</row>", sheets=5_000)
    assert len(content) < 50_000
    assert seconds_to_read(content) < MOST_SECONDS
