"""The children in need census (XML, 2017 to 2026) of one or more years gives plans, referrals and people.

Each census holds one year's activity: of each child and plan start, of each child and referral date, and of each
child, what the latest census says counts. The census knows no identifier of plans and referrals: theirs are made of
the child's and the first day. Assessments, enquiries, reviews and pre-proceedings are not read.

The files are read in a stream, child by child, with or without a namespace. A row's number is the line in which its
element starts: of a child `Child`, of a referral `CINdetails`, of a plan `ChildProtectionPlans`; or its count among
these when the file was written without line ends.

What looks wrong is said by the numbers of the census's own validation rules, of rows as they are used: over all years,
the latest version of each. What the contract's own checks say of any extract is not said again: 8940 and 8935 (plans
that overlap), 1510 and 1520 (UPNs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import ONE_DAY, Flags, days
from fs_pipeline.arithmetic.upn import LETTERS
from fs_pipeline.extracts.cells.format_extracts import (
    FormatExtract,
    FormatExtracts,
    SourceError,
    SourceFile,
)
from fs_pipeline.extracts.checks.rules import latest_end_before
from fs_pipeline.extracts.formats.extract_notes import ExtractNotes, places_of
from fs_pipeline.extracts.formats.source_tables import (
    Element,
    codes_of,
    columns_of,
    dates_of,
    numbered,
    row_ids,
    texts_of,
    xml_elements,
    year_of,
)
from fs_pipeline.extracts.formats.yearly_returns import dated, latest_children, people_of, usable_spans, versions_of
from fs_pipeline.toolkit.extracts import CP_PLANS, REFERRALS
from fs_pipeline.toolkit.sheets import sheet

_CHILD, _REFERRAL, _PLAN = (columns_of("cin_census", table) for table in ("children", "referrals", "plans"))

_COLUMNS = {
    "headers": ("reference_date",),
    "children": tuple(_CHILD),
    "referrals": ("person_id", *_REFERRAL),
    "plans": ("person_id", *_PLAN, "referral_date", "conferences", "death", "reference_date"),
}
_Row = tuple[object, ...]
_SEXES = codes_of("cin_census", "sex")
_TRUE = ("1", "true")
_FOREVER = np.datetime64("9999-12-31")
_AUTHORITIES = sheet("upn_authorities", __package__)
"""The numbers of authorities and of pseudo-authorities that a UPN may have, first to last (rule 1530)."""


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
    tables = _read_tables(files)
    referrals = _referrals(tables)
    return {"people": _people(tables, referrals, settings), "referrals": referrals, "cp_plans": _plans(tables)}


_CensusTables = Mapping[str, pd.DataFrame]
"""The censuses' tables as text, blanks as NaN, each row with its census year and place.

