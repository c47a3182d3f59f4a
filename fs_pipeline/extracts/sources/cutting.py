"""Cuts what was whole from a source to a quarter's world, and writes it as a delivery of that quarter.

The same rows give the same bytes, in whichever order the source has them and whatever it holds of later days: new
data of later quarters leave an earlier quarter's delivery as it is.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fs_pipeline.arithmetic.columns import Flags, days
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.checks.rules import after_quarter, later_events
from fs_pipeline.extracts.sources.source_extracts import SourceExtract
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.tables import Kind


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
            sex = pc.if_else(pa.array(unborn), pa.scalar("U"), table["sex"])
            table = table.set_column(table.column_names.index("sex"), "sex", sex)
    elif by_quarter or dates.empty:
        kept = np.ones(len(table), dtype=np.bool_)
    else:
        kept = _in_quarter(dates[_dated_by(extract)], quarter)
    for column, spells in whole.spells.items():
        open_now = pc.if_else(pa.array(_open(extract, table, spells, quarter)), "Y", "N")
        table = table.set_column(table.column_names.index(column), column, open_now)
    places = whole.report.places
    notes = [
        pd.DataFrame(
            {
                "file": places.files[note.rows & kept],
                "row": places.rows[note.rows & kept],
                "column": note.column,
                "rule": note.rule,
                "message": note.message,
            },
            dtype="str",
        )
        for note in whole.notes
    ]
    findings = _until(extract, whole.report.findings, quarter, by_quarter)
    report = replace(
        whole.report.at(kept),
        rejected=_sorted(_until(extract, whole.report.rejected, quarter, by_quarter)),
        findings=_sorted(pd.concat([findings, *notes], ignore_index=True)),
    )
    return SourceExtract(extract, table.filter(pa.array(kept)), report)


def delivery_of(whole: SourceExtract, source: str, read_at: datetime) -> Delivery:
    """What was cut, written as a delivery; `source` is how people are told of where it comes from."""
    return Delivery(Path(f"{whole.extract.extract}.csv"), _csv(whole.table), source, whole.report, read_at)


def _dated_by(extract: Extract) -> str:
    return next(column.name for column in extract.columns if column.kind is Kind.DATE)


def _in_quarter(dates: pd.Series, quarter: Quarter) -> Flags:
    day = days(dates)
    inside: Flags = (day >= np.datetime64(quarter.first_day)) & (day <= np.datetime64(quarter.last_day))
    return inside | np.isnat(day)


def _blanked(table: pa.Table, column: str, rows: Flags) -> pa.Table:
    if not rows.any():
        return table
    values = pc.if_else(pa.array(rows), pa.scalar(None, table[column].type), table[column])
    return table.set_column(table.column_names.index(column), column, values)


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
