"""Removes people, or a whole programme, from every store of the state folder; computes nothing anew.

A person goes in this order: what was made for others (exports, warehouse, rejected rows), the kept deliveries, the
lake, and last the deliveries themselves, of which those that say who the person is (people, family members) go last of
all: a purge that was interrupted finds everything again. Figures stay as they are, and stale, until they are rerun.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.sources.linked_sources import ENDING
from fs_pipeline.ledger.keeping import Kept
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.purge.erasing import CannotBeRead, Sought, erased, tables
from fs_pipeline.purge.searching import holds, is_said_in
from fs_pipeline.purge.walking import Walk
from fs_pipeline.purge.warehouse_erasing import erase_everything, erase_people
from fs_pipeline.settings.sources import Linking
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.fields import ROSTER
from fs_pipeline.toolkit.tables import Table

if TYPE_CHECKING:
    from upath import UPath

Tables: TypeAlias = Mapping[str, Table]
"""The tables of the lake by name."""
_WHO = ("people", "family_members")
_IDENTIFYING = frozenset({"person_id", "upn", "family_id", "family_key"})
_OF_PEOPLE = ("*_operational.xlsx", "*_evaluator.xlsx", "return_packs/*.xlsx")
"""The exports of a quarter that hold people, under their identifiers or under pseudonyms."""


class LinksOutside(Exception):
    """Symbolic links lead out of the folders of a purge, where it removes nothing; says which, and what to do."""


@dataclass(frozen=True)
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
    """

    removed: tuple[Removed, ...]
    shared_upns: int = 0
    still_held: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()


def purge_people(ledger: Ledger, people: Iterable[str]) -> Purged:
    """Removes everything about these people (person identifiers) from every store.

    Raises:
        LinksOutside: nothing was purged.
        WarehouseError: the warehouse could not be purged; what came before it was, purge again.
        SettingsError: sources.toml, which says where review workbooks lie, is wrong; nothing was purged.
    """
    state, of_lake = ledger.state, ledger.catalogue.tables
    walk = _walk(state)
    sought, shared = _sought(state, of_lake, frozenset(people), walk)
    reviews = _reviews(state)
    removed = (
        _from_exports(state, of_lake, sought, walk),
        Removed("warehouse", rows=erase_people(state.warehouse, sought.people, sought.families)),
        _from_files("rejected", walk.files(state.rejected), sought),
        _from_kept(state, sought),
        _from_lake(state, of_lake, sought),
        _from_files("review workbooks", reviews, sought),
        _from_files("extracts", sorted(walk.files(state.extracts), key=_who_last), sought),
        _unfinished(state),
    )
    held, unread = holds(walk.files(*walk.within), sought)
    purged = Purged(removed, shared, tuple(held), (*sorted(walk.closed), *unread))
    _write_down(state, "people", removed)
    return purged


def purge_programme(state: State) -> Purged:
    """Removes everything about everyone: deliveries, lake, rejected rows, exports, kept editions, warehouse, key.

    The settings and Dagster's own records, which hold nobody, stay.

    Raises:
        LinksOutside: nothing was purged.
    """
    walk, reviews = _walk(state), _reviews(state)
    rows = erase_everything(state.warehouse)
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


def _walk(state: State) -> Walk:
    """A walk through the state folder, and a lake elsewhere on a disk, that has looked for links out of them."""
    lake = state.lake.folder
    walk = Walk((state.home, *([lake.resolve()] if isinstance(lake, Path) else [])))
    walk.files(*walk.within)
    if walk.outside:
        raise LinksOutside(
            "".join(f"{link} is a symbolic link to {link.resolve()}\n" for link in sorted(walk.outside))
            + "These lead out of the state folder, where a purge removes nothing: put the files themselves into their "
            "places, or remove the links and what they lead to; then purge again. Nothing was removed."
        )
    return walk


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


def _reviews(state: State) -> list[Path]:
    """The workbooks in which a clerk links people by names."""
    linking = state.sources.file.linking
    folder = state.home / (linking.reviews if linking else Linking.reviews)
    return sorted(path for path in folder.iterdir() if path.name.endswith(ENDING)) if folder.is_dir() else []


def _who_last(path: Path) -> tuple[bool, Path]:
    return path.stem.lower() in _WHO, path


def _sought(state: State, of_lake: Tables, people: frozenset[str], walk: Walk) -> tuple[Sought, int]:
    """The people with their UPNs and families, as far as these are nobody else's; and how many UPNs are."""
    pupils: dict[str, set[str]] = {}
    families: dict[str, set[str]] = {}
    for headings, rows in _saying_who(state, of_lake, walk):
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
    return Sought(people, theirs, alone), len(upns - theirs)


