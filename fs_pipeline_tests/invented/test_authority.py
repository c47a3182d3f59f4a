"""What the invented authority looks like to a performance analyst."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, write_extracts
from fs_pipeline_tests.invented.authorities import FIRST, LAST, PROGRAMME, START, TEMPLATE, authority


def entries(extracts) -> pd.Series:
    """Each family's earliest FS allocation."""
    allocations, members = extracts["allocations"], extracts["family_members"]
    begun = allocations[allocations["family_safeguarding"]].groupby("person_id")["start_date"].min()
    children = members[members["role"] == "child"].set_index("person_id")["family_id"]
    return begun.groupby(children.reindex(begun.index)).min()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for folder, seed in (("one", 7), ("other", 7), ("third", 8)):
        for quarter, extracts in invent(20, seed, START, START, PROGRAMME):
            write_extracts(extracts, tmp_path / folder, quarter)
    one, other, third = (
        {path.name: path.read_bytes() for path in (tmp_path / folder / START.key).iterdir()}
        for folder in ("one", "other", "third")
    )
    assert len(one) == 20
    assert one == other
    assert one["people.csv"] != third["people.csv"]


@pytest.mark.parametrize("quarter", [FIRST, START, START.shifted(4), LAST])
def test_a_quarter_is_the_same_whichever_range_is_asked_for(quarter):
    [(_, alone)] = invent(300, 1, quarter, quarter, PROGRAMME)
    among_others = authority()[quarter]
    assert list(alone) == list(among_others)
    for name, frame in alone.items():
        pd.testing.assert_frame_equal(frame, among_others[name])


def test_history_is_only_ever_added_to():
    for name, start in (("referrals", "start_date"), ("cp_plans", "start_date"), ("top_forms", "form_date")):
        before, after = (authority()[quarter][name] for quarter in (LAST.shifted(-1), LAST))
        key, start = (
            before.columns[0],
            next(column for column in before if column.endswith(("start_date", "form_date"))),
        )
        both = before.merge(after, on=key, suffixes=("", "_after"))
        assert len(both) == len(before) < len(after)
        assert (both[start] == both[f"{start}_after"]).all()


def test_every_cohort_and_every_quarter_has_families_and_cohort_quarters_more():
    start = entries(authority()[LAST])
    assert len(start) == 300
    cohorts = [start.between(*map(pd.Timestamp, (c.first_day, c.last_day))).sum() for c in PROGRAMME.cohorts]
    assert min(cohorts) > 25
    others = [start.between(*map(pd.Timestamp, (q.first_day, q.last_day))).sum() for q in START.until(LAST)]
    assert 0 < min(others) < min(cohorts)


@pytest.mark.parametrize("families", [12, 30])
def test_few_families_fill_every_cohort_too(families):
    start = entries(authority(families)[LAST])
    assert all(start.between(*map(pd.Timestamp, (c.first_day, c.last_day))).any() for c in PROGRAMME.cohorts)


def test_families_come_back_and_siblings_join_later():
    extracts = authority()[LAST]
    allocations = extracts["allocations"][extracts["allocations"]["family_safeguarding"]]
    referrals = allocations.drop_duplicates("referral_id")
    teams = allocations.drop_duplicates(["referral_id", "team"])
    assert (referrals["person_id"].value_counts() > 1).sum() > 20
    assert (teams["referral_id"].value_counts() > 1).sum() > 50
    assert allocations["end_date"].isna().sum() > 30
    assert allocations["team"].nunique() == 4
    members = extracts["family_members"].set_index("person_id")["family_id"]
    begun = allocations.groupby("person_id")["start_date"].min()
    family = members[~members.index.duplicated()].reindex(begun.index)
    late = begun - entries(extracts).reindex(family).to_numpy()
    assert (late > pd.Timedelta(0)).sum() > 30


def test_half_of_the_authority_is_outside_fs():
    extracts = authority()[LAST]
    assert extracts["family_members"]["family_id"].nunique() == 600
    children = set(extracts["allocations"].loc[extracts["allocations"]["family_safeguarding"], "person_id"])
    assert 0.3 < extracts["cp_plans"]["person_id"].isin(children).mean() < 0.8
    assert extracts["care_periods"]["uasc"].sum() > 5
    assert extracts["people"]["open_to_cwd"].sum() > 5


