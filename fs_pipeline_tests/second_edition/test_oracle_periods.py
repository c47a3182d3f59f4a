"""The oracle's baseline, follow-up, baseline year, quarters before, before and after, against tables worked by hand."""

import math

from fs_pipeline_tests.second_edition.before_after import Entry, compared_shares
from fs_pipeline_tests.second_edition.periods import Amount
from fs_pipeline_tests.second_edition.student import t_of_95_percent
from fs_pipeline_tests.second_edition.tables import Story, day, each

ENTRANTS = """
    family | person | role  | since
    Green  | Amy    | child | 10/11/2018
    Green  | Dawn   | adult | 10/11/2018
"""
COMPLETING = ENTRANTS.replace("10/11/2018", "10/11/2017")
"""P = 10/11/2017: the 12 months complete on 09/11/2018. Before: 10/11/2016 to 09/11/2017."""


# -- Baseline and follow-up --------------------------------------------------------------------------------------------


@each("""
    p          | follow_up
    01/10/2017 | 0
    02/10/2017 | 1
    01/01/2018 | 1
    02/01/2018 | 0
""")
def test_the_12_months_complete_in_the_quarter_that_holds_their_last_day(p, follow_up):
    story = Story(f"family | person | role | since\nGreen | Amy | child | {p}")
    story = story.given("cp_plans", "person | start\nAmy | 01/06/2016")
    assert story.value(1, "cp_plans_active", period="follow_up") == follow_up


@each("""
    start      | end        | active | days
    09/11/2017 | 10/11/2017 | 1      | 0
    09/11/2017 | 09/11/2017 | 0      | 0
    01/11/2017 | 20/11/2017 | 1      | 10
    01/11/2018 |            | 1      | 9
    09/11/2018 |            | 1      | 1
    10/11/2018 |            | 0      | 0
    01/06/2016 |            | 1      | 365
    10/11/2017 | 09/11/2018 | 1      | 364
""")
def test_plans_and_clipped_days_of_the_12_months_before_p(start, end, active, days):
    for extract, of, by_day, number in (
        ("cp_plans", "cp_plans_active", "cp_days", 1),
        ("care_periods", "cla_periods", "cla_days", 5),
    ):
        story = Story(ENTRANTS).given(extract, f"person | start | end\nAmy | {start} | {end or ''}")
        assert story.value(number, of, period="baseline") == active
        assert story.value(number + 1, by_day, period="baseline") == days


@each("""
    child | start      | uasc | entering
    Amy   | 09/11/2017 | no   | 0
    Amy   | 10/11/2017 | no   | 1
    Amy   | 09/11/2018 | no   | 1
    Amy   | 10/11/2018 | no   | 0
    Amy   | 09/11/2018 | yes  | 0
    Ben   | 09/11/2018 | no   | 0
    Cal   | 09/11/2018 | no   | 0
""")
def test_families_with_a_child_entering_care(child, start, uasc, entering):
    # Ben is of another family that is no entrant; Cal of none
    story = Story(ENTRANTS + "Brown | Ben | child | 01/11/2017\n | Cal | child | 10/11/2018\n")
    story = story.given("care_periods", f"person | start | uasc\n{child} | {start} | {'yes' if uasc else 'no'}")
    figure = story.figure(5, "families_with_a_child_entering_care", period="baseline")
    assert figure == (100 * entering, entering, 1, "final", None)


@each("""
    date       | call_outs | repeats | in_window | status
    09/11/2017 | 1         | 1       | 0         | final
    10/11/2017 | 2         | 1       | 1         | final
    09/11/2016 | 1         | 0       | 0         | final
    01/11/2016 | 1         | 0       | 0         | final
""")
def test_repeats_of_the_baseline_look_back_24_months(date, call_outs, repeats, in_window, status):
    story = Story(ENTRANTS).given(
        "police_incidents",
        f"""
        incident | person | date       | role   | domestic_abuse
        I1       | Dawn   | {date}     | victim | yes
        I2       | Dawn   | 08/11/2018 | victim | yes
        """,
    )
    names = ("da_call_outs", "da_repeat_call_outs", "da_repeat_in_window")
    assert [story.value(17, name, period="baseline") for name in names] == [call_outs, repeats, in_window]
    assert story.figure(17, "da_repeat_involvements", period="baseline").status == status


