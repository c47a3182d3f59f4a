"""Our event log storage against Dagster's: the same events give the same rows, and each reads the other's files."""

from __future__ import annotations

import importlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.definitions import data_version
from dagster._core.storage.event_log import SqliteEventLogStorage

import fs_pipeline
from fs_pipeline.orchestration.instance.dagster_private import DATA_VERSION_TAG
from fs_pipeline.orchestration.instance.event_log import KeptEngineEventLogStorage

OF_0_7_1 = """
telemetry:
  enabled: false
event_log_storage:
  module: fs_pipeline.orchestration.event_log
  class: KeptEngineEventLogStorage
  config:
    base_dir: {}
"""
WHEN_WRITTEN = ("create_timestamp", "migration_completed")


def stored(folder: Path, events: list[dg.EventLogEntry], *, batch: bool = False) -> KeptEngineEventLogStorage:
    storage = KeptEngineEventLogStorage(str(folder))
    if batch:
        storage.store_event_batch(events)
    else:
        for event in events:
            storage.store_event(event)
    return storage


@pytest.fixture(scope="module")
def events(ordinary) -> list[dg.EventLogEntry]:
    """Every event of the run of the programme's first quarter: planned, made, checked, begun, ended."""
    there = SqliteEventLogStorage(str(ordinary / "dagster" / "history" / "runs"))
    runs = (
        [each.event_log_entry for each in there.get_records_for_run(run).records] for run in there.get_all_run_ids()
    )
    return max(runs, key=len)


def rows(folder: Path) -> dict[str, list]:
    """The rows of every table of the index and of the runs."""
    found = {}
    for path in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
            for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                columns = [row[1] for row in database.execute(f"pragma table_info({name})").fetchall()]
                told = ", ".join(f'"{column}"' for column in columns if column not in WHEN_WRITTEN)
                found[f"{path.name}: {name}"] = database.execute(f"select {told} from {name}").fetchall()
    return found


@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "in a batch"])
def test_the_rows_are_those_of_the_default_storage(events, tmp_path, batch):
    default = SqliteEventLogStorage(str(tmp_path / "default"))
    for event in events:
        default.store_event(event)
    stored(tmp_path / "ours", events, batch=batch)
    expected, ours = rows(tmp_path / "default"), rows(tmp_path / "ours")
    assert {name.partition(": ")[2] for name in expected} >= {
        "asset_keys",
        "asset_event_tags",
        "asset_check_executions",
    }
    assert len(expected["index.db: asset_check_executions"]) > 20 and len(expected["index.db: asset_keys"]) > 40
    assert ours == expected


def test_a_second_run_of_a_process_gets_a_file_like_the_first_ones(events, tmp_path):
    again = str(uuid4())
    storage = stored(tmp_path, events)
    for event in events[:3]:
        storage.store_event(event._replace(run_id=again))
    with (
        closing(sqlite3.connect(tmp_path / f"{events[0].run_id}.db")) as one,
        closing(sqlite3.connect(tmp_path / f"{again}.db")) as other,
    ):
        for said in ("select * from sqlite_master", "select * from alembic_version", "pragma journal_mode"):
            assert one.execute(said).fetchall() == other.execute(said).fetchall()
        assert other.execute("select count(*) from event_logs").fetchone() == (3,)
    assert len(SqliteEventLogStorage(str(tmp_path)).get_records_for_run(again).records) == 3


def test_a_file_that_another_process_has_made_meanwhile_is_left_as_it_is(events, tmp_path):
    storage = stored(tmp_path, events[:2])
    run = str(uuid4())
    theirs = SqliteEventLogStorage(str(tmp_path))
    theirs.store_event(events[0]._replace(run_id=run))
    storage.store_event(events[1]._replace(run_id=run))
    assert len(theirs.get_records_for_run(run).records) == 2


