"""Police incidents that carry names in place of our person_id, from sources.toml to the figures, by way of Dagster."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import dagster as dg
import openpyxl
import pandas as pd
import pytest

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.linking.identities import REVIEW_COLUMNS
from fs_pipeline.extracts.linking.link import NOT_LINKED, WAITING
from fs_pipeline.extracts.sources.explaining_sources import explain_sources
from fs_pipeline.ledger.receiving import ask_clerk
from fs_pipeline.ledger.status import Status
from fs_pipeline.purge.purging import purge_people, purge_programme
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline_tests.ledgers import CALCULATIONS, ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, instance_of, made_once, make_ordinary
from fs_pipeline_tests.orchestration.test_nothing_personal import files
from fs_pipeline_tests.people_with_names import BOYS, GIRLS
from fs_pipeline_tests.sources.given import Given

SOURCES = """
[linking]
identities = "names/identities.csv"

[extracts.police_incidents]
files = "names/police.csv"
columns.First = "forename"
columns.Last = "surname"
columns.Born = "date_of_birth"
columns.Home = "postcode"
"""
BOOK = Path("links") / "extracts_police_incidents_links.xlsx"
POLICE = "extracts/police_incidents"
STRANGER = "Quagmireson"


def named(home: Path) -> pd.DataFrame:
    """Our people with invented names: a surname and a postcode for each family, one forename each in a family."""
    folder = home / "extracts" / FIRST.key
    people = pd.read_csv(folder / "people.csv", dtype=str, keep_default_na=False)
    family = pd.read_csv(folder / "family_members.csv", dtype=str).drop_duplicates("person_id")
    of = people["person_id"].map(family.set_index("person_id")["family_id"]).fillna(people["person_id"])
    number = pd.Series(pd.factorize(of)[0], index=people.index)
    parts = (["Brack", "Thorn", "Wex", "Kest", "Lang", "Dun"], ["en", "er", "ow", "il"], ["thwaite", "scombe", "stoke"])
    surnames = ["".join(each) for each in itertools.product(*parts, ["ley", "by", "hurst"])]
    assert number.max() < len(surnames)
    place = number.groupby(number).cumcount()
    both = [girl_or_boy for pair in zip(GIRLS, BOYS, strict=False) for girl_or_boy in pair]
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "forename": [both[(7 * each + 11 * turn) % len(both)] for each, turn in zip(number, place, strict=True)],
            "surname": [surnames[each] for each in number],
            "date_of_birth": people["date_of_birth"],
            "postcode": [f"IN{each % 80 + 1} {each % 9 + 1}QX" for each in number],
        }
    )


def somebody(home: Path) -> str:
    """A person who occurs in the programme's first quarter alone."""
    folders = sorted(folder for folder in (home / "extracts").glob("*-*-*"))
    known = {each.name: set(pd.read_csv(each / "police_incidents.csv")["person_id"]) for each in folders}
    others = set().union(*(who for quarter, who in known.items() if quarter != FIRST.key))
    return min(known[FIRST.key] - others)


def make(ordinary: Path, home: Path) -> None:
    """The ordinary folder, whose police now knows people by names, one by an initial, and somebody of no concern."""
    shutil.copytree(ordinary, home, dirs_exist_ok=True)
    people = named(home)
    (home / "names").mkdir()
    people[people["date_of_birth"] != ""].to_csv(home / "names" / "identities.csv", index=False)
    incidents = pd.concat(
        [pd.read_csv(path, dtype=str) for path in sorted(home.glob("extracts/*/police_incidents.csv"))]
    ).merge(people, on="person_id")
    initial = incidents["person_id"] == somebody(home)
    incidents["forename"] = incidents["forename"].mask(initial, incidents["forename"].str[:1])
    incidents["date_of_birth"] = pd.to_datetime(incidents["date_of_birth"]).dt.strftime("%d/%m/%Y")
    nobody = incidents.tail(1).assign(
        incident_id="X1", forename="Hepzibah", surname=STRANGER, date_of_birth="17/07/1949", postcode="XY1 1XY"
    )
    theirs = {"forename": "First", "surname": "Last", "date_of_birth": "Born", "postcode": "Home"}
    pd.concat([incidents, nobody]).drop(columns="person_id").rename(columns=theirs).to_csv(
        home / "names" / "police.csv", index=False
    )
    for path in home.glob("extracts/*/police_incidents.csv"):
        path.unlink()
    (home / "sources.toml").write_text(SOURCES, encoding="utf-8")
    ended = fs_pipeline(home, "run", BASELINE.key, "--to", FIRST.key)
    (home / "printed" / "ended").write_text(ended.err, encoding="utf-8")
    assert ended.code == 0, ended.err


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory, worker_id) -> Path:
    return made_once(tmp_path_factory, worker_id, "ordinary", make_ordinary)


