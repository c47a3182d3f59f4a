"""Makes the tables of a quarter: a calculation from the tables that it reads, and an export's files or loads.

What runs it decides when, and reports it: Dagster's assets, or `run_quarter` here, which needs nothing but the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Results
from fs_pipeline.exports.files_made import EXPORTED
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.checks.receipts import Receipt
from fs_pipeline.ledger.catalogue import Calculation, Input
from fs_pipeline.ledger.code_versions import environment
from fs_pipeline.ledger.keeping import EXPLAINED, Kept
from fs_pipeline.ledger.look import Ledger, Look
from fs_pipeline.ledger.receiving import make_extract
from fs_pipeline.ledger.status import origin
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable, NotInLake, Record
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import FINDING, LINKS, REJECTED
from fs_pipeline.toolkit.programme import Quality


@dataclass(frozen=True)
class TableMade:
    """A calculation's quarter in the lake; it `is_new` when it was made now, and not what would have been made."""

    record: Record
    rows: pd.DataFrame
    is_new: bool


def run_quarter(
    ledger: Ledger, quarter: Quarter, tables: Collection[str] | None = None, run: str = ""
) -> dict[str, str]:
    """Makes the tables and exports (all without `tables`) of a quarter in turn, as Dagster's job `quarter` would.

    Editions and exports say which `run` made them.

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


def make_table(look: Look, calculation: Calculation, quarter: Quarter, run: str) -> TableMade:
    """Makes a calculation's table or an export's files, unless they are what would be made now.

    Editions and exports say which `run` of Dagster made them.

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
        rows = _export(calculation, quarter, look, run)
    else:
        rows = calculation.run(quarter, look.settings, lambda needed: _read(needed, quarter, look))
    if table.name in EXPLAINED:
        about_to_be = lake.record_of(table, rows, made_from)
        Kept(look.state.kept).keep_edition(look, table, quarter, rows, about_to_be, run)
    return TableMade(lake.write(table, quarter, rows, made_from), rows, is_new=True)


def _read(needed: Input, quarter: Quarter, look: Look) -> object:
    """An input from the lake, as it is wanted.

    Raises:
        NotInLake: it has not been run for the quarter, or by no authority of the region.
    """
    lake = look.state.lake
    if needed.wanted == "deliveries":
        return _deliveries(needed, quarter, look)
    if needed.wanted == "authorities":
        return _of_authorities(needed, quarter, look)
    record = look.record(needed.table.name, quarter)
    if needed.wanted == "receipt":
        return Receipt(record.supplied, record.origin.delivery, record.counts) if record else None
    if record is None:
        raise NotInLake(f"{needed.table.name} has not been run for {quarter.label}: materialise it first")
    if needed.wanted == "supplied":
        return record.supplied
    if needed.wanted == "optional" and not record.supplied:
        return None
    return lake.read(needed.table, quarter)


def _of_authorities(needed: Input, quarter: Quarter, look: Look) -> dict[str, pd.DataFrame | None]:
    """The rows of each authority of the region in the quarter; None where it has not been run."""
    read = look.authorities_read(needed, quarter)
    if not any(read.values()):
        name = look.region.name
        raise NotInLake(f"no authority of {name} has run {quarter.label}: there is no {needed.table.name} of it")
    frames: dict[str, pd.DataFrame | None] = dict.fromkeys(read)
    for authority, quarters in read.items():
        if quarters:
            with look.lake_of(f"{authority}/{needed.table.name}") as (lake, _):
                frames[authority] = lake.read_window(needed.table, quarters)
    return frames


def _deliveries(needed: Input, quarter: Quarter, look: Look) -> Deliveries:
    records = {each: look.record(needed.table.name, each) for each in look.quarters_read(needed, quarter)}
    supplied = {each: record is not None and record.supplied for each, record in records.items()}
    if needed.window.first is not None:
        # Quarters before the first one: no extract of theirs is ever there.
        whole = quarter.shifted(needed.window.first).until(quarter.shifted(needed.window.last))
        supplied = dict.fromkeys(whole, False) | supplied
    return Deliveries(supplied, partial(look.state.lake.read_window, needed.table))


