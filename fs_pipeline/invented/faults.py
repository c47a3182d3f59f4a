"""Plants row faults and findings in a quarter's clean files, and says where: what a reader ought to find.

Most faults are planted in a new row, a copy of a good one under a new key: without it (once it is left out) the
extracts are as clean as before. Of the two kinds in rows that were there, one end after the quarter end alters
nothing, and one health return loses its number. Findings stay in: overlapping plans and periods, absences over the
possible sessions, and UPNs of invented people who have nothing else.

Faults of whole files are in `file_faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.upn import LETTERS, check_letters
from fs_pipeline.invented.chance import Chance
from fs_pipeline.invented.sheets import Cells, Sheet, Sheets
from fs_pipeline.toolkit.extracts import EXTRACTS


@dataclass(frozen=True)
class PlantedFault:
    """A fault that was planted.

    Attributes:
        extract: the extract's name.
        file: `extracts/2017-10-01/people.csv`.
        row: the row's number as a spreadsheet shows it, the header being row 1; 0 for a whole file.
        column: the column's name; "" for a whole row or file.
        rule: its short name, as the reader's: `bad_date`, `duplicate`, `8940` ...
        done: what was done.
    """

    extract: str
    file: str
    row: int
    column: str
    rule: str
    done: str


@dataclass(frozen=True)
class _Row:
    """A row of a sheet, read by column; `column` is the one that a fault is about."""

    sheet: Sheet
    cells: Cells
    column: str
    quarter: Quarter
    chance: Chance

    def __getitem__(self, column: str) -> str:
        return self.sheet.cell(self.cells, column)

    def day(self, column: str, later: int = 0) -> date:
        """The date in a column, or so many days later."""
        return date.fromisoformat(self[column]) + timedelta(days=later)

    def after_quarter(self, days: int) -> str:
        """So many days after the quarter end."""
        return (self.quarter.last_day + timedelta(days=days)).isoformat()


_Change: TypeAlias = Callable[[_Row], dict[str, str]]
"""What a row has instead, by column."""


@dataclass(frozen=True)
class _Fault:
    """A kind of fault or finding that stands in one row.

    Attributes:
        rule: as in `PlantedFault`.
        places: extracts and columns, tried in turn until one of the files has a row that suits.
        change: what the row has in the column, or in several.
        done: as in `PlantedFault`; a column in braces stands for the cell of the row that was copied.
        suits: the rows that it can be planted in.
        copies: how many new rows it takes, each a copy of the one before it; 0: it stands in the row itself.
        new_key: whether each copy has a key of its own.
    """

    rule: str
    places: tuple[tuple[str, str], ...]
    change: str | _Change
    done: str
    suits: Callable[[_Row], bool] = lambda _: True
    copies: int = 1
    new_key: bool = True

    def fits(self, row: _Row, cells: Cells) -> bool:
        """Whether it can be planted in the row with these cells."""
        return self.suits(replace(row, cells=cells))

    def spoil(self, row: _Row) -> None:
        """Changes the row."""
        cells = {row.column: self.change} if isinstance(self.change, str) else self.change(row)
        row.sheet.put(row.cells, **cells)


_NEW_KEY = {"attendance": "school_urn"}
"""The key column that makes a copied row another row, where it is not the first one."""
_INCIDENTS = "police_incidents"


def _is_open(row: _Row) -> bool:
    return not row["end_date"]


def _has_lasted(row: _Row) -> bool:
    return not _is_open(row) and row.day("start_date", 3) < row.day("end_date")


def _has_upn(row: _Row) -> bool:
    return bool(row["upn"])


def _is_child(row: _Row) -> bool:
    others = (row.sheet.cell(other, "family_id") != row["family_id"] for other in row.sheet.rows)
    return row["role"] == "child" and any(others)


def _another_family(row: _Row) -> dict[str, str]:
    others = sorted({row.sheet.cell(other, "family_id") for other in row.sheet.rows} - {row["family_id"]})
    return {"family_id": others[int(row.chance.draw.integers(len(others)))]}


def _another_check_letter(row: _Row) -> dict[str, str]:
    upn = row["upn"]
    return {"upn": LETTERS[(LETTERS.index(upn[0]) + 1) % len(LETTERS)] + upn[1:]}


def _upn_of_nobody(_: _Row) -> dict[str, str]:
    digits = "999999999999"
    return {"upn": check_letters(pd.Series([digits], dtype="str"))[0] + digits}


def _next_day(row: _Row) -> dict[str, str]:
    return {"start_date": min(row.day("start_date", 1), row.quarter.last_day).isoformat()}


def _without_last_cell(row: _Row) -> dict[str, str]:
    del row.cells[-1]
    return {}


def _overlap(extract: str, key: str, rule: str) -> _Fault:
    """A plan or period of care that starts the day after an ended one did, and ends with it."""
    done = f"overlaps {{{key}}} of the same child"
    return _Fault(rule, ((extract, "start_date"),), _next_day, done, _has_lasted)


_FAULTS = (
    _Fault(
        "bad_date",
        (("mental_health_scores", "score_date"), (_INCIDENTS, "incident_date")),
        "2018-02-30",
        "a day that does not exist",
    ),
    _Fault(
        "bad_date",
        (("top_forms", "form_date"), ("allocations", "start_date"), (_INCIDENTS, "incident_date")),
        lambda row: {row.column: f"{row.day(row.column):%d/%m/%Y}"},
        "a UK date among ISO dates",
    ),
    _Fault("unknown_code", (("cp_plans", "category"), (_INCIDENTS, "role")), "XXX", "a code outside its set"),
    _Fault(
        "out_of_range",
        (("mental_health_scores", "phq9"), ("lsir_assessments", "score"), ("attendance", "sessions_possible")),
        "-1",
        "a number below its range",
    ),
    _Fault("not_a_number", (("attendance", "sessions_possible"),), "twenty", "a number in words"),
    _Fault("not_whole", (("attendance", "sessions_authorised"),), "1.5", "a fraction of a session"),
    _Fault("bad_boolean", ((_INCIDENTS, "crime"),), "perhaps", "neither yes nor no"),
    _Fault("blank", ((_INCIDENTS, "domestic_abuse"),), "", "a blank in a required column"),
    _Fault("unknown_person", ((_INCIDENTS, "person_id"),), "P-NOBODY", "a person whom `people` does not hold"),
    _Fault(
        "unknown_family",
        (("adult_involvements", "family_id"), ("expert_reports", "family_id")),
        "F-NOBODY",
        "a family without members",
    ),
    _Fault(
        "outside_quarter",
        ((_INCIDENTS, "incident_date"),),
        lambda row: {"incident_date": (row.quarter.first_day - timedelta(days=1)).isoformat()},
        "dated on the day before the quarter",
    ),
    _Fault(
        "end_before_start",
        (("adult_involvements", "end_date"),),
        lambda row: {"end_date": row.day("start_date", -3).isoformat()},
        "ends three days before it starts",
    ),
    _Fault(
        "after_quarter",
        (("referrals", "start_date"),),
        lambda row: {"start_date": row.after_quarter(30), "end_date": ""},
        "starts 30 days after the quarter end",
    ),
    _Fault(  # the extract was pulled late
        "ends_blanked",
        (("referrals", "end_date"),),
        lambda row: {"end_date": row.after_quarter(20)},
        "ends 20 days after the quarter end",
        _is_open,
        copies=0,
    ),
    _Fault("duplicate", ((_INCIDENTS, ""),), lambda _: {}, "the same row again", new_key=False),
    _Fault(
        "second_family",
        (("family_members", "person_id"),),
        _another_family,
        "a child of another family too",
        _is_child,
        new_key=False,
    ),
    _Fault("1510", (("people", "upn"),), _another_check_letter, "a UPN with another check letter", _has_upn),
    _Fault("1520", (("people", "upn"),), _upn_of_nobody, "the UPN of {person_id}, an earlier row", _has_upn, copies=2),
    _overlap("cp_plans", "cp_plan_id", "8940"),
    _Fault("8935", (("cp_plans", "end_date"),), _next_day, "open beside {cp_plan_id} of the same child", _is_open),
    _overlap("care_periods", "care_period_id", "501"),
    _Fault(
        "absences_over_possible",
        (("attendance", "sessions_possible"),),
        lambda row: {"sessions_authorised": str(int(row["sessions_possible"]) + 1)},
        "one authorised absence more than possible",
    ),
    _Fault(
        "blank",
        (("health_activity", "people_with_event"),),
        lambda _: {"people_with_event": "", "percentage": ""},
        "neither a number of people nor a percentage",
        copies=0,
    ),
    _Fault(
        "ragged",
        (("lsir_assessments", ""), ("allocations", ""), ("marac_referrals", ""), (_INCIDENTS, "")),
        _without_last_cell,
        "the last cell is missing",
    ),
)


def plant_faults(extracts_folder: Path, quarter: Quarter, seed: int) -> list[PlantedFault]:
    """Plants every kind of row fault and finding in the quarter's files; says where each stands.

    A kind whose extracts were not delivered, or have no row to work with, is left out: in a baseline quarter, or
    with a handful of families, not all can be planted.

    Args:
        extracts_folder: the folder of the quarters, as `write_extracts` filled it.
        quarter: its files are changed in place.
        seed: which rows are chosen.
    """
    sheets, chance = Sheets(extracts_folder, quarter), Chance(seed, "faults", quarter.key)
    planted: list[tuple[PlantedFault, _Row]] = []
    copies = 0
    for fault in _FAULTS:
        row = _picked_row(fault, sheets, quarter, chance)
        if row is None:
            continue
        done = fault.done
        key = _NEW_KEY.get(row.sheet.extract, EXTRACTS[row.sheet.extract].key[0])
        old_key = row[key]
        for _ in range(fault.copies):
            done = fault.done.format(**dict(zip(row.sheet.header, row.cells, strict=True)))
            row = replace(row, cells=row.sheet.add(list(row.cells), row.cells, chance))
            if fault.new_key:
                copies += 1
                row.sheet.put(row.cells, **{key: f"{old_key}-{copies}"})
            fault.spoil(row)
        if not fault.copies:
            fault.spoil(row)
        planted.append((PlantedFault(row.sheet.extract, row.sheet.file, 0, row.column, fault.rule, done), row))
    unexpected = list(_extra_column(sheets))
    sheets.save()
    return [replace(fault, row=row.sheet.number(row.cells)) for fault, row in planted] + unexpected


def _picked_row(fault: _Fault, sheets: Sheets, quarter: Quarter, chance: Chance) -> _Row | None:
    """A row of the first of the fault's places that has one that suits."""
    for extract, column in fault.places:
        if sheet := sheets.sheet(extract):
            row = _Row(sheet, [], column, quarter, chance)
            if cells := sheet.pick(chance, partial(fault.fits, row)):
                return replace(row, cells=cells)
    return None


def _extra_column(sheets: Sheets) -> Iterator[PlantedFault]:
    """A column that the contract does not know, at the end of one of these files."""
    for extract in ("waiting_lists", "absence_reasons"):
        if sheet := sheets.sheet(extract):
            for row in sheet.rows:
                row.append("as agreed")
            sheet.header.append("notes")
            yield PlantedFault(extract, sheet.file, 1, "notes", "unexpected_column", "a column of notes at the end")
            return
