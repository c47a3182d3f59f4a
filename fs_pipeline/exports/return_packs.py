"""Return packs: a workbook for each partner, with the people it holds data on and empty columns for it to fill.

The filled workbook is delivered as the extract, once under the name of each extract that it has a sheet for. Rows in
which nothing was filled in are no rows of the extract: the reader knows the workbook by its document property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product

import pandas as pd

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.excel import Book, Heading, Sheet, headings_of, values
from fs_pipeline.toolkit.extracts import PARTNERS, RETURN_PACK, Extract, ExtractColumn, Partner
from fs_pipeline.toolkit.tables import Kind

_EMPTY_ROWS = 2000
"""So many rows below the people's take the same values as theirs."""
_READ_ME = "Read me"
_OF_IDENTIFIERS = {"person_id": Kind.STRING, "upn": Kind.STRING, "date_of_birth": Kind.DATE, "sex": Kind.STRING}


def return_packs(
    quarter: Quarter, roster: pd.DataFrame, identifiers: Mapping[str, Sequence[str]], authority_name: str
) -> Mapping[str, bytes]:
    """For each partner the workbook to send to it, with the identifiers that it may be sent.

    The people it holds data on, and empty columns for it to fill: the filled workbook is delivered as the extract.
    """
    return {
        f"return_packs/{supplier.replace(' ', '_')}_{quarter.key}.xlsx": return_pack(
            quarter, partner, identifiers[supplier], roster, authority_name
        )
        for supplier, partner in PARTNERS.items()
    }


def return_pack(
    quarter: Quarter, partner: Partner, identifiers: Sequence[str], roster: pd.DataFrame, authority: str
) -> bytes:
    """The workbook to send to a partner; the same people give the same bytes.

    Args:
        quarter: the quarter that it is to be filled for.
        partner: the partner.
        identifiers: the identifiers that it may be sent; no other stands anywhere in the file.
        roster: everyone on the quarter's roster: person_id, role, upn, date_of_birth, sex.
        authority: who sends it.
    """
    people = _people(partner, list(identifiers), roster)
    marking = f"{authority}: for {partner.supplier}" + (", personal data" if identifiers else "")
    book = Book(f"Family Safeguarding return, {quarter.label}", authority, quarter.last_day, marking)
    _read_me(book, quarter, partner, authority)
    for extract in partner.extracts:
        _extract_sheet(book, extract, quarter, people)
    prefilled = ["measure", "age_group"] if partner.people == "nobody" else identifiers
    book.workbook.set_custom_property(RETURN_PACK, ";".join(prefilled))
    return book.content()


def _people(partner: Partner, identifiers: list[str], roster: pd.DataFrame) -> pd.DataFrame:
    """The people that the partner holds data on, each once, with the identifiers that it may be sent."""
    on = {
        "everyone": roster["role"].notna(),
        "children": roster["role"] == "child",
        "pupils": (roster["role"] == "child") & roster["upn"].notna(),
        "adults": roster["role"] == "adult",
        "nobody": roster["role"].isna(),
    }[partner.people]
    kept = roster.loc[on.to_numpy(), identifiers].drop_duplicates()
    return kept.sort_values(identifiers).reset_index(drop=True) if identifiers else kept.iloc[:0]


def _read_me(book: Book, quarter: Quarter, partner: Partner, authority: str) -> None:
    """What the partner is asked for, in words, and what each column means."""
    headings = headings_of("read me")
    sheet = book.sheet(_READ_ME)
    sheet.columns(headings)
    sheet.title(f"Family Safeguarding return, {quarter.label}", f"From {authority}, to {partner.supplier}.")
    for words in (
        f"The quarter is from {quarter.first_day:%d/%m/%Y} to {quarter.last_day:%d/%m/%Y}.",
        "Please fill in the empty columns of each sheet. Copy a person's row when there is more than one thing to say.",
        "Leave people of whom you hold nothing as they are: rows in which nothing is filled in are left out.",
        "Do not change headings or the names of the sheets. Save it as .xlsx and send it back in the agreed way.",
        f"For the council: put it into extracts/{quarter.key}/, once under the name of each sheet "
        f"({', '.join(f'{extract.extract}.xlsx' for extract in partner.extracts)}).",
    ):
        sheet.text(words)
    sheet.row += 1
    for extract in partner.extracts:
        whole = "everything you hold, from any time up to the quarter's end"
        sheet.text(f"{extract.extract}: {whole if extract.snapshot else 'what is dated in the quarter'}.", bold=True)
    sheet.row += 1
    rows = (
        (
            extract.extract,
            column.name,
            "" if column.nullable else "yes",
            _accepted(column, extract, quarter)[0],
            column.description,
        )
        for extract in partner.extracts
        for column in map(extract.contract, extract.names)
    )
    sheet.table(headings, rows, filters=False)


