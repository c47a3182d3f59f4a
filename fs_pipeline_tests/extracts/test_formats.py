"""The three formats: where cells stand, and what typed cells become."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fs_pipeline_tests.extracts.deliver import arrow_bytes, check, rejects, shown, xlsx_bytes

MARAC = "marac_id,person_id,referral_date\n"


def marac(tmp_path, lines: str | bytes):
    content = lines if isinstance(lines, bytes) else (MARAC + lines).encode()
    return check(tmp_path, "marac_referrals", content)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark(tmp_path, ends, mark):
    text = mark + MARAC + "M1,P1,2017-10-01\n\nM2,P1,x\n"
    checked = marac(tmp_path, text.replace("\n", ends).encode())
    assert rejects(checked) == ["4: C referral_date: bad_date"]
    assert checked.counts["used"] == 1


def test_blank_lines_count_in_row_numbers_and_are_no_rows(tmp_path):
    checked = marac(tmp_path, b"\n,,\n" + MARAC.encode() + b"\nM1,P1,x\n,,\n  \nM2,P1,x\n\n\nM3,P1,2017-10-01\n\n\n")
    assert rejects(checked) == ["5: C referral_date: bad_date", "8: C referral_date: bad_date"]
    assert checked.counts["delivered"] == 3


def test_a_line_break_in_a_cell_is_no_new_row(tmp_path):
    checked = marac(tmp_path, '"M\n1",P1,2017-10-01\n"M ""2""",P1,x\n')
    assert rejects(checked) == ["3: C referral_date: bad_date"]
    assert checked.rows["marac_id"].tolist() == ["M\n1"]
    assert checked.rejected["marac_id"].tolist() == ['M "2"']


def test_quotation_marks_inside_bare_cells_are_text(tmp_path):
    checked = marac(tmp_path, 'M"1,P1,2017-10-01\n"M2",P1,2017-10-01\nM 3" ,P1,2017-10-01\n')
    assert checked.rows["marac_id"].tolist() == ['M 3"', 'M"1', "M2"]


def test_rows_with_more_or_fewer_cells_than_the_header(tmp_path):
    checked = marac(tmp_path, "M1,P1,2017-10-01\nM2,P1\n\nM3,P1,2017-10-01,SURPLUS,,x\nM4,P1,x\n,,,,,\n\nM5\n")
    assert rejects(checked) == ["3: : ragged", "5: : ragged", "6: C referral_date: bad_date", "9: : ragged"]
    assert checked.rejected["reason"].tolist()[:2] == [
        "the row has 2 cells, the header has 3",
        "the row has 6 cells, the header has 3",
    ]
    assert checked.rejected["cells beyond the header"].tolist() == ["", "SURPLUS,,x", "", ""]
    assert checked.rejected["person_id"].tolist() == ["P1", "P1", "P1", ""]
    assert (checked.counts["delivered"], checked.counts["used"]) == (5, 1)


def test_ragged_rows_far_down_a_large_file_keep_their_numbers(tmp_path):
    lines = [f"M{number:07},P1,2017-10-01" for number in range(400_000)]  # more than one block
    lines[399_990] = "M0399990,P1"
    lines[399_995] = "M0399995,P1,x"
    checked = marac(tmp_path, "\n".join(lines))
    assert rejects(checked) == ["399992: : ragged", "399997: C referral_date: bad_date"]
    assert checked.counts["used"] == 399_998


def test_headings_in_any_order_with_blanks_and_capitals(tmp_path):
    checked = marac(tmp_path, b" Referral_Date ,x,PERSON_ID,marac_id\n2017-10-01,?,P1,M1\n")
    assert shown(checked.rows, *checked.rows) == ["M1 P1 2017-10-01"]
    assert checked.unexpected_columns == ("x",)


def test_nameless_blank_columns_are_not_reported(tmp_path):
    assert marac(tmp_path, b"marac_id,person_id,referral_date,,\nM1,P1,2017-10-01,,\n").unexpected_columns == ()


def test_text_that_looks_like_nothing_stays_text(tmp_path):
    checked = marac(tmp_path, "NA,null,2017-10-01\nnan,None,2017-10-01\n007,1e5,2017-10-01\n")
    assert shown(checked.rows, "marac_id", "person_id") == ["007 1e5", "NA null", "nan None"]


