"""What a change makes stale, what a rerun runs, and what `explain` says of it afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import fs_pipeline as fs_pipeline_package
import fs_pipeline_tests
from fs_pipeline.definitions import definitions
from fs_pipeline.invented import COMPARATORS_TEMPLATE
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.status import Delivered, Freshness, Status
from fs_pipeline.orchestration.automation import RERUN_JOB
from fs_pipeline.orchestration.watching import observe
from fs_pipeline.store.lake import Record
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.comparators import COMPARISONS
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline_tests.ledgers import BY_TABLE, ledger_of
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver, instance_of, made_once
from fs_pipeline_tests.orchestration.test_nothing_personal import identifiers, occurring

AUDIENCES = ("operational", "evaluator", "published")
COSTS = "indicators/expert_witness_costs"
SHOW_DELIVERIES = ("outputs/data_quality", *(f"exports/{name}_workbook" for name in AUDIENCES))
SHOW_SETTINGS = tuple(f"exports/{name}" for name in (*(f"{of}_workbook" for of in AUDIENCES), "report"))


def stale(home: Path) -> dict[str, list[str]]:
    """The stale tables with their reasons."""
    return {str(place): reasons for place, reasons in Status(ledger_of(State(home))).stale()}


def everything(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Every file with its content and the time of its last change."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def written_since(before: dict[Path, tuple[bytes, int]], home: Path) -> set[str]:
    """The lake's tables that were written anew."""
    now = everything(home / "lake")
    changed = {path for path in now if now[path] != before.get(path)}
    return {str(path.relative_to(home / "lake").with_suffix("")) for path in changed}


def keep_rows(home: Path, extract: str, some: slice) -> None:
    """Delivers an extract of the programme's first quarter again, with some of its rows."""
    path = home / "extracts" / FIRST.key / f"{extract}.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + "".join(rows[some]), encoding="utf-8")


def set_otherwise(home: Path, one: str, other: str) -> None:
    path = home / "programme.toml"
    text = path.read_text(encoding="utf-8")
    assert one in text
    path.write_text(text.replace(one, other), encoding="utf-8")


def value(home: Path, indicator: int, measure: str, period: str = "quarter", scope: str = "fs") -> pd.Series:
    """A figure of the programme's first quarter."""
    rows = (
        State(home).lake.read(INDICATOR_VALUES, FIRST).set_index(["indicator", "measure", "period", "scope", "group"])
    )
    return rows.loc[(indicator, measure, period, scope, "all")]


def statuses(home: Path, indicator: int) -> set[str]:
    """The statuses of an indicator's figures of the programme's first quarter."""
    rows = State(home).lake.read(INDICATOR_VALUES, FIRST)
    return set(rows.loc[rows["indicator"] == indicator, "status"])


def explained(home: Path, *options: str) -> str:
    ended = fs_pipeline(home, "explain", FIRST.key, *options)
    assert ended.code == 0, ended.err
    return ended.out


def cells(line: str) -> list[str]:
    """The cells of a printed table's line."""
    return [cell.strip() for cell in line.strip("│").split("│")]


@pytest.fixture(scope="session")
def run_twice(ordinary, tmp_path_factory, worker_id) -> Path:
    """The ordinary folder: every other child protection plan delivered again, and what is stale run."""

    def make(home: Path) -> None:
        shutil.copytree(ordinary, home, dirs_exist_ok=True)
        keep_rows(home, "cp_plans", slice(None, None, 2))
        assert fs_pipeline(home, "rerun").code == 0

    return made_once(tmp_path_factory, worker_id, "run-twice", make)


