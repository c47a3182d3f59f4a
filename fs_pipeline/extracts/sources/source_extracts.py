"""An extract as a source holds it, over all quarters, and what a quarter's world holds of it, as a delivery.

What a reader of a format gives comes typed. Files and queries come as text, under their own names and codes: these are
mapped to the contract's. Whether a value can be used is not judged here.

The same rows give the same bytes, in whichever order the source has them and whatever it holds of later days: new
data of later quarters leave an earlier quarter's delivery as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fs_pipeline.arithmetic.columns import Dates, Flags, days
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import (
    FINDING_LINE,
    REJECTED_LINE,
    UNMAPPED,
    Cells,
    Places,
    as_text,
    count_codes,
    map_codes,
    no_lines,
    stripped,
)
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.cells.format_extracts import (
    FINDINGS,
    REJECTED,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    LinkQuality,
    SourceError,
    SourceReport,
)
from fs_pipeline.extracts.checks.conversion import convert
from fs_pipeline.extracts.checks.rules import after_quarter, later_events
from fs_pipeline.settings.sources import ExtractSource
from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.tables import Kind


@dataclass(frozen=True, eq=False)
class SourceExtract:
    """An extract over all quarters, as its source holds it.

    Attributes:
        extract: which extract it is.
        table: the contract's columns, as text; before linking by names, those too; and SOURCE_FILE and SOURCE_ROW.
        report: what was said of the rows.
        notes: findings about rows of the table, of files or a query; a format's reader gives those of the report.
        spells: of columns that depend on the day, when they are true.
    """

    extract: Extract
    table: pa.Table
    report: SourceReport
    notes: pd.DataFrame = field(default_factory=lambda: no_lines(FINDING_LINE))
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

    @property
    def places(self) -> Places:
        """Where each row stood."""
        files, rows = (self.table[name] for name in (SOURCE_FILE, SOURCE_ROW))
        numbers = rows.cast(pa.string()).to_numpy()
        return Places(files.to_numpy(), numbers, numbered=pa.types.is_integer(rows.type))

    def in_order(self) -> SourceExtract:
        """The same, its rows in order of the key: whatever order the source has them in."""
        names = [*self.extract.key, *(name for name in self.extract.names if name not in self.extract.key)]
        order = pc.sort_indices(self.table, sort_keys=[(name, "ascending") for name in names])
        return replace(self, table=self.table.take(order).combine_chunks())


def from_format(extract: Extract, read: FormatExtract, links: LinkQuality | None = None) -> SourceExtract:
    """What a reader of a format gives; `links` where its people were linked by names."""
    rows = read.rows
    table = pa.Table.from_pandas(rows[extract.names], schema=extract.schema, preserve_index=False)
    rejected, findings = (_as_shown(lines) for lines in (read.report.rejected, read.report.findings))
    report = replace(read.report, rejected=rejected, findings=findings, links=links)
    numbered = pd.api.types.is_integer_dtype(rows[SOURCE_ROW])
    places = {
        SOURCE_FILE: pa.array(rows[SOURCE_FILE].astype(str), pa.string()),
        SOURCE_ROW: pa.array(rows[SOURCE_ROW] if numbered else rows[SOURCE_ROW].astype(str)),
    }
    texts = {name: stripped(as_text(table[name])) for name in extract.names}
    return SourceExtract(extract, pa.table(texts | places), report, spells=read.spells).in_order()


def from_tables(extract: Extract, source: ExtractSource, tables: Sequence[Cells], key: str) -> SourceExtract:
    """What files or a query hold, under the contract's names and codes.

    A code without a mapping that is none of ours either stays in a column that must be filled, and the row is
    rejected for it later; in another column it is left blank, with a finding.

    Raises:
        SourceError: a column is missing, or there twice.
    """
    columns = {name: pa.string() for name in (*extract.names, *source.identity, SOURCE_FILE)}
    empty = pa.schema({**columns, SOURCE_ROW: pa.int64()}).empty_table()
    table = pa.concat_tables([empty, *(_renamed(extract, source, cells, key) for cells in tables)])
    notes = [no_lines(FINDING_LINE)]
    unmapped: dict[str, Mapping[str, int]] = {}
    for column, codes in source.codes.items():
        values, known = map_codes(table[column], codes, extract.contract(column).codes)
        unknown: Flags = pc.is_valid(table[column]).to_numpy() & ~known
        if unknown.any():
            unmapped[column] = count_codes(table[column].filter(pa.array(unknown)))
            if extract.contract(column).nullable:
                message = f"{column} has a code without a mapping in {key}.codes.{column}"
                places = table.select([SOURCE_FILE, SOURCE_ROW]).filter(pa.array(unknown)).to_pandas()
                said = dict(zip(FINDING_LINE[2:], (column, UNMAPPED, message), strict=True))
                notes.append(places.set_axis(FINDING_LINE[:2], axis=1).assign(**said).astype("str"))
                values = pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), values)
        table = _with(table, column, values)
    ragged = [line for cells in tables for line in cells.ragged_lines()]
    rejected = pd.DataFrame(ragged, columns=list(REJECTED_LINE), dtype="str").reindex(columns=list(REJECTED))
    report = SourceReport(_as_shown(rejected), _as_shown(no_lines(FINDINGS)), unmapped=unmapped)
    return SourceExtract(extract, table, report, pd.concat(notes, ignore_index=True)).in_order()


def with_files(of_format: SourceExtract, of_files: SourceExtract) -> SourceExtract:
    """A format's rows and those of files beside it, which stand in place of the format's rows of the same key."""
    keys = [_keys(rows) for rows in (of_format, of_files)]
    kept = ~np.isin(keys[0], keys[1])
    replaced = {"rows replaced by those of files": int((~kept).sum())} if not kept.all() else {}
    first, second = of_format.report, of_files.report
    report = SourceReport(
        pd.concat([first.rejected, second.rejected], ignore_index=True),
        pd.concat([first.findings, second.findings], ignore_index=True),
        {**first.ignored, **replaced},
        {**first.unmapped, **second.unmapped},
        first.links,
    )
    beside = of_files.table.cast(of_format.table.schema)
    table = pa.concat_tables([of_format.table.filter(pa.array(kept)), beside])
    return SourceExtract(of_format.extract, table, report, of_files.notes, of_format.spells).in_order()


def _renamed(extract: Extract, source: ExtractSource, cells: Cells, key: str) -> pa.Table:
    """The contract's columns of a table, as text: those mapped, and those that bear the contract's names.

    Dates are ISO then, in whichever form the table has them: beside it another may have the other form. Of people who
    are linked by names, the columns to link by follow; their `person_id`, a number of the partner's, may be missing.
    """
    ours = {name: name for name in extract.names} | {ours: theirs for theirs, ours in source.columns.items()}
    if source.identity and ours["person_id"] == "person_id" and cells.lacks(["person_id"]):
        del ours["person_id"]
    if missing := cells.lacks(ours.values()):
        raise SourceError(
            f"{cells.file} has no column {', '.join(missing)}: say in {key}.columns which of its columns "
            f"{'it is' if len(missing) == 1 else 'they are'}"
        )
    if twice := cells.repeats(ours.values()):
        raise SourceError(f"{cells.file} has more than one column {', '.join(twice)}: keep one of each")
    nothing = pa.nulls(len(cells.numbers), pa.string())
    texts = {name: cells.texts(theirs) for name, theirs in ours.items()}
    made = {name: _plain(texts.get(name, nothing), extract.contract(name)) for name in extract.names}
    identity = {name: texts[name] for name in source.identity}
    file = pa.array([cells.file] * len(cells.numbers), pa.string())
    return pa.table({**made, **identity, SOURCE_FILE: file, SOURCE_ROW: cells.numbers})


def _plain(texts: pa.ChunkedArray, column: ExtractColumn) -> pa.ChunkedArray:
    if column.kind is not Kind.DATE:
        return texts
    values = convert(texts, column)
    return pc.coalesce(values.values.take(pa.array(values.codes)).cast(pa.string()), texts)


def _keys(rows: SourceExtract) -> np.ndarray:
    texts = [rows.table[name].combine_chunks().fill_null("") for name in rows.extract.key]
    joined: np.ndarray = pc.binary_join_element_wise(*texts, "\x1f").to_numpy(zero_copy_only=False)
    return joined.astype(object)


def _as_shown(lines: pd.DataFrame) -> pd.DataFrame:
    """A reader's lines as text, but for their day."""
    return lines.astype("str").assign(date=pd.to_datetime(lines["date"]))


