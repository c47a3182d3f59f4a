"""Comparators: published figures that analysts fill in, and the table that shows them beside the programme's own."""

from __future__ import annotations

from dataclasses import replace

from fs_pipeline.toolkit.extracts import Extract, ExtractColumn
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.tables import Column, Kind, Table
from fs_pipeline.toolkit.toolkit import Toolkit

AREA_KINDS = ("authority", "region", "england")
YEAR_KINDS = ("school", "financial")

_AREA_KIND = ExtractColumn("area_kind", Kind.STRING, "Whose figure it is.", nullable=False, codes=AREA_KINDS)
_AREA = ExtractColumn("area", Kind.STRING, "Name of the authority, the region or England.", nullable=False)
_YEAR_KIND = ExtractColumn(
    "year_kind",
    Kind.STRING,
    "School year (September to August) or financial year (April to March).",
    nullable=False,
    codes=YEAR_KINDS,
)
_YEAR = ExtractColumn(
    "year", Kind.INT, "The year in which it begins: 2018 for 2018-19.", nullable=False, minimum=1900, maximum=2100
)
_SOURCE = ExtractColumn("source", Kind.STRING, "Title and table of the publication.", nullable=False)

COMPARATORS = Extract(
    name="reference/comparators",
    key=("area_kind", "area", "indicator", "measure", "year_kind", "year"),
    columns=(
        _AREA_KIND,
        _AREA,
        ExtractColumn("indicator", Kind.INT, "Number of the indicator.", nullable=False),
        ExtractColumn("measure", Kind.STRING, "The measure, as in `indicator_values`.", nullable=False),
        _YEAR_KIND,
        _YEAR,
        ExtractColumn("value", Kind.FLOAT, "The published figure, in the measure's unit.", nullable=False),
        _SOURCE,
    ),
    description=(
        "Published figures to be shown beside the programme's own: of the authority, its region and England, by school "
        "or financial year."
    ),
    extract="comparators",
    supplier="performance analysts",
    snapshot=True,
    required=False,
)


def comparators_of(toolkit: Toolkit) -> Extract:
    """The comparators, of the toolkit's indicators alone: a row of another number is a fault of the file."""
    numbers = [indicator.number for indicator in toolkit.indicators]
    of_number = replace(COMPARATORS.contract("indicator"), minimum=min(numbers), maximum=max(numbers))
    columns = (of_number if each.name == "indicator" else each for each in COMPARATORS.columns)
    return replace(COMPARATORS, columns=tuple(columns))


COMPARISONS = Table(
    "outputs/comparisons",
    (*INDICATOR_VALUES.key, "area_kind", "area", "year_kind"),
    (
        *INDICATOR_VALUES.only(*INDICATOR_VALUES.key, "value", "unit", "status").columns,
        _AREA_KIND,
        _AREA,
        _YEAR_KIND,
        _YEAR,
        Column("comparator", Kind.FLOAT, "The published figure.", nullable=False),
        Column("difference", Kind.FLOAT, "The figure less the published one; blank while the figure is."),
        _SOURCE,
    ),
    "The shares and means of the whole authority that have a comparator, each beside it.",
)
