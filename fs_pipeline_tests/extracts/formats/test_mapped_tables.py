"""Partners' tables as extracts: NDTMS, Talking Therapies, and any other by a mapping of one's own."""

from pathlib import Path

import pandas as pd
import pytest

from fs_pipeline.extracts.cells.format_extracts import FormatExtract, FormatExtracts, SourceError, SourceFile
from fs_pipeline.extracts.formats.mapped_tables import read_tables
from fs_pipeline.extracts.formats.mapping import ExtractMapping, TableSettings
from fs_pipeline.extracts.sources.readers import READERS
from fs_pipeline.extracts.sources.source_extracts import from_format
from fs_pipeline.settings.reading import SettingsError, read_settings
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.extracts.deliver import csv_bytes, table

read_ndtms, read_talking_therapies = (READERS[name].read for name in ("ndtms", "talking_therapies"))

NDTMS = """
CLIENTID | EPISODID | TRIAGED    | MODST      | DISD       | DISRSN | TOPDATE    | TOPID | TRSTAGE | ALCUSE | OPIUSE | CRAUSE | COCAUSE | AMPHUSE | CANNUSE | OTDRGUSE | PSYHSTAT | PWORK | EDUCAT | PHSTAT | QUALLIFE | ETHNIC
100      | 1        | 03/01/2017 | 20/01/2017 |            |        | 03/01/2017 | 7     | S       | 4      | 28     | NA     | 0       | 0       | 12      |          | 6        | 0     | 3      | 8      | 5        | A
100      | 1        | 03/01/2017 | 10/01/2017 |            |        | 12/04/2017 | 8     | R       | 0      | 2      |        | 0       | 0       | 3       |          | 11       | 5     | 0      | 12     | 14       | A
101      | 1        | 05/02/2017 |            | 01/03/2017 | 6      |            |       |         |        |        |        |         |         |         |          |          |       |        |        |          | B
102      | 1        | 05/02/2017 |            |            |        |            |       |         |        |        |        |         |         |         |          |          |       |        |        |          | B
103      | 2        | 05/02/2017 | 06/02/2017 | 01/06/2017 | 83     | 01/06/2017 | 1     | P       | 1      | 1      | 1      | 1       | 1       | 1       | 1        | 1        | 1     | 1      | 1      | 1        | C
"""  # noqa: E501 - a row is a row

THERAPIES = """
ServiceRequestId | LocalPatientId | CareContactId | CareContDate | AppType | CodedAssToolType | PersScore |ServDischDate
e1 | x9             | k1            | 2017-01-03   | 01      | 720433000        | 19        | 2017-06-30
e1 | x9             | k1            | 2017-01-03   | 01      | 445455005        | 14        | 2017-06-30
e1 | x9             | k2            | 2017-02-03   | 02      | 720433000        | 12        | 2017-06-30
e1 | x9             | k2            | 2017-02-03   | 02      | 747901000000107  | 3         | 2017-06-30
e1 | x9             | k3            | 2017-03-03   | 02      | PHQ-9            | 8         | 2017-06-30
e2 | y7             | k4            | 2017-01-03   |         | 720433000        | 10        |
e2 | y7             | k5            | 2017-02-03   | 77      | 445455005        | 9         |
"""


def source(folder: Path, text: str, name: str = "data.csv") -> SourceFile:
    (folder / name).write_bytes(csv_bytes(table(text)))
    return SourceFile(folder / name, name)


def shown(landed: FormatExtract, *columns: str) -> list[list[str]]:
    rows = landed.rows[list(columns)].copy()
    for name in columns:
        if pd.api.types.is_datetime64_any_dtype(rows[name].dtype):
            rows[name] = rows[name].dt.strftime("%Y-%m-%d")
    return rows.astype("str").fillna("").to_numpy().tolist()


def checked(read: FormatExtracts) -> None:
    """They are what the contract wants: the sources take them."""
    for name, landed in read.items():
        from_format(EXTRACTS[name], landed)
        EXTRACTS[name].frame(landed.rows[EXTRACTS[name].names])


def test_ndtms_treatments(tmp_path):
    read = read_ndtms([source(tmp_path, NDTMS)], TableSettings())
    checked(read)
    treatments = read["substance_treatments"]
    columns = ("treatment_id", "person_id", "assessment_date", "assessment_outcome", "start_date", "closure_date")
    assert shown(treatments, *columns, "closure_reason", "source_row") == [
        ["100-1", "100", "2017-01-03", "treatment", "2017-01-10", "", "", "2"],
        ["101-1", "101", "2017-02-05", "non_engagement", "", "2017-03-01", "dropped_out", "4"],
        ["102-1", "102", "2017-02-05", "pending", "", "", "", "5"],
        ["103-2", "103", "2017-02-05", "treatment", "2017-02-06", "2017-06-01", "", "6"],
    ]
    assert treatments.report.ignored == {"rows that tell more of another row's key": 1}
    # a later data set's number is not guessed
    assert treatments.report.unmapped == {"closure_reason": {"83": 1}}
    (finding,) = treatments.report.findings.to_dict("records")
    assert (finding["row"], finding["column"], finding["rule"]) == (6, "closure_reason", "unmapped_code")
    assert treatments.report.rejected.empty


