"""What runs by itself, and the job `rerun_stale` that it starts: what is stale, in every quarter that was run.

The schedule and the sensor that start runs are off until someone switches them on in the UI, where the job is a click.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.instance.processes import (
    KEPT_DAYS,
    UNFINISHED,
    forget_old_runs,
    repair,
    sweep_lake_elsewhere,
)
from fs_pipeline.orchestration.running import Runner, catch_up
from fs_pipeline.orchestration.watching import listing
from fs_pipeline.toolkit.programme import Timetable

LONDON = ZoneInfo("Europe/London")
SCHEDULE, SENSOR = "every_quarter", "rerun_when_delivered"
SETTLED = 3
"""Looks in a row, half a minute apart, that must find the same files before they are taken for complete."""
RERUN_JOB = "rerun_stale"
_OFF = "Off until you switch it on."
_HELD = (
    "published, and nothing but a definition has changed since: fs-pipeline rerun asks before it computes them again."
)
_OP, _ALSO = "run_stale_quarters", "quarters"


def due_day(quarter: Quarter, timetable: Timetable) -> date:
    """The day on which a quarter runs by itself: the programme's day of the month after it."""
    return quarter.shifted(1).first_day.replace(day=timetable.day)


def due_quarters(status: Status, now: datetime) -> list[Quarter]:
    """The quarters that should have run by now and never were, the earliest first.

    These are the latest one that is due, and those between the last one that was run and it of which something has
    been delivered. A quarter before them that was never run is left to people.

    Args:
        status: a look at the state folder.
        now: the time in Europe/London.
    """
    timetable, earliest = status.look.state.timetable(), status.look.first_quarter
    latest = Quarter.holding(now.date()).shifted(-1)
    if (now.date(), now.hour) < (due_day(latest, timetable), timetable.hour):
        latest = latest.shifted(-1)
    run, there = status.quarters_run(), status.quarters()
    first = run[-1].shifted(1) if run else latest
    return [quarter for quarter in first.until(latest) if quarter >= earliest and quarter in (*there, latest)]


def asked_for(ledger: Ledger, now: datetime, run_key: str | None) -> dg.RunRequest | dg.SkipReason:
    """A run of what is due, and of what is stale or missing in the quarters that were run; or why there is none."""
    read_anew = replace(ledger.state)  # also a source that was read for an earlier look
    status = Status(replace(ledger, state=read_anew))
    due = due_quarters(status, now)
    held = status.held()
    stale = [quarter.label for quarter in status.quarters_run() if status.to_rerun(quarter) and quarter not in held]
    if not due and not stale:
        left = f" Left stale: {', '.join(quarter.label for quarter in held)}, {_HELD}" if held else ""
        return dg.SkipReason(
            f"Nothing {'else ' if held else ''}is stale, and no quarter is due that was not run.{left}"
        )
    parts = {"due": [quarter.label for quarter in due], "stale": stale}
    why = "; ".join(f"{word}: {', '.join(named)}" for word, named in parts.items() if named)
    config = {"ops": {_OP: {"config": {_ALSO: [quarter.key for quarter in due]}}}}
    return dg.RunRequest(run_key=run_key, run_config=config, tags={"fs_pipeline/why": why})


def rerun_job(project: Callable[[], dg.Definitions]) -> dg.JobDefinition:
    """Looks at the deliveries and settings, then runs what is stale, a run a quarter, in the same process."""
    also = dg.Field([str], default_value=[], description="First days of quarters to run though they never were.")

    @dg.op(
        name=_OP,
        config_schema={_ALSO: also},
        description="Starts a run for each quarter with something stale; their assets are materialised there.",
    )
    def run_stale_quarters(context: dg.OpExecutionContext, ledger: dg.ResourceParam[Ledger]) -> None:
        asked = [Quarter.parse(key) for key in context.op_config[_ALSO]]
        held = Status(ledger).held()
        if held:
            labels = ", ".join(quarter.label for quarter in held)
            context.log.warning(f"Left stale: {labels}, {_HELD}")
        catch_up(context.instance, ledger)
        runner = Runner(project(), context.instance, ledger)
        refused: list[str] = []
        failed: list[str] = []
        for quarter, tables in runner.stale(also=asked, held=held):
            context.log.info(f"{quarter.label}: {len(tables)} tables")
            outcome = runner.run(quarter, tables)
            refused += outcome.refused
            failed += outcome.failed
        if refused or failed:
            raise dg.Failure("\n".join(refused + failed), allow_retries=False)

    @dg.job(name=RERUN_JOB, description="Re-runs what is stale in the quarters that were run, and nothing else.")
    def rerun() -> None:
        run_stale_quarters()

    return rerun


