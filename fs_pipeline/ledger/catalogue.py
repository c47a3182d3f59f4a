"""Catalogues: what is received, what is made of it, in order, over which quarters, and under which settings.

A calculation is read off its function: a parameter annotated with a table is an input, the return annotation is the
table made, any other parameter is the quarter or a setting. Nothing here knows which calculations there are: a
catalogue is built from what is handed to it (`family_safeguarding.py` hands over the toolkit's).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args, get_type_hints

import pandas as pd

from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries, Window
from fs_pipeline.exports.files_made import EXPORTED
from fs_pipeline.ledger.code_versions import code_version, version_of
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.breakdowns import Breakdown
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.figures import Indicator
from fs_pipeline.toolkit.parameters import PARAMETERS, Parameters
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit

THIS_QUARTER, EVERY_QUARTER = Window(0), Window(None)


@dataclass(frozen=True)
class Input:
    """A table that a calculation reads.

    Attributes:
        parameter: the function's parameter.
        table: the table, with the columns that are read.
        window: over which quarters.
        wanted: `frame`; `optional`, None when not supplied; `supplied`, only whether; `receipt`, what is known of the
            delivery beside the rows, None when it was not read; `deliveries`, a window.
        breakdowns: of the roster: those by which the calculation's figures are broken down.
    """

    parameter: str
    table: Table
    window: Window
    wanted: str
    breakdowns: tuple[Breakdown, ...] = ()

    def broken_down(self, rows: object) -> object:
        """The rows, with the column that says in which scope each of them is, of each breakdown."""
        if not self.breakdowns:
            return rows
        assert isinstance(rows, pd.DataFrame)
        return rows.assign(**{each.membership: rows[each.column] for each in self.breakdowns})


@dataclass(frozen=True)
class Outside:
    """A setting that stands in no settings file of the programme, such as the key of the pseudonyms.

    Attributes:
        read: what a calculation is given.
        recorded: what an origin says of it; never a secret.
        is_there: whether there is one: without it nothing is made that needs it.
    """

    read: Callable[[State], object]
    recorded: Callable[[State], object]
    is_there: Callable[[State], bool] = lambda _: True


@dataclass(frozen=True)
class Calculation:
    """A function of tables that makes a table, for one quarter.

    Attributes:
        table: the table that it makes; its name is the asset's key.
        group: its stage: cohort, fields, indicators or outputs.
        function: the function.
        inputs: the tables that it reads.
        takes_quarter: whether it has the parameter `quarter`.
        settings: the settings that it has as parameters.
        parameters: the toolkit's parameters that it needs; it gets their values in the quarter.
        description: what is counted, in words.
        indicator: the indicator's declaration, where it is one.
        shows: the toolkit whose words an export shows.
    """

    table: Table
    group: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[Input, ...]
    takes_quarter: bool
    settings: tuple[str, ...]
    description: str
    indicator: Indicator | None = None
    parameters: Parameters | None = None
    shows: Toolkit | None = None

    @cached_property
    def code_version(self) -> str:
        """Changes with the code that makes it, columns and parameters that it names; of an export, with its words."""
        return version_of(self._version_without_parameters, self.parameters)

    def version_in(self, quarter: Quarter) -> str:
        """The same of one quarter: of the parameters it holds the values of then, so that others leave it alone."""
        values = self.parameters.on(quarter.first_day) if self.parameters else {}
        return version_of(self._version_without_parameters, values)

    @cached_property
    def _version_without_parameters(self) -> str:
        if self.group == "exports":
            return version_of(code_version(self.function.__module__, words=True), self.shows, words=True)
        tables = (self.table, *(needed.table for needed in self.inputs))
        return version_of(code_version(self.function.__module__), *tables, self.indicator)

    @property
    def reads_receipts(self) -> bool:
        """Whether it reads what is known of deliveries beside their rows."""
        return any(needed.wanted == "receipt" for needed in self.inputs)

    def run(self, quarter: Quarter, settings: Callable[[str], object], read: Callable[[Input], object]) -> pd.DataFrame:
        """The table for a quarter; `settings` gives each setting by name, `read` each input as it is wanted."""
        arguments: dict[str, object] = {"quarter": quarter} if self.takes_quarter else {}
        if self.parameters:
            arguments["parameters"] = self.parameters.on(quarter.first_day)
        arguments |= {name: settings(name) for name in self.settings}
        inputs = {needed.parameter: needed.broken_down(read(needed)) for needed in self.inputs}
        return self.function(**arguments, **inputs)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is received, and all that is made of it.

    Attributes:
        extracts: what is delivered as files or read from sources.
        calculations: each after those whose tables it reads, exports last.
        outside: the settings that no settings file of the programme holds, by name.
        toolkit: the indicators and breakdowns, for all that shows figures.
    """

    extracts: tuple[Extract, ...]
    calculations: tuple[Calculation, ...]
    outside: Mapping[str, Outside]
    toolkit: Toolkit

    @cached_property
    def received(self) -> Mapping[str, Extract]:
        """What is delivered, by the name of its table."""
        return {extract.name: extract for extract in self.extracts}

    @cached_property
    def made(self) -> Mapping[str, Calculation]:
        """The calculations by the name of the table that each makes."""
        return {each.table.name: each for each in self.calculations}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Every table by its name, each after those that it is made from."""
        return {**self.received, **{name: each.table for name, each in self.made.items()}}

    @cached_property
    def of_rows(self) -> tuple[Calculation, ...]:
        """The calculations of the extracts' rows: neither exports nor what is made of receipts."""
        return tuple(each for each in self.calculations if each.group != "exports" and not each.reads_receipts)

    @cached_property
    def indicators(self) -> Mapping[int, Calculation]:
        """The calculations of indicators by the toolkit's number."""
        return {each.indicator.number: each for each in self.calculations if each.indicator}

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """The settings of the programme that any calculation has."""
        names = dict.fromkeys(name for each in self.calculations for name in each.settings)
        return tuple(name for name in names if name not in self.outside)

    def adds_up(self, calculation: Calculation) -> bool:
        """Whether it adds up tables that are made, over the quarters: one that was never made would be left out."""
        return any(each.wanted == "deliveries" and each.table.name in self.made for each in calculation.inputs)

    def looks_back(self, calculation: Calculation) -> bool:
        """Whether it is made from deliveries for earlier quarters as well."""
        return any(each.wanted == "deliveries" and each.table.name in self.received for each in calculation.inputs)

    def by_group(self) -> dict[str, list[str]]:
        """What is made, by stage, in order."""
        groups: dict[str, list[str]] = {}
        for each in self.calculations:
            groups.setdefault(each.group, []).append(each.table.name)
        return groups


