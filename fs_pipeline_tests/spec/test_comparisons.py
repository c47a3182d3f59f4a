"""Comparators: published figures of an area beside shares and means of the whole authority.

The figure is the share of plans that repeat one within 24 months, 10 of 40, in the quarter.
"""

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.outputs.comparisons import comparisons
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.literals import each, extract, lines

PUBLISHED = """
    area_kind | area    | indicator | measure              | year_kind | year | value | source
    authority | Borough | 3         | cp_repeat_24_months  | school    | 2017 | 2.5   | A
    region    | East    | 3         | cp_repeat_24_months  | school    | 2017 | 2.1   | A
    england   | England | 3         | cp_repeat_24_months  | school    | 2017 | 1.4   | A
    england   | England | 3         | cp_repeat_24_months  | school    | 2019 | 1.6   | B
    england   | England | 3         | cp_repeat_24_months  | financial | 2018 | 1.5   | C
    england   | England | 3         | cp_repeat_12_months  | school    | 2017 | 3.5   | A
"""


def beside(
    quarter: str,
    published: str = PUBLISHED,
    period: str = "quarter",
    figures: tuple[tuple[object, ...], ...] = (
        (3, "cp_repeat_24_months", "authority", "all", 25.0),
        (3, "cp_repeat_24_months", "authority", "boys", None),
    ),
) -> list[dict[str, object]]:
    """The rows of `comparisons` for figures: indicator, measure, scope, group, value."""
    names = ("indicator", "measure", "scope", "group", "value")
    same = {"quarter": Quarter.parse(quarter).first_day, "period": period, "unit": "", "status": "final"}
    rows = [dict(zip(names, each, strict=True)) | same | {"numerator": None, "denominator": None} for each in figures]
    made = INDICATOR_VALUES.frame(pd.DataFrame(rows))
    rows = comparisons(Quarter.parse(quarter), made, extract(COMPARATORS, published) if published else None, TOOLKIT)
    return [{str(name): cell(value) for name, value in row.items()} for row in rows.to_dict("records")]


@each("""
    indicator | measure                | scope     | is_compared | why
    3         | cp_repeat_24_months    | authority | yes         | a share
    4         | proceedings_mean_weeks | authority | yes         | a mean
    1         | cp_plans_active        | authority | no          | a number
    5         | cla_at_end             | authority | no          | a number: a published rate is none
    2         | cp_days                | authority | no          | an amount
    3         | cp_repeat_24_months    | fs        | no          | of families in FS
    3         | cp_repeat_24_months    | cohort:1  | no          | of some of them
    5         | cla_at_end             | team:East | no          | a number of some of them
    7         | unauthorised_absence   | fs        | no          | of children in FS
""")
def test_beside_shares_and_means_of_the_whole_authority_alone(indicator, measure, scope, is_compared, why):
    heading = PUBLISHED.strip().splitlines()[0]
    published = f"{heading}\n england | England | {indicator} | {measure} | financial | 2017 | 64 | A"
    rows = beside("2017-Q4", published, figures=((indicator, measure, scope, "all", 0.0),))
    assert [row["difference"] for row in rows] == ([-64] if is_compared else []), why


@each("""
    quarter | year | comparator
    2017-Q3 | none | none
    2017-Q4 | 2017 | 1.4
    2018-Q3 | 2017 | 1.4
    2018-Q4 | 2017 | 1.4
    2019-Q3 | 2017 | 1.4
    2019-Q4 | 2019 | 1.6
    2021-Q1 | 2019 | 1.6
""")
def test_of_the_school_year_that_the_quarter_begins_in_or_the_latest_published_before(quarter, year, comparator):
    """July to September belongs to the school year that ends then; a later year is never shown."""
    rows = [row for row in beside(quarter) if (row["area_kind"], row["year_kind"]) == ("england", "school")]
    assert {(row["year"], row["comparator"]) for row in rows} == (set() if year == "none" else {(year, comparator)})


@each("""
    quarter | shown
    2018-Q1 | no
    2018-Q2 | yes
    2019-Q1 | yes
""")
def test_a_financial_year_begins_in_april(quarter, shown):
    assert any(row["year_kind"] == "financial" for row in beside(quarter)) is shown


def test_each_area_stands_beside_every_group():
    shown = [(row["group"], row["area_kind"], row["area"]) for row in beside("2017-Q4")]
    areas = [("authority", "Borough"), ("region", "East"), ("england", "England")]
    assert sorted(shown) == sorted((group, *area) for group in ("all", "boys") for area in areas)


def test_the_order_of_the_file_does_not_matter():
    heading, *published = PUBLISHED.strip().splitlines()
    assert beside("2021-Q1", "\n".join([heading, *reversed(published)])) == beside("2021-Q1")


def test_the_difference_is_the_figure_less_the_published_one():
    found = {(row["group"], row["area_kind"]): row["difference"] for row in beside("2017-Q4")}
    assert found["all", "authority"] == 22.5
    assert found["boys", "authority"] is None


def test_without_a_published_figure_of_the_measure_there_is_no_row():
    other = "\n".join([PUBLISHED.strip().splitlines()[0], PUBLISHED.strip().splitlines()[-1]])
    assert lines(other)[0]["measure"] == "cp_repeat_12_months"
    assert beside("2017-Q4", other) == beside("2017-Q4", "") == []


def test_baselines_are_not_compared():
    assert beside("2017-Q4", period="baseline") == []
