"""The code version of what is made: what changes it, and what does not. Edits a copy of the package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fs_pipeline
from fs_pipeline_tests.ledgers import CATALOGUE
from fs_pipeline_tests.literals import each

_ASK = """
import json
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.family_safeguarding import family_safeguarding
from fs_pipeline.ledger.status import code_of_extract
catalogue = family_safeguarding()
print(json.dumps({name: made.version_in(Quarter.parse('2017-Q4')) for name, made in catalogue.made.items()} | {
    name: code_of_extract(extract) for name, extract in catalogue.received.items()
}))
"""
DEPRESSION, COSTS, WORKFORCE = (
    "indicators/depression_and_anxiety",
    "indicators/expert_witness_costs",
    "indicators/workforce",
)
PEOPLE, REPORTS, WORKBOOK = "extracts/people", "extracts/expert_reports", "exports/operational_workbook"
MENTAL_HEALTH, MEASURES = "subjects/mental_health/indicators.py", "toolkit/measures.csv"


_ASK_OF_SOURCES = "import json; from fs_pipeline.ledger.look import CODE_OF_SOURCES; print(json.dumps(CODE_OF_SOURCES))"


def versions(package: Path, ask: str = _ASK) -> dict[str, str]:
    """The versions of everything that a package makes, as a process of its own tells them."""
    call = [sys.executable, "-c", ask]
    environment = {"PYTHONPATH": str(package.parent)}
    asked = subprocess.run(call, cwd=package.parent, env=environment, capture_output=True, text=True, check=True)
    return json.loads(asked.stdout)


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    return versions(Path(fs_pipeline.__file__).parent)


FUTURE, FINAL = "from __future__ import annotations\n", 'FINAL = "final"\n'
ACCEPTED = "expert_reports,accepted,bool,no,,,,,,,,"
PARAMETERS, PHQ9 = "toolkit/parameters.csv", "phq9_reliable_fall,,6,points,,indicator 15\n"
EDITS = {
    "a comment": (MENTAL_HEALTH, FUTURE, FUTURE + "\n# A comment.\n"),
    "a docstring": (MENTAL_HEALTH, '"""Indicators 15', '"""The indicators 15'),
    "a constant of its module": (MENTAL_HEALTH, FUTURE, FUTURE + "ANOTHER = 1\n"),
    "a constant of what it imports": ("arithmetic/scores.py", FUTURE, FUTURE + "ANOTHER = 1\n"),
    "a constant of the quarters": ("arithmetic/quarters.py", FUTURE, FUTURE + "ANOTHER = 1\n"),
    "a constant of the checks": ("extracts/checks/checking.py", FUTURE, FUTURE + "ANOTHER = 1\n"),
    "a constant of the command line": ("cli/looking.py", FUTURE, FUTURE + "ANOTHER = 1\n"),
    "the words of a measure": (MEASURES, "Expert reports of the quarter accepted", "Reports accepted"),
    "a decision of a measure": (MEASURES, "internal hourly cost.,Z29,", "internal hourly cost.,Z28;Z29,"),
    "a typo in a decision": ("toolkit/decisions.csv", "\nZ29,", "\nZ29,(sic) "),
    "the words of a column": ("toolkit/extract_columns.csv", ACCEPTED, ACCEPTED + "Is it "),
    "the rule of a column": ("toolkit/extract_columns.csv", ACCEPTED, "expert_reports,accepted,bool,yes,,,,,,,,"),
    "the value of a parameter": (PARAMETERS, PHQ9, PHQ9.replace(",,6,", ",,5,")),
    "a value from a later quarter on": (PARAMETERS, PHQ9, PHQ9 + PHQ9.replace(",,6,", ",2027-04-01,5,")),
    "the title of a field": ("toolkit/fields.csv", "Family Grouping Key,", "Grouping Key,"),
    "a name of the toolkit nobody uses": ("toolkit/figures.py", FINAL, FINAL + "ANOTHER = 1\n"),
    "a word that stands in the figures": ("toolkit/figures.py", FINAL, 'FINAL = "finished"\n'),
}


@pytest.mark.slow
@each("""
    edit                                | depression | costs | workforce | people | reports | workbook
    a comment                           | no         | no    | no        | no     | no      | no
    a docstring                         | no         | no    | no        | no     | no      | no
    a constant of its module            | yes        | yes   | no        | no     | no      | no
    a constant of what it imports       | yes        | yes   | no        | no     | no      | no
    a constant of the quarters          | yes        | yes   | yes       | yes    | yes     | yes
    a constant of the checks            | no         | no    | no        | yes    | yes     | no
    a constant of the command line      | no         | no    | no        | no     | no      | no
    the words of a measure              | no         | no    | no        | no     | no      | yes
    a decision of a measure             | no         | yes   | no        | no     | no      | yes
    a typo in a decision                | no         | no    | no        | no     | no      | yes
    the words of a column               | no         | no    | no        | no     | no      | no
    the rule of a column                | no         | yes   | no        | no     | yes     | no
    the value of a parameter            | yes        | no    | no        | no     | no      | yes
    a value from a later quarter on     | no         | no    | no        | no     | no      | yes
    the title of a field                | no         | no    | no        | no     | no      | yes
    a name of the toolkit nobody uses   | no         | no    | no        | no     | no      | no
    a word that stands in the figures   | yes        | yes   | yes       | no     | no      | no
""")
def test_what_changes_which_versions(edit, depression, costs, workforce, people, reports, workbook, before, tmp_path):
    package = shutil.copytree(Path(fs_pipeline.__file__).parent, tmp_path / "fs_pipeline")
    file, this, becomes = EDITS[edit]
    text = (package / file).read_text(encoding="utf-8")
    assert text.count(this) == 1
    (package / file).write_text(text.replace(this, becomes), encoding="utf-8")
    now = versions(package)
    assert [before[table] != now[table] for table in (DEPRESSION, COSTS, WORKFORCE, PEOPLE, REPORTS, WORKBOOK)] == [
        *(depression, costs, workforce, people, reports, workbook)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "this", "becomes"),
    [
        *((f"{sheet}.csv", "ssda903,", "ssda904,") for sheet in ("columns", "codes", "findings")),
        ("mappings/ndtms.toml", "TRIAGED = ", "TRIAGE = "),
        ("mappings/talking_therapies.toml", "CareContDate = ", "ContDate = "),
    ],
)
def test_what_formats_read_and_say_changes_the_version_of_the_sources(file, this, becomes, tmp_path):
    """By that version it is known that a delivery must be read from its source again: its table is stale then."""
    package = shutil.copytree(Path(fs_pipeline.__file__).parent, tmp_path / "fs_pipeline")
    before = versions(package, _ASK_OF_SOURCES)
    path = package / "extracts" / "formats" / file
    text = path.read_text(encoding="utf-8")
    assert this in text
    path.write_text(text.replace(this, becomes, 1), encoding="utf-8")
    assert versions(package, _ASK_OF_SOURCES) != before


def test_everything_made_has_one():
    assert all(len(made.code_version) == 16 for made in CATALOGUE.calculations)
