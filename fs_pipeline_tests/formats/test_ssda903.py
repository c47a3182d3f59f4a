"""The SSDA903 reader: years, periods of care, UASC, children, and each rule's finding at its row."""

from __future__ import annotations

import numpy as np
import pytest

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.formats.ssda903 import Ssda903Settings, read_ssda903
from fs_pipeline_tests.formats.reading import files, left_out, needs_samples, rows, sample_files, told, words

HEAD = "CHILD | DECOM | RNE | LS | CIN | PLACE | DEC | REC\n"
PERIOD = ("person_id", "start_date", "end_date", "uasc")


def read(folder, settings=None, **texts):
    return read_ssda903(files(folder, **texts), settings or Ssda903Settings())


def care(folder, **texts):
    return read(folder, **{name: HEAD + text for name, text in texts.items()})["care_periods"]


def test_episodes_are_chained_over_the_years_and_the_latest_year_counts(tmp_path):
    landed = care(
        tmp_path,
        episodes_2019="7 | 01/05/2019 | S | C2 | N1 | U4 | 10/06/2019 | X1\n7 | 10/06/2019 | P | C2 | N1 | U5 | |",
        episodes_2020="7 | 10/06/2019 | P | C2 | N1 | U5 | 02/09/2020 | E4A\n7 | 01/02/2021 | S | C2 | N1 | U5 | |",
    )
    assert rows(landed, *PERIOD, "source_file", "source_row") == [
        ("7", "01/05/2019", "02/09/2020", False, "episodes_2019.csv", 2),
        ("7", "01/02/2021", "", False, "episodes_2020.csv", 3),
    ]
    assert landed.report.ignored["episodes as an earlier year's return had them"] == 1
    assert told(landed) == left_out(landed) == set()


def test_an_end_that_programs_write_for_a_blank_is_blank(tmp_path):
    landed = care(
        tmp_path, episodes_2019="7 | 01/05/2019 | S | C2 | N1 | U4 | 31/12/9999 | \n8 | 01/01/1900 | S | C2 ||||"
    )
    assert rows(landed, *PERIOD) == [("7", "01/05/2019", "", False)]
    assert left_out(landed) == {("DECOM", 3, "141")}


def test_short_breaks_are_judged_after_chaining(tmp_path):
    landed = care(
        tmp_path,
        episodes_2019="""1 | 01/05/2019 | S | V4 | N1 | U4 | 03/05/2019 | X1
1 | 03/05/2019 | L | C2 | N1 | U4 | 10/06/2019 | X1
1 | 10/06/2019 | L | V3 | N1 | U4 | 12/06/2019 | X1
1 | 12/06/2019 | L | C2 | N1 | U4 | 20/06/2019 | X1
1 | 20/06/2019 | L | V4 | N1 | U4 | |
2 | 01/05/2019 | S | V4 | N1 | U4 | |""",
    )
    assert rows(landed, *PERIOD) == [("1", "03/05/2019", "20/06/2019", False)]
    assert told(landed) == {("LS", 2, "respite_within")}
    assert "holds 2 days of short breaks" in words(landed)
    assert landed.report.ignored["periods of nothing but short breaks (V3, V4)"] == 1


@pytest.mark.parametrize(
    ("ended", "uasc"),
    [("", True), ("01/01/2035", True), ("01/05/2019", True), ("30/04/2019", False)],
    ids=["blank", "in the future", "on the first day", "before the period"],
)
def test_uasc_until_the_day_on_which_it_ceased(tmp_path, ended, uasc):
    landed = read(
        tmp_path,
        episodes_2019=HEAD + "7 | 01/05/2019 | S | C2 | N8 | U4 | |\n8 | 01/05/2019 | S | C2 | N8 | U4 | |",
        uasc_2019=f"CHILD | SEX | DOB | DUC\n7 | 1 | 01/01/2004 | {ended}",
    )["care_periods"]
    assert rows(landed, "person_id", "uasc") == [("7", uasc), ("8", False)]


def test_the_latest_year_says_whether_a_child_is_still_uasc(tmp_path):
    landed = read(
        tmp_path,
        episodes_2019=HEAD + "7 | 01/05/2019 | S | C2 | N8 | U4 | |",
        uasc_2018="CHILD | SEX | DOB | DUC\n7 | 1 | 01/01/2004 |",
        uasc_2019="CHILD | SEX | DOB | DUC\n7 | 1 | 01/01/2004 | 12/12/2018",
    )["care_periods"]
    assert rows(landed, "uasc") == [(False,)]


