"""Indicator 0: how many families, children and adults are on the roster; it stands first on every front page."""

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import ALLOCATIONS, REFERRALS
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.ledgers import CALCULATIONS
from fs_pipeline_tests.literals import Case, each

FAMILIES = """
    family | person | role  | since      | until
    Green  | Amy    | child | 01/11/2017 | 01/03/2018
    Green  | Ann    | child | 01/11/2017 | 01/03/2018
    Green  | Dawn   | adult | 01/11/2017 | 01/03/2018
    White  | Ben    | child | 01/02/2018 |
    White  | Dawn   | adult | 01/02/2018 |
    White  | Carl   | adult | 01/02/2018 |
"""
NEEDED = [
    made
    for made in CALCULATIONS
    if made.table.name in ("outputs/cohort_size", *(f"cohort/{each}" for each in ("children", "families", "people")))
]


def size(case: Case) -> dict[str, float]:
    made = plain_run.run_quarter(case.extracts(), case.programme, Quarter.parse(case.quarter), NEEDED)
    rows = made["outputs/cohort_size"]
    assert set(rows["scope"]) == {"fs"} and set(rows["indicator"]) == {0} and set(rows["status"]) == {"final"}
    return dict(zip(rows["measure"], rows["value"], strict=True))


@each("""
    quarter | families | children | adults
    2017-Q4 | 1        | 2        | 1
    2018-Q1 | 2        | 3        | 2
    2018-Q2 | 2        | 3        | 2
""")
def test_everyone_counts_once_and_stays_on_the_roster_after_fs(quarter, families, children, adults):
    assert size(Case(FAMILIES, quarter)) == {"families": families, "children": children, "adults": adults}


def test_of_nobody_it_is_0():
    assert size(Case("family | person | role | since \n Green | Amy | child | 01/11/2017", "2017-Q3")) == {
        "families": 0,
        "children": 0,
        "adults": 0,
    }


def test_a_child_of_no_family_is_among_the_children():
    case = Case(FAMILIES, "2018-Q1").given(REFERRALS, "key | person | start \n R1 | Max | 01/11/2017")
    allocated = "person | referral | start | family_safeguarding \n Max | R1 | 01/11/2017 | yes"
    assert size(case.given(ALLOCATIONS, allocated)) == {"families": 2, "children": 4, "adults": 2}
