"""I15 to I19 of a family: the sums of its children's sessions, and the shares of the sums.

October to December 2018. Whose sessions count is on the page of indicator 7.
"""

from fs_pipeline.toolkit.extracts import ATTENDANCE
from fs_pipeline_tests.literals import Case, row

FAMILY = """
    family | person | role  | upn | born
    Green  | Amy    | child | A1  | 01/05/2010
    Green  | Ben    | child | B1  | 01/05/2011
    Green  | Cal    | child | C1  | 01/05/2017
    Green  | Dawn   | adult |     | 03/03/1985
"""


def test_the_family_s_shares_are_those_of_the_sums_z18():
    """10 of 40 and 0 of 60 sessions: 10 of 100. Cal is too young, Dawn an adult: blank, and left out."""
    case = Case(FAMILY).given(
        ATTENDANCE,
        """
        upn | date_from  | date_to    | sessions_possible | sessions_authorised | sessions_unauthorised
        A1  | 01/10/2018 | 31/10/2018 | 40                | 5                   | 10
        B1  | 01/10/2018 | 31/10/2018 | 60                | 0                   | 0
        C1  | 01/10/2018 | 31/10/2018 | 20                | 20                  | 0
        """,
    )
    green = case.family("Green")
    assert (green.unauthorised_sessions, green.authorised_sessions, green.possible_sessions) == (10, 5, 100)
    assert (green.unauthorised_share, green.authorised_share) == (0.1, 0.05)
    assert case.person("Amy").unauthorised_share == 0.25
    assert [case.person(name).possible_sessions for name in ("Cal", "Dawn")] == [None, None]


def test_blank_when_blank_for_every_child():
    green = Case(FAMILY).family("Green")
    assert (green.possible_sessions, green.unauthorised_share) == (None, None)


def test_no_possible_sessions_are_0_and_a_blank_share():
    case = Case(FAMILY).given(ATTENDANCE, row(upn="A1", date_from="01/10/2018", date_to="31/10/2018"))
    assert (case.family("Green").possible_sessions, case.family("Green").unauthorised_share) == (0, None)
