"""What everyone may see: nothing of people, no small number, and none that could be worked out from the workbook."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from itertools import chain

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.cell import Cell

from fs_pipeline.exports.audiences import operational, published
from fs_pipeline.exports.files_made import workbook
from fs_pipeline.exports.published import published_figures
from fs_pipeline.exports.published_before_after import published_before_after
from fs_pipeline.exports.report import line_chart, page
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.comparators import COMPARISONS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER
from fs_pipeline_tests.declared import NAME, NUMBER, toolkit_of
from fs_pipeline_tests.exports.attack import COUNTED, SAME_PEOPLE, cells_of, given_away, put_together, read
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.orchestration.test_nothing_personal import occurring

QUARTER = pd.Timestamp(2018, 10, 1)


@pytest.fixture(scope="module")
def written(results) -> bytes:
    return workbook(published(results))


@pytest.fixture(scope="module")
def lines(written) -> pd.DataFrame:
    """The figures as the workbook shows them, by sheet and row."""
    book = openpyxl.load_workbook(BytesIO(written), data_only=True)
    names = ["indicator", "what", "measure", "group", "period", "scope", "shown", "unit", "status"]
    found = [line for sheet in TOOLKIT.sheets for line in book[sheet].iter_rows(min_row=8, values_only=True) if line[0]]
    return pd.DataFrame(found, columns=names)


@pytest.fixture(scope="module")
def truth(results) -> dict[tuple[object, ...], pd.Series]:
    of_quarter = results.figures[results.figures["quarter"] == QUARTER]
    of_quarter = of_quarter[of_quarter["period"] == "quarter"]
    return {tuple(row[name] for name in KEY): row for _, row in of_quarter.iterrows()}


KEY = ("indicator", "measure", "scope", "group")


def test_aggregates_alone(written, results, lines):
    book = openpyxl.load_workbook(BytesIO(written))
    assert not {"Person level", "Family level", "Checks", "Data quality", "Provenance"} & set(book.sheetnames)
    assert not any(scope.startswith("team:") for scope in lines["scope"])
    assert set(lines["period"]) == {"quarter"}
    headings = {cell.value for sheet in TOOLKIT.sheets for cell in book[sheet][7]}
    assert "Value" in headings and not {"Numerator", "Denominator"} & headings
    known = {value for name in ("family_key", "person_id", "referral_key") for value in results.people[name].dropna()}
    with zipfile.ZipFile(BytesIO(written)) as archive:
        assert occurring(known, [archive.read(name) for name in archive.namelist()]) == set()


def test_what_is_shown_is_rounded_and_what_is_small_is_not_shown(lines, truth):
    kinds: dict[str, int] = {}
    for line in lines.to_dict("records"):
        row = truth[tuple(line[name] for name in KEY)]
        if line["shown"] == "c":
            kinds["c"] = kinds.get("c", 0) + 1
        elif line["shown"] in ("x", "z"):
            assert pd.isna(row["value"])
        elif line["unit"] == "%":
            assert line["shown"] == round(row["value"])
            assert pd.isna(row["denominator"]) or row["denominator"] >= 10
        elif pd.isna(row["denominator"]) and line["unit"] in COUNTED:
            assert row["value"] == 0 or row["value"] > 5
            assert line["shown"] % 5 == 0
            assert abs(line["shown"] - row["value"]) <= 2
            kinds["count"] = kinds.get("count", 0) + 1
    assert kinds["c"] > 50
    assert kinds["count"] > 50


@pytest.mark.parametrize(
    ("audience", "unit_at", "figures", "change", "over_time", "beside"),
    [
        (published, 7, "#,##0", "+#,##0;-#,##0;0", "#,##0", "#,##0"),
        (operational, 9, "0.0", "+0.0;-0.0;0", "#,##0.#", "#,##0.0##"),
    ],
)
def test_shares_for_everyone_are_written_as_the_whole_numbers_that_they_are(
    audience, unit_at, figures, change, over_time, beside, results
):
    """On every sheet that shows one; the council's have a decimal."""
    compared = results.figures[(results.figures["quarter"] == QUARTER) & (results.figures["scope"] == "fs")]
    compared = compared[(compared["measure"] == "unauthorised_absence") & (compared["period"] == "quarter")]
    words = {"area_kind": "national", "area": "England", "year_kind": "school", "source": "DfE"}
    compared = COMPARISONS.frame(
        compared.drop(columns=["numerator", "denominator"]).assign(**words, year=2018, comparator=4.9, difference=0.1)
    )
    book = openpyxl.load_workbook(BytesIO(workbook(audience(replace(results, comparisons=compared)))))
    sheets = [(name, 6, unit_at) for name in TOOLKIT.sheets] + [("Comparators", 3, 4)]
    shares = {
        name: [line[at] for line in book[name].iter_rows(min_row=5) if line[unit].value == "%"]
        for name, at, unit in sheets
    }
    assert formats(*shares.pop("Comparators")) == {beside}
    assert formats(*chain.from_iterable(shares.values())) == {figures}
    of_health = [each for line in book["Health return"].iter_rows(min_row=8, min_col=3) for each in line]
    assert formats(*of_health) == {figures}
    (absence,) = (line for line in book["Front page"] if line[0].value == "Unauthorised absence from school")
    assert [each.number_format for each in absence[2:7]] == [figures, figures, change, figures, change]
    (column,) = (each.column for each in book["Over time"][4] if "absence" in str(each.value))
    assert formats(*(line[column - 1] for line in book["Over time"].iter_rows(min_row=5))) == {over_time}


