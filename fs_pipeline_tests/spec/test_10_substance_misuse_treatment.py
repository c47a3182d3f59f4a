"""Indicator 10: treatments completed in the quarter, and those of six months ago without re-presentation.

October to December 2018; Dawn is being worked with since 01/11/2017 unless the page says otherwise.
"""

import pytest

from fs_pipeline.toolkit.extracts import SUBSTANCE_TREATMENTS, TOP_FORMS
from fs_pipeline_tests.literals import Case, each, row

TWO_FAMILIES = """
    family | person | role  | since
    Green  | Amy    | child | 01/11/2017
    Green  | Dawn   | adult | 01/11/2017
    White  | Ben    | child | 01/11/2018
    White  | Dawn   | adult | 01/11/2018
"""
MEASURES = ("treatments_completed", "no_re_presentation_6_months", "no_re_presentation_or_improved")


def closed(closure, reason="completed", **case):
    treatment = row(key="T", person="Dawn", start="01/02/2018", closure_date=closure, closure_reason=reason)
    return Case(**case).given(SUBSTANCE_TREATMENTS, treatment)


@each("""
    closure    | reason      | completed
    15/11/2018 | completed   | 1
    30/09/2018 | completed   | 0
    01/10/2018 | completed   | 1
    31/12/2018 | completed   | 1
    15/11/2018 | dropped_out | 0
    15/11/2018 | transferred | 0
    15/11/2018 |             | 0
               |             | 0
""")
def test_completed_in_the_quarter_z22(closure, reason, completed):
    case = closed(closure, reason)
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(10, "treatments_completed", scope) == (completed, None, None, "final")


def test_a_closure_after_the_quarter_has_not_happened_yet_z06():
    assert closed("01/01/2019").figure(10, "treatments_completed").value == 0


def test_a_completed_treatment_counts_by_the_quarter_also_before_fs_start_z20():
    families = "family | person | role | since \n Green | Amy | child | 01/12/2018 \n Green | Dawn | adult | 01/12/2018"
    assert closed("15/10/2018", families=families).figure(10, "treatments_completed").value == 1


@each("""
    second_closure | second_reason | people
    20/12/2018     | completed     | 1
    20/12/2018     | dropped_out   | 0
    10/10/2018     | dropped_out   | 1
""")
def test_of_two_closures_of_one_person_the_latest_counts(second_closure, second_reason, people):
    second = row(key="U", person="Dawn", closure_date=second_closure, closure_reason=second_reason)
    assert closed("15/11/2018").given(SUBSTANCE_TREATMENTS, second).figure(10, "treatments_completed").value == people


@each("""
    closure    | reason      | counts
    31/03/2018 | completed   | 0
    01/04/2018 | completed   | 1
    30/06/2018 | completed   | 1
    01/07/2018 | completed   | 0
    15/05/2018 | dropped_out | 0
    15/11/2018 | completed   | 0
""")
def test_the_share_is_of_treatments_whose_6_months_end_in_the_quarter_z21(closure, reason, counts):
    """31/03/2018 + 6 months is 30/09/2018; 30/06/2018 + 6 months is 30/12/2018; 01/07/2018 + 6 months 01/01/2019."""
    share = 100 if counts else None
    case = closed(closure, reason)
    assert case.figure(10, "no_re_presentation_6_months") == (share, counts, counts, "final")
    assert case.figure(10, "no_re_presentation_or_improved") == (share, counts, counts, "final")


def test_6_months_after_31_august_is_28_february():
    case = closed("31/08/2018", quarter="2019-Q1")
    assert case.figure(10, "no_re_presentation_6_months").denominator == 1


@pytest.mark.parametrize("column", ["start_date", "assessment_date"])
@each("""
    came_back  | share
    14/05/2018 | 100
    15/05/2018 | 100
    16/05/2018 | 0
    15/11/2018 | 0
    16/11/2018 | 100
""")
def test_re_presentation_is_another_treatment_or_assessment_within_6_months_z21(column, came_back, share):
    """Closed on 15/05/2018: from the day after it, to 15/11/2018 inclusive."""
    case = closed("15/05/2018").given(SUBSTANCE_TREATMENTS, row(key="U", person="Dawn", **{column: came_back}))
    assert case.figure(10, "no_re_presentation_6_months") == (share, share / 100, 1, "final")


def test_somebody_else_s_treatment_is_no_re_presentation():
    case = closed("15/05/2018").given(SUBSTANCE_TREATMENTS, row(key="U", person="Carl", start="01/06/2018"))
    assert case.figure(10, "no_re_presentation_6_months").value == 100


def test_two_treatments_of_one_person_are_two():
    """The second begins within 6 months of the first; nothing follows the second."""
    second = row(key="U", person="Dawn", start="01/05/2018", closure_date="20/06/2018", closure_reason="completed")
    case = closed("10/04/2018").given(SUBSTANCE_TREATMENTS, second)
    assert case.figure(10, "no_re_presentation_6_months") == (50, 1, 2, "final")


@each("""
    initial | latest | share
    20      | 19     | 100
    20      | 20     | 0
    20      | 21     | 0
    20      |        | 0
""")
def test_who_came_back_but_improved_counts_in_the_third_measure_z24(initial, latest, share):
    case = closed("15/05/2018").given(SUBSTANCE_TREATMENTS, row(key="U", person="Dawn", start="01/06/2018"))
    case = case.given(
        TOP_FORMS,
        f"""
        person | date       | stage  | substance_use
        Dawn   | 01/06/2018 | start  | {initial}
        Dawn   | 01/11/2018 | review | {latest}
        """,
    )
    assert case.figure(10, "no_re_presentation_6_months").value == 0
    assert case.figure(10, "no_re_presentation_or_improved") == (share, share / 100, 1, "final")


def test_an_adult_of_two_families_counts_once():
    case = closed("15/11/2018", families=TWO_FAMILIES)
    for scope in ("fs", "cohort:1", "cohort:3", "team:North"):
        assert case.figure(10, "treatments_completed", scope).value == 1
    assert closed("15/05/2018", families=TWO_FAMILIES).figure(10, "no_re_presentation_6_months").denominator == 1


def test_children_do_not_count():
    case = closed("15/11/2018", families=row(family="Green", person="Dawn", role="child"))
    assert case.figure(10, "treatments_completed").value == 0


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    assert [Case().figure(10, measure).value for measure in MEASURES] == [0, None, None]
    missing = closed("15/11/2018").not_supplied(SUBSTANCE_TREATMENTS)
    for measure in MEASURES:
        assert missing.figure(10, measure) == (None, None, None, "not_supplied")


def test_without_top_forms_only_the_third_measure_is_blank():
    case = closed("15/05/2018").not_supplied(TOP_FORMS)
    assert case.figure(10, "no_re_presentation_6_months") == (100, 1, 1, "final")
    assert case.figure(10, "no_re_presentation_or_improved") == (None, None, None, "not_supplied")
