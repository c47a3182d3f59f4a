"""What is said of a format's rows on their way to an extract: rejected, left aside, looking wrong, without a code.

All readers of formats keep it here. What they may say stands in findings.csv: whether a row is rejected or stays, the
column and rule, and the words, where {} is a column, a number, or another row's place. The rows stand in tables with
the place of each (SOURCE_FILE, SOURCE_ROW); where a table has a column SOURCE_DATE, the day of a row's event, the lines
about its rows bear that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.cells.cells import count_codes, map_codes, no_lines
from fs_pipeline.extracts.cells.format_extracts import (
    FINDINGS,
    REJECTED,
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    SourceReport,
)
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Kind

Fault: TypeAlias = "tuple[Flags | Positions, str, str, str | list[str]]"
"""Rows of a table with a column, a rule and words: flags, or positions when the words differ from row to row."""
Rows: TypeAlias = "Flags | Positions | tuple[Flags | Positions, str | Sequence[object]]"
"""Rows of a table, as flags or positions; and, where the words have a {}, what stands there, of all or of each."""
_SHEET: Mapping[tuple[str, ...], Mapping[str, str]] = {
    (row["format"], row["extract"], row["name"]): row for row in sheet("findings", __package__)
}


class ExtractNotes:
    """What is said of the rows of one extract; a line for each row and reason.

    Args:
        of: the format and the extract, where the sheet has findings of them.
    """

    def __init__(self, *of: str) -> None:
        self._of = of
        self._rejected: list[pd.DataFrame] = []
        self._findings: list[pd.DataFrame] = []
        self._ignored: dict[str, int] = {}
        self._unmapped: dict[str, Mapping[str, int]] = {}

    def judge(self, table: pd.DataFrame, **findings: Rows) -> pd.DataFrame:
        """Says what the sheet has by these names; the table without the rows that are then rejected."""
        faults: list[Fault] = []
        for name, where in findings.items():
            of = _SHEET[*self._of, name]
            rows, fill = where if isinstance(where, tuple) else (where, "")
            several = not isinstance(fill, str)
            words = [of["words"].format(each) for each in fill] if several else of["words"].format(fill)
            fault = (rows, of["column"].format(fill), of["rule"], words)
            if of["becomes"] == "rejected":
                faults.append(fault)
            else:
                self.find(table, *fault)
        return self.reject(table, *faults)

    def reject(self, table: pd.DataFrame, *faults: Fault) -> pd.DataFrame:
        """The table without the rows that have a fault; a row has a line for each of them."""
        left = np.ones(len(table), dtype=np.bool_)
        for rows, column, rule, words in faults:
            self._rejected += _lines(table, rows, (column, rule, words), REJECTED)
            left[rows] = False
        return table[left].reset_index(drop=True)

    def find(
        self, table: pd.DataFrame, rows: Flags | Positions, column: str, rule: str, words: str | list[str]
    ) -> None:
        """Says what looks wrong in rows that stay."""
        self._findings += _lines(table, rows, (column, rule, words), FINDINGS)

    def leave_aside(self, table: pd.DataFrame, rows: Flags, words: str) -> pd.DataFrame:
        """The table without rows that are left aside on purpose; they are counted, if there are any."""
        if rows.any():
            self.count(words, int(rows.sum()))
        return table[~rows].reset_index(drop=True)

    def count(self, words: str, number: int) -> None:
        """Counts what was left aside on purpose."""
        self._ignored[words] = self._ignored.get(words, 0) + number

    def codes(
        self, table: pd.DataFrame, column: str, contract: ExtractColumn, codes: Mapping[str, str]
    ) -> tuple[pd.Series, Flags]:
        """A column under our codes, and the rows whose code has no mapping: it stays as it is, and is counted."""
        values, known = map_codes(arrow_texts(table[column]), codes, contract.codes)
        unknown: Flags = table[column].notna().to_numpy() & ~known
        if unknown.any():
            self._unmapped[contract.name] = count_codes(arrow_texts(table[column][unknown]))
        return pd.Series(values.to_pandas().to_numpy(), index=table.index).astype("str"), unknown

    def extract(
        self,
        extract: Extract,
        rows: pd.DataFrame,
        spells: Mapping[str, pd.DataFrame] | None = None,
        beside: Sequence[str] = (),
    ) -> FormatExtract:
        """The rows' columns of the extract, in its kinds and by its key, each with its place; and all that was said.

        "" is blank in columns of text. Columns beside those of the extract are left out, but for those named.
        """
        rows = rows.reset_index(drop=True)
        columns = {name: rows[name] for name in (*extract.names, *beside, SOURCE_FILE, SOURCE_ROW)}
        for column in extract.columns:
            series = columns[column.name]
            if column.kind is Kind.STRING:
                series = series.astype(object).where(series.notna() & (series != ""), None)
            columns[column.name] = series.astype(column.kind.pandas)
        rejected, findings = _in_order(self._rejected, REJECTED), _in_order(self._findings, FINDINGS)
        return FormatExtract(
            pd.DataFrame(columns).sort_values(list(extract.key), kind="stable", ignore_index=True),
            SourceReport(rejected, findings, self._ignored, self._unmapped),
            spells or {},
        )


def arrow_texts(cells: pd.Series) -> pa.ChunkedArray:
    """A text column as Arrow holds it; blanks are null."""
    return pa.chunked_array([pa.array(cells, pa.string(), from_pandas=True)])


def places_of(rows: pd.DataFrame) -> list[str]:
    """Where rows stand, for a message about others."""
    return [f"{file} row {row}" for file, row in zip(rows[SOURCE_FILE], rows[SOURCE_ROW], strict=True)]


def _lines(
    table: pd.DataFrame, rows: Flags | Positions, line: tuple[str, str, str | list[str]], names: Sequence[str]
) -> list[pd.DataFrame]:
    places = table.reindex(columns=[SOURCE_FILE, SOURCE_ROW, SOURCE_DATE])
    places = places.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows].reset_index(drop=True)
    day = pd.to_datetime(places[SOURCE_DATE]).astype("datetime64[s]")
    said = dict(zip(names[2:5], line, strict=True))
    return [places.set_axis(["file", "row", "date"], axis=1).assign(**said, date=day)] if len(places) else []


def _in_order(lines: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """All lines, those of a file together and in its order."""
    if not lines:
        return no_lines(names)
    together = pd.concat(lines, ignore_index=True)
    return together.sort_values(["file", "row"], kind="stable", ignore_index=True)[list(names)]
