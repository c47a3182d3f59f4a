"""A toolkit of one measure, by the unit of its values, for tests of the rules that follow from a declaration."""

from __future__ import annotations

from fs_pipeline.toolkit.figures import Count, Indicator, Mean, Measure, Share, Unit
from fs_pipeline.toolkit.toolkit import Toolkit

NUMBER, NAME = 1, "a_measure"
_MADE = {
    "%": Share("part", "whole", Unit.PEOPLE),
    "people": Count(Unit.PEOPLE),
    "days": Mean(Unit.DAYS, Unit.PLANS),
}


def toolkit_of(unit: str, *, published: bool = True) -> Toolkit:
    """The toolkit whose one measure is a share of people (`%`), a number of people, or a mean number of days."""
    measure = Measure(NAME, _MADE[unit], "Something.", published=published)
    return Toolkit((Indicator(NUMBER, "An indicator", (measure,), "A sheet"),))
