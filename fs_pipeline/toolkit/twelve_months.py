"""The twelve months before and after FS start: what is counted of each person, the tables, and the measures.

`before` ends on the day before R03, `after` begins on R03. The baseline of a quarter holds the people whose
R03 lies in it, with their before; its follow-up those whose twelve months complete in it, with both.
"""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, FS
from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.figures import INDICATOR_VALUES, Measure
from fs_pipeline.toolkit.indicators import toolkit_indicator
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import Column, Kind, Table

NOT_THE_EFFECT = (
    "These are the same people before and after. Families come to Family Safeguarding at their worst, so figures such "
    "as police contacts fall afterwards whatever is done, and care, which begins after referral, rises. This shows "
    "change, not the effect of Family Safeguarding."
)
"""Stands beside every before and after, wherever it is shown."""

_COUNTS = {
    "cp_plans_active": "Children: child protection plans active in the twelve months {}.",
    "cp_days": "Children: days on a plan, plan by plan, clipped to the twelve months {}.",
    "cla_periods": "Children: periods of care, UASC left out, active in the twelve months {}.",
    "cla_days": "Children: days in care, period by period, clipped to the twelve months {}.",
    "unauthorised_sessions": "Children: sessions absent without authorisation, of rows wholly in the twelve months {}.",
    "authorised_sessions": "Children: sessions absent with authorisation, of rows wholly in the twelve months {}.",
    "possible_sessions": "Children: possible sessions, of rows wholly in the twelve months {}.",
    "da_incidents": "Adults: domestic abuse incidents in the twelve months {}, each once.",
    "da_repeat_incidents": "Adults: of them, those with an earlier one in the same twelve months (Z26).",
    "victim_count": "Crime incidents as victim in the twelve months {}.",
    "offender_count": "Crime incidents as offender in the twelve months {}.",
}
_FLAGS = {
    "da_high_risk": "{high_risk_incidents} or more domestic abuse incidents, or a MARAC referral, in the twelve "
    "months {} (Z25).",
    "attendance_supplied": "Children with a UPN: whether attendance was supplied for every quarter of the months {}.",
    "police_supplied": "Whether police incidents were supplied for every quarter that the twelve months {} touch.",
    "high_risk_supplied": "Whether both police incidents and MARAC referrals were, for the twelve months {}.",
}


def twelve_months_columns(side: str) -> tuple[Column, ...]:
    """What is counted of a person in the twelve months `before` or `after`; blank for whom it does not apply to.

    Counts are blank too while a quarter that the twelve months touch is not supplied.
    """
    counts = (Column(f"{side}_{name}", Kind.INT, words.replace("{}", side)) for name, words in _COUNTS.items())
    flags = (Column(f"{side}_{name}", Kind.BOOL, words.replace("{}", side)) for name, words in _FLAGS.items())
    return (*counts, *flags)


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


@dataclass(frozen=True)
class TwelveMonthsMeasure:
    """How a measure of the twelve months before or after is added up.

    Attributes:
        indicator: number of the indicator that it belongs to.
        name: the measure's name.
        role: `child` or `adult`, whom it is about; None for everyone.
        supplied: the column that says whether the twelve months are wholly supplied, blank for those whom the measure
            is not about; "" when they always are supplied.
        column: the column that is added up, without its side; "" where that is the measure's part.
    """

    indicator: int
    name: str
    role: str | None = None
    supplied: str = ""
    column: str = ""

    @property
    def measure(self) -> Measure:
        """What it says of itself."""
        return TWELVE_MONTHS_INDICATORS[self.indicator].measure(self.name)

    @property
    def count(self) -> str:
        """The column that is added up, without its side."""
        return self.column or self.measure.part

    @property
    def over(self) -> str:
        """The column of the denominator, for a share; else blank."""
        return "" if self.measure.adds_up else self.measure.whole


TWELVE_MONTHS_MEASURES = (
    TwelveMonthsMeasure(1, "cp_plans_active", "child"),
    TwelveMonthsMeasure(2, "cp_days", "child"),
    TwelveMonthsMeasure(5, "cla_periods", "child"),
    TwelveMonthsMeasure(6, "cla_days", "child"),
    TwelveMonthsMeasure(7, "unauthorised_absence", "child", "attendance_supplied"),
    TwelveMonthsMeasure(7, "authorised_absence", "child", "attendance_supplied"),
    TwelveMonthsMeasure(17, "da_incidents", "adult", "police_supplied"),
    TwelveMonthsMeasure(17, "da_repeat_incidents", "adult", "police_supplied"),
    TwelveMonthsMeasure(17, "victim_count", supplied="police_supplied"),
    TwelveMonthsMeasure(17, "offender_count", supplied="police_supplied"),
    TwelveMonthsMeasure(19, "people_high_risk", supplied="high_risk_supplied", column="da_high_risk"),
)
"""Every measure of the twelve months, in the order of the indicators."""

TWELVE_MONTHS_INDICATORS = {
    number: toolkit_indicator(number, "twelve_months")
    for number in dict.fromkeys(each.indicator for each in TWELVE_MONTHS_MEASURES)
}
"""The indicators of those measures by number, each with its measures of the twelve months alone."""

_SIDES = (
    Column("people", Kind.INT, "People whose follow-up completed with both windows wholly supplied.", nullable=False),
    Column("families", Kind.INT, "Their families; a child of no family counts as one of its own.", nullable=False),
    Column("before", Kind.FLOAT, "The figure of the twelve months before FS start; a share over nothing is blank."),
    Column("after", Kind.FLOAT, "The same of the twelve months from FS start."),
    Column("difference", Kind.FLOAT, "After less before; in percentage points for a share."),
    Column("percentage_change", Kind.FLOAT, "The difference as a percentage of before; blank when before is 0."),
    Column(
        "interval_low",
        Kind.FLOAT,
        "Lower end of the difference's 95% interval, from the paired differences of the families; blank while fewer "
        "than {families_that_differ} families differ.",
    ),
    Column("interval_high", Kind.FLOAT, "Its upper end."),
)

BEFORE_AFTER = Table(
    "outputs/before_after",
    ("quarter", "indicator", "measure", "scope", "group"),
    (*INDICATOR_VALUES.only("quarter", "indicator", "measure", "scope", "group").columns, *_SIDES),
    "Before and after FS start, of the same people, over all follow-ups completed by the end of the quarter. "
    f"{NOT_THE_EFFECT}",
)

BEFORE_AFTER_RATES = Table(
    "outputs/before_after_rates",
    (*BEFORE_AFTER.key, "rate"),
    (
        *BEFORE_AFTER.only(*BEFORE_AFTER.key).columns,
        Column(
            "rate",
            Kind.STRING,
            "`per_family`: over all families, those with none included; `per_person_month`: over the months that were "
            "followed up.",
            nullable=False,
        ),
        Column(
            "follow_ups",
            Kind.INT,
            "Completed follow-ups, of {months_around_fs} months on each side; more than people when some come back.",
            nullable=False,
        ),
        *_SIDES,
    ),
    f"The counts and days of before and after as rates, to be read beside published evaluations. {NOT_THE_EFFECT}",
)
