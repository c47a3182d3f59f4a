"""The toolkit's parameters: dated values, the words that carry them, and no copies of them in words."""

from __future__ import annotations

import ast
import csv
import inspect
import re
import textwrap
from collections.abc import Iterator
from datetime import date

import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Calculation
from fs_pipeline.subjects.child_protection.fields import child_protection
from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline.toolkit.fields import FIELDS
from fs_pipeline.toolkit.parameters import DECISIONS, PARAMETERS, Parameters
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.twelve_months import BASELINE, FOLLOW_UP
from fs_pipeline_tests.ledgers import CALCULATIONS
from fs_pipeline_tests.literals import Case, row

AMENDED = """name,from,value,unit,decision,toolkit
repeat_within_12_months,,365,days,Z19,I21
repeat_within_12_months,2027-04-01,366,days,Z19,I21
repeat_within_24_months,,730,days,Z19,I22
"""


def parameters(text: str) -> Parameters:
    return Parameters.of(csv.DictReader(text.splitlines()))


def test_a_changed_decision_holds_from_its_first_quarter_on():
    amended = parameters(AMENDED)
    assert [
        amended.on(date.fromisoformat(day))["repeat_within_12_months"]
        for day in ("2016-10-01", "2027-01-01", "2027-04-01", "2030-01-01")
    ] == [365, 365, 366, 366]
    assert amended.fill("less than {repeat_within_12_months} days") == "less than 365 (366 from April 2027) days"


def test_a_gap_of_365_days_becomes_a_repeat_in_the_quarter_of_the_new_decision_alone():
    for quarter, is_repeat in (("2027-Q1", False), ("2027-Q2", True)):
        first_day = Quarter.parse(quarter).first_day
        since, a_year_ago = (f"{day:%d/%m/%Y}" for day in (first_day, first_day.replace(year=first_day.year - 1)))
        case = Case(row(family="Green", person="Amy", role="child", since=since), quarter).given(
            CP_PLANS,
            f"""
            person | start      | end
            Amy    | 01/01/2025 | {a_year_ago}
            Amy    | {since}    |
            """,
        )
        people, plans = case.table("cohort/people"), case.extracts()[Quarter.parse(quarter)]["cp_plans"]
        fields = child_protection(Quarter.parse(quarter), parameters(AMENDED).on(first_day), people, plans)
        assert fields["days_since_previous_cp_plan"].tolist() == [365]
        assert fields["repeat_within_12_months"].tolist() == [is_repeat]


@pytest.mark.parametrize(
    "rows",
    [
        "repeat,2027-04-01,366,days,Z19,I21",
        "repeat,,365,days,Z19,I21\nrepeat,,366,days,Z19,I21",
        "repeat,,365,days,Z19,I21\nrepeat,2027-04-01,366,days,Z19,I21\nrepeat,2027-04-01,367,days,Z19,I21",
    ],
)
def test_a_sheet_with_gaps_or_two_values_at_once_is_refused(rows):
    with pytest.raises(ValueError, match="repeat: one row without a first quarter"):
        parameters("name,from,value,unit,decision,toolkit\n" + rows)


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="has no"):
        PARAMETERS.only("repeat_within_13_months")
    with pytest.raises(ValueError, match="has no"):
        PARAMETERS.fill("{repeat_within_13_months} days")


def test_every_parameter_is_needed_by_a_calculation_and_settled_by_a_decision_that_exists():
    needed = {name for made in CALCULATIONS if made.parameters for name in made.parameters.names}
    assert needed == {*PARAMETERS.names}
    assert {parameter.decision for parameter in PARAMETERS.each} <= {"", *DECISIONS}
    assert all(Quarter(first) for parameter in PARAMETERS.each for first, _ in parameter.values[1:])


def test_words_have_the_numbers_in_them():
    assert FIELDS["repeat_within_12_months"].description == "I20 < 365; blank when I20 is blank."
    assert DECISIONS["Z19"].decided == "365 (730) itself is no"
    descriptions = {made.table.name: made.description for made in CALCULATIONS}
    assert "was 5 to 15 on the 31 August" in descriptions["fields/attendance"]
    for made in CALCULATIONS:
        measures = made.indicator.measures if made.indicator else ()
        words = [made.description, *(each.description for each in made.table.columns)]
        words += [each.meaning for each in measures]
        assert not any("{" in text for text in words), made.table.name


@pytest.mark.parametrize("made", CALCULATIONS, ids=lambda made: made.table.name)
def test_no_words_of_a_calculation_carry_a_copy_of_its_parameters(made):
    """A number that is a value of a parameter which it needs, or names in its words, stands there in braces."""
    texts = list(_words(made))
    names = {name for text in texts for name in re.findall(r"\{(\w+)\}", text)}
    names |= set(made.parameters.names if made.parameters else ())
    values = {str(value) for each in PARAMETERS.only(*names).each for _, value in each.values}
    copies = {number for text in texts for number in re.findall(r"\b\d+\b", text) if number in values}
    assert not copies, f"{copies} in the words of {made.table.name}"


def _words(made: Calculation) -> Iterator[str]:
    """The words of a calculation as they are written: docstring, meanings of measures, definitions of columns."""
    title = made.indicator.title if made.indicator else ""
    source = textwrap.dedent(inspect.getsource(made.function))
    yield from _texts(source, title)
    if made.group == "fields":
        yield from (field["definition"] for field in sheet("fields") if field["column"] in made.table.names)
    yield from (column["description"] for column in sheet("columns") if column["table"] == made.table.name)
    if made.table.name in (BASELINE.name, FOLLOW_UP.name):
        yield from (column["description"] for column in sheet("twelve_months"))


def _texts(source: str, title: str = "") -> Iterator[str]:
    """The texts in a source; the toolkit's own title of an indicator quotes it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != title:
            yield node.value
