"""An attack on a published workbook: linear programming over all that a careful reader can put together from it.

Written apart from the product's own audit, and knowing more: it reads the workbook's cells, the sheet `Over time` too,
and adds everything that the definitions make true of them. The true figures serve only to say which numbers should
have been protected, and to leave out what happens not to be true of this authority.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

import numpy as np
import openpyxl
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.subjects.listed import TOOLKIT

COUNTED = ("plans", "children", "people", "cases", "incidents", "reports", "count", "periods")
"""Units of numbers of somebody or something."""
SAME_PEOPLE = ("improved", "declined", "unchanged")
"""Add up to those with both scores: the same people, as a rule, for every score of a form."""
AT_MOST = {
    "cp_children": ("cp_plans_active",),
    "cp_plans_at_start": ("cp_plans_active",),
    "cp_plans_at_end": ("cp_plans_active",),
    "cp_new_plans": ("cp_plans_active",),
    "programmes_completed": ("programmes_ended",),
    "reliably_improved": ("improved",),
    "recovered": ("improved",),
    "da_repeat_incidents": ("da_incidents",),
    "treatments_completed part": ("treatments_completed",),
    "cp_repeat_12_months part": ("cp_repeat_24_months part",),
    "no_re_presentation_6_months part": ("no_re_presentation_or_improved part",),
}
WHOLES = {  # share -> the measure that it is a share of, and how many quarters earlier
    "cp_repeat_12_months": ("cp_new_plans", 0),
    "cp_repeat_24_months": ("cp_new_plans", 0),
    "drop_out_before_engagement": ("assessments", 0),
    "completion_rate": ("programmes_ended", 0),
    "no_re_presentation_6_months": ("treatments_completed", 2),
    "no_re_presentation_or_improved": ("treatments_completed", 2),
}
PARTS = {"completion_rate": "programmes_completed"}
INDICATOR_OF = {"cp_plans_active": 1}
LEAST_OF_MEAN = 6
OVER = {  # mean -> what is known of the number that it is over: sums that are 0; "" is that number, others by indicator
    "mean_change": ({"": -1, **dict.fromkeys(SAME_PEOPLE, 1)},),
    "proceedings_mean_weeks": ({"": -1, "proceedings_concluded": 1},),
    "cp_mean_days_open": (
        {"": -1, "1 cp_plans_at_end": 1},
        {"": 1, "cp_mean_days_closed over": 1, "1 cp_plans_active": -1},
    ),
    "cp_mean_days_closed": ({"": -1, "1 cp_plans_active": 1, "1 cp_plans_at_end": -1},),
    "cla_mean_days_open": ({"": -1, "5 cla_at_end": 1},),
}
OVER_AT_MOST = {  # the same of sums that are at most 0
    "cla_mean_days_open": (
        {"": -1, "5 cla_at_end": 1},
        {"": -1, "cla_mean_days_closed over": -1, "5 cla_at_start": 1},
    ),
    "cla_mean_days_closed": ({"": -1, "5 cla_at_start": 1, "5 cla_at_end": -1},),
    "hours_per_worker": ({"": 1, "cases_per_worker over": -1},),
}
HIDDEN_WITH = {  # mean -> the numbers without any of which it is not shown: the first of these of which there are any
    "mean_change": (SAME_PEOPLE,),
    "proceedings_mean_weeks": (("proceedings_concluded",),),
    "cp_mean_days_open": (("1 cp_plans_at_end",), ("1 cp_plans_active",)),
    "cp_mean_days_closed": (("1 cp_plans_active",),),
    "cla_mean_days_open": (("5 cla_at_end",),),
    "cla_mean_days_closed": (("5 cla_at_start", "cla_mean_days_open over"),),
}


class Of(NamedTuple):
    """Which number it is."""

    quarter: str
    measure: str
    scope: str
    group: str
    indicator: int


@dataclass
class Known:
    """What the reader knows: numbers within bounds, and sums of them that are 0 or at most 0.

    Attributes:
        true: the true numbers.
        bounds: what each is known to lie between.
        sums: coefficients by number, and whether the sum is 0.
        suppressed: the numbers that the workbook means to hide.
    """

    true: dict[Of, float] = field(default_factory=dict)
    bounds: dict[Of, tuple[float, float]] = field(default_factory=dict)
    sums: list[tuple[dict[Of, float], bool]] = field(default_factory=list)
    suppressed: set[Of] = field(default_factory=set)

    def number(self, of: Of, true: float, least: float = 0, greatest: float = np.inf) -> None:
        before = self.bounds.get(of, (0, np.inf))
        self.true[of] = true
        self.bounds[of] = max(least, before[0]), min(greatest, before[1])

    def put_together(self, terms: dict[Of, float], *, equal: bool) -> None:
        """A sum of numbers, if the reader's guess that it is 0 (at most 0) happens to be right."""
        if not all(of in self.true for of in terms):
            return
        total = sum(self.true[of] * coefficient for of, coefficient in terms.items())
        if abs(total) < 1e-6 if equal else total < 1e-6:
            self.sums.append((terms, equal))


