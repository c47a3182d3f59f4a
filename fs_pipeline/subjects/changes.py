"""Improved, declined, unchanged and mean change: the measures that indicators 12, 13, 15 and 20 share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import numbers
from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.scores import Scale


def add_changes(
    figures: Figures,
    population: Population,
    fields: pd.DataFrame,
    prefix: str,
    scales: Mapping[str, Scale],
    supplied: bool,
) -> None:
    """Adds the change of each scale's scores over the people with both an initial and a latest score.

    Args:
        figures: the indicator's figures; its measures' groups are the scales' names, or `all`.
        population: the people.
        fields: their scores, in columns `<prefix><scale>_initial` and `<prefix><scale>_latest`.
        prefix: what stands before the scale's name there.
        scales: the scales by name.
        supplied: whether the scores' extract was.
    """
    scopes = population.scopes
    if not supplied:
        figures.not_supplied(scopes)
        return
    groups = figures.indicator.measure("improved").groups
    for name, scale in scales.items():
        group = name if name in groups else "all"
        initial, latest = (numbers(fields[f"{prefix}{name}_{form}"]) for form in ("initial", "latest"))
        both = ~np.isnan(latest - initial)
        figures.count("improved", scopes, population.total(scale.improved(initial, latest)), group=group)
        figures.count("declined", scopes, population.total(scale.declined(initial, latest)), group=group)
        figures.count("unchanged", scopes, population.total(latest == initial), group=group)
        change = population.total(latest - initial)
        figures.mean("mean_change", scopes, change, population.total(both), group=group)
        if not np.isnan(scale.cut_off):
            reliably = population.total(scale.reliably_improved(initial, latest))
            figures.count("reliably_improved", scopes, reliably, group=group)
            figures.count("recovered", scopes, population.total(scale.recovered(initial, latest)), group=group)
