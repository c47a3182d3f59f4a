"""The readers of formats that sources.toml may name: each with its settings, and what it reads and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.landing import Read, SourceFile
from fs_pipeline.extracts.formats.cin_census import CinCensusSettings, read_cin_census
from fs_pipeline.extracts.formats.mapped_tables import (
    NDTMS_GIVES,
    TALKING_THERAPIES_GIVES,
    read_ndtms,
    read_tables,
    read_talking_therapies,
)
from fs_pipeline.extracts.formats.mapping import TableSettings
from fs_pipeline.extracts.formats.school_census import SchoolCensusSettings, read_school_census
from fs_pipeline.extracts.formats.ssd import SSD_GIVES, read_ssd
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings
from fs_pipeline.extracts.formats.ssda903 import Ssda903Settings, read_ssda903
from fs_pipeline.settings.reading import read_settings
from fs_pipeline.toolkit.extracts import EXTRACTS

_Settings = TypeVar("_Settings")


@dataclass(frozen=True)
class Opened:
    """What a reader reads, opened: files, or a database; and the extracts that are wanted of it."""

    files: Sequence[SourceFile] = ()
    database: OpenDatabase | None = None
    wanted: Collection[str] = ()


@dataclass(frozen=True)
class Reader:
    """A reader of a format.

    Attributes:
        over: what it reads.
        gives: the extracts that it can give.
        prepared: given a table of settings, the file and the key that they stand under, what reads with them.
    """

    over: Literal["files", "database"]
    gives: tuple[str, ...]
    prepared: Callable[[Mapping[str, object], Path, str], Callable[[Opened], Read]]


def of_files(settings: type[_Settings], read: Callable[[Sequence[SourceFile], _Settings], Read], *gives: str) -> Reader:
    """A reader of files."""

    def prepared(table: Mapping[str, object], path: Path, key: str) -> Callable[[Opened], Read]:
        chosen = read_settings(settings, table, path, key)
        return lambda opened: read(opened.files, chosen)

    return Reader("files", gives, prepared)


def of_database(
    settings: type[_Settings], read: Callable[[OpenDatabase, _Settings, Collection[str]], Read], *gives: str
) -> Reader:
    """A reader of a database; it is told which extracts are wanted, and reads no others."""

    def prepared(table: Mapping[str, object], path: Path, key: str) -> Callable[[Opened], Read]:
        chosen = read_settings(settings, table, path, key)

        def reads(opened: Opened) -> Read:
            assert opened.database is not None
            return read(opened.database, chosen, opened.wanted)

        return reads

    return Reader("database", gives, prepared)


READERS: Mapping[str, Reader] = {
    "cin_census": of_files(CinCensusSettings, read_cin_census, "people", "referrals", "cp_plans"),
    "ssda903": of_files(Ssda903Settings, read_ssda903, "people", "care_periods"),
    "school_census": of_files(SchoolCensusSettings, read_school_census, "attendance", "absence_reasons"),
    "mapped_tables": of_files(TableSettings, read_tables, *EXTRACTS),
    "ndtms": of_files(TableSettings, read_ndtms, *NDTMS_GIVES),
    "ssd": of_database(SsdSettings, read_ssd, *SSD_GIVES),
    "talking_therapies": of_files(TableSettings, read_talking_therapies, *TALKING_THERAPIES_GIVES),
}
"""Every reader by the name that sources.toml gives it: `reader = "ssd"`."""
