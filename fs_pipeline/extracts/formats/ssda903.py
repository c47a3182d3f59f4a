"""The SSDA903 return (children looked after): header, episodes and UASC of one or more years give periods of care.

Each year's return repeats the episodes that it found open, with their end when it has come: of each child and first
day the latest year's row counts. A child is unaccompanied and asylum-seeking during a period when the UASC rows say
so of any of its days: their end (DUC) is blank, or lies on or after the period's first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import RESPITE, CarePeriods, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceFile,
)
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of
from fs_pipeline.extracts.formats.source_tables import dates_of, row_ids, texts_of
from fs_pipeline.extracts.formats.ssda903_files import ReturnTables, read_tables
from fs_pipeline.extracts.formats.ssda903_rules import episode_findings, unreadable_codes
from fs_pipeline.extracts.formats.yearly_returns import of_latest_year, people_of, versions_of
from fs_pipeline.toolkit.extracts import CARE_PERIODS

_SEXES = {"1": "M", "2": "F", "M": "M", "F": "F", "U": "U"}


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
    notes = ExtractNotes()
    tables = read_tables(files, settings.year, notes)
    episodes = _latest(_usable(tables.episodes, notes), notes)
    care_periods = _care_periods(episodes, tables, notes)
    if tables.headers is None:
        return {"care_periods": care_periods}
    return {"care_periods": care_periods, "people": _people(tables.headers, episodes, settings)}


def _usable(table: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """The episodes with a child, a first day and, where there is one, a last day; typed."""
    start, _ = dates_of(table, "decom")
    table = table.assign(**{SOURCE_DATE: start})
    end, bad_end = dates_of(table, "dec")
    typed = pd.DataFrame(
        {
            "child": texts_of(table, "child"),
            "start": start,
            "end": end,
            **{name: texts_of(table, name) for name in ("rne", "rec", "ls", "cin")},
            "year": table["year"],
            **{place: table[place] for place in (SOURCE_FILE, SOURCE_ROW, SOURCE_DATE)},
        }
    )
    for name in ("rne", "rec", "ls", "cin"):
        typed[name] = typed[name].str.upper()
    begins = "DECOM is no date: give the day on which the episode began, dd/mm/yyyy"
    ceases = "DEC is no date: give the day on which the episode ceased, dd/mm/yyyy, or leave it blank"
    return notes.reject(
        typed,
        (texts_of(table, "child") == "", "CHILD", "blank", "CHILD is blank: every episode is of a child"),
        (np.isnat(start), "DECOM", "141", begins),
        (bad_end, "DEC", "147", ceases),
        (end < start, "DEC", "356", "DEC is before DECOM: the episode ceases before it begins"),
    )


def _latest(table: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """Each child's episodes by the latest year that has them; others of that year on the same day are rejected."""
    versions = versions_of(table, ("end", "rne", "rec", "ls", "cin"))
    notes.count("episodes as an earlier year's return had them", int(versions.earlier.sum()))
    notes.count("repeated episodes", int((versions.clash & versions.same).sum()))
    clash = np.flatnonzero(versions.clash & ~versions.same)
    reasons = [
        f"DECOM is that of another episode of this child, in {place}, which lasts longer and is used"
        for place in places_of(table.iloc[versions.winner[clash]])
    ]
    notes.reject(table, (clash, "DECOM", "501", reasons))
    return table[versions.used].reset_index(drop=True)


