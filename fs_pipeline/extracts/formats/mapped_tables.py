"""Reads a partner's tables (CSV, Excel, Parquet) into extracts, as a mapping says; NDTMS and Talking Therapies so.

A table may tell the same thing in several rows (NDTMS: a row for each modality and each TOP form of an episode): the
rows of a key become one. Of several files the last one that tells of a key counts, in the order of their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd

from fs_pipeline.extracts.cells.cells import NO_DAYS, UNMAPPED, Cells
from fs_pipeline.extracts.cells.deliveries import cells_of
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, Fault, arrow_texts
from fs_pipeline.extracts.formats.mapping import LEFT_ASIDE, OTHERWISE, ExtractMapping, Staged, TableSettings, shipped
from fs_pipeline.settings.sources import IDENTITY
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

_FILE_ORDER, _ENDED = "file_order", "group_ended"


def read_tables(files: Sequence[SourceFile], settings: TableSettings, over: str = "") -> FormatExtracts:
    """Extracts from tables, as the mapping says; it may lie over a shipped one (`ndtms`).

    Raises:
        SourceError: a file is no table, or lacks a column.
    """
    settings = settings.over(shipped(over)) if over else settings
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
        self._notes = ExtractNotes()
        for cells in tables:
            for row in cells.ragged:
                place = pd.DataFrame({SOURCE_FILE: [cells.file], SOURCE_ROW: [row.number]})
                words = f"the row has {len(row.cells)} cells, not {len(cells.headings)}"
                self._notes.reject(place, (np.array([0]), "", "ragged", words))

    def extract(self) -> FormatExtract:
        """The extract."""
        theirs = self._theirs  # rows in which all that is needed is blank hold nothing of this extract
        self._theirs = theirs[theirs[list(self._mapping.needed)].notna().all(axis=1)].reset_index(drop=True)
        if spread := self._mapping.spread:
            codes = {code.casefold() for code in spread.columns}
            other = (~self._theirs[spread.by].str.casefold().isin(codes)).to_numpy()
            self._theirs = self._notes.leave_aside(self._theirs, other, f"rows of other scores (by {spread.by})")
        ours = self._one_row_a_key(self._as_kinds(self._coded(self._ours())))
        if self._mapping.staged:
            ours = _with_stages(ours, self._mapping.staged)
        ours = self._derived(ours)
        names = [name for name in IDENTITY if name in ours and name not in self._extract.names]
        return self._notes.extract(self._extract, ours, beside=names)

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
            ours[name] = reduce(lambda joined, column: joined + "-" + column, [theirs[column] for column in columns])
        for name, columns in mapping.highest.items():
            numbers = theirs[list(columns)].apply(pd.to_numeric, errors="coerce")
            bad = theirs[list(columns)].notna() & numbers.isna()
            for column in columns:
                words = f"{column} is not a number; it is not counted"
                self._notes.find(theirs, bad[column].to_numpy(), column, "not_a_number", words)
            ours[name] = numbers.max(axis=1).map(lambda number: f"{number:g}", na_action="ignore").astype("str")
        if mapping.spread:
            code = theirs[mapping.spread.by].str.casefold()
            for score, name in mapping.spread.columns.items():
                ours[name] = ours[name].fillna(theirs[mapping.spread.value].where(code == score.casefold()))
        ended = bool(mapping.staged and mapping.staged.ended)
        ours[_ENDED] = theirs[mapping.staged.ended].notna() if ended and mapping.staged else False
        return pd.concat([ours, theirs[[SOURCE_FILE, SOURCE_ROW, _FILE_ORDER]]], axis=1)

    def _coded(self, ours: pd.DataFrame) -> pd.DataFrame:
        """Their codes as ours. A code without a mapping is blank with a finding, or rejects the row."""
        staged = self._mapping.staged.column if self._mapping.staged else ""
        for name, codes in self._mapping.codes.items():
            contract = self._extract.contract(name)
            aside = {code.casefold() for code, becomes in codes.items() if becomes == LEFT_ASIDE}
            on_purpose = ours[name].str.casefold().isin(aside).to_numpy()
            ours = self._notes.leave_aside(ours, on_purpose, f"rows whose {name} is left aside by the mapping")
            codes = {theirs: becomes for theirs, becomes in codes.items() if becomes != LEFT_ASIDE}
            values, unknown = self._notes.codes(ours, name, contract, codes)
            ours = ours.assign(**{name: values})
            words = f"{name} has a code without a mapping in the format's extracts.{self._extract.extract}.codes.{name}"
            fault = (unknown, name, UNMAPPED, words)
            if contract.nullable or name == staged:
                self._notes.find(ours, *fault)
                ours[name] = ours[name].mask(unknown)
            else:
                ours = self._notes.reject(ours, fault)
        return ours

    def _as_kinds(self, ours: pd.DataFrame) -> pd.DataFrame:
        """The columns in the contract's kinds; rows with a value that is none are rejected, as are blank keys."""
        # stages and derived codes come later, and a person without a number will be linked by name
        later = {*self._mapping.derived, self._mapping.staged.column if self._mapping.staged else ""}
        later |= {"person_id"} if self._mapping.made() & {"forename", "surname"} else set()
        values: dict[str, pd.Series] = {}
        faults: list[Fault] = []
        faulty = np.zeros(len(ours), dtype=np.bool_)  # the first fault of a row is enough
        for column in self._extract.columns:
            name, contract = column.name, self._extract.contract(column.name)
            cells = convert(arrow_texts(ours[name]), contract)
            values[name] = pd.Series(cells.series(np.arange(len(ours)))).astype(column.kind.pandas)
            wrongs = [(fault.distinct[cells.codes], fault.rule, fault.reason) for fault in cells.faults]
            no_day = cells.no_day[cells.codes]
            if contract.nullable:
                words = f"{name} is {NO_DAYS}, which is no day: taken as blank"
                self._notes.find(ours, no_day, name, "no_day", words)
            elif name not in later:
                wrongs.append((no_day, "bad_date", f"is {NO_DAYS}, which is no day, and must be filled"))
                wrongs.append((values[name].isna().to_numpy(), "blank", "is blank"))
            for wrong, rule, reason in wrongs:
                faults.append((wrong & ~faulty, name, rule, f"{name} {reason}"))
                faulty = faulty | wrong
        return self._notes.reject(ours.assign(**values), *faults)

    def _one_row_a_key(self, ours: pd.DataFrame) -> pd.DataFrame:
        """One row a key: of the last file that has it; of its rows the first filled value, unless told otherwise.

        People without a number are told apart by all that is known of them.
        """
        key = list(self._extract.key)
        if "person_id" in key:
            key += [name for name in IDENTITY if name in self._mapping.made() and name not in key]
        last = ours.groupby(key, dropna=False)[_FILE_ORDER].transform("max")
        earlier = (ours[_FILE_ORDER] < last).to_numpy()
        ours = self._notes.leave_aside(ours, earlier, "rows of which a later file tells again")
        groups = ours.groupby(key, sort=False, dropna=False)
        chosen = dict.fromkeys(self._mapping.earliest, "min") | dict.fromkeys(self._mapping.latest, "max")
        free = {*key, SOURCE_FILE, SOURCE_ROW, _FILE_ORDER, _ENDED, *chosen}
        first = ~ours.duplicated(key)
        for name in [name for name in ours.columns if name not in free]:
            wrong = first & (groups[name].transform("nunique") > 1)
            words = f"rows of the same key differ in {name}: the first counts"
            self._notes.find(ours, wrong.to_numpy(), name, "told_differently", words)
        if not first.all():
            self._notes.count("rows that tell more of another row's key", int((~first).sum()))
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
        if missing := cells.lacks(asked):
            raise SourceError(
                f"{cells.file} has no column {', '.join(missing)}, which {extract.extract} is made from: say in the "
                f'format\'s extracts.{extract.extract}.columns which of its columns it is, or map it to ""'
            )
        part = pd.DataFrame({name: cells.texts(name).to_pandas().astype("str") for name in asked})
        part = part.mask(part.apply(lambda column: column.str.casefold().isin(blanks)))
        part = part[part.notna().any(axis=1)]
        part[SOURCE_FILE], part[SOURCE_ROW] = cells.file, cells.numbers[part.index]
        part[_FILE_ORDER] = order
        parts.append(part)
    theirs = pd.concat(parts, ignore_index=True)
    places = {SOURCE_FILE: "str", SOURCE_ROW: "int64", _FILE_ORDER: "int64"}
    return theirs.reindex(columns=[*asked, *places]).astype({**dict.fromkeys(asked, "str"), **places})


def _with_stages(ours: pd.DataFrame, staged: Staged) -> pd.DataFrame:
    """The stages that the table does not tell."""
    ordered = ours.sort_values([staged.group, staged.date], kind="stable")
    groups = ordered.groupby(staged.group, sort=False)
    first = groups.cumcount() == 0
    last = groups.cumcount(ascending=False) == 0
    ended = groups[_ENDED].transform("max").astype("bool")
    initial, between, end = staged.stages
    stage = ordered[staged.column]
    blank = stage.isna()
    stage = stage.mask(blank & first, initial).mask(blank & ~first, between).mask(last & ended & ~first, end)
    return ours.assign(**{staged.column: stage})
