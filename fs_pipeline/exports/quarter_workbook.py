"""A quarter's workbook: which sheets it has. What stands on them is said in the modules of the sheets."""

from __future__ import annotations

from fs_pipeline.exports.audiences import Contents
from fs_pipeline.exports.excel import Book
from fs_pipeline.exports.figure_sheets import (
    before_and_after_sheet,
    comparisons_sheet,
    health_return_sheet,
    indicator_sheets,
)
from fs_pipeline.exports.front_sheets import front_page, over_time_sheet
from fs_pipeline.exports.headlines import series
from fs_pipeline.exports.level_sheets import checks_sheet, level_sheet
from fs_pipeline.exports.reference_sheets import data_quality_sheet, definitions_sheet, provenance_sheet


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
