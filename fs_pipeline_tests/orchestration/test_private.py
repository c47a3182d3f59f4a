"""Nobody but its user can open what the program writes, and `status` says what others may open."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fs_pipeline.invented import PROGRAMME_TEMPLATE
from fs_pipeline.store.state import State
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE


def open_to_others(folder: Path) -> set[str]:
    """The files and folders in it that another user might open."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.stat().st_mode & 0o077}


@pytest.fixture
def generous() -> Iterator[None]:
    """What users have set: everyone may read what they write."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_commands_write_is_private(tmp_path, generous):
    home = tmp_path / "home"
    span = ("--from", BASELINE.key, "--to", BASELINE.key)
    for command in (("invent", "--families", "5", "--faults", *span), ("key",), ("run", BASELINE.key), ("status",)):
        assert fs_pipeline(home, *command).code == 0
    assert {path.name for path in home.iterdir()} >= {"extracts", "lake", "dagster", "kept", "locks", "rejected"}
    assert open_to_others(home.parent) == set()


@pytest.mark.parametrize("module", ["definitions", "region_definitions"])
def test_a_process_that_dagster_starts_writes_privately(module, ordinary, tmp_path):
    """A worker of another machine has another umask than the command line."""
    script = f"""
import os, pathlib
os.umask(0o022)
from fs_pipeline.{module} import definitions
definitions()
pathlib.Path("written").write_text("")
"""
    authorities = "".join(f'[authorities.{name}]\nlake = "{name}"\nstart = 2017-10-01\n' for name in "AB")
    (tmp_path / "region.toml").write_text(f'[region]\nname = "R"\n{authorities}')
    home = ordinary if module == "definitions" else tmp_path
    environment = {**os.environ, "FS_PIPELINE_HOME": str(home)}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    assert stat.filemode((tmp_path / "written").stat().st_mode) == "-rw-------"


@pytest.mark.parametrize(
    ("mode", "warned"),
    [
        (0o700, ""),
        (0o500, ""),
        (0o710, "drwx--x---"),
        (0o701, "drwx-----x"),
        (0o740, "drwxr-----"),
        (0o755, "drwxr-xr-x"),
    ],
)
def test_status_warns_of_a_folder_that_others_may_open(tmp_path, mode, warned):
    home = tmp_path / "with a space"
    home.mkdir()
    (home / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    home.chmod(mode)
    printed = fs_pipeline(home, "status").out
    command = f"chmod -R go-rwx '{home}'"
    warning = f"Other users of this machine may open {home} ({warned}). Close it: {command}\n"
    assert (warning in printed, "Other users" in printed) == (bool(warned), bool(warned))
    subprocess.run(command, shell=True, check=True)
    assert "Other users" not in fs_pipeline(home, "status").out
    assert open_to_others(home.parent) == set()


def test_places_outside_the_folder_are_looked_at_too(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir(0o700)
    places = [tmp_path / name for name in ("key", "lake", "dagster")]
    for path in places:
        path.mkdir(0o700)
    monkeypatch.setenv("FS_PIPELINE_KEY_FILE", str(places[0]))
    monkeypatch.setenv("DAGSTER_HOME", str(places[2]))
    state = State(home, str(places[1]))
    assert state.open_to_others() == []
    (home / "inside").mkdir(0o755)
    for path in places:
        path.chmod(0o750)
        assert state.open_to_others() == [path]
        path.chmod(0o700)
    assert State(tmp_path / "not there").open_to_others() == []
