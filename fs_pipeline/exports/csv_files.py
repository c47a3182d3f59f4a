"""CSV files that people open in Excel: nothing in them runs."""

from __future__ import annotations

import re

import pandas as pd

_LOOKS_LIKE_A_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula (OWASP: CSV injection); negative numbers do too."""


def csv_for_excel(rows: pd.DataFrame) -> bytes:
    """The rows as CSV; an apostrophe stands before what looks like a formula, in headings too, so that it is text.

    With a byte order mark, without which Excel takes UTF-8 for something else. Lines end with CR and LF: of these the
    writer quotes what stands in a cell, where a bare CR would begin a row, and so a cell.
    """
    text = rows.map(_as_text).rename(columns=_as_text)
    return text.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _as_text(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _LOOKS_LIKE_A_FORMULA.match(cell) else cell
