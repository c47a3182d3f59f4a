"""Running a quarter in this process, recorded in the same Dagster instance that the UI shows."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from uuid import uuid4

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.assets import QUARTER_JOB, TRUSTED, USABLE
from fs_pipeline.orchestration.instance.dagster_private import silence_known_warnings
from fs_pipeline.orchestration.instance.processes import (
    HOLDS_LOCK,
    MACHINE,
    ON,
    UNFINISHED,
    alive,
    forget_old_runs,
    opening_records,
    repair,
    sweep_lake_elsewhere,
)
from fs_pipeline.orchestration.stopping import Stopped, signals_noted
from fs_pipeline.orchestration.watching import key, observe
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.state import State, upgrade_layout

_PLANNED_AT_ONCE = "1000"
"""So many events of what a run is going to make are stored in one transaction; a quarter has some 130."""


@dataclass(frozen=True)
class Outcome:
    """What was refused of the extracts, what failed otherwise, and which rows were left out; messages for people."""

    refused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def prepare_instance(state: State) -> None:
    """Makes Dagster's folder with its settings, unless it is there, and lets Dagster know of both folders.

    The settings are those of a team with a PostgreSQL where one is named, otherwise those of one machine.
    """
    settings = state.dagster_home / "dagster.yaml"
    if not settings.exists():
        template = "dagster_team.yaml" if state.dagster_postgres else "dagster.yaml"
        replace_file(settings, files("fs_pipeline.orchestration.instance").joinpath(template).read_bytes())
    os.environ["DAGSTER_HOME"] = str(state.dagster_home)
    os.environ["FS_PIPELINE_HOME"] = str(state.home)
    if state.dagster_postgres:
        os.environ["FS_PIPELINE_DAGSTER_POSTGRES"] = state.dagster_postgres
    os.environ["FS_PIPELINE_LAKE"] = state.lake_url
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", _PLANNED_AT_ONCE)
    silence_known_warnings()


@contextmanager
def open_instance(state: State) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance that the UI shows; its folder and its records are made unless they are there."""
    upgrade_layout(state.home)
    prepare_instance(state)
    with opening_records(state):
        instance = dg.DagsterInstance.get()
    with instance:
        yield instance


def catch_up(instance: dg.DagsterInstance, ledger: Ledger) -> None:
    """Before a run: repairs what killed processes left, reports what changed outside the lake, removes leftovers.

    Leftovers are files that the programme has no more; the deliveries hold what is in them.
    """
    state = ledger.state
    repair(instance, state)
    sweep_lake_elsewhere(state)
    forget_old_runs(instance, state, datetime.now(UTC))
    observe(instance, ledger)
    for path in Status(ledger).left_over():
        path.unlink()


def in_progress(state: State) -> int:
    """How many runs are under way, or about to be; one whose process is gone is marked as failed first."""
    with open_instance(state) as instance:
        repair(instance, state)
        return instance.get_runs_count(dg.RunsFilter(statuses=UNFINISHED))


@dataclass(frozen=True)
class Runner:
    """Runs quarters in this process, recorded in the Dagster instance.

    Attributes:
        project: the ledger as Dagster sees it.
        instance: what keeps the runs.
        ledger: the catalogue over the state folder.
        log_level: from which level on Dagster's log goes to standard error.
    """

    project: dg.Definitions
    instance: dg.DagsterInstance
    ledger: Ledger
    log_level: str = "CRITICAL"

    def run(self, quarter: Quarter, tables: Collection[str], on_step: Callable[[], None] = lambda: None) -> Outcome:
        """Materialises tables of a quarter; calls `on_step` whenever an asset is done, has failed or is skipped.

        Raises:
            Stopped: a signal came. Steps that it stopped have neither failed nor been refused.
        """
        run_id, module = str(uuid4()), "region_definitions" if self.ledger.state.region_file.exists() else "definitions"
        found_by = f"__repository__@fs_pipeline.{module}"  # the UI, on the page of the job and on the timeline
        ends = (dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.STEP_SKIPPED)

        def listen(entry: dg.EventLogEntry) -> None:
            if entry.dagster_event and entry.dagster_event.event_type in ends:
                on_step()
                if number := first_signal():
                    signal.raise_signal(number)  # so that Dagster knows, whatever became of it: the next step ends it

        self.instance.add_event_listener(run_id, listen)
        with signals_noted() as first_signal, alive(self.ledger.state, run_id):
            result = self.project.resolve_job_def(QUARTER_JOB).execute_in_process(
                instance=self.instance,
                run_id=run_id,
                partition_key=quarter.key,
                asset_selection=[key(table) for table in tables],
                raise_on_error=False,
                tags={".dagster/repository": found_by, HOLDS_LOCK: "yes", ON: MACHINE},
                run_config={"loggers": {"console": {"config": {"log_level": self.log_level}}}},
            )
            number = first_signal()
        if number:
            made = len(result.filter_events(lambda event: event.event_type is dg.DagsterEventType.STEP_SUCCESS))
            raise Stopped(number, f" after {made} of {len(tables)} tables of {quarter.label}")
        checks = result.get_asset_check_evaluations()
        refused = [each.description or "" for each in checks if each.check_name == TRUSTED and not each.passed]
        left_out = tuple(each.description for each in checks if each.check_name == USABLE and each.description)
        failed: list[str] = []
        for event in result.filter_events(lambda event: event.event_type is dg.DagsterEventType.STEP_FAILURE):
            failure = event.step_failure_data
            said = failure.user_failure_data.description if failure.user_failure_data else None
            failed.append(said or f"{event.step_key} for {quarter.label} failed; see the run in the Dagster UI")
        if not (result.success or failed):
            failed.append(f"the run of {quarter.label} ended before everything was made; see the run in the Dagster UI")
        others = dict.fromkeys(each for each in failed if each not in refused)  # two may say the same of a lake
        return Outcome(tuple(refused), tuple(others), left_out)

    def stale(
        self, *, also: Collection[Quarter] = (), held: Collection[Quarter] = ()
    ) -> Iterator[tuple[Quarter, list[str]]]:
        """What is stale or missing in the quarters that were run, and what this changes downstream; no more.

        The quarters go in turn, each looked at when the one before has been run: windows reach back in time, never
        forward. What waits for a stale table is looked at once that is made, and left as it is when nothing of its own
        has changed. The quarters of `also` are run though they never were, those that are `held` stay as they are.
        """
        for quarter in sorted({*Status(self.ledger).quarters_run(), *also}.difference(held)):
            if tables := Status(self.ledger).to_rerun(quarter):
                yield quarter, tables
