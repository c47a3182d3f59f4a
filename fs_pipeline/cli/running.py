"""The commands that compute: a quarter, what is stale, an earlier edition, a region."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli.talking import QUARTER, RUN_FAILED, Session, end, people, quarters_between, say, used_wrongly
from fs_pipeline.ledger.explaining import RestoreError, compare, restore
from fs_pipeline.ledger.look import Ledger, Look
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.stopping import Stopped
from fs_pipeline.store.state import State, upgrade_layout

if TYPE_CHECKING:
    from fs_pipeline.orchestration.running import Outcome, Runner


@click.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Run every quarter up to this one.")
@click.pass_obj
def run(session: Session, quarter: Quarter, last: Quarter | None) -> None:
    """Materialise everything for QUARTER, or for each quarter of a range, in the instance that the UI shows."""
    state = State.from_environment()
    quarters = quarters_between(state, quarter, last or quarter)
    if quarters[-1].last_day >= date.today():
        used_wrongly(f"{quarters[-1].key} is not over yet: a quarter is run once it has ended")
    run_all(session, state, quarters)


@click.command()
@click.option("--yes", is_flag=True, help="Published quarters too, where nothing but a definition has changed.")
@click.pass_obj
def rerun(session: Session, yes: bool) -> None:
    """Re-run what is stale, in every quarter that was run; nothing else.

    Of a quarter whose public workbook was written, and of which nothing but a definition has changed, it asks first;
    without a terminal it leaves such a quarter stale. `fs-pipeline status` names what is stale, and why. Afterwards
    `fs-pipeline explain Q` says what changed.
    """
    ledger = session.ledger()
    _upgrade(ledger.state)
    held = [] if yes else _left_alone(ledger)
    outcomes = []
    with _runner(session, ledger) as runner, _progress() as progress:
        bar = progress.add_task("", total=0, visible=False)
        for quarter, tables in runner.stale(held=held):
            total = (progress.tasks[bar].total or 0) + len(tables)
            progress.update(bar, description=quarter.label, total=total, visible=True)
            if not people.is_terminal:
                people.print(f"{quarter.label}: {len(tables)} tables")
            outcomes.append(runner.run(quarter, tables, lambda: progress.advance(bar)))
        if not outcomes:
            people.print("Nothing else is stale." if held else "Nothing is stale.")
    for outcome in outcomes:
        _say_left_out(outcome)
    _end(outcomes)


def _left_alone(ledger: Ledger) -> list[Quarter]:
    """The quarters that a rerun is to leave alone: none when somebody at a terminal says that they may change."""
    held = Status(ledger).held()
    if not held:
        return []
    labels = ", ".join(quarter.label for quarter in held)
    say("published:", f"{labels}. Nothing but a definition has changed since; figures that were published may change.")
    if sys.stdin.isatty() and people.is_terminal and click.confirm("Compute these quarters again?", err=True):
        return []
    say("left stale:", f"{len(held)} published quarters: fs-pipeline rerun --yes computes them again.")
    return held


@click.command()
@click.argument("quarter", type=QUARTER)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--edition", type=click.IntRange(min=1), help="Which edition of the figures [default: the latest].")
@click.pass_obj
def recompute(session: Session, quarter: Quarter, folder: Path, edition: int | None) -> None:
    """Compute QUARTER again, in a new FOLDER, from the deliveries and settings of an earlier edition."""
    try:
        wanted = restore(session.ledger(), quarter, folder, edition)
    except RestoreError as fault:
        used_wrongly(str(fault))
    again = State(folder.resolve())
    try:
        _end(_run(session, session.ledger(again), wanted.tables))
    except Stopped as stop:
        stop.again = "run the same command again, into a new folder, to finish it"
        raise
    compared = compare(session.ledger(again), quarter, wanted)
    are, number = "are NOT those" if compared.changed else "are those", compared.changed or "none"
    people.print(
        f"The figures of {quarter.label} in {folder} {are} of edition {wanted.edition.number}, made "
        f"{wanted.edition.made}: {number} of {compared.figures} differ.",
        soft_wrap=True,
    )
    for kind, others in compared.differs.items():
        people.print(f"{kind}: {'; '.join(others) or 'the same'}", soft_wrap=True, markup=False)
    if compared.changed:
        raise click.exceptions.Exit(RUN_FAILED)


@click.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Add up every quarter up to this one.")
@click.pass_obj
def region(session: Session, quarter: Quarter, last: Quarter | None) -> None:
    """Add up QUARTER of the authorities in region.toml, and write the region's published workbook."""
    ledger = session.region()
    look, until = Look(ledger), last or quarter
    first = look.first_quarter
    if not first <= quarter <= until:
        used_wrongly(f"{quarter.key} to {until.key}: the quarters go forward, from {first.key}, the region's first")
    _end(_run(session, ledger, {each: look.tables(each) for each in quarter.until(until)}))