def test_an_xlsx_table_that_begins_elsewhere_keeps_its_addresses(tmp_path):
    rows = [
        ["marac_id", None, "person_id", "referral_date"],
        ["M1", None, "P1", date(2017, 10, 1)],
        [None, None, None, None],
        ["M2", None, "P1", date(2018, 1, 1)],
        ["M3", None, "P1", "#N/A"],
    ]
    checked = check(tmp_path, "marac_referrals", xlsx_bytes(rows, at=(4, 26)), "xlsx")
    assert rejects(checked) == ["8: AD referral_date: outside_quarter", "9: AD referral_date: spreadsheet_error"]
    assert checked.rejected["referral_date"].tolist() == ["2018-01-01", "#N/A"]
    assert shown(checked.rows, *checked.rows) == ["M1 P1 2017-10-01"]
    assert checked.unexpected_columns == ()


def test_an_error_in_the_sheets_last_corner_is_still_seen(tmp_path):
    rows = [["person_id", "sex", "date_of_birth", "upn", "open_to_cwd", "ethnicity"]]
    rows += [["P1", "F", None, None, "N", "WBRI"], ["P2", "F", None, None, "N", "#VALUE!"]]
    checked = check(tmp_path, "people", xlsx_bytes(rows), "xlsx")
    assert rejects(checked) == ["3: F ethnicity: spreadsheet_error"]


def test_typed_cells_of_a_worksheet(tmp_path):
    header = ["person_id", "sex", "date_of_birth", "ethnicity", "upn", "open_to_cwd"]
    rows = [
        header,
        [123456789012, "F", datetime(2010, 1, 31), None, None, True],
        [7.5, "F", "2010-01-31", 1, None, False],
        ["8", "F", datetime(2010, 1, 31, 13, 45), 1, None, 1],
        ["9", "F", 40209, 1, None, 0],
    ]
    checked = check(tmp_path, "people", xlsx_bytes(rows), "xlsx")
    assert shown(checked.rows, "person_id", "ethnicity", "date_of_birth", "open_to_cwd") == [
        "123456789012 2010-01-31 True",
        "7.5 1 2010-01-31 False",
    ]
    assert rejects(checked) == ["4: C date_of_birth: bad_date", "5: C date_of_birth: bad_date"]
    assert checked.rejected["date_of_birth"].tolist() == ["2010-01-31 13:45:00", "40209"]


def parquet(tmp_path, extract: str, **columns: pa.Array):
    return check(tmp_path, extract, arrow_bytes(pa.table(columns)), "parquet")


@pytest.mark.parametrize(
    "days",
    [
        pa.array([date(2017, 10, 1), date(2018, 1, 1)], pa.date32()),
        pa.array([date(2017, 10, 1), date(2018, 1, 1)], pa.date64()),
        pa.array([datetime(2017, 10, 1), datetime(2018, 1, 1)], pa.timestamp("ns")),
        pa.array(["2017-10-01", "2018-01-01"], pa.large_string()),
        pa.array(["01/10/2017", "01/01/2018"]).dictionary_encode(),
        pa.array(["2017-10-01", "2018-01-01"], pa.string_view()),
    ],
)
def test_dates_of_any_arrow_type(tmp_path, days):
    checked = parquet(tmp_path, "marac_referrals", marac_id=[1, 2], person_id=[1.0, 2.0], referral_date=days)
    assert shown(checked.rows, *checked.rows) == ["1 1 2017-10-01"]
    assert rejects(checked) == ["3: referral_date: outside_quarter"]
    assert checked.rejected["referral_date"].tolist()[0] in ("2018-01-01", "01/01/2018")


