"""Indicator 19 and I66a: 4 or more domestic abuse incidents, or a MARAC referral, in the 12 months to the quarter end.

October to December 2018, so from 01/01/2018 to 31/12/2018; Dawn is being worked with since 01/11/2017.
"""

import pytest

from fs_pipeline.toolkit.extracts import MARAC_REFERRALS, POLICE_INCIDENTS
from fs_pipeline_tests.literals import Case, each, row

THREE = """
    person | date       | domestic_abuse
    Dawn   | 01/02/2018 | yes
    Dawn   | 01/05/2018 | yes
    Dawn   | 01/08/2018 | yes
"""


def three_and(date, **columns):
    fourth = row(**{"key": "D", "person": "Dawn", "date": date, "domestic_abuse": True} | columns)
    return Case().given(POLICE_INCIDENTS, THREE).given(POLICE_INCIDENTS, fourth)


@each("""
    fourth     | high_risk
    01/11/2018 | yes
    31/12/2018 | yes
    01/01/2018 | yes
    31/12/2017 | no
    01/01/2019 | no
""")
def test_four_incidents_in_the_12_months_z25(fourth, high_risk):
    case = three_and(fourth)
    assert case.person("Dawn").da_high_risk is high_risk
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(19, "people_high_risk", scope) == (int(high_risk), None, None, "final")


@each("""
    what               | key | person | role     | domestic_abuse | high_risk
    another incident   | D   | Dawn   | victim   | yes            | yes
    as offender        | D   | Dawn   | offender | yes            | yes
    the third one again| 03  | Dawn   | offender | yes            | no
    not DA             | D   | Dawn   | victim   | no             | no
    somebody else's    | D   | Carl   | victim   | yes            | no
""")
def test_what_makes_a_fourth_incident_z25(what, key, person, role, domestic_abuse, high_risk):
    key = f"{key:02}" if isinstance(key, int) else key
    case = three_and("01/08/2018", key=key, person=person, role=role, domestic_abuse=domestic_abuse)
    assert case.person("Dawn").da_high_risk is high_risk


@each("""
    referred   | high_risk
    15/11/2018 | yes
    31/12/2018 | yes
    01/01/2018 | yes
    31/12/2017 | no
""")
def test_one_marac_referral_in_the_12_months_z25(referred, high_risk):
    case = Case().given(MARAC_REFERRALS, row(person="Dawn", date=referred))
    assert case.person("Dawn").da_high_risk is high_risk
    assert case.figure(19, "people_high_risk").value == int(high_risk)


def test_children_count_too_and_the_family_counts_its_people():
    case = three_and("01/11/2018").given(MARAC_REFERRALS, row(person="Amy", date="15/11/2018"))
    assert case.figure(19, "people_high_risk").value == 2
    assert case.family("Green").people_da_high_risk == 2


def test_a_person_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    case = Case(families).given(MARAC_REFERRALS, row(person="Dawn", date="15/11/2018"))
    assert case.figure(19, "people_high_risk").value == 1
    assert [case.family(family).people_da_high_risk for family in ("Green", "White")] == [1, 1]


def test_nobody():
    assert Case().figure(19, "people_high_risk") == (0, None, None, "final")
    assert Case().person("Dawn").da_high_risk is False
    assert Case().family("Green").people_da_high_risk == 0


@pytest.mark.parametrize("missing", [POLICE_INCIDENTS, MARAC_REFERRALS], ids=["police", "marac"])
@each("""
    quarter | status       | known
    2018-Q4 | not_supplied | no
    2018-Q3 | partial      | no
    2018-Q1 | partial      | no
    2017-Q4 | final        | yes
""")
def test_three_incidents_are_unknown_while_a_quarter_of_the_12_months_is_missing_z25(missing, quarter, status, known):
    case = Case().given(POLICE_INCIDENTS, THREE).not_supplied(missing, quarter)
    assert case.person("Dawn").da_high_risk is (False if known else None)
    assert case.family("Green").people_da_high_risk == (0 if known else None)
    assert case.figure(19, "people_high_risk") == (None if quarter == "2018-Q4" else 0, None, None, status)


@each("""
    extract | quarter | high_risk | people | status
    police  | 2018-Q1 | blank     | 0      | partial
    police  | 2018-Q4 | yes       | blank  | not_supplied
    marac   | 2018-Q1 | yes       | 1      | partial
    marac   | 2018-Q4 | yes       | blank  | not_supplied
""")
def test_four_incidents_are_known_as_soon_as_supplied_data_show_them_z25(extract, quarter, high_risk, people, status):
    """Incidents in February, April, May and August: only without January to March there are three."""
    missing = {"police": POLICE_INCIDENTS, "marac": MARAC_REFERRALS}[extract]
    case = three_and("15/04/2018").not_supplied(missing, quarter)
    assert case.person("Dawn").da_high_risk is high_risk
    assert case.figure(19, "people_high_risk") == (people, None, None, status)
