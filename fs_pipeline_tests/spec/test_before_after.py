"""Before and after: the twelve months on both sides of FS start, paired on the same people, over all follow-ups so far.

Green and White enter in October to December 2017 and complete a year later; Black one quarter after them.
"""

import math
import statistics
from dataclasses import replace
from datetime import date, timedelta
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


def with_days(*differences: int) -> Case:
    """Families of one child, with 40 days on a plan before FS start, and so many more (or fewer) days after it."""
    families = [f"F{number} | C{number} | child | 01/12/2017 | " for number in range(len(differences))]
    first, start = date(2017, 10, 22), date(2017, 12, 1)
    plans = [f"C{number} | {first:%d/%m/%Y} | {start:%d/%m/%Y}" for number in range(len(differences))]
    plans += [
        f"C{number} | {start:%d/%m/%Y} | {start + timedelta(40 + more):%d/%m/%Y}"
        for number, more in enumerate(differences)
    ]
    case = Case("\n".join(["family | person | role | since | upn", *families]), "2018-Q4")
    return case.given(CP_PLANS, "\n".join(["person | start | end", *plans]))


def test_the_interval_is_that_of_the_families_paired_differences():
    """21 families differ and 4 do not: n x mean(d) -+ t x sqrt(n) x sd(d) of all 25; t of 24 degrees is 2.0639."""
    differences = [-30] * 11 + [-10] * 6 + [20] * 4 + [0] * 4
    row = compared(with_days(*differences), 2, "cp_days")
    assert (row["families"], row["before"], row["difference"]) == (25, 1000, -310)
    half = 2.0638986 * math.sqrt(25) * statistics.stdev(differences)
    assert math.isclose(row["interval_low"], -310 - half, rel_tol=1e-7)
    assert math.isclose(row["interval_high"], -310 + half, rel_tol=1e-7)


@each("""
    fewer | more | same | has_interval
    19    | 0    | 0    | no
    20    | 0    | 0    | yes
    21    | 0    | 0    | yes
    19    | 0    | 30   | no
    10    | 9    | 30   | no
    10    | 10   | 0    | yes
    10    | 10   | 30   | yes
    0     | 0    | 40   | no
""")
def test_there_is_no_interval_while_fewer_than_20_families_differ(fewer, more, same, has_interval):
    row = compared(with_days(*[-5] * fewer, *[7] * more, *[0] * same), 2, "cp_days")
    assert (row["families"], row["difference"]) == (fewer + more + same, 7 * more - 5 * fewer)
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


ABSENCES = """
    upn | date_from  | date_to    | sessions_possible | sessions_authorised | sessions_unauthorised
    A1  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 8
    A1  | 01/12/2017 | 31/12/2017 | 40                | 0                   | 1
    A2  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 40
    B1  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 2
    B1  | 01/12/2017 | 31/12/2017 | 40                | 0                   | 3
"""


def test_a_share_is_that_of_the_sums_and_of_children_with_sessions_on_both_sides():
    """Before 10 of 80, after 4 of 80; Ann has no sessions after and is left out."""
    row = compared(Case(FAMILIES, "2018-Q4").given(ATTENDANCE, ABSENCES), 7, "unauthorised_absence")
    assert [row[name] for name in ("people", "families", "before", "after", "difference")] == [2, 2, 12.5, 5, -7.5]
    assert row["percentage_change"] == -60
    assert row["interval_low"] is None


@each("""
    pairs | has_interval
    9     | no
    10    | yes
""")
def test_the_interval_of_a_share_uses_the_families_linearised_contributions(pairs, has_interval):
    """Families in pairs like Green and White above: the two differ by 5 / pairs from the mean d, either way."""
    first, *stretches = ABSENCES.strip().splitlines()
    names = [(f"{name}{number}", f"{upn}{number}") for number in range(pairs) for name, upn in (("G", "A"), ("W", "B"))]
    families = [f"{name} | {name}x | child | 01/11/2017 | {upn}" for name, upn in names]
    text = [first]
    for number in range(pairs):
        for line in stretches:
            upn, _, rest = line.partition("|")
            text += [] if upn.strip() == "A2" else [f"{upn.strip()[0]}{number} | {rest}"]
    case = Case("\n".join(["family | person | role | since | upn", *families]), "2018-Q4")
    row = compared(case.given(ATTENDANCE, "\n".join(text)), 7, "unauthorised_absence")
    assert (row["families"], row["difference"]) == (2 * pairs, -7.5)
    assert (row["interval_low"] is not None) == has_interval
    if has_interval:  # t of 19 degrees is 2.0930; sum of squares 20 x 0.5 x 0.5
        half = 2.0930241 * math.sqrt(20) * math.sqrt(20 * 0.25 / 19)
        assert math.isclose(row["interval_low"], -7.5 - half, rel_tol=1e-7)
        assert math.isclose(row["interval_high"], -7.5 + half, rel_tol=1e-7)


def test_a_share_that_stays_the_same_differs_in_no_family():
    """Of floats, 20 families of unlike size with the same share before and after leave a few times 1e-18 over."""
    families = [f"F{n} | C{n} | child | 01/11/2017 | U{n}" for n in range(20)]
    sides = (("02/10/2017", "31/10/2017"), ("01/12/2017", "31/12/2017"))
    rows = [f"U{n} | {first} | {last} | {10 + 3 * n} | 0 | {n % 7}" for n in range(20) for first, last in sides]
    heading = ABSENCES.strip().splitlines()[0]
    case = Case("\n".join(["family | person | role | since | upn", *families]), "2018-Q4")
    row = compared(case.given(ATTENDANCE, "\n".join([heading, *rows])), 7, "unauthorised_absence")
    assert (row["families"], row["difference"], row["interval_low"]) == (20, 0, None)


@each("""
    rate             | divisor
    per_family       | 2
    per_person_month | 36
""")
def test_rates_are_per_family_without_any_included_and_per_person_and_month(rate, divisor):
    """Green 61 and 10 days, White none: 2 families, 12 months of 3 children."""
    row = compared(Case(FAMILIES, "2018-Q4").given(CP_PLANS, PLANS), 2, "cp_days", rate=rate)
    assert (row["people"], row["families"]) == (3, 2)
    assert [row[name] for name in ("before", "after", "difference")] == [61 / divisor, 10 / divisor, -51 / divisor]
    assert math.isclose(row["percentage_change"], -100 * 51 / 61)


@each("""
    rate             | divisor
    per_family       | 20
    per_person_month | 240
""")
def test_the_interval_of_a_rate_is_that_of_the_sum_divided(rate, divisor):
    case = with_days(*[-5] * 10, *[7] * 10)
    whole, divided = compared(case, 2, "cp_days"), compared(case, 2, "cp_days", rate=rate)
    for end in ("interval_low", "interval_high"):
        assert math.isclose(divided[end], whole[end] / divisor)


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
