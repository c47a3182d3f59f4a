"""Hand-written DuckDB SQL and Polars, readings of the definitions apart from it, agree with the product in every cell.

Both stand in `fs_pipeline_tests/benchmarks`, whose command times them; here they only have to be right, over an
invented lake and over the random worlds with their edges, missing deliveries included.
"""

from __future__ import annotations

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake, Origin
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import PERSON_LEVEL
from fs_pipeline_tests.backtest.test_against_oracle import delivered, received
from fs_pipeline_tests.benchmarks.comparing_tables import COMPARED, unequal
from fs_pipeline_tests.benchmarks.duckdb_way import Quarterly
from fs_pipeline_tests.benchmarks.inventing import PROGRAMME, START, World, write
from fs_pipeline_tests.benchmarks.polars_way import PolarsQuarterly
from fs_pipeline_tests.benchmarks.product import Run
from fs_pipeline_tests.worlds import random_world


def differences(lake, programme, quarter) -> list[str]:
    ours = Run(lake, programme, quarter).result()
    assert len(ours["outputs/person_level"])
    ways = (Quarterly(lake, programme, quarter, threads=1), PolarsQuarterly(lake, programme, quarter))
    return [
        f"{type(way).__name__}: {name} {found}"
        for way in ways
        for theirs in (way.result(),)
        for name, table in COMPARED.items()
        for found in unequal(ours[name], theirs[name], table)
    ]


def test_over_an_invented_lake(tmp_path):
    world, lake = World(400, 8), Lake(tmp_path)
    for quarter in START.shifted(-4).until(world.last):
        write(world, lake, quarter)
    assert differences(lake, PROGRAMME, world.last) == []
    assert differences(lake, PROGRAMME, START.shifted(2)) == []


@pytest.mark.parametrize("seed", range(201, 203))
def test_over_a_random_world_with_missing_deliveries(seed, tmp_path):
    world, settings = random_world(seed)
    state = delivered(world, settings, tmp_path)
    lake, programme = Lake(tmp_path / "checked"), state.programme()
    quarters = [Quarter(day) for day in sorted(world)]
    missing = 0
    for quarter in quarters:
        for name, rows in received(state, quarter).items():
            if rows is not None and name in EXTRACTS:
                lake.write(EXTRACTS[name], quarter, rows, Origin("checked"))
            missing += rows is None and name in EXTRACTS
    assert missing
    for quarter in quarters[-4:]:
        assert differences(lake, programme, quarter) == []


def test_a_difference_is_seen(tmp_path):
    world, lake = World(100, 4), Lake(tmp_path)
    for quarter in START.shifted(-4).until(world.last):
        write(world, lake, quarter)
    people = Run(lake, PROGRAMME, world.last).result()["outputs/person_level"]
    theirs = Quarterly(lake, PROGRAMME, world.last).result()["outputs/person_level"]
    other = people.assign(age=people["age"] + (people.index == 0), cp_plan_key=pd.NA)
    assert [found.partition(":")[0] for found in unequal(other.astype(people.dtypes), theirs, PERSON_LEVEL)] == [
        "age",
        "cp_plan_key",
    ]
