"""Statistical disclosure control: suppresses cells of a table until no small number can be worked out from the rest.

What a reader can know is a system of linear inequalities: how each number was rounded, and how numbers hang together.
For every suppressed number linear programming finds the least and the greatest value that the system allows; while
these lie too close together, further cells are suppressed. Which cells and relations there are is not decided here.

SciPy is imported where it is used: it would be a quarter of what loading the definitions costs, which never need it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

SMALLEST, LARGEST = 1, 5
"""Numbers of people from 1 to 5 are never shown, nor to be worked out."""
BASE = 5
"""Numbers are rounded to the nearest multiple of this."""
_SLACK = 1e-6
_ENOUGH = 100
"""No number is taken to be above this many times the largest: HiGHS calls some problems without a bound unsolvable."""


def to_base(value: float, base: int = BASE) -> float:
    """To the nearest multiple of the base; halves upwards."""
    return float(np.floor(value / base + 0.5) * base)


def is_small(value: float) -> bool:
    """Whether it is a number that is never shown."""
    return SMALLEST <= value <= LARGEST


def range_of_shown(value: float, base: int = BASE) -> tuple[float, float]:
    """The least and the greatest that a number can be which is shown to the nearest multiple of the base."""
    shown = to_base(value, base)
    return (0.0, 0.0) if value == 0 else (max(shown - base // 2, LARGEST + 1), shown + (base - 1) // 2)


@dataclass(frozen=True)
class Relation:
    """The sum of number x coefficient is at most 0, or just 0 when `equal`; readers know of it."""

    terms: Mapping[int, float]
    equal: bool = False

    def holds(self, values: Sequence[float]) -> bool:
        """Whether it holds for the true numbers."""
        total = sum(values[number] * coefficient for number, coefficient in self.terms.items())
        return abs(total) < _SLACK if self.equal else total < _SLACK


@dataclass(frozen=True)
class Cell:
    """A cell of the table, and what it tells a reader of the numbers while it is shown.

    Attributes:
        bounds: number -> the least and the greatest that it can be. Suppressed, it can still not be less than `least`.
        relations: what else the cell says, such as a share of two numbers.
        is_small: whether it must not be shown.
        weight: cells of less weight are suppressed before others.
        least: the least that its numbers can be when it is suppressed, as readers know.
        most: the most that they can be then.
        only_with: numbers, at least one of which is shown and not 0 where the cell is: it is suppressed when they all
            are, whatever its own numbers are, and tells no `most` of these then.
        is_public: whether it is published elsewhere already, so that it can't be suppressed any more.
    """

    bounds: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    is_small: bool = False
    weight: float = 0
    least: float = SMALLEST
    most: float = np.inf
    only_with: Set[int] = frozenset()
    is_public: bool = False

    @property
    def numbers(self) -> set[int]:
        """The numbers that it tells of."""
        return {*self.bounds, *(number for relation in self.relations for number in relation.terms)}


def adds_up(whole: int, parts: Iterable[int]) -> tuple[Relation, Relation]:
    """That the parts are the whole; should they be less, as when some were not supplied, that they are no more."""
    terms = {whole: -1.0} | dict.fromkeys(parts, 1.0)
    return Relation(terms, equal=True), Relation(terms)


@dataclass
class System:
    """A table, or several side by side: the true numbers, cells that tell of them, and what readers know of them."""

    values: list[float] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def add(self, value: float) -> int:
        """Adds a number; its place among `values`."""
        self.values.append(value)
        return len(self.values) - 1

    def hidden(self) -> list[bool]:
        """Which of the cells to suppress."""
        return suppressed(self.values, self.cells, self.relations)


def suppressed(values: Sequence[float], cells: Sequence[Cell], relations: Sequence[Relation]) -> list[bool]:
    """Which cells to suppress so that no number from 1 to 5, and no suppressed one, can be worked out.

    Args:
        values: the true numbers.
        cells: the cells; what they tell must be true of the numbers.
        relations: what readers know of the numbers whatever is shown; those that do not hold are left out.
    """
    known = [relation for relation in relations if relation.holds(values)]
    hidden = [cell.is_small for cell in cells]
    _hide_alike(cells, hidden)
    parts = _components(len(values), cells, known)
    cells_of = _by_part(parts, [cell.numbers for cell in cells])
    relations_of = _by_part(parts, [relation.terms for relation in known])
    for part, inside in cells_of.items():
        related = [known[position] for position in relations_of[part]]
        while any(hidden[position] for position in inside):
            found = _given_away(values, cells, inside, related, hidden)
            if found is None:
                break
            hidden[found] = True
            _hide_alike(cells, hidden)
    return hidden


def _hide_alike(cells: Sequence[Cell], hidden: list[bool]) -> None:
    """Suppresses the cells none of whose numbers in `only_with` is shown."""
    seen = _seen(cell for cell, is_hidden in zip(cells, hidden, strict=True) if not is_hidden)
    for position, cell in enumerate(cells):
        hidden[position] |= bool(cell.only_with) and not cell.only_with & seen


def _seen(shown: Iterable[Cell]) -> set[int]:
    """The numbers that are shown, and not 0."""
    return {number for cell in shown for number, (_, greatest) in cell.bounds.items() if greatest}


def _given_away(
    values: Sequence[float],
    cells: Sequence[Cell],
    inside: Sequence[int],
    related: Sequence[Relation],
    hidden: list[bool],
) -> int | None:
    """The next cell to suppress because a number can be worked out; None when none can."""
    free = [each for each in inside if not (hidden[each] or cells[each].is_public or _is_zero(cells[each]))]
    shown, gone = ([cells[each] for each in inside if hidden[each] == is_hidden] for is_hidden in (False, True))
    reader = _Reader(shown, gone, related, _ENOUGH * max(1.0, *values))
    for number in sorted({number for position in inside if hidden[position] for number in cells[position].numbers}):
        if number in reader.bounded or not is_given_away(values[number], *reader.seen(number)):
            continue
        if not is_given_away(values[number], *reader.extent(number)):
            continue
        near = reader.near(number)
        if others := [each for each in free if cells[each].numbers & near] or free:
            return min(others, key=lambda each: (cells[each].weight, each))
    return None


def _is_zero(cell: Cell) -> bool:
    """Whether it shows a 0: never suppressed, for what is suppressed is known not to be 0.

    Nor need it be: with nothing but zeros shown, whatever is true is as possible ten times as large.
    """
    return bool(cell.bounds) and all(greatest == 0 for _, greatest in cell.bounds.values())


def is_given_away(value: float, least: float, greatest: float) -> bool:
    """Whether the range that is known of a suppressed number is narrower than that from 1 to 5, or than a rounding."""
    width = LARGEST - SMALLEST if value <= LARGEST else BASE
    return value > 0 and greatest - least < width - _SLACK


class _Reader:
    """What a reader knows of the numbers while these cells are shown.

    Every solution is an example of what all the numbers could be. One of which the examples so far lie far enough
    apart is not given away, whatever its extent is: that answers for most of them.
    """

    def __init__(self, shown: Sequence[Cell], gone: Sequence[Cell], related: Sequence[Relation], most: float) -> None:
        self._relations = [*related, *(relation for cell in shown for relation in cell.relations)]
        seen = _seen(shown)
        self._bounds: dict[int, tuple[float, float]] = {
            number: (cell.least, cell.most if not cell.only_with or cell.only_with & seen else np.inf)
            for cell in gone
            for number in cell.bounds
        }
        for cell in shown:
            for number, (least, greatest) in cell.bounds.items():
                before = self._known(number)
                self._bounds[number] = max(least, before[0]), min(greatest, before[1])
        self.bounded = {number for cell in shown for number in cell.bounds}
        numbers = {number for relation in self._relations for number in relation.terms}
        self._place = {number: place for place, number in enumerate(sorted(numbers))}
        self._extents = [(least, min(greatest, most)) for least, greatest in map(self._known, self._place)]
        self._lowest, self._highest = (np.full(len(self._place), none_yet) for none_yet in (np.inf, -np.inf))

    @cached_property
    def _program(self) -> dict[str, object]:
        """Bounds and relations as linear programming takes them; few of the numbers stand in each relation."""
        from scipy.optimize import Bounds, LinearConstraint
        from scipy.sparse import coo_array

        rows = self._relations
        terms = [(row, self._place[each], times) for row, of in enumerate(rows) for each, times in of.terms.items()]
        places, columns, values = zip(*terms, strict=True)
        matrix = coo_array((values, (places, columns)), shape=(len(rows), len(self._place)), dtype=np.float64)
        least = [0.0 if relation.equal else -np.inf for relation in rows]
        return {
            "constraints": LinearConstraint(matrix.tocsc(), least, 0.0),
            "bounds": Bounds(*np.transpose(self._extents)),
        }

    def _known(self, number: int) -> tuple[float, float]:
        return self._bounds.get(number, (0.0, np.inf))

    def near(self, number: int) -> set[int]:
        """The numbers of the relations that the number stands in."""
        return {each for relation in self._relations if number in relation.terms for each in relation.terms} | {number}

    def seen(self, number: int) -> tuple[float, float]:
        """The least and the greatest that the number is in the examples so far; its extent is no narrower."""
        if number not in self._place:
            return 0.0, np.inf
        return float(self._lowest[self._place[number]]), float(self._highest[self._place[number]])

    def extent(self, number: int) -> tuple[float, float]:
        """The least and the greatest that the number can be, when relations tell of it."""
        target = np.zeros(len(self._place))
        target[self._place[number]] = 1
        return self._end(target), -self._end(-target)

    def _end(self, target: np.ndarray) -> float:
        """The least value of the target.

        Raises:
            RuntimeError: there is none, so that nothing is known of how safe the numbers are.
        """
        from scipy.optimize import milp

        found = milp(target, **self._program)  # no number has to be whole; `linprog` takes longer over the same
        if not found.success:
            raise RuntimeError(
                f"disclosure control could not tell what a reader can work out ({found.message}): nothing is published"
            )
        self._lowest, self._highest = np.minimum(self._lowest, found.x), np.maximum(self._highest, found.x)
        return float(found.fun)


def _by_part(parts: Sequence[int], numbers: Iterable[Collection[int]]) -> dict[int, list[int]]:
    """The positions of those that tell of numbers, by the part that their numbers belong to, in order."""
    found: dict[int, list[int]] = {part: [] for part in sorted(set(parts))}
    for position, of in enumerate(numbers):
        if of:
            found[parts[min(of)]].append(position)
    return found


def _components(size: int, cells: Sequence[Cell], relations: Sequence[Relation]) -> list[int]:
    """The part of the table that each number belongs to: numbers of one cell or relation belong together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = [sorted(each.numbers) for each in cells] + [sorted(each.terms) for each in relations]
    pairs = [(one, other) for numbers in links for one, other in pairwise(numbers)]
    rows, columns = ([pair[side] for pair in pairs] for side in (0, 1))
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(size, size))
    found: list[int] = connected_components(graph, directed=False)[1].tolist()
    return found
