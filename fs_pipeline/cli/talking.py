"""How every command talks to people: its two consoles, tables, a quarter as an argument, wrong use, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.ledger.region import region_catalogue
from fs_pipeline.store.state import State

if TYPE_CHECKING:
    from fs_pipeline.ledger.catalogue import Catalogue

RUN_FAILED, USED_WRONGLY, EXTRACT_REFUSED = 1, 2, 3

people = Console(stderr=True, highlight=False)
results = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


@dataclass(frozen=True)
class Session:
    """What every command works with.

    Attributes:
        catalogue: makes the catalogue, when a command asks for it.
        debug: whether tracebacks and Dagster's log are shown.
    """

    catalogue: Callable[[], Catalogue]
    debug: bool = False

    def ledger(self, state: State | None = None) -> Ledger:
        """The catalogue over a state folder, or over the one that FS_PIPELINE_HOME names."""
        return Ledger(state or State.from_environment(), self.catalogue())

    def region(self) -> Ledger:
        """The catalogue of a region over the state folder that FS_PIPELINE_HOME names."""
        return Ledger(State.from_environment(), region_catalogue(self.catalogue().toolkit))

    @property
    def log_level(self) -> str:
        """From which level on Dagster's log is shown."""
        return "DEBUG" if self.debug else "CRITICAL"


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


def used_wrongly(message: str) -> NoReturn:
    """Ends the command as used wrongly, with these words."""
    raise click.UsageError(message)


def say(what: str, message: str) -> None:
    """A message on standard error, word for word: square brackets in it are no mark-up."""
    people.print(Text.assemble((what, "red"), " ", message), soft_wrap=True)


def table(
    title: str, headings: Iterable[str], rows: Iterable[Sequence[object]], numbers: Collection[str] = ()
) -> Table:
    """A table to print; the columns under `numbers` are set to the right."""
    made = Table(title=title or None, title_justify="left")
    for heading in headings:
        made.add_column(heading, overflow="fold", justify="right" if heading in numbers else "left")
    return with_rows(made, rows)


def table_by_quarter(title: str, of_rows: str, quarters: Iterable[Quarter], rows: Iterable[Sequence[object]]) -> Table:
    """A table with a column a quarter; what a row is of stands in front."""
    made = Table(title=title, title_justify="left")
    made.add_column(of_rows, no_wrap=True)
    for quarter in quarters:
        made.add_column(quarter.label.replace(" ", "\n"), justify="right")
    return with_rows(made, rows)


def with_rows(table: Table, rows: Iterable[Sequence[object]]) -> Table:
    """The table with these rows too: words as they stand, never as mark-up; tuples in lines, counts with thousands."""
    for row in rows:
        cells = ("\n".join(cell) if isinstance(cell, tuple) else cell for cell in row)
        words = (f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in words))
    return table


def quarters_between(state: State, first: Quarter, last: Quarter) -> list[Quarter]:
    """The quarters from first to last; wrong use when there are none, or the programme does not reach so far back."""
    earliest = state.first_quarter()
    if last < first:
        used_wrongly(f"--to {last.key} is before {first.key}")
    if first < earliest:
        used_wrongly(f"{first.key} is before {earliest.key}, the first baseline quarter of {state.programme_file}")
    return first.until(last)


def end(refused: list[str], failed: list[str]) -> None:
    """Says what went wrong, and ends with the exit code for it."""
    for message in refused:
        say("refused", message)
    for message in failed:
        say("failed", message)
    if failed or refused:
        raise click.exceptions.Exit(RUN_FAILED if failed else EXTRACT_REFUSED)
