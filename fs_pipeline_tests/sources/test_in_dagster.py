"""A state folder whose case management system is an SSD in a database, run as people run it."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
import sqlalchemy as sa

from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.explaining import restore
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.status import Delivered, Status
from fs_pipeline.orchestration.watching import observe, watching_sensor
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import instance_of, made_once
from fs_pipeline_tests.orchestration.test_nothing_personal import files, occurring
from fs_pipeline_tests.sources import homes

QUARTER = homes.START.key
SECRET = "s3cret"


@pytest.fixture(scope="module")
def made(tmp_path_factory, worker_id) -> Path:
    """The programme's first quarter, run; the SSD known three quarters later."""

    def make(folder: Path) -> None:
        quarters, later = homes.authority()
        homes.canonical_home(folder / "canonical", {q: quarters[q] for q in quarters if q <= homes.START})
        homes.ssd_home(folder / "canonical", folder / "ssd", later, f"sqlite:///{folder / 'cms.sqlite'}")
        shutil.move(folder / "cms.sqlite", folder / "ssd" / "cms.sqlite")
        _say(folder / "ssd", "sqlite:///${CMS}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CMS", "cms.sqlite")
            ended = fs_pipeline(folder / "ssd", "run", QUARTER)
        assert (ended.code, ended.out) == (0, ""), ended.err

    return made_once(tmp_path_factory, worker_id, "of-ssd", make) / "ssd"


def _say(home: Path, url: str) -> None:
    (home / "sources.toml").write_text(homes.SOURCES.format(url=url), encoding="utf-8")


@pytest.fixture
def home(made, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CMS", "cms.sqlite")
    return shutil.copytree(made, tmp_path / "home")


def in_database(home: Path, *statements: str) -> None:
    with sa.create_engine(f"sqlite:///{home / 'cms.sqlite'}", poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def stale(home: Path) -> dict[str, list[str]]:
    return {str(place): reasons for place, reasons in Status(ledger_of(State(home))).stale()}


def test_what_was_run_is_fresh_and_new_data_of_later_quarters_leave_it_so(home):
    assert stale(home) == {}
    in_database(
        home,
        "insert into ssd_cp_plans (cppl_cp_plan_id, cppl_person_id, cppl_cp_plan_start_date) "
        "select 'NEW', cppl_person_id, '2018-02-01' from ssd_cp_plans limit 1",
        "insert into ssd_cp_plans (cppl_cp_plan_id, cppl_person_id, cppl_cp_plan_start_date, "
        "cppl_cp_plan_end_date) select 'BAD', cppl_person_id, '2018-03-01', 'x' from ssd_cp_plans limit 1",
        "update ssd_cp_plans set cppl_cp_plan_end_date = '2018-02-11' where cppl_cp_plan_end_date > '2017-12-31'",
    )
    assert stale(home) == {}


def test_a_correction_in_the_database_makes_its_extract_stale_and_a_rerun_takes_it(home):
    in_database(home, "update ssd_cp_plans set cppl_cp_plan_start_date = date(cppl_cp_plan_start_date, '-1 day')")
    assert list(stale(home)) == [f"extracts/cp_plans/{QUARTER}"]
    assert Status(ledger_of(State(home))).delivered(EXTRACTS["cp_plans"], homes.START) is Delivered.CHANGED
    assert fs_pipeline(home, "rerun").code == 0
    assert stale(home) == {}


def test_what_the_reader_leaves_out_is_told_counted_and_makes_the_extract_another_one(home):
    in_database(
        home,
        "update ssd_cp_plans set cppl_cp_plan_end_date = 'x' where cppl_cp_plan_id = "
        "(select min(cppl_cp_plan_id) from ssd_cp_plans)",
    )
    key = pd.read_sql("select min(cppl_cp_plan_id) k from ssd_cp_plans", f"sqlite:///{home / 'cms.sqlite'}")["k"][0]
    assert fs_pipeline(home, "rerun").code == 0
    lines = pd.read_csv(home / "rejected" / QUARTER / "cp_plans.csv", dtype=str)
    assert lines[["file", "row", "column", "rule"]].to_numpy().tolist() == [
        ["ssd_cp_plans", key, "cppl_cp_plan_end_date", "bad_date"]
    ]
    assert State(home).lake.record("extracts/cp_plans", homes.START).counts["rejected"] == 1
    in_database(home, "update ssd_cp_plans set cppl_cp_plan_end_date = null where cppl_cp_plan_end_date = 'x'")
    reasons = stale(home)[f"extracts/cp_plans/{QUARTER}"]
    assert "setting what its source left out" in reasons
    assert fs_pipeline(home, "rerun").code == 0
    assert not (home / "rejected" / QUARTER / "cp_plans.csv").exists()


def test_a_source_that_cannot_be_read_is_refused_and_the_last_good_version_stays(home):
    before = State(home).lake.record("extracts/cp_plans", homes.START)
    in_database(home, "alter table ssd_cp_plans rename column cppl_person_id to person")
    ended = fs_pipeline(home, "run", QUARTER)
    assert ended.code == 3
    assert "for Oct-Dec 2017: table ssd_cp_plans of database cms has no column cppl_person_id" in ended.err
    assert State(home).lake.record("extracts/cp_plans", homes.START) == before
    assert "its delivery cannot be told" in stale(home)[f"extracts/cp_plans/{QUARTER}"]
    assert fs_pipeline(home, "status").code == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///gone.sqlite", "database cms: there is no file gone.sqlite"),
        (f"postgresql+psycopg://reader:{SECRET}@127.0.0.1:1/cms", "database cms cannot be reached"),
    ],
)
def test_a_database_that_is_not_there_is_said_and_no_secret(url, said, home):
    _say(home, url)
    ended = fs_pipeline(home, "check", QUARTER)
    assert ended.code == 3
    assert said in ended.err
    assert SECRET not in ended.err + ended.out


