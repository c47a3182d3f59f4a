"""Every calculation of a quarter, in order: what it reads, over which quarters, and the table that it makes.

All of it is read off the functions themselves: a parameter annotated with a table is an input, the return
annotation is the table made. Dagster's assets are made from this list, and so is the plain run of the tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries, Earlier, Window
from fs_pipeline.cohort.children import children_in_fs
from fs_pipeline.cohort.families import families_in_fs
from fs_pipeline.cohort.people import people_on_roster
from fs_pipeline.cohort.twelve_months import baseline, follow_up
from fs_pipeline.exports.files_made import (
    EXPORTED,
    evaluator_workbook,
    operational_workbook,
    published_workbook,
    report,
)
from fs_pipeline.exports.return_packs import return_pack
from fs_pipeline.exports.warehouse import load
from fs_pipeline.exports.warehouse_tables import TABLES
from fs_pipeline.extracts.checks.receipts import data_quality
from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.outputs.before_after import before_after, before_after_rates
from fs_pipeline.outputs.comparisons import comparisons
from fs_pipeline.outputs.family_level import family_level
from fs_pipeline.outputs.person_level import person_level
from fs_pipeline.outputs.twelve_months import twelve_months_after, twelve_months_before
from fs_pipeline.outputs.values import indicator_values
from fs_pipeline.subjects.child_protection.fields import child_protection
from fs_pipeline.subjects.domestic_abuse.fields import domestic_abuse_high_risk, domestic_abuse_programmes, lsir
from fs_pipeline.subjects.domestic_abuse.police_contacts import police_contacts
from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.subjects.looked_after.fields import looked_after
from fs_pipeline.subjects.mental_health.fields import mental_health
from fs_pipeline.subjects.school.fields import attendance
from fs_pipeline.subjects.substance_misuse.fields import treatment, treatment_outcomes
from fs_pipeline.toolkit.comparators import COMPARISONS
from fs_pipeline.toolkit.data_quality import DATA_QUALITY
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, PERSON_LEVEL
from fs_pipeline.toolkit.figures import INDICATOR_VALUES, Indicator
from fs_pipeline.toolkit.parameters import PARAMETERS, Parameters
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, BEFORE_AFTER_RATES

THIS_QUARTER, EVERY_QUARTER = Window(0), Window(None)
SETTINGS = tuple(field.name for field in fields(Programme))
"""What a calculation may ask of the programme's settings, by the name of its parameter."""


@dataclass(frozen=True)
class Input:
    """A table that a calculation reads.

    Attributes:
        parameter: the function's parameter.
        table: the table, with the columns that are read.
        window: over which quarters.
        wanted: `frame`; `optional`, None when not supplied; `supplied`, only whether; `receipt`, what is known of the
            delivery beside the rows, None when it was not read; `deliveries`, a window.
    """

    parameter: str
    table: Table
    window: Window
    wanted: str


@dataclass(frozen=True)
class Calculation:
    """A function of tables that makes a table, for one quarter.

    Attributes:
        table: the table that it makes; its name is the asset's key.
        group: its stage: cohort, fields, indicators or outputs.
        function: the function.
        inputs: the tables that it reads.
        takes_quarter: whether it has the parameter `quarter`.
        takes_earlier: whether it carries on from what it made of the quarter before; its table is the same without.
        settings: the programme's settings that it has as parameters.
        parameters: the toolkit's parameters that it needs; it gets their values in the quarter.
        description: what is counted, in words.
        code_version: changes with the code that it is made with.
        indicator: the indicator's declaration, where it is one.
    """

    table: Table
    group: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[Input, ...]
    takes_quarter: bool
    takes_earlier: bool
    settings: tuple[str, ...]
    description: str
    code_version: str
    indicator: Indicator | None = None
    parameters: Parameters | None = None

    @property
    def reads_receipts(self) -> bool:
        """Whether it reads what is known of deliveries beside their rows."""
        return any(needed.wanted == "receipt" for needed in self.inputs)

    def run(
        self,
        quarter: Quarter,
        programme: Programme,
        read: Callable[[Input], object],
        earlier: Earlier | None = None,
    ) -> pd.DataFrame:
        """The table for a quarter; `read` gives each input as it is wanted."""
        arguments: dict[str, object] = {"quarter": quarter} if self.takes_quarter else {}
        if self.takes_earlier:
            arguments["earlier"] = earlier
        if self.parameters:
            arguments["parameters"] = self.parameters.on(quarter.first_day)
        arguments |= {name: getattr(programme, name) for name in self.settings}
        return self.function(**arguments, **{needed.parameter: read(needed) for needed in self.inputs})


def _inputs(function: Callable[..., Any]) -> Iterator[Input]:
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
        yield Input(parameter, marks[0], window, wanted)


