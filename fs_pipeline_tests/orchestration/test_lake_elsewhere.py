"""The lake on other file systems than the disk: a real S3-compatible server, started here, and fsspec's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer
from upath import UPath

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.failing import failing_plainly
from fs_pipeline.orchestration.instance.processes import sweep_lake_elsewhere
from fs_pipeline.orchestration.running import catch_up, prepare_instance
from fs_pipeline.purge.purging import purge_people
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable, Lake, LakeError, NotInLake, Origin
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.literals import extract
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, instance_of

QUARTER = Quarter.parse("2017-Q4")
ORIGIN = Origin("1")
PLANS = """
    cp_plan_id | person_id | start_date
    CP1        | Amy       | 01/11/2017
    CP2        | Ben       | 02/11/2017
"""


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server, monkeypatch) -> str:
    """The URL of a prefix in an empty bucket, on the server that the environment names."""
    told = {"AWS_ENDPOINT_URL": s3_server, "AWS_ACCESS_KEY_ID": "invented", "AWS_SECRET_ACCESS_KEY": "invented"}
    for name, value in (told | {"AWS_DEFAULT_REGION": "us-east-1"}).items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid4().hex}"
    UPath(f"s3://{bucket}", use_listings_cache=False).fs.mkdir(bucket)
    return f"s3://{bucket}/an/authority"


@pytest.fixture(params=["s3", "memory"])
def url(request) -> str:
    return request.getfixturevalue("s3") if request.param == "s3" else f"memory://{uuid4().hex}/lake"


@pytest.fixture
def lake(url) -> Lake:
    return Lake.at(url)


def plans(*rows: str) -> pd.DataFrame:
    return extract(CP_PLANS, PLANS, *rows)


def test_what_is_read_is_what_was_written_byte_for_byte_as_on_the_disk(lake, tmp_path):
    disk = Lake(tmp_path)
    records = [each.write(CP_PLANS, QUARTER, plans(), ORIGIN, counts={"used": 2}) for each in (lake, disk)]
    assert records[0] == records[1] == lake.record(CP_PLANS.name, QUARTER)
    assert lake.path(CP_PLANS.name, QUARTER).read_bytes() == disk.path(CP_PLANS.name, QUARTER).read_bytes()
    pd.testing.assert_frame_equal(lake.read(CP_PLANS, QUARTER), plans())
    assert lake.read(CP_PLANS.only("person_id"), QUARTER).columns.tolist() == ["person_id"]


def test_what_is_not_there_is_not_there(lake):
    assert lake.record(CP_PLANS.name, QUARTER) is None
    assert lake.files() == []
    with pytest.raises(NotInLake, match="materialise it first"):
        lake.read(CP_PLANS, QUARTER)


def test_a_replaced_table_is_seen_at_once_by_who_looked_before(url, lake):
    other = Lake.at(url)
    lake.write(CP_PLANS, QUARTER, plans(), ORIGIN)
    assert len(other.read(CP_PLANS, QUARTER)) == 2
    assert len(other.files()) == 1
    lake.write(CP_PLANS, QUARTER, plans("cp_plan_id | start_date\nCP3 | 03/11/2017"), ORIGIN)
    lake.write(CP_PLANS, QUARTER.shifted(1), plans(), ORIGIN)
    assert len(other.read(CP_PLANS, QUARTER)) == 3
    assert [path.name for path in sorted(other.files(), key=str)] == ["2017-10-01.parquet", "2018-01-01.parquet"]


def test_a_record_longer_than_what_is_asked_for_first_is_read_whole(lake):
    origin = Origin("1", inputs={f"extracts/{number}/2017-10-01": "0123456789abcdef" * 4 for number in range(2000)})
    written = lake.write(CP_PLANS, QUARTER, plans(), origin)
    assert lake.path(CP_PLANS.name, QUARTER).stat().st_size > 1 << 17
    assert lake.record(CP_PLANS.name, QUARTER) == written


@pytest.mark.parametrize("left", [b"", b"PAR1", b"PAR1 no longer", b"PAR1....PAR1"])
def test_a_damaged_file_says_so(lake, left):
    lake.write(CP_PLANS, QUARTER, plans(), ORIGIN)
    path = lake.path(CP_PLANS.name, QUARTER)
    path.fs.pipe_file(path.path, left)
    with pytest.raises(DamagedTable, match=r"^extracts/cp_plans of Oct-Dec 2017 is damaged"):
        lake.record(CP_PLANS.name, QUARTER)


def test_nothing_is_left_beside_the_table(lake):
    lake.write(CP_PLANS, QUARTER, plans(), ORIGIN)
    system = lake.folder.fs
    assert [name.rpartition("/")[2] for name in system.find(lake.folder.path)] == ["2017-10-01.parquet"]


@pytest.fixture
def half_written() -> tuple[State, dict[str, UPath]]:
    """A lake in fsspec's memory with a table; beside it half-written files of now and of the day before yesterday."""
    state = State(Path("/nowhere"), f"memory://{uuid4().hex}/lake")
    state.lake.write(CP_PLANS, QUARTER, plans(), ORIGIN)
    table = state.lake.path(CP_PLANS.name, QUARTER)
    parts = {when: table.parent / f".{table.name}.1-{when * 32}.part" for when in "01"}
    for part in parts.values():
        part.fs.pipe_file(part.path, b"half")
    parts["0"].fs.store[parts["0"].path].modified -= timedelta(days=2)
    return state, parts


