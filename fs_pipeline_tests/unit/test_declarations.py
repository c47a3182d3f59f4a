"""What figures and breakdowns declare of themselves: nothing loads, or leaves the building, without a word on that."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.published import published_figures
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.breakdowns import COHORT, Breakdown
from fs_pipeline.toolkit.comparators import comparators_of
from fs_pipeline.toolkit.extracts import CASELOADS, DA_PROGRAMMES, HEALTH_ACTIVITY, WAITING_LISTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.figures import Count, Indicator, Mean, Measure, Share, Unit, measure_of
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline_tests.declared import NAME, NUMBER, toolkit_of
from fs_pipeline_tests.declared_need import with_need

QUARTER = Quarter.parse("2018-Q4")


def test_a_measure_or_breakdown_that_does_not_say_who_may_see_it_does_not_load():
    with pytest.raises(TypeError, match="published"):
        Measure("children_moved", Count(Unit.CHILDREN), "Children who moved.")
    with pytest.raises(TypeError, match="published"):
        Breakdown(name="ward", column="ward", people="the children of a ward")


@pytest.mark.parametrize(
    ("column", "cell"), [("published", ""), ("published", "maybe"), ("unit", "adults"), ("kind", "median")]
)
def test_a_row_of_measures_that_does_not_say_what_it_has_to_does_not_load(column, cell):
    row = next(row for row in sheet("measures") if row["indicator"] == "1")
    assert measure_of(row) == TOOLKIT.indicators[0].measures[0]
    with pytest.raises(ValueError, match="cp_plans_active of indicator 1"):
        measure_of({**row, column: cell})


def test_groups_are_the_codes_of_the_extracts_that_they_divide():
    modes = CASELOADS.contract("mode").codes
    disciplines = CASELOADS.contract("discipline").codes
    groups = {(number, name): measure.groups for (number, name), measure in TOOLKIT.measures.items()}
    assert groups[8, "people_with_event"] == HEALTH_ACTIVITY.contract("age_group").codes
    assert groups[14, "cases_per_worker"] == tuple(f"{each}/{mode}" for each in disciplines for mode in modes)
    assert groups[14, "people_waiting"] == WAITING_LISTS.contract("discipline").codes
    assert groups[18, "completion_rate"] == DA_PROGRAMMES.contract("participant").codes


def test_a_toolkit_has_each_indicator_and_breakdown_once():
    (indicator,) = toolkit_of("people").indicators
    for indicators, breakdowns in (((indicator, indicator), ()), ((), (COHORT, COHORT))):
        with pytest.raises(ValueError, match="declared once each"):
            Toolkit(indicators, breakdowns)


def figures(*scopes: str) -> pd.DataFrame:
    """Twelve people in each of the scopes."""
    made = Figures(toolkit_of("people").by_number[NUMBER], QUARTER)
    made.count(NAME, scopes, np.full(len(scopes), 12.0))
    return made.frame()


def published_scopes(toolkit: Toolkit, *scopes: str) -> set[str]:
    return set(published_figures(figures(*scopes), pd.Timestamp(QUARTER.first_day), toolkit)["scope"])


def test_a_scope_that_nobody_declared_is_not_published_and_one_that_is_published_is():
    scopes = ("fs", "cohort:1", "team:North", "ethnicity:WBRI")
    assert published_scopes(toolkit_of("people"), *scopes) == {"fs", "cohort:1"}
    for published in (True, False):
        ethnicity = Breakdown(name="ethnicity", column="ethnicity", people="people of a group", published=published)
        declared = replace(toolkit_of("people"), breakdowns=(COHORT, ethnicity))
        assert published_scopes(declared, *scopes) == {"fs", "cohort:1"} | ({"ethnicity:WBRI"} if published else set())


def test_a_measure_that_is_not_published_or_not_known_is_in_no_public_table():
    known = Figures(TOOLKIT.by_number[4], QUARTER)
    known.count("proceedings_issued", ("fs",), np.array([12.0]))
    both = INDICATOR_VALUES.frame(pd.concat([figures("fs"), known.frame()], ignore_index=True))
    (kept,) = toolkit_of("people", published=False).indicators
    for toolkit in (TOOLKIT, Toolkit((kept, *TOOLKIT.indicators[3:]))):
        shown = published_figures(both, pd.Timestamp(QUARTER.first_day), toolkit)
        assert shown["measure"].tolist() == ["proceedings_issued"]


def test_what_a_published_breakdown_leaves_of_all_families_is_not_given_away():
    """Shown, 7 in all are 6 or 7, and so are the 6 of one group: the 1 of the other would be just what is left."""
    ethnicity = Breakdown(name="ethnicity", column="ethnicity", people="people of a group", published=True)
    made = Figures(toolkit_of("people").by_number[NUMBER], QUARTER)
    made.count(NAME, ("fs", "ethnicity:A", "ethnicity:B"), np.array([7.0, 6.0, 1.0]))
    toolkit = replace(toolkit_of("people"), breakdowns=(ethnicity,))
    shown = published_figures(made.frame(), pd.Timestamp(QUARTER.first_day), toolkit).set_index("scope")["symbol"]
    assert shown["ethnicity:B"] == "c"
    assert "c" in (shown["fs"], shown["ethnicity:A"])


def test_a_measure_exists_from_its_first_quarter_on():
    (measure,) = toolkit_of("people").by_number[NUMBER].measures
    for since, rows in ((None, 1), (date(2018, 10, 1), 1), (date(2019, 1, 1), 0)):
        made = Figures(Indicator(NUMBER, "An indicator", (replace(measure, since=since),), "A sheet"), QUARTER)
        made.count(NAME, ("fs",), np.array([1.0]))
        assert len(made.frame()) == rows


def test_a_comparator_is_of_an_indicator_that_there_is():
    for toolkit, numbers in ((TOOLKIT, (1, 20)), (with_need().toolkit, (1, 21))):
        column = comparators_of(toolkit).contract("indicator")
        assert (column.minimum, column.maximum) == numbers


def test_every_number_that_a_measure_names_is_one_that_a_measure_has():
    """A slip of the pen in what a number is part of, or continues, would be a relation that the audit never uses."""
    numbers = set()
    for (indicator, name), measure in TOOLKIT.measures.items():
        numbers |= {(indicator, name), (indicator, measure.part), (indicator, measure.whole)}
    # or the whole of two parts or more, which need be no figure itself
    numbers |= {of for of, splits in TOOLKIT.splits.items() if any(len(parts) > 1 for parts in splits.values())}
    named = {
        *((each.indicator or of[0], each.whole) for of, parts in TOOLKIT.part_of.items() for each in parts),
        *((of[0], each.number) for of, each in TOOLKIT.continues.items()),
        *(
            (of[0], each)
            for of, mean in TOOLKIT.measures.items()
            if isinstance(mean.made, Mean)
            for each in mean.made.of
        ),
    }
    assert len(named) > 8
    assert named <= numbers
    shares = [measure for measure in TOOLKIT.measures.values() if isinstance(measure.made, Share)]
    assert {measure.unit for measure in shares} == {Unit.PERCENT}