@each("""
    months | missing | involvements | repeats | in_window
    12     |         | final        | partial | final
    24     |         | final        | final   | final
    24     | 2018-Q4 | partial      | partial | partial
""")
def test_repeats_in_baselines_need_24_months_of_look_back_z26(months, missing, involvements, repeats, in_window):
    story = Story(ENTRANTS).asked().where("coverage", "look_back_months", months)
    story = story.without("police_history", missing) if missing else story
    statuses = [
        story.figure(17, name, period="baseline").status
        for name in ("da_involvements", "da_repeat_involvements", "da_repeat_in_window")
    ]
    assert statuses == [involvements, repeats, in_window]
    if repeats == "partial":
        expected = (None, None, None, "partial", "people_not_covered")
        assert story.figure(17, "da_repeat_involvements", period="baseline") == expected


def test_crimes_of_the_baseline_are_i01_and_i02_of_the_entrants():
    story = Story(ENTRANTS + "Brown | Eve | adult | 10/11/2017\nBrown | Ben | child | 10/11/2017").given(
        "police_incidents",
        """
        incident | person | date       | role     | crime
        I1       | Amy    | 09/11/2018 | victim   | yes
        I2       | Dawn   | 10/11/2017 | offender | yes
        I3       | Eve    | 09/11/2018 | victim   | yes
        """,
    )
    assert story.value(17, "victim_count", period="baseline") == 1
    assert story.value(17, "offender_count", period="baseline") == 1
    assert story.value(17, "victim_count", period="follow_up") == 1  # Eve's


@each("""
    date_from  | date_to    | counts
    09/11/2017 | 30/11/2017 | no
    10/11/2017 | 30/11/2017 | yes
    01/11/2018 | 09/11/2018 | yes
    01/11/2018 | 10/11/2018 | no
""")
def test_attendance_of_rows_that_lie_wholly_inside(date_from, date_to, counts):
    story = Story("family | person | role | since | upn\nGreen | Amy | child | 10/11/2018 | A1").given(
        "attendance",
        "upn | date_from | date_to | possible | authorised | unauthorised\n"
        + f"A1 | {date_from} | {date_to} | 40 | 4 | 2",
    )
    names = ("unauthorised_absence", "authorised_absence", "overall_absence")
    values = [story.value(7, name, period="baseline") for name in names]
    assert values == ([5, 10, 15] if counts else [None, None, None])


@each("""
    p          | e_quarter
    10/11/2018 | 2018-Q4
    30/09/2018 | 2018-Q3
""")
def test_adults_are_entrants_of_their_own_quarter_in_the_12_months_before_p(p, e_quarter):
    story = Story(f"""
        family | person | role  | since
        Green  | Amy    | child | {p}
        Green  | Dawn   | adult | 15/02/2019
    """).given(
        "police_incidents",
        f"incident | person | date | role | domestic_abuse\nI1 | Dawn | {p.replace('2018', '2017')} | victim | yes",
    )
    assert story.in_quarter(e_quarter).figure(17, "da_involvements", period="baseline").value == 0
    assert story.in_quarter("2019-Q1").figure(17, "da_involvements", period="baseline").value == 1
    assert story.in_quarter("2019-Q1").figure(1, "cp_plans_active", period="baseline").value == 0


