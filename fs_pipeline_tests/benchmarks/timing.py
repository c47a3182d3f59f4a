"""Times side by side: ways in turn, round after round, so that a noisy machine is noisy for all of them; medians."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timed:
    """Medians of a way: seconds that passed, and seconds of processors."""

    seconds: float
    of_processors: float


def interleaved(rounds: int, ways: Mapping[str, Callable[[], object]]) -> dict[str, Timed]:
    """The medians of each way over so many rounds, in each of which every way has its turn."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began, spent = time.perf_counter(), time.process_time()
            way()
            taken[name].append((time.perf_counter() - began, time.process_time() - spent))
    return {
        name: Timed(*(statistics.median(each) for each in zip(*times, strict=True))) for name, times in taken.items()
    }


def peak(*arguments: str) -> float:
    """Peak memory in GB of `python -m fs_pipeline_tests.benchmarks.alone` with these arguments."""
    ran = subprocess.run(
        [sys.executable, "-m", "fs_pipeline_tests.benchmarks.alone", *arguments],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(ran.stdout.split()[-1])


def peak_here() -> float:
    """Peak memory of this process so far, in GB; `ru_maxrss` would be that of the process that started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e9  # in kibibytes


def line(what: str, times: Mapping[str, Timed], peaks: Mapping[str, float] | None = None) -> str:
    """A line of the report: ratios to the first way, then its seconds and the others', then peak memory."""
    ours, *others = times
    mine = times[ours]
    ratios = ", ".join(
        f"{mine.seconds / times[name].seconds:.2f} x {name} "
        f"(processors {mine.of_processors / times[name].of_processors:.2f})"
        for name in others
    )
    seconds = ", ".join(f"{name} {timed.seconds:.2f} s" for name, timed in times.items())
    memory = "; peak " + ", ".join(f"{name} {gigabytes:.2f} GB" for name, gigabytes in peaks.items()) if peaks else ""
    return f"{what}: {f'{ours} is {ratios}; ' if others else ''}{seconds}{memory}"
