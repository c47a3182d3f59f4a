"""Indicator 7: absent school sessions as a percentage of possible ones, of children aged 5 to 15.

October to December 2018; Amy (UPN A1, born 01/05/2010) is in FS since 01/11/2017 unless the page says otherwise.
"""

import pytest

from fs_pipeline.toolkit.extracts import ATTENDANCE
from fs_pipeline_tests.literals import Case, each, row

OCTOBER = """
    upn | date_from  | date_to    | sessions_possible | sessions_authorised | sessions_unauthorised
    A1  | 01/10/2018 | 31/10/2018 | 40                | 2                   | 4
"""


def amy(**columns):
    return row(**{"family": "Green", "person": "Amy", "role": "child", "upn": "A1"} | columns)


def test_the_plain_case_numerators_and_denominators_are_sessions():
    case = Case(amy()).given(ATTENDANCE, OCTOBER)
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(7, "unauthorised_absence", scope) == (10, 4, 40, "final")
        assert case.figure(7, "authorised_absence", scope) == (5, 2, 40, "final")
    assert case.scopes(7) == {"fs", "cohort:1", "team:North"}
    person = case.person("Amy")
    assert (person.unauthorised_sessions, person.authorised_sessions, person.possible_sessions) == (4, 2, 40)
    assert (person.unauthorised_share, person.authorised_share) == (0.1, 0.05)


@each("""
    born       | counts
    31/08/2013 | yes
    01/09/2013 | no
    01/09/2002 | yes
    31/08/2002 | no
               | no
""")
def test_aged_5_to_15_on_the_31_august_before_z18(born, counts):
    """Born 31/08/2013: 5 on that day; born 01/09/2013: 4. Born 01/09/2002: 15; born 31/08/2002: 16."""
    case = Case(amy(born=born)).given(ATTENDANCE, OCTOBER)
    assert case.figure(7, "unauthorised_absence").denominator == (40 if counts else 0)
    assert case.person("Amy").possible_sessions == (40 if counts else None)


@each("""
    date_from  | counts
    01/07/2018 | no
    30/08/2018 | no
    31/08/2018 | yes
    30/09/2018 | yes
""")
def test_the_31_august_is_the_one_on_or_before_the_row_s_first_day_z18(date_from, counts):
    """Born 01/09/2012: 4 on 31/08/2017, 5 on 31/08/2018."""
    sessions = row(upn="A1", date_from=date_from, date_to="30/09/2018", sessions_possible=10)
    case = Case(amy(born="01/09/2012"), "2018-Q3").given(ATTENDANCE, sessions)
    assert case.figure(7, "authorised_absence").denominator == (10 if counts else 0)


def test_all_rows_of_the_quarter_count_at_every_school_not_cut_at_fs_start_z18():
    """First and last day of the quarter, two schools, FS only since 01/12/2018: 8 of 100."""
    case = Case(amy(since="01/12/2018")).given(
        ATTENDANCE,
        """
        upn | school_urn | date_from  | date_to    | sessions_possible | sessions_unauthorised
        A1  | 1          | 01/10/2018 | 31/10/2018 | 40                | 3
        A1  | 2          | 01/11/2018 | 30/11/2018 | 58                | 4
        A1  | 2          | 31/12/2018 | 31/12/2018 | 2                 | 1
        A1  | 2          | 30/09/2018 | 30/09/2018 | 50                | 50
        """,
    )
    assert case.figure(7, "unauthorised_absence") == (8, 8, 100, "final")


def test_the_share_of_two_children_is_that_of_their_sums():
    """4 of 40 and 0 of 60: 4 of 100, not the mean of 10% and 0%."""
    families = """
        family | person | role  | upn
        Green  | Amy    | child | A1
        White  | Ben    | child | B1
    """
    ben = row(upn="B1", date_from="01/10/2018", date_to="31/10/2018", sessions_possible=60)
    case = Case(families).given(ATTENDANCE, OCTOBER).given(ATTENDANCE, ben)
    assert case.figure(7, "unauthorised_absence") == (4, 4, 100, "final")


@each("""
    who                  | upn | since
    a child without UPN  |     | 01/11/2017
    another pupil        | B1  | 01/11/2017
    a child unknown to FS| A1  |
""")
def test_who_does_not_count(who, upn, since):
    case = Case(amy(upn=upn, since=since)).given(ATTENDANCE, OCTOBER)
    assert case.figure(7, "unauthorised_absence") == (None, 0, 0, "final")
    if since:
        assert case.person("Amy").possible_sessions is None


def test_no_possible_sessions_give_a_blank_share():
    case = Case(amy()).given(ATTENDANCE, row(upn="A1", date_from="01/10/2018", date_to="31/10/2018"))
    assert case.person("Amy").possible_sessions == 0
    assert case.person("Amy").unauthorised_share is None
    assert case.figure(7, "unauthorised_absence") == (None, 0, 0, "final")


@pytest.mark.parametrize("measure", ["unauthorised_absence", "authorised_absence"])
def test_supplied_and_empty_is_final_not_supplied_is_not(measure):
    assert Case(amy()).figure(7, measure) == (None, 0, 0, "final")
    missing = Case(amy()).given(ATTENDANCE, OCTOBER).not_supplied(ATTENDANCE)
    assert missing.figure(7, measure) == (None, None, None, "not_supplied")
    assert missing.person("Amy").possible_sessions is None
