"""State folders that several tests look at: each is made once, even by several pytest workers, and copied to change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, plant_faults, write_extracts
from fs_pipeline.orchestration.running import open_instance
from fs_pipeline.settings.programme import read_programme
from fs_pipeline.store.state import State
from fs_pipeline_tests.orchestration.command import Ended, fs_pipeline

BASELINE, FIRST, SECOND = (Quarter.parse(text) for text in ("2017-07-01", "2017-10-01", "2018-01-01"))
FAMILIES, SEED = 20, 3


def made_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, name: str, make: Callable[[Path], None]
) -> Path:
    """The folder of that name, made by whichever worker needs it first. It is looked at, never changed."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent
    folder = root / f"made-{name}"
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            unfinished = root / f"unfinished-{name}"
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


def deliver(home: Path, first: Quarter, last: Quarter) -> None:
    """Writes programme.toml, a key, and the clean invented extracts."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "pseudonym.key").write_text("0123456789abcdef" * 4, encoding="ascii")
    (home / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    programme = read_programme(home / "programme.toml")
    for quarter, extracts in invent(FAMILIES, SEED, first, last, programme):
        write_extracts(extracts, home / "extracts", quarter)


def run_and_keep(home: Path, *arguments: str) -> Ended:
    """Runs a command, and keeps its exit code and what it printed in the folder, for tests in other workers."""
    ended = fs_pipeline(home, *arguments)
    (home / "printed").mkdir(exist_ok=True)
    for name, text in (("code", str(ended.code)), ("out", ended.out), ("err", ended.err)):
        (home / "printed" / name).write_text(text, encoding="utf-8")
    return ended


def kept(home: Path) -> Ended:
    """What `run_and_keep` kept."""
    code, out, err = ((home / "printed" / name).read_text(encoding="utf-8") for name in ("code", "out", "err"))
    return Ended(int(code), out, err)


@contextmanager
def instance_of(home: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a state folder, while its project is the one that definitions() gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FS_PIPELINE_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        with open_instance(State.from_environment()) as instance:
            yield instance


def make_ordinary(home: Path) -> None:
    """Clean extracts of three quarters, of which a baseline quarter and the first of the programme were run."""
    deliver(home, BASELINE, SECOND)
    run_and_keep(home, "run", BASELINE.key, "--to", FIRST.key)


def make_faulty(ordinary: Path, home: Path) -> None:
    """The ordinary folder, with row faults planted in the programme's first quarter after its run; run again."""
    shutil.copytree(ordinary, home, dirs_exist_ok=True)
    planted = plant_faults(home / "extracts", FIRST, SEED)
    (home / "planted.json").write_text(json.dumps([asdict(fault) for fault in planted]), encoding="utf-8")
    run_and_keep(home, "run", FIRST.key)


def make_refused(ordinary: Path, home: Path) -> None:
    """The ordinary folder, delivered anew: no child protection plans, care periods without a column, no scores; run."""
    shutil.copytree(ordinary, home, dirs_exist_ok=True)
    delivered = home / "extracts" / FIRST.key
    (delivered / "cp_plans.csv").unlink()
    (delivered / "mental_health_scores.csv").unlink()
    lines = (delivered / "care_periods.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[2] == "start_date"
    without = [",".join(cell for place, cell in enumerate(line.split(",")) if place != 2) for line in lines]
    (delivered / "care_periods.csv").write_text("\n".join(without) + "\n", encoding="utf-8")
    run_and_keep(home, "run", FIRST.key)
