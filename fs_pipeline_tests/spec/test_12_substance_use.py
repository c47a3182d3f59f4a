"""Indicator 12: adults whose days of substance use (TOP forms) fell, rose, stayed; the mean change.

October to December 2018; Dawn is being worked with since 01/11/2017. Which forms count is on the page of the scores.
"""

from fs_pipeline.toolkit.extracts import TOP_FORMS
from fs_pipeline_tests.literals import Case, each, row

GROUP = "substance_use"


def forms(initial, latest, latest_date="01/11/2018", **case):
    return Case(**case).given(
        TOP_FORMS,
        f"""
        person | date          | stage  | substance_use
        Dawn   | 01/12/2017    | start  | {initial}
        Dawn   | {latest_date} | review | {latest}
        """,
    )


@each("""
    initial | latest | improved | declined | unchanged | change
    20      | 19     | 1        | 0        | 0         | -1
    20      | 20     | 0        | 0        | 1         | 0
    20      | 21     | 0        | 1        | 0         | 1
    28      | 0      | 1        | 0        | 0         | -28
    20      |        | 0        | 0        | 0         | blank
            | 20     | 0        | 0        | 0         | blank
            |        | 0        | 0        | 0         | blank
""")
def test_fewer_days_are_better_equal_is_neither_z24(initial, latest, improved, declined, unchanged, change):
    case = forms(initial, latest)
    for scope in ("fs", "cohort:1", "team:North"):
        assert case.figure(12, "improved", scope, GROUP) == (improved, None, None, "final")
        assert case.figure(12, "declined", scope, GROUP).value == declined
        assert case.figure(12, "unchanged", scope, GROUP).value == unchanged
        people = improved + declined + unchanged
        assert case.figure(12, "mean_change", scope, GROUP) == (change, change or 0, people, "final")


@each("""
    latest_date | improved
    30/09/2018  | 1
    31/12/2018  | 1
    01/01/2019  | 0
""")
def test_forms_count_up_to_the_quarter_end_z23(latest_date, improved):
    assert forms(20, 10, latest_date).figure(12, "improved", group=GROUP).value == improved


def test_the_mean_change_of_two_people():
    """-10 and +4."""
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Carl   | adult
        Green  | Dawn   | adult
    """
    case = forms(20, 10, families=families).given(
        TOP_FORMS,
        """
        key | treatment | person | date       | stage  | substance_use
        C1  | C         | Carl   | 01/12/2017 | start  | 6
        C2  | C         | Carl   | 01/02/2018 | review | 10
        """,
    )
    assert case.figure(12, "mean_change", group=GROUP) == (-3, -6, 2, "final")


def test_one_form_is_no_change():
    case = Case().given(TOP_FORMS, row(person="Dawn", date="01/12/2017", stage="start", substance_use=20))
    assert case.figure(12, "unchanged", group=GROUP).value == 0
    assert case.figure(12, "mean_change", group=GROUP) == (None, 0, 0, "final")


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    assert forms(20, 10, families=families).figure(12, "improved", group=GROUP).value == 1


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    for measure, value in (("improved", 0), ("declined", 0), ("unchanged", 0), ("mean_change", None)):
        assert Case().figure(12, measure, group=GROUP)[::3] == (value, "final")
        missing = forms(20, 10).not_supplied(TOP_FORMS)
        assert missing.figure(12, measure, group=GROUP) == (None, None, None, "not_supplied")
