"""A region as a code location of its own: adds up what its authorities' lakes hold, and publishes it."""

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.ledger.region import MADE, WORKBOOK, Regional
from fs_pipeline.orchestration import describing
from fs_pipeline.orchestration.failing import failing_plainly
from fs_pipeline.orchestration.instance.alerting import alert_hook
from fs_pipeline.orchestration.partitions import quarterly
from fs_pipeline.store.state import State
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.tables import Table

REGION_JOB = "region"


def region_definitions(state: State) -> dg.Definitions:
    """The region of a state folder, as Dagster loads it."""
    assets = region_assets(Regional(state))
    words = "Adds up a quarter of every authority, and publishes the region's workbook."
    job = dg.define_asset_job(REGION_JOB, selection=assets, description=words)
    return dg.Definitions(assets=assets, jobs=[job], executor=dg.in_process_executor)


def run_region(instance: dg.DagsterInstance, state: State, quarter: Quarter) -> list[str]:
    """Adds up and publishes a quarter in this process; what failed, in words for people."""
    result = (
        region_definitions(state)
        .resolve_job_def(REGION_JOB)
        .execute_in_process(
            instance=instance,
            partition_key=quarter.key,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    )
    failed = []
    for event in result.filter_events(lambda event: event.event_type is dg.DagsterEventType.STEP_FAILURE):
        told = event.step_failure_data.user_failure_data
        words = f"{event.step_key} for {quarter.label} failed; see the run in the Dagster UI"
        failed.append((told.description if told else None) or words)
    return list(dict.fromkeys(failed))  # both tables say the same of a lake out of reach


def region_assets(regional: Regional) -> list[dg.AssetsDefinition]:
    """The region's tables and its workbook, partitioned by quarter from the first one of any authority on."""
    quarters = quarterly(regional.first_quarter())
    hooks = {alert_hook(regional.state)}
    made = [_table_asset(regional, quarters, hooks, table) for table in MADE]

    @dg.asset(
        key=dg.AssetKey(WORKBOOK.split("/")),
        group_name="region",
        partitions_def=quarters,
        deps=[asset.key for asset in made],
        description=region_workbook.__doc__,
        kinds={"excel"},
        code_version=code_version("fs_pipeline.exports.region_workbook", words=True),
        hooks=hooks,
    )
    def published_workbook(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        quarter = Quarter.parse(context.partition_key)
        with failing_plainly(WORKBOOK, quarter):
            path = regional.workbook(quarter)
        return dg.MaterializeResult(metadata={"file": path.name})

    return [*made, published_workbook]


def _table_asset(
    regional: Regional, quarters: dg.PartitionsDefinition, hooks: set[dg.HookDefinition], table: Table
) -> dg.AssetsDefinition:
    add = MADE[table][1]

    @dg.asset(
        key=dg.AssetKey(table.name.split("/")),
        group_name="region",
        partitions_def=quarters,
        description=add.__doc__,
        metadata={"dagster/column_schema": describing.column_schema(table)},
        kinds={"pandas", "parquet"},
        code_version=code_version(add.__module__),
        hooks=hooks,
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        quarter = Quarter.parse(context.partition_key)
        with failing_plainly(table.name, quarter):
            frames, origin = regional.read(table, quarter)
            rows = add(quarter, frames, TOOLKIT)
            record = regional.state.lake.write(table, quarter, rows, origin)
        not_run = [name for name, frame in frames.items() if frame is None]
        return dg.MaterializeResult(
            data_version=dg.DataVersion(record.data_version),
            metadata={
                "dagster/row_count": len(rows),
                "authorities": len(frames) - len(not_run),
                "not run": ", ".join(not_run) or "none",
            },
        )

    return asset
