"""The quarter's report as one HTML page, for those who would rather look than read; all of it is in the one file.

Its charts are SVG: lines over the quarters, and pairs of bars. Plain shapes that print, with words for screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Contents
from fs_pipeline.exports.figure_sheets import SAME_PEOPLE, STAY_ON_THE_ROSTER, SYMBOLS, roster_in_words, up_to
from fs_pipeline.exports.front_sheets import Series, in_words, series, verdict
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import NOT_THE_EFFECT

_PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("fs_pipeline.exports", ""), autoescape=True, undefined=jinja2.StrictUndefined
)
_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 52
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 4


def page(contents: Contents) -> str:
    """The page; readable on a phone and on paper, and by a screen reader: every chart has its numbers in a table."""
    results, provenance = contents.results, contents.results.provenance
    of_fs = results.before_after[results.before_after["scope"] == "fs"]
    headlines = series(results.figures, results.quarters, results.toolkit)
    return _PAGES.get_template("report.html.jinja").render(
        title=f"Family Safeguarding, {provenance.quarter.label}, {provenance.authority}",
        marking=contents.marking,
        roster=(roster_in_words(results.of_quarter), STAY_ON_THE_ROSTER),
        notes=contents.notes,
        headlines=[_headline(each, is_public=contents.is_public) for each in headlines],
        pairs=[_pair(row, provenance.quarter, results.toolkit) for row in of_fs.to_dict("records")],
        before_and_after=(SAME_PEOPLE, NOT_THE_EFFECT),
        symbols=SYMBOLS.items(),
        authority=provenance.authority,
        code_version=provenance.code_version,
    )


def _headline(of: Series, *, is_public: bool) -> dict[str, object]:
    name = f"{of.measure.name}-{of.headline.group}"
    labels = [quarter.label for quarter in of.quarters]
    shown = [_shown(value, symbol) for value, symbol in zip(of.values, of.symbols, strict=True)]
    return {
        "title": of.headline.title,
        "unit": of.measure.unit.word,
        "now": shown[-1],
        "words": in_words(of, is_public=is_public),
        "chart": line_chart(name, f"{of.headline.title}, by quarter", labels, of.values, of.symbols, of.values[0]),
        "rows": list(zip(labels, shown, strict=True)),
    }


def _pair(row: Mapping[Hashable, Any], quarter: Quarter, toolkit: Toolkit) -> dict[str, object]:
    what = toolkit.measure(int(row["indicator"]), str(row["measure"]), "follow_up")
    title = what.meaning.rstrip(".") + up_to(row, quarter)
    before, after, difference = (_shown(row[name], row["symbol"]) for name in ("before", "after", "difference"))
    known = not row["symbol"] and max(row["before"], row["after"]) > 0
    low, high = row["interval_low"], row["interval_high"]
    return {
        "title": title,
        "unit": what.unit.word,
        "words": verdict(row),
        "families": _shown(row["families"], row["symbol"]),
        "before": before,
        "after": after,
        "difference": difference,
        "interval": "" if row["symbol"] or pd.isna(low) or pd.isna(high) else f"{low:,.1f} to {high:,.1f}",
        "chart": pair_chart(
            f"pair-{what.name}",
            f"{title}: {before} before, {after} after",
            row["before"],
            row["after"],
            (before, after),
        )
        if known
        else None,
    }


def _shown(value: float | None, symbol: str) -> str:
    """A number as people read it; the symbol where there is none."""
    if value is None or pd.isna(value):
        return symbol
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def line_chart(
    name: str,
    title: str,
    labels: Sequence[str],
    values: Sequence[float | None],
    symbols: Sequence[str],
    first: float | None,
) -> Markup:
    """A line over the quarters; a gap with the symbol where there is no value; a dashed line at the first quarter's.

    Args:
        name: what the chart is called within the page, for its parts to refer to.
        title: what a screen reader says of it.
        labels: the quarters.
        values: the value of each.
        symbols: why there is none.
        first: where the dashed line stands; None for none.
    """
    inside = _WIDTH - _LEFT - _RIGHT - 40
    last = len(labels) - 1
    xs = [_LEFT + 20 + (inside * place / last if last else inside / 2) for place in range(len(labels))]
    every = -(-len(labels) // 8)  # where there are many quarters, every other one is named, or fewer
    named = [(xs[place], *labels[place].rpartition(" ")[::2]) for place in range(last % every, len(labels), every)]
    runs = groupby(zip(xs, values, strict=True), lambda point: point[1] is not None)
    return _drawn(
        name,
        title,
        max((value for value in values if value is not None), default=1),
        quarters=named,
        first=first,
        runs=[list(run) for is_known, run in runs if is_known],
        points=list(zip(xs, values, symbols, strict=True)),
    )


def pair_chart(name: str, title: str, before: float, after: float, words: tuple[str, str]) -> Markup:
    """Two bars, before and after, each with its number."""
    bars = (_LEFT + 110, before, words[0], "before"), (_LEFT + 340, after, words[1], "after")
    return _drawn(name, title, max(before, after), bars=bars)


def _drawn(name: str, title: str, most: float, **shapes: object) -> Markup:
    """The chart of these shapes, over an axis that begins at 0."""
    most = most or 1
    raw = most / _LINES
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(each * magnitude for each in _STEPS if each * magnitude >= raw * (1 - 1e-9))
    top = step * math.ceil(most / step - 1e-9)
    none: dict[str, object] = {"quarters": (), "first": None, "runs": (), "points": (), "bars": ()}
    return Markup(
        _PAGES.get_template("chart.svg.jinja").render(
            **none | shapes,
            name=name,
            title=title,
            grid=[number * step for number in range(round(top / step) + 1)],
            y=lambda value: _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top),
            **{"width": _WIDTH, "height": _HEIGHT, "left": _LEFT, "right": _RIGHT, "bottom": _BOTTOM},
        )
    )
