"""A person, or a programme, is taken out of every store: every byte of the state folder is searched afterwards."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.status import Status
from fs_pipeline.purge.erasing import Sought
from fs_pipeline.purge.searching import texts
from fs_pipeline.purge.warehouse_erasing import erase_everything
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.extracts.deliver import parquet_bytes, xlsx_bytes
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.command import Ended, fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, made_once


def _rows(home: Path, extract: str, quarter: Quarter = FIRST) -> pd.DataFrame:
    return pd.read_csv(home / "extracts" / quarter.key / f"{extract}.csv", dtype=str, keep_default_na=False)


def _as(home: Path, extract: str, form: str) -> None:
    """Delivers an extract of the first quarter in another format instead."""
    path = home / "extracts" / FIRST.key / f"{extract}.csv"
    frame = _rows(home, extract)
    lines = [frame.columns.tolist(), *frame.to_numpy().tolist()]
    path.with_suffix(f".{form}").write_bytes({"xlsx": xlsx_bytes, "parquet": parquet_bytes}[form](lines))
    path.unlink()


def make_lived_in(ordinary: Path, home: Path) -> None:
    """The ordinary folder, delivered again: in all formats, with rows that are rejected, with a column of notes."""
    shutil.copytree(ordinary, home, dirs_exist_ok=True)
    for extract, form in (("referrals", "xlsx"), ("family_members", "parquet"), ("attendance", "xlsx")):
        _as(home, extract, form)
    person = _known(home)
    plans = home / "extracts" / FIRST.key / "cp_plans.csv"
    plans.write_text(plans.read_text(encoding="utf-8") + f'CP-X,{person},2017-02-30,,"NEG"\nCP-Y,{person},2017-02-03\n')
    people = home / "extracts" / FIRST.key / "people.csv"
    header, first, *rest = people.read_text(encoding="utf-8").splitlines()
    noted = [f"{header},notes", f"{first},twin of {person}; see file", *(f"{line}," for line in rest)]
    people.write_text("\n".join(noted) + "\n", encoding="utf-8")
    fs_pipeline(home, "run", FIRST.key)


def _known(home: Path) -> str:
    """A child of the roster with a UPN, a child protection plan if there is one, and brothers or sisters."""
    roster = pd.read_parquet(home / "lake" / "outputs" / "person_level" / f"{FIRST.key}.parquet")
    people = _rows(home, "people")
    pupils = set(people.loc[people["upn"] != "", "person_id"])
    families = roster.groupby("family_key")["person_id"].transform("size") > 1
    return sorted(set(roster.loc[families, "person_id"]) & pupils)[0]


@pytest.fixture(scope="session")
def lived_in(ordinary, tmp_path_factory, worker_id) -> Path:
    return made_once(tmp_path_factory, worker_id, "lived_in", lambda home: make_lived_in(ordinary, home))


@pytest.fixture
def home(lived_in, tmp_path) -> Path:
    return shutil.copytree(lived_in, tmp_path / "home")


@pytest.fixture(scope="session")
def person(lived_in) -> str:
    return _known(lived_in)


@pytest.fixture(scope="session")
def purged(lived_in, person, tmp_path_factory, worker_id) -> Path:
    """Purged of the person; what was printed stands in `printed`."""

    def make(home: Path) -> None:
        shutil.copytree(lived_in, home, dirs_exist_ok=True)
        ended = purge(home, f"{person}\n")
        (home / "printed" / "out").write_text(f"{ended.code}\n{ended.out}{ended.err}", encoding="utf-8")

    return made_once(tmp_path_factory, worker_id, "purged", make)


def purge(home: Path, typed: str, *arguments: str) -> Ended:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(typed))
        return fs_pipeline(home, "purge", "--person-file", "-", "--yes", *arguments)


def holding(home: Path, *identifiers: str) -> set[str]:
    """The files in which an identifier stands, whatever they are packed in."""
    found = set()
    for path in home.rglob("*"):
        if path.is_file() and any(
            one.encode() in text for text in texts(path.name, path.read_bytes()) for one in identifiers
        ):
            found.add(str(path.relative_to(home)))
    return found


def _upn(home: Path, person: str) -> str:
    return str(_rows(home, "people").set_index("person_id")["upn"][person])


def test_a_person_leaves_no_byte_behind(lived_in, purged, person):
    upn = _upn(lived_in, person)
    before = holding(lived_in, person, upn)
    assert {name.split("/")[0] for name in before} == {
        "extracts", "lake", "exports", "kept", "rejected", "warehouse.sqlite",
    }  # fmt: skip
    assert {Path(name).suffix for name in before} == {".csv", ".xlsx", ".parquet", ".zst", ".sqlite"}
    assert holding(purged, person, upn) == set()
    printed = (purged / "printed" / "out").read_text(encoding="utf-8")
    assert printed.startswith("0\n")
    assert "Now stale:" in printed
    assert "people,warehouse," in (purged / "purges.csv").read_text(encoding="utf-8")


def test_everyone_else_stays(purged, lived_in, person):
    upn = _upn(lived_in, person)
    for name in EXTRACTS:
        table = f"extracts/{name}/{FIRST.key}.parquet"
        was, now = (pd.read_parquet(folder / "lake" / table) for folder in (lived_in, purged))
        theirs = pd.Series(False, index=was.index)
        for column, value in (("person_id", person), ("upn", upn)):
            theirs |= was[column] == value if column in was else False
        pd.testing.assert_frame_equal(now, was[~theirs].reset_index(drop=True))
    left, were = (_in_warehouse(folder) for folder in (purged, lived_in))
    assert left == were - {person}
    checked = fs_pipeline(purged, "check", FIRST.key)
    assert "refused" not in checked.out


def _in_warehouse(home: Path) -> set[str]:
    with sqlite3.connect(home / "warehouse.sqlite") as connection:
        return {row[0] for row in connection.execute("SELECT person_id FROM person_level")}


@pytest.mark.slow
def test_a_rerun_gives_the_figures_of_deliveries_that_never_had_them(purged, person, tmp_path):
    home = shutil.copytree(purged, tmp_path / "home")
    kept = {version for *_, version, _ in Kept(home / "kept").contents()}
    fs_pipeline(home, "rerun")
    assert list(Status(ledger_of(State(home))).stale()) == []
    assert holding(home, person) == set()
    assert {version for *_, version, _ in Kept(home / "kept").contents()} > kept

    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("programme.toml", "pseudonym.key"):
        shutil.copy(home / name, fresh / name)
    shutil.copytree(home / "extracts", fresh / "extracts")
    fs_pipeline(fresh, "run", BASELINE.key, "--to", FIRST.key)
    for path in sorted((fresh / "lake").rglob("*.parquet")):
        again = home / "lake" / path.relative_to(fresh / "lake")
        pd.testing.assert_frame_equal(pd.read_parquet(again), pd.read_parquet(path), obj=str(again))

    ended = fs_pipeline(home, "recompute", FIRST.key, str(tmp_path / "again"), "--edition", "1")
    assert ended.code == 2
    assert "was removed by fs-pipeline purge" in ended.err.replace("\n", " ")


def test_an_unknown_person_changes_nothing(home):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and "dagster" not in path.parts}
    ended = purge(home, "P-NOBODY")
    assert ended.code == 0
    assert "Nothing was found" in ended.err
    after = {path: path.read_bytes() for path in before}
    changed = {path.name for path in before if after[path] != before[path]}
    assert changed <= {"warehouse.sqlite"}


def test_what_cannot_be_read_row_by_row_is_removed_when_it_names_them(home, person):
    old = home / "extracts" / SECOND.key / "people_old.csv"
    old.write_bytes(f"person_id,sex\n{person},F\n".encode("utf-16"))
    notes = home / "extracts" / SECOND.key / "notes.txt"
    notes.write_text(f"ask about {person}", encoding="utf-8")
    other = home / "a note.txt"
    other.write_text(f"ask about {person}", encoding="utf-8")
    ended = purge(home, person)
    assert not old.exists()
    assert not notes.exists()
    assert ended.code == 1
    assert "still holds an identifier:" in ended.err
    assert "a note.txt" in ended.err.replace("\n", "")


def test_an_upn_that_is_somebody_elses_too_stays(home, person):
    people = home / "extracts" / FIRST.key / "people.csv"
    frame = _rows(home, "people")
    upn = _upn(home, person)
    other = frame.index[(frame["person_id"] != person) & (frame["upn"] == "")][0]
    frame.loc[other, "upn"] = upn
    people.write_text(frame.to_csv(index=False), encoding="utf-8")
    ended = purge(home, person)
    assert "1 UPNs of theirs are somebody else's too" in ended.err.replace("\n", " ")
    assert _rows(home, "people")["upn"].tolist().count(upn) == 1


def test_an_identifier_that_is_an_everyday_number_takes_no_other_cells():
    sought = Sought(frozenset({"7"}))
    assert sought.left_of(["person_id", "sessions"], ["7", "3"]) is None
    assert sought.left_of(["person_id", "sessions"], ["8", "7"]) == ["8", "7"]


def test_a_programme_leaves_nothing_but_its_settings(home, person):
    kept_of_dagster = {path.name for path in (home / "dagster").rglob("*")}
    ended = fs_pipeline(home, "purge", "--programme", "--yes")
    assert ended.code == 0, ended.err
    everyone = re.compile(rb"P0\d{5}\b|[A-Z]\d{11}[A-Z\d]\b")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(everyone.search(text) for path in files for text in texts(path.name, path.read_bytes()))
    stays = {"programme.toml", "dagster", "warehouse.sqlite", "purges.csv", "printed", "locks", "layout.json"}
    assert {path.name for path in home.iterdir()} == stays
    assert kept_of_dagster <= {path.name for path in (home / "dagster").rglob("*")}
    with sqlite3.connect(home / "warehouse.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM person_level").fetchone() == (0,)


def test_without_a_yes_nothing_is_removed(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO("n\n"))
        ended = fs_pipeline(home, "purge", "--programme")
    assert ended.code == 1
    assert (home / "extracts" / FIRST.key / "people.csv").exists()
    assert not (home / "purges.csv").exists()


def test_a_warehouse_that_is_not_there_is_not_made(tmp_path):
    assert erase_everything(f"sqlite:///{tmp_path / 'none.sqlite'}") == 0
    assert not (tmp_path / "none.sqlite").exists()
