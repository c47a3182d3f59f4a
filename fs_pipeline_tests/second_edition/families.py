"""The family level: one row per family, over the family's rows of the roster."""

from __future__ import annotations

from collections.abc import Callable

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.persons import share
from fs_pipeline_tests.second_edition.roster import Member
from fs_pipeline_tests.second_edition.scores import TOP, TOP_DOMAINS, forms_since
from fs_pipeline_tests.second_edition.terms import Row, words

FAMILY_COLUMNS = words("""
    quarter family_key fs_start_date latest_fs_team fs_end_date cohort previous_victim_count previous_offender_count
    victim_count_in_quarter offender_count_in_quarter cp_days_before_fs cp_days_during_fs cp_plans_before_fs
    cp_plans_during_fs cp_plans_in_family mean_cp_days_in_family unauthorised_sessions authorised_sessions
    possible_sessions unauthorised_share authorised_share cla_days_open_at_quarter_end cla_days_closed_in_quarter
    assessments assessments_without_engagement treatments_without_engagement people_starting_treatment
    people_ending_treatment people_with_successful_treatment people_re_presenting people_assessed
    people_assessed_without_engagement people_improved_substance_use people_declined_substance_use
    people_improved_psychological_health people_declined_psychological_health people_improved_physical_health
    people_declined_physical_health people_improved_employment people_declined_employment
    people_improved_quality_of_life people_declined_quality_of_life people_starting_da_programme
    people_ending_da_programme people_da_high_risk programme_start_date cp_days_since_fs cla_days_since_fs
    people_matured people_re_presented_of_matured
""")

CRIME_COUNTS = (
    "previous_victim_count",
    "previous_offender_count",
    "victim_count_in_quarter",
    "offender_count_in_quarter",
)
SUMS = (
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
    "assessments",
    "assessments_without_engagement",
    "treatments_without_engagement",
    "cp_days_since_fs",
    "cla_days_since_fs",
)


def total(values: list[int | None]) -> int | None:
    """The sum; blank only when every value is blank."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def family_crimes(members: list[Member], rows: list[Row], column: str) -> int | None:
    """I01 to I04: blank when blank for a person of the family, but adults who are no entrants."""
    pairs = list(zip(members, rows, strict=True))
    if any(row[column] is None and not member.is_late for member, row in pairs):
        return None
    return total([row[column] for row in rows])


def family_fields(case: Case, members: list[Member], rows: list[Row]) -> Row:
    """One row of the family level; `rows` are the person fields of `members`, in the same order."""
    family = members[0].family
    row: Row = {
        "quarter": case.qs,
        "family_key": family.family_id,
        "fs_start_date": family.r03,
        "latest_fs_team": family.team,
        "fs_end_date": family.r04,
        "cohort": family.cohort,
        "programme_start_date": family.p,
    }
    row |= {column: family_crimes(members, rows, column) for column in CRIME_COUNTS}
    row |= {column: total([person[column] for person in rows]) for column in SUMS}
    row["cp_plans_in_family"] = row["cp_plans_during_fs"]  # Z17
    row["mean_cp_days_in_family"] = share(row["cp_days_during_fs"], row["cp_plans_in_family"])
    row["unauthorised_share"] = share(row["unauthorised_sessions"], row["possible_sessions"])
    row["authorised_share"] = share(row["authorised_sessions"], row["possible_sessions"])
    row |= people_counts(case, members, rows)
    return {column: row[column] for column in FAMILY_COLUMNS}


def people_counts(case: Case, members: list[Member], rows: list[Row]) -> Row:
    """I50 to I68, X17, X18: people of the family.

    reading: blank when the extract behind was not supplied; 0 when nobody, also in a family without adults.
    """

    def people(extract: str, test: Callable[[Row], bool]) -> int | None:
        return sum(1 for row in rows if test(row)) if case.has(extract) else None

    treatments, programmes = "substance_treatments", "da_programmes"
    counts: Row = {
        "people_starting_treatment": people(treatments, lambda row: row["treatment_start_date"] is not None),
        "people_ending_treatment": people(treatments, lambda row: row["treatment_closure_date"] is not None),
        "people_with_successful_treatment": people(
            treatments, lambda row: row["treatment_closure_reason"] == "completed"
        ),
        "people_re_presenting": people(treatments, lambda row: row["re_presented_within_6_months"] is True),
        "people_assessed": people(treatments, lambda row: (row["assessments"] or 0) > 0),
        "people_assessed_without_engagement": people(
            treatments, lambda row: (row["assessments_without_engagement"] or 0) > 0
        ),
        "people_matured": people(treatments, lambda row: row["matured_closure_date"] is not None),
        "people_re_presented_of_matured": people(treatments, lambda row: row["re_presented_of_matured"] is True),
        "people_starting_da_programme": people(programmes, lambda row: row["da_programme_start_date"] is not None),
        "people_ending_da_programme": people(programmes, lambda row: row["da_programme_end_date"] is not None),
    }
    adults = [member for member in members if not member.is_child]
    forms = [forms_since(case, member.person_id, member.p, TOP) for member in adults]
    for domain in TOP_DOMAINS:  # Z47: not restricted to a discipline
        improved = sum(1 for form in forms if form.is_improved(domain))
        declined = sum(1 for form in forms if form.is_declined(domain))
        counts[f"people_improved_{domain}"] = improved if case.has("top_forms") else None
        counts[f"people_declined_{domain}"] = declined if case.has("top_forms") else None
    risks = [row["da_high_risk"] for member, row in zip(members, rows, strict=True) if not member.is_child]
    high = sum(1 for risk in risks if risk)
    # I68: blank when it is true of none and blank for one of them, or the family has no adult on the roster.
    counts["people_da_high_risk"] = None if not risks or (high == 0 and None in risks) else high
    return counts