def test_ndtms_forms(tmp_path):
    forms = read_ndtms([source(tmp_path, NDTMS)], TableSettings())["top_forms"]
    scores = ("substance_use", "psychological_health", "physical_health", "employment", "quality_of_life")
    assert shown(forms, "form_id", "treatment_id", "form_date", "stage", *scores) == [
        ["100-1-7", "100-1", "2017-01-03", "start", "28.0", "6.0", "8.0", "3.0", "5.0"],
        ["100-1-8", "100-1", "2017-04-12", "review", "3.0", "11.0", "12.0", "5.0", "14.0"],
    ]
    assert forms.report.ignored == {"rows whose stage is left aside by the mapping": 1}


def test_what_differs_is_said_in_sources_toml(tmp_path):
    text = NDTMS.replace("ETHNIC", "OURID ").replace("TRSTAGE", "STAGE  ")
    settings = read_settings(
        TableSettings,
        {
            "extracts": {
                "substance_treatments": {
                    "columns": {"CLIENTID": "", "OURID": "person_id"},
                    "codes": {"closure_reason": {"83": "transferred"}},
                },
                "top_forms": {"columns": {"CLIENTID": "", "OURID": "person_id", "TRSTAGE": "", "STAGE": "stage"}},
            }
        },
        tmp_path / "sources.toml",
        "formats.ndtms",
    )
    read = read_ndtms([source(tmp_path, text)], settings)
    assert shown(read["substance_treatments"], "treatment_id", "person_id", "closure_reason")[3] == [
        "103-2", "C", "transferred",
    ]  # fmt: skip
    assert read["substance_treatments"].report.unmapped == {}
    assert shown(read["top_forms"], "person_id", "stage") == [["A", "start"], ["A", "review"]]


def test_the_last_file_that_tells_of_a_key_counts(tmp_path):
    later = NDTMS.replace("103      | 2        | 05/02/2017", "103      | 2        | 07/02/2017").replace(
        "100 ", "190 "
    )
    read = read_ndtms([source(tmp_path, NDTMS, "a.csv"), source(tmp_path, later, "b.csv")], TableSettings())
    treatments = read["substance_treatments"]
    assert sorted(shown(treatments, "treatment_id", "assessment_date", "source_file")) == [
        ["100-1", "2017-01-03", "a.csv"],
        ["101-1", "2017-02-05", "b.csv"],
        ["102-1", "2017-02-05", "b.csv"],
        ["103-2", "2017-02-07", "b.csv"],
        ["190-1", "2017-01-03", "b.csv"],
    ]
    assert treatments.report.ignored["rows of which a later file tells again"] == 3


def test_rows_that_cannot_be_used(tmp_path):
    text = NDTMS.replace("| 12/04/2017", "| 12/13/2017").replace(
        "| 05/02/2017 |            |            |", "| soon | | |"
    )
    text = text.replace("101      | 1        | 05/02/2017", "         | 1        | 05/02/2017")
    text = text.replace("| 4      | 28 ", "| 4      | many").replace("| S       |", "| 99      |")
    read = read_ndtms([source(tmp_path, text)], TableSettings())
    assert read["top_forms"].report.rejected[["row", "column", "rule"]].to_numpy().tolist() == [
        [2, "stage", "unmapped_code"],
        [3, "form_date", "bad_date"],
    ]
    assert read["top_forms"].report.findings[["row", "column", "rule"]].to_numpy().tolist() == [
        [2, "OPIUSE", "not_a_number"]
    ]
    assert read["substance_treatments"].report.rejected[["row", "column", "rule"]].to_numpy().tolist() == [
        [4, "treatment_id", "blank"],
        [5, "assessment_date", "bad_date"],
    ]
    said = " ".join(read["top_forms"].report.rejected["reason"]) + " ".join(
        read["substance_treatments"].report.rejected["reason"]
    )
    assert not any(value in said for value in ("12/13/2017", "soon", "99"))


def test_an_error_of_a_spreadsheet_is_no_blank_and_neither_is_a_no_day_without_a_word(tmp_path):
    text = NDTMS.replace("| 01/03/2017 | 6 ", "| #N/A       | 6 ").replace("| 01/06/2017 | 83 ", "| 01/01/1900 | 83 ")
    treatments = read_ndtms([source(tmp_path, text)], TableSettings())["substance_treatments"]
    lines = (treatments.report.rejected, treatments.report.findings)
    rejected, findings = (of[["row", "column", "rule"]].to_numpy().tolist() for of in lines)
    assert rejected == [[4, "closure_date", "spreadsheet_error"]]
    assert [6, "closure_date", "no_day"] in findings


