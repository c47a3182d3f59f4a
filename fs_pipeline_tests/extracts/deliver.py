"""Text tables delivered as real files of each format, and what the check makes of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.toolkit.extracts import EXTRACTS

QUARTER = Quarter.parse("2017-10-01")
FORMATS = ("csv", "xlsx", "parquet")


def table(text: str) -> list[list[str]]:
    """The cells of a table whose columns are separated by bars."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def csv_bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def xlsx_bytes(rows: list[list[object]], *, at: tuple[int, int] = (0, 0), sheet: str = "Sheet1") -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        worksheet = workbook.add_worksheet(sheet)
        for row_number, row in enumerate(rows):
            for column_number, cell in enumerate(row):
                place = (at[0] + row_number, at[1] + column_number)
                if isinstance(cell, str) and cell.startswith("#"):
                    worksheet.write_formula(*place, "=1/0", None, cell)
                elif isinstance(cell, str):
                    worksheet.write_string(*place, cell)
                elif hasattr(cell, "year"):
                    worksheet.write_datetime(*place, cell, day)
                elif cell is not None:
                    worksheet.write(*place, cell)
    return content.getvalue()


def parquet_bytes(rows: list[list[str]]) -> bytes:
    columns = [pa.array([cell or None for cell in column], pa.string()) for column in zip(*rows[1:], strict=True)]
    return arrow_bytes(pa.table(columns or [pa.array([], pa.string())] * len(rows[0]), names=rows[0]))


def arrow_bytes(arrow: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(arrow, content)
    return content.getvalue()


def put(folder: Path, name: str, content: bytes) -> Path:
    place = folder / "extracts" / QUARTER.key
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)
    return folder / "extracts"


def check(
    folder: Path,
    extract: str,
    content: bytes | str,
    form: str = "csv",
    *,
    people: str | None = None,
    families: str | None = None,
) -> CheckedExtract:
    """What the check makes of a file: its bytes, or a text table to be written in that format."""
    if isinstance(content, str):
        rows = table(content)
        content = {"csv": csv_bytes, "xlsx": xlsx_bytes, "parquet": parquet_bytes}[form](rows)
    found = find_delivery(put(folder, f"{extract}.{form}", content), QUARTER, EXTRACTS[extract])
    references = {
        "people": None if people is None else pd.DataFrame({"person_id": people.split()}, dtype="str"),
        "family_members": None if families is None else pd.DataFrame({"family_id": families.split()}, dtype="str"),
    }
    return check_extract(EXTRACTS[extract], QUARTER, found, required=True, references=references)


def shown(frame: pd.DataFrame, *columns: str) -> list[str]:
    """The rows of some columns as text, blanks as nothing: `P1 2017-10-01`."""
    chosen = frame[list(columns)]
    texts = chosen.astype("str").mask(chosen.isna(), "")
    return [" ".join(filter(None, row)) for row in texts.itertuples(index=False)]


def rejects(checked: CheckedExtract) -> list[str]:
    """Row, address and rule of each rejected row."""
    return [f"{row.row}: {row.column}: {row.rule}" for row in checked.rejected.itertuples()]


def found(checked: CheckedExtract) -> list[str]:
    """Row, address and rule of each finding."""
    return [f"{row.row}: {row.column}: {row.rule}" for row in checked.findings.itertuples()]
