"""Adults' fields and the police's in lazy Polars. Each frame has a row for those who have any, by `row`."""

from __future__ import annotations

import polars as pl

from fs_pipeline_tests.benchmarks.measures import MH, TOP
from fs_pipeline_tests.benchmarks.polars_extracts import Extracts

TREATMENT_COUNTS = ("assessments", "assessments_without_engagement", "treatments_without_engagement")
"""Nought for an adult who has nothing to count, when treatments are supplied; blank for a child."""
POLICE_COUNTS = {
    "before": ("previous_victim_count", "previous_offender_count"),
    "during": ("victim_count_in_quarter", "offender_count_in_quarter"),
}
"""As victim and as offender, before FS and in the window of the quarter."""


def treatment(extracts: Extracts, adults: pl.LazyFrame) -> pl.LazyFrame:
    """Treatments of the quarter, and those whose six months after completion end in it."""
    closed, reason = pl.col("closure_date"), pl.col("closure_reason")
    treatments = (
        adults.select("row", "person_id")
        .join(extracts.scan("substance_treatments"), on="person_id")
        .with_columns(closed.dt.offset_by("6mo").alias("due"))
    )
    followed = treatments.filter(pl.col("due") >= extracts.start, closed <= extracts.end)
    came = pl.concat(
        treatments.select("row", pl.col("treatment_id").alias("other"), pl.col(day).alias("day")).drop_nulls("day")
        for day in ("start_date", "assessment_date")
    )
    again = (
        followed.select("row", "treatment_id", "closure_date", "due")
        .join(came, on="row")
        .filter(pl.col("other") != pl.col("treatment_id"), pl.col("day") > closed, pl.col("day") <= pl.col("due"))
        .select("row", "treatment_id", again=pl.lit(value=True))
        .unique()
    )
    without_engagement = pl.col("assessment_outcome") == "non_engagement"
    assessed, closes = extracts.in_quarter("assessment_date"), extracts.in_quarter("closure_date")
    due_now = (reason == "completed") & extracts.in_quarter("due")
    return (
        treatments.join(again, on=["row", "treatment_id"], how="left")
        .with_columns(pl.col("again").fill_null(value=False))
        .sort("closure_date", "treatment_id")
        .group_by("row")
        .agg(
            pl.col("start_date").filter(extracts.in_quarter("start_date")).max().alias("treatment_start_date"),
            closed.filter(closes).last().alias("treatment_closure_date"),
            reason.filter(closes).last().alias("treatment_closure_reason"),
            pl.col("again").filter(closes).last().alias("last_again"),
            pl.col("due").filter(closes).last().alias("last_due"),
            assessed.sum().alias("assessments"),
            (assessed & without_engagement).sum().alias("assessments_without_engagement"),
            (closes & (reason == "dropped_out")).sum().alias("treatments_without_engagement"),
            closes.sum().alias("closed"),
            due_now.sum().alias("due"),
            (due_now & ~pl.col("again")).sum().alias("stayed_away"),
        )
        .with_columns(
            pl.when("last_again")
            .then(pl.lit(value=True))
            .when(pl.col("last_due") <= extracts.end)
            .then(pl.lit(value=False))
            .alias("re_presented_within_6_months")
        )
        .drop("last_again", "last_due")
    )


def top(extracts: Extracts, adults: pl.LazyFrame) -> pl.LazyFrame:
    """The scores of the newest treatment's forms."""
    scores = {f"top_{name}": name for name in TOP}
    return _course(adults, extracts.scan("top_forms"), "treatment_id", "form_date", ("start", "exit"), scores)


def mental_health(extracts: Extracts, adults: pl.LazyFrame) -> pl.LazyFrame:
    """The scores of the newest episode."""
    scores = {name: name for name in MH}
    table = extracts.scan("mental_health_scores")
    return _course(adults, table, "episode_id", "score_date", ("initial", "end"), scores)


def lsir(extracts: Extracts, adults: pl.LazyFrame) -> pl.LazyFrame:
    """The scores of the newest episode."""
    table = extracts.scan("lsir_assessments")
    return _course(adults, table, "episode_id", "assessment_date", ("initial", "end"), {"lsir": "score"})


def _course(
    adults: pl.LazyFrame, table: pl.LazyFrame, episode: str, date: str, stages: tuple[str, str], scores: dict[str, str]
) -> pl.LazyFrame:
    """The newest episode's first, latest and last scores: its initial form, the latest other, the latest that ends."""
    key = table.collect_schema().names()[0]
    place, (initial, end) = pl.col("place"), (pl.col("stage") == stage for stage in stages)
    begins = place == pl.col("place_of_first")
    forms = adults.select("row", "person_id", "fs_start_date").join(table, on="person_id").sort(date, key)
    newest = (
        forms.group_by("row")
        .agg(pl.col(episode).last(), (pl.col(date).last() >= pl.col("fs_start_date").first()).alias("is_current"))
        .filter("is_current")
        .drop("is_current")
    )
    course = forms.join(newest, on=["row", episode], how="semi", maintain_order="left").with_row_index("place")
    first = course.group_by("row").agg(place.filter(initial).min().fill_null(place.min()).alias("place_of_first"))
    return (
        course.join(first, on="row")
        .sort("place")
        .group_by("row")
        .agg(
            taken.alias(f"{field}_{word}")
            for field, score in scores.items()
            for word, taken in (
                ("initial", pl.col(score).filter(begins).last()),
                ("latest", pl.col(score).filter(~begins).last()),
                ("end", pl.col(score).filter(~begins & end).last()),
            )
        )
    )


