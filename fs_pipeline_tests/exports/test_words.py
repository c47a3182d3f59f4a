"""The words beside figures: what they may say of before and after, of two quarters, and of what was delivered."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import evaluator, operational, published
from fs_pipeline.exports.files_made import workbook
from fs_pipeline.exports.front_sheets import Series, in_words, verdict
from fs_pipeline.exports.pseudonyms import Pseudonyms
from fs_pipeline.exports.published_before_after import published_before_after
from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.exports.report import page
from fs_pipeline.outputs.region import region_before_after, region_values
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.extracts import POLICE_INCIDENTS
from fs_pipeline.toolkit.figures import Headline
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER
from fs_pipeline_tests.literals import each

SENTENCE = (
    "These are the same people before and after. Families come to Family Safeguarding at their worst, so figures such "
    "as police contacts fall afterwards whatever is done, and care, which begins after referral, rises. This shows "
    "change, not the effect of Family Safeguarding."
)
AUDIENCES = {
    "operational": operational,
    "evaluator": lambda results: evaluator(results, Pseudonyms(b"0123456789abcdef" * 2), shifted=False),
    "published": published,
}
LAST, QUARTERS = Quarter.parse("2018-Q4"), Quarter.parse("2018-Q3").until(Quarter.parse("2018-Q4"))


def texts(content: bytes, *sheets: str) -> dict[str, str]:
    """Of each sheet all that it says, in one line."""
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    return {
        sheet.title: " ".join(str(value) for line in sheet.iter_rows(values_only=True) for value in line if value)
        for sheet in book
        if not sheets or sheet.title in sheets
    }


def region_made(results) -> bytes:
    """The region's workbook of two authorities with the same figures."""
    of_cohort = results.of_quarter["indicator"] == 0
    both, sizes = (dict.fromkeys(("North", "South"), results.of_quarter[rows]) for rows in (~of_cohort, of_cohort))
    compared = dict.fromkeys(both, results.before_after)
    values, added = region_values(LAST, both, TOOLKIT), region_before_after(LAST, compared, TOOLKIT)
    (content,) = region_workbook("Region", LAST, values, added, both, compared, sizes, TOOLKIT).values()
    return content


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_sentence_stands_beside_before_and_after_and_nothing_is_clear(audience, results):
    said = texts(workbook(AUDIENCES[audience](results)))
    assert SENTENCE in said["Front page"] and SENTENCE in said["Before and after"]
    assert not re.search("clearly", " ".join(said.values()), re.IGNORECASE)


def test_the_sentence_stands_in_the_report_and_on_the_regions_sheet(results):
    assert SENTENCE in page(published(results))
    assert SENTENCE in texts(region_made(results))["Before and after"]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_size_of_the_cohort_stands_first(audience, results):
    """In public, and in a region's workbook, the numbers are rounded like any other."""
    sizes = results.of_quarter[results.of_quarter["indicator"] == 0].set_index("measure")["value"]
    numbers = [int(sizes[name]) for name in ("families", "children", "adults")]
    assert numbers[0] == results.families["family_key"].nunique() > 20
    said = "On the roster at the end of the quarter: families {}, children {}, adults {}."
    rounded, of_both = ([5 * int(times * each / 5 + 0.5) for each in numbers] for times in (1, 2))
    words = said.format(*(rounded if audience == "published" else numbers))
    sheet = openpyxl.load_workbook(BytesIO(workbook(AUDIENCES[audience](results))))["Front page"]
    assert sheet.cell(4, 1).value == words
    if audience == "published":
        made = page(published(results))
        assert made.index(words) < made.index("<h2")
        region = texts(region_made(results), "Front page")["Front page"]
        assert f"Region. {said.format(*of_both)} North. {words} South. {words}" in region


