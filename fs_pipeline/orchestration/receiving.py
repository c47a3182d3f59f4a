"""Receiving a quarter's extracts: find each delivery, check it, and keep what was left out or looks wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.checking import CheckedExtract, check_extract
from fs_pipeline.extracts.deliveries import find_delivery
from fs_pipeline.extracts.refusals import ExtractRefused
from fs_pipeline.orchestration.files import replace_file
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract


def references(extract: Extract) -> tuple[str, ...]:
    """The extracts that must know the identifiers of this one."""
    named = (extract.contract(column).refers_to for column in extract.names)
    return tuple(dict.fromkeys(name for name in named if name))


def receive(
    state: State, quarter: Quarter, extract: Extract, known: Callable[[str], pd.DataFrame | None]
) -> CheckedExtract:
    """Finds and checks what was delivered of an extract for a quarter; writes nothing.

    Args:
        state: the state folder.
        quarter: the quarter.
        extract: the extract.
        known: gives the rows of an extract that this one refers to; None when that was not supplied.

    Raises:
        ExtractRefused: it is missing and required, or cannot be trusted.
    """
    return check_extract(
        extract,
        quarter,
        find_delivery(state.extracts, quarter, extract),
        required=extract.required and quarter.first_day >= state.programme().start,
        references={name: known(name) for name in references(extract)},
    )


def receive_all(state: State, quarter: Quarter) -> Iterator[tuple[Extract, CheckedExtract | ExtractRefused]]:
    """Every extract of a quarter in turn, checked, or the reason for which it is refused; writes nothing.

    Identifiers are not checked against an extract that is itself refused.
    """
    rows: dict[str, pd.DataFrame | None] = {}
    for extract in EXTRACTS.values():
        try:
            checked = receive(state, quarter, extract, rows.get)
        except ExtractRefused as refusal:
            yield extract, refusal
        else:
            rows[extract.extract] = checked.rows if checked.supplied else None
            yield extract, checked


def keep_left_out(state: State, quarter: Quarter, extract: Extract, checked: CheckedExtract) -> None:
    """Writes the rejected rows to `rejected/<quarter>/<extract>.csv`, findings to `<extract>.findings.csv`.

    A file of an earlier delivery that has nothing to say any more goes.
    """
    folder = state.rejected / quarter.key
    for name, rows in (
        (f"{extract.extract}.csv", checked.rejected),
        (f"{extract.extract}.findings.csv", checked.findings),
    ):
        if len(rows):
            # With a byte order mark, without which Excel takes UTF-8 for something else.
            replace_file(folder / name, rows.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
        else:
            (folder / name).unlink(missing_ok=True)
