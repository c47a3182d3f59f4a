"""What a format reader gives: extracts in the contract's columns, each row with the place that it came from.

A reader turns files or tables that councils already have into extracts, for all quarters at once; what a quarter's
world holds of them is cut out later, and checked like any other delivery. What a reader cannot use it leaves out,
with the reason; what looks wrong it reports. It guesses nothing: a code without a mapping is reported, with counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

SOURCE_FILE, SOURCE_ROW = "source_file", "source_row"
"""The columns that say where a row came from: a file's name (or a table's), and the row's number in it.

Of a table of a database, whose rows have no numbers, the row's key as text: it then stands in no message, only in
the files of rejected rows and findings.
"""
SOURCE_DATE = "source_date"
"""Optional beside REJECTED and FINDINGS: the day of the line's event. A quarter is not told of lines dated after it."""
REJECTED = (SOURCE_FILE, SOURCE_ROW, "column", "rule", "reason")
FINDINGS = (SOURCE_FILE, SOURCE_ROW, "column", "rule", "message")


class SourceError(Exception):
    """A source cannot be read or trusted. Says file, table or key, and the fix; never a cell's value."""


class MissingError(SourceError):
    """A table or a column is not there: what is made of it cannot be given, the source's other extracts can."""


@dataclass(frozen=True)
class SourceFile:
    """A file of a format, as a reader gets it.

    Attributes:
        path: where it lies, to be opened for reading in a stream.
        name: how people are told of it.
    """

    path: Path
    name: str


def no_lines(columns: Sequence[str]) -> pd.DataFrame:
    """A table of these columns, all text, without a line."""
    return pd.DataFrame(columns=list(columns), dtype="str")


@dataclass(frozen=True, eq=False)
class FormatExtract:
    """An extract as a reader gives it, over all quarters.

    Attributes:
        rows: the contract's columns, of the extract's kinds, and SOURCE_FILE and SOURCE_ROW; in any order.
        rejected: rows that cannot be used: file, row, column, rule, reason. One line a row and reason; no values.
        findings: rows that stay but look wrong: file, row, column, rule, message; no values.
        ignored: what was left aside on purpose, in words, with its count: `plans of other authorities` -> 12.
        spells: for a column that depends on the day (`open_to_cwd`), the stretches of days on which it is true: the
            extract's key, start_date, end_date (blank = still so). Its values in `rows` are then not looked at.
        unmapped: codes without a mapping, with their counts, by column (in our words): what `check` shows.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=lambda: no_lines(REJECTED))
    findings: pd.DataFrame = field(default_factory=lambda: no_lines(FINDINGS))
    ignored: Mapping[str, int] = field(default_factory=dict)
    spells: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    unmapped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


FormatExtracts = Mapping[str, FormatExtract | MissingError]
"""What a reader gives: extracts by name (`cp_plans`), or what is missing for one."""
