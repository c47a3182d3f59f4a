"""State folders over an invented authority: its extracts as files, or its case management system as SSD tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented import PROGRAMME_TEMPLATE, invent, write_extracts
from fs_pipeline.ledger.receiving import receive_all
from fs_pipeline.settings.programme import read_programme
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import CATALOGUE
from fs_pipeline_tests.plain_run import run_quarter
from fs_pipeline_tests.sources.ssd_written import ssd_tables, write_tables

OF_SSD = ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")
FAMILIES, SEED = 25, 5
FIRST, LAST = Quarter.parse("2016-Q4"), Quarter.parse("2018-Q2")
START = Quarter.parse("2017-Q4")

SOURCES = """
[databases.cms]
url = "{url}"

[formats.ssd]
reader = "ssd"
database = "cms"

[formats.ssd.family_safeguarding_teams]
"Family Safeguarding North" = 2017-10-01
"T006" = [2017-10-01, 2099-12-31]
"family safeguarding east" = "always"
"Family Safeguarding West" = "always"

[formats.ssd.cwd_teams]
"Children With Disabilities" = "always"

[extracts.people]
format = "ssd"
[extracts.referrals]
format = "ssd"
[extracts.allocations]
format = "ssd"
[extracts.cp_plans]
format = "ssd"
[extracts.care_periods]
format = "ssd"

[extracts.family_members]
format = "ssd"
files = "family_workers/adults_{{quarter}}.csv"
"""


def authority() -> tuple[dict[Quarter, dict[str, pd.DataFrame]], dict[str, pd.DataFrame]]:
    """What an authority delivers each quarter, and its history as it is known later, when the SSD is read."""
    programme = read_programme(Path(__file__).parents[2] / "fs_pipeline" / "invented" / "programme.toml")
    quarters = dict(invent(FAMILIES, SEED, FIRST, LAST.shifted(3), programme))
    return {quarter: quarters[quarter] for quarter in FIRST.until(LAST)}, quarters[LAST.shifted(3)]


def canonical_home(home: Path, quarters: dict[Quarter, dict[str, pd.DataFrame]]) -> State:
    """Everything as files in extracts/."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    for quarter, extracts in quarters.items():
        write_extracts(extracts, home / "extracts", quarter)
    return State(home)


def ssd_home(canonical: Path, home: Path, later: dict[str, pd.DataFrame], url: str | sa.URL) -> State:
    """The same authority: what the SSD holds is in a database, read later; the adults' roles are in files; the rest
    is as before.
    """
    shutil.copytree(canonical, home)
    for folder in (home / "extracts").iterdir():
        members = folder / "family_members.csv"
        if members.exists():
            (home / "family_workers").mkdir(exist_ok=True)
            frame = pd.read_csv(members, dtype=str)
            frame[frame["role"] == "adult"].to_csv(home / "family_workers" / f"adults_{folder.name}.csv", index=False)
        for extract in OF_SSD:
            (folder / f"{extract}.csv").unlink(missing_ok=True)
    write_tables(url, ssd_tables(later))
    shown = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    (home / "sources.toml").write_text(SOURCES.format(url=shown), encoding="utf-8")
    return State(home)


def figures(state: State) -> dict[Quarter, dict[str, pd.DataFrame]]:
    """Every table of every quarter, plainly calculated from what is delivered."""
    made: dict[Quarter, dict[str, pd.DataFrame]] = {}
    received: dict[Quarter, dict[str, pd.DataFrame | None]] = {}
    for quarter in state.first_quarter().until(LAST):
        of_quarter = {}
        for extract, checked in receive_all(state, CATALOGUE.extracts, quarter):
            if isinstance(checked, Exception):
                raise AssertionError(str(checked))
            of_quarter[extract.extract] = checked.rows if checked.supplied else None
        received[quarter] = of_quarter
        if quarter >= START:
            made[quarter] = run_quarter(received, state.programme(), quarter, earlier=made)
    return made
