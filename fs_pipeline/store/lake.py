"""The lake: every asset's table of every quarter, as Parquet, with a record of what it was made from.

A file is complete from the moment that it has its name. The same rows have the same data version under every release of
Arrow, but not the same bytes. What a table holds is not decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.arithmetic.columns import CACHE
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.data_versions import data_version
from fs_pipeline.store.files import replace_file
from fs_pipeline.toolkit.tables import Kind, Table

if TYPE_CHECKING:
    from upath import UPath

if "jemalloc" in pa.supported_memory_backends():  # gives back more of what was let go of than Arrow's own choice
    pa.set_memory_pool(pa.jemalloc_memory_pool())

_RECORD = b"fs_pipeline"
_FOOTER = 1 << 16
"""Bytes of a file's end that are asked for first elsewhere: nearly every footer, with the record, lies in them."""
_PANDAS = {Kind.INT.arrow: pd.Int64Dtype(), Kind.BOOL.arrow: pd.BooleanDtype()}


@dataclass(frozen=True)
class Difference:
    """What is another one in a second origin; `before` or `now` is None of a setting or input that only one has.

    Its `kind` is `delivery`, `definition`, `setting` or `input`, and its `name` that of the setting or input.
    """

    kind: str
    name: str
    before: Any
    now: Any


@dataclass(frozen=True)
class Origin:
    """What a table is made from. The same origin gives the same rows.

    Attributes:
        code_version: the version of the code that makes it.
        settings: the settings that it is made with, as JSON has them.
        inputs: `<table>/<quarter>` -> data version, of every table that is read; blank where there is none.
        delivery: hash of the delivered file, for an extract; blank when there is none.
    """

    code_version: str
    settings: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    delivery: str = ""

    def differences(self, now: Origin) -> Iterator[Difference]:
        """What of it is another one now: the delivery first, then the definition, settings and inputs."""
        if self.delivery != now.delivery:
            yield Difference("delivery", "", self.delivery, now.delivery)
        if self.code_version != now.code_version:
            yield Difference("definition", "", self.code_version, now.code_version)
        kinds = {"setting": (self.settings, now.settings), "input": (self.inputs, now.inputs)}
        for kind, (old, new) in kinds.items():
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    yield Difference(kind, name, old.get(name), new.get(name))


@dataclass(frozen=True)
class Record:
    """What stands in a table's file beside its rows.

    Attributes:
        data_version: version of the rows, their columns, and whether they were supplied (`data_versions.py`).
        supplied: False for an extract that was not delivered.
        counts: numbers about the rows, such as how many were rejected.
    """

    data_version: str
    origin: Origin
    supplied: bool = True
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as text; equal records give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """The record that `to_json` wrote."""
        parts = json.loads(text)
        return cls(**parts | {"origin": Origin(**parts["origin"])})


class LakeError(Exception):
    """The lake's place cannot be used; says what to install or to set."""


_SERVERS = frozenset({"adlfs", "aiobotocore", "aiohttp", "azure", "botocore", "gcsfs", "google", "ossfs", "s3fs"})
"""Packages by which a file system elsewhere talks to its server; what they raise is about that server."""


def lake_away(fault: BaseException | None) -> str | None:
    """What to look at when the lake's server cannot be reached, or refuses; None about any other fault.

    The server's own words stay out: they may hold keys.
    """
    while fault is not None:
        if type(fault).__module__.partition(".")[0] in _SERVERS:
            return (
                f"the lake's server cannot be reached, or refuses ({type(fault).__name__}): look at its URL (the "
                "bucket) in FS_PIPELINE_LAKE or region.toml, at the endpoint and the keys in the environment (for s3 "
                "AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), at the network and at the server; then "
                "run it again. What was there stays."
            )
        fault = fault.__cause__ or fault.__context__
    return None


class NotInLake(Exception):
    """A table that is not there yet; says which asset to materialise."""


class DamagedTable(Exception):
    """A file that is no Parquet file of ours any more; says which, and the fix."""