def test_means_for_everyone_are_written_with_the_decimals_that_they_are_rounded_to(results):
    """Days are whole, and so are changes in per cent and what sums may lie between."""
    book = openpyxl.load_workbook(BytesIO(workbook(published(results))))
    lines = [line for name in TOOLKIT.sheets for line in book[name].iter_rows(min_row=5)]
    by_unit = {unit: formats(*(line[6] for line in lines if line[7].value == unit)) for unit in ("days", "score", "%")}
    assert by_unit == {"days": {"#,##0"}, "score": {"#,##0.0"}, "%": {"#,##0"}}
    assert all(line[6].value % 1 == 0 for line in lines if line[7].value == "days" and line[6].data_type == "n")
    compared = chain.from_iterable(line[4:7] for line in book["Front page"] if line[1].value in ("plans", "incidents"))
    assert formats(*compared) == {"#,##0", "+#,##0;-#,##0;0"}
    sums = [line for line in book["Before and after"].iter_rows(min_row=5) if line[4].value == "sum"]
    assert formats(*chain.from_iterable(line[6:] for line in sums)) == {"#,##0"}
    assert len([line for line in sums if line[12].data_type == "n"]) > 2
    assert {line[5].value for line in sums} == {"plans", "days", "periods", "incidents", "people"}


def formats(*cells: Cell) -> set[str]:
    """How the numbers among the cells are written."""
    return {each.number_format for each in cells if isinstance(each.value, int | float)}


def test_an_attack_on_the_workbook_finds_no_small_number(written, results):
    """Cohorts, parts and wholes, shares, earlier quarters: whatever is true and public, against what is shown.

    By hand on any state folder: read `attack.py`'s `read` and `given_away` over its `exports` and `indicator_values`.
    """
    known = read(written, results.provenance.quarter, results.figures)
    assert sum(round(known.true[of]) in range(1, 6) for of in known.suppressed) > 40
    assert sum(of.indicator == 0 for of in known.bounds) == 3
    assert any(of.quarter < results.provenance.quarter.key for of in known.suppressed)
    assert list(given_away(known)) == []


