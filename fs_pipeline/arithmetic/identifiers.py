"""Identifiers as dense integers, and where one column's identifiers stand in another.

A column is coded once, and looked up once in another: whoever asks again gets what was found then.

Looking up goes by numbers, several times quicker than by text and just as exact: a text of a few words of eight bytes
is as many numbers, of which a key is made; pandas finds the key, then the words themselves are compared, so that two
texts with the same key are never taken for one another. Identifiers that are too long for it are looked up by Arrow.
A long column is looked up in parts, on as many threads as there are processors.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
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

LONGEST = 32
"""Identifiers of up to so many bytes are looked up as numbers."""
FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
"""What each word of a text is multiplied with in its key: large odd numbers of no pattern."""
_AT_ONCE = 1 << 16
"""So many identifiers are looked up at a time: what is worked out of them stays near the processor."""
_FIRST_BYTES = np.array([2 ** (8 * size) - 1 for size in range(9)], np.uint64)
"""Of a word the first so many bytes."""


@remembered
def positions(identifiers: pd.Series, known: pd.Series) -> Positions:
    """Where each identifier first stands in `known`; -1 when it is blank or not there."""
    places = _places(known)
    found = places.of(identifiers) if places else None
    return _fixed(_by_text(identifiers, known) if found is None else found)


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


@remembered_last(2)
def _coded(identifiers: pd.Series) -> tuple[Positions, pd.Series]:
    coded = identifiers.array.__arrow_array__().combine_chunks().dictionary_encode()
    names: pd.Series = coded.dictionary.to_pandas()
    return _fixed(_numbers(coded.indices)), names


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
    """Texts as numbers.

    Attributes:
        content: the bytes of each, whole words of eight, zeros after its end.
        length: how many bytes it has.
        blank: it is blank.
    """

    content: Content
    length: Positions
    blank: Flags

    @classmethod
    def of(cls, texts: pa.Array) -> Self | None:
        """The texts of an Arrow array; None when one of them is too long."""
        _, offsets, letters = texts.buffers()
        kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
        bounds = np.frombuffer(offsets or bytes(8), kind)[texts.offset : texts.offset + len(texts) + 1]
        starts = bounds[:-1].astype(np.int64) - bounds[0]
        length: Positions = np.diff(bounds).astype(np.int64)
        longest, shortest = int(length.max(initial=1)), int(length.min(initial=LONGEST))
        if longest > LONGEST:
            return None
        size = -(-longest // 8) * 8
        written = np.frombuffer(letters or b"", np.uint8)[bounds[0] : bounds[-1]]
        written = np.append(written, np.zeros(size, np.uint8))
        content = np.ndarray((len(written) - size + 1,), f"V{size}", written, strides=(1,))[starts]
        for which, word in enumerate(_words(content).T):
            if shortest < 8 * which + 8:
                word &= _FIRST_BYTES[np.clip(length - 8 * which, 0, 8)]
        return cls(content, length, texts.is_null().to_numpy(zero_copy_only=False))

    def keys(self) -> Keys:
        """A number for each text: equal texts have equal ones; different texts hardly ever have."""
        keys: Keys = self.length.astype(np.uint64)
        for factor, word in zip(FACTORS, _words(self.content).T, strict=False):
            keys += word * factor
        return keys


def _words(content: Content) -> Words:
    """The words of each text: a row a text."""
    return content.view(np.uint64).reshape(len(content), content.itemsize // 8)


def _same(content: Content, others: Content) -> bool:
    """Whether texts whose keys are equal are equal themselves, each to its other: of equal words, so is the length."""
    mine, theirs = _words(content), _words(others)
    both = min(mine.shape[1], theirs.shape[1])
    rest = mine[:, both:].any() or theirs[:, both:].any()
    return bool((mine[:, :both] == theirs[:, :both]).all() and not rest)


@dataclass(frozen=True)
class _Places:
    """Where each of a column's texts first stands.

    Attributes:
        content: the texts, as in `_Texts`.
        index: the different keys.
        first: where the text of each key first stands; after the last key -1.
        own: where each of the column's own texts first stands; -1 for a blank.
    """

    content: Content
    index: pd.Index
    first: Positions
    own: Positions

    def of(self, identifiers: pd.Series) -> Positions | None:
        """Where each identifier first stands; -1 when it is blank or not there. None when this cannot be told."""
        texts = identifiers.array.__arrow_array__().combine_chunks()
        parts = [texts.slice(start, _AT_ONCE) for start in range(0, len(texts), _AT_ONCE)]
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            found = list(threads.map(self._of_part, parts))
        return None if any(each is None for each in found) else np.concatenate([self.own[:0], *found])

    def _of_part(self, part: pa.Array) -> Positions | None:
        asked = _Texts.of(part)
        if asked is None:
            return None
        found = self.first[self.index.get_indexer(pd.Index(asked.keys()))]
        found[asked.blank] = -1
        hits = np.flatnonzero(found >= 0)
        return found if _same(asked.content[hits], self.content[found[hits]]) else None


@remembered_last(2)
def _places(known: pd.Series) -> _Places | None:
    texts = _Texts.of(known.array.__arrow_array__().combine_chunks())
    if texts is None:
        return None
    rows = np.flatnonzero(~texts.blank)
    code, different = pd.factorize(texts.keys()[rows])
    first = np.full(len(different) + 1, -1)
    first[code[::-1]] = rows[::-1]
    own = np.full(len(known), -1)
    own[rows] = first[code]
    index = pd.Index(different)
    index.is_unique  # noqa: B018 - makes its hash table, before several threads ask
    found = _Places(texts.content, index, first, own)
    return found if _same(texts.content[rows], texts.content[own[rows]]) else None
