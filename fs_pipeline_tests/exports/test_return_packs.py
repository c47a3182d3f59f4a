"""Return packs: what partners are sent, and that the filled workbook comes back as the extract."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.return_packs import return_pack
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.settings.programme import read_identifiers
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.toolkit.extracts import EXTRACTS, PARTNERS, Extract
from fs_pipeline.toolkit.fields import ROSTER
from fs_pipeline_tests.literals import each, typed

QUARTER = Quarter.parse("2018-Q4")
ROSTER_ROWS = """
    family_key | person_id | role  | sex | upn           | date_of_birth
    Green      | 0012      | child | F   | A123456789012 | 01/05/2010
    Green      | P2        | adult | F   |               | 03/03/1985
    White      | P2        | adult | F   |               | 03/03/1985
    White      | P3        | child | M   |               | 31/12/2016
    White      | =1+1      | adult | M   |               | 01/01/1980
"""
DAY = {"date": date(2018, 11, 5)}


@pytest.fixture(scope="module")
def roster() -> pd.DataFrame:
    head, *rows = ([cell.strip() for cell in line.split("|")] for line in ROSTER_ROWS.strip().splitlines())
    given = {name: [row[place] or None for row in rows] for place, name in enumerate(head)}
    given["date_of_birth"] = [pd.to_datetime(day, dayfirst=True) for day in given["date_of_birth"]]
    blank = dict.fromkeys(ROSTER.names, [None] * len(rows))
    return typed(ROSTER, blank | given)


def pack(supplier: str, roster: pd.DataFrame) -> bytes:
    return return_pack(QUARTER, PARTNERS[supplier], PARTNERS[supplier].identifiers, roster, "Invented Borough")


def filled(content: bytes, extract: Extract, *rows: dict[str, object], below: int = 1) -> bytes:
    """The pack with cells filled in, row by row from the row `below` the heading."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book[extract.extract]
    place = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=1 + below):
        for name, value in row.items():
            sheet.cell(number, place[name]).value = value
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def read(content: bytes, extract: Extract, folder: Path) -> CheckedExtract:
    """What the reader makes of a workbook that is delivered as the extract."""
    file = folder / QUARTER.key / f"{extract.extract}.xlsx"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    delivery = find_delivery(folder, QUARTER, extract)
    return check_extract(extract, QUARTER, delivery, required=False, references={})


@each("""
    supplier                 | sheets                                | people
    police                   | police_incidents, marac_referrals     | 0012, =1+1, P2, P3
    substance misuse service | substance_treatments, top_forms       | =1+1, P2
    domestic abuse service   | da_programmes, lsir_assessments       | =1+1, P2
    mental health trust      | mental_health_scores                  | =1+1, P2
    legal team               | care_proceedings, expert_reports      | 0012, P3
    education                | attendance, absence_reasons           | A123456789012
    health                   | health_activity                       | ae_attendance, emergency_admission
    partner organisations    | caseloads, waiting_lists              | none
""")
def test_whom_a_partner_is_sent(supplier, sheets, people, roster):
    book = openpyxl.load_workbook(BytesIO(pack(supplier, roster)))
    assert book.sheetnames == ["Read me", *sheets.split(", ")]
    for name in sheets.split(", "):
        sent = {row[0] for row in book[name].iter_rows(min_row=2, values_only=True) if row[0]}
        assert sorted(sent) == sorted([] if people == "none" else people.split(", "))
        assert all(row[0].data_type == "s" for row in book[name].iter_rows(min_row=2) if row[0].value)


@pytest.mark.parametrize("supplier", sorted(PARTNERS))
def test_no_other_identifier_is_anywhere_in_the_file(supplier, roster):
    allowed = PARTNERS[supplier].identifiers
    shapes = {"person_id": rb"\b0012\b|\bP[23]\b", "upn": rb"A123456789012", "family": rb"Green|White"}
    with zipfile.ZipFile(BytesIO(pack(supplier, roster))) as archive:
        parts = [archive.read(name) for name in archive.namelist() if "styles" not in name and "theme" not in name]
    sheets = [part for part in parts if b"<sheetData" in part]
    for name, shape in shapes.items():
        if name not in allowed:
            texts = b"".join(part for part in sheets for part in re.findall(rb"<t[^>]*>([^<]*)</t>", part))
            assert not re.search(shape, texts)


def test_a_filled_pack_comes_back_as_the_extract_and_what_was_left_is_no_row(roster, tmp_path):
    police = EXTRACTS["police_incidents"]
    incident = {"incident_id": "I1", "incident_date": date(2018, 11, 5), "role": "victim", "crime": "Y"}
    content = filled(pack("police", roster), police, incident | {"domestic_abuse": "N"})
    checked = read(content, police, tmp_path)
    assert (len(checked.rows), len(checked.rejected), checked.counts["delivered"]) == (1, 0, 1)
    row = checked.rows.iloc[0]
    assert (row["person_id"], row["incident_id"], row["crime"], row["domestic_abuse"]) == ("0012", "I1", True, False)
    assert checked.unexpected_columns == ("date_of_birth", "sex")


