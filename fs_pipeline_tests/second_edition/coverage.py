"""Whom a supplier's files speak of (Z32), and the partners' rows of a person (Z42, Z51).

What does not belong here: what is counted of the rows.
"""

from __future__ import annotations

from datetime import date

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.terms import Row, Window, add_months, quarter_first

EXTRACTS = {
    "police": ("police_incidents", "police_history"),
    "marac": ("marac_referrals", "marac_history"),
    "education": ("attendance", "attendance_history"),
}
"""Supplier -> its quarter extract and its history extract."""


def named_in(case: Case, supplier: str, quarter: date) -> dict[str, bool | None] | None:
    """Whom `people_asked` of a quarter names for a supplier, with its column `history`; None when it names nobody.

    The list of `police` speaks for marac too.
    """
    name = "police" if supplier == "marac" else supplier
    rows = [row for row in case.world.get(quarter, {}).get("people_asked") or [] if row["supplier"] == name]
    return {row["person_id"]: row.get("history") for row in rows} or None


def asked_in_quarter(case: Case, person_id: str, supplier: str, quarter: date) -> bool:
    """Whether a quarter's extract was asked of the person: by the list, else from E on (of any of their families)."""
    named = named_in(case, supplier, quarter)
    if named is not None:
        return person_id in named
    return any(quarter >= member.e for member in case.members if member.person_id == person_id)


def history_back_to(case: Case, person_id: str, supplier: str, quarter: date) -> date | None:
    """The first quarter of which the history extract of a quarter speaks for the person; None when it does not.

    By the list's column `history`; without the column, or without a list, for those whose entry quarter it is.
    An adult who came 12 months or more after P is asked no history, unless a list names them.
    """
    if not case.supplied(EXTRACTS[supplier][1], quarter):
        return None
    stays = [member for member in case.members if member.person_id == person_id]
    named = named_in(case, supplier, quarter)
    if named is not None:
        if person_id not in named or named[person_id] is False:
            return None
        if named[person_id] is True:
            starts = [member.p for member in stays] or [quarter]
            return quarter_first(add_months(min(starts), -case.look_back_months))
    starts = [member.p for member in stays if member.e == quarter and not member.is_late]
    return quarter_first(add_months(min(starts), -case.look_back_months)) if starts else None


def is_covered(case: Case, person_id: str, supplier: str, quarter: date) -> bool:
    """Z32: whether what was supplied speaks of the person in a quarter."""
    quarter_extract = EXTRACTS[supplier][0]
    if case.coverage(supplier) == "everyone":
        return case.supplied(quarter_extract, quarter)
    if case.supplied(quarter_extract, quarter) and asked_in_quarter(case, person_id, supplier, quarter):
        return True
    for later in sorted(case.world):
        if quarter < later <= case.qs:
            back_to = history_back_to(case, person_id, supplier, later)
            if back_to is not None and quarter >= back_to:
                return True
    return False


def gaps(case: Case, person_id: str, suppliers: tuple[str, ...], window: Window) -> set[str]:
    """Why a person is not covered throughout a window; empty when they are.

    reading: `earlier_quarter_missing` where the quarter's extract, had it been supplied, would speak of the person;
    `people_not_covered` otherwise.
    """
    found = set()
    for supplier in suppliers:
        for quarter in window.quarters():
            if is_covered(case, person_id, supplier, quarter):
                continue
            missing = not case.supplied(EXTRACTS[supplier][0], quarter)
            everyone = case.coverage(supplier) == "everyone"
            would = missing and (everyone or asked_in_quarter(case, person_id, supplier, quarter))
            found.add("earlier_quarter_missing" if would else "people_not_covered")
    return found


# ----------------------------------------------------------------------------------------------------
# Rows: quarter extract and history extract together, each row once (by key)
# ----------------------------------------------------------------------------------------------------


def police_rows(case: Case, person_id: str) -> list[Row]:
    """The person's police rows so far. Z51: of rows of one key, one, true where any is.

    reading: of two dates of one key the earlier one counts.
    """
    merged: dict[tuple[str, str], Row] = {}
    for extract in EXTRACTS["police"]:
        for row in case.rows_so_far(extract):
            if row["person_id"] != person_id:
                continue
            same = merged.setdefault((row["incident_id"], row["role"]), dict(row))
            same["crime"] = same["crime"] or row["crime"]
            same["domestic_abuse"] = same["domestic_abuse"] or row["domestic_abuse"]
            same["incident_date"] = min(same["incident_date"], row["incident_date"])
    return list(merged.values())


def marac_dates(case: Case, person_id: str) -> list[date]:
    """The dates of the person's MARAC referrals so far, each referral once."""
    merged: dict[str, date] = {}
    for extract in EXTRACTS["marac"]:
        for row in case.rows_so_far(extract):
            if row["person_id"] == person_id:
                merged.setdefault(row["marac_id"], row["referral_date"])
    return sorted(merged.values())


def school_rows(case: Case, upn: str | None) -> list[Row]:
    """A pupil's attendance rows so far, each stretch at a school once; none without UPN."""
    merged: dict[tuple[str, date], Row] = {}
    for extract in EXTRACTS["education"]:
        for row in case.rows_so_far(extract):
            if upn is not None and row["upn"] == upn:
                merged.setdefault((row["school_urn"], row["date_from"]), row)
    return list(merged.values())
