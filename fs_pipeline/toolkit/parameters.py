"""The decisions, and the numbers that they or the toolkit settle, with their dates and sources: `parameters.csv`.

A row holds from its first quarter on, one without a first quarter always: a changed decision is a further row, and the
quarters before it keep their figures. A calculation declares the parameters that it needs; words name them in braces.
What a programme may set does not belong here, nor do constants of arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TypeAlias

from fs_pipeline.toolkit.sheets import sheet

Values: TypeAlias = Mapping[str, int]
"""The values of some parameters in a quarter, by name."""


@dataclass(frozen=True)
class Parameter:
    """A number of the toolkit.

    Attributes:
        decision: the decision that settles it; blank where the toolkit does.
        toolkit: where it stands in the toolkit.
        values: its values, each with the first day from which it holds, in order of these.
    """

    name: str
    unit: str
    decision: str
    toolkit: str
    values: tuple[tuple[date, int], ...]

    def on(self, day: date) -> int:
        """The value in the quarter that begins on the day."""
        return [value for first, value in self.values if first <= day][-1]

    @property
    def words(self) -> str:
        """The value as a sentence has it: `365`, or `365 (366 from April 2027)`."""
        (_, value), *later = self.values
        changes = ", ".join(f"{value} from {first:%B %Y}" for first, value in later)
        return f"{value} ({changes})" if changes else str(value)


@dataclass(frozen=True)
class Parameters:
    """Some parameters: all of a sheet, or those that a calculation needs."""

    each: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]]) -> Parameters:
        """The parameters of a sheet; the rows of one stand together.

        Raises:
            ValueError: a parameter has no row for all quarters, or two rows from one quarter on.
        """
        parameters = []
        for name, group in groupby(rows, key=lambda row: row["name"]):
            dated = list(group)
            values = sorted((date.fromisoformat(row["from"] or "0001-01-01"), int(row["value"])) for row in dated)
            first_days = [first for first, _ in values]
            if first_days[0] != date.min or len({*first_days}) < len(dated):
                raise ValueError(f"{name}: one row without a first quarter, and at most one from each quarter on")
            of_all = dated[-1]
            parameters.append(Parameter(name, of_all["unit"], of_all["decision"], of_all["toolkit"], tuple(values)))
        return cls(tuple(parameters))

    @property
    def names(self) -> list[str]:
        """Their names, in order."""
        return [parameter.name for parameter in self.each]

    def only(self, *names: str) -> Parameters:
        """Those with these names: what a calculation needs. An unknown name is an error."""
        unknown = set(names) - set(self.names)
        if unknown:
            raise ValueError(f"parameters.csv has no {sorted(unknown)}")
        return Parameters(tuple(parameter for parameter in self.each if parameter.name in names))

    def on(self, day: date) -> Values:
        """Their values in the quarter that begins on the day."""
        return {parameter.name: parameter.on(day) for parameter in self.each}

    def fill(self, text: str) -> str:
        """The text with each `{name}` replaced by the parameter's value. An unknown name is an error."""
        return re.sub(r"\{(\w+)\}", lambda name: self.only(name[1]).each[0].words, text)


PARAMETERS = Parameters.of(sheet("parameters"))
"""Every parameter of the toolkit."""


@dataclass(frozen=True)
class Decision:
    """A decision: its number, the fields or figures that it touches, what the toolkit says, what was decided."""

    decision: str
    touches: str
    toolkit_says: str
    decided: str

    def __post_init__(self) -> None:
        """Fills the parameters into what was decided."""
        object.__setattr__(self, "decided", PARAMETERS.fill(self.decided))


DECISIONS: dict[str, Decision] = {row["decision"]: Decision(**row) for row in sheet("decisions")}
"""Every decision, Z01 to Z31, by number: where the toolkit is silent, contradicts itself or repeats a code."""
