"""The period `follow_up`: the twelve months from FS start, [R03, R03 + 12 months), of those who complete them.

October to December 2018; Amy and Dawn entered on 01/11/2017 and complete on 31/10/2018. What is counted, and who is
left out for want of data, is on the page of the baseline.
"""

from fs_pipeline.toolkit.extracts import ATTENDANCE, CARE_PERIODS, CP_PLANS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline_tests.literals import Case, Figure, each, row


def follow_up(case: Case, indicator: int, measure: str) -> Figure:
    return case.figure(indicator, measure, period="follow_up")


def both(case: Case, person: str, column: str) -> tuple[object, object]:
    """What the follow-up keeps of a person, before and after."""
    kept = case.row("cohort/follow_up", person_id=person)
    return kept[f"before_{column}"], kept[f"after_{column}"]


@each("""
    since      | completes
    01/10/2017 | no
    02/10/2017 | yes
    01/11/2017 | yes
    01/01/2018 | yes
    02/01/2018 | no
""")
def test_the_last_of_the_twelve_months_lies_in_the_quarter(since, completes):
    case = Case(f"family | person | role | since \n Green | Amy | child | {since}")
    case = case.given(CP_PLANS, row(person="Amy", start="01/01/2017"))
    assert follow_up(case, 1, "cp_plans_active") == (int(completes), None, None, "final")


@each("""
    since      | quarter | days
    29/02/2020 | 2021-Q1 | 365
    01/03/2019 | 2020-Q1 | 366
""")
def test_of_leap_years(since, quarter, days):
    case = Case(f"family | person | role | since \n Green | Amy | child | {since}", quarter)
    assert follow_up(case.given(CP_PLANS, row(person="Amy", start="01/01/2017")), 2, "cp_days").value == days


@each("""
    start      | end        | plans | days
    01/10/2017 | 01/11/2017 | 1     | 0
    01/10/2017 | 02/11/2017 | 1     | 1
    01/11/2017 | 11/11/2017 | 1     | 10
    31/10/2018 |            | 1     | 1
    01/11/2018 |            | 0     | 0
    01/10/2017 |            | 1     | 365
""")
def test_plans_and_days_clipped_to_the_twelve_months(start, end, plans, days):
    case = Case().given(CP_PLANS, row(person="Amy", start=start, end=end))
    assert follow_up(case, 1, "cp_plans_active").value == plans
    assert follow_up(case, 2, "cp_days") == (days, None, None, "final")
    care = Case().given(CARE_PERIODS, row(person="Amy", start=start, end=end))
    assert follow_up(care, 5, "cla_periods").value == plans
    assert follow_up(care, 6, "cla_days").value == days


@each("""
    date       | incidents
    31/10/2017 | 0
    01/11/2017 | 1
    31/10/2018 | 1
    01/11/2018 | 0
""")
def test_incidents_dated_in_the_twelve_months(date, incidents):
    case = Case().given(POLICE_INCIDENTS, row(person="Dawn", date=date, domestic_abuse=True, crime=True))
    for measure in ("da_incidents", "victim_count"):
        assert follow_up(case, 17, measure) == (incidents, None, None, "final")
    referred = Case().given(MARAC_REFERRALS, row(person="Dawn", date=date))
    assert follow_up(referred, 19, "people_high_risk").value == incidents


def test_they_are_not_cut_when_fs_ends():
    families = """
        family | person | role  | since      | until
        Green  | Amy    | child | 01/11/2017 | 31/12/2017
        Green  | Dawn   | adult | 01/11/2017 | 31/12/2017
    """
    case = Case(families).given(POLICE_INCIDENTS, row(person="Dawn", date="01/06/2018", domestic_abuse=True))
    assert follow_up(case, 17, "da_incidents").value == 1


def test_before_and_after_of_the_same_person_stand_side_by_side():
    case = Case().given(CP_PLANS, row(person="Amy", start="02/10/2017", end="11/11/2017"))
    case = case.given(
        POLICE_INCIDENTS,
        """
        person | date       | domestic_abuse
        Dawn   | 31/10/2016 | yes
        Dawn   | 01/11/2016 | yes
        Dawn   | 31/10/2017 | yes
        Dawn   | 01/11/2017 | yes
        """,
    )
    assert both(case, "Amy", "cp_days") == (30, 10)
    assert both(case, "Dawn", "da_incidents") == (2, 1)
    assert both(case, "Dawn", "da_repeat_incidents") == (1, 0)
    assert both(case, "Amy", "da_incidents") == both(case, "Dawn", "cp_days") == (None, None)


@each("""
    missing | before | after | status
    2016-Q3 | 0      | 0     | final
    2016-Q4 | blank  | 0     | final
    2017-Q4 | blank  | blank | not_supplied
    2018-Q4 | 0      | blank | not_supplied
""")
def test_each_side_is_blank_while_its_own_months_touch_a_missing_quarter(missing, before, after, status):
    case = Case().not_supplied(POLICE_INCIDENTS, missing)
    assert both(case, "Dawn", "da_incidents") == (before, after)
    assert follow_up(case, 17, "da_incidents") == (after, None, None, status)


def test_a_row_of_school_days_across_fs_start_counts_on_neither_side():
    families = "family | person | role | since | upn \n Green | Amy | child | 01/11/2017 | A1"
    stretches = """
        upn | date_from  | date_to    | sessions_possible | sessions_authorised | sessions_unauthorised
        A1  | 02/10/2017 | 31/10/2017 | 40                | 0                   | 8
        A1  | 25/10/2017 | 05/11/2017 | 20                | 0                   | 20
        A1  | 01/11/2017 | 30/11/2017 | 40                | 0                   | 2
    """
    case = Case(families).given(ATTENDANCE, stretches)
    assert both(case, "Amy", "unauthorised_sessions") == (8, 2)
    assert follow_up(case, 7, "unauthorised_absence") == (5, 2, 40, "final")
