"""The 21 source extracts: what each supplier delivers, column by column.

Beside the contract's own columns, `extract_columns.csv` says the rules that its words imply: the range of a number,
the extract that an identifier refers to, which date starts a row, which date it ends, and which text came with
which date.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Column, Kind, Table


@dataclass(frozen=True, kw_only=True)
class ExtractColumn(Column):
    """A delivered column.

    Attributes:
        codes: the accepted codes; empty when any text will do.
        minimum: smallest accepted number, inclusive.
        maximum: largest accepted number, inclusive.
        refers_to: the extract that must know this identifier.
        starts: the row begins with this date.
        ends: the start column whose span this date ends; an end before its start is a fault.
        came_with: the date column whose event brought this value.
    """

    codes: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str = ""
    starts: bool = False
    ends: str = ""
    came_with: str = ""


@dataclass(frozen=True, kw_only=True)
class Extract(Table):
    """A source extract; `snapshot` is the supplier's whole history as at the quarter end."""

    extract: str
    supplier: str
    snapshot: bool
    required: bool

    def contract(self, column: str) -> ExtractColumn:
        """The contract's column of that name."""
        column_of_contract = next(candidate for candidate in self.columns if candidate.name == column)
        assert isinstance(column_of_contract, ExtractColumn)
        return column_of_contract


def _column(row: dict[str, str]) -> ExtractColumn:
    return ExtractColumn(
        name=row["column"],
        kind=Kind.of(row["type"]),
        description=row["description"],
        nullable=row["nullable"] == "yes",
        codes=tuple(filter(None, row["codes"].split("|"))),
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        refers_to=row["refers_to"],
        starts=row["starts"] == "yes",
        ends=row["ends"],
        came_with=row["came_with"],
    )


def _extracts() -> dict[str, Extract]:
    columns = {
        name: tuple(_column(row) for row in rows)
        for name, rows in groupby(sheet("extract_columns"), key=lambda row: row["extract"])
    }
    return {
        row["extract"]: Extract(
            name=f"extracts/{row['extract']}",
            key=tuple(row["key"].split(",")),
            columns=columns[row["extract"]],
            description=row["description"],
            extract=row["extract"],
            supplier=row["supplier"],
            snapshot=row["coverage"] == "snapshot",
            required=row["required"] == "yes",
        )
        for row in sheet("extracts")
    }


EXTRACTS: dict[str, Extract] = _extracts()
"""Every extract by name, in the contract's order."""

PEOPLE = EXTRACTS["people"]
FAMILY_MEMBERS = EXTRACTS["family_members"]
REFERRALS = EXTRACTS["referrals"]
ALLOCATIONS = EXTRACTS["allocations"]
ADULT_INVOLVEMENTS = EXTRACTS["adult_involvements"]
CP_PLANS = EXTRACTS["cp_plans"]
CARE_PERIODS = EXTRACTS["care_periods"]
CARE_PROCEEDINGS = EXTRACTS["care_proceedings"]
ATTENDANCE = EXTRACTS["attendance"]
HEALTH_ACTIVITY = EXTRACTS["health_activity"]
SUBSTANCE_TREATMENTS = EXTRACTS["substance_treatments"]
TOP_FORMS = EXTRACTS["top_forms"]
MENTAL_HEALTH_SCORES = EXTRACTS["mental_health_scores"]
POLICE_INCIDENTS = EXTRACTS["police_incidents"]
MARAC_REFERRALS = EXTRACTS["marac_referrals"]
DA_PROGRAMMES = EXTRACTS["da_programmes"]
LSIR_ASSESSMENTS = EXTRACTS["lsir_assessments"]
CASELOADS = EXTRACTS["caseloads"]
WAITING_LISTS = EXTRACTS["waiting_lists"]
EXPERT_REPORTS = EXTRACTS["expert_reports"]