def test_the_attack_finds_a_small_number_that_is_left_in_the_open(written, results):
    """The same workbook, one suppressed number of a cohort shown as it is: the attack is able to find something."""
    known = read(written, results.provenance.quarter, results.figures)
    of = next(of for of in sorted(known.suppressed) if known.true[of] in (1, 2, 3, 4))
    known.bounds[of] = known.true[of], known.true[of]
    assert of in [found for found, *_ in given_away(known)]


def test_plans_at_the_start_and_new_ones_do_not_give_each_other_away():
    """6 at the start and 1 new one are the 7 of the quarter: shown, 7 is 6 or 7 and 6 is 6 or 7, so new is just 1."""
    plans = [(1, "cp_plans_active", 7), (1, "cp_plans_at_start", 6), (3, "cp_new_plans", 1)]
    found = shown([figure(value, "plans", indicator, measure, "authority") for indicator, measure, value in plans])
    assert found["cp_new_plans", "all"] == "c"
    assert "c" in (found["cp_plans_active", "all"], found["cp_plans_at_start", "all"])


def test_people_with_both_scores_are_the_same_for_every_score_of_a_form():
    """Of 7 people all improved in the one, 6 in the other, so that 1 did not."""
    scores = {"phq9": (7, 0, 0), "gad7": (6, 1, 0)}
    found = shown(
        [
            figure(value, "people", 15, measure, "fs", group)
            for group, values in scores.items()
            for measure, value in zip(("improved", "declined", "unchanged"), values, strict=True)
        ]
    )
    assert found["declined", "gad7"] == "c"
    assert "c" in (found["improved", "phq9"], found["improved", "gad7"])


@each("""
    families | children | adults | shown
    0        | 0        | 0      | 0 0 0
    4        | 9        | 5      | c 10 c
    6        | 12       | 7      | 5 10 5
""")
def test_the_size_of_the_cohort_is_rounded_and_suppressed_like_any_other_number(families, children, adults, shown):
    numbers = {"families": families, "children": children, "adults": adults}
    found = shown_of([figure(value, "", 0, name, "fs") for name, value in numbers.items()])
    assert " ".join(each if each == "c" else f"{each:g}" for each in found.values()) == shown


@each("""
    adults | improved | declined | shown | why
    7      | 6        | 1        | no    | 7 is 6 or 7, and 6 is 6 or 7, so that at most 1 declined
    40     | 6        | 1        | yes   | up to 34 may have
    7      | 0        | 1        | yes   | up to 7 may have
""")
def test_the_size_of_the_cohort_gives_no_small_number_away(adults, improved, declined, shown, why):
    numbers = {"improved": improved, "declined": declined, "unchanged": 0}
    of_scores = [figure(value, "people", 20, name, "fs") for name, value in numbers.items()]
    found = shown_of([figure(adults, "people", 0, "adults", "fs"), *of_scores])
    assert found["declined", "all"] == "c"
    assert ("c" not in (found["adults", "all"], found["improved", "all"])) == shown, why


def test_what_a_quarters_own_workbook_suppresses_the_next_one_does_not_show():
    """Of 10 people improved 1 is of cohort 1; the 9 of cohort 2 recovered. Without the 10, nobody can tell the 1."""
    scopes = {"fs": (10, 9), "cohort:1": (1, 0), "cohort:2": (9, 9)}
    first = [
        figure(value, "people", 15, measure, scope, "phq9")
        for scope, values in scopes.items()
        for measure, value in zip(("improved", "recovered"), values, strict=True)
    ]
    next_quarter = QUARTER + pd.DateOffset(months=3)
    figures = INDICATOR_VALUES.frame(pd.DataFrame([*first, *(row | {"quarter": next_quarter} for row in first)]))
    of_fs = {"measure": "improved", "scope": "fs"}
    for quarter in (QUARTER, next_quarter):
        made = published_figures(figures[figures["quarter"] <= quarter], quarter, TOOLKIT)
        (row,) = made[(made[list(of_fs)] == of_fs).all(axis="columns") & (made["quarter"] == QUARTER)].to_dict(
            "records"
        )
        assert row["symbol"] == "c"


