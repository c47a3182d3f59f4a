"""The school census (on-roll and no-longer-on-roll tables) of one or more terms gives attendance and its reasons.

Term and year stand in a file's name or folder (`2024_autumn_pupilonroll.csv`). Which table a file is, its columns say:
enrolments have `pupilonrolltableid` or `pupilnolongeronrolltableid` and `upn`; details have that too, and
`attendancereason`; details of the second half of the summer term a column that begins with `summerhalfterm2`.

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

import re
from collections.abc import Iterator, Mapping, Sequence
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
from fs_pipeline.extracts.formats.source_tables import (
    column_headings,
    need_columns,
    source_table,
    texts_of,
    whole_numbers_of,
    year_of,
)
from fs_pipeline.toolkit.extracts import ATTENDANCE, AUTHORISED, EXTRACTS, UNAUTHORISED, Extract, classes_in

_TERMS = ("spring", "summer", "autumn")
_SPRING = 0
LAST_TOTALS = (2024, _TERMS.index("autumn"))
"""The last census that has the pupil totals of absences."""
_DAYS = (((10, 1), (12, 31)), ((1, 1), (3, 31)), ((4, 1), (5, 31)), ((6, 1), (6, 30)))
"""The first and last day in which the term before each census is told; last, the second half of the summer term."""
_TERM = re.compile(r"(spring|summer|autumn)(?!halfterm)", re.IGNORECASE)
_ROLLS = ("pupilonrolltableid", "pupilnolongeronrolltableid")
_HALF_TERM_2 = "summerhalfterm2"
_PREFIXES = ("termlysessions", f"{_HALF_TERM_2}sessions")
_KINDS = ("possible", AUTHORISED, UNAUTHORISED)
_BOARDING = ("B", "6", "7")


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
    attendance = ExtractNotes("school_census", "attendance")
    reasons = ExtractNotes("school_census", "absence_reasons")
    stretches = [_rows_of(stretch, settings, attendance, reasons) for stretch in _stretches(files, attendance, reasons)]
    return {
        "attendance": _summed(ATTENDANCE, [rows for rows, _ in stretches], attendance),
        "absence_reasons": _summed(EXTRACTS["absence_reasons"], [rows for _, rows in stretches], reasons),
    }


@dataclass(frozen=True, eq=False)
class _Stretch:
    """What one table of enrolments tells of a term or half term.

    Attributes:
        census: the census's year, and its term by position.
        half_term_2: it is the second half of the summer term.
        enrolments: id, UPN, NativeId, boarder and the totals, as text.
        details: id of the enrolment, sessions and attendancereason, as text; None without such a file.
    """

    census: tuple[int, int]
    half_term_2: bool
    enrolments: pd.DataFrame
    details: pd.DataFrame | None

    @property
    def prefix(self) -> str:
        """How the columns of sessions begin: of what is possible, and of absences, which not every census has."""
        return _PREFIXES[self.half_term_2]

    @property
    def days(self) -> tuple[date, date]:
        """The first and last day in which the sessions are told."""
        year, term = self.census
        first, last = _DAYS[len(_TERMS) if self.half_term_2 else term]
        year -= term == _SPRING
        return date(year, *first), date(year, *last)

    @property
    def classes(self) -> Mapping[str, str]:
        """The classes of register codes in the school year, which began in the year before the census."""
        return classes_in(self.census[0] - 1)


def _stretches(files: Sequence[SourceFile], attendance: ExtractNotes, reasons: ExtractNotes) -> Iterator[_Stretch]:
    """The stretches in order of time. Rows that do not fit their header go to the notes of their extract."""
    by_census: dict[tuple[int, int], list[SourceFile]] = {}
    for file in files:
        by_census.setdefault(_census_of(file), []).append(file)
    if not by_census:
        raise SourceError("no files of the school census: name them")
    for census, of_census in sorted(by_census.items()):
        yield from _stretches_of(census, of_census, attendance, reasons)


def _census_of(file: SourceFile) -> tuple[int, int]:
    year = year_of(file.name)
    terms = [term[1].lower() for part in reversed(file.name.split("/")) if (term := _TERM.search(part))]
    if year is None or not terms:
        raise SourceError(
            f"{file.name} tells no year and term: put them into its name or folder (2024_autumn_pupilonroll.csv)"
        )
    return year, _TERMS.index(terms[0])


def _stretches_of(
    census: tuple[int, int], files: Sequence[SourceFile], attendance: ExtractNotes, reasons: ExtractNotes
) -> Iterator[_Stretch]:
    """What the files of one census tell, roll by roll, stretch by stretch."""
    enrolments: dict[str, list[pd.DataFrame]] = {roll: [] for roll in _ROLLS}
    details: dict[tuple[str, bool], list[pd.DataFrame]] = {}
    for file in files:
        headings = column_headings(file)
        roll = next((roll for roll in _ROLLS if roll in headings), "")
        if not roll:
            if "nativeid" not in headings and not any(heading.endswith("tableid") for heading in headings):
                raise SourceError(
                    f"{file.name} is no table of the school census: its first row names no NativeId and no table id"
                )
        elif "attendancereason" in headings:
            half = any(heading.startswith(_HALF_TERM_2) for heading in headings)
            table = source_table(file, (roll, "sessions", "absencesessions", "attendancereason"), reasons)
            table = table.rename(columns={roll: "id", "absencesessions": "sessions"})
            need_columns(table, file, ("sessions",))
            details.setdefault((roll, half), []).append(table)
        elif "upn" in headings:
            totals = [f"{prefix}{kind}" for prefix in _PREFIXES for kind in _KINDS]
            table = source_table(file, (roll, "upn", "nativeid", "boarder", *totals), attendance)
            need_columns(table, file, ("nativeid", "termlysessionspossible"))
            enrolments[roll].append(table.rename(columns={roll: "id"}))
    if not any(enrolments.values()):
        raise SourceError(
            f"{files[0].name}: no file of this census holds pupils: add the one with UPN and its table id"
        )
    for roll, tables in enrolments.items():
        for half in (False, True) if _TERMS[census[1]] == "autumn" else (False,):
            with_totals = [table for table in tables if f"{_PREFIXES[half]}possible" in table]
            if with_totals:
                pupils = _each_once(pd.concat(with_totals, ignore_index=True), attendance)
                of_roll = pd.concat(details[roll, half], ignore_index=True) if (roll, half) in details else None
                stretch = _Stretch(census, half, pupils, of_roll)
                day = {SOURCE_DATE: np.datetime64(stretch.days[0], "s")}
                dated = None if of_roll is None else of_roll.assign(**day)
                yield replace(stretch, enrolments=pupils.assign(**day), details=dated)


def _each_once(pupils: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """The enrolments without those whose id another one has; repeated ones are dropped in silence."""
    places = [SOURCE_FILE, SOURCE_ROW]
    pupils = pupils[~pupils.drop(columns=places).duplicated().to_numpy()].reset_index(drop=True)
    return notes.judge(pupils, duplicate_enrolment=pupils.duplicated("id").to_numpy())


def _summed(extract: Extract, stretches: Sequence[pd.DataFrame], notes: ExtractNotes) -> FormatExtract:
    """The rows added up by the extract's key, in the place of the first."""
    columns = (*extract.names, SOURCE_FILE, SOURCE_ROW)
    filled = [rows for rows in stretches if len(rows)]
    rows = pd.concat(filled or [pd.DataFrame({column: [] for column in columns})], ignore_index=True)
    how = {
        column: "sum" if column.startswith("sessions") else "first" for column in columns if column not in extract.key
    }
    return notes.extract(extract, rows.groupby(list(extract.key), sort=False, as_index=False).agg(how))


