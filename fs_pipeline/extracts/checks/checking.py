"""Checks a delivered extract against the contract: what of it is used, what is left out, and what looks wrong.

The order: the file, its columns, its keys (any of these refuses the file); then rows that occur twice, rows that
cannot be used, and rows outside the quarter's world; the rest is the extract, and what looks wrong in it is a
finding. What is wrong with single rows is no reason to refuse a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import (
    FINDING_LINE,
    REJECTED_LINE,
    Cells,
    ExtractRefused,
    as_text,
    may_be_shown,
    no_lines,
    rows_named,
    stripped,
)
from fs_pipeline.extracts.cells.deliveries import ENDINGS, Delivery, cells_of_delivery
from fs_pipeline.extracts.checks.conversion import ConvertedColumn, convert
from fs_pipeline.extracts.checks.lines import (
    causes_in_words,
    finding_lines,
    rejected_lines,
    too_many,
    unexpected_columns,
    unusable_rows,
)
from fs_pipeline.extracts.checks.rules import (
    UNKNOWN_REFERRAL,
    Fault,
    Finding,
    References,
    after_quarter,
    blank_later_events,
    findings_of,
    no_days,
    row_faults,
    second_families,
)
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.programme import QUALITY, Quality

_AGAIN = "Deliver it again, or say in programme.toml, [quality], how much may be left out"


@dataclass(frozen=True, eq=False)
class CheckedExtract:
    """What a delivery holds, once checked.

    Attributes:
        supplied: a file was delivered, even one without rows.
        version: SHA-256 of its bytes; "" when not supplied.
        file: `extracts/2017-10-01/people.csv`; "" when not supplied.
        rows: the rows that are used, as the extract's table.
        rejected: the rows left out: file, row, column, rule and reason, then the columns as delivered.
        findings: the rows that stay but look wrong: file, row, column, rule, message.
            Both hold, of what was read from a source, its reader's lines too.
        counts: rows delivered, duplicates, rejected, after_quarter, ends_blanked and used. Every delivered row is
            used, rejected, a duplicate or after the quarter; in some of the used ones a later end was blanked.
        unexpected_columns: delivered columns that the contract does not know; ignored.
        left_out: why rows of the file were left out, in words, with the first of them; "" when none was.
        refusal: why so little of it can be used that it is refused, in words; "" when it is used (Z45).
    """

    supplied: bool
    version: str
    file: str
    rows: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=lambda: no_lines(REJECTED_LINE))
    findings: pd.DataFrame = field(default_factory=lambda: no_lines(FINDING_LINE))
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("delivered", "duplicates", "rejected", "after_quarter", "ends_blanked", "used"), 0
        )
    )
    unexpected_columns: tuple[str, ...] = ()
    left_out: str = ""
    refusal: str = ""

    @property
    def rejected_by_rule(self) -> dict[str, int]:
        """Rejected rows by the rule of their first fault."""
        return dict(sorted(Counter(self.rejected["rule"]).items()))

    @property
    def findings_by_rule(self) -> dict[str, int]:
        """Findings by rule."""
        return dict(sorted(Counter(self.findings["rule"]).items()))


def check_extract(
    extract: Extract,
    quarter: Quarter,
    delivery: Delivery | None,
    *,
    required: bool,
    references: References,
    quality: Quality = QUALITY,
) -> CheckedExtract:
    """The delivery's rows that can be used, those that cannot, and what looks wrong.

    Args:
        extract: which extract it is.
        quarter: the quarter that it was delivered for.
        delivery: the file; None when there is none.
        required: it must be there in this quarter.
        references: the used rows of the extracts that this one refers to; an identifier is not checked against an
            extract that is None or not named.
        quality: how much of it may be left out.

    Raises:
        ExtractRefused: the file cannot be trusted, or is required and missing.
    """
    if delivery is None:
        if required:
            place = f"extracts/{quarter.key}/{extract.extract}"
            expected = f"{place}{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
            raise ExtractRefused(f"{extract.extract} is missing for {quarter.label}: expected {expected}")
        return CheckedExtract(supplied=False, version="", file="", rows=extract.empty())
    return ExtractCheck(extract, quarter, delivery, references, quality).result()


@dataclass(frozen=True, eq=False)
class ExtractCheck:
    """The check of one delivery: asked for its result, it works out what that needs, once each.

    Flags have an entry for each row of `cells`.
    """

    extract: Extract
    quarter: Quarter
    delivery: Delivery
    references: References
    quality: Quality

    def result(self) -> CheckedExtract:
        """All that the delivery holds.

        Raises:
            ExtractRefused: the file cannot be trusted.
        """
        begun = self._usable_frame
        begun = begun[~self.later].reset_index(drop=True) if self.later.any() else begun
        frame, ends_blanked = blank_later_events(self.extract, self.quarter, begun)
        rejected = rejected_lines(self.cells, self.faults, self.distinct, self.positions)
        found = self.findings(frame)
        findings = finding_lines(self.cells, found, self.used, self.positions)
        by_reader = 0
        report, rejected_rows = self.delivery.report, len(rejected)
        if report:
            by_reader = len(report.rejected[["file", "row"]].drop_duplicates())
            rejected = pd.concat([report.rejected, rejected], ignore_index=True).fillna("")
            findings = pd.concat([report.findings, findings], ignore_index=True)
        of = int(self.distinct.sum()) + len(self.cells.ragged) + by_reader
        rows_left_out = rejected.drop_duplicates(["file", "row"])  # a reader may have several lines about a row
        unusable = unusable_rows(rows_left_out, self.extract.not_yet_known)
        left_out = causes_in_words(rows_left_out, of, self.cells.places)
        if of and len(unusable) / of > self.quality.partial_above:
            left_out += f". More than {self.quality.partial_above:.1%} cannot be used: what is made of it is not whole"
        return CheckedExtract(
            supplied=True,
            version=self.delivery.version,
            file=self.delivery.file,
            rows=self.extract.frame(frame),
            rejected=rejected,
            findings=findings,
            counts={
                "delivered": of + int(self.duplicates.sum()),
                "duplicates": int(self.duplicates.sum()),
                "rejected": rejected_rows + by_reader,
                "after_quarter": int(self.later.sum()),
                "ends_blanked": ends_blanked,
                "used": len(frame),
            },
            unexpected_columns=unexpected_columns(self.cells, self.positions),
            left_out=f"{self.delivery.file}: {left_out}" if left_out else "",
            refusal=self._too_little(unusable, of) or self._wrong_referrals(frame, found),
        )

    def _too_little(self, unusable: pd.DataFrame, of: int) -> str:
        """Why so few of the distinct rows can be used that none is; "" when enough can."""
        if not too_many(len(unusable), of, self.quality):
            return ""
        causes = causes_in_words(unusable, of, self.cells.places, 1, self.extract.not_yet_known)
        return f"{self.delivery.file}: too little of it can be used. {causes}. {_AGAIN}"

    def _wrong_referrals(self, frame: pd.DataFrame, found: Sequence[Finding]) -> str:
        """Why allocations are of other referrals than those delivered; "" when they are not."""
        unknown = [row for finding in found if finding.rule == UNKNOWN_REFERRAL for row in finding.rows]
        of = int(frame["family_safeguarding"].sum()) if unknown else 0
        if not unknown or len(unknown) / of <= self.quality.refuse_referrals_above:
            return ""
        return (
            f"{self.delivery.file}: {len(unknown):,} of {of:,} Family Safeguarding allocations have a referral_id that "
            f"is not among those of referrals, in {self.cells.named(self.used[unknown])}: their children would be "
            f"missing from the roster. Make sure that both extracts are of one day. {_AGAIN}"
        )

    @cached_property
    def cells(self) -> Cells:
        """The delivery's cells."""
        return cells_of_delivery(self.delivery, self.extract.extract)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each column of the contract was delivered; capitals do not matter in headings.

        Raises:
            ExtractRefused: one is missing, or is there twice.
        """
        cells, names = self.cells, self.extract.names
        headings = cells.lower_headings
        counts, missing = Counter(text for text in headings if text), cells.lacks(names)
        if len(missing) == len(names):
            # whatever stands there may be a row about a person: it is not shown
            raise ExtractRefused(
                f"{cells.file}: row {cells.header_number} names none of the columns of {self.extract.extract}. Put the "
                f"header there ({', '.join(names)}), separated by commas{_other_delimiter(cells)}"
            )
        if missing:
            raise ExtractRefused(
                f"{cells.file} has no column {', '.join(missing)}: add what is missing to the header in row "
                f"{cells.header_number}, which must name {', '.join(names)}"
            )
        repeated = [
            cells.address(position, text if may_be_shown(text) else "")
            for position, text in enumerate(headings)
            if counts[text] > 1
        ]
        if repeated:
            raise ExtractRefused(
                f"{cells.file}, row {cells.header_number}: columns of the same name ({', '.join(repeated)}): keep one "
                "of each"
            )
        return {name: headings.index(name) for name in names}

    @cached_property
    def columns(self) -> Mapping[str, ConvertedColumn]:
        """The contract's columns."""
        return {
            name: convert(self.cells.columns[position], self.extract.contract(name))
            for name, position in self.positions.items()
        }

    @cached_property
    def filled(self) -> Flags:
        """Rows with anything in them; wholly blank ones are no rows at all.

        Raises:
            ExtractRefused: no row has as many cells as the header, or a column of the key is blank in one, or a
                spreadsheet's error.
        """
        cells, columns = self.cells, self.columns
        filled = np.ones(len(cells.numbers), dtype=np.bool_)
        blank_keys = ~np.any([~columns[name].blank[columns[name].codes] for name in self.extract.key], axis=0)
        candidates = np.flatnonzero(blank_keys)
        if len(candidates):
            blank = np.ones(len(candidates), dtype=np.bool_)
            for column in cells.columns:
                texts = stripped(as_text(column.take(pa.array(candidates))))
                blank &= pc.is_null(texts).to_numpy(zero_copy_only=False)
            filled[candidates[blank]] = False
        if cells.ragged and not filled.any():
            raise ExtractRefused(
                f"{cells.file}: no row has as many cells as the header in row {cells.header_number} "
                f"({len(cells.headings)}), as in {rows_named([row.number for row in cells.ragged])}: give every column "
                "a heading, and put cells with commas in quotation marks"
            )
        for name in self.extract.key:
            unusable = filled & (columns[name].blank | columns[name].broken)[columns[name].codes]
            if unusable.any():
                raise ExtractRefused(
                    f"{cells.file}, column {cells.address(self.positions[name], name)}: blank, or a spreadsheet's "
                    f"error, in {cells.named(unusable)}. It is part of the key of {self.extract.extract}: fill it, or "
                    "remove these rows"
                )
        return filled

    @cached_property
    def duplicates(self) -> Flags:
        """Rows that repeat an earlier one in every column of the contract.

        Raises:
            ExtractRefused: rows of one key say different things.
        """
        duplicates = np.zeros(len(self.filled), dtype=np.bool_)
        rows = np.flatnonzero(self.filled)
        rows = rows[_repeated(_combined(self.columns, self.extract.key, rows), keep=False)]
        again = _repeated(_combined(self.columns, self.extract.names, rows), keep="first")
        duplicates[rows[again]] = True
        rows = rows[~again]
        differing = _repeated(_combined(self.columns, self.extract.key, rows), keep=False)
        if differing.any():
            raise ExtractRefused(
                f"{self.cells.file}: the same key ({', '.join(self.extract.key)}) with different content in "
                f"{self.cells.named(rows[differing])}: keep one row of each key"
            )
        return duplicates

    @cached_property
    def distinct(self) -> Flags:
        """Rows with anything in them that repeat no earlier one: each is used, rejected, or after the quarter."""
        return self.filled & ~self.duplicates

    @cached_property
    def faults(self) -> list[Fault]:
        """What makes rows unusable."""
        faults = row_faults(self.extract, self.quarter, self.columns, self.references)
        if self.extract.extract == "family_members":
            faults += second_families(self.columns, np.flatnonzero(_without(faults, self.distinct)))
        return faults

    @cached_property
    def usable(self) -> Positions:
        """The rows without a fault."""
        return np.flatnonzero(_without(self.faults, self.distinct))

    @cached_property
    def _usable_frame(self) -> pd.DataFrame:
        return pd.DataFrame({name: self.columns[name].series(self.usable) for name in self.extract.names}, copy=False)

    @cached_property
    def later(self) -> Flags:
        """Of the usable rows, those that begin after the quarter."""
        return after_quarter(self.extract, self.quarter, self._usable_frame)

    @cached_property
    def used(self) -> Positions:
        """The rows that are used."""
        return self.usable[~self.later]

    def findings(self, frame: pd.DataFrame) -> list[Finding]:
        """What looks wrong in the used rows, which are `frame` by now."""

        def each_named(rows: Positions) -> list[str]:
            return self.cells.each_named(self.used[rows])

        of_rows = findings_of(self.extract, frame, each_named, self.references)
        return [*of_rows, *no_days(self.columns, self.used)]


def _without(faults: Sequence[Fault], rows: Flags) -> Flags:
    """The rows without any of the faults."""
    usable = rows.copy()
    for fault in faults:
        usable &= ~fault.rows
    return usable


def _other_delimiter(cells: Cells) -> str:
    """What separates the header's cells when it is no comma."""
    for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(cells.headings) == 1 and mark in cells.headings[0]:
            return f"; it is separated by {word}: save it with commas"
    return ""


def _repeated(codes: Positions, *, keep: Literal["first", False]) -> Flags:
    flags: Flags = pd.Series(codes).duplicated(keep=keep).to_numpy()
    return flags


def _combined(columns: Mapping[str, ConvertedColumn], names: Sequence[str], rows: Positions) -> Positions:
    """One number per row, the same where the rows mean the same in all these columns."""
    combined = np.zeros(len(rows), dtype=np.int64)
    size = 1
    for name in names:
        column = columns[name]
        distinct = len(column.identity)
        if size * distinct >= 2**62:
            combined, uniques = pd.factorize(combined)
            size = len(uniques)
        combined = combined * distinct + column.identity[column.codes[rows]]
        size *= distinct
    return combined
