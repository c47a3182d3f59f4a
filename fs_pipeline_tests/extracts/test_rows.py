"""Rows that cannot be used: one table a rule, thresholds on and on both sides."""

import numpy as np
import pytest

from fs_pipeline_tests.extracts.deliver import FORMATS, check, found, rejects, shown


@pytest.mark.parametrize("form", FORMATS)
def test_the_plain_case_in_every_format(tmp_path, form):
    people = check(
        tmp_path,
        "people",
        """
        person_id | sex | date_of_birth | ethnicity | upn           | open_to_cwd
        P2        | M   |               |           |               | Y
        P1        | F   | 2010-01-31    | WBRI      | B801200005001 | N
        """,
        form,
    )
    assert shown(people.rows, *people.rows) == ["P1 F 2010-01-31 WBRI B801200005001 False", "P2 M True"]
    assert [str(dtype) for dtype in people.rows.dtypes] == ["str", "str", "datetime64[ms]", "str", "str", "boolean"]
    assert people.counts == {
        "delivered": 2,
        "duplicates": 0,
        "rejected": 0,
        "after_quarter": 0,
        "ends_blanked": 0,
        "used": 2,
    }
    assert (people.supplied, people.file) == (True, f"extracts/2017-10-01/people.{form}")
    assert people.rejected_by_rule == people.findings_by_rule == {}
    assert list(people.rejected)[:5] == ["file", "row", "column", "rule", "reason"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_with_a_header_alone_is_supplied_with_no_rows(tmp_path, form):
    marac = check(tmp_path, "marac_referrals", "marac_id | person_id | referral_date", form)
    assert marac.supplied
    assert set(marac.counts.values()) == {0}
    assert len(marac.rows) == 0
    assert str(marac.rows["referral_date"].dtype) == "datetime64[ms]"


@pytest.mark.parametrize(
    ("born", "rule"),
    [
        ("1900-01-02", ""),
        ("1899-12-31", "bad_date"),
        ("2100-12-31", ""),
        ("2101-01-01", "bad_date"),
        ("9999-12-30", "bad_date"),
        ("0001-01-01", "bad_date"),
        ("2016-02-29", ""),
        ("2017-02-29", "bad_date"),
        ("2017-13-01", "bad_date"),
        ("2017-00-10", "bad_date"),
        ("2017-1-1", "bad_date"),
        ("20170101", "bad_date"),
        ("2017-01-01 00:00:00", "bad_date"),
        ("43009", "bad_date"),
        ("01/10/2017", ""),
        ("31/04/2017", "bad_date"),
        ("1/10/2017", "bad_date"),
        ("10/31/2017", "bad_date"),
        ("01/10/17", "bad_date"),
        ("unborn", "bad_date"),
        ("", ""),
    ],
)
def test_dates(tmp_path, born, rule):
    people = check(
        tmp_path,
        "people",
        f"""
        person_id | sex | date_of_birth | ethnicity | upn | open_to_cwd
        P1        | F   | {born}        |           |     | N
        """,
    )
    assert list(people.rejected["rule"]) == ([rule] if rule else [])
    assert people.counts["used"] == (not rule)
    assert not people.findings_by_rule


@pytest.mark.parametrize("form", FORMATS)
def test_1900_01_01_and_9999_12_31_are_no_days(tmp_path, form):
    """Blank, and said, where a date may be blank; elsewhere the row cannot be used. The days beside them are days."""
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date            | category
        1          | P1        | 2017-10-02 | 9999-12-31          | NEG
        2          | P2        | 2017-10-02 | 31/12/9999          | NEG
        3          | P3        | 2017-10-02 | 9999-12-31 23:59:59 | NEG
        4          | P4        | 1900-01-02 | 1900-01-01          | NEG
        5          | P5        | 1900-01-01 | 2017-10-03          | NEG
        6          | P6        | 9999-12-31 |                     | NEG
        7          | P7        | 2017-10-02 | 9999-12-30          | NEG
        8          | P8        | 2017-10-02 | 1900-01-02          | NEG
        """,
        form,
    )
    end = "D end_date" if form != "parquet" else "end_date"
    start = "C start_date" if form != "parquet" else "start_date"
    assert shown(plans.rows, "cp_plan_id", "start_date", "end_date") == [
        "1 2017-10-02",
        "2 2017-10-02",
        "3 2017-10-02",
        "4 1900-01-02",
    ]
    assert found(plans) == [f"{row}: {end}: no_day" for row in (2, 3, 4, 5)]
    assert rejects(plans) == [
        f"6: {start}: bad_date",
        f"7: {start}: bad_date",
        f"8: {end}: bad_date",
        f"9: {end}: end_before_start",
    ]
    assert plans.rejected["reason"][0] == "start_date is 1900-01-01 or 9999-12-31, which is no day, and must be filled"


@pytest.mark.parametrize(
    ("dates", "rejected"),
    [
        (["2010-01-31", "31/01/2010", "31/01/2010"], ["2"]),
        (["2010-01-31", "2010-01-31", "31/01/2010"], ["4"]),
        (["31/01/2010", "2010-01-31", ""], ["2"]),  # as many of each: ISO
        (["31/01/2010", "31/02/2010", "2010-01-31"], ["3", "4"]),  # a bad date has a form too
    ],
)
def test_a_column_has_the_form_that_most_of_its_dates_have(tmp_path, dates, rejected):
    lines = [f"P{number} | F | {day} | | | N" for number, day in enumerate(dates)]
    header = "person_id | sex | date_of_birth | ethnicity | upn | open_to_cwd"
    people = check(tmp_path, "people", "\n".join([header, *lines]))
    assert list(people.rejected["row"]) == rejected


def test_each_column_has_its_own_form_of_date(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        C1         | P1        | 2017-01-02 | 03/04/2017 |
        """,
    )
    assert shown(plans.rows, "start_date", "end_date") == ["2017-01-02 2017-04-03"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("Y", True),
        ("y", True),
        ("TRUE", True),
        ("true", True),
        ("1", True),
        ("N", False),
        ("False", False),
        ("0", False),
    ],
)
def test_booleans(tmp_path, cell, value):
    people = check(
        tmp_path,
        "people",
        f"""
        person_id | sex | date_of_birth | ethnicity | upn | open_to_cwd
        P1        | F   |               |           |     | {cell}
        """,
    )
    assert people.rows["open_to_cwd"].tolist() == [value]


