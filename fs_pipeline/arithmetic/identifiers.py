"""Identifiers as dense integers, and where one column's identifiers stand in another.

A column is coded once, and looked up once in another: whoever asks again gets what was found then.

Looking up goes by numbers, several times quicker than by text and just as exact: a text of a few words of eight bytes
is as many numbers, which give it a slot of a hash table; the words of the text that is found there are compared, so
that no text is taken for another. Texts whose slot is taken go on to a smaller table, and so on. Where the known
identifiers are too long for it, Arrow looks them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.remembering import remembered, remembered_last

Words: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.uint64]]"
Content: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.void]]"
Keys: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.uint64]]"
Slots: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int32]]"

LONGEST = 32
"""Identifiers of up to so many bytes are looked up as numbers."""
FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
"""What each word of a text is multiplied with in its key: large odd numbers of no pattern."""
_AT_ONCE = 1 << 16
"""So many identifiers are looked up at a time: what is worked out of them stays near the processor."""
_AFTER = np.array([2**64 - 2 ** (8 * size) for size in range(9)], np.uint64)
"""Of a word the bytes after the first so many."""
_NO_TEXT = np.uint64(0xFEFEFEFEFEFEFEFE)
"""A word of bytes that no text has."""


@remembered
def positions(identifiers: pd.Series, known: pd.Series) -> Positions:
    """Where each identifier first stands in `known`; -1 when it is blank or not there."""
    places = _places(known)
    return _fixed(_by_text(identifiers, known) if places is None else places.of(identifiers))


@remembered
def first_rows(identifiers: pd.Series) -> Positions:
    """Where each row's identifier first stands: a number for each; -1 for a blank."""
    places = _places(identifiers)
    return _fixed(_by_text(identifiers, identifiers) if places is None else places.own)


def codes(identifiers: pd.Series) -> Positions:
    """The identifiers as dense integers, numbered as they first occur; -1 for a blank."""
    return _coded(identifiers)[0]


def distinct(identifiers: pd.Series) -> pd.Series:
    """The identifiers, each once, as they first occur: `codes` are positions in it."""
    return _coded(identifiers)[1]


@remembered_last(3)
def _coded(identifiers: pd.Series) -> tuple[Positions, pd.Series]:
    coded = identifiers.array.__arrow_array__().combine_chunks().dictionary_encode()
    names: pd.Series = coded.dictionary.to_pandas()
    numbers = _fixed(_numbers(coded.indices))
    positions.know((identifiers, names), numbers)
    first_rows.know((names,), _fixed(np.arange(len(names))))
    return numbers, names


def _by_text(identifiers: pd.Series, known: pd.Series) -> Positions:
    return _numbers(pc.index_in(pa.array(identifiers), value_set=pa.array(known), skip_nulls=True))


def _numbers(found: pa.Array) -> Positions:
    """What was found, -1 for a blank."""
    where: Positions = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return where


def _fixed(where: Positions) -> Positions:
    where.flags.writeable = False
    return where


@dataclass(frozen=True)
class _Texts:
    """Texts as numbers: their words are equal where the texts are, and nowhere else.

    Attributes:
        content: the bytes of each, whole words of eight; after its end bytes that no text has (255).
        untold: those that are blank or too long: their bytes are those of no text (254).
    """

    content: Content
    untold: Positions

    @classmethod
    def of(cls, texts: pa.Array, size: int) -> Self:
        """The texts of an Arrow array in so many words; a longer one is too long.

        Those of one length stand at even distances, which are gone through quicker than any others.
        """
        _, offsets, letters = texts.buffers()
        kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
        bounds = np.frombuffer(offsets or bytes(8), kind)[texts.offset : texts.offset + len(texts) + 1]
        written = np.append(
            np.frombuffer(letters or b"", np.uint8)[bounds[0] : bounds[-1]], np.zeros(8 * size, np.uint8)
        )
        length: Positions = np.diff(bounds).astype(np.int64, copy=False)
        longest, shortest = int(length.max(initial=0)), int(length.min(initial=LONGEST))
        from_anywhere = np.ndarray((len(written) - 8 * size + 1,), f"V{8 * size}", written, strides=(1,))
        if longest == shortest > 0:
            content, length = from_anywhere[:-1:longest].copy(), length[:1]
        else:
            content = from_anywhere[bounds[:-1] - bounds[0]]
        for which, word in enumerate(_words(content)):
            if shortest < 8 * which + 8:
                word |= _AFTER[np.clip(length - 8 * which, 0, 8)]
        untold = np.flatnonzero((length > 8 * size) | texts.is_null().to_numpy(zero_copy_only=False))
        _words(content)[:, untold] = _NO_TEXT
        return cls(content, untold)

    def keys(self) -> Keys:
        """A number for each text: equal texts have equal ones; different texts hardly ever have."""
        words = _words(self.content)
        keys: Keys = words[0] * FACTORS[0]
        for factor, word in zip(FACTORS[1:], words[1:], strict=False):
            keys += word * factor
        keys ^= keys >> np.uint64(32)
        return keys


