"""The commands of an analyst that change nothing: what was delivered, what stands, what a rerun changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from shlex import quote
from stat import filemode

import click
from rich.table import Table
from rich.text import Text

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli.talking import (
    QUARTER,
    Session,
    end,
    people,
    quarters_between,
    results,
    table,
    table_by_quarter,
    used_wrongly,
    with_rows,
)
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.checks.checking import CheckedExtract
from fs_pipeline.extracts.sources.explaining_sources import explain_formats, explain_sources
from fs_pipeline.ledger.explaining import Explained, explain_table
from fs_pipeline.ledger.keeping import EXPLAINED
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.ledger.region import WORKBOOK
from fs_pipeline.ledger.status import OLDER_FORM, Delivered, Freshness, Status
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, REGION_VALUES
from fs_pipeline.toolkit.programme import Authority
from fs_pipeline.toolkit.twelve_months import REGION_BEFORE_AFTER

_OF_EXTRACTS = "yes supplied; - not supplied; new, changed, removed: since the run; (n) rows rejected in the run.\n"
_OF_RESULTS = (
    "fresh: as a run would make it now; stale: its delivery, definition, a setting or an input has changed,\n"
    "or what was exported is lost;\n"
    "waiting: what it comes from is stale; - not made: never run, or (before the programme's start) there is none.\n"
)
_OF_REGION = (
    "yes: run, written; -: not; blank: not part of the region yet.\n"
    "stale: an authority's figures, or the definition, have changed since: fs-pipeline region Q adds them up again."
)
_MARKS = {
    Delivered.SUPPLIED: ("yes", ""),
    Delivered.NOT_SUPPLIED: ("-", ""),
    Delivered.NEW: ("new", "cyan"),
    Delivered.CHANGED: ("changed", "cyan"),
    Delivered.REMOVED: ("removed", "cyan"),
    Delivered.MISSING: ("MISSING", "red"),
    Delivered.UNCLEAR: ("unclear", "red"),
}
_OF_SOURCES = (
    "extract",
    "from",
    "columns",
    "codes",
    "codes without a mapping (rows)",
    "left aside (rows)",
    "linking by names",
)
_COUNTS = ("delivered", "used", "rejected", "duplicates", "after_quarter")


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
        results.print(_checked(each, received))
        for _, checked in received:
            if isinstance(checked, ExtractRefused):
                continue
            if checked.unexpected_columns:
                ignored = ", ".join(checked.unexpected_columns)
                results.print(f"{checked.file}: ignored, not in the contract: {ignored}", markup=False)
            if checked.left_out:
                results.print(f"left out {checked.left_out}", markup=False, soft_wrap=True)
        sources = table(f"Sources of {each.label}", _OF_SOURCES, map(astuple, explain_sources(state.sources, each)))
        settings = table("Settings of formats", ("format", "reader", "key", "value"), explain_formats(state.sources))
        for understood in (sources, settings):
            if understood.row_count:
                results.print(understood)
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
        results.print(_region(Status(session.region())))
        results.print(_OF_REGION)
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
    results.print(_deliveries(look, quarters))
    results.print(_OF_EXTRACTS)
    results.print(_results(look, quarters))
    results.print(_OF_RESULTS)
    stale = list(look.stale())
    if of_old := [place for place, reasons in stale if reasons == [OLDER_FORM]]:
        results.print(
            f"Stale: {len(of_old)} tables of {len({place.quarter for place in of_old})} quarters, {OLDER_FORM}."
        )
    if others := [(place, reasons) for place, reasons in stale if reasons != [OLDER_FORM]]:
        title = "Stale (fs-pipeline rerun runs these, and what they change)"
        rows = ((place.quarter.label, place.table, _first_three(reasons)) for place, reasons in others)
        results.print(table(title, ("quarter", "table", "why"), rows))
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
    for each in [explain_table(ledger, name, quarter, indicator, edition) for name in EXPLAINED]:
        results.print(f"{each.table}, {quarter.label}: {each.words}", soft_wrap=True)
        if each.changes:
            results.print(_changes(each))
            causes = ((str(number), *astuple(cause)) for number, cause in enumerate(each.causes, start=1))
            results.print(table("", ("", "changed", "where", "before", "now"), causes))


def _checked(quarter: Quarter, extracts: Iterable[tuple[Extract, CheckedExtract | ExtractRefused]]) -> Table:
    """A row an extract: its file, its rows by what became of them, faults and findings by rule."""

    def row(extract: Extract, checked: CheckedExtract | ExtractRefused) -> Sequence[object]:
        if isinstance(checked, ExtractRefused):
            return extract.extract, "refused"
        if not checked.supplied:
            return extract.extract, "not supplied"
        found = Counter(checked.rejected_by_rule) + Counter(checked.findings_by_rule)
        rules = ", ".join(f"{rule} {count}" for rule, count in found.items())
        file = Path(checked.file).name if checked.file.startswith("extracts/") else "see its source below"
        return extract.extract, file, *(checked.counts[name] for name in _COUNTS), len(checked.findings), rules

    numbers = [name.replace("_", " ") for name in (*_COUNTS, "findings")]
    headings = ("extract", "file", *numbers, "by rule")
    return table(f"Extracts of {quarter.label}", headings, (row(*each) for each in extracts), numbers)


def _deliveries(look: Status, quarters: list[Quarter]) -> Table:
    """Extract by quarter: how the delivery stands to its run, and how many rows were rejected in that."""

    def cell(extract: Extract, quarter: Quarter) -> Text:
        word, style = _MARKS[look.delivered(extract, quarter)]
        rejected = look.rejected(extract, quarter)
        return Text(word + (f" ({rejected})" if rejected else ""), style)

    extracts = look.look.catalogue.extracts
    rows = ([each.extract, *(cell(each, quarter) for quarter in quarters)] for each in extracts)
    return table_by_quarter("Extracts", "extract", quarters, rows)


def _results(look: Status, quarters: list[Quarter]) -> Table:
    """Stage or output by quarter: fresh, stale or missing."""
    rows = []
    for group, made in look.look.catalogue.by_group().items():
        if group in ("outputs", "exports"):
            rows += [[each, *_freshness(look, quarters, [each])] for each in made]
        else:
            rows.append([group, *_freshness(look, quarters, made)])
    return table_by_quarter("Results", "result", quarters, rows)


def _region(look: Status) -> Table:
    """Which authorities have run each quarter, and how the region's tables and its workbook stand."""
    region, quarters, exports = look.look.region, look.quarters_of_authorities(), look.look.state.exports

    def has_run(authority: Authority, quarter: Quarter) -> str:
        if quarter.first_day < authority.start:
            return ""
        return "yes" if look.look.version(f"{authority.name}/{INDICATOR_VALUES.name}", quarter) else "-"

    rows = ([each.name, *(has_run(each, quarter) for quarter in quarters)] for each in region.authorities)
    made = table_by_quarter(region.name, "authority, table", quarters, rows)
    made.add_section()
    names = (REGION_VALUES.name, REGION_BEFORE_AFTER.name)
    written = (any((exports / quarter.key).glob("*_region.xlsx")) for quarter in quarters)
    workbook = [WORKBOOK, *("yes" if each else "-" for each in written)]
    return with_rows(made, [*([name, *_freshness(look, quarters, [name])] for name in names), workbook])


