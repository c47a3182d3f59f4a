"""Catalogues: what is received, what is made of it, in order, over which quarters, and under which settings.

A calculation is read off its function: a parameter annotated with a table is an input, the return annotation is the
table made, any other parameter is the quarter or a setting. Nothing here knows which calculations there are: a
catalogue is built from what is handed to it (`family_safeguarding.py` hands over the toolkit's).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from typing import Any, get_args, get_type_hints

import pandas as pd

from fs_pipeline.arithmetic.periods import Deliveries, Window
from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.files_made import EXPORTED
from fs_pipeline.ledger.code_versions import code_version, version_of
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.breakdowns import Breakdown
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import ROSTER
from fs_pipeline.toolkit.figures import Indicator
from fs_pipeline.toolkit.parameters import PARAMETERS, Parameters
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit

THIS_QUARTER, EVERY_QUARTER = Window(0), Window(None)
WhatIsLost = Callable[[State], Callable[[Quarter, Mapping[str, str]], str]]


@dataclass(frozen=True)
class Input:
    """A table that a function reads, by its parameter: the columns, and over which quarters.

    Attributes:
        wanted: `frame`; `optional`, None when not supplied; `supplied`, only whether; `receipt`, what is known of the
            delivery beside the rows, None when it was not read; `deliveries`, a window; `authorities`, the table of
            each of a region's authorities, None where the quarter has not been run.
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
        recorded: what an origin says of it, never a secret; None when figures do not depend on it.
        is_there: whether there is one: without it nothing is made that needs it.
    """

    read: Callable[[State], object]
    recorded: Callable[[State], object] | None
    is_there: Callable[[State], bool] = lambda _: True


@dataclass(frozen=True)
class Calculation:
    """A function of tables that makes a table, for one quarter.

    Attributes:
        table: the table that it makes; its name is the asset's key.
        group: its stage: cohort, fields, indicators, outputs or exports.
        description: what is counted, in words.
        parameters: the toolkit's parameters that it needs; it gets their values in the quarter.
        toolkit: the toolkit whose measures it looks up; an export shows its words.
        what_is_lost: of an export that makes no files: looks at where it loads, and gives what says of a quarter, and
            the versions of tables that were loaded, what is not there any more, in words.
    """

    table: Table
    group: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[Input, ...]
    settings: tuple[str, ...]
    description: str
    indicator: Indicator | None = None
    parameters: Parameters | None = None
    toolkit: Toolkit | None = None
    what_is_lost: WhatIsLost | None = None

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
            return version_of(code_version(self.function.__module__, words=True), self.toolkit, words=True)
        tables = (self.table, *(needed.table for needed in self.inputs))
        toolkit = (self.toolkit,) if self.toolkit else ()
        return version_of(code_version(self.function.__module__), *tables, self.indicator, *toolkit)

    @property
    def reads_receipts(self) -> bool:
        """Whether it reads what is known of deliveries beside their rows."""
        return any(needed.wanted == "receipt" for needed in self.inputs)

    def run(
        self,
        quarter: Quarter,
        settings: Callable[[str], object],
        read: Callable[[Input], object],
        gathered: Callable[[Mapping[str, object]], Mapping[str, Callable[[], object]]] = lambda _: {},
    ) -> Any:  # noqa: ANN401 - a frame, or what an export makes
        """What the function makes of a quarter; an export may have by name what is gathered from its inputs."""
        inputs = {needed.parameter: needed.broken_down(read(needed)) for needed in self.inputs}
        offered: dict[str, Callable[[], object]] = {
            "quarter": lambda: quarter,
            "toolkit": lambda: self.toolkit,
            "parameters": lambda: self.parameters and self.parameters.on(quarter.first_day),
            **{name: partial(settings, name) for name in self.settings},
            **gathered(inputs),
        }
        wanted = inspect.signature(self.function).parameters.values()
        arguments = {each.name: offered[each.name]() for each in wanted if each.name in offered}
        if any(each.kind is each.VAR_KEYWORD or each.name in inputs for each in wanted):
            arguments |= inputs
        return self.function(**arguments)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is received, and all that is made of it: each calculation after those whose tables it reads, exports last.

    The toolkit holds the indicators and breakdowns, for all that shows figures.
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
    def of_region(self) -> bool:
        """Whether it is made of the tables of a region's authorities."""
        return any(needed.wanted == "authorities" for each in self.calculations for needed in each.inputs)

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
        """What is made, by stage, in order; the calculations of a stage stand together."""
        stages = groupby(self.calculations, lambda calculation: calculation.group)
        return {stage: [each.table.name for each in of_stage] for stage, of_stage in stages}


def calculation(
    function: Callable[..., Any], group: str, toolkit: Toolkit, inputs: tuple[Input, ...] | None = None
) -> Calculation:
    """The calculation that a function is; `inputs` are what it reads, where its annotations cannot say that.

    The toolkit holds the measures, for a function that looks them up, and the breakdowns of the figures.
    """
    hints, parameters = get_type_hints(function, include_extras=True), inspect.signature(function).parameters
    table: Table = hints["return"].__metadata__[0]
    inputs = tuple(_inputs(function, toolkit.breakdowns)) if inputs is None else inputs
    others = {"quarter", "parameters", "toolkit", *(needed.parameter for needed in inputs)}
    return Calculation(
        table=table.called(f"indicators/{function.__name__}") if group == "indicators" else table,
        group=group,
        function=function,
        inputs=inputs,
        settings=tuple(
            name for name, each in parameters.items() if name not in others and each.kind is not each.VAR_KEYWORD
        ),
        description=_words(function),
        indicator=getattr(function, "declaration", None),
        parameters=hints["parameters"].__metadata__[0] if "parameters" in hints else None,
        toolkit=toolkit if "toolkit" in parameters else None,
    )


def export(
    function: Callable[..., Any],
    inputs: tuple[Input, ...],
    settings: tuple[str, ...],
    toolkit: Toolkit | None = None,
    what_is_lost: WhatIsLost | None = None,
    name: str = "",
) -> Calculation:
    """The calculation of what leaves the building: files, of which the lake's table is the list.

    Its function makes the files, by their names in the quarter's folder; or loads tables, and gives their names. It has
    what it names of its inputs and settings, `quarter`, `toolkit` (whose words it shows), `provenance`, and `results`,
    which are the outputs together. Inputs and settings that it does not name stand in its provenance.

    What loads tables says `what_is_lost` of them. The table is called `exports/` and the function's name, or `name`.
    """
    table = EXPORTED.called(name or f"exports/{function.__name__}")
    return Calculation(
        table, "exports", function, inputs, settings, _words(function), toolkit=toolkit, what_is_lost=what_is_lost
    )


def _words(function: Callable[..., Any]) -> str:
    return PARAMETERS.fill(inspect.getdoc(function) or "")


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
