"""Partitions by quarter, and the windows of the definitions as partition mappings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from fs_pipeline.arithmetic.periods import Window
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.orchestration.instance.dagster_private import IS_TESTED

_ALL_EARLIER = -60
"""Quarters back that stand for "every earlier quarter": fifteen years, longer than any programme.

For every step Dagster goes back quarter by quarter, those before the first one too. What a calculation reads, and is
stale by, is not decided by this: it is every quarter, however many.
"""
_ZONE = ZoneInfo("Europe/London")


class Quarterly(dg.TimeWindowPartitionsDefinition):
    """The partitions of the cron schedule of quarters, gone through by the calendar: by cron takes fifty times as long.

    What Dagster writes of it for its other processes says the schedule, and nothing of this class.
    """

    def _iterate_time_windows(
        self,
        start_timestamp: float,
        ignore_exclusions: bool = False,  # noqa: ARG002 - there are none
    ) -> Iterator[dg.TimeWindow]:
        """The quarters that begin at that moment or later."""
        quarter = Quarter.holding(datetime.fromtimestamp(start_timestamp, _ZONE).date())
        if _beginning(quarter).timestamp() < start_timestamp:
            quarter = quarter.shifted(1)
        while True:
            yield dg.TimeWindow(_beginning(quarter), _beginning(quarter.shifted(1)))
            quarter = quarter.shifted(1)

    def _reverse_iterate_time_windows(
        self,
        end_timestamp: float,
        ignore_exclusions: bool = False,  # noqa: ARG002 - there are none
    ) -> Iterator[dg.TimeWindow]:
        """The quarters that are over at that moment, the last one first."""
        quarter = Quarter.holding(datetime.fromtimestamp(end_timestamp, _ZONE).date())
        while True:
            yield dg.TimeWindow(_beginning(quarter.shifted(-1)), _beginning(quarter))
            quarter = quarter.shifted(-1)


def _beginning(quarter: Quarter) -> datetime:
    return datetime.combine(quarter.first_day, time(), _ZONE)


def quarterly(first: Quarter) -> dg.TimeWindowPartitionsDefinition:
    """A partition a quarter, from `first` on; its key is the quarter's first day. A quarter appears when it is over."""
    by_calendar = Quarterly if IS_TESTED else dg.TimeWindowPartitionsDefinition
    return by_calendar(start=first.key, cron_schedule="0 0 1 1,4,7,10 *", fmt="%Y-%m-%d", timezone=_ZONE.key)


def mapping(window: Window) -> dg.TimeWindowPartitionMapping:
    """The upstream quarters that a quarter reads; those before the first one are left out."""
    return dg.TimeWindowPartitionMapping(
        start_offset=_ALL_EARLIER if window.first is None else window.first,
        end_offset=window.last,
        allow_nonexistent_upstream_partitions=True,
    )
