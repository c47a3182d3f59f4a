"""A part of the quarter in lazy Polars, written by hand: the roster of children and adults, and five subjects' fields.

The part: families, people, child protection, looked after, attendance and police contacts. The other subjects, the
levels and the figures are not here; what is compared with it is the product's own calculation of the same tables.
It holds only where every quarter's police incidents are supplied, as in the invented lake.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import pyarrow as pa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.fields.attendance import SCHOOL_ATTENDANCE
from fs_pipeline.fields.child_protection import CHILD_PROTECTION
from fs_pipeline.fields.looked_after import LOOKED_AFTER
from fs_pipeline.fields.police_contacts import POLICE_CONTACTS
from fs_pipeline.orchestration.lake import Lake
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline.toolkit.roster import FAMILIES, ROSTER

PART = {
    table.name: table
    for table in (FAMILIES, ROSTER, CHILD_PROTECTION, LOOKED_AFTER, SCHOOL_ATTENDANCE, POLICE_CONTACTS)
}
"""The tables that are worked out here, by name."""
_FIELDS = tuple(name for name in PART if name.startswith("fields/"))
_ROW = ("family_key", "person_id")


class PolarsPart:
    """The part of a quarter's work over the extracts of a lake."""

    def __init__(self, lake: Lake, programme: Programme, quarter: Quarter) -> None:
        self.lake, self.programme, self.quarter = lake, programme, quarter
        self.first = Quarter(programme.start).shifted(-programme.baseline_quarters)
        self.start, self.end = pl.lit(quarter.first_day), pl.lit(quarter.last_day)

    def result(self) -> dict[str, pa.Table]:
        """The tables of `PART`: two plans, one after the other, each collected as a whole."""
        children = self._children()
        families = self._families(children)
        children, families = pl.collect_all([children, families])
        roster = self._roster(children.lazy(), families.lazy()).collect()
        fields = self._fields(roster.lazy())
        made = {FAMILIES.name: families, ROSTER.name: roster} | dict(
            zip(_FIELDS, pl.collect_all([fields[name] for name in _FIELDS]), strict=True)
        )
        return {name: made[name].select(table.names).to_arrow() for name, table in PART.items()}

    def _scan(self, extract: str, quarters: Iterable[Quarter] = ()) -> pl.LazyFrame:
        wanted = list(quarters) or [self.quarter]
        return pl.scan_parquet([self.lake.path(f"extracts/{extract}", each) for each in wanted])

    def _children(self) -> pl.LazyFrame:
        """Every child's current FS referral."""
        referrals, members = self._scan("referrals"), self._scan("family_members")
        begun, ended = pl.col("start_date"), pl.col("end_date")
        fs = (
            self._scan("allocations")
            .filter("family_safeguarding")
            .sort("start_date", "allocation_id")
            .group_by("referral_id", "person_id")
            .agg(
                begun.min().alias("fs_start_date"),
                pl.when(ended.null_count() == 0).then(ended.max()).alias("fs_end_date"),
                pl.col("team").last().alias("latest_fs_team"),
                begun.max().alias("latest_allocation"),
            )
        )
        is_child = pl.col("role") == "child"
        roles = members.group_by("person_id").agg(
            is_child.any().alias("is_child"), pl.col("family_id").filter(is_child).min().alias("family_key")
        )
        current = (
            fs.join(referrals, on=["referral_id", "person_id"])
            .join(roles, on="person_id", how="left")
            .filter(pl.col("is_child").fill_null(value=True))
            .sort("fs_start_date", "referral_id")
            .unique("person_id", keep="last", maintain_order=True)
            .rename(
                {
                    "referral_id": "referral_key",
                    "start_date": "referral_start_date",
                    "end_date": "referral_end_date",
                }
            )
        )
        previous = (
            referrals.select("person_id", "start_date")
            .join(current.select("person_id", "referral_start_date"), on="person_id")
            .filter(begun < pl.col("referral_start_date"))
            .group_by("person_id")
            .agg(pl.len().alias("previous_referrals"))
        )
        return current.join(previous, on="person_id", how="left").with_columns(
            pl.col("previous_referrals").fill_null(0),
            pl.when(pl.col("fs_end_date") <= self.end)
            .then(pl.lit("Closed Case"))
            .otherwise(pl.lit("Active Case"))
            .alias("relationship_type"),
        )

    def _families(self, children: pl.LazyFrame) -> pl.LazyFrame:
        ended, started = pl.col("fs_end_date"), pl.col("fs_start_date")
        cohort: pl.Expr = pl.lit(None, pl.String)
        for each in self.programme.cohorts:
            cohort = (
                pl.when(started.is_between(each.first_day, each.last_day)).then(pl.lit(each.cohort)).otherwise(cohort)
            )
        return (
            children.filter(pl.col("family_key").is_not_null())
            .sort("latest_allocation", "person_id", descending=[True, False])
            .group_by("family_key")
            .agg(
                started.min(),
                pl.col("latest_fs_team").first(),
                pl.when(ended.null_count() == 0).then(ended.max()),
            )
            .with_columns(cohort.alias("cohort"))
        )

    def _roster(self, children: pl.LazyFrame, families: pl.LazyFrame) -> pl.LazyFrame:
        """A row a person and family, with the FS window of each."""
        last = pl.min_horizontal(pl.col("fs_end_date").fill_null(self.end), self.end)
        worked_with = (
            self._scan("adult_involvements")
            .select("person_id", pl.col("family_id").alias("family_key"), "start_date", "end_date")
            .join(families, on="family_key")
            .filter(
                pl.col("start_date") <= last,
                pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("fs_start_date")),
                pl.col("fs_start_date") <= last,
            )
            .select("person_id", "family_key")
        )
        adults = (
            self._scan("family_members")
            .rename({"family_id": "family_key"})
            .filter(pl.col("role") == "adult")
            .join(worked_with, on=_ROW, how="semi")
            .join(families, on="family_key")
        )
        rows = pl.concat(
            [
                children.drop("is_child", "latest_allocation")
                .join(families.select("family_key", "cohort"), on="family_key", how="left")
                .with_columns(pl.lit("child").alias("role")),
                adults,
            ],
            how="diagonal",
        )
        born, on = pl.col("date_of_birth"), pl.col("fs_start_date")
        return (
            rows.join(self._scan("people").drop("open_to_cwd"), on="person_id", how="left")
            .with_columns(
                pl.when(born <= on).then(_age(born, on)).alias("age"),
                pl.max_horizontal(on, self.start).alias("window_first"),
                last.alias("window_last"),
            )
            .sort(_ROW, nulls_last=True)
            .with_row_index("row")
        )

    def _fields(self, roster: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        rows = roster.select("row", *_ROW, is_child=pl.col("role") == "child")
        return {
            name: rows.join(found, on="row", how="left").with_columns(
                pl.when("is_child").then(pl.col(counts).fill_null(0)) if counts else []
            )
            for name, found, counts in (
                (CHILD_PROTECTION.name, self._child_protection(roster), _CP_COUNTS),
                (LOOKED_AFTER.name, self._looked_after(roster), _CLA_COUNTS),
                (SCHOOL_ATTENDANCE.name, self._attendance(roster), ()),
            )
        } | {POLICE_CONTACTS.name: self._police(roster)}

    def _events(self, roster: pl.LazyFrame, extract: str) -> pl.LazyFrame:
        """The children's spans of an extract, in order of start and key, with their lengths."""
        table = self._scan(extract)
        key = table.collect_schema().names()[0]
        started, ended = pl.col("start_date"), pl.col("end_date")
        return (
            roster.filter(pl.col("role") == "child")
            .select("row", "person_id", "fs_start_date", "window_first", "window_last")
            .join(table, on="person_id")
            .with_columns(
                (ended.fill_null(self.end) - started).dt.total_days().alias("days"),
                (ended.is_null() | (ended >= pl.col("window_first"))).alias("lasts"),
            )
            .sort("start_date", key)
        )

    def _child_protection(self, roster: pl.LazyFrame) -> pl.LazyFrame:
        key, started, ended = pl.col("cp_plan_id"), pl.col("start_date"), pl.col("end_date")
        last = pl.col("window_last")
        plans = self._events(roster, "cp_plans").with_columns(
            ((started <= last) & pl.col("lasts") & (pl.col("window_first") <= last)).alias("active"),
            (ended < pl.col("fs_start_date")).fill_null(value=False).alias("before"),
        )
        days = pl.col("days").sum()
        current = plans.filter("active").group_by("row").agg(
            key.last().alias("cp_plan_key"),
            started.last().alias("cp_plan_start_date"),
            ended.last().alias("cp_plan_end_date"),
            days.alias("cp_days_during_fs"),
            pl.len().alias("cp_plans_during_fs"),
        )  # fmt: skip
        previous = plans.filter("before").sort("end_date", maintain_order=True).group_by("row").agg(
            key.last().alias("previous_cp_plan_key"),
            started.last().alias("previous_cp_plan_start_date"),
            ended.last().alias("previous_cp_plan_end_date"),
            days.alias("cp_days_before_fs"),
            pl.len().alias("cp_plans_before_fs"),
        )  # fmt: skip
        since = (pl.col("cp_plan_start_date") - pl.col("previous_cp_plan_end_date")).dt.total_days()
        return current.join(previous, on="row", how="full", coalesce=True).with_columns(
            since.alias("days_since_previous_cp_plan"),
            (since < 365).alias("repeat_within_12_months"),
            (since < 730).alias("repeat_within_24_months"),
        )

    def _looked_after(self, roster: pl.LazyFrame) -> pl.LazyFrame:
        days, is_open = pl.col("days"), pl.col("end_date").is_null()
        return (
            self._events(roster, "care_periods")
            .filter(
                ~pl.col("uasc"), pl.col("lasts"), pl.col("window_first") <= self.end, pl.col("start_date") <= self.end
            )
            .group_by("row")
            .agg(
                pl.col("care_period_id").last().alias("cla_key"),
                pl.col("start_date").last().alias("cla_start_date"),
                pl.col("end_date").last().alias("cla_end_date"),
                days.filter(is_open).sum().alias("cla_days_open_at_quarter_end"),
                days.filter(~is_open).sum().alias("cla_days_closed_in_quarter"),
            )
        )

    def _attendance(self, roster: pl.LazyFrame) -> pl.LazyFrame:
        born, day = pl.col("date_of_birth"), pl.col("date_from")
        august = pl.date(day.dt.year(), 8, 31)
        began = pl.when(day >= august).then(august).otherwise(pl.date(day.dt.year() - 1, 8, 31))
        sessions = ("unauthorised", "authorised", "possible")
        return (
            roster.filter(pl.col("role") == "child", pl.col("upn").is_not_null())
            .select("row", "upn", "date_of_birth")
            .join(self._scan("attendance").with_columns(began.alias("began")), on="upn")
            .filter(born <= pl.col("began"), _age(born, pl.col("began")).is_between(5, 15))
            .group_by("row")
            .agg(pl.col(f"sessions_{each}").sum().alias(f"{each}_sessions") for each in sessions)
            .with_columns(
                pl.when(pl.col("possible_sessions") > 0)
                .then(pl.col(f"{each}_sessions") / pl.col("possible_sessions"))
                .alias(f"{each}_share")
                for each in sessions[:2]
            )
        )

    def _police(self, roster: pl.LazyFrame) -> pl.LazyFrame:
        dated, start = pl.col("incident_date"), pl.col("fs_start_date")
        windows = roster.select(
            "row", "person_id", start, "window_first", "window_last", start.dt.offset_by("-12mo").alias("earliest")
        )
        is_victim = pl.col("role") == "victim"
        periods = {
            "previous_{}_count": (dated >= pl.col("earliest")) & (dated < start),
            "{}_count_in_quarter": dated.is_between("window_first", "window_last"),
        }
        counted = (
            self._scan("police_incidents", self.first.until(self.quarter))
            .filter("crime")
            .join(windows, on="person_id")
            .group_by("row")
            .agg(
                (inside & of_role).sum().alias(name.format(role))
                for name, inside in periods.items()
                for role, of_role in (("victim", is_victim), ("offender", ~is_victim))
            )
        )
        previous, during = ([name.format(role) for role in ("victim", "offender")] for name in periods)
        known = start.dt.offset_by("-12mo") >= self.first.first_day
        return (
            roster.select("row", *_ROW, start)
            .join(counted, on="row", how="left")
            .with_columns(pl.when(known).then(pl.col(previous).fill_null(0)), pl.col(during).fill_null(0))
        )


_CP_COUNTS = ("cp_days_before_fs", "cp_days_during_fs", "cp_plans_before_fs", "cp_plans_during_fs")
_CLA_COUNTS = ("cla_days_open_at_quarter_end", "cla_days_closed_in_quarter")


def _age(born: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Completed years; someone born on 29 February completes a year on 1 March of a common year."""
    in_year = [day.dt.month().cast(pl.Int32) * 31 + day.dt.day() for day in (born, on)]
    return on.dt.year() - born.dt.year() - (in_year[1] < in_year[0]).cast(pl.Int32)
