"""Reads a CSV file of a format into text columns with the place of every row, and its columns into kinds of value.

Knows no particular format. Headings are taken in small letters: `DECOM` is the column `decom`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.arithmetic.care_periods import Texts
from fs_pipeline.arithmetic.columns import Dates, Flags, Positions
from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.files import csv_cells_of
from fs_pipeline.extracts.cells.format_extracts import (
    FINDINGS,
    REJECTED,
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.cells.texts import stripped
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.tables import ArrayLike


class Notes:
    """Lines about rows, one a row and reason, as REJECTED or FINDINGS have them.

    They bear the day of their event where the rows' table has a column SOURCE_DATE.
    """

    def __init__(self, columns: Sequence[str] = FINDINGS) -> None:
        self._columns = (*columns, SOURCE_DATE)
        self._lines: list[pd.DataFrame] = []

    def add(self, table: pd.DataFrame, rows: Flags | Positions, column: str, rule: str, words: str | list[str]) -> None:
        """A line for each of the table's rows: flags, or positions when the words differ from row to row."""
        known = [name for name in (SOURCE_FILE, SOURCE_ROW, SOURCE_DATE) if name in table]
        places = table.loc[:, known].iloc[np.flatnonzero(rows) if rows.dtype == bool else rows]
        if len(places):
            line = dict(zip(self._columns[2:5], (column, rule, words), strict=True))
            self._lines.append(places.reset_index(drop=True).assign(**line))

    def leave_out(self, table: pd.DataFrame, *rules: tuple[Flags, str, str, str]) -> pd.DataFrame:
        """The table without the rows that break a rule, each with a line: rows, column, rule, words."""
        out = np.zeros(len(table), dtype=np.bool_)
        for rows, column, rule, words in rules:
            self.add(table, rows, column, rule, words)
            out |= rows
        return table[~out].reset_index(drop=True)

    def add_ragged(self, cells: Cells) -> None:
        """A line for each row that does not fit the header."""
        for row in cells.ragged:
            place = pd.DataFrame({SOURCE_FILE: [cells.file], SOURCE_ROW: [row.number]})
            words = f"the row has {len(row.cells)} cells, not {len(cells.headings)}"
            self.add(place, np.array([0]), "", "ragged", words)

    def frame(self) -> pd.DataFrame:
        """All lines, those of a file together and in its order."""
        if not self._lines:
            return pd.DataFrame({column: pd.Series(dtype="str") for column in self._columns})
        dated = [
            line if SOURCE_DATE in line else line.assign(**{SOURCE_DATE: np.datetime64("NaT", "s")})
            for line in self._lines
        ]
        lines = pd.concat(dated, ignore_index=True)
        return lines.sort_values([SOURCE_FILE, SOURCE_ROW], kind="stable", ignore_index=True)[list(self._columns)]


def rejections() -> Notes:
    """No rejected rows yet."""
    return Notes(REJECTED)


def source_table(file: SourceFile, known: Collection[str], rejected: Notes) -> pd.DataFrame:
    """The file's columns among the known ones as text, blanks as NaN, with SOURCE_FILE and SOURCE_ROW.

    Rows that do not fit the header go to `rejected`.

    Raises:
        SourceError: it cannot be opened, is no CSV file, or two of its known columns have the same name.
    """
    cells = csv_cells_of(file)
    headings = [text.lower() for text in cells.headings]
    twice = sorted({name for name in known if headings.count(name) > 1})
    if twice:
        raise SourceError(f"{file.name}: several columns are called {', '.join(twice)}: keep one of each")
    ragged = pd.DataFrame({SOURCE_FILE: file.name, SOURCE_ROW: [row.number for row in cells.ragged]})
    reason = f"the row does not have {len(headings)} cells, as the header in row {cells.header_number} has"
    rejected.add(ragged, np.ones(len(ragged), dtype=np.bool_), "", "ragged", reason)
    columns = {
        name: stripped(cell).to_pandas().astype("str")
        for name, cell in zip(headings, cells.columns, strict=True)
        if name in known
    }
    table = pd.DataFrame(columns, index=range(len(cells.numbers)))
    filled = table.notna().any(axis=1)
    table[SOURCE_FILE], table[SOURCE_ROW] = file.name, cells.numbers
    return table[filled].reset_index(drop=True)


