"""What the exports tell of deliveries stays true when a delivery changes nothing but itself: no row, no figure."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import openpyxl
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.running import Runner, catch_up
from fs_pipeline.orchestration.watching import key, observe
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import DATA_QUALITY
from fs_pipeline_tests.ledgers import BY_TABLE, ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver, instance_of
from fs_pipeline_tests.orchestration.test_reruns import SHOW_DELIVERIES, everything, keep_rows, stale, written_since

FIGURES = ("outputs/indicator_values", "outputs/before_after", "outputs/person_level")
NO_DATE = "PLAN-X,P-X,the day after,,\n"


def cells(home: Path, sheet: str, audience: str = "operational") -> list[object]:
    """What stands on a sheet of the first quarter's workbook."""
    return [cell for row in lines(home, FIRST, sheet, audience) for cell in row if cell is not None]


def lines(home: Path, quarter: Quarter, sheet: str, audience: str = "operational") -> list[tuple[object, ...]]:
    """The rows of a sheet of the quarter's workbook."""
    file = home / "exports" / quarter.key / f"fs_kpi_{quarter.key}_{audience}.xlsx"
    return list(openpyxl.load_workbook(file, read_only=True)[sheet].iter_rows(values_only=True))


def version(home: Path) -> str:
    """The version of the plans as they were last run."""
    record = State(home).lake.record("extracts/cp_plans", FIRST)
    assert record is not None
    return record.origin.delivery[:8]


def run(home: Path, *tables: str) -> None:
    with instance_of(home) as instance:
        catch_up(instance, ledger_of(State(home)))
        outcome = Runner(definitions(), instance, ledger_of(State(home))).run(FIRST, tables)
    assert outcome.failed == outcome.refused == ()


def stale_in_the_ui(home: Path) -> set[str]:
    """The tables of the first quarter that Dagster shows as out of date."""
    with instance_of(home) as instance:
        observe(instance, ledger_of(State(home)))
        graph = definitions().resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        tables = Status(ledger_of(State(home))).look.tables(FIRST)
        return {table for table in tables if resolver.get_status(key(table), FIRST.key) is StaleStatus.STALE}


@pytest.fixture
def in_another_order(home) -> Path:
    keep_rows(home, "cp_plans", slice(None, None, -1))
    return home


def test_the_workbooks_name_the_delivery_of_now(in_another_order):
    old, keyed = version(in_another_order), cells(in_another_order, "Provenance", "evaluator")
    assert old in cells(in_another_order, "Provenance")
    assert fs_pipeline(in_another_order, "rerun").code == 0
    told = cells(in_another_order, "Provenance")
    assert version(in_another_order) in told
    assert old not in told
    assert cells(in_another_order, "Provenance", "evaluator") != keyed


def test_no_hash_of_what_was_delivered_or_made_of_it_leaves(home):
    """Evaluators', partners' and everyone's files hold nothing that a guess of a file could be held against."""
    lake, leaving = State(home).lake, [*(home / "exports").rglob("*.xlsx"), *(home / "exports").rglob("*.html")]
    files = [path.read_bytes() for path in (home / "extracts").rglob("*.csv")]
    hashes = {hashlib.new(name, content).hexdigest() for name in ("md5", "sha1", "sha256") for content in files}
    for table in BY_TABLE:
        if (record := lake.record(table, FIRST)) is not None:
            hashes |= {record.data_version, *record.origin.inputs.values()}
    heads = {each[:8] for each in hashes if len(each) > 8}
    assert len(heads) > 60
    found = {path.name: {head for head in heads if head in text(path)} for path in leaving}
    assert [name for name, heads in found.items() if heads] == [f"fs_kpi_{FIRST.key}_operational.xlsx"]


def text(path: Path) -> str:
    """All that a file holds; of a workbook, of its parts."""
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def test_the_workbook_counts_a_row_that_is_rejected_now(home):
    figures = [State(home).lake.record(table, FIRST) for table in FIGURES]
    before = cells(home, "Data quality")
    with (home / "extracts" / FIRST.key / "cp_plans.csv").open("a", encoding="utf-8") as file:
        file.write(NO_DATE)
    assert fs_pipeline(home, "rerun").code == 0
    assert [State(home).lake.record(table, FIRST) for table in FIGURES] == figures
    counts = State(home).lake.record("extracts/cp_plans", FIRST).counts
    (rule,) = [name.removeprefix("rejected: ") for name in counts if name.startswith("rejected: ")]
    assert rule not in before
    assert rule in cells(home, "Data quality")
    assert stale(home) == {}


