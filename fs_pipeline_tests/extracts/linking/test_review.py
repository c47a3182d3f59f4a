"""The workbook for the clerk, what comes back from it, and that the next run obeys."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.linking.identities import (
    REVIEW_COLUMNS,
    known_as,
    no_clerk_decisions,
    read_clerk_decisions,
)
from fs_pipeline.extracts.linking.link import Links, link
from fs_pipeline.extracts.sources.linked_sources import Review
from fs_pipeline.ledger.receiving import write_review
from fs_pipeline.settings.sources import LinkSettings
from fs_pipeline_tests.extracts.linking.test_link import OURS, frame

THEIRS = """
person_id | forename  | surname      | date_of_birth | postcode | sex
c1        | J         | Llewellyn    | 08/09/1980    | IN5 5TT  | M
          | Charlotte | Featherstone |               | IN3 4AB  | F
c3        | Thomas    | Okafor       | 21/11/2008    | IN7 2QX  | M
"""


def run(reviewed: pd.DataFrame, theirs: str = THEIRS) -> Links:
    return link(frame(theirs), known_as(frame(OURS)), reviewed, LinkSettings())


def written(folder: Path, linked: Links, reviewed: pd.DataFrame | None = None) -> SourceFile:
    path = folder / "reviews" / "talking_therapies.xlsx"
    decisions = no_clerk_decisions() if reviewed is None else reviewed
    write_review(Review(path, "Talking Therapies", linked, decisions, read_as=None))
    return SourceFile(path, "reviews/talking_therapies.xlsx")


def decide(source: SourceFile, **decisions: str) -> None:
    """Fills in the clerk's column: a decision for each of our people."""
    book = openpyxl.load_workbook(source.path)
    sheet = book["review"]
    column = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        decision = decisions.get(sheet.cell(row, column["person_id"]).value)
        if decision is not None:
            sheet.cell(row, 1).value = decision
    book.save(source.path)


def test_the_workbook_asks(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, run(no_clerk_decisions())).path)["review"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == REVIEW_COLUMNS
    asked = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {(row["partner_number"], row["person_id"]) for row in asked} == {("c1", "p05"), (None, "p01")}
    assert all(row["decision"] is None for row in asked)
    of_c1 = next(row for row in asked if row["partner_number"] == "c1")
    assert (of_c1["forename"], of_c1["our_forename"], of_c1["our_date_of_birth"]) == ("J", "JAMES", "1980-09-08")
    (validation,) = sheet.data_validations.dataValidation
    assert (validation.type, validation.formula1, str(validation.sqref)) == ("list", '"yes,no"', "A2:A3")


def test_the_next_run_obeys_and_remembers(tmp_path):
    first = run(no_clerk_decisions())
    source = written(tmp_path, first)
    decide(source, p05="Yes", p01="n")
    reviewed = read_clerk_decisions(source)
    second = run(reviewed)
    assert second.person_id.fillna("-").tolist() == ["p05", "-", "p02"]
    assert not second.waiting.any()
    assert (second.quality.linked, second.quality.by_review, second.quality.doubtful) == (2, 1, 0)
    # the workbook is written again, by that run; the decisions are still in it, and the bytes stay the same
    again = written(tmp_path, second, reviewed)
    kept = again.path.read_bytes()
    pd.testing.assert_frame_equal(read_clerk_decisions(again), reviewed)
    written(tmp_path, run(read_clerk_decisions(again)), read_clerk_decisions(again))
    assert again.path.read_bytes() == kept


def test_undecided_rows_are_asked_again(tmp_path):
    source = written(tmp_path, run(no_clerk_decisions()))
    decide(source, p05="yes")
    reviewed = read_clerk_decisions(source)
    second = run(reviewed)
    assert second.doubtful["person_id"].tolist() == ["p01"]
    sheet = openpyxl.load_workbook(written(tmp_path, second, reviewed).path)["review"]
    assert [cell.value for cell in sheet["A"]] == ["decision", None, "yes"]


def test_a_yes_stands_above_a_certain_link(tmp_path):
    """A clerk links c1 with Thomas: c3, who would have been linked to him, is asked about."""
    source = written(tmp_path, run(no_clerk_decisions()))
    reviewed = read_clerk_decisions(source)
    pair = run(no_clerk_decisions()).doubtful.query("partner_number == 'c1'").assign(decision="yes", person_id="p02")
    reviewed = pair
    found = run(reviewed)
    assert found.person_id.fillna("-").tolist() == ["p02", "-", "-"]
    assert found.waiting.tolist() == [False, True, True]


def test_decisions_on_people_who_left_are_kept_and_counted(tmp_path):
    source = written(tmp_path, run(no_clerk_decisions()))
    decide(source, p05="yes")
    reviewed = read_clerk_decisions(source)
    without = run(reviewed, "\n".join(line for line in THEIRS.splitlines() if not line.startswith("c1")))
    assert (without.quality.stale_reviews, without.quality.by_review) == (1, 0)
    kept = read_clerk_decisions(written(tmp_path, without, reviewed))
    assert run(kept).person_id.iloc[0] == "p05"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"A2": "perhaps"}, "column decision: say yes or no in row 2"),
        ({"A1": "answer"}, "row 1 has no column decision"),
        ({"A4": "no"}, "the same pair is decided yes and no in rows 2, 4"),
        ({"A4": "yes", "H4": "p02"}, "somebody of the partner is said to be two of ours in rows 2, 4"),
    ],
)
def test_a_workbook_that_cannot_be_obeyed(tmp_path, spoil, message):
    source = written(tmp_path, run(no_clerk_decisions()))
    book = openpyxl.load_workbook(source.path)
    sheet = book["review"]
    assert sheet["H1"].value == "person_id"
    for column in range(1, len(REVIEW_COLUMNS) + 1):
        sheet.cell(4, column).value = sheet.cell(2, column).value
    sheet["A2"] = "yes"
    for cell, value in spoil.items():
        sheet[cell] = value
    book.save(source.path)
    with pytest.raises(SourceError) as refused:
        read_clerk_decisions(source)
    assert message in str(refused.value)
    assert not any(name in str(refused.value).upper() for name in ("LLEWELLYN", "FEATHERSTONE"))


def test_no_workbook(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(SourceError, match=r"r\.xlsx is no Excel workbook"):
        read_clerk_decisions(SourceFile(tmp_path / "r.xlsx", "r.xlsx"))
    with pytest.raises(SourceError, match=r"gone\.xlsx cannot be opened"):
        read_clerk_decisions(SourceFile(tmp_path / "gone.xlsx", "gone.xlsx"))
