"""The readers of formats that sources.toml may name: each with its settings, and what it reads and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fs_pipeline.extracts.cells.databases import OpenDatabase
from fs_pipeline.extracts.cells.format_extracts import FormatExtracts, SourceFile
from fs_pipeline.extracts.formats.cin_census import CinCensusSettings, read_cin_census
from fs_pipeline.extracts.formats.mapped_tables import read_ndtms, read_tables, read_talking_therapies
from fs_pipeline.extracts.formats.mapping import TableSettings, shipped
from fs_pipeline.extracts.formats.school_census import SchoolCensusSettings, read_school_census
from fs_pipeline.extracts.formats.ssd import SSD_GIVES, read_ssd
from fs_pipeline.extracts.formats.ssd_tables import SsdSettings
from fs_pipeline.extracts.formats.ssda903 import Ssda903Settings, read_ssda903
from fs_pipeline.settings.reading import read_settings
from fs_pipeline.toolkit.extracts import EXTRACTS


@dataclass(frozen=True)
class ReaderInput:
    """What a reader reads, opened: files, or a database; and the extracts that are wanted of it."""

    files: Sequence[SourceFile] = ()
    database: OpenDatabase | None = None
    wanted: Collection[str] = ()


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

    def prepare(self, table: Mapping[str, object], path: Path, key: str) -> Callable[[ReaderInput], FormatExtracts]:
        """What reads with these settings: a table of a file, and the key that it stands under.

        Raises:
            SettingsError: a setting is missing, unknown or wrong.
        """
        settings: object = read_settings(self.settings, table, path, key)
        if self.over == "files":
            return lambda source: self.read(source.files, settings)
        return lambda source: self.read(source.database, settings, source.wanted)


READERS: Mapping[str, Reader] = {
    "cin_census": Reader("files", CinCensusSettings, read_cin_census, ("people", "referrals", "cp_plans")),
    "ssda903": Reader("files", Ssda903Settings, read_ssda903, ("people", "care_periods")),
    "school_census": Reader("files", SchoolCensusSettings, read_school_census, ("attendance", "absence_reasons")),
    "mapped_tables": Reader("files", TableSettings, read_tables, EXTRACTS),
    "ndtms": Reader("files", TableSettings, read_ndtms, shipped("ndtms").extracts),
    "ssd": Reader("database", SsdSettings, read_ssd, SSD_GIVES),
    "talking_therapies": Reader("files", TableSettings, read_talking_therapies, shipped("talking_therapies").extracts),
}
"""Every reader by the name that sources.toml gives it: `reader = "ssd"`."""