def _export(made: Calculation, quarter: Quarter, look: Look, run: str) -> pd.DataFrame:
    """Makes an export for a quarter; the list of what was made."""

    def gathered(inputs: Mapping[str, object]) -> Mapping[str, Callable[[], object]]:
        def provenance() -> Provenance:
            return _provenance(made, quarter, look, run, inputs.get("data_quality"))

        return {"provenance": provenance, "results": lambda: _results(inputs, look, provenance())}

    files = made.run(quarter, look.settings, lambda needed: _read(needed, quarter, look), gathered)
    if isinstance(files, Mapping):
        for name, content in files.items():
            replace_file(look.state.exports / quarter.key / name, content)
    names = sorted(files)
    return EXPORTED.called(made.table.name).frame({"quarter": [quarter.start] * len(names), "file": names})


def _results(inputs: Mapping[str, object], look: Look, provenance: Provenance) -> Results:
    figures, sizes, compared = inputs["figures"], inputs["sizes"], inputs["before_after"]
    assert isinstance(figures, Deliveries) and isinstance(sizes, Deliveries)
    frames = {name: frame for name, frame in inputs.items() if isinstance(frame, pd.DataFrame)}
    return Results(
        quarters=tuple(each for each, is_there in figures.supplied.items() if is_there),
        figures=pd.concat([sizes.rows, figures.rows], ignore_index=True),
        people=frames["person_level"],
        families=frames["family_level"],
        before_after=compared.rows if isinstance(compared, Deliveries) else frames["before_after"],
        rates=frames["before_after_rates"],
        comparisons=frames["comparisons"],
        toolkit=look.catalogue.toolkit,
        provenance=provenance,
    )


def _provenance(made: Calculation, quarter: Quarter, look: Look, run: str, delivered: object) -> Provenance:
    """Where an export comes from; of deliveries what it reads of them, which is nothing for the report."""
    return Provenance(
        authority=look.programme.authority_name,
        quarter=quarter,
        sources=tuple(_sources(delivered, look)) if isinstance(delivered, Deliveries) else (),
        settings={name: _in_words(look.settings(name)) for name in made.settings if name not in look.catalogue.outside},
        tables=look.versions(made, quarter),
        code_version=made.code_version,
        run=run,
        environment=environment(),
    )


def _sources(delivered: Deliveries, look: Look) -> Iterator[Source]:
    """Every extract of every quarter, in order, but for those that were never read, of which nothing is known."""
    kept, read = Kept(look.state.kept), dict(iter(delivered.rows.groupby(["quarter", "extract"], observed=True)))
    for quarter in delivered.supplied:
        for name, extract in EXTRACTS.items():
            rows = read.get((pd.Timestamp(quarter.start), name))
            if rows is None:
                continue
            if not rows["supplied"].all():
                yield Source(extract, quarter, supplied=False)
                continue
            version = str(rows["delivery"].iloc[0])
            known = kept.delivery(name, quarter, version)
            file, day = (known.source or known.file, known.delivered) if known else ("", "")
            counts = dict(zip(rows["counted"].tolist(), rows["count"].tolist(), strict=True))
            by_rule = (
                {counted.removeprefix(kind): rows for counted, rows in counts.items() if counted.startswith(kind)}
                for kind in (REJECTED, FINDING, LINKS)
            )
            yield Source(extract, quarter, True, file, version, day, counts, *by_rule)


def _in_words(setting: object) -> str:
    """A setting as people write it: yes or no, a cohort's window by its days."""
    match setting:
        case bool():
            return "yes" if setting else "no"
        case Quality():
            return ", ".join(f"{name} {value:g}" for name, value in vars(setting).items())
        case tuple():
            return "; ".join(f"{window.cohort}: {window.first_day} to {window.last_day}" for window in setting)
        case _:
            return str(setting)
