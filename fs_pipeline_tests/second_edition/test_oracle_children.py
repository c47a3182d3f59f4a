"""The oracle on children: plans, repeats, proceedings, care, school, against tables worked by hand."""

from fs_pipeline_tests.second_edition.tables import Story, each

AMY = "family | person | role | since\nGreen | Amy | child | 01/11/2017"
OLD = "cp_plan | person | start | end\nC0 | Zed | 01/01/2008 | 01/06/2011"
"""Somebody's plan of long ago, so that the history of plans is not cut (Z43)."""


def amy(since="01/11/2017", until="", **columns):
    head, cells = "".join(f" | {name}" for name in columns), "".join(f" | {value}" for value in columns.values())
    return Story(f"family | person | role | since | until{head}\nGreen | Amy | child | {since} | {until or ''}{cells}")


def plan(story, start, end=""):
    return story.given("cp_plans", f"person | start | end\nAmy | {start} | {end or ''}")


# -- Indicator 1: stocks and flows (Z27) -------------------------------------------------------------------------------


@each("""
    start      | end        | opening | started | ended | closing
    30/09/2018 |            | 1       | 0       | 0     | 1
    01/10/2018 |            | 0       | 1       | 0     | 1
    31/12/2018 |            | 0       | 1       | 0     | 1
    01/06/2018 | 30/09/2018 | 0       | 0       | 0     | 0
    01/06/2018 | 01/10/2018 | 1       | 0       | 1     | 0
    01/06/2018 | 31/12/2018 | 1       | 0       | 1     | 0
    01/06/2018 | 01/01/2019 | 1       | 0       | 0     | 1
    15/10/2018 | 15/10/2018 | 0       | 1       | 1     | 0
""")
def test_the_opening_is_as_at_the_day_before_the_quarter_z27(start, end, opening, started, ended, closing):
    story = plan(amy(), start, end)
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        names = ("cp_plans_at_start", "cp_plans_entered", "cp_plans_started", "cp_plans_ended", "cp_plans_at_end")
        assert [story.value(1, name, scope) for name in names] == [opening, 0, started, ended, closing]


@each("""
    p          | start      | end        | opening | entered | started | ended | closing
    15/11/2018 | 01/06/2018 |            | 0       | 1       | 0       | 0     | 1
    15/11/2018 | 14/11/2018 |            | 0       | 1       | 0       | 0     | 1
    15/11/2018 | 15/11/2018 |            | 0       | 0       | 1       | 0     | 1
    15/11/2018 | 01/06/2018 | 14/11/2018 | 0       | 0       | 0       | 0     | 0
    15/11/2018 | 01/06/2018 | 15/11/2018 | 0       | 1       | 0       | 1     | 0
    01/10/2018 | 01/06/2018 |            | 0       | 1       | 0       | 0     | 1
    30/09/2018 | 01/06/2018 |            | 1       | 0       | 0       | 0     | 1
    31/12/2018 | 01/06/2018 |            | 0       | 1       | 0       | 0     | 1
""")
def test_of_children_who_enter_in_the_quarter_plans_enter_with_them_z27(
    p, start, end, opening, entered, started, ended, closing
):
    story = plan(amy(p), start, end)
    names = ("cp_plans_at_start", "cp_plans_entered", "cp_plans_started", "cp_plans_ended", "cp_plans_at_end")
    assert [story.value(1, name) for name in names] == [opening, entered, started, ended, closing]
    care = amy(p).given("care_periods", f"person | start | end\nAmy | {start} | {end or ''}")
    names = ("cla_at_start", "cla_entered", "cla_started", "cla_ended", "cla_at_end")
    assert [care.value(5, name) for name in names] == [opening, entered, started, ended, closing]


def test_share_of_children_in_fs_who_are_on_a_plan():
    story = plan(Story(AMY + "\nGreen | Ben | child | 01/11/2017\nGreen | Cal | child | 01/01/2018"), "01/12/2018")
    assert story.figure(1, "cp_children_share") == (100 / 3, 1, 3, "final", None)
    assert "authority" not in story.scopes(1, "cp_children_share")


