"""Who may see what: the contents of the workbooks for the council, for evaluators, and for everyone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.pseudonyms import Pseudonyms, what_leaves
from fs_pipeline.exports.published import RULES, published_figures
from fs_pipeline.exports.published_before_after import published_before_after
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, PERSON_LEVEL
from fs_pipeline.toolkit.figures import NOT_SUPPLIED
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit


@dataclass(frozen=True)
class Results:
    """A quarter's results, as the lake has them.

    Attributes:
        quarters: the programme's quarters up to this one.
        figures: `cohort_size` and `indicator_values` of all of them.
        people: `person_level` of this quarter.
        families: `family_level` of this quarter.
        before_after: `before_after` of this quarter; for what is published, of every quarter up to it.
        rates: `before_after_rates` of this quarter.
        comparisons: `comparisons` of this quarter.
        provenance: where all this comes from.
        toolkit: what its indicators and breakdowns declare.
    """

    quarters: tuple[Quarter, ...]
    figures: pd.DataFrame
    people: pd.DataFrame
    families: pd.DataFrame
    before_after: pd.DataFrame
    rates: pd.DataFrame
    comparisons: pd.DataFrame
    provenance: Provenance
    toolkit: Toolkit

    @property
    def of_quarter(self) -> pd.DataFrame:
        """The figures of this quarter."""
        return self.figures[self.figures["quarter"] == pd.Timestamp(self.provenance.quarter.first_day)]


@dataclass(frozen=True)
class Contents:
    """What a workbook shows.

    Attributes:
        marking: how it is to be handled; printed on every page.
        notes: what its readers have to know, a paragraph each.
        results: the results as its readers may see them; figures, before and after, and rates have symbols.
        levels: the tables of the person and the family level, of the columns that they may see; None for everyone.
        counts_deliveries: whether it says how many rows were delivered, from which file and when: to the council alone.
    """

    marking: str
    notes: tuple[str, ...]
    results: Results
    levels: tuple[Table, Table] | None = None
    counts_deliveries: bool = False

    @property
    def is_public(self) -> bool:
        """Whether it is for everyone: then it has neither data quality nor provenance.

        Its numbers are written with the decimals that they are rounded to.
        """
        return self.levels is None


def operational(results: Results) -> Contents:
    """For the council: everything, with identifiers."""
    marking = "Operational: personal data, for the council alone"
    return Contents(marking, (), _with_symbols(results), (PERSON_LEVEL, FAMILY_LEVEL), counts_deliveries=True)


def evaluator(results: Results, pseudonyms: Pseudonyms, *, shifted: bool) -> Contents:
    """For evaluators: the same with pseudonyms for identifiers, and days moved family by family when asked."""
    notes = ["People, families, referrals, plans and periods of care have pseudonyms, the same in every quarter."]
    if shifted:
        notes.append("The days of each family are moved by a number of days of its own; the days between are kept.")
    marking = "Evaluator: pseudonymised personal data, under the agreement for the evaluation"
    pseudonymised = replace(
        _with_symbols(results),
        people=pseudonyms.level(PERSON_LEVEL, results.people),
        families=pseudonyms.level(FAMILY_LEVEL, results.families),
        provenance=results.provenance.outside(pseudonyms.version),
    )
    return Contents(marking, tuple(notes), pseudonymised, (what_leaves(PERSON_LEVEL), what_leaves(FAMILY_LEVEL)))


def published(results: Results) -> Contents:
    """For everyone: aggregates alone, rounded, with small numbers suppressed; the rules stand in `published`."""
    quarter = pd.Timestamp(results.provenance.quarter.first_day)
    figures = published_figures(results.figures, quarter, results.toolkit)
    before_after = published_before_after(results.before_after, quarter, results.toolkit)
    key = ["indicator", "measure", "scope", "group", "period"]
    shown = figures[(figures["quarter"] == quarter) & figures["value"].notna()]
    beside = results.comparisons.drop(columns=["value", "difference"]).merge(shown[[*key, "value"]], on=key)
    aggregates = replace(
        results,
        figures=figures,
        people=results.people.iloc[:0],
        families=results.families.iloc[:0],
        before_after=before_after,
        rates=before_after.iloc[:0].assign(rate=""),
        comparisons=beside.assign(difference=beside["value"] - beside["comparator"]),
        toolkit=results.toolkit.public,
    )
    return Contents("Published: aggregated figures, rounded, small numbers suppressed", RULES, aggregates)


def _with_symbols(results: Results) -> Results:
    """The results with symbols where there is no value: not supplied, or not applicable, as a share over nothing."""
    figures = results.figures
    symbol = np.where(figures["value"].notna(), "", np.where(figures["status"] == NOT_SUPPLIED, "x", "z"))
    before_after, rates = (
        compared.assign(symbol=np.where(compared["before"].isna() | compared["after"].isna(), "z", ""))
        for compared in (results.before_after, results.rates)
    )
    return replace(results, figures=figures.assign(symbol=symbol), before_after=before_after, rates=rates)