def column_headings(file: SourceFile) -> frozenset[str]:
    """The headings of a CSV file in small letters; of a file that is not text, none."""
    try:
        with file.path.open(encoding="utf-8-sig", errors="replace") as lines:
            first = next((line for line in lines if line.strip(" ,;\t\r\n")), "")
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): give read access") from fault
    return frozenset(text.strip().strip('"').strip().lower() for text in first.split(","))


def need_columns(table: pd.DataFrame, file: SourceFile, needed: Sequence[str]) -> None:
    """Refuses a file without the columns that its kind has.

    Raises:
        SourceError: names file and columns.
    """
    missing = [name.upper() for name in needed if name not in table]
    if missing:
        raise SourceError(
            f"{file.name} has no column {', '.join(missing)}: add it to the header, or take the file away"
        )


def texts_of(table: pd.DataFrame, column: str) -> Texts:
    """A text column, "" where blank; all blank when the table has none of that name."""
    if column not in table:
        return np.full(len(table), "", dtype=object)
    texts: Texts = table[column].astype(object).where(table[column].notna(), "").to_numpy(dtype=object)
    return texts


def row_ids(child: pd.Series, start: Dates) -> list[str]:
    """Identifiers made of a child's and a first day: the same from delivery to delivery."""
    return [f"{who}-{day}" for who, day in zip(child, np.datetime_as_string(start, unit="D"), strict=True)]


def dates_of(table: pd.DataFrame, column: str) -> tuple[Dates, Flags]:
    """A text column as days (NaT where blank), and the rows whose cell is no date.

    Dates stand in the form that most cells of a file's column have, dd/mm/yyyy or ISO.
    """
    dates = np.full(len(table), np.datetime64("NaT"), dtype="datetime64[D]")
    bad = np.zeros(len(table), dtype=np.bool_)
    if column in table:
        for rows in table.groupby(SOURCE_FILE, sort=False).indices.values():
            dates[rows], bad[rows] = _typed_dates(table[column].iloc[rows], column)
    return dates, bad


def _typed_dates(cells: pd.Series, column: str) -> tuple[Dates, Flags]:
    made = convert(_arrow(cells), ExtractColumn(column, Kind.DATE))
    return made.dates[made.codes], (~made.valid & ~made.blank)[made.codes]


def whole_numbers_of(table: pd.DataFrame, column: str) -> tuple[Positions, Flags, Flags]:
    """A text column as whole numbers of 0 or more, the blank rows, and those that are no such number; both are 0."""
    if column not in table:
        none, every = np.zeros((2, len(table)), dtype=np.bool_)
        return np.zeros(len(table), dtype=np.int64), ~every, none
    made = convert(_arrow(table[column]), ExtractColumn(column, Kind.INT))
    values = made.values.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    bad = (~made.valid & ~made.blank) | (values < 0)
    return np.where(bad, 0, values)[made.codes], made.blank[made.codes], bad[made.codes]


def _arrow(cells: pd.Series) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells.astype(object).where(cells.notna(), None).tolist(), pa.string())])


def extract_rows(extract: Extract, values: Mapping[str, ArrayLike], places: pd.DataFrame) -> pd.DataFrame:
    """The values as rows of the extract's kinds, by its key, each with its place. "" is blank in columns of text."""
    columns: dict[str, ArrayLike] = {}
    for column in extract.columns:
        series = pd.Series(values[column.name]).reset_index(drop=True)
        if column.kind is Kind.STRING:
            series = series.astype(object).where(series.notna() & (series != ""), None)
        columns[column.name] = series.astype(column.kind.pandas)
    for name in (SOURCE_FILE, SOURCE_ROW):
        columns[name] = places[name].reset_index(drop=True)
    return pd.DataFrame(columns).sort_values(list(extract.key), kind="stable", ignore_index=True)
