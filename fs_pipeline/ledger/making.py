"""Makes the tables of a quarter: an extract from its delivery, a calculation from its tables, an export's files.

What runs it decides when, and reports it: Dagster's assets, or `run_quarter` here, which needs nothing but the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.format_extracts import LinkQuality
from fs_pipeline.extracts.checks.checking import CheckedExtract
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.ledger.catalogue import Calculation
from fs_pipeline.ledger.exporting import export
from fs_pipeline.ledger.freshness import origin
from fs_pipeline.ledger.keeping import EXPLAINED, Kept
from fs_pipeline.ledger.look import Ledger, Look
from fs_pipeline.ledger.reading import read_input
from fs_pipeline.ledger.receiving import ask_clerk, delivered, keep_left_out, receive
from fs_pipeline.store.lake import DamagedTable, Record
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.fields import FINDING, LINKS, REJECTED


@dataclass(frozen=True)
class ExtractMade:
    """An extract's quarter in the lake.

    Attributes:
        record: its record there.
        checked: what became of the delivered rows.
        delivery: what was delivered; None when nothing was.
    """

    record: Record
    checked: CheckedExtract
    delivery: Delivery | None

    @property
    def links(self) -> LinkQuality | None:
        """How well its people were linked by names; None when they were not."""
        return self.delivery.report.links if self.delivery and self.delivery.report else None


@dataclass(frozen=True)
class TableMade:
    """A calculation's quarter in the lake.

    Attributes:
        record: its record there.
        rows: its rows.
        is_new: whether it was made now; otherwise it was what would have been made.
    """

    record: Record
    rows: pd.DataFrame
    is_new: bool


def make_extract(
    look: Look, extract: Extract, quarter: Quarter, on_receipts: Callable[[str], None] = lambda _: None
) -> ExtractMade:
    """Reads and checks what was delivered of an extract; writes its table, its rejected rows and its findings.

    Args:
        look: a look at the ledger.
        extract: the extract.
        quarter: the quarter.
        on_receipts: is told the version of the quarter's receipts, before the table is written.

    Raises:
        ExtractRefused: it is missing and required, or cannot be trusted; nothing is written, but the rejected rows
            and the findings of one of which too little can be used.
        SettingsError: a settings file is wrong.
    """
    state = look.state

    def known(name: str) -> pd.DataFrame | None:
        record = look.record(f"extracts/{name}", quarter)
        return state.lake.read(EXTRACTS[name], quarter) if record and record.supplied else None

    delivery = delivered(state, quarter, extract)
    checked = receive(look.programme, quarter, extract, delivery, known)
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


def make_table(look: Look, calculation: Calculation, quarter: Quarter, run: str) -> TableMade:
    """Makes a calculation's table or an export's files, unless they are what would be made now.

    Args:
        look: a look at the ledger.
        calculation: the calculation.
        quarter: the quarter.
        run: who makes it: the run of Dagster.

    Raises:
        DamagedTable: a table that it is made from cannot be read.
        NoKey: it needs a key, and there is none; nothing is written then.
        NotInLake: a table that it needs has not been run.
        WarehouseError: the warehouse could not be loaded.
    """
    table, lake = calculation.table, look.state.lake
    made_from = origin(look, table.name, quarter)
    if look.damaged:
        raise DamagedTable(f"{table.name} for {quarter.label}: {'; '.join(look.damaged)}")
    record, is_export = look.record(table.name, quarter), calculation.group == "exports"
    if record and record.origin == made_from and not (is_export and look.lost(calculation, quarter)):
        return TableMade(record, lake.read(table, quarter), is_new=False)
    if is_export:
        rows = export(calculation, quarter, look, run)
    else:
        rows = calculation.run(quarter, look.settings, lambda needed: read_input(needed, quarter, look))
    if table.name in EXPLAINED:
        about_to_be = lake.record_of(table, rows, made_from)
        Kept(look.state.kept).keep_edition(look, table, quarter, rows, about_to_be, run)
    return TableMade(lake.write(table, quarter, rows, made_from), rows, is_new=True)


def run_quarter(
    ledger: Ledger, quarter: Quarter, tables: Collection[str] | None = None, run: str = ""
) -> dict[str, str]:
    """Makes the tables and exports of a quarter in turn, as a run of Dagster's job `quarter` would.

    Args:
        ledger: the ledger.
        quarter: the quarter.
        tables: which of them; all without.
        run: who makes them, as editions and exports say it.

    Returns:
        What was refused or left out, by table, in words; what is made from it is left out.
    """
    refused: dict[str, str] = {}
    for table in Look(ledger).tables(quarter):
        if tables is not None and table not in tables:
            continue
        look = Look(ledger)  # anew: the table before is another one now
        extract = ledger.catalogue.received.get(table)
        if extract:
            try:
                make_extract(look, extract, quarter)
            except ExtractRefused as refusal:
                refused[table] = str(refusal)
            continue
        calculation = ledger.catalogue.made[table]
        without = sorted({each.table.name for each in calculation.inputs} & refused.keys())
        if without:
            refused[table] = f"left out, since {', '.join(without)} could not be made"
        else:
            make_table(look, calculation, quarter, run)
    return refused
