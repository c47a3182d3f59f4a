"""The toolkit as a whole: its indicators and breakdowns, as exports and commands are handed them.

Nothing that shows figures has a list of its own: what it shows follows from what is declared here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from fs_pipeline.toolkit.breakdowns import AUTHORITY, BREAKDOWNS, FS, Breakdown, kind_of
from fs_pipeline.toolkit.figures import COHORT, Continues, Indicator, Mean, Measure, PartOf
from fs_pipeline.toolkit.twelve_months import TWELVE_MONTHS_INDICATORS


@dataclass(frozen=True)
class Toolkit:
    """What is declared of figures.

    Attributes:
        indicators: the indicators, in the order of their numbers.
        breakdowns: the breakdowns, in the order in which figures show them.
        twelve_months: the indicators again, with their measures of the twelve months before and after FS start.
        cohort: indicator 0, how many families and people are on the roster; it stands on front pages.
    """

    indicators: tuple[Indicator, ...]
    breakdowns: tuple[Breakdown, ...] = BREAKDOWNS
    twelve_months: tuple[Indicator, ...] = TWELVE_MONTHS_INDICATORS
    cohort: tuple[Indicator, ...] = (COHORT,)

    def __post_init__(self) -> None:
        numbers = [indicator.number for indicator in self.indicators]
        names = [breakdown.name for breakdown in self.breakdowns]
        if numbers != sorted(set(numbers)) or len(set(names)) != len(names) or {AUTHORITY, FS} & set(names):
            raise ValueError(f"indicators and breakdowns are declared once each, in order: {numbers}, {names}")

    @cached_property
    def by_number(self) -> Mapping[int, Indicator]:
        """The indicators by their numbers."""
        return {indicator.number: indicator for indicator in (*self.cohort, *self.indicators)}

    @cached_property
    def measures(self) -> Mapping[tuple[int, str], Measure]:
        """Every measure by indicator and name, in the toolkit's order; of the twelve months, those with other names."""
        own = {(each.number, measure.name): measure for each in self.by_number.values() for measure in each.measures}
        ordered = sorted({**self._of_twelve_months, **own}, key=lambda key: key[0])
        return {key: own.get(key) or self._of_twelve_months[key] for key in ordered}

    @cached_property
    def _of_twelve_months(self) -> Mapping[tuple[int, str], Measure]:
        return {
            (indicator.number, measure.name): measure
            for indicator in self.twelve_months
            if indicator.number in self.by_number
            for measure in indicator.measures
        }

    def measure(self, indicator: int, name: str, period: str = "quarter") -> Measure:
        """The measure's declaration, in the words of the period; a KeyError when there is none."""
        return self._of_period(period)[indicator, name]

    def find(self, indicator: int, name: str, period: str = "quarter") -> Measure | None:
        """The same; None where there is none, as in the tables of another release."""
        return self._of_period(period).get((indicator, name))

    def _of_period(self, period: str) -> Mapping[tuple[int, str], Measure]:
        return self.measures if period == "quarter" else self._of_twelve_months

    @cached_property
    def headlines(self) -> Mapping[tuple[Hashable, ...], Measure]:
        """The measures with a headline, by indicator, measure, scope and group of the figure that it is."""
        return {
            (number, name, measure.headline.scope, measure.headline.group): measure
            for (number, name), measure in self.measures.items()
            if measure.headline
        }

    @cached_property
    def sheets(self) -> Mapping[str, tuple[Indicator, ...]]:
        """The sheets of figures by their names, and the indicators on each."""
        names = dict.fromkeys(indicator.sheet for indicator in self.indicators)
        return {name: tuple(each for each in self.indicators if each.sheet == name) for name in names}

    @cached_property
    def scope_kinds(self) -> tuple[str, ...]:
        """The kinds of scope, in the order in which figures show them."""
        return AUTHORITY, FS, *(breakdown.name for breakdown in self.breakdowns)

    @cached_property
    def public(self) -> Toolkit:
        """What of it everyone may know: the measures that are published, and the breakdowns."""
        breakdowns = tuple(breakdown for breakdown in self.breakdowns if breakdown.published)
        indicators, *others = map(_published, (self.indicators, self.twelve_months, self.cohort))
        return Toolkit(indicators, breakdowns, *others)

    def is_published(self, indicator: int, measure: str, scope: str, period: str = "quarter") -> bool:
        """Whether everyone may see such a figure, if it is not small.

        Nothing that is not declared, and means of all families together alone.
        """
        declared = self.public.find(indicator, measure, period)
        if declared is None or scope in (AUTHORITY, FS):
            return declared is not None
        return kind_of(scope) in self.public.scope_kinds and not isinstance(declared.made, Mean)

    @cached_property
    def part_of(self) -> Mapping[tuple[int, Hashable], tuple[PartOf, ...]]:
        """What each number, by indicator and name, is a part of."""
        wholes: dict[tuple[int, Hashable], tuple[PartOf, ...]] = {}
        for (indicator, _), measure in self.measures.items():
            if measure.part_of:
                wholes[indicator, measure.part] = (*wholes.get((indicator, measure.part), ()), measure.part_of)
        return wholes

    @cached_property
    def parts(self) -> Mapping[tuple[int, Hashable], list[tuple[int, str]]]:
        """What is declared to be a part of each number, by indicator and name."""
        by_whole: dict[tuple[int, Hashable], list[tuple[int, str]]] = {}
        for (indicator, _), measure in self.measures.items():
            if part_of := measure.part_of:
                whole = part_of.indicator or indicator, part_of.whole
                by_whole.setdefault(whole, []).append((indicator, measure.part))
        return by_whole

    @cached_property
    def splits(self) -> Mapping[tuple[int, Hashable], Mapping[str, list[tuple[int, str]]]]:
        """By indicator and name of a whole, the parts that add up to it, split by split."""
        by_whole: dict[tuple[int, Hashable], dict[str, list[tuple[int, str]]]] = {}
        for (indicator, _), measure in self.measures.items():
            if (part_of := measure.part_of) and part_of.split:
                of_whole = by_whole.setdefault((part_of.indicator or indicator, part_of.whole), {})
                of_whole.setdefault(part_of.split, []).append((indicator, measure.part))
        return by_whole

    @cached_property
    def continues(self) -> Mapping[tuple[int, Hashable], Continues]:
        """Which earlier number each number, by indicator and name, is again."""
        return {(key[0], each.whole): each.continues for key, each in self.measures.items() if each.continues}

    @cached_property
    def same_people(self) -> Mapping[int, Mapping[str, list[str]]]:
        """Of each indicator, the measures that together are the same people, by the word for them."""
        by_indicator: dict[int, dict[str, list[str]]] = {}
        for (indicator, name), measure in self.measures.items():
            if measure.same_people:
                by_indicator.setdefault(indicator, {}).setdefault(measure.same_people, []).append(name)
        return by_indicator


def _published(indicators: tuple[Indicator, ...]) -> tuple[Indicator, ...]:
    """The indicators with the measures of them that are published; those with none are left out."""
    kept = (replace(each, measures=tuple(of for of in each.measures if of.published)) for each in indicators)
    return tuple(indicator for indicator in kept if indicator.measures)
