"""The oracle's roster, courses, P, E, W, teams and indicator 0, against tables worked by hand from definitions.md."""

from fs_pipeline_tests.second_edition.roster import fs_window
from fs_pipeline_tests.second_edition.tables import Story, day, each, lines

GREEN = """
    family | person | role  | since
    Green  | Amy    | child | 01/11/2017
    Green  | Dawn   | adult | 01/11/2017
"""
AMY = """
    family | person | role  | since
    Green  | Amy    | child |
"""


def amy(since, until="", **settings):
    story = Story(f"family | person | role | since | until\nGreen | Amy | child | {since} | {until or ''}")
    for key, value in settings.items():
        story = story.where("programme", key, value)
    return story


def member(story, person, family="Green"):
    (found,) = [row for row in story.case.members if (row.person_id, row.family_id) == (person, family)]
    return found


# -- FS allocations: teams' first days, transferred families -----------------------------------------------------------


@each("""
    since      | until      | on_roster | r03        | cohort
    01/11/2017 |            | yes       | 01/12/2017 | blank
    30/11/2017 |            | yes       | 01/12/2017 | blank
    01/12/2017 |            | yes       | 01/12/2017 | 1
    02/12/2017 |            | yes       | 02/12/2017 | 1
    01/11/2017 | 30/11/2017 | no        | blank      | blank
    01/11/2017 | 01/12/2017 | yes       | 01/12/2017 | blank
""")
def test_an_allocation_counts_from_the_teams_first_fs_day(since, until, on_roster, r03, cohort):
    story = amy(since, until).where("teams", "North", day("01/12/2017"))
    assert story.roster() == (["Green Amy"] if on_roster else [])
    if on_roster:
        found = story.person("Amy")
        assert (found["fs_start_date"], found["programme_start_date"]) == (r03, r03)
        assert found["cohort"] == (None if cohort is None else str(cohort))


@each("""
    since      | p          | cohort | when_transferred_count
    01/06/2017 | 01/10/2017 | blank  | 1
    30/09/2017 | 01/10/2017 | blank  | 1
    01/10/2017 | 01/10/2017 | 1      | 1
    31/12/2017 | 31/12/2017 | 1      | 1
    01/01/2018 | 01/01/2018 | 2      | 2
    31/03/2018 | 31/03/2018 | 2      | 2
    01/04/2018 | 01/04/2018 | blank  | blank
""")
def test_without_a_first_day_the_programmes_start_is_it_and_transferred_families_have_no_cohort(
    since, p, cohort, when_transferred_count
):
    found = amy(since).person("Amy")
    assert found["programme_start_date"] == p
    assert found["cohort"] == (cohort and str(cohort))
    assert amy(since, transferred_in_cohort=True).person("Amy")["cohort"] == (
        when_transferred_count and str(when_transferred_count)
    )


def test_one_transferred_child_is_enough_for_the_family():
    story = Story("""
        family | person | role  | since
        Green  | Amy    | child | 15/08/2017
        Green  | Ben    | child | 01/10/2017
    """)
    assert story.family("Green")["cohort"] is None


# -- Z40: allocations that outlive their referral ----------------------------------------------------------------------


@each("""
    start      | end        | referral_end | r04        | status
    01/11/2017 |            |              | blank      | Active Case
    01/11/2017 |            | 15/05/2018   | 15/05/2018 | Closed Case
    01/11/2017 | 20/05/2018 | 15/05/2018   | 15/05/2018 | Closed Case
    01/11/2017 | 10/05/2018 | 15/05/2018   | 10/05/2018 | Closed Case
    20/05/2018 |            | 15/05/2018   | 20/05/2018 | Closed Case
    01/11/2017 |            | 31/12/2018   | 31/12/2018 | Closed Case
    01/11/2017 |            | 01/01/2019   | blank      | Active Case
    01/11/2017 | 01/01/2019 |              | blank      | Active Case
""")
def test_an_allocation_ends_with_its_referral_z40(start, end, referral_end, r04, status):
    story = (
        Story(AMY)
        .given("referrals", f"referral | person | start | end\nR1 | Amy | 01/11/2017 | {referral_end or ''}")
        .given("allocations", f"person | referral | start | end\nAmy | R1 | {start} | {end or ''}")
    )
    found = story.person("Amy")
    assert (found["fs_end_date"], found["relationship_type"]) == (r04, status)
    assert story.family("Green")["fs_end_date"] == r04


