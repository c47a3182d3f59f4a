"""The rules about rows: faults, for which a row cannot be used, and findings, which look wrong in rows that are used.

Faults follow from the contract's words about a cell, a row, and another extract. Their reasons say what is accepted,
never what stands there: rows are about people. Numbers of rules are those of the national returns. What a
supplier's history, pulled late, would have shown on the quarter's last day (Z06) is ruled here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags, Positions, days, numbers
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.upn import valid_upns
from fs_pipeline.extracts.cells.cells import NO_DAYS
from fs_pipeline.extracts.checks.conversion import ConvertedColumn, flags_of
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.tables import Kind

References = Mapping[str, pd.DataFrame | None]
"""The used rows of the extracts that others refer to, by extract; None where not supplied."""

ABSURD = 1e9
"""A number beyond this counts nothing that there is: a slip, or an identifier in the wrong column."""

UNKNOWN_REFERRAL = "unknown_referral"

_FOREVER = np.datetime64("9999-12-31")
_REFERRED = {"people": ("person_id", "unknown_person"), "family_members": ("family_id", "unknown_family")}


@dataclass(frozen=True)
class Fault:
    """Rows that cannot be used: at which column, by which rule, and what is accepted."""

    column: str
    rule: str
    reason: str
    rows: Flags


def row_faults(
    extract: Extract, quarter: Quarter, columns: Mapping[str, ConvertedColumn], references: References
) -> list[Fault]:
    """Every fault of the rows, in the contract's order of columns. Faults without rows are left out."""
    faults = [
        fault
        for column in extract.columns
        for fault in _faults_of(extract, quarter, extract.contract(column.name), columns, references)
    ]
    return [fault for fault in faults if fault.rows.any()]


def second_families(columns: Mapping[str, ConvertedColumn], usable: Positions) -> list[Fault]:
    """Of the usable rows, in the file's order, each that puts a child into a second family."""
    role = columns["role"]
    child = flags_of(pc.equal(role.values, "child"))[role.codes[usable]]
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
    columns: Mapping[str, ConvertedColumn],
    references: References,
) -> Iterator[Fault]:
    cells, name = columns[column.name], column.name

    def fault(rule: str, reason: str, distinct: Flags) -> Fault:
        rows = distinct[cells.codes] if distinct.any() else np.zeros(len(cells.codes), dtype=np.bool_)
        return Fault(name, rule, f"{name} {reason}", rows)

    if not column.nullable and name not in extract.key:
        yield fault("blank", "is blank and must be filled", cells.blank & ~cells.no_day)
        yield fault("bad_date", f"is {NO_DAYS}, which is no day, and must be filled", cells.no_day)
    for value_fault in cells.faults:
        yield fault(value_fault.rule, value_fault.reason, value_fault.distinct)
    if column.codes:
        known = flags_of(pc.is_in(cells.values, value_set=pa.array(column.codes)))
        yield fault("unknown_code", f"is none of {', '.join(column.codes)}", cells.valid & ~known)
    if column.minimum is not None or column.maximum is not None:
        yield fault("out_of_range", f"is not {_range(column)}", _beyond(cells, column.minimum, column.maximum))
    if column.kind in (Kind.INT, Kind.FLOAT):
        yield fault(
            "absurd_number", f"is more than {ABSURD:,.0f}: nothing here is so many", _beyond(cells, -ABSURD, ABSURD)
        )
    known_ids = references.get(column.refers_to) if column.refers_to in _REFERRED else None
    if known_ids is not None:
        identifier, rule = _REFERRED[column.refers_to]
        known = flags_of(pc.is_in(cells.values, value_set=pa.array(known_ids[identifier], pa.string())))
        yield fault(rule, f"is not among the {identifier}s of {column.refers_to}", cells.valid & ~known)
    if column.kind is Kind.DATE and not extract.snapshot:
        first, last = np.datetime64(quarter.first_day), np.datetime64(quarter.last_day)
        reason = f"is not in {quarter.label} ({quarter.first_day} to {quarter.last_day})"
        yield fault("outside_quarter", reason, (cells.dates < first) | (cells.dates > last))
    if column.ends:
        start = columns[column.ends]
        early = cells.dates[cells.codes] < start.dates[start.codes]
        yield Fault(name, "end_before_start", f"{name} is before {column.ends}", early)
    if name == "people_with_event":
        percentage = columns["percentage"]
        neither = cells.blank[cells.codes] & percentage.blank[percentage.codes]
        yield Fault(name, "blank", "people_with_event and percentage are both blank; one must be filled", neither)


