"""Partitions by quarter, and the windows of the definitions as partition mappings."""

from __future__ import annotations

import warnings

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Window

_ALL_EARLIER = -60
"""Quarters back that stand for "every earlier quarter": fifteen years, longer than any programme.

For every step Dagster goes back quarter by quarter, those before the first one too: each takes its time. What a
calculation reads, and is stale by, is not decided by this: it is every quarter, however many.
"""


def quarterly(first: Quarter) -> dg.TimeWindowPartitionsDefinition:
    """A partition a quarter, from `first` on; its key is the quarter's first day. A quarter appears when it is over."""
    return dg.TimeWindowPartitionsDefinition(
        start=first.key, cron_schedule="0 0 1 1,4,7,10 *", fmt="%Y-%m-%d", timezone="Europe/London"
    )


def mapping(window: Window) -> dg.TimeWindowPartitionMapping:
    """The upstream quarters that a quarter reads; those before the first one are left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.TimeWindowPartitionMapping(
            start_offset=_ALL_EARLIER if window.first is None else window.first,
            end_offset=window.last,
            allow_nonexistent_upstream_partitions=True,
        )
