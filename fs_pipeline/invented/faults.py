"""Plants faults and findings in a quarter's clean files, and says where: what a reader ought to find.

The kinds of faults in a row stand in row_faults.csv: the rule that finds it; the columns in which it may be planted,
the first that has a suitable row; the cell instead, or the change; how many new rows it takes, each a copy of the one
before it (0: it stands in the row itself), and whether each has a key of its own; what was done, where {name} is the
cell of the row that was copied.

Most are planted in a new row: without it (once it is left out) the extracts are as clean as before. Of the two kinds in
rows that were there, one end after the quarter end (the extract was pulled late) alters nothing, and one health return
loses its number. Findings stay in: overlapping plans and periods, absences over the possible sessions, and UPNs of
invented people who have nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.upn import LETTERS, check_letters
from fs_pipeline.invented.chance import Chance
from fs_pipeline.invented.files import Cells, Sheet, Sheets, replace_file
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.sheets import sheet

FILE_FAULTS = {
    "missing_extract": "allocations",
    "missing_column": "cp_plans",
    "blank_key": "referrals",
    "key_conflict": "referrals",
    "not_utf8": "family_members",
    "truncated": "referrals",
}
"""The kinds of file fault, and the required extract that each spoils."""
_NEW_KEY = {"attendance": "school_urn"}
"""The key column that makes a copied row another row, where it is not the first one."""


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

    def other_families(self) -> list[str]:
        """The sheet's families but for the row's."""
        return sorted({self.sheet.cell(other, "family_id") for other in self.sheet.rows} - {self["family_id"]})


def _another_family(row: _Row) -> dict[str, str]:
    others = row.other_families()
    return {"family_id": others[int(row.chance.draw.integers(len(others)))]}


def _another_check_letter(row: _Row) -> dict[str, str]:
    upn = row["upn"]
    return {"upn": LETTERS[(LETTERS.index(upn[0]) + 1) % len(LETTERS)] + upn[1:]}


def _upn_of_nobody(_: _Row) -> dict[str, str]:
    digits = "999999999999"
    return {"upn": check_letters(pd.Series([digits], dtype="str"))[0] + digits}


def _without_last_cell(row: _Row) -> dict[str, str]:
    del row.cells[-1]
    return {}


_CHANGES: Mapping[str, Callable[[_Row], dict[str, str]]] = {
    "nothing": lambda _: {},
    "uk_date": lambda row: {row.column: f"{row.day(row.column):%d/%m/%Y}"},
    "day_before_quarter": lambda row: {row.column: (row.quarter.first_day - timedelta(days=1)).isoformat()},
    "three_days_before_start": lambda row: {row.column: row.day("start_date", -3).isoformat()},
    "starts_after_quarter": lambda row: {"start_date": row.after_quarter(30), "end_date": ""},
    "ends_after_quarter": lambda row: {"end_date": row.after_quarter(20)},
    "starts_next_day": lambda row: {"start_date": min(row.day("start_date", 1), row.quarter.last_day).isoformat()},
    "one_absence_too_many": lambda row: {"sessions_authorised": str(int(row["sessions_possible"]) + 1)},
    "no_numbers": lambda _: {"people_with_event": "", "percentage": ""},
    "another_family": _another_family,
    "another_check_letter": _another_check_letter,
    "upn_of_nobody": _upn_of_nobody,
    "without_last_cell": _without_last_cell,
}
"""What a row has instead, by column."""
_SUITS: Mapping[str, Callable[[_Row], bool]] = {
    "": lambda _: True,
    "is_open": lambda row: not row["end_date"],
    "has_lasted": lambda row: bool(row["end_date"]) and row.day("start_date", 3) < row.day("end_date"),
    "has_upn": lambda row: bool(row["upn"]),
    "is_child": lambda row: row["role"] == "child" and bool(row.other_families()),
}


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
    new_keys = 0
    for fault in sheet("row_faults", __package__):
        row = _picked_row(fault, sheets, quarter, chance)
        if row is None:
            continue
        done, copies = fault["done"], int(fault["copies"])
        key = _NEW_KEY.get(row.sheet.extract, EXTRACTS[row.sheet.extract].key[0])
        old_key = row[key]
        for _ in range(copies):
            done = fault["done"].format(**dict(zip(row.sheet.header, row.cells, strict=True)))
            row = replace(row, cells=row.sheet.add(list(row.cells), row.cells, chance))
            if fault["new_key"]:
                new_keys += 1
                row.sheet.put(row.cells, **{key: f"{old_key}-{new_keys}"})
            _spoil_row(row, fault)
        if not copies:
            _spoil_row(row, fault)
        planted.append((PlantedFault(row.sheet.extract, row.sheet.file, 0, row.column, fault["rule"], done), row))
    unexpected = list(_extra_column(sheets))
    sheets.save()
    return [replace(fault, row=row.sheet.number(row.cells)) for fault, row in planted] + unexpected


def _picked_row(fault: Mapping[str, str], sheets: Sheets, quarter: Quarter, chance: Chance) -> _Row | None:
    """A row of the first of the fault's places that has one that suits."""
    for extract, _, column in (place.partition(".") for place in fault["places"].split()):
        if opened := sheets.sheet(extract):
            row = _Row(opened, [], column, quarter, chance)
            if cells := opened.pick(chance, partial(_suits, row, fault["suits"])):
                return replace(row, cells=cells)
    return None


