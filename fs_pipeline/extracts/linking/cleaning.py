"""Names, birth dates, postcodes and sexes in one spelling, so that what differs in meaning differs. Links nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from fs_pipeline.extracts.checks.conversion import EARLIEST, LATEST
from fs_pipeline.settings.linking import IDENTITY

_NO_NAMES = frozenset({"UNKNOWN", "NOT KNOWN", "NK", "NA", "NONE", "NULL", "TBC", "BABY", "UNBORN", "INFANT", "TEST"})
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MX", "DR", "MASTER"})
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_NO_FIXED_ABODE = "ZZ99"
_SEXES = {"F": "F", "FEMALE": "F", "2": "F", "M": "M", "MALE": "M", "1": "M"}
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y")


def clean(rows: pd.DataFrame) -> pd.DataFrame:
    """The identity columns of the rows in one spelling; a column that is not there, and what says nothing, is blank.

    Names lose accents, apostrophes and titles, and are in capitals; words for "unknown" and "baby" are blanks.
    Postcodes lose blanks; what is none, and that of no fixed abode (ZZ99), is blank. Dates become ISO texts.
    """
    blank: pd.Series = pd.Series(None, index=rows.index, dtype="str")
    names = {name: _each(rows[name], _name) if name in rows else blank for name in ("forename", "surname")}
    postcode = _each(rows["postcode"], _postcode) if "postcode" in rows else blank
    sex = _each(rows["sex"], _sex) if "sex" in rows else blank
    born = _dates(rows["date_of_birth"]) if "date_of_birth" in rows else blank
    columns = {**names, "date_of_birth": born, "postcode": postcode, "sex": sex}
    return pd.DataFrame(columns, index=rows.index)[list(IDENTITY)].astype("str")


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
