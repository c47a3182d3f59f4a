"""Ratios that stay blank over nothing."""

from __future__ import annotations

import numpy as np

from fs_pipeline.arithmetic.columns import Numbers


def ratio(numerator: Numbers, denominator: Numbers) -> Numbers:
    """Numerator over denominator; blank where either is blank or the denominator is 0."""
    over = np.where(denominator == 0, np.nan, denominator)
    quotient: Numbers = numerator / over
    return quotient
