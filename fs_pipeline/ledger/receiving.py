"""Receives a quarter's extracts: checks each delivery, writes its table, and keeps what was left out or looks wrong.

People of a partner who may be ours go into the review workbook, for a clerk to say yes or no. It holds names and stays
inside; decisions already made stand in it as well, so that one workbook is the memory of them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import Book, Heading, csv_for_excel, values
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.format_extracts import LinkQuality
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.extracts.linking.identities import DECISION, NO, REVIEW_COLUMNS, REVIEW_SHEET, YES
from fs_pipeline.extracts.sources.linked_sources import Review
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.status import origin
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import Record
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.fields import FINDING, LINKS, REJECTED
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline.toolkit.tables import Kind

_MADE = date(2000, 1, 1)
"""The day among the document's properties: the same pairs give the same bytes on every day."""
_WIDTHS = {DECISION: 11, "probability": 11, "reason": 62}


@dataclass(frozen=True)
class ExtractMade:
    """An extract's quarter in the lake: its record there, what became of its rows, and its delivery if any."""

    record: Record
    checked: CheckedExtract
    delivery: Delivery | None

    @property
    def links(self) -> LinkQuality | None:
        """How well its people were linked by names; None when they were not."""
        return self.delivery.report.links if self.delivery and self.delivery.report else None


def make_extract(
    look: Look, extract: Extract, quarter: Quarter, on_receipts: Callable[[str], None] = lambda _: None
) -> ExtractMade:
    """Reads and checks what was delivered of an extract; writes its table, its rejected rows and its findings.

    `on_receipts` is told the version of the quarter's receipts, before the table is written.

    Raises:
        ExtractRefused: it is missing and required, or cannot be trusted; nothing is written, but the rejected rows
            and the findings of one of which too little can be used.
        SettingsError: a settings file is wrong.
    """
    state = look.state

    def known(name: str) -> pd.DataFrame | None:
        record = look.record(f"extracts/{name}", quarter)
        return state.lake.read(EXTRACTS[name], quarter) if record and record.supplied else None

    delivery = state.delivery(extract, quarter)
    checked = _checked(look.programme, quarter, extract, delivery, known)
    ask_clerk(state, extract)
    keep_left_out(state, quarter, extract, checked)
    if checked.refusal:
        raise ExtractRefused(f"{checked.refusal}. Its lines stand in {state.rejected.name}/{quarter.key}")
    if delivery:
        Kept(state.kept).keep_delivery(extract, quarter, delivery)
    links = delivery.report.links if delivery and delivery.report else None
    counts = {
        **checked.counts,
        **{REJECTED + rule: rows for rule, rows in checked.rejected_by_rule.items()},
        **{FINDING + rule: rows for rule, rows in checked.findings_by_rule.items()},
        **({LINKS + measure: count for measure, count in links.counts().items()} if links else {}),
    }
    if extract.extract in EXTRACTS:
        receipt = Receipt(checked.supplied, checked.version, counts)
        on_receipts(look.receipts(quarter, {extract.extract: receipt}))
    made_from = origin(look, extract.name, quarter, checked.version, delivery.report_versions if delivery else {})
    record = state.lake.write(extract, quarter, checked.rows, made_from, supplied=checked.supplied, counts=counts)
    return ExtractMade(record, checked, delivery)


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
            checked = _checked(programme, quarter, extract, state.delivery(extract, quarter), rows.get)
            if checked.refusal:
                raise ExtractRefused(checked.refusal)
        except ExtractRefused as refusal:
            yield extract, refusal
        else:
            rows[extract.extract] = checked.rows if checked.supplied else None
            yield extract, checked


def _checked(
    programme: Programme,
    quarter: Quarter,
    extract: Extract,
    delivery: Delivery | None,
    known: Callable[[str], pd.DataFrame | None],
) -> CheckedExtract:
    """What was delivered of an extract, checked, whether it is used or not.

    `known` gives the rows of an extract that this one refers to; None when that was not supplied.
    """
    return check_extract(
        extract,
        quarter,
        delivery,
        required=programme.requires(extract, quarter.first_day),
        references={name: known(name) for name in extract.references},
        quality=programme.quality,
    )


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


def ask_clerk(state: State, extract: Extract) -> None:
    """Puts the doubtful among the people who were linked by names into the review workbook; it alone holds names.

    A workbook that a clerk has saved since it was read is left to the next run.
    """
    review = state.sources.review(extract)
    if review and review.is_due:
        write_review(review)


def write_review(review: Review) -> None:
    """Puts the doubtful pairs and the decisions so far into the workbook, in one step; leaves it alone if unchanged.

    Undecided pairs stand first, then those decided, each with what is known of both people.

    The decisions were read from the same workbook just before (`read_clerk_decisions`), and the links obey them: what
    was decided is kept, also on people who are not in the file any more.
    """
    book = Book(f"Is this the same person? {review.source}", "fs_pipeline", _MADE, "personal data: do not send on")
    pairs = pd.concat([review.links.doubtful, review.decisions], ignore_index=True)
    sheet = book.sheet(REVIEW_SHEET, pages=(1, 0))
    headings = [
        Heading(
            (name,),
            Kind.FLOAT if name == "probability" else Kind.STRING,
            _WIDTHS.get(name, 16),
            number_format="0.0%" if name == "probability" else "",
            note=f"{YES}: the same person. {NO}: two people. Blank: not decided yet." if name == DECISION else "",
        )
        for name in REVIEW_COLUMNS
    ]
    sheet.columns(headings, formatted=True)
    pairs["probability"] = pd.to_numeric(pairs["probability"])
    sheet.table(headings, values(pairs[list(REVIEW_COLUMNS)]), freeze_columns=1)
    choice = {
        "validate": "list",
        "source": [YES, NO],
        "error_title": DECISION,
        "error_message": f"Say {YES} when it is the same person, {NO} when not, or leave it blank.",
    }
    sheet.worksheet.data_validation(1, 0, max(len(pairs), 1), 0, choice)
    replace_file(review.path, book.content())
