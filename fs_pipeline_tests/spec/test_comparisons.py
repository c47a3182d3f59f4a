"""Comparators: published figures of the authority, its region and England beside the programme's own.

The figure is Amy's unauthorised absence, 10 of 40 sessions, in the quarter.
"""

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.outputs.comparisons import comparisons
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.literals import each, extract, lines

PUBLISHED = """
    area_kind | area    | indicator | measure              | year_kind | year | value | source
    authority | Borough | 7         | unauthorised_absence | school    | 2017 | 2.5   | A
    region    | East    | 7         | unauthorised_absence | school    | 2017 | 2.1   | A
    england   | England | 7         | unauthorised_absence | school    | 2017 | 1.4   | A
    england   | England | 7         | unauthorised_absence | school    | 2019 | 1.6   | B
    england   | England | 7         | unauthorised_absence | financial | 2018 | 1.5   | C
    england   | England | 7         | authorised_absence   | school    | 2017 | 3.5   | A
"""


def beside(quarter: str, published: str = PUBLISHED, period: str = "quarter") -> list[dict[str, object]]:
    """The rows of `comparisons` for a figure of 25 per cent of `fs`, of all and of boys, and a blank of `cohort:1`."""
    first_day = Quarter.parse(quarter).first_day
    figures = INDICATOR_VALUES.frame(
        {
            "quarter": [first_day] * 3,
            "indicator": [7] * 3,
            "measure": ["unauthorised_absence"] * 3,
            "scope": ["fs", "fs", "cohort:1"],
            **{"group": ["all", "boys", "all"], "period": [period] * 3},
            **{"value": [25.0, 25.0, None], "numerator": [10.0, 10.0, 0.0], "denominator": [40.0, 40.0, 0.0]},
            **{"unit": ["%"] * 3, "status": ["final"] * 3},
        }
    )
    rows = comparisons(Quarter.parse(quarter), figures, extract(COMPARATORS, published) if published else None)
    return [{str(name): cell(value) for name, value in row.items()} for row in rows.to_dict("records")]


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


def test_each_area_stands_beside_every_scope_and_group():
    shown = [(row["scope"], row["group"], row["area_kind"], row["area"]) for row in beside("2017-Q4")]
    areas = [("authority", "Borough"), ("region", "East"), ("england", "England")]
    figures = [("fs", "all"), ("fs", "boys"), ("cohort:1", "all")]
    assert sorted(shown) == sorted((*figure, *area) for figure in figures for area in areas)


def test_the_order_of_the_file_does_not_matter():
    heading, *published = PUBLISHED.strip().splitlines()
    assert beside("2021-Q1", "\n".join([heading, *reversed(published)])) == beside("2021-Q1")


def test_the_difference_is_the_figure_less_the_published_one():
    found = {(row["scope"], row["area_kind"]): row["difference"] for row in beside("2017-Q4")}
    assert found["fs", "authority"] == 22.5
    assert found["cohort:1", "authority"] is None


def test_without_a_published_figure_of_the_measure_there_is_no_row():
    other = "\n".join([PUBLISHED.strip().splitlines()[0], PUBLISHED.strip().splitlines()[-1]])
    assert lines(other)[0]["measure"] == "authorised_absence"
    assert beside("2017-Q4", other) == beside("2017-Q4", "") == []


def test_baselines_are_not_compared():
    assert beside("2017-Q4", period="baseline") == []
