"""Faulty extracts through Dagster: what is refused, what is left out, what still runs, and what people are told."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from string import ascii_uppercase

import dagster as dg
import pandas as pd
import pytest

from fs_pipeline.invented import invent, plant_faults, write_extracts
from fs_pipeline.ledger.status import Delivered, Freshness, Status
from fs_pipeline.settings.programme import read_programme
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline_tests.ledgers import BY_TABLE, RECEIVED, ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, FAMILIES, FIRST, SECOND, SEED, instance_of, kept

TABLES = {name: calculation.table for name, calculation in BY_TABLE.items()}
ALL = {*TABLES, *RECEIVED}
REFUSED = {"extracts/cp_plans", "extracts/care_periods"}
AFTER_THE_REFUSED = {
    "cohort/baseline",
    "cohort/follow_up",
    "fields/child_protection",
    "fields/looked_after",
    "indicators/child_protection_plans",
    "indicators/child_protection_plan_length",
    "indicators/repeat_child_protection_plans",
    "indicators/children_looked_after",
    "indicators/time_looked_after",
    "indicators/twelve_months_before",
    "indicators/twelve_months_after",
    "outputs/person_level",
    "outputs/family_level",
    "outputs/before_after",
    "outputs/before_after_rates",
    "outputs/data_quality",
    "outputs/indicator_values",
    "outputs/comparisons",
    "exports/operational_workbook",
    "exports/evaluator_workbook",
    "exports/published_workbook",
    "exports/report",
    "exports/warehouse",
}
STALE_TOO = {"outputs/person_level", "outputs/indicator_values", "outputs/data_quality"}
"""Those of them that also read what was made anew: scores, which were not supplied."""
COUNTED = {"duplicate": "duplicates", "after_quarter": "after_quarter", "ends_blanked": "ends_blanked"}
"""Planted rules that leave no line in rejected/, and the count in which they stand."""
FINDINGS = {"1510", "1520", "8940", "8935", "501", "absences_over_possible"}


def run_in(home: Path) -> set[str]:
    """The assets that the latest run materialised."""
    with instance_of(home) as instance:
        run = instance.get_run_records(limit=1)[0].dagster_run
        events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        return {"/".join(event.dagster_event.asset_key.path) for event in events}


def check_in(home: Path, extract: str, check: str) -> dg.AssetCheckEvaluation:
    """The latest result of an extract's check."""
    key = dg.AssetCheckKey(dg.AssetKey(["extracts", extract]), check)
    with instance_of(home) as instance:
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        return record.event.dagster_event.event_specific_data


def rejected(home: Path, name: str) -> pd.DataFrame:
    path = home / "rejected" / FIRST.key / name
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def figures(home: Path, table: str) -> pd.DataFrame:
    return State(home).lake.read(INDICATOR_VALUES.called(table), FIRST)


def in_lake(home: Path, table: str, quarter: str = FIRST.key) -> bytes:
    return (home / "lake" / table / f"{quarter}.parquet").read_bytes()


@pytest.fixture
def planted(faulty) -> list[dict]:
    """The faults that `plant_faults` says it planted in the faulty folder."""
    return json.loads((faulty / "planted.json").read_text(encoding="utf-8"))


class TestAnOrdinaryRun:
    def test_it_ends_well_and_makes_everything(self, ordinary):
        assert kept(ordinary).code == 0
        assert run_in(ordinary) == ALL

    def test_everything_is_fresh(self, ordinary):
        look = Status(ledger_of(State(ordinary)))
        assert {look.freshness(table, FIRST) for table in ALL} == {Freshness.FRESH}

    def test_nothing_is_rejected(self, ordinary):
        assert not (ordinary / "rejected").exists()
        assert check_in(ordinary, "people", "rows_can_be_used").passed

    def test_a_baseline_quarter_makes_extracts_and_what_they_say_of_themselves(self, ordinary):
        made = {path.parent.relative_to(ordinary / "lake") for path in ordinary.glob(f"lake/*/*/{BASELINE.key}.*")}
        assert {str(path) for path in made if path.parts[0] not in ("extracts", "reference")} == {
            "outputs/data_quality"
        }
        lake = State(ordinary).lake
        assert lake.record("extracts/police_incidents", BASELINE).supplied
        assert not lake.record("extracts/people", BASELINE).supplied

    def test_a_quarter_that_was_not_run_is_new(self, ordinary):
        look = Status(ledger_of(State(ordinary)))
        assert look.quarters() == [BASELINE, FIRST, SECOND]
        assert look.delivered(EXTRACTS["people"], SECOND) is Delivered.NEW
        assert look.freshness("outputs/person_level", SECOND) is Freshness.MISSING

    def test_an_optional_extract_that_never_came_is_not_zero(self, ordinary):
        """The invented health return of the programme's first quarter does not come."""
        assert not State(ordinary).lake.record("extracts/health_activity", FIRST).supplied
        for indicator in ("accident_and_emergency_attendances", "emergency_admissions"):
            made = figures(ordinary, f"indicators/{indicator}")
            assert len(made) == 2
            assert set(made["status"]) == {"not_supplied"}
            assert made[["value", "numerator", "denominator"]].isna().all(axis=None)


