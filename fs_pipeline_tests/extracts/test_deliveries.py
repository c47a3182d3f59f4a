import hashlib

import pytest

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import check_extract
from fs_pipeline.toolkit.extracts import ATTENDANCE, PEOPLE
from fs_pipeline_tests.extracts.deliver import QUARTER, put


@pytest.mark.parametrize("name", ["people.csv", "people.CSV", "People.Parquet", "people.xlsx"])
def test_a_file_of_either_format_whatever_its_capitals(tmp_path, name):
    delivery = find_delivery(put(tmp_path, name, b"abc"), QUARTER, PEOPLE)
    assert delivery.path.name == name
    assert delivery.file == f"extracts/2017-10-01/{name}"
    assert (delivery.content, delivery.version) == (b"abc", hashlib.sha256(b"abc").hexdigest())


@pytest.mark.parametrize(
    "name", ["~$people.xlsx", ".people.csv", "._people.csv", "people.csv.part", "people.txt", "peoples.csv"]
)
def test_lock_files_hidden_files_and_others_are_no_delivery(tmp_path, name):
    assert find_delivery(put(tmp_path, name, b"abc"), QUARTER, PEOPLE) is None


def test_no_folder_and_another_quarter(tmp_path):
    assert find_delivery(tmp_path / "extracts", QUARTER, PEOPLE) is None
    assert find_delivery(put(tmp_path, "people.csv", b""), QUARTER.shifted(1), PEOPLE) is None


def test_two_files_of_one_extract_are_refused(tmp_path):
    put(tmp_path, "people.csv", b"")
    with pytest.raises(ExtractRefused, match=r"people\.csv and people\.xlsx: keep one"):
        find_delivery(put(tmp_path, "people.xlsx", b""), QUARTER, PEOPLE)


def test_a_table_of_another_kind_is_refused_rather_than_overlooked(tmp_path):
    with pytest.raises(ExtractRefused, match=r"people\.xls: save it as \.csv"):
        find_delivery(put(tmp_path, "people.xls", b""), QUARTER, PEOPLE)


def test_a_missing_extract_is_refused_when_required_and_not_supplied_otherwise():
    with pytest.raises(ExtractRefused) as refusal:
        check_extract(PEOPLE, QUARTER, None, required=True, references={})
    assert str(refusal.value) == (
        "people is missing for Oct-Dec 2017: expected extracts/2017-10-01/people.csv, .parquet or .xlsx"
    )
    checked = check_extract(ATTENDANCE, QUARTER, None, required=False, references={})
    assert (checked.supplied, checked.version, checked.file) == (False, "", "")
    assert list(checked.rows) == ATTENDANCE.names
    assert set(checked.counts.values()) == {0}
    assert len(checked.rows) == len(checked.rejected) == len(checked.findings) == 0
