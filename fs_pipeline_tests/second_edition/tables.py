"""Text tables as a world: what an analyst would write on a page, for the oracle's tests.

Named people, dd/mm/yyyy dates, yes and no, blanks as blanks, only the columns that matter. Snapshots are the same in
every quarter (what is later than a quarter's end had not happened yet); dated rows go to the quarter of their date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import pytest

from fs_pipeline_tests.second_edition.before_after import before_and_after
from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.oracle import indicator_values, person_level
from fs_pipeline_tests.second_edition.roster import case_of
from fs_pipeline_tests.second_edition.terms import Row, World, add_months, quarter_first

COLUMNS = {
    "people": "person_id sex date_of_birth:d ethnicity upn open_to_cwd:b area",
    "family_members": "family_id person_id role relationship_type",
    "referrals": "referral_id person_id start_date:d end_date:d category_of_need",
    "allocations": "allocation_id person_id referral_id worker_id team family_safeguarding:b start_date:d end_date:d",
    "adult_involvements": "involvement_id person_id family_id discipline status worker_id start_date:d end_date:d",
    "cp_plans": "cp_plan_id person_id start_date:d end_date:d category",
    "care_periods": "care_period_id person_id start_date:d end_date:d uasc:b",
    "care_proceedings": "proceedings_id person_id issued_date:d concluded_date:d outcome",
    "attendance": "upn school_urn date_from:d date_to:d sessions_possible:i sessions_authorised:i"
    " sessions_unauthorised:i",
    "absence_reasons": "upn school_urn date_from:d code sessions:i",
    "health_activity": "measure age_group people_in_cohort:i cohort period people_with_event:n events:n percentage:f",
    "substance_treatments": "treatment_id person_id assessment_date:d assessment_outcome start_date:d closure_date:d"
    " closure_reason",
    "top_forms": "form_id treatment_id person_id form_date:d stage substance_use:f psychological_health:f"
    " physical_health:f employment:f quality_of_life:f",
    "mental_health_scores": "score_id episode_id person_id score_date:d stage phq9:i gad7:i",
    "police_incidents": "incident_id person_id incident_date:d role crime:b domestic_abuse:b",
    "marac_referrals": "marac_id person_id referral_date:d",
    "da_programmes": "programme_id person_id participant start_date:d end_date:d outcome",
    "lsir_assessments": "assessment_id episode_id person_id assessment_date:d stage score:i",
    "caseloads": "worker_id team discipline mode cases:i hours:f",
    "waiting_lists": "team discipline people_waiting:i",
    "expert_reports": "report_id family_id report_date:d accepted:b internal_hours:f",
    "people_asked": "supplier person_id history:b",
}
"""Extract -> its columns in the order of the contract; :d date, :b yes or no, :i and :f numbers, :n number or *."""
COLUMNS["police_history"] = COLUMNS["police_incidents"]
COLUMNS["marac_history"] = COLUMNS["marac_referrals"]
COLUMNS["attendance_history"] = COLUMNS["attendance"]

NEUTRAL = {"b": False, "i": 0}
DEFAULTS = {
    "sex": "F",
    "team": "North",
    "family_safeguarding": True,
    "discipline": "social_work",
    "status": "allocated",
    "school_urn": "100001",
    "stage": "review",
}
BLANK = ("hours", "internal_hours", "people_with_event", "events", "percentage", "phq9", "gad7", "history")
DATED = {
    "attendance": "date_from",
    "absence_reasons": "date_from",
    "police_incidents": "incident_date",
    "marac_referrals": "referral_date",
    "expert_reports": "report_date",
}
UNDATED = ("health_activity", "caseloads", "waiting_lists")
HISTORIES = ("police_history", "marac_history", "attendance_history")
SNAPSHOTS = tuple(name for name in COLUMNS if name not in (*DATED, *UNDATED, *HISTORIES, "people_asked"))
SETTINGS: dict[str, Any] = {
    "authority": {"name": "Invented Borough", "code": "999"},
    "programme": {"start": date(2017, 10, 1), "baseline_quarters": 4, "exclude_cwd_children": True},
    "cohorts": {
        "1": [date(2017, 10, 1), date(2017, 12, 31)],
        "2": [date(2018, 1, 1), date(2018, 3, 31)],
        "3": [date(2018, 10, 1), date(2018, 12, 31)],
        "4": [date(2019, 1, 1), date(2019, 3, 31)],
    },
    "coverage": {"police": "everyone", "marac": "everyone", "education": "everyone"},
    "costs": {"external_expert_report": 3000.0, "internal_hour": 60.0},
}
FIRST_SUPPLIED = date(2015, 10, 1)


def day(text: str) -> date:
    """A day from dd/mm/yyyy."""
    return datetime.strptime(text, "%d/%m/%Y").date()


def quarter_of(text: str) -> date:
    """A quarter's first day from 2018-Q4."""
    year, number = text.split("-Q")
    return date(int(year), 3 * int(number) - 2, 1)


