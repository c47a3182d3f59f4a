"""Child protection plans of each child: the current and the previous plan, their counts and days (R10 to I22)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions, days, flag_or_blank, last
from fs_pipeline.arithmetic.figures import Spells
from fs_pipeline.arithmetic.periods import days_between
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline.toolkit.fields import field_table
from fs_pipeline.toolkit.parameters import PARAMETERS, Values

CHILD_PROTECTION = field_table("child_protection")


def child_protection(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("repeat_within_12_months", "repeat_within_24_months")],
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    cp_plans: Annotated[pd.DataFrame, CP_PLANS.only("cp_plan_id", "person_id", "start_date", "end_date")],
) -> Annotated[pd.DataFrame, CHILD_PROTECTION]:
    """Each child's plan in the FS window, the latest that ended before FS, and the plans' numbers and days.

    Counts and days are 0, keys and dates blank, for a child without an FS window (Z30); everything is blank for
    adults. A plan that starts and ends on one day lasts 0 days (Z14). (Z08, Z11, Z15, Z16, Z19)
    """
    plans = Spells.of(Population.of_roster(people, quarter, "child"), cp_plans)
    spans, active = plans.spans, plans.active_in(plans.population.window)
    ended_before = spans.end < days(people["fs_start_date"])[plans.row]
    current, previous = plans.latest(spans.start, active), _last_to_end(plans, ended_before)
    key, start, end = plans.key_and_dates("cp_plan_id", current)
    previous_key, previous_start, previous_end = plans.key_and_dates("cp_plan_id", previous)
    since_previous = days_between(previous_end, start)
    return CHILD_PROTECTION.beside(
        people,
        {
            "cp_plan_key": key,
            "cp_plan_start_date": start,
            "cp_plan_end_date": end,
            "previous_cp_plan_key": previous_key,
            "previous_cp_plan_start_date": previous_start,
            "previous_cp_plan_end_date": previous_end,
            "cp_days_before_fs": plans.days(ended_before),
            "cp_days_during_fs": plans.days(active),
            "cp_plans_before_fs": plans.number(ended_before),
            "cp_plans_during_fs": plans.number(active),
            "days_since_previous_cp_plan": since_previous,
            **{
                name: flag_or_blank(since_previous < parameters[name], known=~np.isnan(since_previous))
                for name in ("repeat_within_12_months", "repeat_within_24_months")
            },
        },
    )


def _last_to_end(plans: Spells, which: Flags) -> Positions:
    """Each child's plan of these that ended last (ties: latest start, then largest key); -1 for none."""
    by_start = np.argsort(plans.spans.start, kind="stable")
    place = last(plans.row[by_start], plans.spans.end[by_start], plans.population.size, which[by_start])
    return np.append(by_start, -1)[place]
