"""Charts as SVG: lines over the quarters, and pairs of bars. Plain shapes that print, with words for screen readers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 52
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 4


def line_chart(
    name: str,
    title: str,
    labels: Sequence[str],
    values: Sequence[float | None],
    symbols: Sequence[str],
    first: float | None,
) -> Markup:
    """A line over the quarters; a gap with the symbol where there is no value; a dashed line at the first quarter's.

    Args:
        name: what the chart is called within the page, for its parts to refer to.
        title: what a screen reader says of it.
        labels: the quarters.
        values: the value of each.
        symbols: why there is none.
        first: where the dashed line stands; None for none.
    """
    top, step = _axis(max((value for value in values if value is not None), default=1))
    xs = [_x(position, len(labels)) for position in range(len(labels))]
    parts = [*_grid(top, step), *_labels(xs, labels)]
    if first is not None:
        parts.append(_across("first", _y(first, top)))
    for run in _runs(values):
        points = " ".join(f"{xs[position]:.1f},{_y(value, top):.1f}" for position, value in run)
        parts.append(Markup('<polyline class="line" points="{}"/>').format(points))
    for position, value in enumerate(values):
        if value is None:
            parts.append(_text("symbol", xs[position], _HEIGHT - _BOTTOM - 6, symbols[position], "middle"))
        else:
            parts.append(
                Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(xs[position], _y(value, top))
            )
    return _figure(name, title, parts)


def pair_chart(name: str, title: str, before: float, after: float, words: tuple[str, str]) -> Markup:
    """Two bars, before and after, each with its number."""
    top, step = _axis(max(before, after))
    parts = _grid(top, step)
    for position, (value, shown, label) in enumerate(((before, words[0], "before"), (after, words[1], "after"))):
        x, y = _LEFT + 110 + position * 230, _y(value, top)
        parts.append(
            Markup('<rect class="bar {}" x="{}" y="{:.1f}" width="150" height="{:.1f}"/>').format(
                label, x, y, _HEIGHT - _BOTTOM - y
            )
        )
        parts.append(_text("number", x + 75, y - 5, shown, "middle"))
        parts.append(_text("label", x + 75, _HEIGHT - _BOTTOM + 18, f"12 months {label}", "middle"))
    return _figure(name, title, parts)


def _figure(name: str, title: str, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}"><title id="{}">{}</title>')
    return head.format(_WIDTH, _HEIGHT, name, name, title) + Markup("").join(parts) + Markup("</svg>")


def _axis(most: float) -> tuple[float, float]:
    """The top of the axis, which begins at 0, and the distance of its lines."""
    most = most or 1
    raw = most / _LINES
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(each * magnitude for each in _STEPS if each * magnitude >= raw * (1 - 1e-9))
    return step * math.ceil(most / step - 1e-9), step


def _grid(top: float, step: float) -> list[Markup]:
    parts = []
    for number in range(round(top / step) + 1):
        y = _y(number * step, top)
        parts.append(_across("grid", y))
        parts.append(_text("label", _LEFT - 8, y + 4, f"{number * step:,g}", "end"))
    return parts


def _across(kind: str, y: float) -> Markup:
    line = Markup('<line class="{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    return line.format(kind, _LEFT, _WIDTH - _RIGHT, y, y)


def _labels(xs: Sequence[float], labels: Sequence[str]) -> list[Markup]:
    """The quarters below the axis, in two lines; every other one, or fewer, where there are many."""
    every = -(-len(labels) // 8)
    parts = []
    for position, (x, label) in enumerate(zip(xs, labels, strict=True)):
        if (len(labels) - 1 - position) % every == 0:
            months, _, year = label.rpartition(" ")
            parts.append(_text("label", x, _HEIGHT - _BOTTOM + 18, months, "middle"))
            parts.append(_text("label", x, _HEIGHT - _BOTTOM + 34, year, "middle"))
    return parts


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of neighbouring values, with their positions."""
    runs: list[list[tuple[int, float]]] = [[]]
    for position, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((position, value))
    return [run for run in runs if run]


def _text(kind: str, x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(kind, x, y, anchor, words)


def _x(position: int, size: int) -> float:
    inside = _WIDTH - _LEFT - _RIGHT - 40
    return _LEFT + 20 + (inside * position / (size - 1) if size > 1 else inside / 2)


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)
