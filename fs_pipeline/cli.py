"""The command line, `fs-pipeline`: talks to people; the work is done elsewhere.

Exit codes: 0 done; 1 a run failed; 2 the command was used wrongly; 3 an extract was refused. Messages for people go
to standard error without a traceback; `--debug` shows it.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.cli_tables import (
    LEGEND,
    causes_table,
    changes_table,
    checked_table,
    deliveries_table,
    planted_table,
    purged_table,
    results_table,
    sources_tables,
    stale_table,
)
from fs_pipeline.exports.files import replace_file
from fs_pipeline.exports.pseudonyms import make_key
from fs_pipeline.extracts.programme_file import ProgrammeError
from fs_pipeline.extracts.refusals import ExtractRefused
from fs_pipeline.extracts.region_file import RegionError
from fs_pipeline.invented import (
    COMPARATORS_TEMPLATE,
    FILE_FAULTS,
    PROGRAMME_TEMPLATE,
    invent,
    plant_faults,
    plant_file_fault,
    write_extracts,
)
from fs_pipeline.orchestration.explaining import EXPLAINED, explain_table
from fs_pipeline.orchestration.lake import LakeError
from fs_pipeline.orchestration.origins import Look
from fs_pipeline.orchestration.receiving import receive_all
from fs_pipeline.orchestration.restoring import RestoreError, restore
from fs_pipeline.orchestration.state import State
from fs_pipeline.orchestration.status import Status
from fs_pipeline.toolkit.extracts import EXTRACTS

if TYPE_CHECKING:
    import dagster as dg

RUN_FAILED, USED_WRONGLY, EXTRACT_REFUSED = 1, 2, 3
DEMO_FAMILIES, DEMO_SEED = 300, 1
_KNOWN_WARNINGS = (
    "ignore:Function `dev_command` is superseded,ignore:Function `observable_source_asset` is currently in beta"
)
_INVENTED = "INVENTED.txt"
_INVENTED_NOTE = "These extracts are invented (fs-pipeline invent). Real ones do not belong in this folder.\n"

people = Console(stderr=True, highlight=False)
results = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


class QuarterArgument(click.ParamType[Quarter]):
    """A quarter in one of its three forms."""

    name = "quarter"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Quarter:
        """The quarter; a usage error says what is accepted."""
        if isinstance(value, Quarter):
            return value
        try:
            return Quarter.parse(str(value))
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


QUARTER = QuarterArgument()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fs-pipeline")
@click.option("--debug", is_flag=True, help="Show tracebacks and Dagster's log.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """The Family Safeguarding KPI toolkit, quarter by quarter.

    Works in the state folder FS_PIPELINE_HOME (default: data/ here). A quarter Q is written 2017-10-01, 2017-Q4
    (calendar) or 2017-18-Q3 (financial year).
    """
    context.obj = debug


@cli.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Invent an authority's extracts for all quarters of the toolkit, and run every quarter."""
    state = State.from_environment()
    if not state.programme_file.exists():
        replace_file(state.programme_file, PROGRAMME_TEMPLATE.encode())
    elif state.programme_file.read_text(encoding="utf-8") != PROGRAMME_TEMPLATE:
        _used_wrongly(f"{state.programme_file} is not the demonstration's: name another folder in FS_PIPELINE_HOME")
    quarters = _demo_quarters(state)
    _invent(state, DEMO_FAMILIES, DEMO_SEED, quarters)
    if not state.key_file.exists():
        make_key(state.key_file)
    _run_all(state, quarters, context.obj)
    people.print(
        f"\nThe workbooks and the report of each quarter are in {state.exports}, its tables in "
        f"{state.lake.folder / 'outputs'}.\n"
        "Next: open the last quarter's report, or fs-pipeline status, or fs-pipeline ui."
    )


@cli.command("invent")
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
    quarters = _range(state, first or usual[0], last or usual[-1])
    _invent(state, families, seed, quarters)
    planted = plant_faults(state.extracts, quarters[-1], seed) if faults else []
    if file_fault:
        planted.append(plant_file_fault(state.extracts, quarters[-1], file_fault))
    if planted:
        results.print(planted_table(planted))


@cli.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Run every quarter up to this one.")
@click.pass_context
def run(context: click.Context, quarter: Quarter, last: Quarter | None) -> None:
    """Materialise everything for QUARTER, or for each quarter of a range, in the instance that the UI shows."""
    state = State.from_environment()
    quarters = _range(state, quarter, last or quarter)
    if quarters[-1].last_day >= date.today():
        _used_wrongly(f"{quarters[-1].key} is not over yet: a quarter is run once it has ended")
    _run_all(state, quarters, context.obj)


