"""A region over the lakes of its authorities: what the command makes, what it says of what is missing, and refuses."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.settings.programme import read_region
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.lake import Lake, Origin
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, REGION_VALUES
from fs_pipeline.toolkit.twelve_months import REGION_BEFORE_AFTER
from fs_pipeline_tests.orchestration.command import Ended, fs_pipeline
from fs_pipeline_tests.orchestration.homes import FIRST, SECOND, made_once
from fs_pipeline_tests.orchestration.test_nothing_personal import identifiers, occurring

REGION = """
[region]
name = "Invented Region"

[authorities.Northtown]
lake = "north/lake"
start = 2017-10-01

[authorities.Southtown]
lake = "south"
start = 2017-10-01

[authorities.Westtown]
lake = "west"
start = 2017-10-01

[authorities.Easttown]
lake = "east"
start = 2018-01-01
"""


@pytest.fixture(scope="session")
def region(ordinary, tmp_path_factory, worker_id) -> Path:
    """Northtown and Southtown are the same invented authority, Westtown has run nothing, Easttown comes later."""

    def make(home: Path) -> None:
        for lake in ("north/lake", "south"):
            shutil.copytree(ordinary / "lake" / "outputs", home / lake / "outputs")
        (home / "region.toml").write_text(REGION, encoding="utf-8")
        ended = fs_pipeline(home, "region", FIRST.key)
        assert (ended.code, ended.err) == (0, "Oct-Dec 2017: done\n")

    return made_once(tmp_path_factory, worker_id, "region", make)


def test_the_regions_tables_add_up_and_say_who_is_missing(region, ordinary):
    found = State(region).lake.read(REGION_VALUES, FIRST)
    one = State(ordinary).lake.read(INDICATOR_VALUES, FIRST)
    key = list(INDICATOR_VALUES.key)
    both = found.merge(one, on=key, suffixes=("", "_of_one"))
    assert len(both) == len(found) == len(one[one["scope"].isin(["authority", "fs"])])
    counts = both["denominator_of_one"].isna() & (both["unit"] != "%")
    pd.testing.assert_series_equal(both["value"][counts], 2 * both["value_of_one"][counts], check_names=False)
    pd.testing.assert_series_equal(both["denominator"], 2 * both["denominator_of_one"], check_names=False)
    means = both["denominator_of_one"].notna()
    pd.testing.assert_series_equal(both["value"][means], both["value_of_one"][means], check_names=False)
    assert both["incomplete"].str.endswith("Westtown (not run)").all()
    assert set(both["status"]) == {"partial", "not_supplied"}
    assert set(both["authorities"][both["status"] == "partial"]) == {2}
    assert set(State(region).lake.read(REGION_BEFORE_AFTER, FIRST)["incomplete"]) == {"Westtown (not run)"}


def test_the_workbook_has_the_region_beside_its_authorities(region):
    book = openpyxl.load_workbook(region / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_region.xlsx", data_only=True)
    assert book.sheetnames == ["Front page", "Figures", "Before and after", "Definitions"]
    heading, *rows = [line for line in book["Figures"].iter_rows(min_row=7, values_only=True) if line[1]]
    assert heading[5:8] == ("Invented Region", "Northtown", "Southtown")
    assert {row[-1] for row in rows} >= {"Westtown (not run)"}
    numbers = [row for row in rows if isinstance(row[5], int | float) and row[-3] == "plans"]
    assert numbers
    assert all(row[5] % 5 == 0 and (row[5] == 0 or row[5] >= 10) for row in numbers)


def test_nothing_about_a_person_is_read_or_written(region, ordinary):
    assert {path.parts[-3] for path in Lake(region / "south").files()} == {"outputs"}
    with zipfile.ZipFile(region / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_region.xlsx") as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    contents += [path.read_bytes() for path in (region / "lake").rglob("*.parquet")]
    assert occurring(identifiers(ordinary), contents) == set()


def test_the_same_again_is_the_same_bytes(region, tmp_path):
    home = shutil.copytree(region, tmp_path / "region")
    before = {path: path.read_bytes() for folder in ("lake", "exports") for path in (home / folder).rglob("*.*")}
    assert fs_pipeline(home, "region", FIRST.key).code == 0
    assert {path: path.read_bytes() for path in before} == before


def test_only_outputs_are_asked_for(region, tmp_path):
    """The region may be kept from everything else in an authority's lake."""
    home = shutil.copytree(region, tmp_path / "region")
    for table in ("person_level", "family_level", "before_after_rates", "comparisons"):
        shutil.rmtree(home / "north" / "lake" / "outputs" / table)
    assert fs_pipeline(home, "region", FIRST.key).code == 0


def test_a_quarter_that_nobody_has_run_fails_and_says_so(region, tmp_path):
    home = shutil.copytree(region, tmp_path / "region")
    ended: Ended = fs_pipeline(home, "region", "2018-Q1")
    assert ended.code == 1
    assert "failed no authority of Invented Region has run Jan-Mar 2018" in ended.err


