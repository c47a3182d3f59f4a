"""Indicator 18: domestic abuse programmes of adults that ended in the quarter, and how many were completed.

October to December 2018; Dawn is being worked with since 01/11/2017 unless the page says otherwise.
"""

import pytest

from fs_pipeline.toolkit.extracts import DA_PROGRAMMES
from fs_pipeline_tests.literals import Case, each, row

both_groups = pytest.mark.parametrize("participant", ["victim", "perpetrator"])
MEASURES = ("programmes_ended", "programmes_completed", "completion_rate")


def programme(participant, end, outcome="completed", **case):
    ended = row(person="Dawn", participant=participant, start="01/06/2018", end=end, outcome=outcome)
    return Case(**case).given(DA_PROGRAMMES, ended)


@both_groups
@each("""
    end        | outcome     | ended | completed | rate
    15/11/2018 | completed   | 1     | 1         | 100
    15/11/2018 | dropped_out | 1     | 0         | 0
    15/11/2018 | withdrawn   | 1     | 0         | 0
    15/11/2018 |             | 1     | 0         | 0
    30/09/2018 | completed   | 0     | 0         | blank
    01/10/2018 | completed   | 1     | 1         | 100
    31/12/2018 | completed   | 1     | 1         | 100
    01/01/2019 | completed   | 0     | 0         | blank
               |             | 0     | 0         | blank
""")
def test_ended_in_the_quarter_and_completed(participant, end, outcome, ended, completed, rate):
    """An end after the quarter has not happened yet (Z06)."""
    case = programme(participant, end, outcome)
    for scope in ("fs", "cohort:1"):
        assert case.figure(18, "programmes_ended", scope, participant) == (ended, None, None, "final")
        assert case.figure(18, "programmes_completed", scope, participant) == (completed, None, None, "final")
        assert case.figure(18, "completion_rate", scope, participant) == (rate, completed, ended, "final")


def test_victims_and_perpetrators_stand_apart():
    case = programme("victim", "15/11/2018")
    assert case.figure(18, "programmes_ended", group="perpetrator").value == 0


def test_two_programmes_of_one_person_are_two():
    again = row(
        key="B", person="Dawn", participant="victim", start="16/11/2018", end="20/12/2018", outcome="dropped_out"
    )
    case = programme("victim", "15/11/2018").given(DA_PROGRAMMES, again)
    assert case.figure(18, "completion_rate", group="victim") == (50, 1, 2, "final")


def test_an_end_before_fs_start_counts_by_the_quarter_z20():
    families = "family | person | role | since \n Green | Amy | child | 01/12/2018 \n Green | Dawn | adult | 01/12/2018"
    assert (
        programme("victim", "01/10/2018", families=families).figure(18, "programmes_ended", group="victim").value == 1
    )


def test_an_adult_of_two_families_counts_once():
    families = """
        family | person | role
        Green  | Amy    | child
        Green  | Dawn   | adult
        White  | Ben    | child
        White  | Dawn   | adult
    """
    assert (
        programme("victim", "15/11/2018", families=families).figure(18, "programmes_ended", group="victim").value == 1
    )


@both_groups
def test_supplied_and_empty_is_0_not_supplied_is_blank(participant):
    assert [Case().figure(18, measure, group=participant).value for measure in MEASURES] == [0, 0, None]
    missing = programme(participant, "15/11/2018").not_supplied(DA_PROGRAMMES)
    for measure in MEASURES:
        assert missing.figure(18, measure, group=participant) == (None, None, None, "not_supplied")
