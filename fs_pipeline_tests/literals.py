"""Text tables as typed frames, and cases: a small world, a quarter, and what the toolkit makes of it.

A table is written as an analyst would write it: named people, dd/mm/yyyy dates, yes and no, blanks as blanks, only the
columns that matter. What the figures should be is said in the pages under `spec`, never here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.checks.rules import after_quarter, blank_later_events
from fs_pipeline.subjects.listed import INDICATORS
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract, ExtractColumn
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.comparing import cell
from fs_pipeline_tests.ledgers import CALCULATIONS

_SETTINGS = Path(__file__).parents[1] / "data" / "programme.toml"
PROGRAMME = plain_run.programme_of(tomllib.loads(_SETTINGS.read_text(encoding="utf-8")))
EMPTY = {name: extract.empty() for name, extract in EXTRACTS.items()}
GREEN = """
    family | person | role
    Green  | Amy    | child
    Green  | Dawn   | adult
"""
_BORN = {"child": "01/05/2010", "adult": "03/03/1985"}
_WORDS = {"yes": True, "no": False, "blank": None}
_WRITTEN = {True: "yes", False: "no", None: ""}


def lines(text: str) -> list[dict[str, str]]:
    """The rows of a table: columns separated by bars, the first line the heading."""
    head, *rows = ([part.strip() for part in line.split("|")] for line in text.strip(" \n").splitlines())
    return [dict(zip(head, cells, strict=True)) for cells in rows]


def row(**columns: object) -> str:
    """A table of one row."""
    cells = [_WRITTEN[value] if value is None or isinstance(value, bool) else str(value) for value in columns.values()]
    return f"{' | '.join(columns)}\n{' | '.join(cells)}"


def each(text: str) -> pytest.MarkDecorator:
    """Runs a test once for each row of a table; numbers, `yes`, `no` and `blank` (None) mean what they say."""
    rows = lines(text)
    params = [pytest.param(*map(_plain, found.values()), id=", ".join(filter(None, found.values()))) for found in rows]
    return pytest.mark.parametrize(list(rows[0]), params)


def extract(table: Extract, *texts: str, people: str = "") -> pd.DataFrame:
    """The tables as one checked extract; columns left out hold neutral values. `people` are the families of a Case."""
    rows = [{_column(table, name): value for name, value in line.items()} for text in texts for line in lines(text)]
    rows = [*_of_families(table.extract, lines(people)), *rows] if people else rows
    if not rows:
        return EMPTY[table.extract]
    values = {
        column.name: [
            _cell(column, line[column.name]) if column.name in line else _neutral(table, column, number)
            for number, line in enumerate(rows, 1)
        ]
        for column in map(table.contract, table.names)
    }
    return typed(table, values)


def typed(table: Extract, values: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """The columns as the extract's frame; None is a blank."""
    kinds = {column.name: column.kind.pandas for column in table.columns}
    return table.frame({name: pd.array(list(cells), dtype=kinds[name]) for name, cells in values.items()})


class Figure(NamedTuple):
    """A figure of `indicator_values`."""

    value: float | None
    numerator: float | None
    denominator: float | None
    status: str


@dataclass(frozen=True)
class Fields:
    """A person's or a family's fields, as attributes; dates as dd/mm/yyyy."""

    case: Case
    tables: tuple[str, ...]
    key: tuple[tuple[str, str], ...]

    def __getattr__(self, field: str) -> Any:
        names = [name for name, columns in _COLUMNS.items() if field in columns and name.startswith(self.tables)]
        value = self.case.row(names[0], **dict(self.key))[field]
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


