"""Makes the exports: reads the results from the lake, writes files or loads the warehouse, and lists what it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries
from fs_pipeline.exports.audiences import Results
from fs_pipeline.exports.files_made import (
    EXPORTED,
    evaluator_workbook,
    operational_workbook,
    published_workbook,
    report,
)
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.exports.pseudonyms import Pseudonyms, read_key
from fs_pipeline.exports.return_packs import return_pack
from fs_pipeline.exports.warehouse import is_loaded, load
from fs_pipeline.ledger.catalogue import Calculation
from fs_pipeline.ledger.environment import environment
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Look, short
from fs_pipeline.ledger.reading import read_input
from fs_pipeline.settings.partners import read_identifiers
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.data_quality import FINDING, LINKS, REJECTED
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.partners import PARTNERS

WAREHOUSE, RETURN_PACKS, NEEDS_KEY = "exports/warehouse", "exports/return_packs", "exports/evaluator_workbook"


def export(made: Calculation, quarter: Quarter, look: Look, run: str) -> pd.DataFrame:
    """Makes an export for a quarter; the list of what was made.

    Raises:
        NoKey: it needs a key, and there is none; nothing is written then.
        NotInLake: a table that it needs has not been run.
        WarehouseError: the warehouse could not be loaded.
    """
    read = {needed.parameter: read_input(needed, quarter, look) for needed in made.inputs}
    if made.table.name == WAREHOUSE:
        names = _load(made, quarter, look, run, read)
    else:
        if made.table.name == RETURN_PACKS:
            files = _packs(quarter, look, read["roster"])
        else:
            files = _FILES[made.table.name](look.state, _results(made, quarter, look, run, read))
        for name, content in files.items():
            replace_file(look.state.exports / quarter.key / name, content)
        names = sorted(files)
    return EXPORTED.called(made.table.name).frame({"quarter": [quarter.start] * len(names), "file": names})


def is_there(made: Calculation, quarter: Quarter, look: Look) -> bool:
    """Whether what an export made still lies where it was put."""
    if made.table.name == WAREHOUSE:
        return is_loaded(look.state.warehouse, quarter, _versions(made, quarter, look))
    listed = look.state.lake.read(made.table, quarter)
    return all((look.state.exports / quarter.key / file).exists() for file in listed["file"])


def _load(made: Calculation, quarter: Quarter, look: Look, run: str, read: Mapping[str, object]) -> list[str]:
    frames = {needed.table: read[needed.parameter] for needed in made.inputs}
    loaded = load(
        look.state.warehouse,
        quarter,
        {table: frame for table, frame in frames.items() if isinstance(frame, pd.DataFrame)},
        toolkit=look.catalogue.toolkit,
        run_id=run,
        data_versions=_versions(made, quarter, look),
        code_version=made.code_version,
    )
    return sorted(loaded.rows)


def _packs(quarter: Quarter, look: Look, roster: object) -> Mapping[str, bytes]:
    """A return pack for each partner, by its file in the quarter's folder."""
    assert isinstance(roster, pd.DataFrame)
    allowed, authority = read_identifiers(look.state.partners_file), look.programme.authority_name
    return {
        f"return_packs/{supplier.replace(' ', '_')}_{quarter.key}.xlsx": return_pack(
            quarter, partner, allowed[supplier], roster, authority
        )
        for supplier, partner in PARTNERS.items()
    }


def _versions(made: Calculation, quarter: Quarter, look: Look) -> dict[str, str]:
    return {needed.table.name: look.version(needed.table.name, quarter) for needed in made.inputs}


def _evaluator(state: State, results: Results) -> Mapping[str, bytes]:
    pseudonyms = Pseudonyms(read_key(state.key_file), shifts_dates=state.shifts_dates)
    return evaluator_workbook(results, pseudonyms, state.shifts_dates)


_FILES: Mapping[str, Callable[[State, Results], Mapping[str, bytes]]] = {
    "exports/operational_workbook": lambda _, results: operational_workbook(results),
    NEEDS_KEY: _evaluator,
    "exports/published_workbook": lambda _, results: published_workbook(results),
    "exports/report": lambda _, results: report(results),
}


def _results(made: Calculation, quarter: Quarter, look: Look, run: str, read: Mapping[str, object]) -> Results:
    figures = read["figures"]
    assert isinstance(figures, Deliveries)
    frames = {name: frame for name, frame in read.items() if isinstance(frame, pd.DataFrame)}
    return Results(
        quarters=tuple(each for each, is_there in figures.supplied.items() if is_there),
        figures=figures.rows,
        people=frames["person_level"],
        families=frames["family_level"],
        before_after=frames["before_after"],
        rates=frames["before_after_rates"],
        comparisons=frames["comparisons"],
        toolkit=look.catalogue.toolkit,
        provenance=_provenance(made, quarter, look, run, read.get("data_quality")),
    )


def _provenance(made: Calculation, quarter: Quarter, look: Look, run: str, delivered: object) -> Provenance:
    """Where an export comes from; of deliveries what it reads of them, which is nothing for the report."""
    return Provenance(
        authority=look.programme.authority_name,
        quarter=quarter,
        sources=tuple(_sources(delivered, look)) if isinstance(delivered, Deliveries) else (),
        settings={name: _in_words(look.settings(name)) for name in made.settings if name not in look.catalogue.outside},
        tables={name: short(version) for name, version in _versions(made, quarter, look).items()},
        code_version=made.code_version,
        run=run,
        environment=environment(),
    )


def _sources(delivered: Deliveries, look: Look) -> Iterator[Source]:
    """Every extract of every quarter, in order, but for those that were never read, of which nothing is known."""
    read = set(zip(delivered.rows["quarter"], delivered.rows["extract"], strict=True))
    rows = delivered.rows[delivered.rows["supplied"]]
    counts: dict[tuple[pd.Timestamp, str], dict[str, int]] = {}
    versions: dict[tuple[pd.Timestamp, str], str] = {}
    names = ("quarter", "extract", "delivery", "counted", "count")
    for day, extract, version, counted, count in zip(*(rows[name].tolist() for name in names), strict=True):
        counts.setdefault((day, extract), {})[counted] = count
        versions[day, extract] = version
    kept = Kept(look.state.kept)
    for quarter in delivered.supplied:
        for name, extract in EXTRACTS.items():
            place = (pd.Timestamp(quarter.start), name)
            if place not in read:
                continue
            if place not in counts:
                yield Source(extract, quarter, supplied=False)
                continue
            known = kept.delivery(name, quarter, versions[place])
            yield Source(
                extract,
                quarter,
                supplied=True,
                file=known.source or known.file if known else "",
                version=short(versions[place]),
                delivered=known.delivered if known else "",
                counts=counts[place],
                rejected=_by_rule(counts[place], REJECTED),
                findings=_by_rule(counts[place], FINDING),
                links=_by_rule(counts[place], LINKS),
            )


def _by_rule(counts: Mapping[str, int], became: str) -> dict[str, int]:
    return {name.removeprefix(became): rows for name, rows in counts.items() if name.startswith(became)}


def _in_words(setting: object) -> str:
    """A setting as people write it: yes or no, a cohort's window by its days."""
    match setting:
        case bool():
            return "yes" if setting else "no"
        case tuple():
            return "; ".join(f"{window.cohort}: {window.first_day} to {window.last_day}" for window in setting)
        case _:
            return str(setting)
