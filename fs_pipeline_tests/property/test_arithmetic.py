"""Properties of the arithmetic, against plain Python taken one by one; and of a whole quarter, over invented worlds."""

import random
from calendar import monthrange
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fs_pipeline.arithmetic.columns import first, last, numbers
from fs_pipeline.arithmetic.periods import Period, Spans
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import (
    Quarter,
    completed_years,
    plus_months,
    quarter_number,
    school_year_start,
)
from fs_pipeline.subjects.child_protection.fields import child_protection
from fs_pipeline.toolkit.breakdowns import COHORT, TEAM
from fs_pipeline.toolkit.extracts import CP_PLANS, EXTRACTS
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, FIELDS
from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline_tests.literals import delivery, typed
from fs_pipeline_tests.plain_run import programme_of, run_quarter
from fs_pipeline_tests.worlds import random_world

DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
NEAR = st.dates(date(2018, 8, 1), date(2019, 2, 28))
MAYBE_NEAR = st.none() | NEAR
SPANS = st.lists(st.tuples(NEAR, MAYBE_NEAR).filter(lambda span: span[1] is None or span[0] <= span[1]), max_size=30)
QUARTERS = st.builds(
    lambda year, number: Quarter(date(year, 3 * number - 2, 1)), st.integers(1990, 2090), st.integers(1, 4)
)
GROUPS = st.lists(st.tuples(st.integers(0, 4), MAYBE_NEAR, st.booleans()), max_size=30)
OF_2018 = Quarter(date(2018, 10, 1))


def as_days(dates):
    return np.array([np.datetime64("NaT") if day is None else day for day in dates], dtype="datetime64[D]")


def one(day):
    return as_days([day])


# Calendar


@given(DAYS, st.integers(-60, 60))
def test_plus_months_keeps_the_day_of_the_month_or_takes_the_last(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    expected = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    assert plus_months(one(day), months)[0] == np.datetime64(expected)


@given(
    st.lists(st.none() | st.dates(date(2016, 2, 27), date(2016, 3, 2)), max_size=30)  # more rows than days
    | st.lists(st.none() | DAYS, max_size=5)  # more days than rows
)
def test_the_calendar_of_a_column_is_that_of_each_of_its_days(dates):
    on = np.datetime64("2018-02-28")
    for work in (
        lambda days: plus_months(days, -12),
        lambda days: completed_years(days, np.full(len(days), on)),
        quarter_number,
        school_year_start,
    ):
        alone = [work(one(day)) for day in dates]
        np.testing.assert_array_equal(work(as_days(dates)), np.concatenate([work(as_days([])), *alone]))


def test_plus_months_of_a_blank_is_blank():
    assert np.isnat(plus_months(one(None), 6)[0])


@given(DAYS, DAYS)
def test_completed_years_are_the_birthdays_passed(born, on):
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    age = completed_years(one(born), one(on))[0]
    assert np.isnan(age) if born > on else age == years


@given(DAYS)
def test_the_school_year_starts_on_the_31_august_on_or_before_the_day(day):
    start = school_year_start(one(day))[0].astype(object)
    assert (start.month, start.day) == (8, 31)
    assert timedelta(0) <= day - start <= timedelta(365)


# Quarters


@given(QUARTERS)
def test_a_quarter_reads_back_in_each_of_its_three_forms(quarter):
    year, number = quarter.first_day.year, quarter.first_day.month // 3 + 1
    financial, of_year = (year, number - 1) if number > 1 else (year - 1, 4)
    forms = (quarter.key, f"{year}-Q{number}", f"{financial}-{(financial + 1) % 100:02}-Q{of_year}")
    assert [Quarter.parse(form) for form in forms] == [quarter] * 3


@given(DAYS)
def test_every_day_lies_in_its_quarter_and_in_no_neighbour(day):
    quarter = Quarter.holding(day)
    held = [bool(near.holds(one(day))[0]) for near in (quarter.shifted(-1), quarter, quarter.shifted(1))]
    assert held == [False, True, False]


@given(QUARTERS, st.integers(-20, 20))
def test_quarters_shift_there_and_back_and_leave_no_gap(quarter, number):
    assert quarter.shifted(number).shifted(-number) == quarter
    assert quarter.last_day + timedelta(1) == quarter.shifted(1).first_day
    assert len(quarter.until(quarter.shifted(number))) == max(0, number + 1)


# Spans


@given(SPANS, NEAR, NEAR)
def test_active_in_a_window_one_by_one(rows, first_day, last_day):
    spans = Spans(as_days(start for start, _ in rows), as_days(end for _, end in rows))
    expected = [
        first_day <= last_day and start <= last_day and (end is None or end >= first_day) for start, end in rows
    ]
    assert (
        spans.active_in(Period.same(len(rows), np.datetime64(first_day), np.datetime64(last_day))).tolist() == expected
    )


@given(SPANS, NEAR)
def test_as_at_a_day_one_by_one(rows, day):
    spans = Spans(as_days(start for start, _ in rows), as_days(end for _, end in rows))
    expected = [start <= day and (end is None or end > day) for start, end in rows]
    assert spans.as_at(np.datetime64(day)).tolist() == expected


@given(SPANS, NEAR)
def test_days_until_a_day_one_by_one(rows, day):
    spans = Spans(as_days(start for start, _ in rows), as_days(end for _, end in rows))
    expected = [(min(end or day, day) - start).days for start, end in rows]
    assert spans.days_until(np.datetime64(day)).tolist() == expected


# Groups


@given(GROUPS)
def test_last_and_first_of_each_group_ties_by_position(rows):
    groups = np.array([group for group, _, _ in rows], dtype=np.int64)
    among = np.array([wanted for _, _, wanted in rows], dtype=bool)
    dated = as_days(day for _, day, _ in rows)
    members = [
        [(day, place) for place, (of, day, wanted) in enumerate(rows) if of == group and day and wanted]
        for group in range(5)
    ]
    assert last(groups, dated, 5, among).tolist() == [max(found)[1] if found else -1 for found in members]
    assert first(groups, dated, 5, among).tolist() == [min(found)[1] if found else -1 for found in members]


# Population

PEOPLE = st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("123"), st.booleans()), max_size=12, unique=True)


