"""The period `baseline`: the twelve months before FS start, [R03 - 12 months, R03), of the quarter's entrants.

October to December 2018; Amy and Dawn enter on 01/11/2018, so theirs is from 01/11/2017 to 31/10/2018.
"""

from fs_pipeline.toolkit.extracts import ATTENDANCE, CARE_PERIODS, CP_PLANS, MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline_tests.literals import Case, Figure, each, row

ENTRANTS = """
    family | person | role  | since      | upn
    Green  | Amy    | child | 01/11/2018 | A1
    Green  | Dawn   | adult | 01/11/2018 |
"""
GREEN = Case(ENTRANTS)


def baseline(case: Case, indicator: int, measure: str, scope: str = "fs") -> Figure:
    return case.figure(indicator, measure, scope, period="baseline")


def incidents(*dates: str, **columns: object) -> str:
    rows = [row(**{"key": f"{n}", "person": "Dawn", "date": date} | columns) for n, date in enumerate(dates)]
    return "\n".join([rows[0], *(each.splitlines()[1] for each in rows[1:])])


def sessions(first: str, last: str, upn: str = "A1") -> str:
    return row(
        upn=upn,
        **{"date_from": first, "date_to": last},
        **{"sessions_possible": 40, "sessions_authorised": 4, "sessions_unauthorised": 10},
    )


@each("""
    since      | plans
    30/09/2018 | 0
    01/10/2018 | 1
    31/12/2018 | 1
    01/01/2019 | 0
""")
def test_an_entrant_has_an_fs_start_in_the_quarter(since, plans):
    case = Case(f"family | person | role | since \n Green | Amy | child | {since}")
    case = case.given(CP_PLANS, row(person="Amy", start="01/01/2018"))
    assert baseline(case, 1, "cp_plans_active") == (plans, None, None, "final")


@each("""
    start      | end        | plans | days
    01/10/2018 | 15/10/2018 | 1     | 14
    01/10/2017 | 01/11/2017 | 1     | 0
    01/10/2017 | 02/11/2017 | 1     | 1
    01/10/2017 | 31/10/2017 | 0     | 0
    31/10/2018 |            | 1     | 1
    01/11/2018 |            | 0     | 0
    01/10/2017 | 31/10/2018 | 1     | 364
    01/10/2017 | 01/11/2018 | 1     | 365
    01/10/2017 |            | 1     | 365
""")
def test_plans_active_and_days_on_a_plan_clipped_to_the_twelve_months(start, end, plans, days):
    case = GREEN.given(CP_PLANS, row(person="Amy", start=start, end=end))
    assert baseline(case, 1, "cp_plans_active") == (plans, None, None, "final")
    assert baseline(case, 2, "cp_days") == (days, None, None, "final")


@each("""
    since      | quarter | days
    01/11/2020 | 2020-Q4 | 366
    29/02/2020 | 2020-Q1 | 366
    28/02/2021 | 2021-Q1 | 366
    01/03/2021 | 2021-Q1 | 365
""")
def test_of_leap_years_z12(since, quarter, days):
    case = Case(f"family | person | role | since \n Green | Amy | child | {since}", quarter)
    assert baseline(case.given(CP_PLANS, row(person="Amy", start="01/01/2019")), 2, "cp_days").value == days


def test_days_are_added_plan_by_plan():
    plans = "person | start | end \n Amy | 01/10/2018 | 11/10/2018 \n Amy | 06/10/2018 | 11/10/2018"
    assert baseline(GREEN.given(CP_PLANS, plans), 2, "cp_days").value == 15


@each("""
    start      | end        | uasc | periods | days
    01/10/2017 | 02/11/2017 | no   | 1       | 1
    01/10/2018 |            | no   | 1       | 31
    01/10/2018 |            | yes  | 0       | 0
""")
def test_periods_and_days_of_care_without_uasc_z10(start, end, uasc, periods, days):
    case = GREEN.given(CARE_PERIODS, row(person="Amy", start=start, end=end, uasc=uasc))
    assert baseline(case, 5, "cla_periods") == (periods, None, None, "final")
    assert baseline(case, 6, "cla_days") == (days, None, None, "final")


@each("""
    first      | last       | counts
    01/11/2017 | 31/12/2017 | yes
    01/10/2018 | 31/10/2018 | yes
    31/10/2017 | 30/11/2017 | no
    15/10/2018 | 01/11/2018 | no
    01/11/2018 | 30/11/2018 | no
""")
def test_attendance_of_rows_that_lie_wholly_inside(first, last, counts):
    case = GREEN.given(ATTENDANCE, sessions(first, last))
    unauthorised, authorised = ((25, 10, 40), (10, 4, 40)) if counts else ((None, 0, 0), (None, 0, 0))
    assert baseline(case, 7, "unauthorised_absence") == (*unauthorised, "final")
    assert baseline(case, 7, "authorised_absence") == (*authorised, "final")


