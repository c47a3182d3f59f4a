"""What people are told of delivered rows: a line for each that is left out, and for each that stays but looks wrong.

And what is left out by cause, in words; whether it is so much that the rest is no extract (Z45).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.cells.cells import (
    FINDING_LINE,
    REJECTED_LINE,
    Cells,
    Places,
    as_text,
    may_be_shown,
    no_lines,
    stripped,
)
from fs_pipeline.extracts.checks.rules import Fault, Finding
from fs_pipeline.toolkit.programme import Quality

_SURPLUS = "cells beyond the header"
_SHOWN = 3
"""So many causes, and so many rows of each, stand in a message; `rejected/` has all of them."""


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
        (*line, *row.cells[:width], *[""] * (width - len(row.cells)), ",".join(row.cells[width:]))
        for line, row in zip(cells.ragged_lines(), cells.ragged, strict=True)
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


def unusable_rows(rejected: pd.DataFrame, not_yet_known: Collection[str]) -> pd.DataFrame:
    """Of the rejected rows those with a fault of another rule than these: by them a row may be of use one day (Z42)."""
    is_only_unknown = rejected["rule"].isin(not_yet_known) & ~rejected["reason"].str.contains("; ", regex=False)
    return rejected[~is_only_unknown]


def too_many(unusable: int, distinct: int, quality: Quality) -> bool:
    """Whether so many of the distinct rows cannot be used that the extract is refused (Z45)."""
    share = unusable / distinct if distinct else 0.0
    return share > 1 / 2 or (share > quality.refuse_above and unusable >= quality.refuse_rows)


def causes_in_words(
    rejected: pd.DataFrame, of: int, places: Places | None, named: int = _SHOWN, unless: Collection[str] = ()
) -> str:
    """Why rows were left out, the cause of most rows first: `3 of 119 rows: team is blank, in rows 4, 7, 9`.

    Args:
        rejected: the rows; each stands under its first fault.
        of: how many distinct rows there were.
        places: where they came from, when they were read from a source. Keys of a table are never named.
        named: so many rows of each cause are named.
        unless: rules that stand for a row only when it has no other fault.
    """
    parts = rejected["reason"].str.split("; ")
    reasons = parts.str[0].where(~rejected["rule"].isin(unless), parts.str[-1])
    groups = sorted(rejected.groupby(reasons, sort=False), key=lambda group: -len(group[1]))
    words = []
    for reason, rows in groups[:_SHOWN]:
        labels = rows["row"] if places is None else rows["row"] + " of " + rows["file"]
        first = labels.head(named).tolist() if places is None or places.numbered else []
        where = f", {'first ' * (len(rows) > named)}in row{'s' * (len(first) > 1)} {', '.join(first)}" if first else ""
        words.append(f"{len(rows):,} of {of:,} rows: {reason}{where}")
    if others := sum(len(rows) for _, rows in groups[_SHOWN:]):
        words.append(f"{others:,} of {of:,} rows: for {len(groups) - _SHOWN} other reasons")
    return "; ".join(words)