class TestFilesThatAreRefused:
    def test_the_exit_code_and_the_message(self, refused):
        ended = kept(refused)
        assert ended.code == 3
        assert "cp_plans is missing for Oct-Dec 2017: expected extracts/2017-10-01/cp_plans.csv" in ended.err
        assert "extracts/2017-10-01/care_periods.csv has no column start_date" in ended.err
        assert "Traceback" not in ended.err
        assert ended.err.count("refused") == 2

    def test_only_what_depends_on_them_is_not_run(self, refused):
        assert ALL - run_in(refused) == REFUSED | AFTER_THE_REFUSED

    @pytest.mark.parametrize("table", sorted(REFUSED | AFTER_THE_REFUSED))
    def test_the_last_good_version_stays(self, table, refused, ordinary):
        assert in_lake(refused, table) == in_lake(ordinary, table)

    @pytest.mark.parametrize(
        ("extract", "said"), [("cp_plans", "cp_plans is missing for"), ("care_periods", "has no column start_date")]
    )
    def test_the_blocking_check_failed(self, extract, said, refused):
        result = check_in(refused, extract, "file_can_be_trusted")
        assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)
        assert said in result.description

    def test_the_run_is_a_failure_in_dagster(self, refused):
        with instance_of(refused) as instance:
            assert instance.get_runs(limit=1)[0].status is dg.DagsterRunStatus.FAILURE

    def test_status_says_so(self, refused):
        look = Status(ledger_of(State(refused)))
        assert look.delivered(EXTRACTS["cp_plans"], FIRST) is Delivered.MISSING
        assert look.delivered(EXTRACTS["care_periods"], FIRST) is Delivered.CHANGED
        assert {look.freshness(table, FIRST) for table in REFUSED} == {Freshness.STALE}
        assert {look.freshness(table, FIRST) for table in STALE_TOO} == {Freshness.STALE}
        assert {look.freshness(table, FIRST) for table in AFTER_THE_REFUSED - STALE_TOO} == {Freshness.WAITING}
        assert {look.freshness(table, FIRST) for table in ALL - REFUSED - AFTER_THE_REFUSED} == {Freshness.FRESH}
        assert "MISSING" in fs_pipeline(refused, "status").out


class TestTooLittleCanBeUsed:
    """A word that the contract does not know in every row of one column: refused, with the one cause (Z45)."""

    SAID = "9 of 119 rows: family_safeguarding is none of Y, N, true, false, 1 and 0, first in row 2"

    @pytest.fixture
    def yes_and_no(self, home) -> Path:
        path = home / "extracts" / FIRST.key / "allocations.csv"
        allocations = pd.read_csv(path, dtype=str)
        words = allocations["family_safeguarding"].map({"Y": "Yes", "N": "No"})
        allocations.assign(family_safeguarding=words).to_csv(path, index=False)
        return home

    def test_it_is_refused_the_last_good_version_stays_and_its_rows_stand_in_rejected(self, yes_and_no, ordinary):
        rows = len(pd.read_csv(yes_and_no / "extracts" / FIRST.key / "allocations.csv"))
        said = self.SAID.replace("9 of 119", f"{rows} of {rows}")
        checked, ended = (fs_pipeline(yes_and_no, command, FIRST.key) for command in ("check", "run"))
        assert (checked.code, ended.code) == (3, 3)
        assert said in checked.err and said in ended.err and ended.err.count("refused") == 1
        assert "Its lines stand in rejected/2017-10-01" in ended.err
        for table in ("extracts/allocations", "outputs/person_level", "outputs/indicator_values"):
            assert in_lake(yes_and_no, table) == in_lake(ordinary, table)
        assert rejected(yes_and_no, "allocations.csv")["family_safeguarding"].isin(["Yes", "No"]).sum() == rows
        assert not check_in(yes_and_no, "allocations", "file_can_be_trusted").passed
        assert not run_in(yes_and_no) & {"extracts/allocations", "outputs/person_level", "exports/report"}
        look = Status(ledger_of(State(yes_and_no)))
        assert look.delivered(EXTRACTS["allocations"], FIRST) is Delivered.CHANGED

    def test_referrals_that_are_nowhere(self, home, ordinary):
        path = home / "extracts" / FIRST.key / "referrals.csv"
        allocations = pd.read_csv(path.with_name("allocations.csv"), dtype=str).query("family_safeguarding == 'Y'")
        gone = allocations["referral_id"].drop_duplicates().head(6)
        referrals = pd.read_csv(path, dtype=str)
        referrals[~referrals["referral_id"].isin(gone)].to_csv(path, index=False)
        number = int(allocations["referral_id"].isin(gone).sum())
        ended = fs_pipeline(home, "run", FIRST.key)
        assert ended.code == 3
        assert f"{number} of {len(allocations)} Family Safeguarding allocations have a referral_id that" in ended.err
        assert in_lake(home, "extracts/allocations") == in_lake(ordinary, "extracts/allocations")
        lines = rejected(home, "allocations.findings.csv")
        assert lines["rule"].tolist() == ["unknown_referral"] * number


