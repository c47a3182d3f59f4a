"""Windows over quarters: which deliveries a calculation reads, and whether a span of days is wholly supplied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.arithmetic.quarters import Quarter, quarter_number


@dataclass(frozen=True)
class Window:
    """The quarters from `first` to `last`, counted from the quarter at hand (0); both inclusive.

    `first` None is the earliest quarter that there is.
    """

    first: int | None
    last: int = 0


@dataclass(frozen=True)
class Deliveries:
    """A quarter extract over a window: its rows in order of quarter and key, and which quarters were supplied."""

    rows: pd.DataFrame
    supplied: Mapping[Quarter, bool]

    def all_supplied(self) -> bool:
        """Whether every quarter of the window was supplied."""
        return all(self.supplied.values())

    def covers(self, first: Dates, last: Dates) -> Flags:
        """Whether every quarter that [first, last] touches was supplied; one outside the window was not."""
        known = {
            int(quarter_number(np.array([quarter.first_day], "datetime64[D]"))[0]): supplied
            for quarter, supplied in self.supplied.items()
        }
        start, end = min(known), max(known) + 1
        missing = np.cumsum([0, *(not known.get(number, False) for number in range(start, end))])
        from_, to = quarter_number(first), quarter_number(last) + 1
        inside = (from_ >= start) & (to <= end)
        gaps = missing[np.clip(to, start, end) - start] - missing[np.clip(from_, start, end) - start]
        covered: Flags = inside & (gaps == 0)
        return covered
