"""The lake: types, bytes, versions and records of its Parquet files, and that nobody ever sees half of one."""

from __future__ import annotations

import resource
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import DamagedTable, Lake, NotInLake, Origin, Record
from fs_pipeline.toolkit.extracts import CARE_PERIODS, CP_PLANS
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL

QUARTER = Quarter.parse("2017-Q4")
ORIGIN = Origin("1")
PERIODS = {
    "care_period_id": ["C2", "C1", "C3"],
    "person_id": ["P1", "P1", "P2"],
    "start_date": [date(2017, 10, 1), date(2016, 2, 29), date(1969, 12, 31)],
    "end_date": [None, date(2017, 12, 31), None],
    "uasc": [False, True, False],
}


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "lake")


def periods(**other: list) -> pd.DataFrame:
    return CARE_PERIODS.frame(PERIODS | other)


def content(lake: Lake) -> bytes:
    return lake.path(CARE_PERIODS.name, QUARTER).read_bytes()


def write(lake: Lake, frame: pd.DataFrame, origin: Origin = ORIGIN, **record: object) -> Record:
    return lake.write(CARE_PERIODS, QUARTER, frame, origin, **record)


def test_a_table_lies_under_its_asset_key_and_quarter(lake):
    assert lake.path("outputs/person_level", QUARTER) == lake.folder / "outputs" / "person_level" / "2017-10-01.parquet"


def test_the_types_of_an_extract(lake):
    write(lake, periods())
    schema = pq.read_schema(lake.path(CARE_PERIODS.name, QUARTER))
    assert dict(zip(schema.names, schema.types, strict=True)) == {
        "care_period_id": pa.string(),
        "person_id": pa.string(),
        "start_date": pa.date32(),
        "end_date": pa.date32(),
        "uasc": pa.bool_(),
    }


def test_the_types_of_figures_and_the_quarter_as_its_first_day(lake):
    figure = {
        "quarter": QUARTER.first_day,
        **{"indicator": 1, "measure": "cp_children", "scope": "fs", "group": "all", "period": "quarter"},
        **{"value": 2.0, "numerator": None, "denominator": None, "unit": "children", "status": "final"},
    }
    frame = INDICATOR_VALUES.frame(pd.DataFrame([figure]))
    lake.write(INDICATOR_VALUES, QUARTER, frame, ORIGIN)
    table = pq.read_table(lake.path(INDICATOR_VALUES.name, QUARTER), partitioning=None)
    floats = dict.fromkeys(("value", "numerator", "denominator"), pa.float64())
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        **{"quarter": pa.date32(), "indicator": pa.int64()},
        **dict.fromkeys(("measure", "scope", "group", "period"), pa.string()),
        **floats,
        **{"unit": pa.string(), "status": pa.string()},
    }
    assert table.to_pylist() == [figure]


def test_whole_numbers_with_blanks_stay_whole_numbers(ordinary):
    schema = pq.read_schema(ordinary / "lake" / "outputs" / "person_level" / "2017-10-01.parquet")
    assert schema.field("age").type == pa.int64()
    assert schema.field("previous_victim_count").type == pa.int64()
    assert schema.field("da_high_risk").type == pa.bool_()
    assert schema.field("fs_start_date").type == pa.date32()
    assert schema.field("quarter").type == pa.date32()


@pytest.mark.parametrize("table", [PERSON_LEVEL, FAMILY_LEVEL], ids=lambda table: table.name)
def test_toolkit_codes_and_titles_stand_in_the_field_metadata(table, ordinary):
    schema = pq.read_schema(ordinary / "lake" / table.name / "2017-10-01.parquet")
    assert schema.names == table.names
    for column in table.columns:
        labels = schema.field(column.name).metadata or {}
        assert labels.get(b"code", b"").decode() == column.code
        assert labels.get(b"title", b"").decode() == column.title


def test_two_fields_of_one_code_are_told_apart_by_name():
    coded = [column.name for column in PERSON_LEVEL.columns if column.code in ("I66", "I66a", "I66b")]
    assert "da_high_risk" in coded
    assert PERSON_LEVEL.schema.field("fs_start_date").metadata[b"code"] == b"R03"


def test_what_is_read_equals_what_was_written(lake):
    frame = periods()
    write(lake, frame)
    pd.testing.assert_frame_equal(lake.read(CARE_PERIODS, QUARTER), frame)


def test_rows_are_in_order_of_the_key(lake):
    write(lake, periods())
    assert lake.read(CARE_PERIODS, QUARTER)["care_period_id"].tolist() == ["C1", "C2", "C3"]


def test_a_table_without_rows_keeps_its_types(lake):
    lake.write(CP_PLANS, QUARTER, CP_PLANS.empty(), ORIGIN)
    pd.testing.assert_frame_equal(lake.read(CP_PLANS, QUARTER), CP_PLANS.empty())


def test_only_the_columns_asked_for_are_read(lake):
    write(lake, periods())
    assert lake.read(CARE_PERIODS.only("person_id", "uasc"), QUARTER).columns.tolist() == ["person_id", "uasc"]


