"""The oracle on adults, hospital, workforce and reports (8 to 16, 18, 20), against tables worked by hand."""

from fs_pipeline_tests.second_edition.tables import Story, each

FAMILY = """
    family | person | role  | since      | discipline
    Green  | Amy    | child | 01/11/2017 |
    Green  | Dawn   | adult | 01/11/2017 | {discipline}
"""


def dawn(discipline="social_work"):
    return Story(FAMILY.format(discipline=discipline))


# -- Indicators 8 and 9 (Z38) ------------------------------------------------------------------------------------------


def health(text):
    return dawn().given("health_activity", text)


@each("""
    with_event | percentage | people | value | numerator | status  | reason
    5          |            | 40     | 12.5  | 5         | final   | blank
               | 12.5       | 40     | 12.5  | blank     | final   | blank
    0          |            | 40     | 0     | 0         | final   | blank
    *          |            | 40     | blank | blank     | partial | suppressed
               |            | 40     | blank | blank     | partial | suppressed
    0          |            | 0      | blank | 0         | final   | blank
""")
def test_people_with_an_event_as_supplied_or_over_people_in_cohort(
    with_event, percentage, people, value, numerator, status, reason
):
    def text(cell):
        return "" if cell is None else cell

    story = health(
        "measure | age_group | people_in_cohort | people_with_event | percentage\n"
        f"ae_attendance | children | {people} | {text(with_event)} | {text(percentage)}"
    )
    assert story.figure(8, "people_with_event", group="children") == (value, numerator, people, status, reason)


@each("""
    events | value | rate  | status  | reason
    30     | 30    | 75    | final   | blank
           | blank | blank | final   | blank
    *      | blank | blank | partial | suppressed
""")
def test_events_and_events_per_100_people(events, value, rate, status, reason):
    story = health(
        "measure | age_group | people_in_cohort | people_with_event | events\n"
        f"emergency_admission | adults | 40 | 5 | {'' if events is None else events}"
    )
    assert story.figure(9, "events", group="adults") == (value, None, None, status, reason)
    assert story.figure(9, "events_per_100_people", group="adults") == (rate, value, 40, status, reason)


def test_the_return_has_cohorts_and_periods():
    story = health("""
        measure       | age_group | people_in_cohort | cohort | period           | people_with_event
        ae_attendance | adults    | 40               |        | quarter          | 10
        ae_attendance | adults    | 20               | 1      | quarter          | 10
        ae_attendance | adults    | 10               | 1      | before_12_months | 4
        ae_attendance | adults    | 10               |        | after_12_months  | 3
        ae_attendance | adults    | 10               | 4      | quarter          | 3
    """)
    assert story.value(8, "people_with_event", group="adults") == 25
    assert story.value(8, "people_with_event", "cohort:1", "adults") == 50
    assert story.value(8, "people_with_event", "cohort:1", "adults", "baseline") == 40
    assert story.value(8, "people_with_event", "fs", "adults", "follow_up") == 30
    assert story.scopes(8, "people_with_event") == ["cohort:1", "fs"]  # nobody of cohort 4 is on the roster
    missing = story.without("health_activity")
    assert missing.figure(8, "people_with_event", "cohort:1", "children").status == "not_supplied"


# -- Indicators 10 and 11 (Z21) ----------------------------------------------------------------------------------------


def treated(story, text):
    return story.given("substance_treatments", text)


CLOSED = "treatment | person | start | closure | closure_reason\nT1 | Dawn | 01/02/2018 | {closed} | {reason}\n"


