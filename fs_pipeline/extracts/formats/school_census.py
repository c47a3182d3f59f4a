"""The school census (on-roll and no-longer-on-roll tables) of one or more terms gives attendance and its reasons.

A census tells the term before it: the spring census the autumn term, the summer census the spring term, the autumn
census both halves of the summer term. Terms are not quarters. A term's sessions are told whole in one quarter, the one
that holds most of its school days, so that they stay whole numbers and a year's sum stays what the schools returned:

    autumn term                     October to December
    spring term                     January to March
    summer term, first half         April and May
    summer term, second half        June

July to September has no rows: say `since` in sources.toml, so that this is not taken for "not supplied". Absences are
the pupil totals up to the autumn census of 2024; from the spring census of 2025, which has none, they are added up from
the register codes by the classes of that school year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.school_census_files import Census, Sessions, read_censuses
from fs_pipeline.extracts.formats.source_tables import texts_of, whole_numbers_of
from fs_pipeline.toolkit.attendance_codes import AUTHORISED, UNAUTHORISED, classes_in
from fs_pipeline.toolkit.extracts import ATTENDANCE, EXTRACTS, Extract

LAST_TOTALS = (2024, "autumn")
"""The last census that has the pupil totals of absences."""
_TERMS = ("spring", "summer", "autumn")
_BOARDING = ("B", "6", "7")
_KEY = ("upn", "school_urn", "date_from")


@dataclass(frozen=True)
class SchoolCensusSettings:
    """What the census does not say.

    Attributes:
        schools: the URN of each school's identifier (NativeId), where that is none. Others stand as they are.
    """

    schools: Mapping[str, str] = field(default_factory=dict)


def read_school_census(files: Sequence[SourceFile], settings: SchoolCensusSettings) -> FormatExtracts:
    """`attendance` and `absence_reasons`, the latter without rows where no file tells reasons.

    Enrolments of a pupil at one school are added up; those at several schools stay apart. Left aside are enrolments
    without possible sessions, and boarders, of whom no attendance is collected. A blank total of absences is
    none; where both are blank beside possible sessions that is a finding.

    Raises:
        SourceError: a file cannot be read, tells no term and year, or has no column that its table must have.
    """
    attendance, reasons = ExtractNotes(), ExtractNotes()
    stretches = [
        _rows_of(census, sessions, settings, attendance, reasons)
        for census in read_censuses(files, attendance, reasons)
        for sessions in census.sessions
    ]
    return {
        "attendance": _summed(ATTENDANCE, [rows for rows, _ in stretches], attendance),
        "absence_reasons": _summed(EXTRACTS["absence_reasons"], [rows for _, rows in stretches], reasons),
    }


def _summed(extract: Extract, stretches: Sequence[pd.DataFrame], notes: ExtractNotes) -> FormatExtract:
    """The rows added up by the extract's key, in the place of the first."""
    columns = (*extract.names, SOURCE_FILE, SOURCE_ROW)
    filled = [rows for rows in stretches if len(rows)]
    rows = pd.concat(filled or [pd.DataFrame({column: [] for column in columns})], ignore_index=True)
    how = {
        column: "sum" if column.startswith("sessions") else "first" for column in columns if column not in extract.key
    }
    summed = rows.groupby(list(extract.key), sort=False, as_index=False).agg(how)
    return notes.extract(extract, {column: summed[column] for column in extract.names}, summed)


