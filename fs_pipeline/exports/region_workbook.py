"""A region's published workbook: every figure of the region beside those of its authorities, and before and after."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import Book, Heading, Number
from fs_pipeline.exports.figure_sheets import (
    STAY_ON_THE_ROSTER,
    compared_numbers,
    in_order,
    roster_in_words,
    symbols,
    titled_before_and_after,
)
from fs_pipeline.exports.published_before_after import SIDES_SHOWN
from fs_pipeline.exports.reference_sheets import definitions_sheet
from fs_pipeline.exports.region_published import RULES, published_region_before_after, published_region_figures
from fs_pipeline.outputs.region import region_values as added_up
from fs_pipeline.toolkit.figures import Share
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline.toolkit.toolkit import Toolkit

_MARKING = "Published: aggregated figures of several authorities, rounded, small numbers suppressed"
_WHAT = (
    Heading(("No.",), Kind.INT, 6),
    Heading(("What is counted",), Kind.STRING, 56, wraps=True),
    Heading(("Measure",), Kind.STRING, 26),
)


def region_workbook(
    region_name: str,
    quarter: Quarter,
    region_values: pd.DataFrame,
    region_before_after: pd.DataFrame,
    figures: Mapping[str, pd.DataFrame | None],
    before_after: Mapping[str, pd.DataFrame | None],
    sizes: Mapping[str, pd.DataFrame | None],
    toolkit: Toolkit,
) -> Mapping[str, bytes]:
    """The quarter's workbook for everyone, of the region beside its authorities: aggregates, suppressed and rounded.

    The same figures give the same bytes.

    Args:
        region_name: the region's name.
        quarter: the quarter.
        region_values: its figures of the quarter.
        region_before_after: its families before and after FS start.
        figures: each authority's `indicator_values` of every quarter up to this one; None where this was not run.
        before_after: each authority's `before_after` of every quarter up to this one; None where this was not run.
        sizes: each authority's `cohort_size` of every quarter up to this one; None where it was not run.
        toolkit: what the indicators and breakdowns declare.
    """
    first_day = pd.Timestamp(quarter.first_day)
    run = {name: pd.concat([sizes.get(name), rows]) for name, rows in figures.items() if rows is not None}
    now = {name: None if rows is None else rows[rows["quarter"] == first_day] for name, rows in sizes.items()}
    region_values = pd.concat([added_up(quarter, now, toolkit), region_values])
    of_each = {name: rows for name, rows in before_after.items() if rows is not None}
    shown = published_region_figures(region_values, run, first_day, region_name, toolkit)
    compared = published_region_before_after(region_before_after, of_each, first_day, region_name, toolkit)
    title = f"Family Safeguarding KPI toolkit, {quarter.label}, {region_name}"
    book = Book(title, region_name, quarter.last_day, _MARKING)
    sheet = book.sheet("Front page", portrait=True, pages=(1, 1))
    sheet.title(title, _MARKING)
    for name in (region_name, *run):
        sheet.text(f"{name}. {roster_in_words(shown[shown['authority'] == name])}", bold=True)
    for words in (STAY_ON_THE_ROSTER, *RULES):
        sheet.text(words)
    _figures_sheet(book, shown, [region_name, *run], toolkit)
    _before_and_after_sheet(book, compared, toolkit)
    definitions_sheet(book, toolkit.public, with_fields=False)
    return {f"fs_kpi_{quarter.key}_region.xlsx": book.content()}


def _figures_sheet(book: Book, shown: pd.DataFrame, names: Sequence[str], toolkit: Toolkit) -> None:
    headings = (
        *_WHAT,
        Heading(("Group",), Kind.STRING, 24),
        Heading(("Scope",), Kind.STRING, 11),
        *(Heading((name,), Kind.FLOAT, 14, wraps=True) for name in names),
        Heading(("Unit",), Kind.STRING, 10),
        Heading(("Status",), Kind.STRING, 13),
        Heading(("Missing in the region's figure",), Kind.STRING, 44, wraps=True),
    )
    words = "The region's figure, and those of its authorities as each of them publishes them."
    sheet = book.titled_sheet("Figures", headings, words)
    symbols(sheet)
    sheet.table(headings, _figure_rows(shown, names, toolkit), freeze_columns=3)


def _figure_rows(shown: pd.DataFrame, names: Sequence[str], toolkit: Toolkit) -> Iterator[tuple[object, ...]]:
    key = ["indicator", "measure", "scope", "group"]
    cells = {
        (row["authority"], *(row[part] for part in key)): row["symbol"]
        or Number(row["value"], toolkit.measure(row["indicator"], row["measure"]).unit.published_format)
        for row in shown.to_dict("records")
    }
    for row in in_order(shown[shown["authority"] == names[0]], toolkit).to_dict("records"):
        number, of = int(row["indicator"]), tuple(row[part] for part in key)
        yield (
            number,
            toolkit.measure(number, str(row["measure"])).meaning,
            *(row[part] for part in ("measure", "group", "scope")),
            *(cells.get((name, *of), "x") for name in names),
            row["unit"],
            row["status"],
            None if pd.isna(row["incomplete"]) else row["incomplete"],
        )


def _before_and_after_sheet(book: Book, compared: pd.DataFrame, toolkit: Toolkit) -> None:
    words = ("People", "Families", "Before", "After", "Difference", "Change in %", "95% interval, from", "to")
    headings = (
        *_WHAT,
        Heading(("Authority",), Kind.STRING, 26),
        *(Heading((each,), Kind.FLOAT, 12) for each in words),
        Heading(("Up to",), Kind.STRING, 14),
    )
    sheet = titled_before_and_after(book, headings)
    rows = compared.sort_values(["indicator", "measure"], kind="stable").to_dict("records")
    sheet.table(headings, (_compared_row(row, toolkit) for row in rows), freeze_columns=3)


def _compared_row(row: Mapping[Hashable, Any], toolkit: Toolkit) -> tuple[object, ...]:
    number, name = int(row["indicator"]), str(row["measure"])
    what = toolkit.measure(number, name, "follow_up")
    rate = "share" if isinstance(what.made, Share) else "sum"
    shown, up_to = compared_numbers(row, rate, SIDES_SHOWN, is_public=True), Quarter(row["quarter"].date()).label
    return number, what.meaning, name, row["authority"], *shown, up_to
