"""Precision and recall over an invented town, at the default thresholds, by the invented truth."""

import pandas as pd
import pytest

from fs_pipeline.extracts.linking.identities import known_as, no_clerk_decisions
from fs_pipeline.extracts.linking.link import Links, link
from fs_pipeline.settings.sources import LinkSettings
from fs_pipeline_tests.people_with_names import Town, town

PRECISION, RECALL = 0.995, 0.95


def linked(invented: Town, *, numbered: bool) -> Links:
    rows = invented.partner
    rows = rows.rename(columns={"client": "person_id"}) if numbered else rows.drop(columns="client")
    return link(rows, known_as(invented.identities), no_clerk_decisions(), LinkSettings())


def measured(invented: Town, found: Links) -> tuple[float, float]:
    links = found.person_id.notna()
    right = (links & (found.person_id == invented.truth)).sum()
    return right / links.sum(), right / invented.truth.notna().sum()


@pytest.mark.parametrize(("seed", "numbered"), [(11, True), (12, False)])
def test_precision_and_recall(seed, numbered):
    invented = town(seed, 1000)
    found = linked(invented, numbered=numbered)
    precision, recall = measured(invented, found)
    assert precision >= PRECISION
    assert recall >= RECALL
    # what it says of itself: nearly nobody is falsely linked, and whom it doubts is mostly ours
    assert found.quality.false_rate < 1 - PRECISION
    doubted = found.waiting & found.person_id.isna()
    assert invented.truth[doubted].notna().mean() > 0.5


def test_twice_as_many_errors():
    invented = town(13, 700, errors=2)
    precision, recall = measured(invented, linked(invented, numbered=False))
    assert precision >= PRECISION
    assert recall >= RECALL


@pytest.mark.parametrize("seed", range(20, 24))
def test_a_small_file(seed):
    invented = town(seed, 15)
    assert len(invented.partner) < 60
    precision, recall = measured(invented, linked(invented, numbered=True))
    assert precision == 1
    assert recall >= 0.9


@pytest.mark.slow
def test_a_large_file():
    """55,000 rows against 41,000 people: town(7, 20_000) took 17 s and 475 MB; CI takes a quarter of it."""
    invented = town(7, 5000)
    precision, recall = measured(invented, linked(invented, numbered=False))
    assert precision >= PRECISION
    assert recall >= RECALL


def test_the_town_holds_what_it_says():
    invented = town(11, 1000)
    both = invented.partner.assign(person_id=invented.truth).merge(
        invented.identities, on="person_id", suffixes=("", "_ours")
    )
    born = pd.to_datetime(both["date_of_birth_ours"])
    swapped = (both["date_of_birth"] == born.dt.strftime("%m/%d/%Y")) & (born.dt.day != born.dt.month)
    moved = both["postcode"].str.replace(" ", "").str.upper() != both["postcode_ours"].str.replace(" ", "")
    misspelt = both["forename"].str.strip().str.lower() != both["forename_ours"].str.lower()
    twins = invented.identities.duplicated(["surname", "date_of_birth", "postcode"], keep=False)
    assert min(swapped.sum(), twins.sum()) > 20
    assert min(moved.sum(), misspelt.sum()) > 100
