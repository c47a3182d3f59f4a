"""Suppression: what must not be shown, and what could be worked out from the rest, by hand and by attack."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fs_pipeline.exports.disclosure import Cell, Relation, suppressed
from fs_pipeline_tests.literals import each


def shown(value: int) -> tuple[float, float]:
    """What a reader knows of a number that is shown rounded to the nearest 5, when 1 to 5 never are."""
    rounded = 5 * ((value + 2) // 5)
    return (0, 0) if value == 0 else (max(rounded - 2, 6), rounded + 2)


def count(number: int, value: int) -> Cell:
    return Cell({number: shown(value)}, is_small=1 <= value <= 5, weight=value or 1e9)


def hidden(values: list[int], relations: list[Relation]) -> list[bool]:
    return suppressed(values, [count(number, value) for number, value in enumerate(values)], relations)


@each("""
    value | is_hidden
    0     | no
    1     | yes
    5     | yes
    6     | no
""")
def test_numbers_from_1_to_5_are_hidden(value, is_hidden):
    assert hidden([value], []) == [is_hidden]


def test_the_rest_of_a_total_is_hidden_with_a_second_part():
    """Total 12, parts 7 and 5: 12 is 8 to 12 and 7 is 6 to 7, so the 5 would be 1 to 6: rounding protects it."""
    adds_up = Relation({0: -1, 1: 1, 2: 1}, equal=True)
    assert hidden([12, 7, 5], [adds_up]) == [False, False, True]


def test_a_total_that_leaves_a_part_no_room_goes_too():
    """All parts but one are 0, so that the total would be the part; of two parts, each could be 1 to 11."""
    adds_up = Relation({0: -1, 1: 1, 2: 1}, equal=True)
    assert hidden([5, 5, 0], [adds_up]) == [True, True, False]
    assert hidden([10, 5, 5], [adds_up]) == [False, True, True]


def test_of_a_zero_and_two_parts_a_further_one_goes():
    """A total of 6 or 7 less a part of 6 or 7 would leave 0 or 1 for the 1: the larger part goes, or the total."""
    adds_up = Relation({0: -1, 1: 1, 2: 1}, equal=True)
    assert sum(hidden([7, 6, 1], [adds_up])) == 2


def test_a_zero_is_never_suppressed():
    """What is suppressed is known not to be 0, so a suppressed 0 would tell a lie; and it protects nothing."""
    adds_up = Relation({0: -1, 1: 1, 2: 1}, equal=True)
    assert hidden([7, 7, 0], [adds_up]) == [False] * 3
    half = Relation({0: 2, 3: -1}, equal=True)
    assert hidden([3, 3, 0, 6], [adds_up, half]) == [True, True, False, True]


def test_a_relation_that_does_not_hold_is_not_known_to_readers():
    assert hidden([10, 5, 4], [Relation({0: -1, 1: 1, 2: 1}, equal=True)]) == [False, True, True]


def test_last_quarters_end_is_this_quarters_start():
    same = Relation({0: 1, 1: -1}, equal=True)
    assert hidden([3, 3], [same]) == [True, True]


def test_nothing_is_hidden_without_need():
    adds_up = Relation({0: -1, 1: 1, 2: 1}, equal=True)
    assert hidden([60, 40, 20], [adds_up]) == [False] * 3


TABLES = st.lists(st.lists(st.integers(0, 25), min_size=2, max_size=4), min_size=1, max_size=3).filter(
    lambda rows: len({len(row) for row in rows}) == 1
)


@settings(max_examples=60)
@given(TABLES)
def test_an_attack_on_a_table_with_all_its_totals_finds_nothing(rows):
    """Rows and columns add up to totals; the attack knows what is shown, how it was rounded, and that it adds up."""
    table = np.array(rows)
    full = np.vstack([np.hstack([table, table.sum(1, keepdims=True)]), [[*table.sum(0), table.sum()]]])
    height, width = full.shape
    number = np.arange(full.size).reshape(full.shape)
    lines = [*number, *number.T]
    relations = [Relation({**{int(part): 1 for part in line[:-1]}, int(line[-1]): -1}, equal=True) for line in lines]
    values = full.ravel().tolist()
    gone = hidden(values, relations)
    assert gone == hidden(values, relations)

    equal = np.zeros((height + width, full.size))
    for place, line in enumerate(lines):
        equal[place, line[:-1]], equal[place, line[-1]] = 1, -1
    bounds = [(1, None) if is_gone else shown(value) for value, is_gone in zip(values, gone, strict=True)]
    for place, (value, is_gone) in enumerate(zip(values, gone, strict=True)):
        if not is_gone:
            assert value == 0 or value > 5
            continue
        target = np.eye(full.size)[place]
        least, greatest = (
            linprog(sign * target, A_eq=equal, b_eq=np.zeros(len(equal)), bounds=bounds) for sign in (1, -1)
        )
        highest = np.inf if greatest.fun is None else -greatest.fun
        assert highest - least.fun >= (4 if value <= 5 else 5) - 1e-6
