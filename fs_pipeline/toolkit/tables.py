"""Kinds of value, columns and tables: what a frame that crosses a stage must look like, whichever stage it is.

A table is a name, a key and its columns. From it come the check of a frame, the Parquet schema, and the
column descriptions that Dagster shows. Which tables there are is said in `tables.csv`, `fields` and
`extracts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Self, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import pandas_dtype

from fs_pipeline.toolkit.parameters import PARAMETERS

ArrayLike: TypeAlias = Any
"""A column's values before they are checked: list, NumPy array, pandas array or series."""


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


@dataclass(frozen=True)
class Column:
    """A column: its name, kind and meaning; `code` and `title` are the toolkit's, where it has them."""

    name: str
    kind: Kind
    description: str = ""
    nullable: bool = True
    code: str = ""
    title: str = ""
    unit: str = ""
    decisions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Fills the parameters into the meaning."""
        object.__setattr__(self, "description", PARAMETERS.fill(self.description))

    @property
    def words(self) -> str:
        """Code, title, meaning, unit and decisions in one line, as catalogues and headings show them."""
        head = " ".join(part for part in (self.code, self.title) if part)
        tail = f" [{', '.join(self.decisions)}]" if self.decisions else ""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{head + ': ' if head else ''}{self.description}{unit}{tail}"


@dataclass(frozen=True)
class Table:
    """A table: name (its path in the lake), key columns, columns, meaning. Its rows are sorted by the key."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str = ""

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow and Parquet schema; toolkit codes and titles stand in the field metadata."""
        return pa.schema([_arrow_field(column) for column in self.columns])

    def called(self, name: str) -> Self:
        """The same table under another name."""
        return replace(self, name=name)

    def only(self, *columns: str) -> Self:
        """The same table with only these columns: what a calculation reads of it. Keeps the table's order."""
        unknown = set(columns) - set(self.names)
        if unknown:
            raise ValueError(f"{self.name} has no columns {sorted(unknown)}")
        kept = tuple(column for column in self.columns if column.name in columns)
        return replace(self, columns=kept, key=tuple(name for name in self.key if name in columns))

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return self.frame({column.name: [] for column in self.columns})

    def frame(self, values: Mapping[str, ArrayLike] | pd.DataFrame) -> pd.DataFrame:
        """The values as this table: columns in order, of their kinds, sorted by key.

        Args:
            values: one array-like per column; blanks as None, NaN, NaT or a mask. Other columns are an error.

        Raises:
            ValueError: a column is missing or unknown, or a key occurs twice. Names columns, never values.
        """
        return self.sorted(self._unsorted(values))

    def beside(self, rows: pd.DataFrame, values: Mapping[str, ArrayLike]) -> pd.DataFrame:
        """The values, as for `frame`, beside the rows' keys and in their order.

        The rows are those of a table with this one's key, in its order, such as the roster.
        """
        return self._unsorted({**{name: rows[name] for name in self.key}, **values})

    def _unsorted(self, values: Mapping[str, ArrayLike] | pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in self.names if name not in values]
        unknown = [name for name in values if name not in self.names]
        if missing or unknown:
            raise ValueError(f"{self.name}: missing columns {missing}, unknown columns {unknown}")
        return pd.DataFrame({each.name: _as_kind(values[each.name], each.kind) for each in self.columns}, copy=False)

    def sorted(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame in key order: of two rows the later has the larger key. A repeated key is an error."""
        if not self.key or len(frame) < 2:
            return frame.reset_index(drop=True)
        keys = pa.table({name: pa.array(frame[name]) for name in self.key})
        if _ascends(keys):
            return frame.reset_index(drop=True)
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in self.key]).to_numpy()
        keys = keys.take(pa.array(order))
        same = np.ones(len(frame) - 1, dtype=bool)
        for name in self.key:
            column = keys[name]
            same &= pc.equal(column[1:], column[:-1]).fill_null(False).to_numpy()
        if same.any():
            raise ValueError(f"{self.name}: {int(same.sum())} rows repeat a key ({', '.join(self.key)})")
        return frame.take(order).reset_index(drop=True)


def _ascends(keys: pa.Table) -> bool:
    """Whether each row's key is larger than that of the row before; a blank is larger than anything else."""
    larger, equal = np.zeros(len(keys) - 1, bool), np.ones(len(keys) - 1, bool)
    for column in keys.columns:
        after, before = column[1:], column[:-1]
        blank_after, blank_before = (side.is_null().to_numpy() for side in (after, before))
        larger |= equal & (pc.greater(after, before).fill_null(False).to_numpy() | (blank_after & ~blank_before))
        equal &= pc.equal(after, before).fill_null(False).to_numpy() | (blank_after & blank_before)
    return bool(larger.all())


def _arrow_field(column: Column) -> pa.Field:
    labels = {"code": column.code, "title": column.title, "unit": column.unit}
    metadata = {name: label for name, label in labels.items() if label}
    return pa.field(column.name, column.kind.arrow, metadata=metadata or None)


def _as_kind(values: ArrayLike, kind: Kind) -> ArrayLike:
    """The values as a pandas array of the kind; whole numbers may come as floats with NaN for a blank."""
    if isinstance(values, pd.Series):
        values = values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array
    if hasattr(values, "dtype") and values.dtype == kind.pandas:  # NumPy takes None for float64
        return values
    if kind is Kind.DATE and isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return values.astype("datetime64[ms]")
    if kind is Kind.STRING and isinstance(values, list):
        return pa.array(values, kind.arrow, from_pandas=True).to_pandas().array
    if kind is Kind.INT and isinstance(values, np.ndarray) and values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # what stands beneath a blank is no number
            return pd.arrays.IntegerArray(values.astype(np.int64), np.isnan(values))
    series: pd.Series = pd.Series(values, dtype=object if len(values) == 0 else None)
    return series.astype(kind.pandas).array
