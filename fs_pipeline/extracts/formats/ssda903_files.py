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
from fs_pipeline.extracts.formats.source_tables import (
    column_headings,
    columns_of,
    need_columns,
    numbered,
    source_table,
    xml_elements,
    year_of,
)

_COLUMNS = {kind: columns_of("ssda903", kind) for kind in ("episodes", "headers", "uasc")}
_NO_YEAR = 0


@dataclass(frozen=True, eq=False)
class ReturnTables:
    """The returns' tables, each with the rows' year and place.

    Attributes:
        headers: None without a header file.
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
        uasc=tables.get("uasc", pd.DataFrame(columns=[*_COLUMNS["uasc"], "year", SOURCE_FILE, SOURCE_ROW])),
        years=tuple(sorted(set(tables["episodes"]["year"]))),
    )


def _csv_table(file: SourceFile, notes: ExtractNotes) -> dict[str, pd.DataFrame]:
    kind = _kind(file)
    if not kind:
        return {}
    table = source_table(file, (*_COLUMNS[kind].values(), "year"), notes)
    need_columns(table, file, columns_of("ssda903", kind, needed=True).values())
    return {kind: table.rename(columns={theirs: ours for ours, theirs in _COLUMNS[kind].items()})}


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
    """An XML return's tables."""
    rows: dict[str, list[tuple[object, ...]]] = {kind: [] for kind in _COLUMNS}
    for child in xml_elements(file, "EXPSSDA903", {"CHILD"}):
        header = child.first("HEADER")
        who = header.value("CHILDID") or header.value("CHILD")
        for kind, elements in (("headers", [header]), ("uasc", [header]), ("episodes", child.each("EPISODE"))):
            for element in elements:
                texts = [element.value(theirs.upper()) for theirs in _COLUMNS[kind].values()]
                if kind != "uasc" or header.value("DUC") or header.value("UASC") in ("1", "true", "Y"):
                    rows[kind].append((element.line, who, *texts[1:]))
    return {kind: numbered(of_kind, _COLUMNS[kind], file) for kind, of_kind in rows.items()}


def _with_year(table: pd.DataFrame, file: SourceFile, year: int | None) -> pd.DataFrame:
    of_file = year_of(file.name) or year or _NO_YEAR
    in_rows = (
        pd.to_numeric(table["year"], errors="coerce") if "year" in table else pd.Series(index=table.index, dtype=float)
    )
    return table.assign(year=in_rows.fillna(of_file).astype("int64"))
