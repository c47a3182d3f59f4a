"""The children in need census (XML, 2017 to 2026) of one or more years gives plans, referrals and people.

Each census holds one year's activity: of each child and plan start, of each child and referral date, and of each
child, what the latest census says counts. The census knows no identifier of plans and referrals: theirs are made of
the child's and the first day. Assessments, enquiries, reviews and pre-proceedings are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.care_periods import latest_versions
from fs_pipeline.arithmetic.columns import Flags, Positions, days
from fs_pipeline.extracts.cells.format_extracts import (
    SOURCE_DATE,
    SOURCE_FILE,
    SOURCE_ROW,
    FormatExtract,
    FormatExtracts,
    SourceFile,
)
from fs_pipeline.extracts.formats.cin_census_files import CensusTables, read_tables
from fs_pipeline.extracts.formats.cin_census_rules import (
    child_findings,
    header_findings,
    left_open,
    plan_findings,
    referral_findings,
)
from fs_pipeline.extracts.formats.source_tables import Notes, dates_of, extract_rows, rejections, row_ids, texts_of
from fs_pipeline.toolkit.extracts import CP_PLANS, PEOPLE, REFERRALS

_SEXES = {"1": "M", "2": "F", "0": "U", "9": "U", "M": "M", "F": "F", "U": "U"}
_TRUE = ("1", "true")


@dataclass(frozen=True)
class CinCensusSettings:
    """What the census does not say: which children are open to the Children With Disabilities team.

    Attributes:
        cwd_needs: primary need codes (N2, say) that stand for that team: a child is open to it while a referral with
            one of them is.
        cwd_disabilities: disability codes (MOB, LD ...) that stand for it, while any referral of the child is open.

    Without any nobody is open to it: the census names no teams.
    """

    cwd_needs: tuple[str, ...] = ()
    cwd_disabilities: tuple[str, ...] = ()


def read_cin_census(files: Sequence[SourceFile], settings: CinCensusSettings) -> FormatExtracts:
    """`cp_plans`, `referrals` and `people` of the censuses together, in any order.

    A referral without further action and without a closure date ends on its own day. A plan's category is the
    latest one, or the initial one where that is blank.

    Raises:
        SourceError: a file is no census, cannot be read, or tells no year.
    """
    tables = read_tables(files)
    referrals = _referrals(tables)
    return {"people": _people(tables, referrals, settings), "referrals": referrals, "cp_plans": _plans(tables)}


def _plans(tables: CensusTables) -> FormatExtract:
    rejected, findings = rejections(), Notes()
    table = _dated(tables.plans, ("start", "end", "referral_date", "death", "reference_date"))
    table[SOURCE_DATE] = table["start"]
    header_findings(tables.headers, findings)
    table = _usable(table, "plan", ("CPPstartDate", "8720"), ("CPPendDate", "8925"), rejected)
    table, ignored = _latest(
        table, ["end", "initial", "latest"], "plan", "CPPstartDate", rejected, both_open="8935", overlapping="8940"
    )
    plan_findings(table, findings)
    left_open(table, tables.children["year"], "CPPendDate", findings)
    rows = extract_rows(
        CP_PLANS,
        {
            "cp_plan_id": row_ids(table["child"], days(table["start"])),
            "person_id": table["child"],
            "start_date": table["start"],
            "end_date": table["end"],
            "category": table["latest"].fillna(table["initial"]),
        },
        table,
    )
    return FormatExtract(rows, rejected.frame(), findings.frame(), ignored)


def _referrals(tables: CensusTables) -> FormatExtract:
    rejected, findings = rejections(), Notes()
    table = _dated(tables.referrals, ("start", "end"))
    table[SOURCE_DATE] = table["start"]
    table["no_further_action"] = table["nfa"].str.lower().isin(_TRUE)
    table = _usable(table, "referral", ("CINreferralDate", "8600"), ("CINclosureDate", "end_before_start"), rejected)
    table, ignored = _latest(
        table, ["end", "need", "no_further_action"], "referral", "CINreferralDate", rejected,
        both_open="8815", overlapping="8820",
    )  # fmt: skip
    referral_findings(table, findings)
    left_open(table, tables.children["year"], "CINclosureDate", findings)
    unclosed = (table["end"].isna() & table["no_further_action"]).to_numpy()
    rows = extract_rows(
        REFERRALS,
        {
            "referral_id": row_ids(table["child"], days(table["start"])),
            "person_id": table["child"],
            "start_date": table["start"],
            "end_date": table["end"].where(~unclosed, table["start"]),
            "category_of_need": table["need"],
        },
        table,
    )
    ignored["referrals without further action and closure date (taken as closed on their day)"] = int(unclosed.sum())
    return FormatExtract(rows, rejected.frame(), findings.frame(), ignored)


def _people(tables: CensusTables, referrals: FormatExtract, settings: CinCensusSettings) -> FormatExtract:
    """Each child by the latest census; an unborn one has no date of birth."""
    rejected, findings = rejections(), Notes()
    table = _dated(tables.children, ("born", "expected", "death"))
    nobody = table["child"].isna().to_numpy()
    rejected.add(table, nobody, "LAchildID", "8500", "LAchildID is missing: every child has one")
    bad = table["bad_born"].to_numpy() & ~nobody
    rejected.add(table, bad, "PersonBirthDate", "bad_date", "PersonBirthDate is no date: give it as yyyy-mm-dd")
    table = table[~nobody & ~bad]
    latest = table["year"] == table.groupby("child")["year"].transform("max")
    earlier, table = int((~latest).sum()), table[latest].reset_index(drop=True)
    again = table.duplicated("child").to_numpy()
    rejected.add(table, again, "LAchildID", "8510", "LAchildID is that of a child above, which is used")
    table = table[~again].reset_index(drop=True)
    child_findings(table, findings)
    sex = table["sex"].str.upper().map(_SEXES)
    unknown = sex.isna().to_numpy()
    words = "the child's sex is missing or none of M, F, U (1, 2, 0, 9 in earlier years): taken as U, not known"
    findings.add(table, unknown, "Sex", "4180", words)
    rows = extract_rows(
        PEOPLE,
        {
            "person_id": table["child"],
            "sex": sex.fillna("U"),
            "date_of_birth": table["born"],
            "ethnicity": table["ethnicity"],
            "upn": table["upn"],
            "open_to_cwd": np.zeros(len(table), dtype=np.bool_),
        },
        table,
    )
    ignored = {"children as an earlier year's census had them": earlier}
    if not settings.cwd_needs and not settings.cwd_disabilities:
        ignored["children of whom the census does not say whether they are open to the CWD team (taken as not)"] = len(
            rows
        )
    spells = {"open_to_cwd": _open_to_cwd(table, referrals.rows, settings)}
    return FormatExtract(rows, rejected.frame(), findings.frame(), ignored, spells)


def _open_to_cwd(table: pd.DataFrame, referrals: pd.DataFrame, settings: CinCensusSettings) -> pd.DataFrame:
    """The stretches of the referrals that stand for the team: by their need, or by their child's disabilities."""
    accepted = set(settings.cwd_disabilities)
    disabled = [bool(accepted.intersection(codes.split())) for codes in texts_of(table, "disabilities")]
    children = table["child"][np.array(disabled, dtype=np.bool_)]
    stand = referrals["category_of_need"].isin(settings.cwd_needs) | referrals["person_id"].isin(children)
    return referrals.loc[stand, ["person_id", "start_date", "end_date"]].reset_index(drop=True)


