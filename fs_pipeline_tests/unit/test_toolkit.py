"""The toolkit as data: equal to the contract, and consistent in itself."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, FIELDS, PERSON_LEVEL, TABLES
from fs_pipeline.toolkit.parameters import DECISIONS, PARAMETERS
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.twelve_months import COUNTED, TWELVE_MONTHS_MEASURES
from fs_pipeline_tests.ledgers import CALCULATIONS

CONTRACT = Path(__file__).parents[3] / "shared" / "spec"
TOOLKIT = Path(__file__).parents[2] / "fs_pipeline" / "toolkit"


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="the contract does not lie beside this checkout")
@pytest.mark.parametrize("sheet", ["fields", "extracts", "extract_columns"])
def test_the_package_holds_the_contract_word_for_word(sheet: str) -> None:
    contract = list(csv.DictReader((CONTRACT / f"{sheet}.csv").open(encoding="utf-8")))
    ours = list(csv.DictReader((TOOLKIT / f"{sheet}.csv").open(encoding="utf-8")))
    if sheet == "fields":  # the contract spells out one number, which is a parameter here
        contract = [{**row, "definition": row["definition"].replace("Four or more", "4 or more")} for row in contract]
    assert [{name: PARAMETERS.fill(row[name]) for name in contract[0]} for row in ours] == contract


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="the contract does not lie beside this checkout")
def test_the_decisions_are_those_of_the_definitions() -> None:
    lines = (CONTRACT / "definitions.md").read_text(encoding="utf-8").splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| Z\d\d ", line)]
    ours = [[each.decision, each.touches, each.toolkit_says, each.decided] for each in DECISIONS.values()]
    assert ours == table


def test_there_are_98_fields_under_21_extracts_and_31_decisions() -> None:
    assert (len(FIELDS), len(EXTRACTS), len(DECISIONS)) == (98, 21, 31)
    assert len({field.code for field in FIELDS.values()}) == 98


def test_levels_hold_their_fields_in_the_toolkits_order() -> None:
    assert PERSON_LEVEL.names[:4] == ["quarter", "family_key", "referral_key", "person_id"]
    assert FAMILY_LEVEL.names[-1] == "people_da_high_risk"
    assert (len(PERSON_LEVEL.columns), len(FAMILY_LEVEL.columns)) == (78, 45)


def test_every_table_that_is_made_has_its_columns_and_its_key_among_them() -> None:
    assert {row["table"] for row in sheet("columns")} == TABLES.keys()
    assert all({*table.key} <= {*table.names} for table in TABLES.values())


def test_fields_stand_in_the_tables_of_their_subjects() -> None:
    made = {each.table.name for each in CALCULATIONS if each.group == "fields"}
    assert {f"fields/{row['subject']}" for row in sheet("fields") if row["subject"]} == made


def test_every_measure_of_the_twelve_months_is_made_of_what_is_counted_there() -> None:
    assert all(measure.part in COUNTED and measure.whole in COUNTED for _, measure in TWELVE_MONTHS_MEASURES)
    assert {each.supplied for each in COUNTED.values()} <= {"", *(each.column for each in COUNTED.values())}


def test_the_twenty_indicators_are_numbered_1_to_20() -> None:
    assert [indicator.declaration.number for indicator in INDICATORS] == list(range(1, 21))


def test_every_decision_that_is_named_exists() -> None:
    named = {decision for field in FIELDS.values() for decision in field.decisions}
    named |= {name for each in CALCULATIONS for name in re.findall(r"Z\d\d", each.description)}
    assert named <= DECISIONS.keys()


def test_every_calculation_comes_after_those_that_it_reads() -> None:
    made = {f"extracts/{name}" for name in EXTRACTS} | {COMPARATORS.name}
    for calculation in CALCULATIONS:
        assert {needed.table.name for needed in calculation.inputs} <= made, calculation.table.name
        made.add(calculation.table.name)


def test_spans_refer_to_columns_of_their_own_extract() -> None:
    for extract in EXTRACTS.values():
        for name in extract.names:
            column = extract.contract(name)
            assert column.ends in ("", *extract.names)
            assert column.came_with in ("", *extract.names)
            assert column.refers_to in ("", *EXTRACTS)
