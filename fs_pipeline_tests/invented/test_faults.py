"""What was planted is what the files hold, and what the reader finds there."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import check_extract
from fs_pipeline.invented import FILE_FAULTS, plant_faults, plant_file_fault, write_extracts
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.invented.authorities import FIRST, START, authority

QUARTER = START.shifted(1)
REJECTED = {
    "bad_date", "unknown_code", "out_of_range", "not_a_number", "not_whole", "bad_boolean", "blank",
    "unknown_person", "unknown_family", "outside_quarter", "end_before_start", "second_family", "ragged",
}  # fmt: skip
FOUND = {"1510", "1520", "8940", "8935", "501", "absences_over_possible"}
COUNTED = {"duplicate": "duplicates", "after_quarter": "after_quarter", "ends_blanked": "ends_blanked"}


@pytest.fixture
def folder(tmp_path) -> Path:
    write_extracts(authority()[QUARTER], tmp_path / "extracts", QUARTER)
    return tmp_path / "extracts"


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def checked(folder: Path, quarter=QUARTER):
    results, references = {}, {}
    for name, extract in EXTRACTS.items():
        delivery = find_delivery(folder, quarter, extract)
        required = extract.required and quarter >= START
        results[name] = check_extract(extract, quarter, delivery, required=required, references=references)
        references[name] = results[name].rows if quarter >= START else None
    return results


def test_every_kind_is_planted(folder):
    planted = plant_faults(folder, QUARTER, 1)
    assert {fault.rule for fault in planted} == REJECTED | FOUND | set(COUNTED) | {"unexpected_column"}
    assert sum(fault.rule == "bad_date" for fault in planted) == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_reader_finds_what_was_planted_and_nothing_else(folder, seed):
    planted = plant_faults(folder, QUARTER, seed)
    results = checked(folder)
    rejected = Counter(
        (name, row.file, int(row.row), row.rule) for name, each in results.items() for row in each.rejected.itertuples()
    )
    found = Counter(
        (name, row.file, int(row.row), row.column.split()[-1], row.rule)
        for name, each in results.items()
        for row in each.findings.itertuples()
    )
    assert rejected == Counter((f.extract, f.file, f.row, f.rule) for f in planted if f.rule in REJECTED)
    assert found == Counter((f.extract, f.file, f.row, f.column, f.rule) for f in planted if f.rule in FOUND)
    for rule, count in COUNTED.items():
        expected = Counter(fault.extract for fault in planted if fault.rule == rule)
        assert {name: each.counts[count] for name, each in results.items() if each.counts[count]} == expected
    assert {name: each.unexpected_columns for name, each in results.items() if each.unexpected_columns} == {
        fault.extract: (fault.column,) for fault in planted if fault.rule == "unexpected_column"
    }


def test_without_what_was_planted_the_rows_are_those_of_the_clean_quarter(folder):
    planted = plant_faults(folder, QUARTER, 4)
    stays = {fault.extract for fault in planted if fault.rule in FOUND} | {"health_activity"}
    for name, each in checked(folder).items():
        if name not in stays:
            assert each.rows.equals(authority()[QUARTER][name]), name


def test_each_fault_stands_in_the_row_and_column_that_it_names(folder):
    clean = {path.stem: rows(path) for path in (folder / QUARTER.key).iterdir()}
    for fault in plant_faults(folder, QUARTER, 1):
        now = rows(folder / QUARTER.key / f"{fault.extract}.csv")
        assert fault.file == f"extracts/{QUARTER.key}/{fault.extract}.csv"
        row = now[fault.row - 1]
        assert row not in clean[fault.extract] or fault.rule == "duplicate"
        if fault.column:
            assert fault.column in now[0]


def test_the_same_seed_plants_the_same(tmp_path):
    planted, written = [], []
    for copy in ("one", "two"):
        folder = tmp_path / copy / "extracts"
        write_extracts(authority()[QUARTER], folder, QUARTER)
        planted.append(plant_faults(folder, QUARTER, 9))
        written.append({path.name: path.read_bytes() for path in (folder / QUARTER.key).iterdir()})
    assert planted[0] == planted[1]
    assert written[0] == written[1]


def test_a_baseline_quarter_gets_the_faults_that_it_has_room_for(tmp_path):
    write_extracts(authority()[FIRST], tmp_path / "extracts", FIRST)
    planted = plant_faults(tmp_path / "extracts", FIRST, 1)
    assert {fault.extract for fault in planted} <= set(authority()[FIRST])
    assert {"bad_date", "outside_quarter", "duplicate", "absences_over_possible"} <= {f.rule for f in planted}


@pytest.mark.parametrize("kind", FILE_FAULTS)
def test_a_spoilt_file_is_refused(folder, kind):
    fault = plant_file_fault(folder, QUARTER, kind)
    extract = EXTRACTS[fault.extract]
    with pytest.raises(ExtractRefused) as refusal:
        delivery = find_delivery(folder, QUARTER, extract)
        check_extract(extract, QUARTER, delivery, required=True, references={})
    assert fault.extract in str(refusal.value)
    assert fault.row <= 1 or str(fault.row) in str(refusal.value).replace(",", "")


def test_an_unknown_file_fault_is_a_mistake(folder):
    with pytest.raises(ValueError, match="missing_extract"):
        plant_file_fault(folder, QUARTER, "burnt")
