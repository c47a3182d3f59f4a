"""The front page, for whoever reads one page alone, and the headline figures over the quarters behind its charts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.audiences import Contents, Results
from fs_pipeline.exports.excel import Book, Heading, Number, Sheet, headings_of
from fs_pipeline.exports.figure_sheets import STAY_ON_THE_ROSTER, SYMBOLS, roster_in_words, up_to
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.toolkit.figures import Headline, Measure, Share, Unit
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import NOT_THE_EFFECT

OVER_TIME = "Over time"
_CHARTS_A_ROW, _CHART_ROWS, _CHART_WIDTH, _CHART_HEIGHT = 2, 14, 480, 265
_LINE = 120
"""Characters to a line of the front page, which is printed upright on A4."""


_NOT_RUN: Mapping[Hashable, Any] = {"value": None, "symbol": "x", "status": "missing"}


@dataclass(frozen=True)
class Series:
    """A headline figure over the quarters.

    Attributes:
        headline: which it is, and what it is called.
        measure: its measure.
        quarters: the quarters, the last one being this one.
        values: its value in each; None where there is none.
        symbols: why there is none; blank where there is one.
        statuses: its status in each.
    """

    headline: Headline
    measure: Measure
    quarters: tuple[Quarter, ...]
    values: tuple[float | None, ...]
    symbols: tuple[str, ...]
    statuses: tuple[str, ...]

    @property
    def shown(self) -> list[float | str]:
        """In each quarter its value, or the symbol for why there is none; the last is now, the first where it began."""
        return [symbol if value is None else value for value, symbol in zip(self.values, self.symbols, strict=True)]

    @property
    def before(self) -> float | str | None:
        """Last quarter's; None without a last quarter."""
        return self.shown[-2] if len(self.quarters) > 1 else None

    def change_since(self, earlier: float | str | None) -> float | None:
        """This quarter's value less an earlier one; None when either is not there."""
        now = self.values[-1]
        return now - earlier if now is not None and isinstance(earlier, float) else None


def series(figures: pd.DataFrame, quarters: Sequence[Quarter], toolkit: Toolkit) -> list[Series]:
    """Every headline over the quarters; `figures` are those of all quarters, with symbols."""
    of_headlines = figures["measure"].isin([measure.name for measure in toolkit.headlines.values()])
    rows = figures[of_headlines & (figures["period"] == "quarter")].to_dict("records")
    names = ("quarter", "indicator", "measure", "scope", "group")
    by_name = {tuple(row[name] for name in names): row for row in rows}
    found = []
    for key, measure in toolkit.headlines.items():
        assert measure.headline
        cells = [by_name.get((pd.Timestamp(quarter.first_day), *key), _NOT_RUN) for quarter in quarters]
        found.append(
            Series(
                measure.headline,
                measure,
                tuple(quarters),
                tuple(None if pd.isna(cell["value"]) else float(cell["value"]) for cell in cells),
                tuple(str(cell["symbol"]) for cell in cells),
                tuple(str(cell["status"]) for cell in cells),
            )
        )
    return found


def front_page(book: Book, title: str, contents: Contents, headlines: Sequence[Series]) -> None:
    """Headline figures with their changes, before and after, what is missing, charts over the quarters."""
    of_headlines, is_public = headings_of("headlines"), contents.is_public
    sheet = book.sheet("Front page", portrait=True, pages=(1, 1))
    sheet.columns(of_headlines)
    sheet.title(title, contents.marking)
    sheet.text(roster_in_words(contents.results.of_quarter), bold=True)
    sheet.text(STAY_ON_THE_ROSTER)
    for words in (*_delivered(contents.results.provenance), *contents.notes):
        sheet.paragraph(words, _LINE)
    sheet.row += 1
    sheet.table(of_headlines, (_headline(each, is_public=is_public) for each in headlines), filters=False)
    sheet.row += 1
    sheet.table(headings_of("sides"), _sides(contents.results, is_public=is_public), filters=False)
    sheet.paragraph(NOT_THE_EFFECT, _LINE)
    sheet.row += 1
    for symbol, meaning in SYMBOLS.items():
        sheet.text(f"{symbol}: {meaning}.", italic=True, font_size=9)
    _charts(book, sheet, headlines)


def _delivered(provenance: Provenance) -> Iterator[str]:
    """In words, what was delivered for the quarter, and of what not all could be used."""

    def names(sources: Iterable[Source]) -> str:
        return ", ".join(source.extract.extract.replace("_", " ") for source in sources)

    if missing := names(each for each in provenance.of_quarter() if not each.supplied):
        yield f"Not supplied for this quarter, so that what needs it is blank and marked x: {missing}."
    else:
        yield "Something was delivered for every extract of this quarter."
    if empty := names(each for each in provenance.of_quarter() if each.counts.get("used") == 0):
        yield f"Nothing that can be used was delivered of: {empty}. What needs it counts nothing."
    if left_out := names(each for each in provenance.of_quarter() if each.counts.get("rejected")):
        yield f"Rows that could not be used were left out of: {left_out}."


def _headline(series: Series, *, is_public: bool) -> tuple[object, ...]:
    unit, first = series.measure.unit, series.shown[0]
    form = unit.number_format(is_public=is_public)
    shown = (
        _number(series.shown[-1], form),
        _number(series.before, form),
        _number(series.change_since(series.before), form, signed=True),
        _number(first, form),
        _number(series.change_since(first), form, signed=True),
    )
    return series.headline.title, unit.word, *shown, in_words(series, is_public=is_public)


