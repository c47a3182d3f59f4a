"""Small files written from text tables, read, and what was said of their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from fs_pipeline.extracts.cells.format_extracts import FormatExtract, SourceFile

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder shared/samples is not beside the clone")


def sample_files(pattern: str) -> list[SourceFile]:
    return [SourceFile(path, path.relative_to(SAMPLES).as_posix()) for path in sorted(SAMPLES.glob(pattern))]


def files(folder: Path, **texts: str) -> list[SourceFile]:
    """Files named by keyword (`episodes_2020` is `episodes_2020.csv`), bars for commas, blanks around cells gone."""
    made = []
    for name, text in texts.items():
        lines = [",".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]
        path = folder / f"{name}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made.append(SourceFile(path, path.name))
    return made


def rows(landed: FormatExtract, *columns: str) -> list[tuple[object, ...]]:
    """The rows, days as dd/mm/yyyy and blanks as ""."""

    def cell(value: object) -> object:
        return f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else value

    frame = landed.rows[list(columns)].astype(object)
    return [tuple(map(cell, row)) for row in frame.where(frame.notna(), "").itertuples(index=False)]


def told(landed: FormatExtract) -> set[tuple[str, int, str]]:
    """What was said of rows: column, row and rule of findings."""
    lines = landed.report.findings
    return set(zip(lines["column"], lines["row"], lines["rule"], strict=True))


def left_out(landed: FormatExtract) -> set[tuple[str, int, str]]:
    """The rejected rows: column, row and rule."""
    lines = landed.report.rejected
    return set(zip(lines["column"], lines["row"], lines["rule"], strict=True))


def words(landed: FormatExtract) -> str:
    """All that was said."""
    lines = [
        *landed.report.findings["message"],
        *landed.report.rejected["reason"],
        *landed.report.ignored,
        *landed.report.findings["file"],
    ]
    return "\n".join(lines)
