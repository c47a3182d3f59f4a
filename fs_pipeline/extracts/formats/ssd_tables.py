"""The tables of the Standard Safeguarding Dataset (SSD) in a database: what is read of them, and under which settings.

Suppliers differ in the names of tables, views and columns, and some columns are not there at all: settings name
theirs, and what may be missing is then blank. Only the columns that are needed are read: no names of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    MissingError,
)
from fs_pipeline.extracts.cells.texts import UNMAPPED, map_codes, stripped
from fs_pipeline.extracts.formats.source_tables import Notes, rejections
from fs_pipeline.toolkit.extracts import EXTRACTS

PLACEHOLDER = "SSD_PH"
"""What some suppliers' scripts write where they have nothing."""
CODES: Mapping[str, Mapping[str, str]] = {
    "sex": {
        **dict.fromkeys(("M", "Male", "1", "01"), "M"),
        **dict.fromkeys(("F", "Female", "2", "02"), "F"),
        **dict.fromkeys(("U", "Unknown", "Not known", "Indeterminate", "I", "0", "00", "9", "09"), "U"),
    },
    "category_of_need": {},
    "category": {
        **dict.fromkeys(("NEG", "Neglect"), "NEG"),
        **dict.fromkeys(("PHY", "Physical", "Physical abuse"), "PHY"),
        **dict.fromkeys(("SAB", "Sexual", "Sexual abuse"), "SAB"),
        **dict.fromkeys(("EMO", "Emotional", "Emotional abuse"), "EMO"),
        **dict.fromkeys(("MUL", "Multiple", "Multiple/not recommended"), "MUL"),
    },
}
"""The codes and descriptions that are known without being mapped, by column in our words."""

Team = date | tuple[date, date] | Literal["always"]
"""From when a team is one of a kind: a first day, a first and a last day, or always."""


@dataclass(frozen=True, kw_only=True)
class SsdSettings:
    """What the SSD does not say.

    Attributes:
        family_safeguarding_teams: the teams, by id or name, that are Family Safeguarding teams: from which day, from
            which to which day, or "always".
        cwd_teams: likewise, the Children With Disabilities teams.
        case_worker_roles: the roles of an involvement that make it an allocation; others are left aside.
        uasc_statuses: immigration statuses of unaccompanied asylum-seeking children.
        care_continues: reasons for which an episode ceases while care goes on (X1).
        respite_legal_statuses: legal statuses of short breaks; a period of care of nothing else is left aside.
        codes: by column (sex, category_of_need, category): their code -> ours, beside those that are known.
        schema: the database's schema of the tables; its usual one when blank.
        tables: an SSD table's name -> the name of their table or view.
        columns: by SSD table: their column -> the SSD's.
    """

    family_safeguarding_teams: Mapping[str, Team]
    cwd_teams: Mapping[str, Team] = field(default_factory=dict)
    case_worker_roles: tuple[str, ...] = ("CW", "Case Worker", "Allocated Case Worker")
    uasc_statuses: tuple[str, ...] = ("UASC", "U", "Unaccompanied Asylum Seeking Child")
    care_continues: tuple[str, ...] = (
        "X1",
        "Episode ceases, and new episode begins on same day, for any reason",
        "X1 - Episode ceases, and new episode begins on same day, for any reason",
    )
    respite_legal_statuses: tuple[str, ...] = ("V3", "V4")
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    schema: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column, codes in self.codes.items():
            if column not in CODES:
                raise ValueError(f"codes.{column} is not a key: codes accepts {', '.join(CODES)}")
            accepted = _ours(column)
            wrong = [theirs for theirs, ours in codes.items() if ours not in accepted]
            if wrong:
                raise ValueError(f"codes.{column}.{wrong[0]} must be one of {', '.join(accepted)}")


def _ours(column: str) -> tuple[str, ...]:
    contracts = {"sex": "people", "category_of_need": "referrals", "category": "cp_plans"}
    return EXTRACTS[contracts[column]].contract(column).codes