def _dated(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The table with these columns as dates, and which of their cells are none."""
    typed = table.copy()
    for column in columns:
        typed[column], typed[f"bad_{column}"] = dates_of(table, column)
    return typed


def _usable(
    table: pd.DataFrame, what: str, starts: tuple[str, str], ends: tuple[str, str], rejected: Notes
) -> pd.DataFrame:
    """The rows of a child, with a first day and, where there is one, a last day not before it.

    Args:
        table: plans or referrals, dated.
        what: what a row is.
        starts: the column of first days, and the rule about blanks in it.
        ends: the column of last days, and the rule about those before the first day.
        rejected: gets the other rows.
    """
    start, end = (days(table[name]) for name in ("start", "end"))
    nobody, bad_end = table["child"].isna().to_numpy(), table["bad_end"].to_numpy()
    return rejected.leave_out(
        table,
        (nobody, "LAchildID", "blank", f"LAchildID is missing: every {what} is of a child"),
        (np.isnat(start), *starts, f"{starts[0]} is missing or no date: give it as yyyy-mm-dd"),
        (bad_end, ends[0], "bad_date", f"{ends[0]} is no date: give it as yyyy-mm-dd"),
        (end < start, *ends, f"{ends[0]} is before {starts[0]}"),
    )


def _latest(
    table: pd.DataFrame,
    content: list[str],
    what: str,
    column: str,
    rejected: Notes,
    *,
    both_open: str,
    overlapping: str,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Each child's rows by the latest census that has them; others of that census on the same day are rejected."""
    year, end = table["year"].to_numpy(), days(table["end"])
    winner = latest_versions(table["child"].to_numpy(), days(table["start"]), end, year)
    beaten = winner != np.arange(len(table))
    clash = beaten & (year == year[winner])
    doubly_open = clash & np.isnat(end) & np.isnat(end[winner])
    same = _same(table, winner, content)
    for rule, rows in ((both_open, doubly_open), (overlapping, clash & ~doubly_open)):
        where = np.flatnonzero(rows)
        others = table.iloc[winner[where]]
        words = [
            f"{column} is that of another {what} of this child, in {file} row {row}, which "
            f"{'says the same' if repeats else 'says otherwise'} and is used"
            for file, row, repeats in zip(others[SOURCE_FILE], others[SOURCE_ROW], same[where], strict=True)
        ]
        rejected.add(table, where, column, rule, words)
    ignored = {f"{what}s as an earlier year's census had them": int((beaten & ~clash).sum())}
    return table[~beaten].reset_index(drop=True), ignored


def _same(table: pd.DataFrame, winner: Positions, content: list[str]) -> Flags:
    cells = table[content].astype(object)
    filled = cells.where(cells.notna(), "").to_numpy()
    same: Flags = (filled == filled[winner]).all(axis=1)
    return same
