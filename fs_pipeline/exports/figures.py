"""Figures as the exports show them: in the toolkit's order, with their words, and a symbol where there is no value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.toolkit.figures import NOT_SUPPLIED, Indicator, Measure
from fs_pipeline.toolkit.twelve_months import TWELVE_MONTHS_INDICATORS

SYMBOLS: Mapping[str, str] = {
    "c": "confidential: suppressed, because it is small or would give a small number away",
    "x": "not available: the extract was not supplied",
    "z": "not applicable: a mean or share over nothing",
}
"""The usual symbols of published tables."""
PERIODS: Mapping[str, str] = {
    "quarter": "the quarter",
    "baseline": "12 months before FS start, of those who entered in the quarter",
    "follow_up": "12 months from FS start, of those who completed them in the quarter",
}
BY_NUMBER: Mapping[int, Indicator] = {made.declaration.number: made.declaration for made in INDICATORS}
"""The indicators by the toolkit's number."""
_FORMATS = {"%": "0.0", "days": "#,##0.0", "weeks": "#,##0.0", "hours": "#,##0.0", "score": "0.00", "count": "#,##0.##"}
_WHOLE = "#,##0"
PUBLISHED_DECIMALS: Mapping[str, int] = {"weeks": 1, "score": 1, "hours": 1, "count": 1}
"""The decimals to which means for everyone are rounded, by unit; those in days, and shares, are whole."""
_OF_TWELVE_MONTHS: Mapping[tuple[int, str], Measure] = {
    (number, measure.name): measure
    for number, indicator in TWELVE_MONTHS_INDICATORS.items()
    for measure in indicator.measures
}
_MEASURES: Mapping[tuple[int, str], Measure] = {
    **_OF_TWELVE_MONTHS,
    **{(number, measure.name): measure for number, indicator in BY_NUMBER.items() for measure in indicator.measures},
}
_ORDER = {key: position for position, key in enumerate(sorted(_MEASURES, key=lambda key: key[0]))}
_SCOPES = ("authority", "fs", "cohort", "team")


def measure(indicator: int, name: str, period: str = "quarter") -> Measure:
    """The measure's declaration, in the words of the period."""
    return (_MEASURES if period == "quarter" else _OF_TWELVE_MONTHS)[indicator, name]


def number_format(unit: str, *, is_public: bool = False) -> str:
    """How a value in that unit is written in Excel; what is for everyone has the decimals that it is rounded to."""
    if is_public and unit != "count":  # which numbers, which are whole, share with their means
        return "#,##0.0" if PUBLISHED_DECIMALS.get(unit) else _WHOLE
    return _FORMATS.get(unit, _WHOLE)


def every_measure() -> list[tuple[Indicator, Measure]]:
    """Every measure of every indicator, in the toolkit's order; those of the twelve months where they are others."""
    return [(BY_NUMBER[number], _MEASURES[number, name]) for number, name in _ORDER]


def in_order(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures in the toolkit's order: indicator, measure, group, period, then authority, fs, cohorts, teams."""
    kind = figures["scope"].str.partition(":")[0].map(_SCOPES.index)
    place = [_ORDER[key] for key in zip(figures["indicator"], figures["measure"], strict=True)]
    period = figures["period"].map(list(PERIODS).index)
    keyed = figures.assign(_place=place, _period=period, _kind=kind)
    ordered = keyed.sort_values(["indicator", "_place", "group", "_period", "_kind", "scope"], kind="stable")
    return ordered.drop(columns=["_place", "_period", "_kind"]).reset_index(drop=True)


def with_symbols(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures with a column `symbol`: blank where there is a value, else why there is none."""
    symbol = np.where(figures["status"] == NOT_SUPPLIED, "x", "z")
    return figures.assign(symbol=np.where(figures["value"].notna(), "", symbol))
