"""No identifier of a person, family or row may reach Dagster's folder (its event log is SQLite) or the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST

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


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.fixture(params=["faulty", "refused"])
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


def test_nothing_personal_is_printed(home):
    printed = files(home / "printed")
    for command in (["check", BASELINE.key, "--to", FIRST.key], ["status"]):
        ended = fs_pipeline(home, *command)
        printed += [ended.out.encode(), ended.err.encode()]
        assert ended.out
    assert occurring(identifiers(home), printed) == set()
