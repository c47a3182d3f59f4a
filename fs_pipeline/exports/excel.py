"""Workbooks of tables, and CSV files that open in Excel: typed cells, formats, headings, print set-up.

Knows no sheet in particular. Everything that is a text is written as a text, so nothing that a supplier's cell holds
can become a formula. Rows are written as they come: a sheet is finished before the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from textwrap import wrap
from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Kind

A4, A3 = 9, 8
_FONT = "Arial"
_DARK, _LINE = "#1F3A4D", "#9AA5AD"
_KINDS: dict[Kind, tuple[str, float, str]] = {
    Kind.STRING: ("write_string", 18, "@"),
    Kind.DATE: ("write_datetime", 13, "dd/mm/yyyy"),
    Kind.INT: ("write_number", 14, "#,##0"),
    Kind.FLOAT: ("write_number", 14, "#,##0.0##"),
    Kind.BOOL: ("write_boolean", 12, "General"),
}
"""How a kind of value is written, and where a heading does not say it, how wide its column is and its format."""
_LINE_HEIGHT = 13.5
_LOOKS_LIKE_A_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula (OWASP: CSV injection); negative numbers do too."""


class Number(NamedTuple):
    """A number with a format of its own."""

    value: float
    number_format: str


@dataclass(frozen=True)
class Heading:
    """A column of a sheet: its heading (lines from top to bottom), kind, width in characters, note on the heading.

    `column` is that of the frames whose values stand below it, where these are written by name.
    """

    words: tuple[str, ...]
    kind: Kind
    width: float = 0
    number_format: str = ""
    wraps: bool = False
    note: str = ""
    column: str = ""


def headings_of(table: str) -> list[Heading]:
    """The columns of a table as `headings.csv` has them."""
    return [
        Heading(
            (row["heading"],),
            Kind[row["kind"].upper()],
            float(row["width"]),
            row["number_format"],
            wraps=row["wraps"] == "yes",
            column=row["column"],
        )
        for row in sheet("headings", __package__)
        if row["table"] == table
    ]


