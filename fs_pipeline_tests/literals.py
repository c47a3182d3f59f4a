"""Text tables as typed frames, and cases: a small world, a quarter, and what the toolkit makes of it.

A table is written as an analyst would write it: named people, dd/mm/yyyy dates, yes and no, blanks as blanks, only the
columns that matter. What the figures should be is said in the pages under `spec`, never here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd
import pytest

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.world import after_quarter, blank_later_events
from fs_pipeline.indicators.values import INDICATORS
from fs_pipeline.orchestration.catalogue import CALCULATIONS
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract, ExtractColumn
from fs_pipeline.toolkit.kinds import Kind
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline_tests import plain_run
from fs_pipeline_tests.comparing import cell

PROGRAMME = plain_run.programme_of(
    tomllib.loads((Path(__file__).parents[1] / "data" / "programme.toml").read_text(encoding="utf-8"))
)
GREEN = """
    family | person | role
    Green  | Amy    | child
    Green  | Dawn   | adult
"""
BORN = {"child": "01/05/2010", "adult": "03/03/1985"}
SINCE = "01/11/2017"
_EMPTY = {name: extract.empty() for name, extract in EXTRACTS.items()}
_WORDS = {"yes": True, "no": False, "blank": None}


class Figure(NamedTuple):
    """A figure of `indicator_values`."""

    value: float | None
    numerator: float | None
    denominator: float | None
    status: str


def lines(text: str) -> list[dict[str, str]]:
    """The rows of a table: columns separated by bars, the first line the heading."""
    head, *rows = ([part.strip() for part in line.split("|")] for line in text.strip(" \n").splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def each(text: str) -> pytest.MarkDecorator:
    """Runs a test once for each row of a table; numbers, `yes`, `no` and `blank` (None) mean what they say."""
    rows = lines(text)
    params = [pytest.param(*map(_plain, row.values()), id=", ".join(filter(None, row.values()))) for row in rows]
    return pytest.mark.parametrize(list(rows[0]), params)


def row(**columns: object) -> str:
    """A table of one row."""
    words = {True: "yes", False: "no", None: ""}
    cells = [words[value] if value is None or isinstance(value, bool) else str(value) for value in columns.values()]
    return f"{' | '.join(columns)}\n{' | '.join(cells)}"


def extract(table: Extract, text: str) -> pd.DataFrame:
    """The table's rows as a checked extract; columns that are left out hold neutral values, keys are numbered."""
    return _frame(table, _rows(table, text))