def test_headlines_of_earlier_quarters_are_shown_as_their_own_workbooks_show_them(results):
    key = ["quarter", *KEY]
    last = published_figures(results.figures, QUARTER, TOOLKIT).set_index(key)["symbol"]
    for quarter in sorted({day for day, *_ in last.index} - {QUARTER}):
        own = published_figures(results.figures[results.figures["quarter"] <= quarter], quarter, TOOLKIT)
        headlines = last[last.index.get_level_values("quarter") == quarter]
        assert len(headlines) > 5
        assert headlines.equals(own.set_index(key)["symbol"].reindex(headlines.index))


@each("""
    percentage | people | shown
    4          | 50     | c
    0          | 50     | 0
    2.3        | 50     | c
    40         | 50     | 40
    98         | 50     | c
    20         | 8      | c
""")
def test_a_share_that_was_supplied_without_its_part_is_suppressed_like_others(percentage, people, shown):
    """A health trust that returns 4 % of 50 people tells of 2 of them."""
    assert one(percentage, "%", None, people) == shown


@each("""
    part | whole | shown
    2    | 4     | c
    0    | 9     | c
    0    | 10    | 0
    1    | 40    | c
    5    | 40    | c
    6    | 40    | 15
    35   | 40    | c
    34   | 40    | 85
    40   | 40    | 100
""")
def test_shares(part, whole, shown):
    assert one(100 * part / whole, "%", part, whole) == shown


@each("""
    value | shown
    0     | 0
    1     | c
    5     | c
    6     | 5
    7     | 5
    8     | 10
    12    | 10
    13    | 15
""")
def test_numbers(value, shown):
    assert one(value, "people") == shown


@each("""
    over | shown
    5    | c
    6    | 12
""")
def test_means(over, shown):
    assert one(12.4, "days", 12.4 * over, over) == shown


@each("""
    improved | declined | unchanged | mean | why
    6        | 0        | 0         | 2    | 6 improved
    5        | 0        | 0         | c    | 5 are too few
    6        | 1        | 0         | 2    | the 6 are shown, so that there are 6 or more anyway
    3        | 3        | 0         | c    | shown, it would say that 3 and 3 are 6 or more
    5        | 5        | 5         | c    | as where there are fewer than 6: a c says nothing of 1, 1 and 1
    0        | 0        | 0         | z    | nobody
""")
def test_a_mean_tells_nothing_of_the_people_that_it_is_over(improved, declined, unchanged, mean, why):
    people = {"improved": improved, "declined": declined, "unchanged": unchanged}
    over = sum(people.values())
    found = shown(
        [
            *(figure(value, "people", 15, name, "fs", "phq9") for name, value in people.items()),
            figure(2 if over else None, "score", 15, "mean_change", "fs", "phq9", 2 * over, over),
        ]
    )
    assert found["mean_change", "phq9"] == (mean if mean in ("c", "z") else float(mean)), why


@each("""
    closed | open | of_closed | of_open | plans | why
    6      | 6    | 6         | 6       | 10    | 6 and 6
    5      | 40   | c         | 40      | 45    | 45 are 43 to 47, the open ones 6 or more
    1      | 6    | c         | c       | 5     | 7 are 6 or 7: less 6 or more open ones, 0 or 1 would be closed
    5      | 5    | c         | c       | c     | 10 are 8 to 12: less 1 to 5, the others would be 3 to 5
    2      | 3    | c         | c       | c     | 5 are too few
    0      | 7    | z         | 7       | 5     | none closed
    0      | 5    | z         | c       | c     | none closed, so that all 5 are open
""")
def test_means_of_closed_and_open_plans_tell_neither_number(closed, open, of_closed, of_open, plans, why):
    found = shown(
        [
            figure(closed + open, "plans", 1, "cp_plans_active", "fs"),
            *(
                figure(over if over else None, "days", 2, f"cp_mean_days_{name}", "fs", "all", over * over, over)
                for name, over in (("closed", closed), ("open", open))
            ),
        ]
    )
    names = ("cp_mean_days_closed", "cp_mean_days_open", "cp_plans_active")
    assert [str(found[name, "all"]).removesuffix(".0") for name in names] == [
        str(of_closed),
        str(of_open),
        str(plans),
    ], why


