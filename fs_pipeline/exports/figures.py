"""Figures as the exports show them: in the toolkit's order, and a symbol where there is no value."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import kind_of
from fs_pipeline.toolkit.figures import COHORT, NOT_SUPPLIED
from fs_pipeline.toolkit.toolkit import Toolkit

SYMBOLS: Mapping[str, str] = {
    "c": "confidential: suppressed by the rules for small numbers",
    "x": "not available: what it is made from was not supplied, or not run",
    "z": "not applicable: a mean or share over nothing",
}
"""The usual symbols of published tables."""
STAY_ON_THE_ROSTER = (
    "Families stay on the roster after Family Safeguarding ends for them, so that numbers grow with it."
)
PERIODS: Mapping[str, str] = {
    "quarter": "the quarter",
    "baseline": "12 months before FS start, of those who entered in the quarter",
    "follow_up": "12 months from FS start, of those who completed them in the quarter",
}


def roster_in_words(figures: pd.DataFrame) -> str:
    """How many families and people a quarter's figures are about: stands first on every front page."""
    of_cohort = figures[figures["indicator"] == COHORT.number].to_dict("records")
    shown = {row["measure"]: row["symbol"] or f"{row['value']:,.0f}" for row in of_cohort}
    numbers = (f"{each.name} {shown.get(each.name, 'x')}" for each in COHORT.measures)
    return f"On the roster at the end of the quarter: {', '.join(numbers)}."


def in_order(figures: pd.DataFrame, toolkit: Toolkit) -> pd.DataFrame:
    """The figures in the toolkit's order: indicator, measure, group, period, then authority, fs, breakdowns."""
    order = {key: place for place, key in enumerate(toolkit.measures)}
    place = [order[key] for key in zip(figures["indicator"], figures["measure"], strict=True)]
    period = figures["period"].map(list(PERIODS).index)
    keyed = figures.assign(_place=place, _period=period, _kind=scope_order(figures["scope"], toolkit))
    ordered = keyed.sort_values(["indicator", "_place", "group", "_period", "_kind", "scope"], kind="stable")
    return ordered.drop(columns=["_place", "_period", "_kind"]).reset_index(drop=True)


def up_to(row: Mapping[Hashable, Any], quarter: Quarter) -> str:
    """The quarter that a row of before and after is of, where that is an earlier one."""
    of = Quarter(row["quarter"].date())
    return "" if of == quarter else f", up to {of.label}"


def scope_order(scopes: pd.Series, toolkit: Toolkit) -> pd.Series:
    """The place of each scope's kind among all kinds of scope."""
    return scopes.map(kind_of).map(toolkit.scope_kinds.index)


def with_symbols(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures with a column `symbol`: blank where there is a value, else why there is none."""
    symbol = np.where(figures["status"] == NOT_SUPPLIED, "x", "z")
    return figures.assign(symbol=np.where(figures["value"].notna(), "", symbol))
