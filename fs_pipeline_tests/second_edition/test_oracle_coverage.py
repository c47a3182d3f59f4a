"""The oracle's coverage (Z32), police, MARAC, statuses and left-out rows (Z45), against tables worked by hand."""

from fs_pipeline_tests.second_edition.case import is_refused
from fs_pipeline_tests.second_edition.tables import SETTINGS, Story, each

GREEN = """
    family | person | role  | since
    Green  | Amy    | child | 10/11/2018
    Green  | Dawn   | adult | 10/11/2018
"""
"""P and E: 10/11/2018, October to December 2018. The 12 months before: 10/11/2017 to 09/11/2018."""
ASKED = Story(GREEN).asked()
CRIMES = """
    incident | person | date       | role   | crime
    I1       | Dawn   | {date}     | victim | yes
"""


# -- Z32: with everyone ------------------------------------------------------------------------------------------------


@each("""
    missing | i01   | i03
    2017-Q3 | 0     | 0
    2017-Q4 | blank | 0
    2018-Q3 | blank | 0
    2018-Q4 | blank | blank
""")
def test_everyone_is_covered_in_every_quarter_that_is_supplied(missing, i01, i03):
    found = Story(GREEN).without("police_incidents", missing).person("Dawn")
    assert (found["previous_victim_count"], found["victim_count_in_quarter"]) == (i01, i03)


# -- Z32: with asked, by E ---------------------------------------------------------------------------------------------


@each("""
    in_extract       | date       | i01 | i03
    police_history   | 09/11/2017 | 0   | 0
    police_history   | 10/11/2017 | 1   | 0
    police_history   | 30/09/2018 | 1   | 0
    police_incidents | 01/10/2018 | 1   | 0
    police_incidents | 09/11/2018 | 1   | 0
    police_incidents | 10/11/2018 | 0   | 1
""")
def test_history_rows_count_where_they_are_dated(in_extract, date, i01, i03):
    found = ASKED.given(in_extract, CRIMES.format(date=date)).person("Dawn")
    assert (found["previous_victim_count"], found["victim_count_in_quarter"]) == (i01, i03)


def test_a_row_that_stands_in_both_counts_once():
    story = ASKED.given("police_history", CRIMES.format(date="10/09/2018"))
    story = story.given("police_incidents", CRIMES.format(date="10/09/2018"))
    assert story.person("Dawn")["previous_victim_count"] == 1


@each("""
    quarter | missing          | of      | i01   | i03
    2018-Q4 | police_history   | 2018-Q4 | blank | 0
    2018-Q4 | police_incidents | 2018-Q3 | 0     | 0
    2018-Q4 | police_incidents | 2018-Q4 | blank | blank
    2019-Q1 | police_history   | 2018-Q4 | blank | 0
    2019-Q1 | police_history   | 2019-Q1 | 0     | 0
    2019-Q1 | police_incidents | 2018-Q4 | blank | 0
    2019-Q1 | police_incidents | 2019-Q1 | 0     | blank
""")
def test_asked_before_e_the_history_speaks_from_e_on_the_quarters_extracts(quarter, missing, of, i01, i03):
    found = ASKED.in_quarter(quarter).without(missing, of).person("Dawn")
    assert (found["previous_victim_count"], found["victim_count_in_quarter"]) == (i01, i03)


@each("""
    p          | months | i01
    10/11/2018 | 12     | 0
    10/11/2018 | 9      | blank
    10/11/2018 | 11     | 0
    10/11/2018 | 10     | blank
    01/10/2018 | 12     | 0
""")
def test_the_look_back_begins_with_the_quarter_that_holds_p_less_the_months(p, months, i01):
    # P - 11 months = 10/12/2017, in the window's first quarter; P - 10 months = 10/01/2018, one quarter later.
    story = Story(GREEN.replace("10/11/2018", p)).asked().where("coverage", "look_back_months", months)
    assert story.person("Dawn")["previous_victim_count"] == i01


def test_an_adult_who_comes_later_is_covered_by_the_history_of_their_own_entry_quarter():
    story = Story("""
        family | person | role  | since
        Green  | Amy    | child | 10/11/2018
        Green  | Dawn   | adult | 15/02/2019
    """, "2019-Q1").asked()  # fmt: skip
    assert story.person("Dawn")["previous_victim_count"] == 0
    without = story.without("police_history", "2019-Q1")
    assert without.person("Dawn")["previous_victim_count"] is None
    assert without.person("Amy")["previous_victim_count"] == 0
    assert without.family("Green")["previous_victim_count"] is None
    assert story.without("police_history", "2018-Q4").person("Dawn")["previous_victim_count"] == 0


