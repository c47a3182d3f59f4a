"""Mutations of a delivery as CSV: of its bytes, of its lines, of its cells."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from datetime import date, timedelta

from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.extracts.mutated import Mutated, Sheet, some

MUTATIONS: dict[str, Callable[[Sheet, random.Random], Mutated]] = {}


def _mutation(make: Callable[[Sheet, random.Random], Mutated]) -> Callable[[Sheet, random.Random], Mutated]:
    MUTATIONS[make.__name__] = make
    return make


def _cells(*texts: str, kinds: tuple[Kind, ...]) -> Callable[[Sheet, random.Random], Mutated]:
    """Some cells of a column of these kinds are written so instead; `{}` stands for what was there."""

    def make(sheet: Sheet, chance: random.Random) -> Mutated:
        spoilt, places = sheet.copy(), sheet.columns(*kinds)
        if places:
            place = chance.choice(places)
            for row in some(chance, sheet):
                spoilt.rows[row][place] = chance.choice(texts).replace("{}", spoilt.rows[row][place])
        return spoilt.mutated("csv", spoilt.csv())

    return make


_ANY = tuple(Kind)
MUTATIONS |= {
    "absurd_numbers": _cells(
        "1e308", "9" * 18, "9" * 40, "-7", "NaN", "inf", "1e400", "0x1F", "1,234", "5 %", "{}.5",
        kinds=(Kind.INT, Kind.FLOAT),
    ),
    "spreadsheet_dates": _cells(
        "43009", "43009.0", "43009.5", "2017-10-01T00:00:00", "2017-10-01 00:00",
        kinds=(Kind.DATE,),
    ),
    "impossible_dates": _cells(
        "2018-02-30", "0001-01-01", "9999-12-31", "01/13/2018", "2018-1-1", "1/2/18", "20180101", "{} ",
        kinds=(Kind.DATE,),
    ),
    "odd_booleans": _cells("J", "yes", "T", "-1", "2", "Y/N", " y", "TRUE", kinds=(Kind.BOOL,)),
    "formulas": _cells("=1+1", "=HYPERLINK(A1)", "+A1", "@SUM(A1)", "-2+3", "=cmd|' /C calc'!A0", kinds=_ANY),
    "spreadsheet_errors": _cells("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", kinds=_ANY),
    "invisible_marks": _cells(
        "\u00a0{}", "{}\u200b", "\ufeff{}", "{}\u202e", "\t{} ", "{}\x07", "\x1b[31m{}",
        kinds=_ANY,
    ),
    "accents": _cells("Zo\u00eb", "\u5f20\u4f1f", "\U0001f476", "e\u0301", kinds=(Kind.STRING,)),
    "blanks": _cells("", " ", "NULL", "n/a", "-", kinds=_ANY),
    "long_cells": _cells("x" * 501, "P" * 200_000, "\u00e9" * 300_000, kinds=_ANY),
    "line_breaks_in_cells": _cells("{}\n", "\r\n{}", "a\nb", "a,b\r\nc", kinds=_ANY),
    "quoted_marks": _cells('"{}"', 'a"b', '""', "','", kinds=_ANY),
}  # fmt: skip


@_mutation
def truncated(sheet: Sheet, chance: random.Random) -> Mutated:
    content = sheet.csv()
    cut = content[: chance.randrange(len(content))]
    lines = cut.count(b"\n")
    return Mutated("csv", cut, sheet.rows[:lines])


@_mutation
def truncated_between_lines(sheet: Sheet, chance: random.Random) -> Mutated:
    kept = Sheet(sheet.extract, sheet.lines[: chance.randint(1, len(sheet.lines))])
    return kept.mutated("csv", kept.csv())


@_mutation
def other_encoding(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for row in some(chance, sheet):
        spoilt.rows[row][chance.choice(sheet.columns(Kind.STRING))] = "Zo\u00eb"
    encoding = chance.choice(["latin-1", "cp1252", "cp850", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
    return spoilt.mutated("csv", spoilt.csv().decode().encode(encoding), delivered=None, must_not_be_used=True)


@_mutation
def byte_order_mark(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated("csv", b"\xef\xbb\xbf" + sheet.csv())


@_mutation
def nul_bytes(sheet: Sheet, chance: random.Random) -> Mutated:
    content = bytearray(sheet.csv())
    for _ in range(chance.randint(1, 20)):
        content.insert(chance.randrange(len(content)), 0)
    return sheet.mutated("csv", bytes(content), must_not_be_used=True)


@_mutation
def one_stray_quote(sheet: Sheet, chance: random.Random) -> Mutated:
    return _quoted(sheet, [(chance.randrange(len(sheet.rows)), chance.randrange(len(sheet.header)), True)])


@_mutation
def two_stray_quotes_in_a_column(sheet: Sheet, chance: random.Random) -> Mutated:
    rows, place = some(chance, sheet, 2), chance.randrange(len(sheet.header))
    return _quoted(sheet, [(row, place, number == 0) for number, row in enumerate(rows)])


@_mutation
def two_stray_quotes(sheet: Sheet, chance: random.Random) -> Mutated:
    return _quoted(
        sheet,
        [(row, chance.randrange(len(sheet.header)), number == 0) for number, row in enumerate(some(chance, sheet, 2))],
    )


def _quoted(sheet: Sheet, marks: list[tuple[int, int, bool]]) -> Mutated:
    """Quotation marks before or behind cells, as nobody would write them."""
    lines = [list(line) for line in sheet.lines]
    for row, place, before in marks:
        cell = lines[row + 1][place]
        lines[row + 1][place] = f'"{cell}' if before else f'{cell}"'
    content = "".join(",".join(line) + "\n" for line in lines).encode()
    # a mark behind a bare cell belongs to its text; one before the file's last cell is closed by nothing
    read = [row for row in csv.reader(io.StringIO(content.decode(), newline="")) if len(row) == len(sheet.header)]
    alike = [row for row in read[1:] if not any("\n" in cell for cell in row)]
    return Mutated("csv", content, [*sheet.rows, *alike], len(sheet.rows))


@_mutation
def line_ends(sheet: Sheet, chance: random.Random) -> Mutated:
    ends = chance.choice([["\r\n"], ["\r"], ["\n", "\r\n"], ["\n", "\r", "\r\n"], ["\n\n", "\n"], ["\r\r\n"]])
    lines = sheet.csv().decode().split("\n")[:-1]
    return sheet.mutated("csv", "".join(line + chance.choice(ends) for line in lines).encode())


@_mutation
def no_last_line_end(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated("csv", sheet.csv().rstrip(b"\n"))


@_mutation
def other_delimiter(sheet: Sheet, chance: random.Random) -> Mutated:
    return sheet.mutated("csv", sheet.csv(mark=chance.choice(";\t|^")), must_not_be_used=True)


@_mutation
def all_quoted(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated("csv", sheet.csv(quoting=csv.QUOTE_ALL))


@_mutation
def bare_commas(sheet: Sheet, chance: random.Random) -> Mutated:
    lines = sheet.csv().decode().splitlines()
    for row in some(chance, sheet):
        lines[row + 1] = lines[row + 1].replace(",", ",,", chance.randint(1, 3))
    return sheet.mutated("csv", ("\n".join(lines) + "\n").encode())


@_mutation
def missing_cells(sheet: Sheet, chance: random.Random) -> Mutated:
    lines = sheet.csv().decode().splitlines()
    for row in some(chance, sheet):
        lines[row + 1] = lines[row + 1].rpartition(",")[0]
    return sheet.mutated("csv", ("\n".join(lines) + "\n").encode())


@_mutation
def a_megabyte_cell(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    size = chance.choice([900_000, 1_100_000, 9_000_000, 30_000_000])
    filling = chance.choice(["x", "x,", "x\n", 'x"'])
    spoilt.rows[chance.randrange(len(sheet.rows))][chance.randrange(len(sheet.header))] = filling * (
        size // len(filling)
    )
    return spoilt.mutated("csv", spoilt.csv())


@_mutation
def a_row_of_commas(sheet: Sheet, chance: random.Random) -> Mutated:
    lines = sheet.csv().decode().splitlines()
    lines.insert(chance.randint(1, len(lines)), "x" + "," * chance.choice([50, 900_000, 5_000_000]))
    return sheet.mutated("csv", ("\n".join(lines) + "\n").encode(), delivered=len(sheet.rows) + 1)


@_mutation
def a_very_wide_header(sheet: Sheet, chance: random.Random) -> Mutated:
    wide = [[*line, *[f"x{place}" for place in range(chance.choice([900, 1_100, 60_000]))]] for line in sheet.lines[:1]]
    rows = [[*row, *[""] * (len(wide[0]) - len(row))] for row in sheet.rows[: 40 if len(wide[0]) > 10_000 else None]]
    kept = Sheet(sheet.extract, sheet.lines[: len(rows) + 1])
    return kept.mutated("csv", Sheet(sheet.extract, [*wide, *rows]).csv())


@_mutation
def flipped_bytes(sheet: Sheet, chance: random.Random) -> Mutated:
    content = bytearray(sheet.csv())
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.choice([chance.randrange(256), ord('"'), ord(","), ord("\n")])
    return _as_python_reads(sheet, bytes(content))


@_mutation
def lost_bytes(sheet: Sheet, chance: random.Random) -> Mutated:
    content = sheet.csv()
    start = chance.randrange(len(content))
    return _as_python_reads(sheet, content[:start] + content[start + chance.choice([1, 2, 40, 4096]) :])


def _as_python_reads(sheet: Sheet, content: bytes) -> Mutated:
    """Bytes that changed are other cells: those are the truth, unless a cell took rows into itself."""
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    lines = [row for row in csv.reader(io.StringIO(text.replace("\0", ""), newline="")) if any(map(str.strip, row))]
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if not set(sheet.header) <= set(header):
        return Mutated("csv", content, sheet.rows, must_not_be_used=True)
    places = [header.index(name) for name in sheet.header]
    return Mutated("csv", content, [[row[place] for place in places] for row in lines[1:] if len(row) == len(header)])


@_mutation
def header_runs_into_the_first_row(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated("csv", sheet.csv().replace(b"\n", b"", 1), must_not_be_used=True)


@_mutation
def header_with_a_row_in_it(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated(
        "csv", sheet.csv().replace(b"\n", b",", 1), delivered=len(sheet.rows) - 1, must_not_be_used=True
    )


@_mutation
def no_header(sheet: Sheet, _: random.Random) -> Mutated:
    return sheet.mutated("csv", sheet.csv().partition(b"\n")[2], must_not_be_used=True)


@_mutation
def header_again(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    spoilt.lines.insert(chance.randint(1, len(spoilt.lines)), list(sheet.header))
    return Mutated("csv", spoilt.csv(), sheet.rows, len(sheet.rows) + 1)


@_mutation
def a_title_above(sheet: Sheet, chance: random.Random) -> Mutated:
    title = chance.choice([b"Extract of 31/12/2017\n", b"\n\n\n", b",,,,\n , \n", b"sep=,\n"])
    return sheet.mutated("csv", title + sheet.csv())


@_mutation
def columns_in_another_order(sheet: Sheet, chance: random.Random) -> Mutated:
    order = chance.sample(range(len(sheet.header)), len(sheet.header))
    return sheet.mutated("csv", Sheet(sheet.extract, [[line[place] for place in order] for line in sheet.lines]).csv())


@_mutation
def swapped_headings(sheet: Sheet, chance: random.Random) -> Mutated:
    """The rows are what the header says that they are."""
    one, two = chance.sample(range(len(sheet.header)), 2)
    spoilt = sheet.copy()
    for row in spoilt.rows:
        row[one], row[two] = row[two], row[one]
    return spoilt.mutated("csv", spoilt.csv())


@_mutation
def lost_column(sheet: Sheet, chance: random.Random) -> Mutated:
    gone = chance.randrange(len(sheet.header))
    lines = [[cell for place, cell in enumerate(line) if place != gone] for line in sheet.lines]
    return sheet.mutated("csv", Sheet(sheet.extract, lines).csv(), must_not_be_used=True)


@_mutation
def lost_heading(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    spoilt.header[chance.randrange(len(sheet.header))] = chance.choice(["", " ", "x", "person id"])
    return Mutated("csv", spoilt.csv(), sheet.rows, must_not_be_used=True)


@_mutation
def column_twice(sheet: Sheet, chance: random.Random) -> Mutated:
    place = chance.randrange(len(sheet.header))
    lines = [[*line, line[place].upper()] for line in sheet.lines]
    return sheet.mutated("csv", Sheet(sheet.extract, lines).csv(), must_not_be_used=True)


@_mutation
def unexpected_columns(sheet: Sheet, chance: random.Random) -> Mutated:
    lines = [[*line, "Notes" if number == 0 else "a, b\nc"] for number, line in enumerate(sheet.lines)]
    return sheet.mutated("csv", Sheet(sheet.extract, lines).csv(ends=chance.choice(["\n", "\r\n"])))


@_mutation
def american_dates(sheet: Sheet, _: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for place in sheet.columns(Kind.DATE):
        for row in spoilt.rows:
            row[place] = row[place] and f"{date.fromisoformat(row[place]):%m/%d/%Y}"
    tells = any(int(row[place][8:]) > 12 for place in sheet.columns(Kind.DATE) for row in sheet.rows if row[place])
    every = [_tells(sheet, place) for place in sheet.columns(Kind.DATE)]
    truth = sheet.rows if all(every) and tells else [*sheet.rows, *spoilt.rows]  # nobody could tell
    return Mutated("csv", spoilt.csv(), truth, len(sheet.rows))


def _tells(sheet: Sheet, place: int) -> bool:
    days = [int(row[place][8:]) for row in sheet.rows if row[place]]
    return not days or max(days) > 12


@_mutation
def british_dates(sheet: Sheet, _: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for place in sheet.columns(Kind.DATE):
        for row in spoilt.rows:
            row[place] = row[place] and f"{date.fromisoformat(row[place]):%d/%m/%Y}"
    return Mutated("csv", spoilt.csv(), sheet.rows, len(sheet.rows))


@_mutation
def dates_of_two_forms(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for place in sheet.columns(Kind.DATE):
        for row in some(chance, sheet):
            text = spoilt.rows[row][place]
            spoilt.rows[row][place] = text and f"{date.fromisoformat(text):%d/%m/%Y}"
    return Mutated("csv", spoilt.csv(), sheet.rows, len(sheet.rows))


@_mutation
def all_serial_dates(sheet: Sheet, _: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for place in sheet.columns(Kind.DATE):
        for row in spoilt.rows:
            row[place] = row[place] and str((date.fromisoformat(row[place]) - date(1899, 12, 30)) // timedelta(days=1))
    blank = [row for row in sheet.rows if not any(row[place] for place in sheet.columns(Kind.DATE))]
    return Mutated("csv", spoilt.csv(), blank, len(sheet.rows))


@_mutation
def rows_twice(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for row in some(chance, sheet):
        spoilt.lines.insert(chance.randint(1, len(spoilt.lines)), list(sheet.rows[row]))
    return Mutated("csv", spoilt.csv(), sheet.rows, len(spoilt.rows))


@_mutation
def many_rows_twice(sheet: Sheet, _: random.Random) -> Mutated:
    lines = [sheet.header, *(sheet.rows * (100_000 // len(sheet.rows)))]
    return Mutated("csv", Sheet(sheet.extract, lines).csv(), sheet.rows, len(lines) - 1)


@_mutation
def keys_again(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt, key = sheet.copy(), sheet.extract.key
    others = [place for place, name in enumerate(sheet.header) if name not in key]
    for row in some(chance, sheet):
        again = list(sheet.rows[row])
        again[chance.choice(others)] = "another"
        spoilt.lines.append(again)
    return spoilt.mutated("csv", spoilt.csv(), must_not_be_used=True)


@_mutation
def blank_keys(sheet: Sheet, chance: random.Random) -> Mutated:
    spoilt = sheet.copy()
    for row in some(chance, sheet):
        spoilt.rows[row][sheet.header.index(chance.choice(sheet.extract.key))] = chance.choice(["", " ", "#N/A"])
    return spoilt.mutated("csv", spoilt.csv(), must_not_be_used=True)


@_mutation
def nothing_in_it(sheet: Sheet, chance: random.Random) -> Mutated:
    content = chance.choice([b"", b"\n", b"\xef\xbb\xbf", b",,,\n,,,\n", b" ", b'""\n', b'"', b"\r\r\r", b"\x1a"])
    return Mutated("csv", content, [], must_not_be_used=True)


@_mutation
def header_alone(sheet: Sheet, chance: random.Random) -> Mutated:
    alone = Sheet(sheet.extract, [sheet.header])
    return alone.mutated("csv", alone.csv() + chance.choice([b"", b"\n\n", b"," * (len(sheet.header) - 1) + b"\n"]))


@_mutation
def another_file(sheet: Sheet, chance: random.Random) -> Mutated:
    content = sheet.csv()
    spoilt = chance.choice(
        [gzip.compress(content), chance.randbytes(5_000), b"<html><body>Sign in</body></html>\n", b'{"rows": []}\n']
    )
    return Mutated(chance.choice(["csv", "xlsx", "parquet"]), spoilt, sheet.rows, must_not_be_used=True)


@_mutation
def another_ending(sheet: Sheet, chance: random.Random) -> Mutated:
    return sheet.mutated(chance.choice(["xlsx", "parquet"]), sheet.csv(), must_not_be_used=True)
