"""A figure, its status with the reasons (Z45), the scopes, and who counts once in them.

What does not belong here: what any indicator counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.coverage import EXTRACTS
from fs_pipeline_tests.second_edition.roster import Member, fs_window
from fs_pipeline_tests.second_edition.terms import Row, completed_years

REASONS = (
    "earlier_quarter_missing",
    "people_not_covered",
    "rows_left_out",
    "hours_blank",
    "history_cut",
    "nothing_delivered",
    "suppressed",
    "refused",
)
"""In the order of interfaces.md; reading: several are joined in this order."""

CHILDREN = ("people", "family_members", "referrals", "allocations")
"""The extracts on which every figure about children of the roster rests."""
ADULTS = (*CHILDREN, "adult_involvements")


@dataclass(frozen=True)
class Figure:
    """One row of indicator_values.

    `needs`: extracts of this quarter without which it is not supplied. `rests_on`: further ones, whose left-out rows
    make it partial (the roster's; where adult_involvements is missing the figure stays final, Z48).
    """

    indicator: int
    measure: str
    unit: str
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    group: str = "all"
    scope: str = "authority"
    period: str = "quarter"
    needs: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    reasons: frozenset[str] = frozenset()

    def because(self, reasons: Iterable[str]) -> Figure:
        """The figure with more reasons for `partial`."""
        return replace(self, reasons=self.reasons | set(reasons))

    def blank(self) -> Figure:
        """The figure with nobody left."""
        return replace(self, value=None)


def count(indicator: int, measure: str, unit: str, value: float, group: str = "all") -> Figure:
    """A count or a sum: over nothing 0, without numerator and denominator."""
    return Figure(indicator, measure, unit, float(value), group=group)


def mean(indicator: int, measure: str, unit: str, total: float, number: int, group: str = "all") -> Figure:
    """A mean: total over number; blank over nothing, numerator and denominator 0."""
    value = total / number if number else None
    return Figure(indicator, measure, unit, value, float(total), float(number), group)


def percentage(indicator: int, measure: str, part: float, whole: float, group: str = "all") -> Figure:
    """A share in %; blank over nothing, numerator and denominator 0."""
    value = 100 * part / whole if whole else None
    return Figure(indicator, measure, "%", value, float(part), float(whole), group)


def among(figure: Figure, concerned: int, known: int, reasons: Iterable[str]) -> Figure:
    """The figure of the known; partial where some are not known, blank with nobody left, final over nobody at all."""
    if known == concerned:
        return figure
    found = figure.because(reasons)
    return found if known else found.blank()


def row_of(case: Case, figure: Figure) -> Row:
    """A figure as a row of indicator_values, with its status and reason."""
    missing = [extract for extract in figure.needs if not case.has(extract)]
    value, numerator, denominator = figure.value, figure.numerator, figure.denominator
    reasons = set(figure.reasons)
    for extract in (*figure.needs, *figure.rests_on):
        reasons |= case.doubts(extract)
    status = "partial" if reasons else "final"
    if missing:
        value = numerator = denominator = None
        status = "not_supplied"
        # reading: `refused` is the reason of not_supplied alone; an extract that is simply not there has no reason.
        reasons = {"refused"} if any((case.qs, extract) in case.refused for extract in missing) else set()
    return {
        "quarter": case.qs,
        "indicator": figure.indicator,
        "measure": figure.measure,
        "scope": figure.scope,
        "group": figure.group,
        "period": figure.period,
        "value": value,
        "numerator": numerator,
        "denominator": denominator,
        "unit": figure.unit,
        "status": status,
        "reason": ";".join(reason for reason in REASONS if reason in reasons) or None,
    }


def with_needs(figures: list[Figure], *extracts: str) -> list[Figure]:
    """The same figures, which need extracts of this quarter."""
    return [replace(figure, needs=(*figure.needs, *extracts)) for figure in figures]


def resting_on(figures: list[Figure], extracts: tuple[str, ...]) -> list[Figure]:
    """The same figures, which rest on further extracts."""
    return [replace(figure, rests_on=(*figure.rests_on, *extracts)) for figure in figures]


def histories(case: Case, *suppliers: str) -> tuple[str, ...]:
    """The history extracts behind a figure that looks back, of suppliers who are asked (Z32)."""
    return tuple(EXTRACTS[supplier][1] for supplier in suppliers if case.coverage(supplier) == "asked")


# ----------------------------------------------------------------------------------------------------
# Scopes
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """A scope drawn from the roster: its name and its roster rows."""

    name: str
    members: tuple[Member, ...]

    @property
    def is_breakdown(self) -> bool:
        """Z46: no figures that count families or siblings."""
        return self.name.split(":")[0] in ("area", "sex", "ethnicity", "age")

    def children(self) -> list[Member]:
        """The children of the scope; each has one row."""
        return sorted((row for row in self.members if row.is_child), key=lambda row: row.person_id)

    def adults(self, case: Case | None = None) -> list[Member]:
        """The adults of the scope, each once.

        With the family of the earliest P (ties: smallest key); for figures of the quarter (give the case) among the
        families with a non-empty W, where there is one. Chosen before anything else is asked of the row.
        """
        chosen = []
        for person_id in sorted({row.person_id for row in self.members if not row.is_child}):
            own = [row for row in self.members if row.person_id == person_id and not row.is_child]
            in_fs = [row for row in own if case is not None and not fs_window(case, row).is_empty]
            chosen.append(min(in_fs or own, key=lambda row: (row.p, row.family_id or "")))
        return chosen

    def everyone(self, case: Case | None = None) -> list[Member]:
        """Everyone of the scope once; someone who is a child and an adult as the child."""
        children = self.children()
        as_children = {row.person_id for row in children}
        return children + [row for row in self.adults(case) if row.person_id not in as_children]

    def families(self) -> dict[str, list[Member]]:
        """The families of the scope with their rows in it; a child of no family is in none."""
        found: dict[str, list[Member]] = {}
        for row in self.members:
            if row.family_id is not None:
                found.setdefault(row.family_id, []).append(row)
        return found


def ethnic_group(code: str | None) -> str:
    """Z46: the first letter of the code, CHNE with A; any other, or none, is unknown."""
    if code == "CHNE":
        return "A"
    return code[0] if code and code[0] in "WMABO" else "unknown"


def age_band(case: Case, member: Member) -> str:
    """Z46: the lowest age of the band at P; under 1 or born after P: 0; blank date of birth: unknown."""
    birth = case.person(member.person_id)["date_of_birth"]
    if birth is None:
        return "unknown"
    years = completed_years(birth, member.p) or 0
    return str(max(lowest for lowest in (0, 1, 5, 10, 16, 18) if years >= lowest))


def scopes_of(case: Case, breakdowns: bool = True) -> list[Scope]:
    """`fs`, then each cohort, team and breakdown that is present on the roster; without breakdowns the areas stay."""
    found = [Scope("fs", tuple(case.members))]

    def split(kind: str, key: Callable[[Member], str | None]) -> None:
        for name in sorted({name for name in map(key, case.members) if name is not None}):
            found.append(Scope(f"{kind}:{name}", tuple(row for row in case.members if key(row) == name)))

    split("cohort", lambda row: row.cohort)
    split("team", lambda row: row.team)
    split("area", lambda row: case.person(row.person_id).get("area"))
    people: Sequence[str] = case.setting("breakdowns", "people", []) if breakdowns else []
    if "sex" in people:
        split("sex", lambda row: str(case.person(row.person_id)["sex"]))
    if "ethnicity" in people:
        split("ethnicity", lambda row: ethnic_group(case.person(row.person_id)["ethnicity"]))
    if "age" in people:
        split("age", lambda row: age_band(case, row))
    return found
