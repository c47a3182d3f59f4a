"""Processes that are killed, a full disk, a file replaced while it is read, two operators: nothing half-made is seen.

What was there before stays, the run is marked as failed and says what to do, and the next run finishes it.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread

import dagster as dg
import pytest

from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.failing import trying_again
from fs_pipeline.orchestration.instance.processes import HOLDS_LOCK, ON, abandoned_files, dead_runs, repair
from fs_pipeline.orchestration.running import Runner
from fs_pipeline.orchestration.stopping import Stopped
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver, instance_of

LOADED = ("person_level", "family_level", "indicator_values", "before_after", "before_after_rates", "dictionary")
UNDER_WAY = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED)
_apart = multiprocessing.get_context("forkserver")
_apart.set_forkserver_preload(["fs_pipeline.cli", "fs_pipeline.definitions"])


def run_apart(home: Path, *arguments: str) -> multiprocessing.Process:
    """Starts `fs-pipeline` in a process of its own, in which the imports are done already."""
    process = _apart.Process(target=_run, args=(home, *arguments))
    process.start()
    return process


def _run(home: Path, *arguments: str) -> None:
    ended = fs_pipeline(home, *arguments)
    (home / f"said-{os.getpid()}").write_text(ended.err, encoding="utf-8")
    os._exit(ended.code)


def as_delivered(ordinary: Path, home: Path) -> Path:
    """The ordinary folder as it was before its quarters were run."""
    shutil.copytree(ordinary / "extracts", home / "extracts")
    for name in ("pseudonym.key", "programme.toml"):
        shutil.copy(ordinary / name, home)
    return home


def took(home: Path) -> float:
    """The seconds from the start of a folder's first run to the end of its last."""
    with instance_of(home) as instance:
        records = instance.get_run_records()
    return max(each.end_time for each in records) - min(each.start_time for each in records)


def tables(home: Path) -> dict[str, bytes]:
    """Every file of the lake, without half-written ones."""
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.glob("lake/**/*.parquet"))}


