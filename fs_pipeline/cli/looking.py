"""The commands of an analyst that change nothing: what was delivered, what stands, what a rerun changed."""

from __future__ import annotations

from shlex import quote
from stat import filemode

import click
from rich.text import Text

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli.tables import (
    OF_EXTRACTS,
    OF_REGION,
    OF_RESULTS,
    causes_table,
    changes_table,
    checked_table,
    deliveries_table,
    region_table,
    results_table,
    sources_tables,
    stale_table,
)
from fs_pipeline.cli.talking import QUARTER, Session, end, people, quarters_between, results, used_wrongly
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.ledger.explaining import EXPLAINED, explain_table
from fs_pipeline.ledger.freshness import OLDER_FORM
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.ledger.status import Status
from fs_pipeline.store.state import State


@click.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Check every quarter up to this one.")
@click.pass_obj
def check(session: Session, quarter: Quarter, last: Quarter | None) -> None:
    """Read and check the extracts of QUARTER; run and write nothing.

    Where extracts come from other sources (sources.toml), say how their columns and codes are understood.
    """
    state = State.from_environment()
    refusals = []
    for each in quarters_between(state, quarter, last or quarter):
        received = list(receive_all(state, session.catalogue().extracts, each))
        results.print(checked_table(each, received))
        for _, checked in received:
            if isinstance(checked, ExtractRefused):
                continue
            if checked.unexpected_columns:
                ignored = ", ".join(checked.unexpected_columns)
                results.print(f"{checked.file}: ignored, not in the contract: {ignored}", markup=False)
            if checked.left_out:
                results.print(f"left out {checked.left_out}", markup=False, soft_wrap=True)
        for table in sources_tables(state.sources, each):
            results.print(table)
        refusals += [str(checked) for _, checked in received if isinstance(checked, ExtractRefused)]
    end(refusals, [])


@click.command()
@click.pass_obj
def status(session: Session) -> None:
    """Show each quarter's deliveries against its run, and which results are fresh, stale or missing.

    Of a region: which authorities have run each quarter, and whether the region's tables are of what they hold now.
    """
    state = State.from_environment()
    if state.region_file.exists():
        results.print(region_table(Status(session.region())))
        results.print(OF_REGION)
    else:
        _print_quarters(Status(session.ledger(state)))
    for path in state.open_to_others():
        mode, close = filemode(path.stat().st_mode), f"chmod -R go-rwx {quote(str(path))}"
        results.print(Text(f"Other users of this machine may open {path} ({mode}). Close it: {close}"), soft_wrap=True)


def _print_quarters(look: Status) -> None:
    quarters = look.quarters()
    if not quarters:
        people.print("Nothing has been delivered yet: put files into extracts/<quarter>/, or try fs-pipeline demo.")
        return
    results.print(deliveries_table(look, quarters))
    results.print(OF_EXTRACTS)
    results.print(results_table(look, quarters))
    results.print(OF_RESULTS)
    stale = list(look.stale())
    if of_old := [place for place, reasons in stale if reasons == [OLDER_FORM]]:
        results.print(
            f"Stale: {len(of_old)} tables of {len({place.quarter for place in of_old})} quarters, {OLDER_FORM}."
        )
    if others := [(place, reasons) for place, reasons in stale if reasons != [OLDER_FORM]]:
        results.print(stale_table(others))
    if left_over := look.left_over():
        results.print(f"Outside the programme as it is set now, removed by the next run: {len(left_over)} tables.")


@click.command()
@click.argument("quarter", type=QUARTER)
@click.option("--indicator", type=click.IntRange(min=1), help="Only the figures of this indicator.")
@click.option("--edition", type=click.IntRange(min=2), help="What this edition changed [default: the latest].")
@click.pass_obj
def explain(session: Session, quarter: Quarter, indicator: int | None, edition: int | None) -> None:
    """Say what the last rerun of QUARTER changed: every figure before and now, and what caused it."""
    ledger = session.ledger()
    if indicator and indicator not in ledger.catalogue.indicators:
        used_wrongly(f"there is no indicator {indicator}: they are {', '.join(map(str, ledger.catalogue.indicators))}")
    explained = [explain_table(ledger, table, quarter, indicator, edition) for table in EXPLAINED]
    for each in explained:
        results.print(f"{each.table}, {quarter.label}: {each.words}", soft_wrap=True)
        if each.changes:
            results.print(changes_table(each))
            results.print(causes_table(each))