def test_high_risk_in_the_12_months_before_and_after():
    marac = "marac | person | date\nM1 | Dawn | {date}"
    for p, period, dates in (
        ("10/11/2018", "baseline", ("10/11/2017", "09/11/2018")),
        ("10/11/2017", "follow_up", ("10/11/2017", "09/11/2018")),
    ):
        for date in dates:
            story = Story(ENTRANTS.replace("10/11/2018", p)).given("marac_referrals", marac.format(date=date))
            assert story.value(19, "people_high_risk", period=period) == 1
        story = Story(ENTRANTS.replace("10/11/2018", p))
        for date in ("09/11/2017", "10/11/2018"):
            assert (
                story.given("marac_referrals", marac.format(date=date)).value(19, "people_high_risk", period=period)
                == 0
            )


def test_nobody_enters():
    story = Story("family | person | role | since\nGreen | Amy | child | 10/02/2018").asked()
    story = story.without("police_history", "2018-Q4")
    assert story.figure(17, "victim_count", period="baseline") == (0, None, None, "final", None)
    assert story.figure(7, "overall_absence", period="baseline") == (None, 0, 0, "final", None)


# -- The baseline of the intake year (Z33) -----------------------------------------------------------------------------


@each("""
    quarter | cohorts
    2017-Q4 | cohort:1
    2018-Q1 | cohort:2
    2018-Q2 |
""")
def test_the_baseline_of_the_year_is_given_when_the_cohorts_window_closes(quarter, cohorts):
    story = Story(
        "family | person | role | since\nGreen | Amy | child | 10/11/2017\nBrown | Ben | child | 10/02/2018", quarter
    )
    assert story.scopes(2, "cp_days", "baseline_year") == (cohorts.split() if cohorts else [])


@each("""
    intake     | start      | end        | days
               | 30/09/2016 | 02/10/2016 | 1
               | 29/09/2017 |            | 2
               | 30/09/2017 |            | 1
               | 01/10/2017 |            | 0
    01/10/2018 | 01/10/2017 | 05/10/2017 | 4
""")
def test_it_is_the_12_months_before_the_intake_year(intake, start, end, days):
    story = Story("family | person | role | since\nBrown | Ben | child | 10/02/2018", "2018-Q1")
    story = story.given("cp_plans", f"person | start | end\nBen | {start} | {end or ''}")
    story = story.where("intake_year", "2", day(intake)) if intake else story
    assert story.value(2, "cp_days", "cohort:2", period="baseline_year") == days


@each("""
    start      | days
    30/09/2017 | 1
    01/10/2017 | 0
""")
def test_a_cohort_that_begins_on_1_october_has_the_intake_year_of_that_day(start, days):
    story = Story(COMPLETING, "2017-Q4").given("cp_plans", f"person | start\nAmy | {start}")
    assert story.value(2, "cp_days", "cohort:1", period="baseline_year") == days


def test_repeats_in_it_are_those_in_the_window_alone_and_it_covers_the_measures_of_the_baseline():
    story = Story(COMPLETING, "2017-Q4")
    of = {
        period: {r["measure"] for r in story.values if (r["scope"], r["period"]) == ("cohort:1", period)}
        for period in ("baseline", "baseline_year")
    }
    assert of["baseline"] - of["baseline_year"] == {"da_repeat_call_outs", "da_repeat_involvements"}
    assert of["baseline_year"] - of["baseline"] == set()


@each("""
    months | status
    12     | partial
    18     | final
""")
def test_it_wants_a_look_back_of_18_months_z32(months, status):
    # P = 10/02/2018; the year begins on 01/10/2016, and P - 12 months in the quarter of 01/01/2017
    story = Story(
        "family | person | role | since\nBrown | Ben | child | 10/02/2018\nBrown | Eve | adult | 10/02/2018", "2018-Q1"
    ).asked()
    story = story.where("coverage", "look_back_months", months)
    figure = story.figure(17, "da_involvements", "cohort:2", period="baseline_year")
    assert (figure.status, figure.value) == (status, 0 if status == "final" else None)


