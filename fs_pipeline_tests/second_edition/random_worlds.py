"""The first edition's random worlds with what the second edition adds: history extracts, people asked, teams' first
days, allocations without a referral, cohorts and periods of the health return, areas, settings.

Every row keeps the rules of interfaces.md. What does not belong here: anything about what the answers should be.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from fs_pipeline_tests.second_edition.terms import Programme, Row, World, add_months
from fs_pipeline_tests.worlds import random_world

HISTORY_OF = {
    "police_incidents": ("police_history", "incident_date"),
    "marac_referrals": ("marac_history", "referral_date"),
    "attendance": ("attendance_history", "date_from"),
}


def second_edition_world(seed: int) -> tuple[World, Programme]:
    """A world and its programme."""
    world, programme = random_world(seed)
    rng = random.Random(f"second edition {seed}")
    programme = settings(rng, programme)
    areas = {row["person_id"]: rng.choice(("East", "West", None)) for rows in people(world) for row in rows}
    loose = {row["allocation_id"] for rows in allocations(world) for row in rows if rng.random() < 0.1}
    without_involvements = rng.random() < 0.15
    for quarter, supply in world.items():
        for row in supply.get("people") or []:
            row["area"] = areas[row["person_id"]]
        for row in supply.get("allocations") or []:
            if row["allocation_id"] in loose:
                row["referral_id"] = rng.choice((None, "R-unknown"))
        if without_involvements and "adult_involvements" in supply:
            supply["adult_involvements"] = None
        if supply.get("health_activity"):
            supply["health_activity"] = health(rng, supply["health_activity"] or [])
        add_histories(rng, world, quarter)
        add_people_asked(rng, world, quarter)
    return world, programme


def people(world: World) -> list[list[Row]]:
    """The people of every quarter."""
    return [supply.get("people") or [] for supply in world.values()]


def allocations(world: World) -> list[list[Row]]:
    """The allocations of every quarter."""
    return [supply.get("allocations") or [] for supply in world.values()]


def settings(rng: random.Random, programme: Programme) -> Programme:
    """The programme with the settings of the second edition, some of them left out."""
    found: dict[str, Any] = {part: dict(values) for part, values in programme.items()}
    found["programme"]["follow_years"] = rng.choice((2, 2, 3))
    found["programme"]["transferred_in_cohort"] = rng.random() < 0.3
    found["coverage"] = {supplier: rng.choice(("asked", "everyone")) for supplier in ("police", "marac", "education")}
    found["coverage"]["look_back_months"] = rng.choice((12, 18, 24))
    if rng.random() < 0.5:
        found["teams"] = {"FS South": date(2017, 11, 15), "FS East": date(2018, 1, 1)}
    if rng.random() < 0.3:
        found["intake_year"] = {key: date(2017, 10, 1) for key in found["cohorts"]}
    found["breakdowns"] = {"people": rng.sample(["sex", "ethnicity", "age"], rng.randint(0, 3))}
    found["thresholds"] = {"high_risk_incidents": rng.choice((2, 3, 4))}
    return found


def health(rng: random.Random, rows: list[Row]) -> list[Row]:
    """The return with cohorts, periods and events."""
    found = []
    for row in rows:
        for cohort in (None, "1", "2"):
            for period in ("quarter", "before_12_months", "after_12_months"):
                if (cohort, period) == (None, "quarter") or rng.random() < 0.4:
                    events = rng.choice((None, 0, 3, 17))
                    found.append(row | {"cohort": cohort, "period": period, "events": events})
    return found


def add_histories(rng: random.Random, world: World, quarter: date) -> None:
    """History extracts of a quarter: rows of the two years before, of some people; now and then none is supplied."""
    supply = world[quarter]
    for extract, (history, _) in HISTORY_OF.items():
        if rng.random() < 0.15:
            supply[history] = None
            continue
        earlier = [q for q in world if add_months(quarter, -24) <= q < quarter]
        rows = [row for q in earlier for row in world[q].get(extract) or []]
        supply[history] = [dict(row) for row in rows if rng.random() < 0.5]


def add_people_asked(rng: random.Random, world: World, quarter: date) -> None:
    """Lists of people asked, in some quarters, of some suppliers, with or without the column `history`."""
    known = sorted({row["person_id"] for row in world[quarter].get("people") or []})
    rows = []
    for supplier in ("police", "education"):
        with_history = rng.random() < 0.7
        if known and rng.random() < 0.3:
            for person_id in known:
                if rng.random() < 0.8:
                    history = rng.random() < 0.5 if with_history else None
                    rows.append({"supplier": supplier, "person_id": person_id, "history": history})
    world[quarter]["people_asked"] = rows or None
