"""Indicator 13: adults whose TOP scores for social functioning improved, declined, stayed; the mean change.

October to December 2018; Dawn is being worked with since 01/11/2017. Which forms count is on the page of the scores.
"""

import pytest

from fs_pipeline.toolkit.extracts import TOP_FORMS
from fs_pipeline_tests.literals import Case, each, row

DOMAINS = ("psychological_health", "physical_health", "employment", "quality_of_life")
every_domain = pytest.mark.parametrize("domain", DOMAINS)


def forms(domain, initial, latest, **case):
    return Case(**case).given(
        TOP_FORMS,
        f"""
        person | date       | stage  | {domain}
        Dawn   | 01/12/2017 | start  | {initial}
        Dawn   | 31/12/2018 | review | {latest}
        """,
    )


@every_domain
@each("""
    initial | latest | improved | declined | unchanged | change
    10      | 11     | 1        | 0        | 0         | 1
    10      | 10     | 0        | 0        | 1         | 0
    10      | 9      | 0        | 1        | 0         | -1
    10      |        | 0        | 0        | 0         | blank
            | 10     | 0        | 0        | 0         | blank
""")
def test_more_is_better_equal_is_neither_z24(domain, initial, latest, improved, declined, unchanged, change):
    case = forms(domain, initial, latest)
    for scope in ("fs", "cohort:1"):
        assert case.figure(13, "improved", scope, domain) == (improved, None, None, "final")
        assert case.figure(13, "declined", scope, domain).value == declined
        assert case.figure(13, "unchanged", scope, domain).value == unchanged
        people = improved + declined + unchanged
        assert case.figure(13, "mean_change", scope, domain) == (change, change or 0, people, "final")


@every_domain
def test_each_domain_stands_alone(domain):
    """A form may hold one domain's score and not the others'."""
    case = forms(domain, 10, 15)
    improved = {other: case.figure(13, "improved", group=other).value for other in DOMAINS}
    assert improved == {other: 1 if other == domain else 0 for other in DOMAINS}


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    assert forms("employment", 10, 11, families=families).figure(13, "improved", group="employment").value == 1


def test_children_do_not_count():
    case = forms("employment", 10, 11, families=row(family="Green", person="Dawn", role="child"))
    assert case.figure(13, "improved", group="employment").value == 0


@every_domain
def test_supplied_and_empty_is_0_not_supplied_is_blank(domain):
    for measure, value in (("improved", 0), ("declined", 0), ("unchanged", 0), ("mean_change", None)):
        assert Case().figure(13, measure, group=domain)[::3] == (value, "final")
        missing = forms(domain, 10, 11).not_supplied(TOP_FORMS)
        assert missing.figure(13, measure, group=domain) == (None, None, None, "not_supplied")