def cut(whole: SourceExtract, quarter: Quarter, *, by_quarter: bool) -> SourceExtract:
    """What was whole, as the quarter's last day knows it.

    Of a snapshot, without rows that start later, and without later ends and what came with them; of a quarter
    extract the rows dated in the quarter. Rows without a date that can be read stay, to be rejected. In `people`,
    those born later are not born yet.

    Args:
        whole: what was whole, in order of its key; it stays so.
        quarter: the quarter.
        by_quarter: the source was asked for this quarter alone: rows of a quarter extract that are dated outside it
            stay, to be rejected.
    """
    extract, dates, table = whole.extract, whole.dates, whole.table
    if extract.snapshot:
        kept = ~after_quarter(extract, quarter, dates)
        for column, later in later_events(extract, quarter, dates).items():
            table = _blanked(table, column, later)
        if extract.extract == "people":
            unborn = days(dates["date_of_birth"]) > np.datetime64(quarter.last_day)
            table = _blanked(table, "date_of_birth", unborn)
            table = _with(table, "sex", pc.if_else(pa.array(unborn), pa.scalar("U"), table["sex"]))
    elif by_quarter or dates.empty:
        kept = np.ones(len(table), dtype=np.bool_)
    else:
        kept = _in_quarter(dates[_dated_by(extract)], quarter)
    for column, spells in whole.spells.items():
        is_open = pa.array(_open(extract, table, spells, quarter))
        table = _with(table, column, pc.if_else(is_open, "Y", "N"))
    table = table.filter(pa.array(kept))
    there = table.select([SOURCE_FILE, SOURCE_ROW]).to_pandas().astype("str").set_axis(FINDING_LINE[:2], axis=1)
    findings = _until(extract, whole.report.findings, quarter, by_quarter)
    report = replace(
        whole.report,
        rejected=_sorted(_until(extract, whole.report.rejected, quarter, by_quarter)),
        findings=_sorted(pd.concat([findings, whole.notes.merge(there)], ignore_index=True)),
    )
    return replace(whole, table=table, report=report)


