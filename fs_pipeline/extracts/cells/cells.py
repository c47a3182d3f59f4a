"""The cells of a delivered table, where each row stands, and cells as text; how a file is refused, and rows are named.

Says nothing of what the cells should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions

MOST_COLUMNS = 1_000
"""A table with more is no extract: it was damaged, or it is a trap."""
UNMAPPED = "unmapped_code"
"""The rule about codes that a mapping does not know."""
NO_DAYS = "1900-01-01 or 9999-12-31"
"""What programs write for a blank in a date."""
_NO_DAY = r"^(1900-01-01|01/01/1900|9999-12-31|31/12/9999)([T ].*)?$"
REJECTED_LINE = ("file", "row", "column", "rule", "reason")
FINDING_LINE = ("file", "row", "column", "rule", "message")
"""What is said of a row that is left out, and of one that stays but looks wrong. No line holds a value of its row."""
_EXACT_WHOLE = float(2**53)
_NAMED = 10
_HEADING = re.compile(r"^[A-Za-z][A-Za-z _/().-]{0,39}$")


class ExtractRefused(Exception):
    """A delivered file cannot be trusted. The message says file, column, rows and the fix; never a cell's value."""


def rows_named(numbers: np.ndarray | list[int]) -> str:
    """The first ten row numbers, and how many rows there are in all."""
    if len(numbers) == 1:
        return f"row {int(numbers[0])}"
    first = ", ".join(str(int(number)) for number in numbers[:_NAMED])
    more = ", ..." if len(numbers) > _NAMED else ""
    return f"rows {first}{more} ({len(numbers):,} rows in all)"


def may_be_shown(heading: str) -> bool:
    """Whether a heading that the contract does not know may stand in a message: it may be a row that ran into it."""
    return _HEADING.match(heading) is not None


@dataclass(frozen=True, eq=False)
class Places:
    """Where rows that were read from a source came from.

    Attributes:
        files: the file or table of each row.
        rows: its number in it, or its key in the table; as text.
        numbered: they are numbers. Keys are never told in a message.
    """

    files: np.ndarray
    rows: np.ndarray
    numbered: bool


@dataclass(frozen=True)
class RaggedRow:
    """A row with more or fewer cells than the header."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """A delivered table.

    Attributes:
        file: its name for people.
        headings: the header's cells, without blanks around them; "" for a blank one.
        letters: each column's letter as a spreadsheet shows it; "" where the format has none.
        columns: each column's cells: text, or typed where the format is.
        numbers: each row's number as a spreadsheet shows it; blank lines count.
        header_number: the header's own row number.
        ragged: the rows that do not fit the header; they are not in `columns`.
        places: where the rows came from when they were read from a source; the numbers are then of no use to people.
        ends_in_line: the last line of a text file has no line end, though the others have: it may have been cut off.
    """

    file: str
    headings: tuple[str, ...]
    letters: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    numbers: Positions
    header_number: int = 1
    ragged: tuple[RaggedRow, ...] = ()
    ends_in_line: bool = False
    places: Places | None = None

    @property
    def labels(self) -> np.ndarray:
        """What people find each row by: its number, or where it stood in the source."""
        return self.numbers if self.places is None else self.places.rows

    def files(self, rows: Positions) -> list[str]:
        """The files of these rows."""
        return [self.file] * len(rows) if self.places is None else self.places.files[rows].tolist()

    def each_named(self, rows: Positions) -> list[str]:
        """Each of these rows, for what is found in another: by its number or key, and the file of a source."""
        if self.places is None:
            return [f"row {number}" for number in self.numbers[rows]]
        places = zip(self.places.rows[rows], self.places.files[rows], strict=True)
        return [f"row {row} of {file}" for row, file in places]

    def named(self, rows: Flags | Positions) -> str:
        """These rows, for a message: by their numbers; of a table of a database, whose rows have keys, how many."""
        if self.places is None:
            return rows_named(self.numbers[rows])
        files, numbers = self.places.files[rows], self.places.rows[rows]
        if not self.places.numbered:
            return f"{len(files):,} rows"
        return " and ".join(
            f"{rows_named(np.sort(numbers[files == file].astype(np.int64)))} of {file}" for file in sorted(set(files))
        )

    @cached_property
    def lower_headings(self) -> list[str]:
        """The headings in small letters: capitals do not matter in them."""
        return [text.lower() for text in self.headings]

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Which of these columns there are not."""
        return [name for name in names if name.strip().lower() not in self.lower_headings]

    def repeats(self, names: Iterable[str]) -> list[str]:
        """Which of these columns there are more than once."""
        return [name for name in names if self.lower_headings.count(name.strip().lower()) > 1]

    def texts(self, name: str) -> pa.ChunkedArray:
        """The first column of that name, as text without blanks around; blanks are null."""
        return stripped(as_text(self.columns[self.lower_headings.index(name.strip().lower())]))

    def ragged_lines(self) -> list[tuple[str, ...]]:
        """REJECTED_LINE of each row that does not fit the header."""
        width = len(self.headings)
        reasons = [f"the row has {len(row.cells)} cells, the header has {width}" for row in self.ragged]
        return [
            (self.file, str(row.number), "", "ragged", reason) for row, reason in zip(self.ragged, reasons, strict=True)
        ]

    def address(self, position: int, name: str) -> str:
        """A column's address: `F start_date`, or the name alone where there are no letters."""
        return f"{self.letters[position]} {name}".strip()