# -- Z50: allocations without a referral -------------------------------------------------------------------------------


@each("""
    names | start      | referral
          | 15/04/2018 | R2
          | 28/02/2018 | R1
          | 01/03/2018 | R2
          | 30/04/2018 | R2
          | 01/05/2018 | R1
          | 31/12/2017 | blank
    R9    | 15/04/2018 | R2
    R1    | 15/04/2018 | R1
    R8    | 15/04/2018 | blank
""")
def test_an_allocation_without_a_referral_goes_to_the_one_open_on_its_start_z50(names, start, referral):
    story = (
        Story(AMY)
        .given(
            "referrals",
            """
            referral | person | start      | end
            R1       | Amy    | 01/01/2018 |
            R2       | Amy    | 01/03/2018 | 30/04/2018
            R8       | Ben    | 01/01/2018 |
            """,
        )
        .given("allocations", f"person | referral | start\nAmy | {names or ''} | {start}")
    )
    assert story.roster() == (["Green Amy"] if referral else [])
    if referral:
        assert story.person("Amy")["referral_key"] == referral


def test_without_a_referral_of_two_that_started_on_one_day_the_largest_key_z50():
    story = (
        Story(AMY)
        .given("referrals", "referral | person | start\nR1 | Amy | 01/01/2018\nR2 | Amy | 01/01/2018")
        .given("allocations", "person | referral | start\nAmy | | 15/04/2018")
    )
    assert story.person("Amy")["referral_key"] == "R2"


# -- Courses and P -----------------------------------------------------------------------------------------------------

TWICE = """
    family | person | role  | since      | until
    Green  | Amy    | child | 01/11/2017 | {until}
    Green  | Ben    | child | {again}    |
"""


@each("""
    until      | again      | years | p          | roster
    31/01/2018 | 31/10/2020 | 3     | 01/11/2017 | Amy Ben
    31/01/2018 | 01/11/2020 | 3     | 01/11/2020 | Ben
    30/10/2020 | 01/11/2020 | 3     | 01/11/2020 | Ben
    31/10/2020 | 01/11/2020 | 3     | 01/11/2017 | Amy Ben
    31/01/2018 | 01/11/2020 | 4     | 01/11/2017 | Amy Ben
    31/01/2018 | 01/11/2019 | 2     | 01/11/2019 | Ben
    31/01/2018 | 31/10/2019 | 2     | 01/11/2017 | Amy Ben
""")
def test_a_course_begins_follow_years_after_the_last_when_nobody_is_in_fs_the_day_before(
    until, again, years, p, roster
):
    quarter = "2020-Q4" if str(again).endswith("2020") else "2019-Q4"
    story = Story(TWICE.format(until=until, again=again), quarter).where("programme", "follow_years", years)
    assert story.family("Green")["programme_start_date"] == p
    assert story.roster() == [f"Green {name}" for name in roster.split()]


def test_p_of_a_child_is_its_own_the_cohort_the_familys():
    story = Story(TWICE.format(until="", again="15/02/2018"))
    ben, green = story.person("Ben"), story.family("Green")
    assert (ben["programme_start_date"], ben["cohort"]) == ("15/02/2018", "1")
    assert (green["programme_start_date"], green["fs_start_date"], green["cohort"]) == ("01/11/2017", "01/11/2017", "1")


def test_p_stays_when_a_child_comes_back_within_the_course_r03_moves():
    story = Story(TWICE.format(until="31/01/2018", again="").splitlines()[1] + "\n" + "\n".join([
        "Green | Amy | child | 01/11/2017 | 31/01/2018",
        "Green | Amy | child | 20/11/2018 | ",
    ]))  # fmt: skip
    found = story.person("Amy")
    assert (found["fs_start_date"], found["programme_start_date"], found["fs_spells"]) == (
        "20/11/2018",
        "01/11/2017",
        2,
    )
    assert found["cohort"] == "1"


@each("""
    since      | until      | last
    01/11/2017 | 31/01/2018 | 2020-Q4
    01/10/2017 | 31/01/2018 | 2020-Q3
    02/10/2017 | 31/01/2018 | 2020-Q4
    01/11/2017 | 31/12/2020 | 2020-Q4
    01/11/2017 | 01/01/2021 | 2021-Q1
""")
def test_a_family_stays_to_the_end_of_the_quarter_of_the_later_of_the_courses_end_and_r04(since, until, last):
    after = {"2020-Q3": "2020-Q4", "2020-Q4": "2021-Q1", "2021-Q1": "2021-Q2"}[last]
    assert amy(since, until).in_quarter(last).roster() == ["Green Amy"]
    assert amy(since, until).in_quarter(after).roster() == []


