"""Data quality: the table that says of every extract what was delivered, and how many of its rows were used or not."""

from __future__ import annotations

from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.tables import Column, Kind, Table

REJECTED, FINDING, LINKS = "rejected: ", "finding: ", "linking: "
"""What stands before a rule, or a figure on linking by names, in what was counted."""

DATA_QUALITY = Table(
    "outputs/data_quality",
    ("quarter", "extract", "counted"),
    (
        QUARTER,
        Column("extract", Kind.STRING, "The extract.", nullable=False),
        Column("supplied", Kind.BOOL, "Whether it was delivered for the quarter.", nullable=False),
        Column("delivery", Kind.STRING, "SHA-256 of the delivered file; empty when there was none.", nullable=False),
        Column(
            "counted",
            Kind.STRING,
            "What was counted: rows `delivered`, `used`, `rejected`, `duplicates`, `after_quarter`, `ends_blanked`; "
            "`rejected: RULE` and `finding: RULE`; `linking: MEASURE` where people are linked by names.",
            nullable=False,
        ),
        Column("count", Kind.INT, "How many.", nullable=False),
    ),
    "Every extract of the quarter as it was last run: the delivery, and what became of its rows.",
)
