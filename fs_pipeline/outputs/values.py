"""All figures of a quarter in one table."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.toolkit.figures import INDICATOR_VALUES


def indicator_values(**figures: pd.DataFrame) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Every figure of the quarter, of all indicators and periods, with numerator, denominator and status."""
    return INDICATOR_VALUES.frame(pd.concat(figures.values(), ignore_index=True))
