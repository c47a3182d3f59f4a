"""An extract as it was taken from a source, over all quarters: the contract's columns, and where each row stood.

What a reader of a format gave comes typed. Files and queries come as text, under their own names and codes: these are
mapped to the contract's. Whether a value can be used is not judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.extracts.cells.cells import Cells
from fs_pipeline.extracts.cells.deliveries import Places
from fs_pipeline.extracts.cells.landing import (
    FINDINGS,
    REJECTED,
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    Landed,
    SourceError,
)
from fs_pipeline.extracts.cells.link_quality import LinkQuality
from fs_pipeline.extracts.cells.texts import UNMAPPED, as_text, count_codes, map_codes, stripped
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.settings.sources import ExtractSource
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.kinds import Kind

Texts: TypeAlias = np.ndarray
"""Texts, as Python objects."""


@dataclass(frozen=True, eq=False)
class Note:
    """A finding about rows that were taken: which rows, at which column, by which rule, and what is amiss."""

    column: str
    rule: str
    message: str
    rows: Flags


@dataclass(frozen=True, eq=False)
class Taken:
    """An extract over all quarters, as it was taken from its source.

    Attributes:
        extract: which extract it is.
        table: the contract's columns, as text; before linking by names, those too.
        places: where each row stood.
        rejected: what could not be used: file, row, column, rule, reason, date.
        findings: what looks wrong: file, row, column, rule, message, date.
        notes: findings about the rows of the table.
        ignored: what was left aside on purpose, with its count.
        unmapped: codes without a mapping, with their counts, by column.
        spells: of columns that depend on the day, when they are true.
        links: how well its source's people were linked to ours, when they were linked by names.
    """

    extract: Extract
    table: pa.Table
    places: Places
    rejected: pd.DataFrame
    findings: pd.DataFrame
    notes: tuple[Note, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    unmapped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    spells: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    links: LinkQuality | None = None

    @cached_property
    def dates(self) -> pd.DataFrame:
        """Every column of dates, as days; what is no date is blank."""
        found: dict[str, Dates] = {}
        for column in self.extract.columns:
            if column.kind is Kind.DATE:
                values = convert(self.table[column.name], self.extract.contract(column.name))
                found[column.name] = values.dates[values.codes].astype("datetime64[s]")
        return pd.DataFrame(found, index=range(len(self.table)))

    def in_order(self) -> Taken:
        """The same, its rows in order of the key: whatever order the source has them in."""
        names = [*self.extract.key, *(name for name in self.extract.names if name not in self.extract.key)]
        order = pc.sort_indices(self.table, sort_keys=[(name, "ascending") for name in names])
        rows = order.to_numpy()
        return replace(
            self,
            table=self.table.take(order).combine_chunks(),
            places=Places(self.places.files[rows], self.places.rows[rows], self.places.numbered),
            notes=tuple(replace(note, rows=note.rows[rows]) for note in self.notes),
        )


@dataclass(frozen=True, eq=False)
class Given:
    """A table of a source as given: its headings and cells, and where its rows stand."""

    name: str
    headings: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    rows: Texts
    ragged: tuple[tuple[int, str], ...] = ()

    @classmethod
    def file(cls, cells: Cells) -> Given:
        """A file's cells."""
        width = len(cells.headings)
        ragged = tuple(
            (row.number, f"the row has {len(row.cells)} cells, the header has {width}") for row in cells.ragged
        )
        return cls(cells.file, cells.headings, cells.columns, cells.numbers.astype(str).astype(object), ragged)

    @classmethod
    def result(cls, name: str, table: pa.Table) -> Given:
        """A query's rows, numbered as they came."""
        numbers = np.arange(1, table.num_rows + 1).astype(str).astype(object)
        return cls(name, tuple(table.column_names), tuple(table.columns), numbers)


def taken_from_landed(extract: Extract, landed: Landed) -> Taken:
    """What a reader of a format gave."""
    rows = landed.rows
    table = pa.Table.from_pandas(rows[extract.names], schema=extract.schema, preserve_index=False)
    numbered = pd.api.types.is_integer_dtype(rows[SOURCE_ROW])
    return Taken(
        extract,
        pa.table({name: stripped(as_text(table[name])) for name in extract.names}),
        Places(_objects(rows[SOURCE_FILE]), _objects(rows[SOURCE_ROW]), numbered),
        _lines(landed.rejected, REJECTED),
        _lines(landed.findings, FINDINGS),
        ignored=landed.ignored,
        unmapped=landed.unmapped,
        spells=landed.spells,
    ).in_order()


