"""A quarter's workbook: which sheets it has. What stands on them is said in the modules of the sheets."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
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
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.reference_sheets import data_quality_sheet, definitions_sheet, provenance_sheet
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit


@dataclass(frozen=True)
class Levels:
    """The person and the family level, as an audience may see them: tables and rows."""

    person: Table
    people: pd.DataFrame
    family: Table
    families: pd.DataFrame


@dataclass(frozen=True)
class Contents:
    """What a workbook shows.

    Attributes:
        audience: who it is for, in a word: `operational`, `evaluator`, `published`.
        marking: how it is to be handled; printed on every page.
        notes: what its readers have to know, a paragraph each.
        quarters: the programme's quarters up to this one.
        figures: the figures of all those quarters, with symbols.
        before_after: before and after, with symbols.
        rates: the same as rates.
        comparisons: figures beside published ones.
        provenance: where all this comes from.
        toolkit: what its indicators and breakdowns declare.
        levels: person and family level; None when the audience may not see them.
        is_public: whether it is for everyone: then it has neither data quality nor provenance, which count rows,
            and its shares are written as the whole numbers that they are.
    """

    audience: str
    marking: str
    notes: tuple[str, ...]
    quarters: tuple[Quarter, ...]
    figures: pd.DataFrame
    before_after: pd.DataFrame
    rates: pd.DataFrame
    comparisons: pd.DataFrame
    provenance: Provenance
    toolkit: Toolkit
    levels: Levels | None = None
    is_public: bool = False


def workbook(contents: Contents) -> bytes:
    """The workbook as a file; the same contents give the same bytes."""
    quarter, authority = contents.provenance.quarter, contents.provenance.authority
    title = f"Family Safeguarding KPI toolkit, {quarter.label}, {authority}"
    book = Book(title, authority, quarter.last_day, contents.marking)
    toolkit = contents.toolkit
    headlines = series(contents.figures, contents.quarters, toolkit)
    of_quarter = contents.figures[contents.figures["quarter"] == pd.Timestamp(quarter.first_day)]
    is_public = contents.is_public
    front_page(
        book,
        title,
        contents.marking,
        contents.notes,
        headlines,
        contents.before_after,
        contents.provenance,
        toolkit,
        is_public=is_public,
    )
    indicator_sheets(book, of_quarter, toolkit, is_public=is_public)
    health_return_sheet(book, contents.figures, quarter, is_public=is_public)
    before_and_after_sheet(book, contents.before_after, contents.rates, toolkit, is_public=is_public)
    comparisons_sheet(book, contents.comparisons, toolkit, is_public=is_public)
    over_time_sheet(book, headlines, is_public=is_public)
    if levels := contents.levels:
        level_sheet(book, "Person level", levels.person, levels.people)
        level_sheet(book, "Family level", levels.family, levels.families)
        checks_sheet(book, levels.person, levels.people, levels.family, levels.families)
    definitions_sheet(book, toolkit, with_fields=levels is not None)
    if not is_public:
        data_quality_sheet(book, contents.provenance)
        provenance_sheet(book, contents.provenance)
    return book.content()
