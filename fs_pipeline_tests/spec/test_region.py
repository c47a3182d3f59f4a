"""Several authorities as one region: what is added up, what is made from the parts, and what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.outputs.region import region_before_after, region_values
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.literals import each

QUARTER = Quarter.parse("2018-Q4")
COUNT, SHARE, MEAN = (
    (1, "cp_plans_active", "plans"),
    (3, "cp_repeat_12_months", "%"),
    (4, "proceedings_mean_weeks", "weeks"),
)


def figures(*rows: dict[str, object]) -> pd.DataFrame:
    """The rows as `indicator_values`: by default plans of `fs`, final."""
    usual = {"quarter": QUARTER.start, "scope": "fs", "group": "all", "period": "quarter", "status": "final"}
    blank = {"value": None, "numerator": None, "denominator": None}
    of_count = dict(zip(("indicator", "measure", "unit"), COUNT, strict=True))
    return INDICATOR_VALUES.frame(pd.DataFrame([usual | blank | of_count | row for row in rows]))


def added_up(kind: tuple[int, str, str], *written: str) -> dict[str, object]:
    """The region's figure of authorities that are written `value numerator denominator status`, `not run` or `-`."""
    authorities: dict[str, pd.DataFrame | None] = {}
    for name, text in zip(("N", "S", "W"), written, strict=True):
        if text == "not run":
            authorities[name] = None
            continue
        values = dict(zip(("value", "numerator", "denominator"), map(_blank, text.split()), strict=False))
        of: dict[str, object] = dict(zip(("indicator", "measure", "unit"), kind, strict=True)) | values
        of["status"] = "not_supplied" if text == "none" else "partial" if text.endswith("partial") else "final"
        other: dict[str, object] = {"measure": "another_measure"}
        authorities[name] = figures(other if text == "no such row" else of, {"scope": "cohort:1", "value": 9})
    found = region_values(QUARTER, authorities, TOOLKIT)
    (row,) = found[found["measure"] == kind[1]].to_dict("records")
    return {name: cell(value) for name, value in row.items()}


def _blank(text: str) -> float | None:
    return float(text) if text.lstrip("-").replace(".", "0").isdigit() and text != "." else None


@each("""
    north         | south         | west | value | status  | authorities | incomplete
    3             | 4             | 0    | 7     | final   | 3           | blank
    3             | 4 . . partial | 0    | 7     | partial | 3           | S (partial)
    3             | none          | 0    | 3     | partial | 2           | S (not supplied)
    3             | not run       | 1    | 4     | partial | 2           | S (not run)
    3             | no such row   | 1    | 4     | partial | 2           | S (not run)
    3 . . partial | not run       | 1    | 4     | partial | 2           | N (partial); S (not run)
    -2            | 5             | 0    | 3     | final   | 3           | blank
""")
def test_counts_add(north, south, west, value, status, authorities, incomplete):
    row = added_up(COUNT, *map(str, (north, south, west)))
    assert (row["value"], row["status"], row["authorities"]) == (value, status, authorities)
    assert (row["numerator"], row["denominator"]) == (None, None)
    assert row["incomplete"] == incomplete


@each("""
    north  | south   | west   | value | numerator | denominator | status  | incomplete
    50 1 2 | 10 1 10 | 25 2 8 | 20    | 4         | 20          | final   | blank
    50 1 2 | . 0 0   | . 0 0  | 50    | 1         | 2           | final   | blank
    . 0 0  | . 0 0   | . 0 0  | blank | 0         | 0           | final   | blank
    50 1 2 | 10 1 10 | none   | 16.66 | 2         | 12          | partial | W (not supplied)
    50 1 2 | 30 . .  | 25 2 8 | 30    | 3         | 10          | partial | S (without parts)
    50 1 2 | . . .   | 25 2 8 | 30    | 3         | 10          | partial | S (without parts)
""")
def test_shares_are_made_from_the_added_parts(north, south, west, value, numerator, denominator, status, incomplete):
    row = added_up(SHARE, north, south, west)
    assert row["value"] == (value if value is None else pytest.approx(value, abs=0.01))
    assert (row["numerator"], row["denominator"], row["status"]) == (numerator, denominator, status)
    assert row["incomplete"] == incomplete


@pytest.mark.parametrize(("kind", "text"), [(COUNT, "none"), (SHARE, "none"), (SHARE, "30 . .")])
def test_what_no_authority_has_is_not_supplied(kind, text):
    row = added_up(kind, text, text, "none")
    assert (row["value"], row["numerator"], row["status"], row["authorities"]) == (None, None, "not_supplied", 0)
    assert [named.split(" (")[0] for named in row["incomplete"].split("; ")] == ["N", "S", "W"]


def test_means_are_made_from_the_added_parts_and_are_no_percentages():
    row = added_up(MEAN, "2 4 2", "10 80 8", ". 0 0")
    assert (row["value"], row["numerator"], row["denominator"], row["status"]) == (8.4, 84, 10, "final")


def test_cohorts_and_teams_are_an_authoritys_own():
    north = figures({"value": 1.0}, {"scope": "cohort:1", "value": 1.0}, {"scope": "team:Red", "value": 1.0})
    assert region_values(QUARTER, {"North": north, "South": north}, TOOLKIT)["scope"].tolist() == ["fs"]


def test_groups_and_periods_are_kept_apart():
    north = figures({"value": 1.0}, {"value": 2.0, "period": "baseline"}, {"value": 4.0, "group": "phq9"})
    found = region_values(QUARTER, {"North": north, "South": north}, TOOLKIT)
    assert dict(zip(found["period"] + found["group"], found["value"], strict=True)) == {
        **{"quarterall": 2.0, "baselineall": 4.0, "quarterphq9": 8.0}
    }