@pytest.fixture
def twice(run_twice, tmp_path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(run_twice, tmp_path / "twice")


class TestNothingChanged:
    def test_a_rerun_says_so_and_writes_nothing(self, home):
        before = everything(home)
        ended = fs_pipeline(home, "rerun")
        assert (ended.code, ended.err.strip()) == (0, "Nothing is stale.")
        for folder in ("lake", "kept", "rejected"):
            assert everything(home / folder) == {
                path: of for path, of in before.items() if home / folder in path.parents
            }

    def test_a_run_leaves_every_file_as_it_is_and_nothing_downstream_is_stale(self, home):
        before = everything(home / "lake") | everything(home / "kept")
        assert fs_pipeline(home, "run", FIRST.key).code == 0
        assert everything(home / "lake") | everything(home / "kept") == before
        assert stale(home) == {}

    def test_the_same_file_again_is_no_change(self, home):
        path = home / "extracts" / FIRST.key / "cp_plans.csv"
        path.write_bytes(path.read_bytes())
        assert stale(home) == {}

    def test_explain_has_nothing_to_compare_with(self, home):
        assert "run once" in explained(home)


class TestAFileIsDeliveredAgain:
    @pytest.fixture
    def again(self, home) -> Path:
        keep_rows(home, "cp_plans", slice(None, None, 2))
        return home

    def test_only_its_extract_is_stale_and_what_reads_it_waits(self, again):
        assert list(stale(again)) == [f"extracts/cp_plans/{FIRST.key}"]
        assert stale(again)[f"extracts/cp_plans/{FIRST.key}"][0].startswith("delivery ")
        status = Status(ledger_of(State(again)))
        waiting = {table for table in status.look.tables(FIRST) if status.freshness(table, FIRST) is Freshness.WAITING}
        assert {"fields/child_protection", "indicators/child_protection_plans", "cohort/baseline"} <= waiting
        assert "fields/lsir" not in waiting
        assert not any(table.startswith("extracts/") for table in waiting)

    def test_status_shows_it(self, again):
        printed = fs_pipeline(again, "status").out
        assert "Stale (fs-pipeline rerun runs these, and what they change)" in printed
        assert "extracts/cp_plans" in printed

    def test_the_rerun_writes_what_it_changes_and_nothing_else(self, again):
        before = everything(again / "lake")
        assert fs_pipeline(again, "rerun").code == 0
        assert stale(again) == {}
        written = written_since(before, again)
        assert {f"extracts/cp_plans/{FIRST.key}", f"outputs/indicator_values/{FIRST.key}"} <= written
        assert {name.rpartition("/")[2] for name in written} == {FIRST.key}
        assert not {name for name in written if "lsir" in name or "mental" in name or "attendance" in name}

    def test_explain_names_every_changed_figure_and_the_delivery(self, ordinary, twice):
        homes = (ordinary, twice)
        before, now = (value(home, 1, "cp_plans_active", scope="authority")["value"] for home in homes)
        old, new = (Look(ledger_of(State(home))).record("extracts/cp_plans", FIRST).origin.delivery for home in homes)
        assert now < before
        printed = explained(twice, "--indicator", "1")
        (line,) = [line for line in printed.splitlines() if "cp_plans_active " in line and "authority" in line]
        assert cells(line)[-3:] == [f"{before:g}", f"{now:g}", "1"]
        (cause,) = [line for line in printed.splitlines() if "cp_plans Oct-Dec 2017" in line]
        assert "data" in cause and old[:8] in cause and new[:8] in cause
        assert cause.count("delivered 20") == 2

    def test_explain_keeps_to_the_indicator(self, twice):
        assert "cp_mean_days" in explained(twice)
        assert "cp_mean_days" not in explained(twice, "--indicator", "1")
        assert "no figure changed" in explained(twice, "--indicator", "20")

    def test_both_deliveries_are_kept_under_their_hash(self, twice):
        of_plans = list((twice / "kept" / "deliveries" / FIRST.key / "cp_plans").iterdir())
        assert len(of_plans) == 2
        assert all((twice / "kept" / "content" / f"{path.stem}.zst").exists() for path in of_plans)

    def test_one_click_in_the_ui_does_the_same(self, again, twice):
        with instance_of(again) as instance:
            done = definitions().resolve_job_def(RERUN_JOB).execute_in_process(instance=instance)
        assert done.success
        assert stale(again) == {}
        lakes = [{p.relative_to(h): p.read_bytes() for p in (h / "lake").rglob("*.parquet")} for h in (again, twice)]
        assert lakes[0] == lakes[1]

    def test_nothing_personal_is_explained(self, twice):
        printed = explained(twice) + fs_pipeline(twice, "status").out
        assert occurring(identifiers(twice), [printed.encode()]) == set()


def test_the_same_rows_in_another_order_leave_what_reads_them_alone(home):
    before = everything(home / "lake")
    keep_rows(home, "cp_plans", slice(None, None, -1))
    assert list(stale(home)) == [f"extracts/cp_plans/{FIRST.key}"]
    assert fs_pipeline(home, "rerun").code == 0
    assert written_since(before, home) == {f"{table}/{FIRST.key}" for table in ("extracts/cp_plans", *SHOW_DELIVERIES)}
    assert stale(home) == {}


@pytest.fixture
def with_report(home) -> Path:
    """An accepted expert report, of 10 internal hours."""
    reports = home / "extracts" / FIRST.key / "expert_reports.csv"
    family = State(home).lake.read(EXTRACTS["family_members"], FIRST)["family_id"].iloc[0]
    with reports.open("a", encoding="utf-8") as file:
        file.write(f"R-1,{family},2017-11-05,Y,10.0\n")
    assert fs_pipeline(home, "rerun").code == 0
    assert value(home, 16, "net_saving", scope="authority")["value"] == 2400
    return home


class TestASettingIsChanged:
    def test_only_what_is_made_with_it_is_stale(self, home):
        set_otherwise(home, "internal_hour = 60.0", "internal_hour = 61.0")
        assert stale(home) == {f"{table}/{FIRST.key}": ["setting internal_hour"] for table in (COSTS, *SHOW_SETTINGS)}

    def test_explain_says_setting(self, with_report):
        set_otherwise(with_report, "external_expert_report = 3000.0", "external_expert_report = 5000.0")
        assert fs_pipeline(with_report, "rerun").code == 0
        printed = explained(with_report)
        (line,) = [line for line in printed.splitlines() if "net_saving" in line]
        assert cells(line)[-3:] == ["2400", "4400", "1"]
        (line,) = [line for line in printed.splitlines() if "external_expert_report" in line]
        assert cells(line) == ["1", "setting", "external_expert_report", "3000.0", "5000.0"]

    def test_a_setting_that_no_figure_depends_on(self, home):
        set_otherwise(home, 'name = "Invented Borough"', 'name = "Another Borough"')
        assert set(stale(home)) == {f"{table}/{FIRST.key}" for table in (*SHOW_SETTINGS, "exports/return_packs")}


class TestALatePartner:
    def test_figures_go_from_not_supplied_to_final(self, home, tmp_path):
        scores = home / "extracts" / FIRST.key / "mental_health_scores.csv"
        late = shutil.move(scores, tmp_path / "late.csv")
        assert fs_pipeline(home, "rerun").code == 0
        assert statuses(home, 15) == {"not_supplied"}
        assert (
            Status(ledger_of(State(home))).delivered(EXTRACTS["mental_health_scores"], FIRST) is Delivered.NOT_SUPPLIED
        )

        shutil.move(late, scores)
        assert Status(ledger_of(State(home))).delivered(EXTRACTS["mental_health_scores"], FIRST) is Delivered.NEW
        assert fs_pipeline(home, "rerun").code == 0
        assert statuses(home, 15) == {"final"}
        printed = explained(home, "--indicator", "15")
        assert "blank not_supplied" in printed
        assert "mental_health_scores Oct-Dec 2017" in printed and "not supplied" in printed

    @pytest.mark.slow
    def test_the_twelve_months_before_that_waited_for_it_are_completed_too(self, tmp_path):
        first = FIRST.shifted(-4)
        deliver(tmp_path, first, FIRST)
        police = tmp_path / "extracts" / FIRST.shifted(-2).key / "police_incidents.csv"
        late = shutil.move(police, tmp_path / "late.csv")
        assert fs_pipeline(tmp_path, "run", first.key, "--to", FIRST.key).code == 0
        waiting = value(tmp_path, 17, "victim_count", "baseline")
        assert (pd.isna(waiting["value"]), waiting["status"]) == (True, "not_supplied")

        shutil.move(late, police)
        assert fs_pipeline(tmp_path, "rerun").code == 0
        completed = value(tmp_path, 17, "victim_count", "baseline")
        assert (pd.isna(completed["value"]), completed["status"]) == (False, "final")


class TestRecompute:
    def test_the_figures_of_an_earlier_edition_come_out_the_same(self, twice, ordinary, tmp_path):
        folder = tmp_path / "again"
        ended = fs_pipeline(twice, "recompute", FIRST.key, str(folder), "--edition", "1")
        assert ended.code == 0, ended.err
        assert "are those of edition 1" in ended.err
        of_figures = Path("lake", "outputs", "indicator_values", f"{FIRST.key}.parquet")
        assert (folder / of_figures).read_bytes() == (ordinary / of_figures).read_bytes()
        plans = Path("extracts", FIRST.key, "cp_plans.csv")
        assert (folder / plans).read_bytes() == (ordinary / plans).read_bytes()

    @each("""
        relative | said                       | code
        0.0      | are those of edition 1     | 0
        5e-10    | are those of edition 1     | 0
        2e-09    | are NOT those of edition 1 | 1
    """)
    def test_figures_are_compared_and_not_the_bytes_that_arrow_writes(self, home, tmp_path, relative, said, code):
        """The edition's file is written in another way, and its figures differ by so much."""
        (edition,) = Kept(home / "kept").editions("outputs/indicator_values", FIRST)
        figures = pq.read_table(edition.figures, partitioning=None)
        values = pc.multiply(figures["value"], 1 + float(relative))
        figures = figures.set_column(figures.column_names.index("value"), "value", values)
        before = edition.figures.read_bytes()
        pq.write_table(figures, edition.figures, compression="none", use_dictionary=False, version="1.0")
        assert edition.figures.read_bytes() != before
        ended = fs_pipeline(home, "recompute", FIRST.key, str(tmp_path / "again"))
        assert (ended.code, said in " ".join(ended.err.split())) == (code, True), ended.err

    @pytest.mark.slow
    def test_the_figures_of_a_later_quarter_need_only_what_they_are_made_from(self, home, tmp_path):
        """Of earlier quarters just what its windows touch was kept for it: those quarters are not run whole."""
        folder = tmp_path / "again"
        assert fs_pipeline(home, "run", SECOND.key).code == 0
        ended = fs_pipeline(home, "recompute", SECOND.key, str(folder))
        assert ended.code == 0, ended.err
        assert "are those of edition 1" in ended.err
        assert not (folder / "extracts" / FIRST.key / "cp_plans.csv").exists()

    def test_a_folder_that_is_not_empty_is_left_alone(self, twice):
        before = everything(twice / "extracts")
        ended = fs_pipeline(twice, "recompute", FIRST.key, str(twice / "extracts"))
        assert ended.code == 2
        assert "is not empty" in ended.err
        assert everything(twice / "extracts") == before

    @pytest.mark.parametrize(("quarter", "edition"), [(FIRST, "3"), (SECOND, "1")])
    def test_an_edition_that_there_is_not(self, quarter, edition, twice, tmp_path):
        ended = fs_pipeline(twice, "recompute", quarter.key, str(tmp_path / "again"), "--edition", edition)
        assert ended.code == 2
        assert "editions" in ended.err
        assert not (tmp_path / "again").exists()

    @pytest.mark.parametrize("edition", ["1", "2", "3"])
    def test_explain_of_an_edition(self, edition, twice):
        ended = fs_pipeline(twice, "explain", FIRST.key, "--edition", edition)
        assert ended.code == {"1": 2, "2": 0, "3": 0}[edition]
        assert {"1": "--edition", "2": "edition 1 of", "3": "has 2 editions, no 3"}[edition] in ended.err + ended.out


class TestTheDefinitionChanges:
    """Runs an edited copy of the package over a folder that this one made."""

    @pytest.fixture
    def edited(self, with_report, tmp_path) -> Callable[..., list[str]]:
        """What the copy prints of commands, one after the other in a process of its own."""
        copy = shutil.copytree(Path(fs_pipeline_package.__file__).parent, tmp_path / "copy" / "fs_pipeline")
        costs = copy / "subjects" / "mental_health" / "indicators.py"
        text = costs.read_text(encoding="utf-8")
        assert text.count("accepted * external_expert_report") == 1
        costs.write_text(text.replace("accepted * external", "2 * accepted * external"), encoding="utf-8")

        def run(*commands: str) -> list[str]:
            call = [sys.executable, "-m", "fs_pipeline_tests.orchestration.command", str(with_report), *commands]
            folders = os.pathsep.join([str(copy.parent), str(Path(fs_pipeline_tests.__file__).parents[1])])
            environment = {**os.environ, "PYTHONPATH": folders}
            done = subprocess.run(call, cwd=copy.parent, env=environment, capture_output=True, text=True, check=True)
            return json.loads(done.stdout)

        return run

    def test_its_past_quarters_are_stale_and_explain_says_definition(self, edited, with_report):
        before, _, after, printed = edited("status", "rerun --yes", "status", f"explain {FIRST.key}")
        stale_tables = before[before.index("Stale (") :]
        assert f"{COSTS} " in stale_tables and "indicators/depression_and_anxiety" in stale_tables  # one module
        assert "indicators/workforce" not in stale_tables
        assert stale_tables.count("definition ") == stale_tables.count("│ Oct-Dec 2017") == 2
        assert "Stale (" not in after
        assert value(with_report, 16, "net_saving", scope="authority")["value"] == 5400
        (line,) = [line for line in printed.splitlines() if "net_saving" in line]
        assert cells(line)[-3:] == ["2400", "5400", "1"]
        (line,) = [line for line in printed.splitlines() if "definition" in line]
        assert cells(line)[:3] == ["1", "definition", COSTS]

    def test_a_published_quarter_is_left_stale_until_somebody_says_otherwise(self, edited, with_report):
        before = everything(with_report / "lake")
        *_, status = edited("rerun", "status")
        assert "Stale (" in status
        assert everything(with_report / "lake") == before
        assert value(with_report, 16, "net_saving", scope="authority")["value"] == 2400
        keep_rows(with_report, "cp_plans", slice(None, None, 2))
        assert "Stale (" not in edited("rerun", "status")[1]  # a delivery moves it, and nobody is asked
        assert value(with_report, 16, "net_saving", scope="authority")["value"] == 5400

    def test_recompute_says_that_the_definition_is_another_one(self, edited, with_report, tmp_path):
        assert len(Kept(with_report / "kept").editions("outputs/indicator_values", FIRST)) == 2
        edited("rerun --yes")
        assert len(Kept(with_report / "kept").editions("outputs/indicator_values", FIRST)) == 3
        ended = fs_pipeline(with_report, "recompute", FIRST.key, str(tmp_path / "again"))
        assert ended.code == 1
        words = ended.err.replace("\n", " ")
        assert "are NOT those of edition 3" in words and "1 of " in words
        assert "delivery: the same" in words and "setting: the same" in words
        assert f"{COSTS}/{FIRST.key}" in words and "workforce" not in words
        assert "environment: the same" in words or "environment: commit unknown -> " in words  # a copy has no checkout


def of_an_older_form(home: Path) -> None:
    """Gives every record of a folder, and every edition, versions of the form that they had up to release 0.7.1."""

    def older(version: str) -> str:
        return version and (version if len(version) == 64 else hashlib.sha256(version.encode()).hexdigest())

    def aged(record: Record) -> Record:
        inputs = {name: older(version) for name, version in record.origin.inputs.items()}
        origin = replace(record.origin, code_version=older(record.origin.code_version)[:12], inputs=inputs)
        return replace(record, data_version=older(record.data_version), origin=origin)

    for path in (home / "lake").rglob("*.parquet"):
        rows, text = pq.read_table(path, partitioning=None), pq.read_metadata(path).metadata[b"fs_pipeline"]
        with pq.ParquetWriter(path, rows.schema) as writer:
            writer.write_table(rows)
            writer.add_key_value_metadata({b"fs_pipeline": aged(Record.from_json(text)).to_json()})
    for path in (home / "kept" / "editions").rglob("*.json.zst"):
        with pa.CompressedInputStream(str(path), "zstd") as stream:
            edition = json.loads(stream.read())
        edition.pop("environment")
        edition["record"] = aged(Record.from_json(edition["record"])).to_json()
        edition["made_from"] = {
            f"{name.rpartition('@')[0]}@{older(name.rpartition('@')[2])}": aged(Record.from_json(text)).to_json()
            for name, text in edition["made_from"].items()
        }
        with pa.CompressedOutputStream(str(path), "zstd") as stream:
            stream.write(json.dumps(edition).encode())
    (home / "layout.json").unlink()


class TestAFolderOfAnOlderRelease:
    @pytest.fixture
    def older(self, home) -> Path:
        of_an_older_form(home)
        return home

    def test_it_is_upgraded_with_a_message_and_nothing_is_lost(self, older, ordinary):
        printed = fs_pipeline(older, "status").out
        assert "Stale: " in printed and "0.7.1" in printed and "Stale (" not in printed
        ended = fs_pipeline(older, "rerun")
        assert "upgraded:" in ended.err and "left stale: 1 published quarters" in ended.err
        ended = fs_pipeline(older, "rerun", "--yes")
        assert ended.code == 0 and "upgraded:" not in ended.err
        assert stale(older) == {}
        figures = Path("lake", "outputs", "indicator_values", f"{FIRST.key}.parquet")
        assert pq.read_table(older / figures).equals(pq.read_table(ordinary / figures))
        (edition,) = Kept(older / "kept").editions("outputs/indicator_values", FIRST)
        assert edition.environment == {}
        assert "run once" in explained(older) and "release 0.7.1 or earlier" in explained(older)

    def test_what_changes_afterwards_has_its_own_cause_and_no_other(self, older):
        assert fs_pipeline(older, "rerun", "--yes").code == 0
        keep_rows(older, "cp_plans", slice(None, None, 2))
        assert fs_pipeline(older, "rerun").code == 0
        (cause,) = [line for line in explained(older).splitlines() if " data " in line or " definition " in line][:1]
        assert "cp_plans" in cause and " definition " not in explained(older)

    def test_what_changes_with_the_update_is_told_without_guesses(self, older):
        keep_rows(older, "cp_plans", slice(None, None, 2))
        assert fs_pipeline(older, "rerun").code == 0
        rows = [cells(line) for line in explained(older).splitlines()]
        causes = {tuple(row[1:3]) for row in rows if len(row) == 5 and row[0].isdigit()}
        assert causes == {
            ("data", f"cp_plans {FIRST.label}"),
            ("definition", "versions of another form, not compared"),
        }

    def test_its_figures_come_out_the_same_though_its_definitions_are_not_known(self, older, tmp_path):
        ended = fs_pipeline(older, "recompute", FIRST.key, str(tmp_path / "again"))
        words = ended.err.replace("\n", " ")
        assert ended.code == 0, words
        assert "are those of edition 1" in words and "definition: not known" in words and "delivery: the same" in words

    def test_a_folder_of_a_later_release_is_refused_and_left_alone(self, home):
        (home / "layout.json").write_text('{"layout": 99, "release": "9.9.9"}', encoding="utf-8")
        before = everything(home)
        for command in ("status", "rerun"):
            ended = fs_pipeline(home, command)
            assert ended.code == 2
            assert "layout 99, made by release 9.9.9" in ended.err.replace("\n", " ")
        assert everything(home) == before


def test_where_figures_were_made_stands_in_edition_and_workbook(home):
    (edition,) = Kept(home / "kept").editions("outputs/indicator_values", FIRST)
    assert edition.environment.keys() == {"release", "commit", "Python", "pandas", "pyarrow", "numpy"}
    assert edition.environment["pyarrow"] == pa.__version__
    workbook = home / "exports" / FIRST.key / f"fs_kpi_{FIRST.key}_operational.xlsx"
    sheet = pd.read_excel(workbook, "Provenance", header=None, engine="calamine").fillna("")
    made_with = {row[0]: row[3] for row in sheet.to_numpy()}
    assert {made_with[f"Made with {name}"] for name in edition.environment} == {*edition.environment.values()}


class TestWhatIsInTheLake:
    def test_a_damaged_table_is_made_again(self, home):
        before = everything(home / "lake")
        damaged = home / "lake" / "fields" / "lsir" / f"{FIRST.key}.parquet"
        damaged.write_bytes(damaged.read_bytes()[:100])
        assert fs_pipeline(home, "rerun").code == 0
        assert {path: content for path, (content, _) in everything(home / "lake").items()} == {
            path: content for path, (content, _) in before.items()
        }

    def test_quarters_outside_the_programme_are_removed(self, home):
        set_otherwise(home, "start = 2017-10-01", "start = 2018-01-01")
        assert f"removed by the next run: {len(BY_TABLE) - 1} tables" in fs_pipeline(home, "status").out
        assert fs_pipeline(home, "rerun").code == 0
        assert {path.parts[-3] for path in (home / "lake").rglob("*.parquet")} == {"extracts", "outputs", "reference"}
        assert {path.parent.name for path in (home / "lake" / "outputs").rglob("*.parquet")} == {"data_quality"}
        assert stale(home) == {}


def test_dagster_is_told_of_deliveries_and_settings_once(home):
    state = State(home)
    with instance_of(home) as instance:
        assert observe(instance, ledger_of(state)) == 0  # the run has told it
        keep_rows(home, "cp_plans", slice(1, None))
        set_otherwise(home, "internal_hour = 60.0", "internal_hour = 61.0")
        assert observe(instance, ledger_of(state)) == 2
        (home / "extracts" / FIRST.key / "lsir_assessments.csv").unlink()
        assert observe(instance, ledger_of(state)) == 1
        assert observe(instance, ledger_of(state)) == 0


def test_the_sensor_reports_changes_and_looks_into_files_only_when_one_has_changed(home):
    sensor = definitions().resolve_sensor_def("watch_deliveries")

    def evaluated(cursor: str | None) -> tuple[str, str | None]:
        with dg.build_sensor_context(instance, cursor=cursor, resources={"ledger": ledger_of(State(home))}) as context:
            found = sensor.evaluate_tick(context)
        return found.skip_message, found.cursor

    with instance_of(home) as instance:
        said, cursor = evaluated(None)
        assert said == "0 deliveries or settings have changed."
        assert evaluated(cursor)[0] == "No file has changed."
        keep_rows(home, "cp_plans", slice(1, None))
        assert evaluated(cursor)[0] == "1 deliveries or settings have changed."


def test_comparators_stand_beside_the_figures(home):
    assert State(home).lake.read(COMPARISONS, FIRST).empty
    (home / "extracts" / "comparators.csv").write_text(COMPARATORS_TEMPLATE, encoding="utf-8")
    assert set(stale(home)) == {f"reference/comparators/{quarter.key}" for quarter in (BASELINE, FIRST)}
    assert fs_pipeline(home, "rerun").code == 0
    rows = State(home).lake.read(COMPARISONS, FIRST)
    assert set(rows["area_kind"]) == {"authority", "region", "england"}
    assert set(rows["year"]) == {2017}
    assert set(rows["measure"]) == {"cp_repeat_24_months", "proceedings_mean_weeks"}
