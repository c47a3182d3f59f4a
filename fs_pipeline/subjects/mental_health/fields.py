"""Depression and anxiety scores of each adult who works with a mental health worker (X02 to X07)."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from fs_pipeline.arithmetic.population import ROSTER_ROWS
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.scores import scores_by_course
from fs_pipeline.toolkit.extracts import MENTAL_HEALTH_SCORES
from fs_pipeline.toolkit.fields import field_table

SCALES = ("phq9", "gad7")
MENTAL_HEALTH = field_table("mental_health")


def mental_health(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER_ROWS],
    mental_health_scores: Annotated[pd.DataFrame | None, MENTAL_HEALTH_SCORES],
) -> Annotated[pd.DataFrame, MENTAL_HEALTH]:
    """Each adult's initial, latest and end PHQ-9 and GAD-7 score (Z23).

    Blank without such an assessment or score, for children, and while the scores are not supplied.
    """
    scores = MENTAL_HEALTH_SCORES.empty() if mental_health_scores is None else mental_health_scores
    columns = {scale: scale for scale in SCALES}
    return MENTAL_HEALTH.beside(people, scores_by_course(quarter, people, scores, columns, date="score_date"))
