"""One way, once, in a process of its own; prints its peak memory. For `timing.peak`."""

from __future__ import annotations

import sys
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.orchestration.state import State
from fs_pipeline_tests.benchmarks.duckdb_way import Quarterly
from fs_pipeline_tests.benchmarks.inventing import PROGRAMME
from fs_pipeline_tests.benchmarks.plain import through_dagster, through_plain_loop
from fs_pipeline_tests.benchmarks.product import Run
from fs_pipeline_tests.benchmarks.timing import peak_here

WAYS = {
    "product": lambda state, quarter: Run(state.lake, PROGRAMME, quarter).result(),
    "DuckDB": lambda state, quarter: Quarterly(state.lake, PROGRAMME, quarter).result(),
    "plain loop": lambda state, quarter: through_plain_loop(state, [quarter]),
    "Dagster": lambda state, quarter: through_dagster(state, [quarter]),
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](State(Path(sys.argv[2])), Quarter.parse(sys.argv[3]))
    print(peak_here())  # noqa: T201 - it is what the caller reads
