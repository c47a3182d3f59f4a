"""How a partner's tables are mapped to extracts: the settings of `mapped_tables`. Reads no table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from fs_pipeline.settings.sources import IDENTITY
from fs_pipeline.toolkit.extracts import EXTRACTS

LEFT_ASIDE = ""
"""A code that is mapped to this is left aside on purpose, with its row."""
OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Spread:
    """Tables with one row a score: the value goes into the column that the code in another column names.

    Attributes:
        by: their column with the code of the score.
        value: their column with the score.
        columns: their code -> our column. Rows with other codes are left aside, counted.
    """

    by: str
    value: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Staged:
    """Which stage a row is at, where the table does not say it itself.

    A row without a stage is at the first of these when it is the first of its group, else at the second. The last row
    of an ended group is at the third, unless it is the first as well.

    Attributes:
        column: our column of the stage.
        group: our column with what the rows are stages of.
        date: our column that orders them.
        ended: their column that is filled once the group is ended; none when left out.
        stages: the three stages.
    """

    column: str
    group: str
    date: str
    stages: tuple[str, str, str]
    ended: str = ""


@dataclass(frozen=True)
class ExtractMapping:
    """How a table is mapped to an extract. Headings and codes are found whatever their capitals.

    Attributes:
        columns: their column -> ours. Several may go to the same: the first that is filled counts. "" takes a shipped
            mapping's column away. Beside the contract's columns: forename, surname, date_of_birth, postcode, sex, to
            link by.
        joined: our column <- several of theirs, joined by a hyphen; blank when one of them is.
        highest: our column <- the highest number of several of theirs.
        derived: our column <- the code of the first of our columns that is filled, else that of `otherwise`.
        codes: by our column: their code -> ours; "" leaves the row aside.
        needed: their columns without which a row holds nothing of this extract.
        spread: one row a score.
        staged: stages that the table does not tell.
        earliest: our columns of which the earliest counts, where several rows have the same key.
        latest: our columns of which the latest counts.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    highest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    derived: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    spread: Spread | None = None
    staged: Staged | None = None
    earliest: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()

    def made(self) -> set[str]:
        """Our columns that it makes."""
        made = {ours for ours in self.columns.values() if ours} | {*self.joined, *self.highest, *self.derived}
        made |= set(self.spread.columns.values()) if self.spread else set()
        return made | ({self.staged.column} if self.staged else set())

    def in_contract(self) -> set[str]:
        """Our columns that must be the contract's own: names to link by have no codes and no stages."""
        staged = {self.staged.column, self.staged.group, self.staged.date} if self.staged else set()
        firsts = {column for codes in self.derived.values() for column in codes}
        return {*self.codes, *self.derived, *staged, *firsts} - {OTHERWISE}

    def asked(self) -> list[str]:
        """Their columns that it needs, each once."""
        several = [each for theirs in (*self.joined.values(), *self.highest.values()) for each in theirs]
        scores = [self.spread.by, self.spread.value] if self.spread else []
        ended = [self.staged.ended] if self.staged and self.staged.ended else []
        mapped = [theirs for theirs, ours in self.columns.items() if ours]
        return list(dict.fromkeys([*mapped, *several, *self.needed, *scores, *ended]))


@dataclass(frozen=True)
class TableSettings:
    """How a partner's tables are mapped: `[formats.NAME]` in sources.toml.

    Attributes:
        extracts: by extract; over a shipped mapping, only what is another way here.
        blanks: words for a blank cell.

    Raises:
        ValueError: an extract or a column that there is not.
    """

    extracts: Mapping[str, ExtractMapping] = field(default_factory=dict)
    blanks: tuple[str, ...] = ("NA", "N/A", "NULL")

    def __post_init__(self) -> None:
        for name, mapping in self.extracts.items():
            if name not in EXTRACTS:
                raise ValueError(f"{name} is no extract: they are {', '.join(EXTRACTS)}")
            contract = {*EXTRACTS[name].names}
            made = mapping.made() | {*mapping.earliest, *mapping.latest}
            for named, known in ((made, contract | {*IDENTITY}), (mapping.in_contract(), contract)):
                if unknown := sorted(named - known):
                    raise ValueError(f"{', '.join(unknown)} is no column of {name}: it has {', '.join(sorted(known))}")

    def over(self, shipped: TableSettings) -> TableSettings:
        """The shipped mapping with what is said here."""
        extracts = dict(shipped.extracts)
        for name, mapping in self.extracts.items():
            extracts[name] = _over(mapping, extracts[name]) if name in extracts else mapping
        return TableSettings(extracts, self.blanks)


def _over(here: ExtractMapping, shipped: ExtractMapping) -> ExtractMapping:
    merged: dict[str, Any] = {}
    for of in fields(ExtractMapping):
        ours, usual = getattr(here, of.name), getattr(shipped, of.name)
        merged[of.name] = {**usual, **ours} if isinstance(ours, Mapping) else ours or usual
    codes = {column: {**shipped.codes.get(column, {}), **mapping} for column, mapping in here.codes.items()}
    return ExtractMapping(**{**merged, "codes": {**shipped.codes, **codes}})


def shipped(name: str) -> TableSettings:
    """A mapping that comes with the product: the file of that name in formats/mappings."""
    text = files(__package__).joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    extracts = TypeAdapter(dict[str, ExtractMapping]).validate_python(tomllib.loads(text)["extracts"])
    return TableSettings(extracts)
