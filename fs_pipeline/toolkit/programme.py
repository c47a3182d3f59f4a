"""What a programme or a region is set to be. `settings.programme` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fs_pipeline.toolkit.extracts import Extract


@dataclass(frozen=True)
class CohortWindow:
    """A cohort: families whose FS start lies between the two days, both inclusive (R05, Z07)."""

    cohort: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Quality:
    """How much of an extract may be left out (Z45).

    Attributes:
        refuse_above: share of its rows that cannot be used above which it is refused, with
        refuse_rows: at least so many of them; above half it is refused however few they are.
        partial_above: share of its rows above which it is said that figures made of it are not whole.
        refuse_referrals_above: share of the Family Safeguarding allocations of unknown referrals above which
            allocations are refused.
    """

    refuse_above: float = 0.05
    refuse_rows: int = 10
    partial_above: float = 0.01
    refuse_referrals_above: float = 0.05


QUALITY = Quality()
"""As it is where programme.toml says nothing."""


@dataclass(frozen=True)
class Programme:
    """The settings of a Family Safeguarding programme.

    Attributes:
        authority_code: its three digit code.
        start: first day of the first quarter with a roster.
        baseline_quarters: quarters of quarter extracts expected before `start`.
        exclude_cwd_children: leave children open to CWD out of indicators 1 to 3 for the whole authority (Z28).
        cohorts: the cohort windows, in order of their first days, none overlapping another.
        external_expert_report: average cost of an external expert report, GBP (Z29).
        internal_hour: cost of an hour of the FS team's own staff, GBP (Z29).
        quality: how much of an extract may be left out (Z45).
    """

    authority_name: str
    authority_code: str
    start: date
    baseline_quarters: int
    exclude_cwd_children: bool
    cohorts: tuple[CohortWindow, ...]
    external_expert_report: float
    internal_hour: float
    quality: Quality = QUALITY

    def requires(self, extract: Extract, day: date) -> bool:
        """Whether an extract must be there from a day on: once the programme has begun, if the contract requires it."""
        return extract.required and day >= self.start


@dataclass(frozen=True)
class Timetable:
    """When quarters run by themselves, where that is switched on; no figure depends on it.

    Attributes:
        day: day of the month after the quarter.
        hour: hour of that day, in Europe/London.
    """

    day: int = 15
    hour: int = 6


@dataclass(frozen=True)
class Authority:
    """An authority of a region.

    Attributes:
        lake: where its tables lie: a folder, or an fsspec URL.
        start: first day of the first quarter in which it is part of the region.
    """

    name: str
    lake: str
    start: date


@dataclass(frozen=True)
class Region:
    """A region: its name, and its authorities in order."""

    name: str
    authorities: tuple[Authority, ...]

    @property
    def start(self) -> date:
        """First day of the first quarter in which an authority is part of it."""
        return min(authority.start for authority in self.authorities)

    def members(self, day: date) -> tuple[Authority, ...]:
        """The authorities that are part of it on a day, in order."""
        return tuple(authority for authority in self.authorities if authority.start <= day)
