"""How many families and people the figures of a quarter are about."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.figures import Figures
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.breakdowns import FS
from fs_pipeline.toolkit.fields import COHORT_SIZE, ROSTER
from fs_pipeline.toolkit.figures import COHORT


def cohort_size(
    quarter: Quarter, people: Annotated[pd.DataFrame, ROSTER.only("family_key", "person_id", "role")]
) -> Annotated[pd.DataFrame, COHORT_SIZE]:
    """Families, children and adults on the roster at the end of the quarter, each counted once.

    A child of no family is among the children. Families stay on the roster after FS ends for them.
    """
    figures = Figures(COHORT, quarter)
    of_role = people.groupby("role")["person_id"].nunique()
    numbers = (people["family_key"].nunique(), *(of_role.get(role, 0) for role in ("child", "adult")))
    for measure, number in zip(COHORT.measures, numbers, strict=True):
        figures.count(measure.name, (FS,), np.array([float(number)]))
    return COHORT_SIZE.frame(figures.frame())
