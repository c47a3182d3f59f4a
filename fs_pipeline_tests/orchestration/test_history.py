"""A history of random deliveries, re-deliveries, settings and partial reruns over five quarters.

At each step what `status` calls stale is what Dagster calls stale, and what is fresh holds what a plain calculation
makes of the deliveries as they lie there. The history ends in the lake that one clean run makes, byte for byte.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, write_extracts
from fs_pipeline.ledger.look import Place
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.ledger.status import Freshness, Status
from fs_pipeline.orchestration.running import Runner, catch_up
from fs_pipeline.orchestration.watching import key, observe
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.ledgers import BY_TABLE, CATALOGUE, ledger_of
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import instance_of

QUARTERS = Quarter.parse("2017-Q3").until(Quarter.parse("2018-Q4"))
SETTINGS = (
    ("internal_hour = 60.0", "internal_hour = 72.5"),
    ("external_expert_report = 3000.0", "external_expert_report = 2750.0"),
    ("exclude_cwd_children = true", "exclude_cwd_children = false"),
    ("2 = [2018-01-01, 2018-03-31]", "2 = [2018-01-15, 2018-03-31]"),
)
FAULT = "this line is no row of any table\n"


class History:
    """A state folder to which things happen at random; says what happened last.

    Attributes:
        home: the state folder.
        happened: what happened so far, in words.
    """

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.rng, self.happened = home, random.Random(seed), [f"seed {seed}"]
        self.state = State(home)
        home.mkdir()
        settings = PROGRAMME_TEMPLATE.replace("baseline_quarters = 4", "baseline_quarters = 1")
        assert all(one in settings for one, _ in SETTINGS)
        (home / "programme.toml").write_text(settings, encoding="utf-8")
        for quarter, extracts in invent(20, seed, QUARTERS[0], QUARTERS[-1], self.state.programme()):
            write_extracts(extracts, home / "extracts", quarter)
        shutil.copytree(home / "extracts", home / "first delivered")
        self.at_first = sorted((home / "extracts").glob("*/*.csv"))

    def step(self) -> None:
        """One thing happens."""
        things = {
            self.redelivered: 6,
            self.rows_in_another_order: 2,
            self.removed: 3,
            self.delivered_late: 3,
            self.cut_off: 1,
            self.set_otherwise: 3,
            self.run: 1,
            self.run_in_part: 4,
            self.rerun: 4,
        }
        thing = self.rng.choices([*things], [*things.values()])[0]
        self.happened.append(f"{thing.__name__}: {thing()}")

    def file(self, *names: str) -> Path:
        """Where an extract of a quarter is delivered, of those names or of any."""
        return self.rng.choice([file for file in self.at_first if not names or file.stem in names])

    def first_delivered(self, file: Path) -> Path:
        return self.home / "first delivered" / file.relative_to(self.home / "extracts")

    def redelivered(self) -> str:
        """A supplier delivers a file again, some rows fewer than at first."""
        file = self.file()
        head, *rows = self.first_delivered(file).read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text(head + "".join(row for row in rows if self.rng.random() < 0.9), encoding="utf-8")
        return str(file.relative_to(self.home))

    def rows_in_another_order(self) -> str:
        """The same rows in another order: another file, the same table."""
        file = self.file()
        if not file.exists():
            return "nothing"
        head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text(head + "".join(reversed(rows)), encoding="utf-8")
        return str(file.relative_to(self.home))

    def removed(self) -> str:
        """A file is taken away; a required one is refused then."""
        file = self.file(*(name for name, extract in EXTRACTS.items() if not extract.required), "cp_plans")
        file.unlink(missing_ok=True)
        return str(file.relative_to(self.home))

    def delivered_late(self) -> str:
        """All that is missing or cannot be read of an extract comes, as it was first delivered."""
        name = self.rng.choice([*EXTRACTS])
        for file in self.at_first:
            if file.stem == name:
                self.mend(file)
        return name

    def mend(self, file: Path) -> None:
        """A file as it was first delivered, where there is none, or one that cannot be read."""
        if not file.exists() or file.read_text(encoding="utf-8").startswith(FAULT):
            shutil.copy(self.first_delivered(file), file)

    def cut_off(self) -> str:
        """A file comes without its heading: it is refused."""
        file = self.file()
        file.write_text(FAULT, encoding="utf-8")
        return str(file.relative_to(self.home))

    def set_otherwise(self) -> str:
        """A setting is changed, or changed back."""
        one, other = self.rng.choice(SETTINGS)
        text = self.state.programme_file.read_text(encoding="utf-8")
        one, other = (one, other) if one in text else (other, one)
        self.state.programme_file.write_text(text.replace(one, other), encoding="utf-8")
        return other

    def run(self) -> str:
        """A quarter is run, all of it."""
        quarter = self.rng.choice(QUARTERS)
        ended = fs_pipeline(self.home, "run", quarter.key)
        return f"{quarter.key} ended with {ended.code}"

    def run_in_part(self) -> str:
        """Some tables of a quarter are materialised, as from the UI; what they need may be missing or old."""
        quarter = self.rng.choice(QUARTERS)
        tables = Status(ledger_of(self.state)).look.tables(quarter)
        some = self.rng.sample(tables, self.rng.choice((1, 5, len(tables) // 2))) if tables else []
        if some:
            with instance_of(self.home) as instance:
                catch_up(instance, ledger_of(self.state))
                Runner(definitions(), instance, ledger_of(self.state)).run(quarter, some)
        return f"{quarter.key} {some}"

    def rerun(self) -> str:
        """What is stale is run."""
        return f"ended with {fs_pipeline(self.home, 'rerun').code}"

    def settle(self) -> None:
        """Whatever was refused is delivered properly, and what is stale is run."""
        for file in self.at_first:
            if EXTRACTS[file.stem].required or file.exists():
                self.mend(file)
        ended = fs_pipeline(self.home, "rerun")
        assert ended.code == 0, ended.err


def stale_by_status(history: History) -> set[Place]:
    return {place for place, _ in Status(ledger_of(history.state)).stale()}


def stale_by_dagster(history: History) -> set[Place]:
    """The materialised partitions that the UI marks as out of date, of the tables that are there."""
    with instance_of(history.home) as instance:
        observe(instance, ledger_of(history.state))
        graph = definitions().resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        look = Status(ledger_of(history.state)).look
        return {
            Place(quarter, table)
            for quarter in QUARTERS
            if quarter >= look.first_quarter
            for table in look.tables(quarter)
            if look.record(table, quarter) and resolver.get_status(key(table), quarter.key) is StaleStatus.STALE
        }


def made_plainly(state: State) -> dict[Place, pd.DataFrame]:
    """Every table that a plain calculation makes of the deliveries; none from the first refused file on."""
    programme, received, made = state.programme(), {}, {}
    for quarter in QUARTERS:
        if quarter < state.first_quarter():
            continue
        checked = {extract.name: found for extract, found in receive_all(state, CATALOGUE.extracts, quarter)}
        if any(isinstance(found, ExtractRefused) for found in checked.values()):
            break
        received[quarter] = {
            name.rpartition("/")[2]: found.rows if found.supplied else None for name, found in checked.items()
        }
        if quarter.first_day >= programme.start:
            made[quarter] = plain_run.run_quarter(received, programme, quarter, earlier=made)
    return {Place(quarter, table): rows for quarter, tables in made.items() for table, rows in tables.items()}


def fresh_but_different(history: History) -> list[str]:
    """The fresh tables that hold anything but what the plain calculation makes."""
    status, lake = Status(ledger_of(history.state)), history.state.lake
    return [
        str(place)
        for place, rows in made_plainly(history.state).items()
        if status.freshness(place.table, place.quarter) is Freshness.FRESH
        and not lake.read(BY_TABLE[place.table].table, place.quarter).equals(rows)
    ]


def telling_of_other_deliveries(history: History) -> list[str]:
    """The fresh workbooks whose sheet Provenance names other deliveries than the records of the extracts do."""
    status, wrong = Status(ledger_of(history.state)), []
    for quarter in QUARTERS:
        table, file = "exports/operational_workbook", f"fs_kpi_{quarter.key}_operational.xlsx"
        if (
            table not in status.look.tables(quarter)
            or status.freshness(table, quarter) is not Freshness.FRESH
            or not (history.state.exports / quarter.key / file).exists()
        ):
            continue
        sheet = pd.read_excel(history.state.exports / quarter.key / file, "Provenance", header=None, engine="calamine")
        told = {(row[0], row[1]): row[3] for row in sheet.astype(object).where(sheet.notna(), "").to_numpy()}
        for each in status.look.first_quarter.until(quarter):
            for name in EXTRACTS:
                record = status.look.record(f"extracts/{name}", each)
                if told[name, each.label] != (record.origin.delivery[:8] if record else ""):
                    wrong.append(f"{file}: {name} of {each.label}")
    return wrong


def lake_of(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in (home / "lake").rglob("*.parquet")}


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "events", "looked_at_every"), [(1, 15, 5)])
def test_history(seed, events, looked_at_every, tmp_path):
    home, clean = tmp_path / "home", tmp_path / "clean"
    history, looks = History(home, seed), 0
    assert fs_pipeline(home, "run", QUARTERS[0].key, "--to", QUARTERS[-1].key).code == 0
    for event in range(1, events + 1):
        history.step()
        if event % looked_at_every == 0:
            stale = stale_by_status(history)
            assert stale == stale_by_dagster(history), history.happened
            assert fresh_but_different(history) == [], history.happened
            assert telling_of_other_deliveries(history) == [], history.happened
            looks += bool(stale)
    assert looks > events // looked_at_every // 2

    history.settle()
    assert stale_by_status(history) == set(), history.happened
    shutil.copytree(home / "extracts", clean / "extracts")
    shutil.copy(home / "programme.toml", clean / "programme.toml")
    assert fs_pipeline(clean, "run", QUARTERS[0].key, "--to", QUARTERS[-1].key).code == 0
    ours, theirs = lake_of(home), lake_of(clean)
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == set()
