"""I01 and I02 are taken over from a quarter ago where they cannot have changed; nothing older is read for them."""

from datetime import date

import pytest

from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries, Earlier
from fs_pipeline.subjects.domestic_abuse.police_contacts import POLICE_CONTACTS, police_contacts
from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline.toolkit.parameters import PARAMETERS

QUARTER = Quarter.parse("2020-01-01")
WINDOW = QUARTER.shifted(-8).until(QUARTER)
READ = POLICE_INCIDENTS.only("incident_id", "person_id", "incident_date", "role", "crime", "domestic_abuse")
BEFORE = {"ann": date(2019, 10, 5), "bob": date(2019, 6, 30), "eve": date(2020, 1, 1), "kim": date(2020, 2, 2)}
"""The roster a quarter ago, with R03. What was counted then is set to 7 for everyone, which no count of now is."""


def roster(starts):
    size = len(starts)
    columns = {
        "family_key": [f"F{number}" for number in range(size)],
        "person_id": list(starts),
        "role": ["child"] * size,
    }
    dates = {"fs_start_date": list(starts.values()), "fs_end_date": [None] * size}
    return ROSTER_ROWS.frame(columns | dates | {"latest_fs_team": ["north"] * size, "cohort": [None] * size})


def deliveries(read):
    """One crime a quarter with ann, bob, eve, kim and zoe as victims, on its second day."""
    people = ("ann", "bob", "eve", "kim", "zoe")

    def rows(quarters):
        read.extend(quarters)
        days = [(quarter, quarter.first_day.replace(day=2), person) for quarter in quarters for person in people]
        size = len(days)
        incidents = {
            "incident_id": [f"{quarter.key}{person}" for quarter, _, person in days],
            "person_id": [person for *_, person in days],
            "incident_date": [day for _, day, _ in days],
        }
        return READ.frame(
            incidents | {"role": ["victim"] * size, "crime": [True] * size, "domestic_abuse": [False] * size}
        )

    return Deliveries(dict.fromkeys(WINDOW, True), rows)


def victims(starts, earlier, read=None):
    parameters = PARAMETERS.on(QUARTER.first_day)
    made = police_contacts(QUARTER, parameters, roster(starts), deliveries([] if read is None else read), earlier)
    return dict(zip(made["person_id"], made["previous_victim_count"], strict=True))


def a_quarter_ago():
    people = roster(BEFORE)
    sevens = {name: [7.0] * len(people) for name in POLICE_CONTACTS.names if name not in POLICE_CONTACTS.key}
    return Earlier(people, POLICE_CONTACTS.beside(people, sevens))


@pytest.mark.parametrize(
    ("person", "start", "count"),
    [
        ("ann", date(2019, 10, 5), 7),  # the same R03 as a quarter ago
        ("bob", date(2019, 6, 30), 7),
        ("ann", date(2019, 10, 1), 4),  # another R03: its own 12 months are counted
        ("eve", date(2020, 1, 1), 7),  # R03 on the first day: the 12 months before were over a quarter ago
        ("kim", date(2020, 2, 2), 4),  # known a quarter ago, but its 12 months were not over
        ("zoe", date(2019, 10, 5), 4),  # new to the roster
    ],
)
def test_a_count_of_a_quarter_ago_is_taken_over_where_it_cannot_have_changed(person, start, count):
    assert victims({person: start}, a_quarter_ago()) == {person: count}
    assert victims({person: start}, None) == {person: 4}


def test_of_a_known_roster_only_this_quarter_is_read():
    read = []
    victims(BEFORE | {"kim": date(2019, 10, 5)} | {"ann": date(2019, 10, 5)}, a_quarter_ago(), read)
    assert set(read) == set(WINDOW[3:])  # kim has another R03
    read.clear()
    victims({"ann": date(2019, 10, 5), "bob": date(2019, 6, 30)}, a_quarter_ago(), read)
    assert set(read) == {QUARTER}


def test_who_enters_in_the_quarter_needs_the_four_before():
    read = []
    victims({"ann": date(2019, 10, 5), "new": date(2020, 3, 31)}, a_quarter_ago(), read)
    assert set(read) == set(WINDOW[-5:])
