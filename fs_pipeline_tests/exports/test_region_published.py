"""A region's published figures: no authority's small number can be worked out from region less the others."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.published import published_figures
from fs_pipeline.exports.published_before_after import published_before_after
from fs_pipeline.exports.region_published import published_region_before_after, published_region_figures
from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.invented import invent
from fs_pipeline.outputs.region import region_before_after, region_values
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER
from fs_pipeline_tests.declared import NAME, NUMBER, toolkit_of
from fs_pipeline_tests.exports.test_published import COUNTED
from fs_pipeline_tests.literals import PROGRAMME, each
from fs_pipeline_tests.plain_run import run_quarter

LAST = Quarter.parse("2018-Q1")
DAY = pd.Timestamp(LAST.first_day)
KEY = ["indicator", "measure", "scope", "group"]
REGION = "Region"


@pytest.fixture(scope="module")
def authorities() -> dict[str, pd.DataFrame]:
    """The figures of four small invented authorities, of every quarter."""
    found = {}
    for seed, families in enumerate((15, 25, 30, 45), 21):
        received, made = {}, {}
        for quarter, extracts in invent(families, seed, Quarter.parse("2017-Q1"), LAST, PROGRAMME):
            received[quarter] = {name: extracts.get(name) for name in EXTRACTS}
            if quarter.first_day >= PROGRAMME.start:
                made[quarter] = run_quarter(received, PROGRAMME, quarter, earlier=made)
        figures = [tables["outputs/indicator_values"] for tables in made.values()]
        found[f"A{seed}"] = pd.concat(figures, ignore_index=True)
    return found


def added_up(authorities: dict[str, pd.DataFrame], toolkit: Toolkit = TOOLKIT) -> pd.DataFrame:
    return region_values(LAST, {name: rows[rows["quarter"] == DAY] for name, rows in authorities.items()}, toolkit)


class Attack:
    """What a reader knows of numbers: bounds from what is shown, sums and inequalities; and what that leaves open."""

    def __init__(self) -> None:
        self.place: dict[object, int] = {}
        self.values: list[float] = []
        self.bounds: list[tuple[float, float | None]] = []
        self.relations: dict[bool, list[dict[int, float]]] = {True: [], False: []}

    def number(self, name: object, value: float, known: tuple[float, float | None] = (0, None)) -> int:
        if name not in self.place:
            self.place[name] = len(self.values)
            self.values.append(value)
            self.bounds.append(known)
        return self.place[name]

    def told(self, terms: dict[int, float], *, equal: bool) -> None:
        total = sum(self.values[at] * times for at, times in terms.items())
        assert abs(total) < 1e-6 if equal else total < 1e-6
        self.relations[equal].append(terms)

    def width(self, at: int) -> float:
        matrices = {}
        for name, equal in (("eq", True), ("ub", False)):
            matrix = np.zeros((len(self.relations[equal]), len(self.values)))
            for row, terms in enumerate(self.relations[equal]):
                for column, times in terms.items():
                    matrix[row, column] += times
            matrices |= {f"A_{name}": matrix, f"b_{name}": np.zeros(len(matrix))} if len(matrix) else {}
        target = np.eye(len(self.values))[at]
        least, greatest = (linprog(sign * target, bounds=self.bounds, **matrices) for sign in (1, -1))
        assert least.status == 0
        return (np.inf if greatest.fun is None else -greatest.fun) - least.fun


def of_count(row: pd.Series | dict[str, object], value: float) -> tuple[float, float | None]:
    """What a reader knows of a number: at least 1 when it is suppressed, else how it was rounded."""
    if row["symbol"] == "c":
        return 1, None
    return (0, 0) if value == 0 else (max(row["value"] - 2, 6), row["value"] + 2)


def test_shares_are_written_as_the_whole_numbers_that_they_are(results):
    """Three authorities of the same absence from school."""
    quarter, figures = results.provenance.quarter, results.figures
    absence = figures[(figures["quarter"] == pd.Timestamp(quarter.first_day)) & (figures["indicator"] == 7)]
    whole = dict.fromkeys(("North", "South", "West"), absence)
    compared = dict.fromkeys(whole, results.before_after)
    region = region_values(quarter, whole, TOOLKIT), region_before_after(quarter, compared, TOOLKIT)
    sizes = dict.fromkeys(whole)  # authorities that have not run this release
    (content,) = region_workbook(REGION, quarter, *region, whole, compared, sizes, TOOLKIT).values()
    book = openpyxl.load_workbook(BytesIO(content))
    assert f"{REGION}. On the roster at the end of the quarter: families x, children x, adults x." in [
        cell.value for cell in book["Front page"]["A"]
    ]
    shares = [cell for line in book["Figures"].iter_rows(min_row=8) if line[9].value == "%" for cell in line[5:9]]
    shown = [cell for cell in shares if isinstance(cell.value, int | float)]
    assert len(shown) > 4
    assert {cell.number_format for cell in shown} == {"#,##0"}
    sums = [line for line in book["Before and after"].iter_rows(min_row=5) if line[2].value == "cp_days"]
    shown = [cell for line in sums for cell in line[4:-1] if isinstance(cell.value, int | float)]
    assert {cell.number_format for cell in shown} == {"#,##0"}


@pytest.mark.slow
def test_an_attack_on_region_and_authorities_finds_no_small_number(authorities):
    """The region's workbook and every authority's own, with cohorts, sums, parts and shares, indicator by indicator."""
    whole = added_up(authorities)
    shown = published_region_figures(whole, authorities, DAY, REGION, TOOLKIT)
    true = {REGION: whole[whole["period"] == "quarter"], **authorities}
    true = {name: rows[(rows["quarter"] == DAY) & (rows["period"] == "quarter")] for name, rows in true.items()}
    own = {name: published_figures(rows, DAY, TOOLKIT) for name, rows in authorities.items()}
    own = {name: rows[rows["quarter"] == DAY] for name, rows in own.items()}
    for name, rows in own.items():  # the region's workbook shows what the authority's own does
        beside = shown[shown["authority"] == name].set_index(KEY)["symbol"]
        assert beside.equals(rows.set_index(KEY)["symbol"].reindex(beside.index))
    tables = {REGION: shown[shown["authority"] == REGION], **own}
    attacked = regional = 0
    for indicator in sorted(whole["indicator"].unique()):
        attack, targets = Attack(), []
        for name, rows in tables.items():
            of_name = true[name].set_index(KEY)
            for row in rows[rows["indicator"] == indicator].to_dict("records"):
                key = tuple(row[part] for part in KEY)
                is_true = of_name.loc[key]
                if row["unit"] in COUNTED and pd.isna(is_true["denominator"]) and not pd.isna(is_true["value"]):
                    at = attack.number((name, *key), is_true["value"], of_count(row, is_true["value"]))
                    targets += [at] if row["symbol"] == "c" and 1 <= is_true["value"] <= 5 else []
            for row in rows[(rows["indicator"] == indicator) & (rows["unit"] == "%")].to_dict("records"):
                key = tuple(row[part] for part in KEY)
                is_true = of_name.loc[key]
                if pd.isna(is_true["denominator"]):
                    continue
                known = {"cp_repeat_12_months": "cp_new_plans", "cp_repeat_24_months": "cp_new_plans"}
                named = (name, key[0], known.get(key[1], f"{key[1]} whole"), *key[2:])
                size = is_true["denominator"]
                of = attack.number(named, size)
                part = attack.number((name, *key, "part"), is_true["numerator"])
                rest = attack.number((name, *key, "rest"), size - is_true["numerator"])
                attack.told({part: 1, rest: 1, of: -1}, equal=True)
                if row["symbol"] == "c" and not key[1].endswith("_absence"):
                    targets += [at for at in (part, rest) if 1 <= attack.values[at] <= 5]
                elif row["symbol"] == "":
                    attack.told({of: (row["value"] - 0.5) / 100, part: -1}, equal=False)
                    attack.told({part: 1, of: -(row["value"] + 0.5) / 100}, equal=False)
        for (name, *key), at in list(attack.place.items()):
            if name == REGION:
                parts = [attack.place.get((other, *key)) for other in authorities]
                attack.told({at: -1, **{each: 1.0 for each in parts if each is not None}}, equal=True)
            elif key[2] == "fs":
                cohorts = [
                    other
                    for (whose, *of), other in attack.place.items()
                    if whose == name and of[:2] == key[:2] and str(of[2]).startswith("cohort:") and of[3:] == key[3:]
                ]
                total = {at: -1.0, **dict.fromkeys(cohorts, 1.0)}
                if cohorts and sum(attack.values[each] for each in cohorts) <= attack.values[at]:
                    equal = sum(attack.values[each] for each in cohorts) == attack.values[at]
                    attack.told(total, equal=equal)
        for at in targets:
            assert attack.width(at) >= 4 - 1e-6, (indicator, list(attack.place)[at])
        attacked += len(targets)
        regional += sum(tables[REGION][tables[REGION]["indicator"] == indicator]["symbol"] == "")
    assert attacked > 100
    assert regional > 30


def one(*written: str) -> tuple[dict[str, object], dict[str, pd.DataFrame]]:
    """The region's row, and each authority's, of figures that are written `value unit numerator denominator`."""
    authorities, toolkit = {}, toolkit_of(written[0].split()[1])
    for place, text in enumerate(written):
        value, unit, *parts = text.split()
        numerator, denominator = map(float, parts) if parts else (None, None)
        row = {"quarter": DAY, "indicator": NUMBER, "measure": NAME, "scope": "fs", "group": "all"}
        row |= {"period": "quarter", "value": float(value), "numerator": numerator, "denominator": denominator}
        authorities[f"A{place}"] = INDICATOR_VALUES.frame(pd.DataFrame([row | {"unit": unit, "status": "final"}]))
    shown = published_region_figures(added_up(authorities, toolkit), authorities, DAY, REGION, toolkit)
    return {row["authority"]: row["symbol"] or row["value"] for row in shown.to_dict("records")}


@each("""
    first             | second           | third             | region | why
    20 people         | 30 people        | 40 people         | 90     | nothing is suppressed
    3 people          | 30 people        | 40 people         | 75     | rounding hides the 3
    3 people          | 30 people        | 0 people          | c      | the second knows its own number
    3 people          | 0 people         | 0 people          | c      | the region is the 3
    5 people          | 1 people         | 1 people          | c      | to the first the others are 1 or 2
    2 people          | 2 people         | 3 people          | c      | to the third the others are 3 or 4
    3 people          | 3 people         | 7 people          | 15     | to each another can be 1 to 6
    7 people          | 1 people         | 1 people          | c      | to the first the others are 2 to 5
    1 people          | 1 people         | 1 people          | c      | the region is small itself
    12 days 48 4      | 20 days 400 20   | 10 days 500 50    | c      | the first has fewer than 6 in it
    12 days 48 4      | 20 days 80 4     | 10 days 500 50    | 11     | the first two have 8 together
    12 days 120 10    | 20 days 400 20   | 10 days 500 50    | 13     | nothing is suppressed
    50 % 2 4          | 50 % 50 100      | 50 % 100 200      | 50     | nothing tells the 2 of the 4
    50 % 2 4          | 50 % 50 100      | 0 % 0 0           | c      | the second knows its own number
