"""Before and after: the twelve months on both sides of FS start, paired on the same people, over all follow-ups so far.

Green and White enter in October to December 2017 and complete a year later; Black one quarter after them.
"""

import math
from dataclasses import replace
from functools import cache
from typing import Any

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import ALLOCATIONS, ATTENDANCE, CP_PLANS, POLICE_INCIDENTS, REFERRALS
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.ledgers import CALCULATIONS
from fs_pipeline_tests.literals import Case, each
from fs_pipeline_tests.literals import row as one_row

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


NEEDED = [
    made
    for made in CALCULATIONS
    if made.table.name.startswith(("cohort/", "outputs/before_after")) and made.table.name != "cohort/baseline"
]
NOBODY_YET = Quarter.parse("2018-Q3")


@cache
def tables(case: Case) -> plain_run.Made:
    """The tables of the case's quarter and of those before, from the last in which nobody had completed."""
    quarter = Quarter.parse(case.quarter)
    earlier = tables(replace(case, quarter=quarter.shifted(-1).key)) if quarter > NOBODY_YET else {}
    return earlier | {quarter: plain_run.run_quarter(case.extracts(), case.programme, quarter, NEEDED, earlier)}


def compared(case: Case, indicator: int, measure: str, scope: str = "fs", rate: str = "") -> dict[str, Any]:
    """A row of before_after at the case's quarter, or of its rates."""
    quarter = Quarter.parse(case.quarter)
    made = tables(replace(case, quarter=quarter.key))[quarter]
    rows = made["outputs/before_after_rates" if rate else "outputs/before_after"]
    wanted = {"indicator": indicator, "measure": measure, "scope": scope} | ({"rate": rate} if rate else {})
    rows = rows[(rows[list(wanted)] == list(wanted.values())).all(axis="columns")]
    assert len(rows) <= 1
    return {str(name): cell(value) for name, value in rows.iloc[0].items()} if len(rows) else {}


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
    2016-Q3 | 3      | 3      | 2
    2016-Q4 | 1      | 1      | 1
    2019-Q1 | 2      | 2      | 1
    2018-Q4 | 0      | 0      | 0
""")
def test_someone_enters_when_both_sides_are_wholly_supplied(missing, people, before, after):
    """Fred's begin in February 2017 and end in January 2019; Dawn's and Carl's lie from November 2016 to 2018."""
    contacts = """
        person | date       | domestic_abuse
        Dawn   | 01/10/2017 | yes
        Dawn   | 05/10/2017 | yes
        Dawn   | 01/06/2018 | yes
        Fred   | 31/01/2018 | yes
        Fred   | 31/01/2019 | yes
    """
    case = Case(FAMILIES, "2019-Q1").given(POLICE_INCIDENTS, contacts).not_supplied(POLICE_INCIDENTS, missing)
    row = compared(case, 17, "da_incidents")
    assert [row[name] for name in ("people", "before", "after")] == [people, before, after]


@each("""
    measure      | people | before | after
    victim_count | 5      | 3      | 1
    da_incidents | 3      | 2      | 1
""")
def test_of_everyone_or_of_adults_alone(measure, people, before, after):
    """Ann is a child of Green and an adult of White: of everyone she counts once, with Green."""
    contacts = """
        person | date       | domestic_abuse | crime
        Dawn   | 01/10/2017 | yes            | yes
        Amy    | 01/10/2017 | yes            | yes
        Ann    | 01/10/2017 | yes            | yes
        Dawn   | 01/06/2018 | yes            | yes
    """
    case = Case(f"{FAMILIES.rstrip()}\n White | Ann | adult | 15/11/2017 | ", "2018-Q4")
    row = compared(case.given(POLICE_INCIDENTS, contacts), 17, measure)
    assert [row[name] for name in ("people", "families", "before", "after")] == [people, 2, before, after]


