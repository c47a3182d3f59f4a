"""A person, or a programme, is taken out of every store: every byte of the state folder is searched afterwards."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.status import Status
from fs_pipeline.purge.erasing import Sought, erase_from_warehouse
from fs_pipeline.purge.searching import says, texts
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
    plans.write_text(plans.read_text(encoding="utf-8") + f"CP-X,{person},2017-02-30,,=NEG\nCP-Y,{person},2017-02-03\n")
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


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


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


def test_what_looks_like_a_formula_is_text_among_the_rejected_rows(lived_in, person):
    with (lived_in / "rejected" / FIRST.key / "cp_plans.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert next(row for row in rows if "CP-X" in row)[-4:] == [person, "2017-02-30", "", "'=NEG"]
    assert not any(cell.startswith("=") for row in rows for cell in row)


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
    scan = home / "extracts" / SECOND.key / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7\n\x78\x9c\x01\x02")
    ended = purge(home, person)
    assert not old.exists()
    assert not notes.exists()
    assert ended.code == 1
    assert f"cannot be looked into: {scan}\n" in ended.err
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
    assert erase_from_warehouse(f"sqlite:///{tmp_path / 'none.sqlite'}") == 0
    assert not (tmp_path / "none.sqlite").exists()


def _moved(path: Path, to: Path, link: str = "") -> None:
    """Moves a file or folder of deliveries, and leaves a symbolic link in its place."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, to)
    path.symlink_to(link or to)


def _linked_within(home: Path) -> None:
    """A quarter's folder, a file of another, and the exports lie elsewhere in the state folder; two links go round."""
    extracts = home / "extracts"
    _moved(extracts / SECOND.key / "people.csv", home / "big" / "the people of spring.csv")
    _moved(extracts / FIRST.key, home / "big" / "autumn", link="../big/autumn")
    _moved(home / "exports", home / "big" / "exports")
    _moved(home / "lake", home.parent / "disk" / "lake")  # may lie elsewhere, as FS_PIPELINE_LAKE says it
    (extracts / "round").symlink_to("..")
    (home / "big" / "itself").symlink_to("itself")


def test_links_inside_the_state_folder_are_followed(home, person):
    _linked_within(home)
    assert {"big/autumn/people.csv", "big/the people of spring.csv"} <= holding(home, person)
    assert holding(home.parent / "disk", person)
    ended = purge(home, person)
    assert (ended.code, holding(home, person), holding(home.parent / "disk", person)) == (0, set(), set()), ended.err
    assert (home / "extracts" / FIRST.key).is_symlink()
    assert (home / "extracts" / SECOND.key / "people.csv").is_symlink()
    assert "refused" not in fs_pipeline(home, "check", FIRST.key).out


def test_a_programme_goes_through_links_too(home):
    _linked_within(home)
    ended = fs_pipeline(home, "purge", "--programme", "--yes")
    assert ended.code == 0, ended.err
    big, disk = home / "big", home.parent / "disk"
    assert [path for path in (*big.rglob("*"), *disk.rglob("*")) if path.is_file()] == []


@pytest.mark.parametrize(
    ("linked", "arguments"),
    [
        (f"extracts/{FIRST.key}", ()),
        (f"extracts/{FIRST.key}/people.csv", ()),
        ("kept", ("--programme",)),
        ("notes", ()),
        ("extracts/gone", ("--programme",)),
    ],
)
def test_a_link_out_of_the_state_folder_is_refused(home, person, tmp_path, linked, arguments):
    """Were it followed, a purge would write where it has no business; were it not, the person would come back."""
    target = tmp_path / "a share" / "there"
    if linked.endswith("gone"):  # a share that is not mounted today
        (home / linked).symlink_to(target)
    elif (home / linked).exists():
        _moved(home / linked, target)
    else:
        target.parent.mkdir()
        target.write_text("the people of a share", encoding="utf-8")
        (home / linked).symlink_to(target)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    ended = purge(home, person) if not arguments else fs_pipeline(home, "purge", *arguments, "--yes")
    assert ended.code == 2
    words = " ".join(ended.err.split())
    assert f"{home / linked} is a symbolic link to {target}" in words
    assert "Nothing was removed." in words
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "content", "listed"),
    [
        ("scan.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\nstream\n\x78\x9c\x01\x02", True),
        ("old.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(range(200)), True),
        ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), True),
        ("old.csv.bz2", bz2.compress(b"person_id\nP1\n" * 50), True),
        ("damaged.xlsx", b"PK\x03\x04 and nothing else", True),
        ("old.zip", zipped({"scan.pdf": b"%PDF-1.7\n\x78\x9c\x01\x02"}), True),
        ("printed.xlsx", zipped({"[Content_Types].xml": b"<Types/>", "xl/printerSettings1.bin": b"\1\2"}), False),
        ("old.csv.gz", gzip.compress(b"person_id\nP1\n", mtime=0), False),
        ("windows.txt", "Zo\xeb \u2019s note\r\n\x1a".encode("cp1252"), False),
        ("utf-16.txt", "person_id\nP1\n".encode("utf-16"), False),
        ("nothing.csv", b"", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("identifier", ["P-NOBODY", "7"], ids=["an identifier", "an everyday number"])
def test_what_cannot_be_looked_into_is_listed(tmp_path, name, content, listed, identifier):
    path = tmp_path / name
    path.write_bytes(content)
    assert says(path, Sought(frozenset({identifier}))) is (None if listed else False)


AS_A_USER = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root may open everything, unless it gives that up."""


@pytest.mark.skipif(bool(AS_A_USER) and not shutil.which("setpriv"), reason="root opens everything")
def test_files_and_folders_that_are_closed_are_listed_and_the_rest_is_purged(home, person, tmp_path):
    shut = [home / "extracts" / SECOND.key, home / "extracts" / FIRST.key / "police_incidents.csv"]
    for path in shut:
        path.chmod(0)
    (tmp_path / "who").write_text(person, encoding="utf-8-sig")  # as Notepad writes it
    command = [*AS_A_USER, sys.executable, "-m", "fs_pipeline_tests.orchestration.command", str(home)]
    ended = subprocess.run([*command, f"purge --person-file {tmp_path / 'who'} --yes"], capture_output=True, text=True)
    for path in shut:
        path.chmod(0o700)
    assert ended.returncode == 1
    for path in shut:
        assert f"cannot be looked into: {path}\n" in ended.stderr
    left = holding(home, person)
    assert left
    assert all(any((home / name).is_relative_to(path) for path in shut) for name in left), left
