"""The five kinds of value, and how each stands in pandas and in Parquet. Nothing about particular columns."""

from __future__ import annotations

from enum import Enum

import pyarrow as pa
from pandas.api.types import pandas_dtype


class Kind(Enum):
    """A kind of value: its word in the contract, its pandas dtype, its Arrow and Parquet type."""

    STRING = ("string", "str", pa.string())
    DATE = ("date", "datetime64[ms]", pa.date32())
    INT = ("int", "Int64", pa.int64())
    FLOAT = ("float", "float64", pa.float64())
    BOOL = ("bool", "boolean", pa.bool_())

    def __init__(self, word: str, pandas: str, arrow: pa.DataType) -> None:
        self.word = word
        self.pandas = pandas_dtype(pandas)
        self.arrow = arrow

    @classmethod
    def of(cls, word: str) -> Kind:
        """The kind that the contract calls `word`; a KeyError when there is none."""
        return {kind.word: kind for kind in cls}[word]
