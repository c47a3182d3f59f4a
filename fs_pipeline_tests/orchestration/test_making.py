"""A quarter by the ledger alone: what Dagster makes of the same deliveries, and how far a row of an extract goes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.making import run_quarter
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import ledger_of
from fs_pipeline_tests.orchestration.homes import BASELINE, FIRST, SECOND, deliver

WAY = (
    "extracts/cp_plans",
    "indicators/child_protection_plans",
    "outputs/indicator_values",
    "exports/operational_workbook",
)
"""From a row of child protection plans to the cell of a figure that counts it."""
ASIDE = (
    *("front_page", "series", "before_and_after_sheet", "comparisons_sheet", "level_sheet", "checks_sheet"),
    *("keep_delivery", "keep_edition", "keep_left_out", "code_version"),
)
"""Functions that write other sheets, keep copies or look at code: what they enter is not on the figure's way."""
MOST_MODULES = 25
ROWS = (pd.DataFrame, pd.Series, np.ndarray, pa.Table, pa.ChunkedArray, pa.Array, bytes)


def holds_rows(value: object, depth: int = 2) -> bool:
    """Whether it is rows, a column, or the content of a file, or has such among its parts."""
    if isinstance(value, ROWS):
        return True
    if depth == 0:
        return False
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list | tuple):
        parts = list(value)
    else:
        parts = list(vars(value).values()) if is_dataclass(value) and hasattr(value, "__dict__") else []
    return any(holds_rows(part, depth - 1) for part in parts[:30])


@contextmanager
def modules_entered() -> Iterator[set[str]]:
    """The modules of the package of which a function is given rows meanwhile, or gives some; not what lies `ASIDE`."""
    entered: set[str] = set()
    elsewhere = 0

    def note(frame: FrameType, event: str, result: object) -> None:
        nonlocal elsewhere
        name, code = str(frame.f_globals.get("__name__", "")), frame.f_code
        if not name.startswith("fs_pipeline.") or code.co_name == "<module>" or event not in ("call", "return"):
            return
        if code.co_name in ASIDE:
            elsewhere += 1 if event == "call" else -1
        if elsewhere:
            return
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [result] if event == "return" else [frame.f_locals.get(argument) for argument in arguments]
        if any(holds_rows(value) for value in values):
            entered.add(name)

    sys.setprofile(note)
    try:
        yield entered
    finally:
        sys.setprofile(None)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """Two quarters, a baseline quarter and the programme's first, made by the ledger alone."""
    home = tmp_path_factory.mktemp("alone")
    deliver(home, BASELINE, SECOND)
    for quarter in (BASELINE, FIRST):
        assert run_quarter(ledger_of(State(home)), quarter) == {}
    return home


def test_the_ledger_alone_makes_what_dagster_makes(alone, ordinary):
    ours, dagsters = (State(home).lake for home in (alone, ordinary))
    for table in Look(ledger_of(State(alone))).tables(FIRST):
        kept, made = (lake.record(table, FIRST) for lake in (dagsters, ours))
        assert kept is not None and made is not None
        assert made.data_version == kept.data_version, table


def test_what_is_refused_is_named_and_what_needs_it_left_out(alone, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(alone, home)
    (home / "extracts" / FIRST.key / "cp_plans.csv").write_text("no, such, columns\n", encoding="utf-8")
    refused = run_quarter(ledger_of(State(home)), FIRST)
    assert "cp_plans" in refused["extracts/cp_plans"]
    assert "indicators/child_protection_plans" in refused and "exports/operational_workbook" in refused
    assert "indicators/school_absence" not in refused


def test_a_row_enters_few_modules_on_its_way_to_its_cell(alone, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(alone, home)
    for table in WAY:
        State(home).lake.path(table, FIRST).unlink()
    ledger = ledger_of(State(home))
    with modules_entered() as entered:
        assert run_quarter(ledger, FIRST, WAY) == {}
    assert "fs_pipeline.subjects.child_protection.indicators" in entered
    assert len(entered) <= MOST_MODULES, sorted(entered)
