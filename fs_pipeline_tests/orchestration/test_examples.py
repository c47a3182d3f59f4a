"""The examples for several workers: what Dagster and its launchers make of them, as they would when they start."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster_k8s import K8sRunLauncher

import fs_pipeline.orchestration.instance
from fs_pipeline.orchestration.celery import CeleryLauncher

_FOLDER = Path(fs_pipeline.orchestration.instance.__file__).parent
EXAMPLES = sorted((_FOLDER / "examples").glob("*.yaml"))
LAUNCHERS = {"kubernetes.yaml": K8sRunLauncher, "celery.yaml": CeleryLauncher}


def put_into(settings: str, example: Path) -> dict:
    """The settings with the example's parts in place of their own."""
    return yaml.safe_load(settings) | yaml.safe_load(example.read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("settings", sorted(_FOLDER.glob("dagster*.yaml")), ids=lambda path: path.name)
def test_an_example_put_into_the_settings_loads(settings, example, tmp_path):
    told = put_into(settings.read_text(encoding="utf-8"), example)
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    checked, _ = dagster_instance_config(str(tmp_path))
    assert checked["concurrency"]["runs"]["max_concurrent_runs"] > 1
    launcher = InstanceRef.from_dir(str(tmp_path)).run_launcher_data
    if wanted := LAUNCHERS.get(example.name):
        assert (launcher.module_name, launcher.class_name) == (told["run_launcher"]["module"], wanted.__name__)


@pytest.mark.parametrize("name", LAUNCHERS)
def test_a_launcher_takes_its_settings(name, monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "pyamqp://127.0.0.1//")
    config = yaml.safe_load((_FOLDER / "examples" / name).read_text(encoding="utf-8"))["run_launcher"]["config"]
    taken = process_config(resolve_to_config_type(LAUNCHERS[name].config_type()), config)
    assert taken.success, taken.errors
    wrong = process_config(resolve_to_config_type(LAUNCHERS[name].config_type()), config | {"no_such": 1})
    assert not wrong.success


def test_there_is_an_example_for_each_way():
    assert [path.name for path in EXAMPLES] == ["celery.yaml", "kubernetes.yaml", "two_workers.yaml"]
