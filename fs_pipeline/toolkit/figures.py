"""Figures: the table that holds them, and what an indicator and its measures declare of themselves.

A measure says what kind of number it is and what that is made of. How it is rounded, written, added up over
authorities, shown to everyone or suppressed: all of that follows from what it says, and is decided nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline.toolkit.tables import Column, Kind, Table
from fs_pipeline.toolkit.units import Unit

FINAL = "final"
NOT_SUPPLIED = "not_supplied"
PARTIAL = "partial"

INDICATOR_VALUES = Table(
    "outputs/indicator_values",
    ("quarter", "indicator", "measure", "scope", "group", "period"),
    (
        QUARTER,
        Column("indicator", Kind.INT, "The toolkit's number of the indicator.", nullable=False),
        Column(
            "measure", Kind.STRING, "Name of the measure; the asset's description says what it counts.", nullable=False
        ),
        Column(
            "scope",
            Kind.STRING,
            "Over whom: `authority` (the whole extract), `fs` (the roster), `cohort:ID`, `team:NAME`.",
            nullable=False,
        ),
        Column("group", Kind.STRING, "Subdivision of the measure; `all` where there is none.", nullable=False),
        Column("period", Kind.STRING, "`quarter`, `baseline` or `follow_up`.", nullable=False),
        Column("value", Kind.FLOAT, "The figure; blank for a mean or share over nothing, or not supplied."),
        Column("numerator", Kind.FLOAT, "What was divided; blank for a count or sum."),
        Column("denominator", Kind.FLOAT, "What it was divided by; blank for a count or sum."),
        Column("unit", Kind.STRING, "Unit of the value.", nullable=False),
        Column(
            "status",
            Kind.STRING,
            "`final`; `not_supplied`: the extract of this quarter is missing; `partial`: another quarter that "
            "the figure's window touches is missing.",
            nullable=False,
        ),
    ),
    "Every figure of the quarter: measure by scope, group and period, with numerator and denominator.",
)


@dataclass(frozen=True)
class Count:
    """How many there are, in a unit."""

    unit: Unit


@dataclass(frozen=True)
class Sum:
    """An amount of time or money.

    Attributes:
        unit: its unit.
        of: the count that it is an amount of; where that is too small to be shown, so is the amount.
    """

    unit: Unit
    of: str


@dataclass(frozen=True)
class Mean:
    """An amount over what it is the mean of: numerator in `unit`, denominator in `over`.

    Attributes:
        unit: the unit of the amount.
        over: the unit of what it is the mean of.
        of: the counts that add up to the denominator; where none of them is shown, neither is the mean.
    """

    unit: Unit
    over: Unit
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """A part over a whole, in per cent.

    Attributes:
        part: the number that is divided: a count's name, or a name that only shares use.
        whole: the number that it is divided by, likewise.
        counts: the unit of both.
    """

    part: str
    whole: str
    counts: Unit
    unit: Unit = field(default=Unit.PERCENT, init=False)


Made: TypeAlias = Count | Sum | Mean | Share


@dataclass(frozen=True)
class PartOf:
    """What a number is a part of, so that it is never more.

    Attributes:
        whole: the number's name: a count, or the part or the whole of a share.
        split: the parts of one split add up to the whole; blank where a part stands alone.
        indicator: the indicator that the whole is of; None for the part's own.
    """

    whole: str
    split: str = ""
    indicator: int | None = None


@dataclass(frozen=True)
class Continues:
    """Which number of an earlier quarter a number is again."""

    number: str
    quarters: int = 1


@dataclass(frozen=True)
class Headline:
    """A measure's headline: what directors read first. `scope` and `group` say which of its figures it is."""

    title: str
    scope: str = "fs"
    group: str = "all"


@dataclass(frozen=True)
class Measure:
    """A measure of an indicator.

    Attributes:
        name: the measure's name in `indicator_values`.
        made: what kind of number it is, and what it is made of.
        meaning: what is counted, in words.
        groups: its subdivisions.
        published: whether everyone may see it, by the rules for small numbers. A measure that does not say it does not
            load.
        decisions: the decisions that touch it.
        better: whether fewer or more is better; blank for neither.
        part_of: what its number, the part of its share, or the denominator of its mean, is a part of.
        continues: which earlier number its number, or the whole of its share, is again.
        same_people: a word for the people of whom it is one share; the measures with the same word add up to the same
            people in every group, in every indicator.
        headline: its headline, if it is one.
        since: the first day of the first quarter in which it exists; None: always.
    """

    name: str
    made: Made
    meaning: str
    groups: tuple[str, ...] = ("all",)
    published: bool = field(kw_only=True)
    decisions: tuple[str, ...] = field(default=(), kw_only=True)
    better: Literal["fewer", "more", ""] = field(default="", kw_only=True)
    part_of: PartOf | None = field(default=None, kw_only=True)
    continues: Continues | None = field(default=None, kw_only=True)
    same_people: str = field(default="", kw_only=True)
    headline: Headline | None = field(default=None, kw_only=True)
    since: date | None = field(default=None, kw_only=True)

    @property
    def unit(self) -> Unit:
        """The unit of its value."""
        return self.made.unit

    @property
    def part(self) -> str:
        """The name of its number; of a share, of its part; a mean's is that of its denominator."""
        return self.made.part if isinstance(self.made, Share) else self.name

    @property
    def whole(self) -> str:
        """The name of its number; of a share, of its whole."""
        return self.made.whole if isinstance(self.made, Share) else self.name

    @property
    def times(self) -> int:
        """What numerator over denominator is multiplied by."""
        return 100 if isinstance(self.made, Share) else 1

    @property
    def adds_up(self) -> bool:
        """Whether the values of several scopes, or authorities, add up; otherwise their parts do."""
        return isinstance(self.made, Count | Sum)

    def __post_init__(self) -> None:
        """Fills the parameters into the meaning."""
        object.__setattr__(self, "meaning", PARAMETERS.fill(self.meaning))


@dataclass(frozen=True)
class Indicator:
    """An indicator of the toolkit: its number, its title there, its measures, and the sheet that it stands on."""

    number: int
    title: str
    measures: tuple[Measure, ...]
    sheet: str

    def measure(self, name: str) -> Measure:
        """The measure of that name; a KeyError when the indicator has none."""
        return {measure.name: measure for measure in self.measures}[name]
