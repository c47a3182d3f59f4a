"""The tables of the reporting database: the four outputs, a dictionary of them, and an audit of loads.

What the columns are is declared in the toolkit; here they are said in SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL
from fs_pipeline.toolkit.tables import Kind, Table
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


def _declared(table: Table, metadata: sa.MetaData) -> sa.Table:
    """The table in SQL.

    Its key is the primary key where no part of it may be blank. A family key may: a child of no family has none. There
    a unique index stands for it, in which blanks are equal (in a plain one they all differ).
    """
    called, key = table_name(table), tuple(dict.fromkeys(("quarter", *table.key)))
    may_be_blank = any(column.nullable for column in table.columns if column.name in key)
    columns = [
        sa.Column(
            column.name,
            _TYPES[column.kind],
            primary_key=column.name in key and not may_be_blank,
            autoincrement=False,
            nullable=column.nullable,
            comment=column.words or None,
        )
        for column in table.columns
    ]
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
    """The rows of the dictionary: every column, then the values of `measure` and `scope`, in the toolkit's order.

    The measures of `before_after` are in the words of the twelve months. The cohort's size is not loaded.
    """
    columns = (
        (of, each.name, each.code, each.title, each.kind.word, each.unit, each.description, each.decisions, "")
        for of in TABLES
        for each in of.columns
    )
    measures = [(INDICATOR_VALUES, number, each) for (number, _), each in toolkit.measures.items() if number]
    measures += [
        (BEFORE_AFTER, indicator.number, each)
        for indicator in toolkit.twelve_months
        if indicator.number in toolkit.by_number
        for each in indicator.measures
    ]
    of_measures = (
        (
            *(of, "measure", str(number), toolkit.by_number[number].title, type(each.made).__name__.lower()),
            *(each.unit.word, each.meaning, each.decisions, each.name),
        )
        for of, number, each in measures
    )
    scopes = (
        (INDICATOR_VALUES, "scope", "", "", "breakdown", "", each.people, (), f"{each.name}:...")
        for each in toolkit.breakdowns
    )
    rows: list[dict[str, object]] = []
    positions = Counter[Table]()
    for of, name, code, title, kind, unit, meaning, decisions, value in (*columns, *of_measures, *scopes):
        positions[of] += 1
        blank = code, title, kind, unit, meaning, ", ".join(decisions), value
        cells = SQL[of].name, positions[of], name, *(each or None for each in blank)
        rows.append(dict(zip(DICTIONARY.columns.keys(), cells, strict=True)))
    return rows
