"""The SSDA903 return (children looked after): header, episodes and UASC of one or more years give periods of care.

Each year's return repeats the episodes that it found open, with their end when it has come: of each child and first
day the latest year's row counts. A child is unaccompanied and asylum-seeking during a period when the UASC rows say
so of any of its days: their end (DUC) is blank, or lies on or after the period's first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import RESPITE, CarePeriods, Episodes, latest_versions, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceFile,
)
from fs_pipeline.extracts.formats.source_tables import (
    Notes,
    dates_of,
    extract_rows,
    rejections,
    row_ids,
    texts_of,
)
from fs_pipeline.extracts.formats.ssda903_files import ReturnTables, read_tables
from fs_pipeline.extracts.formats.ssda903_rules import episode_findings, unreadable_codes
from fs_pipeline.toolkit.extracts import CARE_PERIODS, PEOPLE

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
    rejected = rejections()
    tables = read_tables(files, settings.year, rejected)
    episodes = _usable(tables.episodes, rejected)
    kept, ignored = _latest(episodes, rejected)
    care = _care_periods(kept, tables)
    care = replace(care, rejected=rejected.frame(), ignored={**tables.ignored, **ignored, **care.ignored})
    if tables.headers is None:
        return {"care_periods": care}
    return {"care_periods": care, "people": _people(tables.headers, kept, settings)}


def _usable(table: pd.DataFrame, rejected: Notes) -> pd.DataFrame:
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
    return rejected.leave_out(
        typed,
        (texts_of(table, "child") == "", "CHILD", "blank", "CHILD is blank: every episode is of a child"),
        (np.isnat(start), "DECOM", "141", begins),
        (bad_end, "DEC", "147", ceases),
        (end < start, "DEC", "356", "DEC is before DECOM: the episode ceases before it begins"),
    )


def _latest(table: pd.DataFrame, rejected: Notes) -> tuple[pd.DataFrame, dict[str, int]]:
    """Each child's episodes by the latest year that has them; others of that year on the same day are rejected."""
    child, year = table["child"].to_numpy(), table["year"].to_numpy()
    start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    winner = latest_versions(child, start, end, year)
    position = np.arange(len(table))
    beaten = winner != position
    content = table[["end", "rne", "rec", "ls", "cin"]].astype(object).where(lambda cells: cells.notna(), "")
    same = (content.to_numpy() == content.to_numpy()[winner]).all(axis=1) if len(table) else np.zeros(0, dtype=np.bool_)
    this_year = beaten & (year == year[winner])
    clash = np.flatnonzero(this_year & ~same)
    others = table.iloc[winner[clash]]
    reasons = [
        f"DECOM is that of another episode of this child, in {file} row {row}, which lasts longer and is used"
        for file, row in zip(others[SOURCE_FILE], others[SOURCE_ROW], strict=True)
    ]
    rejected.add(table, clash, "DECOM", "501", reasons)
    ignored = {
        "episodes as an earlier year's return had them": int((beaten & ~this_year).sum()),
        "repeated episodes": int((this_year & same).sum()),
    }
    return table[~beaten].reset_index(drop=True), ignored


def _care_periods(table: pd.DataFrame, tables: ReturnTables) -> FormatExtract:
    """The periods of care of the episodes, and what looks wrong in these."""
    child = table["child"].to_numpy()
    start, end = (table[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    began, ceased, status = (table[name].to_numpy(dtype=object) for name in ("rne", "rec", "ls"))
    episodes = Episodes(child, start, end, began, ceased, np.isin(status, RESPITE))
    periods = periods_of_care(episodes)
    findings = Notes()
    unreadable_codes(table, findings)
    episode_findings(table, episodes, tables.years, findings)
    _respite_within(table, periods, findings)
    uasc, uasc_rejected = _uasc(tables.uasc, child[periods.first], periods.start)
    counted = ~periods.wholly_respite
    firsts = table.iloc[periods.first[counted]]
    rows = extract_rows(
        CARE_PERIODS,
        {
            "care_period_id": row_ids(firsts["child"], start[periods.first[counted]]),
            "person_id": firsts["child"],
            "start_date": periods.start[counted],
            "end_date": periods.end[counted],
            "uasc": uasc[counted],
        },
        firsts,
    )
    ignored = {
        "periods of nothing but short breaks (V3, V4)": int((~counted).sum()),
        "UASC rows without a child or with a DUC that is no date": uasc_rejected,
    }
    return FormatExtract(rows, findings=findings.frame(), ignored=ignored)


def _respite_within(table: pd.DataFrame, periods: CarePeriods, findings: Notes) -> None:
    rows = np.flatnonzero(periods.respite_days > 0)
    words = [
        f"the period of care that begins here holds {days} days of short breaks (V3, V4) between other episodes, which "
        "count as days in care"
        for days in periods.respite_days[rows]
    ]
    findings.add(table, periods.first[rows], "LS", "respite_within", words)


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
    rejected, findings = rejections(), Notes()
    who, sex = texts_of(table, "child"), pd.Series(texts_of(table, "sex")).str.upper()
    born, bad_birth = dates_of(table, "dob")
    rejected.add(table, who == "", "CHILD", "blank", "CHILD is blank: every header is of a child")
    rejected.add(table, (who != "") & bad_birth, "DOB", "102", "DOB is no date: give the day of birth, dd/mm/yyyy")
    frame = pd.DataFrame(
        {
            "who": who,
            "sex": sex.map(_SEXES),
            "born": born,
            "ethnic": texts_of(table, "ethnic"),
            "upn": texts_of(table, "upn"),
            "year": table["year"],
            SOURCE_FILE: table[SOURCE_FILE],
            SOURCE_ROW: table[SOURCE_ROW],
        }
    )[(who != "") & ~bad_birth]
    latest = frame["year"] == frame.groupby("who")["year"].transform("max")
    earlier, frame = int((~latest).sum()), frame[latest].reset_index(drop=True)
    repeated = frame.drop(columns=[SOURCE_FILE, SOURCE_ROW]).duplicated().to_numpy()
    frame = frame[~repeated].reset_index(drop=True)
    again = frame.duplicated("who").to_numpy()
    rejected.add(frame, again, "CHILD", "duplicate_child", "CHILD has another header, above, that says otherwise")
    frame = frame[~again].reset_index(drop=True)
    unknown = frame["sex"].isna().to_numpy()
    words = "SEX is none of 1, 2, M, F and U: taken as U, not known"
    findings.add(frame, unknown, "SEX", "101", words)
    rows = extract_rows(
        PEOPLE,
        {
            "person_id": frame["who"],
            "sex": frame["sex"].fillna("U"),
            "date_of_birth": frame["born"],
            "ethnicity": frame["ethnic"],
            "upn": frame["upn"],
            "open_to_cwd": np.zeros(len(frame), dtype=np.bool_),
        },
        frame,
    )
    ignored = {"headers as an earlier year's return had them": earlier, "repeated headers": int(repeated.sum())}
    if not settings.cwd_needs:
        ignored["children of whom the return does not say whether they are open to the CWD team (taken as not)"] = len(
            rows
        )
    with_needs = episodes.loc[episodes["cin"].isin(settings.cwd_needs), ["child", "start", "end"]]
    open_to_cwd = with_needs.set_axis(["person_id", "start_date", "end_date"], axis=1).reset_index(drop=True)
    return FormatExtract(rows, rejected.frame(), findings.frame(), ignored, {"open_to_cwd": open_to_cwd})
