"""An indicator 21 and a breakdown by category of need, as anybody would declare them, and the catalogue with both."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.figures import Figures, indicator
from fs_pipeline.arithmetic.population import ROSTER_ROWS, Population
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Catalogue
from fs_pipeline.ledger.family_safeguarding import family_safeguarding
from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.toolkit.breakdowns import BREAKDOWNS, Breakdown
from fs_pipeline.toolkit.fields import INDICATOR_VALUES
from fs_pipeline.toolkit.figures import Count, Indicator, Measure, Unit

NEED = Breakdown(name="need", column="category_of_need", people="children of a category of need", published=False)


MEASURE = Measure("children_on_roster", Count(Unit.CHILDREN), "Children by category of need.", published=False)


@indicator(Indicator(21, "Children by category of need", (MEASURE,), sheet="Roster"))
def children_on_roster(
    quarter: Quarter, people: Annotated[pd.DataFrame, ROSTER_ROWS]
) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Children on the roster, each once in a scope."""
    figures = Figures(children_on_roster.declaration, quarter)
    children = Population.of_roster(people, quarter, "child")
    figures.count("children_on_roster", children.scopes, children.total(children.counted))
    return figures.frame()


def with_need() -> Catalogue:
    """The toolkit's catalogue, with the indicator and the breakdown."""
    return family_safeguarding((*INDICATORS, children_on_roster), (*BREAKDOWNS, NEED))