def test_the_unborn_are_known_without_sex_and_date_of_birth_and_get_both():
    born_later = 0
    for quarter in START.until(LAST.shifted(-3)):
        people = authority()[quarter]["people"].set_index("person_id")
        unborn = people.index[people["date_of_birth"].isna()]
        assert (people.loc[unborn, "sex"] == "U").all()
        later = authority()[quarter.shifted(3)]["people"].set_index("person_id").loc[unborn]
        assert later["sex"].isin(["M", "F"]).all() and later["date_of_birth"].notna().all()
        born_later += len(unborn)
    assert born_later > 20


def test_some_dates_are_the_first_and_the_last_day_of_a_quarter():
    extracts = authority()[LAST]
    quarters = Quarter.parse("2016-10-01").until(LAST)
    first = [pd.Timestamp(quarter.first_day) for quarter in quarters]
    last = [pd.Timestamp(quarter.last_day) for quarter in quarters]
    incidents = pd.concat([each["police_incidents"]["incident_date"] for each in authority().values()])
    plans = extracts["cp_plans"]
    for days in (entries(extracts), plans["start_date"], plans["end_date"], incidents):
        assert days.isin(first).any() and days.isin(last).any()


def test_fs_halves_the_incidents_per_person_month():
    """An analyst's own sum: incidents of family members before and from their family's FS start, over the months."""
    extracts = authority()[LAST]
    people = extracts["people"].set_index("person_id")["date_of_birth"]
    members = extracts["family_members"].drop_duplicates("person_id").set_index("person_id")["family_id"]
    start = entries(extracts).reindex(members).to_numpy().astype("datetime64[D]")
    start = pd.Series(start, index=members.index).dropna()
    incidents = pd.concat([each["police_incidents"] for each in authority().values()])
    incidents = incidents[incidents["person_id"].isin(start.index)]
    before = incidents["incident_date"].to_numpy() < start.reindex(incidents["person_id"]).to_numpy()
    begin = np.maximum(people.reindex(start.index).to_numpy().astype("datetime64[D]"), np.datetime64(FIRST.first_day))
    months_before = np.maximum((start.to_numpy().astype("datetime64[D]") - begin).astype(int), 0).sum() / 30.4
    after_from = np.maximum(begin, start.to_numpy().astype("datetime64[D]"))
    months_after = np.maximum((np.datetime64(LAST.last_day) - after_from).astype(int), 0).sum() / 30.4
    rate_before, rate_after = before.sum() / months_before, (~before).sum() / months_after
    assert 0.35 < rate_after / rate_before < 0.6


def test_fs_children_miss_less_school_afterwards():
    extracts = authority()[LAST]
    upns = extracts["people"].set_index("person_id")["upn"].dropna()
    members = extracts["family_members"].drop_duplicates("person_id").set_index("person_id")["family_id"]
    start = pd.Series(entries(extracts).reindex(members.reindex(upns.index)).to_numpy(), index=upns.to_numpy()).dropna()
    rows = pd.concat([each["attendance"] for each in authority().values()])
    rows = rows[rows["upn"].isin(start.index)]
    after = rows["date_from"].to_numpy() >= start.reindex(rows["upn"]).to_numpy()
    share = [
        rows.loc[part, "sessions_unauthorised"].sum() / rows.loc[part, "sessions_possible"].sum()
        for part in (~after, after)
    ]
    assert share[1] < 0.8 * share[0]


@pytest.mark.parametrize(
    ("extract", "episode", "order", "score"),
    [
        ("mental_health_scores", "episode_id", "score_date", "phq9"),
        ("lsir_assessments", "episode_id", "assessment_date", "score"),
        ("top_forms", "treatment_id", "form_date", "substance_use"),
    ],
)
def test_scores_improve_on_average_but_not_for_everyone(extract, episode, order, score):
    forms = authority()[LAST][extract].dropna(subset=[score]).sort_values(order).groupby(episode)[score]
    change = (forms.last() - forms.first())[forms.size() > 1]
    assert change.mean() < -1
    assert (change > 0).sum() > 3


def test_health_returns_give_numbers_in_some_quarters_and_percentages_in_others():
    returns = [each["health_activity"] for each in authority().values() if "health_activity" in each]
    for rows in returns:
        assert (rows["people_with_event"].isna() != rows["percentage"].isna()).all()
    assert {bool(rows["percentage"].isna().all()) for rows in returns} == {True, False}


def test_no_families_is_a_mistake():
    with pytest.raises(ValueError, match="at least 1"):
        next(invent(0, 1, FIRST, LAST, PROGRAMME))


def test_the_template_is_the_demonstrations_programme():
    repository = TEMPLATE.parents[2]
    assert (repository / "data/programme.toml").read_text(encoding="utf-8") == PROGRAMME_TEMPLATE
