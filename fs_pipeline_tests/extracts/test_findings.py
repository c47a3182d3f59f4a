"""What looks wrong in rows that stay."""

import pytest

from fs_pipeline_tests.extracts.deliver import check, found

PEOPLE = """
    person_id | sex | date_of_birth | ethnicity | upn           | open_to_cwd
    P1        | F   |               |           | B801200005001 | N
    P2        | F   |               |           | A801200005001 | N
    P3        | F   |               |           |               | N
    P4        | F   |               |           | B801200005001 | N
    P5        | x   |               |           | A801200005001 | N
    P6        | F   |               |           | B801200005001 | N
    P7        | F   |               |           |               | N
    """


def test_upns_that_are_none_or_anothers(tmp_path):
    people = check(tmp_path, "people", PEOPLE)
    assert found(people) == ["3: E upn: 1510", "5: E upn: 1520", "7: E upn: 1520"]
    assert people.findings_by_rule == {"1510": 1, "1520": 2}
    assert people.findings["message"].tolist()[1:] == ["upn is also the UPN of another person, in row 2"] * 2
    assert people.findings["file"].unique().tolist() == ["extracts/2017-10-01/people.csv"]
    assert people.counts["used"] == 6
    assert not people.findings["message"].str.contains("80120000").any()


def test_upns_of_attendance_and_absence_reasons(tmp_path):
    attendance = check(
        tmp_path,
        "attendance",
        """
        upn | school_urn | date_from | date_to | sessions_possible | sessions_authorised | sessions_unauthorised
        B801200005001 | 1          | 2017-10-01 | 2017-10-31 | 20                | 0                   | 0
        B801200005001 | 2          | 2017-10-01 | 2017-10-31 | 20                | 0                   | 0
        801200005001  | 1          | 2017-10-01 | 2017-10-31 | 20                | 0                   | 0
        """,
    )
    assert found(attendance) == ["4: A upn: 1510"]
    reasons = check(
        tmp_path,
        "absence_reasons",
        """
        upn           | school_urn | date_from  | code | sessions
        A801200005001 | 1          | 2017-10-01 | I    | 2
        """,
    )
    assert found(reasons) == ["2: A upn: 1510"]


@pytest.mark.parametrize(("authorised", "finding"), [(14, []), (15, []), (16, ["2: E sessions_possible"])])
def test_more_absent_than_possible_sessions(tmp_path, authorised, finding):
    attendance = check(
        tmp_path,
        "attendance",
        f"""
        upn | school_urn | date_from | date_to | sessions_possible | sessions_authorised | sessions_unauthorised
        B801200005001 | 1          | 2017-10-01 | 2017-10-31 | 20                | {authorised}        | 5
        """,
    )
    assert found(attendance) == [f"{place}: absences_over_possible" for place in finding]


def plans(tmp_path, *spans: str) -> list[str]:
    lines = [f"C{number} | {span} |" for number, span in enumerate(spans)]
    header = "cp_plan_id | person_id | start_date | end_date | category"
    return found(check(tmp_path, "cp_plans", "\n".join([header, *lines])))


@pytest.mark.parametrize(
    ("spans", "findings"),
    [
        # one after the other; the end of one may be the start of the next
        (["P1 | 2016-01-01 | 2016-06-01", "P1 | 2016-06-02 | "], []),
        (["P1 | 2016-01-01 | 2016-06-01", "P1 | 2016-06-01 | "], []),
        (["P1 | 2016-01-01 | 2016-06-01", "P1 | 2016-05-31 | "], ["3: C start_date: 8940"]),
        # another child's
        (["P1 | 2016-01-01 | 2016-06-01", "P2 | 2016-05-31 | "], []),
        # the finding stands at the plan that starts later, wherever it stands in the file
        (["P1 | 2016-05-31 | ", "P1 | 2016-01-01 | 2016-06-01"], ["2: C start_date: 8940"]),
        # inside an earlier one, and after a short one inside it
        (
            ["P1 | 2016-01-01 | 2016-12-01", "P1 | 2016-02-01 | 2016-03-01", "P1 | 2016-04-01 | 2016-05-01"],
            ["3: C start_date: 8940", "4: C start_date: 8940"],
        ),
        # an earlier one still open
        (["P1 | 2016-01-01 | ", "P1 | 2016-02-01 | 2016-03-01"], ["3: C start_date: 8940"]),
        # both open
        (["P1 | 2016-01-01 | ", "P1 | 2016-02-01 | "], ["3: D end_date: 8935"]),
        (["P1 | 2016-01-01 | ", "P1 | 2016-01-01 | "], ["3: D end_date: 8935"]),
        (["P1 | 2016-01-01 | ", "P2 | 2016-01-01 | "], []),
        # an end after the quarter is none yet
        (["P1 | 2016-01-01 | 2018-01-01", "P1 | 2017-02-01 | "], ["3: D end_date: 8935"]),
        # a plan of no days
        (["P1 | 2016-01-01 | 2016-01-01", "P1 | 2016-01-01 | "], []),
        # rows that are not used clash with none
        (["P1 | 2016-01-01 | ", "P1 | 2018-02-01 | "], []),
    ],
)
def test_plans_of_one_child(tmp_path, spans, findings):
    assert plans(tmp_path, *spans) == findings


def test_the_other_plan_is_named_by_its_row(tmp_path):
    checked = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        C1         | P2        | 2016-01-01 |            |
        C2         | P1        | 2016-03-01 | 2016-04-01 |
        C3         | P1        | 2016-02-01 | 2016-02-10 |
        C4         | P1        | 2016-01-01 | 2016-12-01 |
        C5         | P2        | 2016-01-02 |            |
        """,
    )
    assert checked.findings[["row", "rule", "message"]].to_numpy().tolist() == [
        ["3", "8940", "start_date is before the end of an earlier plan of this child, in row 5"],
        ["4", "8940", "start_date is before the end of an earlier plan of this child, in row 5"],
        ["6", "8935", "end_date is blank, as it is in an earlier plan of this child, in row 2"],
    ]


def test_periods_of_care(tmp_path):
    care = check(
        tmp_path,
        "care_periods",
        """
        care_period_id | person_id | start_date | end_date   | uasc
        L1             | P1        | 2016-01-01 | 2016-06-01 | N
        L2             | P1        | 2016-06-01 |            | N
        L3             | P1        | 2016-07-01 |            | N
        L4             | P2        | 2016-01-01 | 2016-06-01 | N
        L5             | P2        | 2016-05-31 | 2016-06-01 | N
        """,
    )
    assert found(care) == ["6: C start_date: 501", "4: D end_date: 501"]
    assert care.findings_by_rule == {"501": 2}
