"""The person level: the roster with every subject's fields beside it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.fields import PERSON_LEVEL
from fs_pipeline.toolkit.roster import ROSTER
from fs_pipeline.toolkit.tables import ArrayLike


def person_level(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER],
    **fields: pd.DataFrame,
) -> Annotated[pd.DataFrame, PERSON_LEVEL]:
    """One row per person and family of the roster, with every field of the toolkit at person level.

    Raises:
        ValueError: a subject's fields are not of this roster: it was run for another version of it.
    """
    columns: dict[str, ArrayLike] = {"quarter": np.full(len(people), quarter.start)}
    columns |= {name: people[name] for name in PERSON_LEVEL.names if name in people}
    for subject in fields.values():
        if not all(subject[key].equals(people[key]) for key in PERSON_LEVEL.key):
            raise ValueError("fields of another roster: run the quarter's cohort and fields again, together")
        columns |= {name: subject[name] for name in PERSON_LEVEL.names if name in subject}
    return PERSON_LEVEL.beside(people, columns)
