"""The register codes of schools: which count as attending, as absent, or not at all, in which school year."""

from __future__ import annotations

from fs_pipeline.toolkit.sheets import sheet

ATTENDING, AUTHORISED, UNAUTHORISED, OUTSIDE = "attending", "authorised", "unauthorised", "outside"
"""A session is possible unless its code is outside; authorised and unauthorised are the absences."""


def classes_in(school_year: int) -> dict[str, str]:
    """Each code's class in the school year that begins in September of this year."""
    return {
        row["code"]: row["class"]
        for row in sheet("attendance_codes")
        if int(row["first_school_year"]) <= school_year <= int(row["last_school_year"] or 9999)
    }