@each("""
    cwd | excluded | active | all_at_end | cla | cla_all | fs
    no  | yes      | 1      | 1          | 1   | 1       | 1
    yes | yes      | 0      | 1          | 0   | 1       | 1
    yes | no       | 1      | 1          | 1   | 1       | 1
""")
def test_children_open_to_cwd_are_left_out_of_the_authority_z28(cwd, excluded, active, all_at_end, cla, cla_all, fs):
    story = plan(amy(cwd="yes" if cwd else "no"), "01/12/2018").given(
        "care_periods", "person | start\nAmy | 01/12/2018"
    )
    story = story.where("programme", "exclude_cwd_children", excluded)
    assert story.value(1, "cp_plans_active", "authority") == active
    assert story.value(1, "cp_plans_started", "authority") == active
    assert story.value(3, "cp_new_plans", "authority") == active
    assert story.value(1, "cp_children_all_at_end", "authority") == all_at_end
    assert story.value(5, "cla_at_end", "authority") == cla
    assert story.value(5, "cla_started", "authority") == cla
    assert story.value(5, "cla_all_at_end", "authority") == cla_all
    assert (story.value(1, "cp_plans_active"), story.value(5, "cla_at_end")) == (fs, fs)


def test_uasc_count_in_cla_all_at_end_alone_z10():
    story = amy().given("care_periods", "person | start | uasc\nAmy | 01/12/2018 | yes")
    assert story.value(5, "cla_at_end", "authority") == 0
    assert story.value(5, "cla_all_at_end", "authority") == 1
    assert (story.value(5, "cla_at_end"), story.person("Amy")["cla_key"]) == (0, None)


# -- Fields and indicator 2: the whole length, and since FS (Z15) ------------------------------------------------------


@each("""
    start      | end        | i06 | x13
    01/10/2017 |            | 456 | 425
    01/11/2017 |            | 425 | 425
    01/12/2018 |            | 30  | 30
    01/10/2017 | 31/10/2018 | 395 | 364
    01/10/2017 | 30/09/2018 | 0   | 0
    31/12/2018 |            | 0   | 0
""")
def test_days_on_a_plan_in_all_and_since_p_z15(start, end, i06, x13):
    story = plan(amy(), start, end)
    found = story.person("Amy")
    assert (found["cp_days_during_fs"], found["cp_days_since_fs"]) == (i06, x13)
    assert (story.family("Green")["cp_days_during_fs"], story.family("Green")["cp_days_since_fs"]) == (i06, x13)


def test_mean_length_of_plans_closed_and_open_in_all_and_since_fs():
    story = plan(plan(amy(), "01/10/2017", "31/10/2018"), "01/12/2018")
    assert story.figure(2, "cp_mean_days_closed") == (395, 395, 1, "final", None)
    assert story.figure(2, "cp_mean_days_open") == (30, 30, 1, "final", None)
    assert story.figure(2, "cp_mean_days_since_fs_closed") == (364, 364, 1, "final", None)
    assert story.figure(2, "cp_mean_days_since_fs_open") == (30, 30, 1, "final", None)
    assert story.figure(2, "cp_mean_days_closed", "authority") == (395, 395, 1, "final", None)
    assert "authority" not in story.scopes(2, "cp_mean_days_since_fs_open")


@each("""
    start      | end        | i24 | i23 | x14 | entered_closed | entered_open
    01/10/2017 | 31/10/2018 | 395 | 0   | 364 | blank          | blank
    01/10/2017 |            | 0   | 456 | 425 | blank          | blank
    01/11/2017 | 31/12/2018 | 425 | 0   | 425 | 425            | blank
    01/12/2018 |            | 0   | 30  | 30  | blank          | 30
    01/10/2017 | 30/09/2018 | 0   | 0   | 0   | blank          | blank
""")
def test_days_in_care_in_all_since_p_and_of_those_who_entered_since_z15(
    start, end, i24, i23, x14, entered_closed, entered_open
):
    story = amy().given("care_periods", f"person | start | end\nAmy | {start} | {end or ''}")
    found = story.person("Amy")
    assert (found["cla_days_closed_in_quarter"], found["cla_days_open_at_quarter_end"]) == (i24, i23)
    assert found["cla_days_since_fs"] == x14
    assert story.value(6, "cla_mean_days_entered_closed") == entered_closed
    assert story.value(6, "cla_mean_days_entered_open") == entered_open


