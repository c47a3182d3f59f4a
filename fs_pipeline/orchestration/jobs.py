"""The job: everything of a quarter, from the extracts to the outputs."""

from __future__ import annotations

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from fs_pipeline.orchestration.watching import DELIVERIES, SETTINGS, SOURCES

QUARTER_JOB = "quarter"


def quarter_job() -> UnresolvedAssetJobDefinition:
    """Extracts, cohort, fields, indicators and outputs of one quarter; only extracts before the programme's start."""
    return dg.define_asset_job(
        QUARTER_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(DELIVERIES, SETTINGS, SOURCES),
        description=(
            "Everything of a quarter: reads and checks the extracts, then cohort, fields, indicators and outputs. "
            "Launch it for one quarter, or as a backfill for several."
        ),
    )
