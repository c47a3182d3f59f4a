"""Reads partners.toml, which says by which identifiers partners may be told of people; without it, the usual ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from fs_pipeline.settings.programme import ProgrammeError
from fs_pipeline.toolkit.partners import IDENTIFIERS, PARTNERS


def read_identifiers(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The identifiers that each partner may be sent, by supplier.

    The file has one table, `[identifiers]`: a supplier's name = a list of person_id, upn, date_of_birth, sex.

    Raises:
        ProgrammeError: the file is no TOML, or names a supplier or an identifier that there is not.
    """
    usual = {supplier: partner.identifiers for supplier, partner in PARTNERS.items()}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return usual
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProgrammeError(f"{path}: cannot be read as TOML ({type(error).__name__})") from None
    if set(said) - {"identifiers"} or not isinstance(said.get("identifiers", {}), dict):
        raise ProgrammeError(f"{path}: has one table, [identifiers], and no other")
    for supplier, names in said.get("identifiers", {}).items():
        if supplier not in PARTNERS:
            raise ProgrammeError(f"{path}: identifiers.{supplier} must be one of {', '.join(PARTNERS)}")
        if not isinstance(names, list) or not all(name in IDENTIFIERS for name in names):
            raise ProgrammeError(f"{path}: identifiers.{supplier} must be a list of {', '.join(IDENTIFIERS)}")
        usual[supplier] = tuple(names)
    return usual