def test_care_goes_on_counting_after_fs_has_ended_z09():
    story = amy(until="31/03/2018").given("care_periods", "person | start\nAmy | 01/12/2018")
    assert story.person("Amy")["cla_days_open_at_quarter_end"] == 30
    assert story.value(6, "cla_mean_days_since_fs_open") == 30


@each("""
    first_end  | second     | r03        | i07 | i05 | i20   | previous
    31/10/2017 | 01/12/2018 | 01/11/2017 | 1   | 30  | 396   | C1
    01/11/2017 | 01/12/2018 | 01/11/2017 | 0   | 0   | blank | blank
""")
def test_before_fs_is_before_p_and_the_previous_plan_before_r03_z11(first_end, second, r03, i07, i05, i20, previous):
    story = amy().given(
        "cp_plans", f"cp_plan | person | start | end\nC1 | Amy | 01/10/2017 | {first_end}\nC2 | Amy | {second} | "
    )
    found = story.person("Amy")
    assert found["fs_start_date"] == r03
    assert (found["cp_plans_before_fs"], found["cp_days_before_fs"]) == (i07, i05)
    assert (found["days_since_previous_cp_plan"], found["previous_cp_plan_key"]) == (i20, previous)


def test_when_a_family_comes_back_the_previous_plan_is_that_before_r03_but_i07_hangs_on_p_z03():
    story = Story(
        "family | person | role | since | until\n"
        "Green | Amy | child | 01/11/2017 | 31/01/2018\nGreen | Amy | child | 20/11/2018 | "
    ).given("cp_plans", "cp_plan | person | start | end\nC1 | Amy | 01/12/2017 | 31/01/2018\nC2 | Amy | 01/12/2018 | ")
    found = story.person("Amy")
    assert (found["cp_plans_before_fs"], found["previous_cp_plan_key"]) == (0, "C1")
    assert (found["days_since_previous_cp_plan"], found["repeat_within_12_months"]) == (304, True)


@each("""
    r11        | r15        | i20   | i21   | i22
    01/12/2018 | 01/12/2017 | 365   | no    | yes
    01/12/2018 | 02/12/2017 | 364   | yes   | yes
    01/12/2018 | 01/12/2016 | 730   | no    | no
    01/12/2018 | 02/12/2016 | 729   | no    | yes
    30/10/2018 | 30/10/2018 | 0     | yes   | yes
    29/10/2018 | 30/10/2018 | blank | blank | blank
""")
def test_plans_that_overlap_have_no_days_between_z11(r11, r15, i20, i21, i22):
    # R03 is 10/11/2018, so that both plans can lie before it
    story = amy("10/11/2018").given(
        "cp_plans", f"cp_plan | person | start | end\nC1 | Amy | 01/06/2016 | {r15}\nC2 | Amy | {r11} | "
    )
    found = story.person("Amy")
    assert (found["cp_plan_key"], found["previous_cp_plan_key"]) == ("C2", "C1")
    shares = (found["days_since_previous_cp_plan"], found["repeat_within_12_months"], found["repeat_within_24_months"])
    assert shares == (i20, i21, i22)


# -- Indicator 3 (Z43) -------------------------------------------------------------------------------------------------


