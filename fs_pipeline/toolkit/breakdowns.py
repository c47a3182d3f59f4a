"""Breakdowns: the scopes of figures that stand for some of the roster, each kind declared once.

A scope is `authority` (the whole extract), `fs` (the whole roster), or a breakdown's name and a value: `cohort:1`.
"""

from __future__ import annotations

from dataclasses import dataclass

AUTHORITY, FS = "authority", "fs"
REGIONAL_SCOPES = (AUTHORITY, FS)
"""What is added up over authorities: cohorts and teams are an authority's own."""


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """A kind of scope: the roster's rows that have the same value in a column.

    Attributes:
        name: what its scopes begin with.
        column: the column of the roster that holds the value; those in whom it is blank are in none of its scopes.
        people: whom a scope of it is about, in words.
        published: whether its figures may be shown to everyone, by the rules for small numbers. Nobody else decides
            that: a breakdown that does not say it does not load.
    """

    name: str
    column: str
    people: str
    published: bool

    @property
    def membership(self) -> str:
        """The column of the roster, as calculations are given it, that says in which scope a row is: `cohort:`."""
        return f"{self.name}:"

    def scope(self, value: str) -> str:
        """The scope of a value."""
        return f"{self.membership}{value}"


def is_membership(column: str) -> bool:
    """Whether a column says in which scope of a breakdown a row is; its name and its value make the scope."""
    return column.endswith(":")


def kind_of(scope: str) -> str:
    """`authority`, `fs`, or the name of the scope's breakdown."""
    return scope.partition(":")[0]


COHORT = Breakdown(name="cohort", column="cohort", people="the roster's families of a cohort", published=True)
TEAM = Breakdown(name="team", column="latest_fs_team", people="the roster's rows of an FS team", published=False)
BREAKDOWNS = (COHORT, TEAM)
"""Every breakdown of the toolkit, in the order in which figures show them."""
