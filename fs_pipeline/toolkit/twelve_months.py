"""The twelve months before and after FS start: what is counted of each person, the tables, and the measures.

`before` ends on the day before R03, `after` begins on R03. The baseline of a quarter holds the people whose
R03 lies in it, with their before; its follow-up those whose twelve months complete in it, with both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, FS
from fs_pipeline.toolkit.fields import QUARTER, ROSTER, TABLES
from fs_pipeline.toolkit.figures import toolkit_indicator
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Column, Kind, Table

NOT_THE_EFFECT = (
    "These are the same people before and after. Families come to Family Safeguarding at their worst, so figures such "
    "as police contacts fall afterwards whatever is done, and care, which begins after referral, rises. This shows "
    "change, not the effect of Family Safeguarding."
)
"""Stands beside every before and after, wherever it is shown."""


@dataclass(frozen=True)
class TwelveMonthsColumn:
    """What is counted of a person in the twelve months before or after: a row of `twelve_months.csv`.

    Attributes:
        column: its column, without its side.
        type: its kind of value, in the contract's word.
        role: `child` or `adult`, whom it is about; blank for everyone.
        supplied: the column that says whether the twelve months are wholly supplied, blank for those whom this is not
            about; "" when they always are supplied. Until then it is blank.
        number: the number that a measure makes of it; "" where that has the column's name.
        description: its meaning; `{}` stands for the side.
    """

    column: str
    type: str
    role: str
    supplied: str
    number: str
    description: str


COUNTED: dict[str, TwelveMonthsColumn] = {
    row["number"] or row["column"]: TwelveMonthsColumn(**row) for row in sheet("twelve_months")
}
"""What is counted, by the number that a measure makes of it."""


def twelve_months_columns(side: str) -> tuple[Column, ...]:
    """What is counted of a person in the twelve months `before` or `after`; blank for whom it does not apply to."""
    return tuple(
        Column(f"{side}_{of.column}", Kind.of(of.type), of.description.replace("{}", side)) for of in COUNTED.values()
    )


_PERSON = (
    QUARTER,
    *ROSTER.only(
        "family_key", "person_id", "role", "fs_start_date", *(breakdown.column for breakdown in BREAKDOWNS)
    ).columns,
)

SCOPE_KINDS = (FS, *(breakdown.name for breakdown in BREAKDOWNS))
_COUNTS_IN = tuple(
    Column(
        f"counts_in_{kind}{suffix}",
        Kind.BOOL,
        f"Whether the person counts in the scope {kind} with this row, {among}: someone with several rows counts with "
        "the earliest FS start.",
        nullable=False,
    )
    for suffix, among in (("", "among those of the same role"), ("_of_everyone", "among children and adults"))
    for kind in SCOPE_KINDS
)

BASELINE = Table(
    "cohort/baseline",
    ("family_key", "person_id"),
    (*_PERSON, *twelve_months_columns("before")),
    "The entrants: everyone on the roster whose FS start lies in the quarter, with their twelve months before.",
)

FOLLOW_UP = Table(
    "cohort/follow_up",
    ("family_key", "person_id"),
    (*_PERSON, *_COUNTS_IN, *twelve_months_columns("before"), *twelve_months_columns("after")),
    "Everyone on the roster whose twelve months after FS start complete in the quarter, with before and after.",
)


TWELVE_MONTHS_INDICATORS = tuple(
    toolkit_indicator(int(number), "twelve_months")
    for number in dict.fromkeys(row["indicator"] for row in sheet("measures") if row["period"] == "twelve_months")
)
"""The indicators that have measures of the twelve months, in order, each with these alone."""

TWELVE_MONTHS_MEASURES = tuple((each.number, measure) for each in TWELVE_MONTHS_INDICATORS for measure in each.measures)
"""Those measures, each with its indicator's number."""

BEFORE_AFTER, BEFORE_AFTER_RATES, REGION_BEFORE_AFTER = (
    replace(TABLES[name], description=f"{TABLES[name].description} {NOT_THE_EFFECT}")
    for name in ("outputs/before_after", "outputs/before_after_rates", "region/before_after")
)
