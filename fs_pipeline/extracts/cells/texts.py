"""Cells as the text that a person would have written, and codes among them under ours. Judges no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags

UNMAPPED = "unmapped_code"
"""The rule about codes that a mapping does not know."""
NO_DAYS = "1900-01-01 or 9999-12-31"
"""What programs write for a blank in a date."""
_NO_DAY = r"^(1900-01-01|01/01/1900|9999-12-31|31/12/9999)([T ].*)?$"
_EXACT_WHOLE = float(2**53)


def as_text(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Typed cells as the text that a person would have written: ISO dates, whole numbers without a fraction, Y, N."""
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_dictionary(kind):
        return as_text(array.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.if_else(array, "Y", "N")
    if pa.types.is_floating(kind):
        array = array.cast(pa.float64())
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
        whole = pc.and_(pc.equal(pc.round(array), array), pc.less(pc.abs(array), _EXACT_WHOLE))
        digits = pc.if_else(whole, array, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(whole, digits, array.cast(pa.string()))
    if pa.types.is_date64(kind):
        return array.cast(pa.date32()).cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is None:
        days = array.cast(pa.date32(), safe=False)
        midnight = pc.equal(days.cast(kind), array)
        return pc.if_else(midnight, days.cast(pa.string()), array.cast(pa.string()))
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # kinds that no contract knows: Python's words will do
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())


def stripped(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The texts without blanks around them; null where nothing is left."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def is_no_day(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Which texts are one of `NO_DAYS`, with or without a time."""
    return pc.fill_null(pc.match_substring_regex(texts, _NO_DAY), False)


def map_codes(
    values: pa.ChunkedArray, codes: Mapping[str, str | bool | int], ours: Sequence[str] = ()
) -> tuple[pa.ChunkedArray, Flags]:
    """Texts under our codes, and which of them are known: in the mapping, or one of ours already; blanks are not.

    Neither blanks around a code nor capitals matter. What is not known stays as it is.
    """
    becomes = {code.casefold(): code for code in ours}
    becomes |= {theirs.strip().casefold(): _code(code) for theirs, code in codes.items()}
    encoded = pc.dictionary_encode(values.combine_chunks())
    distinct = encoded.dictionary.to_pylist()
    mapped = [becomes.get(text.strip().casefold()) for text in distinct]
    texts = pa.array([code or text for code, text in zip(mapped, distinct, strict=True)], pa.string())
    known = np.array([*(code is not None for code in mapped), False], dtype=np.bool_)  # the last stands for blanks
    positions = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return pa.chunked_array([texts.take(encoded.indices)]), known[positions]


def _code(code: str | bool | int) -> str:
    return ("Y" if code else "N") if isinstance(code, bool) else str(code)


def count_codes(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each text occurs, the most frequent first."""
    counts = [tuple(count.values()) for count in pc.value_counts(values.combine_chunks()).to_pylist()]
    return dict(sorted(counts, key=lambda count: (-count[1], count[0])))
