"""Reads the Standard Safeguarding Dataset (SSD) of a council's case management system: seven extracts from its tables.

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

from fs_pipeline.arithmetic.care_periods import CONTINUES, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags
from fs_pipeline.arithmetic.quarters import completed_years
from fs_pipeline.extracts.databases import OpenDatabase
from fs_pipeline.extracts.formats.source_tables import row_ids
from fs_pipeline.extracts.formats.ssd_tables import Rows, SsdSettings, SsdTables, Team, as_days, one_of
from fs_pipeline.extracts.landing import Landed, MissingError, Read

__all__ = ["SSD_GIVES", "SsdSettings", "read_ssd"]

SSD_GIVES = ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")
NO_WORKER = "not recorded"
"""Stands for the worker of an allocation that names none: without it the child would not be seen to be in FS."""
_EVER, _FOREVER = np.datetime64("1900-01-01"), np.datetime64("2100-12-31")
_ADULT = 18


def read_ssd(database: OpenDatabase, settings: SsdSettings, wanted: Collection[str]) -> Read:
    """The extracts that are wanted, of those that the SSD gives; where a table is missing, those that need no such.

    Raises:
        SourceError: the database refuses.
    """
    reading = _Reading(SsdTables(database, settings), settings)
    makers = {
        "people": reading.people,
        "family_members": reading.family_members,
        "referrals": reading.referrals,
        "allocations": reading.allocations,
        "cp_plans": reading.cp_plans,
        "care_periods": reading.care_periods,
    }
    return {extract: _made(make) for extract, make in makers.items() if extract in wanted}


def _made(make: Callable[[], Landed]) -> Landed | MissingError:
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

    def people(self) -> Landed:
        """Everyone; open to Children With Disabilities while allocated to one of their teams."""
        rows = Rows("ssd_person", "pers_person_id", self._people)
        frame = rows.frame
        frame["pers_sex"] = frame["pers_sex"].fillna(frame["pers_gender"])
        born = rows.dates("pers_dob")
        sex = rows.code("pers_sex", "sex", self._codes("sex"), nullable=False)
        blank = sex.isna().to_numpy()
        rows.find(blank & ~np.isnat(born), "pers_sex", "no_sex", "pers_sex is blank: taken as U, unknown")
        _, allocated = self._allocated
        in_cwd, parts = _by_team(allocated, self._settings.cwd_teams)
        spells = parts[in_cwd][["person_id", "start_date", "end_date"]]
        return rows.landed(
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

    def referrals(self) -> Landed:
        """Every episode of need."""
        rows = Rows("ssd_cin_episodes", "cine_referral_id", self._episodes, "cine_referral_date")
        return rows.landed(
            "referrals",
            {
                "referral_id": rows.frame["cine_referral_id"],
                "person_id": rows.frame["cine_person_id"],
                "start_date": _dates(rows.dates("cine_referral_date")),
                "end_date": _dates(rows.dates("cine_close_date")),
                "category_of_need": rows.code(
                    "cine_cin_primary_need_code", "category_of_need", self._codes("category_of_need"), nullable=True
                ),
            },
        )

    @cached_property
    def _allocated(self) -> tuple[Rows, pd.DataFrame]:
        """The involvements of case workers with children, each with its referral; and what is said of the others."""
        needed = ("invo_involvements_id", "invo_professional_team", "invo_involvement_start_date")
        optional = (
            *("invo_involvement_end_date", "invo_person_id", "invo_referral_id", "invo_professional_id"),
            "invo_professional_role_id",
        )
        read = self._tables.read("ssd_involvements", needed, optional)
        rows = Rows("ssd_involvements", "invo_involvements_id", read, "invo_involvement_start_date")
        frame = rows.frame
        other = ~one_of(frame["invo_professional_role_id"], self._settings.case_worker_roles)
        roles = frame["invo_professional_role_id"].fillna("blank")
        for role, count in roles[other].value_counts().items():
            del count
            rows.leave_aside(other & (roles == role).to_numpy(), f"involvements in the role {role}")
        start, end = rows.dates("invo_involvement_start_date"), rows.dates("invo_involvement_end_date")
        referral = frame["invo_referral_id"].fillna(self._referral_open_on(frame["invo_person_id"], start))
        without = referral.isna().to_numpy()
        reason = "invo_referral_id is blank, and not one referral of the child alone is open on the start date"
        rows.reject(without, "invo_referral_id", "no_referral", reason)
        of_referral = self._episodes.drop_duplicates("cine_referral_id").set_index("cine_referral_id")["cine_person_id"]
        worker = frame["invo_professional_id"]
        rows.find(worker.isna().to_numpy(), "invo_professional_id", "no_worker", f"no worker: shown as {NO_WORKER}")
        allocated = pd.DataFrame(
            {
                "allocation_id": frame["invo_involvements_id"],
                "person_id": frame["invo_person_id"].fillna(referral.map(of_referral)),
                "referral_id": referral,
                "worker_id": worker.fillna(NO_WORKER),
                "team_id": frame["invo_professional_team"],
                "team": self._team_names(frame["invo_professional_team"]),
                "start_date": _dates(start),
                "end_date": _dates(end),
                "key": frame["invo_involvements_id"],
            }
        )
        return rows, allocated[rows.left].reset_index(drop=True)

    def _referral_open_on(self, person: pd.Series, day: Dates) -> pd.Series:
        """The referral of each person that is open on the day; blank where there is none, or more than one."""
        asked = pd.DataFrame({"cine_person_id": person, "day": day.astype("datetime64[s]"), "row": range(len(person))})
        both = asked.dropna().merge(self._episodes, on="cine_person_id")
        begun, closed = as_days(both["cine_referral_date"]), as_days(both["cine_close_date"])
        on = both["day"].to_numpy().astype("datetime64[D]")
        found = both[(begun <= on) & (np.isnat(closed) | (closed >= on))].drop_duplicates("row", keep=False)
        return found.set_index("row")["cine_referral_id"].reindex(range(len(person)))

    def _team_names(self, team: pd.Series) -> pd.Series:
        """Each team's name where the table of departments knows its id, else what is given."""
        if not self._tables.has("ssd_department"):
            return team
        known = self._tables.read("ssd_department", ("dept_team_id", "dept_team_name")).dropna()
        names = known.drop_duplicates("dept_team_id").set_index("dept_team_id")["dept_team_name"]
        return team.map(names).fillna(team).astype("str")

    def allocations(self) -> Landed:
        """Case workers' involvements; cut in two where a team becomes, or ceases to be, a Family Safeguarding team."""
        rows, allocated = self._allocated
        in_fs, parts = _by_team(allocated, self._settings.family_safeguarding_teams)
        return rows.landed_as("allocations", parts.assign(family_safeguarding=in_fs), parts["key"])

    def cp_plans(self) -> Landed:
        """Child protection plans of this authority; the latest category of abuse, else the first."""
        needed = ("cppl_cp_plan_id", "cppl_person_id", "cppl_cp_plan_start_date", "cppl_cp_plan_end_date")
        optional = ("cppl_cp_plan_ola", "cppl_cp_plan_initial_category", "cppl_cp_plan_latest_category")
        read = self._tables.read("ssd_cp_plans", needed, optional)
        rows = Rows("ssd_cp_plans", "cppl_cp_plan_id", read, "cppl_cp_plan_start_date")
        frame = rows.frame
        rows.leave_aside(one_of(frame["cppl_cp_plan_ola"], ("Y", "1", "true")), "plans of other authorities")
        latest = "cppl_cp_plan_latest_category"
        frame[latest] = frame[latest].fillna(frame["cppl_cp_plan_initial_category"])
        return rows.landed(
            "cp_plans",
            {
                "cp_plan_id": frame["cppl_cp_plan_id"],
                "person_id": frame["cppl_person_id"],
                "start_date": _dates(rows.dates("cppl_cp_plan_start_date")),
                "end_date": _dates(rows.dates("cppl_cp_plan_end_date")),
                "category": rows.code(latest, "category", self._codes("category"), nullable=True),
            },
        )

    def care_periods(self) -> Landed:
        """Periods of care: the episodes of one `clae_cla_id`. Open while an episode is, or when the last says X1.

        Episodes without it are chained: those that begin on the day on which another ceased, while care goes on.
        """
        needed = ("clae_cla_episode_id", "clae_person_id", "clae_cla_episode_start_date")
        optional = ("clae_cla_episode_ceased_date", "clae_cla_episode_ceased_reason", "clae_cla_id")
        read = self._tables.read("ssd_cla_episodes", needed, (*optional, "clae_entered_care_date"))
        rows = Rows("ssd_cla_episodes", "clae_cla_episode_id", read, "clae_cla_episode_start_date")
        frame = rows.frame
        start, ceased = rows.dates("clae_cla_episode_start_date"), rows.dates("clae_cla_episode_ceased_date")
        entered = rows.dates("clae_entered_care_date")
        rows.reject(
            np.isnat(start), "clae_cla_episode_start_date", "blank", "clae_cla_episode_start_date must be filled"
        )
        untold = frame["clae_cla_id"].isna().to_numpy()
        words = "clae_cla_id is blank: the period of care is made of the episodes' dates and of why they ceased"
        rows.find(untold, "clae_cla_id", "no_period", words)
        follows_on = one_of(frame["clae_cla_episode_ceased_reason"], self._settings.care_continues)
        episodes = pd.DataFrame(
            {
                "person_id": frame["clae_person_id"],
                "period": frame["clae_cla_id"].where(
                    ~untold, _chained(frame["clae_person_id"], start, ceased, follows_on, untold & rows.left)
                ),
                "key": frame["clae_cla_episode_id"],
                "start": _dates(np.fmin(start, entered)),
                "begins": _dates(start),
                "ceased": _dates(ceased),
                "goes_on": np.isnat(ceased) | (follows_on & ~untold),
                "respite": self._respite(frame["clae_person_id"], start),
            }
        )[rows.left]
        periods = _periods(episodes)
        respite = periods["respite"].to_numpy(dtype=np.bool_)
        periods["uasc"] = self._asylum_seeking(periods)
        landed = rows.landed_as("care_periods", periods[~respite], periods["key"][~respite])
        aside = {"periods of respite care alone": int(respite.sum())} if respite.any() else {}
        return Landed(landed.rows, landed.rejected, landed.findings, {**landed.ignored, **aside})

    def _respite(self, person: pd.Series, day: Dates) -> Flags:
        """Whose legal status on the day is one of short breaks; nobody's where there is no such table."""
        here = np.zeros(len(person), dtype=np.bool_)
        if not self._tables.has("ssd_legal_status"):
            return here
        columns = ("lega_person_id", "lega_legal_status", "lega_legal_status_start_date", "lega_legal_status_end_date")
        status = self._tables.read("ssd_legal_status", columns)
        status = status[one_of(status["lega_legal_status"].str.slice(0, 2), self._settings.respite_legal_statuses)]
        asked = pd.DataFrame({"lega_person_id": person, "day": day.astype("datetime64[s]"), "row": range(len(person))})
        both = asked.dropna().merge(status, on="lega_person_id")
        begun, over = as_days(both[columns[2]]), as_days(both[columns[3]])
        on = both["day"].to_numpy().astype("datetime64[D]")
        here[both["row"].to_numpy()[(begun <= on) & (np.isnat(over) | (over > on))]] = True
        return here

    def _asylum_seeking(self, periods: pd.DataFrame) -> Flags:
        """Which periods of care a spell as unaccompanied asylum-seeking child touches; a blank end is still so."""
        touched = np.zeros(len(periods), dtype=np.bool_)
        if not self._tables.has("ssd_immigration_status"):
            return touched
        needed = ("immi_person_id", "immi_immigration_status")
        optional = ("immi_immigration_status_start_date", "immi_immigration_status_end_date")
        status = self._tables.read("ssd_immigration_status", needed, optional)
        status = status[one_of(status["immi_immigration_status"], self._settings.uasc_statuses)]
        asked = periods[["person_id", "start_date", "end_date"]].assign(row=range(len(periods)))
        both = asked.merge(status, left_on="person_id", right_on="immi_person_id")
        since, until = as_days(both[optional[0]]), as_days(both[optional[1]])
        start, end = (both[name].to_numpy().astype("datetime64[D]") for name in ("start_date", "end_date"))
        overlap = (np.isnat(until) | (until >= start)) & (np.isnat(end) | np.isnat(since) | (since <= end))
        touched[both["row"].to_numpy()[overlap]] = True
        return touched

    def family_members(self) -> Landed:
        """Who belongs to which family, each pair once; child or adult by age."""
        read = self._tables.read("ssd_family", ("fami_table_id", "fami_family_id", "fami_person_id"))
        read = read.sort_values("fami_table_id", kind="stable")
        rows = Rows("ssd_family", "fami_table_id", read)
        pair = rows.frame[["fami_family_id", "fami_person_id"]]
        rows.leave_aside(pair.isna().any(axis=1).to_numpy(), "rows without a family or a person")
        rows.leave_aside(pair.duplicated().to_numpy(), "repetitions of a family's member")
        _, allocated = self._allocated
        in_fs, parts = _by_team(allocated, self._settings.family_safeguarding_teams)
        came = _first(parts["person_id"][in_fs], parts["start_date"][in_fs])
        referred = _first(self._episodes["cine_person_id"], _dates(as_days(self._episodes["cine_referral_date"])))
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
        return rows.landed(
            "family_members",
            {
                "family_id": family,
                "person_id": person,
                "role": np.where(unknown | young, "child", "adult"),
                "relationship_type": None,
            },
        )