@dataclass(frozen=True)
class Case:
    """A world as at the end of a quarter; every extract is supplied, empty unless the page gives rows.

    Attributes:
        families: a table of family, person, role and, where they matter, born, upn, open_to_cwd, relationship_type,
            team; `since` is the child's FS start (its one allocation) or the adult's first day of work, `until` the
            last. Left out, it is 01/11/2017 and open; a blank `since` is someone whom FS does not know.
        quarter: the quarter, October to December 2018 unless said otherwise.
        programme: the demo's settings.
        tables: further rows, by extract.
        missing: the deliveries that are not supplied, by extract and quarter.
    """

    families: str = GREEN
    quarter: str = "2018-Q4"
    programme: Programme = PROGRAMME
    tables: tuple[tuple[str, str], ...] = ()
    missing: frozenset[tuple[str, Quarter]] = frozenset()

    def given(self, table: Extract, text: str) -> Case:
        """The case with more rows of an extract; police, school and other quarter extracts go by their dates."""
        return replace(self, tables=(*self.tables, (table.extract, text)))

    def not_supplied(self, table: Extract, *quarters: str) -> Case:
        """The case without the extract's delivery of this quarter, or of the quarters named."""
        gone = {(table.extract, Quarter.parse(quarter)) for quarter in quarters or (self.quarter,)}
        return replace(self, missing=self.missing | gone)

    def figure(
        self, indicator: int, measure: str, scope: str = "fs", group: str = "all", period: str = "quarter"
    ) -> Figure:
        """One figure of the quarter, or of the period `baseline` or `follow_up` that belongs to it."""
        table = _TWELVE_MONTHS.get(period) or _figures(indicator)
        found = self.row(table, measure=measure, scope=scope, group=group, period=period)
        return Figure(*(found[part] for part in Figure._fields))

    def scopes(self, indicator: int, period: str = "quarter") -> set[str]:
        """The scopes of an indicator's figures, of the quarter or of another period."""
        return set(_made(self, _TWELVE_MONTHS.get(period) or _figures(indicator))["scope"])

    def person(self, person: str, family: str | None = None) -> Fields:
        """A person's fields; in one family where they have several."""
        key = (("person_id", person), *((("family_key", family),) if family else ()))
        return Fields(self, ("cohort/people", "fields/"), key)

    def family(self, family: str) -> Fields:
        """A family's fields."""
        return Fields(self, ("cohort/families", "outputs/family_level"), (("family_key", family),))

    def roster(self) -> list[str]:
        """Everyone on the roster, as `family person`."""
        people = _made(self, "cohort/people")
        return [" ".join(pair) for pair in zip(people["family_key"], people["person_id"], strict=True)]

    def table(self, table: str) -> pd.DataFrame:
        """A table of the quarter."""
        return _made(self, table)

    def row(self, table: str, **key: str) -> dict[str, Any]:
        """The only row of a table with that key."""
        rows = _made(self, table)
        rows = rows[(rows[list(key)] == list(key.values())).all(axis="columns")]
        assert len(rows) == 1, f"{len(rows)} rows of {table} for {key}"
        return {name: cell(value) for name, value in rows.iloc[0].items()}

    def extracts(self) -> plain_run.Checked:
        """The checked extracts of every quarter: snapshots of this one, quarter extracts by the dates of their rows."""
        quarter = Quarter.parse(self.quarter)
        given = {name: [text for of, text in self.tables if of == name] for name in EXTRACTS}
        rows = {name: extract(table, *given[name], people=self.families) for name, table in EXTRACTS.items()}
        first = Quarter(self.programme.start).shifted(-self.programme.baseline_quarters)
        return {
            delivered: {
                name: None if (name, delivered) in self.missing else delivery(table, rows[name], delivered, quarter)
                for name, table in EXTRACTS.items()
                if delivered == quarter or not table.snapshot
            }
            for delivered in min(first, quarter).until(quarter)
        }


_TWELVE_MONTHS = {"baseline": "indicators/twelve_months_before", "follow_up": "indicators/twelve_months_after"}
_COLUMNS = {made.table.name: made.table.names for made in CALCULATIONS}


