"""Results to be exported, and empty warehouses, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Results
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, write_extracts
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.store.state import State
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline_tests.ledgers import CATALOGUE
from fs_pipeline_tests.plain_run import run_quarter

LAST = Quarter.parse("2018-Q4")


@pytest.fixture
def in_sqlite(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'warehouse.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    return request.getfixturevalue({"sqlite": "in_sqlite", "postgresql": "in_postgres"}[request.param])


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> Results:
    """The results of October to December 2018 of an invented authority, plainly calculated, as the exports get them."""
    home = tmp_path_factory.mktemp("results")
    (home / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    state, made, received = State(home), {}, {}
    programme = state.programme()
    for quarter, extracts in invent(60, 1, state.first_quarter(), LAST, programme):
        write_extracts(extracts, state.extracts, quarter)
    for quarter in state.first_quarter().until(LAST):
        checked = receive_all(state, CATALOGUE.extracts, quarter)
        received[quarter] = {of.extract: each.rows if each.supplied else None for of, each in checked}
        if quarter.first_day >= programme.start:
            made[quarter] = run_quarter(received, programme, quarter, earlier=made)
    tables = made[LAST]
    return Results(
        quarters=tuple(made),
        figures=pd.concat(
            [of[f"outputs/{name}"] for of in made.values() for name in ("cohort_size", "indicator_values")],
            ignore_index=True,
        ),
        people=tables["outputs/person_level"],
        families=tables["outputs/family_level"],
        before_after=tables["outputs/before_after"],
        rates=tables["outputs/before_after_rates"],
        comparisons=tables["outputs/comparisons"],
        provenance=Provenance(
            "Invented Borough",
            LAST,
            tuple(_source(extract) for extract in EXTRACTS.values()),
            {"start": "2017-10-01"},
            {"outputs/person_level": "4e5f6a7b"},
            "0123456789ab",
            "a-run",
        ),
        toolkit=TOOLKIT,
    )


def _source(extract: Extract) -> Source:
    """A delivery of 12 rows of which 2 were left out."""
    counts = {"delivered": 12, "used": 10, "rejected": 2}
    file, delivered = f"extracts/{LAST.key}/{extract.extract}.csv", "2019-01-07T08:00:00+00:00"
    return Source(extract, LAST, True, file, "0a1b2c3d", delivered, counts, {"unknown code": 2}, {"1510": 1})
