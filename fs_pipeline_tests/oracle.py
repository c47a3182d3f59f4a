"""The oracle: what every field and figure of one quarter must be. It shares no code with the package that it judges."""

from __future__ import annotations

from datetime import date

from fs_pipeline_tests.oracle_periods import before_and_after, period_values
from fs_pipeline_tests.oracle_quarter import (
    Case,
    Programme,
    Row,
    World,
    family_fields,
    indicator_values,
    person_fields,
    roster,
)


def compute(world: World, programme: Programme, quarter: date) -> dict[str, list[Row]]:
    """Every field and figure of one quarter, as rows of the output tables."""
    case = Case.of(world, programme, quarter)
    members = roster(case)
    person_level = [person_fields(case, member) for member in members]
    families = sorted({member.family_id for member in members if member.family_id is not None})
    family_level = [
        family_fields(
            case,
            family_id,
            [member for member in members if member.family_id == family_id],
            [row for row in person_level if row["family_key"] == family_id],
        )
        for family_id in families
    ]
    values = indicator_values(case, members, person_level) + period_values(case, members)
    compared, rates = before_and_after(world, programme, quarter)
    return {
        "person_level": sorted(person_level, key=lambda row: (row["family_key"] or "", row["person_id"])),
        "family_level": family_level,
        "indicator_values": sorted(
            values, key=lambda row: (row["indicator"], row["measure"], row["scope"], row["group"], row["period"])
        ),
        "before_after": compared,
        "before_after_rates": rates,
    }
