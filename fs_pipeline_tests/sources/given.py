"""A state folder with a sources.toml, and what is made of an extract of one quarter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.deliveries import Delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.toolkit.extracts import EXTRACTS

QUARTER, NEXT = Quarter.parse("2017-Q4"), Quarter.parse("2018-Q1")


@dataclass
class Given:
    """A state folder."""

    home: Path
    environment: Callable[[str], str | None] = lambda _: None

    def says(self, text: str) -> Given:
        """Writes sources.toml."""
        (self.home / "sources.toml").write_text(text, encoding="utf-8")
        return self

    def holds(self, name: str, text: str) -> Given:
        """Writes a file; the lines' indentation does not count."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.strip() for line in text.strip().splitlines()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self

    @property
    def sources(self) -> Sources:
        return Sources(self.home / "sources.toml", self.environment)

    def delivery(self, extract: str, quarter: Quarter = QUARTER) -> Delivery | None:
        return self.sources.delivery(EXTRACTS[extract], quarter, QUARTER.first_day)

    def checked(self, extract: str, quarter: Quarter = QUARTER) -> CheckedExtract:
        delivery = self.delivery(extract, quarter)
        assert delivery is not None
        return check_extract(EXTRACTS[extract], quarter, delivery, required=False, references={})

    def rows(self, extract: str, quarter: Quarter = QUARTER) -> list[tuple[object, ...]]:
        """The used rows, dates as text, blanks as None."""
        return plain(self.checked(extract, quarter).rows)


def plain(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    texts = rows.astype(object).where(rows.notna(), None)
    return [
        tuple(str(cell.date()) if isinstance(cell, pd.Timestamp) else cell for cell in row)
        for row in texts.itertuples(index=False)
    ]
