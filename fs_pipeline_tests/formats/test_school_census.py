"""The school census reader: terms and quarters, totals and codes, what is left aside, and defects at their rows."""

from __future__ import annotations

import pytest

from fs_pipeline.extracts.cells.format_extracts import SourceError
from fs_pipeline.extracts.formats.school_census import SchoolCensusSettings, read_school_census
from fs_pipeline.toolkit.extracts import classes_in
from fs_pipeline_tests.formats.reading import files, left_out, needs_samples, rows, sample_files, told

PUPIL = "pupilonrolltableid | NativeId | upn | boarder | termlysessionspossible"
HEAD = f"{PUPIL} | termlysessionsauthorised | termlysessionsunauthorised\n"
DETAILS = "pupilonrolltableid | NativeId | sessions | attendancereason\n"
SESSIONS = ("upn", "school_urn", "sessions_possible", "sessions_authorised", "sessions_unauthorised")
STRETCH = ("date_from", "date_to")


def read(folder, settings=None, **texts):
    return read_school_census(files(folder, **texts), settings or SchoolCensusSettings())


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2018_spring_pupilonroll", "01/10/2017", "31/12/2017"),
        ("2018_summer_pupilonroll", "01/01/2018", "31/03/2018"),
        ("2018_autumn_pupilonroll", "01/04/2018", "31/05/2018"),
    ],
)
def test_a_census_tells_the_term_before_it(tmp_path, name, first, last):
    landed = read(tmp_path, **{name: HEAD + "a | 100001 | U1 | N | 130.0 | 8.0 | 2.0"})["attendance"]
    assert rows(landed, *STRETCH, *SESSIONS) == [(first, last, "U1", "100001", 130, 8, 2)]


def test_the_autumn_census_tells_both_halves_of_the_summer_term(tmp_path):
    half = "summerhalfterm2sessionspossible | summerhalfterm2sessionsauthorised | summerhalfterm2sessionsunauthorised"
    landed = read(
        tmp_path,
        autumn_2018_pupilonroll=f"{HEAD.strip()} | {half}\na | 100001 | U1 | N | 60 | 1 | 0 | 70 | 3 | 4",
        autumn_2018_termly=DETAILS + "a | 100001 | 1 | I",
        autumn_2018_half="pupilonrolltableid | summerhalfterm2sessiondetailsonrolltableid | sessions | attendancereason"
        "\na | x | 3 | m\na | y | 4 | O",
    )
    assert rows(landed["attendance"], *STRETCH, *SESSIONS[2:]) == [
        ("01/04/2018", "31/05/2018", 60, 1, 0),
        ("01/06/2018", "30/06/2018", 70, 3, 4),
    ]
    assert rows(landed["absence_reasons"], "date_from", "code", "sessions", "source_file", "source_row") == [
        ("01/04/2018", "I", 1, "autumn_2018_termly.csv", 2),
        ("01/06/2018", "M", 3, "autumn_2018_half.csv", 2),
        ("01/06/2018", "O", 4, "autumn_2018_half.csv", 3),
    ]


def test_from_2025_absences_are_added_up_from_the_codes_of_their_school_year(tmp_path):
    """J1 is an authorised absence since September 2024; the totals that a file may still carry are not looked at."""
    landed = read(
        tmp_path,
        spring_2025_pupilonroll=HEAD + "a | 1 | U1 | N | 140 | 99 | 99\nb | 1 | U2 | N | 140 | |",
        spring_2025_details=DETAILS + "a|1|100|/\na|1|20|\\\na|1|6|J1\na|1|3|I\na|1|2|U\na|1|4|X\na|1|1|Y3\na|1|5|K",
    )
    assert rows(landed["attendance"], *SESSIONS) == [("U1", "1", 140, 9, 2), ("U2", "1", 140, 0, 0)]
    assert [row[0] for row in rows(landed["absence_reasons"], "code")] == ["I", "J1", "U"]
    assert told(landed["attendance"]) == left_out(landed["attendance"]) == set()


def test_a_code_of_another_school_year_is_left_out_by_row(tmp_path):
    landed = read(
        tmp_path,
        summer_2024_pupilonroll=HEAD + "a | 1 | U1 | N | 140 | 3 | 0",
        summer_2024_details=DETAILS + "a|1|3|I\na|1|6|J1\na|1||I\nz|1|3|I\na|1|2.5|I",
    )
    assert left_out(landed["absence_reasons"]) == {
        ("attendancereason", 3, "unknown_code"),
        ("sessions", 4, "not_a_number"),
        ("id", 5, "unknown_enrolment"),
        ("sessions", 6, "not_a_number"),
    }
    assert rows(landed["attendance"], *SESSIONS) == [("U1", "1", 140, 3, 0)]
    assert rows(landed["absence_reasons"], "code", "sessions") == [("I", 3)]


def test_the_summer_term_that_an_autumn_census_tells_is_of_the_school_year_before(tmp_path):
    half = "summerhalfterm2sessionspossible | summerhalfterm2sessionsauthorised | summerhalfterm2sessionsunauthorised"
    details = "\na|1|J1\na|2|Y"
    landed = read(
        tmp_path,
        autumn_2024_pupilonroll=f"{HEAD.strip()} | {half}\na | 1 | U1 | N | 60 | 1 | 0 | 70 | 3 | 4",
        autumn_2024_termly="pupilonrolltableid | sessions | attendancereason" + details,
        autumn_2024_half="pupilonrolltableid | summerhalfterm2tableid | sessions | attendancereason"
        + details.replace("a|", "a|x|"),
    )["absence_reasons"]
    assert left_out(landed) == {("attendancereason", 2, "unknown_code")}
    assert len(landed.report.rejected) == 2


