"""The review workbook: people of a partner who may be ours, for a clerk to say yes or no. Holds names; stays inside.

Decisions already made stand in it as well, so that one workbook is the memory of them all.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from fs_pipeline.exports.excel import Book, Heading, values
from fs_pipeline.extracts.linking.identities import DECISION, NO, REVIEW_COLUMNS, REVIEW_SHEET, YES, ClerkDecisions
from fs_pipeline.extracts.linking.link import Links
from fs_pipeline.store.files import replace_file
from fs_pipeline.toolkit.tables import Kind

_MADE = date(2000, 1, 1)
"""The day among the document's properties: the same pairs give the same bytes on every day."""
_WIDTHS = {DECISION: 11, "probability": 11, "reason": 62}


def write_review(path: Path, linked: Links, reviewed: ClerkDecisions, source: str) -> None:
    """Puts the doubtful pairs and the decisions so far into the workbook, in one step; leaves it alone if unchanged.

    Read the decisions from the same workbook just before (`read_clerk_decisions`): what was decided is kept, also on
    people who are not in the file any more.

    Args:
        path: `reviews/<source>.xlsx`, readable by the clerks alone.
        linked: what linking came to, obeying `reviewed`.
        reviewed: the decisions so far.
        source: the partner's name in the workbook.
    """
    replace_file(path, review_workbook(linked, reviewed, source))


def review_workbook(linked: Links, reviewed: ClerkDecisions, source: str) -> bytes:
    """The workbook: undecided pairs first, then those decided, each with what is known of both people."""
    book = Book(f"Is this the same person? {source}", "fs_pipeline", _MADE, "personal data: do not send on")
    pairs = pd.concat([linked.doubtful, reviewed.pairs], ignore_index=True)
    sheet = book.sheet(REVIEW_SHEET, pages=(1, 0))
    headings = [
        Heading(
            (name,),
            Kind.FLOAT if name == "probability" else Kind.STRING,
            _WIDTHS.get(name, 16),
            number_format="0.0%" if name == "probability" else "",
            note=f"{YES}: the same person. {NO}: two people. Blank: not decided yet." if name == DECISION else "",
        )
        for name in REVIEW_COLUMNS
    ]
    sheet.columns(headings, formatted=True)
    pairs["probability"] = pd.to_numeric(pairs["probability"])
    sheet.table(headings, values(pairs[list(REVIEW_COLUMNS)]), freeze_columns=1)
    sheet.worksheet.data_validation(
        1,
        0,
        max(len(pairs), 1),
        0,
        {
            "validate": "list",
            "source": [YES, NO],
            "error_title": DECISION,
            "error_message": f"Say {YES} when it is the same person, {NO} when not, or leave it blank.",
        },
    )
    return book.content()
