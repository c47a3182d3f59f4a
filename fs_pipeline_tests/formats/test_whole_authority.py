"""An invented authority written as statutory returns: the readers give the extracts that it was written from."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.checks.checking import check_extract
from fs_pipeline.extracts.formats.cin_census import CinCensusSettings, read_cin_census
from fs_pipeline.extracts.formats.school_census import SchoolCensusSettings, read_school_census
from fs_pipeline.extracts.formats.ssda903 import Ssda903Settings, read_ssda903
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.invented import invent
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.formats.writers import (
    in_terms,
    source_files,
    write_cin_census,
    write_school_census,
    write_ssda903,
)
from fs_pipeline_tests.invented.authorities import FIRST, PROGRAMME, START
from fs_pipeline_tests.plain_run import run_quarter

LAST = Quarter.parse("2019-Q1")  # ends on 31 March, as returns do
CENSUSES, RETURNS = range(2005, 2020), range(2004, 2019)


@cache
def authority():
    return dict(invent(60, 5, FIRST, LAST, PROGRAMME))


def content(frame: pd.DataFrame, columns: list[str]) -> list[tuple[object, ...]]:
    texts = frame[columns].astype(object).where(frame[columns].notna(), "").astype(str)
    return sorted(texts.itertuples(index=False, name=None))


def all_quarters(name: str) -> pd.DataFrame:
    return pd.concat([extracts[name] for extracts in authority().values()], ignore_index=True)


@pytest.mark.parametrize("namespace", ["", "http://www.example.org/cin"])
def test_cin_censuses_give_the_plans_referrals_and_children(tmp_path, namespace):
    whole = authority()[LAST]
    write_cin_census(tmp_path, whole, CENSUSES, namespace)
    read = read_cin_census(source_files(tmp_path), CinCensusSettings())
    for name in ("cp_plans", "referrals"):
        columns = [column for column in EXTRACTS[name].names if column != EXTRACTS[name].key[0]]
        assert len(whole[name]) > 20
        assert content(read[name].rows, columns) == content(whole[name], columns)
        assert read[name].rows[EXTRACTS[name].key[0]].is_unique
    columns = ["person_id", "sex", "date_of_birth", "ethnicity", "upn"]
    children = whole["people"][whole["people"]["person_id"].isin(read["people"].rows["person_id"])]
    assert content(read["people"].rows, columns) == content(children, columns)
    assert set(read["cp_plans"].report.findings["rule"]) <= {"1105", "8840"}
    assert read["cp_plans"].report.rejected.empty


@pytest.mark.parametrize("xml", [False, True], ids=["csv", "xml"])
def test_ssda903_returns_give_the_periods_of_care(tmp_path, xml):
    whole = authority()[LAST]
    write_ssda903(tmp_path, whole, RETURNS, xml=xml)
    read = read_ssda903(source_files(tmp_path), Ssda903Settings())
    columns = ["person_id", "start_date", "end_date", "uasc"]
    assert len(whole["care_periods"]) > 20 and whole["care_periods"]["uasc"].any()
    assert content(read["care_periods"].rows, columns) == content(whole["care_periods"], columns)
    columns = ["person_id", "sex", "date_of_birth", "ethnicity", "upn"]
    children = whole["people"][whole["people"]["person_id"].isin(read["people"].rows["person_id"])]
    assert content(read["people"].rows, columns) == content(children, columns)
    assert set(read["care_periods"].report.findings["rule"]) <= {"355"}  # a period that ends on its first day
    assert read["care_periods"].report.rejected.empty


@pytest.mark.parametrize("totals", [True, False], ids=["totals", "codes"])
def test_school_censuses_give_each_term_s_attendance(tmp_path, totals):
    attendance, reasons = all_quarters("attendance"), all_quarters("absence_reasons")
    if not totals:  # the same eight years later, when censuses have codes alone
        attendance, reasons = (
            frame.assign(date_from=frame["date_from"] + pd.DateOffset(years=8)) for frame in (attendance, reasons)
        )
    write_school_census(tmp_path, attendance, reasons, totals=totals)
    read = read_school_census(source_files(tmp_path), SchoolCensusSettings())
    sums, by_code = in_terms(attendance, reasons)
    for name, expected in (("attendance", sums), ("absence_reasons", by_code)):
        days = {column: pd.to_datetime(expected[column]) for column in expected if column.startswith("date")}
        columns = EXTRACTS[name].names
        assert content(read[name].rows, columns) == content(expected.assign(**days), columns)
        assert read[name].report.rejected.empty and read[name].report.findings.empty
    assert read["attendance"].rows["sessions_possible"].sum() == attendance["sessions_possible"].sum()


SOURCES = """
[formats.cin]
reader = "cin_census"
files = "cin"
[formats.looked_after]
reader = "ssda903"
files = "looked_after"
[formats.schools]
reader = "school_census"
files = ["schools/*.csv"]
[extracts.cp_plans]
format = "cin"
[extracts.care_periods]
format = "looked_after"
[extracts.attendance]
format = "schools"
since = 2016-10-01
"""


def test_figures_from_the_returns_are_those_from_the_extracts(tmp_path):
    """Every figure of a quarter, read through sources.toml; attendance by term on both sides."""
    quarter = Quarter.parse("2018-Q4")
    for folder in ("cin", "looked_after", "schools"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sources.toml").write_text(SOURCES)
    whole, attendance, reasons = authority()[LAST], all_quarters("attendance"), all_quarters("absence_reasons")
    write_cin_census(tmp_path / "cin", whole, CENSUSES)
    write_ssda903(tmp_path / "looked_after", whole, RETURNS)
    write_school_census(tmp_path / "schools", attendance, reasons, totals=True)
    sources = Sources(tmp_path / "sources.toml", {}.get)
    sums, _ = in_terms(attendance, reasons)
    canonical, returned = {}, {}
    for each in FIRST.until(quarter):
        canonical[each] = authority()[each] | {"attendance": _attendance(sums, each)}
        returned[each] = dict(canonical[each])
        for name in ("attendance", "cp_plans", "care_periods"):
            delivery = sources.delivery(EXTRACTS[name], each, PROGRAMME.start)
            assert (delivery is not None) == (name in canonical[each])
            if delivery:
                checked = check_extract(EXTRACTS[name], each, delivery, required=True, references={})
                assert checked.rejected.empty
                returned[each][name] = checked.rows
    made = [run_quarter(extracts, PROGRAMME, quarter) for extracts in (canonical, returned)]
    figures = made[0]["outputs/indicator_values"]
    assert (figures["value"] > 0).sum() > 50
    pd.testing.assert_frame_equal(made[1]["outputs/indicator_values"], figures)


@pytest.mark.parametrize("reader", ["cin_census", "ssda903"])
def test_who_is_open_to_the_cwd_team_is_told_as_at_each_quarter_end(tmp_path, reader):
    (tmp_path / "returns").mkdir()
    write = write_cin_census if reader == "cin_census" else write_ssda903
    write(tmp_path / "returns", authority()[LAST], CENSUSES)
    for needs in ('["N1", "N2"]', "[]"):
        told = f'[formats.of]\nreader = "{reader}"\nfiles = "returns"\ncwd_needs = {needs}\n'
        (tmp_path / "sources.toml").write_text(f'{told}[extracts.people]\nformat = "of"\n')
        sources = Sources(tmp_path / "sources.toml", {}.get)
        open_to_cwd = []
        for quarter in (START, LAST):
            delivery = sources.delivery(EXTRACTS["people"], quarter, PROGRAMME.start)
            people = check_extract(EXTRACTS["people"], quarter, delivery, required=True, references={}).rows
            open_to_cwd.append(set(people.loc[people["open_to_cwd"], "person_id"]))
        assert (open_to_cwd[0] != open_to_cwd[1] and all(open_to_cwd)) if "N1" in needs else not any(open_to_cwd)


def _attendance(rows: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    rows = rows.assign(date_from=pd.to_datetime(rows["date_from"]), date_to=pd.to_datetime(rows["date_to"]))
    inside = quarter.holds(rows["date_from"].to_numpy().astype("datetime64[D]"))
    return EXTRACTS["attendance"].frame(rows.loc[inside, EXTRACTS["attendance"].names])
