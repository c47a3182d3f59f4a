"""A table to be mutated, what mutating it gives, and its writers."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.tables import Kind

Rows = list[list[str]]


@dataclass(frozen=True)
class Mutated:
    """A mutated delivery.

    Attributes:
        form: its ending.
        content: its bytes.
        truth: the rows that a careful reader would use, in the contract's order of columns; no others may be.
        delivered: how many rows there are, good or bad; None when it cannot be told.
        flipped: in so many rows a value may have been flipped into another good one.
        must_not_be_used: it may only end in a refusal, or in no row that is used.
    """

    form: str
    content: bytes
    truth: Rows = field(repr=False)
    delivered: int | None = None
    must_not_be_used: bool = False
    flipped: int = 0


@dataclass(frozen=True)
class Sheet:
    """The text of a table: its header and rows; all of its cells are as CSV has them."""

    extract: Extract
    lines: Rows

    @property
    def header(self) -> list[str]:
        return self.lines[0]

    @property
    def rows(self) -> Rows:
        return self.lines[1:]

    def copy(self) -> Sheet:
        return replace(self, lines=[list(line) for line in self.lines])

    def kinds(self) -> list[Kind]:
        return [self.extract.contract(name).kind for name in self.header]

    def columns(self, *kinds: Kind) -> list[int]:
        return [place for place, kind in enumerate(self.kinds()) if kind in kinds]

    def csv(self, *, mark: str = ",", ends: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=mark, lineterminator=ends, quoting=quoting).writerows(self.lines)
        return text.getvalue().encode()

    def typed(self) -> list[list[object]]:
        """The cells as a spreadsheet has them: days, numbers, truth values, text, None for blank ones."""
        kinds = self.kinds()
        return [list(self.header), *([_typed(*each) for each in zip(row, kinds, strict=True)] for row in self.rows)]

    def mutated(self, form: str, content: bytes, **told: Any) -> Mutated:
        """A delivery of which nothing but these rows may be used."""
        return Mutated(form, content, self.rows, **{"delivered": len(self.rows), **told})


def _typed(cell: str, kind: Kind) -> object:
    if cell == "":
        return None
    if kind is Kind.DATE:
        return date.fromisoformat(cell)
    if kind is Kind.BOOL:
        return cell == "Y"
    return int(cell) if kind is Kind.INT else float(cell) if kind is Kind.FLOAT else cell


def some(chance: random.Random, sheet: Sheet, most: int = 5) -> list[int]:
    """The positions of some of its rows, in order."""
    return sorted(chance.sample(range(len(sheet.rows)), min(len(sheet.rows), chance.randint(1, most))))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
