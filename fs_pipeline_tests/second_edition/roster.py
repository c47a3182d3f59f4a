"""Who is on the roster of a quarter: families, children, adults being worked with; P, E, W and C of each row.

What does not belong here: fields, figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fs_pipeline_tests.second_edition.case import Case, Deliveries
from fs_pipeline_tests.second_edition.spells import (
    Spell,
    course_start,
    is_transferred,
    latest_end,
    latest_team,
    spells_of,
)
from fs_pipeline_tests.second_edition.terms import (
    ONE_DAY,
    Programme,
    Row,
    Window,
    World,
    active_in,
    add_months,
    as_at,
    months_before,
    months_from,
    quarter_first,
    quarter_last,
)


@dataclass(frozen=True)
class Family:
    """A family on the roster (or a child of none, with a blank key), as the rows of its people share it."""

    family_id: str | None
    children: tuple[str, ...]
    """Every child of the family's rows (Z49), on the roster or not."""
    spells: tuple[Spell, ...]
    """The FS referrals of its children, of every course."""
    p: date
    r03: date
    r04: date | None
    team: str
    cohort: str | None


@dataclass(frozen=True)
class Member:
    """One row of the roster: a person in a family."""

    person_id: str
    role: str
    family: Family
    p: date
    r03: date
    r04: date | None
    team: str
    spells: tuple[Spell, ...]
    """The FS referrals since P: a child's own, an adult's family's children's."""
    current: Spell | None
    """R02 of a child."""
    first_day: date
    """The day on which the person came on the roster: a child's P; an adult's d."""
    involvements: tuple[Row, ...] = ()

    @property
    def family_id(self) -> str | None:
        """R01."""
        return self.family.family_id

    @property
    def cohort(self) -> str | None:
        """R05."""
        return self.family.cohort

    @property
    def is_child(self) -> bool:
        """Whether the row is a child's."""
        return self.role == "child"

    @property
    def e(self) -> date:
        """E: the entry quarter, by its first day."""
        return quarter_first(self.first_day)

    @property
    def is_late(self) -> bool:
        """An adult who came 12 months or more after P: no entrant, in no baseline, follow-up, before and after."""
        return not self.is_child and self.first_day >= add_months(self.p, 12)


# ----------------------------------------------------------------------------------------------------
# Children and their families
# ----------------------------------------------------------------------------------------------------


def homes(case: Case) -> dict[str, str]:
    """Child -> family. Z49: of several, the one with most children with an FS referral, then the smallest key."""
    rows = [row for row in case.rows("family_members") if row["role"] == "child"]
    with_fs: dict[str, int] = {}
    for row in rows:
        has_spell = bool(spells_of(case, row["person_id"]))
        with_fs[row["family_id"]] = with_fs.get(row["family_id"], 0) + (1 if has_spell else 0)
    found: dict[str, str] = {}
    for child in {row["person_id"] for row in rows}:
        families = [row["family_id"] for row in rows if row["person_id"] == child]
        found[child] = min(families, key=lambda family_id: (-with_fs[family_id], family_id))
    return found


def households(case: Case) -> list[tuple[str | None, list[str]]]:
    """Families with their children; a child of no family stands alone, with a blank key."""
    home = homes(case)
    adults = {row["person_id"] for row in case.rows("family_members") if row["role"] == "adult"}
    found: list[tuple[str | None, list[str]]] = [
        (family_id, sorted(child for child in home if home[child] == family_id))
        for family_id in sorted(set(home.values()))
    ]
    # reading: whoever is only an adult of families is no child, even with a referral of their own.
    alone = {row["person_id"] for row in case.rows("referrals")} - set(home) - adults
    return found + [(None, [child]) for child in sorted(alone)]


def cohort_of(case: Case, p: date, transferred: bool) -> str | None:
    """Z07: the cohort whose window holds the family's P; blank for a transferred family, unless a setting says so."""
    if transferred and not case.setting("programme", "transferred_in_cohort", False):
        return None
    return next((str(key) for key, (first, last) in case.programme["cohorts"].items() if first <= p <= last), None)


def is_followed(case: Case, p: date, r04: date | None) -> bool:
    """Families stay to the end of the quarter that holds the later of P + follow_years - 1 day and R04."""
    if r04 is None:
        return True
    return quarter_last(max(add_months(p, case.follow_months) - ONE_DAY, r04)) >= case.qe


def team_of_children(children: list[tuple[str, Row]]) -> str:
    """Z41: that of the child whose allocation is open and started last; none open: ended last (ties: smallest key)."""
    still = [(person, row) for person, row in children if row["end_date"] is None]
    column, rows = ("start_date", still) if still else ("end_date", children)
    last = max(row[column] for _, row in rows)
    return str(min((person, row) for person, row in [(p, r) for p, r in rows if r[column] == last])[1]["team"])


