"""The code version of a calculation: what changes it, and what does not. Edits a copy of the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fs_pipeline
from fs_pipeline_tests.ledgers import CALCULATIONS
from fs_pipeline_tests.literals import each

MODULES = (
    "fs_pipeline.subjects.mental_health.indicators",
    "fs_pipeline.subjects.workforce.indicators",
    "fs_pipeline.extracts.checks.checking",
)
_ASK = f"""
from fs_pipeline.ledger.code_versions import code_version
print(*map(code_version, {MODULES}))
"""


@pytest.fixture
def copy(tmp_path) -> Path:
    return shutil.copytree(Path(fs_pipeline.__file__).parent, tmp_path / "fs_pipeline")


def versions(copy: Path) -> list[str]:
    """The versions of the three modules in a copy of the package."""
    call = [sys.executable, "-c", _ASK]
    asked = subprocess.run(
        call, cwd=copy.parent, env={"PYTHONPATH": str(copy.parent)}, capture_output=True, text=True, check=True
    )
    return asked.stdout.split()


@each("""
    what                            | file                                 | mental_health | workforce | checking
    a comment                       | subjects/mental_health/indicators.py | no            | no        | no
    an empty line                   | subjects/mental_health/indicators.py | no            | no        | no
    a docstring                     | subjects/mental_health/indicators.py | no            | no        | no
    a name                          | subjects/mental_health/indicators.py | yes           | no        | no
    a name                          | arithmetic/scores.py                 | yes           | no        | no
    a name                          | arithmetic/quarters.py               | yes           | yes       | yes
    a name                          | extracts/checks/checking.py          | no            | no        | yes
    a name                          | cli/looking.py                       | no            | no        | no
    a name                          | toolkit/figures.py                   | yes           | yes       | yes
    a row                           | toolkit/extract_columns.csv          | yes           | yes       | yes
""")
def test_what_changes_which_versions(what, file, mental_health, workforce, checking, copy):
    before, path = versions(copy), copy / file
    text = path.read_text(encoding="utf-8")
    path.write_text(
        {
            "a comment": text + "# a comment\n",
            "an empty line": text.replace("\n\n\n", "\n\n\n\n"),
            "a docstring": text.replace('"""Indicators 15', '"""The indicators 15', 1),
            "a name": text + "ANOTHER = 1\n",
            "a row": text + text.splitlines()[-1] + "\n",
        }[what],
        encoding="utf-8",
    )
    assert path.read_text(encoding="utf-8") != text
    changed = [one != other for one, other in zip(before, versions(copy), strict=True)]
    assert changed == [mental_health, workforce, checking]


def test_every_calculation_has_one():
    assert all(len(calculation.code_version) == 12 for calculation in CALCULATIONS)
