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

from fs_pipeline.arithmetic.columns import days
from fs_pipeline.extracts.cells.format_extracts import SOURCE_DATE, FormatExtract, FormatExtracts, SourceFile
from fs_pipeline.extracts.formats.cin_census_files import CensusTables, read_tables
from fs_pipeline.extracts.formats.cin_census_rules import (
    child_findings,
    header_findings,
    left_open,
    plan_findings,
    referral_findings,
)
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of
from fs_pipeline.extracts.formats.source_tables import dates_of, row_ids, texts_of
from fs_pipeline.extracts.formats.yearly_returns import of_latest_year, people_of, versions_of
from fs_pipeline.toolkit.extracts import CP_PLANS, REFERRALS

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
    notes = ExtractNotes()
    table = _dated(tables.plans, ("start", "end", "referral_date", "death", "reference_date"))
    table[SOURCE_DATE] = table["start"]
    header_findings(tables.headers, notes)
    table = _usable(table, "plan", ("CPPstartDate", "8720"), ("CPPendDate", "8925"), notes)
    content = ("end", "initial", "latest")
    table = _latest(table, content, "plan", "CPPstartDate", notes, both_open="8935", overlapping="8940")
    plan_findings(table, notes)
    left_open(table, tables.children["year"], "CPPendDate", notes)
    values = {
        "cp_plan_id": row_ids(table["child"], days(table["start"])),
        "person_id": table["child"],
        "start_date": table["start"],
        "end_date": table["end"],
        "category": table["latest"].fillna(table["initial"]),
    }
    return notes.extract(CP_PLANS, values, table)


def _referrals(tables: CensusTables) -> FormatExtract:
    notes = ExtractNotes()
    table = _dated(tables.referrals, ("start", "end"))
    table[SOURCE_DATE] = table["start"]
    table["no_further_action"] = table["nfa"].str.lower().isin(_TRUE)
    table = _usable(table, "referral", ("CINreferralDate", "8600"), ("CINclosureDate", "end_before_start"), notes)
    content = ("end", "need", "no_further_action")
    table = _latest(table, content, "referral", "CINreferralDate", notes, both_open="8815", overlapping="8820")
    referral_findings(table, notes)
    left_open(table, tables.children["year"], "CINclosureDate", notes)
    unclosed = (table["end"].isna() & table["no_further_action"]).to_numpy()
    words = "referrals without further action and closure date (taken as closed on their day)"
    notes.count(words, int(unclosed.sum()))
    values = {
        "referral_id": row_ids(table["child"], days(table["start"])),
        "person_id": table["child"],
        "start_date": table["start"],
        "end_date": table["end"].where(~unclosed, table["start"]),
        "category_of_need": table["need"],
    }
    return notes.extract(REFERRALS, values, table)


def _people(tables: CensusTables, referrals: FormatExtract, settings: CinCensusSettings) -> FormatExtract:
    """Each child by the latest census; an unborn one has no date of birth."""
    notes = ExtractNotes()
    table = _dated(tables.children, ("born", "expected", "death"))
    nobody = table["child"].isna().to_numpy()
    table = notes.reject(
        table,
        (nobody, "LAchildID", "8500", "LAchildID is missing: every child has one"),
        (
            table["bad_born"].to_numpy() & ~nobody,
            *("PersonBirthDate", "bad_date", "PersonBirthDate is no date: give it as yyyy-mm-dd"),
        ),
    )
    table = of_latest_year(table, "children as an earlier year's census had them", notes)
    again = table.duplicated("child").to_numpy()
    table = notes.reject(table, (again, "LAchildID", "8510", "LAchildID is that of a child above, which is used"))
    child_findings(table, notes)
    if not settings.cwd_needs and not settings.cwd_disabilities:
        words = "children of whom the census does not say whether they are open to the CWD team (taken as not)"
        notes.count(words, len(table))
    words = "the child's sex is missing or none of M, F, U (1, 2, 0, 9 in earlier years): taken as U, not known"
    open_to_cwd = _open_to_cwd(table, referrals.rows, settings)
    return people_of(table, _SEXES, ("Sex", "4180", words), open_to_cwd, notes)


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
    table: pd.DataFrame, what: str, starts: tuple[str, str], ends: tuple[str, str], notes: ExtractNotes
) -> pd.DataFrame:
    """The rows of a child, with a first day and, where there is one, a last day not before it.

    Args:
        table: plans or referrals, dated.
        what: what a row is.
        starts: the column of first days, and the rule about blanks in it.
        ends: the column of last days, and the rule about those before the first day.
        notes: gets the other rows.
    """
    start, end = (days(table[name]) for name in ("start", "end"))
    nobody, bad_end = table["child"].isna().to_numpy(), table["bad_end"].to_numpy()
    return notes.reject(
        table,
        (nobody, "LAchildID", "blank", f"LAchildID is missing: every {what} is of a child"),
        (np.isnat(start), *starts, f"{starts[0]} is missing or no date: give it as yyyy-mm-dd"),
        (bad_end, ends[0], "bad_date", f"{ends[0]} is no date: give it as yyyy-mm-dd"),
        (end < start, *ends, f"{ends[0]} is before {starts[0]}"),
    )


def _latest(
    table: pd.DataFrame,
    content: Sequence[str],
    what: str,
    column: str,
    notes: ExtractNotes,
    *,
    both_open: str,
    overlapping: str,
) -> pd.DataFrame:
    """Each child's rows by the latest census that has them; others of that census on the same day are rejected."""
    versions, is_open = versions_of(table, content), table["end"].isna().to_numpy()
    notes.count(f"{what}s as an earlier year's census had them", int(versions.earlier.sum()))
    doubly_open = versions.clash & is_open & is_open[versions.winner]
    for rule, rows in ((both_open, doubly_open), (overlapping, versions.clash & ~doubly_open)):
        where = np.flatnonzero(rows)
        others = places_of(table.iloc[versions.winner[where]])
        words = [
            f"{column} is that of another {what} of this child, in {place}, which "
            f"{'says the same' if repeats else 'says otherwise'} and is used"
            for place, repeats in zip(others, versions.same[where], strict=True)
        ]
        notes.reject(table, (where, column, rule, words))
    return table[versions.used].reset_index(drop=True)
