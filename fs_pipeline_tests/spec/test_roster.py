"""The roster: which children and adults are counted, in which family, with which FS dates, team and cohort.

October to December 2018. Here the world is written out: nobody is known but those in the tables.
"""

import pytest

from fs_pipeline.toolkit.extracts import ADULT_INVOLVEMENTS, ALLOCATIONS, FAMILY_MEMBERS, PEOPLE, REFERRALS
from fs_pipeline_tests.literals import Case, each, row

NOBODY = "family | person | role"


def referred(referrals, allocations):
    """Amy of family Green with these referrals and allocations."""
    case = Case(row(family="Green", person="Amy", role="child", since=""))
    return case.given(REFERRALS, referrals).given(ALLOCATIONS, allocations)


def amy(**columns):
    return Case(row(family="Green", person="Amy", role="child", **columns))


# Children


@each("""
    allocated  | team_is_fs | on_roster
    01/11/2017 | yes        | yes
    01/11/2017 | no         | no
    31/12/2018 | yes        | yes
    01/01/2019 | yes        | no
""")
def test_a_child_with_an_fs_allocation_by_the_quarter_end_is_on_the_roster(allocated, team_is_fs, on_roster):
    case = referred(
        row(key="R", person="Amy", start="15/10/2017"),
        row(person="Amy", referral="R", start=allocated, family_safeguarding=team_is_fs),
    )
    assert case.roster() == (["Green Amy"] if on_roster else [])


@each("""
    role  | on_roster
    child | yes
    adult | no
""")
def test_who_is_only_an_adult_of_families_is_no_child_z03(role, on_roster):
    """Dawn is referred to FS herself, and the first of all members."""
    case = Case(row(family="Green", person="Dawn", role=role, since=""))
    case = case.given(REFERRALS, row(key="R", person="Dawn", start="15/10/2017"))
    case = case.given(ALLOCATIONS, row(person="Dawn", referral="R", start="01/11/2017", family_safeguarding="yes"))
    assert case.roster() == (["Green Dawn"] if on_roster else [])


def test_nobody():
    case = Case(NOBODY)
    assert case.roster() == []
    assert case.scopes(1) == {"authority", "fs"}


def test_fs_starts_with_the_first_fs_allocation_not_with_the_referral_r03():
    case = referred(
        row(key="R", person="Amy", start="15/10/2017"),
        """
        person | referral | start      | end        | team    | family_safeguarding
        Amy    | R        | 15/10/2017 | 31/10/2017 | Contact | no
        Amy    | R        | 05/11/2017 |            | North   | yes
        Amy    | R        | 01/11/2017 | 05/11/2017 | South   | yes
        """,
    )
    assert case.person("Amy").fs_start_date == "01/11/2017"
    assert case.person("Amy").referral_start_date == "15/10/2017"


@each("""
    first_ends | second_ends | fs_ends
    01/03/2018 | 01/06/2018  | 01/06/2018
    01/06/2018 | 01/03/2018  | 01/06/2018
    01/03/2018 |             | blank
               | 01/03/2018  | blank
    01/03/2018 | 31/12/2018  | 31/12/2018
    01/03/2018 | 01/01/2019  | blank
""")
def test_fs_ends_with_the_last_fs_allocation_once_all_have_ended_r04_z06(first_ends, second_ends, fs_ends):
    case = referred(
        row(key="R", person="Amy", start="15/10/2017"),
        f"""
        person | referral | start      | end           | family_safeguarding
        Amy    | R        | 01/11/2017 | {first_ends}  | yes
        Amy    | R        | 01/12/2017 | {second_ends} | yes
        Amy    | R        | 01/12/2017 |               | no
        """,
    )
    assert case.person("Amy").fs_end_date == fs_ends
    assert case.family("Green").fs_end_date == fs_ends


@each("""
    north_starts | south_starts | team
    01/11/2017   | 01/12/2017   | South
    01/12/2017   | 01/11/2017   | North
    01/12/2017   | 01/12/2017   | South
""")
def test_the_team_is_that_of_the_latest_fs_allocation_ties_by_key_r13a_z01(north_starts, south_starts, team):
    case = referred(
        row(key="R", person="Amy", start="15/10/2017"),
        f"""
        key | person | referral | start          | team  | family_safeguarding
        A   | Amy    | R        | {north_starts} | North | yes
        B   | Amy    | R        | {south_starts} | South | yes
        C   | Amy    | R        | 01/06/2018     | Other | no
        """,
    )
    assert case.person("Amy").latest_fs_team == team
    assert case.family("Green").latest_fs_team == team


