"""The quarter's workbooks as Excel finds them: figures, levels, checks, and what each audience may see."""

from __future__ import annotations

import hashlib
import math
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Results, evaluator, operational
from fs_pipeline.exports.files_made import workbook
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.exports.pseudonyms import Pseudonyms
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.extracts import EXTRACTS, POLICE_INCIDENTS
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, PERSON_LEVEL
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.twelve_months import TWELVE_MONTHS_MEASURES
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.exports.conftest import LAST as QUARTER
from fs_pipeline_tests.exports.test_pseudonyms import IDENTIFYING
from fs_pipeline_tests.orchestration.test_nothing_personal import occurring

KEY = b"0123456789abcdef" * 2
LEVELS = {PERSON_LEVEL: "people", FAMILY_LEVEL: "families"}
MARAC, EXPERTS = EXTRACTS["marac_referrals"], EXTRACTS["expert_reports"]
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")
FIGURES_BEGIN, LEVELS_BEGIN, CHECKS_BEGIN = 8, 3, 7


@pytest.fixture(scope="module")
def written(results) -> dict[str, bytes]:
    """The workbooks by audience."""
    pseudonyms = Pseudonyms(KEY)
    return {
        "operational": workbook(operational(results)),
        "evaluator": workbook(evaluator(results, pseudonyms, shifted=False)),
    }


