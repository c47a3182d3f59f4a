"""Writes an invented authority as SSD tables, as a supplier's scripts would: descriptions, ids of teams, placeholders.

What the SSD has no place for (roles in families, relationships, the work with adults) is not written.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import sqlalchemy as sa

CATEGORIES = {"NEG": "Neglect", "PHY": "Physical abuse", "SAB": "SAB", "EMO": "emotional abuse", "MUL": "MUL"}
SEXES = {"M": "Male", "F": "F", "U": "U"}
UASC = "Unaccompanied Asylum Seeking Child"


def ssd_tables(extracts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The SSD tables of an authority's snapshot extracts (those of the last quarter: its whole history)."""
    people, members = extracts["people"], extracts["family_members"]
    referrals, allocations = extracts["referrals"], extracts["allocations"]
    plans, periods = extracts["cp_plans"], extracts["care_periods"]
    teams = {team: f"T{number:03}" for number, team in enumerate(sorted(set(allocations["team"])))}
    asylum = periods[periods["uasc"]]
    return {
        "ssd_person": pd.DataFrame(
            {
                "pers_person_id": people["person_id"],
                "pers_sex": people["sex"].map(SEXES),
                "pers_gender": "SSD_PH",
                "pers_ethnicity": people["ethnicity"],
                "pers_dob": people["date_of_birth"],
                "pers_upn": people["upn"],
                "pers_forename": "Never Read",
            }
        ),
        "ssd_family": pd.DataFrame(  # one row a contact, so that pairs repeat
            {
                "fami_table_id": [f"FT{number}" for number in range(2 * len(members))],
                "fami_family_id": pd.concat([members["family_id"]] * 2).to_numpy(),
                "fami_person_id": pd.concat([members["person_id"]] * 2).to_numpy(),
            }
        ),
        "ssd_cin_episodes": pd.DataFrame(
            {
                "cine_referral_id": referrals["referral_id"],
                "cine_person_id": referrals["person_id"],
                "cine_referral_date": referrals["start_date"],
                "cine_cin_primary_need_code": referrals["category_of_need"],
                "cine_close_date": referrals["end_date"],
            }
        ),
        "ssd_department": pd.DataFrame({"dept_team_id": teams.values(), "dept_team_name": teams.keys()}),
        "ssd_involvements": pd.DataFrame(
            {
                "invo_involvements_id": allocations["allocation_id"],
                "invo_professional_id": allocations["worker_id"],
                "invo_professional_role_id": "CW",
                "invo_professional_team": allocations["team"].map(teams),
                "invo_person_id": allocations["person_id"],
                "invo_involvement_start_date": allocations["start_date"],
                "invo_involvement_end_date": allocations["end_date"],
                "invo_referral_id": allocations["referral_id"],
            }
        ),
        "ssd_cp_plans": pd.DataFrame(
            {
                "cppl_cp_plan_id": plans["cp_plan_id"],
                "cppl_person_id": plans["person_id"],
                "cppl_cp_plan_start_date": plans["start_date"],
                "cppl_cp_plan_end_date": plans["end_date"],
                "cppl_cp_plan_ola": "N",
                "cppl_cp_plan_initial_category": None,
                "cppl_cp_plan_latest_category": plans["category"].map(CATEGORIES),
            }
        ),
        "ssd_cla_episodes": _episodes(periods),
        "ssd_immigration_status": pd.DataFrame(
            {
                "immi_person_id": asylum["person_id"],
                "immi_immigration_status": UASC,
                "immi_immigration_status_start_date": asylum["start_date"],
                "immi_immigration_status_end_date": pd.NaT,
            }
        ),
    }


def _episodes(periods: pd.DataFrame) -> pd.DataFrame:
    """Two episodes a period, the first ceased by X1 in its middle; one for periods of a day or two."""
    start, end = periods["start_date"], periods["end_date"]
    middle = (start + (end.fillna(start + pd.Timedelta(days=200)) - start) / 2).dt.floor("D")
    in_two = middle > start
    first = pd.DataFrame(
        {
            "clae_cla_episode_id": periods["care_period_id"] + "-1",
            "clae_person_id": periods["person_id"],
            "clae_cla_episode_start_date": start,
            "clae_cla_episode_ceased_date": middle.where(in_two, end),
            "clae_cla_episode_ceased_reason": "Episode ceases, and new episode begins on same day, for any reason",
            "clae_cla_id": periods["care_period_id"],
            "clae_entered_care_date": start,
        }
    )
    ended = "E4A Returned home"
    first["clae_cla_episode_ceased_reason"] = first["clae_cla_episode_ceased_reason"].where(in_two, ended)
    second = first[in_two].assign(
        clae_cla_episode_id=periods["care_period_id"] + "-2",
        clae_cla_episode_start_date=middle,
        clae_cla_episode_ceased_date=end,
        clae_cla_episode_ceased_reason=ended,
    )
    return pd.concat([first, second], ignore_index=True)


def write_tables(url: sa.URL | str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Writes the tables into a database, in place of those that are there."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for name, frame in tables.items():
            frame.to_sql(name, connection, index=False, if_exists="replace", chunksize=5000)
