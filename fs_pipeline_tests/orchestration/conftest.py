"""The state folders of `homes.py` as fixtures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fs_pipeline_tests.orchestration import homes


@pytest.fixture(scope="session")
def ordinary(tmp_path_factory, worker_id) -> Path:
    return homes.made_once(tmp_path_factory, worker_id, "ordinary", homes.make_ordinary)


@pytest.fixture(scope="session")
def faulty(ordinary, tmp_path_factory, worker_id) -> Path:
    return homes.made_once(tmp_path_factory, worker_id, "faulty", lambda home: homes.make_faulty(ordinary, home))


@pytest.fixture(scope="session")
def refused(ordinary, tmp_path_factory, worker_id) -> Path:
    return homes.made_once(tmp_path_factory, worker_id, "refused", lambda home: homes.make_refused(ordinary, home))


@pytest.fixture
def home(ordinary, tmp_path) -> Path:
    """A copy of the ordinary folder, to be changed."""
    return shutil.copytree(ordinary, tmp_path / "home")