@dataclass(frozen=True)
class Lake:
    """The folder `lake/<asset key>/<quarter>.parquet`, on the disk or on any file system that fsspec knows."""

    folder: Path | UPath

    @classmethod
    def at(cls, url: str) -> Lake:
        """The lake that an fsspec URL names, such as `s3://bucket/prefix`; a path names a folder on the disk.

        Keys, endpoints and other options are read as fsspec and the file system's package read them. Listings are
        asked for anew each time: other processes write too.

        Raises:
            LakeError: the file system's package is not installed, or there is no such protocol.
        """
        from upath import UPath
        from upath.implementations.local import FilePath

        try:
            folder = UPath(url, use_listings_cache=False) if "://" in url else UPath(url)
            folder.fs  # noqa: B018 - its package is imported now, not at the first table
        except (ImportError, ValueError) as fault:
            raise LakeError(f"FS_PIPELINE_LAKE={url}: {fault}. For s3:// install fs_pipeline[s3]") from None
        return cls(Path(folder.path) if isinstance(folder, Path | FilePath) else folder)

    def path(self, table: str, quarter: Quarter) -> Path | UPath:
        """Where a table's quarter lies."""
        return self.folder / table / f"{quarter.key}.parquet"

    def files(self) -> list[Path | UPath]:
        """Every table's quarter that is there, and what else of the kind `<group>/<table>/<name>.parquet` is."""
        return list(self.folder.glob("*/*/*.parquet"))

    def quarters(self, table: str) -> list[Quarter]:
        """The quarters of a table that are there, in order."""
        return sorted(Quarter.parse(path.stem) for path in (self.folder / table).glob("*.parquet"))

    def record(self, table: str, quarter: Quarter) -> Record | None:
        """The record of a table's quarter; None when it is not there.

        Raises:
            DamagedTable: the file cannot be read.
        """
        try:
            metadata = pq.read_metadata(_footer(self.path(table, quarter))).metadata
            return Record.from_json(metadata[_RECORD])
        except FileNotFoundError:
            return None
        except (pa.ArrowException, KeyError, TypeError, ValueError):  # its text may hold what stands in the file
            raise DamagedTable(
                f"{table} of {quarter.label} is damaged on the disk: fs-pipeline rerun makes it again"
            ) from None

    def read(self, table: Table, quarter: Quarter) -> pd.DataFrame:
        """The table's rows of a quarter, of the columns asked for; those in the cache are not read again.

        Raises:
            NotInLake: the quarter is not there.
        """
        path = self.path(table.name, quarter)
        if not isinstance(path, Path) or not path.exists():
            return self.read_window(table, [quarter])
        state = _state(path)
        columns = {name: CACHE.get((state, name)) for name in table.names}
        missing = [name for name, column in columns.items() if column is None]
        if missing:
            columns |= dict(self.read_window(table.only(*missing), [quarter]))
            if _state(path) != state:  # never columns of two states of the file
                return self.read(table, quarter)
            for name in missing:
                CACHE.keep((state, name), columns[name])
        return pd.DataFrame(columns, copy=False)

    def read_window(self, table: Table, quarters: Sequence[Quarter]) -> pd.DataFrame:
        """The table's rows of several quarters, one after the other, of the columns asked for.

        Raises:
            NotInLake: a quarter is not there.
            DamagedTable: the file of one cannot be read.
        """
        if not quarters:
            return table.empty()
        rows = pa.concat_tables(self._rows(table, quarter) for quarter in quarters)
        frame: pd.DataFrame = rows.to_pandas(types_mapper=_PANDAS.get, date_as_object=False, split_blocks=True)
        return frame

    def _rows(self, table: Table, quarter: Quarter) -> pa.Table:
        path = self.path(table.name, quarter)
        try:
            whole = path if isinstance(path, Path) else BytesIO(path.fs.cat_file(path.path))
            with pq.ParquetFile(whole) as file:
                return file.read(table.names).select(table.names)
        except FileNotFoundError:
            raise NotInLake(f"{table.name} has not been run for {quarter.label}: materialise it first") from None
        except pa.ArrowException:
            raise DamagedTable(
                f"{table.name} of {quarter.label} is damaged: remove {path}, then fs-pipeline rerun makes it again"
            ) from None

    def write(
        self,
        table: Table,
        quarter: Quarter,
        frame: pd.DataFrame,
        origin: Origin,
        *,
        supplied: bool = True,
        counts: Mapping[str, int] | None = None,
    ) -> Record:
        """Writes a table's quarter in one step; nobody ever sees half of it. Returns its record.

        A file on a disk that holds these rows under this record already is left alone, also where another release of
        Arrow would write other bytes. The disk is not waited for, which would cost a run 4 to 8 %: a table that a power
        cut left short lacks its record, and is made again.
        """
        rows = _rows_of(table, frame)
        record = Record(data_version(rows, supplied=supplied), origin, supplied, counts or {})
        if not self._holds(table, quarter, record):
            content = BytesIO()
            with pq.ParquetWriter(content, rows.schema, compression="zstd") as writer:
                writer.write_table(rows)
                writer.add_key_value_metadata({_RECORD: record.to_json()})
            replace_file(self.path(table.name, quarter), content.getvalue(), made_again=True)
        return record

    def record_of(self, table: Table, frame: pd.DataFrame, origin: Origin) -> Record:
        """The record that `write` would give the rows; writes nothing."""
        return Record(data_version(_rows_of(table, frame), supplied=True), origin)

    def _holds(self, table: Table, quarter: Quarter, record: Record) -> bool:
        """Whether a table's quarter lies on the disk under this record, and can be read."""
        try:
            if not isinstance(self.folder, Path) or self.record(table.name, quarter) != record:
                return False
            return data_version(self._rows(table, quarter), supplied=record.supplied) == record.data_version
        except (DamagedTable, pa.ArrowException, OSError):
            return False


def _state(path: Path) -> tuple[str, int, int, int]:
    """The file as it is now: a table is replaced by another file, never written into."""
    status = path.stat()
    return str(path), status.st_ino, status.st_mtime_ns, status.st_size


def _footer(path: Path | UPath) -> Path | BytesIO:
    """The end of a file that holds its metadata: elsewhere one request, two where they are many; the file on a disk."""
    if isinstance(path, Path):
        return path
    end: bytes = path.fs.cat_file(path.path, start=-_FOOTER)
    size = int.from_bytes(end[-8:-4], "little") + 8
    return BytesIO(end if size <= len(end) else path.fs.cat_file(path.path, start=-size))


def _rows_of(table: Table, frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False).replace_schema_metadata(None)
