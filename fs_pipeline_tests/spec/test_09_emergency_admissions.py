"""Indicator 9: people of the cohort with an emergency admission: the health trust's return for the quarter."""

from fs_pipeline.toolkit.extracts import HEALTH_ACTIVITY
from fs_pipeline_tests.literals import Case, each


def returned(people, event, percentage):
    return Case().given(
        HEALTH_ACTIVITY,
        f"""
        measure             | age_group | people_in_cohort | people_with_event | percentage
        emergency_admission | children  | {people} | {event} | {percentage}
        emergency_admission | adults    | 50 | 1 |
        ae_attendance | children  | 10 | 10 |
        """,
    )


@each("""
    people | event | percentage | value | numerator
    40     | 10    |            | 25    | 10
    40     | 0     |            | 0     | 0
    40     | 40    |            | 100   | 40
    40     |       | 12.5       | 12.5  | blank
    40     | 10    | 24.9       | 24.9  | 10
    0      | 0     |            | blank | 0
""")
def test_the_percentage_as_supplied_or_else_worked_out(people, event, percentage, value, numerator):
    case = returned(people, event, percentage)
    assert case.figure(9, "people_with_event", group="children") == (value, numerator, people, "final")
    assert case.figure(9, "people_with_event", group="adults") == (2, 1, 50, "final")


def test_only_all_of_fs_never_a_cohort_a_team_or_the_authority():
    assert returned(40, 10, "").scopes(9) == {"fs"}


def test_supplied_and_empty_is_final_not_supplied_is_not():
    for group in ("children", "adults"):
        assert Case().figure(9, "people_with_event", group=group) == (None, None, None, "final")
        missing = returned(40, 10, "").not_supplied(HEALTH_ACTIVITY)
        assert missing.figure(9, "people_with_event", group=group) == (None, None, None, "not_supplied")
