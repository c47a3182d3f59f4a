"""What a format reader gives: extracts in the contract's columns, each row with the place that it came from.

A reader turns files or tables that councils already have into extracts, for all quarters at once; what a quarter's
world holds of them is cut out later, and checked like any other delivery. What a reader cannot use it leaves out,
with the reason; what looks wrong it reports. It guesses nothing: a code without a mapping is reported, with counts.

Also what goes with the rows of any source: what was said of them, and how well its people were linked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from fs_pipeline.extracts.cells.cells import FINDING_LINE, REJECTED_LINE, no_lines

SOURCE_FILE, SOURCE_ROW = "source_file", "source_row"
"""The columns that say where a row came from: a file's name (or a table's), and the row's number in it.

Of a table of a database, whose rows have no numbers, the row's key as text: it then stands in no message, only in
the files of rejected rows and findings.
"""
SOURCE_DATE = "source_date"
"""Optional beside them: the day of the row's event. A quarter is not told of lines about rows dated after it."""
REJECTED, FINDINGS = (*REJECTED_LINE, "date"), (*FINDING_LINE, "date")
"""What a reader says of rows: lines with the day of the row's event, NaT where it has none."""


class SourceError(Exception):
    """A source cannot be read or trusted. Says file, table or key, and the fix; never a cell's value."""


class MissingError(SourceError):
    """A table or a column is not there: what is made of it cannot be given, the source's other extracts can."""


@dataclass(frozen=True)
class SourceFile:
    """A file of a format, as a reader gets it.

    Attributes:
        path: where it lies, to be opened for reading in a stream.
        name: how people are told of it.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class LinkQuality:
    """How well a partner's people were linked.

    Attributes:
        people: the partner's people: its client numbers, or distinct names, birth dates and postcodes without them.
        linked: of these, linked.
        by_review: of the linked, by a clerk's yes.
        doubtful: waiting for a clerk.
        unlinked: neither: not among our people, as far as can be told.
        unreadable: of the unlinked, without any name or birth date.
        rows: the partner's rows.
        rows_linked: of these, of people who are linked.
        expected_false: how many of the links made without a clerk are false, as the match probabilities say.
        stale_reviews: a clerk's decisions on people who are no longer in the file or on our list; not obeyed.
        our_people: the people on our list.
        our_people_incomplete: of these, without forename, surname or birth date: they can hardly be linked.
    """

    people: int = 0
    linked: int = 0
    by_review: int = 0
    doubtful: int = 0
    unlinked: int = 0
    unreadable: int = 0
    rows: int = 0
    rows_linked: int = 0
    expected_false: float = 0.0
    stale_reviews: int = 0
    our_people: int = 0
    our_people_incomplete: int = 0

    @property
    def false_rate(self) -> float | None:
        """The share of the links made without a clerk that is false, as estimated; None when there is no such link."""
        automatic = self.linked - self.by_review
        return self.expected_false / automatic if automatic else None

    def counts(self) -> dict[str, int]:
        """The figures by measure; the estimate of false links in ten thousand links, where there are any."""
        counts = {f"link_{name}": count for name, count in asdict(self).items() if name != "expected_false"}
        if self.false_rate is not None:
            counts["link_false_in_10_000"] = round(self.false_rate * 10_000)
        return counts

    def worries(self, most_false: float = 0.005) -> list[str]:
        """What a check says: nothing linked, more false links expected than one may bear, decisions that are due."""
        worries = []
        if self.people and not self.linked:
            worries.append(f"none of {self.people:,} people was linked: do the columns hold what the mapping says?")
        if self.false_rate is not None and self.false_rate > most_false:
            worries.append(f"{self.false_rate:.2%} of the links are estimated to be false: raise `certain`")
        if self.doubtful:
            worries.append(f"{self.doubtful:,} people wait for a decision in the review workbook")
        if self.stale_reviews:
            worries.append(f"{self.stale_reviews:,} decisions are about people no longer in the file or on our list")
        if self.our_people_incomplete:
            worries.append(f"{self.our_people_incomplete:,} of our people lack a name or a date of birth")
        return worries


@dataclass(frozen=True, eq=False)
class SourceReport:
    """What was said of the rows that were read from a source: by the reader of a format of all, then of a quarter's.

    Attributes:
        rejected: REJECTED of rows that cannot be used, one line a row and reason; REJECTED_LINE of those of a quarter.
        findings: FINDINGS of rows that stay but look wrong; FINDING_LINE of those of a quarter.
        ignored: what was left aside on purpose, in words, with its count: `plans of other authorities` -> 12.
        unmapped: codes without a mapping, with their counts, by column (in our words): what `check` shows.
        links: how well all people of the source were linked to ours, when they were linked by names.
    """

    rejected: pd.DataFrame = field(default_factory=lambda: no_lines(REJECTED))
    findings: pd.DataFrame = field(default_factory=lambda: no_lines(FINDINGS))
    ignored: Mapping[str, int] = field(default_factory=dict)
    unmapped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    links: LinkQuality | None = None

    def leaving_aside(self, counts: Mapping[str, int]) -> SourceReport:
        """The report when more is left aside, in words, with its count."""
        return replace(self, ignored={**self.ignored, **counts})

    @property
    def versions(self) -> dict[str, str]:
        """What makes an extract another one though its rows are the same: a hash of what the reader says of them."""
        if self.rejected.empty and self.findings.empty:
            return {}
        lines = [frame.to_csv(index=False, lineterminator="\n") for frame in (self.rejected, self.findings)]
        return {"what its source left out": hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]}


@dataclass(frozen=True, eq=False)
class FormatExtract:
    """An extract as a reader gives it, over all quarters.

    Attributes:
        rows: the contract's columns, of the extract's kinds, and SOURCE_FILE and SOURCE_ROW; in any order.
        report: what the reader says of them, and of those that it left out.
        spells: for a column that depends on the day (`open_to_cwd`), the stretches of days on which it is true: the
            extract's key, start_date, end_date (blank = still so). Its values in `rows` are then not looked at.
    """

    rows: pd.DataFrame
    report: SourceReport = field(default_factory=SourceReport)
    spells: Mapping[str, pd.DataFrame] = field(default_factory=dict)


FormatExtracts = Mapping[str, FormatExtract | MissingError]
"""What a reader gives: extracts by name (`cp_plans`), or what is missing for one."""
