"""A table's data version: a hash of its values, the same under every release of Arrow and on every machine.

What counts: each column's name, kind and values, in order, and whether the table was supplied. What does not: how
Arrow or Parquet lay the values out (chunks, slices, dictionaries, what lies beneath a blank), and what columns are said
to mean. Of a number two values have two spellings: -0.0 counts as 0.0, and NaN as a blank.

These bytes are hashed with SHA-256, so that a version can be worked out by other means:

- the line `fs_pipeline 1 <rows> <True when supplied, or False>`;
- for each column the line `<name> <kind>`; a bit a row, eight to a byte, the first row's the lowest, 1 where there is a
  value; then the values that are there: floats in 8 bytes; truths as bits; whole numbers, and dates as days since
  1970-01-01, in the fewest of 1, 2, 4 and 8 bytes that hold all of the column; of texts the number of bytes of each, in
  the fewest likewise, then their UTF-8, one after the other. Little-endian, signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fs_pipeline.toolkit.tables import Kind

_DIGITS = 40
"""Up to release 0.7.1 a version hashes the pages of a Parquet file, and has 64: by this the two are told apart."""
_KINDS = {kind.arrow: kind for kind in Kind}


def data_version(rows: pa.Table, *, supplied: bool) -> str:
    """Forty hexadecimal digits that change with any value, or when it was supplied; columns may be dictionary-encoded.

    Raises:
        KeyError: a column is of none of the five kinds.
    """
    version = hashlib.sha256(f"fs_pipeline 1 {rows.num_rows} {supplied}\n".encode())
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        kind = _KINDS[column.type]
        version.update(f"{name} {kind.word}\n".encode())
        for content in _contents(column, kind):
            version.update(content)
    return version.hexdigest()[:_DIGITS]


def comparable(one: str, other: str) -> bool:
    """Whether two versions, of data or of code, are of one form; a blank one is of any. Others say nothing."""
    return not one or not other or len(one) == len(other)


def _contents(column: pa.ChunkedArray, kind: Kind) -> Iterator[memoryview | bytes]:
    """What is hashed of a column: where there is a value, and the values."""
    if kind is Kind.FLOAT:
        numbers = column.to_numpy()  # a blank comes as NaN
        there = ~np.isnan(numbers)
        yield _bits(there)
        yield (numbers[there] + 0.0).astype("<f8", copy=False).data  # -0.0 + 0.0 is 0.0
        return
    if column.null_count:
        yield _bits(column.is_valid().to_numpy())
        column = column.drop_null()
    else:
        yield _bits(np.ones(len(column), bool))
    if kind is Kind.BOOL:
        yield _bits(column.to_numpy())
    elif kind is Kind.STRING:
        yield _fewest_bytes(pc.binary_length(column).to_numpy())
        yield from map(_texts, column.chunks)
    else:
        yield _fewest_bytes((column.cast(pa.int32()) if kind is Kind.DATE else column).to_numpy())


def _bits(truths: NDArray[np.bool_]) -> memoryview:
    return np.packbits(truths, bitorder="little").data


def _fewest_bytes(numbers: NDArray[np.signedinteger]) -> memoryview:
    """The numbers in the fewest bytes that hold the smallest and the largest of them."""
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0, 0)
    width = max(np.min_scalar_type(int(end) if end < 0 else -int(end) - 1).itemsize for end in ends)
    return numbers.astype(f"<i{width}", copy=False).data


def _texts(chunk: pa.Array) -> memoryview | bytes:
    """The texts of an array without blanks, one after the other."""
    _, offsets, content = chunk.buffers()
    if not len(chunk) or content is None:
        return b""
    places = np.frombuffer(offsets, np.int32)
    return memoryview(content)[places[chunk.offset] : places[chunk.offset + len(chunk)]]
