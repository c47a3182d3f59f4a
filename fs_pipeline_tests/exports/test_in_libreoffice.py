"""The workbooks in LibreOffice: they open, keep what is on them, and their formulas come to what stands beside them.

The values that stand beside the formulas are spoilt first, so that only a real recalculation can bring them back.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from fs_pipeline.exports.audiences import evaluator, operational, published
from fs_pipeline.exports.files_made import workbook
from fs_pipeline.exports.pseudonyms import Pseudonyms
from fs_pipeline.exports.return_packs import return_pack
from fs_pipeline.toolkit.extracts import PARTNERS, POLICE_INCIDENTS

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (apt-get install libreoffice-calc)"),
]
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
SPOILT = b"424242"
FORMULA = re.compile(rb'(<c [^>]*?)(?: t="str")?>(<f>[^<]*</f>)<v>[^<]*</v>')


def spoilt(content: bytes) -> bytes:
    """The workbook with another number beside every formula."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as ours, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as theirs:
        for name in ours.namelist():
            part = ours.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = FORMULA.sub(rb"\1>\2<v>" + SPOILT + rb"</v>", part)
            theirs.writestr(name, part)
    return made.getvalue()


@pytest.fixture(scope="module")
def written(results) -> dict[str, bytes]:
    quarter, police = results.provenance.quarter, PARTNERS[POLICE_INCIDENTS.supplier]
    roster = results.people.assign(role="adult", upn=None, date_of_birth=results.people["fs_start_date"])
    return {
        "operational": workbook(operational(results)),
        "evaluator": workbook(evaluator(results, Pseudonyms(b"k" * 32), shifted=False)),
        "published": workbook(published(results)),
        "return pack": return_pack(quarter, police, police.identifiers, roster, "Invented Borough"),
    }


@pytest.fixture(scope="module")
def recalculated(written, tmp_path_factory) -> dict[str, Path]:
    """The workbooks as LibreOffice opened, recalculated and saved them."""
    folder = tmp_path_factory.mktemp("libreoffice")
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    for name, content in written.items():
        (folder / f"{name}.xlsx").write_bytes(spoilt(content))
    subprocess.run(
        [
            *(SOFFICE, "--headless", f"-env:UserInstallation=file://{folder / 'profile'}"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "saved")),
            *(str(folder / f"{name}.xlsx") for name in written),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {name: folder / "saved" / f"{name}.xlsx" for name in written}


@pytest.mark.parametrize(
    ("name", "formulas"), [("operational", True), ("evaluator", True), ("published", False), ("return pack", False)]
)
def test_every_cell_and_every_formula_is_as_written(name, formulas, written, recalculated):
    ours = openpyxl.load_workbook(BytesIO(written[name]))
    values = openpyxl.load_workbook(BytesIO(written[name]), data_only=True)
    theirs = openpyxl.load_workbook(recalculated[name], data_only=True)
    assert theirs.sheetnames == ours.sheetnames
    worked_out, other = 0, []
    for sheet in ours:
        for line in sheet.iter_rows():
            for each in line:
                worked_out += each.data_type == "f"
                value, found = (book[sheet.title][each.coordinate].value for book in (values, theirs))
                if not alike(value, found):
                    other.append(f"{sheet.title}!{each.coordinate}")
    assert other == []
    assert (worked_out > 100) == formulas
    with zipfile.ZipFile(BytesIO(written[name])) as archive:
        assert worked_out == sum(len(FORMULA.findall(archive.read(part))) for part in archive.namelist())


def alike(value: object, found: object) -> bool:
    """The same, an empty text being a blank; numbers to 12 digits, for sums may be added up in another order."""
    if isinstance(value, float) or isinstance(found, float):
        numbers = isinstance(value, int | float) and isinstance(found, int | float)
        return numbers and math.isclose(value, found, rel_tol=1e-12, abs_tol=1e-12)
    return value == found or {value, found} == {None, ""}
