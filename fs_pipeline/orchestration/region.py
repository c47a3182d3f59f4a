"""A region as a code location of its own: adds up what its authorities' lakes hold, and publishes it.

Of each authority two tables are read, `outputs/indicator_values` and `outputs/before_after`: figures, and nothing
about a person. The region has a state folder of its own, with a region.toml in place of a programme.toml.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dagster as dg
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.files import replace_file
from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.extracts.region_file import read_region
from fs_pipeline.indicators.region import region_before_after, region_values
from fs_pipeline.orchestration import describing
from fs_pipeline.orchestration.code_versions import code_version
from fs_pipeline.orchestration.failing import failing_plainly
from fs_pipeline.orchestration.lake import DamagedTable, Lake, LakeError, NotInLake, Origin, lake_away
from fs_pipeline.orchestration.partitions import quarterly
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.region import REGION_BEFORE_AFTER, REGION_VALUES, Authority, Region
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER

WORKBOOK = "region/published_workbook"
REGION_JOB = "region"
_Add = Callable[[Quarter, Mapping[str, pd.DataFrame | None]], pd.DataFrame]
_CODE = code_version("fs_pipeline.exports.region_workbook")


class NothingToAddUp(NotInLake):
    """No authority of the region has run the quarter."""


@dataclass(frozen=True)
class Regional:
    """A region's state folder.

    Attributes:
        state: the folder.
    """

    state: State

    @cached_property
    def region(self) -> Region:
        """The region, as its file says; a RegionError says what is wrong with it."""
        return read_region(self.file)

    @property
    def file(self) -> Path:
        """The region's settings."""
        return self.state.home / "region.toml"

    def first_quarter(self) -> Quarter:
        """The first quarter in which an authority is part of the region."""
        return Quarter(min(authority.start for authority in self.region.authorities))

    def members(self, quarter: Quarter) -> tuple[Authority, ...]:
        """The authorities that are part of it in the quarter."""
        return tuple(each for each in self.region.authorities if Quarter(each.start) <= quarter)

    def read(self, table: Table, quarter: Quarter) -> tuple[dict[str, pd.DataFrame | None], dict[str, str]]:
        """Each member's table of the quarter, None where it was not run; and the versions of what there is.

        Raises:
            DamagedTable: an authority's file cannot be read.
            LakeError: an authority's lake cannot be used, or reached.
            NothingToAddUp: no member has run the quarter.
        """
        frames: dict[str, pd.DataFrame | None] = {}
        versions: dict[str, str] = {}
        for member in self.members(quarter):
            with _lake_of(member) as lake:
                record = lake.record(table.name, quarter)
                frames[member.name] = lake.read(table, quarter) if record else None
            if record:
                versions[f"{member.name}/{table.name}/{quarter.key}"] = record.data_version
        if not versions:
            raise NothingToAddUp(f"no authority of {self.region.name} has run {quarter.label}")
        return frames, versions

    def history(self, quarter: Quarter) -> dict[str, pd.DataFrame]:
        """The figures of every quarter up to this one, of each member that has run this one."""
        found: dict[str, pd.DataFrame] = {}
        for member in self.members(quarter):
            with _lake_of(member) as lake:
                run = [each for each in lake.quarters(INDICATOR_VALUES.name) if each <= quarter]
                if quarter in run:
                    found[member.name] = lake.read_window(INDICATOR_VALUES, run)
        return found

    def workbook(self, quarter: Quarter) -> Path:
        """Writes the quarter's published workbook; where it is."""
        compared = self.read(BEFORE_AFTER, quarter)[0]
        lake = self.state.lake
        content = region_workbook(
            self.region.name,
            quarter,
            (lake.read(REGION_VALUES, quarter), lake.read(REGION_BEFORE_AFTER, quarter)),
            self.history(quarter),
            {name: frame for name, frame in compared.items() if frame is not None},
        )
        path = self.state.exports / quarter.key / f"fs_kpi_{quarter.key}_region.xlsx"
        replace_file(path, content)
        return path


@contextmanager
def _lake_of(member: Authority) -> Iterator[Lake]:
    """An authority's lake; what is wrong with it is said with the authority's name."""
    try:
        yield Lake.at(member.lake)
    except DamagedTable as damage:
        raise DamagedTable(f"{member.name}: {damage}") from None
    except Exception as fault:
        if away := lake_away(fault):
            raise LakeError(f"{member.name}: {away}") from None
        raise


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
    tables = {
        REGION_VALUES: (INDICATOR_VALUES, region_values),
        REGION_BEFORE_AFTER: (BEFORE_AFTER, region_before_after),
    }
    made = [_table_asset(regional, quarters, table, of, add) for table, (of, add) in tables.items()]

    @dg.asset(
        key=dg.AssetKey(WORKBOOK.split("/")),
        group_name="region",
        partitions_def=quarters,
        deps=[asset.key for asset in made],
        description=region_workbook.__doc__,
        kinds={"excel"},
        code_version=_CODE,
    )
    def published_workbook(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        quarter = Quarter.parse(context.partition_key)
        with failing_plainly(WORKBOOK, quarter):
            path = regional.workbook(quarter)
        return dg.MaterializeResult(metadata={"file": path.name})

    return [*made, published_workbook]


def _table_asset(
    regional: Regional, quarters: dg.PartitionsDefinition, table: Table, of: Table, add: _Add
) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(table.name.split("/")),
        group_name="region",
        partitions_def=quarters,
        description=add.__doc__,
        metadata={"dagster/column_schema": describing.column_schema(table)},
        kinds={"pandas", "parquet"},
        code_version=_CODE,
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        quarter = Quarter.parse(context.partition_key)
        with failing_plainly(table.name, quarter):
            frames, versions = regional.read(of, quarter)
            rows = add(quarter, frames)
            record = regional.state.lake.write(table, quarter, rows, Origin(_CODE, {}, versions))
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
