"""Exports as assets: which files a run leaves, what happens without a key, and what a warehouse out of reach does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import openpyxl
import pytest

from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.running import Runner
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import PARTNERS
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, instance_of

FILES = {
    *(f"fs_kpi_{FIRST.key}_{audience}.xlsx" for audience in ("operational", "evaluator", "published")),
    f"fs_kpi_{FIRST.key}_report.html",
    *(f"return_packs/{supplier.replace(' ', '_')}_{FIRST.key}.xlsx" for supplier in PARTNERS),
}


def exported(home: Path) -> set[str]:
    folder = home / "exports" / FIRST.key
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def materialise(home: Path, *tables: str) -> tuple[str, ...]:
    """Materialises assets of the programme's first quarter, as from the UI; the messages of what failed."""
    with instance_of(home) as instance:
        return Runner(definitions(), instance, ledger_of(State(home))).run(FIRST, tables).failed


def test_a_run_leaves_every_file(ordinary):
    assert exported(ordinary) == FILES
    assert not (ordinary / "exports" / BASELINE.key).exists()


def test_the_workbook_says_its_settings_as_people_write_them(ordinary):
    file = ordinary / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_operational.xlsx"
    lines = openpyxl.load_workbook(file, read_only=True)["Provenance"].iter_rows(values_only=True)
    said = {line[0]: line[2] for line in lines if line[0]}
    assert said["Setting start"] == "2017-10-01"
    assert said["Setting baseline_quarters"] == "4"
    assert said["Setting exclude_cwd_children"] == "yes"
    assert said["Setting cohorts"].startswith("1: 2017-10-01 to 2017-12-31; 2: 2018-01-01 to 2018-03-31; ")


def test_a_run_loads_the_warehouse(ordinary):
    with sqlite3.connect(ordinary / "warehouse.sqlite") as warehouse:
        for table in ("person_level", "family_level", "indicator_values", "before_after"):
            (rows,) = warehouse.execute(f"select count(*) from {table} where quarter = '2017-10-01'").fetchone()
            audited = warehouse.execute("select rows from audit where table_name = ?", (table,)).fetchall()
            assert audited == [(rows,)]
            assert rows


def test_a_file_that_was_removed_is_made_again(home):
    file = home / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_report.html"
    before = file.read_bytes()
    file.unlink()
    assert materialise(home, "exports/report") == ()
    assert file.read_bytes() == before


def test_what_was_lost_is_stale_and_made_again(home):
    """A file deleted or emptied, and the warehouse: `status` says so, and a rerun makes them again, asking nobody."""
    of_quarter, loaded = home / "exports" / FIRST.key, home / "warehouse.sqlite"
    report, workbook = (of_quarter / f"fs_kpi_{FIRST.key}_{name}" for name in ("report.html", "published.xlsx"))
    before = report.read_bytes()
    report.unlink()
    workbook.write_bytes(b"")
    loaded.unlink()
    expected = {
        "exports/published_workbook": f"lost: exports/{FIRST.key}/{workbook.name} is empty",
        "exports/report": f"lost: exports/{FIRST.key}/{report.name} is not there",
        "exports/warehouse": "lost: there is no warehouse",
    }
    status = Status(ledger_of(State(home)))
    assert {place.table: "; ".join(why) for place, why in status.stale()} == expected
    assert all(why in " ".join(fs_pipeline(home, "status").out.split()) for why in ("Stale (", "lost: there is no"))
    assert not loaded.exists()
    assert fs_pipeline(home, "rerun").code == 0
    assert report.read_bytes() == before and workbook.stat().st_size
    test_a_run_loads_the_warehouse(home)
    assert not list(Status(ledger_of(State(home))).stale())


class TestWithoutAKey:
    @pytest.fixture
    def keyless(self, home) -> Path:
        (home / "pseudonym.key").unlink()
        for path in (home / "exports").rglob("*evaluator*"):
            path.unlink()
        return home

    def test_a_run_says_so_and_makes_the_rest(self, keyless):
        ended = fs_pipeline(keyless, "run", FIRST.key)
        assert ended.code == 0
        assert "no key: nothing is made for evaluators" in ended.err
        assert exported(keyless) == FILES - {f"fs_kpi_{FIRST.key}_evaluator.xlsx"}
        assert not list(Status(ledger_of(State(keyless))).stale())

    def test_asked_for_it_fails_before_anything_is_written(self, keyless):
        (failed,) = materialise(keyless, "exports/evaluator_workbook")
        assert "there is no key at" in failed
        assert not list((keyless / "exports").rglob("*evaluator*"))

    def test_the_command_makes_one_once(self, keyless):
        assert fs_pipeline(keyless, "key").code == 0
        ended = fs_pipeline(keyless, "key")
        assert ended.code == 2
        assert "is there already" in ended.err

    def test_another_key_makes_the_evaluators_workbook_stale(self, home):
        (home / "pseudonym.key").write_text("f" * 64, encoding="ascii")
        stale = {str(place): reasons for place, reasons in Status(ledger_of(State(home))).stale()}
        assert stale == {f"exports/evaluator_workbook/{FIRST.key}": ["setting key"]}


def test_a_warehouse_out_of_reach_is_a_failure_that_shows_no_password(home, monkeypatch):
    monkeypatch.setenv("FS_PIPELINE_WAREHOUSE", "postgresql+psycopg://user:secret@127.0.0.1:1/none")
    (failed,) = materialise(home, "exports/warehouse")
    assert "warehouse" in failed
    assert "secret" not in failed


def test_what_partners_may_be_told_is_the_programmes(home):
    (home / "partners.toml").write_text('[identifiers]\npolice = ["person_id"]\n', encoding="utf-8")
    stale = [str(place) for place, _ in Status(ledger_of(State(home))).stale()]
    assert stale == [f"exports/return_packs/{FIRST.key}"]
    file = home / "exports" / FIRST.key / "return_packs" / f"police_{FIRST.key}.xlsx"
    before = file.read_bytes()
    assert fs_pipeline(home, "rerun").code == 0
    assert file.read_bytes() != before
