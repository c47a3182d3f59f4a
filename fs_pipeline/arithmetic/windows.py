"""Windows over quarters: which deliveries a calculation reads, and whether a span of days is wholly supplied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags
from fs_pipeline.arithmetic.periods import Period
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
    """A quarter extract over a window.

    Attributes:
        supplied: which quarters were supplied, in order.
        read: reads the rows of some of those, in order of quarter and key.
    """

    supplied: Mapping[Quarter, bool]
    read: Callable[[Sequence[Quarter]], pd.DataFrame]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of all quarters."""
        return self.read([quarter for quarter, is_there in self.supplied.items() if is_there])

    def since(self, day: np.datetime64) -> pd.DataFrame:
        """The rows of the quarters that the day lies in or that come after it: no others are read."""
        return self.read([each for each, is_there in self.supplied.items() if is_there and each.end >= day])

    def all_supplied(self) -> bool:
        """Whether every quarter of the window was supplied."""
        return all(self.supplied.values())

    def covers(self, period: Period) -> Flags:
        """Whether every quarter that each row's period touches was supplied; one outside the window was not."""
        known = {
            int(quarter_number(np.array([quarter.first_day], "datetime64[D]"))[0]): supplied
            for quarter, supplied in self.supplied.items()
        }
        start, end = min(known), max(known) + 1
        missing = np.cumsum([0, *(not known.get(number, False) for number in range(start, end))])
        from_, to = quarter_number(period.first), quarter_number(period.last) + 1
        inside = (from_ >= start) & (to <= end)
        gaps = missing[np.clip(to, start, end) - start] - missing[np.clip(from_, start, end) - start]
        covered: Flags = inside & (gaps == 0)
        return covered
