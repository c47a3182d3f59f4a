"""Indicator 1: child protection plans active in the quarter, and how many are from before FS.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from dataclasses import replace

from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline_tests.literals import PROGRAMME, Case, each, row


def plan(start, end="", **case):
    return Case(**case).given(CP_PLANS, row(person="Amy", start=start, end=end))


def amy(**columns):
    return row(family="Green", person="Amy", role="child", **columns)


@each("""
    start      | end        | active
    01/11/2018 |            | 1
    01/06/2018 |            | 1
    01/06/2018 | 30/09/2018 | 0
    01/06/2018 | 01/10/2018 | 1
    01/10/2018 | 01/10/2018 | 1
    31/12/2018 |            | 1
    31/12/2018 | 31/12/2018 | 1
    01/06/2018 | 31/12/2018 | 1
    01/01/2019 |            | 0
""")
def test_a_plan_counts_when_it_touches_the_quarter(start, end, active):
    case = plan(start, end)
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        assert case.figure(1, "cp_plans_active", scope) == (active, None, None, "final")
        assert case.figure(1, "cp_children", scope).value == active


def test_an_end_after_the_quarter_has_not_happened_yet_z06():
    case = plan("01/06/2018", "15/01/2019")
    assert case.figure(1, "cp_plans_active").value == 1
    assert case.figure(1, "cp_plans_at_end", "authority").value == 1


@each("""
    since      | until      | start      | end        | in_fs
    15/11/2018 |            | 01/06/2018 | 15/11/2018 | 1
    16/11/2018 |            | 01/06/2018 | 15/11/2018 | 0
    01/11/2017 | 15/11/2018 | 15/11/2018 |            | 1
    01/11/2017 | 14/11/2018 | 15/11/2018 |            | 0
    01/11/2017 | 01/10/2018 | 01/06/2018 |            | 1
    01/11/2017 | 30/09/2018 | 01/06/2018 |            | 0
    31/12/2018 |            | 01/06/2018 |            | 1
    15/11/2018 | 15/11/2018 | 01/06/2018 |            | 1
""")
def test_in_fs_a_plan_counts_when_it_touches_the_fs_window_z08(since, until, start, end, in_fs):
    case = plan(start, end, families=amy(since=since, until=until))
    assert case.figure(1, "cp_plans_active").value == in_fs
    assert case.figure(1, "cp_children").value == in_fs
    assert case.figure(1, "cp_plans_active", "authority").value == 1


@each("""
    start      | end        | at_start | at_end
    01/10/2018 |            | 1        | 1
    02/10/2018 |            | 0        | 1
    31/12/2018 |            | 0        | 1
    01/06/2018 | 01/10/2018 | 0        | 0
    01/06/2018 | 02/10/2018 | 1        | 0
    01/06/2018 | 31/12/2018 | 1        | 0
    01/06/2018 | 01/01/2019 | 1        | 1
""")
def test_plans_of_the_authority_as_at_the_first_and_last_day(start, end, at_start, at_end):
    case = plan(start, end)
    assert case.figure(1, "cp_plans_at_start", "authority").value == at_start
    assert case.figure(1, "cp_plans_at_end", "authority").value == at_end


@each("""
    start      | from_fs_start | since_fs_start
    31/10/2017 | 1             | 0
    01/11/2017 | 1             | 0
    02/11/2017 | 0             | 1
""")
def test_a_plan_that_starts_on_the_day_of_fs_start_is_from_fs_start(start, from_fs_start, since_fs_start):
    case = plan(start)
    assert case.figure(1, "cp_plans_from_fs_start").value == from_fs_start
    assert case.figure(1, "cp_plans_since_fs_start").value == since_fs_start


def test_two_plans_of_one_child():
    case = plan("01/06/2018", "15/10/2018").given(CP_PLANS, row(key="B", person="Amy", start="01/12/2018"))
    for scope in ("fs", "authority"):
        assert case.figure(1, "cp_plans_active", scope).value == 2
        assert case.figure(1, "cp_children", scope).value == 1


def test_children_whom_fs_does_not_know_count_for_the_authority_alone():
    case = plan("01/11/2018", families=amy(since=""))
    assert case.figure(1, "cp_plans_active", "authority").value == 1
    assert case.figure(1, "cp_plans_active").value == 0
    assert case.figure(1, "cp_children").value == 0


def test_no_plans_at_all_are_0():
    for scope in ("fs", "authority"):
        assert Case().figure(1, "cp_plans_active", scope).value == 0


def test_cohorts_and_teams_stand_apart():
    case = Case("""
        family | person | role  | since      | team
        Green  | Amy    | child | 01/11/2017 | North
        White  | Ben    | child | 01/11/2018 | South
    """).given(
        CP_PLANS,
        """
        person | start
        Amy    | 01/06/2018
        Ben    | 01/06/2018
        Ben    | 01/12/2018
        """,
    )
    by_scope = {scope: case.figure(1, "cp_plans_active", scope).value for scope in case.scopes(1)}
    assert by_scope == {"authority": 3, "fs": 3, "cohort:1": 1, "cohort:3": 2, "team:North": 1, "team:South": 2}


@each("""
    open_to_cwd | leave_out | authority | in_fs
    no          | yes       | 1         | 1
    yes         | yes       | 0         | 1
    yes         | no        | 1         | 1
""")
def test_children_open_to_cwd_are_left_out_of_the_authority_never_of_fs_z28(open_to_cwd, leave_out, authority, in_fs):
    case = plan(
        "01/06/2018",
        families=amy(open_to_cwd=open_to_cwd),
        programme=replace(PROGRAMME, exclude_cwd_children=leave_out),
    )
    for measure in ("cp_plans_active", "cp_children", "cp_plans_at_start", "cp_plans_at_end"):
        assert case.figure(1, measure, "authority").value == authority
    assert case.figure(1, "cp_plans_active").value == in_fs
