"""Checks a delivered extract against the contract: what of it is used, what is left out, and what looks wrong.

The order: the file, its columns, its keys (any of these refuses the file); then rows that occur twice, rows that
cannot be used, and rows outside the quarter's world; the rest is the extract, and what looks wrong in it is a
finding.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.csv_cells import csv_cells
from fs_pipeline.extracts.cells.deliveries import ENDINGS, Delivery
from fs_pipeline.extracts.cells.landing import no_lines
from fs_pipeline.extracts.cells.parquet_cells import parquet_cells
from fs_pipeline.extracts.cells.refusals import ExtractRefused, rows_named
from fs_pipeline.extracts.cells.xlsx_cells import xlsx_cells
from fs_pipeline.extracts.checks.conversion import converted
from fs_pipeline.extracts.checks.faults import References, row_faults, second_families
from fs_pipeline.extracts.checks.telling import (
    FINDING_LINE,
    REJECTED_LINE,
    finding_lines,
    rejected_lines,
    unexpected_columns,
)
from fs_pipeline.extracts.checks.trusting import duplicates, filled_rows, positions_of, refuse_blank_keys
from fs_pipeline.extracts.checks.world import after_quarter, blank_later_events
from fs_pipeline.toolkit.extracts import Extract


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
    rejected: pd.DataFrame = field(default_factory=lambda: no_lines(REJECTED_LINE))
    findings: pd.DataFrame = field(default_factory=lambda: no_lines(FINDING_LINE))
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
    positions = positions_of(cells, extract)
    columns = {name: converted(cells.columns[position], extract.contract(name)) for name, position in positions.items()}
    filled = filled_rows(cells, extract, columns)
    if cells.ragged and not filled.any():
        raise ExtractRefused(
            f"{cells.file}: no row has as many cells as the header in row {cells.header_number} "
            f"({len(cells.headings)}), as in {rows_named([row.number for row in cells.ragged])}: give every column a "
            "heading, and put cells with commas in quotation marks"
        )
    refuse_blank_keys(cells, extract, positions, columns, filled)
    duplicate = duplicates(cells, extract, columns, filled)
    asked = filled & ~duplicate

    faults = row_faults(extract, quarter, columns, references)
    if extract.extract == "family_members":
        usable = asked.copy()
        for fault in faults:
            usable &= ~fault.rows
        faults += second_families(columns, np.flatnonzero(usable))
    rejected = rejected_lines(cells, faults, asked, positions)
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
    findings = finding_lines(cells, extract, frame, rows, positions)
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
        unexpected_columns=unexpected_columns(cells, positions),
    )


def _cells(delivery: Delivery, extract: Extract) -> Cells:
    ending = delivery.path.suffix.lower()
    if delivery.reading:
        cells = csv_cells(delivery)
        return replace(cells, letters=("",) * len(cells.letters), places=delivery.reading.places)
    if ending == ".csv":
        return csv_cells(delivery)
    return xlsx_cells(delivery, extract.extract) if ending == ".xlsx" else parquet_cells(delivery)
