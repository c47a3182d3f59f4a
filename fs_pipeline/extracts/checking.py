"""Checks a delivered extract against the contract: which file is refused, which rows are left out, which look wrong.

The order: the file, its columns, its keys (any of these refuses the file); then rows that occur twice, rows that
cannot be used, and rows outside the quarter's world; the rest is the extract, and what looks wrong in it is a
finding.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells import Cells
from fs_pipeline.extracts.conversion import ConvertedColumn, as_text, converted, stripped
from fs_pipeline.extracts.csv_cells import csv_cells
from fs_pipeline.extracts.deliveries import ENDINGS, Delivery
from fs_pipeline.extracts.faults import Fault, References, row_faults, second_families
from fs_pipeline.extracts.findings import Finding, findings_of
from fs_pipeline.extracts.parquet_cells import parquet_cells
from fs_pipeline.extracts.refusals import ExtractRefused, rows_named
from fs_pipeline.extracts.world import after_quarter, blank_later_events
from fs_pipeline.extracts.xlsx_cells import xlsx_cells
from fs_pipeline.toolkit.extracts import Extract

__all__ = ["CheckedExtract", "ExtractRefused", "check_extract"]

_REJECTED = ("file", "row", "column", "rule", "reason")
_FINDINGS = ("file", "row", "column", "rule", "message")
_HEADING = re.compile(r"^[A-Za-z][A-Za-z _/().-]{0,39}$")
"""What may be told of a heading that the contract does not know: others may be a row that ran into the header."""
_SURPLUS = "cells beyond the header"


def _no_rows(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns), dtype="str")


@dataclass(frozen=True, eq=False)
class CheckedExtract:
    """What a delivery holds, once checked.

    Attributes:
        supplied: a file was delivered, even one without rows.
        version: SHA-256 of its bytes; "" when not supplied.
        file: `extracts/2017-10-01/people.csv`; "" when not supplied.
        rows: the rows that are used, as the extract's table.
        rejected: the rows left out: file, row, column, rule and reason, then the columns as delivered.
        findings: the rows that stay but look wrong: file, row, column, rule, message.
            Both hold, of what was read from a source, its reader's lines too.
        counts: rows delivered, duplicates, rejected, after_quarter, ends_blanked and used. Every delivered row is
            used, rejected, a duplicate or after the quarter; in some of the used ones a later end was blanked.
        rejected_by_rule: rejected rows by the rule of their first fault.
        findings_by_rule: findings by rule.
        unexpected_columns: delivered columns that the contract does not know; ignored.
    """

    supplied: bool
    version: str
    file: str
    rows: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=lambda: _no_rows(_REJECTED))
    findings: pd.DataFrame = field(default_factory=lambda: _no_rows(_FINDINGS))
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("delivered", "duplicates", "rejected", "after_quarter", "ends_blanked", "used"), 0
        )
    )
    rejected_by_rule: dict[str, int] = field(default_factory=dict)
    findings_by_rule: dict[str, int] = field(default_factory=dict)
    unexpected_columns: tuple[str, ...] = ()


def check_extract(
    extract: Extract, quarter: Quarter, delivery: Delivery | None, *, required: bool, references: References
) -> CheckedExtract:
    """The delivery's rows that can be used, those that cannot, and what looks wrong.

    Args:
        extract: which extract it is.
        quarter: the quarter that it was delivered for.
        delivery: the file; None when there is none.
        required: it must be there in this quarter.
        references: the used rows of `people` and `family_members`, where the extract refers to them; an identifier
            is not checked against an extract that is None or not named.

    Raises:
        ExtractRefused: the file cannot be trusted, or is required and missing.
    """
    if delivery is None:
        if required:
            place = f"extracts/{quarter.key}/{extract.extract}"
            expected = f"{place}{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
            raise ExtractRefused(f"{extract.extract} is missing for {quarter.label}: expected {expected}")
        return CheckedExtract(supplied=False, version="", file="", rows=extract.empty())
    cells = _cells(delivery, extract)
    positions = _positions(cells, extract)
    columns = {name: converted(cells.columns[position], extract.contract(name)) for name, position in positions.items()}
    filled = _filled(cells, extract, columns)
    if cells.ragged and not filled.any():
        raise ExtractRefused(
            f"{cells.file}: no row has as many cells as the header in row {cells.header_number} "
            f"({len(cells.headings)}), as in {rows_named([row.number for row in cells.ragged])}: give every column a "
            "heading, and put cells with commas in quotation marks"
        )
    _refuse_blank_keys(cells, extract, positions, columns, filled)
    duplicate = _duplicates(cells, extract, columns, filled)
    asked = filled & ~duplicate

    faults = row_faults(extract, quarter, columns, references)
    if extract.extract == "family_members":
        usable = asked.copy()
        for fault in faults:
            usable &= ~fault.rows
        faults += second_families(columns, np.flatnonzero(usable))
    rejected = _rejected(cells, faults, asked, positions)
    left_out = len(rejected)

    kept = asked.copy()
    for fault in faults:
        kept &= ~fault.rows
    rows = np.flatnonzero(kept)
    frame = pd.DataFrame({name: columns[name].series(rows) for name in extract.names}, copy=False)
    later = after_quarter(extract, quarter, frame)
    if later.any():
        rows, frame = rows[~later], frame[~later].reset_index(drop=True)
    frame, ends_blanked = blank_later_events(extract, quarter, frame)
    findings = _findings(cells, extract, frame, rows, positions)
    if delivery.reading:
        rejected = pd.concat([delivery.reading.rejected, rejected], ignore_index=True).fillna("")
        findings = pd.concat([delivery.reading.findings, findings], ignore_index=True)
    unread = len(delivery.reading.rejected[["file", "row"]].drop_duplicates()) if delivery.reading else 0
    return CheckedExtract(
        supplied=True,
        version=delivery.version,
        file=delivery.file,
        rows=extract.frame(frame),
        rejected=rejected,
        findings=findings,
        counts={
            "delivered": int(filled.sum()) + len(cells.ragged) + unread,
            "duplicates": int(duplicate.sum()),
            "rejected": left_out + unread,
            "after_quarter": int(later.sum()),
            "ends_blanked": ends_blanked,
            "used": len(frame),
        },
        rejected_by_rule=dict(sorted(Counter(rejected["rule"]).items())),
        findings_by_rule=dict(sorted(Counter(findings["rule"]).items())),
        unexpected_columns=_unexpected(cells, positions),
    )


def _cells(delivery: Delivery, extract: Extract) -> Cells:
    ending = delivery.path.suffix.lower()
    if delivery.reading:
        cells = csv_cells(delivery)
        return replace(cells, letters=("",) * len(cells.letters), places=delivery.reading.places)
    if ending == ".csv":
        return csv_cells(delivery)
    return xlsx_cells(delivery, extract.extract) if ending == ".xlsx" else parquet_cells(delivery)


def _positions(cells: Cells, extract: Extract) -> dict[str, int]:
    """Where each column of the contract was delivered; capitals do not matter in headings."""
    headings = [text.lower() for text in cells.headings]
    counted = Counter(text for text in headings if text)
    twice = [text for text, times in counted.items() if times > 1]
    missing = [name for name in extract.names if name not in counted]
    if len(missing) == len(extract.names):
        # whatever stands there may be a row about a person: it is not shown
        raise ExtractRefused(
            f"{cells.file}: row {cells.header_number} names none of the columns of {extract.extract}. Put the header "
            f"there ({', '.join(extract.names)}), separated by commas{_other_delimiter(cells)}"
        )
    if missing:
        raise ExtractRefused(
            f"{cells.file} has no column {', '.join(missing)}: add what is missing to the header in row "
            f"{cells.header_number}, which must name {', '.join(extract.names)}"
        )
    if twice:
        where = ", ".join(
            cells.address(position, text if _HEADING.match(text) else "")
            for position, text in enumerate(headings)
            if text in twice
        )
        raise ExtractRefused(
            f"{cells.file}, row {cells.header_number}: columns of the same name ({where}): keep one of each"
        )
    return {name: headings.index(name) for name in extract.names}


def _other_delimiter(cells: Cells) -> str:
    """What separates the header's cells when it is no comma."""
    for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(cells.headings) == 1 and mark in cells.headings[0]:
            return f"; it is separated by {word}: save it with commas"
    return ""


