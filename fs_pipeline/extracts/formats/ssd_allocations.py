"""Allocations from the SSD's involvements: of which case workers, of which referral, and when of which kind of team."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, days
from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings, SsdTables, Team, as_days, one_of, with_dates

NO_WORKER = "not recorded"
"""Stands for the worker of an allocation that names none: without it the child would not be seen to be in FS."""
_EVER, _FOREVER = np.datetime64("1900-01-01"), np.datetime64("2100-12-31")


def allocated_children(
    tables: SsdTables, settings: SsdSettings, episodes: pd.DataFrame
) -> tuple[ExtractNotes, pd.DataFrame]:
    """What is said of involvements; and those of case workers with children, each with its referral."""
    needed = ("invo_involvements_id", "invo_professional_team", "invo_involvement_start_date")
    optional = (
        *("invo_involvement_end_date", "invo_person_id", "invo_referral_id", "invo_professional_id"),
        "invo_professional_role_id",
    )
    notes = ExtractNotes()
    rows = tables.read("ssd_involvements", needed, optional, "invo_involvement_start_date")
    role = rows["invo_professional_role_id"]
    others = role[~one_of(role, settings.case_worker_roles)].fillna("blank")
    for name, count in others.value_counts().items():
        notes.count(f"involvements in the role {name}", int(count))
    rows = rows.drop(others.index).reset_index(drop=True)
    rows = with_dates(rows, ["invo_involvement_start_date", "invo_involvement_end_date"], notes)
    start = days(rows["invo_involvement_start_date"])
    referred = _referral_open_on(episodes, rows["invo_person_id"], start)
    rows["referral_id"] = rows["invo_referral_id"].fillna(referred)
    reason = "invo_referral_id is blank, and not one referral of the child alone is open on the start date"
    without = rows["referral_id"].isna().to_numpy()
    rows = notes.reject(rows, (without, "invo_referral_id", "no_referral", reason))
    of_referral = episodes.drop_duplicates("cine_referral_id").set_index("cine_referral_id")["cine_person_id"]
    nobody = rows["invo_professional_id"].isna().to_numpy()
    notes.find(rows, nobody, "invo_professional_id", "no_worker", f"no worker: shown as {NO_WORKER}")
    allocated = pd.DataFrame(
        {
            "allocation_id": rows["invo_involvements_id"],
            "person_id": rows["invo_person_id"].fillna(rows["referral_id"].map(of_referral)),
            "referral_id": rows["referral_id"],
            "worker_id": rows["invo_professional_id"].fillna(NO_WORKER),
            "team_id": rows["invo_professional_team"],
            "team": _team_names(tables, rows["invo_professional_team"]),
            "start_date": rows["invo_involvement_start_date"],
            "end_date": rows["invo_involvement_end_date"],
            **{place: rows[place] for place in (SOURCE_FILE, SOURCE_ROW)},
        }
    )
    return notes, allocated


def _referral_open_on(episodes: pd.DataFrame, person: pd.Series, day: Dates) -> pd.Series:
    """The referral of each person that is open on the day; blank where there is none, or more than one."""
    asked = pd.DataFrame({"cine_person_id": person, "day": day.astype("datetime64[s]"), "row": range(len(person))})
    both = asked.dropna().merge(episodes, on="cine_person_id")
    begun, closed = as_days(both["cine_referral_date"]), as_days(both["cine_close_date"])
    on = both["day"].to_numpy().astype("datetime64[D]")
    one = both[(begun <= on) & (np.isnat(closed) | (closed >= on))].drop_duplicates("row", keep=False)
    return one.set_index("row")["cine_referral_id"].reindex(range(len(person)))


def _team_names(tables: SsdTables, team: pd.Series) -> pd.Series:
    """Each team's name where the table of departments knows its id, else what is given."""
    if not tables.has("ssd_department"):
        return team
    known = tables.read("ssd_department", ("dept_team_id", "dept_team_name")).dropna()
    names = known.drop_duplicates("dept_team_id").set_index("dept_team_id")["dept_team_name"]
    return team.map(names).fillna(team).astype("str")


def by_team(allocated: pd.DataFrame, teams: Mapping[str, Team]) -> tuple[Flags, pd.DataFrame]:
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