def test_nothing_run_anywhere_is_no_figure():
    assert region_values(QUARTER, {"North": None, "South": None}, TOOLKIT).empty
    assert region_before_after(QUARTER, {"North": None, "South": None}, TOOLKIT).empty


PART = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair)))


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 90), PART, st.sampled_from(["final", "partial"])), min_size=1, max_size=6))
def test_a_region_is_the_sum_of_its_parts_whatever_their_order(parts):
    """Counts, numerators and denominators add up; regions of regions' parts too; the order does not matter."""
    made = {
        f"A{place}": figures(
            {"value": float(count), "status": status},
            {
                **dict(zip(("indicator", "measure", "unit"), SHARE, strict=True)),
                **{"value": 100 * part / whole if whole else None, "numerator": part, "denominator": whole},
            },
        )
        for place, (count, (part, whole), status) in enumerate(parts)
    }
    found = region_values(QUARTER, made, TOOLKIT)
    backwards = region_values(QUARTER, dict(reversed(made.items())), TOOLKIT)
    pd.testing.assert_frame_equal(found.drop(columns="incomplete"), backwards.drop(columns="incomplete"))
    count, share = found.to_dict("records")
    assert count["value"] == sum(count for count, _, _ in parts)
    assert share["numerator"] == sum(part for _, (part, _), _ in parts)
    assert share["denominator"] == sum(whole for _, (_, whole), _ in parts)
    assert count["status"] == ("partial" if any(status == "partial" for *_, status in parts) else "final")
    nested = region_values(QUARTER, {"all": found[INDICATOR_VALUES.names]}, TOOLKIT)
    assert nested["value"].equals(found["value"])


def compared(*rows: str) -> dict[str, pd.DataFrame | None]:
    """Authorities' before and after of victims, written `people families before after low high`."""
    made: dict[str, pd.DataFrame | None] = {}
    for place, text in enumerate(rows):
        if text == "not run":
            made[f"A{place}"] = None
            continue
        people, families, before, after, low, high = (_blank(part) for part in text.split())
        row = {"quarter": QUARTER.start, "indicator": 17, "measure": "victim_count", "scope": "fs", "group": "all"}
        row |= {"people": people, "families": families, "before": before, "after": after}
        row |= {"difference": after - before, "percentage_change": None, "interval_low": low, "interval_high": high}
        others = [row | {"scope": "cohort:1"}, row | {"indicator": 7, "measure": "unauthorised_absence"}]
        made[f"A{place}"] = BEFORE_AFTER.frame(pd.DataFrame([row, *others]))
    return made


@each("""
    north               | south            | people | families | before | after | low   | high  | incomplete
    30 10 60 40 -26 -14 | 9 5 20 10 -18 -2 | 39     | 15       | 80     | 50    | -40   | -20   | blank
    30 10 60 40 -26 -14 | 0 0 0 0 . .      | 30     | 10       | 60     | 40    | -26   | -14   | blank
    30 10 60 40 -26 -14 | 2 1 3 1 . .      | 32     | 11       | 63     | 41    | blank | blank | blank
    30 10 60 40 -26 -14 | 40 30 30 10 . .  | 70     | 40       | 90     | 50    | blank | blank | blank
    4 2 6 4 -3 -1       | 0 0 0 0 . .      | 4      | 2        | 6      | 4     | -3    | -1    | blank
    2 1 3 1 . .         | 0 0 0 0 . .      | 2      | 1        | 3      | 1     | blank | blank | blank
    30 10 60 40 -26 -14 | not run          | 30     | 10       | 60     | 40    | -26   | -14   | A1 (not run)
    0 0 0 0 . .         | 0 0 0 0 . .      | 0      | 0        | 0      | 0     | blank | blank | blank
""")
def test_before_and_after_adds_up(north, south, people, families, before, after, low, high, incomplete):
    """The half-widths 6 and 8 of independent authorities make one of 10."""
    (row,) = region_before_after(QUARTER, compared(north, south), TOOLKIT).to_dict("records")
    row = {name: cell(value) for name, value in row.items()}
    assert (row["measure"], row["scope"]) == ("victim_count", "fs")
    assert (row["people"], row["families"], row["before"], row["after"]) == (people, families, before, after)
    assert row["difference"] == after - before
    assert row["percentage_change"] == (pytest.approx(100 * (after - before) / before) if before else None)
    assert (row["interval_low"], row["interval_high"]) == (low, high)
    assert row["incomplete"] == incomplete


T = {25: 2.0638986, 31: 2.0422725}
"""Student's t of so many families less one degrees of freedom."""


def test_the_interval_is_that_of_the_families_of_both_authorities():
    """Against the definition by hand: the squares of both half-widths, t^2 x n x sd^2, add up."""
    generator = np.random.default_rng(1)
    differences = [generator.integers(-9, 5, size) for size in (25, 31)]
    written = []
    for of_authority in differences:
        half = T[len(of_authority)] * np.sqrt(len(of_authority)) * of_authority.std(ddof=1)
        middle = of_authority.sum()
        size = len(of_authority)
        written.append(f"{size} {size} 100 {100 + middle} {middle - half} {middle + half}")
    (row,) = region_before_after(QUARTER, compared(*written), TOOLKIT).to_dict("records")
    squares = sum(T[len(each)] ** 2 * len(each) * each.var(ddof=1) for each in differences)
    assert row["interval_high"] - row["difference"] == pytest.approx(np.sqrt(squares))
    assert row["difference"] - row["interval_low"] == pytest.approx(np.sqrt(squares))
