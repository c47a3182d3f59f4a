"""Indicator 17: domestic abuse incidents of adults worked with, repeats among them, and crimes of everyone.

October to December 2018; Dawn is being worked with since 01/11/2017 and all incidents are domestic abuse, unless the
page says otherwise.
"""

from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline_tests.literals import Case, each, row


def incident(date, **columns):
    return row(**{"person": "Dawn", "date": date, "domestic_abuse": True} | columns)


@each("""
    date       | incidents
    15/11/2018 | 1
    30/09/2018 | 0
    01/10/2018 | 1
    31/12/2018 | 1
    01/01/2019 | 0
""")
def test_dated_in_the_quarter(date, incidents):
    case = Case().given(POLICE_INCIDENTS, incident(date))
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(17, "da_incidents", scope) == (incidents, None, None, "final")
        assert case.figure(17, "da_repeat_incidents", scope) == (0, None, None, "final")


@each("""
    since      | until      | incidents
    15/11/2018 |            | 1
    16/11/2018 |            | 0
    01/11/2017 | 15/11/2018 | 1
    01/11/2017 | 14/11/2018 | 0
    01/11/2017 | 30/09/2018 | 0
""")
def test_in_the_fs_window_of_the_family_z08(since, until, incidents):
    families = f"""
        family | person | role  | since   | until
        Green  | Amy    | child | {since} | {until}
        Green  | Dawn   | adult | {since} |
    """
    case = Case(families).given(POLICE_INCIDENTS, incident("15/11/2018", crime=True))
    assert case.figure(17, "da_incidents").value == incidents
    assert case.figure(17, "victim_count").value == incidents


@each("""
    who               | person | domestic_abuse | incidents
    an adult          | Dawn   | yes            | 1
    not DA            | Dawn   | no             | 0
    a child           | Amy    | yes            | 0
    not of the family | Zoe    | yes            | 0
""")
def test_domestic_abuse_of_adults_alone(who, person, domestic_abuse, incidents):
    case = Case().given(POLICE_INCIDENTS, incident("15/11/2018", person=person, domestic_abuse=domestic_abuse))
    assert case.figure(17, "da_incidents").value == incidents


def test_a_pair_of_adult_and_incident_counts_once_whatever_the_roles():
    """Dawn is victim and offender of incident 1; Carl is in it too: two pairs, and neither is a repeat."""
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Carl   | adult
        Green  | Dawn   | adult
    """
    case = Case(families).given(
        POLICE_INCIDENTS,
        """
        incident | person | date       | role     | domestic_abuse
        1        | Dawn   | 15/11/2018 | victim   | yes
        1        | Dawn   | 15/11/2018 | offender | yes
        1        | Carl   | 15/11/2018 | offender | yes
        """,
    )
    assert case.figure(17, "da_incidents").value == 2
    assert case.figure(17, "da_repeat_incidents").value == 0


@each("""
    earlier    | person | domestic_abuse | repeats
    14/11/2018 | Dawn   | yes            | 1
    15/11/2017 | Dawn   | yes            | 1
    14/11/2017 | Dawn   | yes            | 0
    14/11/2018 | Dawn   | no             | 0
    14/11/2018 | Carl   | yes            | 0
""")
def test_a_repeat_has_an_earlier_one_of_the_same_person_within_12_months_z26(earlier, person, domestic_abuse, repeats):
    case = Case().given(POLICE_INCIDENTS, incident("15/11/2018", key="B"))
    case = case.given(POLICE_INCIDENTS, incident(earlier, key="A", person=person, domestic_abuse=domestic_abuse))
    assert case.figure(17, "da_repeat_incidents") == (repeats, None, None, "final")


def test_the_earlier_one_may_lie_before_fs_start_z26():
    families = "family | person | role | since \n Green | Amy | child | 01/11/2018 \n Green | Dawn | adult | 01/11/2018"
    case = Case(families).given(POLICE_INCIDENTS, incident("15/11/2018", key="B"))
    case = case.given(POLICE_INCIDENTS, incident("15/10/2018", key="A"))
    assert case.figure(17, "da_incidents").value == 1
    assert case.figure(17, "da_repeat_incidents").value == 1


def test_of_two_on_one_day_the_second_id_is_the_repeat_z26():
    case = Case().given(POLICE_INCIDENTS, incident("15/11/2018", key="A"))
    case = case.given(POLICE_INCIDENTS, incident("15/11/2018", key="B"))
    assert case.figure(17, "da_incidents").value == 2
    assert case.figure(17, "da_repeat_incidents").value == 1


def test_an_adult_of_two_families_counts_once_with_the_earliest_fs_start():
    """Dawn counts with Green, in FS since 2017, for all of FS; with White, since 01/12/2018, in its cohort."""
    families = """
        family | person | role  | since
        Green  | Amy    | child | 01/11/2017
        Green  | Dawn   | adult | 01/11/2017
        White  | Ben    | child | 01/12/2018
        White  | Dawn   | adult | 01/12/2018
    """
    case = Case(families).given(POLICE_INCIDENTS, incident("15/11/2018", crime=True))
    for measure in ("da_incidents", "victim_count"):
        values = [case.figure(17, measure, scope).value for scope in ("fs", "cohort:1", "cohort:3")]
        assert values == [1, 1, 0]


@each("""
    person | role     | crime | victim | offender
    Dawn   | victim   | yes   | 1      | 0
    Dawn   | offender | yes   | 0      | 1
    Amy    | victim   | yes   | 1      | 0
    Dawn   | victim   | no    | 0      | 0
    Zoe    | victim   | yes   | 0      | 0
""")
def test_crimes_of_everyone_children_too(person, role, crime, victim, offender):
    contact = row(person=person, date="15/11/2018", role=role, crime=crime)
    case = Case().given(POLICE_INCIDENTS, contact)
    assert case.figure(17, "victim_count") == (victim, None, None, "final")
    assert case.figure(17, "offender_count") == (offender, None, None, "final")


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    missing = Case().not_supplied(POLICE_INCIDENTS)
    for measure in ("da_incidents", "da_repeat_incidents", "victim_count", "offender_count"):
        assert Case().figure(17, measure) == (0, None, None, "final")
        assert missing.figure(17, measure) == (None, None, None, "not_supplied")


@each("""
    missing | status
    2018-Q3 | partial
    2017-Q4 | partial
    2017-Q3 | final
""")
def test_repeats_are_partial_while_an_earlier_quarter_of_the_12_months_is_missing(missing, status):
    case = Case().given(POLICE_INCIDENTS, incident("15/11/2018")).not_supplied(POLICE_INCIDENTS, missing)
    assert case.figure(17, "da_repeat_incidents") == (0, None, None, status)
    assert case.figure(17, "da_incidents") == (1, None, None, "final")
    assert case.figure(17, "victim_count").status == "final"
