"""A region's published workbook: every figure of the region beside those of its authorities, and before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import Book, headings_of
from fs_pipeline.exports.figure_sheets import (
    STAY_ON_THE_ROSTER,
    as_written,
    compared_table,
    in_order,
    roster_in_words,
    symbols,
)
from fs_pipeline.exports.published_before_after import SIDES_SHOWN
from fs_pipeline.exports.reference_sheets import definitions_sheet
from fs_pipeline.exports.region_published import RULES, published_region_before_after, published_region_figures
from fs_pipeline.outputs.region import region_values as added_up
from fs_pipeline.toolkit.toolkit import Toolkit

_MARKING = "Published: aggregated figures of several authorities, rounded, small numbers suppressed"


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
    in_order_of_measures = compared.assign(rate="sum").sort_values(["indicator", "measure"], kind="stable")
    compared_table(book, "region before and after", in_order_of_measures, toolkit, SIDES_SHOWN, is_public=True)
    definitions_sheet(book, toolkit.public, with_fields=False)
    return {f"fs_kpi_{quarter.key}_region.xlsx": book.content()}


def _figures_sheet(book: Book, shown: pd.DataFrame, names: Sequence[str], toolkit: Toolkit) -> None:
    """The region's figures, and beside each in a column an authority what that publishes."""
    headings = [
        replace(each, words=(name,), column=name) if each.column == "authority" else each
        for each in headings_of("region figures")
        for name in (names if each.column == "authority" else names[:1])
    ]
    words = "The region's figure, and those of its authorities as each of them publishes them."
    sheet = book.titled_sheet("Figures", headings, words)
    symbols(sheet)
    written = as_written(shown, toolkit, is_public=True).set_index(["indicator", "measure", "scope", "group"])
    of_region, *_ = of_each = [written[written["authority"] == name] for name in names]
    beside = {
        name: own["value"].reindex(of_region.index, fill_value="x") for name, own in zip(names, of_each, strict=True)
    }
    sheet.table(headings, in_order(of_region.assign(**beside).reset_index(), toolkit), freeze_columns=3)
