"""The tables that the command line prints: what was checked, delivered, made, planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.checks.checking import CheckedExtract
from fs_pipeline.extracts.sources.explaining_sources import explain_formats, explain_sources
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.invented import PlantedFault
from fs_pipeline.ledger.explaining import Explained
from fs_pipeline.ledger.freshness import Freshness
from fs_pipeline.ledger.look import Place
from fs_pipeline.ledger.region import WORKBOOK
from fs_pipeline.ledger.status import Delivered, Status
from fs_pipeline.purge.purging import Purged
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, REGION_VALUES
from fs_pipeline.toolkit.twelve_months import REGION_BEFORE_AFTER

OF_EXTRACTS = "yes supplied; - not supplied; new, changed, removed: since the run; (n) rows rejected in the run.\n"
OF_RESULTS = (
    "fresh: as a run would make it now; stale: its delivery, definition, a setting or an input has changed,\n"
    "or what was exported is lost;\n"
    "waiting: what it comes from is stale; - not made: never run, or (before the programme's start) there is none.\n"
)
OF_REGION = (
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
_COUNTS = ("delivered", "used", "rejected", "duplicates", "after_quarter")


def checked_table(quarter: Quarter, extracts: Iterable[tuple[Extract, CheckedExtract | ExtractRefused]]) -> Table:
    """A row an extract: its file, its rows by what became of them, faults and findings by rule."""
    table = Table(title=f"Extracts of {quarter.label}", title_justify="left")
    for heading in ("extract", "file"):
        table.add_column(heading)
    for heading in (*_COUNTS, "findings"):
        table.add_column(heading.replace("_", " "), justify="right")
    table.add_column("by rule")
    for extract, checked in extracts:
        if isinstance(checked, ExtractRefused):
            table.add_row(extract.extract, "refused")
        elif not checked.supplied:
            table.add_row(extract.extract, "not supplied")
        else:
            found = Counter(checked.rejected_by_rule) + Counter(checked.findings_by_rule)
            numbers = (*(checked.counts[name] for name in _COUNTS), len(checked.findings))
            rules = ", ".join(f"{rule} {count}" for rule, count in found.items())
            file = Path(checked.file).name if checked.file.startswith("extracts/") else "see its source below"
            table.add_row(extract.extract, file, *(f"{number:,}" for number in numbers), rules)
    return table


def sources_tables(sources: Sources, quarter: Quarter) -> Iterator[Table]:
    """How sources.toml is understood: a row an extract, and a row a setting of a format."""
    table = Table(title=f"Sources of {quarter.label}", title_justify="left")
    for heading in (
        "extract",
        "from",
        "columns",
        "codes",
        "codes without a mapping (rows)",
        "left aside (rows)",
        "linking by names",
    ):
        table.add_column(heading, overflow="fold")
    for each in explain_sources(sources, quarter):
        several = (each.columns, each.codes, each.unmapped, each.ignored, each.links)
        table.add_row(each.extract, Text(each.source), *(Text("\n".join(lines)) for lines in several))
    if table.row_count:
        yield table
    table = Table(title="Settings of formats", title_justify="left")
    for heading in ("format", "reader", "key", "value"):
        table.add_column(heading, overflow="fold")
    for name, reader, key, value in explain_formats(sources):
        table.add_row(name, reader, Text(key), Text(value))
    if table.row_count:
        yield table


def deliveries_table(look: Status, quarters: list[Quarter]) -> Table:
    """Extract by quarter: how the delivery stands to its run, and how many rows were rejected in that."""
    table = _by_quarter("Extracts", "extract", quarters)
    for extract in look.look.catalogue.extracts:
        cells = []
        for quarter in quarters:
            word, style = _MARKS[look.delivered(extract, quarter)]
            rejected = look.rejected(extract, quarter)
            cells.append(Text(word + (f" ({rejected})" if rejected else ""), style))
        table.add_row(extract.extract, *cells)
    return table


def results_table(look: Status, quarters: list[Quarter]) -> Table:
    """Stage or output by quarter: fresh, stale or missing."""
    table = _by_quarter("Results", "result", quarters)
    for group, made in look.look.catalogue.by_group().items():
        for name, tables in [(each, [each]) for each in made] if group in ("outputs", "exports") else [(group, made)]:
            states = (Counter(look.freshness(each, quarter) for each in tables) for quarter in quarters)
            table.add_row(name, *(_freshness(counted, len(tables)) for counted in states))
    return table


def region_table(look: Status) -> Table:
    """Which authorities have run each quarter, and how the region's tables and its workbook stand."""
    region, quarters = look.look.region, look.quarters_of_authorities()
    table = _by_quarter(region.name, "authority, table", quarters)
    for authority in region.authorities:
        has_run = (look.look.version(f"{authority.name}/{INDICATOR_VALUES.name}", quarter) for quarter in quarters)
        words = (
            "" if quarter.first_day < authority.start else "yes" if version else "-"
            for quarter, version in zip(quarters, has_run, strict=True)
        )
        table.add_row(Text(authority.name), *words)
    table.add_section()
    for made in (REGION_VALUES.name, REGION_BEFORE_AFTER.name):
        states = (Counter([look.freshness(made, quarter)]) for quarter in quarters)
        table.add_row(made, *(_freshness(state, 1) for state in states))
    exports = look.look.state.exports
    written = (any((exports / quarter.key).glob("*_region.xlsx")) for quarter in quarters)
    table.add_row(WORKBOOK, *("yes" if each else "-" for each in written))
    return table


