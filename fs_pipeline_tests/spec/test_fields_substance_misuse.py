"""I25 to I31 and I50 to I65: treatment of adults in the quarter, and the family's numbers of people.

October to December 2018; Dawn is being worked with since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS, TOP_FORMS
from fs_pipeline_tests.literals import Case, each, row


def treated(text, **case):
    return Case(**case).given(SUBSTANCE_TREATMENTS, text)


@each("""
    date       | shown
    30/09/2018 | blank
    01/10/2018 | 01/10/2018
    31/12/2018 | 31/12/2018
    01/01/2019 | blank
               | blank
""")
def test_start_and_closure_within_the_quarter_i25_i26_z20(date, shown):
    assert treated(row(person="Dawn", start=date)).person("Dawn").treatment_start_date == shown
    closed = treated(row(person="Dawn", start="01/06/2018", closure_date=date, closure_reason="completed"))
    assert closed.person("Dawn").treatment_closure_date == shown
    assert closed.person("Dawn").treatment_closure_reason == ("completed" if shown else None)


def test_the_latest_start_and_the_latest_closure_each_of_its_own_treatment_i25_to_i27():
    dawn = treated("""
        person | start      | closure_date | closure_reason
        Dawn   | 01/06/2018 | 20/12/2018   | transferred
        Dawn   | 15/10/2018 | 15/11/2018   | completed
        Dawn   | 01/10/2018 |              |
    """).person("Dawn")
    assert dawn.treatment_start_date == "15/10/2018"
    assert (dawn.treatment_closure_date, dawn.treatment_closure_reason) == ("20/12/2018", "transferred")


@each("""
    closed     | came_back  | re_presented
    01/10/2018 | 15/11/2018 | yes
    01/10/2018 | 01/10/2018 | blank
    01/10/2018 | 31/12/2018 | yes
    01/10/2018 | 01/01/2019 | blank
    01/10/2018 |            | blank
    30/09/2018 | 15/11/2018 | blank
               | 15/11/2018 | blank
""")
def test_re_presentation_is_known_only_when_it_happened_i28_z21(closed, came_back, re_presented):
    """The 6 months after a closure in the quarter always run past its end: there is no `no` yet."""
    for column in ("start_date", "assessment_date"):
        case = treated(row(key="A", person="Dawn", start="01/06/2018", closure_date=closed))
        case = case.given(SUBSTANCE_TREATMENTS, row(key="B", person="Dawn", **{column: came_back}))
        assert case.person("Dawn").re_presented_within_6_months is re_presented


@each("""
    assessed   | outcome        | assessments | without_engagement
    15/11/2018 | treatment      | 1           | 0
    15/11/2018 | non_engagement | 1           | 1
    15/11/2018 |                | 1           | 0
    30/09/2018 | non_engagement | 0           | 0
    01/10/2018 | non_engagement | 1           | 1
    31/12/2018 | non_engagement | 1           | 1
    01/01/2019 | non_engagement | 0           | 0
               |                | 0           | 0
""")
def test_assessments_in_the_quarter_i29_i30(assessed, outcome, assessments, without_engagement):
    dawn = treated(row(person="Dawn", assessment_date=assessed, assessment_outcome=outcome)).person("Dawn")
    assert (dawn.assessments, dawn.assessments_without_engagement) == (assessments, without_engagement)


@each("""
    closed     | reason      | without_engagement
    15/11/2018 | dropped_out | 1
    15/11/2018 | declined    | 0
    30/09/2018 | dropped_out | 0
    31/12/2018 | dropped_out | 1
""")
def test_treatments_closed_as_dropped_out_i31_z22(closed, reason, without_engagement):
    dawn = treated(row(person="Dawn", start="01/06/2018", closure_date=closed, closure_reason=reason)).person("Dawn")
    assert dawn.treatments_without_engagement == without_engagement


def test_children_have_none_of_it():
    amy = treated(row(person="Amy", start="15/11/2018", assessment_date="01/11/2018")).person("Amy")
    assert (amy.treatment_start_date, amy.assessments) == (None, None)


FAMILY = """
    family | person | role
    Green  | Amy    | child
    Green  | Carl   | adult
    Green  | Dawn   | adult
"""


def test_the_family_counts_people_not_treatments_i50_to_i55_z22():
    """Dawn starts twice, completes and comes back; Carl is assessed twice and does not engage."""
    green = treated(
        """
        person | assessment_date | assessment_outcome | start      | closure_date | closure_reason
        Dawn   |                 |                    | 01/10/2018 | 10/10/2018   | completed
        Dawn   | 01/11/2018      | treatment          | 15/11/2018 |              |
        Carl   | 01/11/2018      | non_engagement     |            |              |
        Carl   | 01/12/2018      | non_engagement     |            |              |
        """,
        families=FAMILY,
    ).family("Green")
    assert (green.people_starting_treatment, green.people_ending_treatment) == (1, 1)
    assert (green.people_with_successful_treatment, green.people_re_presenting) == (1, 1)
    assert (green.people_assessed, green.people_assessed_without_engagement) == (2, 1)
    assert (green.assessments, green.assessments_without_engagement) == (3, 2)


def test_the_family_counts_people_improved_and_declined_i56_to_i65_z24():
    """Fewer days of use are better; more of everything else is. Equal is neither."""
    case = Case(FAMILY).given(
        TOP_FORMS,
        """
        treatment | person | date       | stage  | substance_use | employment | quality_of_life
        C         | Carl   | 01/12/2017 | start  | 20            | 5          | 10
        C         | Carl   | 01/02/2018 | review | 10            | 10         | 10
        D         | Dawn   | 01/12/2017 | start  | 20            | 5          |
        D         | Dawn   | 01/02/2018 | review | 25            | 10         | 10
        """,
    )
    green = case.family("Green")
    assert (green.people_improved_substance_use, green.people_declined_substance_use) == (1, 1)
    assert (green.people_improved_employment, green.people_declined_employment) == (2, 0)
    assert (green.people_improved_quality_of_life, green.people_declined_quality_of_life) == (0, 0)


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    case = Case()
    assert case.person("Dawn").assessments == 0
    assert (case.family("Green").people_assessed, case.family("Green").people_improved_employment) == (0, 0)
    missing = treated(row(person="Dawn", assessment_date="15/11/2018")).not_supplied(SUBSTANCE_TREATMENTS)
    assert missing.person("Dawn").assessments is None
    green = missing.not_supplied(TOP_FORMS).family("Green")
    assert (green.people_assessed, green.people_starting_treatment, green.people_improved_employment) == (
        None,
        None,
        None,
    )
