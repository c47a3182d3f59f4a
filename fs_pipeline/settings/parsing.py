"""Turns a table of sources.toml into settings, which are a frozen dataclass. Knows no particular settings.

A mistake is answered with the file, the key and what is accepted; what was written is never shown: it may be secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from fs_pipeline.settings.programme import ProgrammeError

_Settings = TypeVar("_Settings")
_CONFIG = ConfigDict(extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)

_ACCEPTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_inexact": "a date such as 2017-10-01, without quotation marks",
    "date_from_datetime_parsing": "a date such as 2017-10-01, without quotation marks",
    "date_parsing": "a date such as 2017-10-01, without quotation marks",
    "date_type": "a date such as 2017-10-01, without quotation marks",
    "dict_type": "a table of keys and values",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "mapping_type": "a table of keys and values",
    "string_type": "a text in quotation marks",
    "tuple_type": "a list",
}


class SourcesError(ProgrammeError):
    """A setting of sources.toml is missing or wrong: file, key, and what is accepted. Never shows what was written."""


def parsed(settings: type[_Settings], table: Mapping[str, object], path: Path, key: str) -> _Settings:
    """The table as settings of that class.

    Args:
        settings: a frozen dataclass; its fields are the keys, its types what they accept.
        table: the table, as TOML gives it.
        path: the file, for messages.
        key: where the table stands in it, for messages: `formats.ssd`.

    Raises:
        SourcesError: a key is missing, unknown or wrong, or the settings themselves refuse (ValueError).
    """
    assert is_dataclass(settings)
    # A class of the same fields that knows no others; the module's own class stays as it is.
    strict = type(settings.__name__, (settings,), {"__pydantic_config__": _CONFIG, "__module__": settings.__module__})
    try:
        made: _Settings = TypeAdapter(strict).validate_python(dict(table))
    except ValidationError as faults:
        known = [field.name for field in fields(settings)]
        first = faults.errors(include_url=False, include_input=False)[0]
        same = [each for each in faults.errors(include_url=False, include_input=False) if _under(each, first)]
        raise SourcesError(f"{path}: {_words(key, first, same, known)}") from None
    return made


def _under(fault: ErrorDetails, first: ErrorDetails) -> bool:
    """Whether it is about the same key: a key that may be of several types has a fault for each of them."""
    return _key(fault["loc"]) == _key(first["loc"])


def _key(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The key that a fault is about; without pydantic's names of types, which stand last and hold brackets."""
    named: list[str] = []
    for part in location:
        if isinstance(part, int) or part in ("date", "str", "bool", "int", "float") or "[" in part:
            break
        named.append(part)
    return tuple(named)


def _words(key: str, first: ErrorDetails, same: list[ErrorDetails], known: list[str]) -> str:
    named = _key(first["loc"])
    where = ".".join((key, *named))
    if first["type"] in ("missing", "missing_argument"):
        return f"{where} is missing"
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        accepted = f": [{key}] accepts {', '.join(known)}" if len(named) == 1 else ""
        return f"{where} is not a key{accepted}"
    if first["type"] == "value_error":
        return f"{where}: {first['msg'].removeprefix('Value error, ')}"
    accepted = " or ".join(dict.fromkeys(_accepted(each) for each in same))
    return f"{where} must be {accepted}"


def _accepted(fault: ErrorDetails) -> str:
    context: Mapping[str, Any] = fault.get("ctx", {})
    if fault["type"] == "literal_error":
        return str(context["expected"])
    if fault["type"] in ("too_short", "too_long", "missing_positional_only_argument"):
        return "a list of that many parts"
    return _ACCEPTED.get(fault["type"], fault["msg"].removeprefix("Input should be ").removeprefix("a valid "))
