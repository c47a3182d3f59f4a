"""R16 to R18, I23, I24: a child's periods of care in FS or after it.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import CARE_PERIODS
from fs_pipeline_tests.literals import Case, each, row


def periods(text, **amy):
    return Case(row(family="Green", person="Amy", role="child", **amy)).given(CARE_PERIODS, text).person("Amy")


@each("""
    first      | second     | key
    01/06/2018 | 01/07/2018 | B
    01/07/2018 | 01/06/2018 | A
    01/06/2018 | 01/06/2018 | B
""")
def test_the_period_is_the_last_to_start_ties_by_key_r16(first, second, key):
    amy = periods(f"key | person | start \n A | Amy | {first} \n B | Amy | {second}")
    assert (amy.cla_key, amy.cla_start_date) == (key, {"A": first, "B": second}[key])


@each("""
    end        | key   | shown      | closed | open
               | A     | blank      | 0      | 121
    30/09/2018 | blank | blank      | 0      | 0
    01/10/2018 | A     | 01/10/2018 | 30     | 0
    31/12/2018 | A     | 31/12/2018 | 121    | 0
    01/01/2019 | A     | blank      | 0      | 121
""")
def test_closed_in_the_quarter_or_open_at_its_end_i23_i24_z06_z14(end, key, shown, closed, open):
    """From 01/09/2018 are 30 days to 01/10/2018 and 121 to 31/12/2018."""
    amy = periods(row(key="A", person="Amy", start="01/09/2018", end=end))
    assert (amy.cla_key, amy.cla_end_date) == (key, shown)
    assert (amy.cla_days_closed_in_quarter, amy.cla_days_open_at_quarter_end) == (closed, open)


@each("""
    since      | until      | closed
    15/11/2018 |            | 30
    16/11/2018 |            | 0
    01/11/2017 | 01/02/2018 | 30
""")
def test_from_fs_start_to_the_quarter_end_also_after_fs_z09(since, until, closed):
    amy = periods(row(person="Amy", start="16/10/2018", end="15/11/2018"), since=since, until=until)
    assert amy.cla_days_closed_in_quarter == closed


def test_unaccompanied_children_are_left_out_z10():
    amy = periods("""
        key | person | start      | end        | uasc
        A   | Amy    | 01/10/2018 | 11/10/2018 | no
        B   | Amy    | 01/12/2018 |            | yes
    """)
    assert (amy.cla_key, amy.cla_days_closed_in_quarter, amy.cla_days_open_at_quarter_end) == ("A", 10, 0)


def test_two_periods_add_up_and_so_do_siblings():
    case = Case("""
        family | person | role
        Green  | Amy    | child
        Green  | Ben    | child
        Green  | Dawn   | adult
    """).given(
        CARE_PERIODS,
        """
        person | start      | end
        Amy    | 01/10/2018 | 11/10/2018
        Amy    | 11/10/2018 | 31/10/2018
        Amy    | 01/12/2018 |
        Ben    | 01/10/2018 | 06/10/2018
        """,
    )
    assert case.person("Amy").cla_days_closed_in_quarter == 30
    assert case.family("Green").cla_days_closed_in_quarter == 35
    assert case.family("Green").cla_days_open_at_quarter_end == 30
    assert case.person("Dawn").cla_days_closed_in_quarter is None


def test_no_periods_are_0_days_z30():
    amy = Case().person("Amy")
    assert (amy.cla_key, amy.cla_days_closed_in_quarter, amy.cla_days_open_at_quarter_end) == (None, 0, 0)
