"""Dagster's way in: `workspace.yaml` loads this module. It gathers assets, checks, jobs and resources."""

from __future__ import annotations

import dagster as dg

from fs_pipeline.orchestration.assets import all_assets
from fs_pipeline.orchestration.jobs import quarter_job
from fs_pipeline.orchestration.rerunning import rerun_job
from fs_pipeline.orchestration.state import State
from fs_pipeline.orchestration.watching import watching_sensor


@dg.definitions
def definitions() -> dg.Definitions:
    """The project over the state folder that FS_PIPELINE_HOME names."""
    state = State.from_environment()
    return dg.Definitions(
        assets=all_assets(state.first_quarter(), state.sources),
        jobs=[quarter_job(), rerun_job(definitions)],
        sensors=[watching_sensor()],
        resources={"state": state},
        executor=dg.in_process_executor,
    )