@each("""
    who               | born       | upn | counts
    5 on 31/08/2017   | 31/08/2012 | A1  | yes
    still 4           | 01/09/2012 | A1  | no
    15 on 31/08/2017  | 01/09/2001 | A1  | yes
    16 on 31/08/2017  | 31/08/2001 | A1  | no
    without UPN       | 01/05/2010 |     | no
""")
def test_attendance_of_children_of_school_age_with_a_upn_z18(who, born, upn, counts):
    case = Case(f"family | person | role | since | born | upn \n Green | Amy | child | 01/11/2018 | {born} | {upn}")
    case = case.given(ATTENDANCE, sessions("01/01/2018", "31/01/2018"))
    assert baseline(case, 7, "unauthorised_absence").value == (25 if counts else None)


@each("""
    date       | incidents
    31/10/2017 | 0
    01/11/2017 | 1
    31/10/2018 | 1
    01/11/2018 | 0
""")
def test_incidents_dated_in_the_twelve_months(date, incidents):
    contact = row(person="Dawn", date=date, domestic_abuse=True, crime=True)
    case = GREEN.given(POLICE_INCIDENTS, contact)
    for measure, count in (("da_incidents", incidents), ("victim_count", incidents), ("offender_count", 0)):
        assert baseline(case, 17, measure) == (count, None, None, "final")


@each("""
    earlier    | repeats
    01/02/2018 | 1
    01/11/2017 | 1
    31/10/2017 | 0
""")
def test_a_repeat_has_its_earlier_one_inside_the_same_twelve_months_z26(earlier, repeats):
    case = GREEN.given(POLICE_INCIDENTS, incidents("15/03/2018", earlier, domestic_abuse=True))
    assert baseline(case, 17, "da_repeat_incidents") == (repeats, None, None, "final")


def test_repeats_are_all_but_the_first_incident_of_each_person_each_once_z26():
    families = f"{ENTRANTS.rstrip()}\n Green | Carl | adult | 01/11/2018 | "
    case = Case(families).given(
        POLICE_INCIDENTS,
        """
        incident | person | date       | role     | domestic_abuse
        1        | Dawn   | 01/02/2018 | victim   | yes
        1        | Dawn   | 01/02/2018 | offender | yes
        2        | Dawn   | 01/03/2018 | victim   | yes
        3        | Dawn   | 01/03/2018 | victim   | yes
        3        | Carl   | 01/03/2018 | offender | yes
        """,
    )
    assert baseline(case, 17, "da_incidents").value == 4
    assert baseline(case, 17, "da_repeat_incidents").value == 2


@each("""
    person | role     | domestic_abuse | victim | offender
    Dawn   | victim   | 1              | 1      | 0
    Dawn   | offender | 1              | 0      | 1
    Amy    | victim   | 0              | 1      | 0
    Amy    | offender | 0              | 0      | 1
""")
def test_domestic_abuse_of_adults_and_crimes_of_everyone(person, role, domestic_abuse, victim, offender):
    contact = row(person=person, date="15/03/2018", role=role, domestic_abuse=True, crime=True)
    case = GREEN.given(POLICE_INCIDENTS, contact)
    assert baseline(case, 17, "da_incidents").value == domestic_abuse
    assert baseline(case, 17, "victim_count").value == victim
    assert baseline(case, 17, "offender_count").value == offender


@each("""
    fourth     | marac      | people
    01/11/2017 |            | 1
    31/10/2017 |            | 0
    01/11/2018 |            | 0
    31/10/2017 | 01/11/2017 | 1
    31/10/2017 | 31/10/2018 | 1
    31/10/2017 | 31/10/2017 | 0
    31/10/2017 | 01/11/2018 | 0
""")
def test_high_risk_is_4_incidents_or_a_marac_referral_z25(fourth, marac, people):
    three = ("01/02/2018", "01/03/2018", "01/04/2018")
    case = GREEN.given(POLICE_INCIDENTS, incidents(*three, fourth, domestic_abuse=True))
    if marac:
        case = case.given(MARAC_REFERRALS, row(person="Dawn", date=marac))
    assert baseline(case, 19, "people_high_risk") == (people, None, None, "final")


