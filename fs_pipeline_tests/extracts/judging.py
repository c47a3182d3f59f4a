"""Judges how a mutated delivery ended: nothing wrong used, nothing lost without a word, no value told, soon enough."""

from __future__ import annotations

import re
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.extracts.mutated import Mutated, Rows

MOST_SECONDS, MOST_MEGABYTES = 5.0, 400.0
_FIXES = re.compile(r"save|deliver|close|remove|keep|fill|add|unmerge|delete|name one|put|write|give", re.IGNORECASE)
_TELLING = re.compile(r"^[A-Z0-9-]*[0-9]{4}[A-Z0-9-]*$")  # identifiers and days, as they are invented
_TRUE, _FALSE = ("y", "true", "1"), ("n", "false", "0")


@dataclass(frozen=True)
class Ending:
    """How it ended: refused, rejected (some rows were), found (some look wrong) or correct; and what is wrong."""

    how: str
    seconds: float
    megabytes: float
    faults: list[str]


def judged(
    extract: Extract, quarter: Quarter, mutated: Mutated, folder: Path, references: Mapping[str, pd.DataFrame]
) -> Ending:
    place = folder / "extracts" / quarter.key
    place.mkdir(parents=True)
    path = place / f"{extract.extract}.{mutated.form}"
    path.write_bytes(mutated.content)
    before, began = _memory(reset=True), time.process_time()
    try:
        delivery = find_delivery(folder / "extracts", quarter, extract)
        checked = check_extract(extract, quarter, delivery, required=True, references=references)
    except ExtractRefused as refusal:
        how, faults = "refused", _wrong_with(str(refusal), extract, mutated)
    except BaseException:
        how, faults = "traceback", [traceback.format_exc()]
    else:
        how = "rejected" if len(checked.rejected) else "found" if len(checked.findings) else "correct"
        faults = _wrong_in(checked, extract, mutated)
    seconds, megabytes = time.process_time() - began, _memory() - before
    path.unlink()
    if seconds > MOST_SECONDS:
        faults.append(f"took {seconds:.1f} s")
    if megabytes > MOST_MEGABYTES:
        faults.append(f"took {megabytes:.0f} MB")
    return Ending(how, seconds, megabytes, faults)


def _memory(*, reset: bool = False) -> float:
    """The process's memory in MB: the most since it was reset; what is used now when it is reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def _wrong_with(message: str, extract: Extract, mutated: Mutated) -> list[str]:
    faults = []
    if not message.startswith("extracts/"):
        faults.append(f"no address: {message}")
    if not _FIXES.search(message):
        faults.append(f"no fix: {message}")
    return faults + _told(message, extract, mutated)


def _told(text: str, extract: Extract, mutated: Mutated) -> list[str]:
    """Identifiers and days of the rows that stand in a text for people."""
    places = [
        place for place, name in enumerate(extract.names) if name.endswith("_id") or name in ("upn", "date_of_birth")
    ]
    values = {row[place] for row in mutated.truth for place in places if _TELLING.search(row[place])}
    return [f"a value of a row in: {text[:300]}"] if any(value in text for value in values) else []


def _wrong_in(checked: CheckedExtract, extract: Extract, mutated: Mutated) -> list[str]:
    faults = []
    counts = checked.counts
    accounted = counts["used"] + counts["rejected"] + counts["duplicates"] + counts["after_quarter"]
    if accounted != counts["delivered"]:
        faults.append(f"rows do not add up: {counts}")
    if mutated.delivered is not None and counts["delivered"] != mutated.delivered:
        faults.append(f"{counts['delivered']} rows of {mutated.delivered} are accounted for")
    if mutated.must_not_be_used and counts["used"]:
        faults.append(f"{counts['used']} rows were used")
    truth = Counter(_plain(extract, mutated.truth))
    other = Counter(_plain(extract, _texts(extract, checked.rows))) - truth
    if other.total() > len(checked.findings) + mutated.flipped:
        faults.append(f"{other.total()} rows are not as delivered, such as {next(iter(other))}")
    said = [*checked.rejected["reason"], *checked.findings["message"]] if len(checked.rejected) else []
    return faults + [fault for text in set(said) for fault in _told(text, extract, mutated)]


def _texts(extract: Extract, frame: pd.DataFrame) -> Rows:
    return [
        ["" if pd.isna(cell) else str(cell) for cell in row] for row in frame[extract.names].itertuples(index=False)
    ]


def _plain(extract: Extract, rows: Rows) -> list[tuple[object, ...]]:
    kinds = [extract.contract(name).kind for name in extract.names]
    return [tuple(_value(*each) for each in zip(row, kinds, strict=True)) for row in rows]


def _value(text: str, kind: Kind) -> object:
    """What a person would take a cell for."""
    text = text.strip()
    if text == "" or kind is Kind.STRING:
        return text
    if kind is Kind.BOOL:
        return True if text.lower() in _TRUE else False if text.lower() in _FALSE else text
    if kind is Kind.DATE:
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        return text
    try:
        return round(float(text), 5)
    except ValueError:
        return text
