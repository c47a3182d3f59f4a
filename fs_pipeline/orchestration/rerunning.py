"""The job `rerun_stale`: one click in the UI runs what is stale, in every quarter that was run, and nothing else."""

from collections.abc import Callable, Collection

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.holding import held_quarters
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.running import rerun_stale

RERUN_JOB = "rerun_stale"
HELD = (
    "published, and nothing but a definition has changed since: fs-pipeline rerun asks before it computes them again."
)
_OP, _ALSO = "run_stale_quarters", "quarters"


def request(run_key: str | None, also: Collection[Quarter], why: str) -> dg.RunRequest:
    """Asks Dagster for a run of the job; the quarters of `also` are run though they never were."""
    config = {"ops": {_OP: {"config": {_ALSO: [quarter.key for quarter in also]}}}}
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
        def on_quarter(quarter: Quarter, tables: list[str]) -> None:
            context.log.info(f"{quarter.label}: {len(tables)} tables")

        asked = [Quarter.parse(key) for key in context.op_config[_ALSO]]
        held = held_quarters(Status(ledger))
        if held:
            labels = ", ".join(quarter.label for quarter in held)
            context.log.warning(f"Left stale: {labels}, {HELD}")
        outcome = rerun_stale(project(), context.instance, ledger, also=asked, held=held, on_quarter=on_quarter)
        if outcome.refused or outcome.failed:
            raise dg.Failure("\n".join((*outcome.refused, *outcome.failed)), allow_retries=False)

    @dg.job(name=RERUN_JOB, description="Re-runs what is stale in the quarters that were run, and nothing else.")
    def rerun() -> None:
        run_stale_quarters()

    return rerun
