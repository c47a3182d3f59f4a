"""The faults for which a row cannot be used: what the contract's words ask of a cell, a row, and another extract.

A fault's reason says what is accepted, never what was found: rows are about people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.checks.conversion import ConvertedColumn
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.kinds import Kind

References = Mapping[str, pd.DataFrame | None]
"""The used rows of the extracts that others refer to, by extract; None where not supplied."""

ABSURD = 1e9
"""A number beyond this counts nothing that there is: a slip, or an identifier in the wrong column."""

_REFERRED = {"people": ("person_id", "unknown_person"), "family_members": ("family_id", "unknown_family")}


@dataclass(frozen=True)
class Fault:
    """Rows that cannot be used: at which column, by which rule, and what is accepted."""

    column: str
    rule: str
    reason: str
    rows: Flags


def row_faults(
    extract: Extract, quarter: Quarter, columns: dict[str, ConvertedColumn], references: References
) -> list[Fault]:
    """Every fault of the rows, in the contract's order of columns. Faults without rows are left out."""
    faults = [
        fault
        for column in extract.columns
        for fault in _faults_of(extract, quarter, extract.contract(column.name), columns, references)
    ]
    return [fault for fault in faults if fault.rows.any()]


def second_families(columns: dict[str, ConvertedColumn], usable: Positions) -> list[Fault]:
    """Of the usable rows, in the file's order, each that puts a child into a second family."""
    role = columns["role"]
    child = _distinct(role.values, "child")[role.codes[usable]]
    children = usable[child]
    person, family = (columns[name].identity[columns[name].codes[children]] for name in ("person_id", "family_id"))
    _, first, group = np.unique(person, return_index=True, return_inverse=True)
    rows = np.zeros(len(role.codes), dtype=np.bool_)
    rows[children[family != family[first][group]]] = True
    reason = "person_id is a child of another family in an earlier row; a child belongs to one family"
    return [Fault("person_id", "second_family", reason, rows)] if rows.any() else []


def _faults_of(
    extract: Extract,
    quarter: Quarter,
    column: ExtractColumn,
    columns: dict[str, ConvertedColumn],
    references: References,
) -> Iterator[Fault]:
    given, name = columns[column.name], column.name

    def fault(rule: str, reason: str, distinct: Flags) -> Fault:
        rows = distinct[given.codes] if distinct.any() else np.zeros(len(given.codes), dtype=np.bool_)
        return Fault(name, rule, f"{name} {reason}", rows)

    if not column.nullable and name not in extract.key:
        yield fault("blank", "is blank and must be filled", given.blank)
    yield fault("spreadsheet_error", "is a spreadsheet's error, such as #N/A", given.broken)
    for value_fault in given.faults:
        yield fault(value_fault.rule, value_fault.reason, value_fault.distinct)
    if column.codes:
        known = _flags(pc.is_in(given.values, value_set=pa.array(column.codes)))
        yield fault("unknown_code", f"is none of {', '.join(column.codes)}", given.valid & ~known)
    if column.minimum is not None or column.maximum is not None:
        yield fault("out_of_range", f"is not {_range(column)}", _outside(given, column))
    if column.kind in (Kind.INT, Kind.FLOAT):
        yield fault("absurd_number", f"is more than {ABSURD:,.0f}: nothing here is so many", _absurd(given))
    known_ids = references.get(column.refers_to) if column.refers_to else None
    if known_ids is not None:
        identifier, rule = _REFERRED[column.refers_to]
        known = _flags(pc.is_in(given.values, value_set=pa.array(known_ids[identifier], pa.string())))
        yield fault(rule, f"is not among the {identifier}s of {column.refers_to}", given.valid & ~known)
    if column.kind is Kind.DATE and not extract.snapshot:
        first, last = np.datetime64(quarter.first_day), np.datetime64(quarter.last_day)
        reason = f"is not in {quarter.label} ({quarter.first_day} to {quarter.last_day})"
        yield fault("outside_quarter", reason, (given.dates < first) | (given.dates > last))
    if column.ends:
        start = columns[column.ends]
        early = given.dates[given.codes] < start.dates[start.codes]
        yield Fault(name, "end_before_start", f"{name} is before {column.ends}", early)
    if name == "people_with_event":
        percentage = columns["percentage"]
        neither = given.blank[given.codes] & percentage.blank[percentage.codes]
        yield Fault(name, "blank", "people_with_event and percentage are both blank; one must be filled", neither)


def _outside(given: ConvertedColumn, column: ExtractColumn) -> Flags:
    numbers = given.values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    least = -np.inf if column.minimum is None else column.minimum
    most = np.inf if column.maximum is None else column.maximum
    outside: Flags = (numbers < least) | (numbers > most)
    return outside


def _absurd(given: ConvertedColumn) -> Flags:
    absurd: Flags = np.abs(given.values.cast(pa.float64()).to_numpy(zero_copy_only=False)) > ABSURD
    return absurd


def _range(column: ExtractColumn) -> str:
    if column.maximum is None:
        return f"{column.minimum:g} or more"
    return f"{column.maximum:g} or less" if column.minimum is None else f"from {column.minimum:g} to {column.maximum:g}"


def _distinct(values: pa.Array, text: str) -> Flags:
    return _flags(pc.equal(values, text))


def _flags(mask: pa.BooleanArray) -> Flags:
    flags: Flags = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return flags
