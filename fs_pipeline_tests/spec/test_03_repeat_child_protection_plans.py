"""Indicator 3: new plans of the quarter, and how many repeat an earlier one within one and within two years.

October to December 2018; Amy is in FS since 01/11/2017, her new plan starts on 01/12/2018, unless the page
says otherwise.
"""

from dataclasses import replace

from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline_tests.literals import PROGRAMME, Case, each, row


def plans(text, **case):
    return Case(**case).given(CP_PLANS, text)


def after_a_plan_that_ended(ended, **case):
    return plans(
        f"""
        person | start      | end
        Amy    | 01/01/2015 | {ended}
        Amy    | 01/12/2018 |
        """,
        **case,
    )


@each("""
    start      | new
    30/09/2018 | 0
    01/10/2018 | 1
    31/12/2018 | 1
    01/01/2019 | 0
""")
def test_a_plan_is_new_in_the_quarter_that_it_starts_in(start, new):
    case = plans(row(person="Amy", start=start))
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        assert case.figure(3, "cp_new_plans", scope) == (new, None, None, "final")
        assert case.figure(3, "cp_repeat_12_months", scope) == (0 if new else None, 0, new, "final")


@each("""
    since      | until      | new
    01/12/2018 |            | 1
    02/12/2018 |            | 0
    01/11/2017 | 01/12/2018 | 1
    01/11/2017 | 30/11/2018 | 0
""")
def test_in_fs_a_plan_is_new_when_it_starts_in_the_fs_window_z08(since, until, new):
    families = row(family="Green", person="Amy", role="child", since=since, until=until)
    case = plans(row(person="Amy", start="01/12/2018"), families=families)
    assert case.figure(3, "cp_new_plans").value == new
    assert case.figure(3, "cp_new_plans", "authority").value == 1


@each("""
    ended      | within_12 | within_24
    01/12/2018 | 100       | 100
    02/12/2017 | 100       | 100
    01/12/2017 | 0         | 100
    30/11/2017 | 0         | 100
    02/12/2016 | 0         | 100
    01/12/2016 | 0         | 0
    30/11/2016 | 0         | 0
""")
def test_364_365_366_and_729_730_731_days_after_the_earlier_plan_z19(ended, within_12, within_24):
    """From 02/12/2017 to 01/12/2018 are 364 days: a repeat. 365 (730) themselves are none."""
    case = after_a_plan_that_ended(ended)
    for scope in ("fs", "authority"):
        assert case.figure(3, "cp_repeat_12_months", scope) == (within_12, within_12 / 100, 1, "final")
        assert case.figure(3, "cp_repeat_24_months", scope) == (within_24, within_24 / 100, 1, "final")


@each("""
    ended
    02/12/2018
    blank
""")
def test_a_plan_that_had_not_ended_by_the_new_start_is_no_earlier_plan(ended):
    assert after_a_plan_that_ended(ended or "").figure(3, "cp_repeat_24_months").value == 0


def test_the_earlier_plan_may_have_ended_after_fs_start_z11():
    """Before the new plan, not before FS: here the earlier one started and ended within FS."""
    case = plans("""
        person | start      | end
        Amy    | 01/12/2017 | 01/06/2018
        Amy    | 01/12/2018 |
    """)
    assert case.figure(3, "cp_repeat_12_months").value == 100


def test_any_earlier_plan_will_do_not_only_the_last_to_start():
    case = plans("""
        person | start      | end
        Amy    | 01/01/2015 | 01/06/2018
        Amy    | 01/01/2016 | 01/06/2016
        Amy    | 01/12/2018 |
    """)
    assert case.figure(3, "cp_repeat_12_months").value == 100


def test_two_new_plans_of_one_child():
    """The second repeats the first."""
    case = plans("""
        person | start      | end
        Amy    | 01/10/2018 | 10/10/2018
        Amy    | 01/11/2018 |
    """)
    assert case.figure(3, "cp_repeat_12_months") == (50, 1, 2, "final")


@each("""
    first_ends | second_ends | repeats
    01/12/2018 |             | 50
               | 01/12/2018  | 0
""")
def test_of_plans_that_start_on_one_day_the_smaller_key_is_the_earlier(first_ends, second_ends, repeats):
    case = plans(f"""
        key | person | start      | end
        A   | Amy    | 01/12/2018 | {first_ends}
        B   | Amy    | 01/12/2018 | {second_ends}
    """)
    assert case.figure(3, "cp_repeat_12_months").value == repeats


def test_the_plan_of_another_child_is_no_earlier_plan():
    case = plans("""
        person | start      | end
        Zoe    | 01/01/2018 | 01/06/2018
        Amy    | 01/12/2018 |
    """)
    assert case.figure(3, "cp_repeat_12_months").value == 0


def test_no_new_plans_give_0_and_a_blank_share():
    for scope in ("fs", "authority"):
        assert Case().figure(3, "cp_new_plans", scope).value == 0
        assert Case().figure(3, "cp_repeat_12_months", scope) == (None, 0, 0, "final")
        assert Case().figure(3, "cp_repeat_24_months", scope) == (None, 0, 0, "final")


@each("""
    leave_out | authority
    yes       | 0
    no        | 1
""")
def test_children_open_to_cwd_are_left_out_of_the_authority_never_of_fs_z28(leave_out, authority):
    case = after_a_plan_that_ended(
        "01/06/2018",
        families=row(family="Green", person="Amy", role="child", open_to_cwd=True),
        programme=replace(PROGRAMME, exclude_cwd_children=leave_out),
    )
    assert case.figure(3, "cp_new_plans", "authority").value == authority
    assert case.figure(3, "cp_repeat_12_months", "authority").numerator == authority
    assert case.figure(3, "cp_repeat_12_months") == (100, 1, 1, "final")