def _number(value: float | str | None, form: str, *, signed: bool = False) -> Number | str | None:
    """A value in that format, with its sign where it is a change; symbols and blanks as they are."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    return Number(value, f"+{form};-{form};0" if signed else form)


_NO_FIGURE = {
    "x": "Not available",
    "c": "Suppressed by the rules for small numbers",
    "z": "Nothing to work it out from",
}


def in_words(series: Series, *, is_public: bool) -> str:
    """What a headline figure says, in plain words.

    Rounding keeps the order of numbers: rounded ones that differ say what is true of the others, and of those that do
    not differ nobody learns whether the others do.
    """
    change = series.change_since(series.before)
    if series.values[-1] is None:
        return _NO_FIGURE[series.symbols[-1]]
    partial = " (part of the data is missing)" if "partial" in series.statuses[-2:] else ""
    if change is None:
        return f"No comparison with last quarter{partial}"
    if change == 0:
        return f"{'About as' if is_public else 'As'} last quarter{partial}"
    direction = "Down" if change < 0 else "Up"
    better = series.measure.better
    aim = f"; {better} is better" if better else ""
    return f"{direction} on last quarter{aim}{partial}"


def _sides(results: Results, *, is_public: bool) -> Iterator[tuple[object, ...]]:
    before_after, percent = results.before_after, Unit.PERCENT.number_format(is_public=is_public)
    for row in before_after[before_after["scope"] == "fs"].to_dict("records"):
        what = results.toolkit.measure(int(row["indicator"]), str(row["measure"]), "follow_up")
        form = what.unit.council_format if isinstance(what.made, Share) else "#,##0"  # sums are whole numbers
        yield (
            what.meaning.rstrip(".") + up_to(row, results.provenance.quarter),
            what.unit.word,
            row["symbol"] or _number(row["before"], form),
            row["symbol"] or _number(row["after"], form),
            _number(row["difference"], form, signed=True),
            _number(row["percentage_change"], percent, signed=True),
            _number(row["people"], "#,##0"),
            verdict(row),
        )


def verdict(row: Mapping[Hashable, Any]) -> str:
    """What the interval of before and after says, in plain words: of change, not of its cause.

    Rounding keeps the order of numbers, and 0: what rounded ones say is true of the others too, or says no more than
    that there is no clear change.
    """
    low, high, difference = row["interval_low"], row["interval_high"], row["difference"]
    if row["symbol"]:
        return _NO_FIGURE[row["symbol"]]
    if pd.isna(low) or pd.isna(high):
        return "Too few families to say"
    if high < 0 and difference < 0:
        return "Lower after"
    return "Higher after" if low > 0 and difference > 0 else "No clear change"


def _charts(book: Book, sheet: Sheet, headlines: Sequence[Series]) -> None:
    """A small line chart for each headline; its numbers stand on the sheet `Over time`."""
    top = sheet.row + 1
    for number, series in enumerate(headlines):
        chart = book.workbook.add_chart({"type": "line"})
        first = _FIRST_ROW + len(series.quarters)
        last = first + len(series.quarters) - 1
        chart.add_series(
            {
                "categories": [OVER_TIME, first, 0, last, 0],
                "values": [OVER_TIME, first, number + 1, last, number + 1],
                "line": {"color": "#1F3A4D", "width": 2},
                "marker": {"type": "circle", "size": 5, "fill": {"color": "#1F3A4D"}, "border": {"none": True}},
            }
        )
        chart.set_title({"name": series.headline.title, "name_font": {"size": 10, "bold": True}, "overlay": False})
        chart.set_legend({"none": True})
        chart.set_y_axis(
            {
                "min": 0,
                "name": series.measure.unit.word,
                "major_gridlines": {"visible": True, "line": {"color": "#D9DEE2"}},
                "name_font": {"size": 8, "bold": False},
                "num_font": {"size": 8},
            }
        )
        chart.set_x_axis({"num_font": {"size": 8, "rotation": -45}})
        chart.show_blanks_as("gap")
        chart.set_size({"width": _CHART_WIDTH, "height": _CHART_HEIGHT})
        row, place = divmod(number, _CHARTS_A_ROW)
        sheet.worksheet.insert_chart(
            top + row * _CHART_ROWS,
            0,
            chart,
            {"x_offset": place * (_CHART_WIDTH + 10), "description": f"{series.headline.title}, by quarter."},
        )


_FIRST_ROW = 7
"""On the sheet `Over time`, the first row for the charts, from 0, when there are no quarters before it."""


def over_time_sheet(book: Book, headlines: Sequence[Series], *, is_public: bool) -> None:
    """The headline figures, a row a quarter; and again without symbols, which a chart would take for 0."""
    headings = (
        Heading(("Quarter",), Kind.STRING, 16),
        *(
            Heading(
                (f"{each.headline.title} ({each.measure.unit.word})",),
                Kind.FLOAT,
                17,
                each.measure.unit.published_format if is_public else "#,##0.#",
            )
            for each in headlines
        ),
    )
    sheet = book.titled_sheet(OVER_TIME, headings, "The headline figures by quarter.")
    quarters: Sequence[Quarter] = headlines[0].quarters
    shown = ((quarter.label, *(each.shown[n] for each in headlines)) for n, quarter in enumerate(quarters))
    sheet.table(headings, shown, filters=False, freeze_columns=1)
    sheet.subtitle("For the charts: the numbers alone")
    numbers = ((quarter.label, *(each.values[n] for each in headlines)) for n, quarter in enumerate(quarters))
    sheet.table(headings, numbers, filters=False, ruled=False)
