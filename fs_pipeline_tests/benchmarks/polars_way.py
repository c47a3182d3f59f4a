"""The whole quarter in lazy Polars, written by hand from the definitions: person level, family level, figures.

Here stand the roster and the levels; the subjects' fields and the figures have modules of their own.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline_tests.benchmarks import polars_adults, polars_children
from fs_pipeline_tests.benchmarks.comparing_tables import COMPARED
from fs_pipeline_tests.benchmarks.measures import TOP
from fs_pipeline_tests.benchmarks.polars_children import age
from fs_pipeline_tests.benchmarks.polars_extracts import Extracts
from fs_pipeline_tests.benchmarks.polars_figures import Figures

_ROW = ("family_key", "person_id")
_ADDED_UP = (
    *polars_adults.POLICE_COUNTS["before"],
    *polars_adults.POLICE_COUNTS["during"],
    *polars_children.COUNTS,
    *polars_adults.TREATMENT_COUNTS,
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
)


class PolarsQuarterly:
    """A quarter's work over the extracts of a lake: a few plans, one after the other, each collected as a whole."""

    def __init__(self, lake: Lake, programme: Programme, quarter: Quarter) -> None:
        self.extracts = Extracts(lake, programme, quarter)

    def result(self) -> dict[str, pa.Table]:
        """The person level, the family level and the figures of the quarter."""
        children = self._children()
        children, families = pl.collect_all([children, self._families(children)])
        roster, begun = pl.collect_all(
            [self._roster(children.lazy(), families.lazy()), polars_children.new_plans(self.extracts)]
        )
        people = self._people(roster.lazy(), begun.lazy()).collect()
        made = {
            "outputs/person_level": people,
            "outputs/family_level": self._family_level(people.lazy(), families.lazy()).collect(),
            "outputs/indicator_values": Figures(self.extracts, people, begun).all(),
        }
        quarter = self.extracts.start.alias("quarter")
        return {
            name: made[name].with_columns(quarter).select(table.names).to_arrow() for name, table in COMPARED.items()
        }

    def _children(self) -> pl.LazyFrame:
        """Every child's current FS referral."""
        referrals, members = self.extracts.scan("referrals"), self.extracts.scan("family_members")
        begun, ended = pl.col("start_date"), pl.col("end_date")
        fs = (
            self.extracts.scan("allocations")
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
            pl.when(pl.col("fs_end_date") <= self.extracts.end)
            .then(pl.lit("Closed Case"))
            .otherwise(pl.lit("Active Case"))
            .alias("relationship_type"),
        )

    def _families(self, children: pl.LazyFrame) -> pl.LazyFrame:
        ended, started = pl.col("fs_end_date"), pl.col("fs_start_date")
        cohort: pl.Expr = pl.lit(None, pl.String)
        for each in self.extracts.programme.cohorts:
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
        last = pl.min_horizontal(pl.col("fs_end_date").fill_null(self.extracts.end), self.extracts.end)
        worked_with = (
            self.extracts.scan("adult_involvements")
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
            self.extracts.scan("family_members")
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
            rows.join(self.extracts.scan("people").drop("open_to_cwd"), on="person_id", how="left")
            .with_columns(
                pl.when(born <= on).then(age(born, on)).alias("age"),
                pl.max_horizontal(on, self.extracts.start).alias("window_first"),
                last.alias("window_last"),
            )
            .sort(_ROW, nulls_last=True)
            .with_row_index("row")
        )

    def _people(self, roster: pl.LazyFrame, begun: pl.LazyFrame) -> pl.LazyFrame:
        """The person level, and beside its columns a few counts for the figures alone."""
        extracts = self.extracts
        is_child, is_adult = (pl.col("role") == role for role in ("child", "adult"))
        children, adults = roster.filter(is_child), roster.filter(is_adult)
        people = roster
        for found in (
            polars_children.child_protection(extracts, children),
            polars_children.repeats(children, begun),
            polars_children.looked_after(extracts, children),
            polars_children.attendance(extracts, children),
            polars_adults.police(extracts, roster),
            polars_adults.treatment(extracts, adults),
            polars_adults.top(extracts, adults),
            polars_adults.mental_health(extracts, adults),
            polars_adults.lsir(extracts, adults),
            polars_adults.programmes(extracts, adults),
            polars_adults.abuse(extracts, roster),
        ):
            people = people.join(found, on="row", how="left")
        treated = is_adult & extracts.supplied("substance_treatments")
        return people.with_columns(
            pl.when(is_child).then(pl.col(polars_children.COUNTS).fill_null(0)),
            pl.when(treated).then(pl.col(polars_adults.TREATMENT_COUNTS).fill_null(0)),
        )

    def _family_level(self, people: pl.LazyFrame, families: pl.LazyFrame) -> pl.LazyFrame:
        def added_up(name: str) -> pl.Expr:
            return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum())

        counted = {
            "substance_treatments": {
                "people_starting_treatment": pl.col("treatment_start_date").count(),
                "people_ending_treatment": pl.col("treatment_closure_date").count(),
                "people_with_successful_treatment": (pl.col("treatment_closure_reason") == "completed").sum(),
                "people_re_presenting": pl.col("re_presented_within_6_months").sum(),
                "people_assessed": (pl.col("assessments") > 0).sum(),
                "people_assessed_without_engagement": (pl.col("assessments_without_engagement") > 0).sum(),
            },
            "top_forms": {
                f"people_{word}_{name}": moved.sum()
                for name in TOP
                for change in (pl.col(f"top_{name}_latest") - pl.col(f"top_{name}_initial"),)
                for better in (-change if name == "substance_use" else change,)
                for word, moved in (("improved", better > 0), ("declined", better < 0))
            },
            "da_programmes": {
                "people_starting_da_programme": pl.col("da_programme_start_date").count(),
                "people_ending_da_programme": pl.col("da_programme_end_date").count(),
            },
        }  # fmt: skip
        missing = [name for extract, each in counted.items() if not self.extracts.supplied(extract) for name in each]
        plans, possible = pl.col("cp_plans_during_fs"), pl.col("possible_sessions")
        return (
            people.filter(pl.col("family_key").is_not_null())
            .group_by("family_key")
            .agg(
                *(added_up(name) for name in (*_ADDED_UP, "da_high_risk")),
                *(found.alias(name) for each in counted.values() for name, found in each.items()),
            )
            .with_columns(pl.lit(None).alias(name) for name in missing)
            .with_columns(
                plans.alias("cp_plans_in_family"),
                pl.when(plans > 0).then(pl.col("cp_days_during_fs") / plans).alias("mean_cp_days_in_family"),
                *(
                    pl.when(possible > 0).then(pl.col(f"{each}_sessions") / possible).alias(f"{each}_share")
                    for each in ("unauthorised", "authorised")
                ),
                pl.col("da_high_risk").alias("people_da_high_risk"),
            )
            .join(families, on="family_key")
        )
