"""Files that cannot be trusted. No message may hold what a cell holds: SECRET, in each of them."""

import io
import zipfile

import pytest

from fs_pipeline.extracts.cells import xlsx_cells
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline_tests.extracts.deliver import FORMATS, check, csv_bytes, parquet_bytes, table, xlsx_bytes

HEADER = "person_id,sex,date_of_birth,ethnicity,upn,open_to_cwd\n"
GOOD = f"{HEADER}SECRET1,F,2010-01-31,WBRI,,N\nSECRET2,M,2011-01-31,,,Y\n"


def refused(tmp_path, content, form="csv", extract="people") -> str:
    with pytest.raises(ExtractRefused) as refusal:
        check(tmp_path, extract, content.encode() if isinstance(content, str) else content, form)
    message = str(refusal.value)
    assert message.startswith(f"extracts/2017-10-01/{extract}.{form}")
    assert "SECRET" not in message
    assert "2010-01-31" not in message
    return message


def test_the_good_file_is_good(tmp_path):
    assert check(tmp_path, "people", GOOD.encode()).counts["used"] == 2


def test_missing_columns_are_named(tmp_path):
    message = refused(tmp_path, "person_id,date_of_birth,ethnicity,upn\nSECRET,2010-01-31,,\n")
    assert "has no column sex, open_to_cwd: add what is missing to the header in row 1" in message


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_delimiter_is_named(tmp_path, mark, word):
    assert f"separated by {word}: save it with commas" in refused(tmp_path, GOOD.replace(",", mark))


def test_without_a_header_the_first_row_is_not_shown(tmp_path):
    assert "row 1 names none of the columns of people" in refused(tmp_path, GOOD.removeprefix(HEADER))


@pytest.mark.parametrize(
    ("again", "where"), [("sex", "(B sex, G sex)"), (" SEX ", "(B sex, G sex)"), ("notes,Notes", "(G notes, H notes)")]
)
def test_columns_of_the_same_name(tmp_path, again, where):
    assert where in refused(tmp_path, HEADER.strip() + f",{again}\n")


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "#N/A"])
def test_a_blank_key_cell(tmp_path, blank):
    message = refused(tmp_path, GOOD + f"{blank},F,2010-01-31,,,N\n")
    assert "column A person_id: blank, or a spreadsheet's error, in row 4." in message


def test_a_blank_cell_of_a_key_of_two_columns(tmp_path):
    text = "family_id,person_id,role,relationship_type\nF1,SECRET,child,\nF1,,adult,\n"
    assert "column B person_id" in refused(tmp_path, text, extract="family_members")


def test_many_blank_keys_are_counted_and_ten_are_named(tmp_path):
    message = refused(tmp_path, GOOD + ",F,2010-01-31,,,N\n" * 12)
    assert "rows 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, ... (12 rows in all)" in message


def test_one_key_with_different_content(tmp_path):
    message = refused(tmp_path, GOOD + "\nSECRET3,U,,,,N\nSECRET1,M,2010-01-31,WBRI,,N\nSECRET3,U,,,,Y\n")
    assert "the same key (person_id) with different content in rows 2, 5, 6, 7 (4 rows in all)" in message


def test_one_key_with_different_content_beside_exact_duplicates(tmp_path):
    message = refused(tmp_path, GOOD + "SECRET1,F,2010-01-31,WBRI,,N\nSECRET1,M,2010-01-31,WBRI,,N\n")
    assert "rows 2, 5 (2 rows in all)" in message


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf", b",,\n , \n"])
def test_an_empty_csv(tmp_path, content):
    assert "is empty: deliver it with its header" in refused(tmp_path, content)


def test_latin_letters_that_are_not_utf8_are_found_by_row(tmp_path):
    content = GOOD.replace("WBRI", "SECRET\u00e9").encode("latin-1") + b"SECRET3,F,,,,N\nSECRET4,F,,\xe9,N\n"
    assert "is not UTF-8 in rows 2, 5 (2 rows in all): save it as 'CSV UTF-8'" in refused(tmp_path, content)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16(tmp_path, encoding):
    assert "save it as 'CSV UTF-8'" in refused(tmp_path, GOOD.encode(encoding))


def test_a_nul_byte_is_found_by_line(tmp_path):
    assert "holds a NUL byte in line 3" in refused(tmp_path, GOOD.replace("SECRET2", "SECRET2\0"))


@pytest.mark.parametrize(
    ("broken", "row"),
    [
        ('SECRET1,F,2010-01-31,"WBRI,,N\nSECRET2,M,,,,Y\n', 2),
        ('\nSECRET1,F,,,,N\nSECRET2,F,,,,"N', 4),
        ('SECRET1,F,,"W",,N\nSECRET2,F,,"WBRI,,N\nSECRET3,F,,"X",,N\n', 3),
        # two open ones: the rows between them would vanish into a cell
        ('SECRET1,F,,"WBRI,,N\nSECRET2,F,,,,N\nSECRET3,F,,"WBRI,,N\n', 2),
        ('SECRET1,F,,"a "b" c",,N\n', 2),
        pytest.param('SECRET1,F,,"' + "SECRET,F,,,,N\n" * 20_000, 2, id="a long one"),
    ],
)
def test_an_open_quotation_mark_is_found_by_row(tmp_path, broken, row):
    assert f", row {row}: a cell that begins with a quotation mark" in refused(tmp_path, HEADER + broken)