@cli.command()
@click.pass_context
def rerun(context: click.Context) -> None:
    """Re-run what is stale, in every quarter that was run; nothing else.

    `fs-pipeline status` names what is stale, and why. Afterwards `fs-pipeline explain Q` says what changed.
    """
    from fs_pipeline.orchestration.running import rerun_stale

    state = State.from_environment()
    with _instance(state) as (project, instance), _progress() as progress:
        bar = progress.add_task("", total=0, visible=False)

        def on_quarter(quarter: Quarter, tables: list[str]) -> None:
            total = (progress.tasks[bar].total or 0) + len(tables)
            progress.update(bar, description=quarter.label, total=total, visible=True)
            if not people.is_terminal:
                people.print(f"{quarter.label}: {len(tables)} tables")

        outcome = rerun_stale(
            project,
            instance,
            state,
            on_quarter=on_quarter,
            on_step=lambda: progress.advance(bar),
            log_level="DEBUG" if context.obj else "CRITICAL",
        )
        if not progress.tasks[bar].total:
            people.print("Nothing is stale.")
    _end(list(outcome.refused), list(outcome.failed))


@cli.command("key")
def make_key_file() -> None:
    """Make the key of the evaluators' pseudonyms. Keep it: another key gives other pseudonyms."""
    path = State.from_environment().key_file
    try:
        make_key(path)
    except FileExistsError:
        _used_wrongly(f"{path} is there already: another key would give everyone another pseudonym")
    people.print(f"Wrote {path}. Keep a copy in a safe place, and give it to nobody.", soft_wrap=True)


@cli.command()
@click.argument("quarter", type=QUARTER)
@click.option("--indicator", type=click.IntRange(1, 20), help="Only the figures of this indicator.")
@click.option("--edition", type=click.IntRange(min=2), help="What this edition changed [default: the latest].")
def explain(quarter: Quarter, indicator: int | None, edition: int | None) -> None:
    """Say what the last rerun of QUARTER changed: every figure before and now, and what caused it."""
    state = State.from_environment()
    explained = [explain_table(state, table, quarter, indicator, edition) for table in EXPLAINED]
    for each in explained:
        results.print(f"{each.table}, {quarter.label}: {each.words}")
        if each.changes:
            results.print(changes_table(each))
            results.print(causes_table(each))


@cli.command()
@click.argument("quarter", type=QUARTER)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--edition", type=click.IntRange(min=1), help="Which edition of the figures [default: the latest].")
@click.pass_context
def recompute(context: click.Context, quarter: Quarter, folder: Path, edition: int | None) -> None:
    """Compute QUARTER again, in a new FOLDER, from the deliveries and settings of an earlier edition."""
    state = State.from_environment()
    try:
        wanted = restore(state, quarter, folder, edition)
    except RestoreError as fault:
        _used_wrongly(str(fault))
    again = State(folder.resolve())
    _run(again, wanted.tables, context.obj)
    record = again.lake.record(wanted.record_of, quarter)
    same = record is not None and record.data_version == wanted.edition.record.data_version
    people.print(
        f"The figures of {quarter.label} in {folder} are {'those' if same else 'NOT those'} of edition "
        f"{wanted.edition.number}, made {wanted.edition.made}."
        + ("" if same else " The code is another one since: see fs-pipeline explain."),
        soft_wrap=True,
    )
    if not same:
        raise click.exceptions.Exit(RUN_FAILED)


@cli.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Check every quarter up to this one.")
def check(quarter: Quarter, last: Quarter | None) -> None:
    """Read and check the extracts of QUARTER; run and write nothing.

    Where extracts come from other sources (sources.toml), say how their columns and codes are understood.
    """
    state = State.from_environment()
    refusals = []
    for each in _range(state, quarter, last or quarter):
        received = list(receive_all(state, each))
        results.print(checked_table(each, received))
        for table in sources_tables(state.sources, each):
            results.print(table)
        refusals += [str(checked) for _, checked in received if isinstance(checked, ExtractRefused)]
    _end(refusals, [])


@cli.command()
def status() -> None:
    """Show each quarter's deliveries against its run, and which results are fresh, stale or missing."""
    look = Status(State.from_environment())
    quarters = look.quarters()
    if not quarters:
        people.print("Nothing has been delivered yet: put files into extracts/<quarter>/, or try fs-pipeline demo.")
        return
    results.print(deliveries_table(look, quarters))
    results.print(LEGEND)
    results.print(results_table(look, quarters))
    if stale := list(look.stale()):
        results.print(stale_table(stale))
    if left_over := look.left_over():
        results.print(f"Outside the programme as it is set now, removed by the next run: {len(left_over)} tables.")


