"""Indicator 14: cases and hours per worker by discipline and mode, and people waiting; for the whole authority.

October to December 2018.
"""

import pytest

from fs_pipeline.toolkit.extracts import CASELOADS, WAITING_LISTS
from fs_pipeline_tests.literals import Case

SOCIAL_WORK = """
    worker | team  | discipline  | mode       | cases | hours
    Sue    | North | social_work | individual | 10    | 30
    Tom    | North | social_work | individual | 20    | 60
    Sue    | North | social_work | group      | 3     | 6
    Uma    | South | social_work | individual | 0     | 0
"""
WAITING = """
    team  | discipline    | people_waiting
    North | mental_health | 3
    South | mental_health | 4
    North | social_work   | 0
"""


def test_cases_and_hours_over_distinct_workers():
    """30 cases and 90 hours of individual work over three workers, one of them with none."""
    case = Case().given(CASELOADS, SOCIAL_WORK)
    assert case.figure(14, "cases_per_worker", "authority", "social_work/individual") == (10, 30, 3, "final")
    assert case.figure(14, "hours_per_worker", "authority", "social_work/individual") == (30, 90, 3, "final")
    assert case.figure(14, "cases_per_worker", "authority", "social_work/group") == (3, 3, 1, "final")
    assert case.figure(14, "cases_per_worker", "authority", "social_work/assessment") == (None, 0, 0, "final")
    assert case.figure(14, "cases_per_worker", "authority", "mental_health/individual") == (None, 0, 0, "final")


def test_blank_hours_are_not_0_hours():
    """Tom's hours were not given: the mean is Sue's. His cases count all the same."""
    work = """
        worker | team  | discipline  | mode       | cases | hours
        Sue    | North | social_work | individual | 10    | 30
        Tom    | North | social_work | individual | 20    |
    """
    case = Case().given(CASELOADS, work)
    assert case.figure(14, "hours_per_worker", "authority", "social_work/individual") == (30, 30, 1, "final")
    assert case.figure(14, "cases_per_worker", "authority", "social_work/individual") == (15, 30, 2, "final")


def test_people_waiting_over_all_teams():
    case = Case().given(WAITING_LISTS, WAITING)
    assert case.figure(14, "people_waiting", "authority", "mental_health") == (7, None, None, "final")
    assert case.figure(14, "people_waiting", "authority", "social_work").value == 0
    assert case.figure(14, "people_waiting", "authority", "domestic_abuse").value == 0


def test_only_the_whole_authority():
    assert Case().given(CASELOADS, SOCIAL_WORK).scopes(14) == {"authority"}


@pytest.mark.parametrize("discipline", ["social_work", "substance_misuse", "mental_health", "domestic_abuse"])
def test_supplied_and_empty_is_0_not_supplied_is_blank(discipline):
    work = f"{discipline}/individual"
    assert Case().figure(14, "cases_per_worker", "authority", work) == (None, 0, 0, "final")
    assert Case().figure(14, "people_waiting", "authority", discipline) == (0, None, None, "final")
    no_caseloads, no_lists = Case().not_supplied(CASELOADS), Case().not_supplied(WAITING_LISTS)
    for measure in ("cases_per_worker", "hours_per_worker"):
        assert no_caseloads.figure(14, measure, "authority", work) == (None, None, None, "not_supplied")
        assert no_lists.figure(14, measure, "authority", work).status == "final"
    assert no_lists.figure(14, "people_waiting", "authority", discipline) == (None, None, None, "not_supplied")
    assert no_caseloads.figure(14, "people_waiting", "authority", discipline).status == "final"