def cells(content: bytes, quarter: Quarter) -> Iterator[tuple[Of, object, str]]:
    """The figures that the workbook shows, of this quarter and, where there is a headline, of earlier ones."""
    book = openpyxl.load_workbook(BytesIO(content), data_only=True, read_only=True)
    front = " ".join(str(line[0]) for line in book["Front page"].iter_rows(max_row=6, max_col=1, values_only=True))
    for name, shown in re.findall(r"(families|children|adults) (c|[\d,]+)", front):
        number = shown if shown == "c" else int(shown.replace(",", ""))
        yield Of(quarter.key, name, "fs", "all", 0), number, "people"
    for sheet in TOOLKIT.sheets:
        for line in book[sheet].iter_rows(min_row=8, values_only=True):
            if line[0] is not None:
                number, _, measure, group, _, scope, shown, unit, _ = line[:9]
                yield Of(quarter.key, measure, scope, group, number), shown, unit
    for line in book["Over time"].iter_rows(min_row=5, values_only=True):
        if line[0] is None or line[0].startswith("For the charts"):
            break
        earlier = Quarter(pd.to_datetime(line[0][:3] + " " + line[0][-4:], format="%b %Y").date())
        if earlier != quarter:
            for (key, declared), shown in zip(TOOLKIT.headlines.items(), line[1:], strict=False):
                number, measure, scope, group = key
                yield Of(earlier.key, measure, scope, group, number), shown, declared.unit.word


def cells_of(shown: pd.DataFrame) -> Iterator[tuple[Of, object, str]]:
    """The same of figures with their symbols, as they would stand in a workbook."""
    for row in shown.to_dict("records"):
        of = Of(row["quarter"].strftime("%Y-%m-%d"), *(row[name] for name in Of._fields[1:]))
        yield of, row["symbol"] or row["value"], row["unit"]


def read(content: bytes, quarter: Quarter, figures: pd.DataFrame) -> Known:
    """What a reader knows from the workbook; `figures` are the true ones of all quarters."""
    return put_together(cells(content, quarter), figures)


def put_together(shown_cells: Iterable[tuple[Of, object, str]], figures: pd.DataFrame) -> Known:
    """What a reader knows from these cells."""
    known = Known()
    rows = figures[figures["period"] == "quarter"]
    truth = {
        Of(row["quarter"].strftime("%Y-%m-%d"), *(row[name] for name in Of._fields[1:])): row
        for row in rows.to_dict("records")
    }
    shares, means = [], []
    for of, shown, unit in shown_cells:
        row = truth.get(of)
        if row is None or pd.isna(row["value"]):
            assert shown in ("x", "z", None)
            if shown == "z" and unit != "%":
                known.number(of._replace(measure=f"{of.measure} over"), 0, 0, 0)
        elif unit == "%":
            shares.append((of, shown, row))
        elif not pd.isna(row["denominator"]):
            means.append((of, shown, float(row["denominator"])))
        elif unit in COUNTED and pd.isna(row["denominator"]):
            true = float(row["value"])
            if shown == "c":
                known.number(of, true, 1)
                known.suppressed.add(of)
            else:
                assert isinstance(shown, int | float)
                known.number(of, true, *((0, 0) if shown == 0 else (max(shown - 2, 6), shown + 2)))
    for of, shown, row in shares:
        _share(known, of, shown, row)
    for of, _, over in (each for each in means if each[1] != "c"):
        known.number(of._replace(measure=f"{of.measure} over"), over, LEAST_OF_MEAN)
    for of, shown, over in means:
        _mean(known, of, shown, over)
    _put_together(known)
    return known