def _dates(day: Dates) -> pd.Series:
    return pd.Series(day.astype("datetime64[s]"))


def _first(person: pd.Series, day: pd.Series) -> pd.Series:
    """Each person's first day."""
    return day.groupby(person.to_numpy()).min()


def _earliest(family: pd.Series, day: pd.Series) -> pd.Series:
    """The earliest day of each row's family."""
    dated = pd.to_datetime(day)
    return dated.groupby(family.to_numpy(), dropna=False).transform("min")


def _by_team(allocated: pd.DataFrame, teams: Mapping[str, Team]) -> tuple[Flags, pd.DataFrame]:
    """Allocations cut where their team becomes one of a kind or ceases to be it, and which parts are of that kind.

    The first part keeps the id; later ones have `/2`, `/3` behind it.
    """
    first, last = _EVER + np.zeros(len(allocated), dtype="timedelta64[D]"), np.full(len(allocated), _EVER)
    of_kind = np.zeros(len(allocated), dtype=np.bool_)
    for name, when in teams.items():
        here = one_of(allocated["team"], [name]) | one_of(allocated["team_id"], [name])
        of_kind |= here
        since, until = (when, None) if not isinstance(when, tuple) else when
        first[here] = _EVER if since == "always" else np.datetime64(since)
        last[here] = _FOREVER if until is None else np.datetime64(until)
    after = last + np.timedelta64(1, "D")
    start = allocated["start_date"].to_numpy().astype("datetime64[D]")
    end = allocated["end_date"].to_numpy().astype("datetime64[D]")
    still = np.isnat(end)
    before = of_kind & (start < first)
    inside = of_kind & (start <= last) & ((start >= first) | still | (end > first))
    beyond = of_kind & ((start > last) | ((still & (last < _FOREVER)) | (end > after)))
    inside |= of_kind & np.isnat(start)
    pieces = [
        (~of_kind, start, end, False),
        (before, start, np.fmin(end, np.where(before, first, end)), False),
        (inside, np.maximum(start, first), np.where(beyond, np.fmin(end, after), end), True),
        (beyond, np.maximum(start, after), end, False),
    ]
    cut = [
        allocated[where].assign(start_date=_dates(begin[where]).to_numpy(), end_date=_dates(over[where]).to_numpy())
        for where, begin, over, _ in pieces
    ]
    kind = np.concatenate([np.full(int(where.sum()), flag) for where, _, _, flag in pieces])
    parts = pd.concat(cut)
    number = parts.groupby(parts.index).cumcount().to_numpy() + 1
    suffix = np.where(number > 1, "/" + number.astype(str).astype(object), "")
    parts["allocation_id"] = parts["allocation_id"] + suffix
    return kind, parts.reset_index(drop=True)