def test_a_mistake_in_sources_toml_is_wrong_use(home):
    (home / "sources.toml").write_text("[extracts.people]\nformat = 3\n", encoding="utf-8")
    for arguments in (["check", QUARTER], ["status"], ["run", QUARTER]):
        ended = fs_pipeline(home, *arguments)
        assert ended.code == 2
        assert "extracts.people.format must be a text in quotation marks" in ended.err


def test_sources_stand_upstream_of_the_deliveries_that_come_from_them(home):
    with instance_of(home):
        graph = definitions().resolve_asset_graph()
    parents = {
        key: {parent.to_user_string() for parent in graph.get(key).parent_keys} for key in graph.get_all_asset_keys()
    }
    assert parents[dg.AssetKey(["deliveries", "cp_plans"])] == {"sources/ssd"}
    assert parents[dg.AssetKey(["deliveries", "family_members"])] == {"sources/ssd", "sources/family_members_files"}
    assert parents[dg.AssetKey(["deliveries", "attendance"])] == set()
    assert "deliveries/cp_plans" in parents[dg.AssetKey(["extracts", "cp_plans"])]


def test_the_sensor_looks_at_files_and_asks_no_database(home):
    with instance_of(home) as instance:
        state = State(home)
        observe(instance, ledger_of(state))
        (home / "cms.sqlite").unlink()
        (home / "family_workers" / f"adults_{QUARTER}.csv").touch()
        context = dg.build_sensor_context(instance=instance, resources={"ledger": ledger_of(State(home))})
        skipped = watching_sensor().evaluate_tick(context)
        assert skipped.skip_message == "0 deliveries or settings have changed."
        assert (
            watching_sensor()
            .evaluate_tick(
                dg.build_sensor_context(
                    instance=instance, resources={"ledger": ledger_of(State(home))}, cursor=skipped.cursor
                )
            )
            .skip_message
            == "No file has changed."
        )


def test_what_was_read_is_kept_and_can_be_delivered_again_without_the_database(home, tmp_path):
    known = Kept(home / "kept").delivery(
        "cp_plans", homes.START, State(home).lake.record("extracts/cp_plans", homes.START).origin.delivery
    )
    assert (known.file, known.source) == (f"extracts/{QUARTER}/cp_plans.csv", "format ssd (database cms)")
    restore(ledger_of(State(home)), homes.START, tmp_path / "again")
    restored = (tmp_path / "again" / known.file).read_bytes()
    assert sha256(restored).hexdigest() == known.version
    assert restored.startswith(b'cp_plan_id,person_id,start_date,end_date,category\n"')
    assert not (tmp_path / "again" / "sources.toml").exists()


def test_nothing_personal_and_no_secret_reaches_dagsters_folder(home):
    people = pd.read_sql("select pers_person_id p, pers_upn u from ssd_person", f"sqlite:///{home / 'cms.sqlite'}")
    known = {*people["p"], *people["u"].dropna()}
    assert len(known) > 100
    assert occurring(known, files(home / "dagster")) == set()
    checked = fs_pipeline(home, "check", QUARTER)
    assert occurring(known, [checked.out.encode(), checked.err.encode()]) == set()


def test_status_reads_the_files_of_a_source_again_only_when_they_change(tmp_path):
    """A file whose size and time are as they were is not opened: here it could not be read any more."""
    homes.canonical_home(tmp_path, {})
    lines = "cp_plan_id,person_id,start_date,end_date,category\n1,P1,2017-10-02,,NEG\n"
    plans = tmp_path / "plans.csv"
    plans.write_text(lines, encoding="utf-8")
    (tmp_path / "sources.toml").write_text('[extracts.cp_plans]\nfiles = "plans.csv"\n', encoding="utf-8")

    def version() -> str | None:
        return Look(ledger_of(State(tmp_path))).delivery(EXTRACTS["cp_plans"], homes.START)

    first, times = version(), plans.stat()
    assert first
    plans.write_text(lines.replace("cp_plan_id", "xx_plan_id"), encoding="utf-8")
    os.utime(plans, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert version() == first
    os.utime(plans, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert version() is None
    plans.write_text(lines.replace("NEG", "EMO"), encoding="utf-8")
    assert version() not in (None, first)
    (tmp_path / "kept" / "sources.json").write_text("{", encoding="utf-8")
    assert version() not in (None, first)
