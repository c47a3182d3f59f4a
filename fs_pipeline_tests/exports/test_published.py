"""What everyone may see: nothing of people, no small number, and none that could be worked out from the workbook."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy.optimize import linprog

from fs_pipeline.exports.audiences import published
from fs_pipeline.exports.figure_sheets import GROUPS
from fs_pipeline.exports.published import published_before_after, published_figures
from fs_pipeline.exports.quarter_workbook import workbook
from fs_pipeline.exports.report import page
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.orchestration.test_nothing_personal import occurring

QUARTER = pd.Timestamp(2018, 10, 1)
COUNTED = ("plans", "children", "people", "cases", "incidents", "reports", "count")
"""Units of numbers of somebody or something."""


@pytest.fixture(scope="module")
def written(results) -> bytes:
    return workbook(published(results))


@pytest.fixture(scope="module")
def lines(written) -> pd.DataFrame:
    """The figures as the workbook shows them, by sheet and row."""
    book = openpyxl.load_workbook(BytesIO(written), data_only=True)
    found = [line for sheet in GROUPS for line in book[sheet].iter_rows(min_row=8, values_only=True) if line[0]]
    names = ["indicator", "what", "measure", "group", "period", "scope", "shown", "numerator", "denominator", "unit"]
    return pd.DataFrame(found, columns=[*names, "status"])


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
    assert lines[["numerator", "denominator"]].isna().all(axis=None)
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


def test_an_attack_on_the_workbook_finds_no_small_number(lines, truth):
    """Sums over cohorts, parts and wholes, shares: whatever is true and public, against what is shown."""
    values: list[float] = []
    bounds: list[tuple[float, float | None]] = []
    place: dict[tuple[object, ...], int] = {}
    equal: list[dict[int, float]] = []
    most: list[dict[int, float]] = []

    def number(key: tuple[object, ...], value: float, known: tuple[float, float | None] = (0, None)) -> int:
        if key not in place:
            place[key] = len(values)
            values.append(value)
            bounds.append(known)
        return place[key]

    suppressed = []
    counts = lines[lines["unit"].isin(COUNTED)]
    for line in counts.to_dict("records"):
        row = truth[tuple(line[name] for name in KEY)]
        if pd.isna(row["value"]) or not pd.isna(row["denominator"]):
            continue
        gone, value = line["shown"] == "c", row["value"]
        known = (1, None) if gone else (0, 0) if value == 0 else (max(line["shown"] - 2, 6), line["shown"] + 2)
        at = number(tuple(line[name] for name in KEY), value, known)
        if gone:
            suppressed.append(at)
    for line in lines[lines["unit"] == "%"].to_dict("records"):
        row = truth[tuple(line[name] for name in KEY)]
        if pd.isna(row["value"]) or pd.isna(row["denominator"]):
            continue
        key = tuple(line[name] for name in KEY)
        same = {"cp_repeat_12_months": "cp_new_plans", "cp_repeat_24_months": "cp_new_plans"}
        whole_name = same.get(line["measure"], f"{line['measure']} whole")
        whole = number((key[0], whole_name, *key[2:]), row["denominator"])
        part = number((*key, "part"), row["numerator"])
        rest = number((*key, "rest"), row["denominator"] - row["numerator"])
        equal.append({part: 1, rest: 1, whole: -1})
        if line["shown"] == "c":
            suppressed += [part, rest] if not line["measure"].endswith("_absence") else []
        else:
            most += [{whole: (line["shown"] - 0.5) / 100, part: -1}, {part: 1, whole: -(line["shown"] + 0.5) / 100}]
    for (indicator, measure, scope, *rest_of_key), at in list(place.items()):
        if scope != "fs":
            continue
        cohorts = [
            other
            for key, other in place.items()
            if key[:2] == (indicator, measure) and str(key[2]).startswith("cohort:") and list(key[3:]) == rest_of_key
        ]
        total = {at: -1.0, **dict.fromkeys(cohorts, 1.0)}
        if cohorts and sum(values[each] for each in cohorts) == values[at]:
            equal.append(total)
        elif sum(values[each] for each in cohorts) <= values[at]:
            most.append(total)
        authority = place.get((indicator, measure, "authority", *rest_of_key))
        if authority is not None and values[at] <= values[authority]:
            most.append({at: 1, authority: -1})
        parts = [place.get((indicator, f"cp_plans_{part}_fs_start", scope, *rest_of_key)) for part in ("from", "since")]
        if measure == "cp_plans_active" and None not in parts:
            equal.append({at: -1, **{each: 1.0 for each in parts if each is not None}})

    def matrix(rows: list[dict[int, float]]) -> np.ndarray:
        made = np.zeros((len(rows), len(values)))
        for line_number, row in enumerate(rows):
            for at, coefficient in row.items():
                made[line_number, at] += coefficient
        return made

    system = {
        "A_eq": matrix(equal),
        "b_eq": np.zeros(len(equal)),
        "A_ub": matrix(most),
        "b_ub": np.zeros(len(most)),
        "bounds": bounds,
    }
    attacked = [at for at in suppressed if 1 <= values[at] <= 5]
    assert len(attacked) > 40
    for at in attacked:
        target = np.eye(len(values))[at]
        least, greatest = (linprog(sign * target, **system) for sign in (1, -1))
        assert least.status == 0
        highest = np.inf if greatest.fun is None else -greatest.fun
        assert highest - least.fun >= 4 - 1e-6


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


def one(value: float, unit: str, numerator: float | None = None, denominator: float | None = None) -> object:
    """A figure of `fs` as it is shown."""
    figure = {
        "quarter": QUARTER,
        **{"indicator": 18, "measure": "a_measure", "scope": "fs", "group": "all", "period": "quarter"},
        **{"value": value, "numerator": numerator, "denominator": denominator, "unit": unit, "status": "final"},
    }
    (row,) = published_figures(INDICATOR_VALUES.frame(pd.DataFrame([figure])), QUARTER).to_dict("records")
    return row["symbol"] or row["value"]


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
    (found,) = published_before_after(BEFORE_AFTER.frame(pd.DataFrame([row]))).to_dict("records")
    assert (found["symbol"] or found["before"]) == shown
    if shown == "c":
        assert all(pd.isna(found[name]) for name in ("people", "families", "after", "difference", "interval_low"))


def test_a_share_over_nothing_is_not_applicable(results):
    nothing = results.before_after.assign(before=np.nan, after=np.nan, difference=np.nan)
    assert set(published_before_after(nothing)["symbol"]) == {"z"}


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