def _calculation(function: Callable[..., Any], group: str, inputs: tuple[Input, ...] | None = None) -> Calculation:
    hints = get_type_hints(function, include_extras=True)
    made = hints["return"].__metadata__[0]
    parameters = inspect.signature(function).parameters
    return Calculation(
        table=made.called(f"indicators/{function.__name__}") if group == "indicators" else made,
        group=group,
        function=function,
        inputs=tuple(_inputs(function)) if inputs is None else inputs,
        takes_quarter="quarter" in parameters,
        takes_earlier="earlier" in parameters,
        settings=tuple(name for name in SETTINGS if name in parameters),
        description=PARAMETERS.fill(inspect.getdoc(function) or ""),
        code_version=code_version(function.__module__),
        indicator=getattr(function, "declaration", None),
        parameters=hints["parameters"].__metadata__[0] if "parameters" in hints else None,
    )


def _all() -> Iterator[Calculation]:
    cohort: tuple[Callable[..., Any], ...] = (children_in_fs, families_in_fs, people_on_roster, baseline, follow_up)
    for function in cohort:
        yield _calculation(function, "cohort")
    of_people: tuple[Callable[..., Any], ...] = (
        child_protection,
        looked_after,
        attendance,
        police_contacts,
        treatment,
        treatment_outcomes,
        mental_health,
        domestic_abuse_programmes,
        domestic_abuse_high_risk,
        lsir,
    )
    for function in of_people:
        yield _calculation(function, "fields")
    figures = [
        _calculation(function, "indicators") for function in (*INDICATORS, twelve_months_before, twelve_months_after)
    ]
    yield from figures
    of_figures = tuple(
        Input(made.table.name.removeprefix("indicators/"), made.table, THIS_QUARTER, "frame") for made in figures
    )
    outputs: tuple[Callable[..., Any], ...] = (person_level, family_level, before_after, before_after_rates)
    for function in outputs:
        yield _calculation(function, "outputs")
    yield _calculation(indicator_values, "outputs", of_figures)
    yield _calculation(comparisons, "outputs")


CALCULATIONS: tuple[Calculation, ...] = tuple(_all())
"""Every calculation, each after those whose tables it reads."""

OF_RECEIPTS: tuple[Calculation, ...] = (
    _calculation(
        data_quality, "outputs", tuple(Input(name, EXTRACTS[name], THIS_QUARTER, "receipt") for name in EXTRACTS)
    ),
)
"""What is made of the extracts' receipts, not of their rows; in the quarters before the programme's start as well."""

_RESULTS = (
    Input("figures", INDICATOR_VALUES, EVERY_QUARTER, "deliveries"),
    *(
        Input(table.name.removeprefix("outputs/"), table, THIS_QUARTER, "frame")
        for table in (PERSON_LEVEL, FAMILY_LEVEL, BEFORE_AFTER, BEFORE_AFTER_RATES, COMPARISONS)
    ),
)
"""What the exports read: the figures of every quarter so far, and the other outputs of this one."""
_ALL_DELIVERIES = Input("data_quality", DATA_QUALITY, EVERY_QUARTER, "deliveries")
"""What the sheets Data quality and Provenance show: the deliveries of every quarter up to this one."""
_DELIVERIES = Input("data_quality", DATA_QUALITY, THIS_QUARTER, "deliveries")
"""What a front page says: the extracts that were not supplied for this quarter."""
_LOADED = tuple(Input(table.name.removeprefix("outputs/"), table, THIS_QUARTER, "frame") for table in TABLES)
"""What the warehouse is loaded with."""


def _export(
    name: str, function: Callable[..., Any], inputs: tuple[Input, ...] = _RESULTS, settings: tuple[str, ...] = SETTINGS
) -> Calculation:
    return Calculation(
        table=EXPORTED.called(f"exports/{name}"),
        group="exports",
        function=function,
        inputs=inputs,
        takes_quarter=False,
        takes_earlier=False,
        settings=settings,
        description=inspect.getdoc(function) or "",
        code_version=code_version(function.__module__),
    )


EXPORTS: tuple[Calculation, ...] = (
    _export("operational_workbook", operational_workbook, (*_RESULTS, _ALL_DELIVERIES)),
    _export("evaluator_workbook", evaluator_workbook, (*_RESULTS, _ALL_DELIVERIES)),
    _export("published_workbook", published_workbook, (*_RESULTS, _DELIVERIES)),
    _export("report", report),
    _export("return_packs", return_pack, (Input("roster", ROSTER, THIS_QUARTER, "frame"),), ("authority_name",)),
    _export("warehouse", load, _LOADED, ()),
)
"""What leaves the building, made from the outputs: files, of which the lake's table is the list."""
RETURN_PACKS = "exports/return_packs"
"""The export that depends on what partners may be told."""
NEEDS_KEY = "exports/evaluator_workbook"
"""The export that needs the key of the pseudonyms."""

EVERYTHING_MADE: tuple[Calculation, ...] = (*CALCULATIONS, *OF_RECEIPTS, *EXPORTS)
"""All that is made of the extracts, each after those whose tables it reads."""
BY_TABLE: Mapping[str, Calculation] = {made.table.name: made for made in EVERYTHING_MADE}
"""The same by the name of the table made."""