`headers`: one a file. `children`: one for each Child; its disabilities in one cell, separated by blanks. `referrals`:
one for each CINdetails. `plans`: one for each ChildProtectionPlans, with its referral's date, the dates of initial
conferences in that referral (in one cell), the child's death and the census's reference date.
"""


def _read_tables(files: Sequence[SourceFile]) -> _CensusTables:
    parts = [_file_tables(file) for file in files]
    if not parts:
        raise SourceError("no files of the children in need census: name them")
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in _COLUMNS}


def _file_tables(file: SourceFile) -> _CensusTables:
    rows: dict[str, list[_Row]] = {table: [] for table in _COLUMNS}
    year, reference_date = year_of(file.name), ""
    for element in xml_elements(file, "Message", {"Header", "Child"}):
        if element.tag == "Header":
            of_header = element.value("CollectionDetails/Year")
            reference_date = element.value("CollectionDetails/ReferenceDate")
            year = int(of_header) if of_header.isdecimal() else year
        if year is None:
            raise SourceError(f"{file.name} tells no year: put it into the header (CollectionDetails, Year)")
        if element.tag == "Header":
            rows["headers"].append((element.line, year, reference_date))
        else:
            _add_child(element, year, reference_date, rows)
    if not rows["headers"] and not rows["children"]:
        raise SourceError(f"{file.name} is no children in need census: it has neither Header nor Child")
    return {
        table: numbered(rows[table], ("year", *columns), file).astype({"year": "int64"})
        for table, columns in _COLUMNS.items()
    }


def _add_child(child: Element, year: int, reference_date: str, rows: Mapping[str, list[_Row]]) -> None:
    """Adds a child with its referrals and their plans. Of several elements of a name the first counts."""
    known = {ours: child.value(path) for ours, path in _CHILD.items()}
    known["sex"] = known["sex"] or known["gender"]
    disabilities = child.first("ChildCharacteristics/Disabilities").each("Disability")
    known["disabilities"] = " ".join(each.text.strip() for each in disabilities)
    who = known["person_id"]
    rows["children"].append((child.line, year, *known.values()))
    for details in child.each("CINdetails"):
        referral = {ours: details.value(path) for ours, path in _REFERRAL.items()}
        enquiries = (enquiry.value("DateOfInitialCPC") for enquiry in details.each("Section47"))
        conferences = " ".join(filter(None, (referral["conferences"], *enquiries)))
        rows["referrals"].append((details.line, year, who, *referral.values()))
        around = (referral["start_date"], conferences, known["death"], reference_date)
        for plan in details.each("ChildProtectionPlans"):
            rows["plans"].append((plan.line, year, who, *(plan.value(path) for path in _PLAN.values()), *around))


def _plans(tables: _CensusTables) -> FormatExtract:
    notes = ExtractNotes("cin_census", "cp_plans")
    date, _ = dates_of(tables["headers"], "reference_date")
    march = (tables["headers"]["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 3
    notes.judge(tables["headers"], wrong_reference=date != march.astype("datetime64[D]") - ONE_DAY)
    table = usable_spans(dated(tables["plans"], ("referral_date", "death", "reference_date")), notes)
    table = _latest(table, ("end_date", "initial", "latest"), "plan", notes)
    _find_in_plans(table, notes)
    stale = table["end_date"].isna().to_numpy() & _before_last_census(table, tables)
    notes.judge(table, left_open=stale)
    ids = row_ids(table["person_id"], days(table["start_date"]))
    category = table["latest"].fillna(table["initial"])
    return notes.extract(CP_PLANS, table.assign(cp_plan_id=ids, category=category))


def _referrals(tables: _CensusTables) -> FormatExtract:
    notes = ExtractNotes("cin_census", "referrals")
    none = tables["referrals"]["no_further_action"].str.lower().isin(_TRUE)
    table = usable_spans(tables["referrals"].assign(no_further_action=none), notes)
    table = _latest(table, ("end_date", "category_of_need", "no_further_action"), "referral", notes)
    _find_in_referrals(table, notes)
    unclosed = table["end_date"].isna().to_numpy()
    without_action = table["no_further_action"].to_numpy()
    notes.judge(table, left_open=unclosed & ~without_action & _before_last_census(table, tables))
    words = "referrals without further action and closure date (taken as closed on their day)"
    notes.count(words, int((unclosed & without_action).sum()))
    ids = row_ids(table["person_id"], days(table["start_date"]))
    end = table["end_date"].where(~(unclosed & without_action), table["start_date"])
    return notes.extract(REFERRALS, table.assign(referral_id=ids, end_date=end))


def _before_last_census(table: pd.DataFrame, tables: _CensusTables) -> Flags:
    """Rows of an earlier census that later ones, which hold whatever was open in their year, do not have."""
    earlier: Flags = table["year"].to_numpy() < tables["children"]["year"].max()
    return earlier


def _people(tables: _CensusTables, referrals: FormatExtract, settings: CinCensusSettings) -> FormatExtract:
    """Each child by the latest census; an unborn one has no date of birth."""
    notes = ExtractNotes("cin_census", "people")
    table = dated(tables["children"], ("date_of_birth", "expected", "death"))
    table = latest_children(table, "children as an earlier year's census had them", notes)
    table = notes.judge(table, repeated=table.duplicated("person_id").to_numpy())
    _find_in_children(table, notes)
    if not settings.cwd_needs and not settings.cwd_disabilities:
        words = "children of whom the census does not say whether they are open to the CWD team (taken as not)"
        notes.count(words, len(table))
    return people_of(table, _SEXES, _open_to_cwd(table, referrals.rows, settings), notes)


def _open_to_cwd(table: pd.DataFrame, referrals: pd.DataFrame, settings: CinCensusSettings) -> pd.DataFrame:
    """The stretches of the referrals that stand for the team: by their need, or by their child's disabilities."""
    accepted = set(settings.cwd_disabilities)
    disabled = [bool(accepted.intersection(codes.split())) for codes in texts_of(table, "disabilities")]
    children = table["person_id"][np.array(disabled, dtype=np.bool_)]
    stand = referrals["category_of_need"].isin(settings.cwd_needs) | referrals["person_id"].isin(children)
    return referrals.loc[stand, ["person_id", "start_date", "end_date"]].reset_index(drop=True)


