"""Reads the Standard Safeguarding Dataset (SSD) of a council's case management system: six extracts from its tables.

The SSD knows no family roles, no kinds of team, and hardly any adults. Which teams are Family Safeguarding or
Children With Disabilities teams is said in the settings, dated. Who is a child of a family is told by age: under 18
on the day on which the first of the family came into Family Safeguarding, or, in other families, on the first day of
their first referral. Rows are known by their keys, as tables have no row numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import days
from fs_pipeline.arithmetic.quarters import completed_years
from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import FormatExtract, FormatExtracts, MissingError
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.ssd_allocations import allocated_children, by_team
from fs_pipeline.extracts.formats.ssd_care_periods import care_periods
from fs_pipeline.extracts.formats.ssd_tables import (
    SsdSettings,
    SsdTables,
    as_days,
    date_column,
    in_our_codes,
    of_somebody,
    one_of,
    with_dates,
)
from fs_pipeline.toolkit.extracts import ALLOCATIONS, CP_PLANS, FAMILY_MEMBERS, PEOPLE, REFERRALS

SSD_GIVES = ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")
_ADULT = 18


def read_ssd(database: OpenDatabase, settings: SsdSettings, wanted: Collection[str]) -> FormatExtracts:
    """The extracts that are wanted, of those that the SSD gives; where a table is missing, those that need no such.

    Raises:
        SourceError: the database refuses.
    """
    tables = SsdTables(database, settings)
    reading = _Reading(tables, settings)
    makers = {
        "people": reading.people,
        "family_members": reading.family_members,
        "referrals": reading.referrals,
        "allocations": reading.allocations,
        "cp_plans": reading.cp_plans,
        "care_periods": lambda: care_periods(tables, settings),
    }
    return {extract: _made(make) for extract, make in makers.items() if extract in wanted}


def _made(make: Callable[[], FormatExtract]) -> FormatExtract | MissingError:
    try:
        return make()
    except MissingError as missing:
        return missing


class _Reading:
    """One reading of the SSD. What several extracts need is read once."""

    def __init__(self, tables: SsdTables, settings: SsdSettings) -> None:
        self._tables = tables
        self._settings = settings

    @cached_property
    def _people(self) -> pd.DataFrame:
        optional = ("pers_sex", "pers_gender", "pers_ethnicity", "pers_upn", "pers_expected_dob")
        return self._tables.read("ssd_person", ("pers_person_id", "pers_dob"), optional)

    @cached_property
    def _episodes(self) -> pd.DataFrame:
        needed = ("cine_referral_id", "cine_person_id", "cine_referral_date", "cine_close_date")
        optional = ("cine_cin_primary_need_code",)
        return self._tables.read("ssd_cin_episodes", needed, optional, "cine_referral_date")

    @cached_property
    def _allocated(self) -> tuple[ExtractNotes, pd.DataFrame]:
        return allocated_children(self._tables, self._settings, self._episodes)

    def people(self) -> FormatExtract:
        """Everyone; open to Children With Disabilities while allocated to one of their teams."""
        notes = ExtractNotes()
        rows = self._people.assign(pers_sex=self._people["pers_sex"].fillna(self._people["pers_gender"]))
        rows = with_dates(rows, ["pers_dob"], notes)
        sex = in_our_codes(rows, "pers_sex", PEOPLE.contract("sex"), self._settings, notes)
        blank = sex.isna().to_numpy()
        born = rows["pers_dob"].notna().to_numpy()
        notes.find(rows, blank & born, "pers_sex", "no_sex", "pers_sex is blank: taken as U, unknown")
        _, allocated = self._allocated
        in_cwd, parts = by_team(allocated, self._settings.cwd_teams)
        values = {
            "person_id": rows["pers_person_id"],
            "sex": sex.mask(blank, "U"),
            "date_of_birth": rows["pers_dob"],
            "ethnicity": rows["pers_ethnicity"],
            "upn": rows["pers_upn"],
            "open_to_cwd": np.zeros(len(rows), dtype=np.bool_),
        }
        spells = parts[in_cwd][["person_id", "start_date", "end_date"]]
        return notes.extract(PEOPLE, values, rows, {"open_to_cwd": spells})

    def referrals(self) -> FormatExtract:
        """Every episode of need."""
        notes = ExtractNotes()
        rows = with_dates(self._episodes, ["cine_referral_date", "cine_close_date"], notes)
        need = REFERRALS.contract("category_of_need")
        values = {
            "referral_id": rows["cine_referral_id"],
            "person_id": rows["cine_person_id"],
            "start_date": rows["cine_referral_date"],
            "end_date": rows["cine_close_date"],
            "category_of_need": in_our_codes(rows, "cine_cin_primary_need_code", need, self._settings, notes),
        }
        return notes.extract(REFERRALS, values, rows)

    def allocations(self) -> FormatExtract:
        """Case workers' involvements; cut in two where a team becomes, or ceases to be, a Family Safeguarding team."""
        notes, allocated = self._allocated
        in_fs, parts = by_team(allocated, self._settings.family_safeguarding_teams)
        values = parts.assign(family_safeguarding=in_fs)
        return notes.extract(ALLOCATIONS, {name: values[name] for name in ALLOCATIONS.names}, parts)

    def cp_plans(self) -> FormatExtract:
        """Child protection plans of this authority; the latest category of abuse, else the first."""
        needed = ("cppl_cp_plan_id", "cppl_person_id", "cppl_cp_plan_start_date", "cppl_cp_plan_end_date")
        optional = ("cppl_cp_plan_ola", "cppl_cp_plan_initial_category", "cppl_cp_plan_latest_category")
        notes = ExtractNotes()
        rows = self._tables.read("ssd_cp_plans", needed, optional, "cppl_cp_plan_start_date")
        others = one_of(rows["cppl_cp_plan_ola"], ("Y", "1", "true"))
        rows = notes.leave_aside(rows, others, "plans of other authorities")
        rows = with_dates(rows, ["cppl_cp_plan_start_date", "cppl_cp_plan_end_date"], notes)
        latest = "cppl_cp_plan_latest_category"
        rows[latest] = rows[latest].fillna(rows["cppl_cp_plan_initial_category"])
        values = {
            "cp_plan_id": rows["cppl_cp_plan_id"],
            "person_id": rows["cppl_person_id"],
            "start_date": rows["cppl_cp_plan_start_date"],
            "end_date": rows["cppl_cp_plan_end_date"],
            "category": in_our_codes(rows, latest, CP_PLANS.contract("category"), self._settings, notes),
        }
        return notes.extract(CP_PLANS, values, rows)

    def family_members(self) -> FormatExtract:
        """Who belongs to which family, each pair once; child or adult by age."""
        read = self._tables.read("ssd_family", ("fami_table_id", "fami_family_id", "fami_person_id"))
        notes, pair = ExtractNotes(), ["fami_family_id", "fami_person_id"]
        rows = of_somebody(read.sort_values("fami_table_id", kind="stable", ignore_index=True), notes)
        rows = notes.leave_aside(rows, rows[pair].isna().any(axis=1).to_numpy(), "rows without a family or a person")
        rows = notes.leave_aside(rows, rows.duplicated(pair).to_numpy(), "repetitions of a family's member")
        _, allocated = self._allocated
        in_fs, parts = by_team(allocated, self._settings.family_safeguarding_teams)
        came = _first(parts["person_id"][in_fs], parts["start_date"][in_fs])
        referred = _first(self._episodes["cine_person_id"], date_column(as_days(self._episodes["cine_referral_date"])))
        family, person = (rows[name] for name in pair)
        rows["judged_on"] = _earliest(family, person.map(came)).fillna(_earliest(family, person.map(referred)))
        without = rows["judged_on"].isna().to_numpy()
        rows = notes.leave_aside(rows, without, "members of families without a referral")
        people = self._people.drop_duplicates("pers_person_id").set_index("pers_person_id")
        born = as_days(rows["fami_person_id"].map(people["pers_dob"].fillna(people["pers_expected_dob"])))
        then = days(rows["judged_on"])
        young = np.isnat(born) | (born > then) | (completed_years(born, then) < _ADULT)
        rows["role"] = np.where(young, "child", "adult")
        unknown = np.isnat(born) & ~rows["fami_person_id"].isin(came.index).to_numpy(dtype=np.bool_)
        words = "neither a date of birth nor a Family Safeguarding referral: child or adult cannot be told"
        rows = notes.reject(rows, (unknown, "fami_person_id", "no_birth_date", words))
        values = {
            "family_id": rows["fami_family_id"],
            "person_id": rows["fami_person_id"],
            "role": rows["role"],
            "relationship_type": np.full(len(rows), None),
        }
        return notes.extract(FAMILY_MEMBERS, values, rows)


def _first(person: pd.Series, day: pd.Series) -> pd.Series:
    """Each person's first day."""
    return day.groupby(person.to_numpy()).min()


def _earliest(family: pd.Series, day: pd.Series) -> pd.Series:
    """The earliest day of each row's family."""
    dated = pd.to_datetime(day)
    return dated.groupby(family.to_numpy(), dropna=False).transform("min")
