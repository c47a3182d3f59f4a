"""The children's fields in lazy Polars: plans, care, school. Each frame has a row for those who have any, by `row`."""

from __future__ import annotations

import polars as pl

from fs_pipeline_tests.benchmarks.polars_extracts import Extracts

COUNTS = (
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
)
"""Nought for a child who has nothing to count; blank for an adult."""


def new_plans(extracts: Extracts) -> pl.LazyFrame:
    """The plans begun in the quarter, with the days since the child's latest earlier plan ended."""
    plans = extracts.scan("cp_plans").select("cp_plan_id", "person_id", "start_date", "end_date")
    begun = plans.filter(extracts.in_quarter("start_date")).drop("end_date")
    started, earlier = pl.col("start_date"), pl.col("start_date_of_other")
    latest = (
        begun.join(plans, on="person_id", suffix="_of_other")
        .filter(
            (earlier < started) | ((earlier == started) & (pl.col("cp_plan_id_of_other") < pl.col("cp_plan_id"))),
            pl.col("end_date") <= started,
        )
        .group_by("cp_plan_id")
        .agg(pl.col("end_date").max())
    )
    return begun.join(latest, on="cp_plan_id", how="left").select(
        "cp_plan_id", "person_id", "start_date", gap=(started - pl.col("end_date")).dt.total_days()
    )


def child_protection(extracts: Extracts, children: pl.LazyFrame) -> pl.LazyFrame:
    """The current and the previous plan, and what the plans add up to."""
    key, started, ended = pl.col("cp_plan_id"), pl.col("start_date"), pl.col("end_date")
    first, last = pl.col("window_first"), pl.col("window_last")
    plans = _events(extracts, children, "cp_plans")
    days, is_open, is_old = pl.col("days"), ended.is_null(), started <= pl.col("fs_start_date")
    current = plans.filter(started <= last, "lasts", first <= last).group_by("row").agg(
        key.last().alias("cp_plan_key"),
        started.last().alias("cp_plan_start_date"),
        ended.last().alias("cp_plan_end_date"),
        days.sum().alias("cp_days_during_fs"),
        pl.len().alias("cp_plans_during_fs"),
        is_old.sum().alias("from_start"),
        (~is_old).sum().alias("since_start"),
        days.filter(~is_open).sum().alias("closed_days"),
        (~is_open).sum().alias("plans_closed"),
        days.filter(is_open).sum().alias("open_days"),
        is_open.sum().alias("still_open"),
    )  # fmt: skip
    previous = (
        plans.filter(ended < pl.col("fs_start_date"))
        .sort("end_date", maintain_order=True)
        .group_by("row")
        .agg(
            key.last().alias("previous_cp_plan_key"),
            started.last().alias("previous_cp_plan_start_date"),
            ended.last().alias("previous_cp_plan_end_date"),
            days.sum().alias("cp_days_before_fs"),
            pl.len().alias("cp_plans_before_fs"),
        )
    )
    since = (pl.col("cp_plan_start_date") - pl.col("previous_cp_plan_end_date")).dt.total_days()
    return current.join(previous, on="row", how="full", coalesce=True).with_columns(
        since.alias("days_since_previous_cp_plan"),
        (since < 365).alias("repeat_within_12_months"),
        (since < 730).alias("repeat_within_24_months"),
    )


def repeats(children: pl.LazyFrame, begun: pl.LazyFrame) -> pl.LazyFrame:
    """The plans begun in a child's window, and those that follow another within one and two years."""
    return (
        children.join(begun, on="person_id")
        .filter(pl.col("start_date").is_between("window_first", "window_last"))
        .group_by("row")
        .agg(
            pl.len().alias("new_plans"),
            (pl.col("gap") < 365).sum().alias("in_12"),
            (pl.col("gap") < 730).sum().alias("in_24"),
        )
    )


def looked_after(extracts: Extracts, children: pl.LazyFrame) -> pl.LazyFrame:
    """The current period of care, and what the periods add up to."""
    started, ended = pl.col("start_date"), pl.col("end_date")
    active = pl.col("lasts") & (pl.col("window_first") <= extracts.end)
    is_open, days = active & ended.is_null(), pl.col("days")
    closed = active & ended.is_not_null()
    return (
        _events(extracts, children, "care_periods")
        .filter(~pl.col("uasc"))
        .group_by("row")
        .agg(
            pl.col("care_period_id").filter(active).last().alias("cla_key"),
            started.filter(active).last().alias("cla_start_date"),
            ended.filter(active).last().alias("cla_end_date"),
            days.filter(is_open).sum().alias("cla_days_open_at_quarter_end"),
            days.filter(closed).sum().alias("cla_days_closed_in_quarter"),
            is_open.sum().alias("periods_open"),
            closed.sum().alias("periods_closed"),
            ((started <= extracts.start) & (ended.is_null() | (ended > extracts.start))).any().alias("at_start"),
            (ended.is_null() | (ended > extracts.end)).any().alias("at_end"),
        )
    )


def attendance(extracts: Extracts, children: pl.LazyFrame) -> pl.LazyFrame:
    """The sessions of those of school age when the school year began."""
    born, day = pl.col("date_of_birth"), pl.col("date_from")
    august = pl.date(day.dt.year(), 8, 31)
    began = pl.when(day >= august).then(august).otherwise(pl.date(day.dt.year() - 1, 8, 31))
    sessions = ("unauthorised", "authorised", "possible")
    return (
        children.filter(pl.col("upn").is_not_null())
        .select("row", "upn", "date_of_birth")
        .join(extracts.scan("attendance").with_columns(began.alias("began")), on="upn")
        .filter(born <= pl.col("began"), age(born, pl.col("began")).is_between(5, 15))
        .group_by("row")
        .agg(pl.col(f"sessions_{each}").sum().alias(f"{each}_sessions") for each in sessions)
        .with_columns(
            pl.when(pl.col("possible_sessions") > 0)
            .then(pl.col(f"{each}_sessions") / pl.col("possible_sessions"))
            .alias(f"{each}_share")
            for each in sessions[:2]
        )
    )


def _events(extracts: Extracts, children: pl.LazyFrame, extract: str) -> pl.LazyFrame:
    """The children's spans of an extract, in order of start and key, with their lengths."""
    table = extracts.scan(extract)
    key = table.collect_schema().names()[0]
    started, ended = pl.col("start_date"), pl.col("end_date")
    return (
        children.select("row", "person_id", "fs_start_date", "window_first", "window_last")
        .join(table, on="person_id")
        .with_columns(
            (ended.fill_null(extracts.end) - started).dt.total_days().alias("days"),
            (ended.is_null() | (ended >= pl.col("window_first"))).alias("lasts"),
        )
        .sort("start_date", key)
    )


def age(born: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Completed years; someone born on 29 February completes a year on 1 March of a common year."""
    in_year = [day.dt.month().cast(pl.Int32) * 31 + day.dt.day() for day in (born, on)]
    return on.dt.year() - born.dt.year() - (in_year[1] < in_year[0]).cast(pl.Int32)
