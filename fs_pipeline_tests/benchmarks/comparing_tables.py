"""Whether two ways to work out a table agree, cell by cell: whole numbers, words and days exactly, the rest to 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL
from fs_pipeline.toolkit.tables import Table

COMPARED = {table.name: table for table in (PERSON_LEVEL, FAMILY_LEVEL, INDICATOR_VALUES)}


def unequal(ours: pd.DataFrame, theirs: pa.Table, table: Table) -> list[str]:
    """The columns in which the tables differ, with the number of rows that do; nothing when they agree."""
    mine = pa.Table.from_pandas(ours, schema=table.schema, preserve_index=False)
    other = theirs.select(table.names).cast(pa.schema([pa.field(each.name, each.type) for each in mine.schema]))
    keys = [(key, "ascending") for key in table.key]
    mine, other = mine.sort_by(keys), other.sort_by(keys)
    if len(mine) != len(other):
        return [f"{len(mine)} rows against {len(other)}"]
    found = []
    for column in table.names:
        differ = _differ(mine[column], other[column])
        if differ:
            found.append(f"{column}: {differ} of {len(mine)} rows")
    return found


def _differ(mine: pa.ChunkedArray, other: pa.ChunkedArray) -> int:
    if pa.types.is_floating(mine.type):
        one, two = (np.asarray(each.to_numpy(), dtype=np.float64) for each in (mine, other))
        return int((~np.isclose(one, two, rtol=1e-9, atol=1e-9, equal_nan=True)).sum())
    one, two = (each.to_pandas(date_as_object=False) for each in (mine, other))
    return int((~((one == two).fillna(False) | (one.isna() & two.isna()))).sum())
