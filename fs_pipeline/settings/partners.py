"""Reads partners.toml, which says by which identifiers partners may be told of people; without it, the usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from fs_pipeline.settings.reading import accepts, read_settings, read_toml
from fs_pipeline.toolkit.partners import IDENTIFIERS, PARTNERS


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
class _File:
    identifiers: Mapping[_Supplier, _Identifiers] = field(default_factory=dict)


def read_identifiers(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The identifiers that each partner may be sent, by supplier.

    The file has one table, `[identifiers]`: a supplier's name = a list of person_id, upn, date_of_birth, sex.

    Raises:
        SettingsError: the file is no TOML, or names a supplier or an identifier that there is not.
    """
    usual = {supplier: partner.identifiers for supplier, partner in PARTNERS.items()}
    return {**usual, **read_settings(_File, read_toml(path) or {}, path).identifiers}
