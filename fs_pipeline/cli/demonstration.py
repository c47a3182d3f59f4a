"""The commands of the invented authority: its extracts, and a whole demonstration of them."""

from __future__ import annotations

import click

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli.running import run_all
from fs_pipeline.cli.talking import QUARTER, Session, people, quarters_between, results, table, used_wrongly
from fs_pipeline.exports.pseudonyms import make_key
from fs_pipeline.invented import (
    COMPARATORS_TEMPLATE,
    FILE_FAULTS,
    PROGRAMME_TEMPLATE,
    invent,
    plant_faults,
    plant_file_fault,
    write_extracts,
)
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS

DEMO_FAMILIES, DEMO_SEED = 300, 1
_INVENTED = "INVENTED.txt"
_INVENTED_NOTE = "These extracts are invented (fs-pipeline invent). Real ones do not belong in this folder.\n"


@click.command()
@click.pass_obj
def demo(session: Session) -> None:
    """Invent an authority's extracts for all quarters of the toolkit, and run every quarter."""
    state = State.from_environment()
    if not state.programme_file.exists():
        replace_file(state.programme_file, PROGRAMME_TEMPLATE.encode())
    elif state.programme_file.read_text(encoding="utf-8") != PROGRAMME_TEMPLATE:
        used_wrongly(f"{state.programme_file} is not the demonstration's: name another folder in FS_PIPELINE_HOME")
    quarters = _demo_quarters(state)
    _invent(state, DEMO_FAMILIES, DEMO_SEED, quarters)
    if not state.key_file.exists():
        make_key(state.key_file)
    run_all(session, state, quarters)
    people.print(
        f"\nThe workbooks and the report of each quarter are in {state.exports}, its tables in "
        f"{state.lake.folder / 'outputs'}.\n"
        "Next: open the last quarter's report, or fs-pipeline status, or fs-pipeline ui."
    )


@click.command("invent")
@click.option("--families", type=click.IntRange(min=1), default=DEMO_FAMILIES, show_default=True)
@click.option("--seed", type=int, default=DEMO_SEED, show_default=True)
@click.option("--from", "first", type=QUARTER, help="First quarter [default: the first baseline quarter]")
@click.option("--to", "last", type=QUARTER, help="Last quarter [default: that of the last cohort]")
@click.option("--faults", is_flag=True, help="Plant each kind of bad row in the last quarter, and list them.")
@click.option("--file-fault", type=click.Choice(FILE_FAULTS), help="Spoil a file of the last quarter, and say which.")
def invent_extracts(
    families: int, seed: int, first: Quarter | None, last: Quarter | None, faults: bool, file_fault: str | None
) -> None:
    """Write only the invented extracts; the same seed gives the same files."""
    state = State.from_environment()
    if not state.programme_file.exists():
        replace_file(state.programme_file, PROGRAMME_TEMPLATE.encode())
    usual = _demo_quarters(state)
    quarters = quarters_between(state, first or usual[0], last or usual[-1])
    _invent(state, families, seed, quarters)
    planted = plant_faults(state.extracts, quarters[-1], seed) if faults else []
    if file_fault:
        planted.append(plant_file_fault(state.extracts, quarters[-1], file_fault))
    if planted:
        rows = ((fault.file, str(fault.row), fault.column, fault.rule, fault.done) for fault in planted)
        results.print(table("Planted faults", ("file", "row", "column", "rule", "what was done"), rows))


def _demo_quarters(state: State) -> list[Quarter]:
    """From the first baseline quarter to that of the last cohort's last day (the programme's first without cohorts)."""
    programme = state.programme()
    ends = [window.last_day for window in programme.cohorts]
    return state.first_quarter().until(Quarter.holding(max([programme.start, *ends])))


def _invent(state: State, families: int, seed: int, quarters: list[Quarter]) -> None:
    """Writes invented extracts; never over extracts that are not invented."""
    note = state.extracts / _INVENTED
    if not note.exists() and any(state.extracts.glob("*/*")):
        used_wrongly(f"{state.extracts} holds extracts that are not invented: name another folder in FS_PIPELINE_HOME")
    replace_file(note, _INVENTED_NOTE.encode())
    people.print(f"Inventing {families} families, seed {seed}, {quarters[0].label} to {quarters[-1].label} ...")
    for quarter, extracts in invent(families, seed, quarters[0], quarters[-1], state.programme()):
        for name in EXTRACTS.keys() - extracts.keys():
            (state.extracts / quarter.key / f"{name}.csv").unlink(missing_ok=True)
        write_extracts(extracts, state.extracts, quarter)
    comparators = state.extracts / "comparators.csv"
    if not comparators.exists():
        replace_file(comparators, COMPARATORS_TEMPLATE.encode())
    people.print(f"Wrote {state.extracts}")