def _words(content: Content) -> Words:
    """The words of the texts: a row for the first word of each, one for the second, and so on."""
    return content.view(np.uint64).reshape(len(content), content.itemsize // 8).T


def _slots(keys: Keys, table: int, size: int) -> Positions:
    """The keys' slots among so many (a power of two) in the first, second ... table."""
    factor = np.uint64(pow(int(FACTORS[0]), table + 1, 2**64))
    slots: Positions = (keys * factor >> np.uint64(65 - size.bit_length())).view(np.int64)
    return slots


@dataclass(frozen=True)
class _Places:
    """Where each of a column's texts first stands.

    Attributes:
        content: the texts, as in `_Texts`.
        tables: of each slot, where the text that has it first stands; -1 where no text has it.
        own: where each of the column's own texts first stands; -1 for a blank.
    """

    content: Content
    tables: tuple[Slots, ...]
    own: Positions

    @classmethod
    def among(cls, texts: _Texts) -> Self:
        """The places of texts, none of which is too long: of the texts that share a slot the first one has it."""
        keys, content, left = texts.keys(), texts.content, np.arange(len(texts.content))
        own, tables = np.empty_like(left), list[Slots]()
        while len(left):
            size = 2 << len(left).bit_length()
            slot = _slots(keys, len(tables), size)
            table = np.full(size, -1, np.int32)
            table[slot[::-1]] = left[::-1]
            tables.append(table)
            found = table[slot]
            own[left] = found
            again = np.flatnonzero(~_same(content, texts.content[found]))
            keys, content, left = keys[again], content[again], left[again]
        own[texts.untold] = -1
        return cls(texts.content, tuple(tables), own)

    def of(self, identifiers: pd.Series) -> Positions:
        """Where each identifier first stands; -1 when it is blank or not there."""
        texts = identifiers.array.__arrow_array__().combine_chunks()
        parts = [texts.slice(start, _AT_ONCE) for start in range(0, len(texts), _AT_ONCE)]
        return np.concatenate([self.own[:0], *map(self._of_part, parts)])

    def _of_part(self, part: pa.Array) -> Positions:
        texts = _Texts.of(part, self.content.itemsize // 8)
        keys, content, left = texts.keys(), texts.content, np.arange(len(part))
        places = np.full(len(part), -1)  # an empty slot has none, and what is known has no empty slot
        for which, table in enumerate(self.tables):
            found = table[_slots(keys, which, len(table))]
            places[left] = found
            again = np.flatnonzero(~_same(content, self.content[found]) & (found >= 0))
            keys, content, left = keys[again], content[again], left[again]
        places[left] = -1
        places[texts.untold] = -1
        return places


def _same(content: Content, others: Content) -> Flags:
    """Which of the texts are those that were found; -1, from an empty slot, is the last text, and never the same."""
    same = np.ones(len(content), bool)
    for mine, theirs in zip(_words(content), _words(others), strict=True):
        same &= mine == theirs
    return same


@remembered_last(2)
def _places(known: pd.Series) -> _Places | None:
    texts = known.array.__arrow_array__().combine_chunks()
    longest = pc.max(pc.binary_length(texts)).as_py() or 1
    return _Places.among(_Texts.of(texts, -(-longest // 8))) if longest <= LONGEST else None
