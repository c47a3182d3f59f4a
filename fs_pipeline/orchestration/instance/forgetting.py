"""Forgets the records of old runs, which Dagster by itself keeps for ever. Touches no table, file or figure."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg

from fs_pipeline.orchestration.instance.repairing import FINISHED
from fs_pipeline.store.state import State

KEPT_DAYS = 400
"""Days for which every run's record is kept."""


def forget_old_runs(instance: dg.DagsterInstance, state: State, now: datetime) -> int:
    """Removes the records of runs that ended more than KEPT_DAYS before now; returns how many.

    A run that made the latest version of any asset's quarter stays: without it the UI would show that as missing.
    """
    ended = dg.RunsFilter(statuses=list(FINISHED), created_before=now - timedelta(days=KEPT_DAYS))
    old = [run.run_id for run in instance.get_runs(ended)]
    needed = _runs_that_made_what_is_there(instance) if old else set()
    forgotten = [run for run in old if run not in needed]
    for run in forgotten:
        instance.delete_run(run)
        for path in (state.dagster_home / "history" / "runs").glob(f"{run}.db*"):  # emptied, but not removed
            path.unlink(missing_ok=True)
    return len(forgotten)


def _runs_that_made_what_is_there(instance: dg.DagsterInstance) -> set[str]:
    runs: set[str] = set()
    storage = instance.event_log_storage
    for asset in instance.get_asset_keys():
        latest = storage.get_latest_storage_id_by_partition(asset, dg.DagsterEventType.ASSET_MATERIALIZATION)
        if latest:
            which = dg.AssetRecordsFilter(asset_key=asset, storage_ids=list(latest.values()))
            runs.update(record.run_id for record in instance.fetch_materializations(which, len(latest)).records)
    return runs
