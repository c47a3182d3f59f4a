"""Whatever valid table is written, in whatever format and order: the same rows come back."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.extracts.deliver import QUARTER, arrow_bytes, check, csv_bytes, parquet_bytes, xlsx_bytes

NAMES = [name for name in EXTRACTS if name not in ("health_activity", "family_members")]
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs", "Cn", "Z")),
    min_size=1,
    max_size=6,
).filter(lambda text: not text.startswith("#"))


def cells(extract: Extract, name: str) -> st.SearchStrategy:
    column = extract.contract(name)
    first = date(1990, 1, 1) if extract.snapshot else QUARTER.first_day
    values = {
        Kind.STRING: st.sampled_from(column.codes) if column.codes else TEXTS,
        Kind.DATE: st.just(first) if column.starts else st.dates(first, QUARTER.last_day),
        Kind.INT: st.integers(int(column.minimum or 0), int(column.maximum or 1000)),
        Kind.FLOAT: st.integers(0, int(4 * (column.maximum or 1000))).map(lambda quarters: quarters / 4),
        Kind.BOOL: st.booleans(),
    }[column.kind]
    return st.none() | values if column.nullable else values


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, pd.DataFrame]:
    extract = EXTRACTS[draw(st.sampled_from(NAMES))]
    row = st.fixed_dictionaries({name: cells(extract, name) for name in extract.names})
    rows = draw(st.lists(row, max_size=6, unique_by=lambda row: tuple(row[name] for name in extract.key)))
    return extract.extract, extract.frame({name: [row[name] for row in rows] for name in extract.names})


def written(frame: pd.DataFrame, kinds: dict[str, Kind], *, uk: bool) -> list[list[str]]:
    def text(value: object, kind: Kind) -> str:
        if pd.isna(value):
            return ""
        if kind is Kind.DATE:
            return f"{value:%d/%m/%Y}" if uk else f"{value:%Y-%m-%d}"
        return ("N", "Y")[bool(value)] if kind is Kind.BOOL else str(value)

    rows = [[text(value, kinds[name]) for name, value in row.items()] for row in frame.to_dict("records")]
    return [list(frame), *rows]


@settings(max_examples=60)
@given(frames(), st.booleans(), st.randoms())
def test_what_is_written_is_read(given_frame, uk, random):
    extract, frame = given_frame
    table = EXTRACTS[extract]
    kinds = {column.name: column.kind for column in table.columns}
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000))[random.sample(table.names, len(table.names))]
    rows = written(shuffled, kinds, uk=uk)
    typed = [
        rows[0],
        *([None if pd.isna(value) else value for value in row] for row in shuffled.astype(object).to_numpy()),
    ]
    files = {
        "csv": csv_bytes(rows),
        "xlsx": xlsx_bytes(rows),
        "parquet": parquet_bytes(rows),
        "typed xlsx": xlsx_bytes(typed),
        "typed parquet": arrow_bytes(
            pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False).select(rows[0])
        ),
    }
    for form, content in files.items():
        with TemporaryDirectory() as folder:
            checked = check(Path(folder), extract, content, form.split()[-1])
        assert checked.counts["used"] == len(frame), (form, checked.rejected)
        pd.testing.assert_frame_equal(checked.rows, frame)


CELLS = st.sampled_from(["M1", "P1", "2017-10-01", "", " ", '"', '"x', "é", "a\nb", "2018-01-01", ",", "#N/A"])


@settings(max_examples=300)
@given(st.lists(st.lists(CELLS, max_size=4), max_size=8), st.booleans())
def test_every_row_of_any_file_is_accounted_for(lines, quoted):
    header = ["marac_id", "person_id", "referral_date"]
    content = csv_bytes([header, *lines]) if quoted else "\n".join(map(",".join, [header, *lines])).encode()
    with TemporaryDirectory() as folder:
        try:
            checked = check(Path(folder), "marac_referrals", content)
        except ExtractRefused:
            return
    counts = checked.counts
    parts = ("used", "rejected", "duplicates", "after_quarter")
    assert counts["delivered"] == sum(counts[part] for part in parts)
    assert len(checked.rejected) == counts["rejected"]
    if quoted:
        assert counts["delivered"] == sum(any(cell.strip() for cell in line) for line in lines)
