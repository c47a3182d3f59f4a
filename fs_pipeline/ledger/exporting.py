"""Makes the exports: reads the results from the lake, writes files or loads the warehouse, and lists what it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Results
from fs_pipeline.exports.files_made import EXPORTED
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.ledger.catalogue import Calculation
from fs_pipeline.ledger.environment import environment
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Look
from fs_pipeline.ledger.reading import read_input
from fs_pipeline.store.files import replace_file
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import FINDING, LINKS, REJECTED
from fs_pipeline.toolkit.programme import Quality


def export(made: Calculation, quarter: Quarter, look: Look, run: str) -> pd.DataFrame:
    """Makes an export for a quarter; the list of what was made.

    Raises:
        NoKey: it needs a key, and there is none; nothing is written then.
        NotInLake: a table that it needs has not been run.
        WarehouseError: the warehouse could not be loaded.
    """

    def gathered(inputs: Mapping[str, object]) -> Mapping[str, Callable[[], object]]:
        def provenance() -> Provenance:
            return _provenance(made, quarter, look, run, inputs.get("data_quality"))

        return {"provenance": provenance, "results": lambda: _results(inputs, look, provenance())}

    files = made.run(quarter, look.settings, lambda needed: read_input(needed, quarter, look), gathered)
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
                version=versions[place],
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
        case Quality():
            return ", ".join(f"{name} {value:g}" for name, value in vars(setting).items())
        case tuple():
            return "; ".join(f"{window.cohort}: {window.first_day} to {window.last_day}" for window in setting)
        case _:
            return str(setting)
