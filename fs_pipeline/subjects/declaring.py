"""How an indicator is declared: a function under what the toolkit says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import pandas as pd

from fs_pipeline.toolkit.figures import Indicator
from fs_pipeline.toolkit.indicators import toolkit_indicator


class IndicatorFunction(Protocol):
    """A function that works out an indicator's figures, under its declaration."""

    __name__: str
    declaration: Indicator
    __call__: Callable[..., pd.DataFrame]


def indicator(declared: int | Indicator) -> Callable[[Callable[..., Any]], IndicatorFunction]:
    """Declares the function below it as an indicator: the toolkit's of that number, or another one."""

    def declare(function: Callable[..., Any]) -> IndicatorFunction:
        named = cast(IndicatorFunction, function)
        named.declaration = toolkit_indicator(declared) if isinstance(declared, int) else declared
        return named

    return declare
