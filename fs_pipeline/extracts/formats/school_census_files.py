"""The files of school censuses as tables of text, by term: enrolments, and the sessions told of them by code.

Term and year stand in a file's name or folder (`2024_autumn_pupilonroll.csv`). Which table a file is, its columns say:
enrolments have `pupilonrolltableid` or `pupilnolongeronrolltableid` and `upn`; details have that too, and
`attendancereason`; details of the second half of the summer term a column that begins with `summerhalfterm2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, SourceError, SourceFile
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import column_headings, need_columns, source_table, year_of

_TERM = re.compile(r"(spring|summer|autumn)(?!halfterm)", re.IGNORECASE)
_ORDER = ("spring", "summer", "autumn")
_ROLLS = ("pupilonrolltableid", "pupilnolongeronrolltableid")
_HALF_TERM_2 = "summerhalfterm2"
_TERMLY = "termly"
_KINDS = ("possible", "authorised", "unauthorised")
_PUPIL = ("upn", "nativeid", "boarder")
_DETAIL = ("sessions", "absencesessions", "attendancereason")


@dataclass(frozen=True, eq=False)
class Sessions:
    """What one table of enrolments tells of one term, or of the second half of the summer term.

    Attributes:
        half_term_2: it is the second half of the summer term.
        enrolments: id, UPN, NativeId, boarder and the totals, as text.
        details: id of the enrolment, sessions and attendancereason, as text; None without such a file.
        possible: the column of possible sessions.
        authorised: that of authorised absences; not every census has it.
        unauthorised: that of unauthorised absences.
    """

    half_term_2: bool
    enrolments: pd.DataFrame
    details: pd.DataFrame | None
    possible: str
    authorised: str
    unauthorised: str


@dataclass(frozen=True, eq=False)
class Census:
    """A census: its year, its term (spring, summer, autumn), and what it tells."""

    year: int
    term: str
    sessions: tuple[Sessions, ...]


def read_censuses(
    files: Sequence[SourceFile], enrolment_notes: ExtractNotes, detail_notes: ExtractNotes
) -> Iterator[Census]:
    """The censuses in order of time. Rows that do not fit their header go to the notes of enrolments or of details.

    Raises:
        SourceError: a file cannot be read, tells no term and year, or lacks a column; or there are no enrolments.
    """
    by_census: dict[tuple[int, int], list[SourceFile]] = {}
    for file in files:
        by_census.setdefault(_when(file), []).append(file)
    if not by_census:
        raise SourceError("no files of the school census: name them")
    for (year, term), of_census in sorted(by_census.items()):
        yield Census(year, _ORDER[term], tuple(_sessions(of_census, _ORDER[term], enrolment_notes, detail_notes)))


def _when(file: SourceFile) -> tuple[int, int]:
    year = year_of(file.name)
    terms = [term[1].lower() for part in reversed(file.name.split("/")) if (term := _TERM.search(part))]
    if year is None or not terms:
        raise SourceError(
            f"{file.name} tells no year and term: put them into its name or folder (2024_autumn_pupilonroll.csv)"
        )
    return year, _ORDER.index(terms[0])


def _sessions(
    files: Sequence[SourceFile], term: str, enrolment_notes: ExtractNotes, detail_notes: ExtractNotes
) -> Iterator[Sessions]:
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
            continue
        if "attendancereason" in headings:
            half = any(heading.startswith(_HALF_TERM_2) for heading in headings)
            details.setdefault((roll, half), []).append(_details(file, roll, detail_notes))
        elif "upn" in headings:
            enrolments[roll].append(_enrolments(file, roll, enrolment_notes))
    if not any(enrolments.values()):
        raise SourceError(
            f"{files[0].name}: no file of this census holds pupils: add the one with UPN and its table id"
        )
    for roll, tables in enrolments.items():
        for half in (False, True) if term == "autumn" else (False,):
            prefix = _HALF_TERM_2 if half else _TERMLY
            possible, authorised, unauthorised = (f"{prefix}sessions{kind}" for kind in _KINDS)
            with_totals = [table for table in tables if possible in table]
            if with_totals:
                of_roll = pd.concat(details[roll, half], ignore_index=True) if (roll, half) in details else None
                pupils = _each_once(pd.concat(with_totals, ignore_index=True), enrolment_notes)
                yield Sessions(half, pupils, of_roll, possible, authorised, unauthorised)


def _enrolments(file: SourceFile, roll: str, notes: ExtractNotes) -> pd.DataFrame:
    totals = [f"{prefix}sessions{kind}" for prefix in (_TERMLY, _HALF_TERM_2) for kind in _KINDS]
    table = source_table(file, (roll, *_PUPIL, *totals), notes)
    need_columns(table, file, ("nativeid", "termlysessionspossible"))
    return table.rename(columns={roll: "id"})


def _details(file: SourceFile, roll: str, notes: ExtractNotes) -> pd.DataFrame:
    table = source_table(file, (roll, *_DETAIL), notes)
    table = table.rename(columns={roll: "id", "absencesessions": "sessions"})
    need_columns(table, file, ("sessions",))
    return table


def _each_once(pupils: pd.DataFrame, notes: ExtractNotes) -> pd.DataFrame:
    """The enrolments without those whose id another one has; repeated ones are dropped in silence."""
    places = [SOURCE_FILE, SOURCE_ROW]
    pupils = pupils[~pupils.drop(columns=places).duplicated().to_numpy()].reset_index(drop=True)
    again = pupils.duplicated("id").to_numpy()
    words = "the table id is that of another enrolment, above"
    return notes.reject(pupils, (again, "id", "duplicate_enrolment", words))
