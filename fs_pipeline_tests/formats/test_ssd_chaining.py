"""Episodes of the SSD without a period's identifier are chained as those of the SSDA903 are."""

from __future__ import annotations

import numpy as np

from fs_pipeline.extracts.cells.databases import Database
from fs_pipeline.extracts.formats.ssd import read_ssd
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings
from fs_pipeline_tests.formats.test_whole_authority import LAST, authority, content
from fs_pipeline_tests.sources.ssd_written import ssd_tables, write_tables

SETTINGS = SsdSettings(family_safeguarding_teams={})


def periods(folder, tables):
    write_tables(f"sqlite:///{folder / 'cms.sqlite'}", tables)
    with Database("cms", f"sqlite:///{folder / 'cms.sqlite'}", folder).opened() as database:
        return read_ssd(database, SETTINGS, ("care_periods",))["care_periods"]


def test_periods_without_an_identifier_are_those_with_one(tmp_path):
    tables = ssd_tables(authority()[LAST])
    episodes = tables["ssd_cla_episodes"]
    blanked = np.arange(len(episodes)) % 3 > 0
    for child in set(episodes.loc[blanked, "clae_person_id"]):  # of a child all or none
        blanked |= (episodes["clae_person_id"] == child).to_numpy()
    expected = authority()[LAST]["care_periods"]
    assert blanked.sum() > 10
    chained = episodes.assign(clae_cla_id=episodes["clae_cla_id"].mask(blanked))
    landed = periods(tmp_path, {**tables, "ssd_cla_episodes": chained})
    columns = ["person_id", "start_date", "end_date", "uasc"]
    assert content(landed.rows, columns) == content(expected, columns)
    assert landed.rows["care_period_id"].is_unique
    assert landed.report.rejected.empty
    assert landed.report.findings["rule"].tolist() == ["no_period"] * int(blanked.sum())