def _figures(indicator: int) -> str:
    return f"indicators/{INDICATORS[indicator - 1].__name__}"


@cache
def _tables(case: Case) -> dict[str, pd.DataFrame]:
    """What has been made of the case so far."""
    return {}


def _made(case: Case, table: str) -> pd.DataFrame:
    """A table of the case's quarter, by a plain run of no more than the table needs."""
    made_before = _tables(case)
    if table in made_before:
        return made_before[table]
    wanted = {table}
    for made in reversed(CALCULATIONS):
        wanted |= {read.table.name for read in made.inputs if made.table.name in wanted}
    needed = [made for made in CALCULATIONS if made.table.name in wanted]
    made_before |= plain_run.run_quarter(case.extracts(), case.programme, Quarter.parse(case.quarter), needed)
    return made_before[table]


def delivery(table: Extract, rows: pd.DataFrame, delivered: Quarter, quarter: Quarter) -> pd.DataFrame:
    """The rows of a delivery, as the checks leave them; of a snapshot pulled late, the world at the quarter end."""
    if rows.empty:
        return rows
    if table.snapshot:
        return blank_later_events(table, quarter, rows[~after_quarter(table, quarter, rows)].reset_index(drop=True))[0]
    dated = [rows[column.name] for column in table.columns if column.kind is Kind.DATE]
    if not dated:
        return rows if delivered == quarter else EMPTY[table.extract]
    return rows[dated[0].between(pd.Timestamp(delivered.first_day), pd.Timestamp(delivered.last_day))]


def _of_families(name: str, people: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """What a case's families are in the words of an extract of the case management system."""
    if name == "people":
        people = list({line["person"]: line for line in people}.values())
    for line in people:
        person, family, is_child = line["person"], line["family"], line["role"] == "child"
        since = line.get("since", "01/11/2017")
        own = {column.name: line[column.name] for column in EXTRACTS[name].columns if column.name in line}
        own |= {EXTRACTS[name].key[0]: f"{person} {family}", "person_id": person}
        worked = own | {"start_date": since, "end_date": line.get("until", "")}
        if name == "people":
            yield own | {"date_of_birth": line.get("born", _BORN[line["role"]])}
        elif name == "family_members":
            yield own | {"family_id": family}
        elif name == "referrals" and since and is_child:
            yield own | {"start_date": since}
        elif name == "allocations" and since and is_child:
            fs = {"referral_id": f"{person} {family}", "family_safeguarding": "yes"}
            yield {"team": "North"} | worked | fs
        elif name == "adult_involvements" and since and not is_child:
            yield worked | {"family_id": family}


def _column(table: Extract, heading: str) -> str:
    """The column of a heading: its name, also without `_id` or `_date`; `key`, `date`: the first such column."""
    names = [name for name in (heading, f"{heading}_id", f"{heading}_date") if name in table.names]
    known = {"key": table.key[:1], "date": [name for name in table.names if name.endswith("_date")]}
    return [*names, *known.get(heading, ())][0]


def _plain(text: str) -> object:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return _WORDS.get(text, text)


def _cell(column: ExtractColumn, text: str) -> object:
    if text == "":
        return None
    if column.kind is Kind.DATE:
        return datetime.strptime(text, "%d/%m/%Y")
    return {Kind.INT: int, Kind.FLOAT: float, Kind.BOOL: _WORDS.__getitem__, Kind.STRING: str}[column.kind](text)


def _neutral(table: Extract, column: ExtractColumn, number: int) -> object:
    """The value of a column that the page leaves out."""
    if column.name == table.key[0] and not column.codes:
        return f"{number:02}"
    if column.nullable:
        return None
    if column.kind is Kind.DATE:
        raise ValueError(f"{table.extract} needs {column.name}")
    return {Kind.INT: 0, Kind.FLOAT: 0.0, Kind.BOOL: False, Kind.STRING: next(iter(column.codes), "1")}[column.kind]
