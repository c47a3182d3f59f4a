"""Links a partner's rows to our people, decides which pairs a clerk must look at, and takes the names out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags
from fs_pipeline.extracts.cells.format_extracts import FormatExtract, LinkQuality
from fs_pipeline.extracts.linking.identities import (
    NO,
    PARTNER,
    PARTNER_NUMBER,
    REVIEW_COLUMNS,
    YES,
    clean,
)
from fs_pipeline.extracts.linking.scoring import score
from fs_pipeline.settings.sources import IDENTITY, LinkSettings
from fs_pipeline.toolkit.extracts import EXTRACTS

_ALIKE = "Another person of ours is nearly as likely."
_WEAK = "Forename or date of birth differ (twins? parent and child?), or are missing."
_TAKEN = "Another client of the partner fits this person better."
_UNSURE = "Alike, but not enough to be certain."
"""Why a clerk is asked, in the workbook's words."""
_NOT_WORTH_ASKING = 10.0
"""A clerk is not asked about people so many bits behind the best one: the other twin, when a twin is in doubt."""
NOT_LINKED = "rows of people who are none of ours, as far as names tell"
TOLD_AGAIN = "rows of somebody whom another row of the same key told of in another spelling"
WAITING = "rows of people who may be ours: a clerk must say"


@dataclass(frozen=True, eq=False)
class Links:
    """What linking came to.

    Attributes:
        person_id: our person_id for each of the partner's rows, on their index; blank where not linked.
        waiting: whether the row's person waits for a clerk, on the same index.
        doubtful: the pairs for the clerk, REVIEW_COLUMNS with a blank decision, the likeliest first. Holds names: for
            the review workbook alone.
        quality: counts and rates.
    """

    person_id: pd.Series
    waiting: pd.Series
    doubtful: pd.DataFrame
    quality: LinkQuality


def link(partner_rows: pd.DataFrame, identities: pd.DataFrame, reviewed: pd.DataFrame, settings: LinkSettings) -> Links:
    """Our person_id for each of the partner's rows.

    Rows with the same client number are one person, whatever their spelling; without a number, rows with the same
    names, birth date, postcode and sex. A row's own order or number of repeats changes nothing.

    Args:
        partner_rows: the columns IDENTITY (those that there are), and `person_id`: the partner's own client number,
            blank where it has none.
        identities: our people, as `read_identities` or `known_as` gives them.
        reviewed: a clerk's decisions.
        settings: the thresholds.

    Raises:
        SourceError: Splink is not installed, or fails. Says nothing of anybody.
    """
    rows = _with_people(partner_rows)
    ways = rows.drop_duplicates(["partner_person", *IDENTITY]).sort_values(["partner_person", *IDENTITY])
    ways = ways.reset_index(drop=True)
    readable = ways[ways[["forename", "surname", "date_of_birth"]].notna().any(axis=1)].reset_index(drop=True)
    yes, no, stale = _reviewed_pairs(reviewed, ways, identities)
    owned = set(ways.loc[ways[PARTNER_NUMBER].notna(), "partner_person"])
    links, open_pairs = _decide(score(readable, identities), yes, no, settings, owned)
    person_of = links.set_index("partner_person")["person_id"]
    person_id = rows["partner_person"].map(person_of).astype("str")
    waiting = rows["partner_person"].isin(open_pairs["partner_person"])
    complete = identities.dropna(subset=["forename", "surname", "date_of_birth"])["person_id"].nunique()
    automatic = links.loc[~links["is_reviewed"].astype("bool"), "probability"]
    people, linked = ways["partner_person"].nunique(), len(links)
    doubtful = open_pairs["partner_person"].nunique()
    quality = LinkQuality(
        people=people,
        linked=linked,
        by_review=linked - len(automatic),
        doubtful=doubtful,
        unlinked=people - linked - doubtful,
        unreadable=people - readable["partner_person"].nunique(),
        rows=len(rows),
        rows_linked=int(person_id.notna().sum()),
        expected_false=float((1 - automatic).sum()),
        stale_reviews=stale,
        our_people=identities["person_id"].nunique(),
        our_people_incomplete=identities["person_id"].nunique() - complete,
    )
    return Links(person_id, waiting, _for_the_clerk(open_pairs, ways, identities), quality)


def _decide(
    pairs: pd.DataFrame, yes: pd.DataFrame, no: pd.DataFrame, settings: LinkSettings, owned: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The links, and the doubtful pairs for a clerk, the best first, with the reason.

    A link has partner_person, person_id, probability and is_reviewed: at most one person for one of the partner's.
    A clerk's yes links, whatever the score; a clerk's no takes the pair away. Of the rest the best person of a
    partner's person links when it is certain, not weak, far enough ahead of the second best, and its person
    is not already linked to another client of the partner (or, without client numbers, to somebody of another
    forename: a twin, perhaps); else what is likely enough is doubtful.

    `yes` and `no` are the pairs that a clerk linked and parted; `owned` the partner's people that it has a client
    number for: these are different people.
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
        [_UNSURE, _WEAK, _ALIKE],
        default="",
    )
    if settings.one_to_one:
        reason[(reason == "") & _taken(likely, reason, yes, owned)] = _TAKEN
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
    return links, open_pairs[columns].reset_index(drop=True)