def _filled(cells: Cells, extract: Extract, columns: dict[str, ConvertedColumn]) -> Flags:
    """Rows with anything in them; wholly blank ones are no rows at all."""
    filled = np.ones(len(cells.numbers), dtype=np.bool_)
    blank_keys = ~np.any([~columns[name].blank[columns[name].codes] for name in extract.key], axis=0)
    candidates = np.flatnonzero(blank_keys)
    if len(candidates):
        blank = np.ones(len(candidates), dtype=np.bool_)
        for column in cells.columns:
            texts = stripped(as_text(column.take(pa.array(candidates))))
            blank &= pc.is_null(texts).to_numpy(zero_copy_only=False)
        filled[candidates[blank]] = False
    return filled


def _refuse_blank_keys(
    cells: Cells, extract: Extract, positions: dict[str, int], columns: dict[str, ConvertedColumn], filled: Flags
) -> None:
    for name in extract.key:
        column = columns[name]
        blank = filled & (column.blank | column.broken)[column.codes]
        if blank.any():
            raise ExtractRefused(
                f"{cells.file}, column {cells.address(positions[name], name)}: blank, or a spreadsheet's error, in "
                f"{cells.named(blank)}. It is part of the key of {extract.extract}: fill it, or remove "
                "these rows"
            )