FEW = st.integers(0, 7)
SCORES = st.lists(st.lists(FEW, min_size=3, max_size=3), min_size=2, max_size=2)


@settings(max_examples=40)
@given(SCORES, st.lists(st.tuples(FEW, FEW), min_size=3, max_size=3))
@example([[0, 0, 0], [0, 0, 0]], [(1, 6), (0, 0), (0, 0)])
@example([[0, 0, 0], [0, 0, 0]], [(5, 3), (0, 2), (0, 0)])
def test_an_attack_on_means_of_a_small_authority_finds_no_small_number(scores, plans):
    """Two cohorts' changes of scores, concluded cases, and closed and open plans; the rest of the authority's plans."""
    figures = []

    def counted(indicator, measures, unit, by_scope, group="all"):
        for scope, values in by_scope.items():
            figures.extend(
                figure(float(value), unit, indicator, measure, scope, group)
                for measure, value in zip(measures, values, strict=True)
            )

    def mean(indicator, measure, unit, scope, over, group="all"):
        figures.append(figure(2.0 if over else None, unit, indicator, measure, scope, group, 2.0 * over, over))

    together = [sum(each) for each in zip(*scores, strict=True)]
    by_scope = {"fs": together, "cohort:1": scores[0], "cohort:2": scores[1]}
    counted(15, SAME_PEOPLE, "people", by_scope, "phq9")
    mean(15, "mean_change", "score", "fs", sum(together), "phq9")
    counted(4, ["proceedings_concluded"], "cases", {scope: values[:1] for scope, values in by_scope.items()})
    mean(4, "proceedings_mean_weeks", "weeks", "fs", together[0])
    of_fs, everyone = ([sum(each) for each in zip(*of, strict=True)] for of in (plans[:2], plans))
    counted(1, ["cp_plans_active"], "plans", {"cohort:1": [sum(plans[0])], "cohort:2": [sum(plans[1])]})
    counted(1, ["cp_plans_active"], "plans", {"fs": [sum(of_fs)], "authority": [sum(everyone)]})
    counted(1, ["cp_plans_at_end"], "plans", {"authority": [everyone[1]]})
    for scope, of in (("fs", of_fs), ("authority", everyone)):
        for name, over in zip(("closed", "open"), of, strict=True):
            mean(2, f"cp_mean_days_{name}", "days", scope, over)
    true = INDICATOR_VALUES.frame(pd.DataFrame(figures))
    known = put_together(cells_of(published_figures(true, QUARTER, TOOLKIT)), true)
    assert list(given_away(known)) == []


def figure(value, unit, indicator, measure, scope, group="all", numerator=None, denominator=None):
    """A figure of the quarter."""
    return {
        "quarter": QUARTER,
        **{"indicator": indicator, "measure": measure, "scope": scope, "group": group, "period": "quarter"},
        **{"value": value, "numerator": numerator, "denominator": denominator, "unit": unit, "status": "final"},
    }


def shown(figures: list[dict[str, object]], toolkit: Toolkit = TOOLKIT) -> dict[tuple[str, str], object]:
    """The figures as they are shown, by measure and group."""
    made = published_figures(INDICATOR_VALUES.frame(pd.DataFrame(figures)), QUARTER, toolkit)
    return {(row["measure"], row["group"]): row["symbol"] or row["value"] for row in made.to_dict("records")}


shown_of = shown
"""Where a column of a table has that name."""


def one(value: float, unit: str, numerator: float | None = None, denominator: float | None = None) -> object:
    """A figure of `fs` as it is shown."""
    alone = figure(value, unit, NUMBER, NAME, "fs", numerator=numerator, denominator=denominator)
    return shown([alone], toolkit_of(unit))[NAME, "all"]