def lines(text: str) -> list[dict[str, str]]:
    """The rows of a table: columns separated by bars, the first line the heading."""
    head, *rows = ([part.strip() for part in line.split("|")] for line in text.strip(" \n").splitlines())
    return [dict(zip(head, cells, strict=True)) for cells in rows]


def plain(text: str) -> Any:
    """A number, yes, no or blank (None); any other text stays."""
    words = {"yes": True, "no": False, "blank": None}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def each(text: str) -> pytest.MarkDecorator:
    """Runs a test once for each row of a table."""
    rows = lines(text)
    params = [pytest.param(*map(plain, row.values()), id=", ".join(filter(None, row.values()))) for row in rows]
    return pytest.mark.parametrize(list(rows[0]), params)


def cell(kind: str, text: str) -> Any:
    """A cell of an extract as its kind."""
    if text == "":
        return None
    if kind == "d":
        return day(text)
    if kind == "n":
        return text if text == "*" else int(text)
    return {"b": lambda: text == "yes", "i": lambda: int(text), "f": lambda: float(text)}.get(kind, lambda: text)()


def headings(extract: str, name: str) -> list[str]:
    """What a table may call a column: its name, also without `_id`, `_date` or `sessions_`; `date` for the only one."""
    columns = [word.partition(":")[0] for word in COLUMNS[extract].split()]
    base = name.removesuffix("_date")
    found = [name, name.removesuffix("_id"), name.removeprefix("sessions_")]
    found += [base] if f"{base}_id" not in columns else []
    return found + (["date"] if [c for c in columns if c.endswith("_date")] == [name] else [])


def typed(extract: str, texts: list[str]) -> list[Row]:
    """The tables as rows of an extract; columns left out hold neutral values, keys number the rows."""
    found = []
    for number, line in enumerate([line for text in texts for line in lines(text)], 1):
        row: Row = {}
        for position, word in enumerate(COLUMNS[extract].split()):
            name, _, kind = word.partition(":")
            heading = next((h for h in headings(extract, name) if h in line), None)
            if heading is not None:
                row[name] = cell(kind, line[heading])
            elif position == 0 and extract not in ("health_activity", "waiting_lists"):
                row[name] = f"{number:02}"
            else:
                row[name] = None if name in BLANK else DEFAULTS.get(name, NEUTRAL.get(kind))
        found.append(row)
    return found


class Figure(NamedTuple):
    """A figure of indicator_values."""

    value: float | None
    numerator: float | None
    denominator: float | None
    status: str
    reason: str | None


