"""Reads the TOML files that people write into settings, which are frozen dataclasses. Knows no particular settings."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError, WrapValidator
from pydantic_core import ErrorDetails, PydanticCustomError

_Settings = TypeVar("_Settings")
_CONFIG = ConfigDict(extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)
_MISSING, _UNKNOWN = ("missing", "missing_argument"), ("unexpected_keyword_argument", "extra_forbidden")
_WORDS = {
    "true or false": ("bool_parsing", "bool_type"),
    "a date such as 2017-10-01, without quotation marks": (
        *("date_from_datetime_inexact", "date_from_datetime_parsing", "date_parsing", "date_type"),
    ),
    "a table of keys and values": ("dataclass_type", "dict_type", "mapping_type"),
    "a number": ("float_parsing", "float_type"),
    "a whole number": ("int_parsing", "int_type"),
    "a list of that many parts": ("missing_positional_only_argument", "too_long", "too_short"),
    "a text in quotation marks": ("string_type",),
    "a list": ("tuple_type",),
}
_ACCEPTED = {fault: words for words, faults in _WORDS.items() for fault in faults}


class SettingsError(Exception):
    """A file of settings cannot be used.

    The message says file, key and what is accepted; never what was written: it may be a secret.
    """


def read_toml(path: Path) -> dict[str, object] | None:
    """The tables of a file; None when there is no such file.

    Raises:
        SettingsError: it cannot be opened, or is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be opened ({fault.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{path}: is not TOML: {fault}") from None


def accepts(words: str) -> WrapValidator:
    """The words for what a key accepts, whatever is wrong with its value; stands in its type: `Annotated[str, ...]`."""

    def validate(value: object, validate_type: Callable[[object], object]) -> object:
        try:
            return validate_type(value)
        except ValidationError:
            raise PydanticCustomError("accepts", "{words}", {"words": words}) from None

    return WrapValidator(validate)


def read_settings(settings: type[_Settings], table: Mapping[str, object], path: Path, key: str = "") -> _Settings:
    """A table as settings of that class.

    Args:
        settings: a frozen dataclass; its fields are the keys, its types what they accept.
        table: the table, as TOML gives it.
        path: the file, for messages.
        key: where the table stands in it, for messages: `formats.ssd`; blank for the whole file.

    Raises:
        SettingsError: a key is missing, unknown or wrong, or the settings themselves refuse (ValueError).
    """
    try:
        read: _Settings = _adapter(settings).validate_python(dict(table))  # type: ignore[arg-type]  # classes are hashable
    except ValidationError as invalid:
        message = _message(settings, key, invalid.errors(include_url=False, include_input=False))
        raise SettingsError(f"{path}: {message}") from None
    return read


@cache
def _adapter(settings: Hashable) -> TypeAdapter[Any]:
    """For a class of the same fields that knows no others; the module's own class stays as it is."""
    assert isinstance(settings, type)
    strict = type(settings.__name__, (settings,), {"__pydantic_config__": _CONFIG, "__module__": settings.__module__})
    return TypeAdapter(strict)


def _message(settings: type, table: str, faults: list[ErrorDetails]) -> str:
    """What is wrong with the first key that has a fault; of keys missing or unknown, with all of their table."""
    first = faults[0]
    location = _location(first)
    if first["type"] in _MISSING + _UNKNOWN:
        inside = location[:-1]
        of_table = [fault for fault in faults if _location(fault)[:-1] == inside]
        missing, unknown = (
            [_location(fault)[-1] for fault in of_table if fault["type"] in types] for types in (_MISSING, _UNKNOWN)
        )
        return _keys_message(".".join(filter(None, (table, *inside))), missing, unknown, _keys_of(settings, inside))
    key = ".".join(filter(None, (table, *location)))
    if first["type"] == "value_error":
        return f"{key}: {first['msg'].removeprefix('Value error, ')}"
    # A key that may be of several types has a fault for each of them.
    accepted = [_accepted(fault) for fault in faults if _location(fault) == location]
    return f"{key} must be {' or '.join(dict.fromkeys(accepted))}"


def _keys_message(table: str, missing: list[str], unknown: list[str], keys: list[str]) -> str:
    if table:
        words = [f"{table}.{key} is missing" for key in missing] + [f"{table}.{key} is not a key" for key in unknown]
        return f"{'; '.join(words)}: [{table}] accepts {', '.join(keys)}"
    words = [f"[{key}] is missing" for key in missing] + [f"[{key}] is not known" for key in unknown]
    return f"{'; '.join(words)}: the tables are {', '.join(f'[{key}]' for key in keys)}"


def _location(fault: ErrorDetails) -> tuple[str, ...]:
    """The key that a fault is about; without pydantic's names of types, which stand last and hold brackets."""
    parts: list[str] = []
    for part in fault["loc"]:
        if isinstance(part, int) or part in ("date", "str", "bool", "int", "float") or "[" in part:
            break
        parts.append(part)
    return tuple(parts)


def _keys_of(settings: type, location: tuple[str, ...]) -> list[str]:
    """The keys of a table that stands in others: of `extracts.people`, those of ExtractSource."""
    for part in location:
        settings = get_type_hints(settings)[part] if is_dataclass(settings) else get_args(settings)[-1]
        if type(None) in get_args(settings):  # `Linking | None`
            settings = next(kind for kind in get_args(settings) if kind is not type(None))
    return [field.name for field in fields(settings)]


def _accepted(fault: ErrorDetails) -> str:
    if fault["type"] == "literal_error":
        return str(fault.get("ctx", {})["expected"])
    return _ACCEPTED.get(fault["type"], fault["msg"].removeprefix("Input should be ").removeprefix("a valid "))
