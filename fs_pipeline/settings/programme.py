"""Reads programme.toml, a programme's settings; region.toml; and partners.toml, by what partners may be told of people.

But for `[schedule]`, `[quality]` and partners.toml every key is needed; no other is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.settings.reading import SettingsError, accepts, read_settings, read_toml
from fs_pipeline.toolkit.extracts import IDENTIFIERS, PARTNERS
from fs_pipeline.toolkit.programme import Authority, CohortWindow, Programme, Quality, Region, Timetable

_MOST_BASELINE_QUARTERS = 100
_SCHEDULE = "schedule"

Day = Annotated[date, Field(strict=True, ge=date(1900, 1, 1), le=date(2100, 12, 31))]
Name = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]


def _first_day(day: date) -> date:
    if day != Quarter.holding(day).first_day:
        raise ValueError
    return day


def _in_order(window: tuple[date, date]) -> tuple[date, date]:
    if window[0] > window[1]:
        raise ValueError
    return window


FirstDay = Annotated[
    Day,
    AfterValidator(_first_day),
    accepts("the first day of a quarter, such as 2017-10-01, without quotation marks"),
]
_Window = Annotated[
    tuple[Day, Day],
    AfterValidator(_in_order),
    accepts("its first and last day, such as [2017-10-01, 2017-12-31]"),
]
_Cost = Annotated[float, Field(strict=True, ge=0, lt=math.inf), accepts("an amount in GBP of 0 or more, such as 60.0")]
_Share = Annotated[float, Field(strict=True, ge=0, le=1), accepts("a share from 0 to 1, such as 0.05")]


@dataclass(frozen=True)
class _Authority:
    name: Annotated[Name, accepts('a text, such as "Invented Borough"')]
    code: Annotated[
        str, Field(strict=True, pattern="^[0-9]{3}$"), accepts('three digits in quotation marks, such as "999"')
    ]


@dataclass(frozen=True)
class _Programme:
    start: FirstDay
    baseline_quarters: Annotated[
        int,
        Field(strict=True, ge=0, le=_MOST_BASELINE_QUARTERS),
        accepts(f"a whole number from 0 to {_MOST_BASELINE_QUARTERS}"),
    ]
    exclude_cwd_children: Annotated[bool, Field(strict=True)]


@dataclass(frozen=True)
class _Costs:
    external_expert_report: _Cost
    internal_hour: _Cost


@dataclass(frozen=True)
class _Quality:
    refuse_above: _Share = Quality.refuse_above
    refuse_rows: Annotated[int, Field(strict=True, ge=1), accepts("a whole number of 1 or more")] = Quality.refuse_rows
    partial_above: _Share = Quality.partial_above
    refuse_referrals_above: _Share = Quality.refuse_referrals_above


@dataclass(frozen=True)
class _File:
    authority: _Authority
    programme: _Programme
    cohorts: Mapping[str, _Window]
    costs: _Costs
    quality: _Quality = _Quality()


@dataclass(frozen=True)
class _Schedule:
    day: Annotated[int, Field(strict=True, ge=1, le=28), accepts("a whole number from 1 to 28")] = Timetable.day
    hour: Annotated[int, Field(strict=True, ge=0, le=23), accepts("a whole number from 0 to 23")] = Timetable.hour


@dataclass(frozen=True)
class _ScheduleFile:
    schedule: _Schedule = _Schedule()


def read_programme(path: Path) -> Programme:
    """The programme's settings.

    Raises:
        SettingsError: the file is missing or no TOML; a key is missing, unknown, of a wrong type or out of range;
            or cohort windows overlap.
    """
    tables = {name: table for name, table in _tables(path).items() if name != _SCHEDULE}
    file = read_settings(_File, tables, path)
    return Programme(
        authority_name=file.authority.name,
        authority_code=file.authority.code,
        cohorts=_cohorts(path, file.cohorts),
        **vars(file.programme),
        **vars(file.costs),
        quality=Quality(**vars(file.quality)),
    )


def read_timetable(path: Path) -> Timetable:
    """When quarters run by themselves: the optional table [schedule].

    Raises:
        SettingsError: the file is missing or no TOML; or the table has an unknown key, or one out of range.
    """
    tables = {name: table for name, table in _tables(path).items() if name == _SCHEDULE}
    schedule = read_settings(_ScheduleFile, tables, path).schedule
    return Timetable(schedule.day, schedule.hour)


def _tables(path: Path) -> Mapping[str, object]:
    tables = read_toml(path)
    if tables is not None:
        return tables
    if path.with_name("region.toml").exists():
        raise SettingsError(
            f"{path}: there is no such file, as this is a region's folder: region, status and ui are for it"
        )
    names = ", ".join(f"[{table.name}]" for table in fields(_File) if table.default is MISSING)
    raise SettingsError(f"{path}: there is no such file. Write one with the tables {names}")


def _cohorts(path: Path, windows: Mapping[str, tuple[date, date]]) -> tuple[CohortWindow, ...]:
    cohorts = sorted((CohortWindow(name, *days) for name, days in windows.items()), key=lambda window: window.first_day)
    for earlier, later in pairwise(cohorts):
        if later.first_day <= earlier.last_day:
            raise SettingsError(
                f"{path}: cohorts.{earlier.cohort} and cohorts.{later.cohort} overlap; a window must begin "
                "after the last day of the one before it"
            )
    return tuple(cohorts)


@dataclass(frozen=True)
class _Region:
    name: Annotated[Name, accepts('a text, such as "Invented Region"')]


@dataclass(frozen=True)
class _RegionAuthority:
    lake: Annotated[Name, accepts('a folder or URL, such as "/srv/northtown/lake"')]
    start: FirstDay


@dataclass(frozen=True)
class _RegionFile:
    region: _Region
    authorities: Mapping[str, _RegionAuthority]


def read_region(path: Path) -> Region:
    """The region; a lake that is a relative path lies beside the file.

    Raises:
        SettingsError: the file is missing or no TOML; a key is missing, unknown or of a wrong type; there are fewer
            than two authorities, or two of them have one lake.
    """
    tables = read_toml(path)
    if tables is None:
        raise SettingsError(f"{path}: there is no such file")
    file = read_settings(_RegionFile, tables, path)
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


def _one_of(accepted: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in accepted:
            raise ValueError
        return name

    return AfterValidator(check)


_Supplier = Annotated[str, _one_of(tuple(PARTNERS)), accepts(f"one of {', '.join(PARTNERS)}")]
_Identifiers = Annotated[
    tuple[Annotated[str, _one_of(IDENTIFIERS)], ...], accepts(f"a list of {', '.join(IDENTIFIERS)}")
]


@dataclass(frozen=True)
class _PartnersFile:
    identifiers: Mapping[_Supplier, _Identifiers] = field(default_factory=dict)


def read_identifiers(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The identifiers that each partner may be sent, by supplier.

    The file has one table, `[identifiers]`: a supplier's name = a list of person_id, upn, date_of_birth, sex.

    Raises:
        SettingsError: the file is no TOML, or names a supplier or an identifier that there is not.
    """
    usual = {supplier: partner.identifiers for supplier, partner in PARTNERS.items()}
    return {**usual, **read_settings(_PartnersFile, read_toml(path) or {}, path).identifiers}
