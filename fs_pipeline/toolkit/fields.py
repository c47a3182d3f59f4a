"""The 98 fields of the toolkit, and the tables that calculations make: who is counted, the levels, the figures.

Codes are printed labels (two of the toolkit's stand for two fields each): fields are known by their names. Tables
stand in `tables.csv` and their columns in `columns.csv`; a column without a type there is the field of that name, or
the column that stands further up.
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


def _tables() -> dict[str, Table]:
    said: dict[str, Column] = dict(FIELDS)
    columns: dict[str, tuple[Column, ...]] = {}
    for row in sheet("columns"):
        if row["type"]:
            kind, nullable = Kind.of(row["type"]), row["nullable"] == "yes"
            said[row["column"]] = Column(row["column"], kind, row["description"], nullable)
        columns[row["table"]] = (*columns.get(row["table"], ()), said[row["column"]])
    rows = ((row["table"], row["key"].split(","), row["description"]) for row in sheet("tables"))
    return {name: Table(name, tuple(key), columns[name], description) for name, key, description in rows}


TABLES: dict[str, Table] = _tables()
"""Every table of `tables.csv` by name."""

CHILDREN = TABLES["cohort/children"]
FAMILIES = TABLES["cohort/families"]
ROSTER = TABLES["cohort/people"]
INDICATOR_VALUES = TABLES["outputs/indicator_values"]
COHORT_SIZE = INDICATOR_VALUES.called("outputs/cohort_size")
"""Indicator 0: families, children and adults on the roster; of the scope `fs`."""
REGION_VALUES = TABLES["region/indicator_values"]
DATA_QUALITY = TABLES["outputs/data_quality"]
REJECTED, FINDING, LINKS = "rejected: ", "finding: ", "linking: "
"""What stands in data quality before a rule, or a figure on linking by names, in what was counted."""

(QUARTER,) = INDICATOR_VALUES.only("quarter").columns

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
    """The table `fields/<subject>`: the fields of the subject, or some of them; one row per person and family."""
    key = ("family_key", "person_id")
    names = columns or tuple(row["column"] for row in sheet("fields") if row["subject"] == subject)
    return Table(f"fields/{subject}", key, tuple(FIELDS[column] for column in key + names))
