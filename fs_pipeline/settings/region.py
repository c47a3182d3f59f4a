"""Reads REGION.toml: a region's name, and where each of its authorities' tables lie. No other key is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fs_pipeline.settings.programme import FirstDay, Name
from fs_pipeline.settings.reading import SettingsError, accepts, read_settings, read_toml
from fs_pipeline.toolkit.region import Authority, Region


@dataclass(frozen=True)
class _Region:
    name: Annotated[Name, accepts('a text, such as "Invented Region"')]


@dataclass(frozen=True)
class _Authority:
    lake: Annotated[Name, accepts('a folder or URL, such as "/srv/northtown/lake"')]
    start: FirstDay


@dataclass(frozen=True)
class _File:
    region: _Region
    authorities: Mapping[str, _Authority]


def read_region(path: Path) -> Region:
    """The region; a lake that is a relative path lies beside the file.

    Raises:
        SettingsError: the file is missing or no TOML; a key is missing, unknown or of a wrong type; there are fewer
            than two authorities, or two of them have one lake.
    """
    tables = read_toml(path)
    if tables is None:
        raise SettingsError(f"{path}: there is no such file")
    file = read_settings(_File, tables, path)
    if len(file.authorities) < 2:
        raise SettingsError(f"{path}: authorities must be two or more tables, [authorities.NAME]")
    authorities = tuple(
        Authority(name, _lake(path, authority.lake), authority.start) for name, authority in file.authorities.items()
    )
    if len({authority.lake for authority in authorities}) < len(authorities):
        raise SettingsError(f"{path}: two authorities have the same lake: each has its own")
    return Region(file.region.name, authorities)


def _lake(path: Path, place: str) -> str:
    return place if "://" in place else str((path.parent / place).resolve())