def _freshness(look: Status, quarters: list[Quarter], tables: list[str]) -> Iterator[Text]:
    """Of each quarter one word when all these tables are alike, otherwise how many are not fresh."""
    for quarter in quarters:
        counted = Counter(look.freshness(each, quarter) for each in tables)
        if counted[Freshness.FRESH] == len(tables):
            yield Text("fresh")
        elif counted[Freshness.MISSING] == len(tables):
            yield Text("-")
        else:
            not_fresh = [each for each in (Freshness.STALE, Freshness.WAITING, Freshness.MISSING) if counted[each]]
            words = (f"{counted[each]} {each.value}" if len(tables) > 1 else each.value for each in not_fresh)
            yield Text(", ".join(words), "yellow")


def _first_three(reasons: list[str]) -> str:
    return "; ".join(reasons[:3]) + (f" and {len(reasons) - 3} more" if len(reasons) > 3 else "")


def _changes(explained: Explained) -> Table:
    """A row a changed figure: what it was, what it is, and the numbers of its causes."""
    key = list(explained.changes[0].figure)
    rows = []
    for change in explained.changes:
        causes = ", ".join(map(str, change.causes)) or "unknown"
        rows.append([*(str(change.figure[name]) for name in key), change.before, change.now, causes])
    return table("", (*key, "before", "now", "because of"), rows)
