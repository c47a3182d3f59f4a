"""Indicators 4 to 6: care proceedings, children looked after, time in care."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import codes, first, totals
from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.periods import Spans, days_between
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.looked_after.fields import active_in_cla_window, periods_of_care
from fs_pipeline.toolkit.extracts import CARE_PERIODS, CARE_PROCEEDINGS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES

_PERIODS = CARE_PERIODS.only("person_id", "start_date", "end_date", "uasc")


@indicator(4)
def care_proceedings(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    proceedings: Annotated[
        pd.DataFrame | None, CARE_PROCEEDINGS.only("proceedings_id", "person_id", "issued_date", "concluded_date")
    ],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Care proceedings issued, concluded and open, and the mean weeks of those concluded.

    A case is the rows of the scope's children with one proceedings_id: issued on the earliest date, concluded on the
    latest once every row is concluded. By the quarter, not cut at R03 or R04. (Z31)
    """
    figures = Figures(care_proceedings.declaration, quarter)
    roster = Population.of_roster(people, quarter, "child")
    if proceedings is None:
        return figures.not_supplied(("authority", *roster.scopes))
    for population in (Population.of_authority(proceedings["person_id"], quarter), roster):
        scopes = population.scopes
        row_of_case, scope = population.memberships(*population.events(proceedings["person_id"]))
        of_scope = codes(proceedings["proceedings_id"])[row_of_case] + scope * len(proceedings)
        cases_of_scopes, case = np.unique(of_scope, return_inverse=True)
        size = len(cases_of_scopes)
        rows = Spans.of(proceedings, "issued_date", "concluded_date")[row_of_case]
        scope_of_case = scope[first(case, rows.start, size)]
        of_case = rows.of_groups(case, size)
        in_quarter = quarter.holds(of_case.end)

        cases = partial(totals, scope_of_case, len(scopes))
        figures.count("proceedings_issued", scopes, cases(quarter.holds(of_case.start)))
        figures.count("proceedings_concluded", scopes, cases(in_quarter))
        figures.count("proceedings_open_at_end", scopes, cases(of_case.as_at(quarter.end)))
        weeks = np.nan_to_num(days_between(of_case.start, of_case.end) / 7) * in_quarter
        figures.mean("proceedings_mean_weeks", scopes, cases(weeks), cases(in_quarter))
    return figures.frame()


@indicator(5)
def children_looked_after(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    care_periods: Annotated[pd.DataFrame, _PERIODS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Children looked after at the beginning and at the end of the quarter, UASC left out (Z10, Z27)."""
    figures = Figures(children_looked_after.declaration, quarter)
    for population in (
        Population.of_authority(care_periods["person_id"], quarter),
        Population.of_roster(people, quarter, "child"),
    ):
        care = periods_of_care(population, care_periods)
        for measure, day in (("cla_at_start", quarter.start), ("cla_at_end", quarter.end)):
            in_care = care.number(care.spans.as_at(day)) > 0
            figures.count(measure, population.scopes, population.total(in_care))
    return figures.frame()


@indicator(6)
def time_looked_after(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    care_periods: Annotated[pd.DataFrame, _PERIODS],
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Mean days in care of children who are in or have been through FS, for periods closed and open.

    Periods active in the CLA window [max(quarter start, R03), quarter end], not cut at R04. The numerator is days,
    the denominator periods. (Z09, Z10, Z14)
    """
    figures = Figures(time_looked_after.declaration, quarter)
    care = periods_of_care(Population.of_roster(people, quarter, "child"), care_periods)
    care.add_mean_days(figures, "cla", active_in_cla_window(care))
    return figures.frame()
