"""Indicator 5: children looked after at the beginning and at the end of the quarter, UASC left out.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import CARE_PERIODS
from fs_pipeline_tests.literals import Case, each, row


def period(start, end="", uasc=False, **amy):
    families = row(family="Green", person="Amy", role="child", **amy)
    return Case(families).given(CARE_PERIODS, row(person="Amy", start=start, end=end, uasc=uasc))


@each("""
    start      | end        | at_start | at_end
    01/06/2018 |            | 1        | 1
    01/10/2018 |            | 1        | 1
    02/10/2018 |            | 0        | 1
    31/12/2018 |            | 0        | 1
    01/01/2019 |            | 0        | 0
    01/06/2018 | 01/10/2018 | 0        | 0
    01/06/2018 | 02/10/2018 | 1        | 0
    02/10/2018 | 30/12/2018 | 0        | 0
    01/06/2018 | 31/12/2018 | 1        | 0
""")
def test_held_on_the_first_and_on_the_last_day_z27(start, end, at_start, at_end):
    case = period(start, end)
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        assert case.figure(5, "cla_at_start", scope) == (at_start, None, None, "final")
        assert case.figure(5, "cla_at_end", scope) == (at_end, None, None, "final")


def test_an_end_after_the_quarter_has_not_happened_yet_z06():
    assert period("01/06/2018", "01/01/2019").figure(5, "cla_at_end").value == 1


def test_unaccompanied_children_are_left_out_z10():
    for scope in ("fs", "authority"):
        assert period("01/06/2018", uasc=True).figure(5, "cla_at_end", scope).value == 0


def test_a_child_counts_once_and_by_the_period_that_is_not_uasc_z10():
    """UASC until 15/11/2018, looked after otherwise from that day on."""
    case = period("01/06/2018", "15/11/2018", uasc=True).given(
        CARE_PERIODS, row(key="B", person="Amy", start="15/11/2018")
    )
    assert case.figure(5, "cla_at_start").value == 0
    assert case.figure(5, "cla_at_end").value == 1


def test_two_periods_of_one_child_are_one_child():
    case = period("01/06/2018").given(CARE_PERIODS, row(key="B", person="Amy", start="01/07/2018"))
    for scope in ("fs", "authority"):
        assert case.figure(5, "cla_at_end", scope).value == 1


@each("""
    since      | until      | fs
    01/12/2018 |            | 1
    01/11/2017 | 01/02/2018 | 1
                |           | 0
""")
def test_children_of_the_roster_count_before_and_after_fs_too(since, until, fs):
    case = period("01/06/2018", since=since, until=until)
    assert case.figure(5, "cla_at_start").value == fs
    assert case.figure(5, "cla_at_start", "authority").value == 1


def test_children_open_to_cwd_count_z28():
    """Z28 is about indicators 1 to 3 alone."""
    for scope in ("fs", "authority"):
        assert period("01/06/2018", open_to_cwd=True).figure(5, "cla_at_end", scope).value == 1


def test_nobody():
    for scope in ("fs", "authority"):
        assert Case().figure(5, "cla_at_end", scope) == (0, None, None, "final")
