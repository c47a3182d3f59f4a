"""Identifiers as numbers: what is found is what a walk through the texts finds, whatever the texts are."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fs_pipeline.arithmetic.columns import codes, distinct, first_rows, positions

TEXTS = st.one_of(
    st.none(),
    st.text("ab\0", max_size=10),  # equal lengths, equal beginnings, zeros like those after a text's end
    st.text("P0123456789", min_size=7, max_size=9),
    st.text("aé€", max_size=4),
    st.text("x", min_size=31, max_size=33),
)
COLUMNS = st.lists(TEXTS, max_size=12)


def column(texts):
    return pd.Series(texts, dtype="str")


def walked(identifiers, known):
    return [known.index(text) if text is not None and text in known else -1 for text in identifiers]


@given(COLUMNS, COLUMNS)
def test_positions_are_those_of_a_walk_through_the_texts(identifiers, known):
    assert positions(column(identifiers), column(known)).tolist() == walked(identifiers, known)


@given(COLUMNS, COLUMNS)
def test_rows_that_were_picked_are_looked_up_as_well(identifiers, known):
    part = pd.concat([column(known), column(identifiers)]).iloc[1::2]
    assert positions(part, column(known)).tolist() == walked((known + identifiers)[1::2], known)


@given(COLUMNS)
def test_codes_and_first_rows_number_the_same_texts(texts):
    named = column(texts)
    assert first_rows(named).tolist() == walked(texts, texts)
    names = distinct(named)
    assert [None if code < 0 else names[code] for code in codes(named)] == texts


def test_the_first_of_equal_rows_is_meant_whichever_column_is_the_shorter():
    few, many = column(["b", "a", None, "b"]), column(["x", "a", "b", "b", "a", None, "y"])
    assert positions(few, many).tolist() == [2, 1, -1, 2]
    assert positions(many, few).tolist() == [-1, 1, 0, 0, 1, -1, -1]


def test_positions_are_read_only_for_others_get_them_as_well():
    with pytest.raises(ValueError, match="read-only"):
        positions(column(["a"]), column(["a"]))[0] = 9
