"""What linking goes by: the council's list of its people with names, what a clerk decided, and all in one spelling.

Partner files without our identifiers are linked against that list. It is read, used and forgotten: it is never stored
in the lake, and nothing of it stands in a message. Links nothing, and writes nothing: `ledger/receiving.py` makes the
workbook that the clerk decides in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from fs_pipeline.extracts.cells.cells import no_lines, rows_named
from fs_pipeline.extracts.cells.deliveries import cells_of
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.checks.conversion import EARLIEST, LATEST
from fs_pipeline.settings.sources import IDENTITY

REQUIRED = ("person_id", "forename", "surname", "date_of_birth", "postcode")
OTHERS = {"other_forenames": "forename", "earlier_surnames": "surname", "earlier_postcodes": "postcode"}
"""Optional columns with more of the same, separated by semicolons: names once borne, houses once lived in."""
REVIEW_SHEET: Final = "review"
DECISION: Final = "decision"
YES, NO = "yes", "no"
PARTNER_NUMBER: Final = "partner_number"
PARTNER = (PARTNER_NUMBER, *IDENTITY)
OURS = ("person_id", *(f"our_{name}" for name in IDENTITY))
REVIEW_COLUMNS = (DECISION, *PARTNER, *OURS, "probability", "reason")
"""The sheet's columns. The clerk fills in the first; what identifies a decision is the partner's person and ours."""
_NO_NAMES = frozenset(
    {"UNKNOWN", "NOT KNOWN", "NK", "N K", "NA", "N A", "NONE", "NULL", "TBC", "BABY", "UNBORN", "INFANT", "TEST"}
)
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MX", "DR", "MASTER"})
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_NO_FIXED_ABODE = "ZZ99"
_SEXES = {"F": "F", "FEMALE": "F", "2": "F", "M": "M", "MALE": "M", "1": "M"}
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y")


def read_identities(source: SourceFile) -> pd.DataFrame:
    """Our people as `link` wants them: person_id and the identity columns in one spelling, a row a way to be known.

    The file (.csv, .xlsx or .parquet) has the columns person_id, forename, surname, date_of_birth and postcode, and
    may have sex, other_forenames, earlier_surnames and earlier_postcodes, the last three with several values
    separated by semicolons. A person may also have several rows. Other columns are not looked at.

    Raises:
        SourceError: it cannot be read, lacks a column, or has rows without person_id.
    """
    cells = cells_of(source, "identities")
    if missing := cells.lacks(REQUIRED):
        raise SourceError(f"{source.name} has no column {', '.join(missing)}: it must have {', '.join(REQUIRED)}")
    if cells.ragged:
        where = rows_named([row.number for row in cells.ragged])
        raise SourceError(f"{source.name}: {where} do not have as many cells as the header: put commas in quotes")
    names = [name for name in (*REQUIRED, "sex", *OTHERS) if not cells.lacks([name])]
    rows = pd.DataFrame({name: cells.texts(name).to_pandas() for name in names}, dtype="str")
    filled = rows.notna().any(axis=1)
    unknown = (filled & rows["person_id"].isna()).to_numpy()
    if unknown.any():
        raise SourceError(f"{source.name}, column person_id: blank in {rows_named(cells.numbers[unknown])}: fill it")
    return known_as(rows[filled.to_numpy()])


def known_as(rows: pd.DataFrame) -> pd.DataFrame:
    """Every way in which the people may be known: each of their names with each other and with each postcode.

    Args:
        rows: person_id, the identity columns (sex may be missing), and OTHERS where there are any.
    """
    ways = rows
    for several, single in OTHERS.items():
        if several in rows:
            more = ways.assign(**{single: ways[several].astype("str").str.split(";")}).explode(single)
            more = more[more[single].fillna("").str.strip() != ""]
            ways = pd.concat([ways, more], ignore_index=True)
    known = clean(ways)
    known.insert(0, "person_id", ways["person_id"].astype("str"))
    names = [*IDENTITY]
    known = known[known[["forename", "surname", "date_of_birth"]].notna().any(axis=1)]
    return known.drop_duplicates().sort_values(["person_id", *names], na_position="last").reset_index(drop=True)


def no_clerk_decisions() -> pd.DataFrame:
    """No decision yet."""
    return no_lines(REVIEW_COLUMNS)


def read_clerk_decisions(source: SourceFile) -> pd.DataFrame:
    """What the clerk decided: rows with yes or no (y, n, capitals or not); other rows are not decided yet.

    REVIEW_COLUMNS as texts, the partner's identity columns in one spelling.

    Raises:
        SourceError: no workbook of this form, another word than yes and no, a pair decided both ways, or one person
            of the partner said to be two of ours. Names rows, nobody.
    """
    name = source.name
    cells = cells_of(source, REVIEW_SHEET)
    if missing := cells.lacks((DECISION, *PARTNER, "person_id")):
        raise SourceError(
            f"{name}: row {cells.header_number} has no column {', '.join(missing)}: leave the headings "
            "as they were, or move the workbook away and have it made anew"
        )
    texts = {name: cells.texts(name).to_pandas() for name in REVIEW_COLUMNS if not cells.lacks([name])}
    rows = pd.DataFrame(texts, dtype="str").reindex(columns=list(REVIEW_COLUMNS)).astype("str")
    words = rows[DECISION].str.lower().replace({"y": YES, "n": NO})
    _refuse(name, cells.numbers, words.notna() & ~words.isin([YES, NO]), f"column {DECISION}: say {YES} or {NO} in")
    _refuse(name, cells.numbers, words.notna() & rows["person_id"].isna(), "column person_id: blank in")
    rows[DECISION] = words
    rows[list(IDENTITY)] = clean(rows)
    rows["row"] = cells.numbers
    said = rows[words.notna()].drop_duplicates([DECISION, *PARTNER, "person_id"])
    both_ways = said.duplicated([*PARTNER, "person_id"], keep=False)
    _refuse(name, said["row"].to_numpy(), both_ways, f"the same pair is decided {YES} and {NO} in")
    twice = (said[DECISION] == YES) & said[said[DECISION] == YES].duplicated(list(PARTNER), keep=False)
    _refuse(name, said["row"].to_numpy(), twice.fillna(False), "somebody of the partner is said to be two of ours in")
    return said[list(REVIEW_COLUMNS)].sort_values(list(REVIEW_COLUMNS)).reset_index(drop=True)


def _refuse(name: str, numbers: np.ndarray, rows: pd.Series, words: str) -> None:
    broken = rows.to_numpy(dtype=np.bool_)
    if broken.any():
        raise SourceError(f"{name}, {words} {rows_named(numbers[broken])}")


def clean(rows: pd.DataFrame) -> pd.DataFrame:
    """The identity columns of the rows in one spelling; a column that is not there, and what says nothing, is blank.

    Names lose accents, apostrophes and titles, and are in capitals; words for "unknown" and "baby" are blanks.
    Postcodes lose blanks; what is none, and that of no fixed abode (ZZ99), is blank. Dates become ISO texts.
    """
    known = rows.reindex(columns=list(IDENTITY))
    spelling = {"forename": _name, "surname": _name, "postcode": _postcode, "sex": _sex}
    spelt = {name: _each(known[name], clean) for name, clean in spelling.items()}
    return known.assign(**spelt, date_of_birth=_dates(known["date_of_birth"])).astype("str")


def _each(column: pd.Series, clean: Callable[[str], str | None]) -> pd.Series:
    """The cleaned column; each distinct value is cleaned once."""
    texts = column.astype("str")
    spelt = {text: clean(text) for text in texts.dropna().unique()}
    return texts.map(spelt).astype("str")


def _name(text: str) -> str | None:
    letters = "".join(each for each in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(each))
    letters = re.sub(r"['’`´]", "", letters)
    words = [word for word in re.sub(r"[^A-Z]+", " ", letters).split() if word not in _TITLES]
    joined = re.sub(r"\b(MC|MAC|O) (?=[A-Z]{2})", r"\1", " ".join(words))
    return None if joined in _NO_NAMES or not joined else joined


def _postcode(text: str) -> str | None:
    joined = re.sub(r"[^A-Z0-9]", "", text.upper())
    usable = _POSTCODE.fullmatch(joined) and not joined.startswith(_NO_FIXED_ABODE)
    return joined if usable else None


def _sex(text: str) -> str | None:
    return _SEXES.get(text.strip().upper())


def _dates(column: pd.Series) -> pd.Series:
    """The dates as ISO texts; of each form that people write, the month first only where nothing else can be meant."""
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        texts = column.astype("str").str.strip().str.slice(0, 10)
        column = pd.Series(pd.NaT, index=column.index, dtype="datetime64[ms]")
        for form in _FORMS:
            column = column.fillna(pd.to_datetime(texts, format=form, errors="coerce").astype("datetime64[ms]"))
    plausible = column.between(pd.Timestamp(EARLIEST), pd.Timestamp(LATEST))
    days: pd.Series = column.where(plausible).dt.strftime("%Y-%m-%d").astype("str")
    return days
