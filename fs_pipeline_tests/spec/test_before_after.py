"""Before and after: the twelve months on both sides of FS start, paired on the same people, over all follow-ups so far.

Green and White enter in October to December 2017 and complete a year later; Black one quarter after them.
"""

import math

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import ATTENDANCE, CP_PLANS, POLICE_INCIDENTS
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.literals import Case, each

FAMILIES = """
    family | person | role  | since      | upn
    Green  | Amy    | child | 01/11/2017 | A1
    Green  | Ann    | child | 01/11/2017 | A2
    Green  | Dawn   | adult | 01/11/2017 |
    White  | Ben    | child | 15/11/2017 | B1
    White  | Carl   | adult | 15/11/2017 |
    Black  | Eve    | child | 01/02/2018 | E1
    Black  | Fred   | adult | 01/02/2018 |
"""
PLANS = """
    person | start      | end
    Amy    | 02/10/2017 | 11/11/2017
    Ann    | 01/10/2017 | 01/11/2017
    Eve    | 01/02/2018 | 05/02/2018
"""
"""Days before and after: Amy 30 and 10, Ann 31 and 0, Ben none, Eve 0 and 4."""


def compared(case: Case, indicator: int, measure: str, scope: str = "fs", rate: str = "") -> dict[str, object]:
    """A row of before_after at the case's quarter, or of its rates; earlier quarters are run as they come."""
    quarter, made = Quarter.parse(case.quarter), {}
    for each_quarter in Quarter(case.programme.start).until(quarter):
        extracts = Case(**{**vars(case), "quarter": each_quarter.key}).extracts()
        made[each_quarter] = plain_run.run_quarter(extracts, case.programme, each_quarter, NEEDED, made)
    rows = made[quarter]["outputs/before_after_rates" if rate else "outputs/before_after"]
    wanted = {"indicator": indicator, "measure": measure, "scope": scope} | ({"rate": rate} if rate else {})
    rows = rows[(rows[list(wanted)] == list(wanted.values())).all(axis="columns")]
    assert len(rows) <= 1
    return {name: cell(value) for name, value in rows.iloc[0].items()} if len(rows) else {}


NEEDED = [
    made
    for made in plain_run.CALCULATIONS
    if made.table.name.startswith("cohort/") or made.table.name.startswith("outputs/before_after")
]


@each("""
    quarter | people | families | before | after | difference
    2018-Q3 | 0      | 0        | 0      | 0     | 0
    2018-Q4 | 3      | 2        | 61     | 10    | -51
    2019-Q1 | 4      | 3        | 61     | 14    | -47
    2019-Q2 | 4      | 3        | 61     | 14    | -47
""")
def test_all_follow_ups_completed_so_far_are_added_up(quarter, people, families, before, after, difference):
    row = compared(Case(FAMILIES, quarter).given(CP_PLANS, PLANS), 2, "cp_days")
    assert (row["people"], row["families"]) == (people, families)
    assert (row["before"], row["after"], row["difference"]) == (before, after, difference)


@each("""
    scope       | people | families | before | after
    fs          | 4      | 3        | 61     | 14
    cohort:1    | 3      | 2        | 61     | 10
    cohort:2    | 1      | 1        | 0      | 4
    team:North  | 4      | 3        | 61     | 14
""")
def test_by_scope(scope, people, families, before, after):
    row = compared(Case(FAMILIES, "2019-Q1").given(CP_PLANS, PLANS), 2, "cp_days", scope)
    assert [row[name] for name in ("people", "families", "before", "after")] == [people, families, before, after]


def test_a_cohort_without_a_completed_follow_up_has_no_row():
    assert compared(Case(FAMILIES, "2018-Q4"), 2, "cp_days", "cohort:2") == {}