@each("""
    families | before | after | shown
    6        | 60     | 42    | 60
    5        | 60     | 42    | c
    6        | 5      | 42    | c
    6        | 60     | 1     | c
    6        | 60     | 0     | 60
""")
def test_before_and_after(families, before, after, shown):
    row = {
        "quarter": QUARTER,
        **{"indicator": 17, "measure": "victim_count", "scope": "fs", "group": "all"},
        **{"people": families, "families": families, "before": float(before), "after": float(after)},
        **{"difference": float(after - before), "percentage_change": 0.0, "interval_low": -30.0, "interval_high": -2.0},
    }
    (found,) = published_before_after(BEFORE_AFTER.frame(pd.DataFrame([row])), QUARTER, TOOLKIT).to_dict("records")
    assert (found["symbol"] or found["before"]) == shown
    if shown == "c":
        assert all(pd.isna(found[name]) for name in ("people", "families", "after", "difference", "interval_low"))


def compared(quarters, measure="victim_count", indicator=17) -> pd.DataFrame:
    """Before and after of `fs` by quarter: families, before and after, of which each quarter adds some."""
    sums = np.cumsum(quarters, axis=0)
    rows = [
        {
            "quarter": QUARTER + pd.DateOffset(months=3 * (place + 1 - len(quarters))),
            **{"indicator": indicator, "measure": measure, "scope": "fs", "group": "all"},
            **{"people": 2 * families, "families": families, "before": float(before), "after": float(after)},
            **{
                "difference": float(after - before),
                "percentage_change": 0.0,
                "interval_low": -9.0,
                "interval_high": 9.0,
            },
        }
        for place, (families, before, after) in enumerate(sums)
    ]
    return BEFORE_AFTER.frame(pd.DataFrame(rows))


@each("""
    families | before | after | stands | why
    6        | 6      | 6     | no     | as many as may be shown by themselves
    5        | 10     | 10    | yes    | the 5 would be this quarter's less last quarter's
    6        | 5      | 10    | yes    | 5 before
    6        | 10     | 1     | yes    | 1 after
    6        | 0      | 6     | no     | 0 is shown
    0        | 0      | 0     | no     | nobody is new
    0        | 7      | 7     | yes    | a family that came back
    -1       | -6     | -6    | yes    | a family that is no longer there
""")
def test_before_and_after_stands_while_what_is_new_is_small(families, before, after, stands, why):
    rows = compared([(20, 60, 40), (families, before, after)])
    (found,) = published_before_after(rows, QUARTER, TOOLKIT).to_dict("records")
    assert (found["quarter"] < QUARTER) == stands, why
    assert (found["symbol"], found["before"]) == ("", 60 if stands else 5 * ((60 + before + 2) // 5))


def test_days_stand_as_long_as_their_number_does():
    plans = compared([(20, 60, 40), (8, 3, 9)], "cp_plans_active", 1)
    days = compared([(20, 6000, 4000), (8, 300, 900)], "cp_days", 2)
    found = published_before_after(pd.concat([days, plans]), QUARTER, TOOLKIT).set_index("measure")
    assert (found["quarter"] < QUARTER).all()
    assert found["before"].to_dict() == {"cp_days": 6000, "cp_plans_active": 60}


def test_what_stands_is_said_with_its_quarter(results):
    earlier = results.before_after.assign(quarter=QUARTER - pd.DateOffset(months=3))
    sums = {name: earlier[name] + 30 for name in ("people", "families", "before", "after")}
    so_far = pd.concat([earlier.assign(**sums), results.before_after.assign(**{n: of + 1 for n, of in sums.items()})])
    contents = published(replace(results, before_after=so_far))
    book = openpyxl.load_workbook(BytesIO(workbook(contents)))
    stands = {line[-1] for line in book["Before and after"].iter_rows(min_row=6, values_only=True) if line[6]}
    assert stands - {"Up to"} == {"Jul-Sep 2018"}
    assert "Child protection plans active, up to Jul-Sep 2018" in [line[0].value for line in book["Front page"]]
    assert "Child protection plans active, up to Jul-Sep 2018" in page(contents)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=6))
