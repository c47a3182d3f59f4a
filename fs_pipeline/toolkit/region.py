"""A region: the authorities that it adds up, and the tables of what they are together. `settings.programme` reads it.

Of each authority only figures are added up, never rows about people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fs_pipeline.toolkit.breakdowns import AUTHORITY, FS
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.tables import Column, Kind, Table
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, NOT_THE_EFFECT

REGIONAL_SCOPES = (AUTHORITY, FS)
"""What is added up: cohorts and teams are an authority's own."""


@dataclass(frozen=True)
class Authority:
    """An authority of a region.

    Attributes:
        name: what it is called.
        lake: where its tables lie: a folder, or an fsspec URL.
        start: first day of the first quarter in which it is part of the region.
    """

    name: str
    lake: str
    start: date


@dataclass(frozen=True)
class Region:
    """A region: its name, and its authorities in order."""

    name: str
    authorities: tuple[Authority, ...]

    @property
    def start(self) -> date:
        """First day of the first quarter in which an authority is part of it."""
        return min(authority.start for authority in self.authorities)

    def members(self, day: date) -> tuple[Authority, ...]:
        """The authorities that are part of it on a day, in order."""
        return tuple(authority for authority in self.authorities if authority.start <= day)


_ADDED_UP = (
    Column("authorities", Kind.INT, "How many authorities' figures are in it.", nullable=False),
    Column(
        "incomplete", Kind.STRING, "The authorities of which something is missing, and what; blank when nothing is."
    ),
)

REGION_VALUES = Table(
    "region/indicator_values",
    INDICATOR_VALUES.key,
    (*INDICATOR_VALUES.columns, *_ADDED_UP),
    "Every figure of the authorities together: counts added, shares and means made from the added parts.",
)

REGION_BEFORE_AFTER = Table(
    "region/before_after",
    BEFORE_AFTER.key,
    (*BEFORE_AFTER.columns, *_ADDED_UP),
    f"Before and after FS start of the authorities together, counts and days; scope `fs`. {NOT_THE_EFFECT}",
)