def _care_periods(table: pd.DataFrame, tables: ReturnTables, notes: ExtractNotes) -> FormatExtract:
    """The periods of care of the episodes, and what looks wrong in these."""
    child = table["child"].to_numpy()
    start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    began, ceased, status = (table[name].to_numpy(dtype=object) for name in ("rne", "rec", "ls"))
    episodes = Episodes(child, start, end, began, ceased, np.isin(status, RESPITE))
    periods = periods_of_care(episodes)
    unreadable_codes(table, notes)
    episode_findings(table, episodes, tables.years, notes)
    _respite_within(table, periods, notes)
    uasc, uasc_rejected = _uasc(tables.uasc, child[periods.first], periods.start)
    counted = ~periods.wholly_respite
    notes.count("periods of nothing but short breaks (V3, V4)", int((~counted).sum()))
    notes.count("UASC rows without a child or with a DUC that is no date", uasc_rejected)
    firsts = table.iloc[periods.first[counted]]
    values = {
        "care_period_id": row_ids(firsts["child"], start[periods.first[counted]]),
        "person_id": firsts["child"],
        "start_date": periods.start[counted],
        "end_date": periods.end[counted],
        "uasc": uasc[counted],
    }
    return notes.extract(CARE_PERIODS, values, firsts)


def _respite_within(table: pd.DataFrame, periods: CarePeriods, notes: ExtractNotes) -> None:
    rows = np.flatnonzero(periods.respite_days > 0)
    words = [
        f"the period of care that begins here holds {days} days of short breaks (V3, V4) between other episodes, which "
        "count as days in care"
        for days in periods.respite_days[rows]
    ]
    notes.find(table, periods.first[rows], "LS", "respite_within", words)


def _uasc(table: pd.DataFrame, child: np.ndarray, start: Dates) -> tuple[Flags, int]:
    """Whether each period's child is UASC on a day of it, by the latest year's row; and how many rows say nothing."""
    ended, bad = dates_of(table, "duc")
    who = texts_of(table, "child")
    usable = (who != "") & ~bad
    rows = pd.DataFrame({"child": who, "ended": ended, "year": table["year"]})[usable]
    rows = rows.sort_values(["year", "ended"], kind="stable").drop_duplicates("child", keep="last")
    known = pd.Index(rows["child"])
    at = known.get_indexer(pd.Index(child))
    until = np.append(rows["ended"].to_numpy().astype("datetime64[D]"), np.datetime64("NaT"))[at]
    return (at >= 0) & (np.isnat(until) | (until >= start)), int((~usable).sum())


def _people(table: pd.DataFrame, episodes: pd.DataFrame, settings: Ssda903Settings) -> FormatExtract:
    """Each child by the latest year's header."""
    notes = ExtractNotes()
    born, bad_birth = dates_of(table, "dob")
    nobody = texts_of(table, "child") == ""
    headers = pd.DataFrame(
        {
            "child": texts_of(table, "child"),
            "sex": texts_of(table, "sex"),
            "born": born,
            "ethnicity": texts_of(table, "ethnic"),
            "upn": texts_of(table, "upn"),
            **{name: table[name] for name in ("year", SOURCE_FILE, SOURCE_ROW)},
        }
    )
    headers = notes.reject(
        headers,
        (nobody, "CHILD", "blank", "CHILD is blank: every header is of a child"),
        (~nobody & bad_birth, "DOB", "102", "DOB is no date: give the day of birth, dd/mm/yyyy"),
    )
    headers = of_latest_year(headers, "headers as an earlier year's return had them", notes)
    headers = headers.assign(sex=headers["sex"].str.upper().map(_SEXES))
    repeated = headers.drop(columns=[SOURCE_FILE, SOURCE_ROW]).duplicated().to_numpy()
    notes.count("repeated headers", int(repeated.sum()))
    headers = headers[~repeated].reset_index(drop=True)
    again = headers.duplicated("child").to_numpy()
    words = "CHILD has another header, above, that says otherwise"
    headers = notes.reject(headers, (again, "CHILD", "duplicate_child", words))
    if not settings.cwd_needs:
        words = "children of whom the return does not say whether they are open to the CWD team (taken as not)"
        notes.count(words, len(headers))
    with_needs = episodes.loc[episodes["cin"].isin(settings.cwd_needs), ["child", "start", "end"]]
    open_to_cwd = with_needs.set_axis(["person_id", "start_date", "end_date"], axis=1).reset_index(drop=True)
    words = "SEX is none of 1, 2, M, F and U: taken as U, not known"
    return people_of(headers, _SEXES, ("SEX", "101", words), open_to_cwd, notes)
