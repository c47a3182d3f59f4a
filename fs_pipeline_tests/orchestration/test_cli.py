"""The command line: how quarters are written, what is wrong use, exit codes, and what is left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli import cli
from fs_pipeline.invented import PROGRAMME_TEMPLATE
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, deliver, kept
from fs_pipeline_tests.orchestration.test_nothing_personal import identifiers, occurring


@pytest.fixture
def empty(tmp_path) -> Path:
    """A state folder with a programme and nothing else."""
    (tmp_path / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    return tmp_path


def everything(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Every file with its content and the time of its last change."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["run", "--help"], ["check", "-h"], ["status", "--help"], ["rerun", "-h"]]
)
def test_help(arguments):
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0
    assert "Usage:" in ended.output


def test_help_names_the_commands_and_the_forms_of_a_quarter(tmp_path):
    ended = fs_pipeline(tmp_path, "--help")
    assert ended.code == 0
    commands = ("demo", "invent", "run", "rerun", "explain", "recompute", "check", "status", "ui")
    for word in (*commands, "2017-10-01", "2017-Q4", "2017-18-Q3"):
        assert word in ended.out


@pytest.mark.parametrize("written", ["2016-10-01", "2016-Q4", "2016-q4", "2016-17-Q3"])
def test_the_forms_of_a_quarter(written, empty):
    ended = fs_pipeline(empty, "check", written)
    assert ended.code == 0
    assert "Extracts of Oct-Dec 2016" in ended.out
    assert ended.out.count("not supplied") == 22


@pytest.mark.parametrize("written", ["2017", "2017-Q5", "2017-10-02", "2017-11-01", "2017-19-Q3", "01/10/2017", "Q4"])
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_bad_quarter_is_wrong_use(command, written, empty):
    ended = fs_pipeline(empty, command, written)
    assert ended.code == 2
    assert written in ended.err
    assert "2017-10-01 (its first day), 2017-Q4 (calendar) or 2017-18-Q3 (financial year)" in ended.err
    assert [path.name for path in empty.iterdir()] == ["programme.toml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "2018-Q1", "--to", "2017-Q4"], "--to 2017-10-01 is before 2018-01-01"),
        (["check", "2018-Q1", "--to", "2017-Q4"], "--to 2017-10-01 is before 2018-01-01"),
        (["run", "2016-Q3"], "2016-07-01 is before 2016-10-01, the first baseline quarter"),
        (["check", "2016-Q3"], "2016-07-01 is before 2016-10-01, the first baseline quarter"),
        (["invent", "--from", "2016-Q3"], "2016-07-01 is before 2016-10-01"),
        (["invent", "--from", "2018-Q1", "--to", "2017-Q4"], "--to 2017-10-01 is before 2018-01-01"),
        (["invent", "--families", "0"], "--families"),
        (["run"], "QUARTER"),
        (["walk"], "walk"),
        (["run", "2017-Q4", "--by", "me"], "--by"),
    ],
)
def test_wrong_use(arguments, said, empty):
    ended = fs_pipeline(empty, *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert [path.name for path in empty.iterdir()] == ["programme.toml"]


@pytest.mark.parametrize("arguments", [["run", "2017-Q4"], ["check", "2017-Q4"], ["status"], ["ui"]])
def test_without_a_programme_the_message_names_the_file(arguments, tmp_path):
    ended = fs_pipeline(tmp_path / "nowhere", *arguments)
    assert ended.code == 2
    assert str(tmp_path / "nowhere" / "programme.toml") in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", ["--debug check 2017-Q4", "check --debug 2017-Q4", "check 2017-Q4 --debug"])
def test_debug_shows_the_traceback_wherever_it_stands(written, tmp_path):
    with pytest.raises(SettingsError):
        fs_pipeline(tmp_path / "nowhere", *written.split())


def test_a_fault_in_the_programme_names_file_and_key(tmp_path):
    text = PROGRAMME_TEMPLATE.replace("start = 2017-10-01", "start = 2017-10-02")
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    ended = fs_pipeline(tmp_path, "run", "2017-Q4")
    assert ended.code == 2
    assert str(tmp_path / "programme.toml") in ended.err
    assert "programme.start must be the first day of a quarter" in ended.err


def test_status_of_an_empty_folder(empty):
    ended = fs_pipeline(empty, "status")
    assert (ended.code, ended.out) == (0, "")
    assert "Nothing has been delivered yet" in ended.err


def test_invent_writes_extracts_and_nothing_else_and_the_same_again(tmp_path):
    arguments = ("invent", "--families", "3", "--seed", "5", "--from", "2017-Q3", "--to", "2017-Q4")
    assert fs_pipeline(tmp_path, *arguments).code == 0
    written = {path: content for path, (content, _) in everything(tmp_path).items()}
    assert {path.name for path in tmp_path.iterdir()} == {"programme.toml", "extracts"}
    assert {path.parent.name for path in written if path.suffix == ".csv"} == {"extracts", BASELINE.key, FIRST.key}
    assert fs_pipeline(tmp_path, *arguments).code == 0
    assert {path: content for path, (content, _) in everything(tmp_path).items()} == written


def test_invent_lists_the_faults_that_it_planted(tmp_path):
    ended = fs_pipeline(
        tmp_path,
        *("invent", "--families", "10", "--from", "2017-Q4", "--to", "2017-Q4", "--faults"),
        *("--file-fault", "missing_column"),
    )
    assert ended.code == 0
    assert "extracts/2017-10-01/cp_plans.csv" in ended.out
    assert "start_date" in ended.out


@pytest.mark.parametrize("command", [["invent", "--families", "3", "--from", "2017-Q4", "--to", "2017-Q4"], ["demo"]])
def test_real_extracts_are_never_overwritten(command, empty):
    real = empty / "extracts" / "2017-10-01" / "people.csv"
    real.parent.mkdir(parents=True)
    real.write_text("person_id\n", encoding="utf-8")
    before = everything(empty)
    ended = fs_pipeline(empty, *command)
    assert ended.code == 2
    assert "not invented" in ended.err
    assert everything(empty) == before


def test_demo_refuses_a_programme_that_is_not_its_own(tmp_path):
    (tmp_path / "programme.toml").write_text(PROGRAMME_TEMPLATE.replace("999", "123"), encoding="utf-8")
    before = everything(tmp_path)
    ended = fs_pipeline(tmp_path, "demo")
    assert ended.code == 2
    assert str(tmp_path / "programme.toml") in ended.err
    assert everything(tmp_path) == before


class TestCheck:
    @pytest.fixture
    def delivered(self, tmp_path) -> Path:
        deliver(tmp_path, FIRST, FIRST)
        return tmp_path

    def test_it_writes_nothing(self, delivered):
        before = everything(delivered)
        ended = fs_pipeline(delivered, "check", "2017-Q4")
        assert (ended.code, ended.err) == (0, "")
        assert everything(delivered) == before
        assert {path.name for path in delivered.iterdir()} == {"programme.toml", "extracts", "pseudonym.key"}

    def test_a_refusal_is_exit_code_3_and_writes_nothing(self, delivered):
        (delivered / "extracts" / FIRST.key / "cp_plans.csv").unlink()
        before = everything(delivered)
        ended = fs_pipeline(delivered, "check", "2017-Q4")
        assert ended.code == 3
        assert "cp_plans is missing for Oct-Dec 2017: expected extracts/2017-10-01/cp_plans.csv" in ended.err
        assert "refused" in ended.out
        assert everything(delivered) == before

    def test_a_missing_required_extract_is_no_fault_in_a_baseline_quarter(self, delivered):
        assert fs_pipeline(delivered, "check", "2017-Q3").code == 0

    def test_columns_that_are_ignored_are_named(self, delivered):
        people = delivered / "extracts" / FIRST.key / "people.csv"
        heading, *rows = people.read_text(encoding="utf-8").splitlines()
        people.write_text("\n".join([f"{heading},ward", *(f"{row},North" for row in rows)]), encoding="utf-8")
        ended = fs_pipeline(delivered, "check", "2017-Q4")
        assert ended.code == 0
        assert "extracts/2017-10-01/people.csv: ignored, not in the contract: ward" in ended.out

    def test_rejected_rows_are_counted_by_rule(self, faulty):
        ended = fs_pipeline(faulty, "check", FIRST.key)
        assert ended.code == 0
        assert "unknown_person 1" in ended.out


class TestRun:
    def test_exit_code_0_and_nothing_on_standard_output(self, ordinary):
        ended = kept(ordinary)
        assert (ended.code, ended.out) == (0, "")
        assert "Jul-Sep 2017: done" in ended.err
        assert "Oct-Dec 2017: done" in ended.err

    def test_everything_stays_in_the_state_folder(self, ordinary):
        assert {path.name for path in ordinary.iterdir()} == {
            *(
                "programme.toml",
                "pseudonym.key",
                "extracts",
                "lake",
                "dagster",
                "kept",
                "exports",
                "warehouse.sqlite",
                "locks",
                "layout.json",
            ),
            "printed",  # by the tests
        }

    def test_a_quarter_run_alone_is_that_run_after_its_baseline(self, tmp_path):
        """What was delivered for the quarters that it looks back at is supplied, though they were never run."""
        first = Quarter.parse("2016-10-01")
        deliver(tmp_path, first, FIRST)
        made = [
            tmp_path / "lake" / "outputs" / table / f"{FIRST.key}.parquet"
            for table in ("person_level", "family_level", "indicator_values", "before_after")
        ]
        alone = fs_pipeline(tmp_path, "run", FIRST.key)
        assert alone.code == 0
        assert "Oct-Dec 2016, Jan-Mar 2017, Apr-Jun 2017, Jul-Sep 2017, never run" in alone.err
        tables = [path.read_bytes() for path in made]
        again = fs_pipeline(tmp_path, "run", first.key, "--to", FIRST.key)
        assert again.code == 0
        assert "never run" not in again.err
        assert [path.read_bytes() for path in made] == tables

    def test_later_quarters_that_look_back_at_what_was_run_are_named_as_stale(self, home):
        assert "stale" not in fs_pipeline(home, "run", BASELINE.key).err
        incidents = home / "extracts" / BASELINE.key / "police_incidents.csv"
        lines = incidents.read_text(encoding="utf-8").splitlines(keepends=True)
        incidents.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
        ended = fs_pipeline(home, "run", BASELINE.key)
        assert ended.code == 0
        assert "stale: Oct-Dec 2017, run earlier" in ended.err
        assert fs_pipeline(home, "rerun").code == 0
        assert "stale" not in fs_pipeline(home, "run", BASELINE.key).err

    def test_exit_code_3_when_extracts_are_refused(self, refused):
        assert kept(refused).code == 3

    def test_exit_code_1_when_a_calculation_fails_and_no_person_is_shown_even_with_debug(self, home):
        """An earlier quarter's table that is broken on the disk: only what reads it fails, and says where."""
        (home / "lake" / "extracts" / "police_incidents" / f"{BASELINE.key}.parquet").write_bytes(b"PAR1 no longer")
        ended = fs_pipeline(home, "--debug", "run", FIRST.key)
        assert ended.code == 1
        assert "fields/police_contacts for Oct-Dec 2017: " in ended.err
        assert "extracts/police_incidents of Jul-Sep 2017 is damaged on the disk: fs-pipeline rerun" in ended.err
        assert occurring(identifiers(home), [ended.out.encode(), ended.err.encode()]) == set()

    def test_the_installed_command_ends_with_the_same_codes(self, tmp_path):
        command = Path(sys.executable).with_name("fs-pipeline")
        ended = subprocess.run(
            [command, "check", "2017-Q4"],
            env={"FS_PIPELINE_HOME": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 2
        assert "programme.toml" in ended.stderr
        (tmp_path / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
        ended = subprocess.run(
            [command, "check", "2017-Q4"],
            env={"FS_PIPELINE_HOME": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 3
