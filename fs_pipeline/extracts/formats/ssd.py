"""Reads the Standard Safeguarding Dataset (SSD) of a council's case management system: six extracts from its tables.

The SSD knows no family roles, no kinds of team, and hardly any adults. Which teams are Family Safeguarding or
Children With Disabilities teams is said in the settings, dated. Who is a child of a family is told by age: under 18
on the day on which the first of the family came into Family Safeguarding, or, in other families, on the first day of
their first referral. Rows are told by their keys, as tables have no row numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import completed_years
from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import FormatExtract, FormatExtracts, MissingError
from fs_pipeline.extracts.formats.ssd_allocations import allocated_children, by_team
from fs_pipeline.extracts.formats.ssd_care_periods import care_periods
from fs_pipeline.extracts.formats.ssd_tables import Rows, SsdSettings, SsdTables, as_days, date_column, one_of

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

    def _codes(self, column: str) -> Mapping[str, str]:
        return self._settings.codes.get(column, {})

    @cached_property
    def _people(self) -> pd.DataFrame:
        optional = ("pers_sex", "pers_gender", "pers_ethnicity", "pers_upn", "pers_expected_dob")
        return self._tables.read("ssd_person", ("pers_person_id", "pers_dob"), optional)

    @cached_property
    def _episodes(self) -> pd.DataFrame:
        needed = ("cine_referral_id", "cine_person_id", "cine_referral_date", "cine_close_date")
        return self._tables.read("ssd_cin_episodes", needed, ("cine_cin_primary_need_code",))

    @cached_property
    def _allocated(self) -> tuple[Rows, pd.DataFrame]:
        return allocated_children(self._tables, self._settings, self._episodes)

    def people(self) -> FormatExtract:
        """Everyone; open to Children With Disabilities while allocated to one of their teams."""
        rows = Rows("ssd_person", "pers_person_id", self._people)
        frame = rows.frame
        frame["pers_sex"] = frame["pers_sex"].fillna(frame["pers_gender"])
        born = rows.dates("pers_dob")
        sex = rows.code("pers_sex", "sex", self._codes("sex"), nullable=False)
        blank = sex.isna().to_numpy()
        rows.find(blank & ~np.isnat(born), "pers_sex", "no_sex", "pers_sex is blank: taken as U, unknown")
        _, allocated = self._allocated
        in_cwd, parts = by_team(allocated, self._settings.cwd_teams)
        spells = parts[in_cwd][["person_id", "start_date", "end_date"]]
        return rows.extract(
            "people",
            {
                "person_id": frame["pers_person_id"],
                "sex": sex.mask(blank, "U"),
                "date_of_birth": born.astype("datetime64[s]"),
                "ethnicity": frame["pers_ethnicity"],
                "upn": frame["pers_upn"],
                "open_to_cwd": False,
            },
            {"open_to_cwd": spells},
        )

    def referrals(self) -> FormatExtract:
        """Every episode of need."""
        rows = Rows("ssd_cin_episodes", "cine_referral_id", self._episodes, "cine_referral_date")
        return rows.extract(
            "referrals",
            {
                "referral_id": rows.frame["cine_referral_id"],
                "person_id": rows.frame["cine_person_id"],
                "start_date": date_column(rows.dates("cine_referral_date")),
                "end_date": date_column(rows.dates("cine_close_date")),
                "category_of_need": rows.code(
                    "cine_cin_primary_need_code", "category_of_need", self._codes("category_of_need"), nullable=True
                ),
            },
        )

    def allocations(self) -> FormatExtract:
        """Case workers' involvements; cut in two where a team becomes, or ceases to be, a Family Safeguarding team."""
        rows, allocated = self._allocated
        in_fs, parts = by_team(allocated, self._settings.family_safeguarding_teams)
        return rows.extract_of("allocations", parts.assign(family_safeguarding=in_fs), parts["key"])

    def cp_plans(self) -> FormatExtract:
        """Child protection plans of this authority; the latest category of abuse, else the first."""
        needed = ("cppl_cp_plan_id", "cppl_person_id", "cppl_cp_plan_start_date", "cppl_cp_plan_end_date")
        optional = ("cppl_cp_plan_ola", "cppl_cp_plan_initial_category", "cppl_cp_plan_latest_category")
        read = self._tables.read("ssd_cp_plans", needed, optional)
        rows = Rows("ssd_cp_plans", "cppl_cp_plan_id", read, "cppl_cp_plan_start_date")
        frame = rows.frame
        rows.leave_aside(one_of(frame["cppl_cp_plan_ola"], ("Y", "1", "true")), "plans of other authorities")
        latest = "cppl_cp_plan_latest_category"
        frame[latest] = frame[latest].fillna(frame["cppl_cp_plan_initial_category"])
        return rows.extract(
            "cp_plans",
            {
                "cp_plan_id": frame["cppl_cp_plan_id"],
                "person_id": frame["cppl_person_id"],
                "start_date": date_column(rows.dates("cppl_cp_plan_start_date")),
                "end_date": date_column(rows.dates("cppl_cp_plan_end_date")),
                "category": rows.code(latest, "category", self._codes("category"), nullable=True),
            },
        )

    def family_members(self) -> FormatExtract:
        """Who belongs to which family, each pair once; child or adult by age."""
        read = self._tables.read("ssd_family", ("fami_table_id", "fami_family_id", "fami_person_id"))
        read = read.sort_values("fami_table_id", kind="stable")
        rows = Rows("ssd_family", "fami_table_id", read)
        pair = rows.frame[["fami_family_id", "fami_person_id"]]
        rows.leave_aside(pair.isna().any(axis=1).to_numpy(), "rows without a family or a person")
        rows.leave_aside(pair.duplicated().to_numpy(), "repetitions of a family's member")
        _, allocated = self._allocated
        in_fs, parts = by_team(allocated, self._settings.family_safeguarding_teams)
        came = _first(parts["person_id"][in_fs], parts["start_date"][in_fs])
        referred = _first(self._episodes["cine_person_id"], date_column(as_days(self._episodes["cine_referral_date"])))
        family, person = pair["fami_family_id"], pair["fami_person_id"]
        day = _earliest(family, person.map(came)).fillna(_earliest(family, person.map(referred)))
        rows.leave_aside(day.isna().to_numpy(), "members of families without a referral")
        people = self._people.drop_duplicates("pers_person_id").set_index("pers_person_id")
        born = as_days(person.map(people["pers_dob"].fillna(people["pers_expected_dob"])))
        unknown = np.isnat(born)
        in_safeguarding = person.isin(came.index).to_numpy(dtype=np.bool_)
        rows.reject(
            unknown & ~in_safeguarding,
            "fami_person_id",
            "no_birth_date",
            "neither a date of birth nor a Family Safeguarding referral: child or adult cannot be told",
        )
        then = day.to_numpy().astype("datetime64[D]")
        young = (born > then) | (completed_years(born, then) < _ADULT)
        return rows.extract(
            "family_members",
            {
                "family_id": family,
                "person_id": person,
                "role": np.where(unknown | young, "child", "adult"),
                "relationship_type": None,
            },
        )


def _first(person: pd.Series, day: pd.Series) -> pd.Series:
    """Each person's first day."""
    return day.groupby(person.to_numpy()).min()


def _earliest(family: pd.Series, day: pd.Series) -> pd.Series:
    """The earliest day of each row's family."""
    dated = pd.to_datetime(day)
    return dated.groupby(family.to_numpy(), dropna=False).transform("min")