def _duplicates(cells: Cells, extract: Extract, columns: dict[str, ConvertedColumn], filled: Flags) -> Flags:
    """Rows that repeat an earlier one in every column of the contract; other rows of one key refuse the file."""
    duplicate = np.zeros(len(filled), dtype=np.bool_)
    rows = np.flatnonzero(filled)
    if len(rows) < 2:
        return duplicate
    repeated = _repeated(_combined(columns, extract.key, rows), keep=False)
    rows = rows[repeated]
    if not len(rows):
        return duplicate
    again = _repeated(_combined(columns, extract.names, rows), keep="first")
    duplicate[rows[again]] = True
    rows = rows[~again]
    differing = _repeated(_combined(columns, extract.key, rows), keep=False)
    if differing.any():
        raise ExtractRefused(
            f"{cells.file}: the same key ({', '.join(extract.key)}) with different content in "
            f"{cells.named(rows[differing])}: keep one row of each key"
        )
    return duplicate


def _repeated(codes: Positions, *, keep: Literal["first", False]) -> Flags:
    flags: Flags = pd.Series(codes).duplicated(keep=keep).to_numpy()
    return flags


def _combined(columns: dict[str, ConvertedColumn], names: Sequence[str], rows: Positions) -> Positions:
    """One number per row, the same where the rows mean the same in all these columns."""
    combined = np.zeros(len(rows), dtype=np.int64)
    size = 1
    for name in names:
        column = columns[name]
        distinct = len(column.identity)
        if size * distinct >= 2**62:
            combined, uniques = pd.factorize(combined)
            size = len(uniques)
        combined = combined * distinct + column.identity[column.codes[rows]]
        size *= distinct
    return combined


def _delivered_names(cells: Cells) -> list[str]:
    """The delivered columns' names; blank ones by their letter, and none like the columns put in front of them."""
    names = [
        text or f"column {cells.letters[position] or position + 1}" for position, text in enumerate(cells.headings)
    ]
    return [f"{name} (delivered)" if name in _REJECTED else name for name in names]


