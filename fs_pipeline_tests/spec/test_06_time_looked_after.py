"""Indicator 6: mean days in care of children in FS or through it, periods closed and open at the quarter end.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import CARE_PERIODS
from fs_pipeline_tests.literals import Case, each, row


def period(start, end="", uasc=False, **amy):
    families = row(family="Green", person="Amy", role="child", **amy)
    return Case(families).given(CARE_PERIODS, row(person="Amy", start=start, end=end, uasc=uasc))


@each("""
    start      | end        | closed | open
    01/09/2018 | 10/10/2018 | 39     | blank
    01/09/2018 | 30/09/2018 | blank  | blank
    01/09/2018 | 01/10/2018 | 30     | blank
    01/12/2018 | 31/12/2018 | 30     | blank
    01/12/2018 | 01/01/2019 | blank  | 30
    31/12/2018 | 31/12/2018 | 0      | blank
    01/12/2018 |            | blank  | 30
    31/12/2018 |            | blank  | 0
    01/01/2017 | 01/10/2018 | 638    | blank
""")
def test_days_are_the_plain_difference_of_the_whole_period_z14(start, end, closed, open):
    """An end after the quarter has not happened yet (Z06)."""
    case = period(start, end)
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(6, "cla_mean_days_closed", scope).value == closed
        assert case.figure(6, "cla_mean_days_open", scope).value == open


@each("""
    since      | until      | closed
    15/11/2018 |            | 30
    16/11/2018 |            | blank
    01/11/2017 | 01/02/2018 | 30
    01/11/2017 | 20/10/2018 | 30
                |           | blank
""")
def test_from_fs_start_to_the_quarter_end_also_after_fs_z09(since, until, closed):
    assert (
        period("16/10/2018", "15/11/2018", since=since, until=until).figure(6, "cla_mean_days_closed").value == closed
    )


def test_unaccompanied_children_are_left_out_z10():
    assert period("01/12/2018", uasc=True).figure(6, "cla_mean_days_open") == (None, 0, 0, "final")


def test_two_periods_of_one_child_are_two_lengths():
    """39 and 21 days."""
    again = row(key="B", person="Amy", start="11/10/2018", end="01/11/2018")
    case = period("01/09/2018", "10/10/2018").given(CARE_PERIODS, again)
    assert case.figure(6, "cla_mean_days_closed") == (30, 60, 2, "final")


def test_nobody_gives_a_blank_mean_and_the_authority_has_no_figure():
    assert Case().figure(6, "cla_mean_days_closed") == (None, 0, 0, "final")
    assert Case().figure(6, "cla_mean_days_open") == (None, 0, 0, "final")
    assert Case().scopes(6) == {"fs", "cohort:1", "team:North"}