def test_the_interval_is_that_of_the_families_paired_differences():
    """Green -51 (Amy -20, Ann -31), White 0, Black +4: mean -47/3, and n x mean(d) -+ 1.96 x sqrt(n) x sd(d)."""
    row = compared(Case(FAMILIES, "2019-Q1").given(CP_PLANS, PLANS), 2, "cp_days")
    mean = -47 / 3
    sd = math.sqrt(((-51 - mean) ** 2 + (0 - mean) ** 2 + (4 - mean) ** 2) / 2)
    assert math.isclose(row["interval_low"], -47 - 1.96 * math.sqrt(3) * sd)
    assert math.isclose(row["interval_high"], -47 + 1.96 * math.sqrt(3) * sd)


@each("""
    scope    | families | has_interval
    cohort:1 | 2        | yes
    cohort:2 | 1        | no
""")
def test_the_interval_of_one_family_is_blank(scope, families, has_interval):
    row = compared(Case(FAMILIES, "2019-Q1").given(CP_PLANS, PLANS), 2, "cp_days", scope)
    assert row["families"] == families
    assert (row["interval_low"] is not None, row["interval_high"] is not None) == (has_interval, has_interval)


@each("""
    scope    | percentage
    cohort:1 | -83.60655737704919
    cohort:2 | blank
""")
def test_the_percentage_change_of_nothing_before_is_blank(scope, percentage):
    row = compared(Case(FAMILIES, "2019-Q1").given(CP_PLANS, PLANS), 2, "cp_days", scope)
    assert row["percentage_change"] == percentage


@each("""
    missing | people | before | after
    2016-Q3 | 2      | 2      | 1
    2016-Q4 | 0      | 0      | 0
    2018-Q4 | 0      | 0      | 0
""")
def test_someone_enters_when_both_sides_are_wholly_supplied(missing, people, before, after):
    contacts = """
        person | date       | domestic_abuse
        Dawn   | 01/10/2017 | yes
        Dawn   | 05/10/2017 | yes
        Dawn   | 01/06/2018 | yes
    """
    case = Case(FAMILIES, "2018-Q4").given(POLICE_INCIDENTS, contacts).not_supplied(POLICE_INCIDENTS, missing)
    row = compared(case, 17, "da_incidents")
    assert [row[name] for name in ("people", "before", "after")] == [people, before, after]


def test_a_share_is_that_of_the_sums_and_of_children_with_sessions_on_both_sides():
    """Before 10 of 80, after 4 of 80; Ann has no sessions after and is left out."""
    stretches = """
        upn | date_from  | date_to    | sessions_possible | sessions_authorised | sessions_unauthorised
        A1  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 8
        A1  | 01/12/2017 | 31/12/2017 | 40                | 0                   | 1
        A2  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 40
        B1  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 2
        B1  | 01/12/2017 | 31/12/2017 | 40                | 0                   | 3
    """
    row = compared(Case(FAMILIES, "2018-Q4").given(ATTENDANCE, stretches), 7, "unauthorised_absence")
    assert [row[name] for name in ("people", "families", "before", "after", "difference")] == [2, 2, 12.5, 5, -7.5]
    assert row["percentage_change"] == -60
    assert math.isclose((row["interval_low"] + row["interval_high"]) / 2, -7.5)


@each("""
    rate             | before             | after              | difference
    per_family       | 30.5               | 5                  | -25.5
    per_person_month | 1.6944444444444444 | 0.2777777777777778 | -1.4166666666666667
""")
def test_rates_are_per_family_without_any_included_and_per_person_and_month(rate, before, after, difference):
    row = compared(Case(FAMILIES, "2018-Q4").given(CP_PLANS, PLANS), 2, "cp_days", rate=rate)
    assert (row["people"], row["families"]) == (3, 2)
    assert [row["before"], row["after"], row["difference"]] == [before, after, difference]


@each("""
    rate             | before
    per_family       | blank
    per_person_month | blank
""")
def test_a_rate_over_nobody_is_blank(rate, before):
    assert compared(Case(FAMILIES, "2018-Q3"), 2, "cp_days", rate=rate)["before"] == before


def test_shares_have_no_rates():
    assert compared(Case(FAMILIES, "2018-Q4"), 7, "unauthorised_absence", rate="per_family") == {}
