"""Indicator 2: mean days of the plans of indicator 1, those closed and those still open at the quarter end.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from dataclasses import replace

from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline_tests.literals import PROGRAMME, Case, each, row


def plan(start, end="", **case):
    return Case(**case).given(CP_PLANS, row(person="Amy", start=start, end=end))


@each("""
    start      | end        | closed | open
    01/09/2018 | 10/10/2018 | 39     | blank
    01/09/2018 | 30/09/2018 | blank  | blank
    01/09/2018 | 01/10/2018 | 30     | blank
    01/12/2018 | 31/12/2018 | 30     | blank
    31/12/2018 | 31/12/2018 | 0      | blank
    01/12/2018 |            | blank  | 30
    31/12/2018 |            | blank  | 0
    01/01/2019 |            | blank  | blank
""")
def test_days_are_the_plain_difference_z14(start, end, closed, open):
    case = plan(start, end)
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        assert case.figure(2, "cp_mean_days_closed", scope).value == closed
        assert case.figure(2, "cp_mean_days_open", scope).value == open


def test_an_end_after_the_quarter_leaves_the_plan_open_z06():
    case = plan("01/12/2018", "01/01/2019")
    assert case.figure(2, "cp_mean_days_closed") == (None, 0, 0, "final")
    assert case.figure(2, "cp_mean_days_open") == (30, 30, 1, "final")


def test_a_plan_counts_with_its_whole_length_z15():
    """From 01/01/2017: 365 days to 01/01/2018 and 273 to 01/10/2018, not the one day in the quarter."""
    assert plan("01/01/2017", "01/10/2018").figure(2, "cp_mean_days_closed").value == 638


@each("""
    until      | closed
    30/09/2018 | blank
    01/10/2018 | 80
    15/11/2018 | 80
""")
def test_a_plan_active_in_the_fs_window_counts_to_its_own_end_z08(until, closed):
    case = plan("01/10/2018", "20/12/2018", families=row(family="Green", person="Amy", role="child", until=until))
    assert case.figure(2, "cp_mean_days_closed").value == closed
    assert case.figure(2, "cp_mean_days_closed", "authority").value == 80


def test_two_plans_of_one_child_are_two_lengths():
    """39 and 21 days closed."""
    case = plan("01/09/2018", "10/10/2018").given(
        CP_PLANS, row(key="B", person="Amy", start="11/10/2018", end="01/11/2018")
    )
    for scope in ("fs", "authority"):
        assert case.figure(2, "cp_mean_days_closed", scope) == (30, 60, 2, "final")


def test_no_plans_give_a_blank_mean():
    for scope in ("fs", "authority"):
        assert Case().figure(2, "cp_mean_days_closed", scope) == (None, 0, 0, "final")
        assert Case().figure(2, "cp_mean_days_open", scope) == (None, 0, 0, "final")


@each("""
    leave_out | authority
    yes       | blank
    no        | 30
""")
def test_children_open_to_cwd_are_left_out_of_the_authority_never_of_fs_z28(leave_out, authority):
    case = plan(
        "01/12/2018",
        families=row(family="Green", person="Amy", role="child", open_to_cwd=True),
        programme=replace(PROGRAMME, exclude_cwd_children=leave_out),
    )
    assert case.figure(2, "cp_mean_days_open", "authority").value == authority
    assert case.figure(2, "cp_mean_days_open").value == 30
