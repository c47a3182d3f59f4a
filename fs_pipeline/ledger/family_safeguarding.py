"""The catalogue of the Family Safeguarding KPI toolkit: every calculation of a quarter, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from fs_pipeline.arithmetic.figures import IndicatorFunction
from fs_pipeline.cohort.roster import children_in_fs, families_in_fs, people_on_roster
from fs_pipeline.exports.files_made import evaluator_workbook, operational_workbook, published_workbook, report
from fs_pipeline.exports.pseudonyms import fingerprint, read_key
from fs_pipeline.exports.return_packs import return_packs
from fs_pipeline.exports.warehouse import warehouse, what_is_lost
from fs_pipeline.exports.warehouse_tables import TABLES
from fs_pipeline.extracts.checks.receipts import data_quality
from fs_pipeline.ledger.catalogue import (
    EVERY_QUARTER,
    THIS_QUARTER,
    Calculation,
    Catalogue,
    Input,
    Outside,
    calculation,
    export,
)
from fs_pipeline.outputs.before_after import before_after, before_after_rates
from fs_pipeline.outputs.cohort_size import cohort_size
from fs_pipeline.outputs.comparisons import comparisons
from fs_pipeline.outputs.levels import family_level, indicator_values, person_level
from fs_pipeline.outputs.twelve_months import baseline, follow_up, twelve_months_after, twelve_months_before
from fs_pipeline.settings.programme import read_identifiers
from fs_pipeline.subjects.child_protection.fields import child_protection
from fs_pipeline.subjects.domestic_abuse.fields import (
    domestic_abuse_high_risk,
    domestic_abuse_programmes,
    lsir,
    police_contacts,
)
from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.subjects.looked_after.fields import looked_after
from fs_pipeline.subjects.mental_health.fields import mental_health
from fs_pipeline.subjects.school.fields import attendance
from fs_pipeline.subjects.substance_misuse.fields import treatment, treatment_outcomes
from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, Breakdown
from fs_pipeline.toolkit.comparators import COMPARISONS, comparators_of
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import COHORT_SIZE, DATA_QUALITY, FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL, ROSTER
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, BEFORE_AFTER_RATES

_COHORT: tuple[Callable[..., Any], ...] = (children_in_fs, families_in_fs, people_on_roster, baseline, follow_up)
_FIELDS: tuple[Callable[..., Any], ...] = (
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
_OUTPUTS: tuple[Callable[..., Any], ...] = (family_level, before_after, before_after_rates, cohort_size)
_SETTINGS = tuple(field.name for field in fields(Programme))
_RESULTS = (
    Input("figures", INDICATOR_VALUES, EVERY_QUARTER, "deliveries"),
    Input("sizes", COHORT_SIZE, EVERY_QUARTER, "deliveries"),
    *(
        Input(table.name.removeprefix("outputs/"), table, THIS_QUARTER, "frame")
        for table in (PERSON_LEVEL, FAMILY_LEVEL, BEFORE_AFTER, BEFORE_AFTER_RATES, COMPARISONS)
    ),
)
"""What the exports read: the figures of every quarter so far, and the other outputs of this one."""
_PUBLISHED = (
    *(each for each in _RESULTS if each.table is not BEFORE_AFTER),
    Input("before_after", BEFORE_AFTER, EVERY_QUARTER, "deliveries"),
)
"""What is published reads: before and after of the quarters before too, for what is new since."""
_ALL_DELIVERIES = Input("data_quality", DATA_QUALITY, EVERY_QUARTER, "deliveries")
"""What the sheets Data quality and Provenance show: the deliveries of every quarter up to this one."""
_DELIVERIES = Input("data_quality", DATA_QUALITY, THIS_QUARTER, "deliveries")
"""What a front page says: the extracts that were not supplied for this quarter."""
_LOADED = tuple(Input(table.name.removeprefix("outputs/"), table, THIS_QUARTER, "frame") for table in TABLES)
"""What the warehouse is loaded with."""
_ROSTER = Input("roster", ROSTER, THIS_QUARTER, "frame")
_OUTSIDE = {
    "key": Outside(
        lambda state: read_key(state.key_file),
        lambda state: fingerprint(state.key_file),
        lambda state: state.key_file.exists(),
    ),
    "database": Outside(lambda state: state.warehouse, None),
    "shifts_dates": Outside(lambda state: state.shifts_dates, lambda state: state.shifts_dates),
    "identifiers": Outside(
        lambda state: read_identifiers(state.partners_file),
        lambda state: {supplier: list(names) for supplier, names in read_identifiers(state.partners_file).items()},
    ),
}
"""What exports depend on beside the programme: the key of the pseudonyms, what partners may be told, where to load."""


@cache
def family_safeguarding(
    indicators: tuple[IndicatorFunction, ...] = INDICATORS, breakdowns: tuple[Breakdown, ...] = BREAKDOWNS
) -> Catalogue:
    """The toolkit's catalogue, with these indicators and breakdowns of their figures, in the order of both.

    An indicator is a function under the decorator `indicator`.
    """
    toolkit = Toolkit(tuple(function.declaration for function in indicators), breakdowns)
    made = (*_tables(indicators, toolkit), *_exports(toolkit))
    return Catalogue((*EXTRACTS.values(), comparators_of(toolkit)), made, _OUTSIDE, toolkit)


def _tables(indicators: tuple[IndicatorFunction, ...], toolkit: Toolkit) -> Iterator[Calculation]:
    for function in _COHORT:
        yield calculation(function, "cohort", toolkit)
    of_people = [calculation(function, "fields", toolkit) for function in _FIELDS]
    yield from of_people
    of_figures: tuple[Callable[..., Any], ...] = (*indicators, twelve_months_before, twelve_months_after)
    figures = [calculation(function, "indicators", toolkit) for function in of_figures]
    yield from figures
    roster = Input("people", ROSTER, THIS_QUARTER, "frame")
    yield calculation(person_level, "outputs", toolkit, (roster, *_tables_of(of_people)))
    for function in _OUTPUTS:
        yield calculation(function, "outputs", toolkit)
    yield calculation(indicator_values, "outputs", toolkit, tuple(_tables_of(figures)))
    yield calculation(comparisons, "outputs", toolkit)
    receipts = tuple(Input(name, EXTRACTS[name], THIS_QUARTER, "receipt") for name in EXTRACTS)
    yield calculation(data_quality, "outputs", toolkit, receipts)


def _tables_of(calculations: Iterable[Calculation]) -> Iterator[Input]:
    for made in calculations:
        yield Input(made.table.name.rpartition("/")[2], made.table, THIS_QUARTER, "frame")


def _exports(toolkit: Toolkit) -> Iterator[Calculation]:
    """What leaves the building: its function, what it reads, the settings that it depends on, and what it shows."""
    with_deliveries, of_evaluators = (*_RESULTS, _ALL_DELIVERIES), (*_SETTINGS, "key", "shifts_dates")
    yield export(operational_workbook, with_deliveries, _SETTINGS, toolkit)
    yield export(evaluator_workbook, with_deliveries, of_evaluators, toolkit)
    yield export(published_workbook, (*_PUBLISHED, _DELIVERIES), _SETTINGS, toolkit)
    yield export(report, _PUBLISHED, _SETTINGS, toolkit)
    yield export(return_packs, (_ROSTER,), ("authority_name", "identifiers"))
    yield export(warehouse, _LOADED, ("database",), toolkit, lambda state: what_is_lost(state.warehouse))
