"""Invented deliveries, spoilt in one of many ways each, with what a careful reader would make of them.

`python -m fs_pipeline_tests.extracts.mutations 1000` delivers so many and says how each kind ended, the slowest, and
the one that took most memory. `test_mutations.py` keeps a few of them in every run of the tests.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests.extracts import mutated_binaries, mutated_text
from fs_pipeline_tests.extracts.judging import Ending, judged
from fs_pipeline_tests.extracts.mutated import Mutated, Sheet
from fs_pipeline_tests.invented.authorities import START, authority

QUARTER = START.shifted(1)
_FAMILIES, _SEED = 40, 5
_MUTATIONS: dict[str, Callable[[Sheet, random.Random], Mutated]] = {
    **mutated_text.MUTATIONS,
    **mutated_binaries.MUTATIONS,
}
KINDS = tuple(_MUTATIONS)
"""Every kind of mutation."""


@dataclass(frozen=True)
class Delivered:
    """A mutated delivery: its number (which gives it again), its kind, and the extract that it is one of."""

    number: int
    kind: str
    extract: Extract
    mutated: Mutated


def clean(extract: Extract) -> pd.DataFrame:
    """The invented rows of an extract."""
    return authority(_FAMILIES, _SEED)[QUARTER][extract.extract]


def deliveries(numbers: range) -> Iterator[Delivered]:
    """The mutated deliveries of these numbers; every kind comes in turn, over extracts by chance."""
    for number in numbers:
        chance = random.Random(number)
        extract = chance.choice(list(EXTRACTS.values()))
        sheet = Sheet(extract, [list(extract.names), *_texts(extract, clean(extract))])
        kind = KINDS[number % len(KINDS)]
        yield Delivered(number, kind, extract, _MUTATIONS[kind](sheet, chance))


def _texts(extract: Extract, frame: pd.DataFrame) -> list[list[str]]:
    return [list(row) for row in zip(*(_column(frame[each.name], each.kind) for each in extract.columns), strict=True)]


def _column(values: pd.Series, kind: Kind) -> list[str]:
    if kind is Kind.DATE:
        return ["" if pd.isna(value) else f"{value:%Y-%m-%d}" for value in values]
    if kind is Kind.BOOL:
        return ["Y" if value else "N" for value in values]
    return ["" if pd.isna(value) else f"{value:g}" if kind is Kind.FLOAT else str(value) for value in values]


def ended(delivered: Delivered, folder: Path) -> Ending:
    """How a delivery ends, and what is wrong with that."""
    references = {"people": clean(EXTRACTS["people"]), "family_members": clean(EXTRACTS["family_members"])}
    return judged(delivered.extract, QUARTER, delivered.mutated, folder, references)


def _report(numbers: range) -> str:
    endings: list[tuple[Delivered, Ending]] = []
    with TemporaryDirectory() as folder:
        for delivered in deliveries(numbers):
            place = Path(folder) / str(delivered.number)
            endings.append((delivered, ended(delivered, place)))
            said = [
                f"{delivered.number} {delivered.kind} ({delivered.extract.extract}): {fault}"
                for fault in endings[-1][1].faults
            ]
            sys.stderr.write("".join(f"{line}\n" for line in said))
    how = Counter((delivered.kind, ending.how) for delivered, ending in endings)
    kinds = sorted({kind for kind, _ in how})
    ways = ("refused", "rejected", "found", "correct")
    lines = [f"{'':28}" + "".join(f"{way:>10}" for way in ways)]
    lines += [f"{kind:28}" + "".join(f"{how[kind, way] or '':>10}" for way in ways) for kind in kinds]
    lines.append(f"{'all':28}" + "".join(f"{sum(how[kind, way] for kind in kinds):>10}" for way in ways))
    for what, unit, most in (("slowest", "s", "seconds"), ("most memory", "MB", "megabytes")):
        delivered, ending = max(endings, key=lambda each: getattr(each[1], most))
        lines.append(f"{what}: {getattr(ending, most):.1f} {unit}, {delivered.kind} (number {delivered.number})")
    lines.append(f"wrong: {sum(bool(ending.faults) for _, ending in endings)} of {len(endings)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    first, last = (
        (int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[1])) if len(sys.argv) > 2 else (0, int(sys.argv[1]))
    )
    sys.stdout.write(_report(range(first, last)))
