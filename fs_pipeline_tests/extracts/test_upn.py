import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fs_pipeline.arithmetic.upn import LETTERS, check_letters, valid_upns


@pytest.mark.parametrize(
    ("upn", "valid"),
    [
        ("B801200005001", True),
        ("A801200005001", False),  # another check letter
        ("M80120000500A", True),  # temporary: A counts 0
        ("A80120000501A", True),
        ("N80120000500B", False),
        ("B80120000500", False),  # a digit short
        ("B8012000050011", False),
        ("b801200005001", False),
        ("B8012000O5001", False),  # the letter O among the digits
        ("M80120000500I", False),  # I, O and S are not in use
        ("B80120000500é", False),
        ("", False),
        (None, False),
    ],
)
def test_a_upn_is_a_check_letter_eleven_digits_and_a_digit_or_letter(upn, valid):
    assert valid_upns(pd.Series([upn], dtype="str")).tolist() == [valid]


def test_the_check_letter_is_found_from_the_twelve_characters_or_from_a_whole_upn():
    texts = pd.Series(["801200005001", "?801200005001", "80120000500A", "8012", None], dtype="str")
    assert check_letters(texts).tolist() == ["B", "B", "M", "", ""]


def test_the_worked_example_of_the_weights():
    # 2x2 + 3x0 + 4x7 + 9x1 + 10x6 + 11x0 + 12x4 + 13x9 = 266 = 11 x 23 + 13
    assert check_letters(pd.Series(["207000016049"])).tolist() == [LETTERS[13]]


def test_no_texts():
    assert len(valid_upns(pd.Series([], dtype="str"))) == len(check_letters(pd.Series([], dtype="str"))) == 0


@given(st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, place, change):
    letter = check_letters(pd.Series([body]))[0]
    wrong = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]
    assert valid_upns(pd.Series([letter + body, letter + wrong])).tolist() == [True, False]
