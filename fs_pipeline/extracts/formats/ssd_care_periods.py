"""Periods of care from the SSD's episodes: which belong together, which are respite, which those of asylum seekers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import CONTINUES, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags, days
from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, FormatExtract
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import row_ids
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings, SsdTables, as_days, date_column, one_of, with_dates
from fs_pipeline.toolkit.extracts import CARE_PERIODS


def care_periods(tables: SsdTables, settings: SsdSettings) -> FormatExtract:
    """Periods of care: the episodes of one `clae_cla_id`. Open while an episode is, or when the last says X1.

    Episodes without it are chained: those that begin on the day on which another ceased, while care goes on.
    """
    needed = ("clae_cla_episode_id", "clae_person_id", "clae_cla_episode_start_date")
    optional = ("clae_cla_episode_ceased_date", "clae_cla_episode_ceased_reason", "clae_cla_id")
    notes = ExtractNotes()
    dates = ["clae_cla_episode_start_date", "clae_cla_episode_ceased_date", "clae_entered_care_date"]
    rows = tables.read("ssd_cla_episodes", needed, (*optional, dates[2]), dates[0])
    rows = with_dates(rows, dates, notes)
    for name in ("clae_person_id", dates[0]):
        rows = notes.reject(rows, (rows[name].isna().to_numpy(), name, "blank", f"{name} must be filled"))
    start, ceased, entered = (days(rows[name]) for name in dates)
    unnamed = rows["clae_cla_id"].isna().to_numpy()
    words = "clae_cla_id is blank: the period of care is made of the episodes' dates and of why they ceased"
    notes.find(rows, unnamed, "clae_cla_id", "no_period", words)
    follows_on = one_of(rows["clae_cla_episode_ceased_reason"], settings.care_continues)
    chained = _chained(rows["clae_person_id"], start, ceased, follows_on, unnamed)
    episodes = pd.DataFrame(
        {
            "person_id": rows["clae_person_id"],
            "period": rows["clae_cla_id"].where(~unnamed, chained),
            "start": date_column(np.fmin(start, entered)),
            "begins": rows[dates[0]],
            "ceased": rows[dates[1]],
            "goes_on": np.isnat(ceased) | (follows_on & ~unnamed),
            "respite": _respite(tables, settings, rows["clae_person_id"], start),
            **{place: rows[place] for place in (SOURCE_FILE, SOURCE_ROW)},
        }
    )
    periods = _periods(episodes)
    periods["uasc"] = _asylum_seeking(tables, settings, periods)
    periods = notes.leave_aside(periods, periods["respite"].to_numpy(dtype=np.bool_), "periods of respite care alone")
    return notes.extract(CARE_PERIODS, {name: periods[name] for name in CARE_PERIODS.names}, periods)


def _respite(tables: SsdTables, settings: SsdSettings, person: pd.Series, day: Dates) -> Flags:
    """Whose legal status on the day is one of short breaks; nobody's where there is no such table."""
    here = np.zeros(len(person), dtype=np.bool_)
    if not tables.has("ssd_legal_status"):
        return here
    columns = ("lega_person_id", "lega_legal_status", "lega_legal_status_start_date", "lega_legal_status_end_date")
    status = tables.read("ssd_legal_status", columns)
    status = status[one_of(status["lega_legal_status"].str.slice(0, 2), settings.respite_legal_statuses)]
    asked = pd.DataFrame({"lega_person_id": person, "day": day.astype("datetime64[s]"), "row": range(len(person))})
    both = asked.dropna().merge(status, on="lega_person_id")
    begun, over = as_days(both[columns[2]]), as_days(both[columns[3]])
    on = both["day"].to_numpy().astype("datetime64[D]")
    here[both["row"].to_numpy()[(begun <= on) & (np.isnat(over) | (over > on))]] = True
    return here


def _asylum_seeking(tables: SsdTables, settings: SsdSettings, periods: pd.DataFrame) -> Flags:
    """Which periods of care a spell as unaccompanied asylum-seeking child touches; a blank end is still so."""
    touched = np.zeros(len(periods), dtype=np.bool_)
    if not tables.has("ssd_immigration_status"):
        return touched
    needed = ("immi_person_id", "immi_immigration_status")
    optional = ("immi_immigration_status_start_date", "immi_immigration_status_end_date")
    status = tables.read("ssd_immigration_status", needed, optional)
    status = status[one_of(status["immi_immigration_status"], settings.uasc_statuses)]
    asked = periods[["person_id", "start_date", "end_date"]].assign(row=range(len(periods)))
    both = asked.merge(status, left_on="person_id", right_on="immi_person_id")
    since, until = as_days(both[optional[0]]), as_days(both[optional[1]])
    start, end = (both[name].to_numpy().astype("datetime64[D]") for name in ("start_date", "end_date"))
    overlap = (np.isnat(until) | (until >= start)) & (np.isnat(end) | np.isnat(since) | (since <= end))
    touched[both["row"].to_numpy()[overlap]] = True
    return touched


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
    ordered = episodes.sort_values(["person_id", "period", "begins", "ceased", SOURCE_ROW], kind="stable")
    grouped = ordered.groupby(["person_id", "period"], sort=True)
    periods = grouped.agg(
        start_date=("start", "min"),
        ceased=("ceased", "max"),
        unended=("ceased", lambda ceased: bool(ceased.isna().any())),
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
