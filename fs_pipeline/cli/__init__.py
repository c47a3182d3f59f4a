"""The command line, `fs-pipeline`: talks to people; the work is done elsewhere.

Exit codes: 0 done; 1 a run failed; 2 the command was used wrongly; 3 an extract was refused; 130 and 143 stopped by
SIGINT (Ctrl-C), by SIGTERM. Messages for people go to standard error without a traceback; `--debug` shows it. Here are
the group of commands and its entry point; the commands stand in modules by who needs them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from fs_pipeline.cli.demonstration import demo, invent_extracts
from fs_pipeline.cli.looking import check, explain, status
from fs_pipeline.cli.operating import make_key_file, purge, ui
from fs_pipeline.cli.running import recompute, region, rerun, run
from fs_pipeline.cli.talking import RUN_FAILED, USED_WRONGLY, Session, say
from fs_pipeline.orchestration.stopping import Stopped, stopping
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.files import write_privately
from fs_pipeline.store.lake import LakeError
from fs_pipeline.store.state import LayoutError

if TYPE_CHECKING:
    from fs_pipeline.ledger.catalogue import Catalogue

_SET_UP_WRONGLY = (SettingsError, LakeError, LayoutError)


def _toolkit() -> Catalogue:
    from fs_pipeline.ledger.family_safeguarding import family_safeguarding

    return family_safeguarding()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fs-pipeline")
@click.option("--debug", is_flag=True, help="Show tracebacks and Dagster's log.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """The Family Safeguarding KPI toolkit, quarter by quarter.

    Works in the state folder FS_PIPELINE_HOME (default: data/ here). A quarter Q is written 2017-10-01, 2017-Q4
    (calendar) or 2017-18-Q3 (financial year).
    """
    context.obj = replace(context.obj or Session(_toolkit), debug=debug)


for command in (demo, invent_extracts, run, rerun, recompute, region, check, status, explain, make_key_file, purge, ui):
    cli.add_command(command)


def main(catalogue: Callable[[], Catalogue] = _toolkit) -> None:
    """The entry point: runs a command, and turns what people can fix into a message and an exit code.

    Args:
        catalogue: makes what the commands work with.
    """
    write_privately()
    try:
        with stopping():
            code = cli.main(_arguments(), standalone_mode=False, obj=Session(catalogue))
        sys.exit(code or 0)
    except Stopped as stop:
        say("stopped", f"{stop}: {stop.again}.")
        sys.exit(stop.code)
    except click.Abort:
        sys.exit(RUN_FAILED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(USED_WRONGLY)
    except Exception as fault:
        if "--debug" in sys.argv:
            raise
        from fs_pipeline.orchestration.failing import of_the_machine

        words = f"{type(fault).__name__}, a fault in the program: --debug shows where."
        if isinstance(fault, (*_SET_UP_WRONGLY, OSError)):  # any other's text may hold a value: values are about people
            words = str(fault)
        say("fs-pipeline:", of_the_machine(fault) or words)
        sys.exit(USED_WRONGLY if isinstance(fault, _SET_UP_WRONGLY) else RUN_FAILED)


def _arguments() -> list[str]:
    """The command line; `--debug` may stand anywhere in it."""
    return sorted(sys.argv[1:], key=lambda argument: argument != "--debug")
