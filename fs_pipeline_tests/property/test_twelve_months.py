"""Properties of the twelve months before and after FS start: days held, intervals, rates."""

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fs_pipeline.arithmetic.periods import Deliveries, Period, Spans, after_fs, before_fs
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.outputs.before_after import before_after, before_after_rates
from fs_pipeline.toolkit.twelve_months import FOLLOW_UP
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.oracle_periods import interval
from fs_pipeline_tests.property.test_arithmetic import DAYS, NEAR, SPANS, as_days, one

QUARTER = Quarter(date(2018, 10, 1))
NUMBERS = st.none() | st.integers(0, 40)
PEOPLE = st.lists(st.tuples(st.integers(0, 3), NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=12)
"""Family, and two counts before and after; blank where not supplied."""
LEAST = {"families_that_differ": 20}


@given(SPANS, NEAR, NEAR)
def test_days_within_are_the_days_held_counted_one_by_one(spans, one_end, other_end):
    first, last = min(one_end, other_end), max(one_end, other_end)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    expected = [sum(start <= day and (end is None or end > day) for day in days) for start, end in spans]
    held = Spans(as_days(start for start, _ in spans), as_days(end for _, end in spans))
    size = len(spans)
    assert held.days_within(Period.same(size, np.datetime64(first), np.datetime64(last))).tolist() == expected


@given(DAYS)
def test_the_two_windows_meet_at_fs_start_and_everyone_enters_and_completes_once(start):
    starts = one(start)
    assert before_fs(starts, 12).last + np.timedelta64(1, "D") == after_fs(starts, 12).first == starts
    quarters = Quarter.holding(start).until(Quarter.holding(start).shifted(5))
    assert sum(quarter.holds(starts)[0] for quarter in quarters) == 1
    assert sum(quarter.holds(after_fs(starts, 12).last)[0] for quarter in quarters) == 1


def follow_ups(people):
    """Completed follow-ups of children: days on a plan, and unauthorised of 50 possible sessions."""
    size = len(people)
    columns = {column.name: pd.array([None] * size, dtype=column.kind.pandas) for column in FOLLOW_UP.columns}
    counts = {name: pd.array([True] * size, dtype="boolean") for name in columns if name.startswith("counts_in")}
    families, days_before, days_after, sessions_before, sessions_after = (
        zip(*people, strict=True) if people else [[]] * 5
    )
    possible = [[None if sessions is None else 50 for sessions in side] for side in (sessions_before, sessions_after)]
    given_columns = {
        "quarter": [pd.Timestamp(QUARTER.first_day)] * size,
        "family_key": [f"F{family}" for family in families],
        "person_id": [f"P{number:02}" for number in range(size)],
        **{"role": ["child"] * size, "fs_start_date": [pd.Timestamp(2017, 11, 1)] * size},
        **{"before_cp_days": days_before, "after_cp_days": days_after},
        **{"before_unauthorised_sessions": sessions_before, "after_unauthorised_sessions": sessions_after},
        **{"before_possible_sessions": possible[0], "after_possible_sessions": possible[1]},
    }
    typed = {name: pd.array(list(values), dtype=columns[name].dtype) for name, values in given_columns.items()}
    return Deliveries({QUARTER: True}, lambda _: FOLLOW_UP.frame(columns | counts | typed))


def rows_of(made, measure):
    return made[(made["measure"] == measure) & (made["scope"] == "fs")].to_dict("records")


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), min_size=15, max_size=60))
def test_the_interval_is_the_oracles(days):
    """Of days on a plan: there are none while fewer than 20 families differ."""
    people = [(family, 2, after, None, None) for family, after in days]
    (row,) = rows_of(before_after(QUARTER, LEAST, follow_ups(people)), "cp_days")
    paired = [sum(after - 2 for of, after in days if of == family) for family in {family for family, _ in days}]
    ours = [cell(row[end]) for end in ("interval_low", "interval_high")]
    assert ours == (list(interval(paired)) if None in ours else pytest.approx(interval(paired)))


@settings(max_examples=25)
@given(PEOPLE, st.integers(0, 2))
def test_the_interval_lies_around_the_difference_for_counts_and_for_shares(people, least):
    made = before_after(QUARTER, {"families_that_differ": least + 2}, follow_ups(people))
    for measure in ("cp_days", "unauthorised_absence"):
        (row,) = rows_of(made, measure)
        assert math.isnan(row["interval_low"]) == math.isnan(row["interval_high"])
        if not math.isnan(row["interval_low"]):
            assert row["families"] >= least + 2
            middle = (row["interval_low"] + row["interval_high"]) / 2
            assert math.isclose(middle, row["difference"], rel_tol=1e-9, abs_tol=1e-9)
            assert row["interval_low"] <= row["interval_high"]


@settings(max_examples=25)
@given(PEOPLE)
def test_sums_are_of_those_with_both_sides_and_add_up_over_families(people):
    both = [person for person in people if None not in person[1:3]]
    (row,) = rows_of(before_after(QUARTER, LEAST, follow_ups(people)), "cp_days")
    assert (row["people"], row["families"]) == (len(both), len({person[0] for person in both}))
    assert (row["before"], row["after"]) == (sum(p[1] for p in both), sum(p[2] for p in both))
    assert row["difference"] == row["after"] - row["before"]


@settings(max_examples=25)
@given(PEOPLE)
def test_a_rate_times_its_divisor_is_the_sum(people):
    completed = follow_ups(people)
    (row,) = rows_of(before_after(QUARTER, LEAST, completed), "cp_days")
    rates = rows_of(before_after_rates(QUARTER, LEAST | {"months_around_fs": 12}, completed), "cp_days")
    divisors = {"per_family": row["families"], "per_person_month": 12 * row["people"]}
    assert {rate["rate"] for rate in rates} == set(divisors)
    for rate in rates:
        for name in ("before", "after", "difference"):
            if not row["people"]:
                assert math.isnan(rate[name])
            else:
                assert math.isclose(rate[name] * divisors[rate["rate"]], row[name], rel_tol=1e-9, abs_tol=1e-9)