def _chained(person: pd.Series, start: Dates, ceased: Dates, follows_on: Flags, chosen: Flags) -> pd.Series:
    """Of the chosen episodes the period that each belongs to: whose it is and its first day; blank for the others."""
    rows = np.flatnonzero(chosen)
    reason = np.where(follows_on[rows], CONTINUES, "").astype(object)
    nothing = np.full(len(rows), "", dtype=object)
    who = person.iloc[rows]
    episodes = Episodes(who.to_numpy(dtype=object), start[rows], ceased[rows], nothing, reason, nothing != "")
    periods = periods_of_care(episodes)
    names = np.array(row_ids(who.iloc[periods.first], start[rows][periods.first]), dtype=object)
    found = pd.Series(None, index=person.index, dtype="str")
    found.iloc[rows] = names[periods.of_episode]
    return found


def _periods(episodes: pd.DataFrame) -> pd.DataFrame:
    """A row a period: its first day, its last unless care goes on, and its first episode's key."""
    ordered = episodes.sort_values(["person_id", "period", "begins", "ceased", "key"], kind="stable")
    grouped = ordered.groupby(["person_id", "period"], sort=True)
    periods = grouped.agg(
        start_date=("start", "min"),
        ceased=("ceased", "max"),
        unended=("ceased", lambda ceased: bool(ceased.isna().any())),
        goes_on=("goes_on", "last"),
        respite=("respite", "all"),
        key=("key", "first"),
    ).reset_index()
    is_open = periods["unended"].astype(bool) | periods["goes_on"].astype(bool)
    shared = periods["period"].duplicated(keep=False)
    return periods.assign(
        end_date=periods["ceased"].mask(is_open),
        care_period_id=periods["period"].where(~shared, periods["period"] + "/" + periods["person_id"]),
    )
