"""Removes people, or a whole programme, from every store of the state folder; computes nothing anew.

A person goes in this order: what was made for others (exports, warehouse, rejected rows), the kept deliveries, the
lake, and last the deliveries themselves, of which those that say who the person is (people, family members) go last of
all: a purge that was interrupted finds everything again. Figures stay as they are, and stale, until they are rerun.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.sources.linked_sources import ENDING
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.purge.erasing import CannotBeRead, Sought, erase_from_warehouse, tables, without_rows
from fs_pipeline.purge.searching import Walk, says
from fs_pipeline.settings.sources import Linking
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.fields import ROSTER
from fs_pipeline.toolkit.tables import Table

if TYPE_CHECKING:
    from upath import UPath

_WHO = ("people", "family_members")
_IDENTIFYING = frozenset({"person_id", "upn", "family_id", "family_key"})
_OF_PEOPLE = ("*_operational.xlsx", "*_evaluator.xlsx", "return_packs/*.xlsx")
"""The exports of a quarter that hold people, under their identifiers or under pseudonyms."""


@dataclass
class Removed:
    """What went out of a store: rows, files that were written anew without them, and files that were removed."""

    store: str
    rows: int = 0
    rewritten: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Purged:
    """What a purge did.

    Attributes:
        removed: what went, store by store.
        shared_upns: UPNs of theirs that somebody else has too, and that were left therefore.
        still_held: files in which an identifier of theirs stands all the same, to be looked at by hand.
        unread: files and folders that nobody could look into: damaged, locked, closed, of an unknown kind.
        unsearched: identifiers that are everyday numbers: taken out of tables by column alone.
    """

    removed: tuple[Removed, ...]
    shared_upns: int = 0
    still_held: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()
    unsearched: int = 0


def purge_people(ledger: Ledger, people: Iterable[str]) -> Purged:
    """Removes everything about these people (person identifiers) from every store.

    Raises:
        LinksOutside: nothing was purged.
        WarehouseError: the warehouse could not be purged; what came before it was, purge again.
        SettingsError: sources.toml, which says where review workbooks lie, is wrong; nothing was purged.
    """
    return _PurgeOfPeople(ledger, frozenset(people)).done()


def purge_programme(state: State) -> Purged:
    """Removes everything about everyone: deliveries, lake, rejected rows, exports, kept editions, warehouse, key.

    The settings and Dagster's own records, which hold nobody, stay.

    Raises:
        LinksOutside: nothing was purged.
    """
    walk, reviews = Walk.through(state), _reviews(state)
    rows = erase_from_warehouse(state.warehouse)
    stores = ("exports", "rejected", "kept")
    files = [Removed(name, removed=_folder_removed(getattr(state, name), walk)) for name in stores]
    lake, folder = state.lake.files(), state.lake.folder
    if isinstance(folder, Path):
        _folder_removed(folder, walk)
    else:
        for table in lake:
            table.unlink()
    for path in reviews:
        _remove(path)
    extracts = Removed("extracts", removed=_folder_removed(state.extracts, walk))
    key = int(state.key_file.exists())
    state.key_file.unlink(missing_ok=True)
    removed = (
        *files,
        Removed("warehouse", rows=rows),
        Removed("lake", removed=len(lake)),
        Removed("review workbooks", removed=len(reviews)),
        extracts,
        Removed("pseudonym key", removed=key),
        _unfinished(state),
    )
    _write_down(state, "programme", removed)
    return Purged(removed, unread=tuple(sorted(walk.closed)))


class _PurgeOfPeople:
    """What goes out of each store, and whose.

    Attributes:
        sought: the people with their UPNs and families, as far as these are nobody else's.
        shared_upns: how many UPNs of theirs are.
    """

    def __init__(self, ledger: Ledger, people: frozenset[str]) -> None:
        self._state, self._tables = ledger.state, ledger.catalogue.tables
        self._walk = Walk.through(self._state)
        pupils: dict[str, set[str]] = {}
        families: dict[str, set[str]] = {}
        for headings, rows in self._saying_who():
            named = {name: headings.index(name) for name in _IDENTIFYING if name in headings}
            for row in rows if "person_id" in named else ():
                if len(row) != len(headings):
                    continue
                for name, place in named.items():
                    if name != "person_id" and (value := row[place].strip()):
                        holders = pupils if name == "upn" else families
                        holders.setdefault(value, set()).add(row[named["person_id"]].strip())
        upns = {upn for upn, holders in pupils.items() if holders & people}
        theirs = frozenset(upn for upn in upns if pupils[upn] <= people)
        alone = frozenset(name for name, who in families.items() if who <= people)
        self.sought, self.shared_upns = Sought(people, theirs, alone), len(upns - theirs)

    def done(self) -> Purged:
        """Takes it out of one store after the other, and looks whether anything is left."""
        state, sought, walk = self._state, self.sought, self._walk
        reviews = _reviews(state)
        removed = (
            self._from_exports(),
            Removed("warehouse", rows=erase_from_warehouse(state.warehouse, sought)),
            self._from_files("rejected", walk.files(state.rejected)),
            self._from_kept(),
            self._from_lake(),
            self._from_files("review workbooks", reviews),
            self._from_files("extracts", sorted(walk.files(state.extracts), key=_says_who)),
            _unfinished(state),
        )
        left = {path: says(path, sought) for path in walk.files(*walk.within)}
        _write_down(state, "people", removed)
        return Purged(
            removed,
            self.shared_upns,
            still_held=tuple(path for path, is_said in left.items() if is_said),
            unread=(*sorted(walk.closed), *(path for path, is_said in left.items() if is_said is None)),
            unsearched=len(sought.every) - len(sought.searchable),
        )

    def _saying_who(self) -> Iterator[tuple[list[str], list[list[str]]]]:
        """The tables that join people with UPNs or families: deliveries of now and of before, and those of the lake."""
        delivered = _opened(filter(_says_who, self._walk.files(self._state.extracts)))
        contents = [(path.suffix.lower(), content) for path, content in delivered]
        kept = Kept(self._state.kept).contents()
        contents += [(ending, content) for name, ending, _, content in kept if name in _WHO]
        for ending, content in contents:
            with suppress(CannotBeRead):
                yield from tables(content, ending)
        names = (*(f"extracts/{name}" for name in _WHO), ROSTER.name)
        for table, quarter in self._in_lake():
            if table.name in names:
                with suppress(DamagedTable, pa.ArrowException):
                    frame = self._state.lake.read(table, quarter)
                    yield list(frame.columns), frame.astype("str").mask(frame.isna(), "").to_numpy().tolist()

    def _in_lake(self) -> list[tuple[Table, Quarter]]:
        """The lake's tables that have columns of identifiers; those that say who somebody is last."""
        named = ((self._tables.get(_table_of(path)), path) for path in self._state.lake.files())
        there = [(table, Quarter.parse(path.stem)) for table, path in named if table and _IDENTIFYING & {*table.names}]
        return sorted(there, key=lambda each: (each[0].name.rpartition("/")[2] in _WHO, each[0].name, each[1]))

    def _theirs(self, frame: pd.DataFrame) -> pd.Series:
        """Which rows are theirs."""
        return frame.isin({name: list(wanted) for name, wanted in self.sought.under.items()}).any(axis="columns")

    def _from_exports(self) -> Removed:
        """Removes the workbooks with people of the quarters that they are in; their next run makes them again."""
        went = Removed("exports")
        quarters = {
            quarter.key
            for table, quarter in self._in_lake()
            if table.name in (ROSTER.name, "outputs/person_level", "outputs/family_level")
            and self._may_be_theirs(table, quarter)
        }
        for folder in self._state.exports.glob("*"):
            holding = [path for path in self._walk.files(folder) if says(path, self.sought)]
            if folder.name in quarters or holding:
                for path in {*holding, *(path for pattern in _OF_PEOPLE for path in folder.glob(pattern))}:
                    _remove(path)
                    went.removed += 1
        return went

    def _may_be_theirs(self, table: Table, quarter: Quarter) -> bool:
        """Whether rows of a quarter are theirs; what cannot be read may be."""
        try:
            return bool(self._theirs(self._state.lake.read(table, quarter)).any())
        except (DamagedTable, pa.ArrowException):
            return True

    def _from_kept(self) -> Removed:
        """Removes every kept delivery that has them: the editions made from it cannot be computed again."""
        kept, went = Kept(self._state.kept), Removed("kept")
        for _, ending, version, content in kept.contents():
            with suppress(CannotBeRead):
                if not without_rows(content, ending, self.sought)[1]:
                    continue
            kept.forget(version)
            went.removed += 1
        return went

    def _from_lake(self) -> Removed:
        """Takes their rows out of every table. What was made from them has another input now: it is stale."""
        lake, went = self._state.lake, Removed("lake")
        for table, quarter in self._in_lake():
            try:
                record, frame = lake.record(table.name, quarter), lake.read(table, quarter)
            except (DamagedTable, pa.ArrowException):  # it is made again by the next run
                lake.path(table.name, quarter).unlink()
                went.removed += 1
                continue
            theirs = self._theirs(frame)
            if theirs.any() and record is not None:
                left = frame[~theirs].reset_index(drop=True)
                lake.write(table, quarter, left, record.origin, supplied=record.supplied, counts=record.counts)
                went.rows += int(theirs.sum())
                went.rewritten += 1
        for path in lake.files():  # tables of old, which nobody knows how to write
            if _table_of(path) not in self._tables and _IDENTIFYING & _columns(path.read_bytes()):
                path.unlink()
                went.removed += 1
        return went

    def _from_files(self, store: str, paths: Iterable[Path]) -> Removed:
        """Writes each table anew without them; a file that is none, and says one of their identifiers, is removed."""
        went = Removed(store)
        for path, content in _opened(paths):
            try:
                if path.suffix.lower() not in (".csv", ".xlsx", ".parquet"):
                    raise CannotBeRead
                left, rows = without_rows(content, path.suffix.lower(), self.sought)
            except CannotBeRead:
                if says(path, self.sought):
                    _remove(path)
                    went.removed += 1
                continue
            if rows:
                replace_file(path.resolve(), left)
                went.rows += rows
                went.rewritten += 1
        return went