@each("""
    what                          | start_of_2 | start_of_fs | team_is_fs | current
    a return to FS                | 01/06/2018 | 15/06/2018  | yes        | R2
    a referral without FS         | 01/06/2018 | 15/06/2018  | no         | R1
    FS starts with the first one  | 15/10/2017 | 01/11/2017  | yes        | R2
    FS starts after the quarter   | 01/06/2018 | 01/01/2019  | yes        | R1
""")
def test_the_current_referral_is_that_with_the_latest_fs_start_ties_by_key_r02_z03(
    what, start_of_2, start_of_fs, team_is_fs, current
):
    case = referred(
        f"""
        key | person | start        | end        | category_of_need
        R1  | Amy    | 15/10/2017   | 01/03/2018 | N1
        R2  | Amy    | {start_of_2} |            | N2
        """,
        f"""
        person | referral | start         | end        | family_safeguarding
        Amy    | R1       | 01/11/2017    | 01/03/2018 | yes
        Amy    | R2       | {start_of_fs} |            | {"yes" if team_is_fs else "no"}
        """,
    )
    amy = case.person("Amy")
    assert amy.referral_key == current
    assert amy.category_of_need == {"R1": "N1", "R2": "N2"}[current]
    assert amy.fs_start_date == (start_of_fs if current == "R2" else "01/11/2017")


@each("""
    other      | previous
    14/10/2017 | 1
    15/10/2017 | 0
    01/06/2018 | 0
""")
def test_previous_referrals_of_any_kind_started_before_the_current_one_r09(other, previous):
    case = referred(
        f"""
        key | person | start      | end
        R   | Amy    | 15/10/2017 |
        O   | Amy    | {other}    | 01/07/2018
        """,
        row(person="Amy", referral="R", start="01/11/2017", family_safeguarding=True),
    )
    assert case.person("Amy").previous_referrals == previous


@each("""
    ended      | shown
               | blank
    01/06/2018 | 01/06/2018
    31/12/2018 | 31/12/2018
    01/01/2019 | blank
""")
def test_the_end_of_the_referral_r08_z06(ended, shown):
    case = referred(
        row(key="R", person="Amy", start="15/10/2017", end=ended),
        row(person="Amy", referral="R", start="01/11/2017", family_safeguarding=True),
    )
    assert case.person("Amy").referral_end_date == shown


@each("""
    born       | age
    01/11/2009 | 8
    02/11/2009 | 7
    01/11/2017 | 0
    02/11/2017 | blank
               | blank
""")
def test_age_in_completed_years_on_the_day_of_fs_start_d04_z04(born, age):
    assert amy(born=born).person("Amy").age == age


@each("""
    until      | shown
               | Active Case
    31/12/2018 | Closed Case
    01/01/2019 | Active Case
    01/03/2018 | Closed Case
""")
def test_a_case_is_closed_once_fs_has_ended_by_the_quarter_end_d07_z05(until, shown):
    assert amy(until=until).person("Amy").relationship_type == shown


@pytest.mark.parametrize("quarter", ["2018-Q1", "2018-Q4", "2020-Q4"])
def test_families_stay_on_the_roster_after_fs_has_ended(quarter):
    case = Case("family | person | role | until \n Green | Amy | child | 01/02/2018 \n Green | Dawn | adult |", quarter)
    assert case.roster() == ["Green Amy", "Green Dawn"]


# Adults


@each("""
    started    | ended      | worked_with
    01/12/2017 |            | yes
    01/06/2017 | 31/10/2017 | no
    01/06/2017 | 01/11/2017 | yes
    31/12/2018 |            | yes
    01/01/2019 |            | no
    01/12/2017 | 01/02/2018 | yes
""")
@pytest.mark.parametrize("status", ["allocated", "awaiting_allocation"])
def test_an_adult_is_worked_with_during_the_family_s_time_in_fs(started, ended, worked_with, status):
    dawn = row(family="Green", person="Dawn", status=status, start=started, end=ended)
    case = amy().given(FAMILY_MEMBERS, row(family="Green", person="Dawn", role="adult"))
    assert case.given(ADULT_INVOLVEMENTS, dawn).roster() == ["Green Amy", *["Green Dawn"][: int(worked_with)]]


@each("""
    started    | worked_with
    30/06/2018 | yes
    01/07/2018 | no
""")
def test_work_that_begins_after_fs_has_ended_does_not_count(started, worked_with):
    case = amy(until="30/06/2018").given(FAMILY_MEMBERS, row(family="Green", person="Dawn", role="adult"))
    case = case.given(ADULT_INVOLVEMENTS, row(family="Green", person="Dawn", start=started))
    assert ("Green Dawn" in case.roster()) is worked_with