def _unexpected(cells: Cells, positions: dict[str, int]) -> tuple[str, ...]:
    """The names of the delivered columns that the contract does not know; of the nameless, those that hold anything."""
    others = [
        (name, position) for position, name in enumerate(_delivered_names(cells)) if position not in positions.values()
    ]
    return tuple(
        name if _HEADING.match(name) else f"column {cells.letters[position] or position + 1}"
        for name, position in others
        if cells.headings[position] or stripped(as_text(cells.columns[position])).null_count < len(cells.numbers)
    )


def _rejected(cells: Cells, faults: list[Fault], asked: Flags, positions: dict[str, int]) -> pd.DataFrame:
    """One line per rejected row in the file's order: the first fault's column and rule, and every fault's reason."""
    any_fault = np.zeros(len(asked), dtype=np.bool_)
    for fault in faults:
        any_fault |= fault.rows
    rows = np.flatnonzero(any_fault & asked)
    if not len(rows) and not cells.ragged:
        return _no_rows((*_REJECTED, *_delivered_names(cells)))
    column, rule, reason = (np.full(len(rows), "", dtype=object) for _ in range(3))
    for fault in faults:
        here = fault.rows[rows]
        first = here & (reason == "")
        further = here & ~first
        column[first] = cells.address(positions[fault.column], fault.column)
        rule[first], reason[first] = fault.rule, fault.reason
        reason[further] += f"; {fault.reason}"
    numbers = cells.numbers[rows]
    lines: dict[str, list[str]] = {
        "file": cells.files(rows),
        "row": cells.labels[rows].astype(str).tolist(),
        "column": column.tolist(),
        "rule": rule.tolist(),
        "reason": reason.tolist(),
    }
    for name, cell in zip(_delivered_names(cells), cells.columns, strict=True):
        lines[name] = as_text(cell.take(pa.array(rows))).fill_null("").to_pylist()
    frame = pd.DataFrame(lines, dtype="str")
    if cells.ragged:
        frame = pd.concat([frame, _ragged(cells)], ignore_index=True).fillna("")
        order = np.concatenate([numbers, [row.number for row in cells.ragged]]).argsort(kind="stable")
        frame = frame.take(order).reset_index(drop=True)
    return frame


def _ragged(cells: Cells) -> pd.DataFrame:
    """The rows that do not fit the header, as far as they fit; what is too much goes into a column of its own."""
    width = len(cells.headings)
    lines = [
        (
            *(cells.file, str(row.number), "", "ragged"),
            f"the row has {len(row.cells)} cells, the header has {width}",
            *row.cells[:width],
            *[""] * (width - len(row.cells)),
            ",".join(row.cells[width:]),
        )
        for row in cells.ragged
    ]
    frame = pd.DataFrame(lines, columns=[*_REJECTED, *_delivered_names(cells), _SURPLUS], dtype="str")
    return frame if frame[_SURPLUS].any() else frame.drop(columns=_SURPLUS)


def _findings(
    cells: Cells, extract: Extract, frame: pd.DataFrame, rows: Positions, positions: dict[str, int]
) -> pd.DataFrame:
    """One line per finding, by rule, then in the file's order."""
    labels = cells.labels[rows]
    found = findings_of(extract, frame, labels)
    if cells.ends_in_line and len(rows) and rows[-1] == len(cells.numbers) - 1:
        last = max(positions, key=lambda name: positions[name])
        message = (
            "the file ends here without a line end: it may have been cut off; compare this row with the supplier's"
        )
        found.append(Finding(last, "cut_off", np.array([len(rows) - 1], dtype=np.int64), [message]))
    if not found:
        return _no_rows(_FINDINGS)
    lines = [
        pd.DataFrame(
            {
                "file": cells.files(rows[finding.rows]),
                "row": labels[finding.rows].astype(str),
                "column": cells.address(positions[finding.column], finding.column),
                "rule": finding.rule,
                "message": finding.messages,
            },
            dtype="str",
        )
        for finding in found
    ]
    return pd.concat(lines, ignore_index=True)
