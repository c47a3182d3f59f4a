"""Every invented extract keeps to the contract: by the toolkit's own words, and in the eyes of the reader."""

from __future__ import annotations

import numpy as np
import pytest

from fs_pipeline.arithmetic.upn import valid_upns
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import check_extract
from fs_pipeline.invented import invent, write_extracts
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.invented.authorities import FIRST, LAST, PROGRAMME, START, authority

BASELINE = {"police_incidents", "marac_referrals", "attendance", "absence_reasons"}
REFERRED = {"people": "person_id", "family_members": "family_id", "referrals": "referral_id"}


@pytest.mark.parametrize("extract", EXTRACTS.values(), ids=EXTRACTS)
def test_an_extract_keeps_to_the_contract_in_every_quarter(extract):
    for quarter, extracts in authority().items():
        if extract.extract not in extracts:
            continue
        frame = extracts[extract.extract]
        assert list(frame.columns) == extract.names
        assert not frame.duplicated(list(extract.key)).any()
        for column in map(extract.contract, extract.names):
            values = frame[column.name]
            assert values.dtype == column.kind.pandas
            given = values.dropna()
            assert column.nullable or len(given) == len(values), column.name
            assert not column.codes or given.isin(column.codes).all(), column.name
            assert column.minimum is None or (given >= column.minimum).all(), column.name
            assert column.maximum is None or (given <= column.maximum).all(), column.name
            if column.refers_to in extracts:
                assert given.isin(extracts[column.refers_to][REFERRED[column.refers_to]]).all(), column.name
            if column.kind is Kind.DATE:
                assert (given.to_numpy().astype("datetime64[D]") <= quarter.end).all(), column.name
                if not extract.snapshot:
                    assert quarter.holds(given.to_numpy().astype("datetime64[D]")).all(), column.name
            if column.ends:
                assert not (values < frame[column.ends]).any(), column.name
            if column.came_with:
                assert not given.index.intersection(frame.index[frame[column.came_with].isna()]).size, column.name


@pytest.mark.parametrize(("families", "quarter"), [(300, FIRST), (300, START), (300, LAST), (3, LAST.shifted(-2))])
def test_the_reader_has_nothing_to_say(tmp_path, families, quarter):
    [(_, extracts)] = invent(families, 1, quarter, quarter, PROGRAMME)
    write_extracts(extracts, tmp_path / "extracts", quarter)
    references = {}
    for name, extract in EXTRACTS.items():
        delivery = find_delivery(tmp_path / "extracts", quarter, extract)
        required = extract.required and quarter >= START
        checked = check_extract(extract, quarter, delivery, required=required, references=references)
        references[name] = checked.rows if quarter >= START else None
        assert checked.supplied == (name in extracts)
        assert not checked.rejected_by_rule and not checked.findings_by_rule, (name, quarter.key)
        assert not checked.unexpected_columns
        assert checked.counts["delivered"] == checked.counts["used"] == (len(extracts[name]) if delivery else 0)
        assert checked.counts["ends_blanked"] == 0
        if delivery:
            assert checked.rows.equals(extracts[name]), (name, quarter.key)


def test_before_the_programme_only_police_and_schools_deliver():
    for quarter, extracts in authority().items():
        if quarter < START:
            assert set(extracts) == BASELINE


def test_two_extracts_fail_to_come():
    missing = {
        (quarter.key, name)
        for quarter, extracts in authority().items()
        if quarter >= START
        for name in EXTRACTS
        if name not in extracts
    }
    assert missing == {("2017-10-01", "health_activity"), ("2018-10-01", "da_programmes")}


def test_upns_are_valid_and_each_of_one_person():
    upns = authority()[LAST]["people"]["upn"].dropna()
    assert len(upns) > 800
    assert valid_upns(upns).all()
    assert upns.is_unique


def test_whoever_police_and_schools_name_before_the_programme_is_known_at_its_start():
    people = authority()[START]["people"]
    for quarter, extracts in authority().items():
        if quarter < START:
            assert extracts["police_incidents"]["person_id"].isin(people["person_id"]).all()
            assert extracts["attendance"]["upn"].isin(people["upn"].dropna()).all()


def test_absence_reasons_add_up_to_the_absences():
    key = ["upn", "school_urn", "date_from"]
    for extracts in authority().values():
        reasons, attendance = extracts["absence_reasons"], extracts["attendance"]
        unauthorised = reasons["code"].isin(["G", "N", "O", "U"])
        for part, column in ((unauthorised, "sessions_unauthorised"), (~unauthorised, "sessions_authorised")):
            by_row = reasons[part].groupby(key)["sessions"].sum()
            absent = attendance[attendance[column] > 0].set_index(key)[column].sort_index()
            assert (by_row == absent).all()
        assert (
            attendance["sessions_authorised"] + attendance["sessions_unauthorised"] <= attendance["sessions_possible"]
        ).all()


def test_a_child_belongs_to_one_family_and_has_one_plan_and_one_period_at_a_time():
    extracts = authority()[LAST]
    members = extracts["family_members"]
    assert members.loc[members["role"] == "child", "person_id"].is_unique
    assert members.loc[members["role"] == "adult", "person_id"].duplicated().any()
    for name in ("cp_plans", "care_periods"):
        spells = extracts[name].sort_values(["person_id", "start_date"])
        before = spells.groupby("person_id")["end_date"].shift()
        again = spells["person_id"].duplicated()
        assert again.any()
        assert (spells["start_date"] > before)[again].all()


@pytest.mark.parametrize("families", [1, 2, 7])
def test_few_families_are_enough(families):
    for _, extracts in invent(families, 5, FIRST, LAST.shifted(4), PROGRAMME):
        assert np.isin(list(extracts), list(EXTRACTS)).all()