def family_rows(case: Case, family_id: str | None, children: list[str]) -> list[Member]:
    """The roster's rows of one family; none when it is not on the roster."""
    spells = {child: spells_of(case, child) for child in children}
    every = [spell for own in spells.values() for spell in own]
    if not every:
        return []
    p = course_start(case, every)
    since = {child: [spell for spell in own if spell.r03 >= p] for child, own in spells.items()}
    current = {child: own[-1] for child, own in since.items() if own}  # the latest R03, ties: the largest key
    r04 = latest_end([spell.end for spell in current.values()])
    if not is_followed(case, p, r04):
        return []
    last = {child: latest_team(spell.allocations) for child, spell in current.items()}
    family = Family(
        family_id=family_id,
        children=tuple(children),
        spells=tuple(every),
        p=p,
        r03=min(spell.r03 for spell in current.values()),
        r04=r04,
        team=team_of_children(sorted(last.items(), key=lambda item: item[0])),
        cohort=None if family_id is None else cohort_of(case, p, is_transferred(every, p)),
    )
    rows = []
    for child, spell in sorted(current.items()):
        own_p = min(each.r03 for each in since[child])
        team = str(last[child]["team"])
        own = tuple(since[child])
        rows.append(Member(child, "child", family, own_p, spell.r03, spell.end, team, own, spell, own_p))
    return rows + adult_rows(case, family)


# ----------------------------------------------------------------------------------------------------
# Adults
# ----------------------------------------------------------------------------------------------------


def involvements_of(case: Case, person_id: str, family: Family) -> list[Row]:
    """The adult's involvements for the family; where none are supplied, one from P to R04 (Z48)."""
    if not case.has("adult_involvements"):
        return [{"start_date": family.p, "end_date": family.r04, "discipline": None}]
    rows = case.rows_of("adult_involvements", person_id)
    return [row for row in rows if row["family_id"] == family.family_id]


def family_r04_as_at(family: Family, day: date) -> date | None:
    """R04 of the family as at a day: by its children's FS referrals, since P, that were current on it."""
    ends: list[date | None] = []
    for child in {spell.referral["person_id"] for spell in family.spells}:
        own = [s for s in family.spells if s.referral["person_id"] == child and family.p <= s.r03 <= day]
        if own:
            current = max(own, key=lambda spell: (spell.r03, spell.key))
            begun = [row for row in current.allocations if row["start_date"] <= day]
            still = any(as_at(row, day) for row in begun)
            ends.append(None if still else max(row["end_date"] for row in begun))
    return latest_end(ends)


def first_day_on_roster(family: Family, involvements: list[Row]) -> date | None:
    """The adult's first day d: P <= d, an involvement has begun by d, and overlaps [P, R04 as at d, or d]."""
    allocation_starts = {row["start_date"] for spell in family.spells for row in spell.allocations}
    days: set[date] = {family.p, *allocation_starts, *(row["start_date"] for row in involvements)}
    for day in sorted(d for d in days if d >= family.p):
        r04 = family_r04_as_at(family, day)
        window = Window(family.p, day if r04 is None else r04)
        if any(row["start_date"] <= day and active_in(row, window) for row in involvements):
            return day
    return None


def adult_rows(case: Case, family: Family) -> list[Member]:
    """The family's adults being worked with: an involvement overlaps [family P, family R04 or qe]."""
    rows: list[Member] = []
    window = Window(family.p, case.qe if family.r04 is None else family.r04)
    spells = tuple(spell for spell in family.spells if spell.r03 >= family.p)
    for row in case.rows("family_members"):
        if row["role"] != "adult" or row["family_id"] != family.family_id:
            continue
        own = involvements_of(case, row["person_id"], family)
        if not any(active_in(involvement, window) for involvement in own):
            continue
        first = first_day_on_roster(family, own)
        if first is None:
            raise AssertionError(f"{row['person_id']} is on the roster, but on no day")
        common = (family.p, family.r03, family.r04, family.team, spells, None, first, tuple(own))
        rows.append(Member(row["person_id"], "adult", family, *common))
    return rows


def roster(case: Case) -> list[Member]:
    """The roster of the quarter: one row per person and family."""
    return [row for family_id, children in households(case) for row in family_rows(case, family_id, children)]


def case_of(world: World, programme: Programme, quarter: date, deliveries: Deliveries | None = None) -> Case:
    """One quarter laid out, with its roster."""
    case = Case.of(world, programme, quarter, deliveries)
    case.members = roster(case)
    return case


# ----------------------------------------------------------------------------------------------------
# Windows of a row
# ----------------------------------------------------------------------------------------------------


def fs_window(case: Case, member: Member) -> Window:
    """W (Z08): from the earliest R03 of the FS referrals that are open to FS on or after qs, to their latest end."""
    live = [spell for spell in member.spells if spell.end is None or spell.end >= case.qs]
    if not live:
        return Window(case.qe, case.qs - ONE_DAY)
    end = latest_end([spell.end for spell in live])
    return Window(max(case.qs, min(spell.r03 for spell in live)), case.qe if end is None else min(case.qe, end))


def care_window(case: Case, member: Member) -> Window:
    """C (Z09): [max(qs, P), qe]."""
    return Window(max(case.qs, member.p), case.qe)


def year_before(member: Member) -> Window:
    """[P - 12 months, P)."""
    return months_before(member.p)


def year_after(member: Member) -> Window:
    """[P, P + 12 months)."""
    return months_from(member.p)


def is_entrant(case: Case, member: Member) -> bool:
    """Whether the row's E is this quarter (and the adult came within 12 months of P)."""
    return member.e == case.qs and not member.is_late


def completes(case: Case, member: Member) -> bool:
    """Whether the row's 12 months complete in this quarter: qs <= P + 12 months - 1 day <= qe."""
    return case.quarter.holds(year_after(member).last) and not member.is_late
