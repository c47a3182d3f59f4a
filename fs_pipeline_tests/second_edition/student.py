"""The 97.5% point of Student's t, in plain Python: the tail by the continued fraction of the incomplete beta function.

Abramowitz and Stegun 26.5.8 and 26.7.1; Lentz's way of evaluating the fraction.
"""

from __future__ import annotations

import math


def beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(x, a, b) / a
    return 1.0 - front * beta_fraction(1.0 - x, b, a) / b


def t_beyond(t: float, freedom: int) -> float:
    """The probability of a value above t."""
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def t_of_95_percent(freedom: int) -> float:
    """The t that leaves 2.5% above it."""
    low, high = 0.0, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if t_beyond(middle, freedom) > 0.025 else (low, middle)
    return (low + high) / 2
