"""The review workbook's sheet, and what a clerk decided in it. Links nothing, and writes nothing: see exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from fs_pipeline.extracts.cells.files import cells_of
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.cells.refusals import rows_named
from fs_pipeline.extracts.cells.texts import as_text, stripped
from fs_pipeline.extracts.linking.identities import clean
from fs_pipeline.settings.sources import IDENTITY

REVIEW_SHEET: Final = "review"
DECISION: Final = "decision"
YES, NO = "yes", "no"
PARTNER_NUMBER: Final = "partner_number"
PARTNER = (PARTNER_NUMBER, *IDENTITY)
OURS = ("person_id", *(f"our_{name}" for name in IDENTITY))
REVIEW_COLUMNS = (DECISION, *PARTNER, *OURS, "probability", "reason")
"""The sheet's columns. The clerk fills in the first; what identifies a decision is the partner's person and ours."""


@dataclass(frozen=True, eq=False)
class ClerkDecisions:
    """A clerk's decisions.

    Attributes:
        pairs: REVIEW_COLUMNS as texts, the partner's identity columns in one spelling; decision is yes or no.
    """

    pairs: pd.DataFrame

    def of(self, decision: str) -> pd.DataFrame:
        """The pairs of that decision."""
        return self.pairs[self.pairs[DECISION] == decision].reset_index(drop=True)


def no_clerk_decisions() -> ClerkDecisions:
    """No decision yet."""
    return ClerkDecisions(pd.DataFrame({name: pd.Series(dtype="str") for name in REVIEW_COLUMNS}))


def read_clerk_decisions(source: SourceFile) -> ClerkDecisions:
    """What the clerk decided: rows with yes or no (y, n, capitals or not); other rows are not decided yet.

    Raises:
        SourceError: no workbook of this form, another word than yes and no, a pair decided both ways, or one person
            of the partner said to be two of ours. Names rows, nobody.
    """
    name = source.name
    cells = cells_of(source, REVIEW_SHEET)
    headings = [heading.lower() for heading in cells.headings]
    missing = [column for column in (DECISION, *PARTNER, "person_id") if column not in headings]
    if missing:
        raise SourceError(
            f"{name}: row {cells.header_number} has no column {', '.join(missing)}: leave the headings "
            "as they were, or move the workbook away and have it made anew"
        )
    texts = {
        column: stripped(as_text(cells.columns[headings.index(column)])).to_pandas()
        if column in headings
        else pd.Series(None, index=range(len(cells.numbers)), dtype="str")
        for column in REVIEW_COLUMNS
    }
    rows = pd.DataFrame(texts, dtype="str")
    words = rows[DECISION].str.lower().replace({"y": YES, "n": NO})
    _refuse(name, cells.numbers, words.notna() & ~words.isin([YES, NO]), f"column {DECISION}: say {YES} or {NO} in")
    _refuse(name, cells.numbers, words.notna() & rows["person_id"].isna(), "column person_id: blank in")
    rows[DECISION] = words
    rows[list(IDENTITY)] = clean(rows)
    rows["row"] = cells.numbers
    said = rows[words.notna()].drop_duplicates([DECISION, *PARTNER, "person_id"])
    both_ways = said.duplicated([*PARTNER, "person_id"], keep=False)
    _refuse(name, said["row"].to_numpy(), both_ways, f"the same pair is decided {YES} and {NO} in")
    twice = (said[DECISION] == YES) & said[said[DECISION] == YES].duplicated(list(PARTNER), keep=False)
    _refuse(name, said["row"].to_numpy(), twice.fillna(False), "somebody of the partner is said to be two of ours in")
    return ClerkDecisions(said[list(REVIEW_COLUMNS)].sort_values(list(REVIEW_COLUMNS)).reset_index(drop=True))


def _refuse(name: str, numbers: np.ndarray, rows: pd.Series, words: str) -> None:
    broken = rows.to_numpy(dtype=np.bool_)
    if broken.any():
        raise SourceError(f"{name}, {words} {rows_named(numbers[broken])}")
