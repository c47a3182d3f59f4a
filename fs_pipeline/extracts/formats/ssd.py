"""Reads the Standard Safeguarding Dataset (SSD) of a council's case management system: six extracts from its tables.

The SSD knows no family roles, no kinds of team, and hardly any adults. Which teams are Family Safeguarding or
Children With Disabilities teams is said in the settings, dated. Who is a child of a family is told by age: under 18
on the day on which the first of the family came into Family Safeguarding, or, in other families, on the first day of
their first referral. Rows are known by their keys, as tables have no row numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import CONTINUES, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags, days
from fs_pipeline.arithmetic.quarters import completed_years
from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    MissingError,
)
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import columns_of, row_ids
from fs_pipeline.extracts.formats.ssd_tables import (
    SsdSettings,
    SsdTables,
    Team,
    as_days,
    date_column,
    in_our_codes,
    of_somebody,
    one_of,
    with_dates,
    with_stretches,
)
from fs_pipeline.toolkit.extracts import ALLOCATIONS, CARE_PERIODS, CP_PLANS, FAMILY_MEMBERS, PEOPLE, REFERRALS

SSD_GIVES = ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")
_ADULT = 18
NO_WORKER = "not recorded"
"""Stands for the worker of an allocation that names none: without it the child would not be seen to be in FS."""
_EVER, _FOREVER = np.datetime64("1900-01-01"), np.datetime64("2100-12-31")


def read_ssd(database: OpenDatabase, settings: SsdSettings, wanted: Collection[str]) -> FormatExtracts:
    """The extracts that are wanted, of those that the SSD gives; where a table is missing, those that need no such.

    Raises:
        SourceError: the database refuses.
    """
    reading = _Reading(SsdTables(database, settings), settings)
    return {extract: _made(getattr(reading, extract)) for extract in SSD_GIVES if extract in wanted}


def _made(make: Callable[[], FormatExtract]) -> FormatExtract | MissingError:
    try:
        return make()
    except MissingError as missing:
        return missing


class _Reading:
    """One reading of the SSD: a method for each extract of SSD_GIVES. What several of them need is made once."""

    def __init__(self, tables: SsdTables, settings: SsdSettings) -> None:
        self._tables = tables
        self._settings = settings

    @cached_property
    def _allocated(self) -> tuple[ExtractNotes, pd.DataFrame]:
        return _allocated_children(self._tables, self._settings)

    def people(self) -> FormatExtract:
        """Everyone; open to Children With Disabilities while allocated to one of their teams."""
        notes = ExtractNotes("ssd", "people")
        everyone = self._tables.read("ssd_person")
        rows = everyone.assign(sex=everyone["sex"].fillna(everyone["gender"]), open_to_cwd=False)
        rows = with_dates(rows, "ssd_person", ["date_of_birth"], notes)
        sex = in_our_codes(rows, PEOPLE, "sex", self._settings, notes)
        notes.judge(rows, no_sex=sex.isna().to_numpy() & rows["date_of_birth"].notna().to_numpy())
        _, allocated = self._allocated
        in_cwd, parts = _by_team(allocated, self._settings.cwd_teams)
        spells = parts[in_cwd][["person_id", "start_date", "end_date"]]
        return notes.extract(PEOPLE, rows.assign(sex=sex.fillna("U")), {"open_to_cwd": spells})

    def referrals(self) -> FormatExtract:
        """Every episode of need."""
        notes = ExtractNotes("ssd", "referrals")
        rows = with_dates(self._tables.read("ssd_cin_episodes"), "ssd_cin_episodes", ["start_date", "end_date"], notes)
        need = in_our_codes(rows, REFERRALS, "category_of_need", self._settings, notes)
        return notes.extract(REFERRALS, rows.assign(category_of_need=need))

    def allocations(self) -> FormatExtract:
        """Case workers' involvements; cut in two where a team becomes, or ceases to be, a Family Safeguarding team."""
        notes, allocated = self._allocated
        in_fs, parts = _by_team(allocated, self._settings.family_safeguarding_teams)
        return notes.extract(ALLOCATIONS, parts.assign(family_safeguarding=in_fs))

    def cp_plans(self) -> FormatExtract:
        """Child protection plans of this authority; the latest category of abuse, else the first."""
        notes, rows = ExtractNotes("ssd", "cp_plans"), self._tables.read("ssd_cp_plans")
        others = one_of(rows["other_authority"], ("Y", "1", "true"))
        rows = notes.leave_aside(rows, others, "plans of other authorities")
        rows = with_dates(rows, "ssd_cp_plans", ["start_date", "end_date"], notes)
        rows["category"] = rows["category"].fillna(rows["initial"])
        category = in_our_codes(rows, CP_PLANS, "category", self._settings, notes)
        return notes.extract(CP_PLANS, rows.assign(category=category))

    def care_periods(self) -> FormatExtract:
        """Periods of care, made of the episodes."""
        return _care_periods(self._tables, self._settings)

    def family_members(self) -> FormatExtract:
        """Who belongs to which family, each pair once; child or adult by age."""
        read = self._tables.read("ssd_family")
        notes, pair = ExtractNotes("ssd", "family_members"), ["family_id", "person_id"]
        rows = of_somebody(read.sort_values("member_id", kind="stable", ignore_index=True), notes)
        rows = notes.leave_aside(rows, rows[pair].isna().any(axis=1).to_numpy(), "rows without a family or a person")
        rows = notes.leave_aside(rows, rows.duplicated(pair).to_numpy(), "repetitions of a family's member")
        _, allocated = self._allocated
        in_fs, parts = _by_team(allocated, self._settings.family_safeguarding_teams)
        came = _first(parts["person_id"][in_fs], parts["start_date"][in_fs])
        episodes = self._tables.read("ssd_cin_episodes")
        referred = _first(episodes["person_id"], date_column(as_days(episodes["start_date"])))
        family, person = (rows[name] for name in pair)
        rows["judged_on"] = _earliest(family, person.map(came)).fillna(_earliest(family, person.map(referred)))
        without = rows["judged_on"].isna().to_numpy()
        rows = notes.leave_aside(rows, without, "members of families without a referral")
        people = self._tables.read("ssd_person").drop_duplicates("person_id").set_index("person_id")
        born = as_days(rows["person_id"].map(people["date_of_birth"].fillna(people["expected"])))
        then = days(rows["judged_on"])
        young = np.isnat(born) | (born > then) | (completed_years(born, then) < _ADULT)
        rows = rows.assign(role=np.where(young, "child", "adult"), relationship_type=None)
        unknown = np.isnat(born) & ~rows["person_id"].isin(came.index).to_numpy(dtype=np.bool_)
        return notes.extract(FAMILY_MEMBERS, notes.judge(rows, no_birth_date=unknown))


