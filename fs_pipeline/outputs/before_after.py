"""Before and after FS start, paired on the same people and added up over all completed follow-ups; and as rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, Positions, codes, distinct, flags, numbers, ratio, totals
from fs_pipeline.arithmetic.periods import Deliveries, Window
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, FS
from fs_pipeline.toolkit.figures import Measure
from fs_pipeline.toolkit.parameters import PARAMETERS, Values
from fs_pipeline.toolkit.twelve_months import (
    BEFORE_AFTER,
    BEFORE_AFTER_RATES,
    COUNTED,
    FOLLOW_UP,
    SCOPE_KINDS,
    TWELVE_MONTHS_MEASURES,
)

_NO_DIFFERENCE = 1e-9
"""Of a share, a family's contribution that should be 0 may be a little more: floats."""


def before_after(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("families_that_differ")],
    follow_ups: Annotated[Deliveries, FOLLOW_UP, Window(None)],
) -> Annotated[pd.DataFrame, BEFORE_AFTER]:
    """The twelve months before and after FS start of the same people, over all follow-ups completed so far.

    Someone enters when the follow-up completes and both windows are wholly supplied (for attendance: and have
    sessions). A family's difference d is that of its members; the 95% interval of the difference is
    n x mean(d) +- t x sqrt(n) x sd(d), sample sd, t being Student's of n - 1 degrees of freedom. It is blank while
    fewer than {families_that_differ} families have a d other than 0. For a share, which is the ratio of sums, d is
    the family's linearised contribution to the difference, so that n x mean(d) is the difference there too.
    """
    compared = _compared(quarter, follow_ups.rows, TWELVE_MONTHS_MEASURES, parameters["families_that_differ"])
    return BEFORE_AFTER.frame(compared[BEFORE_AFTER.names])


def before_after_rates(
    quarter: Quarter,
    parameters: Annotated[Values, PARAMETERS.only("months_around_fs", "families_that_differ")],
    follow_ups: Annotated[Deliveries, FOLLOW_UP, Window(None)],
) -> Annotated[pd.DataFrame, BEFORE_AFTER_RATES]:
    """Counts and days of before and after per family, and per person and month.

    To be read beside published evaluations: monthly police contacts before and after; days in care per family,
    families without any included. A month is counted as often as it was followed up: someone who comes back to FS
    (Z03) completes a second follow-up, of {months_around_fs} more months. Shares are left out. A rate over nobody is
    blank.
    """
    counts = tuple((indicator, measure) for indicator, measure in TWELVE_MONTHS_MEASURES if measure.adds_up)
    added = _compared(quarter, follow_ups.rows, counts, parameters["families_that_differ"])
    frames = []
    for rate, over in (
        ("per_family", numbers(added["families"])),
        ("per_person_month", parameters["months_around_fs"] * numbers(added["follow_ups"])),
    ):
        divided = {
            name: ratio(numbers(added[name]), over)
            for name in ("before", "after", "difference", "interval_low", "interval_high")
        }
        frames.append(added.assign(rate=rate, **divided))
    return BEFORE_AFTER_RATES.frame(pd.concat(frames, ignore_index=True))


def _compared(
    quarter: Quarter, completed: pd.DataFrame, measures: Iterable[tuple[int, Measure]], least_differ: int
) -> pd.DataFrame:
    """A row a measure and scope: people, families, follow-ups, before, after, their difference and its interval."""
    person, family = codes(completed["person_id"]), _families(completed)
    scopes = list(_scopes(completed))
    rows: list[dict[str, object]] = []
    for indicator, measure in measures:
        pairs = _Pairs(completed, measure, person, family)
        role = COUNTED[measure.part].role
        enters = {kind: pairs.enters & _counts_in(completed, kind, role) for kind in SCOPE_KINDS}
        for kind, scope, members in scopes:
            of_measure = {"indicator": indicator, "measure": measure.name, "scope": scope, "group": "all"}
            rows.append(of_measure | pairs.compared(members[enters[kind][members]], least_differ))
    return pd.DataFrame(rows).assign(quarter=quarter.start)


