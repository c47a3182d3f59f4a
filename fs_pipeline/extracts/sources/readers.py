"""The readers of formats that sources.toml may name: each with its settings, and what it reads and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from fs_pipeline.extracts.cells.format_extracts import FormatExtracts
from fs_pipeline.extracts.formats.cin_census import CinCensusSettings, read_cin_census
from fs_pipeline.extracts.formats.mapped_tables import read_tables
from fs_pipeline.extracts.formats.mapping import TableSettings, shipped
from fs_pipeline.extracts.formats.school_census import SchoolCensusSettings, read_school_census
from fs_pipeline.extracts.formats.ssd import SSD_GIVES, read_ssd
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings
from fs_pipeline.extracts.formats.ssda903 import Ssda903Settings, read_ssda903
from fs_pipeline.toolkit.extracts import EXTRACTS


@dataclass(frozen=True)
class Reader:
    """A reader of a format.

    Attributes:
        over: what it reads.
        settings: the class of its settings.
        read: what reads: given files and settings; or an open database, settings and the extracts that are wanted.
        gives: the extracts that it can give.
    """

    over: Literal["files", "database"]
    settings: type
    read: Callable[..., FormatExtracts]
    gives: Collection[str]


def _of_shipped_mapping(name: str) -> Reader:
    return Reader("files", TableSettings, partial(read_tables, over=name), shipped(name).extracts)


READERS: Mapping[str, Reader] = {
    "cin_census": Reader("files", CinCensusSettings, read_cin_census, ("people", "referrals", "cp_plans")),
    "ssda903": Reader("files", Ssda903Settings, read_ssda903, ("people", "care_periods")),
    "school_census": Reader("files", SchoolCensusSettings, read_school_census, ("attendance", "absence_reasons")),
    "mapped_tables": Reader("files", TableSettings, read_tables, EXTRACTS),
    "ndtms": _of_shipped_mapping("ndtms"),
    "ssd": Reader("database", SsdSettings, read_ssd, SSD_GIVES),
    "talking_therapies": _of_shipped_mapping("talking_therapies"),
}
"""Every reader by the name that sources.toml gives it: `reader = "ssd"`."""
