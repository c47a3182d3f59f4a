"""The bytes of an extract's file."""

from __future__ import annotations

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented import write_extracts
from fs_pipeline.toolkit.extracts import EXPERT_REPORTS, PEOPLE

QUARTER = Quarter.parse("2017-10-01")


def people(**changes: list[object]) -> pd.DataFrame:
    columns = {
        "person_id": ["P1", "P2"],
        "sex": ["F", "U"],
        "date_of_birth": [pd.Timestamp("2010-02-28"), None],
        "ethnicity": ["WBRI", None],
        "upn": [None, None],
        "open_to_cwd": [True, False],
    }
    return PEOPLE.frame({**columns, **changes})


def test_dates_are_iso_booleans_y_and_n_and_blanks_empty(tmp_path):
    write_extracts({"people": people()}, tmp_path, QUARTER)
    assert (tmp_path / "2017-10-01" / "people.csv").read_bytes() == (
        b"person_id,sex,date_of_birth,ethnicity,upn,open_to_cwd\nP1,F,2010-02-28,WBRI,,Y\nP2,U,,,,N\n"
    )


def test_an_empty_extract_has_its_header(tmp_path):
    write_extracts({"expert_reports": EXPERT_REPORTS.empty()}, tmp_path, QUARTER)
    written = (tmp_path / "2017-10-01" / "expert_reports.csv").read_bytes()
    assert written == b"report_id,family_id,report_date,accepted,internal_hours\n"


def test_a_text_with_a_comma_is_quoted(tmp_path):
    write_extracts({"people": people(ethnicity=["Gypsy, Roma", "Côte"])}, tmp_path, QUARTER)
    written = pd.read_csv(tmp_path / "2017-10-01" / "people.csv")
    assert written["ethnicity"].tolist() == ["Gypsy, Roma", "Côte"]
    assert written["person_id"].tolist() == ["P1", "P2"]


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    for _ in range(2):
        write_extracts({"people": people()}, tmp_path, QUARTER)
    assert [path.name for path in (tmp_path / "2017-10-01").iterdir()] == ["people.csv"]