def _taken(likely: pd.DataFrame, reason: np.ndarray, yes: pd.DataFrame, owned: set[str]) -> np.ndarray:
    """Pairs that would link, but whose person a better pair of the partner's has."""
    linking = likely[reason == ""]
    later = linking["person_id"].duplicated() | linking["person_id"].isin(yes["person_id"])
    later &= linking["partner_person"].isin(owned) | ~linking["is_namesake"]
    is_beaten = np.zeros(len(likely), dtype=np.bool_)
    is_beaten[later[later].index] = True
    return is_beaten


def link_extracts(
    read: Mapping[str, FormatExtract], identities: pd.DataFrame, reviewed: pd.DataFrame, settings: LinkSettings
) -> tuple[Mapping[str, FormatExtract], Links]:
    """The partner's extracts with our person_id and without names; all its extracts are linked as one.

    Rows of people who are not linked are left aside, counted in `ignored`; so are rows that repeat a key once two
    spellings are known to be one person.

    Raises:
        SourceError: see `link`.
    """
    everything = pd.concat(
        [
            landed.rows.reindex(columns=["person_id", *IDENTITY]).assign(extract=name, place=landed.rows.index)
            for name, landed in read.items()
        ],
        ignore_index=True,
    )
    linked = link(everything, identities, reviewed, settings)
    without_names: dict[str, FormatExtract] = {}
    for name, landed in read.items():
        here = (everything["extract"] == name).to_numpy()
        ids, waiting = linked.person_id[here].to_numpy(), linked.waiting[here].to_numpy()
        rows = landed.rows.drop(columns=[column for column in IDENTITY if column in landed.rows])
        rows = rows.assign(person_id=pd.array(ids, dtype="str"))
        kept = rows["person_id"].notna().to_numpy()
        again = kept & rows.duplicated(list(EXTRACTS[name].key)).to_numpy()
        report = landed.report.leaving_aside(left_aside(kept, waiting, again))
        without_names[name] = replace(landed, rows=rows[kept & ~again].reset_index(drop=True), report=report)
    return without_names, linked


def left_aside(kept: Flags, waiting: Flags, again: Flags) -> dict[str, int]:
    """How many rows are left aside, in words."""
    aside = {
        WAITING: int(waiting.sum()),
        NOT_LINKED: int((~kept & ~waiting).sum()),
        TOLD_AGAIN: int(again.sum()),
    }
    return {words: count for words, count in aside.items() if count}


def _with_people(partner_rows: pd.DataFrame) -> pd.DataFrame:
    """The rows' identities in one spelling, with the partner's number, and one name for each of its people."""
    rows = clean(partner_rows)
    blank: pd.Series = pd.Series(None, index=rows.index, dtype="str")
    number = partner_rows["person_id"].astype("str").str.strip() if "person_id" in partner_rows else blank
    rows[PARTNER_NUMBER] = number.where(number != "", None).astype("str")
    return rows.assign(partner_person=_partner_person(rows))


def _partner_person(rows: pd.DataFrame) -> pd.Series:
    """One name for each person of the partner: its number, or all that is known of somebody without one."""
    known = rows[list(IDENTITY)].fillna("").agg("|".join, axis=1) if len(rows) else pd.Series(dtype="str")
    return ("number|" + rows[PARTNER_NUMBER]).fillna("known|" + known).astype("str")


def _reviewed_pairs(
    reviewed: pd.DataFrame, ways: pd.DataFrame, identities: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The decided pairs of people who are still there, yes and no; and how many decisions are about others."""
    pairs = reviewed.assign(partner_person=_partner_person(reviewed))
    present = pairs["partner_person"].isin(ways["partner_person"]) & pairs["person_id"].isin(identities["person_id"])
    there = pairs.loc[present, ["partner_person", "person_id", "decision"]].drop_duplicates()
    yes, no = (there.loc[there["decision"] == word, ["partner_person", "person_id"]] for word in (YES, NO))
    return yes.drop_duplicates("partner_person"), no, int((~present).sum())


def _for_the_clerk(doubtful: pd.DataFrame, ways: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """The doubtful pairs with what is known of both sides."""
    theirs = ways.drop_duplicates("partner_person").set_index("partner_person")[list(PARTNER)]
    ours = identities.drop_duplicates("person_id").set_index("person_id")[list(IDENTITY)].add_prefix("our_")
    shown = doubtful.join(theirs, on="partner_person").join(ours, on="person_id").assign(decision=None)
    return shown[list(REVIEW_COLUMNS)].reset_index(drop=True)
