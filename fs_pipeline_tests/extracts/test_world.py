"""The world of Oct-Dec 2017: its last day is 31 December."""

from fs_pipeline_tests.extracts.deliver import check, shown


def test_a_row_that_starts_after_the_quarter_is_dropped_and_counted(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        C1         | P1        | 2017-12-31 |            |
        C2         | P2        | 2018-01-01 |            |
        C3         | P3        | 2018-01-01 | 2018-01-02 |
        """,
    )
    assert shown(plans.rows, "cp_plan_id") == ["C1"]
    assert (plans.counts["after_quarter"], plans.counts["used"], plans.counts["rejected"]) == (2, 1, 0)


def test_an_end_after_the_quarter_had_not_happened_yet(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        C1         | P1        | 2017-01-01 | 2017-12-30 | NEG
        C2         | P2        | 2017-01-01 | 2017-12-31 | NEG
        C3         | P3        | 2017-01-01 | 2018-01-01 | NEG
        """,
    )
    assert shown(plans.rows, "cp_plan_id", "end_date", "category") == [
        "C1 2017-12-30 NEG",
        "C2 2017-12-31 NEG",
        "C3 NEG",
    ]
    assert plans.counts["ends_blanked"] == 1


def test_the_outcome_that_came_with_a_later_end_goes_with_it(tmp_path):
    programmes = check(
        tmp_path,
        "da_programmes",
        """
        programme_id | person_id | participant | start_date | end_date   | outcome
        D1           | P1        | victim      | 2017-01-01 | 2017-12-31 | completed
        D2           | P2        | victim      | 2017-01-01 | 2018-01-01 | completed
        """,
    )
    assert shown(programmes.rows, "programme_id", "end_date", "outcome") == ["D1 2017-12-31 completed", "D2"]


def test_a_treatment_with_two_starts(tmp_path):
    treatments = check(
        tmp_path,
        "substance_treatments",
        """
        treatment_id|person_id|assessment_date|assessment_outcome|start_date|closure_date|closure_reason
        T1          |P1       |2017-12-31     |treatment         |2018-01-01|2018-02-01  |completed
        T2          |P1       |2018-01-01     |treatment         |2018-01-02|            |
        T3          |P1       |2018-01-01     |treatment         |2017-12-31|2018-01-01  |completed
        T4          |P1       |               |                  |2018-01-01|            |
        T5          |P1       |               |                  |          |2018-01-01  |declined
        T6          |P1       |               |                  |          |            |
        """,
    )
    assert shown(treatments.rows, *treatments.rows) == [
        "T1 P1 2017-12-31 treatment",
        "T3 P1 2017-12-31",
        "T5 P1",
        "T6 P1",
    ]
    assert (treatments.counts["after_quarter"], treatments.counts["ends_blanked"]) == (2, 3)


def test_a_faulty_row_after_the_quarter_is_rejected(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        C1         | P1        | 2018-01-02 | 2018-01-01 |
        """,
    )
    assert (plans.counts["after_quarter"], plans.counts["rejected"]) == (0, 1)


def test_no_row_of_a_quarter_extract_is_after_the_quarter(tmp_path):
    attendance = check(
        tmp_path,
        "attendance",
        """
        upn | school_urn | date_from | date_to | sessions_possible | sessions_authorised | sessions_unauthorised
        B801200005001 | 1          | 2018-01-01 | 2018-01-01 | 20                | 0                   | 0
        """,
    )
    assert (attendance.counts["after_quarter"], attendance.counts["rejected"]) == (0, 1)
