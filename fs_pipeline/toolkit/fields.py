"""The 98 fields of the toolkit, and the two tables that hold them: person level and family level.

Codes are printed labels (two of the toolkit's stand for two fields each): fields are known by their names.
"""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Column, Kind, Table

AS_IS, NEVER = "as is", "never"
PSEUDONYMS = ("family", "person", "referral", "plan", "period of care")
"""What fields identify: evaluators get a pseudonym for it."""


@dataclass(frozen=True, kw_only=True)
class Field(Column):
    """A toolkit field.

    Attributes:
        level: `person`, `family` or `both`.
        applies_to: whom it applies to.
        indicator: the indicator that needs it.
        leaves: whether it leaves the building, to evaluators: `as is`, `never`, or by the pseudonym of what it
            identifies. A field of which nobody has said that does not load.
    """

    level: str
    applies_to: str
    indicator: str
    leaves: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.leaves not in (AS_IS, NEVER, *PSEUDONYMS):
            raise ValueError(f"{self.name}: nobody has said whether it leaves to evaluators, and how")


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
        leaves=row["leaves"],
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