DEFECTS = {
    "142": ("7 | 01/05/2019 | S | C2 | N1 | U4 | |\n7 | 01/07/2019 | S | C2 | N1 | U4 | |", "DEC", 2),
    "143": ("7 | 01/05/2019 | ? | C2 | N1 | U4 | |", "RNE", 2),
    "144": ("7 | 01/05/2019 | S | | N1 | U4 | |", "LS", 2),
    "148": ("7 | 01/05/2019 | S | C2 | N1 | U4 | | E4A", "DEC", 2),
    "149": ("7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | E99", "REC", 2),
    "354": ("7 | 01/04/2020 | S | C2 | N1 | U4 | |", "DECOM", 2),
    "355": ("7 | 01/05/2019 | S | C2 | N1 | U4 | 01/05/2019 | E4A", "DEC", 2),
    "357": ("7 | 01/05/2019 | P | C2 | N1 | U4 | |", "RNE", 2),
    "388": ("7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | X1", "REC", 2),
    "431": (
        "7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | X1\n7 | 02/06/2019 | S | C2 | N1 | U4 | |", "RNE", 3,
    ),
    "432": (
        "7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | E4A\n7 | 02/06/2019 | P | C2 | N1 | U4 | |", "RNE", 3,
    ),
    "433": (
        "7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | X1\n7 | 05/06/2019 | P | C2 | N1 | U4 | |", "DECOM", 3,
    ),
    "437": (
        "7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | E2\n7 | 05/06/2019 | S | C2 | N1 | U4 | |", "REC", 2,
    ),
    "501": (
        "7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | E4A\n7 | 01/06/2019 | S | C2 | N1 | U4 | |", "DECOM", 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", DEFECTS)
def test_a_defect_is_found_at_its_row(tmp_path, rule):
    text, column, row = DEFECTS[rule]
    landed = care(tmp_path, episodes_2019=text)
    assert (column, row, rule) in told(landed)
    assert left_out(landed) == set()


def test_episodes_without_a_defect_have_no_findings(tmp_path):
    landed = care(tmp_path, episodes_2019="7 | 01/05/2019 | S | C2 | N1 | U4 | 02/06/2019 | E4A")
    assert told(landed) == left_out(landed) == set()


@pytest.mark.parametrize(
    ("text", "column", "rule"),
    [
        (" | 01/05/2019 | S | C2 | N1 | U4 | |", "CHILD", "blank"),
        ("7 | 31/02/2019 | S | C2 | N1 | U4 | |", "DECOM", "141"),
        ("7 | | S | C2 | N1 | U4 | |", "DECOM", "141"),
        ("7 | 01/05/2019 | S | C2 | N1 | U4 | soon | E4A", "DEC", "147"),
        ("7 | 01/05/2019 | S | C2 | N1 | U4 | 30/04/2019 | E4A", "DEC", "356"),
        ("9 | 01/05/2019 | S | C2 | N1 | U4 | 03/05/2019 | E4A", "DECOM", "501"),
    ],
)
def test_an_episode_that_cannot_be_used_is_left_out_by_row(tmp_path, text, column, rule):
    landed = care(tmp_path, episodes_2019=f"9 | 01/05/2019 | S | C2 | N1 | U4 | |\n{text}")
    assert left_out(landed) == {(column, 3, rule)}
    assert rows(landed, *PERIOD) == [("9", "01/05/2019", "", False)]


def test_episodes_that_later_years_do_not_have_are_told(tmp_path):
    landed = care(
        tmp_path,
        episodes_2019="1 | 01/05/2019 | S | C2 | N1 | U4 | |\n2 | 01/05/2019 | S | C2 | N1 | U4 | |",
        episodes_2020="2 | 03/05/2019 | S | C2 | N1 | U4 | |",
    )
    assert {("DEC", 2, "left_open"), ("DEC", 3, "502")} <= told(landed)


def test_other_parts_of_the_return_are_left_aside(tmp_path):
    text = HEAD + "7 | 01/05/2019 | S | C2 | N1 | U4 | |"
    landed = read(tmp_path, episodes_2019=text, reviews_2019="CHILD | DOB | REVIEW | REVIEW_CODE\n7 | | | PN1")
    assert landed["care_periods"].report.ignored["files of other parts of the return"] == 1


def test_children_by_their_latest_header(tmp_path):
    needs = Ssda903Settings(cwd_needs=("N2",))
    head = "CHILD | SEX | DOB | ETHNIC | UPN | MOTHER\n"
    landed = read(
        tmp_path,
        needs,
        episodes_2024=HEAD + "1 | 01/05/2024 | S | C2 | N2 | U4 | |\n2 | 01/05/2024 | S | C2 | N1 | U4 | |",
        header_2023=head + "1 | 1 | 02/03/2010 | WBRI | | 0\n3 | 2 | 02/03/2010 | WBRI | |",
        header_2024=head + "1 | M | 02/03/2010 | WIRI | A123 | 0\n2 | U | 02/03/2010 | | |\n2 | F | 02/03/2010 | | |",
    )["people"]
    assert rows(landed, "person_id", "sex", "date_of_birth", "ethnicity", "upn") == [
        ("1", "M", "02/03/2010", "WIRI", "A123"),
        ("2", "U", "02/03/2010", "", ""),
        ("3", "F", "02/03/2010", "WBRI", ""),
    ]
    assert left_out(landed) == {("CHILD", 4, "duplicate_child")}
    assert landed.spells["open_to_cwd"]["person_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("header",), "none of the SSDA903 files holds episodes"),
        (("episodes_2019", "episodes"), "episodes.csv (episodes) tells no year"),
        (("episodes_2019", "notes"), "notes.csv is no file of an SSDA903 return"),
        (("short_2019",), "short_2019.csv has no column DEC, REC"),
    ],
)
def test_files_that_are_not_enough_are_refused(tmp_path, names, expected):
    header = "CHILD | SEX | DOB | ETHNIC\n7 | 1 | 01/01/2010 | WBRI"
    text = HEAD + "7 | 01/05/2019 | S | C2 | N1 | U4 | |"
    texts = {"header": header, "notes": "a | b\n1 | 2", "short_2019": "CHILD | DECOM | RNE\n7 | 01/05/2019 | S"}
    with pytest.raises(SourceError) as refused:
        read(tmp_path, **{name: texts.get(name, text) for name in names})
    assert expected in str(refused.value)


def test_nothing_that_is_said_names_a_child(tmp_path):
    for rule, (text, _, _) in DEFECTS.items():
        landed = care(tmp_path, episodes_2019=text.replace("7 |", "CHILD-9981 |"))
        assert "9981" not in words(landed), rule


def test_an_xml_return_in_one_line_counts_its_episodes(tmp_path):
    path = tmp_path / "return_2019.xml"
    episode = (
        "<EPISODE><DECOM>{}</DECOM><RNE>{}</RNE><LS>C2</LS><CIN>N1</CIN><PL>U4</PL><DEC>{}</DEC><REC>{}</REC></EPISODE>"
    )
    path.write_text(
        "<EXPSSDA903><CHILD><HEADER><CHILDID>7</CHILDID><SEX>1</SEX><DOB>01/01/2010</DOB><UASC>1</UASC></HEADER>"
        + episode.format("01/05/2019", "S", "02/06/2019", "X1")
        + episode.format("02/06/2019", "S", "", "")
        + "</CHILD></EXPSSDA903>"
    )
    landed = read_ssda903([SourceFile(path, path.name)], Ssda903Settings())["care_periods"]
    assert rows(landed, *PERIOD) == [("7", "01/05/2019", "", True)]
    assert told(landed) == {("RNE", 2, "431")}


# data-to-insight/cs-demand-model and SocialFinanceDigitalLabs/liia-tools-pipeline (MIT licence)


@needs_samples
def test_five_years_of_synthetic_returns():
    read = read_ssda903(sample_files("903_multiyear/*.csv"), Ssda903Settings())
    landed = read["care_periods"]
    assert (len(read["people"].rows), len(landed.rows)) == (820, 801)
    assert landed.report.ignored["periods of nothing but short breaks (V3, V4)"] == 89
    assert landed.report.ignored["episodes as an earlier year's return had them"] == 910
    assert landed.rows["end_date"].isna().sum() == 75
    assert landed.rows["uasc"].sum() == 35
    start, end = (landed.rows[name].to_numpy() for name in ("start_date", "end_date"))
    held = [
        landed.rows["person_id"][(start <= day) & ~(end <= day)].nunique()
        for day in np.array(["2017-03-31", "2019-03-31", "2022-03-31"], dtype="datetime64[D]")
    ]
    assert held == [535, 295, 75]
    counts = landed.report.findings.groupby("rule").size().to_dict()
    assert counts == {
        "148": 86, "357": 496, "388": 25, "432": 15, "433": 30, "437": 4, "501": 40, "left_open": 24,
        "respite_within": 26,
    }  # fmt: skip
    assert landed.report.rejected.empty


@needs_samples
def test_each_defect_of_the_edge_file_stands_at_its_row():
    landed = read_ssda903(sample_files("903_edge/SSDA903_episodes*.csv"), Ssda903Settings())["care_periods"]
    found = told(landed)
    for expected in (
        ("DEC", 7, "142"),
        ("DEC", 11, "142"),
        ("DEC", 13, "left_open"),
        ("DECOM", 15, "501"),
        ("RNE", 18, "432"),
        ("DECOM", 20, "501"),
        ("DECOM", 21, "501"),
        ("REC", 23, "388"),
        ("DECOM", 24, "433"),
    ):
        assert expected in found
    assert rows(landed, *PERIOD[:3])[:3] == [
        ("NORULE_BAD", "19/06/2015", "12/12/2021"),
        ("NORULE_NEW", "01/02/2022", "10/07/2022"),
        ("NORULE_NEW", "23/10/2022", ""),
    ]
    dirty = read_ssda903(sample_files("903_edge/SSDA903_2020*.csv"), Ssda903Settings())
    assert {("LS", 3, "144"), ("RNE", 6, "143")} <= told(dirty["care_periods"])
    assert {row for _, row, _ in left_out(dirty["people"])} == {3, 4, 6}
