"""A large invented authority, region or nation, written straight into a lake as checked extracts.

Vectorised: two million people take minutes, not days. Numbers are plausible (how many plans a child has, how heavy the
tail of police incidents is, how the roster grows over the quarters), stories are not: nothing here follows a household.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import repeated
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake, Origin
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.programme import CohortWindow, Programme

COUNCIL, REGION, NATION = 10_000, 200_000, 2_000_000
SIZES = {"council": COUNCIL, "region": REGION, "nation": NATION}
BASELINE_QUARTERS = 4
START = Quarter(date(2017, 10, 1))
_NAT = np.datetime64("NaT", "D")
_ENDS = {  # what had not happened yet while the day in the key is to come (Z06)
    "end_date": ("outcome",),
    "concluded_date": ("outcome",),
    "closure_date": ("closure_reason",),
}

PROGRAMME = Programme(
    authority_name="Invented",
    authority_code="999",
    start=START.first_day,
    baseline_quarters=BASELINE_QUARTERS,
    exclude_cwd_children=True,
    cohorts=tuple(
        CohortWindow(str(number), Quarter.parse(text).first_day, Quarter.parse(text).last_day)
        for number, text in enumerate(("2017-Q4", "2018-Q1", "2018-Q4", "2019-Q1", "2019-Q4", "2020-Q1"), 1)
    ),
    external_expert_report=3000.0,
    internal_hour=60.0,
)


@dataclass
class World:
    """Everyone, and what ever happened to them, as columns; events of the quarters are drawn when they are asked for.

    `people` is about how many stand on the roster in the last of the `quarters` from the programme's start.
    """

    people: int
    quarters: int
    seed: int = 1
    tables: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = np.random.default_rng(self.seed)
        self.last = START.shifted(self.quarters - 1)
        self._households()
        self._children()
        self._adults()

    # Who there is

    def _households(self) -> None:
        """Families in FS (1 to 5 children, 2 adults) and a quarter as many children besides who are not."""
        chance = self._chance
        families = max(self.people * 10 // 45, 3)
        in_fs = np.arange(families) < families * 4 // 5
        children, adults = 1 + chance.binomial(4, 0.42, families), 1 + chance.binomial(2, 0.42, families)
        self.fs_start = _days(chance, START.start, self.last.end, families)
        family_of_child, _ = repeated(children)
        family_of_adult, _ = repeated(adults)
        self.children, self.adults = len(family_of_child), len(family_of_adult)
        size = self.children + self.adults
        self.person = _ids("P", chance.permutation(size))
        self.family = _ids("F", chance.permutation(families))
        self.family_of_child, self.family_of_adult, self.in_fs = family_of_child, family_of_adult, in_fs
        self.team = _ids("FS Team ", np.arange(max(3, self.people // 5000)), 3)
        born = self.fs_start[family_of_child] - chance.integers(-60, 17 * 365, self.children)
        self.born = born
        age = (self.fs_start[family_of_child] - born).astype(np.int64) / 365
        self.upn = np.array(_ids("A", chance.permutation(10 * size)[: self.children], 12), dtype=object)
        self.upn[(age < 4) | (chance.random(self.children) < 0.05)] = None
        self.known_since = np.concatenate([self.fs_start[family_of_child], self.fs_start[family_of_adult]]) - 400

        grown = self.fs_start[family_of_adult] - chance.integers(17 * 365, 55 * 365, self.adults)
        births = np.concatenate([born, grown])
        births[chance.random(size) < 0.01] = _NAT
        self.tables["people"] = {
            "person_id": self.person,
            "sex": chance.choice(np.array(["M", "F", "U"]), size, p=[0.49, 0.49, 0.02]),
            "date_of_birth": births,
            "ethnicity": chance.choice(np.array(["WBRI", "WOTH", "AIND", "BAFR", "MWBC"]), size),
            "upn": np.concatenate([self.upn, np.full(self.adults, None)]),
            "open_to_cwd": (chance.random(size) < 0.03) & (np.arange(size) < self.children),
        }
        twice = chance.choice(self.adults, self.adults // 30, replace=False)  # adults of another family as well
        other = (family_of_adult[twice] + 1 + chance.integers(0, families - 1, len(twice))) % families
        adult = self.children + np.arange(self.adults)
        member = np.concatenate([np.arange(self.children), adult, adult[twice]])
        family = np.concatenate([family_of_child, family_of_adult, other])
        kinship = chance.choice(np.array(["Mother", "Father", "Step-parent", "Grandparent"], dtype=object), len(member))
        self.tables["family_members"] = {
            "family_id": self.family.take(family),
            "person_id": self.person.take(member),
            "role": np.where(member < self.children, "child", "adult"),
            "relationship_type": np.where(member < self.children, None, kinship),
        }
        self._member_since = self.fs_start[family] - 400
        self._adult, self._adult_family = member[self.children :] - self.children, family[self.children :]

    # What happens to children

    def _children(self) -> None:
        chance, start = self._chance, self.fs_start[self.family_of_child]
        in_fs = self.in_fs[self.family_of_child]
        earlier, again = chance.poisson(0.6, self.children), in_fs & (chance.random(self.children) < 0.08)
        child, nth = repeated(earlier + 1 + again)
        current, returns = nth == earlier[child], nth > earlier[child]
        opened = start[child] - chance.integers(0, 21, len(child))
        opened[~current] -= chance.integers(60, 1500, (~current).sum())
        opened[returns] = start[child[returns]] + chance.integers(200, 500, returns.sum())
        closed = _ended(chance, opened, 260, 0.2)
        self.tables["referrals"] = {
            "referral_id": _ids("R", np.arange(len(child))),
            "person_id": self.person.take(child),
            "start_date": opened,
            "end_date": closed,
            "category_of_need": chance.choice(np.array([f"N{number}" for number in range(10)]), len(child)),
        }
        referral, nth = repeated(1 + chance.binomial(2, 0.4, len(child)))
        is_fs = in_fs[child[referral]] & (current | returns)[referral] & (chance.random(len(referral)) < 0.85)
        is_fs |= (nth == 0) & in_fs[child[referral]] & current[referral]
        begun = np.where(nth == 0, start[child[referral]], opened[referral] + chance.integers(0, 120, len(referral)))
        begun = np.where(current[referral], begun, opened[referral] + nth * 30)
        self.tables["allocations"] = {
            "allocation_id": _ids("L", np.arange(len(referral))),
            "person_id": self.person.take(child[referral]),
            "referral_id": self.tables["referrals"]["referral_id"].take(referral),
            "worker_id": _ids("W", chance.integers(0, 10 + self.people // 60, len(referral)), 5),
            "team": np.where(is_fs, self.team.take(self.family_of_child[child[referral]] % len(self.team)), "Duty"),
            "family_safeguarding": is_fs,
            "start_date": begun,
            "end_date": _ended(chance, begun, 240, 0.15),
        }
        self._spells("cp_plans", "cp_plan_id", 0.5, 0.35, 250, "category", np.array(["NEG", "PHY", "EMO", "MUL"]))
        self._spells("care_periods", "care_period_id", 0.18, 0.2, 420, "uasc", np.array([False] * 30 + [True]))
        self._proceedings()

    def _spells(self, name: str, key: str, share: float, more: float, length: int, column: str, values: object) -> None:
        """Spans of some of the children: `share` have any, and `more` on top of the first."""
        chance = self._chance
        has = chance.random(self.children) < share
        child, _ = repeated(has * (1 + chance.poisson(more, self.children)))
        opened = self.fs_start[self.family_of_child[child]] + chance.integers(-1100, 550, len(child))
        self.tables[name] = {
            key: _ids(key[0].upper(), np.arange(len(child))),
            "person_id": self.person.take(child),
            "start_date": opened,
            "end_date": _ended(chance, opened, length, 0.1),
            column: chance.choice(values, len(child)),
        }

    def _proceedings(self) -> None:
        """Cases of all children of a family together."""
        chance = self._chance
        case = np.cumsum(chance.random(len(self.in_fs)) < 0.08)
        child = np.flatnonzero(np.diff(case, prepend=0)[self.family_of_child] > 0)
        family = self.family_of_child[child]
        issued = self.fs_start + chance.integers(-200, 500, len(self.in_fs))
        concluded = _ended(chance, issued[family], 200, 0.1)
        self.tables["care_proceedings"] = {
            "proceedings_id": _ids("C", case[family]),
            "person_id": self.person.take(child),
            "issued_date": issued[family],
            "concluded_date": concluded,
            "outcome": np.where(np.isnat(concluded), None, "Care order").astype(object),
        }

    # What happens to adults

    def _adults(self) -> None:
        chance = self._chance
        row, _ = repeated(chance.binomial(3, 0.55, len(self._adult)))
        begun = self.fs_start[self._adult_family[row]] + chance.integers(-30, 200, len(row))
        self.tables["adult_involvements"] = {
            "involvement_id": _ids("I", np.arange(len(row))),
            "person_id": self.person.take(self.children + self._adult[row]),
            "family_id": self.family.take(self._adult_family[row]),
            "discipline": chance.choice(np.array(["mental_health", "substance_misuse", "domestic_abuse"]), len(row)),
            "status": chance.choice(np.array(["allocated", "awaiting_allocation"]), len(row), p=[0.85, 0.15]),
            "worker_id": _ids("W", chance.integers(0, 10 + self.people // 60, len(row)), 5),
            "start_date": begun,
            "end_date": _ended(chance, begun, 200, 0.15),
        }
        adult, since = self._some_adults(0.3, 0.5)
        assessed = since + chance.integers(-200, 900, len(adult))
        outcome = chance.choice(np.array(["treatment", "non_engagement", "pending"], dtype=object), len(adult))
        started = np.where(outcome == "treatment", assessed + chance.integers(0, 40, len(adult)), _NAT)
        closed = _ended(chance, started, 180, 0.15)
        reasons = np.array(["completed", "dropped_out", "transferred", "declined", "other"], dtype=object)
        reason = chance.choice(reasons, len(adult), p=[0.5, 0.25, 0.1, 0.1, 0.05])
        self.tables["substance_treatments"] = {
            "treatment_id": _ids("T", np.arange(len(adult))),
            "person_id": self._adult_ids(adult),
            "assessment_date": assessed,
            "assessment_outcome": outcome,
            "start_date": started,
            "closure_date": closed,
            "closure_reason": np.where(np.isnat(closed), None, reason),
        }
        treatment = np.flatnonzero(~np.isnat(started))
        top = {
            name: (highest, 0.04)
            for name, highest in (
                ("substance_use", 28), ("psychological_health", 20), ("physical_health", 20), ("employment", 28),
                ("quality_of_life", 20),
            )
        }  # fmt: skip
        self._forms("top_forms", "form_id", "treatment_id", "form_date", ("start", "review", "exit"), top,
                    adult[treatment], started[treatment], self.tables["substance_treatments"]["treatment_id"].take(treatment))  # noqa: E501  # fmt: skip
        adult, since = self._some_adults(0.25, 0.3)
        self._forms("mental_health_scores", "score_id", "episode_id", "score_date", ("initial", "interim", "end"),
                    {"phq9": (27, 0.1), "gad7": (21, 0.1)}, adult, since, _ids("E", np.arange(len(adult))))  # fmt: skip
        adult, since = self._some_adults(0.12, 0.2)
        self._forms("lsir_assessments", "assessment_id", "episode_id", "assessment_date", ("initial", "review", "end"),
                    {"score": (54, 0)}, adult, since, _ids("E", np.arange(len(adult))))  # fmt: skip
        adult, since = self._some_adults(0.15, 0.2)
        begun = since + chance.integers(-100, 700, len(adult))
        ended = _ended(chance, begun, 120, 0.1)
        outcomes = np.array(["completed", "dropped_out", "withdrawn"], dtype=object)
        self.tables["da_programmes"] = {
            "programme_id": _ids("D", np.arange(len(adult))),
            "person_id": self._adult_ids(adult),
            "participant": chance.choice(np.array(["victim", "perpetrator"]), len(adult)),
            "start_date": begun,
            "end_date": ended,
            "outcome": np.where(np.isnat(ended), None, chance.choice(outcomes, len(adult))),
        }

    def _some_adults(self, share: float, more: float) -> tuple[np.ndarray, np.ndarray]:
        chance = self._chance
        has = chance.random(self.adults) < share
        adult, nth = repeated(has * (1 + chance.poisson(more, self.adults)))
        return adult, self.fs_start[self.family_of_adult[adult]] + 300 * nth

    def _adult_ids(self, adult: np.ndarray) -> pa.Array:
        return self.person.take(self.children + adult)

    def _forms(self, name, key, episode, dated, stages, scores, adult, since, episodes) -> None:
        """One to six forms of each episode: the first, those between, the last."""
        chance = self._chance
        times = 1 + chance.binomial(5, 0.4, len(adult))
        of, nth = repeated(times)
        stage = np.where(nth == 0, stages[0], np.where(nth == times[of] - 1, stages[2], stages[1]))
        drawn = {}
        for column, (highest, blank) in scores.items():
            values = chance.integers(0, highest + 1, len(of)).astype(np.float64)
            values[chance.random(len(of)) < blank] = np.nan
            drawn[column] = values
        self.tables[name] = {
            key: _ids("S", np.arange(len(of))),
            episode: episodes.take(of),
            "person_id": self._adult_ids(adult[of]),
            dated: since[of] + chance.integers(-60, 60, len(of)) + 60 * nth,
            "stage": stage,
            **drawn,
        }

    # What is delivered

    def snapshot(self, name: str, quarter: Quarter) -> dict[str, object]:
        """A snapshot extract as at the quarter end: what had begun by then, ends only where they had happened."""
        table, extract = self.tables[name], EXTRACTS[name]
        starts = next((column.name for column in extract.columns if getattr(column, "starts", False)), None)
        if name == "people":
            begun = self.known_since <= quarter.end
        elif name == "family_members":
            begun = self._member_since <= quarter.end
        else:
            begun = table[starts or "assessment_date"] <= quarter.end
        which = np.flatnonzero(begun)
        rows = {column: values.take(which) for column, values in table.items()}
        for column, came_with in _ENDS.items():
            if column in rows:
                later = rows[column] > quarter.end
                rows[column] = np.where(later, _NAT, rows[column])
                for other in came_with:
                    if other in rows:
                        rows[other] = np.where(later, None, rows[other])
        if "closure_reason" in rows:
            rows["start_date"] = np.where(rows["start_date"] > quarter.end, _NAT, rows["start_date"])
        return rows

    def of_quarter(self, name: str, quarter: Quarter) -> dict[str, object]:
        """A quarter extract, the same whenever it is asked for."""
        chance = np.random.default_rng([self.seed, quarter.first_day.toordinal()])
        return {
            "attendance": self._attendance,
            "absence_reasons": self._absence_reasons,
            "health_activity": self._health,
            "police_incidents": self._police,
            "marac_referrals": self._marac,
            "caseloads": self._caseloads,
            "waiting_lists": self._waiting,
            "expert_reports": self._reports,
        }[name](quarter, chance)

    def _attendance(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        age = (quarter.start - self.born).astype(np.int64) / 365.25
        at_school = np.flatnonzero((age >= 4) & (age <= 17) & (self.upn != None))  # noqa: E711
        child, month = repeated(np.full(len(at_school), 3))
        child = at_school[child]
        begins = (np.datetime64(quarter.first_day, "M") + month).astype("datetime64[D]")
        possible = chance.integers(30, 42, len(child))
        authorised = chance.binomial(possible, 0.05)
        return {
            "upn": self.upn[child],
            "school_urn": _ids("1", (child * 7919) % (20 + self.people // 200), 5),
            "date_from": begins,
            "date_to": begins + 27,
            "sessions_possible": possible,
            "sessions_authorised": authorised,
            "sessions_unauthorised": chance.binomial(possible - authorised, 0.03),
        }

    def _absence_reasons(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        rows = self._attendance(quarter, np.random.default_rng([self.seed, quarter.first_day.toordinal()]))
        absent = np.flatnonzero(rows["sessions_authorised"] > 0)
        kept = {name: rows[name].take(absent) for name in ("upn", "school_urn", "date_from")}
        return kept | {"code": np.full(len(absent), "I"), "sessions": rows["sessions_authorised"][absent]}

    def _police(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        size = self.children + self.adults
        # The same people again and again: a few have many incidents, most none.
        weight = np.random.default_rng(self.seed).gamma(0.4, 2.5, size)
        person, _ = repeated(chance.poisson(0.13 * weight))
        order = chance.permutation(len(person))
        person = person[order]
        incident = np.arange(len(person)) - (chance.random(len(person)) < 0.25)  # shared with the one before
        incident = np.maximum(incident, 0)
        role = chance.choice(np.array(["victim", "offender"]), len(person))
        drawn = {
            "incident_id": _ids(f"X{quarter.first_day:%y%m}", incident),
            "person_id": self.person.take(person),
            "incident_date": _days(chance, quarter.start, quarter.end, len(person))[incident],
            "role": role,
            "crime": (chance.random(len(person)) < 0.55)[incident],
            "domestic_abuse": (chance.random(len(person)) < 0.35)[incident],
        }
        same = pd.DataFrame({"incident": incident, "person": person, "role": role}).duplicated()
        return _kept(drawn, ~same.to_numpy())

    def _marac(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        adult = chance.choice(self.adults, max(self.adults // 120, 1), replace=False)
        return {
            "marac_id": _ids(f"M{quarter.first_day:%y%m}", np.arange(len(adult))),
            "person_id": self._adult_ids(adult),
            "referral_date": _days(chance, quarter.start, quarter.end, len(adult)),
        }

    def _health(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        events = chance.integers(1, 1 + self.people // 10, 4)
        return {
            "measure": np.repeat(["ae_attendance", "emergency_admission"], 2),
            "age_group": np.tile(["children", "adults"], 2),
            "people_in_cohort": np.full(4, self.people),
            "people_with_event": np.where(np.arange(4) == 1, np.nan, events),
            "percentage": np.where(np.arange(4) == 1, 12.5, np.nan),
        }

    def _caseloads(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        workers = 40 + self.people // 80
        row, mode = repeated(np.full(workers, 2))
        return {
            "worker_id": _ids("W", row, 5),
            "team": self.team.take(row % len(self.team)),
            "discipline": np.array(EXTRACTS["caseloads"].contract("discipline").codes)[row % 4],
            "mode": np.array(["assessment", "individual"])[mode],
            "cases": chance.integers(0, 20, len(row)),
            "hours": np.where(chance.random(len(row)) < 0.1, np.nan, chance.integers(0, 400, len(row)) / 2),
        }

    def _waiting(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        team, discipline = repeated(np.full(len(self.team), 4))
        return {
            "team": self.team.take(team),
            "discipline": np.array(EXTRACTS["waiting_lists"].contract("discipline").codes)[discipline],
            "people_waiting": chance.integers(0, 9, len(team)),
        }

    def _reports(self, quarter: Quarter, chance: np.random.Generator) -> dict[str, object]:
        number = 3 + self.people // 4000
        return {
            "report_id": _ids(f"Y{quarter.first_day:%y%m}", np.arange(number)),
            "family_id": self.family.take(chance.integers(0, len(self.family), number)),
            "report_date": _days(chance, quarter.start, quarter.end, number),
            "accepted": chance.random(number) < 0.7,
            "internal_hours": chance.integers(4, 60, number) / 2,
        }

    def extracts(
        self, quarter: Quarter, names: tuple[str, ...] = tuple(EXTRACTS)
    ) -> Iterator[tuple[Extract, pd.DataFrame]]:
        """Every extract of a quarter, as the checks would leave it; before the programme's start, quarter extracts."""
        for name in names:
            extract = EXTRACTS[name]
            if extract.snapshot and quarter < START:
                continue
            yield (
                extract,
                extract.frame(self.snapshot(name, quarter) if extract.snapshot else self.of_quarter(name, quarter)),
            )


def write(world: World, lake: Lake, quarter: Quarter, names: tuple[str, ...] = tuple(EXTRACTS)) -> None:
    """Writes extracts of a quarter into the lake."""
    for extract, rows in world.extracts(quarter, names):
        lake.write(extract, quarter, rows, Origin("invented for a benchmark"))


def _ids(prefix: str, numbers: np.ndarray, width: int = 8) -> pa.Array:
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def _days(chance: np.random.Generator, first: np.datetime64, last: np.datetime64, size: int) -> np.ndarray:
    return first + chance.integers(0, (last - first).astype(np.int64) + 1, size)


def _ended(chance: np.random.Generator, start: np.ndarray, mean: int, still_open: float) -> np.ndarray:
    """Ends some days after the starts; a share stays open for good."""
    end = start + 1 + chance.exponential(mean, len(start)).astype(np.int64)
    return np.where(chance.random(len(start)) < still_open, _NAT, end)


def _kept(rows: dict[str, object], which: np.ndarray) -> dict[str, object]:
    where = np.flatnonzero(which)
    return {column: values.take(where) for column, values in rows.items()}
