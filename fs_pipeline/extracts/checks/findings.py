"""What looks wrong in rows that can be used all the same. Numbers are those of the national returns' own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Numbers, Positions, days, numbers
from fs_pipeline.arithmetic.upn import valid_upns
from fs_pipeline.toolkit.extracts import Extract

_FOREVER = np.datetime64("9999-12-31")


@dataclass(frozen=True)
class Finding:
    """Rows (positions in the frame) that look wrong at a column; one message each."""

    column: str
    rule: str
    rows: Positions
    messages: list[str]


def findings_of(extract: Extract, frame: pd.DataFrame, row_numbers: np.ndarray) -> list[Finding]:
    """The findings of the used rows, in the file's order.

    Where rows clash with each other the finding stands at the later one (the plan that starts later, the row
    further down) and names the other by its row number.
    """
    return [found for found in _findings(extract, frame, row_numbers) if len(found.rows)]


def _findings(extract: Extract, frame: pd.DataFrame, row_numbers: np.ndarray) -> Iterator[Finding]:
    if "upn" in extract.names:
        yield _upns(frame)
    if extract.extract == "people":
        yield _shared_upns(frame, row_numbers)
    if extract.extract == "cp_plans":
        yield from _clashes(frame, row_numbers, "plan", overlapping="8940", both_open="8935")
    if extract.extract == "care_periods":
        yield from _clashes(frame, row_numbers, "period of care", overlapping="501", both_open="501")
    if extract.extract == "attendance":
        yield _absences(frame)


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


def _shared_upns(frame: pd.DataFrame, row_numbers: np.ndarray) -> Finding:
    """UPNs that an earlier row gives to another person."""
    codes, distinct = pd.factorize(frame["upn"])
    first = np.full(len(distinct) + 1, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes), dtype=np.int64)[::-1]  # last write wins: the first row
    position = np.arange(len(codes), dtype=np.int64)
    rows = np.flatnonzero((codes >= 0) & (first[codes] != position))
    others = row_numbers[first[codes[rows]]]
    return Finding("upn", "1520", rows, [f"upn is also the UPN of another person, in row {row}" for row in others])


def _clashes(
    frame: pd.DataFrame, row_numbers: np.ndarray, what: str, *, overlapping: str, both_open: str
) -> Iterator[Finding]:
    """Spans of one person of which the later starts before an earlier one ended; two open ones among them.

    A span may start on the day on which the one before it ends.
    """
    person = pd.factorize(frame["person_id"])[0]
    start, end = days(frame["start_date"]), days(frame["end_date"])
    is_open = np.isnat(end)
    end = np.where(is_open, _FOREVER, end)
    order = np.lexsort((np.arange(len(frame)), end, start, person))
    latest, which = _latest_end_before(person[order], end[order])
    clash = start[order] < latest
    doubly_open = clash & is_open[order] & (latest == _FOREVER)
    for rule, chosen, words in (
        (overlapping, clash & ~doubly_open, f"start_date is before the end of an earlier {what} of this child"),
        (both_open, doubly_open, f"end_date is blank, as it is in an earlier {what} of this child"),
    ):
        others = row_numbers[order[which[chosen]]]
        rows = order[chosen]
        messages = pd.Series([f"{words}, in row {row}" for row in others], index=rows, dtype="str").sort_index()
        column = "start_date" if words.startswith("start") else "end_date"
        yield Finding(column, rule, messages.index.to_numpy(dtype=np.int64), messages.tolist())


def _latest_end_before(person: Positions, end: Dates) -> tuple[Dates, Positions]:
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
    possible, authorised, unauthorised = (_sessions(frame, name) for name in ("possible", "authorised", "unauthorised"))
    too_many: Flags = authorised + unauthorised > possible
    rows = np.flatnonzero(too_many)
    message = "sessions_authorised and sessions_unauthorised are together more than sessions_possible"
    return Finding("sessions_possible", "absences_over_possible", rows, [message] * len(rows))


def _sessions(frame: pd.DataFrame, name: str) -> Numbers:
    return numbers(frame[f"sessions_{name}"])
