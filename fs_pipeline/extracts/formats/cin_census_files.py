"""The files of children in need censuses as tables of text: children, referrals, plans. Judges no value.

The files are read in a stream, child by child, with or without a namespace. A row's number is the line in which its
element starts: of a child `Child`, of a referral `CINdetails`, of a plan `ChildProtectionPlans`; or its count among
these when the file was written without line ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.extracts.cells.format_extracts import SOURCE_FILE, SOURCE_ROW, SourceError, SourceFile
from fs_pipeline.extracts.formats.source_tables import year_of
from fs_pipeline.extracts.formats.xml_elements import Element, xml_elements

_Row = tuple[object, ...]

_PLACE = (SOURCE_FILE, "year", SOURCE_ROW)
_CHILDREN = (*_PLACE, "child", "upn", "born", "expected", "sex", "death", "ethnicity", "disabilities")
_REFERRALS = (*_PLACE, "child", "start", "end", "need", "nfa")
_PLANS = (
    *(*_PLACE, "child", "start", "end", "initial", "latest", "previous"),
    *("referral_date", "conferences", "death", "reference_date"),
)
_HEADERS = (*_PLACE, "reference_date")


@dataclass(frozen=True, eq=False)
class CensusTables:
    """The censuses' tables as text, blanks as NaN, each row with its census year and place.

    Attributes:
        headers: one a file.
        children: one for each Child; its disabilities in one cell, separated by blanks.
        referrals: one for each CINdetails.
        plans: one for each ChildProtectionPlans, with its referral's date, the dates of initial conferences in that
            referral (in one cell), the child's death and the census's reference date.
    """

    headers: pd.DataFrame
    children: pd.DataFrame
    referrals: pd.DataFrame
    plans: pd.DataFrame


def read_tables(files: Sequence[SourceFile]) -> CensusTables:
    """The tables of all files.

    Raises:
        SourceError: a file is no census, cannot be read, or tells no year in its header or its name.
    """
    parts = [_file_tables(file) for file in files]
    if not parts:
        raise SourceError("no files of the children in need census: name them")
    return CensusTables(*(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)))


def _file_tables(file: SourceFile) -> tuple[pd.DataFrame, ...]:
    headers: list[_Row] = []
    children: list[_Row] = []
    referrals: list[_Row] = []
    plans: list[_Row] = []
    year, reference_date = year_of(file.name), ""
    no_year = f"{file.name} tells no year: put it into the header (CollectionDetails, Year)"
    for element in xml_elements(file, "Message", {"Header", "Child"}):
        if element.tag == "Header":
            details = _within(element, "CollectionDetails")
            of_header, reference_date = details.value("Year"), details.value("ReferenceDate")
            year = int(of_header) if of_header.isdecimal() else year
            if year is None:
                raise SourceError(no_year)
            headers.append((file.name, year, element.line, reference_date))
            continue
        if year is None:
            raise SourceError(no_year)
        _add_child(element, (file.name, year), reference_date, children, referrals, plans)
    if not headers and not children:
        raise SourceError(f"{file.name} is no children in need census: it has neither Header nor Child")
    return tuple(
        _table(rows, columns)
        for rows, columns in ((headers, _HEADERS), (children, _CHILDREN), (referrals, _REFERRALS), (plans, _PLANS))
    )


def _add_child(
    child: Element,
    place: tuple[str, int],
    reference_date: str,
    children: list[_Row],
    referrals: list[_Row],
    plans: list[_Row],
) -> None:
    known, about = _within(child, "ChildIdentifiers"), _within(child, "ChildCharacteristics")
    who, death = known.value("LAchildID"), known.value("PersonDeathDate")
    disabilities = [each.text.strip() for each in _within(about, "Disabilities").each("Disability")]
    identity = (known.value(tag) for tag in ("UPN", "PersonBirthDate", "ExpectedPersonBirthDate"))
    sex = known.value("Sex") or known.value("GenderCurrent")
    children.append((*place, child.line, who, *identity, sex, death, about.value("Ethnicity"), " ".join(disabilities)))
    for details in child.each("CINdetails"):
        referred = details.value("CINreferralDate")
        closure = (details.value(tag) for tag in ("CINclosureDate", "PrimaryNeedCode", "ReferralNFA"))
        referrals.append((*place, details.line, who, referred, *closure))
        conferences = [details.value("DateOfInitialCPC")]
        conferences += [enquiry.value("DateOfInitialCPC") for enquiry in details.each("Section47")]
        for plan in details.each("ChildProtectionPlans"):
            tags = (
                "CPPstartDate",
                "CPPendDate",
                "InitialCategoryOfAbuse",
                "LatestCategoryOfAbuse",
                "NumberOfPreviousCPP",
            )
            about_plan = (plan.value(tag) for tag in tags)
            around = (referred, " ".join(filter(None, conferences)), death, reference_date)
            plans.append((*place, plan.line, who, *about_plan, *around))


def _within(element: Element, tag: str) -> Element:
    """The first element of that name directly in it; an empty one without it."""
    return next(iter(element.each(tag)), Element(tag, element.line))


def _table(rows: list[_Row], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    if not table[SOURCE_ROW].is_unique:
        table[SOURCE_ROW] = range(1, len(table) + 1)
    text = {column: "str" for column in columns if column not in ("year", SOURCE_ROW)}
    return table.replace("", None).astype({**text, "year": "int64", SOURCE_ROW: "int64"})