def planted_table(planted: list[PlantedFault]) -> Table:
    """A row a planted fault: where it is, and what was done."""
    table = Table(title="Planted faults", title_justify="left")
    for heading in ("file", "row", "column", "rule", "what was done"):
        table.add_column(heading, overflow="fold")
    for fault in planted:
        table.add_row(fault.file, str(fault.row), fault.column, fault.rule, Text(fault.done))
    return table


def purged_table(purged: Purged) -> Table:
    """A row a store: how many rows and files went."""
    table = Table(title="Removed", title_justify="left")
    table.add_column("store")
    for heading in ("rows", "files written anew", "files removed"):
        table.add_column(heading, justify="right")
    for each in purged.removed:
        table.add_row(each.store, *(f"{number:,}" for number in (each.rows, each.rewritten, each.removed)))
    return table


def stale_table(stale: list[tuple[Place, list[str]]]) -> Table:
    """A row a stale table and quarter: why it is stale."""
    table = Table(title="Stale (fs-pipeline rerun runs these, and what they change)", title_justify="left")
    for heading in ("quarter", "table", "why"):
        table.add_column(heading, overflow="fold")
    for place, reasons in stale:
        more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
        table.add_row(place.quarter.label, place.table, Text("; ".join(reasons[:3]) + more))
    return table


def changes_table(explained: Explained) -> Table:
    """A row a changed figure: what it was, what it is, and the numbers of its causes."""
    table = Table()
    key = list(explained.changes[0].figure)
    for heading in (*key, "before", "now", "because of"):
        table.add_column(heading, overflow="fold")
    for change in explained.changes:
        causes = ", ".join(str(number) for number in change.causes) or "unknown"
        table.add_row(*(str(change.figure[name]) for name in key), change.before, change.now, causes)
    return table


def causes_table(explained: Explained) -> Table:
    """A row a cause: whether data, a setting or a definition changed, where, and how."""
    table = Table()
    for heading in ("", "changed", "where", "before", "now"):
        table.add_column(heading, overflow="fold")
    for number, cause in enumerate(explained.causes, start=1):
        table.add_row(str(number), cause.kind, cause.where, Text(cause.before), Text(cause.now))
    return table


def _by_quarter(title: str, of_rows: str, quarters: list[Quarter]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(of_rows, no_wrap=True)
    for quarter in quarters:
        table.add_column(quarter.label.replace(" ", "\n"), justify="right")
    return table


def _freshness(counted: Counter[Freshness], tables: int) -> Text:
    """One word when all tables are alike, otherwise how many are not fresh."""
    if counted[Freshness.FRESH] == tables:
        return Text("fresh")
    if counted[Freshness.MISSING] == tables:
        return Text("-")
    words = [
        f"{counted[each]} {each.value}" if tables > 1 else each.value
        for each in (Freshness.STALE, Freshness.WAITING, Freshness.MISSING)
        if counted[each]
    ]
    return Text(", ".join(words), "yellow")
