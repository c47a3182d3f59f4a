"""Periods of care from the SSD's episodes: which belong together, which are respite, which those of asylum seekers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import CONTINUES, Episodes, periods_of_care
from fs_pipeline.arithmetic.columns import Dates, Flags, days
from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, FormatExtract
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.source_tables import columns_of, row_ids
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings, SsdTables, as_days, date_column, one_of, with_dates
from fs_pipeline.toolkit.extracts import CARE_PERIODS


def care_periods(tables: SsdTables, settings: SsdSettings) -> FormatExtract:
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
    here = np.zeros(len(person), dtype=np.bool_)
    if not tables.has("ssd_legal_status"):
        return here
    status = tables.read("ssd_legal_status")
    status = status[one_of(status["status"].str.slice(0, 2), settings.respite_legal_statuses)]
    asked = pd.DataFrame({"person_id": person, "day": day.astype("datetime64[s]"), "row": range(len(person))})
    both = asked.dropna().merge(status, on="person_id")
    begun, over = as_days(both["since"]), as_days(both["until"])
    on = both["day"].to_numpy().astype("datetime64[D]")
    here[both["row"].to_numpy()[(begun <= on) & (np.isnat(over) | (over > on))]] = True
    return here


def _asylum_seeking(tables: SsdTables, settings: SsdSettings, periods: pd.DataFrame) -> Flags:
    """Which periods of care a spell as unaccompanied asylum-seeking child touches; a blank end is still so."""
    touched = np.zeros(len(periods), dtype=np.bool_)
    if not tables.has("ssd_immigration_status"):
        return touched
    status = tables.read("ssd_immigration_status")
    status = status[one_of(status["status"], settings.uasc_statuses)]
    asked = periods[["person_id", "start_date", "end_date"]].assign(row=range(len(periods)))
    both = asked.merge(status, on="person_id")
    since, until = as_days(both["since"]), as_days(both["until"])
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
