"""The council's list of its people, and names in one spelling."""

import pandas as pd
import pytest

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.linking.identities import clean, read_identities
from fs_pipeline_tests.extracts.deliver import csv_bytes, parquet_bytes, table, xlsx_bytes

LIST = table(
    """
    person_id | forename | surname  | date_of_birth | postcode | sex | earlier_surnames | worker
    p1        | Zoë      | O'Neill  | 08/09/1980    | in5 5tt  | F   | Mac Leod; Smith-Jones | x
    p2        | Mrs Ann  | Lee      | 31/12/2010    | ZZ99 3VZ | 2   |                  | y
    p2        | Anne     | Lee      | 31/12/2010    | IN1 1AA  | 2   |                  | y
    p3        | Baby     | Unknown  |               |          |     |                  |
    """
)


def read(folder, name: str, content: bytes) -> pd.DataFrame:
    (folder / name).write_bytes(content)
    return read_identities(SourceFile(folder / name, name))


@pytest.mark.parametrize(("ending", "written"), [("csv", csv_bytes), ("xlsx", xlsx_bytes), ("parquet", parquet_bytes)])
def test_every_way_to_be_known(tmp_path, ending, written):
    people = read(tmp_path, f"identities.{ending}", written(LIST))
    assert people.fillna("").to_numpy().tolist() == [
        ["p1", "ZOE", "MACLEOD", "1980-09-08", "IN55TT", "F"],
        ["p1", "ZOE", "ONEILL", "1980-09-08", "IN55TT", "F"],
        ["p1", "ZOE", "SMITH JONES", "1980-09-08", "IN55TT", "F"],
        ["p2", "ANN", "LEE", "2010-12-31", "", "F"],
        ["p2", "ANNE", "LEE", "2010-12-31", "IN11AA", "F"],
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("person_id | surname\np1 | Lee", "i.csv has no column forename, date_of_birth, postcode"),
        (
            "person_id | forename | surname | date_of_birth | postcode\np1 | A | B | | \n | Secret | B | |",
            "i.csv, column person_id: blank in row 3",
        ),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path, rows, message):
    with pytest.raises(SourceError) as refused:
        read(tmp_path, "i.csv", csv_bytes(table(rows)))
    assert message in str(refused.value)
    assert "Secret" not in str(refused.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SourceError, match=r"i\.xls is none of \.csv, \.parquet, \.xlsx"):
        read(tmp_path, "i.xls", b"")
    with pytest.raises(SourceError, match="cannot be opened"):
        read_identities(SourceFile(tmp_path / "gone.csv", "gone.csv"))


def test_dates_in_the_forms_that_people_write():
    written = [
        "2011-05-03",
        "03/05/2011",
        "3/5/2011",
        "03.05.2011",
        "05/31/2011",
        "2011-05-03 00:00:00",
        "31/31/2011",
        "01/01/1900",
        "9999-12-31",
        "",
    ]
    born = clean(pd.DataFrame({"date_of_birth": written}, dtype="str"))["date_of_birth"]
    assert born.fillna("").tolist() == [*["2011-05-03"] * 4, "2011-05-31", "2011-05-03", "", "", "", ""]
    typed = pd.DataFrame({"date_of_birth": pd.to_datetime(["2011-05-03", "1900-01-01"])})
    assert clean(typed)["date_of_birth"].fillna("").tolist() == ["2011-05-03", ""]
