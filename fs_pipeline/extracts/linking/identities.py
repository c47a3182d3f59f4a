"""Reads the council's list of its people with names: what partner files without our identifiers are linked against.

The list is read, used and forgotten: it is never stored in the lake, and nothing of it stands in a message.
"""

from __future__ import annotations

import pandas as pd

from fs_pipeline.extracts.cells.files import cells_of
from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.cells.refusals import rows_named
from fs_pipeline.extracts.cells.texts import as_text, stripped
from fs_pipeline.extracts.linking.cleaning import clean
from fs_pipeline.settings.linking import IDENTITY

REQUIRED = ("person_id", "forename", "surname", "date_of_birth", "postcode")
OTHERS = {"other_forenames": "forename", "earlier_surnames": "surname", "earlier_postcodes": "postcode"}
"""Optional columns with more of the same, separated by semicolons: names once borne, houses once lived in."""


def read_identities(source: SourceFile) -> pd.DataFrame:
    """Our people as `link` wants them: person_id and the identity columns in one spelling, a row a way to be known.

    The file (.csv, .xlsx or .parquet) has the columns person_id, forename, surname, date_of_birth and postcode, and
    may have sex, other_forenames, earlier_surnames and earlier_postcodes, the last three with several values
    separated by semicolons. A person may also have several rows. Other columns are not looked at.

    Raises:
        SourceError: it cannot be read, lacks a column, or has rows without person_id.
    """
    cells = cells_of(source, "identities")
    headings = [heading.lower() for heading in cells.headings]
    missing = [name for name in REQUIRED if name not in headings]
    if missing:
        raise SourceError(f"{source.name} has no column {', '.join(missing)}: it must have {', '.join(REQUIRED)}")
    if cells.ragged:
        where = rows_named([row.number for row in cells.ragged])
        raise SourceError(f"{source.name}: {where} do not have as many cells as the header: put commas in quotes")
    kept = [name for name in (*REQUIRED, "sex", *OTHERS) if name in headings]
    texts = {name: stripped(as_text(cells.columns[headings.index(name)])).to_pandas() for name in kept}
    rows = pd.DataFrame(texts, dtype="str")
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
