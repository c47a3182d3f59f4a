"""How people without our person_id are linked to ours: the table [linking] of sources.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from fs_pipeline.settings.reading import accepts

IDENTITY = ("forename", "surname", "date_of_birth", "postcode", "sex")
"""The columns that say who a row is about when there is no identifier."""

_Path = Annotated[str, Field(strict=True, min_length=1), accepts("a path")]


@dataclass(frozen=True)
class LinkSettings:
    """How sure a link must be.

    Attributes:
        certain: from this match probability a pair links by itself, when no level that it stands on is weak.
        doubtful: from this one it goes to a clerk; below, it is no pair.
        margin: how many bits of match weight (each a doubling) the best person must be ahead of the second best.
        one_to_one: a person of ours is at most one client of a partner whose rows carry its own client numbers. The
            less likely of two goes to a clerk.

    Raises:
        ValueError: not 0 < doubtful <= certain < 1, or a margin below 0.
    """

    certain: float = 0.98
    doubtful: float = 0.2
    margin: float = 4.0
    one_to_one: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.doubtful <= self.certain < 1:
            raise ValueError("doubtful and certain must lie between 0 and 1, doubtful not above certain")
        if self.margin < 0:
            raise ValueError("margin must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class Linking(LinkSettings):
    """With what people are linked, beside how sure a link must be.

    Attributes:
        identities: the file with our people's names.
        reviews: the folder of the workbooks for the clerk; a relative path begins at the state folder.
    """

    identities: _Path
    reviews: _Path = "links"
