"""Several workers: the stages of a quarter, in which quarters may run at the same time, and Dagster that runs two."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from fs_pipeline.definitions import definitions
from fs_pipeline.orchestration import instance
from fs_pipeline.orchestration.assets import QUARTER_JOB, tables_by_stage
from fs_pipeline_tests.ledgers import CATALOGUE
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, SECOND, instance_of
from fs_pipeline_tests.orchestration.served import at_once, backfilled, of_job, serving, spans

SETTINGS = Path(instance.__file__).parent
QUARTERS = BASELINE.until(SECOND)
MADE = ("lake", "exports", "kept", "rejected", "dagster", "warehouse.sqlite")


@pytest.fixture
def unmade(home) -> Path:
    """The ordinary folder, of which nothing has been run."""
    for name in MADE:
        shutil.rmtree(home / name, ignore_errors=True)
    (home / "warehouse.sqlite").unlink(missing_ok=True)
    (home / "dagster").mkdir()
    return home


@pytest.fixture
def project(ordinary) -> Iterator[dg.Definitions]:
    with instance_of(ordinary):
        yield definitions()


def tables(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.glob("lake/**/*.parquet"))}


def test_every_asset_is_in_one_stage_and_none_reads_another_quarter_of_its_own(project):
    graph = project.resolve_asset_graph()
    stages = [
        project.resolve_job_def(f"{QUARTER_JOB}_stage_{number}").asset_layer.executable_asset_keys
        for number in (1, 2, 3, 4)
    ]
    assert Counter(asset for stage in stages for asset in stage) == Counter(graph.materializable_asset_keys)
    for number, stage in enumerate(stages):
        made = set().union(*stages[: number + 1])
        for asset in stage:
            node, quarters = graph.get(asset), graph.get(asset).partitions_def
            assert node.parent_keys & graph.materializable_asset_keys <= made
            for source in node.parent_keys & stage:
                mapping = graph.get_partition_mapping(asset, parent_asset_key=source)
                read = mapping.get_upstream_mapped_partitions_result_for_partitions(
                    quarters.subset_with_partition_keys([SECOND.key]), quarters, graph.get(source).partitions_def
                )
                assert list(read.partitions_subset.get_partition_keys()) == [SECOND.key], (asset, source)


@pytest.mark.slow
def test_the_stages_make_the_same_tables_in_any_order_of_the_quarters(unmade, tmp_path):
    in_turn = shutil.copytree(unmade, tmp_path / "in_turn")
    assert fs_pipeline(in_turn, "run", BASELINE.key, "--to", SECOND.key).code == 0
    with instance_of(unmade) as instance:
        for number in range(1, len(tables_by_stage(CATALOGUE)) + 1):
            job = definitions().resolve_job_def(f"{QUARTER_JOB}_stage_{number}")
            for quarter in reversed(QUARTERS):
                assert job.execute_in_process(instance=instance, partition_key=quarter.key).success
    assert tables(unmade) == tables(in_turn)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_so_many_quarters_run_at_once_as_there_are_workers(unmade, workers):
    """The daemon's own queue and launcher, with the settings as they are delivered and with the example."""
    told = yaml.safe_load((SETTINGS / "dagster.yaml").read_text(encoding="utf-8"))
    if workers == 2:
        told |= yaml.safe_load((SETTINGS / "examples" / "two_workers.yaml").read_text(encoding="utf-8"))
    (unmade / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    with serving(unmade, unmade / "ui.log") as address:
        by = backfilled(address, of_job(f"{QUARTER_JOB}_stage_1"), QUARTERS)
    runs = spans(unmade, by)
    assert len(runs) == len(QUARTERS)
    assert at_once(runs) == workers
