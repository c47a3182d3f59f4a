"""Reads REGION.toml: a region's name, and where each of its authorities' tables lie. No other key is known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NoReturn

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.region import Authority, Region

_AUTHORITY = ("lake", "start")


class RegionError(Exception):
    """A region's file cannot be used. The message names file and key, and says what is accepted."""


def read_region(path: Path) -> Region:
    """The region; a lake that is a relative path lies beside the file.

    Raises:
        RegionError: the file is missing or no TOML; a key is missing, unknown or of a wrong type; there are fewer than
            two authorities, or two of them have one lake.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RegionError(f"{path}: cannot be opened ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegionError(f"{path}: is not TOML in UTF-8: {error}") from None
    if set(tables) != {"region", "authorities"}:
        raise RegionError(f"{path}: the file has exactly the tables [region] and [authorities.NAME]")
    name = _table(path, "region", tables["region"], ("name",))["name"]
    if not isinstance(name, str) or not name.strip():
        _refuse(path, "region.name", 'a text, such as "Invented Region"')
    named = tables["authorities"]
    if not isinstance(named, dict) or len(named) < 2:
        _refuse(path, "authorities", "two or more tables, [authorities.NAME]")
    authorities = tuple(_authority(path, name, of_authority) for name, of_authority in named.items())
    if len({authority.lake for authority in authorities}) < len(authorities):
        raise RegionError(f"{path}: two authorities have the same lake: each has its own")
    return Region(name.strip(), authorities)


def _authority(path: Path, name: str, given: object) -> Authority:
    table = _table(path, f"authorities.{name}", given, _AUTHORITY)
    lake, start = table["lake"], table["start"]
    if not isinstance(lake, str) or not lake.strip():
        _refuse(path, f"authorities.{name}.lake", 'a folder or URL, such as "/srv/northtown/lake"')
    if type(start) is not date or start != Quarter.holding(start).first_day:
        _refuse(path, f"authorities.{name}.start", "the first day of a quarter, such as 2017-10-01")
    place = lake.strip()
    return Authority(name, place if "://" in place else str((path.parent / place).resolve()), start)


def _table(path: Path, name: str, given: object, keys: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(given, dict) or set(given) != set(keys):
        _refuse(path, name, f"a table with exactly {', '.join(keys)}")
    return given


def _refuse(path: Path, key: str, accepted: str) -> NoReturn:
    raise RegionError(f"{path}: {key} must be {accepted}")