def every_quarter(job: dg.JobDefinition, timetable: Timetable) -> dg.ScheduleDefinition:
    """The quarterly schedule. It looks every morning, so that a day on which the machine was off is made up for."""

    @dg.schedule(
        name=SCHEDULE,
        job=job,
        cron_schedule=f"0 {timetable.hour} * * *",
        execution_timezone=str(LONDON),
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=(
            f"{_OFF} On day {timetable.day} of the month after a quarter it runs that quarter, and on "
            "every morning whatever has become stale: deliveries that came late or anew, follow-ups, settings."
        ),
    )
    def of_the_morning(
        context: dg.ScheduleEvaluationContext, ledger: dg.ResourceParam[Ledger]
    ) -> dg.RunRequest | dg.SkipReason:
        if _at_work(context.instance):
            return dg.SkipReason(f"{RERUN_JOB} is at work already.")
        return asked_for(ledger, context.scheduled_execution_time.astimezone(LONDON), None)

    return of_the_morning


def rerunning_sensor(
    job: dg.JobDefinition, clock: Callable[[], datetime] = lambda: datetime.now(LONDON)
) -> dg.SensorDefinition:
    """The sensor that runs what deliveries have made stale: one run a burst, once the files have settled.

    It counts looks, not seconds, so that a clock that jumps does not matter.
    """

    @dg.sensor(
        name=SENSOR,
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=(
            f"{_OFF} When files in extracts/ (or programme.toml) have changed and then been left alone for a minute, "
            "runs what is stale: one run for all of them. A quarter that was never run waits for its day."
        ),
    )
    def when_delivered(
        context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
    ) -> dg.RunRequest | dg.SkipReason:
        there = listing(ledger.state)
        seen, looks, handled = json.loads(context.cursor) if context.cursor else ("", 0, "")
        if there == handled:
            return dg.SkipReason("No file has changed.")
        looks = looks + 1 if there == seen else 1
        context.update_cursor(json.dumps([there, looks, handled]))
        if looks < SETTLED:
            return dg.SkipReason("Files have changed: waiting until they are left alone.")
        if _at_work(context.instance):
            return dg.SkipReason(f"Files have changed, but {RERUN_JOB} is at work: they wait for it.")
        context.update_cursor(json.dumps([there, looks, there]))
        return asked_for(ledger, clock(), there)

    return when_delivered


def repairing_sensor() -> dg.SensorDefinition:
    """The sensor that marks runs as failed whose process is gone, and once a day forgets old ones."""

    @dg.sensor(
        name="watch_runs",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Marks runs as failed whose process was killed, removes half-written files of such processes, and once a "
            f"day the records of runs that are older than {KEPT_DAYS} days and say of nothing how it is now, and "
            "half-written files in a lake elsewhere."
        ),
    )
    def watch(context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]) -> dg.SkipReason:
        repaired, today = repair(context.instance, ledger.state), datetime.now(LONDON)
        if context.cursor != today.date().isoformat():
            forget_old_runs(context.instance, ledger.state, today)
            sweep_lake_elsewhere(ledger.state)
            context.update_cursor(today.date().isoformat())
        return dg.SkipReason(f"{repaired} runs had died." if repaired else "No run was found whose process is gone.")

    return watch


def _at_work(instance: dg.DagsterInstance) -> bool:
    """Whether a run of the job is going on or queued."""
    return bool(instance.get_runs_count(dg.RunsFilter(job_name=RERUN_JOB, statuses=UNFINISHED)))
