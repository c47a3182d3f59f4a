"""No identifier of a person, family or row may reach Dagster's folder (its event log is SQLite) or the terminal."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from fs_pipeline.invented import FILE_FAULTS, plant_file_fault
from fs_pipeline.purge.searching import texts
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.extracts.deliver import check
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, made_once, run_and_keep

PLANTED_VALUES = {"P-NOBODY", "F-NOBODY", "2018-02-30"}
"""What the invented faults put into cells: a message must not repeat it."""


def identifiers(home: Path) -> set[str]:
    """Every identifier of every delivered row: `..._id` columns and UPNs."""
    found = set(PLANTED_VALUES)
    for path in home.glob("extracts/*/*.csv"):
        columns = [name for name in EXTRACTS[path.stem].names if name.endswith("_id") or name == "upn"]
        if columns:
            frame = pd.read_csv(path, usecols=columns, dtype=str, keep_default_na=False)
            found.update(*(frame[column] for column in columns))
    return found - {""}


def occurring(known: set[str], texts: Iterable[bytes]) -> set[str]:
    """The identifiers that occur in the bytes, wherever, also in the middle of a word; searched by their shapes."""
    patterns = [re.compile(shape.encode()) for shape in {_shape(each) for each in known}]
    return {match.decode() for text in texts for pattern in patterns for match in pattern.findall(text)} & known


def _shape(identifier: str) -> str:
    """A pattern of identifiers like this one: its letters (any letter, in a UPN), and as many digits."""
    letter = "[A-Z]" if re.fullmatch(r"[A-Z]\d{11}[A-Z\d]", identifier) else identifier[0]
    rest = "".join(r"\d" if mark.isdigit() else re.escape(mark) for mark in identifier[1:])
    return ("[0-9]" if letter.isdigit() else letter) + rest


OF_PEOPLE = {"extracts", "lake", "kept", "rejected", "exports", "warehouse.sqlite", "planted.json"}
"""Stores that are there to hold people, and the tests' own list of faults. All else in a state folder is machinery."""


def files(folder: Path) -> list[bytes]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [text for path in paths for text in texts(path.name, path.read_bytes())]


def machinery(home: Path) -> list[bytes]:
    """Dagster's folder, logs, locks, half-written and temporary files, and the warehouse's tables of loads."""
    told = [text for path in home.iterdir() if path.name not in OF_PEOPLE for text in _of(path)]
    told += [str(path).encode() for path in home.rglob("*")]
    with sqlite3.connect(home / "warehouse.sqlite") as connection:
        for table in ("audit", "dictionary"):
            told += [repr(row).encode() for row in connection.execute(f"SELECT * FROM {table}")]
    return told


def _of(path: Path) -> list[bytes]:
    return files(path) if path.is_dir() else list(texts(path.name, path.read_bytes()))


def make_spoilt(ordinary: Path, home: Path) -> None:
    """The ordinary folder with most file faults at once, then with the next one; run after each."""
    shutil.copytree(ordinary, home, dirs_exist_ok=True)
    temporary = home / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setenv("TMPDIR", str(temporary))
        for kind in ("missing_extract", "missing_column", "not_utf8", "key_conflict"):
            plant_file_fault(home / "extracts", FIRST, kind)
        run_and_keep(home, "run", FIRST.key)


@pytest.fixture(scope="session")
def spoilt(ordinary, tmp_path_factory, worker_id) -> Path:
    return made_once(tmp_path_factory, worker_id, "spoilt", lambda home: make_spoilt(ordinary, home))


@pytest.fixture(params=["faulty", "refused", "spoilt"])
def home(request) -> Path:
    return request.getfixturevalue(request.param)


def test_the_scan_finds_what_is_there(faulty):
    """The lake and rejected/ do hold people: without this the other tests could pass by looking at nothing."""
    known = identifiers(faulty)
    assert len(known) > 400
    assert len(occurring(known, files(faulty / "extracts"))) == len(known)
    assert occurring(known, files(faulty / "rejected"))
    assert "P-NOBODY" in occurring(known, [b'..."reason\\nP-NOBODY"'])


def test_nothing_personal_in_dagsters_folder(home):
    contents = files(home / "dagster")
    assert any(text.startswith(b"SQLite format 3") and b"police_incidents" in text for text in contents)
    assert occurring(identifiers(home), contents) == set()


def test_nothing_personal_in_whatever_else_the_state_folder_holds(home):
    assert occurring(identifiers(home), machinery(home)) == set()


@pytest.mark.parametrize("kind", FILE_FAULTS)
def test_no_refusal_of_a_file_says_who_is_in_it(ordinary, tmp_path, kind):
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(ordinary / "extracts", home / "extracts")
    shutil.copy(ordinary / "programme.toml", home)
    plant_file_fault(home / "extracts", FIRST, kind)
    ended = fs_pipeline(home, "check", FIRST.key)
    assert ended.code == 3
    assert occurring(identifiers(ordinary), [ended.out.encode(), ended.err.encode()]) == set()


def test_a_row_that_ran_into_the_header_is_not_told_as_headings(tmp_path):
    content = b"marac_id,person_id,referral_date,M1,P1234567,2017-10-01\nM2,P2,2017-10-01,,,\n"
    checked = check(tmp_path, "marac_referrals", content)
    assert checked.unexpected_columns == ("column D", "column E", "column F")


def test_nothing_personal_is_printed(home):
    printed = files(home / "printed")
    for command in (["check", BASELINE.key, "--to", FIRST.key], ["status"]):
        ended = fs_pipeline(home, *command)
        printed += [ended.out.encode(), ended.err.encode()]
        assert ended.out
    assert occurring(identifiers(home), printed) == set()