@dataclass(frozen=True)
class Case:
    """A world as at the end of a quarter; every extract is supplied, empty unless the page gives rows.

    Attributes:
        families: a table of family, person, role and, where they matter, born, upn, sex, open_to_cwd, relationship_type,
            team; `since` is the child's FS start (its one allocation) or the adult's first day of work, `until` the
            last. Left out, it is 01/11/2017 and open; a blank `since` is someone whom FS does not know.
        quarter: the quarter, October to December 2018 unless said otherwise.
        programme: the demo's settings.
    """

    families: str = GREEN
    quarter: str = "2018-Q4"
    programme: Programme = PROGRAMME
    added: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    missing: frozenset[tuple[str, str]] = frozenset()

    def given(self, table: Extract, text: str) -> Case:
        """The case with more rows of an extract; police, school and other quarter extracts by their dates."""
        return replace(
            self, added={**self.added, table.extract: [*self.added.get(table.extract, ()), *_rows(table, text)]}
        )

    def not_supplied(self, table: Extract, *quarters: str) -> Case:
        """The case without the extract's delivery of this quarter, or of the quarters named."""
        keys = {(table.extract, Quarter.parse(quarter).key) for quarter in quarters or (self.quarter,)}
        return replace(self, missing=self.missing | keys)

    def figure(self, indicator: int, measure: str, scope: str = "fs", group: str = "all") -> Figure:
        """One figure of the quarter."""
        figures = self.table(f"indicators/{INDICATORS[indicator - 1].__name__}")
        wanted = {"measure": measure, "scope": scope, "group": group, "period": "quarter"}
        for name, value in wanted.items():
            figures = figures[figures[name] == value]
        assert len(figures) == 1, f"no figure {indicator} {wanted}"
        return Figure(*(cell(figures[name].iloc[0]) for name in Figure._fields))

    def scopes(self, indicator: int) -> set[str]:
        """The scopes of an indicator's figures."""
        return set(self.table(f"indicators/{INDICATORS[indicator - 1].__name__}")["scope"])

    def person(self, person: str, family: str | None = None) -> Any:
        """A person's fields, dates as dd/mm/yyyy; the family where they have several."""
        rows = self.table("outputs/person_level")
        rows = rows[(rows["person_id"] == person) & (True if family is None else rows["family_key"] == family)]
        return _only(rows)

    def family(self, family: str) -> Any:
        """A family's fields, dates as dd/mm/yyyy."""
        rows = self.table("outputs/family_level")
        return _only(rows[rows["family_key"] == family])

    def roster(self) -> list[str]:
        """Everyone on the roster, as `family person`."""
        people = self.table("cohort/people")
        return [f"{family} {person}" for family, person in zip(people["family_key"], people["person_id"], strict=True)]

    def table(self, name: str) -> pd.DataFrame:
        """A table of the quarter by name."""
        if name not in self._made:
            wanted = {name}
            for calculation in reversed(CALCULATIONS):
                if calculation.table.name in wanted:
                    wanted |= {needed.table.name for needed in calculation.inputs}
            with pytest.MonkeyPatch.context() as only:  # a plain run of no more than the table needs
                narrowed = tuple(each_ for each_ in CALCULATIONS if each_.table.name in wanted)
                only.setattr(plain_run, "CALCULATIONS", narrowed)
                self._made.update(plain_run.run_quarter(self.extracts, self.programme, Quarter.parse(self.quarter)))
        return self._made[name]

    @cached_property
    def _made(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def extracts(self) -> dict[Quarter, dict[str, pd.DataFrame | None]]:
        """The checked extracts of every quarter: snapshots of this one, quarter extracts by the dates of their rows."""
        quarter = Quarter.parse(self.quarter)
        earliest = Quarter(self.programme.start).shifted(-self.programme.baseline_quarters)
        rows = {name: [*_of_families(name, lines(self.families)), *self.added.get(name, ())] for name in EXTRACTS}
        found: dict[Quarter, dict[str, pd.DataFrame | None]] = {}
        for each_ in min(earliest, quarter).until(quarter):
            found[each_] = {}
            for name, table in EXTRACTS.items():
                if (name, each_.key) in self.missing:
                    found[each_][name] = None
                elif not table.snapshot or each_ == quarter:
                    found[each_][name] = _as_at(each_, quarter, table, rows[name])
        return found


def _plain(text: str) -> object:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return _WORDS.get(text, text)


def _rows(table: Extract, text: str) -> list[dict[str, str]]:
    return [{_column(table, name): value for name, value in row.items()} for row in lines(text)]


def _column(table: Extract, heading: str) -> str:
    """The column of a heading: its name, also without `_id` or `_date`; `key`, `date`: the first such column."""
    names = [name for name in (heading, f"{heading}_id", f"{heading}_date") if name in table.names]
    known = {"key": table.key[:1], "date": [name for name in table.names if name.endswith("_date")]}
    return [*names, *known.get(heading, ())][0]


def _frame(table: Extract, rows: list[dict[str, str]]) -> pd.DataFrame:
    if not rows:
        return _EMPTY[table.extract]
    columns = {
        column.name: pd.array(
            [
                _cell(column, row[column.name]) if column.name in row else _neutral(table, column, number)
                for number, row in enumerate(rows, 1)
            ],
            dtype=column.kind.pandas,
        )
        for column in map(table.contract, table.names)
    }
    return table.frame(columns)


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


def _of_families(extract: str, people: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the table of families says in the words of an extract of the case management system."""
    if extract == "people":
        known = {row["person"]: row for row in people}
        kept = ("sex", "upn", "open_to_cwd", "ethnicity")
        return [
            {"person_id": person, "date_of_birth": row.get("born", BORN[row["role"]])}
            | {name: row[name] for name in kept if name in row}
            for person, row in known.items()
        ]
    if extract == "family_members":
        return [
            {"family_id": row["family"], "person_id": row["person"], "role": row["role"]}
            | {name: row[name] for name in ("relationship_type",) if name in row}
            for row in people
        ]
    found = []
    for row in people:
        person, since = row["person"], row.get("since", SINCE)
        span = {"start_date": since, "end_date": row.get("until", "")}
        if since and row["role"] == "child" and extract == "referrals":
            found.append({"referral_id": f"{person} FS", "person_id": person, "start_date": since})
        if since and row["role"] == "child" and extract == "allocations":
            named = {"allocation_id": f"{person} FS", "referral_id": f"{person} FS", "person_id": person}
            found.append({**named, "team": row.get("team", "North"), "family_safeguarding": "yes", **span})
        if since and row["role"] == "adult" and extract == "adult_involvements":
            named = {"involvement_id": f"{person} {row['family']}", "person_id": person, "family_id": row["family"]}
            found.append({**named, **span})
    return found


def _as_at(delivered: Quarter, quarter: Quarter, table: Extract, rows: list[dict[str, str]]) -> pd.DataFrame:
    """The rows of a delivery, as the checks leave them: of a snapshot pulled late, the world at the quarter end."""
    frame = _frame(table, rows)
    if table.snapshot:
        return blank_later_events(table, quarter, frame[~after_quarter(table, quarter, frame)].reset_index(drop=True))[
            0
        ]
    dates = [column.name for column in table.columns if column.kind is Kind.DATE]
    if not dates or frame.empty:
        return frame if delivered == quarter else _EMPTY[table.extract]
    days = frame[dates[0]]
    inside = (days >= pd.Timestamp(delivered.first_day)) & (days <= pd.Timestamp(delivered.last_day))
    return frame[inside].reset_index(drop=True)


def _only(rows: pd.DataFrame) -> SimpleNamespace:
    assert len(rows) == 1, f"{len(rows)} rows on the roster"
    cells = {name: cell(value) for name, value in rows.iloc[0].items()}
    return SimpleNamespace(
        **{name: f"{value:%d/%m/%Y}" if isinstance(value, date) else value for name, value in cells.items()}
    )
