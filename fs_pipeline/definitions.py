"""Dagster's way in: `workspace.yaml` loads this module. It gathers everything, and does nothing else."""

from __future__ import annotations

import dagster as dg

from fs_pipeline.ledger.family_safeguarding import family_safeguarding
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.orchestration.assets import all_assets, quarter_job, stage_jobs
from fs_pipeline.orchestration.automation import every_quarter, repairing_sensor, rerun_job, rerunning_sensor
from fs_pipeline.orchestration.instance.processes import living
from fs_pipeline.orchestration.watching import watching_sensor
from fs_pipeline.store.files import write_privately
from fs_pipeline.store.state import State


@dg.definitions
def definitions() -> dg.Definitions:
    """The toolkit over the state folder that FS_PIPELINE_HOME names."""
    write_privately()
    return project(Ledger(State.from_environment(), family_safeguarding()))


def project(ledger: Ledger) -> dg.Definitions:
    """A ledger as Dagster sees it."""
    catalogue = ledger.catalogue
    whole = dg.Definitions(
        assets=all_assets(ledger),
        jobs=[quarter_job(catalogue)],
        sensors=[repairing_sensor()],
        resources={"ledger": living(ledger)},
        executor=dg.in_process_executor,
    )
    if catalogue.of_region:  # nothing is delivered to it, and nothing of it runs by itself
        return whole
    rerun = rerun_job(lambda: project(ledger))
    of_deliveries = dg.Definitions(
        jobs=[*stage_jobs(catalogue), rerun],
        schedules=[every_quarter(rerun, ledger.state.timetable())],
        sensors=[watching_sensor(), rerunning_sensor(rerun)],
    )
    return dg.Definitions.merge(whole, of_deliveries)
