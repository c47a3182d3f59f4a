"""Runs recorded in PostgreSQL by Dagster, with the warehouse on the same server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
import sqlalchemy as sa

from fs_pipeline.definitions import definitions
from fs_pipeline.orchestration.running import Runner
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import FIRST, instance_of


@pytest.fixture
def server(postgres, monkeypatch) -> Iterator[sa.Engine]:
    """A database of its own, that Dagster's storage and the warehouse are to use."""
    database = f"fs_{uuid4().hex}"
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {database}"))
    url = postgres.set(database=database)
    told = url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    monkeypatch.setenv("FS_PIPELINE_DAGSTER_POSTGRES", told)
    monkeypatch.setenv("FS_PIPELINE_WAREHOUSE", url.render_as_string(hide_password=False))
    own = sa.create_engine(url, poolclass=sa.NullPool)
    yield own
    with engine.connect() as connection:
        connection.execute(sa.text(f"drop database {database} with (force)"))


@pytest.fixture
def team(home) -> Path:
    """The ordinary folder as a team keeps it: without records of earlier runs."""
    shutil.rmtree(home / "dagster")
    return home


def test_runs_and_their_events_are_recorded_there_and_the_warehouse_is_beside_them(team, server):
    with instance_of(team) as instance:
        tables = ["outputs/indicator_values", "outputs/before_after", "exports/warehouse"]
        assert Runner(definitions(), instance, ledger_of(State(team))).run(FIRST, tables).failed == ()
        assert type(instance.event_log_storage).__name__ == "PostgresEventLogStorage"
        for table in tables:
            assert instance.get_materialized_partitions(dg.AssetKey(table.split("/"))) == {FIRST.key}
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.SUCCESS
    assert not list((team / "dagster").rglob("*.db"))
    with server.connect() as connection:
        (rows,) = connection.execute(sa.text("select count(*) from indicator_values where quarter = '2017-10-01'"))
        (runs,) = connection.execute(sa.text("select count(*) from runs"))
    assert rows[0] > 300
    assert runs[0] == 1


@pytest.mark.slow
def test_a_whole_quarter_runs_and_every_result_is_fresh(team, server):
    assert fs_pipeline(team, "run", FIRST.key).code == 0
    with server.connect() as connection:
        (checks,) = connection.execute(sa.text("select count(*) from asset_check_executions"))
        (people,) = connection.execute(sa.text("select count(*) from person_level"))
    assert checks[0] > 40
    assert people[0] > 0
    assert fs_pipeline(team, "status").code == 0