@pytest.mark.parametrize(
    "days",
    [
        pa.array([datetime(2017, 10, 1, 13)], pa.timestamp("us")),
        pa.array([datetime(2017, 10, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        pa.array([date(1500, 1, 1)], pa.date32()),
        pa.array([date(9999, 12, 31)], pa.date32()),
        pa.array([1], pa.int32()),
        pa.array([[1]]),
    ],
)
def test_what_is_no_date_in_parquet(tmp_path, days):
    checked = parquet(tmp_path, "marac_referrals", marac_id=["1"], person_id=["1"], referral_date=days)
    assert rejects(checked) == ["2: referral_date: bad_date"]


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(9999, 12, 31)])
def test_what_is_no_day_in_parquet_is_blank(tmp_path, day):
    people = {"sex": ["F", "F"], "ethnicity": ["", ""], "upn": ["", ""], "open_to_cwd": [False, False]}
    days = pa.array([day, date(2017, 10, 2)], pa.date32())
    checked = parquet(tmp_path, "people", person_id=["P1", "P2"], date_of_birth=days, **people)
    assert shown(checked.rows, "person_id", "date_of_birth") == ["P1", "P2 2017-10-02"]
    assert checked.findings_by_rule == {"no_day": 1}


@pytest.mark.parametrize(
    ("cases", "rules"),
    [
        (pa.array([5, 0, -1], pa.int64()), ["out_of_range"]),
        (pa.array([5, 0, -1], pa.int16()), ["out_of_range"]),
        (pa.array([5.0, 0.0, 5.5], pa.float64()), ["not_whole"]),
        (pa.array([5.0, 0.0, float("nan")], pa.float32()), ["blank"]),
        (pa.array([5, 0, None], pa.uint8()), ["blank"]),
        (pa.array([Decimal("5.00"), Decimal(0), Decimal("5.5")], pa.decimal128(10, 2)), ["not_whole"]),
        (pa.array(["5", "0", "x"]), ["not_a_number"]),
    ],
)
def test_whole_numbers_of_any_arrow_type(tmp_path, cases, rules):
    checked = parquet(
        tmp_path,
        "caseloads",
        worker_id=["A", "B", "C"],
        team=["T"] * 3,
        discipline=["social_work"] * 3,
        mode=["group"] * 3,
        cases=cases,
        hours=pa.array([1, None, None], pa.float64()),
    )
    assert checked.rows["cases"].tolist() == [5, 0]
    assert checked.rows["hours"].isna().tolist() == [False, True]
    assert list(checked.rejected["rule"]) == rules


@pytest.mark.parametrize(
    ("hours", "rules"),
    [
        ([7.5, -0.5, float("inf"), float("nan")], ["out_of_range", "not_a_number"]),
        (["7.5", "-0.5", "inf", None], ["out_of_range", "not_a_number"]),
    ],
)
def test_numbers_typed_or_not(tmp_path, hours, rules):
    checked = parquet(
        tmp_path,
        "expert_reports",
        report_id=["A", "B", "C", "D"],
        family_id=["F"] * 4,
        report_date=pa.array([date(2017, 10, 1)] * 4),
        accepted=pa.array([True, False, True, True]),
        internal_hours=hours,
    )
    assert list(checked.rejected["rule"]) == rules
    assert shown(checked.rows, "report_id", "accepted", "internal_hours") == ["A True 7.5", "D True"]


def test_columns_of_other_types_are_only_shown(tmp_path):
    checked = parquet(
        tmp_path,
        "marac_referrals",
        marac_id=[b"M1", b"M2"],
        person_id=["P1", "P2"],
        referral_date=["x", "2017-10-01"],
        notes=[{"a": [1]}, None],
        nothing=pa.nulls(2),
    )
    assert checked.rows["marac_id"].tolist() == ["M2"]
    assert checked.rejected[["marac_id", "notes", "nothing"]].to_numpy().tolist() == [["M1", "{'a': [1]}", ""]]
    assert checked.unexpected_columns == ("notes", "nothing")


@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.float64(), pa.float16(), pa.bool_(), pa.list_(pa.int8())])
def test_a_column_of_blanks_of_any_type(tmp_path, kind):
    blanks = pa.nulls(2, kind)
    columns = {"person_id": ["P1", "P2"], "sex": ["F", "M"], "open_to_cwd": [True, False]}
    checked = parquet(tmp_path, "people", **columns, date_of_birth=blanks, ethnicity=blanks, upn=blanks)
    assert checked.counts["used"] == 2
    assert checked.rows[["date_of_birth", "ethnicity", "upn"]].isna().all(axis=None)


def test_a_parquet_file_of_several_row_groups(tmp_path):
    parts = [pa.table({"marac_id": [f"M{part}"], "person_id": ["P1"], "referral_date": ["x"]}) for part in range(5)]
    content = pa.BufferOutputStream()
    with pq.ParquetWriter(content, parts[0].schema) as writer:
        for part in parts:
            writer.write_table(part)
    checked = check(tmp_path, "marac_referrals", content.getvalue().to_pybytes(), "parquet")
    assert list(checked.rejected["row"]) == ["2", "3", "4", "5", "6"]