@each("""
    low  | high | says
    -9   | -2   | Lower after
    -9   | -0.1 | Lower after
    -9   | 0    | No clear change
    -9   | 3    | No clear change
    0    | 4    | No clear change
    0.1  | 4    | Higher after
    .    | .    | Too few families to say
""")
def test_a_verdict_says_what_the_interval_says(low, high, says):
    low, high = (np.nan if end == "." else float(end) for end in (low, high))
    assert verdict({"interval_low": low, "interval_high": high, "difference": (low + high) / 2, "symbol": ""}) == says


@given(st.sampled_from([(17, "victim_count"), (2, "cp_days"), (7, "unauthorised_absence")]), st.data())
def test_a_public_verdict_is_the_unrounded_ones_or_says_no_more(of, data):
    """And it is what the rounded numbers beside it say."""
    most = 100 if of[0] == 7 else 400
    before, after = (data.draw(st.floats(0, most) if of[0] == 7 else st.integers(6, most)) for _ in range(2))
    half = data.draw(st.floats(0.01, 200))
    row = {"quarter": LAST.start, "indicator": of[0], "measure": of[1], "scope": "fs", "group": "all"}
    row |= {"people": 60, "families": 40, "before": float(before), "after": float(after), "difference": after - before}
    row |= {"percentage_change": 0.0, "interval_low": after - before - half, "interval_high": after - before + half}
    (shown,) = published_before_after(
        BEFORE_AFTER.frame(pd.DataFrame([row])), pd.Timestamp(LAST.start), TOOLKIT
    ).to_dict("records")
    assert shown["symbol"] == ""
    assert verdict(shown) in (verdict(row | {"symbol": ""}), "No clear change")
    if verdict(shown) != "No clear change":
        sign = -1 if verdict(shown) == "Lower after" else 1
        assert all(sign * shown[name] > 0 for name in ("difference", "interval_low", "interval_high"))


def words(last: float, now: float, *, is_public: bool, statuses=("final", "final")) -> str:
    measure = TOOLKIT.measure(19, "people_high_risk")
    made = Series(Headline("High risk"), measure, tuple(QUARTERS), (last, now), ("", ""), statuses)
    return in_words(made, is_public=is_public)


@each("""
    last | now | council                                | public
    48   | 52  | Up on last quarter; fewer is better    | About as last quarter
    52   | 53  | Up on last quarter; fewer is better    | Up on last quarter; fewer is better
    52   | 48  | Down on last quarter; fewer is better  | About as last quarter
    48   | 47  | Down on last quarter; fewer is better  | Down on last quarter; fewer is better
    50   | 50  | As last quarter                        | About as last quarter
""")
def test_words_of_two_quarters(last, now, council, public):
    """A public word is never another than the council's: of rounded numbers that are alike it says so, always."""
    rounded = [5.0 * int(value / 5 + 0.5) for value in (last, now)]
    assert words(float(last), float(now), is_public=False) == council
    assert words(*rounded, is_public=True) == public


@each("""
    last    | now     | says
    final   | final   | Up on last quarter; fewer is better
    partial | final   | Up on last quarter; fewer is better (part of the data is missing)
    final   | partial | Up on last quarter; fewer is better (part of the data is missing)
""")
def test_a_comparison_with_a_part_says_so_whichever_quarter_it_is(last, now, says):
    assert words(40.0, 50.0, is_public=False, statuses=(last, now)) == says


def test_the_front_page_says_of_which_extracts_rows_were_left_out(results):
    """The fixture's deliveries have 12 rows of which 2 were left out; here of police incidents alone."""
    sources = tuple(
        each if each.extract is POLICE_INCIDENTS else replace(each, counts={"delivered": 12, "used": 12, "rejected": 0})
        for each in results.provenance.sources
    )
    changed = replace(results, provenance=replace(results.provenance, sources=sources))
    said = texts(workbook(operational(changed)), "Front page")["Front page"]
    assert "Something was delivered for every extract of this quarter." in said
    assert "Rows that could not be used were left out of: police incidents." in said
    assert "supplied for this quarter" not in said
