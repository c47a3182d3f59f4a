"""What runs by itself, over three years of an advanced clock: the schedule, the sensor, and what is forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.automation import LONDON, RERUN_JOB, SCHEDULE, SENSOR, SETTLED, due_day, rerunning_sensor
from fs_pipeline.orchestration.instance.processes import KEPT_DAYS, forget_old_runs
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver, instance_of

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Morning:
    """The schedule of a state folder, evaluated at any time."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        self.home, self.instance = home, instance
        self.project = definitions()
        self.schedule = self.project.resolve_schedule_def(SCHEDULE)

    def tick(self, at: datetime) -> dg.RunRequest | str:
        """What the schedule asks for at that time; why it asks for nothing."""
        resources = {"ledger": ledger_of(State(self.home))}
        with dg.build_schedule_context(self.instance, scheduled_execution_time=at, resources=resources) as context:
            said = self.schedule.evaluate_tick(context)
        return said.run_requests[0] if said.run_requests else said.skip_message

    def run(self, asked: dg.RunRequest) -> bool:
        """Runs what was asked for, as the daemon would; whether all went well."""
        job = self.project.resolve_job_def(RERUN_JOB)
        return job.execute_in_process(
            run_config=dict(asked.run_config) | QUIET, tags=asked.tags, instance=self.instance, raise_on_error=False
        ).success


@pytest.fixture
def morning(home) -> Iterator[Morning]:
    with instance_of(home) as instance:
        yield Morning(home, instance)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def also(asked: dg.RunRequest) -> list[str]:
    """The quarters that are to be run though they never were."""
    assert isinstance(asked, dg.RunRequest), asked
    return asked.run_config["ops"]["run_stale_quarters"]["config"]["quarters"]


def test_they_are_off_and_say_so(morning):
    schedule, sensor = morning.schedule, morning.project.resolve_sensor_def(SENSOR)
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert schedule.description.startswith("Off until you switch it on.")
    assert sensor.description.startswith("Off until you switch it on.")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "Europe/London")


def test_the_programmes_day_can_be_set(home):
    with (home / "programme.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[schedule]\nday = 20\nhour = 22\n")
    with instance_of(home) as instance:
        morning = Morning(home, instance)
        assert morning.schedule.cron_schedule == "0 22 * * *"
        assert isinstance(morning.tick(at("2018-04-15T06:00")), str)
        assert also(morning.tick(at("2018-04-20T22:00"))) == [SECOND.key]


@pytest.mark.parametrize(
    ("time", "due"),
    [
        ("2018-03-31T06:00", []),  # not over yet
        ("2018-04-14T06:00", []),
        ("2018-04-15T05:00", []),  # as after a clock that jumped
        ("2018-04-15T06:00", [SECOND.key]),
        ("2018-04-16T06:00", [SECOND.key]),  # the machine was off on the day
        ("2018-07-14T06:00", [SECOND.key]),
        ("2018-07-15T06:00", [SECOND.key, "2018-04-01"]),  # the latest, although nothing was delivered of it
        ("2019-07-15T06:00", [SECOND.key, "2019-04-01"]),  # and nothing in between
        ("2017-06-01T06:00", []),  # a clock that went back
    ],
)
def test_which_quarters_are_due(morning, time, due):
    asked = morning.tick(at(time))
    assert asked == "Nothing is stale, and no quarter is due that was not run." if not due else also(asked) == due