def test_a_header_that_fits_no_row(tmp_path):
    message = refused(tmp_path, HEADER + "SECRET1,F,,,,N,\nSECRET2,F,,,,N,\n")
    assert "no row has as many cells as the header in row 1 (6), as in rows 2, 3 (2 rows in all)" in message


@pytest.mark.parametrize("content", [b"", b"SECRET", b"PK\x03\x04SECRET", GOOD.encode()])
def test_no_workbook(tmp_path, content):
    assert "is no Excel workbook, or a damaged one" in refused(tmp_path, content, "xlsx")


def test_a_damaged_workbook(tmp_path):
    content = xlsx_bytes(table("person_id | sex\nSECRET | F"))
    assert "is no Excel workbook, or a damaged one" in refused(tmp_path, content[: len(content) // 2], "xlsx")
    without_sheet = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(without_sheet, "w") as new:
        for part in old.namelist():
            new.writestr(part, b"<worksheet" if "sheet1" in part else old.read(part))
    assert "is no Excel workbook, or a damaged one" in refused(tmp_path, without_sheet.getvalue(), "xlsx")


def test_an_old_or_encrypted_workbook(tmp_path):
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    assert "is an old Excel workbook (.xls)" in refused(tmp_path, ole, "xlsx")
    encrypted = ole + "EncryptedPackage".encode("utf-16-le")
    assert "is protected by a password" in refused(tmp_path, encrypted, "xlsx")


def test_a_zip_bomb_is_not_opened(tmp_path, monkeypatch):
    content = xlsx_bytes(table("person_id | sex\nSECRET | F"))
    monkeypatch.setattr(xlsx_cells, "MOST_UNPACKED_BYTES", 2_000)
    assert "unpacks to more than" in refused(tmp_path, content, "xlsx")


def test_a_cell_far_from_the_table_is_not_read(tmp_path):
    rows = [["person_id"], ["SECRET"], *[[]] * 4_000, [None] * 16_000 + ["SECRET"]]
    assert "reaches to row 4003 and column WQK" in refused(tmp_path, xlsx_bytes(rows), "xlsx")


def workbook(*sheets: tuple[str, str]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, text in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table(text) if text else []):
                sheet.write_row(number, 0, row)
    return content.getvalue()


MARAC = "marac_id | person_id | referral_date\nM1 | P1 | 2017-10-01"


def test_several_worksheets_and_none_named_like_the_extract(tmp_path):
    content = workbook(("Data", MARAC), ("Notes", "SECRET"))
    message = refused(tmp_path, content, "xlsx", "marac_referrals")
    assert "has 2 worksheets and cannot tell which: name one of them 'marac_referrals'" in message


@pytest.mark.parametrize("name", ["marac_referrals", "MARAC referrals", " Marac-Referrals "])
def test_the_worksheet_named_like_the_extract_is_read(tmp_path, name):
    content = workbook(("Notes", "x"), (name, MARAC))
    assert check(tmp_path, "marac_referrals", content, "xlsx").counts["used"] == 1


def test_the_only_worksheet_with_anything_in_it_is_read(tmp_path):
    content = workbook(("Data", MARAC), ("Sheet2", ""), ("Sheet3", ""))
    assert check(tmp_path, "marac_referrals", content, "xlsx").counts["used"] == 1


@pytest.mark.parametrize("sheets", [[("Sheet1", "")], [("marac_referrals", ""), ("Notes", "x")]])
def test_an_empty_worksheet(tmp_path, sheets):
    assert "empty: deliver it with its header" in refused(tmp_path, workbook(*sheets), "xlsx", "marac_referrals")


@pytest.mark.parametrize("content", [b"", b"PAR1SECRETPAR1", GOOD.encode()])
def test_no_parquet(tmp_path, content):
    assert "is no Parquet file, or a damaged one" in refused(tmp_path, content, "parquet")


@pytest.mark.parametrize("damage", [slice(0, 300), slice(20, None)])
def test_a_damaged_parquet(tmp_path, damage):
    content = parquet_bytes(table("person_id | sex\nSECRET | F"))
    assert "is no Parquet file, or a damaged one" in refused(tmp_path, content[damage], "parquet")


@pytest.mark.parametrize("form", FORMATS)
def test_faults_of_keys_and_columns_are_refused_in_every_format(tmp_path, form):
    write = {"csv": csv_bytes, "xlsx": xlsx_bytes, "parquet": parquet_bytes}[form]
    header = ["marac_id", "person_id", "referral_date"]
    assert "has no column person_id" in refused(
        tmp_path, write([["marac_id", "referral_date"], ["SECRET", "x"]]), form, "marac_referrals"
    )
    blank = write([header, ["SECRET", "SECRET", "x"], ["", "SECRET", "x"]])
    assert "marac_id: blank, or a spreadsheet's error, in row 3" in refused(tmp_path, blank, form, "marac_referrals")
    twice = write([header, ["SECRET", "SECRET", "x"], ["SECRET", "SECRET", "y"]])
    assert "different content in rows 2, 3" in refused(tmp_path, twice, form, "marac_referrals")