def _rows_of(
    census: Census,
    sessions: Sessions,
    settings: SchoolCensusSettings,
    attendance: ExtractNotes,
    reasons: ExtractNotes,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attendance and its reasons in one stretch of a census: one table's enrolments, in one term or half term."""
    first, last, school_year = _stretch(census, half_term_2=sessions.half_term_2)
    day = {SOURCE_DATE: np.datetime64(first, "s")}
    dated = None if sessions.details is None else sessions.details.assign(**day)
    sessions = replace(sessions, enrolments=sessions.enrolments.assign(**day), details=dated)
    table = sessions.enrolments
    classes = classes_in(school_year)
    details, codes = _coded(sessions, classes, reasons)
    possible, _, bad = whole_numbers_of(table, sessions.possible)
    absent, columns = _absent(census, sessions, details, codes, attendance)
    for column, wrong in {sessions.possible: bad, **columns}.items():
        words = f"{column} is no whole number of 0 or more"
        attendance.reject(table, (wrong, column, "not_a_number", words))
        bad = bad | wrong
    nobody, nowhere = (texts_of(table, name) == "" for name in ("upn", "nativeid"))
    boarder = np.isin(texts_of(table, "boarder"), _BOARDING)
    none = possible == 0
    away = absent[AUTHORISED] + absent[UNAUTHORISED] > 0
    words = f"{sessions.possible} is 0 or blank beside absences"
    attendance.reject(table, (none & away & ~bad & ~boarder, sessions.possible, "no_possible_sessions", words))
    for column, wrong in (("upn", nobody), ("NativeId", nowhere)):
        words = f"{column} is blank: whose sessions these are, and at which school, must be told"
        attendance.reject(table, (wrong & ~none & ~bad & ~boarder, column, "blank", words))
    words = "attendance of boarders is not collected: the sessions are left out"
    attendance.find(table, boarder & ~none & ~bad, "boarder", "boarder", words)
    attendance.count("enrolments of boarders", int(boarder.sum()))
    attendance.count("enrolments without possible sessions", int((none & ~away & ~boarder & ~bad).sum()))
    used = ~(bad | nobody | nowhere | boarder | none)
    stretch = pd.DataFrame(
        {
            "upn": texts_of(table, "upn"),
            "school_urn": [settings.schools.get(school, school) for school in texts_of(table, "nativeid")],
            "date_from": np.datetime64(first, "ms"),
            "date_to": np.datetime64(last, "ms"),
            "sessions_possible": possible,
            "sessions_authorised": absent[AUTHORISED],
            "sessions_unauthorised": absent[UNAUTHORISED],
            SOURCE_FILE: table[SOURCE_FILE],
            SOURCE_ROW: table[SOURCE_ROW],
        }
    )
    return stretch[used], _reasons(stretch, used, details, codes, classes, reasons)


def _stretch(census: Census, *, half_term_2: bool) -> tuple[date, date, int]:
    """The first and last day in which the sessions are told, and the year in which their school year began."""
    year = census.year
    if census.term == "spring":
        return date(year - 1, 10, 1), date(year - 1, 12, 31), year - 1
    if census.term == "summer":
        return date(year, 1, 1), date(year, 3, 31), year - 1
    if half_term_2:
        return date(year, 6, 1), date(year, 6, 30), year - 1
    return date(year, 4, 1), date(year, 5, 31), year - 1


def _coded(sessions: Sessions, classes: Mapping[str, str], reasons: ExtractNotes) -> tuple[pd.DataFrame, np.ndarray]:
    """The usable details with their enrolment's position and number of sessions, and their codes."""
    table = sessions.details
    if table is None:
        none = pd.DataFrame(columns=["at", "number", SOURCE_FILE, SOURCE_ROW])
        return none.astype({"at": "int64", "number": "int64"}), np.empty(0, dtype=object)
    code = pd.Series(texts_of(table, "attendancereason")).str.upper()
    number, blank, bad = whole_numbers_of(table, "sessions")
    at = pd.Index(sessions.enrolments["id"]).get_indexer(pd.Index(table["id"]))
    unknown = ~code.isin(classes).to_numpy()
    for wrong, column, rule, words in (
        (at < 0, "id", "unknown_enrolment", "the row's enrolment is not in the census's table of pupils"),
        (bad | blank, "sessions", "not_a_number", "sessions is blank or no whole number of 0 or more"),
        (unknown, "attendancereason", "unknown_code", "attendancereason is no register code of that school year"),
    ):
        reasons.reject(table, (wrong, column, rule, words))
    usable = (at >= 0) & ~bad & ~blank & ~unknown
    details = table.assign(at=at, number=number)[usable].reset_index(drop=True)
    return details, code[usable].to_numpy()


def _absent(
    census: Census, sessions: Sessions, details: pd.DataFrame, codes: np.ndarray, attendance: ExtractNotes
) -> tuple[dict[str, np.ndarray], dict[str, Flags]]:
    """Each enrolment's absent sessions by class, from the totals or the codes; and unusable cells by column."""
    table = sessions.enrolments
    columns = {AUTHORISED: sessions.authorised, UNAUTHORISED: sessions.unauthorised}
    when, last = ((year, _TERMS.index(term)) for year, term in ((census.year, census.term), LAST_TOTALS))
    if when > last or not set(columns.values()) <= set(table.columns):
        if sessions.details is None and len(table):
            raise SourceError(
                f"{table[SOURCE_FILE].iloc[0]}: this census has no totals of absences, and there is no file of the "
                "session details with attendancereason beside it: add that file"
            )
        classes = classes_in(_stretch(census, half_term_2=sessions.half_term_2)[2])
        of_class = np.array([classes[code] for code in codes], dtype=object)
        return {
            kind: np.bincount(
                details["at"][of_class == kind], details["number"][of_class == kind], minlength=len(table)
            ).astype(np.int64)
            for kind in columns
        }, {}
    absent: dict[str, np.ndarray] = {}
    unusable: dict[str, Flags] = {}
    unknown = whole_numbers_of(table, sessions.possible)[0] > 0
    for kind, column in columns.items():
        absent[kind], blank, unusable[column] = whole_numbers_of(table, column)
        unknown &= blank
    words = f"{sessions.authorised} and {sessions.unauthorised} are both blank beside possible sessions: taken as none"
    attendance.find(table, unknown, sessions.authorised, "blank_total", words)
    return absent, unusable


def _reasons(
    stretch: pd.DataFrame,
    used: Flags,
    details: pd.DataFrame,
    codes: np.ndarray,
    classes: Mapping[str, str],
    notes: ExtractNotes,
) -> pd.DataFrame:
    """The absences among the details, of the enrolments that are used."""
    at = details["at"].to_numpy()
    away = np.array([classes[code] in (AUTHORISED, UNAUTHORISED) for code in codes], dtype=np.bool_)
    kept = away & used[at] & (details["number"] > 0).to_numpy()
    notes.count("sessions under codes that are no absence", int(details["number"][~away].sum()))
    rows: pd.DataFrame = stretch.loc[at[kept], list(_KEY)].reset_index(drop=True)
    rows["code"], rows["sessions"] = codes[kept], details["number"][kept].to_numpy()
    for place in (SOURCE_FILE, SOURCE_ROW):
        rows[place] = details[place][kept].to_numpy()
    return rows
