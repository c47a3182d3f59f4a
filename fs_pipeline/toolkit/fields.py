"""The 98 fields of the toolkit, and the two tables that hold them: person level and family level.

Codes are printed labels (two of the toolkit's stand for two fields each): fields are known by their names.
"""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Column, Table


@dataclass(frozen=True, kw_only=True)
class Field(Column):
    """A toolkit field: a column with its level (person, family, both), whom it applies to, and its indicator."""

    level: str
    applies_to: str
    indicator: str


def _field(row: dict[str, str]) -> Field:
    return Field(
        name=row["column"],
        kind=Kind.of(row["type"]),
        description=row["definition"],
        code=row["code"],
        title=row["title"],
        unit=row["unit"],
        decisions=tuple(filter(None, row["decisions"].split(";"))),
        level=row["level"],
        applies_to=row["applies_to"],
        indicator=row["indicator"],
    )


FIELDS: dict[str, Field] = {row["column"]: _field(row) for row in sheet("fields")}
"""Every field by name, in the toolkit's order."""

QUARTER = Column("quarter", Kind.DATE, "First day of the quarter.", nullable=False)

PERSON_LEVEL = Table(
    "outputs/person_level",
    ("family_key", "person_id"),
    (QUARTER, *(field for field in FIELDS.values() if field.level in ("person", "both"))),
    "One row per person and family of the roster, with every field of the toolkit at person level.",
)

FAMILY_LEVEL = Table(
    "outputs/family_level",
    ("family_key",),
    (QUARTER, *(field for field in FIELDS.values() if field.level in ("family", "both"))),
    "One row per family of the roster, with every field of the toolkit at family level.",
)


def field_table(subject: str, *columns: str) -> Table:
    """The table `fields/<subject>`: some fields of the person level, one row per person and family."""
    key = ("family_key", "person_id")
    return Table(f"fields/{subject}", key, tuple(FIELDS[column] for column in key + columns))
