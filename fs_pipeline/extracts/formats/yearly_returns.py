"""What the yearly returns (children in need census, SSDA903) have in common: of each child the latest year counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import latest_versions
from fs_pipeline.arithmetic.columns import Flags, Positions, days
from fs_pipeline.extracts.cells.format_extracts import SOURCE_DATE, FormatExtract
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import dates_of
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
    """The versions among rows of a child, start_date, end_date and year; `content` are the columns that may differ."""
    year = table["year"].to_numpy()
    winner = latest_versions(table["person_id"].to_numpy(), days(table["start_date"]), days(table["end_date"]), year)
    beaten, of_year = winner != np.arange(len(table)), year == year[winner]
    cells = table[list(content)].astype(object)
    filled = cells.where(cells.notna(), "").to_numpy()
    return Versions(winner, beaten & ~of_year, beaten & of_year, (filled == filled[winner]).all(axis=1))


def dated(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The table with these columns as dates, and which of their cells are none (`bad_death`)."""
    typed = table.copy()
    for column in columns:
        typed[column], typed[f"bad_{column}"] = dates_of(table, column)
    return typed


def usable_spans(table: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """The rows of a child, with a first day and, where there is one, a last day not before it; dated."""
    table = dated(table, ("start_date", "end_date"))
    table[SOURCE_DATE] = table["start_date"]
    start, end = (days(table[name]) for name in ("start_date", "end_date"))
    nobody, bad_end = table["person_id"].isna().to_numpy(), table["bad_end_date"].to_numpy()
    return notes.judge(table, no_child=nobody, no_start=np.isnat(start), bad_end=bad_end, ends_first=end < start)


def latest_children(table: pd.DataFrame, words: str, notes: ExtractNotes) -> pd.DataFrame:
    """The dated rows of a child, born on a day, of the latest year that has it; others are counted, in these words."""
    nobody = table["person_id"].isna().to_numpy()
    table = notes.judge(table, no_child=nobody, bad_birth=table["bad_date_of_birth"].to_numpy() & ~nobody)
    latest = (table["year"] == table.groupby("person_id")["year"].transform("max")).to_numpy()
    notes.count(words, int((~latest).sum()))
    return table[latest].reset_index(drop=True)


def people_of(
    table: pd.DataFrame, sexes: Mapping[str, str], open_to_cwd: pd.DataFrame, notes: ExtractNotes
) -> FormatExtract:
    """The extract `people` of a return.

    Args:
        table: a row a child: person_id, sex, date_of_birth, ethnicity, upn.
        sexes: the return's code in capitals -> ours; another one, or none, is U, with a finding.
        open_to_cwd: the stretches of days on which somebody is open to the Children With Disabilities team.
        notes: what was said of the rows so far.
    """
    sex = table["sex"].astype("str").str.upper().map(sexes)
    notes.judge(table, unknown_sex=sex.isna().to_numpy())
    rows = table.assign(sex=sex.fillna("U"), open_to_cwd=False)
    return notes.extract(PEOPLE, rows, {"open_to_cwd": open_to_cwd})