def test_absence_codes_alone_before_2020_have_another_heading(tmp_path):
    landed = read(
        tmp_path,
        summer_2019_pupilonroll=HEAD + "a | 1 | U1 | N | 140 | 3 | 0",
        summer_2019_details=DETAILS.replace("sessions", "absencesessions") + "a|1|3|I",
    )
    assert rows(landed["absence_reasons"], "code", "sessions") == [("I", 3)]


def test_an_enrolment_whose_id_another_has_is_left_out(tmp_path):
    repeated = "a | 1 | U1 | N | 60 | 1 | 0\na | 1 | U1 | N | 60 | 1 | 0\na | 2 | U2 | N | 50 | 1 | 0"
    landed = read(tmp_path, spring_2018_pupilonroll=HEAD + repeated)["attendance"]
    assert rows(landed, *SESSIONS) == [("U1", "1", 60, 1, 0)]
    assert left_out(landed) == {("id", 4, "duplicate_enrolment")}


def test_enrolments_at_one_school_are_added_up_and_those_at_several_stay_apart(tmp_path):
    off = HEAD.replace("pupilonrolltableid", "pupilnolongeronrolltableid")
    landed = read(
        tmp_path,
        SchoolCensusSettings(schools={"S2": "100002"}),
        spring_2018_pupilonroll=HEAD + "a | 1 | U1 | N | 60 | 1 | 0\nb | S2 | U1 | N | 70 | 2 | 1",
        spring_2018_pupilnolongeronroll=off + "a | 1 | U1 | N | 10 | 3 | 4",
        spring_2018_details=DETAILS + "a | 1 | 1 | I",
        spring_2018_detailsoff=DETAILS.replace("pupilonroll", "pupilnolongeronroll") + "a|1|3|I\na|1|4|O",
    )
    assert rows(landed["attendance"], *SESSIONS) == [("U1", "1", 70, 4, 4), ("U1", "100002", 70, 2, 1)]
    assert rows(landed["absence_reasons"], "school_urn", "code", "sessions") == [("1", "I", 4), ("1", "O", 4)]


def test_what_is_left_aside_and_left_out(tmp_path):
    landed = read(
        tmp_path,
        spring_2018_pupilonroll=HEAD
        + """a | 1 | U1 | B | 60 | 1 | 0
b | 1 | U2 | N | 0 | 0 | 0
c | 1 | U3 | N | | |
d | 1 | U4 | N | | 2 | 1
e | 1 | | N | 60 | 1 | 0
e2 | | U5 | N | 60 | 1 | 0
f | 1 | U6 | N | 60 | many | 0
g | 1 | U7 | N | 60 | |
h | 1 | U8 | N | 60 | 1 |""",
    )["attendance"]
    assert rows(landed, *SESSIONS) == [("U7", "1", 60, 0, 0), ("U8", "1", 60, 1, 0)]
    assert left_out(landed) == {
        ("termlysessionspossible", 5, "no_possible_sessions"),
        ("upn", 6, "blank"),
        ("NativeId", 7, "blank"),
        ("termlysessionsauthorised", 8, "not_a_number"),
    }
    assert told(landed) == {("boarder", 2, "boarder"), ("termlysessionsauthorised", 9, "blank_total")}
    assert landed.report.ignored == {"enrolments of boarders": 1, "enrolments without possible sessions": 2}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"pupilonroll_2018": HEAD}, "tells no year and term"),
        ({"spring_pupilonroll": HEAD}, "tells no year and term"),
        ({"spring_2018_details": DETAILS}, "no file of this census holds pupils"),
        ({"spring_2018_notes": "a | b"}, "is no table of the school census"),
        ({"spring_2025_pupilonroll": HEAD + "a | 1 | U1 | N | 140 | 3 | 0"}, "no totals of absences"),
        ({"spring_2018_pupils": "pupilonrolltableid | upn\na | U1"}, "has no column NATIVEID, TERMLYSESSIONSPOSSIBLE"),
    ],
)
def test_files_that_are_not_enough_are_refused(tmp_path, texts, expected):
    with pytest.raises(SourceError) as refused:
        read(tmp_path, **texts)
    assert expected in str(refused.value)


def test_j1_took_the_place_of_j_in_september_2024():
    assert classes_in(2023)["J"] == "attending" and "J1" not in classes_in(2023)
    assert classes_in(2024)["J1"] == "authorised"
    assert {code for code, kind in classes_in(2018).items() if kind == "unauthorised"} == {"G", "N", "O", "U"}


# SocialFinanceDigitalLabs/liia-tools-pipeline (MIT licence)


@needs_samples
def test_the_sample_of_autumn_2024():
    landed = read_school_census(sample_files("school_census/*.csv"), SchoolCensusSettings())
    attendance, reasons = landed["attendance"], landed["absence_reasons"]
    assert (len(attendance.rows), len(reasons.rows)) == (17518, 34143)
    # every enrolment twice, for the two halves of the summer term: a row, a rejected one, or one left aside
    assert 17518 + len(attendance.report.rejected) + sum(attendance.report.ignored.values()) == 2 * 9088
    assert left_out(attendance) >= {
        ("termlysessionspossible", 3, "no_possible_sessions"),
        ("summerhalfterm2sessionspossible", 78, "no_possible_sessions"),
    }
    assert len(reasons.report.rejected) == 365