def _latest(table: pd.DataFrame, content: Sequence[str], what: str, notes: ExtractNotes) -> pd.DataFrame:
    """Each child's rows by the latest census that has them; others of that census on the same day are rejected."""
    versions, is_open = versions_of(table, content), table["end_date"].isna().to_numpy()
    notes.count(f"{what}s as an earlier year's census had them", int(versions.earlier.sum()))
    doubly_open = versions.clash & is_open & is_open[versions.winner]
    for name, rows in (("both_open", doubly_open), ("overlapping", versions.clash & ~doubly_open)):
        where = np.flatnonzero(rows)
        others = [
            f"{place}, which {'says the same' if repeats else 'says otherwise'}"
            for place, repeats in zip(places_of(table.iloc[versions.winner[where]]), versions.same[where], strict=True)
        ]
        notes.judge(table, **{name: (where, others)})
    return table[versions.used].reset_index(drop=True)


def _find_in_children(children: pd.DataFrame, notes: ExtractNotes) -> None:
    """Dates of birth, and UPNs that are not made like one."""
    bad_expected = children["bad_expected"].to_numpy()
    unborn = children["expected"].notna().to_numpy() | bad_expected
    born = children["date_of_birth"].notna().to_numpy()
    notes.judge(children, one_birth_date=born == unborn, bad_expected=bad_expected)
    whole = children["upn"].str.len().eq(13).to_numpy()
    upn = children["upn"].where(whole, None)
    number = pd.to_numeric(upn.str[1:4].where(upn.str[1:4].str.fullmatch("[0-9]{3}", na=False)), errors="coerce")
    known = np.zeros(len(children), dtype=np.bool_)
    for numbers in _AUTHORITIES:
        known |= number.between(int(numbers["first"]), int(numbers["last"])).to_numpy()
    digits = upn.str[4:12].str.fullmatch("[0-9]{8}", na=False).to_numpy(dtype=np.bool_)
    last_one = upn.str[12].str.fullmatch(f"[0-9{LETTERS}]", na=False).to_numpy(dtype=np.bool_)
    notes.judge(children, upn_authority=whole & ~known, upn_digits=whole & ~digits, upn_last=whole & ~last_one)


def _find_in_referrals(referrals: pd.DataFrame, notes: ExtractNotes) -> None:
    """Referrals of a child that are open at once or overlap; one may begin on the day on which another is closed.

    Without further action and closure date a referral lasts for its own day.
    """
    start, end = days(referrals["start_date"]), days(referrals["end_date"])
    is_open = np.isnat(end) & ~referrals["no_further_action"].to_numpy()
    child = pd.factorize(referrals["person_id"])[0]
    several = np.bincount(child, is_open, minlength=child.max(initial=-1) + 1)[child] > 1
    latest = pd.Series(start).groupby(child).transform("max").to_numpy() == start
    ends = np.where(is_open, _FOREVER, np.where(np.isnat(end), start, end))
    order = np.lexsort((start, child))
    latest_end, holder = latest_end_before(child[order], ends[order])
    early = start[order] < latest_end
    others = places_of(referrals.iloc[order[holder[early]]])
    notes.judge(
        referrals,
        several_open=is_open & several,
        open_before=is_open & ~latest,
        overlaps=(order[early], others),
    )


def _find_in_plans(plans: pd.DataFrame, notes: ExtractNotes) -> None:
    """Plans whose dates do not fit the referral, the conference, the census or the child's death."""
    start, end, referred, death, reference = (
        days(plans[name]) for name in ("start_date", "end_date", "referral_date", "death", "reference_date")
    )
    year_start = (reference.astype("datetime64[M]") - 11).astype("datetime64[D]")
    conferences = plans["conferences"].fillna("").str.split()
    days_of_start = np.datetime_as_string(start, unit="D").tolist()
    met = np.array([day in dates for day, dates in zip(days_of_start, conferences, strict=True)], dtype=np.bool_)
    notes.judge(
        plans,
        after_census=start > reference,
        no_day=start == end,
        before_referral=start < referred,
        starts_after_death=start > death,
        ends_after_death=end > death,
        no_previous=plans["previous"].isna().to_numpy(),
        no_conference=(start >= year_start) & (start <= reference) & ~met,
    )
