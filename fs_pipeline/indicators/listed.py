"""The list of the twenty indicators. What each is, its own module says."""

from __future__ import annotations

from fs_pipeline.indicators import (
    attendance,
    child_protection,
    domestic_abuse,
    hospital,
    looked_after,
    mental_health,
    substance_misuse,
    workforce,
)

INDICATORS = (
    child_protection.child_protection_plans,
    child_protection.child_protection_plan_length,
    child_protection.repeat_child_protection_plans,
    looked_after.care_proceedings,
    looked_after.children_looked_after,
    looked_after.time_looked_after,
    attendance.school_absence,
    hospital.accident_and_emergency_attendances,
    hospital.emergency_admissions,
    substance_misuse.substance_misuse_treatment,
    substance_misuse.substance_misuse_drop_out,
    substance_misuse.substance_use,
    substance_misuse.social_functioning,
    workforce.workforce,
    mental_health.depression_and_anxiety,
    mental_health.expert_witness_costs,
    domestic_abuse.domestic_abuse_incidents_reported,
    domestic_abuse.domestic_abuse_programme_completion,
    domestic_abuse.domestic_abuse_high_risk,
    domestic_abuse.lsir_scores,
)
"""The twenty indicators, in the toolkit's order."""