def calculation(
    function: Callable[..., Any], group: str, toolkit: Toolkit, inputs: tuple[Input, ...] | None = None
) -> Calculation:
    """The calculation that a function is.

    Args:
        function: the function.
        group: its stage.
        toolkit: holds the breakdowns of the figures.
        inputs: what it reads, where its annotations cannot say that.
    """
    made = get_type_hints(function, include_extras=True)["return"].__metadata__[0]
    return _calculation(
        function,
        made.called(f"indicators/{function.__name__}") if group == "indicators" else made,
        group,
        tuple(_inputs(function, toolkit.breakdowns)) if inputs is None else inputs,
        [name for name, each in inspect.signature(function).parameters.items() if each.kind is not each.VAR_KEYWORD],
    )


def export(
    name: str,
    function: Callable[..., Any],
    inputs: tuple[Input, ...],
    settings: tuple[str, ...],
    shows: Toolkit | None = None,
) -> Calculation:
    """The calculation of what leaves the building: files, of which the lake's table is the list."""
    made = _calculation(function, EXPORTED.called(f"exports/{name}"), "exports", inputs, settings)
    return replace(made, shows=shows)


def _calculation(
    function: Callable[..., Any], table: Table, group: str, inputs: tuple[Input, ...], parameters: Iterable[str]
) -> Calculation:
    hints = get_type_hints(function, include_extras=True)
    others = {"quarter", "parameters", *(each.parameter for each in inputs)}
    return Calculation(
        table=table,
        group=group,
        function=function,
        inputs=inputs,
        takes_quarter="quarter" in parameters,
        settings=tuple(name for name in parameters if name not in others),
        description=PARAMETERS.fill(inspect.getdoc(function) or ""),
        indicator=getattr(function, "declaration", None),
        parameters=hints["parameters"].__metadata__[0] if "parameters" in hints else None,
    )


def _inputs(function: Callable[..., Any], breakdowns: tuple[Breakdown, ...]) -> Iterator[Input]:
    for parameter, hint in get_type_hints(function, include_extras=True).items():
        kind, *marks = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
        if parameter == "return" or not marks or isinstance(marks[0], Parameters):
            continue
        window = marks[1] if len(marks) > 1 else THIS_QUARTER
        if kind is Deliveries:
            wanted = "deliveries"
        elif kind is bool:
            wanted = "supplied"
        else:
            wanted = "frame" if kind is pd.DataFrame else "optional"
        table: Table = marks[0]
        if table.name == ROSTER.name and {*ROSTER_ROWS.names} <= {*table.names}:
            read = ROSTER.only(*table.names, *(breakdown.column for breakdown in breakdowns))
            yield Input(parameter, read, window, wanted, breakdowns)
        else:
            yield Input(parameter, table, window, wanted)