@pytest.fixture(scope="module", params=["operational", "evaluator"])
def audience(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def book(written, audience) -> openpyxl.Workbook:
    return opened(written[audience])


@pytest.fixture(scope="module")
def shown(written, audience) -> openpyxl.Workbook:
    """The same with the values that the formulas had when it was written."""
    return openpyxl.load_workbook(BytesIO(written[audience]), data_only=True)


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def sheet_of(table: Table) -> str:
    return table.name.removeprefix("outputs/").replace("_", " ").capitalize()


def alike(one: object, other: object) -> bool:
    """Excel keeps 16 digits of a number."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-15)
    return one == other


def plain(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


def test_every_figure_is_the_lakes(book, results):
    key = ("indicator", "measure", "group", "period", "scope")
    of_quarter = results.of_quarter[results.of_quarter["indicator"] > 0]  # the cohort's size stands on the front page
    theirs = {tuple(row[name] for name in key): row for row in of_quarter.to_dict("records")}
    seen = 0
    for sheet in TOOLKIT.sheets:
        for line in book[sheet].iter_rows(min_row=FIGURES_BEGIN, values_only=True):
            number, _, measure, group, period, scope, value, numerator, denominator, unit, status = line
            row = theirs[number, measure, group, period, scope]
            assert (unit, status) == (row["unit"], row["status"])
            blank = "x" if status == "not_supplied" else "z"
            assert alike(value, blank if pd.isna(row["value"]) else row["value"])
            assert alike(numerator, cell(row["numerator"]))
            assert alike(denominator, cell(row["denominator"]))
            seen += 1
    assert seen == len(theirs) > 500


@pytest.mark.parametrize("table", [PERSON_LEVEL, FAMILY_LEVEL], ids=sheet_of)
def test_the_levels_stand_under_the_toolkits_codes_and_names(table, book, results):
    sheet = book[sheet_of(table)]
    lines = sheet.iter_rows(min_row=1, max_row=2, values_only=True)
    codes, titles = ([value or "" for value in line] for line in lines)
    assert codes == [column.code for column in table.columns]
    assert titles == [column.title or "Quarter" for column in table.columns]
    assert sheet.max_row - 2 == len(getattr(results, LEVELS[table])) > 10


@pytest.mark.parametrize("table", [PERSON_LEVEL, FAMILY_LEVEL], ids=sheet_of)
def test_the_councils_levels_are_the_lakes(table, written, results):
    sheet = opened(written["operational"])[sheet_of(table)]
    rows = getattr(results, LEVELS[table]).to_dict("records")
    for line, row in zip(sheet.iter_rows(min_row=LEVELS_BEGIN), rows, strict=True):
        assert all(alike(plain(ours.value), cell(theirs)) for ours, theirs in zip(line, row.values(), strict=True))
        for each, column in zip(line, table.columns, strict=True):
            if each.value is not None and column.kind.word in ("date", "string"):
                assert each.data_type == {"date": "d", "string": "s"}[column.kind.word]


def test_the_checks_are_formulas_that_agree(book, shown):
    """Each formula is worked out here from the cells that it names."""
    formulas, values, people = book["Checks"], shown["Checks"], shown["Person level"]
    seen = 0
    for line in formulas.iter_rows(min_row=CHECKS_BEGIN + 1):
        for each in line[1:-1]:
            value = values[each.coordinate].value
            if sums := re.fullmatch(r"=SUMIFS\('Person level'!\$(\w+)\$3:.*,'Person level'!\$(\w+)\$3:.*", each.value):
                key = values.cell(each.row, 1).value
                rows = range(LEVELS_BEGIN, people.max_row + 1)
                added = sum(
                    people[f"{sums[1]}{row}"].value or 0 for row in rows if people[f"{sums[2]}{row}"].value == key
                )
                assert value == added
                assert each.number_format == "#,##0"
            else:
                assert each.number_format in ("#,##0.0##", "0.0%")
                part, whole = re.fullmatch(r'=IF\(\w+=0,"",(\w+)/(\w+)\)', each.value).groups()
                part, whole = values[part].value, values[whole].value
                assert value == (part / whole if whole else None) or (not whole and not value)
            seen += 1
    assert seen > 100
    assert formulas["B4"].value.startswith("=COUNTIF(")
    agree = [line[-1].value for line in values.iter_rows(min_row=CHECKS_BEGIN + 1)]
    assert set(agree) == {"yes"}


@pytest.mark.parametrize(("by", "differ"), [(0, 0), (1e-10, 0), (1, 1)])
def test_a_family_that_differs_from_its_people_is_told_without_working_out_a_formula(by, differ, results):
    families = results.families.assign(mean_cp_days_in_family=results.families["mean_cp_days_in_family"].fillna(0))
    families.loc[0, "mean_cp_days_in_family"] += by
    made = workbook(operational(replace(results, families=families)))
    checks = openpyxl.load_workbook(BytesIO(made), data_only=True)["Checks"]
    agree = [line[-1].value for line in checks.iter_rows(min_row=CHECKS_BEGIN)]
    assert agree == ["NO" if by == 1 else "yes", *["yes"] * (len(families) - 1)]
    assert checks["B4"].value == differ


def test_every_measure_of_the_twelve_months_is_defined_in_its_own_words(book):
    defined = {(line[0], line[1], line[4]) for line in book["Definitions"].iter_rows(values_only=True)}
    measures = {(str(number), measure.name, measure.meaning) for number, measure in TWELVE_MONTHS_MEASURES}
    of_quarter = {(str(number), name, of.meaning) for (number, name), of in TOOLKIT.measures.items()}
    assert len(measures) == 11 and measures - of_quarter and measures | of_quarter <= defined


def test_it_is_set_up_to_be_read_and_printed(book):
    assert book.sheetnames[0] == "Front page"
    for sheet in book:
        assert len(sheet.title) <= 31
        assert sheet.page_setup.orientation == ("portrait" if sheet.title == "Front page" else "landscape")
        assert sheet.oddHeader.right.text
    assert (book["Person level"].freeze_panes, book["Family level"].freeze_panes) == ("E3", "C3")
    assert book["Person level"].auto_filter.ref.startswith("A2:")
    assert len(book["Front page"]._charts) == 8


def test_no_whole_number_is_written_with_a_bare_point(book):
    bare = [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float) and ".#" in cell.number_format and cell.value == int(cell.value)
    ]
    assert not bare  # Excel writes 5 as "5." when decimals are left to choice


def test_the_front_page_says_what_was_not_supplied(results):
    without = [replace(each, supplied=each.extract is not POLICE_INCIDENTS) for each in results.provenance.sources]
    missing = replace(results, provenance=replace(results.provenance, sources=tuple(without)))
    first = [line[0] for line in opened(workbook(operational(missing)))["Front page"].iter_rows(values_only=True)]
    assert first[0] == "Family Safeguarding KPI toolkit, Oct-Dec 2018, Invented Borough"
    assert "Not supplied for this quarter, so that what needs it is blank and marked x: police incidents." in first


@pytest.mark.parametrize(
    ("used", "rejected", "said"),
    [
        (5, 0, []),
        (1, 4, ["Rows that could not be used were left out of: police incidents."]),
        (
            0,
            0,
            ["Nothing that can be used was delivered of: police incidents. What needs it counts nothing."],
        ),
        (
            *(0, 5),
            [
                "Nothing that can be used was delivered of: police incidents. What needs it counts nothing.",
                "Rows that could not be used were left out of: police incidents.",
            ],
        ),
    ],
)
def test_the_front_page_does_not_call_supplied_what_cannot_be_used(results, used, rejected, said):
    police, others = {"used": used, "rejected": rejected}, {"used": 1, "rejected": 0}
    sources = tuple(
        replace(each, counts=police if each.extract is POLICE_INCIDENTS else others)
        for each in results.provenance.sources
    )
    contents = operational(replace(results, provenance=replace(results.provenance, sources=sources)))
    first = [line[0] for line in opened(workbook(contents))["Front page"].iter_rows(values_only=True)]
    begins = first.index("Something was delivered for every extract of this quarter.") + 1
    assert first[begins : begins + len(said)] == said
    assert not any("supplied" in str(words) for words in first[:begins])


def test_definitions_and_provenance_are_there(book, audience):
    names = [line[1] for line in book["Definitions"].iter_rows(values_only=True)]
    assert {"cp_plans_active", "people_high_risk", "family_key", "lsir_end"} <= set(names)
    decisions = [line[0] for line in book["Definitions"].iter_rows(values_only=True)]
    assert {f"Z{number:02}" for number in range(1, 32)} <= set(decisions)
    made_from = {line[0]: line for line in book["Provenance"].iter_rows(values_only=True)}
    file, version, delivered = made_from["people"][2:5]
    if audience == "operational":
        assert (file, version) == ("extracts/2018-10-01/people.csv", "0a1b2c3d")
        assert delivered == "2019-01-07T08:00:00+00:00"
    else:
        assert file == delivered == ""
        assert re.fullmatch("[0-9a-f]{8}", version) and version != "0a1b2c3d"
    assert {"Dagster run", "Setting start", "outputs/person_level"} <= set(made_from)


def test_data_quality_shows_rules_and_coverage(book, audience):
    lines = [line for line in book["Data quality"].iter_rows(values_only=True) if line[0] == "people"]
    if audience == "evaluator":
        assert [line[1:] for line in lines] == [("case management system", "yes"), ("yes", None)]
        return
    assert lines[0][2:6] == ("yes", 12, 10, 2)
    assert lines[1][1:4] == ("unknown code", "left out", 2)
    assert lines[2][1:4] == ("1510", "finding", 1)
    assert lines[3][1] == "yes"


def parts(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_no_identifier_is_in_the_evaluators_file(written, results):
    known = {value for name in IDENTIFYING for value in results.people[name].dropna()}
    assert len(known) > 100
    assert occurring(known, parts(written["operational"])) == known
    assert occurring(known, parts(written["evaluator"])) == set()


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_guess_of_a_small_delivery_is_not_confirmed_by_the_evaluators_workbook(rows, results):
    """With one file or another of a row more, nothing differs but versions, and these only who has the key can make."""
    guesses = ["person_id,referral_date\n" + "P-1,2018-10-01\n" * number for number in (rows, rows + 1)]
    made = [made_of(guess, results) for guess in guesses]
    one, other = (cells(workbook(evaluator(each, Pseudonyms(KEY), shifted=False))) for each in made)
    differ = {place for place in one | other if one.get(place) != other.get(place)}
    assert {sheet for sheet, _ in differ} == {"Provenance"}
    for place in differ:
        assert re.fullmatch("[0-9a-f]{8}", str(one[place])) and one[place] not in heads(guesses)
    councils = cells(workbook(operational(made[0])))
    assert heads(guesses[:1]) & {*map(str, councils.values())}  # that workbook would be found to give it away


def test_versions_under_the_key_do_not_tell_that_two_quarters_deliveries_are_alike():
    """Nor two extracts': a file without a row is the same in every quarter."""
    places = [(QUARTER, MARAC), (QUARTER, EXPERTS), (Quarter.parse("2019-Q1"), MARAC)]
    known = Provenance("Name", QUARTER, tuple(Source(each, of, True, version="0" * 64) for of, each in places))
    versions = [each.version for each in known.outside(Pseudonyms(KEY).version).sources]
    assert len(set(versions)) == 3
    assert versions == [each.version for each in known.outside(Pseudonyms(KEY).version).sources]
    assert versions != [each.version for each in known.outside(Pseudonyms(b"o" * 32).version).sources]


def made_of(content: str, results: Results) -> Results:
    """The results as if this had been delivered as the MARAC referrals, and data quality made of it."""
    digest, rows = hashlib.sha256(content.encode()).hexdigest(), content.count("\n") - 1
    source = Source(MARAC, QUARTER, True, f"{rows}.csv", digest, f"{rows} o'clock", {"delivered": rows}, {"late": rows})
    tables = {"outputs/data_quality": digest}
    return replace(results, provenance=replace(results.provenance, sources=(source,), tables=tables))


def cells(content: bytes) -> dict[tuple[str, str], object]:
    """What stands in the cells of a workbook, by sheet and place."""
    return {(sheet.title, cell.coordinate): cell.value for sheet in opened(content) for row in sheet for cell in row}


def heads(guesses: list[str]) -> set[str]:
    """The heads of every usual hash of the guesses, as long as versions are shown."""
    return {hashlib.new(name, guess.encode()).hexdigest()[:8] for name in HASHES for guess in guesses}


INJECTED = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "http://example.org")


