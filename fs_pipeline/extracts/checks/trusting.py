"""Which files are refused: those without the contract's columns, and those with keys that are blank or at odds.

What is wrong with single rows is no reason to refuse a file: see `faults`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.refusals import ExtractRefused, may_be_told
from fs_pipeline.extracts.checks.conversion import ConvertedColumn, as_text, stripped
from fs_pipeline.toolkit.extracts import Extract


def positions_of(cells: Cells, extract: Extract) -> dict[str, int]:
    """Where each column of the contract was delivered; capitals do not matter in headings.

    Raises:
        ExtractRefused: one is missing, or is there twice.
    """
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
            cells.address(position, text if may_be_told(text) else "")
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


def filled_rows(cells: Cells, extract: Extract, columns: dict[str, ConvertedColumn]) -> Flags:
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


def refuse_blank_keys(
    cells: Cells, extract: Extract, positions: dict[str, int], columns: dict[str, ConvertedColumn], filled: Flags
) -> None:
    """Refuses a file in which a filled row has a blank, or a spreadsheet's error, in a column of the key.

    Raises:
        ExtractRefused: says which rows.
    """
    for name in extract.key:
        column = columns[name]
        blank = filled & (column.blank | column.broken)[column.codes]
        if blank.any():
            raise ExtractRefused(
                f"{cells.file}, column {cells.address(positions[name], name)}: blank, or a spreadsheet's error, in "
                f"{cells.named(blank)}. It is part of the key of {extract.extract}: fill it, or remove "
                "these rows"
            )


def duplicates(cells: Cells, extract: Extract, columns: dict[str, ConvertedColumn], filled: Flags) -> Flags:
    """Rows that repeat an earlier one in every column of the contract; other rows of one key refuse the file.

    Raises:
        ExtractRefused: says which rows.
    """
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
