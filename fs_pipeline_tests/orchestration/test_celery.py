"""The example for Celery as it is delivered: the daemon queues runs, and a worker started by its command makes them."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from fs_pipeline.orchestration import instance
from fs_pipeline.orchestration.instance.processes import MACHINE, ON
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, deliver, instance_of
from fs_pipeline_tests.orchestration.served import backfilled, of_job, serving

SETTINGS = Path(instance.__file__).parent
EXAMPLE = (SETTINGS / "examples" / "celery.yaml").read_text(encoding="utf-8")
QUARTERS = BASELINE, FIRST


@pytest.fixture
def team(tmp_path, in_postgres, monkeypatch) -> Path:
    """A folder with two quarters' extracts, and a team's settings with the example put into them."""
    home = tmp_path / "home"
    address = sa.make_url(in_postgres).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    told = {
        "FS_PIPELINE_HOME": str(home),
        "FS_PIPELINE_DAGSTER_POSTGRES": address,
        "DAGSTER_HOME": str(home / "dagster"),
        "CELERY_BROKER_URL": f"sqla+sqlite:///{tmp_path}/broker.sqlite",  # a broker that needs no server
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    deliver(home, *QUARTERS)
    (home / "dagster").mkdir()
    settings = yaml.safe_load((SETTINGS / "dagster_team.yaml").read_text(encoding="utf-8")) | yaml.safe_load(EXAMPLE)
    settings["run_monitoring"]["poll_interval_seconds"] = 1  # each run is looked at while it goes on, not now and then
    (home / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return home


@pytest.fixture
def worker(team, tmp_path) -> Iterator[Path]:
    """A worker, and the file that it writes to."""
    (command,) = re.findall(r"^# +(dagster-celery .+)$", EXAMPLE, re.MULTILINE)
    beside = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    with (tmp_path / "worker.log").open("wb") as written:
        started = subprocess.Popen(
            [beside / shlex.split(command)[0], *shlex.split(command)[1:]],
            cwd=tmp_path, env=environment, stdout=written, stderr=written, start_new_session=True,
        )  # fmt: skip
    yield tmp_path / "worker.log"
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()


@pytest.mark.slow
def test_a_worker_makes_the_quarters_that_the_daemon_queues(team, worker, ordinary):
    with serving(team, team / "ui.log") as address:
        backfilled(address, of_job("quarter_stage_1"), QUARTERS)
    assert worker.read_text(encoding="utf-8").count("Task execute_job") >= 2 * len(QUARTERS)  # received, succeeded
    with instance_of(team) as instance:
        assert {run.tags[ON] for run in instance.get_runs()} == {MACHINE}
    made = {str(path.relative_to(team)): path.read_bytes() for path in sorted((team / "lake").rglob("*.parquet"))}
    assert len(made) > 2 * len(QUARTERS)
    assert made == {name: (ordinary / name).read_bytes() for name in made}