def programmes(extracts: Extracts, adults: pl.LazyFrame) -> pl.LazyFrame:
    """The quarter's domestic abuse programmes."""
    ends, completed = extracts.in_quarter("end_date"), pl.col("outcome") == "completed"
    return (
        adults.select("row", "person_id")
        .join(extracts.scan("da_programmes"), on="person_id")
        .sort("end_date", "programme_id")
        .group_by("row")
        .agg(
            pl.col("start_date").filter(extracts.in_quarter("start_date")).max().alias("da_programme_start_date"),
            pl.col("end_date").filter(ends).last().alias("da_programme_end_date"),
            pl.col("outcome").filter(ends).last().alias("da_programme_outcome"),
            *(
                which.sum().alias(f"{who}_{word}")
                for who in ("victim", "perpetrator")
                for word, which in (
                    ("ended", ends & (pl.col("participant") == who)),
                    ("completed", ends & completed & (pl.col("participant") == who)),
                )
            ),
        )
    )


def abuse(extracts: Extracts, roster: pl.LazyFrame) -> pl.LazyFrame:
    """Incidents of domestic abuse and conferences (MARAC) of the last twelve months, and who is at high risk for them.

    An adult's incident is a repeat when the one before was no more than twelve months ago.
    """
    dated = pl.col("incident_date")
    year_ago = extracts.end.dt.offset_by("-12mo")
    incidents = (
        extracts.scan("police_incidents", extracts.since(4))
        .filter("domestic_abuse")
        .join(roster, on="person_id", how="semi")
        .select("person_id", "incident_id", "incident_date")
        .unique()
        .sort("person_id", "incident_date", "incident_id")
        .with_columns((dated.shift().over("person_id") >= dated.dt.offset_by("-12mo")).alias("repeated"))
    )
    counts = (pl.col("role") == "adult") & dated.is_between("window_first", "window_last")
    counted = (
        roster.join(incidents, on="person_id")
        .group_by("row")
        .agg(
            counts.sum().alias("incidents"),
            (counts & pl.col("repeated")).sum().alias("repeats"),
            (dated > year_ago).sum().alias("in_12_months"),
        )
    )
    referred = (
        extracts.scan("marac_referrals", extracts.since(3))
        .filter(pl.col("referral_date") > year_ago)
        .select("person_id", referred=pl.lit(value=True))
        .unique()
    )
    year = list(extracts.quarter.shifted(-3).until(extracts.quarter))
    complete = all(extracts.supplied(extract, year) for extract in ("police_incidents", "marac_referrals"))
    return (
        roster.select("row", "person_id")
        .join(counted, on="row", how="left")
        .join(referred, on="person_id", how="left")
        .select(
            "row",
            "incidents",
            "repeats",
            pl.when((pl.col("in_12_months") >= 4) | pl.col("referred"))
            .then(pl.lit(value=True))
            .otherwise(pl.lit(value=False) if complete else None)
            .alias("da_high_risk"),
        )
    )


def police(extracts: Extracts, roster: pl.LazyFrame) -> pl.LazyFrame:
    """Contacts as victim and offender in the year before FS and in the window; blank where a delivery is missing."""
    dated, start = pl.col("incident_date"), pl.col("fs_start_date")
    first, last, earliest = (pl.col(name) for name in ("window_first", "window_last", "earliest"))
    windows = roster.select("row", "person_id", start, first, last, start.dt.offset_by("-12mo").alias("earliest"))
    inside = {"before": (dated >= earliest) & (dated < start), "during": dated.is_between(first, last)}
    is_victim = pl.col("role") == "victim"
    counted = (
        extracts.scan("police_incidents", extracts.first.until(extracts.quarter))
        .filter("crime")
        .join(windows, on="person_id")
        .group_by("row")
        .agg(
            (inside[when] & of_role).sum().alias(name)
            for when, names in POLICE_COUNTS.items()
            for name, of_role in zip(names, (is_victim, ~is_victim), strict=True)
        )
    )
    known = {
        "before": _covered(extracts, earliest, start.dt.offset_by("-1d")),
        "during": (first > last) | _covered(extracts, first, last),
    }
    return windows.join(counted, on="row", how="left").select(
        "row", *(pl.when(known[when]).then(pl.col(names).fill_null(0)) for when, names in POLICE_COUNTS.items())
    )


def _covered(extracts: Extracts, first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Whether police incidents were supplied for every quarter that the days from `first` to `last` touch."""
    covered = (first >= extracts.first.first_day) & (last <= extracts.quarter.last_day)
    for each in extracts.first.until(extracts.quarter):
        if not extracts.supplied("police_incidents", [each]):
            covered &= (last < each.first_day) | (first > each.last_day)
    return covered
