"""The SSDA903 return (children looked after): header, episodes and UASC of one or more years give periods of care.

Each year's return repeats the episodes that it found open, with their end when it has come: of each child and first
day the latest year's row counts. A child is unaccompanied and asylum-seeking during a period when the UASC rows say
so of any of its days: their end (DUC) is blank, or lies on or after the period's first day.

A CSV file is known by its columns, not by its name: episodes have DECOM and RNE, a UASC file has DUC, a header has
ETHNIC or MOTHER. An XML file holds all three (CHILD, in it HEADER and EPISODE).

What looks wrong in episodes is said by the numbers of the return's own validation rules, at the row that has to be
fixed, as far as one row can be told. Episodes are judged as they are used: over all years, the latest version of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import CONTINUES, RESPITE, STARTED, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags, Positions
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of
from fs_pipeline.extracts.formats.source_tables import (
    codes_of,
    column_headings,
    columns_of,
    dates_of,
    need_columns,
    numbered,
    row_ids,
    source_table,
    texts_of,
    xml_elements,
    year_of,
)
from fs_pipeline.extracts.formats.yearly_returns import dated, latest_children, people_of, usable_spans, versions_of
from fs_pipeline.toolkit.extracts import CARE_PERIODS

_COLUMNS = {kind: columns_of("ssda903", kind) for kind in ("episodes", "headers", "uasc")}
_NO_YEAR = 0
_SEXES = codes_of("ssda903", "sex")
_CODES = {"rne": codes_of("ssda903", "rne"), "ls": codes_of("ssda903", "ls"), "rec": ["", *codes_of("ssda903", "rec")]}
"""The codes of why an episode began, of its legal status, and of why it ceased."""
_DEATH_OR_EIGHTEEN = ("E2", "E15")


@dataclass(frozen=True)
class Ssda903Settings:
    """What the return does not say.

    Attributes:
        year: the year of files that have none in their name, their folder or a column YEAR. Years order the returns
            and nothing else: it does not matter whether they are told by their beginning or their end.
        cwd_needs: category of need codes (CIN) that stand for the Children With Disabilities team: a child is open
            to it during episodes with one of them. Without any nobody is: the return names no teams.
    """

    year: int | None = None
    cwd_needs: tuple[str, ...] = ()


def read_ssda903(files: Sequence[SourceFile], settings: Ssda903Settings) -> FormatExtracts:
    """`care_periods`, and `people` where there are headers, of the files together: CSV or XML, in any order.

    Files with other columns (reviews, missing episodes ...) are left aside.

    Raises:
        SourceError: a file cannot be read, none holds episodes, or several years cannot be told apart.
    """
    notes = ExtractNotes("ssda903", "care_periods")
    tables = _read_tables(files, settings.year, notes)
    episodes, years = tables["episodes"], sorted(set(tables["episodes"]["year"]))
    codes = {name: pd.Series(texts_of(episodes, name)).str.upper() for name in ("rne", "rec", "ls", "cin")}
    episodes = _latest(usable_spans(episodes.assign(**codes), notes), notes)
    extracts = {"care_periods": _care_periods(episodes, tables["uasc"], years, notes)}
    if "headers" in tables:
        extracts["people"] = _people(tables["headers"], episodes, settings)
    return extracts


def _read_tables(files: Sequence[SourceFile], year: int | None, notes: ExtractNotes) -> dict[str, pd.DataFrame]:
    """The files' tables, CSV and XML in any order, each with the rows' year and place.

    `year` is that of files that tell none. Without a file of headers there are no `headers`.
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
    return {"uasc": pd.DataFrame(columns=[*_COLUMNS["uasc"], "year", SOURCE_FILE, SOURCE_ROW]), **tables}


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


def _latest(table: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """Each child's episodes by the latest year that has them; others of that year on the same day are rejected."""
    versions = versions_of(table, ("end_date", "rne", "rec", "ls", "cin"))
    notes.count("episodes as an earlier year's return had them", int(versions.earlier.sum()))
    notes.count("repeated episodes", int((versions.clash & versions.same).sum()))
    clash = np.flatnonzero(versions.clash & ~versions.same)
    notes.judge(table, another_version=(clash, places_of(table.iloc[versions.winner[clash]])))
    return table[versions.used].reset_index(drop=True)


def _care_periods(
    table: pd.DataFrame, uasc_rows: pd.DataFrame, years: Sequence[int], notes: ExtractNotes
) -> FormatExtract:
    """The periods of care of the episodes, and what looks wrong in these."""
    child = table["person_id"].to_numpy()
    start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("start_date", "end_date"))
    began, ceased, status = (table[name].to_numpy(dtype=object) for name in ("rne", "rec", "ls"))
    episodes = Episodes(child, start, end, began, ceased, np.isin(status, RESPITE))
    periods = periods_of_care(episodes)
    _find_in_episodes(table, episodes, years, notes)
    within = np.flatnonzero(periods.respite_days > 0)
    notes.judge(table, respite_within=(periods.first[within], periods.respite_days[within].tolist()))
    uasc, uasc_rejected = _uasc(uasc_rows, child[periods.first], periods.start)
    counted = ~periods.wholly_respite
    notes.count("periods of nothing but short breaks (V3, V4)", int((~counted).sum()))
    notes.count("UASC rows without a child or with a DUC that is no date", uasc_rejected)
    firsts = table.iloc[periods.first[counted]]
    ids = row_ids(firsts["person_id"], start[periods.first[counted]])
    dates = {"start_date": periods.start[counted], "end_date": periods.end[counted]}
    return notes.extract(CARE_PERIODS, firsts.assign(care_period_id=ids, uasc=uasc[counted], **dates))


