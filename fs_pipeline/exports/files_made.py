"""The files of a quarter that leave the building, an export each: name and content.

A workbook's sheets are listed here; what stands on them is said in the modules of the sheets.
"""

from __future__ import annotations

from collections.abc import Mapping

from fs_pipeline.exports.audiences import Contents, Results, evaluator, operational, published
from fs_pipeline.exports.excel import Book
from fs_pipeline.exports.figure_sheets import (
    before_and_after_sheet,
    comparisons_sheet,
    health_return_sheet,
    indicator_sheets,
)
from fs_pipeline.exports.front_sheets import front_page, over_time_sheet, series
from fs_pipeline.exports.level_sheets import checks_sheet, level_sheet
from fs_pipeline.exports.pseudonyms import Pseudonyms
from fs_pipeline.exports.reference_sheets import data_quality_sheet, definitions_sheet, provenance_sheet
from fs_pipeline.exports.report import page
from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.tables import Column, Kind, Table

EXPORTED = Table(
    "exports",
    ("file",),
    (QUARTER, Column("file", Kind.STRING, "The file, in `exports/<quarter>/`.", nullable=False)),
    "The files that were exported.",
)


def operational_workbook(results: Results) -> Mapping[str, bytes]:
    """The quarter's workbook for the council, with identifiers: personal data.

    Front page, figures by group of indicators, health return, before and after, comparators, person and family level
    in the toolkit's layout with its checks as live formulas, definitions, data quality, provenance.
    """
    return {f"{_stem(results)}_operational.xlsx": workbook(operational(results))}


def evaluator_workbook(results: Results, key: bytes, shifts_dates: bool) -> Mapping[str, bytes]:
    """The quarter's workbook for independent evaluators: pseudonyms under the authority's key for every identifier.

    Ages instead of birth dates, no UPN, no worker; the days are kept, or moved family by family when asked.
    """
    pseudonyms = Pseudonyms(key, shifts_dates=shifts_dates)
    return {f"{_stem(results)}_evaluator.xlsx": workbook(evaluator(results, pseudonyms, shifted=shifts_dates))}


def published_workbook(results: Results) -> Mapping[str, bytes]:
    """The quarter's workbook for everyone: aggregates alone, rounded, small numbers suppressed.

    What is suppressed cannot be worked out from totals, shares, cohorts against all families, or last quarter: linear
    programming looks for it, and further figures are suppressed until it finds nothing.
    """
    return {f"{_stem(results)}_published.xlsx": workbook(published(results))}


def report(results: Results) -> Mapping[str, bytes]:
    """The quarter's report as one HTML page for everyone, under the rules of the published workbook.

    Headline figures as charts, before and after, each with its numbers in a table; on a phone, on paper, read aloud.
    """
    return {f"{_stem(results)}_report.html": page(published(results)).encode()}


def workbook(contents: Contents) -> bytes:
    """The workbook as a file; the same contents give the same bytes."""
    results, provenance = contents.results, contents.results.provenance
    title = f"Family Safeguarding KPI toolkit, {provenance.quarter.label}, {provenance.authority}"
    book = Book(title, provenance.authority, provenance.quarter.last_day, contents.marking)
    headlines = series(results.figures, results.quarters, results.toolkit)
    front_page(book, title, contents, headlines)
    indicator_sheets(book, contents)
    health_return_sheet(book, contents)
    before_and_after_sheet(book, contents)
    comparisons_sheet(book, contents)
    over_time_sheet(book, headlines, is_public=contents.is_public)
    if contents.levels:
        person, family = contents.levels
        level_sheet(book, "Person level", person, results.people)
        level_sheet(book, "Family level", family, results.families)
        checks_sheet(book, person, results.people, family, results.families)
    definitions_sheet(book, results.toolkit, with_fields=contents.levels is not None)
    if not contents.is_public:
        data_quality_sheet(book, provenance, with_rows=contents.counts_deliveries)
        provenance_sheet(book, provenance, keyed=not contents.counts_deliveries)
    return book.content()


def _stem(results: Results) -> str:
    return f"fs_kpi_{results.provenance.quarter.key}"
