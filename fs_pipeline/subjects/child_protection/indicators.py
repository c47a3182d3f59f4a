"""Indicators 1 to 3: child protection plans, their length, repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, codes, days, flags
from fs_pipeline.arithmetic.figures import Figures, Spells, indicator
from fs_pipeline.arithmetic.periods import Spans, days_between
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import CP_PLANS, PEOPLE
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

_PLANS = CP_PLANS.only("person_id", "start_date", "end_date")
_OPEN_TO_CWD = PEOPLE.only("person_id", "open_to_cwd")


@indicator(1)
def child_protection_plans(
    quarter: Quarter,
    exclude_cwd_children: bool,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    everyone: Annotated[pd.DataFrame, _OPEN_TO_CWD],
    cp_plans: Annotated[pd.DataFrame, _PLANS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Plans active in the quarter: how many, of how many children, at FS start or since.

    Children open to CWD are left out of the whole authority when the programme says so. (Z08, Z28)
    """
    figures = Figures(child_protection_plans.declaration, quarter)
    for plans in _of_authority_and_roster(quarter, exclude_cwd_children, people, everyone, cp_plans):
        population, spans = plans.population, plans.spans
        scopes, active = population.scopes, plans.active_in(population.window)
        of_child = plans.number(active)
        figures.count("cp_plans_active", scopes, population.total(of_child))
        figures.count("cp_children", scopes, population.total(of_child > 0))
        if population.is_authority:
            at_start, at_end = spans.as_at(quarter.start), spans.as_at(quarter.end)
            figures.count("cp_plans_at_start", scopes, plans.total(at_start))
            figures.count("cp_plans_at_end", scopes, plans.total(at_end))
        else:
            since = spans.start > days(people["fs_start_date"])[plans.row]
            figures.count("cp_plans_from_fs_start", scopes, plans.total(active & ~since))
            figures.count("cp_plans_since_fs_start", scopes, plans.total(active & since))
    return figures.frame()


@indicator(2)
def child_protection_plan_length(
    quarter: Quarter,
    exclude_cwd_children: bool,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    everyone: Annotated[pd.DataFrame, _OPEN_TO_CWD],
    cp_plans: Annotated[pd.DataFrame, _PLANS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Mean days of the plans active in the quarter, closed and open apart, a plan's whole length.

    A plan that starts and ends on one day lasts 0 days. The numerator is days, the denominator plans. (Z14, Z15, Z28)
    """
    figures = Figures(child_protection_plan_length.declaration, quarter)
    for plans in _of_authority_and_roster(quarter, exclude_cwd_children, people, everyone, cp_plans):
        plans.add_mean_days(figures, "cp", plans.active_in(plans.population.window))
    return figures.frame()


@indicator(3)
def repeat_child_protection_plans(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("repeat_within_12_months", "repeat_within_24_months")],
    exclude_cwd_children: bool,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    everyone: Annotated[pd.DataFrame, _OPEN_TO_CWD],
    cp_plans: Annotated[pd.DataFrame, _PLANS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """New plans, and how many follow an earlier plan of the same child within one and within two years.

    An earlier plan has an earlier start (ties: smaller key) and ended on or before the new plan's start; a gap of
    {repeat_within_12_months} ({repeat_within_24_months}) days itself is no repeat. (Z11, Z19, Z28)
    """
    figures = Figures(repeat_child_protection_plans.declaration, quarter)
    gap = _days_since_earlier_plan(cp_plans)
    for plans in _of_authority_and_roster(quarter, exclude_cwd_children, people, everyone, cp_plans):
        population = plans.population
        new = plans.within(population.window, "start_date")
        number = plans.total(new)
        figures.count("cp_new_plans", population.scopes, number)
        for months in (12, 24):
            repeats = new & (gap[plans.position] < parameters[f"repeat_within_{months}_months"])
            figures.mean(f"cp_repeat_{months}_months", population.scopes, plans.total(repeats), number)
    return figures.frame()


def _of_authority_and_roster(
    quarter: Quarter, exclude_cwd_children: bool, people: pd.DataFrame, everyone: pd.DataFrame, cp_plans: pd.DataFrame
) -> Iterator[Spells]:
    """The plans of the whole authority, without children open to CWD if need be (Z28), and of the roster's children."""
    with_cwd = everyone["person_id"][flags(everyone["open_to_cwd"])] if exclude_cwd_children else None
    yield Spells.of(Population.of_authority(cp_plans["person_id"], quarter, without=with_cwd), cp_plans)
    yield Spells.of(Population.of_roster(people, quarter, "child"), cp_plans)


def _days_since_earlier_plan(cp_plans: pd.DataFrame) -> Numbers:
    """Days from the latest end of the child's earlier plans to each plan's start; blank when none ended by then."""
    plans = Spans.of(cp_plans)
    child = codes(cp_plans["person_id"])
    order = np.lexsort((plans.start, child))
    size = len(order)
    latest_end = np.full(size, np.datetime64("NaT", "D"))
    # The plan one place earlier in the child's own order, then two places, until no child has so many plans.
    for places in range(1, size):
        new, earlier = order[places:], order[:-places]
        same_child = child[new] == child[earlier]
        if not same_child.any():
            break
        ended: Flags = same_child & (plans.end[earlier] <= plans.start[new])
        latest_end[new[ended]] = np.fmax(latest_end[new[ended]], plans.end[earlier[ended]])
    return days_between(latest_end, plans.start)