def test_a_damaged_table_of_an_authority_fails_and_says_so(region, tmp_path):
    home = shutil.copytree(region, tmp_path / "region")
    Lake(home / "south").path(INDICATOR_VALUES.name, FIRST).write_bytes(b"PAR1 no longer")
    ended = fs_pipeline(home, "region", FIRST.key)
    assert ended.code == 1
    assert "Southtown: outputs/indicator_values of Oct-Dec 2017 is damaged on the disk" in ended.err


def test_a_server_out_of_reach_is_said_with_the_authority(region, tmp_path, nobody_listens):
    home = shutil.copytree(region, tmp_path / "region")
    (home / "region.toml").write_text(REGION.replace('"south"', f'"{nobody_listens}"'), encoding="utf-8")
    ended = fs_pipeline(home, "region", FIRST.key)
    assert ended.code == 1
    assert ended.err.count("failed Southtown: the lake's server cannot be reached, or refuses") == 1
    assert "region.toml" in ended.err and "invented" not in ended.err


def stands(home: Path) -> dict[str, list[str]]:
    """What `status` says of a region, quarter by quarter, of each authority and table."""
    ended = fs_pipeline(home, "status")
    assert (ended.code, ended.err) == (0, "")
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.out.splitlines() if "│" in line]
    return {name: cells for name, *cells in lines}


def test_status_says_who_has_run_each_quarter_and_what_is_stale(region, tmp_path):
    home = shutil.copytree(region, tmp_path / "region")
    assert stands(home) == {
        "Northtown": ["yes"],
        "Southtown": ["yes"],
        "Westtown": ["-"],
        "Easttown": [""],
        "region/indicator_values": ["fresh"],
        "region/before_after": ["fresh"],
        "region/published_workbook": ["yes"],
    }
    south = Lake(home / "south")
    figures = south.read(INDICATOR_VALUES, FIRST)
    for quarter in (FIRST, SECOND):
        south.write(INDICATOR_VALUES, quarter, figures.head(100), Origin("another"))
    now = stands(home)
    assert (now["Northtown"], now["Southtown"], now["Easttown"]) == (["yes", "-"], ["yes", "yes"], ["", "-"])
    assert now["region/indicator_values"] == ["stale", "-"]
    assert now["region/before_after"] == ["fresh", "-"]
    assert now["region/published_workbook"] == ["yes", "-"]
    assert fs_pipeline(home, "region", FIRST.key).code == 0
    assert stands(home)["region/indicator_values"] == ["fresh", "-"]


def test_a_failure_is_a_line_in_the_alerts(region, tmp_path):
    home = shutil.copytree(region, tmp_path / "region")
    assert not (home / "alerts.log").exists()
    assert fs_pipeline(home, "region", SECOND.key).code == 1
    told = (home / "alerts.log").read_text(encoding="utf-8").splitlines()
    assert len(told) == len((REGION_VALUES, REGION_BEFORE_AFTER))
    assert all("no authority of Invented Region has run Jan-Mar 2018: there is no outputs/" in line for line in told)


def test_a_councils_command_says_that_this_is_a_regions_folder(region):
    ended = fs_pipeline(region, "run", FIRST.key)
    assert ended.code == 2
    assert "this is a region's folder: region, status and ui are for it" in ended.err


def test_a_quarter_before_the_region_began_is_wrong_use(region):
    ended = fs_pipeline(region, "region", "2017-Q3")
    assert ended.code == 2
    assert "from 2017-10-01, the region's first" in ended.err


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ("", "", "region.toml: "),
        ('name = "Invented Region"', 'name = ""', 'region.name must be a text, such as "Invented Region"'),
        ('lake = "south"', 'lake = "north/lake"', "two authorities have the same lake"),
        ('lake = "south"', "lake = 1", "authorities.Southtown.lake must be a folder or URL"),
        ("start = 2018-01-01", "start = 2018-01-02", "authorities.Easttown.start must be the first day of a quarter"),
        (
            "start = 2018-01-01",
            "begin = 2018-01-01",
            ".begin is not a key: [authorities.Easttown] accepts lake, start",
        ),
        (
            "[region]",
            "[country]",
            "[country] is not known: the tables are [region], [authorities]",
        ),
    ],
)
def test_a_mistake_in_the_file_is_answered_with_the_key(changed, to, said, tmp_path):
    file = tmp_path / "region.toml"
    if changed:
        assert changed in REGION
        file.write_text(REGION.replace(changed, to), encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        read_region(file)
    assert str(raised.value).startswith(f"{file}: ")
    assert said in str(raised.value)


def test_a_url_is_kept_and_a_path_lies_beside_the_file(tmp_path):
    file = tmp_path / "region.toml"
    file.write_text(REGION.replace('"south"', '"s3://bucket/south"'), encoding="utf-8")
    lakes = [authority.lake for authority in read_region(file).authorities]
    assert lakes[:2] == [str(tmp_path / "north" / "lake"), "s3://bucket/south"]


def test_quarters_of_a_lake_are_in_order(region):
    assert Lake(region / "south").quarters(INDICATOR_VALUES.name) == [Quarter.parse(FIRST.key)]