def _beyond(cells: ConvertedColumn, least: float | None, most: float | None) -> Flags:
    numbers = cells.values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    beyond: Flags = (numbers < (-np.inf if least is None else least)) | (numbers > (np.inf if most is None else most))
    return beyond


def _range(column: ExtractColumn) -> str:
    if column.maximum is None:
        return f"{column.minimum:g} or more"
    return f"{column.maximum:g} or less" if column.minimum is None else f"from {column.minimum:g} to {column.maximum:g}"


@dataclass(frozen=True)
class Finding:
    """Rows (positions in the frame) that look wrong at a column; one message each."""

    column: str
    rule: str
    rows: Positions
    messages: list[str]


def findings_of(
    extract: Extract, frame: pd.DataFrame, each_named: Callable[[Positions], list[str]], references: References
) -> Iterator[Finding]:
    """The findings of the used rows, in the file's order.

    Where rows clash with each other the finding stands at the later one (the plan that starts later, the row
    further down) and names the other: `each_named` gives words for rows. One without rows has nothing to say.
    """
    if "upn" in extract.names:
        yield _upns(frame)
    if extract.extract == "people":
        yield _shared_upns(frame, each_named)
    if extract.extract == "allocations" and (referrals := references.get("referrals")) is not None:
        yield _unknown_referrals(frame, referrals)
    if extract.extract == "cp_plans":
        yield from _clashes(frame, each_named, "plan", overlapping="8940", both_open="8935")
    if extract.extract == "care_periods":
        yield from _clashes(frame, each_named, "period of care", overlapping="501", both_open="501")
    if extract.extract == "attendance":
        yield _absences(frame)


def no_days(columns: Mapping[str, ConvertedColumn], used: Positions) -> Iterator[Finding]:
    """Of the used rows, those whose date is blank because a program wrote its word for that."""
    for name, column in columns.items():
        rows = np.flatnonzero(column.no_day[column.codes[used]])
        yield Finding(name, "no_day", rows, [f"{name} is {NO_DAYS}, which is no day: taken as blank"] * len(rows))


def _upns(frame: pd.DataFrame) -> Finding:
    """UPNs that are none, or have another check letter."""
    codes, distinct = pd.factorize(frame["upn"])
    wrong = np.append(~valid_upns(pd.Series(distinct, dtype="str")), False)  # the last stands for blanks, code -1
    rows = np.flatnonzero(wrong[codes])
    message = (
        "upn is not a valid UPN: a check letter that fits the rest, eleven digits, and a digit "
        "(a letter when temporary)"
    )
    return Finding("upn", "1510", rows, [message] * len(rows))


def _shared_upns(frame: pd.DataFrame, each_named: Callable[[Positions], list[str]]) -> Finding:
    """UPNs that an earlier row gives to another person."""
    codes, distinct = pd.factorize(frame["upn"])
    first = np.full(len(distinct) + 1, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes), dtype=np.int64)[::-1]  # last write wins: the first row
    position = np.arange(len(codes), dtype=np.int64)
    rows = np.flatnonzero((codes >= 0) & (first[codes] != position))
    others = each_named(first[codes[rows]])
    return Finding("upn", "1520", rows, [f"upn is also the UPN of another person, in {other}" for other in others])


def _unknown_referrals(allocations: pd.DataFrame, referrals: pd.DataFrame) -> Finding:
    """Family Safeguarding allocations of a referral that is not there: their children are on no roster by them."""
    known = allocations["referral_id"].isin(referrals["referral_id"]).to_numpy()
    rows = np.flatnonzero(allocations["family_safeguarding"].to_numpy(dtype=np.bool_) & ~known)
    message = "referral_id is not among the referral_ids of referrals: without it the child is not on the roster"
    return Finding("referral_id", UNKNOWN_REFERRAL, rows, [message] * len(rows))


