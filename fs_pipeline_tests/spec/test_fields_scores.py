"""I32 to I46, X02 to X10: which form gives the initial, the latest and the end score (Z23).

October to December 2018; Dawn is being worked with since 01/11/2017. The page is written in TOP forms; the same
rule holds for the assessments of depression, anxiety and LSI-R.
"""

import pytest

from fs_pipeline.toolkit.extracts import LSIR_ASSESSMENTS, MENTAL_HEALTH_SCORES, TOP_FORMS
from fs_pipeline_tests.literals import Case, each, row


def scores(forms, **case):
    """Dawn's substance use scores: initial, latest, end."""
    dawn = Case(**case).given(TOP_FORMS, forms).person("Dawn")
    return dawn.top_substance_use_initial, dawn.top_substance_use_latest, dawn.top_substance_use_end


def test_the_plain_case_start_review_exit():
    assert scores("""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | start  | 20
        Dawn   | 01/06/2018 | review | 15
        Dawn   | 01/11/2018 | exit   | 10
    """) == (20, 10, 10)


def test_the_initial_form_is_the_first_start_form_even_after_a_review():
    """The latest is the last other form; there is no exit."""
    assert scores("""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | review | 25
        Dawn   | 01/01/2018 | start  | 20
        Dawn   | 01/02/2018 | start  | 18
        Dawn   | 01/06/2018 | review | 15
    """) == (20, 15, None)


def test_without_a_start_form_the_first_form_is_the_initial_one():
    assert scores("""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | review | 25
        Dawn   | 01/06/2018 | review | 15
    """) == (25, 15, None)


def test_an_exit_form_alone_is_the_initial_one_and_no_end():
    assert scores(row(person="Dawn", date="01/12/2017", stage="exit", substance_use=20)) == (20, None, None)


def test_of_two_exit_forms_the_last_and_after_it_a_review_is_the_latest():
    assert scores("""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | start  | 20
        Dawn   | 01/03/2018 | exit   | 15
        Dawn   | 01/06/2018 | exit   | 12
        Dawn   | 01/09/2018 | review | 10
    """) == (20, 10, 12)


def test_forms_of_one_day_stand_in_order_of_their_keys():
    assert scores("""
        key | person | date       | stage  | substance_use
        B   | Dawn   | 01/12/2017 | start  | 18
        A   | Dawn   | 01/12/2017 | start  | 20
        D   | Dawn   | 01/06/2018 | review | 10
        C   | Dawn   | 01/06/2018 | review | 15
    """) == (20, 10, None)


@each("""
    date       | latest | end
    31/12/2018 | 10     | 10
    01/01/2019 | 15     | blank
""")
def test_forms_after_the_quarter_have_not_been_filled_in_yet(date, latest, end):
    assert scores(f"""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | start  | 20
        Dawn   | 01/06/2018 | review | 15
        Dawn   | {date}     | exit   | 10
    """) == (20, latest, end)


@each("""
    review     | initial | latest
    01/11/2017 | 20      | 15
    02/11/2017 | 20      | 15
    31/10/2017 | blank   | blank
""")
def test_the_treatment_needs_a_form_on_or_after_fs_start_its_first_may_be_earlier(review, initial, latest):
    assert scores(f"""
        person | date       | stage  | substance_use
        Dawn   | 01/09/2017 | start  | 20
        Dawn   | {review}   | review | 15
    """) == (initial, latest, None)


def test_of_two_treatments_the_one_with_the_last_form_counts_alone():
    assert scores("""
        treatment | person | date       | stage  | substance_use
        T1        | Dawn   | 01/12/2017 | start  | 28
        T2        | Dawn   | 01/02/2018 | start  | 20
        T2        | Dawn   | 01/03/2018 | review | 15
        T1        | Dawn   | 01/06/2018 | exit   | 5
    """) == (28, 5, 5)


def test_a_blank_score_stays_blank_no_other_form_stands_in():
    assert scores("""
        person | date       | stage  | substance_use
        Dawn   | 01/12/2017 | start  |
        Dawn   | 01/03/2018 | review | 15
        Dawn   | 01/06/2018 | exit   |
    """) == (None, None, None)


def test_no_forms_children_and_not_supplied_are_blank():
    form = row(person="Dawn", date="01/12/2017", stage="start", substance_use=20)
    assert Case().person("Dawn").top_substance_use_initial is None
    assert scores(form, families=row(family="Green", person="Dawn", role="child")) == (None, None, None)
    assert Case().given(TOP_FORMS, form).not_supplied(TOP_FORMS).person("Dawn").top_substance_use_initial is None


@pytest.mark.parametrize(
    "domain", ["substance_use", "psychological_health", "physical_health", "employment", "quality_of_life"]
)
def test_each_domain_of_the_top_i32_to_i46(domain):
    """Only this domain was scored: a score in another's place would be blank."""
    case = Case().given(
        TOP_FORMS,
        f"""
        person | date       | stage  | {domain}
        Dawn   | 01/12/2017 | start  | 20
        Dawn   | 01/03/2018 | exit   | 10
        Dawn   | 01/06/2018 | review | 15
        """,
    )
    dawn = case.person("Dawn")
    assert [getattr(dawn, f"top_{domain}_{form}") for form in ("initial", "latest", "end")] == [20, 15, 10]


def test_depression_and_anxiety_x02_to_x07():
    """The second episode has the last assessment; its interim one holds no anxiety score."""
    case = Case().given(
        MENTAL_HEALTH_SCORES,
        """
        episode | person | date       | stage   | phq9 | gad7
        E1      | Dawn   | 01/12/2017 | initial | 27   | 21
        E1      | Dawn   | 01/02/2018 | end     | 26   | 20
        E2      | Dawn   | 01/03/2018 | initial | 20   | 15
        E2      | Dawn   | 01/05/2018 | end     | 12   | 9
        E2      | Dawn   | 01/06/2018 | interim | 10   |
        """,
    )
    dawn = case.person("Dawn")
    assert (dawn.phq9_initial, dawn.phq9_latest, dawn.phq9_end) == (20, 10, 12)
    assert (dawn.gad7_initial, dawn.gad7_latest, dawn.gad7_end) == (15, None, 9)


def test_lsir_x08_to_x10():
    case = Case().given(
        LSIR_ASSESSMENTS,
        """
        person | date       | stage   | score
        Dawn   | 01/10/2017 | initial | 40
        Dawn   | 01/12/2017 | end     | 30
        Dawn   | 01/06/2018 | review  | 20
        """,
    )
    dawn = case.person("Dawn")
    assert (dawn.lsir_initial, dawn.lsir_latest, dawn.lsir_end) == (40, 20, 30)
