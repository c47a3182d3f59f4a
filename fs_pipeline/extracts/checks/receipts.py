"""Receipts: what was delivered of an extract and what became of its rows, in numbers. The rows are not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.fields import DATA_QUALITY


@dataclass(frozen=True)
class Receipt:
    """An extract's quarter beside its rows.

    Attributes:
        supplied: whether it was delivered.
        delivery: hash of the delivered file; blank when there was none.
        counts: rows delivered, used, rejected and so on, by what was counted.
    """

    supplied: bool
    delivery: str
    counts: Mapping[str, int]


def data_quality(quarter: Quarter, **receipts: Receipt | None) -> Annotated[pd.DataFrame, DATA_QUALITY]:
    """Of every extract: the delivery of the quarter, and how many of its rows were used, left out, or look wrong.

    A delivery with the same rows in another order is another one, though no figure changes by it. An extract that was
    not delivered has counts of 0; one that was not read has no rows: of a quarter that was never run itself, only what
    later ones look back at is read.
    """
    rows = [
        (quarter.start, name, receipt.supplied, receipt.delivery, counted, count)
        for name, receipt in receipts.items()
        if receipt
        for counted, count in receipt.counts.items()
    ]
    columns = ["quarter", "extract", "supplied", "delivery", "counted", "count"]
    return DATA_QUALITY.frame(pd.DataFrame(rows, columns=columns))
