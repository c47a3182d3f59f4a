"""Dagster's way into a region: a code location beside those of its authorities, over a state folder of its own."""

from __future__ import annotations

import dagster as dg

from fs_pipeline.definitions import project
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.ledger.region import region_catalogue
from fs_pipeline.store.files import write_privately
from fs_pipeline.store.state import State


@dg.definitions
def definitions() -> dg.Definitions:
    """The region over the state folder that FS_PIPELINE_HOME names, which has a region.toml."""
    write_privately()
    return project(Ledger(State.from_environment(), region_catalogue()))