def _saying_who(state: State, of_lake: Tables, walk: Walk) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The tables that join people with UPNs or families: deliveries of now and of before, and those of the lake."""
    delivered = _opened(path for path in walk.files(state.extracts) if path.stem.lower() in _WHO)
    contents = [(path.suffix.lower(), content) for path, content in delivered]
    contents += [(ending, content) for name, ending, _, content in Kept(state.kept).contents() if name in _WHO]
    for ending, content in contents:
        with suppress(CannotBeRead):
            yield from tables(content, ending)
    names = (*(f"extracts/{name}" for name in _WHO), ROSTER.name)
    for table, quarter in _in_lake(state, of_lake):
        if table.name in names:
            with suppress(DamagedTable, pa.ArrowException):
                frame = state.lake.read(table, quarter)
                yield list(frame.columns), frame.astype("str").mask(frame.isna(), "").to_numpy().tolist()


def _in_lake(state: State, of_lake: Tables) -> list[tuple[Table, Quarter]]:
    """The lake's tables that have columns of identifiers; those that say who somebody is last."""
    tables_of_people = []
    for path in state.lake.files():
        table = of_lake.get(_name(path))
        if table is not None and _IDENTIFYING & set(table.names):
            tables_of_people.append((table, Quarter.parse(path.stem)))
    return sorted(tables_of_people, key=lambda each: (each[0].name.rpartition("/")[2] in _WHO, each[0].name, each[1]))


def _name(path: Path | UPath) -> str:
    """The table that a file of the lake is of."""
    return f"{path.parent.parent.name}/{path.parent.name}"


def _theirs(frame: pd.DataFrame, sought: Sought) -> pd.Series:
    theirs = pd.Series(False, index=frame.index)
    for name in frame.columns:
        if wanted := sought.under(str(name)):
            theirs |= frame[name].isin(list(wanted))
    return theirs


def _from_lake(state: State, of_lake: Tables, sought: Sought) -> Removed:
    """Takes their rows out of every table. What was made from them has another input now: it is stale."""
    rows = rewritten = removed = 0
    for table, quarter in _in_lake(state, of_lake):
        path = state.lake.path(table.name, quarter)
        try:
            record, frame = state.lake.record(table.name, quarter), state.lake.read(table, quarter)
        except (DamagedTable, pa.ArrowException):  # it is made again by the next run
            path.unlink()
            removed += 1
            continue
        theirs = _theirs(frame, sought)
        if theirs.any() and record is not None:
            left = frame[~theirs].reset_index(drop=True)
            state.lake.write(table, quarter, left, record.origin, supplied=record.supplied, counts=record.counts)
            rows, rewritten = rows + int(theirs.sum()), rewritten + 1
    for path in state.lake.files():  # tables of old, which nobody knows how to write
        if _name(path) not in of_lake and _IDENTIFYING & _columns(path.read_bytes()):
            path.unlink()
            removed += 1
    return Removed("lake", rows, rewritten, removed)


def _columns(content: bytes) -> set[str]:
    """The columns of a Parquet file; those of people for one that cannot be read."""
    try:
        return set(pq.read_schema(pa.BufferReader(content)).names)
    except (pa.ArrowException, OSError):
        return set(_IDENTIFYING)


def _from_exports(state: State, of_lake: Tables, sought: Sought, walk: Walk) -> Removed:
    """Removes the workbooks with people of the quarters that they are in; their next run makes them again."""
    quarters = {
        quarter.key
        for table, quarter in _in_lake(state, of_lake)
        if table.name in (ROSTER.name, "outputs/person_level", "outputs/family_level")
        and _theirs(state.lake.read(table, quarter), sought).any()
    }
    removed = 0
    for folder in state.exports.glob("*"):
        holding = [path for path in walk.files(folder) if is_said_in(path, sought)]
        if folder.name in quarters or holding:
            for path in {*holding, *(path for pattern in _OF_PEOPLE for path in folder.glob(pattern))}:
                _remove(path)
                removed += 1
    return Removed("exports", removed=removed)


def _from_kept(state: State, sought: Sought) -> Removed:
    """Removes every kept delivery that has them: the editions made from it cannot be computed again."""
    removed = 0
    kept = Kept(state.kept)
    for _, ending, version, content in kept.contents():
        try:
            theirs = erased(content, ending, sought).rows > 0
        except CannotBeRead:
            theirs = True
        if theirs:
            kept.forget(version)
            removed += 1
    return Removed("kept", removed=removed)


def _from_files(store: str, paths: Iterable[Path], sought: Sought) -> Removed:
    """Writes each table anew without them; a file that is none, and says one of their identifiers, is removed."""
    rows = rewritten = removed = 0
    for path, content in _opened(paths):
        try:
            if path.suffix.lower() not in (".csv", ".xlsx", ".parquet"):
                raise CannotBeRead
            without = erased(content, path.suffix.lower(), sought)
        except CannotBeRead:
            if is_said_in(path, sought):
                _remove(path)
                removed += 1
            continue
        if without.rows:
            replace_file(path.resolve(), without.content)
            rows, rewritten = rows + without.rows, rewritten + 1
    return Removed(store, rows, rewritten, removed)


def _opened(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """The files with what is in them, but for those that may not be opened: they are listed at the end."""
    for path in paths:
        with suppress(PermissionError):
            yield path, path.read_bytes()


def _remove(path: Path) -> None:
    """Removes a file; of a symbolic link, what it leads to as well."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


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
    writer.writerows([now, what, each.store, each.rows, each.rewritten, each.removed] for each in removed)
    replace_file(path, (path.read_bytes() if path.exists() else b"") + text.getvalue().encode())