@cli.command()
@click.argument("quarter", type=QUARTER)
@click.option("--to", "last", type=QUARTER, help="Add up every quarter up to this one.")
def region(quarter: Quarter, last: Quarter | None) -> None:
    """Add up QUARTER of the authorities in region.toml, and write the region's published workbook."""
    from fs_pipeline.orchestration.region import Regional, run_region
    from fs_pipeline.orchestration.running import open_instance

    state = State.from_environment()
    first, until = Regional(state).first_quarter(), last or quarter
    if not first <= quarter <= until:
        _used_wrongly(f"{quarter.key} to {until.key}: the quarters go forward, from {first.key}, the region's first")
    failed: list[str] = []
    with open_instance(state) as instance:
        for each in quarter.until(until):
            of_quarter = run_region(instance, state, each)
            people.print(f"{each.label}: {'failed' if of_quarter else 'done'}")
            failed += of_quarter
    _end([], failed)


@cli.command()
@click.option("--programme", is_flag=True, help="Remove everything about everyone.")
@click.option(
    "--person-file", type=click.File(encoding="utf-8"), help="The person identifiers, one a line; - is standard input."
)
@click.option("--rerun", "then_rerun", is_flag=True, help="Compute the figures anew afterwards, without these people.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.pass_context
def purge(context: click.Context, programme: bool, person_file: TextIO | None, then_rerun: bool, yes: bool) -> None:
    """Remove a person, or a whole programme, from every store of the state folder. This cannot be undone.

    Without --person-file the person identifier is asked for: on the command line it would stay in the shell's history.
    Says how much was removed, and writes that into purges.csv; never of whom.
    """
    from fs_pipeline.orchestration.purging import purge_people, purge_programme
    from fs_pipeline.orchestration.running import in_progress

    if programme and (person_file or then_rerun):
        _used_wrongly("--programme removes everything: there is no person to name and nothing to rerun")
    state = State.from_environment()
    if running := in_progress(state):
        _used_wrongly(f"{running} runs are under way: wait for them, or end them in the UI; then purge")
    if programme:
        what = "everything about everyone"
    else:
        lines = person_file or [click.prompt("Person identifier", hide_input=True, err=True)]
        identifiers = {line.strip() for line in lines} - {""}
        if not identifiers:
            _used_wrongly("no person identifier was given: one a line")
        what = f"everything about {len(identifiers)} {'person' if len(identifiers) == 1 else 'people'}"
    if not yes:
        click.confirm(f"Remove {what} from {state.home}, and from the warehouse, for good?", abort=True, err=True)
    purged = purge_programme(state) if programme else purge_people(state, identifiers)
    results.print(purged_table(purged))
    if not any(each.rows or each.rewritten or each.removed for each in purged.removed):
        people.print("Nothing was found: look at the identifier.")
    if purged.shared_upns:
        people.print(f"{purged.shared_upns} UPNs of theirs are somebody else's too: these rows were left.")
    if state.sources_file.exists():
        people.print("What sources.toml names lies outside the state folder, and was not touched.")
    for words, paths in (("still holds an identifier:", purged.still_held), ("cannot be looked into:", purged.unread)):
        for path in paths:
            _say(words, str(path))
    if then_rerun:
        context.invoke(rerun)
    elif stale := 0 if programme else len(list(Status(state).stale())):
        people.print(f"Now stale: {stale} tables, see fs-pipeline status. fs-pipeline rerun computes them anew.")
    if purged.still_held or purged.unread:
        raise click.exceptions.Exit(RUN_FAILED)


@cli.command()
@click.option("--port", type=int, default=3000, show_default=True)
@click.option("--read-only", is_flag=True, help="Nothing can be started or changed in it; it runs no daemon.")
def ui(port: int, read_only: bool) -> None:
    """Open the Dagster UI and daemon on 127.0.0.1 over this state folder (a council's, a region's), until Ctrl-C."""
    from fs_pipeline.orchestration.running import open_instance

    state = State.from_environment()
    if (state.home / "region.toml").exists():
        project: tuple[str, str] = ("-m", "fs_pipeline.region_definitions")
    else:
        state.programme()
        workspace = Path(__file__).parents[1] / "workspace.yaml"
        project = ("-w", str(workspace)) if workspace.exists() else ("-m", "fs_pipeline.definitions")
    with open_instance(state):
        pass  # its records are made before the web server and the daemon, which start together, look for them
    server = ("dagster-webserver", "--read-only") if read_only else ("dagster", "dev")
    program = str(Path(sys.executable).with_name(server[0]))
    os.environ.setdefault("PYTHONWARNINGS", _KNOWN_WARNINGS)
    people.print(f"The Dagster UI will be at http://127.0.0.1:{port}")
    os.execv(program, [program, *server[1:], *project, "-h", "127.0.0.1", "-p", str(port)])


def main() -> None:
    """The entry point: runs a command, and turns what people can mend into a message and an exit code."""
    warnings.filterwarnings("ignore", module="dagster")
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.Abort:
        sys.exit(RUN_FAILED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(USED_WRONGLY)
    except (ProgrammeError, RegionError, LakeError, OSError) as fault:
        _traceback_for(fault)
        _say("fs-pipeline:", _mend(fault) or str(fault))
        sys.exit(RUN_FAILED if isinstance(fault, OSError) else USED_WRONGLY)
    except Exception as fault:  # its text may hold a value, and values are about people
        _traceback_for(fault)
        unknown = f"{type(fault).__name__}, a fault in the program: --debug shows where."
        _say("fs-pipeline:", _mend(fault) or unknown)
        sys.exit(RUN_FAILED)


def _mend(fault: Exception) -> str | None:
    """What to do about a fault of the disk or of Dagster's database; None about any other."""
    from fs_pipeline.orchestration.failing import of_the_machine

    return of_the_machine(fault)


def _say(what: str, message: str) -> None:
    """A message on standard error, word for word: square brackets in it are no mark-up."""
    people.print(Text.assemble((what, "red"), " ", message), soft_wrap=True)


def _traceback_for(fault: Exception) -> None:
    """With --debug the fault is raised again."""
    if "--debug" in sys.argv:
        raise fault


def _used_wrongly(message: str) -> NoReturn:
    raise click.UsageError(message)


def _range(state: State, first: Quarter, last: Quarter) -> list[Quarter]:
    """The quarters from first to last; wrong use when there are none, or the programme does not reach so far back."""
    earliest = state.first_quarter()
    if last < first:
        _used_wrongly(f"--to {last.key} is before {first.key}")
    if first < earliest:
        _used_wrongly(f"{first.key} is before {earliest.key}, the first baseline quarter of {state.programme_file}")
    return first.until(last)


def _demo_quarters(state: State) -> list[Quarter]:
    """From the first baseline quarter to that of the last cohort's last day (the programme's first without cohorts)."""
    programme = state.programme()
    ends = [window.last_day for window in programme.cohorts]
    return state.first_quarter().until(Quarter.holding(max([programme.start, *ends])))


def _invent(state: State, families: int, seed: int, quarters: list[Quarter]) -> None:
    """Writes invented extracts; never over extracts that are not invented."""
    note = state.extracts / _INVENTED
    if not note.exists() and any(state.extracts.glob("*/*")):
        _used_wrongly(f"{state.extracts} holds extracts that are not invented: name another folder in FS_PIPELINE_HOME")
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


def _run_all(state: State, quarters: list[Quarter], debug: bool) -> None:
    """Runs everything of each quarter."""
    look = Look(state)
    if not state.key_file.exists():
        _say("no key:", "nothing is made for evaluators; fs-pipeline key makes one, FS_PIPELINE_KEY_FILE names it.")
    _run(state, {quarter: look.tables(quarter) for quarter in quarters}, debug)


def _run(state: State, tables: Mapping[Quarter, Sequence[str]], debug: bool) -> None:
    """Runs these tables of each quarter in turn; one that fails does not stop the others."""
    from fs_pipeline.orchestration.running import catch_up, run_quarter

    refused: list[str] = []
    failed: list[str] = []
    with _instance(state) as (project, instance), _progress() as progress:
        catch_up(instance, state)
        bar = progress.add_task("", total=sum(map(len, tables.values())))
        for quarter, of_quarter in tables.items():
            progress.update(bar, description=quarter.label)
            outcome = run_quarter(
                project,
                instance,
                state,
                quarter,
                of_quarter,
                on_step=lambda: progress.advance(bar),
                log_level="DEBUG" if debug else "CRITICAL",
            )
            if not people.is_terminal:
                people.print(f"{quarter.label}: {'done' if not any((outcome.refused, outcome.failed)) else 'failed'}")
            refused += outcome.refused
            failed += outcome.failed
    _end(refused, failed)


@contextmanager
def _instance(state: State) -> Iterator[tuple[dg.Definitions, dg.DagsterInstance]]:
    """The project, and the Dagster instance that the UI shows."""
    from fs_pipeline.definitions import definitions
    from fs_pipeline.orchestration.running import open_instance

    with open_instance(state) as instance:
        project = definitions()
        gc.freeze()  # what is loaded by now stays: the collector need not go through it again and again
        yield project, instance


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=people)


def _end(refused: list[str], failed: list[str]) -> None:
    """Says what went wrong, and ends with the exit code for it."""
    for message in refused:
        _say("refused", message)
    for message in failed:
        _say("failed", message)
    if failed or refused:
        raise click.exceptions.Exit(RUN_FAILED if failed else EXTRACT_REFUSED)