def _first(person: pd.Series, day: pd.Series) -> pd.Series:
    """Each person's first day."""
    return day.groupby(person.to_numpy()).min()


def _earliest(family: pd.Series, day: pd.Series) -> pd.Series:
    """The earliest day of each row's family."""
    dated = pd.to_datetime(day)
    return dated.groupby(family.to_numpy(), dropna=False).transform("min")


def _allocated_children(tables: SsdTables, settings: SsdSettings) -> tuple[ExtractNotes, pd.DataFrame]:
    """What is said of involvements; and those of case workers with children, each with its referral."""
    notes, rows = ExtractNotes("ssd", "allocations"), tables.read("ssd_involvements")
    others = rows["role"][~one_of(rows["role"], settings.case_worker_roles)].fillna("blank")
    for name, count in others.value_counts().items():
        notes.count(f"involvements in the role {name}", int(count))
    rows = rows.drop(others.index).reset_index(drop=True)
    rows = with_dates(rows, "ssd_involvements", ["start_date", "end_date"], notes)
    episodes = tables.read("ssd_cin_episodes")
    referred = _referral_open_on(episodes, rows["person_id"], days(rows["start_date"]))
    rows["referral_id"] = rows["referral_id"].fillna(referred)
    rows = notes.judge(rows, no_referral=rows["referral_id"].isna().to_numpy())
    of_referral = episodes.drop_duplicates("referral_id").set_index("referral_id")["person_id"]
    notes.judge(rows, no_worker=(rows["worker_id"].isna().to_numpy(), NO_WORKER))
    return notes, rows.assign(
        person_id=rows["person_id"].fillna(rows["referral_id"].map(of_referral)),
        worker_id=rows["worker_id"].fillna(NO_WORKER),
        team=_team_names(tables, rows["team_id"]),
    )


def _referral_open_on(episodes: pd.DataFrame, person: pd.Series, day: Dates) -> pd.Series:
    """The referral of each person that is open on the day; blank where there is none, or more than one."""
    rows, both, begun, closed = with_stretches(person, episodes, "start_date", "end_date")
    is_open = (begun <= day[rows]) & (np.isnat(closed) | (closed >= day[rows]))
    one = both[is_open].drop_duplicates("position", keep=False)
    return one.set_index("position")["referral_id"].reindex(range(len(person)))


def _team_names(tables: SsdTables, team: pd.Series) -> pd.Series:
    """Each team's name where the table of departments knows its id, else what is given."""
    if not tables.has("ssd_department"):
        return team
    known = tables.read("ssd_department")[["team_id", "team"]].dropna()
    names = known.drop_duplicates("team_id").set_index("team_id")["team"]
    return team.map(names).fillna(team).astype("str")


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
        allocated[where].assign(
            start_date=begin[where].astype("datetime64[s]"), end_date=over[where].astype("datetime64[s]")
        )
        for where, begin, over, _ in pieces
    ]
    kind = np.concatenate([np.full(int(where.sum()), flag) for where, _, _, flag in pieces])
    parts = pd.concat(cut)
    number = parts.groupby(parts.index).cumcount().to_numpy() + 1
    suffix = np.where(number > 1, "/" + number.astype(str).astype(object), "")
    parts["allocation_id"] = parts["allocation_id"] + suffix
    return kind, parts.reset_index(drop=True)


