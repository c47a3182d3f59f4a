"""The sheets of figures: one a group of indicators, the health return, before and after, comparisons.

Figures stand in the toolkit's order, with a symbol where there is no value.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Contents
from fs_pipeline.exports.excel import Book, Heading, Number, Sheet, headings_of
from fs_pipeline.exports.published_before_after import SIDES_SHOWN
from fs_pipeline.toolkit.breakdowns import kind_of
from fs_pipeline.toolkit.figures import COHORT, Share, Unit
from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import NOT_THE_EFFECT

SYMBOLS: Mapping[str, str] = {
    "c": "confidential: suppressed by the rules for small numbers",
    "x": "not available: what it is made from was not supplied, or not run",
    "z": "not applicable: a mean or share over nothing",
}
"""The usual symbols of published tables."""
STAY_ON_THE_ROSTER = (
    "Families stay on the roster after Family Safeguarding ends for them, so that numbers grow with it."
)
PERIODS: Mapping[str, str] = {
    "quarter": "the quarter",
    "baseline": "12 months before FS start, of those who entered in the quarter",
    "follow_up": "12 months from FS start, of those who completed them in the quarter",
}
BEFORE_AND_AFTER = "Before and after"
SAME_PEOPLE = PARAMETERS.fill(
    "The {months_around_fs} months before and after FS start, of the same people: all whose {months_around_fs} months "
    "after were over by the end of the quarter. The 95% interval is that of the families' differences; there is none "
    "while fewer than {families_that_differ} families differ."
)


def roster_in_words(figures: pd.DataFrame) -> str:
    """How many families and people a quarter's figures are about: stands first on every front page."""
    of_cohort = figures[figures["indicator"] == COHORT.number].to_dict("records")
    shown = {row["measure"]: row["symbol"] or f"{row['value']:,.0f}" for row in of_cohort}
    numbers = (f"{each.name} {shown.get(each.name, 'x')}" for each in COHORT.measures)
    return f"On the roster at the end of the quarter: {', '.join(numbers)}."


def in_order(figures: pd.DataFrame, toolkit: Toolkit) -> pd.DataFrame:
    """The figures in the toolkit's order: indicator, measure, group, period, then authority, fs, breakdowns."""
    order = {key: place for place, key in enumerate(toolkit.measures)}
    place = [order[key] for key in zip(figures["indicator"], figures["measure"], strict=True)]
    period = figures["period"].map(list(PERIODS).index)
    keyed = figures.assign(_place=place, _period=period, _kind=scope_order(figures["scope"], toolkit))
    ordered = keyed.sort_values(["indicator", "_place", "group", "_period", "_kind", "scope"], kind="stable")
    return ordered.drop(columns=["_place", "_period", "_kind"]).reset_index(drop=True)


def up_to(row: Mapping[Hashable, Any], quarter: Quarter) -> str:
    """The quarter that a row of before and after is of, where that is an earlier one."""
    of = Quarter(row["quarter"].date())
    return "" if of == quarter else f", up to {of.label}"


def scope_order(scopes: pd.Series, toolkit: Toolkit) -> pd.Series:
    """The place of each scope's kind among all kinds of scope."""
    return scopes.map(kind_of).map(toolkit.scope_kinds.index)


def indicator_sheets(book: Book, contents: Contents) -> None:
    """The sheets that the indicators declare: every figure of the quarter.

    Numerator and denominator stand beside it, but not where the figure is for everyone.
    """
    toolkit, is_public = contents.results.toolkit, contents.is_public
    ordered = as_written(in_order(contents.results.of_quarter, toolkit), toolkit, is_public=is_public)
    columns = headings_of("figures")
    headings = [each for each in columns if not is_public or each.column not in ("numerator", "denominator")]
    for name, indicators in toolkit.sheets.items():
        titles = "; ".join(f"{each.number}. {each.title}" for each in indicators)
        sheet = book.titled_sheet(name, headings, titles)
        symbols(sheet)
        of_sheet = ordered["indicator"].isin([each.number for each in indicators])
        sheet.table(headings, ordered[of_sheet], freeze_columns=3)


def as_written(figures: pd.DataFrame, toolkit: Toolkit, *, is_public: bool) -> pd.DataFrame:
    """The figures with what is counted, and as their values the symbol or the number in its unit's format."""
    names = figures[["indicator", "measure", "period"]].itertuples(index=False)
    measures = [toolkit.measure(*of) for of in names]
    shown = [
        symbol or Number(value, measure.unit.number_format(is_public=is_public))
        for symbol, value, measure in zip(figures["symbol"], figures["value"], measures, strict=True)
    ]
    meanings = pd.Series([measure.meaning for measure in measures], figures.index, dtype="object")
    return figures.assign(meaning=meanings, value=pd.Series(shown, figures.index, dtype="object"))


def symbols(sheet: Sheet) -> None:
    """The line that explains the symbols."""
    sheet.text("   ".join(f"{symbol}: {meaning}." for symbol, meaning in SYMBOLS.items()), italic=True, font_size=9)
    periods = "   ".join(f"{period}: {meaning}." for period, meaning in PERIODS.items())
    sheet.text(f"Periods.   {periods}", italic=True, font_size=9)
    sheet.row += 1


