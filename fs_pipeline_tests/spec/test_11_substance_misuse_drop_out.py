"""Indicator 11: brief assessments, and the shares that dropped out before and after engagement.

October to December 2018; Dawn is being worked with since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS
from fs_pipeline_tests.literals import Case, each, row

MEASURES = ("assessments", "drop_out_before_engagement", "drop_out_after_engagement")


@each("""
    assessed   | outcome        | assessments | share
    15/11/2018 | treatment      | 1           | 0
    15/11/2018 | non_engagement | 1           | 100
    15/11/2018 | pending        | 1           | 0
    15/11/2018 |                | 1           | 0
    30/09/2018 | non_engagement | 0           | blank
    01/10/2018 | non_engagement | 1           | 100
    31/12/2018 | non_engagement | 1           | 100
    01/01/2019 | non_engagement | 0           | blank
               |                | 0           | blank
""")
def test_drop_out_before_engagement(assessed, outcome, assessments, share):
    case = Case().given(SUBSTANCE_TREATMENTS, row(person="Dawn", assessment_date=assessed, assessment_outcome=outcome))
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(11, "assessments", scope) == (assessments, None, None, "final")
        assert case.figure(11, "drop_out_before_engagement", scope) == (share, (share or 0) / 100, assessments, "final")


@each("""
    closed     | reason      | treatments | share
    15/11/2018 | dropped_out | 1          | 100
    15/11/2018 | completed   | 1          | 0
    15/11/2018 | declined    | 1          | 0
    30/09/2018 | dropped_out | 0          | blank
    01/10/2018 | dropped_out | 1          | 100
    31/12/2018 | dropped_out | 1          | 100
    01/01/2019 | dropped_out | 0          | blank
               |             | 0          | blank
""")
def test_drop_out_after_engagement_z22(closed, reason, treatments, share):
    """A closure after the quarter has not happened yet (Z06)."""
    treatment = row(person="Dawn", start="01/06/2018", closure_date=closed, closure_reason=reason)
    case = Case().given(SUBSTANCE_TREATMENTS, treatment)
    assert case.figure(11, "drop_out_after_engagement") == (share, (share or 0) / 100, treatments, "final")


def test_assessments_and_treatments_of_one_person_all_count_also_before_fs_start_z20():
    """Of 4 assessments 1 without engagement; of 2 closures 1 dropped out."""
    families = """
        family | person | role  | since
        Green  | Amy    | child | 20/12/2018
        Green  | Dawn   | adult | 20/12/2018
    """
    case = Case(families).given(
        SUBSTANCE_TREATMENTS,
        """
        person | assessment_date | assessment_outcome | start      | closure_date | closure_reason
        Dawn   | 01/10/2018      | non_engagement     |            |              |
        Dawn   | 05/10/2018      | treatment          | 10/10/2018 | 20/10/2018   | dropped_out
        Dawn   | 01/11/2018      | treatment          | 02/11/2018 | 30/11/2018   | completed
        Dawn   | 01/12/2018      | pending            |            |              |
        """,
    )
    assert case.figure(11, "assessments").value == 4
    assert case.figure(11, "drop_out_before_engagement") == (25, 1, 4, "final")
    assert case.figure(11, "drop_out_after_engagement") == (50, 1, 2, "final")


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    case = Case(families).given(SUBSTANCE_TREATMENTS, row(person="Dawn", assessment_date="15/11/2018"))
    assert case.figure(11, "assessments").value == 1


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    assert [Case().figure(11, measure).value for measure in MEASURES] == [0, None, None]
    for measure in MEASURES:
        missing = Case().not_supplied(SUBSTANCE_TREATMENTS).figure(11, measure)
        assert missing == (None, None, None, "not_supplied")
