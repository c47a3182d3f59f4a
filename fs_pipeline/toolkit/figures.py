"""Figures: the table that holds them, and what an indicator and its measures are."""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.fields import QUARTER
from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline.toolkit.tables import Column, Table

FINAL = "final"
NOT_SUPPLIED = "not_supplied"
PARTIAL = "partial"

INDICATOR_VALUES = Table(
    "outputs/indicator_values",
    ("quarter", "indicator", "measure", "scope", "group", "period"),
    (
        QUARTER,
        Column("indicator", Kind.INT, "The toolkit's number of the indicator, 1 to 20.", nullable=False),
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
class Measure:
    """A measure of an indicator.

    Attributes:
        name: the measure's name in `indicator_values`.
        unit: unit of its value.
        meaning: what is counted, in words.
        groups: its subdivisions.
        decisions: the decisions that touch it.
    """

    name: str
    unit: str
    meaning: str
    groups: tuple[str, ...] = ("all",)
    decisions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Fills the parameters into the meaning."""
        object.__setattr__(self, "meaning", PARAMETERS.fill(self.meaning))


@dataclass(frozen=True)
class Indicator:
    """An indicator of the toolkit: its number, its title there, and its measures."""

    number: int
    title: str
    measures: tuple[Measure, ...]

    def measure(self, name: str) -> Measure:
        """The measure of that name; a KeyError when the indicator has none."""
        return {measure.name: measure for measure in self.measures}[name]
