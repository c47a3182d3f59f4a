"""Lines about delivered rows, for people: one for each that is left out, and for each that stays but looks wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.format_extracts import no_lines
from fs_pipeline.extracts.cells.refusals import may_be_shown
from fs_pipeline.extracts.cells.texts import as_text, stripped
from fs_pipeline.extracts.checks.rules import Fault, Finding

REJECTED_LINE = ("file", "row", "column", "rule", "reason")
FINDING_LINE = ("file", "row", "column", "rule", "message")
_SURPLUS = "cells beyond the header"


def rejected_lines(
    cells: Cells, faults: Sequence[Fault], candidates: Flags, positions: Mapping[str, int]
) -> pd.DataFrame:
    """One line per rejected row in the file's order: the first fault's column and rule, and every fault's reason."""
    faulty = np.zeros(len(candidates), dtype=np.bool_)
    for fault in faults:
        faulty |= fault.rows
    rows = np.flatnonzero(faulty & candidates)
    if not len(rows) and not cells.ragged:
        return no_lines((*REJECTED_LINE, *_delivered_names(cells)))
    column, rule, reason = (np.full(len(rows), "", dtype=object) for _ in range(3))
    for fault in faults:
        here = fault.rows[rows]
        first = here & (reason == "")
        further = here & ~first
        column[first] = cells.address(positions[fault.column], fault.column)
        rule[first], reason[first] = fault.rule, fault.reason
        reason[further] += f"; {fault.reason}"
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
        order = np.concatenate([cells.numbers[rows], [row.number for row in cells.ragged]]).argsort(kind="stable")
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
    frame = pd.DataFrame(lines, columns=[*REJECTED_LINE, *_delivered_names(cells), _SURPLUS], dtype="str")
    return frame if frame[_SURPLUS].any() else frame.drop(columns=_SURPLUS)


def finding_lines(
    cells: Cells, findings: Sequence[Finding], rows: Positions, positions: Mapping[str, int]
) -> pd.DataFrame:
    """One line per finding of the used rows, by rule, then in the file's order."""
    labels, findings = cells.labels[rows], [finding for finding in findings if len(finding.rows)]
    if cells.ends_in_line and len(rows) and rows[-1] == len(cells.numbers) - 1:
        last = max(positions, key=lambda name: positions[name])
        message = (
            "the file ends here without a line end: it may have been cut off; compare this row with the supplier's"
        )
        findings.append(Finding(last, "cut_off", np.array([len(rows) - 1], dtype=np.int64), [message]))
    if not findings:
        return no_lines(FINDING_LINE)
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
        for finding in findings
    ]
    return pd.concat(lines, ignore_index=True)


def unexpected_columns(cells: Cells, positions: Mapping[str, int]) -> tuple[str, ...]:
    """The names of the delivered columns that the contract does not know; of the nameless, those that hold anything."""
    others = [
        (name, position) for position, name in enumerate(_delivered_names(cells)) if position not in positions.values()
    ]
    return tuple(
        name if may_be_shown(name) else f"column {cells.letters[position] or position + 1}"
        for name, position in others
        if cells.headings[position] or stripped(as_text(cells.columns[position])).null_count < len(cells.numbers)
    )


def _delivered_names(cells: Cells) -> list[str]:
    """The delivered columns' names; blank ones by their letter, and none like the columns put in front of them."""
    names = [
        text or f"column {cells.letters[position] or position + 1}" for position, text in enumerate(cells.headings)
    ]
    return [f"{name} (delivered)" if name in REJECTED_LINE else name for name in names]