def test_a_child_of_no_family_has_its_own_p_and_no_cohort_and_counts_in_fs_and_its_team():
    story = Story("family | person | role | since\n | Amy | child | 01/11/2017")
    found = story.person("Amy")
    assert (found["family_key"], found["programme_start_date"], found["cohort"]) == (None, "01/11/2017", None)
    assert story.levels[1] == []
    assert [story.value(0, "children", scope) for scope in ("fs", "team:North")] == [1, 1]
    assert [story.value(0, name) for name in ("families", "families_in_fs", "families_entered")] == [0, 0, 0]


def test_an_adult_with_a_referral_is_no_child():
    story = Story(GREEN).given("referrals", "referral | person | start\nR7 | Dawn | 01/11/2017")
    story = story.given("allocations", "person | referral | start\nDawn | R7 | 01/11/2017")
    assert story.roster() == ["Green Amy", "Green Dawn"]
    assert story.value(0, "children") == 1


# -- Z49: children in several families ---------------------------------------------------------------------------------


@each("""
    ben_in | family
    Green  | Green
    Brown  | Brown
    Black  | Brown
""")
def test_a_child_of_several_families_belongs_to_the_one_with_most_fs_children_z49(ben_in, family):
    story = Story(f"""
        family   | person | role  | since
        Green    | Amy    | child | 01/11/2017
        {ben_in} | Ben    | child | 01/11/2017
    """).given("family_members", "family | person | role\nBrown | Amy | child")
    assert f"{family} Amy" in story.roster()
    assert len(story.roster()) == 2


# -- Being worked with, E, late adults ---------------------------------------------------------------------------------

WORK = """
    family | person | role  | since      | until
    Green  | Amy    | child | 10/11/2017 | 15/03/2018
    Green  | Dawn   | adult | {since}    | {until}
"""


@each("""
    since      | until      | first
    01/06/2017 |            | 10/11/2017
    01/06/2017 | 09/11/2017 | blank
    01/06/2017 | 10/11/2017 | 10/11/2017
    10/11/2017 |            | 10/11/2017
    20/02/2018 |            | 20/02/2018
    15/03/2018 |            | 15/03/2018
    16/03/2018 |            | blank
""")
def test_the_first_day_on_which_an_adult_would_have_been_on_the_roster(since, until, first):
    story = Story(WORK.format(since=since, until=until or ""))
    assert ("Green Dawn" in story.roster()) == (first is not None)
    if first:
        assert member(story, "Dawn").first_day == day(first)


def test_work_between_two_times_in_fs_counts_from_the_return():
    again = "Green | Amy | child | 01/09/2018 | \n"
    story = Story(WORK.format(since="16/03/2018", until="") + again)
    assert member(story, "Dawn").first_day == day("01/09/2018")
    assert member(story, "Dawn").e == day("01/07/2018")
    ended = Story(WORK.format(since="16/03/2018", until="31/08/2018") + again)
    assert member(ended, "Dawn").first_day == day("01/09/2018")  # it overlaps [P, qe], and so [P, d]


@each("""
    since      | entrant | i01
    09/11/2018 | yes     | 0
    10/11/2018 | no      | blank
""")
def test_an_adult_who_comes_12_months_after_p_is_no_entrant(since, entrant, i01):
    story = Story(f"""
        family | person | role  | since
        Green  | Amy    | child | 10/11/2017
        Green  | Dawn   | adult | {since}
    """)
    assert member(story, "Dawn").is_late != entrant
    assert story.person("Dawn")["previous_victim_count"] == i01
    assert story.family("Green")["previous_victim_count"] == 0  # the family's are those of the others
    assert story.figure(17, "da_involvements", period="baseline") == (0, None, None, "final", None)
    # Q4 2018 is also where Amy's 12 months, and Dawn's if she is no late comer, complete
    assert story.before_after("people_high_risk")["people"] == (1 if entrant else 0)


def test_where_no_involvements_are_supplied_every_adult_counts_from_p_to_r04_z48():
    story = Story(GREEN + "    Green | Eve | adult | \n").without("adult_involvements", "always")
    assert story.roster() == ["Green Amy", "Green Dawn", "Green Eve"]
    assert member(story, "Eve").first_day == day("01/11/2017")
    assert story.figure(0, "adults_worked_with") == (2, None, None, "final", None)