# -- The quarters before the programme (Z33) ---------------------------------------------------------------------------


@each("""
    start      | end        | before_1 | before_2 | before_3 | before_4
    01/05/2017 | 15/08/2017 | 1 0      | 1 1      | 0 0      | 0 0
    30/09/2017 |            | 1 1      | 0 0      | 0 0      | 0 0
    01/10/2016 | 30/06/2017 | 0 0      | 1 0      | 1 1      | 1 1
    01/10/2017 |            | 0 0      | 0 0      | 0 0      | 0 0
""")
def test_indicators_1_to_5_of_the_authority_before_the_programme(start, end, before_1, before_2, before_3, before_4):
    story = Story(COMPLETING, "2017-Q4").given("cp_plans", f"person | start | end\nAmy | {start} | {end or ''}")
    for number, expected in enumerate((before_1, before_2, before_3, before_4), 1):
        period = f"before:{number}"
        names = ("cp_plans_active", "cp_plans_at_end")
        assert [story.value(1, name, "authority", period=period) for name in names] == list(map(int, expected.split()))
    assert story.scopes(1, "cp_plans_active", "before:5") == []
    assert story.scopes(1, "cp_plans_active", "before:1") == ["authority"]
    assert story.in_quarter("2018-Q1").scopes(1, "cp_plans_active", "before:1") == []


@each("""
    earliest   | before_1 | before_2 | care
    01/04/2015 | final    | final    | final
    02/04/2015 | final    | partial  | final
    01/07/2015 | final    | partial  | final
    02/07/2015 | partial  | partial  | final
""")
def test_a_quarter_before_is_partial_when_the_extract_begins_less_than_24_months_before(
    earliest, before_1, before_2, care
):
    story = Story(COMPLETING, "2017-Q4").given("cp_plans", f"person | start\nAmy | {earliest}")
    story = story.given("care_periods", "person | start\nAmy | 01/01/2012")
    for number, status in ((1, before_1), (2, before_2)):
        figure = story.figure(1, "cp_plans_active", "authority", period=f"before:{number}")
        assert (figure.status, figure.reason) == (status, "history_cut" if status == "partial" else None)
        assert story.figure(2, "cp_mean_days_open", "authority", period=f"before:{number}").status == status
        assert story.figure(5, "cla_at_end", "authority", period=f"before:{number}").status == care


@each("""
    ended      | before_1
    30/06/2010 | final
    01/07/2010 | partial
""")
def test_repeats_ever_before_look_at_the_quarters_own_first_day_z43(ended, before_1):
    story = Story(COMPLETING, "2017-Q4").given("cp_plans", f"person | start | end\nZed | 01/01/2008 | {ended}")
    assert story.figure(3, "cp_repeat_ever", "authority", period="before:1").status == before_1
    assert story.figure(3, "cp_repeat_ever", "authority").status == "final"


# -- Before and after --------------------------------------------------------------------------------------------------


@each("""
    role  | born       | before | after
    child | 01/05/2010 | 365    | 365
    child |            | 0      | 0
    adult |            | 365    | 365
    adult | 01/01/2010 | 365    | 365
    child | 10/05/2017 | 184    | 365
    child | 10/11/2017 | 0      | 365
    child | 10/05/2018 | 0      | 184
    child | 10/05/2000 | 365    | 181
    child | 10/11/1999 | 365    | 0
    adult | 10/05/2017 | 184    | 365
""")
def test_exposure_is_the_days_on_which_someone_is_born_and_a_child_under_18(role, born, before, after):
    story = Story(f"""
        family | person | role   | since      | born
        Green  | Amy    | child  | 10/11/2017 |
        Green  | Pat    | {role} | 10/11/2017 | {born or ""}
    """)
    row = story.before_after("victim_count")
    assert row["people"] == 2
    assert (row["exposed_days_before"], row["exposed_days_after"]) == (before, after)