def _table_of(path: Path | UPath) -> str:
    """The table that a file of the lake is of."""
    return f"{path.parent.parent.name}/{path.parent.name}"


def _columns(content: bytes) -> set[str]:
    """The columns of a Parquet file; those of people for one that cannot be read."""
    try:
        return set(pq.read_schema(pa.BufferReader(content)).names)
    except (pa.ArrowException, OSError):
        return set(_IDENTIFYING)


def _says_who(path: Path) -> bool:
    return path.stem.lower() in _WHO


def _reviews(state: State) -> list[Path]:
    """The workbooks in which a clerk links people by names."""
    linking = state.sources.file.linking
    folder = state.home / (linking.reviews if linking else Linking.reviews)
    return sorted(path for path in folder.iterdir() if path.name.endswith(ENDING)) if folder.is_dir() else []


def _opened(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """The files with what is in them, but for those that may not be opened: they are listed at the end."""
    for path in paths:
        with suppress(PermissionError):
            yield path, path.read_bytes()


def _remove(path: Path) -> None:
    """Removes a file; of a symbolic link, what it leads to as well."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _folder_removed(folder: Path, walk: Walk) -> int:
    """Removes a folder, and the files that links in it lead to; returns how many files."""
    files = walk.files(folder)
    for path in files:
        _remove(path)
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)
    return len(files)


def _unfinished(state: State) -> Removed:
    """Removes what a killed program left half written, here and in a lake elsewhere."""
    folders = (state.home, state.lake.folder)
    parts = {path for folder in folders for path in folder.rglob(".*.part") if path.is_file()}
    for path in parts:
        path.unlink()
    return Removed("unfinished files", removed=len(parts))


def _write_down(state: State, what: str, removed: Iterable[Removed]) -> None:
    """Adds the counts to `purges.csv`: when, of whom (people or programme, nothing else), and how much.

    Before it says so, the disk has it all: a power cut brings nobody back.
    """
    os.sync()
    path = state.home / "purges.csv"
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.exists():
        writer.writerow(["time", "what", "store", "rows", "files_rewritten", "files_removed"])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    writer.writerows([now, what, *astuple(each)] for each in removed)
    replace_file(path, (path.read_bytes() if path.exists() else b"") + text.getvalue().encode())
