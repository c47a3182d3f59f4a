"""Reads a CSV or XML file of a format into text columns with the place of every row, and columns into kinds of value.

Which columns and elements are read stands in columns.csv, by format; codes in codes.csv. Headings of CSV files are
taken in small letters: `DECOM` is the column `decom`. An XML file is read in a stream: one element after the other,
each forgotten when the next one comes. A document type is refused before anything of it is read: no entities, no other
files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import Texts
from fs_pipeline.arithmetic.columns import Dates, Flags, Positions
from fs_pipeline.extracts.cells.deliveries import csv_cells_of
from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, SourceError, SourceFile
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, arrow_texts
from fs_pipeline.toolkit.extracts import ExtractColumn
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Kind

_COLUMNS, _CODES = sheet("columns", __package__), sheet("codes", __package__)
_CHUNK = 1 << 18  # bytes
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def columns_of(of_format: str, table: str, *, needed: bool = False) -> dict[str, str]:
    """Our columns of a format's table, and theirs: those that are read, or those alone that must be there."""
    rows = [row for row in _COLUMNS if (row["format"], row["table"]) == (of_format, table)]
    return {row["ours"]: row["theirs"] for row in rows if row["needed"] or not needed}


def codes_of(of_format: str, column: str) -> dict[str, str]:
    """A format's codes of a column, and ours."""
    return {row["theirs"]: row["ours"] for row in _CODES if (row["format"], row["column"]) == (of_format, column)}


def year_of(name: str) -> int | None:
    """The year in a file's name, or else in the nearest folder that has one; the first where there are several."""
    for part in reversed(name.replace("\\", "/").split("/")):
        if year := _YEAR.search(part):
            return int(year[1])
    return None


def source_table(file: SourceFile, known: Collection[str], notes: ExtractNotes) -> pd.DataFrame:
    """The file's columns among the known ones as text, blanks as NaN, with SOURCE_FILE and SOURCE_ROW.

    Rows that do not fit the header are rejected.

    Raises:
        SourceError: it cannot be opened, is no CSV file, or two of its known columns have the same name.
    """
    cells = csv_cells_of(file)
    if twice := sorted({*cells.repeats(known)}):
        raise SourceError(f"{file.name}: several columns are called {', '.join(twice)}: keep one of each")
    ragged = pd.DataFrame({SOURCE_FILE: file.name, SOURCE_ROW: [row.number for row in cells.ragged]})
    reason = f"the row does not have {len(cells.headings)} cells, as the header in row {cells.header_number} has"
    notes.reject(ragged, (np.ones(len(ragged), dtype=np.bool_), "", "ragged", reason))
    columns = {name: cells.texts(name).to_pandas().astype("str") for name in known if name in cells.lower_headings}
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


def need_columns(table: pd.DataFrame, file: SourceFile, needed: Iterable[str]) -> None:
    """Refuses a file without the columns that its kind has.

    Raises:
        SourceError: names file and columns.
    """
    missing = [name.upper() for name in needed if name not in table]
    if missing:
        raise SourceError(
            f"{file.name} has no column {', '.join(missing)}: add it to the header, or take the file away"
        )


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, the line that it starts in, its own text, the elements in it."""

    tag: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def each(self, tag: str) -> list[Element]:
        """The elements of that name directly in it."""
        return [child for child in self.children if child.tag == tag]

    def first(self, path: str) -> Element:
        """The first element of each name in turn (`ChildIdentifiers/UPN`); an empty one where there is none."""
        found = self
        for tag in path.split("/"):
            found = next(iter(found.each(tag)), Element(tag, found.line))
        return found

    def value(self, path: str) -> str:
        """The text of that element, without blanks around; "" without one."""
        return self.first(path).text.strip()


def xml_elements(file: SourceFile, root: str, wanted: Collection[str]) -> Iterator[Element]:
    """The elements of the wanted names, in the file's order, each with all that is in it.

    Raises:
        SourceError: it cannot be opened, is no well-formed XML, has another root than this or a document type.
    """
    done: list[Element] = []
    parser = _parser(file, root, frozenset(wanted), done)
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
                yield from done
                done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        where = f"line {fault.lineno}: {expat.errors.messages[fault.code]}"
        raise SourceError(f"{file.name} is not well-formed XML ({where}): make it again from your system") from fault
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): give read access") from fault
    yield from done


def _parser(file: SourceFile, root: str, wanted: frozenset[str], done: list[Element]) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    open_elements: list[Element] = []
    roots: list[str] = []

    def starts(name: str, _: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if not roots:
            roots.append(tag)
            if tag != root:
                raise SourceError(
                    f"{file.name} is not the return that it is read as: its outermost element is no {root}"
                )
        if open_elements or tag in wanted:
            element = Element(tag, parser.CurrentLineNumber)
            if open_elements:
                open_elements[-1].children.append(element)
            open_elements.append(element)

    def ends(_: str) -> None:
        if open_elements:
            element = open_elements.pop()
            if not open_elements:
                done.append(element)

    def text(words: str) -> None:
        if open_elements:
            open_elements[-1].text += words

    def document_type(*_: object) -> None:
        raise SourceError(f"{file.name} has a document type (<!DOCTYPE ...>), which no return has: take it out")

    parser.StartElementHandler, parser.EndElementHandler = starts, ends
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, document_type
    return parser


def numbered(rows: Sequence[Sequence[object]], columns: Iterable[str], file: SourceFile) -> pd.DataFrame:
    """Rows of an XML file, each with its line before these columns, as `source_table` gives those of a CSV file.

    A row's number is its line, or its count where several stand in one line.
    """
    table = pd.DataFrame(rows, columns=[SOURCE_ROW, *columns])
    if not table[SOURCE_ROW].is_unique:
        table[SOURCE_ROW] = range(1, len(table) + 1)
    texts = dict.fromkeys(columns, "str")
    return table.replace("", None).astype({**texts, SOURCE_ROW: "int64"}).assign(**{SOURCE_FILE: file.name})


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
            cells = convert(arrow_texts(table[column].iloc[rows]), ExtractColumn(column, Kind.DATE))
            dates[rows], bad[rows] = cells.dates[cells.codes], (~cells.valid & ~cells.blank)[cells.codes]
    return dates, bad


def whole_numbers_of(table: pd.DataFrame, column: str) -> tuple[Positions, Flags, Flags]:
    """A text column as whole numbers of 0 or more, the blank rows, and those that are no such number; both are 0."""
    if column not in table:
        none, every = np.zeros((2, len(table)), dtype=np.bool_)
        return np.zeros(len(table), dtype=np.int64), ~every, none
    made = convert(arrow_texts(table[column]), ExtractColumn(column, Kind.INT))
    values = made.values.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    bad = (~made.valid & ~made.blank) | (values < 0)
    return np.where(bad, 0, values)[made.codes], made.blank[made.codes], bad[made.codes]
