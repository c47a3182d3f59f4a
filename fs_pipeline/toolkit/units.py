"""The units of figures, a closed vocabulary: what each counts, and how numbers in it are written. Nothing else."""

from __future__ import annotations

from enum import Enum

_WHOLE, _ONE_DECIMAL = "#,##0", "#,##0.0"


class Counted(Enum):
    """What numbers in a unit are numbers of: from that follows how much of them everyone may see."""

    PEOPLE = "people, or families"
    THEIRS = "things that belong to people"
    SESSIONS = "half days at school, of which everybody has many"
    TIME = "an amount of time"
    MONEY = "an amount of money"
    SCORE = "points on a form"
    SHARE = "parts of a whole"


class Unit(Enum):
    """A unit: its word in `indicator_values`, what it counts, and its Excel formats for the council and for everyone.

    What is for everyone is written with the decimals that it is rounded to. `count` is the toolkit's own word for
    numbers that are called nothing else: assessments, programmes, cases a worker.
    """

    PEOPLE = ("people", Counted.PEOPLE)
    CHILDREN = ("children", Counted.PEOPLE)
    PLANS = ("plans", Counted.THEIRS)
    CASES = ("cases", Counted.THEIRS)
    PERIODS = ("periods", Counted.THEIRS)
    INCIDENTS = ("incidents", Counted.THEIRS)
    REPORTS = ("reports", Counted.THEIRS)
    COUNT = ("count", Counted.THEIRS, "#,##0.##", "#,##0.##", 1)
    SESSIONS = ("sessions", Counted.SESSIONS)
    DAYS = ("days", Counted.TIME, _ONE_DECIMAL)
    WEEKS = ("weeks", Counted.TIME, _ONE_DECIMAL, _ONE_DECIMAL, 1)
    HOURS = ("hours", Counted.TIME, _ONE_DECIMAL, _ONE_DECIMAL, 1)
    SCORE = ("score", Counted.SCORE, "0.00", _ONE_DECIMAL, 1)
    GBP = ("GBP", Counted.MONEY)
    PERCENT = ("%", Counted.SHARE, "0.0")

    def __init__(
        self, word: str, counts: Counted, council: str = _WHOLE, published: str = _WHOLE, decimals: int = 0
    ) -> None:
        self.word = word
        self.counts = counts
        self.council_format = council
        self.published_format = published
        self.published_decimals = decimals

    def number_format(self, *, is_public: bool = False) -> str:
        """How a value in the unit is written in Excel."""
        return self.published_format if is_public else self.council_format
