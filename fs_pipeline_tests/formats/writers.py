"""Writes an invented authority as the statutory returns would show it: CIN census, SSDA903, school census."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd

from fs_pipeline.extracts.cells.format_extracts import SourceFile

Row = dict[str, object]
SEX_NUMBERS = {"M": "1", "F": "2", "U": "0"}


def source_files(folder: Path) -> list[SourceFile]:
    return [SourceFile(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.*"))]


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows with blanks as None and days as dates."""

    def plain(value):
        return None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value

    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def in_year(start: date, end: date | None, first: date, last: date) -> bool:
    return start <= last and (end is None or end >= first)


def known(day: date | None, last: date) -> date | None:
    return day if day is not None and day <= last else None


def write_cin_census(
    folder: Path, extracts: dict[str, pd.DataFrame], years: Iterable[int], namespace: str = ""
) -> None:
    """A census a year: the children with a referral or plan active in it. Every plan lies in a CINdetails.

    Plans of children without a referral, or before their first one, lie in details without a referral date.
    """
    people = {row["person_id"]: row for row in records(extracts["people"])}
    for year in years:
        first, last = date(year - 1, 4, 1), date(year, 3, 31)
        details: dict[str, list[tuple[Row, list[Row]]]] = {}
        for referral in records(extracts["referrals"]):
            if in_year(referral["start_date"], referral["end_date"], first, last):
                details.setdefault(referral["person_id"], []).append((referral, []))
        for plan in records(extracts["cp_plans"]):
            if not in_year(plan["start_date"], plan["end_date"], first, last):
                continue
            of_child = details.setdefault(plan["person_id"], [])
            fitting = [plans for referral, plans in of_child if (referral["start_date"] or last) <= plan["start_date"]]
            if not fitting:
                of_child.append(({"start_date": None, "end_date": None, "category_of_need": None}, fitting := []))
                fitting = [fitting]
            fitting[-1].append(plan)
        lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<Message{f' xmlns={namespace!r}' if namespace else ''}>"]
        lines += [
            "<Header><CollectionDetails><Collection>CIN</Collection>",
            f"<Year>{year}</Year><ReferenceDate>{last}</ReferenceDate></CollectionDetails></Header>",
            "<Children>",
        ]
        for who, of_child in details.items():
            lines += _child(people[who], of_child, year, last)
        (folder / f"cin_{year}.xml").write_text("\n".join([*lines, "</Children>", "</Message>"]), encoding="utf-8")


def _child(person: Row, details: list[tuple[Row, list[Row]]], year: int, last: date) -> list[str]:
    sex = ("Sex", person["sex"]) if year >= 2025 else ("GenderCurrent", SEX_NUMBERS[person["sex"]])
    unborn = person["date_of_birth"] is None
    lines = ["<Child>", "<ChildIdentifiers>", _tag("LAchildID", person["person_id"]), _tag("UPN", person["upn"])]
    born = _tag("ExpectedPersonBirthDate", last) if unborn else _tag("PersonBirthDate", person["date_of_birth"])
    lines += [born, _tag(*sex), "</ChildIdentifiers>"]
    lines += ["<ChildCharacteristics>", _tag("Ethnicity", person["ethnicity"]), "</ChildCharacteristics>"]
    for referral, plans in details:
        lines += ["<CINdetails>", _tag("CINreferralDate", referral["start_date"])]
        lines += [_tag("PrimaryNeedCode", referral["category_of_need"])]
        lines += [_tag("CINclosureDate", known(referral["end_date"], last)), _tag("ReferralNFA", "false")]
        for plan in plans:
            lines += ["<Section47>", _tag("DateOfInitialCPC", plan["start_date"]), "</Section47>"]
        for plan in plans:
            lines += ["<ChildProtectionPlans>", _tag("CPPstartDate", plan["start_date"])]
            lines += [_tag("CPPendDate", known(plan["end_date"], last))]
            lines += [_tag("LatestCategoryOfAbuse", plan["category"]), _tag("NumberOfPreviousCPP", 0)]
            lines += ["</ChildProtectionPlans>"]
        lines.append("</CINdetails>")
    return [line for line in [*lines, "</Child>"] if line]


