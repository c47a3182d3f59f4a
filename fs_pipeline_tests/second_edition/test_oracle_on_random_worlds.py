"""What must hold of the oracle's answers in any world: sums, stocks and flows, parts of wholes, order of rows."""

import random
from functools import cache

import pytest

from fs_pipeline_tests.second_edition.oracle import indicator_values, person_level
from fs_pipeline_tests.second_edition.random_worlds import second_edition_world
from fs_pipeline_tests.second_edition.roster import case_of

SEEDS = (3, 8)
KEY = ("indicator", "measure", "scope", "group", "period")


@cache
def answers(seed, shuffled=False):
    world, programme = second_edition_world(seed)
    if shuffled:
        for supply in world.values():
            for rows in supply.values():
                random.Random(seed).shuffle(rows or [])
    case = case_of(world, programme, max(world))
    people, families = person_level(case)
    return people, families, {tuple(row[part] for part in KEY): row for row in indicator_values(case)}


@pytest.mark.parametrize("seed", SEEDS)
def test_opening_and_entered_and_started_less_ended_is_closing(seed):
    values = answers(seed)[2]
    for scope in {scope for _, measure, scope, *_ in values if measure == "cp_plans_at_start"}:
        parts = ("at_start", "entered", "started", "ended", "at_end")
        opening, entered, started, ended, closing = (
            values[1, f"cp_plans_{part}", scope, "all", "quarter"]["value"] for part in parts
        )
        assert opening + entered + started - ended == closing


@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_is_no_more_than_its_whole(seed):
    values = answers(seed)[2]
    pairs = {
        "da_repeat_involvements": "da_involvements",
        "da_repeat_call_outs": "da_call_outs",
        "da_repeat_in_window": "da_involvements",
        "da_call_outs": "da_involvements",
        "families_in_fs": "families",
        "people_high_risk": "people_high_risk_to_date",
    }
    for (indicator, measure, *rest), row in values.items():
        whole = values.get((indicator, pairs.get(measure), *rest))
        if whole is not None and None not in (row["value"], whole["value"]):
            assert row["value"] <= whole["value"], (measure, rest)
    for (_, measure, *rest), row in values.items():
        if measure == "cp_repeat_12_months":
            assert (row["value"] or 0) <= (values[3, "cp_repeat_24_months", *rest]["value"] or 0)
            assert (values[3, "cp_repeat_24_months", *rest]["value"] or 0) <= (
                values[3, "cp_repeat_ever", *rest]["value"] or 0
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_family_is_its_people(seed):
    people, families, values = answers(seed)
    for family in families:
        own = [row for row in people if row["family_key"] == family["family_key"]]
        for column in ("cp_days_during_fs", "cp_plans_before_fs", "possible_sessions", "cla_days_since_fs"):
            known = [row[column] for row in own if row[column] is not None]
            assert family[column] == (sum(known) if known else None)
    assert values[0, "families", "fs", "all", "quarter"]["value"] == len(families)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_status_has_what_belongs_to_it(seed):
    for row in answers(seed)[2].values():
        assert row["status"] in ("final", "partial", "not_supplied")
        assert (row["reason"] is not None) == (row["status"] == "partial")
        assert row["status"] != "not_supplied" or row["value"] is None


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_the_order_of_rows_does_not_matter(seed):
    assert answers(seed) == answers(seed, shuffled=True)