def test_codes_blanks_and_booleans_that_cannot_be_used(tmp_path):
    people = check(
        tmp_path,
        "people",
        """
        person_id | sex  | date_of_birth | ethnicity | upn | open_to_cwd
        P1        | m    |               |           |     | N
        P2        |      |               |           |     | N
        P3        | F    |               |           |     | yes
        P4        | F    |               |           |     | 2
        P5        | F    |               |           |     |
        P6        | #N/A |               |           |     | N
        P7        | F    |               | #REF!     |     | N
        P8        | F    |               |           |     | N
        """,
    )
    assert rejects(people) == [
        "2: B sex: unknown_code",
        "3: B sex: blank",
        "4: F open_to_cwd: bad_boolean",
        "5: F open_to_cwd: bad_boolean",
        "6: F open_to_cwd: blank",
        "7: B sex: spreadsheet_error",
        "8: D ethnicity: spreadsheet_error",
    ]
    assert list(people.rejected["reason"])[:3] == [
        "sex is none of M, F, U",
        "sex is blank and must be filled",
        "open_to_cwd is none of Y, N, true, false, 1 and 0",
    ]
    assert people.rejected_by_rule == {"bad_boolean": 2, "blank": 2, "spreadsheet_error": 2, "unknown_code": 1}
    assert shown(people.rows, "person_id") == ["P8"]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("0", ""),
        ("-1", "out_of_range"),
        ("27", ""),
        ("27.0", ""),
        ("+27", ""),
        ("28", "out_of_range"),
        ("5.5", "not_whole"),
        ("five", "not_a_number"),
        ("1,0", "not_a_number"),
        ("nan", "not_a_number"),
        ("99999999999999999999", "not_whole"),
        ("", ""),
    ],
)
def test_whole_numbers_and_their_range(tmp_path, cell, rule):
    scores = check(
        tmp_path,
        "mental_health_scores",
        f"""
        score_id | episode_id | person_id | score_date | stage   | phq9   | gad7
        S1       | E1         | P1        | 2017-10-01 | initial | "{cell}" | 0
        """.replace('"', ""),
    )
    assert list(scores.rejected["rule"]) == ([rule] if rule else [])
    if not rule:
        assert scores.rows["phq9"].isna().tolist() == [cell == ""]
    if rule == "out_of_range":
        assert list(scores.rejected["reason"]) == ["phq9 is not from 0 to 27"]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("28", ""),
        ("28.01", "out_of_range"),
        ("-0.5", "out_of_range"),
        ("0.5", ""),
        (".5", ""),
        ("1e1", ""),
        ("1e999", "not_a_number"),
        ("inf", "not_a_number"),
        ("", ""),
    ],
)
def test_numbers_and_their_range(tmp_path, cell, rule):
    forms = check(
        tmp_path,
        "top_forms",
        f"""
        form_id|treatment_id|person_id|form_date|stage|substance_use|psychological_health|physical_health|employment|quality_of_life
        F1|T1|P1|2017-10-01|start|{cell}||||
        """,
    )
    assert list(forms.rejected["rule"]) == ([rule] if rule else [])