# -- W -----------------------------------------------------------------------------------------------------------------


@each("""
    until      | again      | again_until | first      | last       | r04
               |            |             | 01/10/2018 | 31/12/2018 | blank
    30/09/2018 |            |             | blank      | blank      | 30/09/2018
    01/10/2018 |            |             | 01/10/2018 | 01/10/2018 | 01/10/2018
    30/09/2018 | 20/11/2018 |             | 20/11/2018 | 31/12/2018 | blank
    15/10/2018 | 20/11/2018 |             | 01/10/2018 | 31/12/2018 | blank
    15/10/2018 | 20/11/2018 | 30/11/2018  | 01/10/2018 | 30/11/2018 | 30/11/2018
               | 01/02/2018 | 15/10/2018  | 01/10/2018 | 31/12/2018 | 15/10/2018
    30/11/2018 | 01/02/2018 | 15/10/2018  | 01/10/2018 | 30/11/2018 | 15/10/2018
""")
def test_w_runs_over_the_fs_referrals_that_are_open_to_fs_in_the_quarter(until, again, again_until, first, last, r04):
    rows = f"Green | Amy | child | 01/11/2017 | {until or ''}\n"
    rows += f"Green | Amy | child | {again} | {again_until or ''}\n" if again else ""
    story = Story("family | person | role | since | until\n" + rows + "Green | Dawn | adult | 01/11/2017 | ")
    for person in ("Amy", "Dawn"):
        window = fs_window(story.case, member(story, person))
        assert window.is_empty == (first is None)
        if first:
            assert (window.first, window.last) == (day(first), day(last))
        assert story.person(person)["fs_end_date"] == r04


def test_w_of_a_child_knows_nothing_of_an_earlier_course():
    story = Story(
        "family | person | role | since | until\n"
        "Green | Amy | child | 01/11/2017 | 31/01/2018\n"
        "Green | Amy | child | 10/11/2020 | ",
        "2020-Q4",
    )
    assert fs_window(story.case, member(story, "Amy")).first == day("10/11/2020")
    assert story.person("Amy")["fs_spells"] == 1


# -- Z41: teams --------------------------------------------------------------------------------------------------------


@each("""
    north_from | north_to   | south_from | south_to   | team
    01/11/2017 |            | 01/03/2018 |            | South
    01/11/2017 |            | 01/03/2018 | 30/06/2018 | North
    01/11/2017 | 31/08/2018 | 01/03/2018 | 30/06/2018 | North
    01/11/2017 | 30/06/2018 | 01/03/2018 | 30/06/2018 | South
    01/11/2017 | 30/06/2018 | 01/11/2017 | 30/06/2018 | South
    01/11/2017 |            | 01/11/2017 |            | South
    01/11/2017 |            | 01/03/2018 | 31/12/2018 | North
    01/11/2017 |            | 01/03/2018 | 01/01/2019 | South
""")
def test_the_team_is_that_of_the_open_allocation_that_started_last_z41(
    north_from, north_to, south_from, south_to, team
):
    story = (
        Story(AMY)
        .given("referrals", "referral | person | start\nR1 | Amy | 01/11/2017")
        .given(
            "allocations",
            f"""
            allocation | person | referral | team  | start        | end
            A1         | Amy    | R1       | North | {north_from} | {north_to or ""}
            A2         | Amy    | R1       | South | {south_from} | {south_to or ""}
            """,
        )
    )
    assert story.person("Amy")["latest_fs_team"] == team


@each("""
    amy_until  | ben_since  | ben_until  | family
               | 15/12/2017 |            | South
               | 15/12/2017 | 01/03/2018 | North
    01/02/2018 | 15/12/2017 | 01/03/2018 | South
    01/04/2018 | 15/12/2017 | 01/03/2018 | North
    01/03/2018 | 15/12/2017 | 01/03/2018 | North
               | 01/11/2017 |            | North
""")
def test_the_familys_team_is_that_of_the_child_still_in_fs_z41(amy_until, ben_since, ben_until, family):
    story = Story(f"""
        family | person | role  | team  | since       | until
        Green  | Amy    | child | North | 01/11/2017  | {amy_until or ""}
        Green  | Ben    | child | South | {ben_since} | {ben_until or ""}
        Green  | Dawn   | adult |       | 01/11/2017  |
    """)
    assert story.family("Green")["latest_fs_team"] == family
    assert story.person("Dawn")["latest_fs_team"] == family
    assert story.person("Ben")["latest_fs_team"] == "South"


