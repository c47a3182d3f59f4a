"""The person level: one row per person and family, field by field in the order of fields.csv."""

from __future__ import annotations

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.facts import (
    assessed_in_quarter,
    at_high_risk,
    care_active,
    care_closed,
    care_open,
    closed_in_quarter,
    covered_crimes,
    ended_before,
    latest,
    matured_in_quarter,
    months_to_quarter_end,
    plans,
    plans_active,
    quarter_attendance,
    re_presented,
    treatments,
)
from fs_pipeline_tests.second_edition.roster import Member, fs_window, year_before
from fs_pipeline_tests.second_edition.scores import LSIR, MENTAL_HEALTH, TOP, TOP_DOMAINS, forms_since
from fs_pipeline_tests.second_edition.terms import Row, completed_years, length, words

PERSON_COLUMNS = words("""
    quarter family_key referral_key person_id sex age ethnicity relationship_type fs_start_date latest_fs_team
    fs_end_date cohort referral_start_date category_of_need referral_end_date previous_referrals cp_plan_key
    cp_plan_start_date cp_plan_end_date previous_cp_plan_key previous_cp_plan_start_date previous_cp_plan_end_date
    cla_key cla_start_date cla_end_date previous_victim_count previous_offender_count victim_count_in_quarter
    offender_count_in_quarter cp_days_before_fs cp_days_during_fs cp_plans_before_fs cp_plans_during_fs
    unauthorised_sessions authorised_sessions possible_sessions unauthorised_share authorised_share
    days_since_previous_cp_plan repeat_within_12_months repeat_within_24_months cla_days_open_at_quarter_end
    cla_days_closed_in_quarter treatment_start_date treatment_closure_date treatment_closure_reason
    re_presented_within_6_months assessments assessments_without_engagement treatments_without_engagement
    top_substance_use_initial top_substance_use_latest top_substance_use_end
    top_psychological_health_initial top_psychological_health_latest top_psychological_health_end
    top_physical_health_initial top_physical_health_latest top_physical_health_end
    top_employment_initial top_employment_latest top_employment_end
    top_quality_of_life_initial top_quality_of_life_latest top_quality_of_life_end
    da_programme_start_date da_programme_end_date da_programme_outcome da_high_risk
    phq9_initial phq9_latest phq9_end gad7_initial gad7_latest gad7_end lsir_initial lsir_latest lsir_end
    programme_start_date fs_spells cp_days_since_fs cla_days_since_fs matured_closure_date re_presented_of_matured
""")


def person_fields(case: Case, member: Member) -> Row:
    """One row of the person level; blank where a field is not for this person."""
    row = identity(case, member) | crime_fields(case, member)
    if member.is_child:
        row |= plan_fields(case, member) | care_fields(case, member) | school_fields(case, member)
    else:
        row |= treatment_fields(case, member) | score_fields(case, member) | da_programme_fields(case, member)
        row["da_high_risk"] = at_high_risk(case, member.person_id, months_to_quarter_end(case))
    return {column: row.get(column) for column in PERSON_COLUMNS}


def identity(case: Case, member: Member) -> Row:
    """R01 to R09, D01 to D07, X11, X12."""
    person = case.person(member.person_id)
    row: Row = {
        "quarter": case.qs,
        "family_key": member.family_id,
        "person_id": member.person_id,
        "sex": person["sex"],
        "age": completed_years(person["date_of_birth"], member.r03),  # Z04
        "ethnicity": person["ethnicity"],
        "fs_start_date": member.r03,
        "latest_fs_team": member.team,
        "fs_end_date": member.r04,
        "cohort": member.cohort,
        "programme_start_date": member.p,
    }
    if member.current is None:
        rows = case.rows_of("family_members", member.person_id)
        (own,) = [found for found in rows if found["family_id"] == member.family_id]
        return row | {"relationship_type": own["relationship_type"]}
    referral = member.current.referral
    referrals = case.rows_of("referrals", member.person_id)
    return row | {
        "referral_key": referral["referral_id"],
        "relationship_type": "Active Case" if member.r04 is None else "Closed Case",  # Z05
        "referral_start_date": referral["start_date"],
        "category_of_need": referral["category_of_need"],
        "referral_end_date": referral["end_date"],
        "previous_referrals": sum(1 for other in referrals if other["start_date"] < referral["start_date"]),
        "fs_spells": len(member.spells),
    }


def crime_fields(case: Case, member: Member) -> Row:
    """I01 to I04; I01 and I02 are blank for an adult who is no entrant."""
    row: Row = {}
    for role in ("victim", "offender"):
        before = covered_crimes(case, member.person_id, role, year_before(member))
        row[f"previous_{role}_count"] = None if member.is_late else before
        row[f"{role}_count_in_quarter"] = covered_crimes(case, member.person_id, role, fs_window(case, member))
    return row