def health_return_sheet(book: Book, contents: Contents) -> None:
    """The toolkit's table of indicators 8 and 9: people with an event, by the financial year's quarters."""
    figures, quarter, is_public = contents.results.figures, contents.results.provenance.quarter, contents.is_public
    april = quarter.first_day.year - (quarter.first_day.month < 4)
    quarters = [Quarter.parse(f"{april}-{(april + 1) % 100:02}-Q{number}") for number in (1, 2, 3, 4)]
    form = Unit.PERCENT.number_format(is_public=is_public)
    headings = (
        Heading(("Indicator",), Kind.STRING, 30),
        Heading(("Breakdown",), Kind.STRING, 14),
        *(Heading((f"Q{n} ({each.label})",), Kind.FLOAT, 18, form) for n, each in enumerate(quarters, 1)),
    )
    sheet = book.sheet("Health return")
    sheet.columns(headings)
    sheet.title(
        f"Health return {april}-{(april + 1) % 100:02}",
        "Indicators 8 and 9: per cent of the cohort's children and adults with an event in the quarter."
        + (" Earlier quarters stand in their own published workbooks." if is_public else ""),
    )
    symbols(sheet)
    of_fs = figures[(figures["scope"] == "fs") & (figures["measure"] == "people_with_event")]
    found = {
        (row["indicator"], row["group"], Quarter(row["quarter"].date())): row["symbol"] or row["value"]
        for row in of_fs.to_dict("records")
    }
    rows = [
        (title, group.capitalize(), *(found.get((number, group, each)) for each in quarters))
        for group in ("children", "adults")
        for number, title in ((8, "A&E Attendances"), (9, "Emergency Admissions"))
    ]
    sheet.table(headings, rows, filters=False)


def before_and_after_sheet(book: Book, contents: Contents) -> None:
    """Before and after FS start of the same people, as sums and as rates."""
    results, toolkit = contents.results, contents.results.toolkit
    both = pd.concat([results.before_after.assign(rate="sum"), results.rates], ignore_index=True)
    order = both.assign(_kind=both["rate"].map(["sum", "per_family", "per_person_month"].index))
    order["_scope"] = scope_order(order["scope"], toolkit)
    order = order.sort_values(["indicator", "measure", "_kind", "_scope"], kind="stable")
    compared_table(book, "before and after", order, toolkit, ("before", "after"), is_public=contents.is_public)


def compared_table(
    book: Book, table: str, compared: pd.DataFrame, toolkit: Toolkit, with_symbols: Collection[str], *, is_public: bool
) -> None:
    """The sheet of before and after, with what its figures say and what they do not.

    Args:
        book: the workbook.
        table: its columns in `headings.csv`.
        compared: rows of before and after with `symbol` and `rate`, in order.
        toolkit: what measures declare.
        with_symbols: the columns in which the symbol stands where there is no number; others are blank.
        is_public: whether it is for everyone.
    """
    headings = headings_of(table)
    sheet = book.titled_sheet(BEFORE_AND_AFTER, headings, SAME_PEOPLE)
    sheet.paragraph(NOT_THE_EFFECT, 200)
    symbols(sheet)
    rows = []
    for row in compared.to_dict("records"):
        what = toolkit.measure(int(row["indicator"]), str(row["measure"]), "follow_up")
        rate = "share" if isinstance(what.made, Share) else row["rate"]
        words = {"meaning": what.meaning, "rate": rate, "unit": what.unit.word}
        numbers = {
            name: (row["symbol"] or None if name in with_symbols else None)
            if pd.isna(row[name])
            else _compared_number(row[name], name, rate, is_public=is_public)
            for name in SIDES_SHOWN
        }
        rows.append(row | words | numbers | {"up_to": Quarter(row["quarter"].date()).label})
    written = pd.DataFrame(rows, columns=[each.column for each in headings], dtype="object")
    sheet.table(headings, written, freeze_columns=3)


def _compared_number(value: float, part: str, rate: str, *, is_public: bool) -> Number:
    """A number of before and after: people and sums are whole, shares and changes have one decimal.

    What is for everyone is rounded: its changes, and the intervals of its sums, are whole as well.
    """
    if part in ("people", "families"):
        return Number(value, "#,##0")
    if part == "percentage_change" or (part.startswith("interval") and rate == "sum"):
        return Number(value, "#,##0" if is_public else "#,##0.0")
    return Number(value, {"sum": "#,##0", "share": "0.0", "per_family": "#,##0.00"}.get(rate, "0.000"))


def comparisons_sheet(book: Book, contents: Contents) -> None:
    """The figures that have a comparator, beside it."""
    comparisons, toolkit = contents.results.comparisons, contents.results.toolkit
    words = "Shares and means of the whole authority beside published ones, as analysts filled them in."
    headings = headings_of("comparators")
    sheet = book.titled_sheet("Comparators", headings, words)
    if comparisons.empty:
        sheet.text(
            "No comparator stands beside a figure that may be shown."
            if contents.is_public
            else "No figure of this quarter has a published one beside it: see extracts/comparators.csv."
        )
        return
    if contents.is_public:
        comparisons = as_written(comparisons.assign(symbol=""), toolkit, is_public=True)
    sheet.table(headings, comparisons, freeze_columns=3)