def test_reading_what_is_not_there_says_what_to_materialise(lake):
    assert lake.record(CARE_PERIODS.name, QUARTER) is None
    with pytest.raises(NotInLake, match=r"extracts/care_periods has not been run for Oct-Dec 2017: materialise it"):
        lake.read(CARE_PERIODS, QUARTER)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    one, other = Lake(tmp_path / "one"), Lake(tmp_path / "other")
    write(one, periods())
    write(other, CARE_PERIODS.frame(pd.DataFrame(PERIODS).sample(frac=1, random_state=1)))
    assert content(one) == content(other)


def written_by_another_arrow(lake: Lake) -> bytes:
    """The table's file in other bytes: the same rows under the same record."""
    path = lake.path(CARE_PERIODS.name, QUARTER)
    rows, metadata = pq.read_table(path, partitioning=None), pq.read_metadata(path).metadata
    with pq.ParquetWriter(path, rows.schema, compression="gzip") as writer:
        writer.write_table(rows, row_group_size=1)
        writer.add_key_value_metadata({b"fs_pipeline": metadata[b"fs_pipeline"]})
    return content(lake)


def test_a_file_that_another_release_of_arrow_wrote_is_left_alone(lake):
    record = write(lake, periods())
    other = written_by_another_arrow(lake)
    assert write(lake, periods()) == record == lake.record(CARE_PERIODS.name, QUARTER)
    assert content(lake) == other


def test_a_file_whose_rows_are_damaged_is_written_again_though_its_record_is_whole(lake):
    write(lake, periods())
    whole, path = content(lake), lake.path(CARE_PERIODS.name, QUARTER)
    path.write_bytes(whole[:4] + bytes(200) + whole[204:])
    assert lake.record(CARE_PERIODS.name, QUARTER) is not None
    write(lake, periods())
    assert content(lake) == whole


def test_the_data_version_does_not_depend_on_the_record(lake):
    first = write(lake, periods())
    origin = Origin("2", {"internal_hour": 60.0}, {"x/2017-10-01": "1"}, "abc")
    with_record = write(lake, periods(), origin, counts={"rejected": 3})
    assert with_record.data_version == first.data_version
    assert with_record != first


@pytest.mark.parametrize(
    "changed",
    [
        {"uasc": [False, True, True]},
        {"uasc": [False, True, None]},
        {"end_date": [None, date(2017, 12, 30), None]},
        {"person_id": ["P1", "P1", "P3"]},
    ],
)
def test_the_data_version_changes_with_any_cell(lake, changed):
    assert write(lake, periods()).data_version != write(lake, periods(**changed)).data_version


def test_not_supplied_is_another_version_than_supplied_without_rows(lake):
    nothing = CARE_PERIODS.empty()
    assert write(lake, nothing).data_version != write(lake, nothing, supplied=False).data_version


def test_a_record_is_read_back_as_it_was_written(lake):
    written = write(
        lake,
        periods(),
        Origin(
            "1",
            {"cohorts": [{"cohort": "1", "first_day": "2017-10-01"}], "required": True},
            {"extracts/people/2017-10-01": "v1", "extracts/people/2017-07-01": ""},
            "0123abcd",
        ),
        supplied=False,
        counts={"delivered": 3, "rejected": 1},
    )
    assert lake.record(CARE_PERIODS.name, QUARTER) == written
    assert written.origin.code_version == "1"


@pytest.mark.parametrize("left", [b"", b"PAR1 no longer", b"PAR1....PAR1"])
def test_a_damaged_file_says_so_and_shows_nothing_of_it(lake, left):
    write(lake, periods())
    lake.path(CARE_PERIODS.name, QUARTER).write_bytes(left)
    with pytest.raises(DamagedTable, match=r"^extracts/care_periods of Oct-Dec 2017 is damaged on the disk"):
        lake.record(CARE_PERIODS.name, QUARTER)


def test_a_write_that_fails_on_the_disk_leaves_the_old_file_and_nothing_else(lake):
    write(lake, periods())
    before = content(lake)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # the disk is full after 100 bytes of a file
    try:
        with pytest.raises(OSError, match="File too large"):
            write(lake, periods(person_id=["P1", "P1", "P9"]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert content(lake) == before
    assert [path.name for path in lake.folder.rglob("*") if path.is_file()] == ["2017-10-01.parquet"]


def test_a_frame_that_does_not_fit_the_table_leaves_the_old_file(lake):
    write(lake, periods())
    before = content(lake)
    with pytest.raises((pa.ArrowException, TypeError)):
        write(lake, periods().assign(uasc=["perhaps", "no", "yes"]))
    with pytest.raises(KeyError):
        write(lake, periods().drop(columns="uasc"))
    assert content(lake) == before
    assert [path.name for path in lake.folder.rglob("*") if path.is_file()] == ["2017-10-01.parquet"]


def test_a_run_leaves_no_part_files(ordinary):
    assert not [path for path in ordinary.rglob("*") if path.name.endswith(".part")]
