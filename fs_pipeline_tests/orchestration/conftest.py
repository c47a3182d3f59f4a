"""The state folders of `homes.py`, and a browser, as fixtures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3fs import S3FileSystem
from selenium import webdriver

from fs_pipeline_tests.orchestration import homes
from fs_pipeline_tests.orchestration.chromium import CHROMIUM, DRIVER, FLAGS, FOREIGN


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


@pytest.fixture
def nobody_listens(monkeypatch) -> Iterator[str]:
    """The URL of a lake on a server that is not there; fsspec keeps connections, and is made to forget them."""
    told = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "invented", "AWS_MAX_ATTEMPTS": "1"}
    for name, value in (told | {"AWS_SECRET_ACCESS_KEY": "invented too"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    S3FileSystem.clear_instance_cache()
    yield "s3://bucket/an/authority"
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def browser(tmp_path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    rules = f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"
    for flag in (*FLAGS.split(), rules, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()
