"""Reads a partner's tables (CSV, Excel, Parquet) into extracts, as a mapping says; NDTMS and Talking Therapies so.

A table may tell the same thing in several rows (NDTMS: a row for each modality and each TOP form of an episode): the
rows of a key become one. Of several files the last one that tells of a key counts, in the order of their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.files import cells_of
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.cells.texts import UNMAPPED, as_text, map_codes, stripped
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.extracts.formats.mapping import LEFT_ASIDE, OTHERWISE, ExtractMapping, Staged, TableSettings, shipped
from fs_pipeline.extracts.formats.source_tables import Notes, rejections
from fs_pipeline.settings.linking import IDENTITY
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

NDTMS_GIVES = ("substance_treatments", "top_forms")
TALKING_THERAPIES_GIVES = ("mental_health_scores",)
_FILE_ORDER, _ENDED = "file_order", "group_ended"


def read_ndtms(files: Sequence[SourceFile], settings: TableSettings) -> FormatExtracts:
    """Treatments and TOP forms from CSVs in the manner of NDTMS (formats/mappings/ndtms.toml says how).

    Raises:
        SourceError: a file is no table, or lacks a column.
    """
    return read_tables(files, settings.over(shipped("ndtms")))


def read_talking_therapies(files: Sequence[SourceFile], settings: TableSettings) -> FormatExtracts:
    """PHQ-9 and GAD-7 from CSVs in the manner of NHS Talking Therapies (formats/mappings/talking_therapies.toml).

    Raises:
        SourceError: a file is no table, or lacks a column.
    """
    return read_tables(files, settings.over(shipped("talking_therapies")))


def read_tables(files: Sequence[SourceFile], settings: TableSettings) -> FormatExtracts:
    """Extracts from tables, as the mapping says.

    Raises:
        SourceError: a file is no table, or lacks a column.
    """
    tables = [cells_of(file, "data") for file in files]
    return {
        name: _Table(EXTRACTS[name], mapping, settings, tables).extract() for name, mapping in settings.extracts.items()
    }


class _Table:
    """The rows of all files on their way to an extract, with what is said of them."""

    def __init__(
        self, extract: Extract, mapping: ExtractMapping, settings: TableSettings, tables: Sequence[Cells]
    ) -> None:
        self._extract, self._mapping = extract, mapping
        self._theirs = _theirs(extract, mapping, settings, tables)
        self._rejected, self._findings = rejections(), Notes()
        for cells in tables:
            self._rejected.add_ragged(cells)
        self._ignored: dict[str, int] = {}
        self._unmapped: dict[str, dict[str, int]] = {}

    def extract(self) -> FormatExtract:
        """The extract."""
        self._leave_aside(~self._theirs[list(self._mapping.needed)].notna().all(axis=1), "")
        if spread := self._mapping.spread:
            codes = {code.casefold() for code in spread.columns}
            other = ~self._theirs[spread.by].str.casefold().isin(codes)
            self._leave_aside(other, f"rows of other scores (by {spread.by})")
        ours = self._coded(self._ours())
        ours = self._as_kinds(ours)
        ours = self._one_row_a_key(ours)
        if self._mapping.staged:
            ours = _with_stages(ours, self._mapping.staged)
        ours = self._derived(ours)
        names = [*self._extract.names, *(name for name in IDENTITY if name in ours and name not in self._extract.names)]
        rows = ours[[*names, SOURCE_FILE, SOURCE_ROW]].reset_index(drop=True)
        return FormatExtract(
            rows,
            self._rejected.frame(),
            self._findings.frame(),
            self._ignored,
            unmapped=self._unmapped,
        )

    def _leave_aside(self, rows: pd.Series, words: str) -> None:
        """Leaves their rows aside; without words, because they hold nothing of this extract."""
        if words and rows.any():
            self._ignored[words] = self._ignored.get(words, 0) + int(rows.sum())
        self._theirs = self._theirs[~rows]

    def _ours(self) -> pd.DataFrame:
        """Our columns as text; what nothing makes is blank."""
        theirs, mapping = self._theirs, self._mapping
        blank: pd.Series = pd.Series(None, index=theirs.index, dtype="str")
        names = dict.fromkeys([*self._extract.names, *sorted(mapping.made() & set(IDENTITY))])
        ours = pd.DataFrame(dict.fromkeys(names, blank), index=theirs.index)
        for column, name in mapping.columns.items():
            if name:
                ours[name] = ours[name].fillna(theirs[column])
        for name, columns in mapping.joined.items():
            ours[name] = reduce(lambda joined, each: joined + "-" + each, [theirs[column] for column in columns])
        for name, columns in mapping.highest.items():
            numbers = theirs[list(columns)].apply(pd.to_numeric, errors="coerce")
            bad = theirs[list(columns)].notna() & numbers.isna()
            for column in columns:
                words = f"{column} is not a number; it is not counted"
                self._findings.add(theirs, bad[column].to_numpy(), column, "not_a_number", words)
            ours[name] = numbers.max(axis=1).map(lambda number: f"{number:g}", na_action="ignore").astype("str")
        if mapping.spread:
            code = theirs[mapping.spread.by].str.casefold()
            for given, name in mapping.spread.columns.items():
                ours[name] = ours[name].fillna(theirs[mapping.spread.value].where(code == given.casefold()))
        ended = bool(mapping.staged and mapping.staged.ended)
        ours[_ENDED] = theirs[mapping.staged.ended].notna() if ended and mapping.staged else False
        return pd.concat([ours, theirs[[SOURCE_FILE, SOURCE_ROW, _FILE_ORDER]]], axis=1)

    def _coded(self, ours: pd.DataFrame) -> pd.DataFrame:
        """Their codes as ours. A code without a mapping is blank with a finding, or rejects the row."""
        staged = self._mapping.staged.column if self._mapping.staged else ""
        for name, codes in self._mapping.codes.items():
            contract = self._extract.contract(name)
            texts = pa.chunked_array([pa.array(ours[name], pa.string(), from_pandas=True)])
            aside = {code.casefold() for code, becomes in codes.items() if becomes == LEFT_ASIDE}
            values, known = map_codes(texts, {code: each for code, each in codes.items() if each}, contract.codes)
            on_purpose = ours[name].str.casefold().isin(aside)
            if on_purpose.any():
                words = f"rows whose {name} is left aside by the mapping"
                self._ignored[words] = self._ignored.get(words, 0) + int(on_purpose.sum())
            unknown = ours[name].notna() & ~known & ~on_purpose
            if unknown.any():
                counts = ours.loc[unknown, name].value_counts()
                self._unmapped[name] = {str(code): int(count) for code, count in sorted(counts.items())}
            words = f"{name} has a code without a mapping in the format's extracts.{self._extract.extract}.codes.{name}"
            ours[name] = pd.Series(values.to_pandas().to_numpy(), index=ours.index).astype("str")
            if contract.nullable or name == staged:
                self._findings.add(ours, unknown.to_numpy(), name, UNMAPPED, words)
                ours[name] = ours[name].mask(unknown)
            else:
                self._rejected.add(ours, unknown.to_numpy(), name, UNMAPPED, words)
                ours = ours[~unknown]
            ours = ours[~on_purpose.reindex(ours.index)]
        return ours

    def _as_kinds(self, ours: pd.DataFrame) -> pd.DataFrame:
        """The columns in the contract's kinds; rows with a value that is none are rejected, as are blank keys."""
        # stages and derived codes come later, and a person without a number will be linked by name
        later = {*self._mapping.derived, self._mapping.staged.column if self._mapping.staged else ""}
        later |= {"person_id"} if self._mapping.made() & {"forename", "surname"} else set()
        made: dict[str, pd.Series] = {}
        gone = pd.Series(False, index=ours.index)
        for column in self._extract.columns:
            contract = self._extract.contract(column.name)
            column_of = convert(
                pa.chunked_array([pa.array(ours[column.name], pa.string(), from_pandas=True)]), contract
            )
            for fault in column_of.faults:
                wrong = pd.Series(fault.distinct[column_of.codes], index=ours.index)
                words = f"{column.name} {fault.reason}"
                self._rejected.add(ours, (wrong & ~gone).to_numpy(), column.name, fault.rule, words)
                gone |= wrong
            values: pd.Series = pd.Series(column_of.series(np.arange(len(ours)))).set_axis(ours.index)
            made[column.name] = values.astype(column.kind.pandas)
            if not contract.nullable and column.name not in later:
                blank = made[column.name].isna() & ~gone
                self._rejected.add(ours, blank.to_numpy(), column.name, "blank", f"{column.name} is blank")
                gone |= blank
        return ours.assign(**made)[~gone]

    def _one_row_a_key(self, ours: pd.DataFrame) -> pd.DataFrame:
        """One row a key: of the last file that has it; of its rows the first filled value, unless told otherwise.

        People without a number are told apart by all that is known of them.
        """
        key = list(self._extract.key)
        if "person_id" in key:
            key += [name for name in IDENTITY if name in self._mapping.made() and name not in key]
        last = ours.groupby(key, dropna=False)[_FILE_ORDER].transform("max")
        earlier = ours[_FILE_ORDER] < last
        if earlier.any():
            self._ignored["rows of which a later file tells again"] = int(earlier.sum())
        ours = ours[~earlier]
        groups = ours.groupby(key, sort=False, dropna=False)
        chosen = dict.fromkeys(self._mapping.earliest, "min") | dict.fromkeys(self._mapping.latest, "max")
        free = {*key, SOURCE_FILE, SOURCE_ROW, _FILE_ORDER, _ENDED, *chosen}
        first = ~ours.duplicated(key)
        for name in [name for name in ours.columns if name not in free]:
            wrong = first & (groups[name].transform("nunique") > 1)
            words = f"rows of the same key differ in {name}: the first counts"
            self._findings.add(ours, wrong.to_numpy(), name, "told_differently", words)
        if not first.all():
            self._ignored["rows that tell more of another row's key"] = int((~first).sum())
        how = {name: chosen.get(name, "max" if name == _ENDED else "first") for name in ours.columns if name not in key}
        return groups.agg(how).reset_index()[list(ours.columns)].astype(ours.dtypes)

    def _derived(self, ours: pd.DataFrame) -> pd.DataFrame:
        for name, codes in self._mapping.derived.items():
            value: pd.Series = pd.Series(codes.get(OTHERWISE), index=ours.index, dtype="str")
            for column, code in reversed([(column, code) for column, code in codes.items() if column != OTHERWISE]):
                value = value.mask(ours[column].notna(), code)
            ours = ours.assign(**{name: ours[name].fillna(value).astype("str")})
        return ours


