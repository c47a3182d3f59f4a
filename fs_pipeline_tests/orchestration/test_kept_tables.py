"""Tables read last are read once, and never shown as they were before their file was replaced."""

import numpy as np
import pandas as pd
import pytest

from fs_pipeline.store.kept_tables import KeptTables


class File:
    """A file whose columns `a` and `b` hold the number of its state; counts what is read of it."""

    def __init__(self, path):
        self.path, self.state, self.reads = path, 0, []
        self.replace()

    def replace(self):
        self.state += 1
        new = self.path.with_suffix(".new")
        new.write_text("x" * self.state, encoding="utf-8")
        new.replace(self.path)

    def read(self, names):
        self.reads.append(list(names))
        return pd.DataFrame({name: np.full(4, self.state) for name in names})


@pytest.fixture
def file(tmp_path):
    return File(tmp_path / "table")


def test_a_column_is_read_once(file):
    kept = KeptTables(1000)
    for names in (["a"], ["b", "a"], ["a", "b"]):
        columns = kept.columns(file.path, names, file.read)
        assert list(columns) == names
        assert (columns == 1).all(axis=None)
    assert file.reads == [["a"], ["b"]]


def test_what_is_given_again_is_the_same_column(file):
    kept = KeptTables(1000)
    first, second = (kept.columns(file.path, ["a"], file.read)["a"] for _ in range(2))
    assert np.shares_memory(first.to_numpy(), second.to_numpy())
    with pytest.raises(ValueError, match="read-only"):
        first.to_numpy()[0] = 9


def test_another_file_in_its_place_is_read_anew(file):
    kept = KeptTables(1000)
    kept.columns(file.path, ["a"], file.read)
    file.replace()
    assert (kept.columns(file.path, ["a", "b"], file.read) == 2).all(axis=None)


def test_a_file_replaced_while_it_is_read_is_never_seen_in_two_states(file):
    kept = KeptTables(1000)
    kept.columns(file.path, ["a"], file.read)

    def read(names):
        if file.state == 1:
            file.replace()
        return file.read(names)

    assert (kept.columns(file.path, ["a", "b"], read) == 2).all(axis=None)


def test_no_more_is_kept_than_told_and_the_last_ones_are(tmp_path):
    kept, files = KeptTables(80), [File(tmp_path / name) for name in "xyz"]  # 32 bytes a column
    for which in (0, 1, 0, 2, 0, 1):
        kept.columns(files[which].path, ["a"], files[which].read)
    assert [len(file.reads) for file in files] == [1, 2, 1]


def test_a_table_larger_than_that_is_not_kept(file):
    kept = KeptTables(31)
    for _ in range(2):
        kept.columns(file.path, ["a"], file.read)
    assert file.reads == [["a"], ["a"]]


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        KeptTables(1000).columns(tmp_path / "nowhere", ["a"], lambda names: pd.DataFrame())
