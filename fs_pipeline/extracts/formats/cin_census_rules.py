"""What looks wrong in children in need censuses, by the numbers of the census's own validation rules.

Rows are judged as they are used: over all years, the latest version of each. What the contract's own checks say of
any extract is not said again: 8940 and 8935 (plans that overlap), 1510 and 1520 (UPNs).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Dates, Flags, days
from fs_pipeline.arithmetic.upn import LETTERS
from fs_pipeline.extracts.checks.rules import latest_end_before
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of
from fs_pipeline.extracts.formats.source_tables import dates_of

_FOREVER = np.datetime64("9999-12-31")
_AUTHORITIES = (
    *((1, 5), (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394)),
    *((420, 420), (660, 681), (701, 708), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826)),
    *((830, 831), (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896), (908, 909), (916, 916)),
    *((919, 919), (921, 921), (925, 926), (928, 929), (931, 931), (933, 933), (935, 938), (940, 941)),
)
"""The numbers of authorities and of pseudo-authorities that a UPN may have, first to last (rule 1530)."""


def header_findings(headers: pd.DataFrame, notes: ExtractNotes) -> None:
    """Reference dates that are not 31 March of the census year."""
    date, _ = dates_of(headers, "reference_date")
    march = (headers["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 3
    wrong = date != march.astype("datetime64[D]") - ONE_DAY
    notes.find(headers, wrong, "ReferenceDate", "100", "ReferenceDate is not 31 March of the census year")


def child_findings(children: pd.DataFrame, notes: ExtractNotes) -> None:
    """Dates of birth, and UPNs that are not made like one."""
    born = days(children["born"])
    both = children["expected"].notna().to_numpy() | children["bad_expected"].to_numpy()
    wrong = np.isnat(born) != both
    words = "give either PersonBirthDate or ExpectedPersonBirthDate, and not both"
    notes.find(children, wrong, "PersonBirthDate", "8525Q", words)
    words = "ExpectedPersonBirthDate is no date: give it as yyyy-mm-dd"
    notes.find(children, children["bad_expected"].to_numpy(), "ExpectedPersonBirthDate", "bad_date", words)
    whole = children["upn"].str.len().eq(13).to_numpy()
    upn = children["upn"].where(whole, None)
    authority = pd.to_numeric(upn.str[1:4].where(upn.str[1:4].str.fullmatch("[0-9]{3}", na=False)), errors="coerce")
    known = np.zeros(len(children), dtype=np.bool_)
    for first, last in _AUTHORITIES:
        known |= authority.between(first, last).to_numpy()
    for right, rule, words in (
        (known, "1530", "characters 2 to 4 of UPN are no authority's number"),
        (upn.str[4:12].str.fullmatch("[0-9]{8}", na=False), "1540", "characters 5 to 12 of UPN are not all digits"),
        (
            upn.str[12].str.fullmatch(f"[0-9{LETTERS}]", na=False),
            "1550",
            "character 13 of UPN is no digit, nor a letter in use",
        ),
    ):
        notes.find(children, whole & ~np.asarray(right, dtype=np.bool_), "UPN", rule, words)


def referral_findings(referrals: pd.DataFrame, notes: ExtractNotes) -> None:
    """Referrals of a child that are open at once or overlap; one may begin on the day on which another is closed.

    Without further action and closure date a referral lasts for its own day.
    """
    start, end = days(referrals["start"]), days(referrals["end"])
    is_open = np.isnat(end) & ~referrals["no_further_action"].to_numpy()
    child = pd.factorize(referrals["child"])[0]
    words = "CINclosureDate is blank, as in another referral of this child; only one may be open"
    several = np.bincount(child, is_open, minlength=child.max(initial=-1) + 1)[child] > 1
    notes.find(referrals, is_open & several, "CINclosureDate", "8815", words)
    latest = pd.Series(start).groupby(child).transform("max").to_numpy() == start
    words = "CINclosureDate is blank, but a later referral of this child follows"
    notes.find(referrals, is_open & ~latest, "CINclosureDate", "8816", words)
    ends = np.where(is_open, _FOREVER, np.where(np.isnat(end), start, end))
    order = np.lexsort((start, child))
    latest_end, holder = latest_end_before(child[order], ends[order])
    early = start[order] < latest_end
    others = places_of(referrals.iloc[order[holder[early]]])
    messages = [
        f"CINreferralDate is before the closure of an earlier referral of this child, in {other}" for other in others
    ]
    notes.find(referrals, order[early], "CINreferralDate", "8820", messages)


def left_open(table: pd.DataFrame, years: pd.Series, column: str, notes: ExtractNotes) -> None:
    """Open rows of an earlier census that later ones, which hold whatever was open in their year, do not have."""
    stale = table["end"].isna().to_numpy() & (table["year"].to_numpy() < years.max())
    if "no_further_action" in table:
        stale &= ~table["no_further_action"].to_numpy()
    words = f"{column} is blank, but the later census does not have this row any more: it is taken as still open"
    notes.find(table, stale, column, "left_open", words)


def plan_findings(plans: pd.DataFrame, notes: ExtractNotes) -> None:
    """Plans whose dates do not fit the referral, the conference, the census or the child's death."""
    start, end = days(plans["start"]), days(plans["end"])
    referred, death, reference = (days(plans[name]) for name in ("referral_date", "death", "reference_date"))
    year_start = (reference.astype("datetime64[M]") - 11).astype("datetime64[D]")
    within = (start >= year_start) & (start <= reference)
    for wrong, column, rule, words in (
        (start > reference, "CPPstartDate", "8720", "CPPstartDate is after the census's reference date"),
        (start == end, "CPPendDate", "8840", "CPPendDate is the day of CPPstartDate: a plan lasts at least a day"),
        (start < referred, "CPPstartDate", "1105", "CPPstartDate is before CINreferralDate of the plan's referral"),
        (start > death, "CPPstartDate", "8915", "CPPstartDate is after the child's death"),
        (end > death, "CPPendDate", "8920", "CPPendDate is after the child's death"),
        (plans["previous"].isna().to_numpy(), "NumberOfPreviousCPP", "8730", "NumberOfPreviousCPP is missing"),
        (within & ~_on_conference(plans, start), "CPPstartDate", "2885",
         "CPPstartDate is not the day of an initial child protection conference of the referral"),
    ):  # fmt: skip
        notes.find(plans, wrong, column, rule, words)


def _on_conference(plans: pd.DataFrame, start: Dates) -> Flags:
    days_of_start = np.datetime_as_string(start, unit="D").tolist()
    conferences = plans["conferences"].fillna("")
    return np.array(
        [day in dates.split() for day, dates in zip(days_of_start, conferences, strict=True)], dtype=np.bool_
    )