def _uasc(table: pd.DataFrame, child: np.ndarray, start: Dates) -> tuple[Flags, int]:
    """Whether each period's child is UASC on a day of it, by the latest year's row; and how many rows say nothing."""
    ended, bad = dates_of(table, "end_date")
    who = texts_of(table, "person_id")
    usable = (who != "") & ~bad
    rows = pd.DataFrame({"child": who, "ended": ended, "year": table["year"]})[usable]
    rows = rows.sort_values(["year", "ended"], kind="stable").drop_duplicates("child", keep="last")
    at = pd.Index(rows["child"]).get_indexer(pd.Index(child))
    until = np.append(rows["ended"].to_numpy().astype("datetime64[D]"), np.datetime64("NaT"))[at]
    return (at >= 0) & (np.isnat(until) | (until >= start)), int((~usable).sum())


def _people(table: pd.DataFrame, episodes: pd.DataFrame, settings: Ssda903Settings) -> FormatExtract:
    """Each child by the latest year's header."""
    notes = ExtractNotes("ssda903", "people")
    columns = [*_COLUMNS["headers"], "year", SOURCE_FILE, SOURCE_ROW]
    headers = dated(table.reindex(columns=columns), ["date_of_birth"])
    headers = latest_children(headers, "headers as an earlier year's return had them", notes)
    headers["sex"] = headers["sex"].str.upper().map(_SEXES)
    repeated = headers.drop(columns=[SOURCE_FILE, SOURCE_ROW]).duplicated().to_numpy()
    notes.count("repeated headers", int(repeated.sum()))
    headers = headers[~repeated].reset_index(drop=True)
    headers = notes.judge(headers, another_header=headers.duplicated("person_id").to_numpy())
    if not settings.cwd_needs:
        words = "children of whom the return does not say whether they are open to the CWD team (taken as not)"
        notes.count(words, len(headers))
    with_needs = episodes.loc[episodes["cin"].isin(settings.cwd_needs), ["person_id", "start_date", "end_date"]]
    return people_of(headers, _SEXES, with_needs.reset_index(drop=True), notes)


def _find_in_episodes(table: pd.DataFrame, episodes: Episodes, years: Sequence[int], notes: ExtractNotes) -> None:
    """What looks wrong in single episodes, and in episodes of a child that follow each other."""
    for column, codes in _CODES.items():  # such an episode neither starts, nor goes on, nor is respite
        notes.judge(table, **{f"unknown_{column}": ~table[column].isin(codes).to_numpy()})
    ended, with_reason, year = ~np.isnat(episodes.end), episodes.ceased != "", table["year"].to_numpy()
    no_day = episodes.end == episodes.start
    notes.judge(table, reason_alone=with_reason & ~ended, end_alone=ended & ~with_reason, no_day=no_day)
    if years[0] > 0:
        # a year may be told by its beginning or its end: only what is too late for both is told
        close = (year - 1970 + 1).astype("datetime64[Y]").astype("datetime64[M]") + 3
        notes.judge(table, after_year=episodes.start >= close.astype("datetime64[D]"))
    order, same = episodes.in_turn()
    later = np.flatnonzero(same)
    first = order[~same]
    first = first[episodes.began[first] != STARTED]
    before = np.datetime64(f"{max(years[0], 1)}-04-01", "D") if years[0] > 0 else np.datetime64("NaT")
    older = episodes.start[first] < before
    notes.judge(table, before_first_year=first[older], first_not_started=first[~older])
    _find_in_pairs(table, episodes, order[later - 1], order[later], notes)
    last = order[~np.append(same[1:], False)[: len(order)]]
    going_on = last[ended[last] & (episodes.ceased[last] == CONTINUES)]
    stale = ~ended & (year < years[-1])
    latest = pd.Series(year).groupby(pd.Series(episodes.child)).transform("max").to_numpy()
    notes.judge(
        table,
        nothing_follows=going_on,
        begins_otherwise=stale & (latest > year),
        left_open=stale & (latest == year),
    )


def _find_in_pairs(
    table: pd.DataFrame, episodes: Episodes, before: Positions, after: Positions, notes: ExtractNotes
) -> None:
    """Episodes of a child that follow each other and do not fit together; the message names the other one."""
    ended = ~np.isnat(episodes.end[before])
    meets = episodes.start[after] == episodes.end[before]
    going_on = episodes.ceased[before] == CONTINUES
    stopped = (episodes.ceased[before] != "") & ~going_on
    starts = episodes.began[after] == STARTED
    final = stopped & np.isin(episodes.ceased[before], _DEATH_OR_EIGHTEEN)
    for name, where, rows, others in (
        ("open_before", ~ended, before, after),
        ("overlaps", ended & (episodes.start[after] < episodes.end[before]), after, before),
        ("broken", ended & going_on & ~meets, before, after),
        ("restarted", starts & meets, after, before),
        ("not_restarted", ended & ~starts & stopped, after, before),
        ("apart", ~starts & ~meets, after, before),
        ("after_the_last", final, before, after),
    ):
        notes.judge(table, **{name: (rows[where], places_of(table.iloc[others[where]]))})
