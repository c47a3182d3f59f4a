"""Indicator 20: adults whose LSI-R score improved, declined, stayed; the mean change.

October to December 2018; Dawn is being worked with since 01/11/2017. Which assessments count: see the page of the
scores.
"""

from fs_pipeline.toolkit.extracts import LSIR_ASSESSMENTS
from fs_pipeline_tests.literals import Case, each, row


def assessed(initial, latest, latest_date="01/11/2018", **case):
    return Case(**case).given(
        LSIR_ASSESSMENTS,
        f"""
        person | date          | stage   | score
        Dawn   | 01/12/2017    | initial | {initial}
        Dawn   | {latest_date} | review  | {latest}
        """,
    )


@each("""
    initial | latest | improved | declined | unchanged | change
    30      | 29     | 1        | 0        | 0         | -1
    30      | 30     | 0        | 0        | 1         | 0
    30      | 31     | 0        | 1        | 0         | 1
    54      | 0      | 1        | 0        | 0         | -54
""")
def test_a_lower_score_is_better_equal_is_neither_z24(initial, latest, improved, declined, unchanged, change):
    case = assessed(initial, latest)
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(20, "improved", scope) == (improved, None, None, "final")
        assert case.figure(20, "declined", scope).value == declined
        assert case.figure(20, "unchanged", scope).value == unchanged
        assert case.figure(20, "mean_change", scope) == (change, change, 1, "final")


@each("""
    latest_date | improved
    31/12/2018  | 1
    01/01/2019  | 0
""")
def test_assessments_count_up_to_the_quarter_end_z23(latest_date, improved):
    assert assessed(30, 20, latest_date).figure(20, "improved").value == improved


def test_one_assessment_is_no_change():
    case = Case().given(LSIR_ASSESSMENTS, row(person="Dawn", date="01/12/2017", stage="initial", score=30))
    assert case.figure(20, "unchanged").value == 0
    assert case.figure(20, "mean_change") == (None, 0, 0, "final")


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    assert assessed(30, 20, families=families).figure(20, "improved").value == 1


def test_children_do_not_count():
    assert assessed(30, 20, families=row(family="Green", person="Dawn", role="child")).figure(20, "improved").value == 0


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    for measure, value in (("improved", 0), ("declined", 0), ("unchanged", 0), ("mean_change", None)):
        assert Case().figure(20, measure)[::3] == (value, "final")
        assert assessed(30, 20).not_supplied(LSIR_ASSESSMENTS).figure(20, measure) == (None, None, None, "not_supplied")
