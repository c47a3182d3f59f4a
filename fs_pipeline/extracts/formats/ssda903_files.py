"""The files of SSDA903 returns as three tables of text: headers, episodes, UASC. Judges no value.

A CSV file is known by its columns, not by its name: episodes have DECOM and RNE, a UASC file has DUC, a header has
ETHNIC or MOTHER. An XML file holds all three (CHILD, in it HEADER and EPISODE).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, SourceError, SourceFile
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import column_headings, need_columns, source_table, year_of
from fs_pipeline.extracts.formats.xml_elements import Element, xml_elements

_COLUMNS = {
    "episodes": ("child", "decom", "rne", "ls", "cin", "dec", "rec"),
    "headers": ("child", "sex", "dob", "ethnic", "upn"),
    "uasc": ("child", "duc"),
}
_NEEDED = {
    "episodes": ("child", "decom", "rne", "dec", "rec"),
    "headers": ("child", "sex", "dob"),
    "uasc": ("child", "duc"),
}
_NO_YEAR = 0


@dataclass(frozen=True, eq=False)
class ReturnTables:
    """The returns' tables, each with the rows' year and place.

    Attributes:
        episodes: CHILD, DECOM, RNE, LS, CIN, DEC, REC.
        headers: CHILD, SEX, DOB, ETHNIC, UPN; None without a header file.
        uasc: CHILD, DUC.
        years: the years of the episodes' files.
    """

    episodes: pd.DataFrame
    headers: pd.DataFrame | None
    uasc: pd.DataFrame
    years: tuple[int, ...]


def read_tables(files: Sequence[SourceFile], year: int | None, notes: ExtractNotes) -> ReturnTables:
    """The files' tables.

    Args:
        files: CSV and XML files in any order.
        year: the year of files that tell none.
        notes: gets the rows that do not fit their file's header.

    Raises:
        SourceError: a file cannot be read, none holds episodes, or only some of them tell a year.
    """
    parts: dict[str, list[pd.DataFrame]] = {kind: [] for kind in _COLUMNS}
    others = 0
    for file in files:
        read = _xml_tables(file) if file.path.suffix.lower() == ".xml" else _csv_table(file, notes)
        others += not read
        for kind, table in read.items():
            parts[kind].append(_with_year(table, file, year))
    notes.count("files of other parts of the return", others)
    if not parts["episodes"]:
        raise SourceError("none of the SSDA903 files holds episodes: give the file with the columns CHILD, DECOM, RNE")
    tables = {kind: pd.concat(part, ignore_index=True) for kind, part in parts.items() if part}
    for kind, table in tables.items():
        without = table.loc[table["year"] == _NO_YEAR, SOURCE_FILE]
        if len(without) and len(without) < len(table):
            raise SourceError(
                f"{without.iloc[0]} ({kind}) tells no year, and other files do: put the year into its name "
                "(2020-episodes.csv), or give it as `year`"
            )
    return ReturnTables(
        episodes=tables["episodes"],
        headers=tables.get("headers"),
        uasc=tables.get("uasc", _empty("uasc")),
        years=tuple(sorted(set(tables["episodes"]["year"]))),
    )


def _csv_table(file: SourceFile, notes: ExtractNotes) -> dict[str, pd.DataFrame]:
    kind = _kind(file)
    if not kind:
        return {}
    table = source_table(file, (*_COLUMNS[kind], "year"), notes)
    need_columns(table, file, _NEEDED[kind])
    return {kind: table}


def _kind(file: SourceFile) -> str:
    """Which table a CSV file is; "" for another part of the return."""
    headings = column_headings(file)
    if headings & {"decom", "rne"}:
        return "episodes"
    if "duc" in headings:
        return "uasc"
    if "child" not in headings:
        raise SourceError(
            f"{file.name} is no file of an SSDA903 return: its first row names no column CHILD, separated by commas"
        )
    return "headers" if headings & {"ethnic", "mother"} and "dob" in headings else ""


def _xml_tables(file: SourceFile) -> dict[str, pd.DataFrame]:
    """An XML return's tables. A row's number is its line, or its count where several stand in one line."""
    rows: dict[str, list[tuple[object, ...]]] = {kind: [] for kind in _COLUMNS}
    for child in xml_elements(file, "EXPSSDA903", {"CHILD"}):
        header = next(iter(child.each("HEADER")), Element("HEADER", child.line))
        who = header.value("CHILDID") or header.value("CHILD")
        line = header.line
        rows["headers"].append((line, who, *(header.value(name.upper()) for name in _COLUMNS["headers"][1:])))
        if header.value("DUC") or header.value("UASC") in ("1", "true", "Y"):
            rows["uasc"].append((line, who, header.value("DUC")))
        for episode in child.each("EPISODE"):
            rows["episodes"].append(
                (episode.line, who, *(episode.value(name.upper()) for name in _COLUMNS["episodes"][1:]))
            )
    return {
        kind: _numbered(pd.DataFrame(of_kind, columns=[SOURCE_ROW, *_COLUMNS[kind]]), file)
        for kind, of_kind in rows.items()
    }


def _numbered(table: pd.DataFrame, file: SourceFile) -> pd.DataFrame:
    if not table[SOURCE_ROW].is_unique:
        table[SOURCE_ROW] = range(1, len(table) + 1)
    return table.replace("", None).astype({SOURCE_ROW: "int64"}).assign(**{SOURCE_FILE: file.name})


def _with_year(table: pd.DataFrame, file: SourceFile, year: int | None) -> pd.DataFrame:
    of_file = year_of(file.name) or year or _NO_YEAR
    in_rows = (
        pd.to_numeric(table["year"], errors="coerce") if "year" in table else pd.Series(index=table.index, dtype=float)
    )
    return table.assign(year=in_rows.fillna(of_file).astype("int64"))


def _empty(kind: str) -> pd.DataFrame:
    return pd.DataFrame(columns=[*_COLUMNS[kind], "year", SOURCE_FILE, SOURCE_ROW])
