"""What indicators and their measures declare: `indicators.csv`, and `measures.csv`, a row a measure and period.

A measure says what kind of number it is and what that is made of. How it is rounded, written, added up over
authorities, shown to everyone or suppressed: all of that follows from what it says, and is decided nowhere else. Units
are a closed vocabulary. A cell of `measures.csv` is an attribute of `Measure`, or of what that is made of; what a row
leaves blank is as the classes say, but whether everyone may see a measure is never left blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Literal, TypeAlias

from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline.toolkit.sheets import sheet

FINAL = "final"
NOT_SUPPLIED = "not_supplied"
PARTIAL = "partial"
_WHOLE, _ONE_DECIMAL = "#,##0", "#,##0.0"


class Counted(Enum):
    """What numbers in a unit are numbers of: from that follows how much of them everyone may see."""

    PEOPLE = "people, or families"
    THEIRS = "things that belong to people"
    SESSIONS = "half days at school, of which everybody has many"
    TIME = "an amount of time"
    MONEY = "an amount of money"
    SCORE = "points on a form"
    SHARE = "parts of a whole"


class Unit(Enum):
    """A unit: its word in `indicator_values`, what it counts, and its Excel formats for the council and for everyone.

    What is for everyone is written with the decimals that it is rounded to. `count` is the toolkit's own word for
    numbers that are called nothing else: assessments, programmes, cases a worker.
    """

    FAMILIES = ("families", Counted.PEOPLE)
    PEOPLE = ("people", Counted.PEOPLE)
    CHILDREN = ("children", Counted.PEOPLE)
    PLANS = ("plans", Counted.THEIRS)
    CASES = ("cases", Counted.THEIRS)
    PERIODS = ("periods", Counted.THEIRS)
    INCIDENTS = ("incidents", Counted.THEIRS)
    REPORTS = ("reports", Counted.THEIRS)
    COUNT = ("count", Counted.THEIRS, "#,##0.##", "#,##0.##", 1)
    SESSIONS = ("sessions", Counted.SESSIONS)
    DAYS = ("days", Counted.TIME, _ONE_DECIMAL)
    WEEKS = ("weeks", Counted.TIME, _ONE_DECIMAL, _ONE_DECIMAL, 1)
    HOURS = ("hours", Counted.TIME, _ONE_DECIMAL, _ONE_DECIMAL, 1)
    SCORE = ("score", Counted.SCORE, "0.00", _ONE_DECIMAL, 1)
    GBP = ("GBP", Counted.MONEY)
    PERCENT = ("%", Counted.SHARE, "0.0")

    def __init__(
        self, word: str, counts: Counted, council: str = _WHOLE, published: str = _WHOLE, decimals: int = 0
    ) -> None:
        self.word = word
        self.counts = counts
        self.council_format = council
        self.published_format = published
        self.published_decimals = decimals

    def number_format(self, *, is_public: bool = False) -> str:
        """How a value in the unit is written in Excel."""
        return self.published_format if is_public else self.council_format


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
        made: what kind of number it is, and what it is made of.
        meaning: what is counted, in words.
        groups: its subdivisions.
        published: whether everyone may see it, by the rules for small numbers. A measure that does not say it does not
            load.
        better: whether fewer or more is better; blank for neither.
        part_of: what its number, the part of its share, or the denominator of its mean, is a part of.
        continues: which earlier number its number, or the whole of its share, is again.
        same_people: a word for the people of whom it is one share; the measures with the same word add up to the same
            people in every group, in every indicator.
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


_UNITS = {unit.word: unit for unit in Unit}
_PUBLISHED = {"yes": True, "no": False}


def toolkit_indicator(number: int, period: str = "quarter") -> Indicator:
    """The toolkit's indicator, with its measures of a period: `quarter`, or `twelve_months` around FS start.

    Raises:
        ValueError: a row of it is wrong: see `measure_of`.
    """
    (row,) = (row for row in sheet("indicators") if row["number"] == str(number))
    rows = (row for row in sheet("measures") if (row["indicator"], row["period"]) == (str(number), period))
    return Indicator(number, row["title"], tuple(map(measure_of, rows)), row["sheet"])


def measure_of(row: Mapping[str, str]) -> Measure:
    """The measure that a row of `measures.csv` declares.

    Raises:
        ValueError: it does not say whether everyone may see it, or names a unit or kind that there is not.
    """
    said: dict[str, Any] = {name: row[name] for name in ("better", "same_people") if row[name]}
    if row["groups"]:
        said["groups"] = tuple(row["groups"].split(";"))
    if row["part_of"]:
        of_indicator = int(row["of_indicator"]) if row["of_indicator"] else None
        said["part_of"] = PartOf(row["part_of"], row["split"], of_indicator)
    if row["continues"]:
        said["continues"] = Continues(row["continues"], int(row["quarters"] or 1))
    if row["headline"]:
        said["headline"] = Headline(row["headline"], row["headline_scope"] or "fs", row["headline_group"] or "all")
    if row["since"]:
        said["since"] = date.fromisoformat(row["since"])
    try:
        return Measure(
            row["measure"],
            _made(row),
            row["meaning"],
            published=_PUBLISHED[row["published"]],
            decisions=tuple(filter(None, row["decisions"].split(";"))),
            **said,
        )
    except KeyError as error:
        raise ValueError(f"measures.csv: {row['measure']} of indicator {row['indicator']}: {error} is none") from error


def _made(row: Mapping[str, str]) -> Made:
    match row["kind"]:
        case "count":
            return Count(_UNITS[row["unit"]])
        case "sum":
            return Sum(_UNITS[row["unit"]], of=row["whole"])
        case "mean":
            return Mean(_UNITS[row["unit"]], _UNITS[row["over"]], tuple(filter(None, row["whole"].split(";"))))
        case "share":
            return Share(row["part"], row["whole"], _UNITS[row["over"]])
        case kind:
            raise KeyError(kind)


COHORT = toolkit_indicator(0)
"""How many families and people all figures are about."""
