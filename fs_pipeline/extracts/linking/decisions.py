"""Which of the scored pairs are links, which a clerk must look at, and which are nothing. Scores nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.settings.linking import LinkSettings

ALIKE, WEAK, TAKEN, UNSURE = "two_alike", "weak", "taken", "unsure"
REASONS = {
    ALIKE: "Another person of ours is nearly as likely.",
    WEAK: "Forename or date of birth differ (twins? parent and child?), or are missing.",
    TAKEN: "Another client of the partner fits this person better.",
    UNSURE: "Alike, but not enough to be certain.",
}
"""Why a clerk is asked, in the workbook's words."""

_NOT_WORTH_ASKING = 10.0
"""A clerk is not asked about people so many bits behind the best one: the other twin, when a twin is in doubt."""


@dataclass(frozen=True, eq=False)
class Decisions:
    """What the pairs came to.

    Attributes:
        links: partner_person, person_id, probability, is_reviewed: at most one person a partner's person.
        doubtful: partner_person, person_id, probability, reason: for a clerk, the best first.
    """

    links: pd.DataFrame
    doubtful: pd.DataFrame


def decide(
    pairs: pd.DataFrame, yes: pd.DataFrame, no: pd.DataFrame, settings: LinkSettings, owned: set[str]
) -> Decisions:
    """The links and the doubtful pairs.

    A clerk's yes links, whatever the score; a clerk's no takes the pair away. Of the rest the best person of a
    partner's person links when it is certain, not weak, far enough ahead of the second best, and its person
    is not already linked to another client of the partner (or, without client numbers, to somebody of another
    forename: a twin, perhaps); else what is likely enough is doubtful.

    Args:
        pairs: as `score` gives them, the best first.
        yes: pairs that a clerk linked: partner_person, person_id.
        no: pairs that a clerk parted: partner_person, person_id.
        settings: the thresholds.
        owned: the partner's people that it has a client number for: these are different people.
    """
    parted = pd.MultiIndex.from_frame(no[["partner_person", "person_id"]])
    asked = pairs[~pd.MultiIndex.from_frame(pairs[["partner_person", "person_id"]]).isin(parted)]
    asked = asked[~asked["partner_person"].isin(yes["partner_person"])]
    likely = asked[asked["probability"] >= settings.doubtful].reset_index(drop=True)

    later = asked[asked["partner_person"].duplicated()]
    second = later.drop_duplicates("partner_person").set_index("partner_person")["weight"]
    best = ~likely["partner_person"].duplicated()
    ahead = likely["weight"] - likely["partner_person"].map(second).astype("float64").fillna(-np.inf)
    reason = np.select(
        [likely["probability"] < settings.certain, likely["is_weak"], ~best | (ahead < settings.margin)],
        [UNSURE, WEAK, ALIKE],
        default="",
    )
    if settings.one_to_one:
        reason[(reason == "") & _taken(likely, reason, yes, owned)] = TAKEN
    certain = reason == ""
    links = pd.concat(
        [
            yes[["partner_person", "person_id"]].assign(probability=1.0, is_reviewed=True),
            likely.loc[certain, ["partner_person", "person_id", "probability"]].assign(is_reviewed=False),
        ],
        ignore_index=True,
    )
    behind = likely.groupby("partner_person")["weight"].transform("max") - likely["weight"]
    asks = ~certain & ~likely["partner_person"].isin(links["partner_person"]) & (behind <= _NOT_WORTH_ASKING)
    open_pairs = likely.assign(reason=reason)[asks]
    columns = ["partner_person", "person_id", "probability", "reason"]
    return Decisions(links, open_pairs[columns].reset_index(drop=True))


def _taken(likely: pd.DataFrame, reason: np.ndarray, yes: pd.DataFrame, owned: set[str]) -> np.ndarray:
    """Pairs that would link, but whose person a better pair of the partner's has."""
    linking = likely[reason == ""]
    later = linking["person_id"].duplicated() | linking["person_id"].isin(yes["person_id"])
    later &= linking["partner_person"].isin(owned) | ~linking["is_namesake"]
    is_beaten = np.zeros(len(likely), dtype=np.bool_)
    is_beaten[later[later].index] = True
    return is_beaten
