"""The list of the twenty indicators. What each is, its own module says."""

from __future__ import annotations

from fs_pipeline.subjects.child_protection import indicators as child_protection
from fs_pipeline.subjects.domestic_abuse import indicators as domestic_abuse
from fs_pipeline.subjects.health import indicators as health
from fs_pipeline.subjects.looked_after import indicators as looked_after
from fs_pipeline.subjects.mental_health import indicators as mental_health
from fs_pipeline.subjects.school import indicators as school
from fs_pipeline.subjects.substance_misuse import indicators as substance_misuse
from fs_pipeline.subjects.workforce import indicators as workforce
from fs_pipeline.toolkit.toolkit import Toolkit

INDICATORS = (
    child_protection.child_protection_plans,
    child_protection.child_protection_plan_length,
    child_protection.repeat_child_protection_plans,
    looked_after.care_proceedings,
    looked_after.children_looked_after,
    looked_after.time_looked_after,
    school.school_absence,
    health.accident_and_emergency_attendances,
    health.emergency_admissions,
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
TOOLKIT = Toolkit(tuple(made.declaration for made in INDICATORS))
"""The Family Safeguarding KPI toolkit: these indicators, and every breakdown."""