def test_someone_of_several_families_is_covered_when_one_of_them_says_so():
    story = Story("""
        family | person | role  | since
        Green  | Amy    | child | 10/11/2018
        Green  | Dawn   | adult | 10/11/2018
        Brown  | Ben    | child | 10/02/2018
        Brown  | Dawn   | adult | 10/02/2018
    """).asked()  # fmt: skip
    without = story.without("police_history", "2018-Q4")
    # Brown: E is 2018-Q1, whose history reaches back to 01/01/2017, and every quarter since is covered
    assert without.person("Dawn", "Green")["previous_victim_count"] == 0
    assert without.person("Amy")["previous_victim_count"] is None


# -- Z32: people_asked -------------------------------------------------------------------------------------------------


@each("""
    supplier  | person | history | dawn_i01 | dawn_i03 | amy_i03
    police    | Dawn   | yes     | 0        | 0        | blank
    police    | Dawn   | no      | blank    | 0        | blank
    police    | Dawn   |         | 0        | 0        | blank
    police    | Amy    | yes     | blank    | blank    | 0
    education | Dawn   | yes     | 0        | 0        | 0
""")
def test_a_list_of_people_asked_decides_in_place_of_e(supplier, person, history, dawn_i01, dawn_i03, amy_i03):
    story = ASKED.given("people_asked", f"supplier | person | history\n{supplier} | {person} | {history_word(history)}")
    dawn, amy = story.person("Dawn"), story.person("Amy")
    assert (dawn["previous_victim_count"], dawn["victim_count_in_quarter"]) == (dawn_i01, dawn_i03)
    assert amy["victim_count_in_quarter"] == amy_i03


def history_word(history):
    return {True: "yes", False: "no", None: "", "": ""}[history]


@each("""
    history | before | after
    yes     | blank  | 0
    no      | blank  | blank
            | blank  | blank
""")
def test_a_later_list_may_ask_the_history_of_somebody(history, before, after):
    story = ASKED.without("police_history", "2018-Q4")
    assert story.person("Dawn")["previous_victim_count"] == before
    later = story.in_quarter("2019-Q1").given(
        "people_asked", f"supplier | person | history\npolice | Dawn | {history_word(history)}", "2019-Q1"
    )
    assert later.person("Dawn")["previous_victim_count"] == after


def test_the_list_of_the_police_speaks_for_marac_too():
    story = ASKED.given("people_asked", "supplier | person | history\npolice | Dawn | yes")
    assert story.person("Dawn")["da_high_risk"] is False
    other = ASKED.given("people_asked", "supplier | person | history\npolice | Amy | yes")
    assert other.person("Dawn")["da_high_risk"] is None


# -- Z13, Z51 ----------------------------------------------------------------------------------------------------------


def test_where_w_is_empty_i03_is_0_even_when_nothing_is_supplied_z13():
    story = Story("family | person | role | since | until\nGreen | Amy | child | 01/11/2017 | 30/09/2018")
    assert story.without("police_incidents").person("Amy")["victim_count_in_quarter"] == 0


@each("""
    first_crime | first_da | second_crime | second_da | i03 | involvements
    yes         | no       | no           | yes       | 1   | 1
    no          | no       | no           | no        | 0   | 0
    yes         | no       | yes          | no        | 1   | 0
    no          | yes      | no           | no        | 0   | 1
""")
def test_police_rows_of_one_key_are_one_true_where_any_is_z51(
    first_crime, first_da, second_crime, second_da, i03, involvements
):
    yes = {True: "yes", False: "no"}
    story = Story(GREEN).given(
        "police_incidents",
        f"""
        incident | person | date       | role   | crime              | domestic_abuse
        I1       | Dawn   | 15/11/2018 | victim | {yes[first_crime]}  | {yes[first_da]}
        I1       | Dawn   | 15/11/2018 | victim | {yes[second_crime]} | {yes[second_da]}
        """,
    )
    assert story.person("Dawn")["victim_count_in_quarter"] == i03
    assert story.value(17, "da_involvements") == involvements


def test_the_family_is_blank_when_a_person_of_it_is_i01_to_i04():
    story = ASKED.given("people_asked", "supplier | person | history\npolice | Dawn | yes")
    story = story.given("police_incidents", CRIMES.format(date="15/11/2018"))
    assert story.person("Dawn")["victim_count_in_quarter"] == 1
    assert story.family("Green")["victim_count_in_quarter"] is None  # Amy was not asked about


# -- I66a, indicator 19 ------------------------------------------------------------------------------------------------

SINCE_2017 = GREEN.replace("10/11/2018", "01/11/2017")


