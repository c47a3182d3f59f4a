"""One way, once, in a process of its own; prints its peak memory. For `timing.peak`."""

from __future__ import annotations

import sys
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.state import State
from fs_pipeline_tests.benchmarks.inventing import PROGRAMME
from fs_pipeline_tests.benchmarks.timing import peak_here


def _once(way: str, state: State, quarter: Quarter) -> None:
    """Each way brings along no more than it needs."""
    if way == "product":
        from fs_pipeline_tests.benchmarks.product import Run

        Run(state.lake, PROGRAMME, quarter).result()
    elif way == "DuckDB":
        from fs_pipeline_tests.benchmarks.duckdb_way import Quarterly

        Quarterly(state.lake, PROGRAMME, quarter).result()
    elif way == "Polars":
        from fs_pipeline_tests.benchmarks.polars_way import PolarsQuarterly

        PolarsQuarterly(state.lake, PROGRAMME, quarter).result()
    else:
        from fs_pipeline_tests.benchmarks.plain import through_dagster, through_plain_loop

        (through_dagster if way == "Dagster" else through_plain_loop)(state, [quarter])


if __name__ == "__main__":
    _once(sys.argv[1], State(Path(sys.argv[2])), Quarter.parse(sys.argv[3]))
    print(peak_here())  # noqa: T201 - it is what the caller reads
