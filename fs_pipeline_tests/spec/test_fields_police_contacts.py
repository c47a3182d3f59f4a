"""I01 to I04: crime incidents as victim and as offender, in the 12 months before FS and in the quarter.

October to December 2018; Dawn is being worked with, and Amy in FS, since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline_tests.literals import Case, each, row


def crime(date, **columns):
    return Case().given(POLICE_INCIDENTS, row(**{"person": "Dawn", "date": date, "crime": True} | columns))


@each("""
    date       | before | in_quarter
    31/10/2016 | 0      | 0
    01/11/2016 | 1      | 0
    31/10/2017 | 1      | 0
    01/11/2017 | 0      | 0
    30/09/2018 | 0      | 0
    01/10/2018 | 0      | 1
    31/12/2018 | 0      | 1
    01/01/2019 | 0      | 0
""")
def test_the_12_months_before_fs_start_and_the_quarter_z12(date, before, in_quarter):
    victim, offender = crime(date).person("Dawn"), crime(date, role="offender").person("Dawn")
    assert (victim.previous_victim_count, victim.victim_count_in_quarter) == (before, in_quarter)
    assert (victim.previous_offender_count, victim.offender_count_in_quarter) == (0, 0)
    assert (offender.previous_offender_count, offender.offender_count_in_quarter) == (before, in_quarter)
    assert (offender.previous_victim_count, offender.victim_count_in_quarter) == (0, 0)


def test_only_crimes():
    assert crime("15/11/2018", crime=False, domestic_abuse=True).person("Dawn").victim_count_in_quarter == 0


def test_every_incident_counts_in_each_role_and_for_children_too():
    case = Case().given(
        POLICE_INCIDENTS,
        """
        incident | person | date       | role     | crime
        1        | Dawn   | 15/11/2018 | victim   | yes
        1        | Dawn   | 15/11/2018 | offender | yes
        2        | Dawn   | 15/11/2018 | victim   | yes
        2        | Amy    | 15/11/2018 | victim   | yes
        """,
    )
    assert (case.person("Dawn").victim_count_in_quarter, case.person("Dawn").offender_count_in_quarter) == (2, 1)
    assert case.person("Amy").victim_count_in_quarter == 1
    assert case.family("Green").victim_count_in_quarter == 3


@each("""
    since      | until      | in_quarter
    15/11/2018 |            | 1
    16/11/2018 |            | 0
    01/11/2017 | 15/11/2018 | 1
    01/11/2017 | 14/11/2018 | 0
    01/11/2017 | 30/09/2018 | 0
""")
def test_in_the_quarter_is_the_fs_window_z08(since, until, in_quarter):
    families = row(family="Green", person="Amy", role="child", since=since, until=until)
    case = Case(families).given(POLICE_INCIDENTS, row(person="Amy", date="15/11/2018", crime=True))
    assert case.person("Amy").victim_count_in_quarter == in_quarter


@each("""
    missing | before | in_quarter
    2016-Q4 | blank  | 1
    2017-Q1 | blank  | 1
    2017-Q4 | blank  | 1
    2018-Q1 | 1      | 1
    2018-Q3 | 1      | 1
    2018-Q4 | 1      | blank
""")
def test_blank_while_a_quarter_of_the_window_is_missing_z13(missing, before, in_quarter):
    """The 12 months before 01/11/2017 touch October to December of 2016 and of 2017."""
    case = crime("01/05/2017").given(POLICE_INCIDENTS, row(key="B", person="Dawn", date="15/11/2018", crime=True))
    case = case.not_supplied(POLICE_INCIDENTS, missing)
    assert case.person("Dawn").previous_victim_count == before
    assert case.person("Dawn").victim_count_in_quarter == in_quarter
    assert case.family("Green").previous_victim_count == before


@each("""
    since      | missing | before
    01/10/2017 | 2016-Q4 | blank
    01/10/2017 | 2017-Q4 | 0
    30/09/2017 | 2018-Q1 | blank
""")
def test_a_window_from_the_first_to_the_last_day_of_quarters_z13(since, missing, before):
    """From 01/10/2016 to 30/09/2017. What was never delivered, before October 2016, is not supplied either."""
    case = Case(row(family="Green", person="Amy", role="child", since=since)).not_supplied(POLICE_INCIDENTS, missing)
    assert case.person("Amy").previous_victim_count == before


@each("""
    since      | until      | in_quarter
    31/12/2018 |            | blank
    01/11/2017 | 01/10/2018 | blank
    01/11/2017 | 30/09/2018 | 0
""")
def test_blank_for_a_window_of_one_day_and_0_where_it_is_empty_z13(since, until, in_quarter):
    families = row(family="Green", person="Amy", role="child", since=since, until=until)
    assert Case(families).not_supplied(POLICE_INCIDENTS).person("Amy").victim_count_in_quarter == in_quarter