def incidents(dates):
    rows = [f"I{number} | Dawn | {date} | victim | yes" for number, date in enumerate(dates.split(), 1)]
    return "incident | person | date | role | domestic_abuse\n" + "\n".join(rows)


@each("""
    dates                                       | threshold | high
    01/01/2018 01/02/2018 01/03/2018 31/12/2018 | 4         | yes
    31/12/2017 01/02/2018 01/03/2018 31/12/2018 | 4         | no
    31/12/2017 01/02/2018 01/03/2018 31/12/2018 | 3         | yes
    01/02/2018 01/03/2018 31/12/2018            | 4         | no
""")
def test_four_incidents_in_the_12_months_that_end_on_qe_z25(dates, threshold, high):
    story = Story(SINCE_2017).given("police_incidents", incidents(dates))
    story = story.where("thresholds", "high_risk_incidents", threshold)
    assert story.person("Dawn")["da_high_risk"] is high
    assert story.family("Green")["people_da_high_risk"] == (1 if high else 0)
    assert story.value(19, "people_high_risk") == (1 if high else 0)


@each("""
    date       | high
    31/12/2017 | no
    01/01/2018 | yes
    31/12/2018 | yes
""")
def test_a_marac_referral_in_them_z25(date, high):
    story = Story(SINCE_2017).given("marac_referrals", f"person | date\nDawn | {date}")
    assert story.person("Dawn")["da_high_risk"] is high
    assert story.figure(19, "high_risk_share") == (100 if high else 0, 1 if high else 0, 1, "final", None)


def test_two_roles_in_one_incident_are_one_incident():
    story = Story(SINCE_2017).given("police_incidents", incidents("01/02/2018 01/03/2018 01/04/2018"))
    story = story.given(
        "police_incidents",
        "incident | person | date | role | domestic_abuse\nI3 | Dawn | 01/04/2018 | offender | yes",
    )
    assert story.person("Dawn")["da_high_risk"] is False
    assert story.value(19, "four_or_more_call_outs") == 0


@each("""
    missing | dates                                       | high  | i68   | status
    2018-Q2 | 01/02/2018 01/03/2018 31/12/2018            | blank | blank | partial
    2018-Q2 | 01/02/2018 01/03/2018 01/08/2018 31/12/2018 | yes   | 1     | final
    2017-Q4 | 01/02/2018 01/03/2018 31/12/2018            | no    | 0     | final
""")
def test_true_as_soon_as_what_is_covered_shows_it_otherwise_blank_z25(missing, dates, high, i68, status):
    story = Story(SINCE_2017).given("police_incidents", incidents(dates)).without("police_incidents", missing)
    assert story.person("Dawn")["da_high_risk"] is high
    assert story.family("Green")["people_da_high_risk"] == i68
    figure = story.figure(19, "people_high_risk")
    assert (figure.value, figure.status) == (None if high is None else (1 if high else 0), status)
    # the share covers those who are covered throughout: nobody is, where a quarter of the 12 months is missing
    share = story.figure(19, "high_risk_share")
    assert share.status == ("final" if missing == "2017-Q4" else "partial")


def test_the_parts_of_indicator_19_need_one_supplier_each():
    story = Story(SINCE_2017).given("marac_referrals", "person | date\nDawn | 01/12/2018")
    no_police = story.without("police_incidents")
    assert no_police.figure(19, "people_high_risk") == (None, None, None, "not_supplied", None)
    assert no_police.figure(19, "high_risk_share").status == "not_supplied"
    assert no_police.figure(19, "people_high_risk_to_date").status == "not_supplied"
    assert no_police.figure(19, "marac_referred") == (1, None, None, "final", None)
    assert no_police.figure(19, "four_or_more_call_outs").status == "not_supplied"
    no_marac = story.without("marac_referrals")
    assert no_marac.figure(19, "marac_referred").status == "not_supplied"
    assert no_marac.figure(19, "four_or_more_call_outs") == (0, None, None, "final", None)


@each("""
    until      | high | to_date
               | 1    | 1
    30/09/2018 | 0    | 1
    01/10/2018 | 1    | 1
""")
def test_people_high_risk_have_a_w_that_is_not_empty_to_date_all_of_the_roster(until, high, to_date):
    story = Story(f"""
        family | person | role  | since      | until
        Green  | Amy    | child | 01/11/2017 | {until or ""}
        Green  | Dawn   | adult | 01/11/2017 | 01/02/2018
    """).given("marac_referrals", "person | date\nDawn | 01/08/2018")
    assert story.value(19, "people_high_risk") == high  # W is the family's: her own work has long ended
    assert story.value(19, "people_high_risk_to_date") == to_date
    assert story.value(19, "marac_referred") == high