def cells_of_table(name: str, table: pa.Table) -> Cells:
    """The cells of a query's result, its rows numbered as they came."""
    letters = ("",) * table.num_columns
    return Cells(name, tuple(table.column_names), letters, tuple(table.columns), row_numbers(1, table.num_rows))


def refuse_too_many_columns(file: str, columns: int) -> None:
    """Refuses a table of so many columns that it can be no extract, before its rows are read."""
    if columns > MOST_COLUMNS:
        raise ExtractRefused(
            f"{file} has {columns:,} columns in its header, more than {MOST_COLUMNS:,}: deliver the table alone"
        )


def row_numbers(first: int, rows: int) -> Positions:
    """The numbers of so many rows, the first as given."""
    return np.arange(first, first + rows, dtype=np.int64)


def heading(text: str) -> str:
    """A header's cell without blanks and byte order marks around it."""
    return text.strip().strip("\ufeff").strip()


def as_text(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Typed cells as the text that a person would have written: ISO dates, whole numbers without a fraction, Y, N."""
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_dictionary(kind):
        return as_text(array.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.if_else(array, "Y", "N")
    if pa.types.is_floating(kind):
        array = array.cast(pa.float64())
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
        whole = pc.and_(pc.equal(pc.round(array), array), pc.less(pc.abs(array), _EXACT_WHOLE))
        digits = pc.if_else(whole, array, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(whole, digits, array.cast(pa.string()))
    if pa.types.is_date64(kind):
        return array.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is None:
        days = array.cast(pa.date32(), safe=False)
        midnight = pc.equal(days.cast(kind), array)
        return pc.if_else(midnight, days.cast(pa.string()), array.cast(pa.string()))
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # kinds that no contract knows: Python's words will do
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())


def text_of(value: object) -> str:
    """A single value as that text; a whole number of any size in digits."""
    match value:
        case bool():
            return "Y" if value else "N"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
        case Decimal():
            return str(int(value)) if value.is_finite() and value == int(value) else format(value, "f")
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def stripped(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The texts without blanks around them; null where nothing is left."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def is_no_day(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Which texts are one of `NO_DAYS`, with or without a time."""
    return pc.fill_null(pc.match_substring_regex(texts, _NO_DAY), False)


def map_codes(
    values: pa.ChunkedArray, codes: Mapping[str, str | bool | int], ours: Sequence[str] = ()
) -> tuple[pa.ChunkedArray, Flags]:
    """Texts under our codes, and which of them are known: in the mapping, or one of ours already; blanks are not.

    Neither blanks around a code nor capitals matter. What is not known stays as it is.
    """
    becomes = {code.casefold(): code for code in ours}
    becomes |= {theirs.strip().casefold(): _code(code) for theirs, code in codes.items()}
    encoded = pc.dictionary_encode(values.combine_chunks())
    distinct = encoded.dictionary.to_pylist()
    mapped = [becomes.get(text.strip().casefold()) for text in distinct]
    texts = pa.array([code or text for code, text in zip(mapped, distinct, strict=True)], pa.string())
    known = np.array([*(code is not None for code in mapped), False], dtype=np.bool_)  # the last stands for blanks
    positions = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return pa.chunked_array([texts.take(encoded.indices)]), known[positions]


def _code(code: str | bool | int) -> str:
    return ("Y" if code else "N") if isinstance(code, bool) else str(code)


def count_codes(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each text occurs, the most frequent first."""
    counts = [tuple(count.values()) for count in pc.value_counts(values.combine_chunks()).to_pylist()]
    return dict(sorted(counts, key=lambda count: (-count[1], count[0])))


def no_lines(columns: Sequence[str]) -> pd.DataFrame:
    """A table of these columns, all text, without a line."""
    return pd.DataFrame(columns=list(columns), dtype="str")
