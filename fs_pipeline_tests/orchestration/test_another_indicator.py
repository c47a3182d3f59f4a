"""An indicator and a breakdown, each declared in one module of the tests: where they appear, and where they do not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from fs_pipeline_tests.declared_need import with_need
from fs_pipeline_tests.orchestration.command import Ended, fs_pipeline
from fs_pipeline_tests.orchestration.homes import FIRST, deliver

NAME, TITLE = "children_on_roster", "Children by category of need"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The programme's first quarter was run, and rerun when one category of need had been corrected to another."""
    home = tmp_path_factory.mktemp("need")
    deliver(home, FIRST, FIRST)
    assert command(home, "run", FIRST.key).code == 0
    one, other = [scope.removeprefix("need:") for scope in scopes_of_need(figures(home))][:2]
    file = home / "extracts" / FIRST.key / "referrals.csv"
    referrals = pd.read_csv(file, dtype=str, keep_default_na=False)
    referrals["category_of_need"] = referrals["category_of_need"].replace(one, other)
    referrals.to_csv(file, index=False)
    assert command(home, "rerun").code == 0
    return home


def scopes_of_need(found: pd.DataFrame) -> list[str]:
    return sorted(scope for scope in set(found["scope"]) if scope.startswith("need:"))


def command(home: Path, *arguments: str) -> Ended:
    return fs_pipeline(home, *arguments, catalogue=with_need)


def figures(home: Path) -> pd.DataFrame:
    return pd.read_parquet(home / "lake" / "outputs" / "indicator_values" / f"{FIRST.key}.parquet")


def workbook(home: Path, audience: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(home / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_{audience}.xlsx")


def words(book: openpyxl.Workbook) -> str:
    return "\n".join(str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line if cell)


def test_they_are_among_the_figures(home):
    found = figures(home)
    of_need = found[found["scope"].str.startswith("need:")]
    assert {1, 5, 12, 17, 21} <= set(of_need["indicator"])
    plans = found[(found["measure"] == "cp_plans_active") & (found["period"] == "quarter")].set_index("scope")["value"]
    assert plans[scopes_of_need(found)].sum() == plans["fs"]
    children = found[found["measure"] == NAME].set_index("scope")["value"]
    assert children[scopes_of_need(found)].sum() == children["fs"] > 0


def test_they_are_in_the_operational_workbook(home):
    book = workbook(home, "operational")
    rows = [line for line in book["Roster"].iter_rows(min_row=8, values_only=True) if line[0]]
    assert {line[2] for line in rows} == {NAME}
    assert {line[5] for line in rows} >= {"fs", "cohort:1"}
    assert any(line[5].startswith("need:") for line in rows)
    assert (21, NAME) in {(line[0], line[1]) for line in _definitions(book)}


def _definitions(book: openpyxl.Workbook) -> list[tuple[int, str]]:
    lines = book["Definitions"].iter_rows(values_only=True)
    return [(int(line[0]), line[1]) for line in lines if str(line[0]).isdigit()]


def test_they_are_in_the_warehouse_and_its_dictionary(home):
    connection = sqlite3.connect(home / "warehouse.sqlite")
    measures = connection.execute("select title, unit from dictionary where value = ?", [NAME]).fetchall()
    scopes = connection.execute("select meaning from dictionary where value = 'need:...'").fetchall()
    loaded = connection.execute("select count(*) from indicator_values where scope like 'need:%'").fetchone()
    connection.close()
    assert measures == [(TITLE, "children")]
    assert scopes == [("children of a category of need",)]
    assert loaded[0] > 50


def test_they_are_in_no_public_file(home):
    shown = words(workbook(home, "published"))
    report = (home / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_report.html").read_text(encoding="utf-8")
    for text in (shown, report):
        assert "cp_plans_active" in text or "Child protection plans active" in text
        assert "need:" not in text
        assert NAME not in text
    assert "Roster" not in workbook(home, "published").sheetnames
    assert TITLE not in shown + report


def test_the_command_line_knows_them(home):
    refused = command(home, "explain", FIRST.key, "--indicator", "22")
    assert refused.code == 2 and "21" in refused.err
    assert fs_pipeline(home, "explain", FIRST.key, "--indicator", "21").code == 2  # the toolkit itself has no such one
    explained = command(home, "explain", FIRST.key, "--indicator", "21")
    assert explained.code == 0
    assert NAME in explained.out and "need:" in explained.out and "referrals" in explained.out