def test_an_attack_on_the_quarters_before_and_after_finds_nobody_new(quarters):
    """Whoever subtracts each that was shown from the next one that was finds no number from 1 to 5."""
    rows = compared(quarters)
    days = sorted(rows["quarter"].unique())
    shown = pd.concat([published_before_after(rows[rows["quarter"] <= day], day, TOOLKIT) for day in days])
    standing = sorted(shown.loc[shown["symbol"] == "", "quarter"].unique())
    numbers = rows.set_index("quarter").loc[standing, ["families", "before", "after"]]
    new = np.diff(numbers.to_numpy(), axis=0, prepend=0)
    assert not ((np.abs(new) >= 1) & (np.abs(new) <= 5)).any()


def test_days_of_few_are_suppressed_with_their_number(results):
    """Of 5 periods of care before FS start the days are not shown either; those on plans are."""
    changed = results.before_after.copy()
    of_fs = changed["scope"] == "fs"
    changed.loc[of_fs, ["families", "before", "after"]] = [40, 60.0, 30.0]
    changed.loc[of_fs & (changed["measure"] == "cla_periods"), "before"] = 5.0
    found = published_before_after(changed, QUARTER, TOOLKIT).set_index("measure")["symbol"]
    assert (found[["cla_periods", "cla_days"]] == "c").all()
    assert (found[["cp_plans_active", "cp_days"]] == "").all()


def test_a_share_over_nothing_is_not_applicable(results):
    nothing = results.before_after.assign(before=np.nan, after=np.nan, difference=np.nan)
    assert set(published_before_after(nothing, QUARTER, TOOLKIT)["symbol"]) == {"z"}


def test_the_report_is_one_accessible_page_of_published_figures(results, lines):
    made = page(published(results))
    assert not re.search(r"""(?:src|href)=|<script|@import|url\(""", made)
    assert made.startswith('<!doctype html>\n<html lang="en">')
    assert made.count("<svg") == made.count('role="img"') == made.count("<title id=")
    assert made.count("<details>") == made.count("The numbers") == 8
    assert [int(level) for level in re.findall(r"<h(\d)", made)][:3] == [1, 2, 3]
    values = {float(value) for value in lines["shown"] if not isinstance(value, str)}
    now = re.findall(r'class="now">([\d.,]+|[cxz])', made)
    assert len(now) == 8
    assert all(value in ("c", "x", "z") or float(value.replace(",", "")) in values for value in now)


def test_an_axis_of_nothing_but_zeros_goes_to_one():
    assert ">1</text>" in line_chart("name", "title", ["Oct-Dec 2018"], [0.0], [""], 0.0)


def test_the_last_answer_is_given_again_for_the_same_figures_alone():
    figures = INDICATOR_VALUES.frame(
        {
            "quarter": [QUARTER] * 2,
            "indicator": [5] * 2,
            "measure": ["cla_at_start", "cla_at_end"],
            "scope": ["fs"] * 2,
            "group": [""] * 2,
            "period": ["quarter"] * 2,
            "value": [3.0, 20.0],
            "numerator": [None] * 2,
            "denominator": [None] * 2,
            "unit": ["children"] * 2,
            "status": ["complete"] * 2,
        }
    )
    first = published_figures(figures, QUARTER, TOOLKIT)
    first["value"] = 99.0  # whoever gets an answer may write into it
    assert published_figures(figures.copy(), QUARTER, TOOLKIT)["value"].isna().tolist() == [False, True]
    figures.loc[figures["value"] == 3, "value"] = 30.0
    assert published_figures(figures, QUARTER, TOOLKIT)["value"].tolist() == [20.0, 30.0]
