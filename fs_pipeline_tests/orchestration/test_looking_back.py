"""What figures look back at and that was never run, in Dagster: the checks warn of it, and name it."""

from __future__ import annotations

import dagster as dg
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.look import Look
from fs_pipeline.orchestration.running import Runner
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver, instance_of

READ, ADDED_UP = "every_earlier_delivery_is_read", "every_follow_up_is_there"


@pytest.fixture
def delivered(tmp_path) -> State:
    """A folder with the extracts of three quarters, of which nothing was run."""
    deliver(tmp_path, BASELINE, SECOND)
    return State(tmp_path)


def run(state: State, quarter: Quarter) -> None:
    """Runs the quarter's tables as the job in the UI does."""
    with instance_of(state.home) as instance:
        tables = [each for each in Look(ledger_of(state)).tables(quarter) if not each.startswith("exports/")]
        outcome = Runner(definitions(), instance, ledger_of(state)).run(quarter, tables)
    assert (outcome.failed, outcome.refused) == ((), ())


def found(state: State, quarter: Quarter, asset: str, check: str) -> tuple[bool, str]:
    """Runs the quarter; whether the check passed, and what it names."""
    run(state, quarter)
    key = dg.AssetCheckKey(dg.AssetKey(asset.split("/")), check)
    with instance_of(state.home) as instance:
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    told = record.event.dagster_event.asset_check_evaluation_data
    assert told.severity is dg.AssetCheckSeverity.WARN
    assert told.metadata["quarter"].value == quarter.label
    return told.passed, told.metadata["missing"].value


@pytest.mark.slow
def test_a_delivery_that_was_never_run_is_warned_of_until_it_was(delivered):
    unread = f"extracts/police_incidents/{BASELINE.key}"
    assert found(delivered, FIRST, "fields/police_contacts", READ) == (False, unread)
    run(delivered, BASELINE)
    assert found(delivered, FIRST, "fields/police_contacts", READ) == (True, "none")


@pytest.mark.slow
def test_what_was_not_delivered_is_not_missed(delivered):
    (delivered.extracts / BASELINE.key / "police_incidents.csv").unlink()
    assert found(delivered, FIRST, "fields/police_contacts", READ) == (True, "none")


@pytest.mark.slow
def test_a_follow_up_that_was_never_made_is_warned_of_until_it_was(delivered):
    assert found(delivered, SECOND, "outputs/before_after", ADDED_UP) == (False, f"cohort/follow_up/{FIRST.key}")
    run(delivered, FIRST)
    assert found(delivered, SECOND, "outputs/before_after", ADDED_UP) == (True, "none")