@each("""
    closed     | again      | i26        | i28   | x15        | x16
    30/09/2018 |            | blank      | blank | blank      | blank
    01/10/2018 |            | 01/10/2018 | blank | blank      | blank
    31/12/2018 |            | 31/12/2018 | blank | blank      | blank
    15/11/2018 | 15/11/2018 | 15/11/2018 | blank | blank      | blank
    15/11/2018 | 16/11/2018 | 15/11/2018 | yes   | blank      | blank
    15/11/2018 | 01/01/2019 | 15/11/2018 | blank | blank      | blank
    31/03/2018 |            | blank      | blank | blank      | blank
    01/04/2018 |            | blank      | blank | 01/04/2018 | no
    30/06/2018 |            | blank      | blank | 30/06/2018 | no
    01/07/2018 |            | blank      | blank | blank      | blank
    15/04/2018 | 15/04/2018 | blank      | blank | 15/04/2018 | no
    15/04/2018 | 16/04/2018 | blank      | blank | 15/04/2018 | yes
    15/04/2018 | 15/10/2018 | blank      | blank | 15/04/2018 | yes
    15/04/2018 | 16/10/2018 | blank      | blank | 15/04/2018 | no
""")
def test_re_presentation_so_far_and_of_the_closure_whose_6_months_end_in_the_quarter_z21(
    closed, again, i26, i28, x15, x16
):
    text = CLOSED.format(closed=closed, reason="completed") + (f"T2 | Dawn | {again} | | " if again else "")
    story = treated(dawn(), text)
    found = story.person("Dawn")
    assert (found["treatment_closure_date"], found["re_presented_within_6_months"]) == (i26, i28)
    assert (found["matured_closure_date"], found["re_presented_of_matured"]) == (x15, x16)
    family = story.family("Green")
    assert (family["people_re_presenting"], family["people_matured"]) == (1 if i28 else 0, 1 if x15 else 0)
    assert family["people_re_presented_of_matured"] == (1 if x16 else 0)
    share = story.figure(10, "no_re_presentation_6_months")
    assert share == ((None, 0, 0) if x15 is None else (0, 0, 1) if x16 else (100, 1, 1)) + ("final", None)


def test_31_august_and_6_months_is_the_last_of_february():
    story = treated(dawn(), CLOSED.format(closed="31/08/2018", reason="completed")).in_quarter("2019-Q1")
    assert story.person("Dawn")["matured_closure_date"] == "31/08/2018"


def test_treatments_completed_and_people_completed():
    story = treated(
        dawn(),
        """
        treatment | person | start      | closure    | closure_reason
        T1        | Dawn   | 01/02/2018 | 15/10/2018 | completed
        T2        | Dawn   | 01/02/2018 | 15/11/2018 | completed
        T3        | Dawn   | 01/02/2018 | 15/12/2018 | dropped_out
        """,
    )
    assert (story.value(10, "treatments_completed"), story.value(10, "people_completed")) == (2, 0)
    assert story.figure(11, "drop_out_after_engagement") == (100 / 3, 1, 3, "final", None)


@each("""
    forms_before | initial | last | either
    no           | 20      | 10   | 100
    no           | 20      | 20   | 0
    no           | 20      |      | 0
    yes          | 20      | 10   | 100
""")
def test_improved_is_of_the_completed_treatment_itself_all_its_forms_z21(forms_before, initial, last, either):
    # re-presented, so that only an improvement counts; the forms may all be dated before P
    year = 2017 if forms_before else 2018
    story = treated(dawn(), CLOSED.format(closed="15/04/2018", reason="completed") + "T2 | Dawn | 01/05/2018 | | ")
    story = story.given(
        "top_forms",
        f"""
        form | treatment | person | date            | stage  | substance_use
        F1   | T1        | Dawn   | 01/02/{year}    | start  | {initial}
        F2   | T1        | Dawn   | 01/03/{year}    | review | {"" if last is None else last}
        F3   | T2        | Dawn   | 01/06/2018      | start  | 1
        F4   | T2        | Dawn   | 01/07/2018      | review | 28
        """,
    )
    assert story.figure(10, "no_re_presentation_or_improved") == (either, either / 100, 1, "final", None)
    assert story.value(10, "no_re_presentation_6_months") == 0
    assert story.without("top_forms").figure(10, "no_re_presentation_or_improved").status == "not_supplied"


@each("""
    outcome        | assessments | offered | numerator | denominator
    treatment      | 1           | 1       | 0         | 1
    non_engagement | 1           | 0       | 1         | 1
    pending        | 1           | 0       | 0         | 0
                   | 1           | 0       | 0         | 0
""")
def test_drop_out_before_engagement_is_over_the_known_outcomes(outcome, assessments, offered, numerator, denominator):
    story = treated(dawn(), f"person | assessment_date | assessment_outcome\nDawn | 01/11/2018 | {outcome or ''}")
    assert (story.value(11, "assessments"), story.value(11, "offered")) == (assessments, offered)
    share = story.figure(11, "drop_out_before_engagement")
    assert share[1:] == (numerator, denominator, "final", None)


# -- Scores: Z23, Z47, to date and in the quarter ----------------------------------------------------------------------


