"""Plants row faults and findings in a quarter's clean files, and says where: what a reader ought to find.

Most faults are planted in a new row, a copy of a good one under a new key: without it (once it is left out) the
extracts are as clean as before. Of the two kinds in rows that were there, one end after the quarter end alters
nothing, and one health return loses its number. Findings stay in: overlapping plans and periods, absences over the
possible sessions, and UPNs of invented people who have nothing else.

Faults of whole files are in `file_faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

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
class _Planted:
    """As `PlantedFault`, while rows still move."""

    sheet: Sheet
    row: Cells | None
    column: str
    rule: str
    done: str


@dataclass(frozen=True)
class _CellFault:
    """A fault in one cell of a new row; the places are tried in turn until one of the files has rows."""

    rule: str
    places: tuple[tuple[str, str], ...]
    content: str | Callable[[str, Quarter], str]
    done: str


_NEW_KEY = {"attendance": "school_urn"}
"""The key column that makes a copied row another row, where it is not the first one."""


def _uk(content: str, quarter: Quarter) -> str:
    del quarter
    return f"{date.fromisoformat(content):%d/%m/%Y}"


def _day_before(content: str, quarter: Quarter) -> str:
    del content
    return (quarter.first_day - timedelta(days=1)).isoformat()


_INCIDENTS = "police_incidents"
_CELL_FAULTS = (
    _CellFault(
        "bad_date",
        (("mental_health_scores", "score_date"), (_INCIDENTS, "incident_date")),
        "2018-02-30",
        "a day that does not exist",
    ),
    _CellFault(
        "bad_date",
        (("top_forms", "form_date"), ("allocations", "start_date"), (_INCIDENTS, "incident_date")),
        _uk,
        "a UK date among ISO dates",
    ),
    _CellFault("unknown_code", (("cp_plans", "category"), (_INCIDENTS, "role")), "XXX", "a code outside its set"),
    _CellFault(
        "out_of_range",
        (("mental_health_scores", "phq9"), ("lsir_assessments", "score"), ("attendance", "sessions_possible")),
        "-1",
        "a number below its range",
    ),
    _CellFault("not_a_number", (("attendance", "sessions_possible"),), "twenty", "a number in words"),
    _CellFault("not_whole", (("attendance", "sessions_authorised"),), "1.5", "a fraction of a session"),
    _CellFault("bad_boolean", ((_INCIDENTS, "crime"),), "perhaps", "neither yes nor no"),
    _CellFault("blank", ((_INCIDENTS, "domestic_abuse"),), "", "a blank in a required column"),
    _CellFault("unknown_person", ((_INCIDENTS, "person_id"),), "P-NOBODY", "a person whom `people` does not hold"),
    _CellFault(
        "unknown_family",
        (("adult_involvements", "family_id"), ("expert_reports", "family_id")),
        "F-NOBODY",
        "a family without members",
    ),
    _CellFault("outside_quarter", ((_INCIDENTS, "incident_date"),), _day_before, "dated on the day before the quarter"),
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
    planting = _Planting(Sheets(extracts_folder, quarter), quarter, Chance(seed, "faults", quarter.key))
    planted = [
        *planting.cells(),
        *planting.end_before_start(),
        *planting.after_quarter(),
        *planting.later_end(),
        *planting.duplicate(),
        *planting.second_family(),
        *planting.wrong_check_letter(),
        *planting.shared_upn(),
        *planting.overlap("cp_plans", "8940"),
        *planting.open_plans(),
        *planting.overlap("care_periods", "501"),
        *planting.absences(),
        *planting.health(),
        *planting.ragged(),
        *planting.extra_column(),
    ]
    planting.sheets.save()
    return [
        PlantedFault(
            extract=fault.sheet.extract,
            file=fault.sheet.file,
            row=1 if fault.row is None else fault.sheet.number(fault.row),
            column=fault.column,
            rule=fault.rule,
            done=fault.done,
        )
        for fault in planted
    ]


class _Planting:
    """Plants in one quarter's sheets. Each method plants one kind, or nothing where no row suits."""

    def __init__(self, sheets: Sheets, quarter: Quarter, chance: Chance) -> None:
        self.sheets = sheets
        self.quarter = quarter
        self.chance = chance
        self.copies = 0

    def cells(self) -> Iterator[_Planted]:
        """Each fault in a single cell."""
        for fault in _CELL_FAULTS:
            for extract, column in fault.places:
                sheet = self.sheets.sheet(extract)
                base = sheet.pick(self.chance) if sheet else None
                if sheet is None or base is None:
                    continue
                row = self._copy(sheet, base)
                content = fault.content
                if callable(content):
                    content = content(sheet.cell(base, column), self.quarter)
                sheet.put(row, **{column: content})
                yield _Planted(sheet, row, column, fault.rule, fault.done)
                break

    def end_before_start(self) -> Iterator[_Planted]:
        """An involvement that ends before it starts."""
        for sheet, base in self._picked("adult_involvements"):
            row = self._copy(sheet, base)
            start = date.fromisoformat(sheet.cell(row, "start_date"))
            sheet.put(row, end_date=(start - timedelta(days=3)).isoformat())
            yield _Planted(sheet, row, "end_date", "end_before_start", "ends three days before it starts")

    def after_quarter(self) -> Iterator[_Planted]:
        """A referral of the next quarter."""
        for sheet, base in self._picked("referrals"):
            row = self._copy(sheet, base)
            sheet.put(row, start_date=self._after(30), end_date="")
            yield _Planted(sheet, row, "start_date", "after_quarter", "starts 30 days after the quarter end")

    def later_end(self) -> Iterator[_Planted]:
        """An open referral with an end after the quarter: the extract was pulled late."""
        for sheet, row in self._picked("referrals", lambda sheet, row: not sheet.cell(row, "end_date")):
            sheet.put(row, end_date=self._after(20))
            yield _Planted(sheet, row, "end_date", "ends_blanked", "ends 20 days after the quarter end")

    def duplicate(self) -> Iterator[_Planted]:
        """The same incident twice."""
        for sheet, base in self._picked(_INCIDENTS):
            row = sheet.add(list(base), base, self.chance)
            yield _Planted(sheet, row, "", "duplicate", "the same row again")

    def second_family(self) -> Iterator[_Planted]:
        """A child in two families."""
        for sheet, base in self._picked("family_members", lambda sheet, row: sheet.cell(row, "role") == "child"):
            family = sheet.cell(base, "family_id")
            others = sorted({sheet.cell(row, "family_id") for row in sheet.rows} - {family})
            if others:
                row = sheet.add(list(base), base, self.chance)
                sheet.put(row, family_id=others[int(self.chance.draw.integers(len(others)))])
                yield _Planted(sheet, row, "person_id", "second_family", "a child of another family too")

    def wrong_check_letter(self) -> Iterator[_Planted]:
        """A new person with a UPN whose check letter is wrong."""
        for sheet, base in self._picked("people", lambda sheet, row: bool(sheet.cell(row, "upn"))):
            row = self._copy(sheet, base)
            upn = sheet.cell(base, "upn")
            letter = LETTERS[(LETTERS.index(upn[0]) + 1) % len(LETTERS)]
            sheet.put(row, upn=letter + upn[1:])
            yield _Planted(sheet, row, "upn", "1510", "a UPN with another check letter")

    def shared_upn(self) -> Iterator[_Planted]:
        """Two new people with the same UPN."""
        for sheet, base in self._picked("people", lambda sheet, row: bool(sheet.cell(row, "upn"))):
            digits = "999999999999"
            upn = check_letters(pd.Series([digits], dtype="str"))[0] + digits
            one = self._copy(sheet, base)
            sheet.put(one, upn=upn)
            other = self._copy(sheet, one, base)
            yield _Planted(sheet, other, "upn", "1520", f"the UPN of {sheet.cell(one, 'person_id')}, an earlier row")

    def overlap(self, extract: str, rule: str) -> Iterator[_Planted]:
        """A plan or period of care that starts the day after an ended one did, and ends with it."""

        def lasted(sheet: Sheet, row: Cells) -> bool:
            start, end = sheet.cell(row, "start_date"), sheet.cell(row, "end_date")
            return bool(end) and date.fromisoformat(start) + timedelta(days=3) < date.fromisoformat(end)

        for sheet, base in self._picked(extract, lasted):
            row = self._copy(sheet, base)
            start = date.fromisoformat(sheet.cell(base, "start_date")) + timedelta(days=1)
            sheet.put(row, start_date=start.isoformat())
            done = f"overlaps {sheet.cell(base, EXTRACTS[extract].key[0])} of the same child"
            yield _Planted(sheet, row, "start_date", rule, done)

    def open_plans(self) -> Iterator[_Planted]:
        """A second open plan of a child."""
        for sheet, base in self._picked("cp_plans", lambda sheet, row: not sheet.cell(row, "end_date")):
            row = self._copy(sheet, base)
            start = date.fromisoformat(sheet.cell(base, "start_date")) + timedelta(days=1)
            sheet.put(row, start_date=min(start, self.quarter.last_day).isoformat())
            done = f"open beside {sheet.cell(base, 'cp_plan_id')} of the same child"
            yield _Planted(sheet, row, "end_date", "8935", done)

    def absences(self) -> Iterator[_Planted]:
        """More absences than sessions."""
        for sheet, base in self._picked("attendance"):
            row = self._copy(sheet, base)
            sheet.put(row, sessions_authorised=str(int(sheet.cell(base, "sessions_possible")) + 1))
            yield _Planted(
                sheet, row, "sessions_possible", "absences_over_possible", "one authorised absence more than possible"
            )

    def health(self) -> Iterator[_Planted]:
        """A health return with neither number nor percentage."""
        for sheet, row in self._picked("health_activity"):
            sheet.put(row, people_with_event="", percentage="")
            yield _Planted(sheet, row, "people_with_event", "blank", "neither a number of people nor a percentage")

    def ragged(self) -> Iterator[_Planted]:
        """A row that lacks its last cell."""
        for extract in ("lsir_assessments", "allocations", "marac_referrals", _INCIDENTS):
            for sheet, base in self._picked(extract):
                row = self._copy(sheet, base)
                del row[-1]
                yield _Planted(sheet, row, "", "ragged", "the last cell is missing")
                return

    def extra_column(self) -> Iterator[_Planted]:
        """A column that the contract does not know."""
        for extract in ("waiting_lists", "absence_reasons"):
            if sheet := self.sheets.sheet(extract):
                for row in sheet.rows:
                    row.append("as agreed")
                sheet.header.append("notes")
                yield _Planted(sheet, None, "notes", "unexpected_column", "a column of notes at the end")
                return

    def _picked(
        self, extract: str, suits: Callable[[Sheet, Cells], bool] = lambda *_: True
    ) -> Iterator[tuple[Sheet, Cells]]:
        """The sheet and a row of it that suits; nothing where there is none."""
        sheet = self.sheets.sheet(extract)
        if sheet is not None:
            row = sheet.pick(self.chance, lambda cells: suits(sheet, cells))
            if row is not None:
                yield sheet, row

    def _copy(self, sheet: Sheet, base: Cells, new_from: Cells | None = None) -> Cells:
        """A copy of the row below it, under a new key made from that of `new_from` or the row itself."""
        self.copies += 1
        key = _NEW_KEY.get(sheet.extract, EXTRACTS[sheet.extract].key[0])
        row = sheet.add(list(base), base, self.chance)
        sheet.put(row, **{key: f"{sheet.cell(new_from or base, key)}-{self.copies}"})
        return row

    def _after(self, days: int) -> str:
        return (self.quarter.last_day + timedelta(days=days)).isoformat()
