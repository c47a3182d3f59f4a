"""The figures from the SSD in a database are those from the extracts that the contract asks for."""

from __future__ import annotations

import pandas as pd
import pytest

from fs_pipeline_tests.sources.homes import LAST, START, authority, canonical_home, figures, ssd_home


@pytest.fixture(scope="module")
def invented():
    return authority()


@pytest.fixture(scope="module")
def canonical(invented, tmp_path_factory):
    state = canonical_home(tmp_path_factory.mktemp("canonical"), invented[0])
    return state, figures(state)


def test_from_the_ssd_and_from_extracts_the_figures_are_the_same(canonical, invented, tmp_path):
    state = ssd_home(canonical[0].home, tmp_path / "ssd", invented[1], f"sqlite:///{tmp_path / 'cms.sqlite'}")
    of_ssd = figures(state)
    compared = ("outputs/person_level", "outputs/family_level", "outputs/indicator_values", "outputs/before_after")
    assert list(of_ssd) == START.until(LAST)
    assert len(of_ssd[LAST]["outputs/person_level"]) > 20
    for quarter, tables in canonical[1].items():
        for name in compared:
            pd.testing.assert_frame_equal(of_ssd[quarter][name], tables[name], obj=f"{name} of {quarter.label}")
