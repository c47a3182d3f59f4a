"""A region's state folder: what its authorities' lakes hold, and how what was made of it stands to that.

Of each authority two tables are read, `outputs/indicator_values` and `outputs/before_after`: figures, and nothing
about a person. The region has a state folder of its own, with a region.toml in place of a programme.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.ledger.code_versions import code_version
from fs_pipeline.ledger.freshness import Freshness
from fs_pipeline.outputs.region import region_before_after, region_values
from fs_pipeline.settings.region import read_region
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import DamagedTable, Lake, LakeError, NotInLake, Origin, lake_away
from fs_pipeline.store.state import State
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.figures import INDICATOR_VALUES
from fs_pipeline.toolkit.region import REGION_BEFORE_AFTER, REGION_VALUES, Authority, Region
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER

WORKBOOK = "region/published_workbook"
MADE: Mapping[Table, tuple[Table, Callable[[Quarter, Mapping[str, pd.DataFrame | None], Toolkit], pd.DataFrame]]] = {
    REGION_VALUES: (INDICATOR_VALUES, region_values),
    REGION_BEFORE_AFTER: (BEFORE_AFTER, region_before_after),
}
"""The region's tables: the authorities' table that each is made from, and how it is added up."""


class NothingToAddUp(NotInLake):
    """No authority of the region has run the quarter."""


@dataclass(frozen=True)
class Regional:
    """A region's state folder.

    Attributes:
        state: the folder.
    """

    state: State

    @cached_property
    def region(self) -> Region:
        """The region, as its file says; a SettingsError says what is wrong with it."""
        return read_region(self.file)

    @property
    def file(self) -> Path:
        """The region's settings."""
        return self.state.home / "region.toml"

    def first_quarter(self) -> Quarter:
        """The first quarter in which an authority is part of the region."""
        return Quarter(min(authority.start for authority in self.region.authorities))

    def members(self, quarter: Quarter) -> tuple[Authority, ...]:
        """The authorities that are part of it in the quarter."""
        return tuple(each for each in self.region.authorities if Quarter(each.start) <= quarter)

    def read(self, made: Table, quarter: Quarter) -> tuple[dict[str, pd.DataFrame | None], Origin]:
        """What a table of the region is made of: each member's, None where it was not run; and its origin.

        Raises:
            DamagedTable: an authority's file cannot be read.
            LakeError: an authority's lake cannot be used, or reached.
            NothingToAddUp: no member has run the quarter.
        """
        of = MADE[made][0]
        versions = self.versions(of, quarter)
        if not any(versions.values()):
            raise NothingToAddUp(f"no authority of {self.region.name} has run {quarter.label}")
        frames: dict[str, pd.DataFrame | None] = {}
        for member in self.members(quarter):
            with _lake_of(member) as lake:
                frames[member.name] = lake.read(of, quarter) if versions[member.name] else None
        return frames, _origin(made, quarter, versions)

    def versions(self, table: Table, quarter: Quarter) -> dict[str, str]:
        """The version of each member's table of the quarter; blank where it was not run.

        Raises:
            DamagedTable: an authority's file cannot be read.
            LakeError: an authority's lake cannot be used, or reached.
        """
        found: dict[str, str] = {}
        for member in self.members(quarter):
            with _lake_of(member) as lake:
                record = lake.record(table.name, quarter)
            found[member.name] = record.data_version if record else ""
        return found

    def history(self, quarter: Quarter) -> dict[str, pd.DataFrame]:
        """The figures of every quarter up to this one, of each member that has run this one."""
        found: dict[str, pd.DataFrame] = {}
        for member in self.members(quarter):
            with _lake_of(member) as lake:
                run = [each for each in lake.quarters(INDICATOR_VALUES.name) if each <= quarter]
                if quarter in run:
                    found[member.name] = lake.read_window(INDICATOR_VALUES, run)
        return found

    def workbook(self, quarter: Quarter) -> Path:
        """Writes the quarter's published workbook; where it is."""
        compared = self.read(REGION_BEFORE_AFTER, quarter)[0]
        lake = self.state.lake
        content = region_workbook(
            self.region.name,
            quarter,
            (lake.read(REGION_VALUES, quarter), lake.read(REGION_BEFORE_AFTER, quarter)),
            self.history(quarter),
            {name: frame for name, frame in compared.items() if frame is not None},
            TOOLKIT,
        )
        path = self.workbook_path(quarter)
        replace_file(path, content)
        return path

    def workbook_path(self, quarter: Quarter) -> Path:
        """Where the quarter's published workbook is."""
        return self.state.exports / quarter.key / f"fs_kpi_{quarter.key}_region.xlsx"

    def quarters(self) -> list[Quarter]:
        """Every quarter that a member, or the region, has run."""
        found = {*self.state.lake.quarters(REGION_VALUES.name)}
        for member in self.region.authorities:
            with _lake_of(member) as lake:
                found |= {each for each in lake.quarters(INDICATOR_VALUES.name) if Quarter(member.start) <= each}
        return sorted(found)

    def freshness(self, made: Table, quarter: Quarter) -> Freshness:
        """How a table of the region stands to what its members hold now."""
        record = self.state.lake.record(made.name, quarter)
        if record is None:
            return Freshness.MISSING
        now = _origin(made, quarter, self.versions(MADE[made][0], quarter))
        return Freshness.FRESH if record.origin == now else Freshness.STALE


def _origin(made: Table, quarter: Quarter, versions: Mapping[str, str]) -> Origin:
    """What a table of the region is made from: the table of each authority that has run the quarter."""
    of, add = MADE[made]
    inputs = {f"{name}/{of.name}/{quarter.key}": version for name, version in versions.items() if version}
    return Origin(code_version(add.__module__), {}, inputs)


@contextmanager
def _lake_of(member: Authority) -> Iterator[Lake]:
    """An authority's lake; what is wrong with it is said with the authority's name."""
    try:
        yield Lake.at(member.lake)
    except DamagedTable as damage:
        raise DamagedTable(f"{member.name}: {damage}") from None
    except Exception as fault:
        if away := lake_away(fault):
            raise LakeError(f"{member.name}: {away}") from None
        raise