def warehouse(home: Path) -> dict[str, list]:
    """The rows of every table of the warehouse."""
    with closing(sqlite3.connect(home / "warehouse.sqlite")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        there = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        return {
            name: sorted(database.execute(f"select * from {name}").fetchall(), key=repr)
            for name in LOADED
            if name in there
        }


def nothing_is_torn(home: Path) -> None:
    """Every file that has its name is whole, and the warehouse holds whole quarters."""
    status = Status(ledger_of(State(home)))
    for quarter in BASELINE.until(FIRST):
        for table in status.look.tables(quarter):
            status.look.record(table, quarter)
    assert status.look.damaged == []
    for path in home.glob("exports/**/*.xlsx"):
        with zipfile.ZipFile(path) as workbook:
            assert workbook.testzip() is None
    for path in home.glob("exports/**/*.html"):
        assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    loaded = warehouse(home) if (home / "warehouse.sqlite").exists() else {}
    assert all(loaded.get(name) for name in LOADED[:3]) or not any(loaded.get(name) for name in LOADED[:3])


def under_way(home: Path) -> list[dg.DagsterRun]:
    with instance_of(home) as instance:
        return instance.get_runs(dg.RunsFilter(statuses=list(UNDER_WAY)))


@pytest.mark.slow
def test_kills_at_random_instants(ordinary, tmp_path, request):
    """A backfill is killed (SIGKILL) at random instants, and started again, until it has been killed so many times.

    `pytest -n 0 fs_pipeline_tests/orchestration/test_failure.py -k random_instants --kills 200` is the full run.
    Whenever a backfill comes to its end, what it made is compared, all of it is thrown away, and the next one begins.
    """
    kills, chance = request.config.getoption("--kills"), random.Random(20261124)
    home, backfill, takes = tmp_path / "home", ("run", BASELINE.key, "--to", FIRST.key), 1.2 * took(ordinary)
    expected, expected_rows = tables(ordinary), warehouse(ordinary)
    as_delivered(ordinary, home)
    killed = finished = marked = 0
    while killed < kills or not finished:
        process = run_apart(home, *backfill)
        process.join(chance.uniform(0, takes) if killed < kills else None)
        if process.exitcode is None:
            process.kill()
            process.join()
            killed += 1
            nothing_is_torn(home)
            if killed % 10 == 0:
                request.config.get_terminal_writer().line(f"{killed} kills, nothing torn")
            continue
        assert process.exitcode == 0
        assert under_way(home) == []
        with instance_of(home) as instance:
            marked += instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
            assert list(abandoned_files(State(home))) == [] and dead_runs(instance, State(home)) == []
        assert tables(home) == expected
        assert warehouse(home) == expected_rows
        assert not list(home.glob("locks/run-*"))
        finished += 1
        shutil.rmtree(home)
        as_delivered(ordinary, home)
    told = f"{killed} kills, {marked} runs marked as failed, {finished} backfills finished as if undisturbed"
    request.config.get_terminal_writer().line(told)


class TestARunWhoseProcessIsGone:
    @pytest.fixture
    def instance(self, home) -> Iterator[dg.DagsterInstance]:
        with instance_of(home) as instance:
            yield instance

    def begun(self, instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
        @dg.job
        def quarter():
            pass

        run = instance.create_run_for_job(quarter, tags={"dagster/partition": FIRST.key, **tags})
        instance.report_engine_event("begins", run)
        instance.event_log_storage.store_event(_started(run))
        instance.handle_run_event(run.run_id, _started(run).dagster_event)
        return run.run_id

    def test_it_is_marked_as_failed_at_the_next_start_and_people_are_told(self, home, instance):
        run = self.begun(instance, {HOLDS_LOCK: "yes"})
        assert repair(instance, State(home)) == 1
        assert instance.get_run_by_id(run).status is dg.DagsterRunStatus.FAILURE
        assert "run it again to finish it" in (home / "alerts.log").read_text(encoding="utf-8")
        assert repair(instance, State(home)) == 0

    def test_one_that_the_daemon_has_just_started_is_left_alone(self, home, instance):
        run = self.begun(instance, {})
        assert repair(instance, State(home)) == 0
        assert instance.get_run_by_id(run).status is dg.DagsterRunStatus.STARTED

    @pytest.mark.parametrize(("hours", "repaired"), [(0, 0), (23, 0), (25, 1)])
    def test_one_of_another_machine_is_given_a_day(self, home, instance, monkeypatch, hours, repaired):
        self.begun(instance, {HOLDS_LOCK: "yes", ON: "another machine"})
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + hours * 60 * 60)
        theirs = home / "locks" / "run-0@another machine.lock"
        theirs.touch()
        assert repair(instance, State(home)) == repaired and theirs.exists()

    @pytest.mark.parametrize(("tags", "code"), [({HOLDS_LOCK: "yes"}, 0), ({}, 2)], ids=["gone", "just started"])
    def test_a_purge_waits_for_those_that_live_alone(self, home, instance, tags, code):
        self.begun(instance, tags)
        assert fs_pipeline(home, "purge", "--programme", "--yes").code == code

    def test_half_written_files_of_the_dead_are_swept_and_those_of_the_living_left(self, home, instance):
        dead = subprocess.Popen(["true"])
        dead.wait()
        folder = home / "lake" / "cohort" / "people"
        theirs, ours = (folder / f".2017-10-01.parquet.{pid}-{'0' * 32}.part" for pid in (dead.pid, os.getpid()))
        theirs.write_bytes(b"half")
        ours.write_bytes(b"half")
        repair(instance, State(home))
        assert not theirs.exists() and ours.exists()


def _started(run: dg.DagsterRun) -> dg.EventLogEntry:
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    return dg.EventLogEntry(
        error_info=None, level=20, user_message="", run_id=run.run_id, timestamp=time.time(), dagster_event=event
    )


@pytest.mark.slow
def test_two_operators_at_once(ordinary, tmp_path):
    """Two run the same quarters at the same time, and a third what is stale: all end well, with one's own tables."""
    home = as_delivered(ordinary, tmp_path / "home")
    at_work = [run_apart(home, "run", BASELINE.key, "--to", FIRST.key) for _ in range(2)]
    at_work += [run_apart(home, "rerun")]
    for process in at_work:
        process.join()
    said = "".join(path.read_text(encoding="utf-8") for path in home.glob("said-*"))
    assert [process.exitcode for process in at_work] == [0, 0, 0], said
    assert "locked" not in said
    assert tables(home) == tables(ordinary)
    assert warehouse(home) == warehouse(ordinary)
    assert under_way(home) == []


@pytest.fixture
def full_disk(tmp_path) -> Iterator[Path]:
    """A file system of 40 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_the_disk_is_full(home, full_disk):
    lake = full_disk / "lake"
    shutil.move(home / "lake", lake)
    (home / "lake").symlink_to(lake)
    before = tables(home)
    people = home / "extracts" / FIRST.key / "cp_plans.csv"
    people.write_text(people.read_text(encoding="utf-8").rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    (full_disk / "filler").write_bytes(b"x" * (shutil.disk_usage(full_disk).free // 4096 * 4096))
    ended = fs_pipeline(home, "rerun")
    file = home / "lake" / "extracts" / "cp_plans" / f"{FIRST.key}.parquet"
    assert ended.code == 1 and f"No space left on device: {file}; free some space, then run it again" in " ".join(
        ended.err.split()
    )
    assert tables(home) == before
    assert not list(lake.rglob(".*.part"))
    (full_disk / "filler").unlink()
    assert fs_pipeline(home, "rerun").code == 0
    assert tables(home) != before and not list(Status(ledger_of(State(home))).stale())


def test_the_disk_with_everything_on_it_is_full(home, full_disk, tmp_path):
    """Dagster cannot even record the failure: people are told, and the run is marked at the next start."""
    shutil.move(home / "dagster", full_disk / "dagster")
    (home / "dagster").symlink_to(full_disk / "dagster")
    (full_disk / "filler").write_bytes(b"x" * (shutil.disk_usage(full_disk).free // 4096 * 4096))
    before = tables(home)
    ended = fs_pipeline(home, "run", FIRST.key)
    assert ended.code == 1 and "free some space" in ended.err
    assert "Traceback" not in ended.err
    assert tables(home) == before
    (full_disk / "filler").unlink()
    assert fs_pipeline(home, "run", FIRST.key).code == 0
    assert under_way(home) == []


def test_a_file_that_is_replaced_while_it_is_read(home):
    """Two versions take turns, some of them written bit by bit: what is in the lake is of what was read, and stale."""
    path = home / "extracts" / FIRST.key / "police_incidents.csv"
    one = path.read_bytes()
    other = one.rsplit(b"\n", 2)[0] + b"\n"
    done = Event()

    def take_turns() -> None:
        while not done.is_set():
            for content in (other, one):
                with path.open("wb") as file:
                    for start in range(0, len(content), 700):
                        file.write(content[start : start + 700])
                        file.flush()
                path.unlink()

    replacing = Thread(target=take_turns)
    replacing.start()
    try:
        for _ in range(3):
            ended = fs_pipeline(home, "rerun")
            assert ended.code in (0, 3) and "Traceback" not in ended.err and "fault in the program" not in ended.err
            nothing_is_torn(home)
    finally:
        done.set()
        replacing.join()
    path.write_bytes(one)
    assert fs_pipeline(home, "rerun").code == 0
    assert not list(Status(ledger_of(State(home))).stale())


def test_a_clock_that_went_back_a_year_changes_nothing(home):
    """Times of files are not what decides: contents are."""
    for path in home.glob("extracts/**/*.csv"):
        os.utime(path, (0, 0))
    assert not list(Status(ledger_of(State(home))).stale())
    assert "Nothing is stale" in fs_pipeline(home, "rerun").err


def test_a_signal_between_two_steps_stops_the_run(tmp_path):
    """It fails no step: what was not made is missing, and nothing is said to have failed or to be refused."""
    deliver(tmp_path, BASELINE, BASELINE)
    tables, steps = Look(ledger_of(State(tmp_path))).tables(BASELINE), count(1)

    def on_step() -> None:
        if next(steps) == 3:
            signal.raise_signal(signal.SIGINT)

    with instance_of(tmp_path) as instance, pytest.raises(Stopped) as stopped:
        Runner(definitions(), instance, ledger_of(State(tmp_path))).run(BASELINE, tables, on_step)
    assert f"SIGINT after 3 of {len(tables)} tables of Jul-Sep 2017" in str(stopped.value)
    assert len(State(tmp_path).lake.files()) == 3


@each("""
    a_signal | steps                                                       | success
    no       | STEP_START, STEP_UP_FOR_RETRY, STEP_RESTARTED, STEP_SUCCESS | yes
    yes      | STEP_START, STEP_FAILURE                                    | no
""")
def test_a_step_is_tried_again_after_a_failure_that_passes_and_not_after_a_signal(a_signal, steps, success):
    @dg.asset
    def step(context):
        with trying_again(context.retry_number):
            if a_signal:
                signal.raise_signal(signal.SIGINT)
            elif not context.retry_number:
                raise dg.Failure("away")

    result = dg.materialize([step], raise_on_error=False)
    happened = [event.event_type_value for event in result.all_events if event.event_type_value in steps]
    assert (happened, result.success) == (steps.split(", "), success)


@each("""
    as_soon_as_there_is                          | number  | code | said
    lake/extracts/*/2017-07-01.parquet           | SIGINT  | 130  | tables of Jul-Sep 2017
    lake/outputs/data_quality/2017-07-01.parquet | SIGTERM | 143  | stopped by SIGTERM
    exports/2017-10-01/*.xlsx                    | SIGINT  | 130  | tables of Oct-Dec 2017
""")
def test_a_signal_stops_a_backfill(ordinary, tmp_path, as_soon_as_there_is, number, code, said):
    """During the ingest, between two quarters, in an export.

    No later step or quarter is begun, and nothing is called done, failed or refused that is not.
    """
    home = as_delivered(ordinary, tmp_path / "home")
    process = run_apart(home, "run", BASELINE.key, "--to", FIRST.key)
    while process.is_alive() and not list(home.glob(as_soon_as_there_is)):
        time.sleep(0.002)
    os.kill(process.pid, signal.Signals[number])
    process.join()
    told = (home / f"said-{process.pid}").read_text(encoding="utf-8")
    assert process.exitcode == code and said in told and "run the same command again to finish it" in told
    assert not any(word in told for word in ("refused", "failed", f"{FIRST.label}: done"))
    assert len(tables(home)) < len(tables(ordinary)) and under_way(home) == []
    nothing_is_torn(home)


def test_a_recompute_that_was_stopped_wants_a_new_folder(ordinary, tmp_path):
    folder = tmp_path / "again"
    home = shutil.copytree(ordinary, tmp_path / "home")
    process = run_apart(home, "recompute", FIRST.key, str(folder))
    while process.is_alive() and not list(folder.glob("lake/extracts/*/*.parquet")):
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGINT)
    process.join()
    told = (home / f"said-{process.pid}").read_text(encoding="utf-8")
    assert process.exitcode == 130 and "run the same command again, into a new folder, to finish it" in told
    assert fs_pipeline(home, "recompute", FIRST.key, str(folder)).code == 2


def test_an_extract_that_could_not_be_kept_has_failed_and_was_not_refused(home):
    shutil.rmtree(home / "kept")
    (home / "kept").write_text("no folder", encoding="utf-8")
    ended = fs_pipeline(home, "run", SECOND.key)
    assert ended.code == 1 and "refused" not in ended.err
    assert ended.err.count("failed extracts/") > 1
