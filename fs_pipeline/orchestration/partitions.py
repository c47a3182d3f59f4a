"""Partitions by quarter, and the windows of the definitions as partition mappings."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import dagster as dg

from fs_pipeline.arithmetic.periods import Window
from fs_pipeline.arithmetic.quarters import Quarter

_ALL_EARLIER = -60
"""Quarters back that stand for "every earlier quarter": fifteen years, longer than any programme.

For every step Dagster goes back quarter by quarter, those before the first one too. What a calculation reads, and is
stale by, is not decided by this: it is every quarter, however many.
"""


class Quarterly(dg.TimeWindowPartitionsDefinition):
    """Dagster's partitions by a cron schedule; what was found by it is remembered: it is asked for all the time.

    What Dagster writes of it for its other processes says the schedule, and nothing of this class.
    """

    start_time_for_partition_key = cache(dg.TimeWindowPartitionsDefinition.start_time_for_partition_key)

    def get_prev_partition_window(self, start_dt: datetime, respect_bounds: bool = True) -> dg.TimeWindow | None:
        """The quarter before a moment; within bounds, which move with the time, it is looked for anew."""
        return super().get_prev_partition_window(start_dt) if respect_bounds else _before(self, start_dt)


@cache
def _before(quarters: dg.TimeWindowPartitionsDefinition, moment: datetime) -> dg.TimeWindow | None:
    return dg.TimeWindowPartitionsDefinition.get_prev_partition_window(quarters, moment, respect_bounds=False)


def quarterly(first: Quarter) -> dg.TimeWindowPartitionsDefinition:
    """A partition a quarter, from `first` on; its key is the quarter's first day. A quarter appears when it is over."""
    return Quarterly(start=first.key, cron_schedule="0 0 1 1,4,7,10 *", fmt="%Y-%m-%d", timezone="Europe/London")


def mapping(window: Window) -> dg.TimeWindowPartitionMapping:
    """The upstream quarters that a quarter reads; those before the first one are left out."""
    return dg.TimeWindowPartitionMapping(
        start_offset=_ALL_EARLIER if window.first is None else window.first,
        end_offset=window.last,
        allow_nonexistent_upstream_partitions=True,
    )