""")
def test_region_beside_authorities(first, second, third, region, why):
    shown = one(first, second, third)
    assert shown[REGION] == (region if region == "c" else pytest.approx(float(region))), why


@settings(max_examples=15)
@given(st.lists(st.sampled_from([0, 0, 1, 2, 3, 5, 6, 7, 9, 14]), min_size=2, max_size=5))
def test_an_attack_on_counts_finds_no_small_number(counts):
    shown = one(*(f"{count} people" for count in counts))
    attack, sums = Attack(), {}
    for name, value in zip([REGION, *(f"A{at}" for at in range(len(counts)))], [sum(counts), *counts], strict=True):
        symbol = "c" if shown[name] == "c" else ""
        at = attack.number(name, value, of_count({"symbol": symbol, "value": shown[name]}, value))
        sums[at] = -1.0 if name == REGION else 1.0
    attack.told(sums, equal=True)
    for attacker in (None, *range(1, len(attack.values))):  # everyone, and each authority, which knows its own number
        bounds = list(attack.bounds)
        if attacker is not None:
            attack.bounds[attacker] = attack.values[attacker], attack.values[attacker]
        for at, value in enumerate(attack.values):
            if 1 <= value <= 5 and not (attacker and at in (0, attacker)):
                assert attack.width(at) >= 4 - 1e-6
        attack.bounds = bounds


def compared(families: int, before: int, after: int) -> pd.DataFrame:
    row = {"quarter": DAY, "indicator": 17, "measure": "victim_count", "scope": "fs", "group": "all"}
    row |= {"people": 2 * families, "families": families, "before": before, "after": after}
    row |= {"difference": after - before, "percentage_change": None, "interval_low": None, "interval_high": None}
    return BEFORE_AFTER.frame(pd.DataFrame([row]))


PLACES = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=5)


@settings(max_examples=15)
@given(PLACES)
def test_an_attack_on_before_and_after_finds_no_small_number(places):
    authorities = {
        f"A{at}": compared(families, before if families else 0, after if families else 0)
        for at, (families, before, after) in enumerate(places)
    }
    region = region_before_after(LAST, authorities, TOOLKIT)
    shown = published_region_before_after(region, authorities, DAY, REGION, TOOLKIT)
    attack, targets = Attack(), []
    sums: dict[str, dict[int, float]] = {}
    for row in shown.to_dict("records"):
        (is_true,) = (region if row["authority"] == REGION else authorities[row["authority"]]).to_dict("records")
        for side in ("people", "families", "before", "after"):
            known: tuple[float, float | None] = (0, None)
            if row["symbol"] == "":
                known = (0, 0) if is_true[side] == 0 else (max(row[side] - 2, 6), row[side] + 2)
            at = attack.number((row["authority"], side), is_true[side], known)
            sums.setdefault(side, {})[at] = -1.0 if row["authority"] == REGION else 1.0
            targets += [(row["authority"], at)] if row["symbol"] and 1 <= is_true[side] <= 5 else []
    for terms in sums.values():
        attack.told(terms, equal=True)
    everyone = list(attack.bounds)
    for attacker in (None, *authorities):  # everyone, and each authority, which knows its own numbers
        own = {at for (whose, _), at in attack.place.items() if whose == attacker}
        attack.bounds = [
            (value, value) if at in own else known
            for at, (value, known) in enumerate(zip(attack.values, everyone, strict=True))
        ]
        for whose, at in targets:
            assert (attacker and whose in (attacker, REGION)) or attack.width(at) >= 4 - 1e-6
    own = {name: published_before_after(rows, DAY, TOOLKIT)["symbol"].item() for name, rows in authorities.items()}
    assert own == shown[shown["authority"] != REGION].set_index("authority")["symbol"].to_dict()


@each("""
    first | second | third | region | why
    5     | 1      | 1     | c      | the first knows that the others are 1 or 2 together
    30    | 20     | 3     | 55     | rounding hides the 3