@each("""
    discipline       | until      | people
    substance_misuse |            | 1
    substance_misuse | 31/10/2017 | 0
    substance_misuse | 01/11/2017 | 1
    mental_health    |            | 0
""")
def test_scores_are_of_the_adults_worked_with_by_the_discipline_z47(discipline, until, people):
    story = Story("""
        family | person | role  | since      | until | discipline
        Green  | Amy    | child | 01/11/2017 |       |
        Green  | Dawn   | adult | 01/11/2017 |       | social_work
    """).given(
        "adult_involvements",
        f"involvement | person | family | discipline | start | end\n"
        f"V9 | Dawn | Green | {discipline} | 01/06/2017 | {until or ''}",
    )
    story = story.given("top_forms", TOP)
    assert story.value(12, "improved_to_date", group="substance_use") == people
    assert story.family("Green")["people_improved_substance_use"] == 1  # the fields are not restricted
    everyone = story.without("adult_involvements", "always")
    assert everyone.value(12, "improved_to_date", group="substance_use") == 1


TOP = """
    form | treatment | person | date       | stage  | substance_use | quality_of_life
    F1   | T1        | Dawn   | 01/02/2018 | start  | 20            | 5
    F2   | T1        | Dawn   | 01/08/2018 | review | 12            | 5
"""


def test_to_date_and_of_those_with_a_form_in_the_quarter_z35():
    story = dawn("substance_misuse").given("top_forms", TOP)
    assert story.figure(12, "mean_change_to_date", group="substance_use") == (-8, -8, 1, "final", None)
    assert story.figure(12, "mean_change", group="substance_use") == (None, 0, 0, "final", None)
    assert story.value(13, "unchanged_to_date", group="quality_of_life") == 1
    assert story.value(13, "unchanged", group="quality_of_life") == 0
    later = "form | treatment | person | date | stage | substance_use\nF3 | T1 | Dawn | 01/10/2018 | exit | 10"
    story = story.given("top_forms", later)
    assert story.value(12, "mean_change", group="substance_use") == -10
    assert story.value(12, "improved", group="substance_use") == 1
    assert story.value(13, "unchanged_to_date", group="quality_of_life") == 0  # F3 has no such score


@each("""
    last_of_t1 | treatment_of_score
    31/10/2017 | blank
    01/11/2017 | T1
""")
def test_only_treatments_with_a_form_on_or_after_p_count_z23(last_of_t1, treatment_of_score):
    story = dawn().given(
        "top_forms",
        f"""
        form | treatment | person | date         | stage  | substance_use
        F1   | T1        | Dawn   | 01/02/2017   | start  | 20
        F2   | T1        | Dawn   | {last_of_t1} | review | 12
        """,
    )
    found = story.person("Dawn")
    scores = (found["top_substance_use_initial"], found["top_substance_use_latest"])
    assert scores == ((20, 12) if treatment_of_score else (None, None))


def test_of_several_treatments_the_one_that_owns_the_last_form_z23():
    story = dawn().given(
        "top_forms",
        """
        form | treatment | person | date       | stage  | substance_use
        F1   | T1        | Dawn   | 01/12/2017 | start  | 20
        F2   | T2        | Dawn   | 01/01/2018 | review | 15
        F3   | T2        | Dawn   | 01/02/2018 | start  | 9
        F4   | T2        | Dawn   | 01/03/2018 | exit   | 4
        F5   | T1        | Dawn   | 01/03/2018 | exit   | 7
        F6   | T2        | Dawn   | 01/01/2019 | exit   | 1
        """,
    )
    found = story.person("Dawn")
    names = ("top_substance_use_initial", "top_substance_use_latest", "top_substance_use_end")
    assert [found[name] for name in names] == [20, 7, 7]  # of one day the last by key: F5, of T1


def test_a_blank_episode_is_one_episode_and_a_single_form_is_the_initial_one():
    story = dawn().given(
        "lsir_assessments",
        """
        assessment | person | date       | stage   | score
        L1         | Dawn   | 01/12/2017 | end     | 30
        """,
    )
    found = story.person("Dawn")
    assert [found[f"lsir_{which}"] for which in ("initial", "latest", "end")] == [30, None, None]


# -- Indicator 15 (Z36) ------------------------------------------------------------------------------------------------

NONE = ("", "")