def test_a_row_may_be_copied_for_more(roster, tmp_path):
    police = EXTRACTS["police_incidents"]
    rest = {"role": "victim", "crime": "Y", "domestic_abuse": "Y", "incident_date": date(2018, 12, 31)}
    more = [{"person_id": "P2", "incident_id": f"I{number}"} | rest for number in (1, 2)]
    checked = read(filled(pack("police", roster), police, *more, below=10), police, tmp_path)
    assert checked.rows["incident_id"].tolist() == ["I1", "I2"]
    assert set(checked.rows["person_id"]) == {"P2"}


def test_faults_in_a_pack_are_found_at_their_row(roster, tmp_path):
    police = EXTRACTS["police_incidents"]
    wrong = {"incident_id": "I1", "incident_date": date(2019, 1, 1), "role": "victim", "crime": "Y"}
    content = filled(pack("police", roster), police, wrong | {"domestic_abuse": "N"}, below=3)
    checked = read(content, police, tmp_path)
    assert checked.rejected["row"].tolist() == ["4"] or checked.rejected["row"].tolist() == [4]


def test_nothing_filled_in_is_supplied_without_rows(roster, tmp_path):
    checked = read(pack("police", roster), EXTRACTS["police_incidents"], tmp_path)
    assert (checked.supplied, len(checked.rows), len(checked.rejected)) == (True, 0, 0)


def test_the_health_return_has_its_lines(roster, tmp_path):
    health = EXTRACTS["health_activity"]
    numbers = [{"people_in_cohort": 40, "people_with_event": number} for number in (4, 6)]
    checked = read(filled(pack("health", roster), health, *numbers), health, tmp_path)
    assert checked.rows[["measure", "age_group", "people_with_event"]].to_numpy().tolist() == [
        ["ae_attendance", "adults", 6],
        ["ae_attendance", "children", 4],
    ]


def test_cells_take_codes_days_and_numbers(roster):
    sheet = openpyxl.load_workbook(BytesIO(pack("police", roster)))["police_incidents"]
    ranges = {rule: next(iter(rule.cells.ranges)) for rule in sheet.data_validations.dataValidation}
    rules = {sheet.cell(1, of.min_col).value: rule for rule, of in ranges.items()}
    assert rules["role"].formula1 == '"victim,offender"'
    assert rules["crime"].formula1 == '"Y,N"'
    first, last = (pd.Timestamp(day) for day in (QUARTER.first_day, QUARTER.last_day))
    origin = pd.Timestamp(1899, 12, 30)
    dates = rules["incident_date"]
    assert [int(dates.formula1), int(dates.formula2)] == [(day - origin).days for day in (first, last)]
    assert all(of.max_row > 2000 for of in ranges.values())
    notes = {cell.value: cell.comment.text for cell in sheet[1] if cell.comment}
    assert notes["role"].endswith("Accepted: victim, offender. Must be filled in.")


def test_an_empty_roster_gives_an_empty_pack(roster):
    book = openpyxl.load_workbook(BytesIO(pack("police", roster.iloc[:0])))
    assert book["police_incidents"].max_row == 1


def test_the_same_people_give_the_same_bytes(roster):
    assert pack("police", roster) == pack("police", roster.iloc[::-1])


class TestPartnersFile:
    def test_without_it_the_usual_identifiers_are_sent(self, tmp_path):
        assert read_identifiers(tmp_path / "partners.toml")["police"] == ("person_id", "date_of_birth", "sex")

    def test_it_allows_fewer_or_others(self, tmp_path):
        file = tmp_path / "partners.toml"
        file.write_text(
            '[identifiers]\npolice = ["person_id"]\n"legal team" = ["person_id", "sex"]\n', encoding="utf-8"
        )
        allowed = read_identifiers(file)
        assert (allowed["police"], allowed["legal team"]) == (("person_id",), ("person_id", "sex"))
        assert allowed["education"] == ("upn",)

    @each("""
        text                                   | said
        [identifiers] police = "x"             | TOML
        [names]                                | [names] is not known
        [identifiers]; army = []               | identifiers.army must be one of
        [identifiers]; police = ["name"]       | identifiers.police must be a list of
        [identifiers]; police = [["upn"]]      | identifiers.police must be a list of
        identifiers = "x"                      | identifiers must be a table
    """)
    def test_what_is_wrong_is_named(self, text, said, tmp_path):
        file = tmp_path / "partners.toml"
        file.write_text(text.replace("; ", "\n"), encoding="utf-8")
        with pytest.raises(SettingsError, match=re.escape(said)):
            read_identifiers(file)