# -- Indicator 0 -------------------------------------------------------------------------------------------------------


@each("""
    since      | until      | families | in_fs | entered | closed
    30/09/2018 |            | 1        | 1     | 0       | 0
    01/10/2018 |            | 1        | 1     | 1       | 0
    31/12/2018 |            | 1        | 1     | 1       | 0
    01/01/2019 |            | 0        | 0     | 0       | 0
    01/11/2017 | 30/09/2018 | 1        | 0     | 0       | 0
    01/11/2017 | 01/10/2018 | 1        | 1     | 0       | 1
    01/11/2017 | 31/12/2018 | 1        | 1     | 0       | 1
""")
def test_families_of_the_cohort(since, until, families, in_fs, entered, closed):
    story = amy(since, until)
    names = ("families", "families_in_fs", "families_entered", "families_closed")
    assert [story.value(0, name) for name in names] == [families, in_fs, entered, closed]
    assert story.value(0, "children_in_fs") == in_fs


@each("""
    until      | again      | returned
    22/10/2018 | 20/11/2018 | 1
    23/10/2018 | 20/11/2018 | 0
    31/01/2018 | 30/09/2018 | 0
    31/01/2018 | 01/10/2018 | 1
""")
def test_a_family_returned_when_nobody_was_in_fs_in_the_28_days_before(until, again, returned):
    story = Story(
        "family | person | role | since | until\n"
        f"Green | Amy | child | 01/11/2017 | {until}\n"
        f"Green | Amy | child | {again} | "
    )
    assert story.value(0, "families_returned") == returned
    with_ben = Story(story.families + "\nGreen | Ben | child | 01/11/2017 | ")
    assert with_ben.value(0, "families_returned") == 0


@each("""
    since      | until      | worked_with
    01/11/2017 |            | 1
    01/11/2017 | 30/09/2018 | 0
    01/11/2017 | 01/10/2018 | 1
    31/12/2018 |            | 1
""")
def test_adults_worked_with_have_work_in_w(since, until, worked_with):
    story = Story(f"""
        family | person | role  | since      | until
        Green  | Amy    | child | 01/11/2017 |
        Green  | Dawn   | adult | {since}    | {until or ""}
    """)
    assert (story.value(0, "adults"), story.value(0, "adults_worked_with")) == (1, worked_with)


@each("""
    kind         | columns    | start      | end        | uasc | cp | cla
    cp_plans     | cp_plan    | 01/06/2017 | 31/10/2017 | no   | 0  | 0
    cp_plans     | cp_plan    | 01/06/2017 | 01/11/2017 | no   | 1  | 0
    cp_plans     | cp_plan    | 31/12/2018 |            | no   | 1  | 0
    cp_plans     | cp_plan    | 01/01/2019 |            | no   | 0  | 0
    care_periods | care_period | 01/06/2018 | 01/07/2018 | no  | 0  | 1
    care_periods | care_period | 01/06/2018 | 01/07/2018 | yes | 0  | 0
""")
def test_siblings_without_an_fs_referral_are_counted_once_on_a_plan_or_in_care_z39(
    kind, columns, start, end, uasc, cp, cla
):
    story = Story(GREEN + "    Green | Cal | child | \n")
    extra = (" | uasc", " | yes" if uasc else " | no") if kind == "care_periods" else ("", "")
    story = story.given(kind, f"person | start | end{extra[0]}\nCal | {start} | {end or ''}{extra[1]}")
    assert (story.value(0, "siblings_cp"), story.value(0, "siblings_cla")) == (cp, cla)
    assert story.value(0, "siblings_cp", "cohort:1") == cp


# -- Scopes ------------------------------------------------------------------------------------------------------------

TWO_FAMILIES = """
    family | person | role  | since      | until
    Green  | Amy    | child | 01/11/2017 | {green_until}
    Brown  | Ben    | child | 01/02/2018 |
    Green  | Dawn   | adult | 01/11/2017 |
    Brown  | Dawn   | adult | 01/02/2018 |
"""


