"""Turns a delivered column into values of its kind. Judges each distinct value once; knows nothing of other columns.

A column is kept as its distinct values and each row's position among them: five million rows have a few thousand
dates, two roles and three words for yes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags, Positions
from fs_pipeline.extracts.cells.cells import as_text, is_no_day, stripped
from fs_pipeline.toolkit.extracts import ExtractColumn
from fs_pipeline.toolkit.tables import ArrayLike, Kind

EARLIEST, LATEST = "1900-01-02", "2100-12-31"
"""A date outside these days is no date but a slip of the keyboard; see `NO_DAYS` for the day before the first."""

ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
"""What a spreadsheet shows where a formula failed."""

LONGEST_TEXT = 500
"""A longer text is no identifier, code or category."""

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_UK = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"
_WHOLE = r"^([+-]?[0-9]{1,18})(\.0*)?$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_TRUE, _FALSE = ("y", "true", "1"), ("n", "false", "0")


@dataclass(frozen=True)
class ValueFault:
    """Distinct values that cannot be used: which rule they break, and what is accepted instead."""

    rule: str
    reason: str
    distinct: Flags


@dataclass(frozen=True)
class ConvertedColumn:
    """A delivered column in the contract's kind.

    Attributes:
        column: the contract's column.
        codes: each row's position among the distinct values.
        values: the distinct values, of the kind's Arrow type; null where blank or unusable.
        blank: which distinct values are blank as delivered.
        broken: which distinct values are a spreadsheet's error, such as #N/A.
        no_day: which of the blank ones are a program's word for a blank: `NO_DAYS`.
        identity: the same number for distinct values that mean the same (`Y` and `true`, blanks around or not).
        faults: the distinct values that are no value of the kind, a spreadsheet's errors among them.
    """

    column: ExtractColumn
    codes: Positions
    values: pa.Array
    blank: Flags
    broken: Flags
    no_day: Flags
    identity: Positions
    faults: tuple[ValueFault, ...]

    @property
    def valid(self) -> Flags:
        """Which distinct values can be used."""
        return flags_of(pc.is_valid(self.values))

    @property
    def dates(self) -> Dates:
        """The distinct values of a date column as days; blanks are NaT."""
        days: Dates = self.values.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        return days

    def series(self, rows: Positions) -> ArrayLike:
        """The values at these rows, as pandas holds the kind."""
        codes, kind = self.codes[rows], self.column.kind
        if kind is Kind.STRING:
            return self.values.cast(pa.large_string()).take(pa.array(codes)).to_pandas()
        if kind is Kind.DATE:
            return self.dates.astype("datetime64[ms]")[codes]
        if kind is Kind.FLOAT:
            return self.values.to_numpy(zero_copy_only=False).astype(np.float64)[codes]
        blank = ~self.valid[codes]
        filled = self.values.fill_null(pa.scalar(0).cast(kind.arrow)).to_numpy(zero_copy_only=False)[codes]
        return pd.arrays.IntegerArray(filled, blank) if kind is Kind.INT else pd.arrays.BooleanArray(filled, blank)


def convert(delivered: pa.ChunkedArray, column: ExtractColumn) -> ConvertedColumn:
    """The delivered column in the contract's kind."""
    codes, distinct = _coded(delivered)
    texts = stripped(as_text(distinct))
    no_day = np.zeros(len(texts), dtype=np.bool_)
    if column.kind is Kind.DATE:
        no_day = flags_of(is_no_day(texts))
        texts = pc.if_else(pa.array(no_day), pa.scalar(None, pa.string()), texts)
    blank = flags_of(pc.is_null(texts))
    broken = flags_of(pc.is_in(texts, value_set=pa.array(ERRORS)))
    asked = ~blank & ~broken
    if distinct.type == column.kind.arrow and column.kind is not Kind.STRING:
        values, faults = _typed(pc.if_else(pa.array(asked), distinct, pa.scalar(None, distinct.type)), column.kind)
    elif column.kind is Kind.DATE:
        values, faults = _dates(texts, asked, np.bincount(codes, minlength=len(texts)))
    else:
        values, faults = _CONVERSIONS[column.kind](texts, asked)
    values = pc.if_else(pa.array(asked), values, pa.scalar(None, values.type))
    error = ValueFault("spreadsheet_error", "is a spreadsheet's error, such as #N/A", broken)
    occurring = tuple(fault for fault in (error, *faults) if fault.distinct.any())
    return ConvertedColumn(column, codes, values, blank, broken, no_day, _identity(distinct, texts, values), occurring)


def _coded(delivered: pa.ChunkedArray) -> tuple[Positions, pa.Array]:
    """Each row's position among the distinct cells, and these."""
    if pa.types.is_dictionary(delivered.type):
        delivered = delivered.cast(delivered.type.value_type)
    if pa.types.is_large_string(delivered.type):
        delivered = delivered.cast(pa.string())
    try:
        encoded = delivered.dictionary_encode(null_encoding="encode")
    except pa.ArrowNotImplementedError:  # lists and the like: no cell of a contract
        encoded = pa.chunked_array([as_text(delivered)]).dictionary_encode(null_encoding="encode")
    if encoded.num_chunks == 0:
        return np.empty(0, dtype=np.int64), pa.array([], encoded.type.value_type)
    # one dictionary for all chunks: no need to unify them, which takes ten times as long
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    return np.concatenate(codes), encoded.chunk(0).dictionary


def _identity(distinct: pa.Array, texts: pa.Array, values: pa.Array) -> Positions:
    if distinct.equals(texts) and pa.types.is_string(values.type):
        return np.arange(len(texts), dtype=np.int64)
    meaning = pc.coalesce(as_text(values), texts)
    codes: Positions = meaning.dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False)
    return codes


