"""Indicator 15: adults whose depression (PHQ-9) and anxiety (GAD-7) scores improved, reliably improved, recovered.

October to December 2018; Dawn is being worked with since 01/11/2017. Which assessments count: see the page of the
scores.
"""

import pytest

from fs_pipeline.toolkit.extracts import MENTAL_HEALTH_SCORES
from fs_pipeline_tests.literals import Case, each

every_scale = pytest.mark.parametrize("scale", ["phq9", "gad7"])


def scores(scale, initial, latest, latest_date="01/11/2018", **case):
    return Case(**case).given(
        MENTAL_HEALTH_SCORES,
        f"""
        person | date          | stage   | {scale}
        Dawn   | 01/12/2017    | initial | {initial}
        Dawn   | {latest_date} | interim | {latest}
        """,
    )


@every_scale
@each("""
    initial | latest | improved | declined | unchanged | change
    12      | 11     | 1        | 0        | 0         | -1
    12      | 12     | 0        | 0        | 1         | 0
    12      | 13     | 0        | 1        | 0         | 1
    12      |        | 0        | 0        | 0         | blank
            | 12     | 0        | 0        | 0         | blank
""")
def test_a_lower_score_is_better_equal_is_neither_z24(scale, initial, latest, improved, declined, unchanged, change):
    case = scores(scale, initial, latest)
    for scope in ("fs", "cohort:1"):
        assert case.figure(15, "improved", scope, scale) == (improved, None, None, "final")
        assert case.figure(15, "declined", scope, scale).value == declined
        assert case.figure(15, "unchanged", scope, scale).value == unchanged
        people = improved + declined + unchanged
        assert case.figure(15, "mean_change", scope, scale) == (change, change or 0, people, "final")


@each("""
    scale | initial | latest | reliably
    phq9  | 20      | 15     | 0
    phq9  | 20      | 14     | 1
    phq9  | 20      | 13     | 1
    phq9  | 14      | 20     | 0
    gad7  | 20      | 17     | 0
    gad7  | 20      | 16     | 1
    gad7  | 20      | 15     | 1
    gad7  | 16      | 20     | 0
    phq9  | 20      |        | 0
    gad7  |         | 2      | 0
""")
def test_a_fall_of_6_on_the_phq9_or_4_on_the_gad7_is_reliable(scale, initial, latest, reliably):
    assert scores(scale, initial, latest).figure(15, "reliably_improved", group=scale) == (
        reliably,
        None,
        None,
        "final",
    )


@each("""
    scale | initial | latest | recovered
    phq9  | 10      | 9      | 1
    phq9  | 10      | 10     | 0
    phq9  | 11      | 10     | 0
    phq9  | 9       | 3      | 0
    phq9  | 9       | 10     | 0
    gad7  | 8       | 7      | 1
    gad7  | 8       | 8      | 0
    gad7  | 9       | 8      | 0
    gad7  | 7       | 3      | 0
    phq9  | 10      |        | 0
    gad7  |         | 7      | 0
""")
def test_recovered_from_the_cut_off_10_phq9_or_8_gad7_to_below_it(scale, initial, latest, recovered):
    assert scores(scale, initial, latest).figure(15, "recovered", group=scale) == (recovered, None, None, "final")


@each("""
    latest_date | improved
    31/12/2018  | 1
    01/01/2019  | 0
""")
def test_assessments_count_up_to_the_quarter_end_z23(latest_date, improved):
    assert scores("phq9", 20, 10, latest_date).figure(15, "improved", group="phq9").value == improved


def test_each_scale_stands_alone():
    case = scores("phq9", 20, 10)
    assert case.figure(15, "improved", group="phq9").value == 1
    assert case.figure(15, "improved", group="gad7").value == 0


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    assert scores("gad7", 20, 10, families=families).figure(15, "reliably_improved", group="gad7").value == 1


@every_scale
def test_supplied_and_empty_is_0_not_supplied_is_blank(scale):
    counts = ("improved", "declined", "unchanged", "reliably_improved", "recovered")
    for measure, value in (*((count, 0) for count in counts), ("mean_change", None)):
        assert Case().figure(15, measure, group=scale)[::3] == (value, "final")
        missing = scores(scale, 20, 10).not_supplied(MENTAL_HEALTH_SCORES)
        assert missing.figure(15, measure, group=scale) == (None, None, None, "not_supplied")