def _share(known: Known, of: Of, shown: object, row: dict[str, float]) -> None:
    """Part, rest and whole of a share, and the share itself where it is shown."""
    numerator, denominator = row["numerator"], row["denominator"]
    if pd.isna(numerator):
        numerator = row["value"] * denominator / 100
    name, back = WHOLES.get(of.measure, (f"{of.measure} whole", 0))
    if of.measure.endswith("_absence"):
        name = "sessions"
    start = pd.Timestamp(of.quarter) - pd.DateOffset(months=3 * back)
    whole = of._replace(measure=name, quarter=start.strftime("%Y-%m-%d"))
    if whole in known.true and abs(known.true[whole] - denominator) > 1e-6:
        whole = of._replace(measure=f"{of.measure} whole")
    part, rest = (
        of._replace(measure=PARTS.get(of.measure, f"{of.measure} part")),
        of._replace(measure=f"{of.measure} rest"),
    )
    known.number(whole, denominator)
    known.number(part, numerator)
    known.number(rest, denominator - numerator)
    known.put_together({part: 1, rest: 1, whole: -1}, equal=True)
    if shown != "c":
        assert isinstance(shown, int | float)
        known.put_together({whole: (shown - 0.5) / 100, part: -1}, equal=False)
        known.put_together({part: 1, whole: -(shown + 0.5) / 100}, equal=False)
    if of.measure.endswith("_absence"):
        return  # sessions are not people
    known.suppressed |= {each for each in (part, rest) if round(known.true[each]) in range(1, 6)}


def _mean(known: Known, of: Of, shown: object, over: float) -> None:
    """What a mean tells of the number that it is over: shown, that it is 6 or more; suppressed, that it is from 1 to 5.

    But where each of the numbers that it is suppressed with is suppressed or 0, it is so whatever it is over.
    """
    number = of._replace(measure=f"{of.measure} over")
    named = ([_named(of, name) for name in names] for names in HIDDEN_WITH.get(of.measure, ()))
    others = next((each for each in named if each[0] in known.true), [])
    seen = not others or any(known.bounds[each][0] >= LEAST_OF_MEAN for each in others if each in known.bounds)
    assert shown == "c" or seen, f"{of} is shown beside {others}"
    if shown == "c":
        known.suppressed.add(number)
        known.number(number, over, 1, LEAST_OF_MEAN - 1 if seen and over < LEAST_OF_MEAN else np.inf)


def _named(of: Of, name: str) -> Of:
    """The number of that name beside another: of its own indicator, or of the one before the name."""
    indicator, _, measure = name.rpartition(" ") if name[0].isdigit() else ("", "", name)
    return of._replace(measure=measure, indicator=int(indicator or of.indicator))