def test_a_child_is_never_at_high_risk_and_a_family_without_adults_has_a_blank_i68():
    story = Story("family | person | role\nGreen | Amy | child")
    story = story.given("marac_referrals", "person | date\nAmy | 01/12/2018")
    assert story.person("Amy")["da_high_risk"] is None
    assert story.family("Green")["people_da_high_risk"] is None
    assert story.figure(19, "people_high_risk") == (0, None, None, "final", None)


def test_one_true_is_enough_for_i68_though_another_is_blank():
    story = Story(SINCE_2017 + "Green | Eve | adult | 01/11/2017\n").without("police_incidents", "2018-Q2")
    assert story.family("Green")["people_da_high_risk"] is None
    story = story.given("marac_referrals", "person | date\nDawn | 01/12/2018")
    assert (story.person("Dawn")["da_high_risk"], story.person("Eve")["da_high_risk"]) == (True, None)
    assert story.family("Green")["people_da_high_risk"] == 1
    assert story.figure(19, "people_high_risk") == (1, None, None, "partial", "earlier_quarter_missing")
    assert story.figure(19, "high_risk_share") == (None, 0, 0, "partial", "earlier_quarter_missing")


@each("""
    since      | high
    09/11/2018 | no
    10/11/2018 | blank
""")
def test_of_an_adult_who_comes_12_months_after_p_no_history_is_asked(since, high):
    story = Story(f"""
        family | person | role  | since
        Green  | Amy    | child | 10/11/2017
        Green  | Dawn   | adult | {since}
    """).asked()
    assert story.person("Dawn")["da_high_risk"] is high
    assert story.person("Dawn")["victim_count_in_quarter"] == 0


# -- Z26: call-outs, involvements, repeats -----------------------------------------------------------------------------

THREE = """
    family | person | role  | since
    Green  | Amy    | child | 01/11/2017
    Green  | Dawn   | adult | 01/11/2017
    Green  | Eve    | adult | 01/11/2017
"""


@each("""
    earlier    | repeats
    14/11/2017 | 0
    15/11/2017 | 1
    15/11/2018 | 1
    16/11/2018 | 1
""")
def test_a_repeat_has_an_earlier_one_on_or_after_its_date_less_12_months(earlier, repeats):
    story = Story(THREE).given("police_incidents", incidents(f"15/11/2018 {earlier}"))
    assert story.value(17, "da_repeat_involvements") == repeats
    assert story.value(17, "da_repeat_call_outs") == repeats


def test_call_outs_are_distinct_incidents_involvements_are_pairs_of_adult_and_call_out():
    story = Story(THREE).given(
        "police_incidents",
        """
        incident | person | date       | role     | domestic_abuse
        I1       | Dawn   | 05/11/2018 | victim   | yes
        I1       | Eve    | 05/11/2018 | offender | yes
        I2       | Dawn   | 20/11/2018 | victim   | yes
        I2       | Eve    | 20/11/2018 | victim   | no
        I3       | Amy    | 25/11/2018 | victim   | yes
        I4       | Eve    | 30/12/2017 | victim   | yes
        """,
    )
    # Dawn: I1, I2 (a repeat of I1). Eve: I1 (a repeat of I4, in the 12 months before). Amy is no adult.
    assert story.figure(17, "da_call_outs") == (2, None, None, "final", None)
    assert story.value(17, "da_involvements") == 3
    assert story.value(17, "da_repeat_involvements") == 2
    assert story.value(17, "da_repeat_call_outs") == 2


@each("""
    missing | repeats | repeat_status | reason                  | involvements
    2017-Q3 | 1       | final         | blank                   | 2
    2017-Q4 | blank   | partial       | earlier_quarter_missing | 2
    2018-Q3 | blank   | partial       | earlier_quarter_missing | 2
    2018-Q4 | blank   | not_supplied  | blank                   | blank
""")
def test_repeats_look_12_months_before_the_windows_first_day(missing, repeats, repeat_status, reason, involvements):
    # W begins on 01/10/2018, so the look-back begins on 01/10/2017
    story = Story(THREE).given("police_incidents", incidents("15/11/2018 15/10/2018"))
    story = story.without("police_incidents", missing)
    figure = story.figure(17, "da_repeat_involvements")
    assert (figure.value, figure.status, figure.reason) == (repeats, repeat_status, reason)
    assert story.value(17, "da_involvements") == involvements