def test_an_extract_run_alone_leaves_what_shows_it_stale_here_and_in_the_ui(in_another_order):
    run(in_another_order, "extracts/cp_plans")
    quality, *workbooks = SHOW_DELIVERIES
    assert stale(in_another_order) == {f"{quality}/{FIRST.key}": [f"input deliveries/receipts/{FIRST.key}"]}
    assert stale_in_the_ui(in_another_order) == {quality}
    run(in_another_order, quality)
    assert set(stale(in_another_order)) == {f"{table}/{FIRST.key}" for table in workbooks}
    assert stale_in_the_ui(in_another_order) == set(workbooks)
    assert fs_pipeline(in_another_order, "rerun").code == 0
    assert stale(in_another_order) == {}
    assert stale_in_the_ui(in_another_order) == set()


def test_a_delivery_of_an_earlier_quarter_is_shown_by_the_later_workbooks_for_the_council_and_evaluators(home):
    before = everything(home / "lake")
    path = home / "extracts" / BASELINE.key / "police_incidents.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + "".join(reversed(rows)), encoding="utf-8")
    assert fs_pipeline(home, "rerun").code == 0
    assert written_since(before, home) == {
        *(f"{table}/{BASELINE.key}" for table in ("extracts/police_incidents", "outputs/data_quality")),
        *(f"exports/{audience}_workbook/{FIRST.key}" for audience in ("operational", "evaluator")),
    }


def test_what_everyone_may_see_keeps_its_bytes(in_another_order):
    files = list((in_another_order / "exports" / FIRST.key).glob("*published.xlsx"))
    files += (in_another_order / "exports" / FIRST.key).glob("*report.html")
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
    assert fs_pipeline(in_another_order, "rerun").code == 0
    assert len(files) == 2
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files} == before


def test_the_table_says_of_every_extract_what_its_record_says(home):
    lake = State(home).lake
    (home / "extracts" / FIRST.key / "waiting_lists.csv").unlink()
    assert fs_pipeline(home, "rerun").code == 0
    rows = lake.read(DATA_QUALITY, FIRST)
    for extract, of_extract in rows.groupby("extract"):
        record = lake.record(f"extracts/{extract}", FIRST)
        assert set(of_extract["supplied"]) == {record.supplied}
        assert set(of_extract["delivery"]) == {record.origin.delivery}
        assert of_extract.set_index("counted")["count"].to_dict() == record.counts
    assert rows["extract"].nunique() == len(EXTRACTS)
    assert "waiting_lists" in set(rows.loc[~rows["supplied"], "extract"])


def test_of_a_quarter_that_was_never_run_the_workbook_names_what_was_read_and_nothing_else(tmp_path):
    """The second quarter run alone reads of the first what it looks back at; the first, run later, makes up for it."""
    read = {"people", "attendance", "police_incidents", "marac_referrals"}
    alone, in_order = tmp_path / "alone", tmp_path / "in order"
    for home in (alone, in_order):
        deliver(home, BASELINE, SECOND)
    assert fs_pipeline(alone, "run", SECOND.key).code == 0
    named = {
        extract: file for extract, quarter, file, *_ in lines(alone, SECOND, "Provenance") if quarter == FIRST.label
    }
    assert named == {name: f"extracts/{FIRST.key}/{name}.csv" for name in read}
    sheet = lines(alone, SECOND, "Data quality")
    (head,) = [number for number, row in enumerate(sheet) if FIRST.label in row]
    coverage = {row[0]: row[sheet[head].index(FIRST.label)] for row in sheet[head + 1 :] if row[0]}
    assert coverage == {name: "yes" if name in read else None for name in EXTRACTS}

    assert fs_pipeline(alone, "run", FIRST.key).code == 0
    assert fs_pipeline(alone, "rerun").code == 0
    assert fs_pipeline(in_order, "run", BASELINE.key, "--to", SECOND.key).code == 0
    tables = [
        {path.relative_to(home): content for path, (content, _) in everything(home / "lake").items()}
        for home in (alone, in_order)
    ]
    assert tables[0] == tables[1]