def roster(rows):
    return pd.DataFrame(
        {
            "family_key": pd.array([family for _, family, _ in rows], dtype="str"),
            "person_id": pd.array([person for person, _, _ in rows], dtype="str"),
            "role": pd.array(["child" if is_child else "adult" for _, _, is_child in rows], dtype="str"),
            "fs_start_date": pd.array([datetime(2017, 11, 1)] * len(rows), dtype="datetime64[ms]"),
            TEAM.membership: pd.array(["North"] * len(rows), dtype="str"),
            "fs_end_date": pd.array([pd.NaT] * len(rows), dtype="datetime64[ms]"),
            COHORT.membership: pd.array(["1"] * len(rows), dtype="str"),
        }
    )


@given(PEOPLE, st.lists(st.sampled_from("ABCDEF"), max_size=20))
def test_events_meet_every_counted_row_of_their_person(people, events):
    population = Population.of_roster(roster(people), OF_2018, "child")
    event, row = population.events(pd.Series(events, dtype="str"))
    expected = [
        (place, which)
        for place, person in enumerate(events)
        for which, (who, _, is_child) in enumerate(people)
        if person == who and is_child
    ]
    assert sorted(zip(event.tolist(), row.tolist(), strict=True)) == expected
    for which in range(len(people)):
        assert (np.diff(event[row == which]) > 0).all()


@given(PEOPLE)
def test_a_person_counts_once_in_every_scope(people):
    population = Population.of_roster(roster(people), OF_2018)
    everyone = len({person for person, _, _ in people})
    assert population.total(np.ones(len(people))).tolist() == [everyone] * len(population.scopes)