def _put_together(known: Known) -> None:
    """Everything that the definitions make true of the numbers."""
    families: dict[Of, dict[str, Of]] = defaultdict(dict)
    groups: dict[Of, dict[str, Of]] = defaultdict(dict)
    for of in known.true:
        families[of._replace(scope="")][of.scope] = of
        groups[of._replace(group="")][of.group] = of
    for scopes in families.values():
        cohorts = [of for scope, of in scopes.items() if scope.startswith("cohort:")]
        if (fs := scopes.get("fs")) is not None:
            known.put_together({fs: -1, **dict.fromkeys(cohorts, 1.0)}, equal=True)
            known.put_together({fs: -1, **dict.fromkeys(cohorts, 1.0)}, equal=False)
            known.put_together({fs: 1, **dict.fromkeys(cohorts, -1.0)}, equal=False)
            if (authority := scopes.get("authority")) is not None:
                known.put_together({fs: 1, authority: -1}, equal=False)
            for cohort in cohorts:
                known.put_together({cohort: 1, fs: -1}, equal=False)
    for of in list(known.true):
        for more in AT_MOST.get(of.measure, ()):
            indicator = INDICATOR_OF.get(more, of.indicator)
            known.put_together({of: 1, of._replace(measure=more, indicator=indicator): -1}, equal=False)
        if of.measure == "cp_plans_active":
            begun = {of._replace(measure=f"cp_plans_{part}_fs_start"): 1.0 for part in ("from", "since")}
            known.put_together({of: -1, **begun}, equal=True)
            new = of._replace(measure="cp_new_plans", indicator=3)
            known.put_together({of: -1, of._replace(measure="cp_plans_at_start"): 1, new: 1}, equal=True)
        measure = TOOLKIT.find(of.indicator, of.measure)
        if of.scope == "fs" and of.indicator and measure and measure.unit.word in ("children", "people"):
            alike = SAME_PEOPLE if of.measure == SAME_PEOPLE[0] else (of.measure,)
            for name in ("children", "adults"):  # nobody counts who is not on the roster
                roster = of._replace(indicator=0, measure=name, group="all")
                known.put_together({roster: -1, **{of._replace(measure=each): 1.0 for each in alike}}, equal=False)
        if of.measure in ("cp_plans_at_start", "cla_at_start"):
            before = (pd.Timestamp(of.quarter) - pd.DateOffset(months=3)).strftime("%Y-%m-%d")
            end = of._replace(measure=of.measure.replace("start", "end"), quarter=before)
            known.put_together({of: 1, end: -1}, equal=True)
    for of in [of for of in known.true if of.measure.endswith(" over")]:
        mean = of.measure.removesuffix(" over")
        for sums, equal in ((OVER, True), (OVER_AT_MOST, False)):
            for terms in sums.get(mean, ()):
                known.put_together(
                    {_named(of, name or of.measure): times for name, times in terms.items()}, equal=equal
                )
    for alike in groups.values():
        first, *others = sorted(alike.values())
        if first.measure == SAME_PEOPLE[0]:
            for other in others:
                ours, theirs = (
                    {of._replace(measure=each): sign for each in SAME_PEOPLE}
                    for of, sign in ((first, 1.0), (other, -1.0))
                )
                known.put_together({**ours, **theirs}, equal=True)


def given_away(known: Known) -> Iterator[tuple[Of, float, float, float]]:
    """The suppressed numbers from 1 to 5 that can be worked out to less than that range: number, true, from, to."""
    order = {of: place for place, of in enumerate(known.true)}
    links = [(order[one], order[other]) for terms, _ in known.sums for one in list(terms)[:1] for other in terms]
    rows, columns = zip(*links, strict=True)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(order),) * 2)
    parts = connected_components(graph, directed=False)[1]
    for of in sorted(known.suppressed):
        if round(known.true[of]) not in range(1, 6):
            continue
        inside = [each for each in order if parts[order[each]] == parts[order[of]]]
        place = {each: number for number, each in enumerate(inside)}
        matrices: dict[bool, list[np.ndarray]] = {True: [], False: []}
        for terms, equal in known.sums:
            if next(iter(terms)) in place:
                line = np.zeros(len(inside))
                for each, coefficient in terms.items():
                    line[place[each]] += coefficient
                matrices[equal].append(line)
        system = {
            f"{name}_{kind}": values
            for kind, equal in (("eq", True), ("ub", False))
            for name, values in (("A", np.array(matrices[equal])), ("b", np.zeros(len(matrices[equal]))))
            if matrices[equal]
        }
        target = np.eye(len(inside))[place[of]]
        most = 100 * max(known.true[each] for each in inside)  # HiGHS calls some unbounded problems infeasible
        bounds = [(least, min(greatest, most)) for least, greatest in (known.bounds[each] for each in inside)]
        ends = []
        for sign in (1, -1):
            found = linprog(sign * target, bounds=bounds, **system)
            assert found.success, (of, found.message)
            ends.append(sign * found.fun)
        if ends[1] - ends[0] < 4 - 1e-6:
            yield of, known.true[of], ends[0], ends[1]
