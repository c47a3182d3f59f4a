"""Periods of care against plain Python that walks the episodes one by one."""

import random
from datetime import date, timedelta

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from fs_pipeline.arithmetic.care_periods import Episodes, latest_versions, periods_of_care

DAY = date(2020, 1, 1)
EPISODE = st.tuples(
    st.integers(0, 2),  # child
    st.integers(0, 12),  # starts on this day
    st.none() | st.integers(0, 5),  # lasts so many days
    st.sampled_from(["S", "P", "L", ""]),
    st.sampled_from(["X1", "X1", "X1", "E4A", ""]),
    st.sampled_from(["C2", "C2", "V3", "V4"]),
)
EPISODES = st.lists(EPISODE, max_size=25, unique_by=lambda episode: episode[:2])


def as_episodes(rows):
    def dates(values):
        days = [np.datetime64("NaT") if value is None else np.datetime64(DAY + timedelta(value)) for value in values]
        return np.array(days, dtype="datetime64[D]")

    def texts(position):
        return np.array([row[position] for row in rows], dtype=object)

    return Episodes(
        child=np.array([row[0] for row in rows], dtype=np.int64),
        start=dates(row[1] for row in rows),
        end=dates(None if row[2] is None else row[1] + row[2] for row in rows),
        began=texts(3),
        ceased=texts(4),
        respite=np.array([row[5] in ("V3", "V4") for row in rows], dtype=bool),
    )


def plain(rows):
    """Child, first and last day, left-censored, wholly respite, days of respite within: by child and start."""
    chains = []
    for row in sorted(rows):
        before = chains[-1][-1] if chains else None
        meets = before and before[0] == row[0] and before[2] is not None and before[1] + before[2] == row[1]
        if meets and before[4] == "X1":
            chains[-1].append(row)
        else:
            chains.append([row])
    made = []
    for chain in chains:
        care = [place for place, row in enumerate(chain) if row[5] == "C2"]
        within = chain[care[0] : care[-1] + 1] if care else chain
        last = within[-1]
        made.append(
            (
                chain[0][0],
                within[0][1],
                None if last[2] is None else last[1] + last[2],
                chain[0][3] != "S",
                not care,
                sum(row[2] for row in within if row[5] != "C2") if care else 0,
            )
        )
    return made


def vectorised(rows):
    episodes = as_episodes(rows)
    periods = periods_of_care(episodes)

    def day(value):
        return None if np.isnat(value) else (value.astype(object) - DAY).days

    return [
        (
            int(episodes.child[periods.first[number]]),
            day(periods.start[number]),
            day(periods.end[number]),
            bool(periods.left_censored[number]),
            bool(periods.wholly_respite[number]),
            int(periods.respite_days[number]),
        )
        for number in range(len(periods))
    ]


@given(EPISODES)
@example([(1, 0, 3, "S", "X1", "V3"), (1, 3, 2, "S", "X1", "V3"), (1, 5, None, "S", "X1", "V3")])  # respite alone
def test_periods_are_those_of_a_walk_through_the_episodes(rows):
    assert vectorised(rows) == plain(rows)


@given(EPISODES, st.randoms(use_true_random=False))
def test_the_order_of_the_episodes_does_not_matter(rows, chance: random.Random):
    shuffled = chance.sample(rows, len(rows))
    assert vectorised(shuffled) == vectorised(rows)
    places = periods_of_care(as_episodes(shuffled)).of_episode
    assert sorted(zip(shuffled, places, strict=True)) == sorted(
        zip(rows, periods_of_care(as_episodes(rows)).of_episode, strict=True)
    )


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.none() | st.integers(0, 3), st.integers(0, 3))))
def test_of_each_child_and_day_the_latest_year_stands(rows):
    def order(place):
        return rows[place][3], 99 if rows[place][2] is None else rows[place][2], place

    episodes = as_episodes([(*row[:3], "", "", "") for row in rows])
    years = np.array([row[3] for row in rows], dtype=np.int64)
    winners = latest_versions(episodes.child, episodes.start, episodes.end, years)
    groups = [[other for other in range(len(rows)) if rows[other][:2] == row[:2]] for row in rows]
    assert winners.tolist() == [max(group, key=order) for group in groups]