def _rows_of(
    stretch: _Stretch, settings: SchoolCensusSettings, attendance: ExtractNotes, reasons: ExtractNotes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attendance and its reasons in one stretch of a census: one table's enrolments, in one term or half term."""
    table, prefix, classes = stretch.enrolments, stretch.prefix, stretch.classes
    details = _coded(stretch, reasons)
    possible, _, bad = whole_numbers_of(table, f"{prefix}possible")
    absent, columns = _absent(stretch, details, attendance)
    for column, wrong in {f"{prefix}possible": bad, **columns}.items():
        attendance.judge(table, not_a_number=(wrong, column))
        bad = bad | wrong
    nobody, nowhere = (texts_of(table, name) == "" for name in ("upn", "nativeid"))
    boarder = np.isin(texts_of(table, "boarder"), _BOARDING)
    none = possible == 0
    away = absent[AUTHORISED] + absent[UNAUTHORISED] > 0
    counted = ~none & ~bad & ~boarder
    attendance.judge(
        table,
        no_possible_sessions=(none & away & ~bad & ~boarder, f"{prefix}possible"),
        no_upn=nobody & counted,
        no_school=nowhere & counted,
        boarder=boarder & ~none & ~bad,
    )
    attendance.count("enrolments of boarders", int(boarder.sum()))
    attendance.count("enrolments without possible sessions", int((none & ~away & ~boarder & ~bad).sum()))
    used = counted & ~nobody & ~nowhere
    first, last = stretch.days
    pupils = pd.DataFrame(
        {
            "upn": texts_of(table, "upn"),
            "school_urn": [settings.schools.get(school, school) for school in texts_of(table, "nativeid")],
            "date_from": np.datetime64(first, "ms"),
            "date_to": np.datetime64(last, "ms"),
            "sessions_possible": possible,
            "sessions_authorised": absent[AUTHORISED],
            "sessions_unauthorised": absent[UNAUTHORISED],
            **table[[SOURCE_FILE, SOURCE_ROW]],
        }
    )
    of_class = details["code"].map(classes)
    is_absence = of_class.isin((AUTHORISED, UNAUTHORISED)).to_numpy(dtype=np.bool_)
    reasons.count("sessions under codes that are no absence", int(details["sessions"][~is_absence].sum()))
    kept = details[is_absence & used[details["at"].to_numpy()] & (details["sessions"] > 0).to_numpy()]
    keys = pupils.loc[kept["at"], ["upn", "school_urn", "date_from"]].reset_index(drop=True)
    places = kept[["code", "sessions", SOURCE_FILE, SOURCE_ROW]].reset_index(drop=True)
    return pupils[used], pd.concat([keys, places], axis=1)


def _coded(stretch: _Stretch, reasons: ExtractNotes) -> pd.DataFrame:
    """The usable details: their enrolment's position (at), code, number of sessions and place."""
    table = stretch.details
    columns = ["at", "code", "sessions", SOURCE_FILE, SOURCE_ROW]
    if table is None:
        return pd.DataFrame(columns=columns).astype({"at": "int64", "sessions": "int64"})
    code = pd.Series(texts_of(table, "attendancereason")).str.upper()
    number, blank, bad = whole_numbers_of(table, "sessions")
    at = pd.Index(stretch.enrolments["id"]).get_indexer(pd.Index(table["id"]))
    table = table.assign(at=at, code=code, sessions=number)
    unknown = ~code.isin(stretch.classes).to_numpy()
    return reasons.judge(table, unknown_enrolment=at < 0, not_a_number=bad | blank, unknown_code=unknown)[columns]


def _absent(
    stretch: _Stretch, details: pd.DataFrame, attendance: ExtractNotes
) -> tuple[dict[str, np.ndarray], dict[str, Flags]]:
    """Each enrolment's absent sessions by class, from the totals or the codes; and unusable cells by column."""
    table = stretch.enrolments
    columns = {kind: f"{stretch.prefix}{kind}" for kind in (AUTHORISED, UNAUTHORISED)}
    if stretch.census > LAST_TOTALS or not set(columns.values()) <= set(table.columns):
        if stretch.details is None and len(table):
            raise SourceError(
                f"{table[SOURCE_FILE].iloc[0]}: this census has no totals of absences, and there is no file of the "
                "session details with attendancereason beside it: add that file"
            )
        of_class = details["code"].map(stretch.classes)
        by_class = {kind: details[of_class == kind] for kind in columns}
        return {
            kind: np.bincount(rows["at"], rows["sessions"], minlength=len(table)).astype(np.int64)
            for kind, rows in by_class.items()
        }, {}
    absent: dict[str, np.ndarray] = {}
    unusable: dict[str, Flags] = {}
    unknown = whole_numbers_of(table, f"{stretch.prefix}possible")[0] > 0
    for kind, column in columns.items():
        absent[kind], blank, unusable[column] = whole_numbers_of(table, column)
        unknown &= blank
    attendance.judge(table, blank_total=(unknown, stretch.prefix))
    return absent, unusable