class TestAnOptionalExtractThatIsMissing:
    def test_its_figures_are_blank_and_say_not_supplied(self, refused, ordinary):
        table = "indicators/depression_and_anxiety"
        before, now = figures(ordinary, table), figures(refused, table)
        key = list(INDICATOR_VALUES.key)
        assert before[key].to_dict("records") == now[key].to_dict("records")
        assert set(before["status"]) == {"final"}
        assert (before["value"] == 0).any()
        assert set(now["status"]) == {"not_supplied"}
        assert now[["value", "numerator", "denominator"]].isna().all(axis=None)

    def test_its_fields_are_blank(self, refused):
        table = TABLES["fields/mental_health"]
        scores = State(refused).lake.read(table, FIRST).drop(columns=list(table.key))
        assert len(scores)
        assert scores.isna().all(axis=None)

    def test_it_is_no_fault(self, refused):
        assert "mental_health" not in kept(refused).err
        assert check_in(refused, "mental_health_scores", "file_can_be_trusted").passed
        assert not State(refused).lake.record("extracts/mental_health_scores", FIRST).supplied


class TestRowsThatCannotBeUsed:
    def test_enough_kinds_were_planted(self, planted):
        assert len({fault["rule"] for fault in planted}) >= 15

    def test_the_run_ends_well(self, faulty):
        assert kept(faulty).code == 0
        assert run_in(faulty) == ALL

    def test_every_planted_fault_stands_in_rejected_with_its_place_and_reason(self, faulty, planted):
        for fault in planted:
            if fault["rule"] in (*COUNTED, "unexpected_column"):
                continue
            ending = ".findings.csv" if fault["rule"] in FINDINGS else ".csv"
            lines = rejected(faulty, fault["extract"] + ending)
            found = lines[lines["row"] == str(fault["row"])].to_dict("records")
            names = EXTRACTS[fault["extract"]].names
            column = f"{ascii_uppercase[names.index(fault['column'])]} {fault['column']}" if fault["column"] else ""
            place = [(line["file"], line["column"], line["rule"]) for line in found]
            assert (fault["file"], column, fault["rule"]) in place, fault
            assert all(line["message" if fault["rule"] in FINDINGS else "reason"] for line in found)

    def test_nothing_else_is_rejected(self, faulty, planted):
        expected = Counter(
            fault["extract"] for fault in planted if fault["rule"] not in FINDINGS | {*COUNTED, "unexpected_column"}
        )
        lake = State(faulty).lake
        counted = {name: lake.record(f"extracts/{name}", FIRST).counts["rejected"] for name in EXTRACTS}
        assert {name: count for name, count in counted.items() if count} == dict(expected)
        assert {name: len(rejected(faulty, f"{name}.csv")) for name in expected} == dict(expected)

    def test_rejected_rows_stand_as_delivered_behind_the_reason(self, faulty):
        lines = rejected(faulty, "police_incidents.csv")
        columns = EXTRACTS["police_incidents"].names
        assert lines.columns.tolist() == ["file", "row", "column", "rule", "reason", *columns]
        delivered = (faulty / "extracts" / FIRST.key / "police_incidents.csv").read_text(encoding="utf-8").splitlines()
        for line in lines.to_dict("records"):
            cells = delivered[int(line["row"]) - 1].split(",")
            assert [line[column] for column in columns][: len(cells)] == cells

    def test_rows_that_are_only_counted(self, faulty, planted):
        lake = State(faulty).lake
        for fault in planted:
            if count := COUNTED.get(fault["rule"]):
                assert lake.record(f"extracts/{fault['extract']}", FIRST).counts[count] >= 1, fault

    def test_the_counts_add_up(self, faulty):
        lake = State(faulty).lake
        for extract in EXTRACTS.values():
            counts = lake.record(extract.name, FIRST).counts
            parts = ("used", "rejected", "duplicates", "after_quarter")
            assert counts["delivered"] == sum(counts[part] for part in parts)
            assert counts["used"] == len(lake.read(extract, FIRST))

    def test_the_checks_hold_the_counts_by_rule(self, faulty):
        lines = rejected(faulty, "police_incidents.csv")
        result = check_in(faulty, "police_incidents", "rows_can_be_used")
        assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
        shown = {name: value.value for name, value in result.metadata.items()}
        assert shown == {"quarter": "Oct-Dec 2017", "rows rejected": len(lines), **Counter(lines["rule"])}
        assert check_in(faulty, "police_incidents", "file_can_be_trusted").passed

    def test_findings_are_shown_and_their_rows_used(self, faulty):
        lines = rejected(faulty, "people.findings.csv")
        result = check_in(faulty, "people", "content_is_plausible")
        assert not result.passed
        assert result.metadata["findings"].value == len(lines) > 0
        assert State(faulty).lake.record("extracts/people", FIRST).counts["rejected"] == 0

    def test_run_and_check_say_what_was_left_out(self, faulty):
        lines = rejected(faulty, "police_incidents.csv")
        said = f"left out extracts/{FIRST.key}/police_incidents.csv: "
        for printed in (kept(faulty).err, fs_pipeline(faulty, "check", FIRST.key).out):
            [line] = [line for line in printed.splitlines() if line.startswith(said)]
            assert sum(int(count) for count in re.findall(r"(\d+) of \d+ rows: ", line)) == len(lines)
            assert re.search(rf"in rows? [\d, ]*\b{lines['row'][0]}\b", line)
        assert check_in(faulty, "police_incidents", "rows_can_be_used").description in line

    def test_status_counts_them(self, faulty):
        look = Status(ledger_of(State(faulty)))
        assert look.rejected(EXTRACTS["police_incidents"], FIRST) == len(rejected(faulty, "police_incidents.csv"))
        assert f"yes ({len(rejected(faulty, 'police_incidents.csv'))})" in fs_pipeline(faulty, "status").out


