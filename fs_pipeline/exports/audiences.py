"""Who may see what: the contents of the workbooks for the council, for evaluators, and for everyone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.figures import with_symbols
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.pseudonyms import Pseudonyms, what_leaves
from fs_pipeline.exports.published import RULES, published_before_after, published_figures
from fs_pipeline.exports.quarter_workbook import Contents, Levels
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, PERSON_LEVEL
from fs_pipeline.toolkit.toolkit import Toolkit


@dataclass(frozen=True)
class Results:
    """A quarter's results, as the lake has them.

    Attributes:
        quarters: the programme's quarters up to this one.
        figures: `indicator_values` of all of them.
        people: `person_level` of this quarter.
        families: `family_level` of this quarter.
        before_after: `before_after` of this quarter.
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


def operational(results: Results) -> Contents:
    """For the council: everything, with identifiers."""
    levels = Levels(PERSON_LEVEL, results.people, FAMILY_LEVEL, results.families)
    return _with_levels(results, "operational", "Operational: personal data, for the council alone", (), levels)


def evaluator(results: Results, pseudonyms: Pseudonyms, *, shifted: bool) -> Contents:
    """For evaluators: the same with pseudonyms for identifiers, and days moved family by family when asked."""
    levels = Levels(
        what_leaves(PERSON_LEVEL),
        pseudonyms.level(PERSON_LEVEL, results.people),
        what_leaves(FAMILY_LEVEL),
        pseudonyms.level(FAMILY_LEVEL, results.families),
    )
    notes = ["People, families, referrals, plans and periods of care have pseudonyms, the same in every quarter."]
    if shifted:
        notes.append("The days of each family are moved by a number of days of its own; the days between are kept.")
    marking = "Evaluator: pseudonymised personal data, under the agreement for the evaluation"
    return _with_levels(results, "evaluator", marking, tuple(notes), levels)


def published(results: Results) -> Contents:
    """For everyone: aggregates alone, rounded, with small numbers suppressed; the rules stand in `published`."""
    quarter = pd.Timestamp(results.provenance.quarter.first_day)
    figures = published_figures(results.figures, quarter, results.toolkit)
    before_after = published_before_after(results.before_after, results.toolkit)
    key = ["indicator", "measure", "scope", "group", "period"]
    shown = figures[(figures["quarter"] == quarter) & figures["value"].notna()]
    beside = results.comparisons.drop(columns=["value", "difference"]).merge(shown[[*key, "value"]], on=key)
    return Contents(
        audience="published",
        marking="Published: aggregated figures, rounded, small numbers suppressed",
        notes=RULES,
        quarters=results.quarters,
        figures=figures,
        before_after=before_after,
        rates=before_after.iloc[:0].assign(rate=""),
        comparisons=beside.assign(difference=beside["value"] - beside["comparator"]),
        provenance=results.provenance,
        toolkit=results.toolkit.public,
        is_public=True,
    )


def _with_levels(results: Results, audience: str, marking: str, notes: tuple[str, ...], levels: Levels) -> Contents:
    return Contents(
        audience=audience,
        marking=marking,
        notes=notes,
        quarters=results.quarters,
        figures=with_symbols(results.figures),
        before_after=_with_symbols(results.before_after),
        rates=_with_symbols(results.rates),
        comparisons=results.comparisons,
        provenance=results.provenance,
        toolkit=results.toolkit,
        levels=levels,
    )


def _with_symbols(compared: pd.DataFrame) -> pd.DataFrame:
    """Before and after with a column `symbol`: a share over nothing, or a rate over nobody, is not applicable."""
    return compared.assign(symbol=np.where(compared["before"].isna() | compared["after"].isna(), "z", ""))