@each("""
    before | after | difference | change
    2      | 1     | -1         | -50
    1      | 2     | 1          | 100
    0      | 1     | 1          | blank
    0      | 0     | 0          | blank
""")
def test_before_after_difference_and_change(before, after, difference, change):
    dates = [f"{number:02}/01/2017" for number in range(1, before + 1)]
    dates += [f"{number:02}/01/2018" for number in range(1, after + 1)]
    rows = [f"I{number} | Dawn | {date} | victim | yes" for number, date in enumerate(dates)]
    story = Story(COMPLETING)
    if rows:
        story = story.given("police_incidents", "incident | person | date | role | domestic_abuse\n" + "\n".join(rows))
    row = story.before_after("da_involvements")
    assert (row["before"], row["after"], row["difference"], row["percentage_change"]) == (
        before,
        after,
        difference,
        change,
    )
    assert (row["people"], row["families"], row["families_that_differ"]) == (1, 1, 1 if difference else 0)
    assert story.before_after("da_repeat_in_window")["before"] == max(0, before - 1)
    assert story.before_after("da_involvements", "cohort:1")["after"] == after


@each("""
    missing | people
            | 1
    2016-Q4 | 0
    2016-Q3 | 1
    2018-Q4 | 0
""")
def test_a_person_enters_when_covered_in_both_windows(missing, people):
    story = Story(COMPLETING)
    story = story.without("police_incidents", missing) if missing else story
    assert story.before_after("da_involvements")["people"] == people
    assert story.before_after("cp_days")["people"] == 1


def test_earlier_follow_ups_stay_as_their_quarter_saw_them_and_add_up():
    story = Story(
        "family | person | role | since\nGreen | Amy | child | 10/11/2017\nBrown | Ben | child | 10/02/2018", "2019-Q1"
    ).given("cp_plans", "person | start | end\nAmy | 01/01/2018 | 11/01/2018\nBen | 01/03/2018 | 05/03/2018")
    row = story.before_after("cp_days")
    assert (row["people"], row["families"], row["before"], row["after"]) == (2, 2, 0, 14)
    assert story.before_after("cp_days", "cohort:2")["after"] == 4
    assert story.in_quarter("2018-Q4").before_after("cp_days")["after"] == 10
    assert story.in_quarter("2018-Q3").before_after("cp_days")["people"] == 0


def test_a_familys_courses_add_up_and_it_counts_once():
    story = Story(
        "family | person | role | since | until\n"
        "Green | Amy | child | 10/11/2017 | 31/01/2018\nGreen | Amy | child | 10/11/2020 | ",
        "2021-Q4",
    ).given("care_periods", "person | start | end\nAmy | 01/01/2018 | 11/01/2018\nAmy | 01/01/2021 | 21/01/2021")
    row = story.before_after("cla_days")
    assert (row["people"], row["families"], row["before"], row["after"]) == (1, 1, 0, 30)
    assert (row["exposed_days_before"], row["exposed_days_after"]) == (365 + 366, 365 + 365)
    assert row["families_that_differ"] == 1


def test_a_child_of_no_family_is_a_family_of_its_own():
    story = Story("family | person | role | since\n | Amy | child | 10/11/2017\n | Ben | child | 10/11/2017")
    row = story.before_after("cp_days")
    assert (row["people"], row["families"]) == (2, 2)


