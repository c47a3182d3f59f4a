"""The files of children in need censuses as tables of text: children, referrals, plans. Judges no value.

The files are read in a stream, child by child, with or without a namespace. A row's number is the line in which its
element starts: of a child `Child`, of a referral `CINdetails`, of a plan `ChildProtectionPlans`; or its count among
these when the file was written without line ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.formats.source_tables import Element, columns_of, numbered, xml_elements, year_of

_CHILD, _REFERRAL, _PLAN = (columns_of("cin_census", table) for table in ("children", "referrals", "plans"))

_COLUMNS = {
    "headers": ("reference_date",),
    "children": tuple(_CHILD),
    "referrals": ("person_id", *_REFERRAL),
    "plans": ("person_id", *_PLAN, "referral_date", "conferences", "death", "reference_date"),
}
_Row = tuple[object, ...]


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


def _file_tables(file: SourceFile) -> Iterator[pd.DataFrame]:
    """The tables of a file, in the order of CensusTables."""
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
    for table, columns in _COLUMNS.items():
        yield numbered(rows[table], ("year", *columns), file).astype({"year": "int64"})


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