class SsdTables:
    """The tables of an open database, each read once."""

    def __init__(self, database: OpenDatabase, settings: SsdSettings) -> None:
        self._database = database
        self._settings = settings

    def read(self, table: str, needed: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
        """These columns of a table, as text; blank where there is nothing, or a placeholder.

        Raises:
            MissingError: the table, or a needed column, is not there.
            SourceError: the database refuses or goes away.
        """
        settings, theirs = self._settings, self._settings.tables.get(table, table)
        there = self._database.columns(theirs, settings.schema)
        if not there:
            place = f" in schema {settings.schema}" if settings.schema else ""
            raise MissingError(
                f"database {self._database.name} has no table {theirs}{place}: name theirs in the format's "
                f"tables.{table}, or its schema"
            )
        names = {ours: their.lower() for their, ours in settings.columns.get(table, {}).items()}
        named = {column: there.get(names.get(column, column)) for column in (*needed, *optional)}
        missing = [column for column in needed if named[column] is None]
        if missing:
            raise MissingError(
                f"table {theirs} of database {self._database.name} has no column {', '.join(missing)}: name theirs in "
                f"the format's columns.{table}"
            )
        asked = {column: name for column, name in named.items() if name is not None}
        rows = self._database.read(theirs, list(asked.values()), settings.schema)
        frame = pd.DataFrame(
            {column: _text(rows.column(place)) for place, column in enumerate(asked)}, index=range(len(rows))
        )
        return frame.reindex(columns=[*needed, *optional]).astype("str")

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        return bool(self._database.columns(self._settings.tables.get(table, table), self._settings.schema))


def _text(values: pa.ChunkedArray) -> pd.Series:
    texts = stripped(values)
    texts = pc.if_else(pc.equal(texts, PLACEHOLDER), pa.scalar(None, pa.string()), texts)
    column: pd.Series = texts.to_pandas()
    return column.astype("str")


def one_of(values: pd.Series, accepted: Sequence[str]) -> Flags:
    """Which values are one of the accepted, whatever their capitals; blanks are not."""
    flags: Flags = values.str.casefold().isin([each.strip().casefold() for each in accepted]).to_numpy(dtype=np.bool_)
    return flags


def as_days(values: pd.Series) -> Dates:
    """Dates, with or without a time, ISO or UK, as days; blank where there is no such date."""
    text = values.str.slice(0, 10)
    iso = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    uk = pd.to_datetime(text, format="%d/%m/%Y", errors="coerce")
    found: Dates = iso.fillna(uk).to_numpy().astype("datetime64[D]")
    return found


def date_column(day: Dates) -> pd.Series:
    """Days as a column of dates."""
    return pd.Series(day.astype("datetime64[s]"))


class Rows:
    """Rows of an SSD table on their way to an extract, with what is said of them.

    Attributes:
        frame: the rows, as text.
    """

    def __init__(self, table: str, key: str, frame: pd.DataFrame, dated: str = "") -> None:
        """Rows of a table, each told by its key; `dated` is the column with the day of its event."""
        self.table, self.frame = table, frame.reset_index(drop=True)
        day = as_days(self.frame[dated]) if dated else np.full(len(frame), np.datetime64("NaT", "D"))
        places = {SOURCE_FILE: table, SOURCE_ROW: self.frame[key], SOURCE_DATE: day.astype("datetime64[s]")}
        self._places = pd.DataFrame(places, index=self.frame.index)
        self._gone = np.zeros(len(frame), dtype=np.bool_)
        self._rejected, self._findings = rejections(), Notes()
        self._ignored: dict[str, int] = {}
        self._unmapped: dict[str, Mapping[str, int]] = {}

    def reject(self, rows: Flags, column: str, rule: str, reason: str) -> None:
        """Leaves rows out, with the reason."""
        self._rejected.add(self._places, rows & ~self._gone, column, rule, reason)
        self._gone = self._gone | rows

    def find(self, rows: Flags, column: str, rule: str, message: str) -> None:
        """Says what looks wrong in rows."""
        self._findings.add(self._places, rows & ~self._gone, column, rule, message)

    def leave_aside(self, rows: Flags, words: str) -> None:
        """Leaves rows aside on purpose; they are counted only."""
        if here := int((rows & ~self._gone).sum()):
            self._ignored[words] = here
        self._gone = self._gone | rows

    def dates(self, column: str) -> Dates:
        """A column's days; rows with something else in it are rejected."""
        found = as_days(self.frame[column])
        wrong = self.frame[column].notna().to_numpy() & np.isnat(found)
        self.reject(wrong, column, "bad_date", f"{column} is not a date such as 2017-10-01")
        return found

    def code(self, column: str, ours: str, codes: Mapping[str, str], *, nullable: bool) -> pd.Series:
        """A column under our codes. A code without a mapping is blank with a finding, or as it is when not nullable."""
        given = pa.chunked_array([pa.array(self.frame[column], pa.string(), from_pandas=True)])
        values, known = map_codes(given, {**CODES[ours], **codes}, _ours(ours))
        unknown: Flags = self.frame[column].notna().to_numpy() & ~known & ~self._gone
        if unknown.any():
            counts = self.frame[column][unknown].value_counts()
            self._unmapped[ours] = {str(code): int(count) for code, count in counts.items()}
        made: pd.Series = values.to_pandas().astype("str")
        if nullable:
            self.find(unknown, column, UNMAPPED, f"{column} has a code without a mapping in the format's codes.{ours}")
            made = made.mask(unknown)
        return made

    def extract(
        self, extract: str, values: Mapping[str, object], spells: Mapping[str, pd.DataFrame] | None = None
    ) -> FormatExtract:
        """The rows that are left, as an extract."""
        rows = pd.DataFrame(dict(values), index=self.frame.index)[~self._gone]
        return self.extract_of(extract, rows, self._places[SOURCE_ROW][~self._gone], spells)

    def extract_of(
        self, extract: str, rows: pd.DataFrame, keys: pd.Series, spells: Mapping[str, pd.DataFrame] | None = None
    ) -> FormatExtract:
        """Other rows that were made of those that are left, each known by a key, as an extract."""
        contract = EXTRACTS[extract]
        frame = rows[contract.names].astype({column.name: column.kind.pandas for column in contract.columns})
        frame[SOURCE_FILE], frame[SOURCE_ROW] = self.table, keys.astype("str").to_numpy()
        return FormatExtract(
            frame.reset_index(drop=True),
            self._rejected.frame(),
            self._findings.frame(),
            self._ignored,
            spells or {},
            self._unmapped,
        )

    @property
    def left(self) -> Flags:
        """Which rows are left."""
        return ~self._gone
