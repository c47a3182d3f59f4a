"""The twelve months before and after FS start: what is counted of each person, the tables, and the measures.

`before` ends on the day before R03, `after` begins on R03. The baseline of a quarter holds the people whose
R03 lies in it, with their before; its follow-up those whose twelve months complete in it, with both.
"""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, FS
from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.figures import INDICATOR_VALUES, Count, Indicator, Made, Measure, Share, Sum
from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import Column, Table
from fs_pipeline.toolkit.units import Unit

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
    """A measure of the twelve months before or after.

    Attributes:
        indicator: number of the indicator that it belongs to.
        measure: name, unit and meaning.
        count: the column that is added up, without its side.
        over: the column of the denominator, for a share; else blank.
        role: `child` or `adult`, whom it is about; None for everyone.
        supplied: the column that says whether the twelve months are wholly supplied, blank for those whom the measure
            is not about; "" when they always are supplied.
    """

    indicator: int
    measure: Measure
    count: str
    over: str = ""
    role: str | None = None
    supplied: str = ""


def _absence(kind: str) -> TwelveMonthsMeasure:
    share = Share(f"{kind}_sessions", "possible_sessions", Unit.SESSIONS)
    meaning = f"{kind.capitalize()} absent sessions over possible ones."
    measure = Measure(f"{kind}_absence", share, meaning, published=True)
    return TwelveMonthsMeasure(7, measure, share.part, over=share.whole, role="child", supplied="attendance_supplied")


def _children(indicator: int, name: str, made: Made, meaning: str, *decisions: str) -> TwelveMonthsMeasure:
    measure = Measure(name, made, meaning, published=True, decisions=decisions)
    return TwelveMonthsMeasure(indicator, measure, name, role="child")


def _police(name: str, meaning: str, role: str | None = None, *decisions: str) -> TwelveMonthsMeasure:
    measure = Measure(name, Count(Unit.INCIDENTS), meaning, published=True, decisions=decisions)
    return TwelveMonthsMeasure(17, measure, name, role=role, supplied="police_supplied")


_HIGH_RISK = "People at high risk of domestic abuse."
_PEOPLE_HIGH_RISK = Measure("people_high_risk", Count(Unit.PEOPLE), _HIGH_RISK, published=True, decisions=("Z25",))

TWELVE_MONTHS_MEASURES = (
    _children(1, "cp_plans_active", Count(Unit.PLANS), "Child protection plans active."),
    _children(2, "cp_days", Sum(Unit.DAYS, of="cp_plans_active"), "Days on a plan, clipped."),
    _children(5, "cla_periods", Count(Unit.PERIODS), "Periods of care active, UASC left out.", "Z10"),
    _children(6, "cla_days", Sum(Unit.DAYS, of="cla_periods"), "Days in care, clipped, UASC left out.", "Z10"),
    _absence("unauthorised"),
    _absence("authorised"),
    _police("da_incidents", "Domestic abuse incidents: pairs of adult and incident.", "adult"),
    _police(
        "da_repeat_incidents", "Repeat domestic abuse incidents: after another of the same person.", "adult", "Z26"
    ),
    _police("victim_count", "Crime incidents as victim."),
    _police("offender_count", "Crime incidents as offender."),
    TwelveMonthsMeasure(19, _PEOPLE_HIGH_RISK, "da_high_risk", supplied="high_risk_supplied"),
)
"""Every measure of the twelve months, in the order of the indicators."""

TWELVE_MONTHS_INDICATORS = {
    number: Indicator(
        number,
        "Twelve months before and after FS start",
        tuple(each.measure for each in TWELVE_MONTHS_MEASURES if each.indicator == number),
        sheet="Before and after",
    )
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
        "Lower end of the difference's 95% interval, from the paired differences of the families; blank under 2.",
    ),
    Column("interval_high", Kind.FLOAT, "Its upper end."),
)

BEFORE_AFTER = Table(
    "outputs/before_after",
    ("quarter", "indicator", "measure", "scope", "group"),
    (*INDICATOR_VALUES.only("quarter", "indicator", "measure", "scope", "group").columns, *_SIDES),
    "Before and after FS start, of the same people, over all follow-ups completed by the end of the quarter.",
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
    "The counts and days of before and after as rates, to be read beside published evaluations.",
)