class TestARedelivery:
    def test_it_is_changed_and_stale_and_what_was_made_from_it_waits(self, home):
        plant_faults(home / "extracts", FIRST, SEED)
        look = Status(ledger_of(State(home)))
        assert look.delivered(EXTRACTS["police_incidents"], FIRST) is Delivered.CHANGED
        waiting = {
            *("fields/police_contacts", "fields/domestic_abuse_high_risk"),
            *("indicators/domestic_abuse_incidents_reported", "outputs/person_level", "outputs/indicator_values"),
        }
        assert look.freshness("extracts/police_incidents", FIRST) is Freshness.STALE
        assert {look.freshness(table, FIRST) for table in waiting} == {Freshness.WAITING}
        assert look.freshness("extracts/caseloads", FIRST) is Freshness.FRESH
        shown = fs_pipeline(home, "status").out
        assert "changed" in shown and "stale" in shown

    def test_an_earlier_quarter_makes_later_windows_stale(self, home):
        path = home / "extracts" / BASELINE.key / "police_incidents.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
        fs_pipeline(home, "run", BASELINE.key)
        look = Status(ledger_of(State(home)))
        assert look.freshness("extracts/police_incidents", BASELINE) is Freshness.FRESH
        assert look.freshness("fields/police_contacts", FIRST) is Freshness.STALE
        assert look.freshness("fields/attendance", FIRST) is Freshness.FRESH

    def test_after_a_run_everything_is_fresh(self, faulty):
        look = Status(ledger_of(State(faulty)))
        assert {look.delivered(extract, FIRST) for extract in EXTRACTS.values()} == {
            Delivered.SUPPLIED,
            Delivered.NOT_SUPPLIED,
        }
        assert {look.freshness(table, FIRST) for table in ALL} == {Freshness.FRESH}

    def test_clean_again_everything_is_as_it_was_and_the_rejected_files_go(self, faulty, ordinary, tmp_path):
        home = shutil.copytree(faulty, tmp_path / "home")
        assert list((home / "rejected").rglob("*.csv"))
        programme = read_programme(home / "programme.toml")
        for quarter, extracts in invent(FAMILIES, SEED, FIRST, FIRST, programme):
            write_extracts(extracts, home / "extracts", quarter)

        assert fs_pipeline(home, "run", FIRST.key).code == 0

        assert not list((home / "rejected").rglob("*.csv"))
        assert {table for table in ALL if in_lake(home, table) != in_lake(ordinary, table)} == set()