def _theirs(
    extract: Extract, mapping: ExtractMapping, settings: TableSettings, tables: Sequence[Cells]
) -> pd.DataFrame:
    """Their columns that the mapping needs, as text, of all files, with the place of each row."""
    asked = mapping.asked()
    blanks = {word.casefold() for word in settings.blanks}
    parts = [pd.DataFrame({name: pd.Series(dtype="str") for name in asked})]
    for order, cells in enumerate(tables):
        headings = [heading.casefold() for heading in cells.headings]
        missing = [name for name in asked if name.casefold() not in headings]
        if missing:
            raise SourceError(
                f"{cells.file} has no column {', '.join(missing)}, which {extract.extract} is made from: say in the "
                f'format\'s extracts.{extract.extract}.columns which of its columns it is, or map it to ""'
            )
        texts = {
            name: stripped(as_text(cells.columns[headings.index(name.casefold())])).to_pandas().astype("str")
            for name in asked
        }
        part = pd.DataFrame(texts)
        part = part.mask(part.apply(lambda column: column.str.casefold().isin(blanks)))
        part = part[part.notna().any(axis=1)]
        part[SOURCE_FILE], part[SOURCE_ROW] = cells.file, cells.numbers[part.index]
        part[_FILE_ORDER] = order
        parts.append(part)
    made = pd.concat(parts, ignore_index=True)
    places = {SOURCE_FILE: "str", SOURCE_ROW: "int64", _FILE_ORDER: "int64"}
    return made.reindex(columns=[*asked, *places]).astype({**dict.fromkeys(asked, "str"), **places})


def _with_stages(ours: pd.DataFrame, staged: Staged) -> pd.DataFrame:
    """The stages that the table does not tell."""
    ordered = ours.sort_values([staged.group, staged.date], kind="stable")
    groups = ordered.groupby(staged.group, sort=False)
    first = groups.cumcount() == 0
    last = groups.cumcount(ascending=False) == 0
    ended = groups[_ENDED].transform("max").astype("bool")
    initial, between, end = staged.stages
    told = ordered[staged.column]
    stage = told.mask(told.isna() & first, initial).mask(told.isna() & ~first, between).mask(last & ended & ~first, end)
    return ours.assign(**{staged.column: stage})
