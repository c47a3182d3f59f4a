"""Receiving a quarter's extracts: find each delivery, check it, and keep what was left out or looks wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import csv_for_excel
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import Delivery, find_delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.ledger.link_review import write_review
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.programme import Programme


def delivered(state: State, quarter: Quarter, extract: Extract) -> Delivery | None:
    """What was delivered of an extract for a quarter: what its source in sources.toml holds, else a file of `extracts`.

    Of the comparators there is one file for all quarters.

    Raises:
        ExtractRefused: it cannot be told which file it is, it cannot be opened, or the source cannot be read.
        SettingsError: sources.toml is wrong.
    """
    if state.sources.of(extract):
        return state.sources.delivery(extract, quarter, state.programme().start)
    return find_delivery(state.extracts, None if extract.name == COMPARATORS.name else quarter, extract)


def ask_clerk(state: State, extract: Extract) -> None:
    """Puts the doubtful among the people who were linked by names into the review workbook; it alone holds names.

    A workbook that a clerk has saved since it was read is left to the next run.
    """
    review = state.sources.review(extract)
    if review and review.is_due:
        write_review(review.path, review.links, review.decisions, review.source)


def is_required(extract: Extract, quarter: Quarter, programme: Programme) -> bool:
    """Whether the extract must be there: from the programme's start on, those that the contract requires."""
    return extract.required and quarter.first_day >= programme.start


def references(extract: Extract) -> tuple[str, ...]:
    """The extracts that must know the identifiers of this one."""
    named = (extract.contract(column).refers_to for column in extract.names)
    return tuple(dict.fromkeys(name for name in named if name))


def receive(
    programme: Programme,
    quarter: Quarter,
    extract: Extract,
    delivery: Delivery | None,
    known: Callable[[str], pd.DataFrame | None],
) -> CheckedExtract:
    """Checks what was delivered of an extract for a quarter, whether it is used or not; writes nothing.

    Args:
        programme: the programme's settings.
        quarter: the quarter.
        extract: the extract.
        delivery: the file; None when there is none.
        known: gives the rows of an extract that this one refers to; None when that was not supplied.

    Raises:
        ExtractRefused: it is missing and required, or cannot be trusted.
    """
    return check_extract(
        extract,
        quarter,
        delivery,
        required=is_required(extract, quarter, programme),
        references={name: known(name) for name in references(extract)},
        quality=programme.quality,
    )


def receive_all(
    state: State, extracts: Iterable[Extract], quarter: Quarter
) -> Iterator[tuple[Extract, CheckedExtract | ExtractRefused]]:
    """These extracts of a quarter in turn, checked, or the reason for which it is refused; writes nothing.

    Identifiers are not checked against an extract that is itself refused.
    """
    rows: dict[str, pd.DataFrame | None] = {}
    programme = state.programme()
    for extract in extracts:
        try:
            checked = receive(programme, quarter, extract, delivered(state, quarter, extract), rows.get)
            if checked.refusal:
                raise ExtractRefused(checked.refusal)
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
            replace_file(folder / name, csv_for_excel(rows))
        else:
            (folder / name).unlink(missing_ok=True)
