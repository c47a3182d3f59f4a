"""Mutations of a delivery as a workbook or a Parquet file: of its archive, of its parts, of its cells and types."""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.extracts.mutated import Mutated, Sheet, midnight, some

MUTATIONS: dict[str, Callable[[Sheet, random.Random], Mutated]] = {}
_Cells = list[list[object]]
_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def _mutation(make: Callable[[Sheet, random.Random], Mutated]) -> Callable[[Sheet, random.Random], Mutated]:
    MUTATIONS[make.__name__] = make
    return make


def workbook(cells: _Cells, *, at: tuple[int, int] = (0, 0), **options: object) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        day, sheet = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_worksheet()
        for number, row in enumerate(cells, at[0]):
            for place, cell in enumerate(row, at[1]):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif isinstance(cell, bool):
                    sheet.write_boolean(number, place, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif cell is not None:
                    sheet.write(number, place, cell)
    return content.getvalue()


def _with_parts(content: bytes, **parts: Callable[[bytes], bytes | None]) -> bytes:
    """The workbook with parts changed, or left out where nothing comes back."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            for suffix, change in parts.items():
                inside = change(old.read(name)) if name.endswith(f"{suffix}.xml") else old.read(name)
                if inside is not None:
                    new.writestr(name, inside)
    return changed.getvalue()


def _xlsx(sheet: Sheet, content: bytes, **told: Any) -> Mutated:
    return sheet.mutated("xlsx", content, **told)


@_mutation
def a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    at = (chance.choice([0, 3, 500]), chance.choice([0, 1, 60]))
    return _xlsx(sheet, workbook(sheet.typed(), at=at, date_1904=chance.random() < 0.5))


@_mutation
def a_workbook_of_text(sheet: Sheet, _: random.Random) -> Mutated:
    return _xlsx(sheet, workbook([list(line) for line in sheet.lines]))


@_mutation
def a_cut_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    content = workbook(sheet.typed())
    return _xlsx(sheet, content[: chance.randrange(len(content))], must_not_be_used=True)


@_mutation
def flipped_bytes_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    content = bytearray(workbook(sheet.typed()))
    for _ in range(chance.choice([1, 1, 5, 50])):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return Mutated("xlsx", bytes(content), sheet.rows)


@_mutation
def flipped_bytes_in_a_sheet(sheet: Sheet, chance: random.Random) -> Mutated:
    """Unpacked, flipped and packed again: the check sums are right; values may be others, but not many."""

    def flip(xml: bytes) -> bytes:
        flipped = bytearray(xml)
        for _ in range(3):
            flipped[chance.randrange(len(xml))] = chance.randrange(32, 127)
        return bytes(flipped)

    content = _with_parts(workbook(sheet.typed()), sheet1=flip)
    return Mutated("xlsx", content, [*sheet.rows, *_as_openpyxl_reads(content, sheet)], flipped=3)


def _as_openpyxl_reads(content: bytes, sheet: Sheet) -> list[list[str]]:
    import openpyxl

    try:
        cells = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)
    except Exception:
        return []
    names = [str(cell) for cell in cells[0]] if cells else []
    places = [names.index(name) if name in names else None for name in sheet.header]
    return [["" if place is None else _words(row[place]) for place in places] for row in cells[1:]]


def _words(cell: object) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}"
    return "" if cell is None else str(cell)


@_mutation
def lost_parts(sheet: Sheet, chance: random.Random) -> Mutated:
    gone = chance.choice(["workbook", "sheet1", "sharedStrings", "styles", "[Content_Types]", "core"])
    content = _with_parts(workbook(sheet.typed()), **{gone: lambda _: None})
    return Mutated("xlsx", content, sheet.rows)


@_mutation
def broken_parts(sheet: Sheet, chance: random.Random) -> Mutated:
    broken = chance.choice(["workbook", "sheet1", "sharedStrings", "styles"])
    cut = chance.random()
    return Mutated(
        "xlsx", _with_parts(workbook(sheet.typed()), **{broken: lambda xml: xml[: int(len(xml) * cut)]}), sheet.rows
    )


@_mutation
def formulas_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    """Some cells are formulas, worked out or not; blank is no reading of one that was not."""
    worked_out = chance.random() < 0.5
    cells = sheet.typed()
    places = {(row, chance.randrange(len(sheet.header))) for row in some(chance, sheet)}
    for row, place in places:
        cells[row + 1][place] = "FORMULA"
    strings = [cell for line in cells for cell in line if isinstance(cell, str)]
    number = list(dict.fromkeys(strings)).index("FORMULA")
    shown = f"<v>{chance.choice(['5', '0', '43009'])}</v>" if worked_out else ""
    content = _with_parts(
        workbook(cells),
        sheet1=lambda xml: re.sub(rb' t="s"><v>%d</v>' % number, f"><f>NOW()</f>{shown}".encode(), xml),
    )
    spoilt = sheet.copy()
    for row, place in places:
        spoilt.rows[row][place] = shown[3:-4] if worked_out else "#N/A"
    return Mutated("xlsx", content, spoilt.rows)


@_mutation
def errors_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    cells = sheet.typed()
    rows = some(chance, sheet)
    for row in rows:
        cells[row + 1][chance.randrange(len(sheet.header))] = "ERROR"
    number = list(dict.fromkeys(cell for line in cells for cell in line if isinstance(cell, str))).index("ERROR")
    content = _with_parts(
        workbook(cells),
        sheet1=lambda xml: re.sub(
            rb' t="s"><v>%d</v>' % number, chance.choice([b' t="e"><v>#N/A</v>', b' t="e">']), xml
        ),
    )
    truth = [row for place, row in enumerate(sheet.rows) if place not in rows]
    return Mutated("xlsx", content, truth)


@_mutation
def merged_cells(sheet: Sheet, chance: random.Random) -> Mutated:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, line in enumerate(sheet.lines):
            page.write_row(number, 0, line)
        row, place = chance.randrange(len(sheet.rows)) + 1, chance.randrange(len(sheet.header))
        page.merge_range(row, place, row + 1, place, sheet.lines[row][place])
    return Mutated("xlsx", content.getvalue(), sheet.rows, must_not_be_used=True)


@_mutation
def serial_dates_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    """Days without the format of a day: numbers, that nobody can tell from others."""
    cells = sheet.typed()
    rows = some(chance, sheet)
    for row in rows:
        for place in sheet.columns(Kind.DATE):
            if cells[row + 1][place]:
                cells[row + 1][place] = 43009 + chance.random()
    return Mutated("xlsx", workbook(cells), sheet.rows, len(sheet.rows))


@_mutation
def dates_with_times_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    cells = sheet.typed()
    for row in some(chance, sheet):
        for place in sheet.columns(Kind.DATE):
            if isinstance(day := cells[row + 1][place], date):
                cells[row + 1][place] = midnight(day).replace(hour=chance.choice([0, 9, 23]))
    return _xlsx(sheet, workbook(cells))


@_mutation
def absurd_cells_in_a_workbook(sheet: Sheet, chance: random.Random) -> Mutated:
    cells = sheet.typed()
    rows = some(chance, sheet)
    for row in rows:
        absurd = chance.choice(
            [1e300, -123456789, 2**60, 0.1, True, "x" * 32_000, "Zo\u00eb", "_x0041_", datetime(9999, 12, 31)]
        )
        cells[row + 1][chance.randrange(len(sheet.header))] = absurd
    spoilt = [[_words(cell) for cell in row] for row in cells[1:]]
    spoilt += [[{"True": "1"}.get(cell, cell) for cell in row] for row in spoilt]
    spoilt += [[cell.replace("True", "Y").replace("False", "N") for cell in row] for row in spoilt]
    return Mutated("xlsx", workbook(cells), [*sheet.rows, *spoilt], None)


@_mutation
def a_cell_far_away(sheet: Sheet, chance: random.Random) -> Mutated:
    far = chance.choice(
        [b"A1048576", b"XFD1", b"XFD1048576", b"A4294967295", b"ZZZZZZ9", b"A99999999999999", b"ZZ900000"]
    )
    row = re.sub(rb"\D", b"", far)
    cell = b'<row r="%s"><c r="%s"><v>1</v></c></row></sheetData>' % (row, far)
    return Mutated(
        "xlsx", _with_parts(workbook(sheet.typed()), sheet1=lambda xml: xml.replace(b"</sheetData>", cell)), sheet.rows
    )


@_mutation
def empty_rows_far_away(sheet: Sheet, _: random.Random) -> Mutated:
    rows = b'<row r="1048575" s="1" customFormat="1"><c r="A1048575" s="1"/></row></sheetData>'
    return _xlsx(sheet, _with_parts(workbook(sheet.typed()), sheet1=lambda xml: xml.replace(b"</sheetData>", rows)))


@_mutation
def several_sheets(sheet: Sheet, chance: random.Random) -> Mutated:
    content, named = io.BytesIO(), chance.random() < 0.5
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("Notes").write(0, 0, "P000001")
        page = book.add_worksheet(sheet.extract.extract.replace("_", " ").title() if named else "Sheet7")
        for number, line in enumerate(sheet.lines):
            page.write_row(number, 0, line)
    return _xlsx(sheet, content.getvalue(), must_not_be_used=not named)


@_mutation
def an_entity_bomb(sheet: Sheet, chance: random.Random) -> Mutated:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "P" * 100}">' for n in range(10))
    part = chance.choice(["workbook", "sharedStrings", "sheet1"])

    def plant(xml: bytes) -> bytes:
        head, _, rest = xml.partition(b"?>")
        return (
            head
            + f"?><!DOCTYPE x [{entities}]>".encode()
            + rest.replace(b"<t>", b"<t>&a9;", 1).replace(b'name="', b'name="&a9;', 1)
        )

    return Mutated("xlsx", _with_parts(workbook(sheet.typed()), **{part: plant}), sheet.rows)


@_mutation
def a_zip_bomb(sheet: Sheet, chance: random.Random) -> Mutated:
    """A part of hundreds of megabytes of the same text; its archive may say that it is small."""
    part, lies = chance.choice(["sharedStrings", "sheet1", "styles"]), chance.random() < 0.5
    fillings = {
        "sharedStrings": b"<si><t>%s</t></si>" % (b"P" * 1_000),
        "sheet1": b'<row><c t="s"><v>0</v></c></row>',
        "styles": b"<font/>",
    }
    tag = {"sharedStrings": b"</sst>", "sheet1": b"</sheetData>", "styles": b"</fonts>"}[part]
    megabytes = chance.choice([20, 60, 600])
    filling = fillings[part]
    content = _packed(workbook(sheet.typed()), part, tag, filling * ((megabytes << 20) // len(filling)))
    return Mutated("xlsx", _lying(content) if lies else content, sheet.rows)


def _packed(content: bytes, part: str, before: bytes, filling: bytes) -> bytes:
    return _with_parts(content, **{part: lambda xml: xml.replace(before, filling + before, 1)})


def _lying(content: bytes) -> bytes:
    """The archive with small sizes in its directory."""
    lying = bytearray(content)
    for found in re.finditer(rb"PK\x01\x02", content):
        lying[found.start() + 24 : found.start() + 28] = (1_000).to_bytes(4, "little")
    return bytes(lying)


@_mutation
def a_bomb_of_zeros(sheet: Sheet, _: random.Random) -> Mutated:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_SHEET, zlib.compress(bytes(10 << 20)))
        archive.writestr("zeros", bytes(300 << 20))
    return Mutated("xlsx", packed.getvalue(), sheet.rows, must_not_be_used=True)


# Parquet


def _arrow(sheet: Sheet) -> pa.Table:
    columns = zip(*sheet.typed()[1:], strict=True)
    return pa.table(
        [pa.array(column, kind.arrow) for column, kind in zip(columns, sheet.kinds(), strict=True)], names=sheet.header
    )


def _written(table: pa.Table, **options: object) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


def _parquet(sheet: Sheet, content: bytes, **told: Any) -> Mutated:
    return sheet.mutated("parquet", content, **told)


def _retyped(sheet: Sheet, kinds: dict[pa.DataType, tuple[pa.DataType, ...]], chance: random.Random) -> pa.Table:
    table = _arrow(sheet)
    for place, name in enumerate(sheet.header):
        if others := kinds.get(table.schema.field(place).type):
            table = table.set_column(place, name, table[name].cast(chance.choice(others)))
    return table


@_mutation
def other_types(sheet: Sheet, chance: random.Random) -> Mutated:
    kinds = {
        pa.date32(): (pa.date64(), pa.timestamp("ns"), pa.timestamp("s"), pa.string()),
        pa.int64(): (pa.int16(), pa.float64(), pa.string(), pa.decimal128(20, 3), pa.uint32()),
        pa.string(): (pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())),
        pa.float64(): (pa.float32(), pa.string()),
        pa.bool_(): (pa.int8(), pa.string()),
    }
    table = _retyped(sheet, kinds, chance)
    return _parquet(
        sheet,
        _written(
            table, row_group_size=chance.choice([3, 1_000]), compression=chance.choice(["none", "zstd", "snappy"])
        ),
    )


@_mutation
def types_of_no_contract(sheet: Sheet, chance: random.Random) -> Mutated:
    table, place = _arrow(sheet), chance.randrange(len(sheet.header))
    rows = len(table)
    others = [
        pa.array([[1, 2]] * rows),
        pa.array([{"a": 1}] * rows),
        pa.array([b"\xff\xfe"] * rows),
        pa.array([2**62] * rows, pa.uint64()),
        pa.array([10**30] * rows, pa.decimal256(40, 2)),
        pa.array([5] * rows, pa.duration("s")),
        pa.array([5] * rows, pa.time32("s")),
        pa.array([-(2**62)] * rows, pa.timestamp("us", "Asia/Tokyo")),
        pa.array([2**31 - 1] * rows, pa.int32()).cast(pa.date32()),
        pa.array([float("nan"), float("inf"), 0.25, 1e308][:rows] + [0.5] * max(0, rows - 4)),
        pa.array([None] * rows, pa.null()),
        pa.array(["\0", "\x1b[2J", "x" * 2_000_000][:rows] + ["y"] * max(0, rows - 3)),
    ]
    name = sheet.header[place]
    spoilt = [[*row[:place], "", *row[place + 1 :]] for row in sheet.rows]
    odd = chance.choice(others)
    if odd.type in (pa.float64(), pa.string(), pa.uint64()) or pa.types.is_decimal(odd.type):
        spoilt += [
            [*row[:place], str(cell), *row[place + 1 :]] for row, cell in zip(sheet.rows, odd.to_pylist(), strict=True)
        ]
    if sheet.extract.contract(name).kind is Kind.STRING:  # any text will do
        from fs_pipeline.extracts.cells.cells import as_text

        spoilt += [
            [*row[:place], cell or "", *row[place + 1 :]]
            for row, cell in zip(sheet.rows, as_text(odd).to_pylist(), strict=True)
        ]
    return Mutated("parquet", _written(table.set_column(place, name, odd)), spoilt)


@_mutation
def a_cut_parquet(sheet: Sheet, chance: random.Random) -> Mutated:
    content = _written(_arrow(sheet))
    start = chance.choice([0, 0, chance.randrange(len(content))])
    return _parquet(sheet, content[start : chance.randrange(start, len(content))], must_not_be_used=True)


@_mutation
def flipped_bytes_in_a_parquet(sheet: Sheet, chance: random.Random) -> Mutated:
    """With check sums, a flipped page is refused; in what describes the file, anything may be."""
    content = bytearray(
        _written(_arrow(sheet), write_page_checksum=True, compression=chance.choice(["none", "snappy", "zstd"]))
    )
    for _ in range(chance.choice([1, 1, 5, 50])):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return Mutated("parquet", bytes(content), [*sheet.rows, *_as_arrow_reads(bytes(content), sheet)])


def _as_arrow_reads(content: bytes, sheet: Sheet) -> list[list[str]]:
    try:
        read = pq.read_table(io.BytesIO(content)).to_pylist()
    except (pa.ArrowException, OSError, ValueError):
        return []
    return [["" if row.get(name) is None else str(row[name]) for name in sheet.header] for row in read]


@_mutation
def text_that_is_no_utf8(sheet: Sheet, chance: random.Random) -> Mutated:
    table, place = _arrow(sheet), chance.choice(sheet.columns(Kind.STRING))
    raw = [
        b"\xffP1" if row == 0 else (cell or b"")
        for row, cell in enumerate(table.column(place).cast(pa.binary()).to_pylist())
    ]
    array = pa.array(raw, pa.binary())
    bad = pa.StringArray.from_buffers(len(array), array.buffers()[1], array.buffers()[2])
    return _parquet(sheet, _written(table.set_column(place, sheet.header[place], bad)), must_not_be_used=True)


@_mutation
def columns_twice_in_a_parquet(sheet: Sheet, chance: random.Random) -> Mutated:
    table, place = _arrow(sheet), chance.randrange(len(sheet.header))
    return _parquet(
        sheet, _written(table.append_column(sheet.header[place].title(), table.column(place))), must_not_be_used=True
    )


@_mutation
def a_parquet_bomb(sheet: Sheet, chance: random.Random) -> Mutated:
    """Millions of rows of one value, in a few kilobytes."""
    rows = chance.choice([3_000_000, 12_000_000])
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * 1_000).take(pa.array([0] * 1_000)), ["P" * 50])
        for name in sheet.header
    }
    piece = pa.table(columns)
    table = pa.concat_tables([piece] * (rows // 1_000)).combine_chunks()
    return Mutated("parquet", _written(table, compression="zstd"), [], must_not_be_used=True)


@_mutation
def very_many_columns_in_a_parquet(sheet: Sheet, chance: random.Random) -> Mutated:
    table = _arrow(sheet)
    more = {f"x{number}": pa.nulls(len(table), pa.string()) for number in range(chance.choice([900, 3_000]))}
    return _parquet(sheet, _written(pa.table({**{name: table[name] for name in sheet.header}, **more})))


@_mutation
def an_empty_parquet(sheet: Sheet, chance: random.Random) -> Mutated:
    table = _arrow(sheet).slice(0, 0)
    table = table if chance.random() < 0.5 else table.select([])
    return Mutated("parquet", _written(table), [], 0)