@each("""
    what                          | member_of | works_for
    no member of the family       | White     | Green
    work for another family       | Green     | White
    family without a child in FS  | White     | White
""")
def test_who_is_not_worked_with(what, member_of, works_for):
    case = amy().given(FAMILY_MEMBERS, row(family=member_of, person="Dawn", role="adult"))
    assert case.given(ADULT_INVOLVEMENTS, row(family=works_for, person="Dawn", start="01/12/2017")).roster() == [
        "Green Amy"
    ]


def test_an_adult_has_the_family_s_fs_dates_and_team_and_their_own_place_in_it_z02():
    """R03 the earliest of the children's; R04 blank as long as it is for one child; R13a of the last allocation."""
    case = Case("""
        family | person | role  | since      | until      | team  | relationship_type
        Green  | Amy    | child | 01/12/2017 |            | South |
        Green  | Ben    | child | 01/11/2017 | 01/06/2018 | North |
        Green  | Dawn   | adult | 01/06/2018 |            |       | Mother
    """)
    dawn, green = case.person("Dawn"), case.family("Green")
    assert (dawn.fs_start_date, dawn.fs_end_date, dawn.latest_fs_team) == ("01/11/2017", None, "South")
    assert (green.fs_start_date, green.fs_end_date, green.latest_fs_team) == ("01/11/2017", None, "South")
    assert (dawn.relationship_type, dawn.referral_key, dawn.previous_referrals) == ("Mother", None, None)
    assert case.person("Amy").fs_start_date == "01/12/2017"
    assert case.person("Ben").fs_end_date == "01/06/2018"


def test_the_family_s_fs_ends_with_the_last_child_s_and_ties_of_teams_go_to_the_smallest_person():
    case = Case("""
        family | person | role  | until      | team
        Green  | Ben    | child | 01/06/2018 | North
        Green  | Amy    | child | 01/03/2018 | South
    """)
    green = case.family("Green")
    assert (green.fs_end_date, green.latest_fs_team) == ("01/06/2018", "South")


def test_an_adult_of_two_families_stands_in_both():
    case = Case("""
        family | person | role  | since
        Green  | Amy    | child | 01/11/2017
        Green  | Dawn   | adult | 01/11/2017
        White  | Ben    | child | 01/03/2018
        White  | Dawn   | adult | 01/03/2018
    """)
    assert case.roster() == ["Green Amy", "Green Dawn", "White Ben", "White Dawn"]
    assert case.person("Dawn", "Green").fs_start_date == "01/11/2017"
    assert case.person("Dawn", "White").fs_start_date == "01/03/2018"


def test_what_is_known_of_a_person_is_shown_as_supplied():
    people = row(person="Dawn", sex="F", ethnicity="WBRI")
    case = amy().given(PEOPLE, people).given(FAMILY_MEMBERS, row(family="Green", person="Dawn", role="adult"))
    case = case.given(ADULT_INVOLVEMENTS, row(family="Green", person="Dawn", start="01/12/2017"))
    assert (case.person("Dawn").sex, case.person("Dawn").ethnicity) == ("F", "WBRI")


# Cohorts


@each("""
    since      | cohort
    30/09/2017 | blank
    01/10/2017 | 1
    31/12/2017 | 1
    01/01/2018 | 2
    31/03/2018 | 2
    01/04/2018 | blank
    30/09/2018 | blank
    01/10/2018 | 3
    31/12/2018 | 3
""")
def test_the_cohort_is_the_window_that_holds_the_family_s_fs_start_r05_z07(since, cohort):
    case = amy(since=since)
    expected = None if cohort is None else str(cohort)
    assert (case.person("Amy").cohort, case.family("Green").cohort) == (expected, expected)
    assert case.scopes(5) == {"authority", "fs", "team:North"} | ({f"cohort:{cohort}"} if cohort else set())


def test_a_child_that_joins_later_is_of_the_family_s_cohort_z07():
    case = Case("""
        family | person | role  | since
        Green  | Amy    | child | 01/11/2017
        Green  | Ben    | child | 01/02/2018
    """)
    assert case.person("Ben").cohort == "1"


def test_a_family_that_returns_is_of_the_cohort_of_its_return_z03():
    case = referred(
        """
        key | person | start      | end
        R1  | Amy    | 15/10/2017 | 01/03/2018
        R2  | Amy    | 01/10/2018 |
        """,
        """
        person | referral | start      | end        | family_safeguarding
        Amy    | R1       | 01/11/2017 | 01/03/2018 | yes
        Amy    | R2       | 15/10/2018 |            | yes
        """,
    )
    assert case.family("Green").cohort == "3"