@each("""
    phq_first | phq_end | gad_first | gad_end | caseness | recovered | better | worse
    10        | 9       |           |         | 1        | 100       | 0      | 0
    10        | 10      |           |         | 1        | 0         | 0      | 0
    9         | 3       |           |         | 0        | blank     | 100    | 0
    9         | 4       |           |         | 0        | blank     | 0      | 0
    3         | 9       |           |         | 0        | blank     | 0      | 100
    3         | 8       |           |         | 0        | blank     | 0      | 0
              |         | 8         | 7       | 1        | 100       | 0      | 0
              |         | 7         | 3       | 0        | blank     | 100    | 0
              |         | 7         | 4       | 0        | blank     | 0      | 0
    12        | 5       | 6         | 10      | 1        | 0         | 0      | 0
    12        | 5       | 6         | 9       | 1        | 0         | 100    | 0
    12        | 9       | 12        | 7       | 1        | 100       | 100    | 0
    12        | 18      | 12        | 11      | 1        | 0         | 0      | 100
    12        |         | 6         | 6       | 0        | blank     | 0      | 0
    12        |         | 12        |         | 0        | blank     | blank  | blank
""")
def test_recovery_and_reliable_change_the_national_way_z36(
    phq_first, phq_end, gad_first, gad_end, caseness, recovered, better, worse
):
    def text(score):
        return "" if score is None else score

    story = dawn("mental_health").given(
        "mental_health_scores",
        f"""
        score | person | score_date | stage   | phq9              | gad7
        M1    | Dawn   | 01/12/2017 | initial | {text(phq_first)} | {text(gad_first)}
        M2    | Dawn   | 01/06/2018 | end     | {text(phq_end)}   | {text(gad_end)}
        """,
    )
    assert story.value(15, "at_caseness_to_date") == caseness
    assert story.value(15, "recovery_share_to_date") == recovered
    assert story.value(15, "reliable_improvement_to_date") == better
    assert story.value(15, "reliable_deterioration_to_date") == worse


def test_without_an_end_form_nobody_counts_the_national_way_but_by_scale_to_date():
    story = dawn("mental_health").given(
        "mental_health_scores",
        "score | person | score_date | stage | phq9\n"
        "M1 | Dawn | 01/12/2017 | initial | 10\nM2 | Dawn | 01/06/2018 | interim | 4",
    )
    assert story.figure(15, "reliable_improvement_to_date") == (None, 0, 0, "final", None)
    assert story.value(15, "reliably_improved_to_date", group="phq9") == 1
    assert story.value(15, "recovered_to_date", group="phq9") == 1
    assert story.value(15, "recovered_to_date", group="gad7") == 0


# -- Indicators 14 and 16 ----------------------------------------------------------------------------------------------


def test_cases_and_hours_per_worker_by_discipline_and_mode_of_authority_and_teams_z44():
    story = dawn().given(
        "caseloads",
        """
        worker | team  | discipline    | mode       | cases | hours
        W1     | North | social_work   | individual | 10    | 100
        W1     | North | social_work   | group      | 4     |
        W2     | South | social_work   | individual | 20    | 50
        W3     | South | social_work   | individual | 0     | 0
        W4     | South | mental_health | individual | 0     |
        W5     | South | social_work   | individual | 0     | 6
        """,
    )
    by_mode = "social_work/individual"
    assert story.figure(14, "cases_per_worker", "authority", by_mode) == (10, 30, 3, "final", None)
    assert story.figure(14, "hours_per_worker", "authority", by_mode) == (52, 156, 3, "final", None)
    assert story.figure(14, "cases_per_worker", "authority", "social_work") == (34 / 3, 34, 3, "final", None)
    # W1's hours are blank for groups: W1 is left out of the discipline's hours
    assert story.figure(14, "hours_per_worker", "authority", "social_work") == (28, 56, 2, "final", None)
    assert story.figure(14, "hours_per_worker", "authority", "social_work/group") == (None, 0, 0, "final", None)
    assert story.value(14, "cases_per_worker", "team:South", by_mode) == 10
    groups = {row["group"] for row in story.values if row["measure"] == "cases_per_worker"}
    assert groups == {"social_work", "social_work/individual", "social_work/group"}