def test_half_written_files_of_the_day_before_yesterday_are_swept(half_written):
    state, parts = half_written
    sweep_lake_elsewhere(state)
    assert not parts["0"].exists() and parts["1"].exists()
    assert len(state.lake.files()) == 1


def test_half_written_files_are_swept_before_a_run(half_written, home):
    _, parts = half_written
    state = State(home, str(parts["0"].parents[2]))
    with instance_of(home) as instance:
        catch_up(instance, ledger_of(state))
    assert not parts["0"].exists() and parts["1"].exists()


def test_a_purge_takes_every_half_written_file(half_written, home):
    _, parts = half_written
    purged = purge_people(ledger_of(State(home, str(parts["0"].parents[2]))), {"Amy"})
    assert {each.store: each.removed for each in purged.removed}["unfinished files"] == 2
    assert not parts["0"].exists() and not parts["1"].exists()


def test_nobody_ever_sees_half_of_a_table_while_it_is_replaced(s3):
    """One thread replaces a table again and again; what another reads is always one of the two contents, whole."""
    lake, contents = Lake.at(s3), {size: pd.concat([plans()] * size, ignore_index=True) for size in (1, 400)}
    for size, frame in contents.items():
        contents[size] = frame.assign(cp_plan_id=[f"CP{number}" for number in range(len(frame))])
    lake.write(CP_PLANS, QUARTER, contents[1], ORIGIN)
    done, seen = threading.Event(), set()

    def replace() -> None:
        for turn in range(30):
            Lake.at(s3).write(CP_PLANS, QUARTER, contents[400 if turn % 2 else 1], ORIGIN)
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    while not done.is_set():
        assert lake.record(CP_PLANS.name, QUARTER) is not None
        seen.add(len(lake.read(CP_PLANS, QUARTER)))
    writer.join()
    assert seen == {2, 800}


def test_a_path_or_a_file_url_is_a_folder_on_the_disk(tmp_path):
    assert Lake.at(str(tmp_path)) == Lake.at(f"file://{tmp_path}") == Lake(tmp_path)


def test_a_protocol_that_nobody_knows_is_answered_with_what_to_install():
    with pytest.raises(LakeError, match=r"^FS_PIPELINE_LAKE=s4://bucket/x: .*install fs_pipeline\[s3\]"):
        Lake.at("s4://bucket/x")


def test_the_lake_of_a_recomputation_is_its_own_folder(tmp_path, monkeypatch):
    """`recompute` runs in a new folder, in the same environment: it must not write into the council's lake."""
    for name in ("FS_PIPELINE_HOME", "DAGSTER_HOME", "FS_PIPELINE_LAKE"):
        monkeypatch.setenv(name, "memory://council/lake" if name == "FS_PIPELINE_LAKE" else str(tmp_path / "council"))
    assert str(State.from_environment().lake.folder) == "memory://council/lake"
    prepare_instance(State(tmp_path / "again"))
    assert State.from_environment().lake.folder == tmp_path / "again" / "lake"


def test_what_else_lies_in_a_bucket_is_left_alone(home, s3, monkeypatch):
    lake = Lake.at(s3)
    lake.write(CP_PLANS, Quarter.parse("1999-Q1"), plans(), ORIGIN)
    other = lake.folder / "sales" / "europe" / "march.parquet"
    other.fs.pipe_file(other.path, b"not ours")
    left_over = Status(ledger_of(State(home, s3))).left_over()
    assert [str(path) for path in left_over] == [f"{s3}/extracts/cp_plans/1999-01-01.parquet"]
    left_over[0].unlink()
    assert lake.files() == [other]


def test_a_server_out_of_reach_is_no_fault_in_the_program(home, nobody_listens, monkeypatch):
    monkeypatch.setenv("FS_PIPELINE_LAKE", nobody_listens)
    ended = fs_pipeline(home, "status")
    assert ended.code == 1
    assert "the lake's server cannot be reached" in ended.err
    assert "AWS_ENDPOINT_URL" in ended.err and "fault in the program" not in ended.err


def test_a_step_that_finds_the_server_away_is_tried_again(nobody_listens):
    with pytest.raises(dg.Failure, match=r"cannot be reached.*keys") as failure:  # noqa: SIM117 - the raise is within
        with failing_plainly("fields/lsir", QUARTER):
            Lake.at(nobody_listens).write(CP_PLANS, QUARTER, plans(), ORIGIN)
    assert failure.value.allow_retries
    assert "invented" not in str(failure.value.description)


@pytest.mark.slow
def test_a_run_makes_the_same_bytes_on_s3_as_on_the_disk(home, s3, monkeypatch):
    on_disk = {path.relative_to(home / "lake").as_posix(): path.read_bytes() for path in Lake(home / "lake").files()}
    lake = Lake.at(s3)
    for name in filter(lambda name: name.endswith(f"{BASELINE.key}.parquet"), on_disk):
        replace_file(lake.folder / name, on_disk[name])
    (home / "lake").rename(home / "lake on the disk")
    monkeypatch.setenv("FS_PIPELINE_LAKE", s3)
    assert fs_pipeline(home, "run", FIRST.key).code == 0
    assert not (home / "lake").exists()
    assert {str(path).removeprefix(f"{s3}/"): path.read_bytes() for path in lake.files()} == on_disk
    assert list(Status(ledger_of(State(home, s3))).stale()) == []
    assert fs_pipeline(home, "status").code == 0
