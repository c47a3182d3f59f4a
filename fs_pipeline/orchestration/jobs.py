"""The jobs: everything of a quarter, from its extracts to the outputs, and the same in stages, for several workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from fs_pipeline.ledger.catalogue import THIS_QUARTER, Catalogue
from fs_pipeline.orchestration.watching import DELIVERIES, SETTINGS, SOURCES

if TYPE_CHECKING:
    from fs_pipeline.orchestration.instance.dagster_private import UnresolvedAssetJobDefinition

QUARTER_JOB = "quarter"


def quarter_job(catalogue: Catalogue) -> UnresolvedAssetJobDefinition:
    """Extracts, cohort, fields, indicators and outputs of one quarter; only extracts before the programme's start."""
    what = "Everything of a quarter: reads and checks the extracts, then cohort, fields, indicators and outputs. "
    if catalogue.of_region:
        what = "Adds up a quarter of every authority, and publishes the region's workbook. "
    return dg.define_asset_job(
        QUARTER_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(DELIVERIES, SETTINGS, SOURCES),
        description=what + "Launch it for one quarter, or as a backfill for several.",
    )


def stage_jobs(catalogue: Catalogue) -> list[UnresolvedAssetJobDefinition]:
    """The job `quarter` in stages: a backfill of each, one after the other, may run its quarters at the same time."""
    stages = tables_by_stage(catalogue)
    return [
        dg.define_asset_job(
            f"{QUARTER_JOB}_stage_{number}",
            selection=dg.AssetSelection.assets(*(table.split("/") for table in tables)),
            description=(
                f"Stage {number} of {len(stages)} of a quarter. Within a stage no quarter reads another, so that "
                "several workers may run a backfill of it. "
                + ("Launch it first." if number == 1 else "Launch it when the stage before has ended for all quarters.")
            ),
        )
        for number, tables in enumerate(stages, 1)
    ]


def tables_by_stage(catalogue: Catalogue) -> list[list[str]]:
    """Every table, each as early as it can be made when nothing reads another quarter's tables of its own stage."""
    stage = dict.fromkeys(catalogue.received, 0)
    for name, made in catalogue.made.items():
        stage[name] = max(stage[needed.table.name] + (needed.window != THIS_QUARTER) for needed in made.inputs)
    return [[table for table, its in stage.items() if its == number] for number in range(max(stage.values()) + 1)]
