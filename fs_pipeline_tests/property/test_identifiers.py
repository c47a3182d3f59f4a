"""Identifiers as numbers: what is found is what a walk through the texts finds, whatever the texts are."""

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fs_pipeline.arithmetic import identifiers as looked_up
from fs_pipeline.arithmetic.identifiers import FACTORS, LONGEST, codes, distinct, first_rows, positions

TEXTS = st.one_of(
    st.none(),
    st.text("ab\0", max_size=10),  # equal lengths, equal beginnings, zeros like those after a text's end
    st.text("P0123456789", min_size=7, max_size=9),
    st.text("aé€", max_size=4),
    st.text("x", min_size=LONGEST - 1, max_size=LONGEST + 1),
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


def test_many_identifiers_are_looked_up_in_parts():
    known = column([f"P{number:06}" for number in range(0, 200_000, 2)])
    asked = column([f"P{number:06}" for number in range(200_000)])
    assert (positions(asked, known) == np.where(np.arange(200_000) % 2, -1, np.arange(200_000) // 2)).all()


def texts_of_one_key():
    """Two texts of sixteen ASCII letters that differ, and have the same key."""
    chance = np.random.default_rng(0)
    while True:
        one = chance.integers(1, 128, 16, dtype=np.uint8).view(np.uint64)
        second = chance.integers(1, 128, 8, dtype=np.uint8).view(np.uint64)[0]
        inverse = pow(int(FACTORS[0]), -1, 2**64)
        first = (int(one[0]) + (int(one[1]) - int(second)) * int(FACTORS[1]) * inverse) % 2**64
        other = np.array([first, second], np.uint64)
        if (other.view(np.uint8) < 128).all() and (other != one).any():
            return one.tobytes().decode(), other.tobytes().decode()


def test_texts_of_the_same_key_are_never_taken_for_one_another():
    one, other = texts_of_one_key()
    keys = looked_up._Texts.of(pa.array([one, other]), 2).keys()
    assert keys[0] == keys[1]
    assert positions(column([other]), column([one])).tolist() == [-1]
    assert positions(column([other, one]), column([one, other])).tolist() == [1, 0]


def test_many_texts_of_the_same_key_each_have_a_place():
    texts = [*texts_of_one_key(), "", None, "P1"]
    assert first_rows(column(texts * 2)).tolist() == [0, 1, 2, -1, 4] * 2
    assert positions(column(texts[::-1]), column(texts)).tolist() == [4, -1, 2, 1, 0]


def test_a_text_is_not_the_same_as_one_that_goes_on_after_whole_words():
    texts = ["P0000001", "P00000012", "P0000001" * 2, "P0000001" * 3, "P0000001" * 5]
    for text in texts[:-1]:
        assert positions(column(texts), column([text])).tolist() == walked(texts, [text])
