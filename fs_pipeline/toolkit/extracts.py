"""The 21 source extracts: what each supplier delivers, column by column; the partners; the register codes of schools.

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

    @property
    def not_yet_known(self) -> tuple[str, ...]:
        """The rules of rows that are about people or families whom nobody knows yet, and may know one day (Z42).

        In the snapshots of the case management system and of the legal team there are none: they know everyone.
        """
        knows_everyone = self.snapshot and self.supplier in ("case management system", "legal team")
        return () if knows_everyone else ("unknown_person", "unknown_family")

    def contract(self, column: str) -> ExtractColumn:
        """The contract's column of that name."""
        column_of_contract = next(candidate for candidate in self.columns if candidate.name == column)
        assert isinstance(column_of_contract, ExtractColumn)
        return column_of_contract

    @property
    def references(self) -> tuple[str, ...]:
        """The extracts that must know the identifiers of this one."""
        named = (self.contract(column).refers_to for column in self.names)
        return tuple(dict.fromkeys(name for name in named if name))


def column_of(row: dict[str, str]) -> ExtractColumn:
    """The column that a row of `extract_columns.csv` declares."""
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
        name: tuple(column_of(row) for row in rows)
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

IDENTIFIERS = ("person_id", "upn", "date_of_birth", "sex")
"""What a partner may be told of a person at all."""
RETURN_PACK = "fs_pipeline_return_pack"
"""The document property that marks a return pack; its value names the columns that were filled in before."""


@dataclass(frozen=True)
class Partner:
    """A supplier that is no case management system.

    Attributes:
        people: on whom it holds data: `everyone` on the roster, `children`, `pupils` (with a UPN), `adults`, `nobody`.
        identifiers: which identifiers it is sent, unless the programme says otherwise.
    """

    supplier: str
    people: str
    identifiers: tuple[str, ...]

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """Its extracts, in the contract's order."""
        return tuple(extract for extract in EXTRACTS.values() if extract.supplier == self.supplier)


PARTNERS: dict[str, Partner] = {
    row["supplier"]: Partner(row["supplier"], row["people"], tuple(filter(None, row["identifiers"].split(";"))))
    for row in sheet("partners")
}
"""Every partner by name, in the contract's order."""

ATTENDING, AUTHORISED, UNAUTHORISED, OUTSIDE = "attending", "authorised", "unauthorised", "outside"
"""A session is possible unless its code is outside; authorised and unauthorised are the absences."""


def classes_in(school_year: int) -> dict[str, str]:
    """The class of each of the schools' register codes in the school year that begins in September of this year."""
    return {
        row["code"]: row["class"]
        for row in sheet("attendance_codes")
        if int(row["first_school_year"]) <= school_year <= int(row["last_school_year"] or 9999)
    }