@pytest.fixture(scope="module")
def linked(ordinary, tmp_path_factory, worker_id) -> Path:
    return made_once(tmp_path_factory, worker_id, "linked", lambda home: make(ordinary, home))


@pytest.fixture
def home(linked, tmp_path) -> Path:
    return shutil.copytree(linked, tmp_path / "home")


def incidents(home: Path) -> pd.DataFrame:
    return State(home).lake.read(POLICE_INCIDENTS, FIRST)


def versions(home: Path) -> dict[str, str]:
    """What was made of every calculation."""
    lake = State(home).lake
    made = {each.table.name: lake.record(each.table.name, FIRST) for each in CALCULATIONS}
    return {name: record.data_version for name, record in made.items() if record}


def decide(home: Path, word: str) -> None:
    book = openpyxl.load_workbook(home / BOOK)
    (row,) = range(2, book["review"].max_row + 1)
    book["review"].cell(row, 1).value = word
    book.save(home / BOOK)


def asked_about(home: Path) -> str:
    """The person of ours about whom the clerk is asked."""
    (row,) = list(openpyxl.load_workbook(home / BOOK)["review"].iter_rows(values_only=True))[1:]
    return row[REVIEW_COLUMNS.index("person_id")]


def stale(home: Path) -> list[str]:
    return [str(place) for place, _ in Status(ledger_of(State(home))).stale()]


def checked(home: Path) -> dg.AssetCheckEvaluation:
    """The last result of the check on the links."""
    with instance_of(home) as instance:
        key = dg.AssetCheckKey(dg.AssetKey(POLICE.split("/")), "links_are_certain")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        return record.event.dagster_event.event_specific_data


def test_linked_rows_are_as_with_our_identifiers_and_the_others_are_counted(home, ordinary):
    before, waiting = incidents(ordinary), somebody(ordinary)
    assert (before["person_id"] == waiting).any()
    pd.testing.assert_frame_equal(incidents(home), before[before["person_id"] != waiting].reset_index(drop=True))
    quality = State(home).lake.record(POLICE, FIRST).counts
    assert (quality["linking: link_doubtful"], quality["linking: link_unlinked"]) == (1, 1)
    assert quality["linking: link_linked"] == quality["linking: link_people"] - 2
    check = checked(home)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "1 people wait for a decision in the review workbook"


def test_the_sheet_on_data_quality_has_the_figures(home):
    (workbook,) = (home / "exports" / FIRST.key).glob("*_operational.xlsx")
    workbook.unlink()
    assert fs_pipeline(home, "run", FIRST.key).code == 0
    quality = State(home).lake.record(POLICE, FIRST).counts
    sheet = openpyxl.load_workbook(workbook)["Data quality"]
    lines = [row for row in sheet.iter_rows(values_only=True) if row[0] == "police_incidents"]
    assert [quality["linking: link_people"], quality["linking: link_linked"]] == [*lines[-2][2:4]]


def test_check_says_how_people_were_linked_and_where_the_workbook_lies(home):
    state = State(home)
    (explained,) = explain_sources(state.sources, FIRST)
    people = state.lake.record(POLICE, FIRST).counts["linking: link_people"]
    assert explained.links == (
        f"{people} people: {people - 2} linked, 1 doubtful, 1 unlinked",
        "1 people wait for a decision in the review workbook",
        f"a run puts the doubtful into {BOOK}: say yes or no there",
    )
    assert f"{NOT_LINKED} (1)" in explained.ignored
    assert any(WAITING in words for words in explained.ignored)
    assert "linking by" in fs_pipeline(home, "check", FIRST.key).out