def test_talking_therapies(tmp_path):
    read = read_talking_therapies([source(tmp_path, THERAPIES)], TableSettings())
    checked(read)
    scores = read["mental_health_scores"]
    assert shown(scores, "score_id", "episode_id", "person_id", "score_date", "stage", "phq9", "gad7") == [
        ["k1", "e1", "x9", "2017-01-03", "initial", "19", "14"],
        ["k2", "e1", "x9", "2017-02-03", "interim", "12", ""],
        ["k3", "e1", "x9", "2017-03-03", "end", "8", ""],
        ["k4", "e2", "y7", "2017-01-03", "initial", "10", ""],
        ["k5", "e2", "y7", "2017-02-03", "interim", "", "9"],
    ]
    assert scores.report.unmapped == {"stage": {"77": 1}}
    assert scores.report.ignored == {
        "rows of other scores (by CodedAssToolType)": 1,
        "rows that tell more of another row's key": 1,
    }


def test_two_scores_of_one_contact_that_differ(tmp_path):
    text = THERAPIES + "e2 | y7 | k4 | 2017-01-03 | | PHQ-9 | 22 |"
    scores = read_talking_therapies([source(tmp_path, text)], TableSettings())["mental_health_scores"]
    told = scores.report.findings[scores.report.findings["rule"] == "told_differently"]
    assert told[["row", "column"]].to_numpy().tolist() == [[7, "phq9"]]
    assert shown(scores, "score_id", "phq9")[3] == ["k4", "10"]


def test_a_mapping_of_ones_own_with_names_to_link_by(tmp_path):
    text = """
        Ref | First | Last  | Born       | Home    | When
        m1  | Ella  | Nowak | 14/02/2015 | IN9 1LM | 2017-10-03
            m1  | Jo    | Nowak | 01/02/1985 | IN9 1LM | 2017-10-03
        """
    columns = {"Ref": "marac_id", "When": "referral_date"}
    names = {"First": "forename", "Last": "surname", "Born": "date_of_birth", "Home": "postcode", "Ref2": "person_id"}
    settings = TableSettings({"marac_referrals": ExtractMapping(columns=columns | names)})
    with pytest.raises(SourceError, match=r"data\.csv has no column Ref2, which marac_referrals is made from"):
        read_tables([source(tmp_path, text)], settings)
    settings = TableSettings(
        {"marac_referrals": ExtractMapping(columns=columns | names | {"Ref2": "", "Ref": "marac_id"})}
    )
    read = read_tables([source(tmp_path, text)], settings)["marac_referrals"]
    # the partner has no number of its own: who it is, linking will say
    assert shown(read, "marac_id", "person_id", "forename", "surname", "date_of_birth", "postcode") == [
        ["m1", "", "Ella", "Nowak", "14/02/2015", "IN9 1LM"],
        ["m1", "", "Jo", "Nowak", "01/02/1985", "IN9 1LM"],
    ]


def test_no_files_and_empty_files(tmp_path):
    empty = source(tmp_path, NDTMS.strip().splitlines()[0])
    for files in ([], [empty]):
        read = read_ndtms(files, TableSettings())
        checked(read)
        assert all(landed.rows.empty for landed in read.values())


STAGED = {"column": "stage", "group": "treatment_id", "date": "form_date", "stages": ["start", "review", "exit"]}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"extracts": {"treatments": {}}}, "treatments is no extract"),
        ({"extracts": {"top_forms": {"columns": {"A": "score"}}}}, "score is no column of top_forms"),
        ({"extracts": {"top_forms": {"column": {}}}}, "column"),
        (
            {"extracts": {"top_forms": {"codes": {"forename": {"A": "B"}}}}},
            "forename is no column of top_forms: it has",
        ),
        ({"extracts": {"top_forms": {"derived": {"stage": {"begun": "start"}}}}}, "begun is no column of top_forms"),
        ({"extracts": {"top_forms": {"derived": {"surname": {"stage": "A"}}}}}, "surname is no column of top_forms"),
        ({"extracts": {"top_forms": {"staged": STAGED | {"group": "episode"}}}}, "episode is no column of top_forms"),
        ({"extracts": {"top_forms": {"staged": STAGED | {"date": "day"}}}}, "day is no column of top_forms"),
        ({"extracts": {"top_forms": {"staged": STAGED | {"column": "sex"}}}}, "sex is no column of top_forms"),
        ({"mapping": 1}, "formats.tops.mapping is not a key"),
    ],
)
def test_settings_that_are_wrong(tmp_path, told, message):
    with pytest.raises(SettingsError, match=message):
        read_settings(TableSettings, told, tmp_path / "sources.toml", "formats.tops")
