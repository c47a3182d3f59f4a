"""What was used last is not read or worked out again, and never shown as it was before its file was replaced."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fs_pipeline.arithmetic.columns import Cache, cached
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake, Origin
from fs_pipeline.toolkit.tables import Column, Kind, Table

QUARTER = Quarter.parse("2020-01-01")
TABLE = Table("tests/numbers", ("a",), (Column("a", Kind.INT), Column("b", Kind.INT)))


def test_what_was_used_last_is_kept():
    cache, array = Cache(80), np.zeros(4)  # 32 bytes
    for key in "xy":
        cache.keep(key, array)
    cache.get("x")
    cache.keep("z", array)
    assert [cache.get(key) is not None for key in "xyz"] == [True, False, True]


def test_what_is_larger_than_the_room_is_not_kept():
    cache = Cache(63)
    cache.keep("x", np.zeros(4), np.zeros(4))
    assert cache.get("x") is None


def test_a_function_works_a_column_out_once_and_picked_rows_anew():
    seen = []

    @cached
    def lengths(column):
        seen.append(len(column))
        return column.str.len().to_numpy()

    frame = pd.DataFrame({"a": pd.Series(["x", "yy"], dtype="str"), "b": [1, 2]})
    assert lengths(frame["a"]).tolist() == lengths(frame[["a"]].assign(c=1)["a"]).tolist() == [1, 2]
    assert lengths(frame.iloc[1:]["a"]).tolist() == [2]
    assert seen == [2, 1]


class Counting(Lake):
    """A lake that notes which columns it reads of a file; what `meanwhile` does comes before the next reading."""

    def __init__(self, folder):
        super().__init__(folder)
        self.reads, self.meanwhile = [], lambda: None

    def read_window(self, table, quarters):
        self.reads.append(table.names)
        self.meanwhile()
        return super().read_window(table, quarters)

    def put(self, number):
        self.meanwhile = lambda: None
        self.write(TABLE, QUARTER, TABLE.frame({"a": [number], "b": [number]}), Origin(str(number)))


@pytest.fixture
def lake(tmp_path: Path):
    lake = Counting(tmp_path)
    lake.put(1)
    return lake


def test_a_column_is_read_once_in_whatever_order_it_is_asked_for(lake):
    for names in (["a"], ["a", "b"], ["a", "b"]):
        frame = lake.read(TABLE.only(*names), QUARTER)
        assert [*frame] == names
        assert (frame == 1).all(axis=None)
    assert lake.reads == [["a"], ["b"]]


def test_another_file_in_its_place_is_read_anew(lake):
    lake.read(TABLE.only("a"), QUARTER)
    lake.put(2)
    assert (lake.read(TABLE, QUARTER) == 2).all(axis=None)


def test_a_file_replaced_while_it_is_read_is_never_seen_in_two_states(lake):
    lake.read(TABLE.only("a"), QUARTER)
    lake.meanwhile = lambda: lake.put(2)
    assert (lake.read(TABLE, QUARTER) == 2).all(axis=None)