@each("""
    scope    | people | families | before
    fs       | 3      | 3        | 1
    cohort:1 | 2      | 2        | 1
    cohort:2 | 2      | 1        | 1
""")
def test_someone_of_two_families_counts_once_in_a_scope_with_the_earlier_fs_start(scope, people, families, before):
    """Dawn counts with Green in all of FS, though she completes with Black too: with that in its cohort."""
    case = Case(f"{FAMILIES.rstrip()}\n Black | Dawn | adult | 01/02/2018 | ", "2019-Q1")
    case = case.given(POLICE_INCIDENTS, "person | date | domestic_abuse \n Dawn | 01/10/2017 | yes")
    row = compared(case, 17, "da_incidents", scope)
    assert [row[name] for name in ("people", "families", "before")] == [people, families, before]


def test_each_child_of_no_family_is_a_family_of_its_own():
    referred = "key | person | start \n R1 | Max | 01/11/2017 \n R2 | Zoe | 01/11/2017"
    allocated = """
        person | referral | start      | family_safeguarding
        Max    | R1       | 01/11/2017 | yes
        Zoe    | R2       | 01/11/2017 | yes
    """
    case = Case(FAMILIES, "2018-Q4").given(REFERRALS, referred).given(ALLOCATIONS, allocated)
    row = compared(case.given(CP_PLANS, "person | start \n Zoe | 31/10/2017"), 2, "cp_days")
    assert [row[name] for name in ("people", "families", "before", "after")] == [5, 4, 1, 365]


def test_a_share_is_that_of_the_sums_and_of_children_with_sessions_on_both_sides():
    """Before 10 of 80, after 4 of 80; Ann has no sessions after and is left out.

    Green adds 100 x (8 - 12.5% x 40) / 80 = 3.75 before, 100 x (1 - 5% x 40) / 80 = -1.25 after, White the opposite:
    around the mean of -3.75 the two differ by 5 either way, so sd = 5 x sqrt(2) and 1.96 x sqrt(2) x sd = 19.6.
    """
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
    assert math.isclose(row["interval_low"], -7.5 - 19.6)
    assert math.isclose(row["interval_high"], -7.5 + 19.6)


@each("""
    rate             | divisor
    per_family       | 2
    per_person_month | 36
""")
def test_rates_are_per_family_without_any_included_and_per_person_and_month(rate, divisor):
    """Green 61 and 10 days, White none: 2 families, 12 months of 3 children; d is -51 and 0, so sd 51 / sqrt(2)."""
    row = compared(Case(FAMILIES, "2018-Q4").given(CP_PLANS, PLANS), 2, "cp_days", rate=rate)
    assert (row["people"], row["families"]) == (3, 2)
    assert [row[name] for name in ("before", "after", "difference")] == [61 / divisor, 10 / divisor, -51 / divisor]
    assert math.isclose(row["interval_low"], (-51 - 1.96 * 51) / divisor)
    assert math.isclose(row["interval_high"], (-51 + 1.96 * 51) / divisor)
    assert math.isclose(row["percentage_change"], -100 * 51 / 61)


def test_a_rate_over_nobody_is_blank():
    for rate in ("per_family", "per_person_month"):
        assert compared(Case(FAMILIES, "2018-Q3"), 2, "cp_days", rate=rate)["before"] is None


def test_a_child_who_comes_back_to_fs_completes_twice_z03():
    """Amy's second FS referral is followed up too: one person, 24 months on each side."""
    case = Case("family | person | role | since | until \n Green | Amy | child | 01/11/2017 | 01/03/2018", "2020-Q1")
    case = case.given(REFERRALS, one_row(referral_id="R2", person="Amy", start="01/02/2019"))
    again = one_row(referral_id="R2", person="Amy", start="01/02/2019", team="North", family_safeguarding=True)
    case = case.given(ALLOCATIONS, again).given(CP_PLANS, one_row(person="Amy", start="01/10/2017", end="01/10/2019"))
    counted = compared(case, 2, "cp_days")
    assert [counted[name] for name in ("people", "families", "before", "after")] == [1, 1, 31 + 365, 365 + 242]
    rate = compared(case, 2, "cp_days", rate="per_person_month")
    assert (rate["people"], rate["follow_ups"], rate["after"]) == (1, 2, (365 + 242) / 24)


def test_shares_have_no_rates():
    assert compared(Case(FAMILIES, "2018-Q4"), 7, "unauthorised_absence", rate="per_family") == {}