@each("""
    p          | missing | status
    01/12/2018 | 2017-Q4 | partial
    01/12/2018 | 2017-Q3 | final
    01/01/2018 | 2017-Q4 | partial
    01/01/2018 | 2017-Q3 | final
""")
def test_the_windows_first_day_is_that_of_w(p, missing, status):
    # W begins on 01/12/2018, or on 01/10/2018: the 12 months before begin on 01/12/2017, or on 01/10/2017
    story = Story(THREE.replace("01/11/2017", p)).without("police_incidents", missing)
    assert story.figure(17, "da_repeat_involvements").status == status


def test_who_is_not_covered_counts_in_no_repeat_measure_and_the_value_stands_for_the_rest():
    story = Story("""
        family | person | role  | since
        Green  | Amy    | child | 10/11/2017
        Green  | Dawn   | adult | 10/11/2017
        Brown  | Ben    | child | 10/11/2018
        Brown  | Eve    | adult | 10/11/2018
    """).asked().without("police_history", "2018-Q4").given(
        "police_incidents",
        """
        incident | person | date       | role   | domestic_abuse
        I1       | Dawn   | 05/11/2018 | victim | yes
        I2       | Dawn   | 06/11/2018 | victim | yes
        I3       | Eve    | 15/11/2018 | victim | yes
        I4       | Eve    | 16/11/2018 | victim | yes
        """,
    )  # fmt: skip
    assert story.figure(17, "da_involvements") == (4, None, None, "final", None)
    assert story.figure(17, "da_repeat_involvements") == (1, None, None, "partial", "people_not_covered")
    assert story.figure(17, "da_repeat_involvements", "team:North").value == 1
    assert story.figure(17, "da_repeat_involvements", "cohort:1") == (1, None, None, "final", None)
    assert story.figure(17, "da_repeat_involvements", "cohort:3") == (None, None, None, "partial", "people_not_covered")


def test_nobody_at_all_is_0_and_final():
    story = Story("family | person | role | since\nGreen | Amy | child | 10/11/2018").asked()
    story = story.without("police_history", "2018-Q4")
    assert story.figure(17, "da_repeat_involvements") == (0, None, None, "final", None)


# -- Z45 ---------------------------------------------------------------------------------------------------------------


@each("""
    rows | left_out | refused
    4    | 2        | no
    4    | 3        | yes
    180  | 9        | no
    180  | 10       | yes
    200  | 10       | no
    199  | 10       | yes
    100  | 9        | no
""")
def test_an_extract_with_too_many_rows_left_out_is_refused_z45(rows, left_out, refused):
    assert is_refused(SETTINGS, rows, left_out) is refused


@each("""
    rows | left_out | status       | reason
    100  | 1        | final        | blank
    99   | 1        | partial      | rows_left_out
    200  | 2        | final        | blank
    200  | 3        | partial      | rows_left_out
    100  | 51       | not_supplied | refused
""")
def test_what_needs_an_extract_is_partial_when_more_than_1_percent_are_left_out_z45(rows, left_out, status, reason):
    story = Story(THREE).delivered("police_incidents", rows, left_out)
    figure = story.figure(17, "da_involvements")
    assert (figure.status, figure.reason) == (status, reason)
    assert story.figure(12, "improved", group="substance_use").status == "final"


def test_left_out_rows_of_the_rosters_extracts_touch_every_figure_of_the_roster_z45():
    story = Story(THREE).delivered("allocations", 50, 1)
    assert story.figure(0, "children") == (1, None, None, "partial", "rows_left_out")
    assert story.figure(1, "cp_plans_active").status == "partial"
    assert story.figure(1, "cp_plans_active", "authority").status == "final"


def test_left_out_rows_of_a_history_touch_what_looks_back_of_suppliers_who_are_asked_z45():
    story = Story(THREE).delivered("police_history", 50, 1)
    assert story.figure(17, "da_involvements", period="baseline").status == "final"
    asked = Story(THREE.replace("2017", "2018")).asked().delivered("police_history", 50, 1)
    assert asked.figure(17, "da_involvements", period="baseline") == (0, None, None, "partial", "rows_left_out")
    assert asked.figure(17, "da_repeat_involvements").reason == "rows_left_out"
    assert asked.figure(17, "da_involvements").status == "final"


@each("""
    rows_before | status  | reason
    4           | final   | blank
    5           | partial | nothing_delivered
""")
def test_a_quarter_extract_that_falls_silent_is_partial_z45(rows_before, status, reason):
    dates = " ".join(f"{number:02}/09/2018" for number in range(1, rows_before + 1))
    story = Story(THREE).given("police_incidents", incidents(dates))
    assert story.figure(17, "da_call_outs") == (0, None, None, status, reason)
