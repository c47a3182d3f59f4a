"""The quarter's figures beside published ones."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import numbers
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import AUTHORITY
from fs_pipeline.toolkit.comparators import COMPARATORS, COMPARISONS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.toolkit import Toolkit

_YEAR_BEGINS = {"school": 9, "financial": 4}
"""The month in which each kind of year begins."""


def comparisons(
    quarter: Quarter,
    figures: Annotated[pd.DataFrame, INDICATOR_VALUES],
    comparators: Annotated[pd.DataFrame | None, COMPARATORS],
    toolkit: Toolkit,
) -> Annotated[pd.DataFrame, COMPARISONS]:
    """Every share and mean of the whole authority, in all groups, for whose measure an area published one.

    A number grows with those whom it is of, and no published figure is of families in FS: these stand alone. Beside a
    figure stands the area's of the school or financial year that the quarter's first day lies in, or, while that is
    not published, of the latest year before it. July to September counts with the school year that ends in August.
    """
    published = COMPARATORS.empty() if comparators is None else comparators
    began = np.array([_year_begun(quarter, kind) for kind in published["year_kind"]], dtype=np.int64)
    of_series = [name for name in COMPARATORS.key if name != "year"]
    latest = published[numbers(published["year"]) <= began].drop_duplicates(of_series, keep="last")  # sorted by year
    figures = figures[(figures["period"] == "quarter") & (figures["scope"] == AUTHORITY)]
    names = zip(figures["indicator"], figures["measure"], strict=True)
    of_parts = figures[np.array([not toolkit.measure(*name).adds_up for name in names], bool)]
    beside = of_parts.merge(latest.rename(columns={"value": "comparator"}), on=["indicator", "measure"])
    beside = beside.assign(difference=beside["value"] - beside["comparator"])
    return COMPARISONS.frame(beside[COMPARISONS.names])


def _year_begun(quarter: Quarter, kind: str) -> int:
    """The year in which the school or financial year began that the quarter's first day lies in."""
    day = quarter.first_day
    return day.year if day.month >= _YEAR_BEGINS[kind] else day.year - 1
