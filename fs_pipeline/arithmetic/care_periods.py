"""Periods of care made of episodes: which episodes follow on, where a period starts and ends, what of it is respite.

An episode is a stretch with one legal status and one placement (SSDA903); a period of care is what a child or an
analyst calls "being looked after", however often the placement changed. Short breaks (legal statuses V3 and V4) are
chained like any other episode and judged afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Dates, Flags, Positions

Texts: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.object_]]"

STARTED = "S"
"""The reason for new episode of someone who starts to be looked after (RNE)."""
CONTINUES = "X1"
"""The reason episode ceased when care goes on in another episode (REC)."""
RESPITE = ("V3", "V4")
"""The legal statuses of a series of short breaks (LS)."""
_FOREVER = np.datetime64("9999-12-31")


@dataclass(frozen=True)
class Episodes:
    """Episodes of care in any order; one at most of a child and a first day.

    Attributes:
        child: whose it is: any text or number.
        start: DECOM.
        end: DEC; NaT while it lasts.
        began: RNE; "" when blank.
        ceased: REC; "" when blank. It counts only beside an end: DEC is trusted, not REC.
        respite: it is a short break (LS V3 or V4).
    """

    child: Texts | Positions
    start: Dates
    end: Dates
    began: Texts
    ceased: Texts
    respite: Flags

    def in_turn(self) -> tuple[Positions, Flags]:
        """The episodes' positions by child and start, and which of these have an earlier one of the same child."""
        child = pd.factorize(self.child, sort=True)[0]
        order = np.lexsort((self.start, child))
        same = np.append(False, child[order][1:] == child[order][:-1])[: len(order)]
        return order, same


@dataclass(frozen=True)
class CarePeriods:
    """Periods of care by child and start; positions are those of the episodes.

    Attributes:
        of_episode: each episode's period.
        first: each period's first episode.
        start: the first day of care; of a period that begins with respite, the day after it when care goes on.
        end: the day on which care ended; NaT while it lasts. Respite at the end does not count as care.
        wholly_respite: all its episodes are respite: no period of care at all.
        left_censored: the first known episode does not say that care started: it may have begun earlier.
        respite_days: days of respite between two other episodes, which start and end do not show.
    """

    of_episode: Positions
    first: Positions
    start: Dates
    end: Dates
    wholly_respite: Flags
    left_censored: Flags
    respite_days: Positions

    def __len__(self) -> int:
        return len(self.first)


def latest_versions(child: Texts | Positions, start: Dates, end: Dates, year: Positions) -> Positions:
    """For each row, the position of the row that stands for its child and start: that of the latest year.

    Of several in that year the one that lasts longest (an open one lasts for ever), then the later row.
    """
    codes = pd.factorize(child)[0]
    lasts = np.where(np.isnat(end), _FOREVER, end)
    order = np.lexsort((np.arange(len(codes)), lasts, year, start, codes))
    if not len(order):
        return order
    last = np.append((codes[order][1:] != codes[order][:-1]) | (start[order][1:] != start[order][:-1]), True)
    group = np.append(0, np.cumsum(last)[:-1])
    winners = np.empty(len(order), dtype=np.int64)
    winners[order] = order[last][group]
    return winners


def periods_of_care(episodes: Episodes) -> CarePeriods:
    """The periods that the episodes make.

    An episode goes on where the one before it left off when it starts on the day on which that one ended, and that
    one ceased because another follows (X1); otherwise it starts a period, whatever its own reason says. A period
    ends when its last episode does; it is open when that has no end. Then respite is judged: periods of nothing else
    are marked, and respite at either end of the others is cut off.
    """
    order, same = episodes.in_turn()
    start, end = episodes.start[order], episodes.end[order]
    respite = episodes.respite[order]
    follows = same.copy()
    follows[1:] &= (start[1:] == end[:-1]) & (episodes.ceased[order][:-1] == CONTINUES)
    number = np.cumsum(~follows) - 1
    firsts = np.flatnonzero(~follows)
    periods = len(firsts)

    of_episode = np.empty(len(order), dtype=np.int64)
    of_episode[order] = number
    care = np.flatnonzero(~respite)
    first_care, last_care = firsts.copy(), np.append(firsts[1:], len(order))[:periods] - 1
    wholly = np.bincount(number[care], minlength=periods) == 0
    first_care[number[care][::-1]] = care[::-1]  # last write wins: the first of each period
    last_care[number[care]] = care
    position = np.arange(len(order), dtype=np.int64)
    within = respite & ~wholly[number] & (position > first_care[number]) & (position < last_care[number])
    days = np.where(within, (end - start).astype(np.int64), 0)
    return CarePeriods(
        of_episode=of_episode,
        first=order[firsts],
        start=start[first_care],
        end=end[last_care],
        wholly_respite=wholly,
        left_censored=episodes.began[order][firsts] != STARTED,
        respite_days=np.bincount(number, days, minlength=periods).astype(np.int64),
    )
