"""How an indicator is declared: a function under its number and the toolkit's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import pandas as pd

from fs_pipeline.toolkit.figures import Indicator, Measure


class IndicatorFunction(Protocol):
    """A function that works out an indicator's figures, under its declaration."""

    __name__: str
    declaration: Indicator
    __call__: Callable[..., pd.DataFrame]


def indicator(
    number: int, title: str, *measures: Measure, sheet: str
) -> Callable[[Callable[..., Any]], IndicatorFunction]:
    """Declares the function below it as the toolkit's indicator `number`, with these measures, on that sheet."""

    def declare(function: Callable[..., Any]) -> IndicatorFunction:
        declared = cast(IndicatorFunction, function)
        declared.declaration = Indicator(number, title, measures, sheet)
        return declared

    return declare
