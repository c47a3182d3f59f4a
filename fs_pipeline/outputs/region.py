"""The figures of several authorities together: counts are added, shares and means made from the added parts.

Someone who is in two authorities counts in each of the two: no rows about people are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Numbers, ratio
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import FS, REGIONAL_SCOPES
from fs_pipeline.toolkit.fields import INDICATOR_VALUES, REGION_VALUES
from fs_pipeline.toolkit.figures import FINAL, NOT_SUPPLIED, PARTIAL
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, REGION_BEFORE_AFTER

NOT_RUN, NO_PARTS = "not run", "without parts"
_KEY = list(INDICATOR_VALUES.key)


def region_values(
    quarter: Quarter, authorities: Mapping[str, pd.DataFrame | None], toolkit: Toolkit
) -> Annotated[pd.DataFrame, REGION_VALUES]:
    """The figures of scopes `authority` and `fs`, of the authorities together.

    A count is the sum of theirs; a share or mean is the sum of their numerators over that of their denominators. A
    figure is `partial` when an authority's is partial or missing, and then says whose and why; `not_supplied` when no
    authority has it. A share that was supplied without its parts cannot be added up, and counts as missing.

    `authorities` holds each one's `indicator_values`, in order; None where the quarter has not been run. Measures that
    the toolkit does not know are left out.
    """
    given = [frame.assign(_of=name) for name, frame in authorities.items() if frame is not None]
    if not given:
        return REGION_VALUES.empty()
    rows = pd.concat(given, ignore_index=True)
    rows = _declared(rows[rows["scope"].isin(REGIONAL_SCOPES)], toolkit)
    is_mean = ~rows["_measure"].map(lambda measure: measure.adds_up).astype(bool)
    has_parts = rows["numerator"].notna() & rows["denominator"].notna()
    supplied = rows["status"] != NOT_SUPPLIED
    adds = supplied & np.where(is_mean, has_parts, rows["value"].notna())
    why = np.select([~supplied, ~adds, rows["status"] == PARTIAL], [NOT_SUPPLIED, NO_PARTS, PARTIAL], "")
    rows = rows.assign(_adds=adds, _is_mean=is_mean, _why=pd.Series(why, rows.index).str.replace("_", " "))
    parts = rows[["value", "numerator", "denominator"]].where(adds)
    rows[["value", "numerator", "denominator"]] = parts
    together = rows.groupby(_KEY, sort=True).agg(
        value=("value", _sum),
        numerator=("numerator", _sum),
        denominator=("denominator", _sum),
        unit=("unit", "first"),
        authorities=("_adds", "sum"),
        is_mean=("_is_mean", "first"),
        times=("_measure", lambda measures: measures.iloc[0].times),
    )
    over = ratio(together["numerator"].to_numpy(), together["denominator"].to_numpy())
    value = np.where(together["is_mean"], together["times"] * over, together["value"])
    reasons = rows.pivot_table(index=_KEY, columns="_of", values="_why", aggfunc="first", sort=True)
    missing = _in_words(reasons.reindex(index=together.index, columns=list(authorities)))
    status = np.select([together["authorities"] == 0, missing.notna()], [NOT_SUPPLIED, PARTIAL], FINAL)
    found = together.assign(value=value, incomplete=missing, status=status).reset_index().assign(quarter=quarter.start)
    return REGION_VALUES.frame(found[REGION_VALUES.names])


def region_before_after(
    quarter: Quarter, authorities: Mapping[str, pd.DataFrame | None], toolkit: Toolkit
) -> Annotated[pd.DataFrame, REGION_BEFORE_AFTER]:
    """Before and after FS start for scope `fs`, of the authorities together: people, families, counts and days.

    The authorities' families are independent of each other, so that the variances of their differences add up: the
    half-width of the 95% interval is the root of the sum of the squares of theirs. It is blank where an authority with
    families has none. Shares are left out: an authority's table does not hold their parts.
    `authorities` and `toolkit` are as in `region_values`.
    """
    given = [frame for frame in authorities.values() if frame is not None]
    if not given:
        return REGION_BEFORE_AFTER.empty()
    rows = pd.concat(given, ignore_index=True)
    rows = _declared(rows[rows["scope"] == FS].assign(period="follow_up"), toolkit)
    rows = rows[rows["_measure"].map(lambda measure: measure.adds_up).astype(bool)]
    half = (rows["interval_high"] - rows["interval_low"]) / 2
    rows = rows.assign(_squared=(half**2).where(rows["families"] > 0, 0.0))
    sums = ("people", "families", "before", "after", "difference")
    together = rows.groupby(list(BEFORE_AFTER.key), sort=True).agg(
        **{name: (name, "sum") for name in sums},
        squared=("_squared", lambda squares: squares.sum(skipna=False)),
        authorities=("families", "size"),
    )
    half_width = np.sqrt(together["squared"].to_numpy(dtype=np.float64))
    half_width = np.where(together["families"].to_numpy() == 0, np.nan, half_width)
    difference: Numbers = together["difference"].to_numpy(dtype=np.float64)
    not_run = "; ".join(f"{name} ({NOT_RUN})" for name, frame in authorities.items() if frame is None)
    found = together.assign(
        percentage_change=100 * ratio(difference, together["before"].to_numpy(dtype=np.float64)),
        interval_low=difference - half_width,
        interval_high=difference + half_width,
        incomplete=not_run or None,
    )
    found = found.drop(columns="squared").reset_index().assign(quarter=quarter.start)
    return REGION_BEFORE_AFTER.frame(found[REGION_BEFORE_AFTER.names])


def _declared(rows: pd.DataFrame, toolkit: Toolkit) -> pd.DataFrame:
    """The rows of measures that the toolkit knows, with what they declare."""
    names = zip(rows["indicator"], rows["measure"], rows["period"], strict=True)
    measures = pd.Series([toolkit.find(*name) for name in names], index=rows.index, dtype=object)
    return rows.assign(_measure=measures)[measures.notna()]


def _sum(parts: pd.Series) -> float:
    """The sum of what is there; blank when nothing is."""
    return float(parts.sum(min_count=1))


def _in_words(reasons: pd.DataFrame) -> pd.Series:
    """What is missing of each figure: `Northtown (not supplied); Southtown (partial)`; blank when nothing is."""
    told = [
        "; ".join(f"{name} ({NOT_RUN if pd.isna(why) else why})" for name, why in row.items() if pd.isna(why) or why)
        for row in reasons.to_dict("records")
    ]
    return pd.Series([words or None for words in told], index=reasons.index, dtype=object)