def _extract_sheet(book: Book, extract: Extract, quarter: Quarter, people: pd.DataFrame) -> None:
    """The sheet of an extract: the people's identifiers, then its columns, empty, each taking what it accepts."""
    known = list(people.columns)
    columns = [extract.contract(name) for name in extract.names if name not in known]
    headings = [
        *(Heading((name,), _OF_IDENTIFIERS[name], 18) for name in known),
        *(
            Heading((each.name,), each.kind, max(14, len(each.name) + 4), note=_note(each, extract, quarter))
            for each in columns
        ),
    ]
    sheet = book.sheet(extract.extract)
    sheet.columns(headings, formatted=True)
    rows = list(_rows(people, columns))
    sheet.table(headings, rows, filters=False, freeze_columns=len(known))
    for position, column in enumerate(columns, start=len(known)):
        _accept(sheet, position, column, extract, quarter, len(rows) + _EMPTY_ROWS)


def _rows(people: pd.DataFrame, columns: Sequence[ExtractColumn]) -> Iterator[tuple[object, ...]]:
    """A row a person; in an aggregate return, one for each combination of its codes."""
    if len(people.columns):
        yield from ((*row, *[None] * len(columns)) for row in values(people))
        return
    coded = [column for column in columns if column.codes and not column.nullable]
    if columns[: len(coded)] == coded and coded:
        yield from ((*codes, *[None] * (len(columns) - len(coded))) for codes in product(*(c.codes for c in coded)))


def _accept(sheet: Sheet, position: int, column: ExtractColumn, extract: Extract, quarter: Quarter, last: int) -> None:
    """Makes the cells of a column take what it accepts, and nothing else."""
    words, rule = _accepted(column, extract, quarter)
    if rule:
        said = {"error_title": column.name[:32], "error_message": f"Accepted: {words}"[:255]}
        sheet.worksheet.data_validation(1, position, last, position, rule | said)


def _accepted(column: ExtractColumn, extract: Extract, quarter: Quarter) -> tuple[str, dict[str, object]]:
    """What a column accepts, in words and as a rule of Excel's: codes, yes and no, days, numbers in their range.

    Days lie in the quarter, those of a snapshot in any time up to its end. Any text has no rule.
    """
    if column.codes:
        return ", ".join(column.codes), {"validate": "list", "source": list(column.codes)}
    between: dict[str, object] = {"criteria": "between"}
    match column.kind:
        case Kind.BOOL:
            return "Y or N", {"validate": "list", "source": ["Y", "N"]}
        case Kind.DATE:
            first = date(1900, 1, 1) if extract.snapshot else quarter.first_day
            within = "up to" if extract.snapshot else f"from {first:%d/%m/%Y} to"
            words = f"a day {within} {quarter.last_day:%d/%m/%Y}"
            return words, between | {"validate": "date", "minimum": first, "maximum": quarter.last_day}
        case Kind.INT | Kind.FLOAT:
            least = -1e9 if column.minimum is None else column.minimum
            most = 1e9 if column.maximum is None else column.maximum
            words = "" if column.minimum is None else f" from {column.minimum:g}"
            words += "" if column.maximum is None else f" to {column.maximum:g}"
            if column.kind is Kind.INT:
                ends: dict[str, object] = {"minimum": int(least), "maximum": int(most)}
                return f"a whole number{words}", between | {"validate": "integer"} | ends
            return f"a number{words}", between | {"validate": "decimal", "minimum": least, "maximum": most}
        case Kind.STRING:
            return "a text", {}


def _note(column: ExtractColumn, extract: Extract, quarter: Quarter) -> str:
    """The note on a heading."""
    need = "May be left blank." if column.nullable else "Must be filled in."
    return " ".join(filter(None, (column.description, f"Accepted: {_accepted(column, extract, quarter)[0]}.", need)))