def run_all(session: Session, state: State, quarters: list[Quarter]) -> None:
    """Runs everything of each quarter; before it, what was delivered for the quarters that they look back at."""
    ledger = session.ledger(state)
    look = Look(ledger)
    before = Status(ledger).never_read(quarters)
    if before:
        labels = ", ".join(quarter.label for quarter in before)
        say(
            "read as well:",
            f"what was delivered for {labels}, never run, and is looked back at. Their own figures: fs-pipeline rerun.",
        )
    if not state.key_file.exists():
        say("no key:", "nothing is made for evaluators; fs-pipeline key makes one, FS_PIPELINE_KEY_FILE names it.")
    outcomes = _run(session, ledger, before | {quarter: look.tables(quarter) for quarter in quarters})
    if stale := {place.quarter for place, _ in Status(ledger).stale(after=quarters[-1])}:
        labels = ", ".join(quarter.label for quarter in sorted(stale))
        say("stale:", f"{labels}, run earlier, with what has changed since: fs-pipeline rerun, or status to see why.")
    _end(outcomes)


def _run(session: Session, ledger: Ledger, tables: Mapping[Quarter, Sequence[str]]) -> list[Outcome]:
    """Runs these tables of each quarter in turn; one that fails does not stop the others."""
    outcomes = []
    with _runner(session, ledger) as runner, _progress() as progress:
        bar = progress.add_task("", total=sum(map(len, tables.values())))
        for quarter, of_quarter in tables.items():
            progress.update(bar, description=quarter.label)
            outcome = runner.run(quarter, of_quarter, lambda: progress.advance(bar))
            if not people.is_terminal:
                people.print(f"{quarter.label}: {'failed' if outcome.refused or outcome.failed else 'done'}")
            _say_left_out(outcome)
            outcomes.append(outcome)
    return outcomes


def _end(outcomes: Sequence[Outcome]) -> None:
    end([each for one in outcomes for each in one.refused], [each for one in outcomes for each in one.failed])


def _say_left_out(outcome: Outcome) -> None:
    """Which rows were left out, extract by extract, and why; all of them stand in `rejected/`."""
    for message in outcome.left_out:
        say("left out", message)


@contextmanager
def _runner(session: Session, ledger: Ledger) -> Iterator[Runner]:
    """What runs quarters in the Dagster instance that the UI shows; that has been told what has changed meanwhile."""
    from fs_pipeline.definitions import project
    from fs_pipeline.orchestration.running import Runner, catch_up, open_instance

    _upgrade(ledger.state)
    with open_instance(ledger.state) as instance:
        runner = Runner(project(ledger), instance, ledger, session.log_level)
        gc.freeze()  # what is loaded by now stays: the collector need not go through it again and again
        catch_up(instance, ledger)
        yield runner


def _upgrade(state: State) -> None:
    """Gives a folder of old this release's layout, and says so."""
    if message := upgrade_layout(state.home):
        say("upgraded:", message)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=people, disable=not people.is_terminal)