_Conversion = tuple[pa.Array, list[ValueFault]]


def _typed(values: pa.Array, kind: Kind) -> _Conversion:
    """Values that came typed: only a date out of range, an infinite number or not-a-number is amiss."""
    if kind is Kind.FLOAT:
        finite = pc.is_finite(values)
        fault = ValueFault("not_a_number", "is not a number", flags_of(pc.is_inf(values)))
        return pc.if_else(finite, values, pa.scalar(None, values.type)), [fault]
    if kind is Kind.DATE:
        days = values.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        outside = (days < np.datetime64(EARLIEST)) | (days > np.datetime64(LATEST))
        usable = pc.if_else(pa.array(~outside), values, pa.scalar(None, values.type))
        return usable, [ValueFault("bad_date", "is not a date from 1900 to 2100", outside)]
    return values, []


def _dates(texts: pa.Array, asked: Flags, cells: Positions) -> _Conversion:
    """Dates in the form that most cells of the column have; ISO when as many have the other."""
    forms = {
        "%Y-%m-%d": (_matching(texts, _ISO), "2017-10-01"),
        "%d/%m/%Y": (_matching(texts, _UK), "01/10/2017"),
    }
    form = max(forms, key=lambda candidate: int(cells[forms[candidate][0]].sum()))
    of_form, example = forms[form]
    days = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[D]")
    written = pd.Series(texts.filter(pa.array(of_form)).to_numpy(zero_copy_only=False), dtype="str")
    days[of_form] = pd.to_datetime(written, format=form, errors="coerce").to_numpy().astype("datetime64[D]")
    days[~((days >= np.datetime64(EARLIEST)) & (days <= np.datetime64(LATEST)))] = np.datetime64("NaT")
    american = _american(texts, cells) if form == "%d/%m/%Y" else False
    days[of_form & american] = np.datetime64("NaT")
    mixed = len([form for of_form, _ in forms.values() if of_form.any()]) > 1
    reason = f"is not a date from 1900 to 2100 written like {example}" + (
        ", as most of the column is" if mixed else "" if of_form.any() else " or 01/10/2017"
    )
    if american:
        reason = "is in a column of dates written month/day/year, which cannot be told from others: write 2017-10-01"
    return pa.array(days), [ValueFault("bad_date", reason, asked & np.isnat(days))]


def _american(texts: pa.Array, cells: Positions) -> bool:
    """Whether more cells can only be month/day/year than can only be day/month/year: then none of them is sure."""
    parts = pc.extract_regex(texts, r"^(?P<one>[0-9]{2})/(?P<two>[0-9]{2})/[0-9]{4}$")
    one, two = (pc.struct_field(parts, name).cast(pa.int64()).fill_null(0).to_numpy() for name in ("one", "two"))
    only_american, only_british = (one <= 12) & (two > 12), (one > 12) & (two <= 12)
    return int(cells[only_american].sum()) > int(cells[only_british].sum())


def _whole_numbers(texts: pa.Array, asked: Flags) -> _Conversion:
    whole, number = _matching(texts, _WHOLE), _matching(texts, _NUMBER)
    digits = pc.replace_substring_regex(pc.if_else(pa.array(whole), texts, "0"), r"^\+|\.0*$", "")
    values = pc.if_else(pa.array(whole), digits.cast(pa.int64()), pa.scalar(None, pa.int64()))
    return values, [
        ValueFault("not_a_number", "is not a whole number, such as 5", asked & ~number),
        ValueFault("not_whole", "is not a whole number, such as 5", asked & number & ~whole),
    ]


def _numbers(texts: pa.Array, asked: Flags) -> _Conversion:
    number = _matching(texts, _NUMBER)
    digits = pc.replace_substring_regex(pc.if_else(pa.array(number), texts, "0"), r"^\+", "")
    values = digits.cast(pa.float64())
    usable = number & flags_of(pc.is_finite(values))
    values = pc.if_else(pa.array(usable), values, pa.scalar(None, pa.float64()))
    return values, [ValueFault("not_a_number", "is not a number, such as 5 or 7.5", asked & ~usable)]


def _booleans(texts: pa.Array, asked: Flags) -> _Conversion:
    words = pc.utf8_lower(texts)
    true, false = (pc.is_in(words, value_set=pa.array(accepted)) for accepted in (_TRUE, _FALSE))
    values = pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))
    reason = "is none of Y, N, true, false, 1 and 0"
    return values, [ValueFault("bad_boolean", reason, asked & ~flags_of(pc.is_valid(values)))]


def _strings(texts: pa.Array, asked: Flags) -> _Conversion:
    """Any text will do, but for whole documents and for what no program writes on purpose."""
    long = flags_of(pc.greater(pc.utf8_length(texts), LONGEST_TEXT))
    control = _matching(texts, _CONTROL)
    usable = pc.if_else(pa.array(long | control), pa.scalar(None, pa.string()), texts)
    return usable, [
        ValueFault("too_long", f"is longer than {LONGEST_TEXT} characters", asked & long),
        ValueFault("control_character", "holds a control character, such as NUL", asked & control),
    ]


_CONVERSIONS = {
    Kind.STRING: _strings,
    Kind.INT: _whole_numbers,
    Kind.FLOAT: _numbers,
    Kind.BOOL: _booleans,
}


def _matching(texts: pa.Array, pattern: str) -> Flags:
    return flags_of(pc.match_substring_regex(texts, pattern))


def flags_of(mask: pa.BooleanArray) -> Flags:
    """An Arrow mask as flags; null is no."""
    flags: Flags = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return flags