def _clashes(
    frame: pd.DataFrame, each_named: Callable[[Positions], list[str]], what: str, *, overlapping: str, both_open: str
) -> Iterator[Finding]:
    """Spans of one person of which the later starts before an earlier one ended; two open ones among them.

    A span may start on the day on which the one before it ends.
    """
    person = pd.factorize(frame["person_id"])[0]
    start, end = days(frame["start_date"]), days(frame["end_date"])
    is_open = np.isnat(end)
    end = np.where(is_open, _FOREVER, end)
    order = np.lexsort((np.arange(len(frame)), end, start, person))
    latest, which = latest_end_before(person[order], end[order])
    clash = start[order] < latest
    doubly_open = clash & is_open[order] & (latest == _FOREVER)
    for rule, chosen, words in (
        (overlapping, clash & ~doubly_open, f"start_date is before the end of an earlier {what} of this child"),
        (both_open, doubly_open, f"end_date is blank, as it is in an earlier {what} of this child"),
    ):
        others = each_named(order[which[chosen]])
        rows = order[chosen]
        messages = pd.Series([f"{words}, in {other}" for other in others], index=rows, dtype="str").sort_index()
        column = "start_date" if words.startswith("start") else "end_date"
        yield Finding(column, rule, messages.index.to_numpy(dtype=np.int64), messages.tolist())


def latest_end_before(person: Positions, end: Dates) -> tuple[Dates, Positions]:
    """For spans in order of person and start: the latest end of the person's earlier spans, and whose it is.

    NaT and the span itself where there is none.
    """
    none = np.datetime64("NaT")
    if not len(end):
        return end, person
    ends = pd.Series(end.astype(np.int64))
    # the running maximum of a person's spans up to and including each one
    running = ends.groupby(person).cummax().to_numpy()
    first = np.append(True, person[1:] != person[:-1])
    rises = first | np.append(True, running[1:] > running[:-1])
    holder = np.maximum.accumulate(np.where(rises, np.arange(len(end), dtype=np.int64), 0))
    before, whose = np.roll(running, 1).astype("datetime64[D]"), np.roll(holder, 1)
    before[first] = none
    return before, np.where(first, np.arange(len(end), dtype=np.int64), whose)


def _absences(frame: pd.DataFrame) -> Finding:
    """Rows with more absent than possible sessions."""
    possible, authorised, unauthorised = (
        numbers(frame[f"sessions_{name}"]) for name in ("possible", "authorised", "unauthorised")
    )
    too_many: Flags = authorised + unauthorised > possible
    rows = np.flatnonzero(too_many)
    message = "sessions_authorised and sessions_unauthorised are together more than sessions_possible"
    return Finding("sessions_possible", "absences_over_possible", rows, [message] * len(rows))


def after_quarter(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> Flags:
    """Rows of a snapshot that begin after the quarter: a start is given, and none lies on or before its last day.

    Rows whose starts are all blank stay. Quarter extracts have no such rows.
    """
    started, begun = np.zeros((2, len(frame)), dtype=np.bool_)
    if extract.snapshot:
        for column in extract.columns:
            if extract.contract(column.name).starts:
                start = days(frame[column.name])
                started |= ~np.isnat(start)
                begun |= start <= np.datetime64(quarter.last_day)
    later: Flags = started & ~begun
    return later


def blank_later_events(extract: Extract, quarter: Quarter, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A snapshot without what had not happened yet by the quarter's last day, and in how many rows that was so.

    An end, closure, conclusion or nullable start after it is blank, with the reason or outcome that came with it.
    """
    later = later_events(extract, quarter, frame)
    touched = np.zeros(len(frame), dtype=np.bool_)
    for rows in later.values():
        touched |= rows
    blanked = {column: frame[column].mask(rows) for column, rows in later.items()}
    return frame.assign(**blanked), int(touched.sum())


def later_events(extract: Extract, quarter: Quarter, dates: pd.DataFrame) -> dict[str, Flags]:
    """By column, the rows of a snapshot whose value had not happened yet; only columns that have such rows.

    `dates` needs the columns of dates alone.
    """
    later: dict[str, Flags] = {}
    contracts = [extract.contract(column.name) for column in extract.columns] if extract.snapshot else []
    for event in contracts:
        if event.kind is Kind.DATE and event.nullable and (event.starts or event.ends):
            after = days(dates[event.name]) > np.datetime64(quarter.last_day)
            if after.any():
                later |= {column.name: after for column in contracts if event.name in (column.name, column.came_with)}
    return later
