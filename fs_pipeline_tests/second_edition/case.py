"""One quarter to be answered: the settings, what was supplied, and the snapshots as at the quarter end (Z06).

Rows arrive typed and as the checks leave them. What does not belong here: who is on the roster, any figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from fs_pipeline_tests.second_edition.terms import Programme, Row, Supply, Window, World, add_months, quarter_last

if TYPE_CHECKING:
    from fs_pipeline_tests.second_edition.roster import Member

REQUIRED = ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")

QUARTER_EXTRACTS = (
    "attendance",
    "absence_reasons",
    "health_activity",
    "police_incidents",
    "marac_referrals",
    "caseloads",
    "waiting_lists",
    "expert_reports",
    "health_events",
)

SNAPSHOT_STARTS = {
    "referrals": "start_date",
    "allocations": "start_date",
    "adult_involvements": "start_date",
    "cp_plans": "start_date",
    "care_periods": "start_date",
    "care_proceedings": "issued_date",
    "top_forms": "form_date",
    "mental_health_scores": "score_date",
    "da_programmes": "start_date",
    "lsir_assessments": "assessment_date",
}
"""Snapshot extract -> the column that says when a row starts. Treatments: see treatment_at."""

SNAPSHOT_ENDS: dict[str, tuple[str, ...]] = {
    "referrals": ("end_date",),
    "allocations": ("end_date",),
    "adult_involvements": ("end_date",),
    "cp_plans": ("end_date",),
    "care_periods": ("end_date",),
    "care_proceedings": ("concluded_date", "outcome"),
    "da_programmes": ("end_date", "outcome"),
}
"""Snapshot extract -> its end column, then the columns that came with the end."""

Deliveries = Mapping[tuple[date, str], tuple[int, int]]
"""(quarter, extract) -> its distinct rows as delivered, and how many of them could not be used (Z45)."""


def row_at(extract: str, row: Row, quarter_end: date) -> Row | None:
    """A snapshot row as it stood at the quarter end, or None when it starts later (Z06)."""
    if extract == "substance_treatments":
        return treatment_at(row, quarter_end)
    if extract in SNAPSHOT_STARTS and row[SNAPSHOT_STARTS[extract]] > quarter_end:
        return None
    if extract in SNAPSHOT_ENDS:
        end, *with_end = SNAPSHOT_ENDS[extract]
        if row[end] is not None and row[end] > quarter_end:
            return row | dict.fromkeys([end, *with_end])
    return row


def treatment_at(row: Row, quarter_end: date) -> Row | None:
    """A treatment as it stood at the quarter end: each of its dates blank while it had not come (Z06).

    reading: an assessment after the quarter end is blank with its outcome too; the outcome of the assessment stays
    when only the treatment's start is later; a row all of whose dates are later is out of the quarter's world.
    """
    dates = [row[column] for column in ("assessment_date", "start_date", "closure_date") if row[column] is not None]
    if dates and min(dates) > quarter_end:
        return None
    seen = dict(row)
    if seen["assessment_date"] is not None and seen["assessment_date"] > quarter_end:
        seen["assessment_date"] = seen["assessment_outcome"] = None
    if seen["start_date"] is not None and seen["start_date"] > quarter_end:
        seen["start_date"] = None
    if seen["closure_date"] is not None and seen["closure_date"] > quarter_end:
        seen["closure_date"] = seen["closure_reason"] = None
    return seen


# ----------------------------------------------------------------------------------------------------
# Rows that cannot be used (Z45)
# ----------------------------------------------------------------------------------------------------


def is_refused(programme: Programme, rows: int, left_out: int) -> bool:
    """Z45: more than half of the distinct rows, or more than 5% and at least 10 rows, cannot be used."""
    quality = programme.get("quality", {})
    share = left_out / rows if rows else 0.0
    many = left_out >= quality.get("refuse_rows", 10)
    return share > 0.5 or (share > quality.get("refuse_above", 0.05) and many)


def is_marked_partial(programme: Programme, rows: int, left_out: int) -> bool:
    """Z45: more than 1% of the rows were left out."""
    above: float = programme.get("quality", {}).get("partial_above", 0.01)
    return rows > 0 and left_out / rows > above


@dataclass
class Case:
    """A quarter, the whole world, and this quarter's extracts as they stood at its end.

    `members` is the roster; it is filled by `roster.case_of`, since coverage asks it.
    """

    world: World
    programme: Programme
    quarter: Window
    seen: Supply
    deliveries: Deliveries
    refused: frozenset[tuple[date, str]]
    members: list[Member] = field(default_factory=list)
    found_doubts: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, programme: Programme, first_day: date, deliveries: Deliveries | None = None) -> Case:
        """Lay out one quarter. A refused extract counts as not supplied (Z45)."""
        deliveries = deliveries or {}
        refused = frozenset(
            key for key, (rows, left_out) in deliveries.items() if is_refused(programme, rows, left_out)
        )
        usable: World = {
            quarter: {extract: None if (quarter, extract) in refused else rows for extract, rows in supply.items()}
            for quarter, supply in world.items()
        }
        delivered = usable[first_day]
        absent = [extract for extract in REQUIRED if delivered.get(extract) is None]
        if absent:
            raise ValueError(f"required extracts missing in {first_day}: {', '.join(absent)}")
        quarter = Window(first_day, quarter_last(first_day))
        seen: Supply = {}
        for extract, rows in delivered.items():
            if rows is not None:
                at_end = [row_at(extract, row, quarter.last) for row in rows]
                seen[extract] = [row for row in at_end if row is not None]
        return cls(usable, programme, quarter, seen, deliveries, refused)

    @property
    def qs(self) -> date:
        """First day of the quarter."""
        return self.quarter.first

    @property
    def qe(self) -> date:
        """Last day of the quarter."""
        return self.quarter.last

    # -- settings ---------------------------------------------------------------------------------------

    @property
    def start(self) -> date:
        """First day of the programme."""
        day: date = self.programme["programme"]["start"]
        return day

    @property
    def follow_months(self) -> int:
        """Length of a course, in months."""
        return 12 * int(self.programme["programme"].get("follow_years", 3))

    @property
    def look_back_months(self) -> int:
        """How far back a history extract goes (Z32)."""
        return int(self.programme.get("coverage", {}).get("look_back_months", 12))

    @property
    def high_risk_incidents(self) -> int:
        """How many DA incidents in 12 months make a high risk (Z25)."""
        return int(self.programme.get("thresholds", {}).get("high_risk_incidents", 4))

    def coverage(self, supplier: str) -> str:
        """`everyone` or `asked` (Z32)."""
        assumed = {"police": "asked", "marac": "asked", "education": "everyone"}
        return str(self.programme.get("coverage", {}).get(supplier, assumed[supplier]))

    # -- rows -------------------------------------------------------------------------------------------

    def supplied(self, extract: str, quarter: date) -> bool:
        """Whether an extract was delivered for a quarter, even with no rows."""
        return quarter <= self.qs and self.world.get(quarter, {}).get(extract) is not None

    def has(self, extract: str) -> bool:
        """Whether an extract of this quarter was supplied."""
        return self.supplied(extract, self.qs)

    def rows(self, extract: str) -> list[Row]:
        """This quarter's rows of an extract; none when it was not supplied (ask `has` first)."""
        return self.seen.get(extract) or []

    def rows_of(self, extract: str, person_id: str) -> list[Row]:
        """This quarter's rows of one person."""
        return [row for row in self.rows(extract) if row["person_id"] == person_id]

    def rows_so_far(self, extract: str) -> list[Row]:
        """The rows of a quarter or history extract, of this quarter and of all before it."""
        return [row for q in sorted(self.world) if q <= self.qs for row in self.world[q].get(extract) or []]

    def person(self, person_id: str) -> Row:
        """The person's row of `people`."""
        (found,) = self.rows_of("people", person_id)
        return found

    # -- doubts about this quarter's deliveries (Z45) -----------------------------------------------------

    def doubts(self, extract: str) -> set[str]:
        """Why what needs this quarter's extract is partial: rows_left_out, nothing_delivered."""
        if extract not in self.found_doubts:
            self.found_doubts[extract] = self.find_doubts(extract)
        return self.found_doubts[extract]

    def find_doubts(self, extract: str) -> set[str]:
        """The same, looked up."""
        found = set()
        if self.has(extract):
            rows, left_out = self.deliveries.get((self.qs, extract), (0, 0))
            if is_marked_partial(self.programme, rows, left_out):
                found.add("rows_left_out")
            before = self.world.get(add_months(self.qs, -3), {}).get(extract) or []
            if extract in QUARTER_EXTRACTS and len(before) >= 5 and not self.rows(extract):
                found.add("nothing_delivered")
        return found

    def setting(self, part: str, key: str, assumed: Any) -> Any:
        """A setting of programme.toml, or what is assumed without it."""
        return self.programme.get(part, {}).get(key, assumed)
