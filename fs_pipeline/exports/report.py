"""The quarter's report as one HTML page, for those who would rather look than read; all of it is in the one file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import jinja2
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Contents
from fs_pipeline.exports.charts import line_chart, pair_chart
from fs_pipeline.exports.figure_sheets import SAME_PEOPLE
from fs_pipeline.exports.figures import STAY_ON_THE_ROSTER, SYMBOLS, roster_in_words, up_to
from fs_pipeline.exports.front_sheets import in_words, verdict
from fs_pipeline.exports.headlines import Series, series
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import NOT_THE_EFFECT

_PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("fs_pipeline.exports", ""), autoescape=True, undefined=jinja2.StrictUndefined
)


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
        "families": _shown(row["families"], "c"),
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
