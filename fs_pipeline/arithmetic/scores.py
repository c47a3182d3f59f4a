"""Scores over a course of forms: the initial, the latest and the end one (Z23), and which way they changed (Z24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, codes, days, first, last, numbers, picked
from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.population import Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.figures import Indicator


def scores_by_course(
    quarter: Quarter,
    people: pd.DataFrame,
    forms: pd.DataFrame,
    scores: Mapping[str, str],
    *,
    date: str,
    episode: str = "episode_id",
    stages: tuple[str, str] = ("initial", "end"),
) -> dict[str, Numbers]:
    """The initial, latest and end score of each adult, by Z23; blank without such a form or score, and for children.

    Of the episodes with a form dated on or after the row's FS start, the one that owns the person's last form
    counts. Initial: its first form of the initial stage, else its first form. Latest: its last other form. End:
    its last form of the end stage other than the initial. Forms are taken in order of date, then key.

    `forms` are those as at the quarter end, sorted by key; `date` and `episode` name their columns of dates and of
    treatments or episodes, `stages` the stages of an initial and an end form. `scores` holds their columns of scores,
    each under its name in `<name>_initial`, `_latest` and `_end`.
    """
    population = Population.of_roster(people, quarter, "adult")
    form, row = population.events(forms["person_id"])
    dated = days(forms[date])[form]
    is_initial, is_end = ((forms["stage"] == stage).to_numpy()[form] for stage in stages)
    in_episode = codes(forms[episode])[form]

    newest = last(row, dated, population.size)
    since = picked(dated, newest) >= days(people["fs_start_date"])
    current = since[row] & (in_episode == in_episode[newest[row]])
    form, row, dated = form[current], row[current], dated[current]
    is_initial, is_end = is_initial[current], is_end[current]

    marked = first(row, dated, population.size, is_initial)
    initial = np.where(marked >= 0, marked, first(row, dated, population.size))
    others = np.arange(len(form)) != initial[row]
    latest = last(row, dated, population.size, others)
    end = last(row, dated, population.size, others & is_end)
    values = {name: np.append(numbers(forms[column])[form], np.nan) for name, column in scores.items()}
    chosen = {"initial": initial, "latest": latest, "end": end}
    return {f"{name}_{which}": of[place] for name, of in values.items() for which, place in chosen.items()}


@dataclass(frozen=True)
class Scale:
    """A scale: whether a lower score is better, and, for mental health, what is reliable and what is a case.

    Attributes:
        lower_is_better: the direction.
        reliable_fall: a fall of so many points or more is a reliable improvement.
        cut_off: a score of so many points or more is a case.
    """

    lower_is_better: bool
    reliable_fall: float = np.nan
    cut_off: float = np.nan

    def improved(self, initial: Numbers, latest: Numbers) -> Flags:
        """The latest score is better than the initial one; equal is not, a blank is not (Z24)."""
        better: Flags = latest < initial if self.lower_is_better else latest > initial
        return better

    def declined(self, initial: Numbers, latest: Numbers) -> Flags:
        """The latest score is worse than the initial one; equal is not, a blank is not (Z24)."""
        return self.improved(latest, initial)

    def reliably_improved(self, initial: Numbers, latest: Numbers) -> Flags:
        """Fell by the reliable fall or more."""
        reliable: Flags = initial - latest >= self.reliable_fall
        return reliable

    def recovered(self, initial: Numbers, latest: Numbers) -> Flags:
        """Was a case at first, and no longer is."""
        well: Flags = (initial >= self.cut_off) & (latest < self.cut_off)
        return well


TOP_SCALES = {
    "substance_use": Scale(lower_is_better=True),
    "psychological_health": Scale(lower_is_better=False),
    "physical_health": Scale(lower_is_better=False),
    "employment": Scale(lower_is_better=False),
    "quality_of_life": Scale(lower_is_better=False),
}
LSIR_SCALE = Scale(lower_is_better=True)


def changes(
    indicator: Indicator,
    quarter: Quarter,
    people: pd.DataFrame,
    fields: pd.DataFrame,
    prefix: str,
    scales: Mapping[str, Scale],
    supplied: bool,
) -> pd.DataFrame:
    """An indicator's figures: how each scale's scores changed, over the adults with an initial and a latest score.

    The scores stand in the columns `<prefix><scale>_initial` and `_latest` of `fields`. The groups of the indicator's
    measures are the names of the scales, or `all`. The figures are blank unless the scores' extract was `supplied`.
    """
    figures, population = Figures(indicator, quarter), Population.of_roster(people, quarter, "adult")
    scopes = population.scopes
    if not supplied:
        return figures.not_supplied(scopes)
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
    return figures.frame()
