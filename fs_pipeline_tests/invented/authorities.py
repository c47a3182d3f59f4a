"""The demonstration's programme, and authorities invented once for all tests that look at them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

import fs_pipeline.invented
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.invented import invent
from fs_pipeline.settings.programme import read_programme

TEMPLATE = Path(fs_pipeline.invented.__file__).parent / "programme.toml"
PROGRAMME = read_programme(TEMPLATE)
START = Quarter(PROGRAMME.start)
FIRST, LAST = START.shifted(-PROGRAMME.baseline_quarters), Quarter.parse("2020-Q1")

Extracts = dict[str, pd.DataFrame]


@cache
def authority(families: int = 300, seed: int = 1) -> dict[Quarter, Extracts]:
    return dict(invent(families, seed, FIRST, LAST, PROGRAMME))