def delivery_of(whole: SourceExtract, source: str, read_at: datetime) -> Delivery:
    """What was cut, written as a delivery; `source` is how people are told of where it comes from."""
    path, content = Path(f"{whole.extract.extract}.csv"), _csv(whole.table.select(whole.extract.names))
    return Delivery(path, content, source, whole.report, read_at, whole.places)


def _dated_by(extract: Extract) -> str:
    return next(column.name for column in extract.columns if column.kind is Kind.DATE)


def _in_quarter(dates: pd.Series, quarter: Quarter) -> Flags:
    day = days(dates)
    inside: Flags = (day >= np.datetime64(quarter.first_day)) & (day <= np.datetime64(quarter.last_day))
    return inside | np.isnat(day)


def _with(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def _blanked(table: pa.Table, column: str, rows: Flags) -> pa.Table:
    return _with(table, column, pc.if_else(pa.array(rows), pa.scalar(None, table[column].type), table[column]))


def _open(extract: Extract, table: pa.Table, spells: pd.DataFrame, quarter: Quarter) -> Flags:
    """Rows whose key has a spell that is open at the quarter end: begun by it, and not over by it."""
    last = np.datetime64(quarter.last_day)
    start, end = days(spells["start_date"]), days(spells["end_date"])
    here = (start <= last) & (np.isnat(end) | (end > last))
    (key,) = extract.key
    now = pa.array(spells[key][here].astype(str), pa.string())
    flags: Flags = pc.is_in(table[key], value_set=now).to_numpy()
    return flags


def _until(extract: Extract, lines: pd.DataFrame, quarter: Quarter, by_quarter: bool) -> pd.DataFrame:
    """The lines that are of this quarter; those without a day are of all."""
    day = days(lines["date"])
    if by_quarter:
        kept = np.ones(len(lines), dtype=np.bool_)
    elif extract.snapshot:
        kept = ~(day > np.datetime64(quarter.last_day))
    else:
        kept = _in_quarter(lines["date"], quarter)
    return lines[kept].drop(columns="date").reset_index(drop=True)


def _sorted(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.sort_values(list(lines.columns), ignore_index=True)


def _csv(texts: pa.Table) -> bytes:
    """The table as CSV: unlike Parquet's, its bytes do not tell which version of a library wrote them."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(texts.column_names)
    buffer = pa.BufferOutputStream()
    pyarrow.csv.write_csv(texts, buffer, pyarrow.csv.WriteOptions(include_header=False))
    content: bytes = header.getvalue().encode() + buffer.getvalue().to_pybytes()
    return content
