"""The quarters as partitions: those that Dagster finds by the cron schedule, and the same for its other processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.partitions.snap import PartitionsSnap

from fs_pipeline.arithmetic.periods import Window
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.orchestration.assets import Quarterly, mapping, quarterly

OURS = quarterly(Quarter.parse("2016-10-01"))
BY_CRON = PartitionsSnap.from_def(OURS).get_partitions_definition()


def test_other_processes_of_dagster_know_them_by_the_schedule():
    assert type(BY_CRON) is dg.TimeWindowPartitionsDefinition
    for name in ("start", "end", "timezone", "fmt", "cron_schedule", "exclusions", "end_offset"):
        assert getattr(BY_CRON, name) == getattr(OURS, name)
    assert BY_CRON.get_partition_keys() == OURS.get_partition_keys()


@pytest.mark.parametrize("seconds", [-3601, -3600, -1, 0, 1, 3600, 3601])
def test_the_quarters_around_a_moment_are_those_of_the_schedule(seconds):
    """In winter and in summer time, on a quarter's beginning and around it, an hour off as well."""
    for beginning in ("2016-10-01", "2017-01-01", "2017-04-01", "2020-07-01"):
        moment = datetime.fromisoformat(beginning).replace(tzinfo=ZoneInfo("Europe/London"))
        at = moment + timedelta(seconds=seconds)
        for within in (True, False):
            ours, by_cron = (each.get_prev_partition_window(at, respect_bounds=within) for each in (OURS, BY_CRON))
            assert ours == by_cron and OURS.get_prev_partition_window(at, respect_bounds=within) == by_cron
        key = beginning if seconds % 2 else f"{beginning[:-2]}02"  # of no quarter: the next one's
        assert OURS.start_time_for_partition_key(key) == BY_CRON.start_time_for_partition_key(key)


def test_what_is_remembered_is_dagsters_to_find():
    """A release that names them otherwise would go through the schedule for every step, and nobody would notice."""
    for name in ("start_time_for_partition_key", "get_prev_partition_window"):
        assert getattr(dg.TimeWindowPartitionsDefinition, name) is not getattr(Quarterly, name)


@pytest.mark.parametrize("quarter", ["2016-10-01", "2017-01-01", "2020-01-01"])
@pytest.mark.parametrize("window", [Window(0), Window(-3), Window(-8, -1), Window(None), Window(None, -1)], ids=str)
def test_a_window_reaches_the_same_quarters(quarter, window):
    reached = [
        mapping(window)
        .get_upstream_mapped_partitions_result_for_partitions(each.subset_with_partition_keys([quarter]), each, each)
        .partitions_subset.get_partition_keys()
        for each in (OURS, BY_CRON)
    ]
    assert list(reached[0]) == list(reached[1])
