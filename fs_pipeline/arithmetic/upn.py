"""Unique Pupil Numbers: the check letter in front, which the twelve characters after it give.

A UPN is a check letter, eleven digits, and a digit; a temporary one ends in a letter instead. The characters
after the check letter have the weights 2 to 13; the sum modulo 23 is the position of the check letter among the 23
letters in use (no I, O or S). In that sum the last letter of a temporary UPN counts as its own position among them
(the Department for Education's rule 1510).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags

Letters: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.str_]]"

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_WEIGHTS = np.arange(2, 14, dtype=np.int64)
_NO_VALUE = -1000  # makes a sum negative, whatever the other characters are
_VALUES = np.full(128, _NO_VALUE, dtype=np.int64)
_VALUES[[ord(digit) for digit in "0123456789"]] = np.arange(10)
_LAST_VALUES = _VALUES.copy()
_LAST_VALUES[[ord(letter) for letter in LETTERS]] = np.arange(len(LETTERS))


def check_letters(texts: pd.Series) -> Letters:
    """The check letter that each text should have in front; "" where there is none.

    Args:
        texts: whole UPNs (13 characters, the first of which is not looked at), or the 12 after the check letter.
            Anything else, a letter among the eleven digits for one, has no check letter.
    """
    points, lengths = _code_points(texts)
    body = np.where((lengths == 13)[:, None], points[:, 1:13], points[:, :12])
    values = np.where(body < 128, _VALUES[np.minimum(body, 127)], _NO_VALUE)
    last = body[:, 11]
    values[:, 11] = np.where(last < 128, _LAST_VALUES[np.minimum(last, 127)], _NO_VALUE)
    total = values @ _WEIGHTS
    well_formed = ((lengths == 12) | (lengths == 13)) & (total >= 0)
    letters: Letters = np.where(well_formed, np.array(list(LETTERS))[total % 23], "")
    return letters


def valid_upns(texts: pd.Series) -> Flags:
    """Whether each text is a UPN of 13 characters with the right check letter; a blank is none."""
    points, lengths = _code_points(texts)
    expected = check_letters(texts)
    first_letters = np.ascontiguousarray(points[:, :1]).view("U1")[:, 0]
    valid: Flags = (lengths == 13) & (expected != "") & (first_letters == expected)
    return valid


def _code_points(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Each text's first 14 characters as code points, 0 after its end, and how many of them it has."""
    filled = texts.astype("str").fillna("").to_numpy(dtype=object)
    fixed = filled.astype("U14") if len(filled) else np.empty(0, dtype="U14")
    return fixed.view(np.uint32).reshape(len(fixed), 14).astype(np.int64), np.char.str_len(fixed)