@each("""
    extract          | missing | indicator | measure              | status
    police_incidents | 2017-Q4 | 17        | victim_count         | not_supplied
    police_incidents | 2018-Q4 | 17        | victim_count         | not_supplied
    police_incidents | 2017-Q3 | 17        | victim_count         | final
    police_incidents | 2018-Q1 | 19        | people_high_risk     | not_supplied
    marac_referrals  | 2018-Q1 | 19        | people_high_risk     | not_supplied
    marac_referrals  | 2018-Q1 | 17        | victim_count         | final
    attendance       | 2018-Q1 | 7         | unauthorised_absence | not_supplied
    attendance       | 2018-Q1 | 2         | cp_days              | final
""")
def test_blank_when_the_twelve_months_of_everyone_touch_a_missing_quarter(extract, missing, indicator, measure, status):
    tables = {table.extract: table for table in (POLICE_INCIDENTS, MARAC_REFERRALS, ATTENDANCE)}
    figure = baseline(GREEN.not_supplied(tables[extract], missing), indicator, measure)
    assert (figure.status, figure.value is None) == (status, status == "not_supplied")


@each("""
    extract          | people | status
    police_incidents | 0      | partial
    marac_referrals  | 0      | partial
    attendance       | 1      | final
""")
def test_high_risk_needs_both_extracts_even_where_one_of_them_shows_it_z25(extract, people, status):
    """Dawn's four incidents and referral lie before the missing quarter, which only White's months do not touch."""
    tables = {table.extract: table for table in (POLICE_INCIDENTS, MARAC_REFERRALS, ATTENDANCE)}
    four = ("01/04/2018", "01/05/2018", "01/06/2018", "01/07/2018")
    case = Case(f"{ENTRANTS.rstrip()}\n White | Carl | adult | 01/10/2018 | \n White | Ben | child | 01/10/2018 | ")
    case = case.given(POLICE_INCIDENTS, incidents(*four, domestic_abuse=True))
    case = case.given(MARAC_REFERRALS, row(person="Dawn", date="01/04/2018")).not_supplied(tables[extract])
    assert baseline(case, 19, "people_high_risk") == (people, None, None, status)


def test_partial_when_some_are_left_out_and_the_value_is_that_of_the_rest():
    """White enters on the first day: its twelve months end before the missing quarter. Green's do not."""
    families = f"{ENTRANTS.rstrip()}\n White | Ben | child | 01/10/2018 | \n White | Carl | adult | 01/10/2018 | "
    contacts = "person | date | crime \n Dawn | 01/02/2018 | yes \n Carl | 01/02/2018 | yes"
    case = Case(families).given(POLICE_INCIDENTS, contacts)
    assert baseline(case, 17, "victim_count") == (2, None, None, "final")
    assert baseline(case.not_supplied(POLICE_INCIDENTS), 17, "victim_count") == (1, None, None, "partial")


def test_children_without_a_upn_do_not_matter_for_attendance():
    families = f"{ENTRANTS.rstrip()}\n White | Ben | child | 01/10/2018 | B1"
    case = Case(families).given(ATTENDANCE, sessions("01/01/2018", "31/01/2018", upn="B1"))
    missing = case.not_supplied(ATTENDANCE)
    assert baseline(missing, 7, "unauthorised_absence") == (25, 10, 40, "partial")
    without = Case(families.replace("A1", "  ")).given(ATTENDANCE, sessions("01/01/2018", "31/01/2018", upn="B1"))
    assert baseline(without.not_supplied(ATTENDANCE), 7, "unauthorised_absence") == (25, 10, 40, "final")


def test_of_nobody_a_count_is_0_and_a_share_blank():
    nobody = Case().not_supplied(POLICE_INCIDENTS, "2018-Q1").not_supplied(ATTENDANCE, "2018-Q1")
    assert baseline(nobody, 17, "victim_count") == (0, None, None, "final")
    assert baseline(nobody, 7, "unauthorised_absence") == (None, 0, 0, "final")


def test_someone_of_two_families_enters_with_the_earlier_fs_start_of_the_scope():
    """Dawn counts with White, in FS since 2017, in all of FS, and with Green, which enters now, in its cohort."""
    families = f"{ENTRANTS.rstrip()}\n White | Ben | child | 01/11/2017 | \n White | Dawn | adult | 01/11/2017 | "
    contact = row(person="Dawn", date="01/02/2018", domestic_abuse=True)
    case = Case(families).given(POLICE_INCIDENTS, contact)
    values = [baseline(case, 17, "da_incidents", scope).value for scope in ("fs", "cohort:1", "cohort:3")]
    assert values == [0, 0, 1]


def test_there_is_none_of_the_whole_authority():
    assert GREEN.scopes(1, "baseline") == {"fs", "cohort:3", "team:North"}