def _families(completed: pd.DataFrame) -> Positions:
    """A number for each follow-up's family; a child of no family is one of its own."""
    alone = completed["family_key"].isna().to_numpy()
    return 2 * codes(completed["family_key"].where(~alone, completed["person_id"])) + alone


def _scopes(completed: pd.DataFrame) -> Iterator[tuple[str, str, Positions]]:
    """The scopes with a completed follow-up, and `fs`: kind, name, and the rows that may count in it."""
    yield FS, FS, np.arange(len(completed))
    for breakdown in BREAKDOWNS:
        named = codes(completed[breakdown.column])
        for which, value in distinct(completed[breakdown.column]).items():
            yield breakdown.name, breakdown.scope(value), np.flatnonzero(named == which)


def _counts_in(completed: pd.DataFrame, kind: str, role: str) -> Flags:
    """The rows with which somebody counts in a scope of the kind, among those of the role; blank is everyone."""
    if not role:
        return flags(completed[f"counts_in_{kind}_of_everyone"])
    of_role: Flags = (completed["role"] == role).to_numpy()
    return of_role & flags(completed[f"counts_in_{kind}"])


class _Pairs:
    """A measure's before and after of every completed follow-up."""

    def __init__(self, completed: pd.DataFrame, measure: Measure, person: Positions, family: Positions) -> None:
        def both(column: str) -> list[Numbers]:
            return [numbers(completed[f"{side}_{column}"]) for side in ("before", "after")]

        self.before, self.after = both(COUNTED[measure.part].column)
        self.over = None if measure.adds_up else both(measure.whole)
        self.enters = ~np.isnan(self.before) & ~np.isnan(self.after)
        self.person, self.family = person, family

    def compared(self, rows: Positions, least_differ: int) -> dict[str, object]:
        """People, families, before, after, their difference and its interval, of the rows."""
        family, families = pd.factorize(self.family[rows])
        size = len(families)
        before, after = (totals(family, size, side[rows]) for side in (self.before, self.after))
        if self.over is None:
            was, became = before.sum(), after.sum()
            of_family = after - before
        else:
            over_before, over_after = (totals(family, size, side[rows]) for side in self.over)
            was, became = _share(before, over_before), _share(after, over_after)
            of_family = _contributions(after, over_after) - _contributions(before, over_before)
            if size:
                of_family += (became - was) / size
        low, high = _interval(of_family, least_differ)
        difference = became - was
        return {
            "people": len(pd.unique(self.person[rows])),
            "families": size,
            "follow_ups": len(rows),
            "before": was,
            "after": became,
            "difference": difference,
            "percentage_change": 100 * difference / was if was else np.nan,
            "interval_low": low,
            "interval_high": high,
        }


def _share(part: Numbers, whole: Numbers) -> float:
    """The ratio of the sums, in per cent; blank over nothing."""
    return 100 * float(part.sum()) / float(whole.sum()) if whole.sum() else np.nan


def _contributions(part: Numbers, whole: Numbers) -> Numbers:
    """What each family adds to the ratio of the sums, linearised: 100 x (part - ratio x whole) / sum of whole."""
    if not whole.sum():
        return np.full(len(part), np.nan)
    contributions: Numbers = 100 * (part - part.sum() / whole.sum() * whole) / whole.sum()
    return contributions


def _interval(difference: Numbers, least_differ: int) -> tuple[float, float]:
    """N x mean(d) -+ t x sqrt(n) x sd(d) of the families' differences d; blank while so few of them are not 0."""
    from scipy.special import stdtrit  # here: it would be a sixth of what loading the definitions costs

    n = len(difference)
    if np.count_nonzero(np.abs(difference) > _NO_DIFFERENCE) < least_differ:
        return np.nan, np.nan
    middle, half = n * difference.mean(), stdtrit(n - 1, 0.975) * np.sqrt(n) * difference.std(ddof=1)
    return float(middle - half), float(middle + half)