def test_a_number_with_only_a_least_value(tmp_path):
    lists = check(
        tmp_path,
        "waiting_lists",
        """
        team | discipline  | people_waiting
        A    | social_work | -1
        B    | social_work | 0
        """,
    )
    assert list(lists.rejected["reason"]) == ["people_waiting is not 0 or more"]
    assert lists.rows["people_waiting"].tolist() == [0]


def test_an_end_before_its_start(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        cp_plan_id | person_id | start_date | end_date   | category
        before     | P1        | 2017-01-02 | 2017-01-01 |
        same day   | P2        | 2017-01-02 | 2017-01-02 |
        after      | P3        | 2017-01-02 | 2017-01-03 |
        open       | P4        | 2017-01-02 |            |
        """,
    )
    assert rejects(plans) == ["2: D end_date: end_before_start"]
    assert list(plans.rejected["reason"]) == ["end_date is before start_date"]


def test_a_closure_without_a_start_ends_nothing(tmp_path):
    treatments = check(
        tmp_path,
        "substance_treatments",
        """
        treatment_id|person_id|assessment_date|assessment_outcome|start_date|closure_date|closure_reason
        T1          |P1       |2017-05-01     |non_engagement    |          |2017-04-01  |declined
        """,
    )
    assert treatments.counts["used"] == 1


PLANS = """
    cp_plan_id | person_id | start_date | end_date | category
    C1         | P1        | 2017-01-02 |          |
    C2         | P2        | 2017-01-02 |          |
    """


def test_a_person_that_people_does_not_know(tmp_path):
    plans = check(tmp_path, "cp_plans", PLANS, people="P1 P3")
    assert rejects(plans) == ["3: B person_id: unknown_person"]
    assert list(plans.rejected["reason"]) == ["person_id is not among the person_ids of people"]
    assert check(tmp_path, "cp_plans", PLANS, people="").counts["rejected"] == 2


def test_without_people_no_person_is_unknown(tmp_path):
    assert check(tmp_path, "cp_plans", PLANS).counts["rejected"] == 0


def test_a_family_that_family_members_does_not_know(tmp_path):
    text = """
        report_id | family_id | report_date | accepted | internal_hours
        R1        | F1        | 2017-10-01  | Y        | 2.5
        R2        | F2        | 2017-10-01  | Y        | 2.5
        """
    assert rejects(check(tmp_path, "expert_reports", text, families="F1")) == ["3: B family_id: unknown_family"]
    assert check(tmp_path, "expert_reports", text).counts["rejected"] == 0


def test_dates_outside_the_quarter_of_a_quarter_extract(tmp_path):
    attendance = check(
        tmp_path,
        "attendance",
        """
        upn | school_urn | date_from | date_to | sessions_possible | sessions_authorised | sessions_unauthorised
        B801200005001 | early      | 2017-09-30 | 2017-10-31 | 20                | 0                   | 0
        B801200005001 | whole      | 2017-10-01 | 2017-12-31 | 20                | 0                   | 0
        B801200005001 | late       | 2017-10-01 | 2018-01-01 | 20                | 0                   | 0
        B801200005001 | both       | 2017-09-30 | 2018-01-01 | 20                | 0                   | 0
        """,
    )
    assert rejects(attendance) == [
        "2: C date_from: outside_quarter",
        "4: D date_to: outside_quarter",
        "5: C date_from: outside_quarter",
    ]
    assert attendance.rejected["reason"].tolist()[1:] == [
        "date_to is not in Oct-Dec 2017 (2017-10-01 to 2017-12-31)",
        "date_from is not in Oct-Dec 2017 (2017-10-01 to 2017-12-31); "
        "date_to is not in Oct-Dec 2017 (2017-10-01 to 2017-12-31)",
    ]


def test_several_faults_are_one_line_with_the_first_ones_rule(tmp_path):
    plans = check(
        tmp_path,
        "cp_plans",
        """
        category | cp_plan_id | end_date   | person_id | start_date
        BAD      | C1         | 2016-01-01 | P9        | 2017-01-02
        """,
        people="P1",
    )
    assert rejects(plans) == ["2: D person_id: unknown_person"]
    assert list(plans.rejected["reason"]) == [
        "person_id is not among the person_ids of people; end_date is before start_date; "
        "category is none of NEG, PHY, SAB, EMO, MUL"
    ]


def test_health_activity_without_people_and_percentage(tmp_path):
    activity = check(
        tmp_path,
        "health_activity",
        """
        measure             | age_group | people_in_cohort | people_with_event | percentage
        ae_attendance       | children  | 40               |                   |
        ae_attendance       | adults    | 40               | 4                 |
        emergency_admission | children  | 40               |                   | 10
        emergency_admission | adults    | 40               | 4                 | 100.1
        """,
    )
    assert rejects(activity) == ["2: D people_with_event: blank", "5: E percentage: out_of_range"]
    assert activity.counts["used"] == 2


def test_a_child_in_two_families(tmp_path):
    members = check(
        tmp_path,
        "family_members",
        """
        family_id | person_id | role  | relationship_type
        F2        | child     | child |
        F1        | child     | child |
        F1        | adult     | adult | Mother
        F2        | adult     | adult | Mother
        F1        | both      | child |
        F2        | both      | adult |
        F3        | child     | child |
        F4        | bad first | chid  |
        F5        | bad first | child |
        """,
        people="child adult both bad first".replace("bad first", "") + " bad",
    )
    assert rejects(members) == [
        "3: B person_id: second_family",
        "8: B person_id: second_family",
        "9: B person_id: unknown_person",
        "10: B person_id: unknown_person",
    ]


def test_only_a_usable_row_is_the_first_family(tmp_path):
    members = check(
        tmp_path,
        "family_members",
        """
        family_id | person_id | role  | relationship_type
        F2        | child     | child | #N/A
        F1        | child     | child |
        """,
    )
    assert rejects(members) == ["2: D relationship_type: spreadsheet_error"]


def test_exact_duplicates_are_dropped_and_counted(tmp_path):
    people = check(
        tmp_path,
        "people",
        """
        person_id | sex | date_of_birth | ethnicity | upn | open_to_cwd | notes
        P1        | F   | 2010-01-31    |           |     | N           | a
        P1        | F   | 2010-01-31    |           |     | false       | b
        P2        | x   | 2010-01-31    |           |     | N           |
        P1        | F   | 2010-01-31    |           |     | N           |
        P2        | x   | 2010-01-31    |           |     | N           |
        """,
    )
    assert people.counts == {
        "delivered": 5,
        "duplicates": 3,
        "rejected": 1,
        "after_quarter": 0,
        "ends_blanked": 0,
        "used": 1,
    }
    assert rejects(people) == ["4: B sex: unknown_code"]


def test_blanks_around_cells_do_not_matter(tmp_path):
    content = "marac_id , person_id,\treferral_date\n M1,\tP1 ,2017-10-01 \nM1 ,P1,\u00a02017-10-01\n"
    marac = check(tmp_path, "marac_referrals", content.encode())
    assert shown(marac.rows, *marac.rows) == ["M1 P1 2017-10-01"]
    assert marac.counts["duplicates"] == 1


def test_rejected_rows_keep_their_cells_as_delivered(tmp_path):
    content = (
        "Row,MARAC_ID,person_id,reason,referral_date,\n"
        'x, M1 ,P1,"a, b",2017-09-30,\n'
        "y,M2,P1,,01/10/2017,z\n"
        "z,M3,P1,,2017-10-01,\n"
    )
    marac = check(tmp_path, "marac_referrals", content.encode())
    assert marac.rejected.to_dict("split")["columns"] == [
        *("file", "row", "column", "rule", "reason"),
        *("Row", "MARAC_ID", "person_id", "reason (delivered)", "referral_date", "column F"),
    ]
    assert marac.rejected.iloc[:, 5:].to_numpy().tolist() == [
        ["x", " M1 ", "P1", "a, b", "2017-09-30", ""],
        ["y", "M2", "P1", "", "01/10/2017", "z"],
    ]
    assert rejects(marac) == ["2: E referral_date: outside_quarter", "3: E referral_date: bad_date"]
    assert marac.unexpected_columns == ("Row", "reason (delivered)", "column F")


def test_reasons_hold_no_value(tmp_path):
    content = "marac_id,person_id,referral_date\nSECRET,SECRET,SECRET\nM1,SECRET,2017-09-30\nM2,P1\n"
    marac = check(tmp_path, "marac_referrals", content.encode(), people="P1")
    assert len(marac.rejected) == 3
    assert not marac.rejected["reason"].str.contains("SECRET|2017-09-30").any()


def test_rows_are_sorted_by_key_whatever_their_order(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"M{number} | P1 | 2017-10-01" for number in rng.permutation(50)]
    marac = check(tmp_path, "marac_referrals", "\n".join(["marac_id | person_id | referral_date", *lines]))
    assert marac.rows["marac_id"].tolist() == sorted(f"M{number}" for number in range(50))