@each("""
    earlier_end | within_12 | within_24 | ever
    02/12/2017  | 100       | 100       | 100
    01/12/2017  | 0         | 100       | 100
    02/12/2016  | 0         | 100       | 100
    01/12/2016  | 0         | 0         | 100
    01/12/2018  | 100       | 100       | 100
    02/12/2018  | 0         | 0         | 0
                | 0         | 0         | 0
""")
def test_a_new_plan_repeats_an_earlier_one_that_ended_before_it(earlier_end, within_12, within_24, ever):
    story = amy().given("cp_plans", OLD).given(
        "cp_plans", f"cp_plan | person | start | end\nC1 | Amy | 01/06/2016 | {earlier_end or ''}\n"
        "C2 | Amy | 01/12/2018 | "
    )  # fmt: skip
    names = ("cp_repeat_12_months", "cp_repeat_24_months", "cp_repeat_ever")
    for scope in ("fs", "authority"):
        assert [story.value(3, name, scope) for name in names] == [within_12, within_24, ever]
    assert story.figure(3, "cp_repeat_ever").status == "final"


@each("""
    ended      | status  | reason
    30/09/2011 | final   | blank
    01/10/2011 | partial | history_cut
               | partial | history_cut
""")
def test_the_history_is_cut_when_no_plan_ended_7_years_before_the_quarter_z43(ended, status, reason):
    story = amy().given("cp_plans", f"person | start | end\nZed | 01/01/2008 | {ended or ''}")
    for scope in ("fs", "authority"):
        assert story.figure(3, "cp_repeat_ever", scope) == (None, 0, 0, status, reason)  # no new plan
        assert story.figure(3, "cp_repeat_24_months", scope).status == "final"


# -- Indicator 4 -------------------------------------------------------------------------------------------------------


@each("""
    issued     | concluded  | weeks | within
    01/06/2018 | 30/11/2018 | 26    | 100
    01/06/2018 | 01/12/2018 | 26.1428 | 0
    01/06/2018 |            | blank | blank
""")
def test_proceedings_within_26_weeks(issued, concluded, weeks, within):
    story = amy().given(
        "care_proceedings", f"proceedings | person | issued | concluded\nJ1 | Amy | {issued} | {concluded or ''}"
    )
    for scope in ("fs", "authority"):
        mean = story.value(4, "proceedings_mean_weeks", scope)
        assert mean is None if weeks is None else abs(mean - weeks) < 0.001
        assert story.value(4, "proceedings_within_26_weeks", scope) == within
        assert story.value(4, "proceedings_open_at_end", scope) == (0 if concluded else 1)


# -- Indicator 7 (Z18, Z32, Z37) ---------------------------------------------------------------------------------------

PUPIL = {"upn": "A1", "born": "01/05/2010"}


def school(story, text, extract="attendance"):
    return story.given(extract, text)


@each("""
    born       | counts
    01/09/2002 | yes
    31/08/2002 | no
    31/08/2013 | yes
    01/09/2013 | no
               | no
""")
def test_children_aged_5_to_15_on_the_31_august_before_z18(born, counts):
    # 31 August 2018: born on 31/08/2002 is 16, born on 31/08/2013 is 5
    story = school(
        amy(upn="A1", born=born or ""),
        "upn | date_from | date_to | possible | authorised | unauthorised\nA1 | 01/10/2018 | 31/10/2018 | 40 | 2 | 1",
    )
    assert story.person("Amy")["possible_sessions"] == (40 if counts else None)
    assert story.value(7, "overall_absence") == (7.5 if counts else None)
    assert story.figure(7, "overall_absence").status == "final"


def test_absence_of_all_and_of_those_on_a_plan_z37():
    story = Story("""
        family | person | role  | upn
        Green  | Amy    | child | A1
        Green  | Ben    | child | B1
    """)
    story = school(
        plan(story, "01/12/2018"),
        """
        upn | date_from  | date_to    | possible | authorised | unauthorised
        A1  | 01/10/2018 | 31/10/2018 | 40       | 2          | 6
        B1  | 01/10/2018 | 31/10/2018 | 60       | 0          | 2
        """,
    )
    names = ("unauthorised_absence", "authorised_absence", "overall_absence")
    assert [story.value(7, name) for name in names] == [8, 2, 10]
    assert [story.value(7, name, group="on_a_plan") for name in names] == [15, 5, 20]
    assert story.figure(7, "unauthorised_absence") == (8, 8, 100, "final", None)
    assert (story.value(7, "persistent_absence"), story.value(7, "persistent_absence", group="on_a_plan")) == (50, 100)