def taken_from_tables(extract: Extract, source: ExtractSource, tables: Sequence[Given], key: str) -> Taken:
    """What files or a query gave, under the contract's names and codes.

    A code without a mapping that is none of ours either stays in a column that must be filled, and the row is
    rejected for it later; in another column it is left blank, with a finding.

    Raises:
        SourceError: a column is missing, or there twice.
    """
    parts = [_renamed(extract, source, given, key) for given in tables]
    empty = pa.table({name: pa.array([], pa.string()) for name in (*extract.names, *source.identity)})
    table = pa.concat_tables([empty, *parts])
    notes: list[Note] = []
    unmapped: dict[str, Mapping[str, int]] = {}
    for column, codes in source.codes.items():
        values, known = map_codes(table[column], codes, extract.contract(column).codes)
        given = pc.is_valid(table[column]).to_numpy()
        unknown: Flags = given & ~known
        if unknown.any():
            unmapped[column] = count_codes(table[column].filter(pa.array(unknown)))
            if extract.contract(column).nullable:
                notes.append(
                    Note(column, UNMAPPED, f"{column} has a code without a mapping in {key}.codes.{column}", unknown)
                )
                values = pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), values)
        table = table.set_column(extract.names.index(column), column, values)
    files = [np.full(len(given.rows), given.name, dtype=object) for given in tables]
    nothing = np.empty(0, dtype=object)
    ragged = [
        (given.name, str(number), "", "ragged", reason, pd.NaT) for given in tables for number, reason in given.ragged
    ]
    return Taken(
        extract,
        table,
        Places(
            np.concatenate([nothing, *files]),
            np.concatenate([nothing, *(given.rows for given in tables)]),
            numbered=True,
        ),
        _lines(pd.DataFrame(ragged, columns=[*REJECTED, SOURCE_DATE]), REJECTED),
        _lines(pd.DataFrame(columns=list(FINDINGS)), FINDINGS),
        tuple(notes),
        unmapped=unmapped,
    ).in_order()


def with_files(of_format: Taken, of_files: Taken) -> Taken:
    """A format's rows and those of files beside it, which stand in place of the format's rows of the same key."""
    keys = [_keys(taken) for taken in (of_format, of_files)]
    kept = ~np.isin(keys[0], keys[1])
    of_format_alone = int(kept.sum())
    replaced = {"rows replaced by those of files": int((~kept).sum())} if not kept.all() else {}
    notes = [
        *(replace(note, rows=_extended(note.rows[kept], 0, len(of_files.table))) for note in of_format.notes),
        *(replace(note, rows=_extended(note.rows, of_format_alone, 0)) for note in of_files.notes),
    ]
    return Taken(
        of_format.extract,
        pa.concat_tables([of_format.table.filter(pa.array(kept)), of_files.table]),
        Places(
            np.concatenate([of_format.places.files[kept], of_files.places.files]),
            np.concatenate([of_format.places.rows[kept], of_files.places.rows]),
            of_format.places.numbered,
        ),
        pd.concat([of_format.rejected, of_files.rejected], ignore_index=True),
        pd.concat([of_format.findings, of_files.findings], ignore_index=True),
        tuple(notes),
        {**of_format.ignored, **replaced},
        {**of_format.unmapped, **of_files.unmapped},
        of_format.spells,
        of_format.links,
    ).in_order()


def _renamed(extract: Extract, source: ExtractSource, given: Given, key: str) -> pa.Table:
    """The contract's columns of a table, as text: those mapped, and those that bear the contract's names.

    Dates are ISO then, in whichever form the table has them: beside it another may have the other form. Of people who
    are linked by names, the columns to link by follow; their `person_id`, a number of the partner's, may be missing.
    """
    headings = [heading.strip().lower() for heading in given.headings]
    ours = {name: name for name in extract.names} | {ours: theirs for theirs, ours in source.columns.items()}
    if source.identity and ours["person_id"] == "person_id" and "person_id" not in headings:
        del ours["person_id"]
    missing = [theirs for theirs in ours.values() if theirs.strip().lower() not in headings]
    if missing:
        raise SourceError(
            f"{given.name} has no column {', '.join(missing)}: say in {key}.columns which of its columns "
            f"{'it is' if len(missing) == 1 else 'they are'}"
        )
    twice = [theirs for theirs in ours.values() if headings.count(theirs.strip().lower()) > 1]
    if twice:
        raise SourceError(f"{given.name} has more than one column {', '.join(twice)}: keep one of each")
    cells = {name: given.columns[headings.index(theirs.strip().lower())] for name, theirs in ours.items()}
    made = {
        name: _plain(cells[name], extract.contract(name)) if name in cells else pa.nulls(len(given.rows), pa.string())
        for name in extract.names
    }
    return pa.table(made | {name: stripped(as_text(cells[name])) for name in source.identity})


def _plain(cells: pa.ChunkedArray, column: ExtractColumn) -> pa.ChunkedArray:
    texts = stripped(as_text(cells))
    if column.kind is not Kind.DATE:
        return texts
    values = convert(texts, column)
    return pc.coalesce(values.values.take(pa.array(values.codes)).cast(pa.string()), texts)


def _keys(taken: Taken) -> np.ndarray:
    texts = [taken.table[name].combine_chunks().fill_null("") for name in taken.extract.key]
    joined: np.ndarray = pc.binary_join_element_wise(*texts, "\x1f").to_numpy(zero_copy_only=False)
    return joined.astype(object)


def _extended(rows: Flags, before: int, after: int) -> Flags:
    return np.concatenate([np.zeros(before, dtype=np.bool_), rows, np.zeros(after, dtype=np.bool_)])


def _objects(values: pd.Series) -> Texts:
    return values.astype(str).to_numpy(dtype=object)


def _lines(told: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Lines with the names of the files in which they are shown, and with the day of their event."""
    lines = told[list(columns)].astype("str").set_axis(["file", "row", "column", "rule", columns[-1]], axis=1)
    dated = told.get(SOURCE_DATE, pd.NaT)
    return lines.assign(date=pd.to_datetime(pd.Series(dated, index=lines.index)))