def plan_fields(case: Case, member: Member) -> Row:
    """R10 to R15, I05 to I08, I20 to I22, X13."""
    active = plans_active(case, member)
    before_p = ended_before(plans(case, member), member.p)
    before_r03 = ended_before(plans(case, member), member.r03)  # Z11: before R03
    plan = latest(active, "start_date", "cp_plan_id")
    previous = max(before_r03, key=lambda row: (row["end_date"], row["start_date"], row["cp_plan_id"]), default=None)
    gap = None
    if plan is not None and previous is not None and plan["start_date"] >= previous["end_date"]:  # Z11
        gap = (plan["start_date"] - previous["end_date"]).days
    return {
        "cp_plan_key": plan and plan["cp_plan_id"],
        "cp_plan_start_date": plan and plan["start_date"],
        "cp_plan_end_date": plan and plan["end_date"],
        "previous_cp_plan_key": previous and previous["cp_plan_id"],
        "previous_cp_plan_start_date": previous and previous["start_date"],
        "previous_cp_plan_end_date": previous and previous["end_date"],
        "cp_days_before_fs": sum(length(row, case.qe) for row in before_p),
        "cp_days_during_fs": sum(length(row, case.qe) for row in active),  # Z15: the whole length up to qe
        "cp_plans_before_fs": len(before_p),
        "cp_plans_during_fs": len(active),
        "days_since_previous_cp_plan": gap,
        "repeat_within_12_months": None if gap is None else gap < 365,  # Z19
        "repeat_within_24_months": None if gap is None else gap < 730,
        "cp_days_since_fs": sum(length(row, case.qe, member.p) for row in active),
    }


def care_fields(case: Case, member: Member) -> Row:
    """R16 to R18, I23, I24, X14."""
    active = care_active(case, member)
    period = latest(active, "start_date", "care_period_id")
    return {
        "cla_key": period and period["care_period_id"],
        "cla_start_date": period and period["start_date"],
        "cla_end_date": period and period["end_date"],
        "cla_days_open_at_quarter_end": sum(length(row, case.qe) for row in care_open(case, member)),
        "cla_days_closed_in_quarter": sum(length(row, case.qe) for row in care_closed(case, member)),
        "cla_days_since_fs": sum(length(row, case.qe, member.p) for row in active),
    }


def share(part: int | None, whole: int | None) -> float | None:
    """A ratio; blank when either is blank or the whole is 0."""
    return None if part is None or not whole else part / whole


def school_fields(case: Case, member: Member) -> Row:
    """I15 to I19: blank without UPN, without rows, out of age (Z18), or not covered (Z32)."""
    rows = quarter_attendance(case, member)
    if not rows:
        return {}
    unauthorised = sum(row["sessions_unauthorised"] for row in rows)
    authorised = sum(row["sessions_authorised"] for row in rows)
    possible = sum(row["sessions_possible"] for row in rows)
    return {
        "unauthorised_sessions": unauthorised,
        "authorised_sessions": authorised,
        "possible_sessions": possible,
        "unauthorised_share": share(unauthorised, possible),
        "authorised_share": share(authorised, possible),
    }


def treatment_fields(case: Case, member: Member) -> Row:
    """I25 to I31, X15, X16, by the quarter and not by W (Z20); blank when not supplied."""
    if not case.has("substance_treatments"):
        return {}
    own = treatments(case, member.person_id)
    started = [row["start_date"] for row in own if case.quarter.holds(row["start_date"])]
    closed = closed_in_quarter(case, member.person_id)
    # reading: of several treatments closed on the latest day, the one with the largest treatment_id, as for X15.
    closing = latest(closed, "closure_date", "treatment_id")
    matured = latest(matured_in_quarter(case, member.person_id), "closure_date", "treatment_id")
    assessed = assessed_in_quarter(case, member.person_id)
    return {
        "treatment_start_date": max(started, default=None),
        "treatment_closure_date": closing and closing["closure_date"],
        "treatment_closure_reason": closing and closing["closure_reason"],
        "re_presented_within_6_months": True if closing and re_presented(case, closing) else None,  # Z21: so far
        "assessments": len(assessed),
        "assessments_without_engagement": sum(1 for row in assessed if row["assessment_outcome"] == "non_engagement"),
        "treatments_without_engagement": sum(1 for row in closed if row["closure_reason"] == "dropped_out"),  # Z22
        "matured_closure_date": matured and matured["closure_date"],
        "re_presented_of_matured": None if matured is None else re_presented(case, matured),
    }


def score_fields(case: Case, member: Member) -> Row:
    """I32 to I46 and X02 to X10 (Z23); blank when the forms were not supplied."""
    top = forms_since(case, member.person_id, member.p, TOP)
    mental_health = forms_since(case, member.person_id, member.p, MENTAL_HEALTH)
    lsir = forms_since(case, member.person_id, member.p, LSIR)
    row: Row = {}
    for which in ("initial", "latest", "end"):
        row |= {f"top_{domain}_{which}": top.score(which, domain) for domain in TOP_DOMAINS}
        row |= {f"{scale}_{which}": mental_health.score(which, scale) for scale in ("phq9", "gad7")}
        row[f"lsir_{which}"] = lsir.score(which, "score")
    return row


def da_programme_fields(case: Case, member: Member) -> Row:
    """I47 to I49 (Z20)."""
    programmes = case.rows_of("da_programmes", member.person_id)
    started = [row["start_date"] for row in programmes if case.quarter.holds(row["start_date"])]
    ended = [row for row in programmes if case.quarter.holds(row["end_date"])]
    # reading: of several programmes that ended on the latest day, the one with the largest programme_id.
    ending = latest(ended, "end_date", "programme_id")
    return {
        "da_programme_start_date": max(started, default=None),
        "da_programme_end_date": ending and ending["end_date"],
        "da_programme_outcome": ending and ending["outcome"],
    }