def test_people_waiting_and_what_is_not_supplied_is_one_row_of_the_authority():
    story = dawn().given(
        "waiting_lists",
        """
        team  | discipline    | people_waiting
        North | mental_health | 3
        South | mental_health | 4
        """,
    )
    assert story.value(14, "people_waiting", "authority", "mental_health") == 7
    assert story.value(14, "people_waiting", "team:South", "mental_health") == 4
    missing = story.without("waiting_lists")
    assert missing.scopes(14, "people_waiting") == ["authority"]
    assert missing.figure(14, "people_waiting", "authority") == (None, None, None, "not_supplied", None)


@each("""
    hours | gross | internal | net   | status  | reason
    10    | 3000  | 900      | 2100  | final   | blank
          | 3000  | blank    | blank | partial | hours_blank
""")
def test_gross_saving_internal_cost_and_net_saving_z29(hours, gross, internal, net, status, reason):
    story = dawn().given(
        "expert_reports",
        f"""
        report | family | date       | accepted | internal_hours
        E1     | Green  | 01/11/2018 | yes      | 5
        E2     | Green  | 01/12/2018 | no       | {"" if hours is None else hours}
        E3     | Green  | 01/09/2018 | yes      | 99
        """,
    )
    assert story.figure(16, "reports_accepted", "authority") == (1, None, None, "final", None)
    assert story.figure(16, "gross_saving", "authority") == (gross, None, None, "final", None)
    assert story.figure(16, "internal_cost", "authority") == (internal, None, None, status, reason)
    assert story.figure(16, "net_saving", "authority") == (net, None, None, status, reason)


# -- Indicators 18 and 20 ----------------------------------------------------------------------------------------------


@each("""
    discipline     | ended | completed | rate
    domestic_abuse | 2     | 1         | 50
    social_work    | 0     | 0         | blank
""")
def test_da_programmes_are_of_the_adults_worked_with_by_da_workers_z47(discipline, ended, completed, rate):
    story = dawn(discipline).given(
        "da_programmes",
        """
        programme | person | participant | start      | end        | outcome
        D1        | Dawn   | victim      | 01/02/2018 | 01/10/2018 | completed
        D2        | Dawn   | victim      | 01/02/2018 | 31/12/2018 | dropped_out
        D3        | Dawn   | victim      | 01/02/2018 | 30/09/2018 | completed
        D4        | Dawn   | victim      | 01/02/2018 | 01/01/2019 | completed
        """,
    )
    names = ("programmes_ended", "programmes_completed", "completion_rate")
    assert [story.value(18, name, group="victim") for name in names] == [ended, completed, rate]
    assert story.value(18, "programmes_ended", group="perpetrator") == 0
    assert story.person("Dawn")["da_programme_end_date"] == "31/12/2018"


@each("""
    discipline     | people
    domestic_abuse | 1
    mental_health  | 0
""")
def test_lsir_of_the_adults_worked_with_by_da_workers_z47(discipline, people):
    story = dawn(discipline).given(
        "lsir_assessments",
        "assessment | person | date | stage | score\n"
        "L1 | Dawn | 01/12/2017 | initial | 30\nL2 | Dawn | 01/12/2018 | end | 20",
    )
    assert (story.value(20, "improved_to_date"), story.value(20, "improved")) == (people, people)
    assert story.person("Dawn")["lsir_latest"] == 20


@each("""
    green_until | ended
    31/01/2018  | 1
                | 0
""")
def test_the_discipline_is_asked_of_the_family_of_the_row_that_counts_z47(green_until, ended):
    # DA workers work with her for Brown; Green, of the earlier P, counts while it is in FS
    story = Story(f"""
        family | person | role  | since      | until               | discipline
        Green  | Amy    | child | 01/11/2017 | {green_until or ""} |
        Brown  | Ben    | child | 01/02/2018 |                     |
        Green  | Dawn   | adult | 01/11/2017 |                     | social_work
        Brown  | Dawn   | adult | 01/02/2018 |                     | domestic_abuse
    """).given(
        "da_programmes",
        "programme | person | participant | start | end | outcome\n"
        "D1 | Dawn | victim | 01/02/2018 | 01/10/2018 | completed",
    )
    story = story.given(
        "lsir_assessments",
        "assessment | person | date | stage | score\n"
        "L1 | Dawn | 01/03/2018 | initial | 30\nL2 | Dawn | 01/04/2018 | end | 20",
    )
    assert story.value(18, "programmes_ended", group="victim") == ended
    assert story.value(20, "improved_to_date") == ended