@each("""
    absent | possible | persistent
    4      | 40       | 100
    3      | 40       | 0
    4      | 41       | 0
    0      | 0        | blank
""")
def test_persistent_is_10_percent_or_more_z37(absent, possible, persistent):
    story = school(
        amy(**PUPIL),
        "upn | date_from | date_to | possible | authorised | unauthorised\n"
        f"A1 | 01/10/2018 | 31/10/2018 | {possible} | {absent} | 0",
    )
    assert story.value(7, "persistent_absence") == persistent


@each("""
    quarter | date       | counts
    2018-Q4 | 31/08/2018 | no
    2018-Q4 | 01/09/2018 | yes
    2019-Q2 | 01/09/2018 | yes
    2019-Q3 | 01/09/2018 | yes
    2019-Q3 | 31/08/2019 | yes
    2019-Q3 | 01/09/2019 | no
    2019-Q4 | 31/08/2019 | no
""")
def test_persistent_absence_is_of_the_school_year_that_holds_qs_z37(quarter, date, counts):
    story = school(
        amy(**PUPIL).in_quarter(quarter),
        f"upn | date_from | date_to | possible | authorised | unauthorised\nA1 | {date} | {date} | 2 | 2 | 0",
    )
    assert story.value(7, "persistent_absence") == (100 if counts else None)


@each("""
    missing | persistent   | overall      | reason
    2018-Q3 | partial      | final        | earlier_quarter_missing
    2018-Q2 | final        | final        | blank
    2018-Q4 | not_supplied | not_supplied | blank
""")
def test_the_school_year_so_far_needs_the_summer_quarter_for_its_september(missing, persistent, overall, reason):
    story = amy(**PUPIL).without("attendance", missing)
    assert (story.figure(7, "persistent_absence").status, story.figure(7, "persistent_absence").reason) == (
        persistent,
        reason,
    )
    assert story.figure(7, "overall_absence").status == overall


@each("""
    upn | born       | listed | status
    A1  | 01/05/2010 | no     | partial
        | 01/05/2010 | no     | final
    A1  | 01/05/1999 | no     | final
    A1  | 01/05/2010 | yes    | final
""")
def test_a_pupil_who_was_not_asked_about_makes_absence_partial_not_one_to_whom_it_cannot_apply(
    upn, born, listed, status
):
    story = amy(upn=upn or "", born=born).asked("education")
    story = story.given("people_asked", f"supplier | person | history\neducation | {'Amy' if listed else 'Zed'} | no")
    rows = "upn | date_from | date_to | possible | authorised | unauthorised\nA1 | 01/10/2018 | 31/10/2018 | 40 | 2 | 1"
    figure = school(story, rows).figure(7, "overall_absence")
    assert figure.status == status
    assert figure.value == (7.5 if listed else None)
    assert school(story, rows).person("Amy")["possible_sessions"] == (40 if listed else None)


def test_absence_by_reason_is_by_attendance_code():
    rows = "upn | date_from | date_to | possible | authorised | unauthorised\nA1 | 01/10/2018 | 31/10/2018 | 40 | 3 | 1"
    codes = (
        "upn | date_from | code | sessions\nA1 | 01/10/2018 | I | 3\nA1 | 01/10/2018 | O | 1\nZ9 | 01/10/2018 | E | 9"
    )
    story = school(school(amy(**PUPIL), rows), codes, "absence_reasons")
    assert story.figure(7, "absence_by_reason", group="I") == (7.5, 3, 40, "final", None)
    assert story.figure(7, "absence_by_reason", group="O") == (2.5, 1, 40, "final", None)
    assert {row["group"] for row in story.values if row["measure"] == "absence_by_reason"} == {"I", "O"}
    without = story.without("absence_reasons")
    assert without.figure(7, "absence_by_reason").status == "not_supplied"
    assert without.figure(7, "overall_absence").status == "final"
