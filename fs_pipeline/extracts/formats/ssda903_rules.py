"""What looks wrong in the episodes of SSDA903 returns, by the numbers of the return's own validation rules.

Findings stand at the row that has to be fixed, as far as one row can be told. Where two rows do not fit together the
message names the other one. Episodes are judged as they are used: over all years, the latest version of each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import CONTINUES, STARTED, Episodes
from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of

_REASONS_BEGAN = ("S", "L", "P", "T", "B", "U")
_LEGAL_STATUSES = ("C1", "C2", "D1", "E1", "V2", "V3", "V4", "L1", "L2", "L3", "J1", "J2", "J3")
_CARE_CEASED = ("E2", "E3", "E4A", "E4B", "E5", "E6", "E7", "E8", "E9", *(f"E{number}" for number in range(11, 18)))
_REASONS_CEASED = ("X1", *_CARE_CEASED, "E41", "E43", "E44", "E45", "E46", "E47", "E48")
_DEATH_OR_EIGHTEEN = ("E2", "E15")


def unreadable_codes(table: pd.DataFrame, notes: ExtractNotes) -> None:
    """Codes of reasons and legal status that are none: such an episode neither starts, nor goes on, nor is respite."""
    for column, rule, codes, words in (
        (
            "rne",
            "143",
            _REASONS_BEGAN,
            "RNE is none of S, L, P, T, B and U: the episode is not taken as the start of care",
        ),
        (
            "ls",
            "144",
            _LEGAL_STATUSES,
            "LS is no legal status of the return: the episode is not taken as a short break",
        ),
    ):
        notes.find(table, ~np.isin(table[column].to_numpy(dtype=object), codes), column.upper(), rule, words)
    ceased = table["rec"].to_numpy(dtype=object)
    words = "REC is no reason that the return knows: it is not taken as going on (X1)"
    notes.find(table, (ceased != "") & ~np.isin(ceased, _REASONS_CEASED), "REC", "149", words)


def episode_findings(table: pd.DataFrame, episodes: Episodes, years: Sequence[int], notes: ExtractNotes) -> None:
    """What looks wrong in single episodes, and in episodes of a child that follow each other."""
    _single(table, episodes, years, notes)
    order, same = episodes.in_turn()
    later = np.flatnonzero(same)
    _first_ones(table, episodes, order[~same], years, notes)
    _pairs(table, episodes, order[later - 1], order[later], notes)
    has_next = np.append(same[1:], False)[: len(order)]
    last = order[~has_next]
    going_on = last[~np.isnat(episodes.end[last]) & (episodes.ceased[last] == CONTINUES)]
    words = "REC says that care goes on (X1), but no episode follows: the period of care is taken as ended on this DEC"
    notes.find(table, going_on, "REC", "388", words)
    _left_open(table, episodes, years, notes)


def _single(table: pd.DataFrame, episodes: Episodes, years: Sequence[int], notes: ExtractNotes) -> None:
    ended, with_reason = ~np.isnat(episodes.end), episodes.ceased != ""
    words = "REC is filled and DEC is not: the episode is taken as not ended. Fill both, or neither"
    notes.find(table, with_reason & ~ended, "DEC", "148", words)
    words = "DEC is filled and REC is not: the episode is taken as ended, and care with it. Fill both, or neither"
    notes.find(table, ended & ~with_reason, "REC", "148", words)
    words = "DEC is the day of DECOM: an episode lasts at least a day"
    notes.find(table, episodes.end == episodes.start, "DEC", "355", words)
    if years[0] > 0:
        # a year may be told by its beginning or its end: only what is too late for both is told
        close = (table["year"].to_numpy() - 1970 + 1).astype("datetime64[Y]").astype("datetime64[M]") + 3
        words = "DECOM is after the end of the year that the return is for"
        notes.find(table, episodes.start >= close.astype("datetime64[D]"), "DECOM", "354", words)


def _first_ones(
    table: pd.DataFrame, episodes: Episodes, first: Positions, years: Sequence[int], notes: ExtractNotes
) -> None:
    """Children whose first known episode does not start their care."""
    first = first[episodes.began[first] != STARTED]
    before = np.datetime64(f"{max(years[0], 1)}-04-01", "D") if years[0] > 0 else np.datetime64("NaT")
    older = episodes.start[first] < before
    words = (
        "RNE is not S in the first episode of this child that the files hold, and it began before the first year of "
        "them: the period of care may have begun earlier. Add the earlier returns"
    )
    notes.find(table, first[older], "RNE", "357", words)
    words = "RNE is not S in the first episode of this child: an episode before it is missing, or RNE must be S"
    notes.find(table, first[~older], "RNE", "357", words)


def _pairs(table: pd.DataFrame, episodes: Episodes, before: Positions, after: Positions, notes: ExtractNotes) -> None:
    """Episodes of a child that follow each other and do not fit together."""
    ended = ~np.isnat(episodes.end[before])
    meets = episodes.start[after] == episodes.end[before]
    going_on = episodes.ceased[before] == CONTINUES
    stopped = (episodes.ceased[before] != "") & ~going_on
    starts = episodes.began[after] == STARTED

    def find(rows: Positions, others: Positions, where: Flags, column: str, rule: str, words: str) -> None:
        messages = [words.format(place) for place in places_of(table.iloc[others[where]])]
        notes.find(table, rows[where], column, rule, messages)

    overlaps = ended & (episodes.start[after] < episodes.end[before])
    broken = ended & going_on & ~meets
    final = stopped & np.isin(episodes.ceased[before], _DEATH_OR_EIGHTEEN)
    words = "DEC is blank, but another episode of this child begins later, in {}: its period of care is taken as open"
    find(before, after, ~ended, "DEC", "142", words)
    find(after, before, overlaps, "DECOM", "501", "DECOM is before the DEC of the episode before it, in {}")
    words = "REC is X1 (care goes on), but the next episode, in {}, does not begin on this DEC: care is taken as ended"
    find(before, after, broken, "REC", "388", words)
    words = "RNE is S (started to be looked after), but the episode before it, in {}, ended on the same day"
    find(after, before, starts & meets, "RNE", "431", words)
    words = "RNE is not S, but care had ended with the episode before it, in {}: a new period of care is begun"
    find(after, before, ended & ~starts & stopped, "RNE", "432", words)
    words = (
        "RNE says that care goes on, but DECOM is not the DEC of the episode before it, in {}: a new period is begun"
    )
    find(after, before, ~starts & ~meets, "DECOM", "433", words)
    words = "REC says that the child died or became 18, but another episode follows, in {}"
    find(before, after, final, "REC", "437", words)


def _left_open(table: pd.DataFrame, episodes: Episodes, years: Sequence[int], notes: ExtractNotes) -> None:
    """Episodes that an earlier year's return left open, and later ones do not have any more."""
    year = table["year"].to_numpy()
    stale = np.isnat(episodes.end) & (year < years[-1])
    latest = pd.Series(year).groupby(pd.Series(episodes.child)).transform("max").to_numpy()
    words = (
        "DEC is blank, and the child's episodes of a later year's return do not begin with this one: it is taken as "
        "still open. Fix DECOM there or here"
    )
    notes.find(table, stale & (latest > year), "DEC", "502", words)
    words = (
        "DEC is blank, and later years' returns do not have the child any more: the episode is taken as still open. "
        "Fill DEC if care has ended"
    )
    notes.find(table, stale & (latest == year), "DEC", "left_open", words)
