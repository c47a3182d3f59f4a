"""The oracle: definitions.md, second edition, read aloud, one person at a time, slowly.

It answers what every field and figure of one quarter must be, and shares no code with the package that it judges.
The modules beside this one follow the contract: terms, case (what was supplied), spells and roster (courses, P, E, W,
C), coverage, facts and scores, persons, families, figures (scopes and statuses), children and adults (indicators 0
to 20), periods, before_after. Decision ids (Z01 ...) stand in the docstrings; `reading:` says which reading is taken
where the text leaves room (READINGS.md lists them).

What does not belong here: speed, files, checks of what suppliers delivered, the flag `doubtful`, evidence.md.
"""

from __future__ import annotations

from datetime import date

from fs_pipeline_tests.second_edition.adults import (
    indicator_10,
    indicator_11,
    indicator_14,
    indicator_15,
    indicator_16,
    indicator_17,
    indicator_18,
    indicator_19,
    indicator_20,
    indicators_8_and_9,
    indicators_12_and_13,
)
from fs_pipeline_tests.second_edition.before_after import before_and_after
from fs_pipeline_tests.second_edition.case import Case, Deliveries
from fs_pipeline_tests.second_edition.children import (
    authority_looked_after,
    authority_plans,
    indicator_0,
    indicator_4,
    indicator_7,
    indicators_1_to_3,
    indicators_5_and_6,
    proceedings,
)
from fs_pipeline_tests.second_edition.families import family_fields
from fs_pipeline_tests.second_edition.figures import Figure, Scope, row_of, scopes_of
from fs_pipeline_tests.second_edition.periods import before_figures, period_figures
from fs_pipeline_tests.second_edition.persons import person_fields
from fs_pipeline_tests.second_edition.roster import case_of
from fs_pipeline_tests.second_edition.terms import Programme, Row, World

OF_SCOPES = (
    indicator_0,
    indicators_1_to_3,
    indicator_4,
    indicators_5_and_6,
    indicator_7,
    indicators_8_and_9,
    indicator_10,
    indicator_11,
    indicators_12_and_13,
    indicator_15,
    indicator_17,
    indicator_18,
    indicator_19,
    indicator_20,
    period_figures,
)


def compute(
    world: World, programme: Programme, quarter: date, deliveries: Deliveries | None = None
) -> dict[str, list[Row]]:
    """Every field and figure of one quarter, as rows of the output tables.

    Args:
        world: quarter (first day) -> extract -> its rows; None or absent where not supplied.
        programme: the settings, as programme.toml gives them; optional ones may be missing.
        quarter: first day of the quarter.
        deliveries: (quarter, extract) -> distinct rows, and how many of them could not be used (Z45).
    """
    case = case_of(world, programme, quarter, deliveries)
    people, families = person_level(case)
    return {
        "person_level": people,
        "family_level": families,
        "indicator_values": indicator_values(case),
        "before_after": before_and_after(world, programme, quarter, deliveries),
    }


def person_level(case: Case) -> tuple[list[Row], list[Row]]:
    """The person level, and the family level over it."""
    people, families = [], []
    for member in case.members:
        people.append((member, person_fields(case, member)))
    for family_id in sorted({member.family_id for member in case.members if member.family_id is not None}):
        own = [(member, row) for member, row in people if member.family_id == family_id]
        families.append(family_fields(case, [member for member, _ in own], [row for _, row in own]))
    return sorted((row for _, row in people), key=lambda r: (r["family_key"] or "", r["person_id"])), families


def authority_figures(case: Case) -> list[Figure]:
    """Scope `authority`: the measures marked A, those given for it alone, and the quarters before."""
    return [
        *authority_plans(case),
        *proceedings(case, case.rows("care_proceedings")),
        *authority_looked_after(case),
        *indicator_14(case),
        *indicator_16(case),
        *before_figures(case),
    ]


def scope_figures(case: Case, scope: Scope) -> list[Figure]:
    """Every figure of `fs`, a cohort, a team or a breakdown."""
    return [figure for indicator in OF_SCOPES for figure in indicator(case, scope)]


def indicator_values(case: Case) -> list[Row]:
    """Every figure of the quarter, of all periods."""
    rows = [row_of(case, figure) for figure in authority_figures(case)]
    for scope in scopes_of(case):
        rows += [row_of(case, figure) | {"scope": scope.name} for figure in scope_figures(case, scope)]
    return sorted(rows, key=lambda r: (r["indicator"], r["measure"], r["scope"], r["group"], r["period"]))
