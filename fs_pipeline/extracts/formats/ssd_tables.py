"""The tables of the Standard Safeguarding Dataset (SSD) in a database: what is read of them, and under which settings.

Suppliers differ in the names of tables, views and columns, and some columns are not there at all: settings name
theirs, and what may be missing is then blank. Only the columns of columns.csv are read: no names of people.
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
from cachetools import cachedmethod

from fs_pipeline.arithmetic.columns import Dates, Flags, Positions, days
from fs_pipeline.extracts.cells.cells import is_no_day, stripped
from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import SOURCE_DATE, SOURCE_FILE, SOURCE_ROW, MissingError
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import codes_of, columns_of
from fs_pipeline.toolkit.extracts import CP_PLANS, PEOPLE, REFERRALS, Extract

PLACEHOLDER = "SSD_PH"
"""What some suppliers' scripts write where they have nothing."""
NOBODY = "-1"
"""What data warehouses write for an identifier that they do not know: it identifies nothing."""
CODES = {column: codes_of("ssd", column) for column in ("sex", "category_of_need", "category")}
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
            contracts = {"sex": PEOPLE, "category_of_need": REFERRALS, "category": CP_PLANS}
            accepted = contracts[column].contract(column).codes
            wrong = [theirs for theirs, ours in codes.items() if ours not in accepted]
            if wrong:
                raise ValueError(f"codes.{column}.{wrong[0]} must be one of {', '.join(accepted)}")


class SsdTables:
    """The tables of an open database, each read once."""

    def __init__(self, database: OpenDatabase, settings: SsdSettings) -> None:
        self._database = database
        self._settings = settings
        self._frames: dict[str, pd.DataFrame] = {}

    @cachedmethod(lambda self: self._frames)
    def read(self, table: str) -> pd.DataFrame:
        """A table's columns, as text; blank where there is nothing, a placeholder, NOBODY, or no day.

        Beside them the place of each row: the table, and as its number the first of the columns, a key; and the day of
        its event, where it has a first day.

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
        columns, needed = columns_of("ssd", table), columns_of("ssd", table, needed=True).values()
        names = {of_ssd: their.lower() for their, of_ssd in settings.columns.get(table, {}).items()}
        named = {ours: there.get(names.get(of_ssd, of_ssd)) for ours, of_ssd in columns.items()}
        missing = [of_ssd for ours, of_ssd in columns.items() if named[ours] is None and of_ssd in needed]
        if missing:
            raise MissingError(
                f"table {theirs} of database {self._database.name} has no column {', '.join(missing)}: name theirs in "
                f"the format's columns.{table}"
            )
        asked = {ours: name for ours, name in named.items() if name is not None}
        rows = self._database.read(theirs, list(asked.values()), settings.schema)
        texts = {ours: _text(rows.column(place)) for place, ours in enumerate(asked)}
        frame = pd.DataFrame(texts, index=range(len(rows))).reindex(columns=list(columns)).astype("str")
        frame[SOURCE_FILE], frame[SOURCE_ROW] = table, frame[next(iter(columns))]
        for ours, of_ssd in columns.items():
            if of_ssd.endswith(("_id", "_team")):
                frame[ours] = frame[ours].mask(frame[ours] == NOBODY)
        if "start_date" in frame:
            frame[SOURCE_DATE] = date_column(as_days(frame["start_date"]))
        return frame

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        return bool(self._database.columns(self._settings.tables.get(table, table), self._settings.schema))


def _text(values: pa.ChunkedArray) -> pd.Series:
    texts = stripped(values)
    nothing = pc.or_(pc.equal(texts, PLACEHOLDER), is_no_day(texts))
    texts = pc.if_else(nothing, pa.scalar(None, pa.string()), texts)
    column: pd.Series = texts.to_pandas()
    return column.astype("str")


def with_stretches(
    person: pd.Series, stretches: pd.DataFrame, since: str, until: str
) -> tuple[Positions, pd.DataFrame, Dates, Dates]:
    """Each row's person with each of that person's stretches: the row's position, the stretch, its first and last day.

    Blank days are NaT; rows without a person have none.
    """
    asked = pd.DataFrame({"person_id": person, "position": range(len(person))})
    both = asked.dropna().merge(stretches, on="person_id")
    return both["position"].to_numpy(), both, as_days(both[since]), as_days(both[until])


def one_of(values: pd.Series, accepted: Sequence[str]) -> Flags:
    """Which values are one of the accepted, whatever their capitals; blanks are not."""
    flags: Flags = values.str.casefold().isin([each.strip().casefold() for each in accepted]).to_numpy(dtype=np.bool_)
    return flags


def as_days(values: pd.Series) -> Dates:
    """Dates, with or without a time, ISO or UK, as days; blank where there is no such date."""
    text = values.str.slice(0, 10)
    iso = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    uk = pd.to_datetime(text, format="%d/%m/%Y", errors="coerce")
    return days(iso.fillna(uk))


def date_column(day: Dates) -> pd.Series:
    """Days as a column of dates."""
    return pd.Series(day.astype("datetime64[s]"))


def of_somebody(rows: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """The rows without those that stand for what is not known: their own key is NOBODY."""
    return notes.leave_aside(rows, (rows[SOURCE_ROW] == NOBODY).to_numpy(), f"rows whose key is {NOBODY}: of nobody")


def with_dates(rows: pd.DataFrame, table: str, columns: Sequence[str], notes: ExtractNotes) -> pd.DataFrame:
    """The rows of somebody, these columns as dates; those with something else in one of them are rejected."""
    rows = of_somebody(rows, notes)
    for column in columns:
        day = as_days(rows[column])
        wrong = rows[column].notna().to_numpy() & np.isnat(day)
        of_ssd = columns_of("ssd", table)[column]
        rows = notes.judge(rows.assign(**{column: date_column(day)}), bad_date=(wrong, of_ssd))
    return rows


def in_our_codes(
    rows: pd.DataFrame, extract: Extract, name: str, settings: SsdSettings, notes: ExtractNotes
) -> pd.Series:
    """A column under our codes. A code without a mapping is blank with a finding, or as it is when not nullable."""
    contract = extract.contract(name)
    values, unknown = notes.codes(rows, name, contract, {**CODES[name], **settings.codes.get(name, {})})
    if not contract.nullable:
        return values
    notes.judge(rows, unmapped=unknown)
    return values.mask(unknown)