""")
def test_before_and_after_beside_authorities(first, second, third, region, why):
    """Victims before FS start, of 40 families in each of three authorities."""
    authorities = {f"A{at}": compared(40, before, 20) for at, before in enumerate((first, second, third))}
    shown = published_region_before_after(
        region_before_after(LAST, authorities, TOOLKIT), authorities, DAY, REGION, TOOLKIT
    )
    (found,) = shown[shown["authority"] == REGION].to_dict("records")
    assert (found["symbol"] or found["before"]) == region, why


def test_what_is_new_in_an_authority_or_in_all_of_them_is_not_told_by_the_region():
    """Of three authorities, of which the first has 2 families more than in the quarter before: its row stands."""
    last = {f"A{at}": compared(40, 60, 20).assign(quarter=DAY - pd.DateOffset(months=3)) for at in range(3)}
    for more, region_stands in (((2, 9, 9), False), ((2, 0, 0), True)):
        now = {name: compared(40 + new, 60 + new, 20 + new) for new, name in zip(more, last, strict=True)}
        region = region_before_after(LAST, now, TOOLKIT)
        so_far = {name: pd.concat([last[name], rows]) for name, rows in now.items()}
        shown = published_region_before_after(region, so_far, DAY, REGION, TOOLKIT).set_index("authority")
        assert (shown["quarter"] < DAY).to_dict() == {REGION: False} | {
            f"A{at}": 0 < n < 6 for at, n in enumerate(more)
        }
        assert shown.loc["A0", "before"] == 60
        assert (shown.loc[REGION, "symbol"] == "c") == region_stands