def _suits(row: _Row, rule: str, cells: Cells) -> bool:
    return _SUITS[rule](replace(row, cells=cells))


def _spoil_row(row: _Row, fault: Mapping[str, str]) -> None:
    change = fault["change"]
    row.sheet.put(row.cells, **_CHANGES[change](row) if change else {row.column: fault["cell"]})


def _extra_column(sheets: Sheets) -> Iterator[PlantedFault]:
    """A column that the contract does not know, at the end of one of these files."""
    for extract in ("waiting_lists", "absence_reasons"):
        if opened := sheets.sheet(extract):
            for row in opened.rows:
                row.append("as agreed")
            opened.header.append("notes")
            yield PlantedFault(extract, opened.file, 1, "notes", "unexpected_column", "a column of notes at the end")
            return


def plant_file_fault(extracts_folder: Path, quarter: Quarter, kind: str) -> PlantedFault:
    """Spoils a file of the quarter in one of the ways of `FILE_FAULTS`; says which file and row.

    `missing_extract` removes a required file; `missing_column` leaves out a start date; `blank_key` blanks a key;
    `key_conflict` repeats a key with other content; `not_utf8` writes an accent as Latin-1; `truncated` quotes
    every cell, as some programs do, and breaks off in the middle of one.

    Raises:
        ValueError: there is no such kind, or the file is missing or has no rows to spoil.
    """
    if kind not in FILE_FAULTS:
        raise ValueError(f"{kind} is no file fault; there are {', '.join(FILE_FAULTS)}")
    path = extracts_folder / quarter.key / f"{FILE_FAULTS[kind]}.csv"
    if not path.exists():
        raise ValueError(f"{path} does not exist: invent the quarter's extracts first")
    opened = Sheet(path)
    if not opened.rows:
        raise ValueError(f"{path} has no rows to spoil: invent more families")
    row, column, done = _spoil(opened, kind)
    return PlantedFault(opened.extract, opened.file, row, column, kind, done)


def _spoil(opened: Sheet, kind: str) -> tuple[int, str, str]:
    """Spoils the file; gives row, column, and what was done."""
    middle = opened.rows[len(opened.rows) // 2]
    number = opened.number(middle)
    if kind == "missing_extract":
        opened.path.unlink()
        return 0, "", "the file was removed"
    if kind == "missing_column":
        place = opened.header.index("start_date")
        for row in (opened.header, *opened.rows):
            del row[place]
        opened.save()
        return 1, "start_date", "the column was left out"
    if kind == "blank_key":
        opened.put(middle, referral_id="")
        opened.save()
        return number, "referral_id", "the key was left blank"
    if kind == "key_conflict":
        other = list(middle)
        opened.put(other, category_of_need="N1" if opened.cell(middle, "category_of_need") != "N1" else "N2")
        opened.rows.append(other)
        opened.save()
        return len(opened.rows) + 1, "referral_id", f"the key of row {number} again, with another category of need"
    if kind == "not_utf8":
        opened.put(middle, relationship_type="Grand-mère")
        replace_file(opened.path, opened.text().encode("latin-1"))
        return number, "relationship_type", "an accent in Latin-1"
    lines = opened.text(all_quoted=True).splitlines(keepends=True)
    whole = "".join(lines[: number - 1])
    replace_file(opened.path, (whole + lines[number - 1][:3]).encode())
    return number, opened.header[0], "the file breaks off within a quoted cell"