def _tag(name: str, value: object) -> str:
    return "" if value is None else f"<{name}>{escape(str(value))}</{name}>"


def episodes_of(period: Row, number: int) -> list[Row]:
    """One to four episodes of a period that follow each other, each at least a day long when the period allows it."""
    start, end = period["start_date"], period["end_date"]
    days = ((end or start + timedelta(days=400)) - start).days
    cuts = sorted({start + timedelta(days=days * part // 4) for part in range(1, 1 + number % 4)} - {start, end})
    begins, ends = [start, *cuts], [*cuts, end]
    return [
        {
            "CHILD": period["person_id"],
            "DECOM": begin,
            "RNE": "S" if begin == start else "PLTBU"[number % 5],
            "LS": "C2",
            "CIN": "N1",
            "DEC": stop,
            "REC": None if stop is None else "X1" if stop in cuts else "E4A",
        }
        for begin, stop in zip(begins, ends, strict=True)
    ]


def write_ssda903(folder: Path, extracts: dict[str, pd.DataFrame], years: Iterable[int], *, xml: bool = False) -> None:
    """A return a year (named by its beginning): the episodes active in it, their ends blank when they come later."""
    people = {row["person_id"]: row for row in records(extracts["people"])}
    periods = records(extracts["care_periods"])
    unaccompanied = {period["person_id"] for period in periods if period["uasc"]}
    for year in years:
        first, last = date(year, 4, 1), date(year + 1, 3, 31)
        episodes: list[Row] = []
        for number, period in enumerate(periods):
            for episode in episodes_of(period, number):
                if in_year(episode["DECOM"], episode["DEC"], first, last):
                    ended = known(episode["DEC"], last)
                    episodes.append({**episode, "DEC": ended, "REC": ended and episode["REC"]})
        children = sorted({episode["CHILD"] for episode in episodes})
        headers = [_header(people[who], year) for who in children]
        # the status ends on a day long after the period's first, or is left blank: both are still UASC
        uasc = [
            {"CHILD": who, "SEX": "1", "DOB": None, "DUC": None if number % 2 else date(2035, 1, 1)}
            for number, who in enumerate(children)
            if who in unaccompanied
        ]
        if xml:
            _write_903_xml(folder / f"return_{year}.xml", headers, episodes, uasc)
            continue
        for name, rows in (("episodes", episodes), ("header", headers), ("uasc", uasc)):
            write_csv(folder / f"{year}-{name}.csv", rows, "{:%d/%m/%Y}")


def _header(person: Row, year: int) -> Row:
    sex = person["sex"] if year >= 2024 else {"M": "1", "F": "2"}.get(person["sex"], "U")
    born, ethnic = person["date_of_birth"], person["ethnicity"]
    return {
        "CHILD": person["person_id"],
        "SEX": sex,
        "DOB": born,
        "ETHNIC": ethnic,
        "UPN": person["upn"],
        "MOTHER": None,
    }


def _write_903_xml(path: Path, headers: list[Row], episodes: list[Row], uasc: list[Row]) -> None:
    ended = {row["CHILD"]: row["DUC"] for row in uasc}
    lines = ["<EXPSSDA903>"]
    for header in headers:
        who = header.pop("CHILD")
        lines += ["<CHILD><HEADER>", _tag("CHILDID", who), *(_uk(name, value) for name, value in header.items())]
        lines += [_tag("UASC", 1), _uk("DUC", ended[who])] if who in ended else ["<UASC />"]
        lines.append("</HEADER>")
        for episode in (row for row in episodes if row["CHILD"] == who):
            cells = [_uk(name, value) for name, value in episode.items() if name != "CHILD"]
            lines += ["<EPISODE>", *cells, "</EPISODE>"]
        lines.append("</CHILD>")
    path.write_text("\n".join(filter(None, [*lines, "</EXPSSDA903>"])), encoding="utf-8")


def _uk(name: str, value: object) -> str:
    return _tag(name, f"{value:%d/%m/%Y}" if isinstance(value, date) else value)


def write_csv(path: Path, rows: list[Row], day: str = "{}") -> None:
    headings = list(rows[0]) if rows else ["CHILD", "SEX", "DOB", "DUC"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        for row in rows:
            cells = (row.get(name) for name in headings)
            writer.writerow(
                ["" if cell is None else day.format(cell) if isinstance(cell, date) else cell for cell in cells]
            )


def term_of(day: date) -> tuple[int, str, str, date, date]:
    """Of a school day: the year and term of the census that tells it, its columns' prefix, and the stretch."""
    year = day.year
    if day.month >= 8:
        return year + 1, "spring", "termly", date(year, 10, 1), date(year, 12, 31)
    if day.month <= 3:
        return year, "summer", "termly", date(year, 1, 1), date(year, 3, 31)
    if day.month <= 5:
        return year, "autumn", "termly", date(year, 4, 1), date(year, 5, 31)
    return year, "autumn", "summerhalfterm2", date(year, 6, 1), date(year, 6, 30)


def in_terms(attendance: pd.DataFrame, reasons: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The canonical extracts added up by term, in the stretch in which a census tells it."""
    told = [term_of(day.date()) for day in attendance["date_from"]]
    by_term = attendance.assign(date_from=[each[3] for each in told], date_to=[each[4] for each in told])
    keys = ["upn", "school_urn", "date_from"]
    sums = by_term.groupby([*keys, "date_to"], as_index=False).sum(numeric_only=True)
    starts = reasons.assign(date_from=[term_of(day.date())[3] for day in reasons["date_from"]])
    return sums, starts.groupby([*keys, "code"], as_index=False).sum(numeric_only=True)


def write_school_census(folder: Path, attendance: pd.DataFrame, reasons: pd.DataFrame, *, totals: bool) -> None:
    """Censuses of every term: pupils on roll and, every third, no longer on roll. Boarders and blanks are elsewhere.

    Without totals of absences the codes tell them.
    """
    sums, by_code = in_terms(attendance, reasons)
    enrolments: dict[tuple[int, str], dict[tuple[str, str], Row]] = {}
    for row in records(sums):
        year, term, prefix, _, _ = term_of(row["date_from"])
        pupils = enrolments.setdefault((year, term), {})
        pupil = pupils.setdefault(
            (row["upn"], row["school_urn"]),
            {"id": f"t{len(pupils)}", "NativeId": row["school_urn"], "upn": row["upn"], "boarder": "N"},
        )
        pupil[f"{prefix}sessionspossible"] = row["sessions_possible"]
        if totals:
            pupil[f"{prefix}sessionsauthorised"] = row["sessions_authorised"] or None
            pupil[f"{prefix}sessionsunauthorised"] = f"{row['sessions_unauthorised']}.0"
    details: dict[tuple[int, str, str, str], list[Row]] = {}
    for number, row in enumerate(records(by_code)):
        year, term, prefix, _, _ = term_of(row["date_from"])
        table = enrolments[year, term][row["upn"], row["school_urn"]]["id"]
        roll = _roll(table)
        name = f"{prefix}sessiondetails{roll}roll"
        line = {"id": table, f"{name}tableid": number, "sessions": row["sessions"], "attendancereason": row["code"]}
        present = {**line, "sessions": 3, "attendancereason": "/"}
        details.setdefault((year, term, roll, name), []).extend([line] if totals else [line, present])
    for (year, term), pupils in enrolments.items():
        headings = sorted({name for pupil in pupils.values() for name in pupil})
        for roll, name, key in _ROLLS:
            rows = [pupil for pupil in pupils.values() if _roll(pupil["id"]) == roll]
            _write_census(folder / f"{year}_{term}_{name}.csv", rows, headings, key)
            for of_year, of_term, of_roll, table in details:
                if (of_year, of_term, of_roll) == (year, term, roll):
                    lines = details[year, term, roll, table]
                    _write_census(folder / f"{year}_{term}_{table}.csv", lines, list(lines[0]), key)


_ROLLS = (("on", "pupilonroll", "pupilonrolltableid"), ("off", "pupilnolongeronroll", "pupilnolongeronrolltableid"))


def _roll(table_id: str) -> str:
    return "off" if int(table_id[1:]) % 3 == 0 else "on"


def _write_census(path: Path, rows: list[Row], headings: list[str], key: str) -> None:
    if rows:
        write_csv(path, [{key if name == "id" else name: row.get(name) for name in headings} for row in rows])