@dataclass(frozen=True)
class Story:
    """A small world and a quarter.

    `families` is a table of family, person, role and, where they matter, born, upn, cwd, sex, ethnicity, area, team,
    discipline, relationship. A child's `since` is its referral and one FS allocation, an adult's an involvement, to
    `until`; a blank `since`: none.
    """

    families: str
    quarter: str = "2018-Q4"
    tables: tuple[tuple[str, str, str], ...] = ()
    missing: frozenset[tuple[str, str]] = frozenset()
    settings: tuple[tuple[str, str, Any], ...] = ()
    deliveries: tuple[tuple[str, int, int], ...] = ()

    def given(self, extract: str, text: str, quarter: str = "") -> Story:
        """More rows of an extract; of a history, a list of people asked or an undated extract, of a quarter."""
        return replace(self, tables=(*self.tables, (extract, text, quarter or self.quarter)))

    def without(self, extract: str, *quarters: str) -> Story:
        """Without the extract in this quarter, or in the quarters named."""
        return replace(self, missing=self.missing | {(extract, q) for q in quarters or (self.quarter,)})

    def where(self, part: str, key: str, value: Any) -> Story:
        """With another setting of programme.toml."""
        return replace(self, settings=(*self.settings, (part, key, value)))

    def asked(self, *suppliers: str) -> Story:
        """With suppliers who are asked about the roster's people."""
        story = self
        for supplier in suppliers or ("police", "marac"):
            story = story.where("coverage", supplier, "asked")
        return story

    def in_quarter(self, quarter: str) -> Story:
        """The same story as another quarter sees it."""
        return replace(self, quarter=quarter)

    def delivered(self, extract: str, rows: int, left_out: int) -> Story:
        """With so many rows delivered in this quarter, and left out of them."""
        return replace(self, deliveries=(*self.deliveries, (extract, rows, left_out)))

    @property
    def programme(self) -> dict[str, Any]:
        """The settings."""
        found = {part: dict(values) for part, values in SETTINGS.items()}
        for part, key, value in self.settings:
            found.setdefault(part, {})[key] = value
        return found

    @cached_property
    def world(self) -> World:
        """Every quarter's extracts."""
        last = quarter_of(self.quarter)
        base = self.of_families()
        rows = {
            name: typed(name, base.get(name, []) + [text for of, text, _ in self.tables if of == name])
            for name in COLUMNS
            if name not in (*HISTORIES, "people_asked")
        }
        found: World = {}
        quarter = FIRST_SUPPLIED
        while quarter <= last:
            supply: dict[str, list[Row] | None] = {}
            for name, column in DATED.items():
                supply[name] = [row for row in rows[name] if quarter_first(row[column]) == quarter]
            for name in UNDATED:
                supply[name] = rows[name] if quarter == last else []
            for name in (*HISTORIES, "people_asked"):
                own = [text for of, text, of_quarter in self.tables if of == name and quarter_of(of_quarter) == quarter]
                supply[name] = typed(name, own) if own or name != "people_asked" else None
            if quarter >= self.programme["programme"]["start"]:
                supply |= {name: rows[name] for name in SNAPSHOTS}
            for name, gone in self.missing:
                if gone == "always" or quarter_of(gone) == quarter:
                    supply[name] = None
            found[quarter] = supply
            quarter = add_months(quarter, 3)
        return found

    def of_families(self) -> dict[str, list[str]]:
        """The case management system's extracts, of the table of families."""
        found: dict[str, list[str]] = {}

        def add(extract: str, **cells: str) -> None:
            found.setdefault(extract, []).append(f"{' | '.join(cells)}\n{' | '.join(cells.values())}")

        people = set()
        for line in lines(self.families):
            family, person, is_child = line["family"], line["person"], line["role"] == "child"
            since, until = line.get("since", "01/11/2017"), line.get("until", "")
            if person not in people:
                people.add(person)
                born = line.get("born", "01/05/2010" if is_child else "03/03/1985")
                own = {key: line[key] for key in ("upn", "sex", "ethnicity", "area") if key in line}
                add("people", person=person, date_of_birth=born, open_to_cwd=line.get("cwd", "no"), **own)
            if family:
                kind = line.get("relationship", "")
                add("family_members", family=family, person=person, role=line["role"], relationship_type=kind)
            if since and is_child:
                key = f"{person} {since}"
                add("referrals", referral_id=key, person=person, start=since, end="")
                own = {"team": line["team"]} if "team" in line else {}
                add("allocations", allocation_id=key, person=person, referral_id=key, start=since, end=until, **own)
            elif since:
                own = {"discipline": line["discipline"]} if "discipline" in line else {}
                add("adult_involvements", person=person, family=family, start=since, end=until, **own)
        return found

    @cached_property
    def case(self) -> Case:
        """The quarter, laid out."""
        quarter = quarter_of(self.quarter)
        deliveries = {(quarter, extract): (rows, left_out) for extract, rows, left_out in self.deliveries}
        return case_of(self.world, self.programme, quarter, deliveries)

    @cached_property
    def levels(self) -> tuple[list[Row], list[Row]]:
        """Person level and family level."""
        return person_level(self.case)

    @cached_property
    def values(self) -> list[Row]:
        """The rows of indicator_values."""
        return indicator_values(self.case)

    @cached_property
    def compared(self) -> list[Row]:
        """The rows of before_after."""
        return before_and_after(self.world, self.programme, quarter_of(self.quarter))

    def roster(self) -> list[str]:
        """Everyone on the roster, as `family person`."""
        return sorted(f"{row.family_id or '-'} {row.person_id}" for row in self.case.members)

    def person(self, person: str, family: str | None = None) -> Row:
        """A person's fields, dates as dd/mm/yyyy; of one family where they have several rows."""
        rows = [row for row in self.levels[0] if row["person_id"] == person and family in (None, row["family_key"])]
        (found,) = rows
        return shown(found)

    def family(self, family: str) -> Row:
        """A family's fields, dates as dd/mm/yyyy."""
        (found,) = [row for row in self.levels[1] if row["family_key"] == family]
        return shown(found)

    def figure(
        self, indicator: int, measure: str, scope: str = "fs", group: str = "all", period: str = "quarter"
    ) -> Figure:
        """One figure of the quarter."""
        key = (indicator, measure, scope, group, period)
        names = ("indicator", "measure", "scope", "group", "period")
        rows = [row for row in self.values if tuple(row[name] for name in names) == key]
        assert len(rows) == 1, f"{len(rows)} rows for {key}"
        return Figure(*(rows[0][name] for name in Figure._fields))

    def value(
        self, indicator: int, measure: str, scope: str = "fs", group: str = "all", period: str = "quarter"
    ) -> float | None:
        """The value of a figure."""
        return self.figure(indicator, measure, scope, group, period).value

    def scopes(self, indicator: int, measure: str, period: str = "quarter") -> list[str]:
        """The scopes in which a measure is given."""
        return sorted(
            {
                r["scope"]
                for r in self.values
                if (r["indicator"], r["measure"], r["period"]) == (indicator, measure, period)
            }
        )

    def before_after(self, measure: str, scope: str = "fs") -> Row:
        """A row of before_after."""
        (found,) = [row for row in self.compared if (row["measure"], row["scope"]) == (measure, scope)]
        return found


def shown(row: Row) -> Row:
    """A row with its dates as dd/mm/yyyy."""
    return {name: f"{value:%d/%m/%Y}" if isinstance(value, date) else value for name, value in row.items()}