class Book:
    """A workbook that is being written.

    Args:
        title: its title, among the document's properties.
        author: whose it is.
        made: the day that the properties name; the same contents give the same bytes.
        marking: printed at the head of every page.

    Attributes:
        workbook: the workbook of XlsxWriter, for what is not here.
    """

    def __init__(self, title: str, author: str, made: date, marking: str) -> None:
        self._content = BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self._content,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        created = datetime(made.year, made.month, made.day)
        self.workbook.set_properties({"title": title, "author": author, "created": created})
        self._title, self._marking = title, marking
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **properties: object) -> Format:
        """A cell format; the same properties give the same one."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(
                {"font_name": _FONT, "font_size": 10, "valign": "top"} | properties
            )
        return self._formats[key]

    def sheet(self, name: str, *, portrait: bool = False, paper: int = A4, pages: tuple[int, int] = (1, 0)) -> Sheet:
        """A new sheet, set up to be printed.

        Args:
            name: its name.
            portrait: upright; else landscape.
            paper: A4 or A3.
            pages: how many pages wide and high it is scaled to; 0 for as many as it takes.
        """
        worksheet = self.workbook.add_worksheet(name)
        worksheet.set_paper(paper)
        worksheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        worksheet.hide_gridlines(2)
        if not portrait:
            worksheet.set_landscape()
        if any(pages):
            worksheet.fit_to_pages(*pages)
        worksheet.set_header(f"&L&8{_printed(self._title)}&R&8{_printed(self._marking)}")
        worksheet.set_footer("&L&8&A&R&8Page &P of &N")
        return Sheet(self, worksheet, name)

    def titled_sheet(self, name: str, headings: Sequence[Heading], below: str, *, paper: int = A4) -> Sheet:
        """A new sheet with columns as wide as these, its name as its title, and words below that."""
        sheet = self.sheet(name, paper=paper)
        sheet.columns(headings)
        sheet.title(name, below)
        return sheet

    def content(self) -> bytes:
        """Closes the workbook; its bytes."""
        self.workbook.close()
        return self._content.getvalue()


class Sheet:
    """A sheet that is being written, from top to bottom.

    Attributes:
        worksheet: the sheet of XlsxWriter, for what is not here.
        name: its name.
        row: the next row, from 0.
    """

    def __init__(self, book: Book, worksheet: Worksheet, name: str) -> None:
        self.book, self.worksheet, self.name = book, worksheet, name
        self.row = 0

    def text(self, words: str, **properties: object) -> None:
        """A line of text in the first column."""
        self.worksheet.write_string(self.row, 0, words, self.book.format(**properties))
        self.row += 1

    def paragraph(self, words: str, width: int) -> None:
        """Text in lines of so many characters at most."""
        for line in wrap(words, width):
            self.text(line)

    def title(self, words: str, below: str = "") -> None:
        """The sheet's title, and a line below it."""
        self.worksheet.set_row(self.row, 24)
        self.text(words, bold=True, font_size=16, font_color=_DARK)
        if below:
            self.text(below, font_color="#444444")
        self.row += 1

    def subtitle(self, words: str) -> None:
        """A heading in the sheet."""
        self.row += 1
        self.text(words, bold=True, font_size=12, font_color=_DARK)

    def columns(self, headings: Sequence[Heading], *, formatted: bool = False) -> None:
        """The columns' widths, and when asked the formats of what is yet to be filled in."""
        for position, heading in enumerate(headings):
            of_cells = self._writer(heading, ruled=False)[1] if formatted else None
            self.worksheet.set_column(position, position, heading.width or _KINDS[heading.kind][1], of_cells)

    def table(
        self,
        headings: Sequence[Heading],
        rows: Iterable[Sequence[object]] | pd.DataFrame,
        *,
        filters: bool = True,
        freeze_columns: int | None = None,
        ruled: bool = True,
    ) -> None:
        """A table under its headings, at the next row.

        Args:
            headings: its columns, all with the same number of lines.
            rows: one value a column; None is a blank, a text stands as it is even among numbers, a Number has a
                format of its own. Of a frame, what stands in the headings' columns.
            filters: whether the lowest heading has filters.
            freeze_columns: how many columns stay in sight together with the headings; None when none shall.
            ruled: whether there is a line below each row.
        """
        lines = len(headings[0].words)
        for line in range(lines):
            if line == lines - 1:
                self.worksheet.set_row(self.row, _LINE_HEIGHT * max(_lines(each.words[-1], each) for each in headings))
            for column, heading in enumerate(headings):
                self.worksheet.write_string(self.row, column, heading.words[line], self._heading_format(heading))
                if heading.note and line == lines - 1:
                    self.worksheet.write_comment(self.row, column, heading.note, {"x_scale": 2})
            self.row += 1
        if freeze_columns is not None:
            self.worksheet.freeze_panes(self.row, freeze_columns)
            self.worksheet.repeat_rows(self.row - lines, self.row - 1)
            if freeze_columns:
                self.worksheet.repeat_columns(0, freeze_columns - 1)
        if isinstance(rows, pd.DataFrame):
            rows = values(rows[[heading.column for heading in headings]])
        first = self.row
        writers = [self._writer(heading, ruled) for heading in headings]
        wrapping = [(column, heading) for column, heading in enumerate(headings) if heading.wraps]
        for row in rows:
            if wrapping and (lines := max(_lines(row[column], heading) for column, heading in wrapping)) > 1:
                self.worksheet.set_row(self.row, _LINE_HEIGHT * lines)
            cells = zip(row, headings, writers, strict=True)
            for column, (value, heading, (write, cell_format)) in enumerate(cells):
                if isinstance(value, str):
                    self.worksheet.write_string(self.row, column, value, cell_format)
                elif value is None:
                    if ruled:
                        self.worksheet.write_blank(self.row, column, None, cell_format)
                elif isinstance(value, Number) or (".#" in heading.number_format and isinstance(value, int | float)):
                    number, form = value if isinstance(value, Number) else (value, heading.number_format)
                    own_format = self._cell_format(heading, ruled, _without_bare_point(number, form))
                    self.worksheet.write_number(self.row, column, number, own_format)
                else:
                    write(self.row, column, value, cell_format)
            self.row += 1
        if filters:
            self.worksheet.autofilter(first - 1, 0, max(self.row - 1, first), len(headings) - 1)

    def _heading_format(self, heading: Heading) -> Format:
        return self.book.format(
            bold=True, text_wrap=True, font_color="#FFFFFF", bg_color=_DARK, valign="bottom", **_aligned(heading)
        )

    def _writer(self, heading: Heading, ruled: bool) -> tuple[Any, Format]:
        write, _, number_format = _KINDS[heading.kind]
        return getattr(self.worksheet, write), self._cell_format(heading, ruled, heading.number_format or number_format)

    def _cell_format(self, heading: Heading, ruled: bool, number_format: str) -> Format:
        line = {"bottom": 4, "bottom_color": _LINE} if ruled else {}
        return self.book.format(num_format=number_format, text_wrap=heading.wraps, **line, **_aligned(heading))


def _without_bare_point(value: float, number_format: str) -> str:
    """The format without decimals that need not be there, when there are none: Excel would write `5.`."""
    return number_format.replace(".##", "").replace(".#", "") if float(value).is_integer() else number_format


def values(frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """The rows of a frame as plain Python values; blanks are None."""
    return zip(*(_plain(frame[name]) for name in frame.columns), strict=True)


def _plain(column: pd.Series) -> list[object]:
    """A column as Python values: Excel has no time zones, no NumPy, and blanks for what is missing."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        plain: list[object] = column.to_numpy("datetime64[us]").tolist()
    else:
        plain = column.to_numpy(object, na_value=None).tolist()  # type: ignore[call-overload]  # the stubs know no None
    return plain


def _aligned(heading: Heading) -> dict[str, object]:
    """Texts stand to the left, a little away from the numbers before them; numbers and dates to the right."""
    return {"align": "left", "indent": 1} if heading.kind in (Kind.STRING, Kind.BOOL) else {"align": "right"}


def _lines(words: object, heading: Heading) -> int:
    """How many lines a text takes when it is wrapped at the column's width."""
    width = int((heading.width or _KINDS[heading.kind][1]) * 1.15) - 1
    return len(wrap(words, width)) or 1 if isinstance(words, str) else 1


def _printed(words: str) -> str:
    """Text of a page's head: an ampersand there begins a code of Excel's."""
    return words.replace("&", "&&")[:100]


def csv_for_excel(rows: pd.DataFrame) -> bytes:
    """The rows as CSV; an apostrophe stands before what looks like a formula, in headings too, so that it is text.

    With a byte order mark, without which Excel takes UTF-8 for something else. Lines end with CR and LF: of these the
    writer quotes what stands in a cell, where a bare CR would begin a row, and so a cell.
    """
    text = rows.map(_as_text).rename(columns=_as_text)
    return text.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _as_text(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _LOOKS_LIKE_A_FORMULA.match(cell) else cell
