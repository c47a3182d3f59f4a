"""The settings of Dagster: what the two templates say, and that a quarter runs over each; the real PostgreSQL too."""

from __future__ import annotations

import dagster as dg
import pytest
import sqlalchemy as sa
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from fs_pipeline.orchestration.running import prepare_instance
from fs_pipeline.store.state import State
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, deliver, instance_of


@pytest.fixture(params=["one machine", "team"])
def prepared(request, tmp_path, monkeypatch) -> State:
    """A state folder with the extracts of a baseline quarter, and with Dagster's settings of either kind."""
    if request.param == "team":
        address = sa.make_url(request.getfixturevalue("in_postgres")).set(drivername="postgresql")
        monkeypatch.setenv("FS_PIPELINE_DAGSTER_POSTGRES", address.render_as_string(hide_password=False))
    for name in ("DAGSTER_HOME", "FS_PIPELINE_HOME"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, str(tmp_path / "dagster") if name == "DAGSTER_HOME" else str(tmp_path))
    deliver(tmp_path, BASELINE, BASELINE)
    prepare_instance(State(tmp_path))
    return State(tmp_path)


def test_a_quarter_runs_and_the_settings_are_those_of_the_template(prepared):
    assert fs_pipeline(prepared.home, "run", BASELINE.key).code == 0
    with instance_of(prepared.home) as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.SUCCESS
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 6 * 60 * 60
        kept = instance.get_tick_retention_settings(InstigatorType.SENSOR)
        assert kept[TickStatus.SKIPPED] == 2 and kept[TickStatus.SUCCESS] == 90
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        stored = type(instance.event_log_storage).__name__
        assert stored in ("KeptEngineEventLogStorage", "PostgresEventLogStorage")
        assert bool(list(prepared.dagster_home.rglob("*.db"))) == (stored == "KeptEngineEventLogStorage")


def test_settings_that_are_there_are_left_as_they_are(prepared):
    settings = prepared.dagster_home / "dagster.yaml"
    settings.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    prepare_instance(prepared)
    assert yaml.safe_load(settings.read_text(encoding="utf-8")) == {"telemetry": {"enabled": False}}


def test_no_password_stands_in_the_settings(prepared):
    text = (prepared.dagster_home / "dagster.yaml").read_text(encoding="utf-8")
    assert "env: FS_PIPELINE_DAGSTER_POSTGRES" in text or "env: DAGSTER_HOME" in text
