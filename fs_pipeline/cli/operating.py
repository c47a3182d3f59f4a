"""The commands of whoever looks after a state folder: its key, its UI, and what is taken out of it."""

from __future__ import annotations

import os
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TextIO

import click

from fs_pipeline.cli.running import rerun
from fs_pipeline.cli.talking import RUN_FAILED, people, results, say, table, used_wrongly
from fs_pipeline.exports.pseudonyms import make_key
from fs_pipeline.ledger.status import Status
from fs_pipeline.store.state import State

_FOR_DAGSTER = {
    "DAGSTER_PROXY_SERVER_HEARTBEAT_TIMEOUT": "120",
    "DAGSTER_GRPC_PROXY_HEARTBEAT_TTL_SECONDS": "120",
}
"""Unless set otherwise: after how many seconds without a sign of life Dagster's code server ends, and with it the runs
that wait: of its own accord after 30, too few on a small server that is busy."""


@click.command("key")
def make_key_file() -> None:
    """Make the key of the evaluators' pseudonyms. Keep it: another key gives other pseudonyms."""
    path = State.from_environment().key_file
    try:
        make_key(path)
    except FileExistsError:
        used_wrongly(f"{path} is there already: another key would give everyone another pseudonym")
    people.print(f"Wrote {path}. Keep a copy in a safe place, and give it to nobody.", soft_wrap=True)


@click.command()
@click.option("--port", type=int, default=3000, show_default=True)
@click.option("--read-only", is_flag=True, help="Nothing can be started or changed in it; it runs no daemon.")
def ui(port: int, read_only: bool) -> None:
    """Open the Dagster UI and daemon on 127.0.0.1 over this state folder (a council's, a region's), until Ctrl-C."""
    from fs_pipeline.orchestration.running import open_instance

    state = State.from_environment()
    state.ui_hosts  # noqa: B018 - a mistake in it is said here, not by the server that reads it
    if state.region_file.exists():
        project: tuple[str, str] = ("-m", "fs_pipeline.region_definitions")
    else:
        state.programme()
        workspace = Path(__file__).parents[2] / "workspace.yaml"
        project = ("-w", str(workspace)) if workspace.exists() else ("-m", "fs_pipeline.definitions")
    with open_instance(state):
        pass  # its records are made before the web server and the daemon, which start together, look for them
    for name, value in _FOR_DAGSTER.items():
        os.environ.setdefault(name, value)
    people.print(f"The Dagster UI will be at http://127.0.0.1:{port}")
    server = (sys.executable, "-m", "fs_pipeline.orchestration.web", "--read-only" if read_only else "dev")
    os.execv(sys.executable, [*server, *project, "-h", "127.0.0.1", "-p", str(port)])


@click.command()
@click.option("--programme", is_flag=True, help="Remove everything about everyone.")
@click.option(
    "--person-file",
    type=click.File(encoding="utf-8-sig"),
    help="The person identifiers, one a line; - is standard input.",
)
@click.option("--rerun", "then_rerun", is_flag=True, help="Compute the figures anew afterwards, without these people.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.pass_context
def purge(context: click.Context, programme: bool, person_file: TextIO | None, then_rerun: bool, yes: bool) -> None:
    """Remove a person, or a whole programme, from every store of the state folder. This cannot be undone.

    Without --person-file the person identifier is asked for: on the command line it would stay in the shell's history.
    Says how much was removed, and writes that into purges.csv; never of whom.
    """
    from fs_pipeline.exports.warehouse import WarehouseError
    from fs_pipeline.orchestration.running import in_progress
    from fs_pipeline.purge.purging import purge_people, purge_programme
    from fs_pipeline.purge.searching import LinksOutside

    if programme and (person_file or then_rerun):
        used_wrongly("--programme removes everything: there is no person to name and nothing to rerun")
    ledger = context.obj.ledger()
    state = ledger.state
    if running := in_progress(state):
        used_wrongly(f"{running} runs are under way: wait for them, or end them in the UI; then purge")
    if programme:
        what = "everything about everyone"
    else:
        lines = person_file or [click.prompt("Person identifier", hide_input=True, err=True)]
        identifiers = {line.strip() for line in lines} - {""}
        if not identifiers:
            used_wrongly("no person identifier was given: one a line")
        what = f"everything about {len(identifiers)} {'person' if len(identifiers) == 1 else 'people'}"
    if not yes:
        click.confirm(f"Remove {what} from {state.home}, and from the warehouse, for good?", abort=True, err=True)
    try:
        purged = purge_programme(state) if programme else purge_people(ledger, identifiers)
    except LinksOutside as fault:
        used_wrongly(str(fault))
    except WarehouseError as fault:
        say("failed", f"{fault}. The purge has not ended: fix it, then purge again")
        raise click.exceptions.Exit(RUN_FAILED) from None
    numbers = ("rows", "files written anew", "files removed")
    results.print(table("Removed", ("store", *numbers), map(astuple, purged.removed), numbers))
    if not any(each.rows or each.rewritten or each.removed for each in purged.removed):
        people.print("Nothing was found." if programme else "Nothing was found: look at the identifier.")
    if purged.shared_upns:
        people.print(f"{purged.shared_upns} UPNs of theirs are somebody else's too: these rows were left.")
    if purged.unsearched:
        people.print(
            f"{purged.unsearched} identifiers are short numbers: they were taken out of tables by column, and not "
            "searched for in other text."
        )
    if state.sources_file.exists():
        people.print("What sources.toml names was not touched, wherever it lies.")
    for words, paths in (("still holds an identifier:", purged.still_held), ("cannot be looked into:", purged.unread)):
        for path in paths:
            say(words, str(path))
    if then_rerun:
        context.invoke(rerun)
    elif stale := 0 if programme else len(list(Status(ledger).stale())):
        people.print(f"Now stale: {stale} tables, see fs-pipeline status. fs-pipeline rerun computes them anew.")
    if purged.still_held or purged.unread:
        raise click.exceptions.Exit(RUN_FAILED)