def _care_periods(tables: SsdTables, settings: SsdSettings) -> FormatExtract:
    """Periods of care: the episodes of one `clae_cla_id`. Open while an episode is, or when the last says X1.

    Episodes without it are chained: those that begin on the day on which another ceased, while care goes on.
    """
    notes = ExtractNotes("ssd", "care_periods")
    rows = with_dates(tables.read("ssd_cla_episodes"), "ssd_cla_episodes", ["start_date", "end_date", "entered"], notes)
    for name in ("person_id", "start_date"):
        of_ssd = columns_of("ssd", "ssd_cla_episodes")[name]
        rows = notes.judge(rows, blank=(rows[name].isna().to_numpy(), of_ssd))
    start, ceased, entered = (days(rows[name]) for name in ("start_date", "end_date", "entered"))
    unnamed = rows["period"].isna().to_numpy()
    notes.judge(rows, no_period=unnamed)
    follows_on = one_of(rows["reason"], settings.care_continues)
    chained = _chained(rows["person_id"], start, ceased, follows_on, unnamed)
    episodes = rows.assign(
        period=rows["period"].where(~unnamed, chained),
        start=date_column(np.fmin(start, entered)),
        goes_on=np.isnat(ceased) | (follows_on & ~unnamed),
        respite=_respite(tables, settings, rows["person_id"], start),
    )
    periods = _periods(episodes)
    periods["uasc"] = _asylum_seeking(tables, settings, periods)
    periods = notes.leave_aside(periods, periods["respite"].to_numpy(dtype=np.bool_), "periods of respite care alone")
    return notes.extract(CARE_PERIODS, periods)


def _respite(tables: SsdTables, settings: SsdSettings, person: pd.Series, day: Dates) -> Flags:
    """Whose legal status on the day is one of short breaks; nobody's where there is no such table."""
    if not tables.has("ssd_legal_status"):
        return np.zeros(len(person), dtype=np.bool_)
    status = tables.read("ssd_legal_status")
    status = status[one_of(status["status"].str.slice(0, 2), settings.respite_legal_statuses)]
    rows, _, begun, over = with_stretches(person, status, "since", "until")
    is_on = (begun <= day[rows]) & (np.isnat(over) | (over > day[rows]))
    return np.isin(np.arange(len(person)), rows[is_on])


def _asylum_seeking(tables: SsdTables, settings: SsdSettings, periods: pd.DataFrame) -> Flags:
    """Which periods of care a spell as unaccompanied asylum-seeking child touches; a blank end is still so."""
    if not tables.has("ssd_immigration_status"):
        return np.zeros(len(periods), dtype=np.bool_)
    status = tables.read("ssd_immigration_status")
    status = status[one_of(status["status"], settings.uasc_statuses)]
    rows, _, since, until = with_stretches(periods["person_id"], status, "since", "until")
    start, end = (days(periods[name])[rows] for name in ("start_date", "end_date"))
    overlap = (np.isnat(until) | (until >= start)) & (np.isnat(end) | np.isnat(since) | (since <= end))
    return np.isin(np.arange(len(periods)), rows[overlap])


def _chained(person: pd.Series, start: Dates, ceased: Dates, follows_on: Flags, chosen: Flags) -> pd.Series:
    """Of the chosen episodes the period that each belongs to: whose it is and its first day; blank for the others."""
    rows = np.flatnonzero(chosen)
    reason = np.where(follows_on[rows], CONTINUES, "").astype(object)
    nothing = np.full(len(rows), "", dtype=object)
    who = person.iloc[rows]
    episodes = Episodes(who.to_numpy(dtype=object), start[rows], ceased[rows], nothing, reason, nothing != "")
    periods = periods_of_care(episodes)
    names = np.array(row_ids(who.iloc[periods.first], start[rows][periods.first]), dtype=object)
    period = pd.Series(None, index=person.index, dtype="str")
    period.iloc[rows] = names[periods.of_episode]
    return period


def _periods(episodes: pd.DataFrame) -> pd.DataFrame:
    """A row a period: its first day, its last unless care goes on, and its first episode's place."""
    ordered = episodes.sort_values(["person_id", "period", "start_date", "end_date", SOURCE_ROW], kind="stable")
    grouped = ordered.groupby(["person_id", "period"], sort=True)
    periods = grouped.agg(
        start_date=("start", "min"),
        ceased=("end_date", "max"),
        unended=("end_date", lambda ceased: bool(ceased.isna().any())),
        goes_on=("goes_on", "last"),
        respite=("respite", "all"),
        **{place: (place, "first") for place in (SOURCE_FILE, SOURCE_ROW)},
    ).reset_index()
    is_open = periods["unended"].astype(bool) | periods["goes_on"].astype(bool)
    shared = periods["period"].duplicated(keep=False)
    return periods.assign(
        end_date=periods["ceased"].mask(is_open),
        care_period_id=periods["period"].where(~shared, periods["period"] + "/" + periods["person_id"]),
    )
