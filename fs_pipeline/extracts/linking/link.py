"""Links a partner's rows to our people, and takes the names out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from fs_pipeline.arithmetic.columns import Flags
from fs_pipeline.extracts.cells.format_extracts import FormatExtract
from fs_pipeline.extracts.cells.link_quality import LinkQuality
from fs_pipeline.extracts.linking.cleaning import clean
from fs_pipeline.extracts.linking.decisions import REASONS, Decisions, decide
from fs_pipeline.extracts.linking.review import NO, OURS, PARTNER, PARTNER_NUMBER, REVIEW_COLUMNS, YES, ClerkDecisions
from fs_pipeline.extracts.linking.scoring import score
from fs_pipeline.settings.linking import IDENTITY, LinkSettings
from fs_pipeline.toolkit.extracts import EXTRACTS

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


def link(
    partner_rows: pd.DataFrame, identities: pd.DataFrame, reviewed: ClerkDecisions, settings: LinkSettings
) -> Links:
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
    came_to = decide(score(readable, identities), yes, no, settings, owned)
    person_of = came_to.links.set_index("partner_person")["person_id"]
    person_id = rows["partner_person"].map(person_of).astype("str")
    waiting = rows["partner_person"].isin(came_to.doubtful["partner_person"])
    complete = identities.dropna(subset=["forename", "surname", "date_of_birth"])["person_id"].nunique()
    automatic = came_to.links.loc[~came_to.links["is_reviewed"].astype("bool"), "probability"]
    people, linked = ways["partner_person"].nunique(), len(came_to.links)
    doubtful = came_to.doubtful["partner_person"].nunique()
    quality = LinkQuality(
        people=people,
        linked=linked,
        reviewed=linked - len(automatic),
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
    return Links(person_id, waiting, _for_the_clerk(came_to, ways, identities), quality)


def link_extracts(
    read: Mapping[str, FormatExtract], identities: pd.DataFrame, reviewed: ClerkDecisions, settings: LinkSettings
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
        ignored = {**landed.ignored, **left_aside(kept, waiting, again)}
        without_names[name] = replace(landed, rows=rows[kept & ~again].reset_index(drop=True), ignored=ignored)
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
    reviewed: ClerkDecisions, ways: pd.DataFrame, identities: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The decided pairs of people who are still there, yes and no; and how many decisions are about others."""
    pairs = reviewed.pairs.assign(partner_person=_partner_person(reviewed.pairs))
    present = pairs["partner_person"].isin(ways["partner_person"]) & pairs["person_id"].isin(identities["person_id"])
    there = pairs.loc[present, ["partner_person", "person_id", "decision"]].drop_duplicates()
    yes, no = (there.loc[there["decision"] == word, ["partner_person", "person_id"]] for word in (YES, NO))
    return yes.drop_duplicates("partner_person"), no, int((~present).sum())


def _for_the_clerk(came_to: Decisions, ways: pd.DataFrame, identities: pd.DataFrame) -> pd.DataFrame:
    """The doubtful pairs with what is known of both sides."""
    theirs = ways.drop_duplicates("partner_person").set_index("partner_person")[list(PARTNER)]
    ours = identities.drop_duplicates("person_id").set_index("person_id")[list(IDENTITY)].add_prefix("our_")
    shown = came_to.doubtful.join(theirs, on="partner_person").join(ours, on="person_id")
    shown = shown.assign(decision=None, reason=shown["reason"].map(REASONS))
    assert set(OURS) <= set(shown)
    return shown[list(REVIEW_COLUMNS)].reset_index(drop=True)
