"""The data version of a table: what changes it, what does not, and that it never becomes another one."""

from __future__ import annotations

import hashlib
import struct
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from fs_pipeline.store.data_versions import data_version
from fs_pipeline.toolkit.tables import Kind

DAY = date(2017, 10, 1)
COLUMNS = {
    "person_id": pa.array(["P1", None, "Zoë", "", "P5"]),
    "start_date": pa.array([DAY, date(1969, 12, 31), None, DAY, date(9999, 12, 31)]),
    "days": pa.array([1, None, -300, 0, 2**40]),
    "mean": pa.array([0.1, None, -2.5, float("inf"), 0.0]),
    "uasc": pa.array([True, False, None, False, True]),
}
ROWS = pa.table(COLUMNS)
NOTHING = ROWS.slice(0, 0)
VECTORS = [
    (ROWS, True, "7f89a262100e41f5c26223b1aa678c1156c3260b"),
    (ROWS, False, "54c52d74deaf271e74d2494e37430cdea8007801"),
    (NOTHING, True, "0da3de0d798e62fd134cfa7a8468c6b261c514ee"),
    (ROWS.slice(3), True, "feeb0a888ee977ab426518c5a0a38d9b7ae2153c"),
    (pa.table({"days": pa.array([127, -128])}), True, "a2bf2da3548ee2e65d67e360059ad1331049c6b0"),
    (pa.table({"days": pa.array([128, -129])}), True, "6e1974f08087a7e0da066f19f4d1b52c741b36d5"),
    (pa.table({"days": pa.nulls(9, pa.int64())}), True, "8d7fa8c70015fc4f5d9456735466aa8266fb16b3"),
]


@pytest.mark.parametrize(("rows", "supplied", "version"), VECTORS)
def test_versions_stay_what_they_are(rows, supplied, version):
    """Whoever changes one of these makes every table of every state folder anew."""
    assert data_version(rows, supplied=supplied) == version == by_the_words(rows, supplied)


def by_the_words(rows: pa.Table, supplied: bool) -> str:
    """The version as the module's docstring says it, value by value."""
    content = f"fs_pipeline 1 {rows.num_rows} {supplied}\n".encode()
    words = {kind.arrow: kind.word for kind in Kind}

    def bits(truths: list[bool]) -> bytes:
        return bytes(
            sum(truth << place for place, truth in enumerate(truths[at : at + 8])) for at in range(0, len(truths), 8)
        )

    def fewest(numbers: list[int]) -> bytes:
        for width in (1, 2, 4, 8):
            if all(-(1 << 8 * width - 1) <= number < 1 << 8 * width - 1 for number in numbers):
                return b"".join(number.to_bytes(width, "little", signed=True) for number in numbers)
        raise AssertionError

    for name, column in zip(rows.column_names, rows.columns, strict=True):
        word, values = words[column.type], [value for value in column.to_pylist() if value is not None]
        content += f"{name} {word}\n".encode() + bits([value is not None for value in column.to_pylist()])
        if word == "string":
            texts = [text.encode() for text in values]
            content += fewest([len(text) for text in texts]) + b"".join(texts)
        elif word == "float":
            content += b"".join(struct.pack("<d", value) for value in values)
        elif word == "bool":
            content += bits(values)
        else:
            content += fewest([(value - date(1970, 1, 1)).days if word == "date" else value for value in values])
    return hashlib.sha256(content).hexdigest()[:40]


def beneath_blanks(kind: pa.DataType, values: list, blank: list[bool]) -> pa.Array:
    """An array in which values stand beneath blanks, such as a calculation leaves there."""
    whole = pa.array(values, kind)
    validity = pa.array([not each for each in blank]).buffers()[1]
    return pa.Array.from_buffers(kind, len(values), [validity, *whole.buffers()[1:]])


@pytest.mark.parametrize(
    "other",
    [
        pa.concat_tables([ROWS.slice(0, 1), ROWS.slice(1, 0), ROWS.slice(1, 3), ROWS.slice(4)]),
        pa.concat_tables([ROWS, ROWS, ROWS]).slice(5, 5),
        pa.concat_tables([ROWS.slice(2), ROWS]).slice(3, 5),
        ROWS.set_column(0, "person_id", COLUMNS["person_id"].dictionary_encode()),
        ROWS.set_column(0, "person_id", pa.array([None, *COLUMNS["person_id"].to_pylist()]).slice(1)),
        ROWS.replace_schema_metadata({"pandas": "whatever"}),
        ROWS.cast(pa.schema([field.with_metadata({"title": "Another"}) for field in ROWS.schema])),
        ROWS.set_column(
            0, "person_id", beneath_blanks(pa.string(), ["P1", "gone", "Zoë", "", "P5"], [False, True, *[False] * 3])
        ),
        ROWS.set_column(
            2, "days", beneath_blanks(pa.int64(), [1, 77, -300, 0, 2**40], [False, True, False, False, False])
        ),
        ROWS.set_column(3, "mean", pa.array([0.1, float("nan"), -2.5, float("inf"), -0.0])),
        ROWS.set_column(3, "mean", pa.array(np.array([0.1, np.nan, -2.5, np.inf, 0.0]))),
    ],
    ids=range(11),
)
def test_how_the_values_are_laid_out_does_not_count(other):
    assert data_version(other, supplied=True) == data_version(ROWS, supplied=True)


@pytest.mark.parametrize(
    "other",
    [
        ROWS.take([1, 0, 2, 3, 4]),
        ROWS.select(["start_date", "person_id", "days", "mean", "uasc"]),
        ROWS.rename_columns(["person", "start_date", "days", "mean", "uasc"]),
        ROWS.set_column(0, "person_id", pa.array(["P1", "", "Zoë", "", "P5"])),
        ROWS.set_column(0, "person_id", pa.array(["P1", None, "Zo", "ë", "P5"])),
        ROWS.set_column(2, "days", pa.array([1, 0, -300, 0, 2**40])),
        ROWS.set_column(2, "days", pa.array([1.0, None, -300.0, 0.0, 2.0**40])),
        ROWS.set_column(3, "mean", pa.array([0.1, 0.0, -2.5, float("inf"), 0.0])),
        ROWS.set_column(3, "mean", pa.array([0.1, None, -2.5, float("-inf"), 0.0])),
        ROWS.set_column(4, "uasc", pa.array([True, False, False, False, True])),
        ROWS.set_column(4, "uasc", pa.array([True, None, False, False, True])),
    ],
    ids=range(11),
)
def test_any_value_name_kind_or_order_counts(other):
    assert data_version(other, supplied=True) != data_version(ROWS, supplied=True)
