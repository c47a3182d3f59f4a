"""Comparators: published figures that analysts fill in, and the table that shows them beside the programme's own."""

from __future__ import annotations

from dataclasses import replace

from fs_pipeline.toolkit.extracts import Extract, column_of
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Column, Kind, Table
from fs_pipeline.toolkit.toolkit import Toolkit

COMPARATORS = Extract(
    name="reference/comparators",
    key=("area_kind", "area", "indicator", "measure", "year_kind", "year"),
    columns=tuple(column_of(row) for row in sheet("comparator_columns")),
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
        *COMPARATORS.only("area_kind", "area", "year_kind", "year").columns,
        Column("comparator", Kind.FLOAT, "The published figure.", nullable=False),
        Column("difference", Kind.FLOAT, "The figure less the published one; blank while the figure is."),
        COMPARATORS.contract("source"),
    ),
    "The shares and means of the whole authority that have a comparator, each beside it.",
)
