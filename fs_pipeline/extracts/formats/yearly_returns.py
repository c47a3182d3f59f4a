"""What the yearly returns (children in need census, SSDA903) have in common: of each child the latest year counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import latest_versions
from fs_pipeline.arithmetic.columns import Flags, Positions, days
from fs_pipeline.extracts.cells.format_extracts import FormatExtract
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.toolkit.extracts import PEOPLE


@dataclass(frozen=True, eq=False)
class Versions:
    """Which rows of a child and a first day are used: the latest year's, and of several in it the one that ends last.

    Attributes:
        winner: each row's position of the one that is used; its own when it is.
        earlier: rows as an earlier year's return had them.
        clash: other rows of the year of the one that is used.
        same: rows with the same content as the one that is used.
    """

    winner: Positions
    earlier: Flags
    clash: Flags
    same: Flags

    @property
    def used(self) -> Flags:
        """The rows that are used."""
        return ~(self.earlier | self.clash)


def versions_of(table: pd.DataFrame, content: Sequence[str]) -> Versions:
    """The versions among rows with child, start, end and year; `content` are the columns that may differ."""
    year = table["year"].to_numpy()
    winner = latest_versions(table["child"].to_numpy(), days(table["start"]), days(table["end"]), year)
    beaten, of_year = winner != np.arange(len(table)), year == year[winner]
    cells = table[list(content)].astype(object)
    filled = cells.where(cells.notna(), "").to_numpy()
    return Versions(winner, beaten & ~of_year, beaten & of_year, (filled == filled[winner]).all(axis=1))


def of_latest_year(table: pd.DataFrame, words: str, notes: ExtractNotes) -> pd.DataFrame:
    """Each child's rows of the latest year that has it; the others are counted, in these words."""
    latest = (table["year"] == table.groupby("child")["year"].transform("max")).to_numpy()
    notes.count(words, int((~latest).sum()))
    return table[latest].reset_index(drop=True)


def people_of(
    table: pd.DataFrame,
    sexes: Mapping[str, str],
    unknown_sex: tuple[str, str, str],
    open_to_cwd: pd.DataFrame,
    notes: ExtractNotes,
) -> FormatExtract:
    """The extract `people` of a return.

    Args:
        table: a row a child: child, sex, born, ethnicity, upn.
        sexes: the return's code in capitals -> ours; another one, or none, is U.
        unknown_sex: column, rule and words of the finding about a sex that is none of these.
        open_to_cwd: the stretches of days on which somebody is open to the Children With Disabilities team.
        notes: what was said of the rows so far.
    """
    sex = table["sex"].astype("str").str.upper().map(sexes)
    notes.find(table, sex.isna().to_numpy(), *unknown_sex)
    values = {
        "person_id": table["child"],
        "sex": sex.fillna("U"),
        "date_of_birth": table["born"],
        "ethnicity": table["ethnicity"],
        "upn": table["upn"],
        "open_to_cwd": np.zeros(len(table), dtype=np.bool_),
    }
    return notes.extract(PEOPLE, values, table, {"open_to_cwd": open_to_cwd})