def test_absence_is_of_children_with_rows_wholly_inside_both_windows():
    story = Story("""
        family | person | role  | since      | upn
        Green  | Amy    | child | 10/11/2017 | A1
        Green  | Ben    | child | 10/11/2017 | B1
        Brown  | Cal    | child | 10/11/2017 | C1
    """).given(
        "attendance",
        """
        upn | date_from  | date_to    | possible | authorised | unauthorised
        A1  | 01/02/2017 | 28/02/2017 | 40       | 0          | 10
        A1  | 01/02/2018 | 28/02/2018 | 50       | 0          | 5
        B1  | 01/02/2017 | 28/02/2017 | 40       | 0          | 40
        B1  | 01/11/2017 | 30/11/2017 | 40       | 0          | 40
        C1  | 01/02/2017 | 28/02/2017 | 60       | 0          | 10
        C1  | 01/02/2018 | 28/02/2018 | 50       | 0          | 15
        """,
    )
    row = story.before_after("unauthorised_absence")
    # before 20 of 100, after 20 of 100; Ben has no row wholly inside the 12 months after
    assert (row["people"], row["families"]) == (2, 2)
    assert (row["before"], row["after"], row["difference"], row["percentage_change"]) == (20, 20, 0, 0)
    # Green: 100 x ((5 - 0.2 x 50) / 100 - (10 - 0.2 x 40) / 100) + 0 = -7; Brown: 100 x (5 / 100 + 2 / 100) = 7
    assert row["families_that_differ"] == 2
    assert row["interval_low"] is None


def test_the_linearised_contributions_add_up_to_the_difference():
    def entry(family, before, after):
        return Entry("fs", "unauthorised_absence", family, ("family", family), Amount(*before), Amount(*after), 0, 0)

    before, after, paired = compared_shares(
        [entry("F1", (10, 40, 1), (5, 50, 1)), entry("F2", (10, 60, 1), (6, 50, 1))]
    )
    # 20% before, 11% after. F1: 100 x ((5 - 5.5) / 100 - (10 - 8) / 100) - 9 / 2 = -7; F2: 0.5 + 2 - 4.5 = -2
    assert (before, after, paired) == (20, 11, [-7, -2])


def many(ups, downs, same):
    """Families with a period of care after P alone, before P alone, and in neither."""
    families, care = [], []
    for number in range(ups + downs + same):
        families.append(f"F{number:02} | C{number:02} | child | 10/11/2017")
        if number < ups:
            care.append(f"C{number:02} | 01/02/2018 | 01/03/2018")
        elif number < ups + downs:
            care.append(f"C{number:02} | 01/02/2017 | 01/03/2017")
    story = Story("family | person | role | since\n" + "\n".join(families))
    return story.given("care_periods", "person | start | end\n" + "\n".join(care))


@each("""
    ups | downs | same | given
    10  | 10    | 0    | yes
    10  | 9     | 1    | no
    10  | 9     | 30   | no
    20  | 0     | 5    | yes
""")
def test_no_interval_under_20_families_whose_before_and_after_differ_z34(ups, downs, same, given):
    row = many(ups, downs, same).before_after("cla_periods")
    assert row["families_that_differ"] == ups + downs
    assert (row["interval_low"] is not None) == given


def test_the_interval_uses_students_t():
    row = many(10, 10, 0).before_after("cla_periods")
    # d is 1 ten times and -1 ten times: sum 0, sample variance 20 / 19; t of 19 degrees is 2.093
    half = 2.093024 * math.sqrt(20) * math.sqrt(20 / 19)
    assert row["difference"] == 0
    assert abs(row["interval_high"] - half) < 1e-4
    assert abs(row["interval_low"] + half) < 1e-4


@each("""
    freedom | t
    1       | 12.7062
    2       | 4.3027
    4       | 2.7764
    10      | 2.2281
    19      | 2.0930
    30      | 2.0423
    120     | 1.9799
    1000    | 1.9623
""")
def test_students_t_as_printed_tables_have_it(freedom, t):
    assert abs(t_of_95_percent(freedom) - t) < 6e-5


def test_before_after_has_scopes_of_cohorts_teams_and_areas_alone():
    story = Story("family | person | role | since | area\nGreen | Amy | child | 10/11/2017 | East")
    story = story.where("breakdowns", "people", ["sex", "age", "ethnicity"])
    assert {row["scope"] for row in story.compared} == {"fs", "cohort:1", "team:North", "area:East"}
    assert len(story.compared) == 4 * 11