def answers(storage: SqliteEventLogStorage, key: dg.AssetKey) -> list[object]:
    """What Dagster asks for every step of an asset: its record, data versions of partitions, the latest events."""
    quarters = ["2017-10-01", "2018-01-01", "2050-01-01"]
    of_quarter = dg.AssetRecordsFilter(asset_key=key, asset_partitions=quarters[:1])
    return [
        storage.get_asset_records([key]),
        *(
            storage.get_latest_tags_by_partition(key, kind, ["dagster/data_version"], quarters)
            for kind in (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)
        ),
        storage.fetch_materializations(of_quarter, limit=1),
        storage.fetch_materializations(key, limit=5),
        storage.fetch_materializations(key, limit=2, ascending=True),
        storage.fetch_observations(key, limit=1),
    ]


def test_answers_are_those_of_the_default_storage(ordinary, events, tmp_path):
    shutil.copytree(ordinary / "dagster" / "history" / "runs", tmp_path / "runs")
    ours, default = KeptEngineEventLogStorage(str(tmp_path / "runs")), SqliteEventLogStorage(str(tmp_path / "runs"))

    def differing() -> list[str]:
        keys = [*default.all_asset_keys(), dg.AssetKey("never_made")]
        return [str(key) for key in keys if answers(ours, key) != answers(default, key)]

    assert len(default.all_asset_keys()) > 70
    assert differing() == []
    wiped, made_again = dg.AssetKey(["cohort", "people"]), dg.AssetKey(["extracts", "people"])
    assert ours.fetch_materializations(wiped, limit=5).records
    for key in (wiped, made_again):
        default.wipe_asset(key)
    for event in events:
        if event.dagster_event and event.dagster_event.asset_key == made_again:
            ours.store_event(event._replace(timestamp=time.time()))
    assert differing() == []
    assert not ours.get_asset_records([wiped]) and ours.get_asset_records([made_again])


def test_state_folders_of_old_know_it_by_its_name(tmp_path):
    """As release 0.7.1 wrote it into dagster.yaml."""
    module = importlib.import_module("fs_pipeline.orchestration.event_log")
    assert module.KeptEngineEventLogStorage is KeptEngineEventLogStorage


def test_with_another_dagster_it_is_the_default_storage_over_the_same_files(events, tmp_path):
    """A minor version that nobody has tried: its private names may have moved."""
    (tmp_path / "dagster.yaml").write_text(OF_0_7_1.format(tmp_path), encoding="utf-8")
    stored(tmp_path / "history" / "runs", events)
    program = f"""
import dagster
dagster.__version__ = "1.14.0"
with dagster.DagsterInstance.from_config({str(tmp_path)!r}) as instance:
    storage = instance.event_log_storage
    print([kind.__module__ for kind in type(storage).__mro__ if "event_log" in kind.__module__][1])
    print(len(storage.get_logs_for_run({events[0].run_id!r})))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    module, events_read = ended.stdout.split()
    assert module == SqliteEventLogStorage.__module__ and int(events_read) == len(events)
    assert "Dagster 1.14.0 is installed" in ended.stderr and "Traceback" not in ended.stderr


def test_private_names_of_dagster_stand_in_one_module():
    package = Path(fs_pipeline.__file__).parent
    private = re.compile(r"^\s*(from|import) dagster\._", re.MULTILINE)
    naming = {path.name for path in package.rglob("*.py") if private.search(path.read_text(encoding="utf-8"))}
    assert naming == {"dagster_private.py"}


def test_the_tag_of_data_versions_is_dagsters():
    assert data_version.DATA_VERSION_TAG == DATA_VERSION_TAG


def test_what_dagster_keeps_private_is_where_we_build_upon_it():
    """A release that moves any of these would leave our overrides without effect, and nobody would notice."""
    ours = ("_connect", "has_table", "store_event", "_has_asset_key_col_on_connection")
    asked = ("_get_event_records", "get_latest_tags_by_partition")
    for name in (*ours, *asked):
        assert getattr(SqliteEventLogStorage, name) is not getattr(KeptEngineEventLogStorage, name)
    for name in ("_event_to_row", "_get_asset_entry_values", "_store_asset_event_tags", "store_asset_check_event"):
        assert callable(getattr(SqliteEventLogStorage, name))