def test_an_adult_of_two_families_counts_with_the_one_in_fs_then_the_earliest_p():
    marac = "person | date\nDawn | 01/12/2018"
    story = Story(TWO_FAMILIES.format(green_until="31/03/2018")).given("marac_referrals", marac)
    high = [story.value(19, "people_high_risk", scope) for scope in ("fs", "cohort:1", "cohort:2")]
    assert high == [1, 0, 1]
    to_date = [story.value(19, "people_high_risk_to_date", scope) for scope in ("fs", "cohort:1", "cohort:2")]
    assert to_date == [1, 1, 1]
    assert story.value(0, "adults") == 1


@each("""
    green_until | involvements
    31/03/2018  | 1
                | 2
""")
def test_incidents_of_an_adult_of_two_families_lie_in_the_w_of_the_row_that_counts(green_until, involvements):
    # Brown's W ends on 30/11/2018, Green's (the earlier P) is open while it is not closed.
    text = TWO_FAMILIES.format(green_until=green_until or "").replace(
        "Ben    | child | 01/02/2018 |", "Ben | child | 01/02/2018 | 30/11/2018"
    )
    story = Story(text).given(
        "police_incidents",
        """
        incident | person | date       | role   | domestic_abuse
        I1       | Dawn   | 30/11/2018 | victim | yes
        I2       | Dawn   | 01/12/2018 | victim | yes
        """,
    )
    assert story.value(17, "da_involvements") == involvements


def test_a_child_here_and_an_adult_there_counts_once_among_everyone_as_the_child():
    story = Story("""
        family | person | role  | since      | until
        Green  | Amy    | child | 01/11/2018 |
        Brown  | Ben    | child | 01/11/2017 |
        Brown  | Amy    | adult | 01/11/2017 |
    """).given(
        "police_incidents",
        """
        incident | person | date       | role   | crime
        I1       | Amy    | 15/10/2018 | victim | yes
        I2       | Amy    | 15/11/2018 | victim | yes
        """,
    )
    assert story.value(17, "victim_count") == 1  # her W as a child begins on 01/11/2018
    assert story.value(17, "victim_count", "cohort:1") == 2  # there she is an adult alone
    assert (story.value(0, "children"), story.value(0, "adults")) == (2, 1)


@each("""
    ethnicity | group
    WBRI      | W
    MWBC      | M
    AIND      | A
    CHNE      | A
    BCRB      | B
    OOTH      | O
    NOBT      | unknown
    REFU      | unknown
              | unknown
""")
def test_breakdown_by_ethnicity_z46(ethnicity, group):
    story = Story(f"""
        family | person | role  | ethnicity
        Green  | Amy    | child | {ethnicity or ""}
    """).where("breakdowns", "people", ["ethnicity"])
    assert story.scopes(0, "children") == ["cohort:1", f"ethnicity:{group}", "fs", "team:North"]


@each("""
    born       | band
    02/11/2017 | 0
    02/11/2016 | 0
    01/11/2016 | 1
    02/11/2012 | 1
    01/11/2012 | 5
    02/11/2007 | 5
    01/11/2007 | 10
    02/11/2001 | 10
    01/11/2001 | 16
    02/11/1999 | 16
    01/11/1999 | 18
               | unknown
""")
def test_breakdown_by_age_at_p_z46(born, band):
    story = Story(f"""
        family | person | role  | born
        Green  | Amy    | child | {born or ""}
    """).where("breakdowns", "people", ["age"])
    assert f"age:{band}" in story.scopes(1, "cp_plans_active")
    assert f"age:{band}" in story.scopes(1, "cp_plans_active", "baseline")
    assert f"age:{band}" not in story.scopes(0, "families") + story.scopes(0, "siblings_cp")
    assert f"age:{band}" not in story.scopes(5, "families_with_a_child_entering_care", "baseline")


def test_breakdown_by_area_is_there_with_the_column_alone_z46():
    story = Story("family | person | role | area | sex\nGreen | Amy | child | East | F\nGreen | Ben | child | | M")
    assert story.scopes(0, "children") == ["area:East", "cohort:1", "fs", "team:North"]
    assert story.value(0, "children", "area:East") == 1
    by_sex = story.where("breakdowns", "people", ["sex"])
    assert [by_sex.value(0, "children", scope) for scope in ("sex:F", "sex:M")] == [1, 1]


def test_nobody_is_on_the_roster():
    story = Story("family | person | role | since\nGreen | Amy | child | ")
    assert story.roster() == []
    assert story.figure(0, "families") == (0, None, None, "final", None)
    assert story.figure(1, "cp_children_share") == (None, 0, 0, "final", None)
    assert lines(GREEN)[0]["person"] == "Amy"
