"""The tables of the family-linked cohort: children with their FS referral, families, people on the roster."""

from __future__ import annotations

from fs_pipeline.toolkit.fields import FIELDS
from fs_pipeline.toolkit.tables import Column, Kind, Table

REFERRAL_FIELDS = ("referral_key", "referral_start_date", "category_of_need", "referral_end_date", "previous_referrals")
FS_FIELDS = ("fs_start_date", "latest_fs_team", "fs_end_date")

CHILDREN = Table(
    "cohort/children",
    ("person_id",),
    (
        FIELDS["person_id"],
        FIELDS["family_key"],
        *(FIELDS[name] for name in REFERRAL_FIELDS + FS_FIELDS),
        Column(
            "latest_fs_allocation_start",
            Kind.DATE,
            "Start of the latest FS allocation within R02; it decides the family's R13a.",
        ),
    ),
    "Every child with a current FS referral: one row a child.",
)

FAMILIES = Table(
    "cohort/families",
    ("family_key",),
    (FIELDS["family_key"], *(FIELDS[name] for name in FS_FIELDS), FIELDS["cohort"]),
    "Every family with at least one child on the roster: one row a family.",
)

ROSTER = Table(
    "cohort/people",
    ("family_key", "person_id"),
    (
        FIELDS["family_key"],
        FIELDS["person_id"],
        Column("role", Kind.STRING, "'child' or 'adult': the person's role in this family.", nullable=False),
        *(FIELDS[name] for name in ("sex", "age", "ethnicity", "relationship_type", *FS_FIELDS, "cohort")),
        *(FIELDS[name] for name in REFERRAL_FIELDS),
        Column("date_of_birth", Kind.DATE, "Date of birth, as supplied by people.date_of_birth."),
        Column("upn", Kind.STRING, "Unique Pupil Number, as supplied by people.upn."),
    ),
    "The roster: every child with a current FS referral and every adult being worked with, per family.",
)