def test_the_quarter_runs_and_runs_again_when_a_delivery_changes_it(morning):
    asked = morning.tick(at("2018-04-15T06:00"))
    assert asked.tags["fs_pipeline/why"] == f"due: {SECOND.label}"
    assert morning.run(asked)
    assert SECOND in Status(ledger_of(State(morning.home))).quarters_run()
    assert isinstance(morning.tick(at("2018-04-16T06:00")), str)
    late = morning.home / "extracts" / FIRST.key / "police_incidents.csv"
    late.write_text(late.read_text(encoding="utf-8").rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    again = morning.tick(at("2018-05-02T06:00"))
    assert also(again) == [] and again.tags["fs_pipeline/why"].startswith(f"stale: {FIRST.label}")
    assert morning.run(again)
    assert isinstance(morning.tick(at("2018-05-03T06:00")), str)


class TestTheSensor:
    @pytest.fixture
    def look(self, home, morning):
        sensor = rerunning_sensor(morning.project.resolve_job_def(RERUN_JOB), lambda: at("2018-04-10T12:00"))
        cursor = None

        def look() -> dg.RunRequest | str:
            nonlocal cursor
            resources = {"ledger": ledger_of(State(home))}
            with dg.build_sensor_context(morning.instance, cursor=cursor, resources=resources) as context:
                said = sensor.evaluate_tick(context)
            cursor = said.cursor
            return said.run_requests[0] if said.run_requests else said.skip_message

        return look

    def test_one_run_a_burst_once_the_files_have_settled(self, home, look):
        for _ in range(SETTLED):
            assert isinstance(look(), str)
        assert look() == "No file has changed."
        late = home / "extracts" / FIRST.key / "cp_plans.csv"
        whole = late.read_text(encoding="utf-8")
        for written in (len(whole) // 3, len(whole) // 2, whole.rindex("\n", 0, -1) + 1):  # a copy that takes its time
            late.write_text(whole[:written], encoding="utf-8")
            assert look() == "Files have changed: waiting until they are left alone."
        (home / "extracts" / FIRST.key / "police_incidents.csv").touch()
        said = [look() for _ in range(SETTLED + 3)]
        asked = [each for each in said if isinstance(each, dg.RunRequest)]
        assert len(asked) == 1 and said.index(asked[0]) == SETTLED - 1
        assert also(asked[0]) == [] and FIRST.label in asked[0].tags["fs_pipeline/why"]
        assert asked[0].run_key

    def test_files_of_a_quarter_that_is_not_due_wait(self, home, look):
        (home / "extracts" / SECOND.key / "cp_plans.csv").touch()
        assert all(isinstance(look(), str) for _ in range(SETTLED + 1))

    def test_it_waits_while_a_rerun_goes_on(self, home, look, morning):
        job = morning.project.resolve_job_def(RERUN_JOB)
        going_on = morning.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        (home / "extracts" / FIRST.key / "cp_plans.csv").write_text("nothing\n", encoding="utf-8")
        said = [look() for _ in range(SETTLED + 2)]
        assert all("wait" in each for each in said)
        morning.instance.delete_run(going_on.run_id)
        assert isinstance(look(), dg.RunRequest)


def what_is_there(instance: dg.DagsterInstance) -> dict[dg.AssetKey, set[str]]:
    """The quarters that the UI shows as made, of each asset."""
    return {key: instance.get_materialized_partitions(key) for key in instance.get_asset_keys()}


def test_old_runs_are_forgotten_but_for_those_that_made_what_is_there(home, morning):
    instance, state = morning.instance, State(home)
    ran, there = instance.get_runs_count(), what_is_there(instance)
    shards = home / "dagster" / "history" / "runs"
    job = morning.project.resolve_job_def(RERUN_JOB)
    old = job.execute_in_process(instance=instance, run_config=QUIET)
    assert (shards / f"{old.run_id}.db").exists()
    later = datetime.now(LONDON) + timedelta(days=KEPT_DAYS)
    assert forget_old_runs(instance, state, later - timedelta(days=1)) == 0
    assert forget_old_runs(instance, state, later + timedelta(days=1)) == 1
    assert instance.get_run_by_id(old.run_id) is None and not list(shards.glob(f"{old.run_id}*"))
    assert instance.get_runs_count() == ran
    assert what_is_there(instance) == there and any(there.values())


@pytest.mark.slow
def test_three_years_of_mornings(tmp_path):
    """Mornings of three years: each quarter runs on its day, once; what comes late, on the morning after it came.

    Looked at are the mornings on which something might happen, and those beside them.

    The deliveries are files without rows, the same ones again and again, and all quarters are of the baseline, which
    is quick: it is about when something runs, and what is kept.
    """
    home = tmp_path / "home"
    deliver(home, BASELINE, FIRST)
    for extract in home.glob("extracts/*/*.csv"):
        extract.write_text(extract.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    quarters, late_on = FIRST.until(FIRST.shifted(11)), date(2019, 3, 3)
    looked_at = (3, 15, 16)
    started: dict[date, tuple[list[str], str]] = {}
    settings = (home / "programme.toml").read_text(encoding="utf-8")
    settings = settings.replace("start = 2017-10-01", f"start = {quarters[-1].shifted(1).key}")
    settings = settings.replace("baseline_quarters = 4", "baseline_quarters = 13")
    (home / "programme.toml").write_text(settings, encoding="utf-8")
    with instance_of(home) as instance:
        morning = Morning(home, instance)
        timetable, day = State(home).timetable(), date(2017, 12, 20)
        while day < due_day(quarters[-1], State(home).timetable()) + timedelta(days=5):
            quarter = Quarter.holding(day)
            if day == quarter.first_day + timedelta(days=3) and quarter.shifted(-1) > FIRST:
                shutil.copytree(home / "extracts" / FIRST.key, home / "extracts" / quarter.shifted(-1).key)
            if day == late_on:
                (home / "extracts" / "2018-10-01" / "caseloads.csv").unlink()
            asked = None
            if (day.month % 3 == 1 and day.day in looked_at) or abs(day - late_on) <= timedelta(days=1):
                asked = morning.tick(datetime(day.year, day.month, day.day, 6, tzinfo=LONDON))
            if isinstance(asked, dg.RunRequest):
                started[day] = also(asked), asked.tags["fs_pipeline/why"]
                assert morning.run(asked), day
            day += timedelta(days=1)
        assert started == {
            date(2018, 1, 3): ([BASELINE.key], f"due: {BASELINE.label}"),  # its day was over when all this began
            **{due_day(each, timetable): ([each.key], f"due: {each.label}") for each in quarters},
            late_on: ([], "stale: Oct-Dec 2018"),
        }
        assert not list(Status(ledger_of(State(home))).stale())
        there = what_is_there(instance)
        assert set(there[dg.AssetKey(["extracts", "people"])]) == {each.key for each in (BASELINE, *quarters)}
        forgotten = forget_old_runs(instance, State(home), datetime.now(LONDON) + timedelta(days=KEPT_DAYS + 1))
        assert forgotten >= len(started)  # the runs of the job, which made nothing themselves
        assert what_is_there(instance) == there