def test_a_clerks_yes_makes_the_extract_stale_and_a_rerun_takes_it(home, ordinary):
    assert stale(home) == []
    decide(home, "yes")
    assert stale(home) == [f"{POLICE}/{FIRST.key}"]
    assert fs_pipeline(home, "rerun").code == 0
    assert stale(home) == []
    pd.testing.assert_frame_equal(incidents(home), incidents(ordinary))
    assert versions(home) == versions(ordinary)
    assert len(versions(home)) > 20
    assert checked(home).passed


def test_a_clerks_no_changes_no_row(home):
    decide(home, "no")
    assert stale(home) == []


def test_a_changed_list_of_our_people_makes_stale_what_is_linked_by_it(home):
    path = home / "names" / "identities.csv"
    people = pd.read_csv(path, dtype=str)
    gone = people["person_id"] == incidents(home)["person_id"].iloc[0]
    people[~gone].to_csv(path, index=False)
    assert f"{POLICE}/{FIRST.key}" in stale(home)
    assert {place.rpartition("/")[0] for place in stale(home)} == {POLICE}


def test_names_stand_in_the_review_workbook_alone(home):
    known = set(named(home)["surname"]) | {STRANGER, "Hepzibah"}

    def told(folder: Path) -> bool:
        texts = b"\n".join(files(folder)).lower()
        return any(name.lower().encode() in texts for name in known)

    assert told(home / "links")
    assert told(home / "names")
    for folder in ("dagster", "lake", "rejected", "kept", "exports", "printed"):
        assert not told(home / folder), folder
    ended = [fs_pipeline(home, *command) for command in (["check", FIRST.key], ["status"])]
    printed = " ".join(each.out + each.err for each in ended).lower()
    assert not any(name.lower() in printed for name in known)


def test_a_purge_takes_people_out_of_the_workbook(home):
    state = State(home)
    purge_people(ledger_of(state), [asked_about(home)])
    assert openpyxl.load_workbook(home / BOOK).worksheets[0].max_row == 1
    purge_programme(state)
    assert not (home / BOOK).exists()


def test_a_workbook_that_a_clerk_saved_meanwhile_is_left_alone(home):
    state = State(home)
    state.sources.extract(POLICE_INCIDENTS, FIRST)
    review = state.sources.review(POLICE_INCIDENTS)
    assert review.is_due
    decide(home, "yes")
    assert not review.is_due
    before = (home / BOOK).read_bytes()
    ask_clerk(state, POLICE_INCIDENTS)
    assert (home / BOOK).read_bytes() == before


def test_a_format_that_names_people_is_linked_as_one_and_says_which_mapping_it_lacks(tmp_path):
    given = Given(tmp_path).says(
        """
        [linking]
        identities = "ours.csv"
        [formats.drugs]
        reader = "mapped_tables"
        files = "theirs.csv"
        [formats.drugs.extracts.marac_referrals.columns]
        Ref = "marac_id"
        When = "referral_date"
        First = "forename"
        Last = "surname"
        Born = "date_of_birth"
        [extracts.marac_referrals]
        format = "drugs"
        [extracts.top_forms]
        format = "drugs"
        """
    )
    given.holds("theirs.csv", "Ref,When,First,Last,Born\nm1,2017-10-03,Ella,Wexerstoke,14/02/2015")
    with pytest.raises(ExtractRefused, match=r"linking\.identities: there is no such file"):
        given.delivery("marac_referrals")
    given.holds("ours.csv", "person_id,forename,surname,date_of_birth,postcode\nP1,Ella,Wexerstoke,2015-02-14,IN1 1AA")
    assert given.rows("marac_referrals") == [("m1", "P1", "2017-10-03")]
    assert given.delivery("marac_referrals").report.links.linked == 1
    with pytest.raises(ExtractRefused, match=r"no mapping to top_forms: say in \[formats.drugs.extracts.top_forms\]"):
        given.delivery("top_forms")
