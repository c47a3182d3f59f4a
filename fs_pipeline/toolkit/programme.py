"""The programme's settings: authority, first quarter, cohorts, costs. `settings.programme` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CohortWindow:
    """A cohort: families whose FS start lies between the two days, both inclusive (R05, Z07)."""

    cohort: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Programme:
    """The settings of a Family Safeguarding programme.

    Attributes:
        authority_name: the local authority's name.
        authority_code: its three digit code.
        start: first day of the first quarter with a roster.
        baseline_quarters: quarters of quarter extracts expected before `start`.
        exclude_cwd_children: leave children open to CWD out of indicators 1 to 3 for the whole authority (Z28).
        cohorts: the cohort windows, in order of their first days, none overlapping another.
        external_expert_report: average cost of an external expert report, GBP (Z29).
        internal_hour: cost of an hour of the FS team's own staff, GBP (Z29).
    """

    authority_name: str
    authority_code: str
    start: date
    baseline_quarters: int
    exclude_cwd_children: bool
    cohorts: tuple[CohortWindow, ...]
    external_expert_report: float
    internal_hour: float


@dataclass(frozen=True)
class Timetable:
    """When quarters run by themselves, where that is switched on; no figure depends on it.

    Attributes:
        day: day of the month after the quarter.
        hour: hour of that day, in Europe/London.
    """

    day: int = 15
    hour: int = 6
