"""The tables of the reporting database: the four outputs, a dictionary of them, and an audit of loads.

What the columns are is declared in the toolkit; here they are said in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL
from fs_pipeline.toolkit.tables import Column, Kind, Table
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER

TABLES = (PERSON_LEVEL, FAMILY_LEVEL, INDICATOR_VALUES, BEFORE_AFTER)
"""What is loaded; each stands in the warehouse under the last part of its name."""

_TYPES: Mapping[Kind, sa.types.TypeEngine[Any]] = {
    Kind.STRING: sa.Text(),
    Kind.DATE: sa.Date(),
    Kind.INT: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOL: sa.Boolean(),
}
_INDEXES = {  # beside the key, which begins with the quarter
    PERSON_LEVEL: (("quarter", "family_key"), ("person_id", "quarter")),
    FAMILY_LEVEL: (("quarter", "family_key"), ("family_key", "quarter")),
    INDICATOR_VALUES: (("indicator", "measure", "quarter"),),
    BEFORE_AFTER: (("indicator", "measure", "quarter"),),
}


def table_name(table: Table) -> str:
    """The table's name in the warehouse."""
    return table.name.rpartition("/")[2]


def _column(column: Column, key: tuple[str, ...]) -> sa.Column[Any]:
    return sa.Column(
        column.name,
        _TYPES[column.kind],
        primary_key=column.name in key,
        autoincrement=False,
        nullable=column.nullable,
        comment=column.words or None,
    )


def _declared(table: Table, metadata: sa.MetaData) -> sa.Table:
    """The table in SQL.

    Its key is the primary key where no part of it may be blank. A family key may: a child of no family has none. There
    a unique index stands for it, in which blanks are equal (in a plain one they all differ).
    """
    called, key = table_name(table), tuple(dict.fromkeys(("quarter", *table.key)))
    may_be_blank = any(column.nullable for column in table.columns if column.name in key)
    columns = [_column(column, () if may_be_blank else key) for column in table.columns]
    declared = sa.Table(called, metadata, *columns, comment=table.description or None)
    if may_be_blank:
        blank: sa.ColumnElement[str] = sa.literal_column("''")
        parts: list[sa.ColumnElement[Any]] = [
            sa.func.coalesce(each, blank) if each.nullable else each for each in (declared.c[name] for name in key)
        ]
        sa.Index(f"uq_{called}", *parts, unique=True)
    for indexed in _INDEXES[table]:
        sa.Index(f"ix_{called}_{'_'.join(indexed)}", *(declared.c[each] for each in indexed))
    return declared


METADATA = sa.MetaData()
SQL = {table: _declared(table, METADATA) for table in TABLES}
"""Each of `TABLES`, as it stands in the warehouse."""
DICTIONARY = sa.Table(
    "dictionary",
    METADATA,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, comment="From 1, in the toolkit's order."),
    sa.Column("column_name", sa.Text, nullable=False),
    sa.Column("code", sa.Text, comment="The toolkit's code; of a measure, the number of its indicator."),
    sa.Column("title", sa.Text, comment="The toolkit's title."),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("meaning", sa.Text),
    sa.Column("decisions", sa.Text, comment="The decisions that touch it."),
    sa.Column("value", sa.Text, comment="Of a column whose values are declared: the value that the line is about."),
    comment="What every column of the other tables means; and every measure, and every kind of scope.",
)
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("loaded_at", sa.DateTime(timezone=True), primary_key=True, comment="UTC."),
    sa.Column("quarter", sa.Date, primary_key=True, comment="First day of the quarter."),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("data_version", sa.Text, nullable=False, comment="Hash of the rows, as the lake has it."),
    sa.Column("run_id", sa.Text, nullable=False, comment="The Dagster run."),
    sa.Column("code_version", sa.Text, nullable=False),
    comment="Every load of a quarter, table by table.",
)


def meanings(toolkit: Toolkit) -> list[dict[str, object]]:
    """The rows of the dictionary: every column, then the measures and breakdowns of `indicator_values`."""
    columns: list[dict[str, object]] = [
        {
            "table_name": declared.name,
            "position": position,
            "column_name": column.name,
            "code": column.code or None,
            "title": column.title or None,
            "type": column.kind.word,
            "unit": column.unit or None,
            "meaning": column.description or None,
            "decisions": ", ".join(column.decisions) or None,
            "value": None,
        }
        for table, declared in SQL.items()
        for position, column in enumerate(table.columns, 1)
    ]
    values: list[dict[str, object]] = [
        {
            "column_name": "measure",
            "value": measure.name,
            "code": str(number),
            "title": toolkit.by_number[number].title,
            "type": type(measure.made).__name__.lower(),
            "unit": measure.unit.word,
            "meaning": measure.meaning,
            "decisions": ", ".join(measure.decisions) or None,
        }
        for (number, _), measure in toolkit.measures.items()
        if number  # the size of the cohort is not loaded
    ]
    values += [
        {
            **dict.fromkeys(("code", "title", "unit", "decisions")),
            **{"column_name": "scope", "value": f"{each.name}:...", "type": "breakdown", "meaning": each.people},
        }
        for each in toolkit.breakdowns
    ]
    first, of_figures = len(INDICATOR_VALUES.columns) + 1, {"table_name": SQL[INDICATOR_VALUES].name}
    return [*columns, *(of_figures | {"position": place} | value for place, value in enumerate(values, first))]