def test_what_looks_like_a_formula_arrives_as_text(results):
    teams = [*INJECTED, *results.people["latest_fs_team"][len(INJECTED) :]]
    made = workbook(operational(replace(results, people=results.people.assign(latest_fs_team=teams))))
    sheet = opened(made)["Person level"]
    column = PERSON_LEVEL.names.index("latest_fs_team") + 1
    cells = [sheet.cell(row, column) for row in range(LEVELS_BEGIN, LEVELS_BEGIN + len(INJECTED))]
    assert [each.data_type for each in cells] == ["s"] * len(INJECTED)
    assert [each.value.replace("_x000D_", "\r").strip() for each in cells] == [text.strip() for text in INJECTED]
    assert not any(each.hyperlink for each in cells)


@pytest.mark.parametrize("keys", ["numbers", "capitals"])
def test_family_keys_that_sumifs_would_confuse_are_compared_letter_by_letter(keys, results):
    families = sorted(results.families["family_key"])
    other = {
        "numbers": {family: f"{number:04}" for number, family in enumerate(families)},
        "capitals": dict(zip(families, ["fa", "FA", *families[2:]], strict=True)),
    }[keys]
    renamed = replace(
        results,
        people=results.people.assign(family_key=results.people["family_key"].map(other)),
        families=results.families.assign(family_key=results.families["family_key"].map(other)),
    )
    formula = opened(workbook(operational(renamed)))["Checks"].cell(CHECKS_BEGIN + 1, 2).value
    assert formula.startswith("=SUMPRODUCT(--EXACT(")


def test_the_same_results_give_the_same_bytes(written, results):
    assert workbook(operational(results)) == written["operational"]
