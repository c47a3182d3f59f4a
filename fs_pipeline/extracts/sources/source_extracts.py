"""An extract as a source holds it, over all quarters: the contract's columns as text, and where each row stands.

What a reader of a format gives comes typed. Files and queries come as text, under their own names and codes: these are
mapped to the contract's. Whether a value can be used is not judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.extracts.cells.cells import (
    UNMAPPED,
    Cells,
    Places,
    as_text,
    count_codes,
    map_codes,
    no_lines,
    stripped,
)
from fs_pipeline.extracts.cells.format_extracts import (
    FINDINGS,
    REJECTED,
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    LinkQuality,
    SourceError,
    SourceReport,
)
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.settings.sources import ExtractSource
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.tables import Kind


@dataclass(frozen=True, eq=False)
class Note:
    """A finding about rows of a source: which rows, at which column, by which rule, and what is amiss."""

    column: str
    rule: str
    message: str
    rows: Flags


@dataclass(frozen=True, eq=False)
class SourceExtract:
    """An extract over all quarters, as its source holds it.

    Attributes:
        extract: which extract it is.
        table: the contract's columns, as text; before linking by names, those too.
        report: where each row stood, and what was said of them.
        notes: findings about the rows of the table, of files or a query; a format's reader gives findings.
        spells: of columns that depend on the day, when they are true.
    """

    extract: Extract
    table: pa.Table
    report: SourceReport
    notes: tuple[Note, ...] = ()
    spells: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def dates(self) -> pd.DataFrame:
        """Every column of dates, as days; what is no date is blank."""
        dates: dict[str, Dates] = {}
        for column in self.extract.columns:
            if column.kind is Kind.DATE:
                values = convert(self.table[column.name], self.extract.contract(column.name))
                dates[column.name] = values.dates[values.codes].astype("datetime64[s]")
        return pd.DataFrame(dates, index=range(len(self.table)))

    def in_order(self) -> SourceExtract:
        """The same, its rows in order of the key: whatever order the source has them in."""
        names = [*self.extract.key, *(name for name in self.extract.names if name not in self.extract.key)]
        order = pc.sort_indices(self.table, sort_keys=[(name, "ascending") for name in names])
        rows = order.to_numpy()
        return replace(
            self,
            table=self.table.take(order).combine_chunks(),
            report=self.report.at(rows),
            notes=tuple(replace(note, rows=note.rows[rows]) for note in self.notes),
        )


def from_format(extract: Extract, read: FormatExtract, links: LinkQuality | None = None) -> SourceExtract:
    """What a reader of a format gives; `links` where its people were linked by names."""
    rows = read.rows
    table = pa.Table.from_pandas(rows[extract.names], schema=extract.schema, preserve_index=False)
    numbered = pd.api.types.is_integer_dtype(rows[SOURCE_ROW])
    report = SourceReport(
        Places(_objects(rows[SOURCE_FILE]), _objects(rows[SOURCE_ROW]), numbered),
        _lines(read.rejected, REJECTED),
        _lines(read.findings, FINDINGS),
        read.ignored,
        read.unmapped,
        links,
    )
    texts = pa.table({name: stripped(as_text(table[name])) for name in extract.names})
    return SourceExtract(extract, texts, report, spells=read.spells).in_order()


def from_tables(extract: Extract, source: ExtractSource, tables: Sequence[Cells], key: str) -> SourceExtract:
    """What files or a query hold, under the contract's names and codes.

    A code without a mapping that is none of ours either stays in a column that must be filled, and the row is
    rejected for it later; in another column it is left blank, with a finding.

    Raises:
        SourceError: a column is missing, or there twice.
    """
    empty = pa.table({name: pa.array([], pa.string()) for name in (*extract.names, *source.identity)})
    table = pa.concat_tables([empty, *(_renamed(extract, source, cells, key) for cells in tables)])
    notes: list[Note] = []
    unmapped: dict[str, Mapping[str, int]] = {}
    for column, codes in source.codes.items():
        values, known = map_codes(table[column], codes, extract.contract(column).codes)
        unknown: Flags = pc.is_valid(table[column]).to_numpy() & ~known
        if unknown.any():
            unmapped[column] = count_codes(table[column].filter(pa.array(unknown)))
            if extract.contract(column).nullable:
                message = f"{column} has a code without a mapping in {key}.codes.{column}"
                notes.append(Note(column, UNMAPPED, message, unknown))
                values = pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), values)
        table = table.set_column(extract.names.index(column), column, values)
    ragged = [
        (cells.file, str(row.number), "", "ragged", f"the row has {len(row.cells)} cells, the header has {width}")
        for cells in tables
        for width in [len(cells.headings)]
        for row in cells.ragged
    ]
    nothing = np.empty(0, dtype=object)
    places = Places(
        np.concatenate([nothing, *(np.full(len(cells.numbers), cells.file, dtype=object) for cells in tables)]),
        np.concatenate([nothing, *(cells.numbers.astype(str).astype(object) for cells in tables)]),
        numbered=True,
    )
    rejected = _lines(pd.DataFrame(ragged, columns=list(REJECTED)), REJECTED)
    report = SourceReport(places, rejected, _lines(no_lines(FINDINGS), FINDINGS), unmapped=unmapped)
    return SourceExtract(extract, table, report, tuple(notes)).in_order()


def with_files(of_format: SourceExtract, of_files: SourceExtract) -> SourceExtract:
    """A format's rows and those of files beside it, which stand in place of the format's rows of the same key."""
    keys = [_keys(rows) for rows in (of_format, of_files)]
    kept = ~np.isin(keys[0], keys[1])
    replaced = {"rows replaced by those of files": int((~kept).sum())} if not kept.all() else {}
    before = np.zeros(int(kept.sum()), dtype=np.bool_)
    first, second = of_format.report.at(kept), of_files.report
    report = SourceReport(
        Places(
            np.concatenate([first.places.files, second.places.files]),
            np.concatenate([first.places.rows, second.places.rows]),
            first.places.numbered,
        ),
        pd.concat([first.rejected, second.rejected], ignore_index=True),
        pd.concat([first.findings, second.findings], ignore_index=True),
        {**first.ignored, **replaced},
        {**first.unmapped, **second.unmapped},
        first.links,
    )
    return SourceExtract(
        of_format.extract,
        pa.concat_tables([of_format.table.filter(pa.array(kept)), of_files.table]),
        report,
        tuple(replace(note, rows=np.concatenate([before, note.rows])) for note in of_files.notes),
        of_format.spells,
    ).in_order()


def _renamed(extract: Extract, source: ExtractSource, cells: Cells, key: str) -> pa.Table:
    """The contract's columns of a table, as text: those mapped, and those that bear the contract's names.

    Dates are ISO then, in whichever form the table has them: beside it another may have the other form. Of people who
    are linked by names, the columns to link by follow; their `person_id`, a number of the partner's, may be missing.
    """
    headings = [heading.strip().lower() for heading in cells.headings]
    ours = {name: name for name in extract.names} | {ours: theirs for theirs, ours in source.columns.items()}
    if source.identity and ours["person_id"] == "person_id" and "person_id" not in headings:
        del ours["person_id"]
    missing = [theirs for theirs in ours.values() if theirs.strip().lower() not in headings]
    if missing:
        raise SourceError(
            f"{cells.file} has no column {', '.join(missing)}: say in {key}.columns which of its columns "
            f"{'it is' if len(missing) == 1 else 'they are'}"
        )
    twice = [theirs for theirs in ours.values() if headings.count(theirs.strip().lower()) > 1]
    if twice:
        raise SourceError(f"{cells.file} has more than one column {', '.join(twice)}: keep one of each")
    columns = {name: cells.columns[headings.index(theirs.strip().lower())] for name, theirs in ours.items()}
    made = {
        name: _plain(columns[name], extract.contract(name))
        if name in columns
        else pa.nulls(len(cells.numbers), pa.string())
        for name in extract.names
    }
    return pa.table(made | {name: stripped(as_text(columns[name])) for name in source.identity})


def _plain(cells: pa.ChunkedArray, column: ExtractColumn) -> pa.ChunkedArray:
    texts = stripped(as_text(cells))
    if column.kind is not Kind.DATE:
        return texts
    values = convert(texts, column)
    return pc.coalesce(values.values.take(pa.array(values.codes)).cast(pa.string()), texts)


def _keys(rows: SourceExtract) -> np.ndarray:
    texts = [rows.table[name].combine_chunks().fill_null("") for name in rows.extract.key]
    joined: np.ndarray = pc.binary_join_element_wise(*texts, "\x1f").to_numpy(zero_copy_only=False)
    return joined.astype(object)


def _objects(values: pd.Series) -> np.ndarray:
    return values.astype(str).to_numpy(dtype=object)


def _lines(lines: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Lines with the names of the files in which they are shown, and with the day of their event."""
    dates = lines.get(SOURCE_DATE, pd.NaT)
    lines = lines[list(columns)].astype("str").set_axis(["file", "row", "column", "rule", columns[-1]], axis=1)
    return lines.assign(date=pd.to_datetime(pd.Series(dates, index=lines.index)))
