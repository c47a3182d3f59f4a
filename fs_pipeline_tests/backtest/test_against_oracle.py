"""Random worlds, delivered as files, through our readers and calculations: every cell equals the independent oracle's.

The oracle was written from the definitions alone. A difference is a fault in one of the two, or in the definitions.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, BEFORE_AFTER_RATES
from fs_pipeline_tests import oracle
from fs_pipeline_tests.comparing import differences
from fs_pipeline_tests.ledgers import CATALOGUE
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.plain_run import Made, run_quarter
from fs_pipeline_tests.worlds import random_world, write_world

OUTPUTS = {
    table.name.removeprefix("outputs/"): table
    for table in (PERSON_LEVEL, FAMILY_LEVEL, INDICATOR_VALUES, BEFORE_AFTER, BEFORE_AFTER_RATES)
}

SEEDS = range(1, 7)


def programme_toml(settings: dict) -> str:
    """The world's programme as a file; days and amounts are written alike in TOML and in Python's str()."""

    def value(of: object) -> str:
        if isinstance(of, list):
            return f"[{', '.join(value(each) for each in of)}]"
        if isinstance(of, bool):
            return str(of).lower()
        return f'"{of}"' if isinstance(of, str) else str(of)

    lines = []
    for table, keys in settings.items():
        lines += [f"[{table}]", *(f"{key} = {value(of)}" for key, of in keys.items())]
    return "\n".join(lines) + "\n"


def delivered(world: dict, settings: dict, home: Path) -> State:
    """The state folder with the world's extracts."""
    write_world(world, home / "extracts")
    (home / "programme.toml").write_text(programme_toml(settings), encoding="utf-8")
    return State(home)


def received(state: State, quarter: Quarter) -> dict:
    """The quarter's checked rows by extract, None where not supplied; no file refused, no row left out."""
    rows = {}
    for extract, checked in receive_all(state, CATALOGUE.extracts, quarter):
        assert not isinstance(checked, ExtractRefused), str(checked)
        assert checked.rejected.empty, f"{extract.extract} {quarter.key}: {checked.rejected_by_rule}"
        assert not checked.counts["duplicates"]
        rows[extract.extract] = checked.rows if checked.supplied else None
    return rows


def assert_like_the_oracle(tables: dict, world: dict, settings: dict, quarter: date) -> None:
    theirs = oracle.compute(world, settings, quarter)
    assert theirs.keys() == OUTPUTS.keys()
    for name, table in OUTPUTS.items():
        ours = tables[table.name]
        assert len(ours) == len(theirs[name])
        assert all(set(row) == set(ours.columns) for row in theirs[name])
        assert differences(ours, theirs[name], table.key) == []


def compare_in_memory(seed: int, home: Path) -> None:
    world, settings = random_world(seed)
    state = delivered(world, settings, home)
    quarters = [Quarter(day) for day in sorted(world)]
    extracts = {quarter: received(state, quarter) for quarter in quarters}
    programme = state.programme()
    made: Made = {}
    for quarter in quarters:
        if quarter.first_day >= programme.start:
            made[quarter] = run_quarter(extracts, programme, quarter, earlier=made)
            assert_like_the_oracle(made[quarter], world, settings, quarter.first_day)
    assert len(made) == 7


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_of_every_quarter_equals_the_oracles(seed, tmp_path):
    compare_in_memory(seed, tmp_path)


@pytest.mark.slow
def test_every_cell_of_every_quarter_of_many_more_worlds(another_seed, tmp_path):
    compare_in_memory(another_seed, tmp_path)


def test_through_dagster_and_the_lake(tmp_path):
    quarters = tuple(quarter.first_day for quarter in Quarter.parse("2016-Q4").until(Quarter.parse("2018-Q1")))
    world, settings = random_world(77, quarters=quarters)
    state = delivered(world, settings, tmp_path)

    ended = fs_pipeline(tmp_path, "run", "2016-Q4", "--to", "2018-Q1")

    assert (ended.code, ended.out) == (0, "")
    for quarter in (Quarter.parse("2017-Q4"), Quarter.parse("2018-Q1")):
        tables = {table.name: state.lake.read(table, quarter) for table in OUTPUTS.values()}
        assert len(tables["outputs/person_level"])
        assert_like_the_oracle(tables, world, settings, quarter.first_day)


def test_children_without_a_family_occur_and_are_compared(tmp_path):
    """The worlds hold the blank family key, which a comparison by key could pass over."""
    blank = sum(
        row["family_key"] is None
        for seed in SEEDS
        for row in oracle.compute(*random_world(seed), date(2019, 1, 1))["person_level"]
    )
    assert blank
