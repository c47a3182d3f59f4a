"""Reads programme.toml: the programme's settings. But for `[schedule]` every key is needed; no other is known."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import NoReturn, TypeGuard

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.programme import CohortWindow, Programme, Timetable

_KEYS = {
    "authority": ("name", "code"),
    "programme": ("start", "baseline_quarters", "exclude_cwd_children"),
    "cohorts": (),
    "costs": ("external_expert_report", "internal_hour"),
}
_SCHEDULE = {"day": (1, 28), "hour": (0, 23)}
"""The keys of the optional table [schedule]: the least and the most."""
_MOST_BASELINE_QUARTERS = 100
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class ProgrammeError(Exception):
    """programme.toml cannot be used. The message names file and key, and says what is accepted."""


def read_programme(path: Path) -> Programme:
    """The programme's settings.

    Raises:
        ProgrammeError: the file is missing or no TOML; a key is missing, unknown, of a wrong type or out of range;
            or cohort windows overlap.
    """
    return _File(path).programme()


def read_timetable(path: Path) -> Timetable:
    """When quarters run by themselves: the optional table [schedule].

    Raises:
        ProgrammeError: the file is missing or no TOML; or the table has an unknown key, or one out of range.
    """
    return _File(path).timetable()


class _File:
    """The file's tables, and the messages about its keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tables = self._tables()

    def _tables(self) -> Mapping[str, object]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            accepted = ", ".join(f"[{table}]" for table in _KEYS)
            fault = f"there is no such file. Write one with the tables {accepted}"
            if self.path.with_name("region.toml").exists():
                fault = "there is no such file, as this is a region's folder: region, status and ui are for it"
        except OSError as error:
            fault = f"cannot be opened ({error.strerror})"
        except UnicodeDecodeError:
            fault = "is not UTF-8: save it as UTF-8"
        except tomllib.TOMLDecodeError as error:
            fault = f"is not TOML: {error}"
        raise ProgrammeError(f"{self.path}: {fault}")

    def programme(self) -> Programme:
        self._check_keys("", {name: self.tables[name] for name in self.tables if name != "schedule"}, _KEYS)
        authority, programme, cohorts, costs = (self._table(name) for name in _KEYS)
        return Programme(
            authority_name=self._name(authority),
            authority_code=self._code(authority),
            start=self._start(programme),
            baseline_quarters=self._baseline_quarters(programme),
            exclude_cwd_children=self._exclude_cwd_children(programme),
            cohorts=self._cohorts(cohorts),
            external_expert_report=self._cost(costs, "external_expert_report"),
            internal_hour=self._cost(costs, "internal_hour"),
        )

    def _refuse(self, key: str, accepted: str) -> NoReturn:
        raise ProgrammeError(f"{self.path}: {key} must be {accepted}")

    def _check_keys(self, table: str, given: Mapping[str, object], known: Collection[str]) -> None:
        missing = [key for key in known if key not in given]
        unknown = [key for key in given if key not in known]
        faults = [
            f"{word} {', '.join(f'{table}.{key}'.lstrip('.') for key in keys)}"
            for word, keys in (("missing", missing), ("unknown", unknown))
            if keys
        ]
        if faults:
            where = f"[{table}]" if table else "the file"
            raise ProgrammeError(f"{self.path}: {'; '.join(faults)}. {where} has exactly {', '.join(known)}")

    def _table(self, name: str) -> Mapping[str, object]:
        table = self.tables[name]
        if not isinstance(table, dict):
            self._refuse(name, f"a table, [{name}]")
        if name != "cohorts":
            self._check_keys(name, table, _KEYS[name])
        return table

    def _name(self, authority: Mapping[str, object]) -> str:
        name = authority["name"]
        if not isinstance(name, str) or not name.strip():
            self._refuse("authority.name", 'a text, such as "Invented Borough"')
        return name.strip()

    def _code(self, authority: Mapping[str, object]) -> str:
        code = authority["code"]
        if not isinstance(code, str) or not (len(code) == 3 and code.isascii() and code.isdigit()):
            self._refuse("authority.code", 'three digits in quotation marks, such as "999"')
        return code

    def _start(self, programme: Mapping[str, object]) -> date:
        start = programme["start"]
        if not _is_day(start) or start != Quarter.holding(start).first_day:
            self._refuse("programme.start", "the first day of a quarter, such as 2017-10-01, without quotation marks")
        return start

    def _baseline_quarters(self, programme: Mapping[str, object]) -> int:
        quarters = programme["baseline_quarters"]
        if type(quarters) is not int or not 0 <= quarters <= _MOST_BASELINE_QUARTERS:
            self._refuse("programme.baseline_quarters", f"a whole number from 0 to {_MOST_BASELINE_QUARTERS}")
        return quarters

    def _exclude_cwd_children(self, programme: Mapping[str, object]) -> bool:
        exclude = programme["exclude_cwd_children"]
        if not isinstance(exclude, bool):
            self._refuse("programme.exclude_cwd_children", "true or false")
        return exclude

    def _cost(self, costs: Mapping[str, object], key: str) -> float:
        cost = costs[key]
        if not isinstance(cost, int | float) or isinstance(cost, bool) or not 0 <= cost < math.inf:
            self._refuse(f"costs.{key}", "an amount in GBP of 0 or more, such as 60.0")
        return float(cost)

    def timetable(self) -> Timetable:
        schedule = self.tables.get("schedule", {})
        if not isinstance(schedule, dict) or not schedule.keys() <= _SCHEDULE.keys():
            self._refuse("schedule", f"a table with nothing but {' and '.join(_SCHEDULE)}, or left out")
        for key, value in schedule.items():
            least, most = _SCHEDULE[key]
            if type(value) is not int or not least <= value <= most:
                self._refuse(f"schedule.{key}", f"a whole number from {least} to {most}")
        return Timetable(**schedule)

    def _cohorts(self, cohorts: Mapping[str, object]) -> tuple[CohortWindow, ...]:
        windows = sorted(
            (self._window(cohort, days) for cohort, days in cohorts.items()), key=lambda window: window.first_day
        )
        for earlier, later in pairwise(windows):
            if later.first_day <= earlier.last_day:
                raise ProgrammeError(
                    f"{self.path}: cohorts.{earlier.cohort} and cohorts.{later.cohort} overlap; a window must begin "
                    "after the last day of the one before it"
                )
        return tuple(windows)

    def _window(self, cohort: str, days: object) -> CohortWindow:
        if isinstance(days, list) and len(days) == 2:
            first, last = days
            if _is_day(first) and _is_day(last) and first <= last:
                return CohortWindow(cohort, first, last)
        return self._refuse(f"cohorts.{cohort}", "its first and last day, such as [2017-10-01, 2017-12-31]")


def _is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime) and _FIRST_YEAR <= value.year <= _LAST_YEAR
