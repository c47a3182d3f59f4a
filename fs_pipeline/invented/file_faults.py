"""Spoils a whole file of a quarter, one way at a time, so that it cannot be trusted."""

from __future__ import annotations

from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented.faults import PlantedFault
from fs_pipeline.invented.files import replace_file
from fs_pipeline.invented.sheets import Sheet

FILE_FAULTS = {
    "missing_extract": "allocations",
    "missing_column": "cp_plans",
    "blank_key": "referrals",
    "key_conflict": "referrals",
    "not_utf8": "family_members",
    "truncated": "referrals",
}
"""The kinds of file fault, and the required extract that each spoils."""


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
    sheet = Sheet(path)
    if not sheet.rows:
        raise ValueError(f"{path} has no rows to spoil: invent more families")
    row, column, done = _spoil(sheet, kind)
    return PlantedFault(sheet.extract, sheet.file, row, column, kind, done)


def _spoil(sheet: Sheet, kind: str) -> tuple[int, str, str]:
    """Spoils the file; gives row, column, and what was done."""
    middle = sheet.rows[len(sheet.rows) // 2]
    number = sheet.number(middle)
    if kind == "missing_extract":
        sheet.path.unlink()
        return 0, "", "the file was removed"
    if kind == "missing_column":
        place = sheet.header.index("start_date")
        for row in (sheet.header, *sheet.rows):
            del row[place]
        sheet.save()
        return 1, "start_date", "the column was left out"
    if kind == "blank_key":
        sheet.put(middle, referral_id="")
        sheet.save()
        return number, "referral_id", "the key was left blank"
    if kind == "key_conflict":
        other = list(middle)
        sheet.put(other, category_of_need="N1" if sheet.cell(middle, "category_of_need") != "N1" else "N2")
        sheet.rows.append(other)
        sheet.save()
        return len(sheet.rows) + 1, "referral_id", f"the key of row {number} again, with another category of need"
    if kind == "not_utf8":
        sheet.put(middle, relationship_type="Grand-mère")
        replace_file(sheet.path, sheet.text().encode("latin-1"))
        return number, "relationship_type", "an accent in Latin-1"
    lines = sheet.text(all_quoted=True).splitlines(keepends=True)
    whole = "".join(lines[: number - 1])
    replace_file(sheet.path, (whole + lines[number - 1][:3]).encode())
    return number, sheet.header[0], "the file breaks off within a quoted cell"