@pytest.mark.parametrize(
    ("starts", "teams", "counts_in_fs", "counts_in_team"),
    [
        ([date(2017, 11, 1), date(2017, 10, 9)], ["North", "North"], [False, True], [False, True]),  # the earliest
        ([date(2017, 10, 9), date(2017, 10, 9)], ["North", "North"], [True, False], [True, False]),  # the first family
        ([date(2017, 11, 1), date(2017, 10, 9)], ["North", "South"], [False, True], [True, True]),  # in each team once
        ([date(2017, 11, 1), date(2017, 10, 9)], ["North", None], [False, True], [True, False]),  # no team is no scope
    ],
)
def test_an_adult_of_two_families_counts_with_the_earliest_fs_start(starts, teams, counts_in_fs, counts_in_team):
    people = roster([("A", "1", False), ("A", "2", False)])
    people["fs_start_date"] = pd.array(starts, dtype="datetime64[ms]")
    people[TEAM.membership] = pd.array(teams, dtype="str")
    population = Population.of_roster(people, OF_2018, "adult")
    assert population.counts_in("fs").tolist() == counts_in_fs
    assert population.counts_in("team").tolist() == counts_in_team
    assert Population.of_roster(people, OF_2018, "child").counts_in("fs").tolist() == [False, False]


# A whole quarter


@settings(max_examples=40)
@given(st.lists(st.tuples(st.dates(date(2014, 1, 1), date(2018, 12, 31)), st.integers(0, 900)), max_size=8))
def test_a_repeat_within_12_months_is_one_within_24(rows):
    ends = [min(start + timedelta(length), date(2019, 6, 1)) for start, length in rows]
    plans = typed(
        CP_PLANS,
        {
            "cp_plan_id": [str(number) for number in range(len(rows))],
            "person_id": ["A"] * len(rows),
            "start_date": [start for start, _ in rows],
            "end_date": [None if end > OF_2018.last_day else end for end in ends],
            "category": [None] * len(rows),
        },
    )
    amy = child_protection(OF_2018, PARAMETERS.on(OF_2018.first_day), roster([("A", "1", True)]), plans).iloc[0]
    within_12, within_24 = amy["repeat_within_12_months"], amy["repeat_within_24_months"]
    assert pd.isna(within_12) == pd.isna(within_24)
    assert pd.isna(within_12) or not within_12 or within_24


def quarter_of_a_world(seed, shuffled=None):
    """Every table of October to December 2018; `shuffled` delivers the rows in another order."""
    world, programme = random_world(seed)
    quarters = {Quarter(first_day): supply for first_day, supply in world.items() if first_day <= OF_2018.first_day}
    extracts = {}
    for quarter, supply in quarters.items():
        extracts[quarter] = {}
        for name, rows in supply.items():
            table = EXTRACTS[name]
            if rows is None or (table.snapshot and quarter != OF_2018):
                continue
            rows = list(rows)
            if shuffled is not None:
                random.Random(shuffled).shuffle(rows)
            frame = typed(table, {column: [row[column] for row in rows] for column in table.names})
            extracts[quarter][name] = delivery(table, frame, quarter, OF_2018)
    return run_quarter(extracts, programme_of(programme), OF_2018)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_delivered_rows_does_not_matter(seed):
    made, again = quarter_of_a_world(seed), quarter_of_a_world(seed, shuffled=seed)
    assert made.keys() == again.keys()
    for name, table in made.items():
        pd.testing.assert_frame_equal(table, again[name], obj=name)


@pytest.mark.parametrize("seed", range(3))
def test_a_family_s_total_is_its_people_s(seed):
    made = quarter_of_a_world(seed)
    people, families = made["outputs/person_level"], made["outputs/family_level"]
    assert len(people) > 10
    summed = [
        name
        for name in FAMILY_LEVEL.names
        if name in people and FIELDS.get(name) and FIELDS[name].unit in ("count", "days", "sessions")
    ]
    assert len(summed) == 16
    for family in families.to_dict("records"):
        members = people[people["family_key"] == family["family_key"]]
        for name in summed:
            known = numbers(members[name])[members[name].notna().to_numpy()]
            assert pd.isna(family[name]) if not len(known) else family[name] == known.sum()
