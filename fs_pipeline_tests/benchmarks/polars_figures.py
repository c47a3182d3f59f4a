"""The figures of the twenty indicators in lazy Polars, from the person level and from the extracts."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from fs_pipeline_tests.benchmarks.measures import SUMS, WINDOWS, Sum
from fs_pipeline_tests.benchmarks.polars_extracts import Extracts

_DISCIPLINES = ("social_work", "substance_misuse", "mental_health", "domestic_abuse")
_MODES = ("assessment", "individual", "group")
_HEALTH = {"ae_attendance": 8, "emergency_admission": 9}


class Figures:
    """The figures of a quarter: those of the roster's scopes, and those of the whole authority."""

    def __init__(self, extracts: Extracts, people: pl.DataFrame, begun: pl.DataFrame) -> None:
        self.extracts, self.people, self.begun = extracts, people, begun
        scopes = (pl.lit("fs"), pl.format("cohort:{}", "cohort"), pl.format("team:{}", "latest_fs_team"))
        roster = people.lazy().select("row", "role", "person_id", "fs_start_date", "cohort", "latest_fs_team")
        self.members = pl.concat(roster.with_columns(scope=scope).drop_nulls("scope") for scope in scopes)
        self.scopes = pl.concat([self.members.select("scope"), pl.LazyFrame({"scope": ["fs"]})]).unique()

    def all(self) -> pl.DataFrame:
        """All the figures: parts and wholes, and the values that come of them."""
        plans = [
            *(self._of_role(role) for role in ("child", "adult", "everyone")),
            self._plans(),
            self._care(),
            self._proceedings(),
            self._workforce(),
            self._waiting(),
            self._reports(),
        ]
        part, whole, given = pl.col("part"), pl.col("whole"), pl.col("status") != "not_supplied"
        share = part / whole * pl.when(pl.col("unit") == "%").then(100).otherwise(1)
        ratio = pl.when(whole.is_null()).then(part).when(whole != 0).then(share)
        sums = pl.concat(plans).select(
            *_SAID,
            pl.when(given).then(ratio).alias("value"),
            pl.when(given & whole.is_not_null()).then(part).alias("numerator"),
            pl.when(given).then(whole).alias("denominator"),
        )
        return pl.concat([sums, self._health()]).with_columns(period=pl.lit("quarter")).collect()

    def _of_role(self, role: str) -> pl.LazyFrame:
        """Sums over the people of a scope; an adult in several families counts once, in the first."""
        sums = [(str(number), each) for number, each in enumerate(SUMS) if each.role == role]
        members = self.members if role == "everyone" else self.members.filter(pl.col("role") == role)
        if role != "child":
            members = members.sort("fs_start_date", "row").unique(["scope", "person_id"], keep="first")
        parts = [pl.sql_expr(each.part).cast(pl.Float64).alias(f"part_{number}") for number, each in sums]
        wholes = [
            pl.sql_expr(each.whole).cast(pl.Float64).alias(f"whole_{number}") for number, each in sums if each.whole
        ]
        summed = members.select("scope", "row").join(
            self.people.lazy().select("row", *parts, *wholes), on="row"
        ).drop("row").group_by("scope").sum()  # fmt: skip
        wide = self.scopes.join(summed, on="scope", how="left").with_columns(pl.exclude("scope").fill_null(0))
        long = [
            wide.unpivot([f"{word}_{number}" for number, each in sums if word == "part" or each.whole],
                         index="scope", variable_name="number", value_name=word)
            .with_columns(pl.col("number").str.strip_prefix(f"{word}_"))
            for word in ("part", "whole")
        ]  # fmt: skip
        said = pl.LazyFrame(
            [
                (number, each.indicator, each.measure, each.group, each.unit, self._status(each))
                for number, each in sums
            ],
            schema=["number", "indicator", "measure", "group", "unit", "status"],
            orient="row",
        )
        return (
            long[0]
            .join(long[1], on=["scope", "number"], how="left")
            .join(said, on="number")
            .select(*_SAID, "part", "whole")
        )

    def _status(self, each: Sum) -> str:
        if not all(self.extracts.supplied(extract) for extract in each.needs):
            return "not_supplied"
        quarter = self.extracts.quarter
        window = list(quarter.shifted(-WINDOWS.get(each.indicator, 0)).until(quarter))
        complete = all(self.extracts.supplied(extract, window) for extract in each.whole_window)
        return "final" if complete else "partial"

    def _plans(self) -> pl.LazyFrame:
        """Indicators 1 to 3 of all plans of the authority, children with a disability left out when so decided."""
        extracts, (started, ended) = self.extracts, (pl.col("start_date"), pl.col("end_date"))
        plans = extracts.scan("cp_plans")
        if extracts.programme.exclude_cwd_children:
            plans = plans.join(extracts.scan("people").filter("open_to_cwd"), on="person_id", how="anti")
        active = ended.is_null() | (ended >= extracts.start)
        days = (ended.fill_null(extracts.end) - started).dt.total_days()
        is_open, closed, new = active & ended.is_null(), active & ended.is_not_null(), extracts.in_quarter("start_date")
        gap = pl.col("gap")
        counts = plans.join(self.begun.lazy().select("cp_plan_id", "gap"), on="cp_plan_id", how="left").select(
            active=active.sum(),
            at_start=((started <= extracts.start) & (ended.is_null() | (ended > extracts.start))).sum(),
            at_end=(ended.is_null() | (ended > extracts.end)).sum(),
            children=pl.col("person_id").filter(active).n_unique(),
            closed_days=days.filter(closed).sum(),
            closed=closed.sum(),
            open_days=days.filter(is_open).sum(),
            still_open=is_open.sum(),
            new=new.sum(),
            in_12=(new & (gap < 365)).sum(),
            in_24=(new & (gap < 730)).sum(),
        )
        return self._said(
            counts.with_columns(_AUTHORITY, _ALL),
            [
                (1, "cp_plans_active", "plans", "active", None),
                (1, "cp_plans_at_start", "plans", "at_start", None),
                (1, "cp_plans_at_end", "plans", "at_end", None),
                (1, "cp_children", "children", "children", None),
                (2, "cp_mean_days_closed", "days", "closed_days", "closed"),
                (2, "cp_mean_days_open", "days", "open_days", "still_open"),
                (3, "cp_new_plans", "plans", "new", None),
                (3, "cp_repeat_12_months", "%", "in_12", "new"),
                (3, "cp_repeat_24_months", "%", "in_24", "new"),
            ],
        )

    def _care(self) -> pl.LazyFrame:
        extracts, child = self.extracts, pl.col("person_id")
        started, ended = pl.col("start_date"), pl.col("end_date")
        counts = (
            extracts.scan("care_periods")
            .filter(~pl.col("uasc"))
            .select(
                _AUTHORITY,
                _ALL,
                at_start=child.filter(
                    started <= extracts.start, ended.is_null() | (ended > extracts.start)
                ).n_unique(),
                at_end=child.filter(ended.is_null() | (ended > extracts.end)).n_unique(),
            )
        )  # fmt: skip
        measures = [(5, f"cla_{each}", "children", each, None) for each in ("at_start", "at_end")]
        return self._said(counts, measures)

    def _proceedings(self) -> pl.LazyFrame:
        """Indicator 4: cases, of all and of each scope's children; a case is concluded when it is for all of them."""
        extracts, (issued, concluded) = self.extracts, (pl.col("issued_date"), pl.col("concluded_date"))
        rows = extracts.scan("care_proceedings").select("proceedings_id", "person_id", issued, concluded)
        children = self.members.filter(pl.col("role") == "child").select("scope", "person_id")
        of_scopes = rows.join(children, on="person_id").select("scope", "proceedings_id", issued, concluded)
        now = extracts.in_quarter("concluded_date")
        weeks = (concluded - issued).dt.total_days() / 7
        counts = (
            pl.concat([rows.select(_AUTHORITY, "proceedings_id", issued, concluded), of_scopes])
            .group_by("scope", "proceedings_id")
            .agg(issued.min(), pl.when(concluded.null_count() == 0).then(concluded.max()))
            .group_by("scope")
            .agg(
                issued=extracts.in_quarter("issued_date").sum(),
                concluded=now.sum(),
                still_open=(
                    (issued <= extracts.end) & (concluded.is_null() | (concluded > extracts.end))
                ).sum(),
                weeks=weeks.filter(now).sum(),
            )
        )  # fmt: skip
        scopes = pl.concat([self.scopes, pl.LazyFrame({"scope": ["authority"]})])
        return self._said(
            scopes.join(counts, on="scope", how="left")
            .with_columns(pl.exclude("scope").fill_null(0))
            .with_columns(_ALL),
            [
                (4, "proceedings_issued", "cases", "issued", None),
                (4, "proceedings_concluded", "cases", "concluded", None),
                (4, "proceedings_open_at_end", "cases", "still_open", None),
                (4, "proceedings_mean_weeks", "weeks", "weeks", "concluded"),
            ],
            needs="care_proceedings",
        )

    def _workforce(self) -> pl.LazyFrame:
        hours, worker = pl.col("hours"), pl.col("worker_id")
        counts = (
            pl.LazyFrame({"discipline": _DISCIPLINES})
            .join(pl.LazyFrame({"mode": _MODES}), how="cross")
            .join(self.extracts.scan("caseloads"), on=["discipline", "mode"], how="left")
            .group_by("discipline", "mode")
            .agg(
                cases=pl.col("cases").sum(),
                workers=worker.drop_nulls().n_unique(),
                hours=hours.sum(),
                with_hours=worker.filter(hours.is_not_null()).n_unique(),
            )
            .with_columns(_AUTHORITY, group=pl.format("{}/{}", "discipline", "mode"))
        )
        measures = [
            (14, "cases_per_worker", "count", "cases", "workers"),
            (14, "hours_per_worker", "hours", "hours", "with_hours"),
        ]
        return self._said(counts, measures, needs="caseloads")

    def _waiting(self) -> pl.LazyFrame:
        counts = (
            pl.LazyFrame({"discipline": _DISCIPLINES})
            .join(self.extracts.scan("waiting_lists"), on="discipline", how="left")
            .group_by(group="discipline")
            .agg(waiting=pl.col("people_waiting").sum())
            .with_columns(_AUTHORITY)
        )
        return self._said(counts, [(14, "people_waiting", "people", "waiting", None)], needs="waiting_lists")

    def _reports(self) -> pl.LazyFrame:
        programme, accepted = self.extracts.programme, pl.col("accepted").sum()
        saved = accepted * programme.external_expert_report - pl.col("internal_hours").sum() * programme.internal_hour
        counts = self.extracts.scan("expert_reports").select(_AUTHORITY, _ALL, accepted=accepted, saved=saved)
        measures = [(16, "reports_accepted", "reports", "accepted", None), (16, "net_saving", "GBP", "saved", None)]
        return self._said(counts, measures, needs="expert_reports")

    def _said(
        self, counts: pl.LazyFrame, measures: Iterable[tuple[int, str, str, str, str | None]], needs: str = ""
    ) -> pl.LazyFrame:
        """The measures of a frame of counts by scope and group: indicator, measure, unit, part and whole of each."""
        status = "final" if not needs or self.extracts.supplied(needs) else "not_supplied"
        return pl.concat(
            counts.with_columns(
                indicator=pl.lit(indicator, pl.Int64),
                measure=pl.lit(measure),
                unit=pl.lit(unit),
                status=pl.lit(status),
                part=pl.col(part).cast(pl.Float64),
                whole=(pl.col(whole) if whole else pl.lit(None)).cast(pl.Float64),
            ).select(*_SAID, "part", "whole")
            for indicator, measure, unit, part, whole in measures
        )

    def _health(self) -> pl.LazyFrame:
        """Indicators 8 and 9, as the health service delivers them."""
        counted, of_whom = pl.col("people_with_event"), pl.col("people_in_cohort")
        share = pl.when(of_whom != 0).then(100 * counted / of_whom)
        return (
            pl.LazyFrame({"measure": list(_HEALTH), "indicator": list(_HEALTH.values())})
            .join(pl.LazyFrame({"age_group": ["children", "adults"]}), how="cross")
            .join(self.extracts.scan("health_activity"), on=["measure", "age_group"], how="left")
            .select(
                "indicator",
                pl.lit("people_with_event").alias("measure"),
                pl.lit("fs").alias("scope"),
                pl.col("age_group").alias("group"),
                pl.lit("%").alias("unit"),
                pl.lit("final" if self.extracts.supplied("health_activity") else "not_supplied").alias("status"),
                pl.col("percentage").fill_null(share).alias("value"),
                counted.cast(pl.Float64).alias("numerator"),
                of_whom.cast(pl.Float64).alias("denominator"),
            )
        )


_SAID = ("indicator", "measure", "scope", "group", "unit", "status")
_AUTHORITY = pl.lit("authority").alias("scope")
_ALL = pl.lit("all").alias("group")
