"""The extracts of a quarter and its windows, as lazy Polars frames over the lake's files."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import Programme

_KINDS = {"string": pl.String, "date": pl.Date, "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}


class Extracts:
    """What was supplied for a quarter, for those before it, and the quarter's first and last day.

    Attributes:
        first: the first quarter of the baseline; no window reaches further back.
        start: the quarter's first day.
        end: the quarter's last day.
    """

    def __init__(self, lake: Lake, programme: Programme, quarter: Quarter) -> None:
        self.lake, self.programme, self.quarter = lake, programme, quarter
        self.first = Quarter(programme.start).shifted(-programme.baseline_quarters)
        self.start, self.end = pl.lit(quarter.first_day), pl.lit(quarter.last_day)

    def supplied(self, extract: str, quarters: Iterable[Quarter] = ()) -> bool:
        """Whether the extract is there for each of the quarters; of this one when none is named."""
        wanted = list(quarters) or [self.quarter]
        return all(self.lake.path(f"extracts/{extract}", each).exists() for each in wanted)

    def scan(self, extract: str, quarters: Iterable[Quarter] = ()) -> pl.LazyFrame:
        """The extract's rows over the quarters; without any delivery, no rows of the same columns."""
        wanted = list(quarters) or [self.quarter]
        there = [self.lake.path(f"extracts/{extract}", each) for each in wanted if self.supplied(extract, [each])]
        if there:
            return pl.scan_parquet(there)
        return pl.LazyFrame(schema={each.name: _KINDS[each.kind.word] for each in EXTRACTS[extract].columns})

    def since(self, back: int) -> list[Quarter]:
        """The quarters from so many before this one, or from the baseline's first, to this one."""
        return list(max(self.first, self.quarter.shifted(-back)).until(self.quarter))

    def in_quarter(self, day: str) -> pl.Expr:
        """Whether the day of that column lies in the quarter."""
        return pl.col(day).is_between(self.start, self.end)
