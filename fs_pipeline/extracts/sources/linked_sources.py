"""What the people of a source are linked with: our people's names, a clerk's decisions, and thresholds.

Both files are known by their sizes and times, so that a change of either makes what was linked another one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, SourceError, SourceFile
from fs_pipeline.extracts.linking.identities import (
    no_clerk_decisions,
    read_clerk_decisions,
    read_identities,
)
from fs_pipeline.extracts.linking.link import Links, left_aside, link
from fs_pipeline.extracts.sources.source_extracts import SourceExtract
from fs_pipeline.extracts.sources.source_files import FileEntry
from fs_pipeline.settings.sources import IDENTITY, Linking, LinkSettings

ENDING = "_links.xlsx"
"""How the names of the review workbooks end."""
Mark = tuple[str, int, str]


@dataclass(frozen=True, eq=False)
class Review:
    """What a clerk is to be asked. Holds names: for the review workbook alone.

    Attributes:
        path: the workbook.
        source: the source in words.
        links: what linking came to.
        decisions: those so far.
        read_as: by what the workbook was known when these were read; None when there was none.
    """

    path: Path
    source: str
    links: Links
    decisions: pd.DataFrame
    read_as: Mark | None

    @property
    def is_due(self) -> bool:
        """Whether the workbook is to be written: it has something to say, and is as it was when it was read."""
        has_rows = len(self.links.doubtful) or len(self.decisions)
        return bool(has_rows or self.read_as) and mark_of(self.path) == self.read_as


class LinkInput:
    """What the people of a source are linked with, as it stands now."""

    def __init__(self, key: str, linking: Linking, identities: Sequence[FileEntry], home: Path) -> None:
        """For the source of that key (`formats.substance_misuse`), in the state folder `home`."""
        self._key = key
        self.linking = linking
        self._identities = identities
        self._path = review_path(key, linking, home)
        self._read_as = mark_of(self._path)

    @property
    def marks(self) -> list[Mark]:
        """The list of our people and the workbook, with sizes and times."""
        return [*(each.mark for each in self._identities), *([self._read_as] if self._read_as else [])]

    @property
    def state(self) -> str:
        """All that the links depend on beside the source itself."""
        return repr((self.linking, self.marks))

    def read(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Our people, and what a clerk decided.

        Raises:
            SourceError: there is not one list of our people, or a file cannot be read.
        """
        if len(self._identities) != 1:
            raise SourceError(
                "linking.identities: there is no such file"
                if not self._identities
                else "linking.identities: there are several such files: name one of them"
            )
        with tempfile.TemporaryDirectory(prefix="fs_pipeline_") as folder:
            ours = read_identities(self._identities[0].here(Path(folder)))
        name = f"{self._path.parent.name}/{self._path.name}"
        return ours, read_clerk_decisions(SourceFile(self._path, name)) if self._read_as else no_clerk_decisions()

    def review(self, links: Links, decisions: pd.DataFrame) -> Review:
        """What a clerk is to be asked after that."""
        return Review(self._path, self._key.partition(".")[2], links, decisions, self._read_as)


def link_source_extract(
    rows: SourceExtract, identities: pd.DataFrame, reviewed: pd.DataFrame, settings: LinkSettings
) -> tuple[SourceExtract, Links]:
    """The rows of files or a query with our person_id and without names.

    Rows of people who are not linked are left aside, counted in `ignored`.

    Raises:
        SourceError: see `link`.
    """
    known = [name for name in ("person_id", *IDENTITY) if name in rows.table.column_names]
    links = link(rows.table.select(known).to_pandas(), identities, reviewed, settings)
    waiting = links.waiting.to_numpy(dtype=np.bool_)
    kept = links.person_id.notna().to_numpy()
    ids = pa.chunked_array([pa.array(links.person_id, pa.string(), from_pandas=True)])
    table = rows.table.select([*rows.extract.names, SOURCE_FILE, SOURCE_ROW])
    table = table.set_column(table.column_names.index("person_id"), "person_id", ids)
    aside = left_aside(kept, waiting, np.zeros(len(kept), dtype=np.bool_))
    report = replace(rows.report.leaving_aside(aside), links=links.quality)
    return replace(rows, table=table.filter(pa.array(kept)), report=report).in_order(), links


def review_path(key: str, linking: Linking, home: Path) -> Path:
    """Where the review workbook of a source lies: `links/formats_substance_misuse_links.xlsx`."""
    return home / linking.reviews / f"{key.replace('.', '_')}{ENDING}"


def mark_of(path: Path) -> Mark | None:
    """A file with its size and time; None when there is none."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return str(path), about.st_size, str(about.st_mtime_ns)
