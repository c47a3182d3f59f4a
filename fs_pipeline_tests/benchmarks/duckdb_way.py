"""The quarter in DuckDB: the hand-written SQL beside this module over the lake's extracts, results as Arrow tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.store.lake import Lake
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import Programme
from fs_pipeline_tests.benchmarks.measures import MH, SUMS, TOP, WINDOWS

_HERE = Path(__file__).parent
_KINDS = {"string": "VARCHAR", "date": "DATE", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}
_SUPPLIED = {
    "treatments": "substance_treatments",
    "forms": "top_forms",
    "programmes": "da_programmes",
    "proceedings": "care_proceedings",
    "caseloads": "caseloads",
    "waiting": "waiting_lists",
    "reports": "expert_reports",
}
_ADDED_UP = (
    "previous_victim_count",
    "previous_offender_count",
    "victim_count_in_quarter",
    "offender_count_in_quarter",
    "cp_days_before_fs",
    "cp_days_during_fs",
    "cp_plans_before_fs",
    "cp_plans_during_fs",
    "unauthorised_sessions",
    "authorised_sessions",
    "possible_sessions",
    "cla_days_open_at_quarter_end",
    "cla_days_closed_in_quarter",
    "assessments",
    "assessments_without_engagement",
    "treatments_without_engagement",
)
_COURSES = {
    "top": (
        "top_forms",
        "form_id",
        "treatment_id",
        "form_date",
        "start",
        "exit",
        {f"top_{name}": name for name in TOP},
    ),
    "mh": (
        "mental_health_scores",
        "score_id",
        "episode_id",
        "score_date",
        "initial",
        "end",
        dict(zip(MH, MH, strict=True)),
    ),
    "lsir": ("lsir_assessments", "assessment_id", "episode_id", "assessment_date", "initial", "end", {"lsir": "score"}),
}


class Quarterly:
    """A quarter's work over the extracts of a lake."""

    def __init__(self, lake: Lake, programme: Programme, quarter: Quarter, *, threads: int = 2) -> None:
        self.lake, self.programme, self.quarter = lake, programme, quarter
        self.threads = threads
        self.first = Quarter(programme.start).shifted(-programme.baseline_quarters)

    def result(self) -> dict[str, pa.Table]:
        """The person level, the family level and the figures of the quarter."""
        with duckdb.connect(config={"threads": self.threads}) as database:
            self._prepare(database)
            self._work_out(database)
            return {
                "outputs/person_level": database.sql(f"SELECT * EXCLUDE ({_BESIDE}) FROM person").to_arrow_table(),
                "outputs/family_level": database.sql("SELECT * FROM family").to_arrow_table(),
                "outputs/indicator_values": database.sql("SELECT * FROM figures").to_arrow_table(),
            }

    def _supplied(self, extract: str, quarter: Quarter) -> bool:
        return self.lake.path(f"extracts/{extract}", quarter).exists()

    def _files(self, extract: str, quarters: list[Quarter]) -> str:
        """The extract's rows over the quarters; without any, no rows of the same columns."""
        there = [str(self.lake.path(f"extracts/{extract}", each)) for each in quarters if self._supplied(extract, each)]
        if there:
            return f"SELECT * FROM read_parquet({there})"
        columns = (f"NULL::{_KINDS[column.kind.word]} AS {column.name}" for column in EXTRACTS[extract].columns)
        return f"SELECT {', '.join(columns)} WHERE false"

    def _prepare(self, database: duckdb.DuckDBPyConnection) -> None:
        now, programme = self.quarter, self.programme
        for extract in EXTRACTS:
            database.execute(f"CREATE TEMP VIEW {extract} AS {self._files(extract, [now])}")
        for name, extract, back in (
            ("all_police_incidents", "police_incidents", None),
            ("recent_police_incidents", "police_incidents", 4),
            ("recent_marac_referrals", "marac_referrals", 3),
        ):
            first = self.first if back is None else max(self.first, now.shifted(-back))
            database.execute(f"CREATE TEMP VIEW {name} AS {self._files(extract, first.until(now))}")
        missing = [0]
        for each in self.first.until(now):
            missing.append(missing[-1] + (not self._supplied("police_incidents", each)))
        complete = all(
            self._supplied(extract, each)
            for extract in ("police_incidents", "marac_referrals")
            for each in now.shifted(-3).until(now)
        )
        start = self.first.first_day.year * 4 + self.first.first_day.month // 3
        variables = {
            "qs": f"DATE '{now.first_day}'", "qe": f"DATE '{now.last_day}'", "cwd": programme.exclude_cwd_children,
            "external": programme.external_expert_report, "internal": programme.internal_hour, "missing": missing,
            "da_complete": complete,
            **{f"{name}_supplied": self._supplied(extract, now) for name, extract in _SUPPLIED.items()},
        }  # fmt: skip
        for name, value in variables.items():
            database.execute(f"SET VARIABLE {name} = {value}")
        database.execute(f"""CREATE TEMP MACRO quarter_number(day) AS year(day) * 4 + quarter(day) - 1 - {start};
            CREATE TEMP MACRO police_covers(first, last) AS quarter_number(first) >= 0
                AND quarter_number(last) < {len(missing) - 1}
                AND getvariable('missing')[quarter_number(last) + 2]
                = getvariable('missing')[quarter_number(first) + 1];
            CREATE TEMP TABLE cohorts(cohort VARCHAR, first_day DATE, last_day DATE)""")
        for window in programme.cohorts:
            row = [window.cohort, window.first_day, window.last_day]
            database.execute("INSERT INTO cohorts VALUES (?, ?, ?)", row)

    def _work_out(self, database: duckdb.DuckDBPyConnection) -> None:
        database.execute(_sql("cohort"))
        for name, course in _COURSES.items():
            database.execute(_course(name, *course))
        database.execute(_sql("repeats"))
        changes = ", ".join(
            "CASE WHEN getvariable('forms_supplied') "
            f"THEN count(*) FILTER (top_{name}_latest {sign} top_{name}_initial) END AS people_{word}_{name}"
            for name in TOP
            for word, sign in zip(("improved", "declined"), "<>" if name == "substance_use" else "><", strict=True)
        )
        database.execute(
            _sql("fields").format(
                **{f"{name}_columns": _course_columns(name, course[-1]) for name, course in _COURSES.items()},
                family_sums=", ".join(f"sum({name}) AS {name}" for name in _ADDED_UP),
                family_changes=changes,
            )
        )
        database.execute(_MEMBERS)
        database.execute(_sql("authority"))
        database.execute(self._figures())

    def _figures(self) -> str:
        """The figures of the roster's scopes, a wide row a scope for each role, turned into long ones."""
        wide, long = [], []
        for role in ("child", "adult", "everyone"):
            sums = [(number, each) for number, each in enumerate(SUMS) if each.role == role]
            columns = [f"sum(({each.part})::double) AS part_{number}" for number, each in sums]
            columns += [f"sum(({each.whole})::double) AS whole_{number}" for number, each in sums if each.whole]
            wide.append(
                f"{role}_sums AS MATERIALIZED (SELECT s.scope, {', '.join(columns)} FROM scopes s "
                f"LEFT JOIN member_{role} USING (scope) LEFT JOIN person USING (rid) GROUP BY s.scope)"
            )
            for number, each in sums:
                whole = f"coalesce(whole_{number}, 0)" if each.whole else "NULL::double"
                long.append(
                    f"SELECT {each.indicator} AS indicator, '{each.measure}' AS measure, scope, "
                    f"'{each.group}' AS \"group\", '{each.unit}' AS unit, coalesce(part_{number}, 0) AS part, "
                    f"{whole} AS whole, '{self._status(each)}' AS status FROM {role}_sums"
                )
        health = "final" if self._supplied("health_activity", self.quarter) else "not_supplied"
        return f"""CREATE TEMP TABLE figures AS WITH {", ".join(wide)}, sums AS ({" UNION ALL ".join(long)}
            UNION ALL SELECT * EXCLUDE (supplied), CASE WHEN supplied THEN 'final' ELSE 'not_supplied' END
            FROM authority
        ) SELECT getvariable('qs') AS quarter, indicator, measure, scope, "group", 'quarter' AS period,
            CASE WHEN status <> 'not_supplied' THEN CASE WHEN whole IS NULL THEN part
                ELSE part / nullif(whole, 0) * CASE unit WHEN '%' THEN 100 ELSE 1 END END END AS value,
            CASE WHEN status <> 'not_supplied' AND whole IS NOT NULL THEN part END AS numerator,
            CASE WHEN status <> 'not_supplied' THEN whole END AS denominator, unit, status FROM sums
        UNION ALL SELECT getvariable('qs'), indicator, 'people_with_event', 'fs', age_group, 'quarter', value, part,
            whole, '%', '{health}' FROM health"""

    def _status(self, each: object) -> str:
        if not all(self._supplied(extract, self.quarter) for extract in each.needs):
            return "not_supplied"
        back = WINDOWS.get(each.indicator, 0)
        window = self.quarter.shifted(-back).until(self.quarter)
        complete = all(self._supplied(extract, quarter) for extract in each.whole_window for quarter in window)
        return "final" if complete else "partial"


_BESIDE = (
    "rid, role, closed, due, stayed_away, incidents, repeats, from_start, since_start, closed_days, plans_closed, "
    "open_days, still_open, periods_closed, periods_open, at_start, at_end, victim_ended, perpetrator_ended, "
    "victim_completed, perpetrator_completed, new_plans, in_12, in_24"
)
_MEMBERS = """
CREATE TEMP TABLE member AS
SELECT * FROM (
    SELECT unnest(['fs', 'cohort:' || cohort, 'team:' || latest_fs_team]) AS scope, rid, role, person_id, fs_start_date
    FROM person
) WHERE scope IS NOT NULL;
CREATE TEMP TABLE scopes AS SELECT DISTINCT scope FROM member UNION SELECT 'fs';
CREATE TEMP VIEW member_child AS SELECT scope, rid, person_id FROM member WHERE role = 'child';
CREATE TEMP TABLE member_adult AS SELECT scope, rid FROM member WHERE role = 'adult'
    QUALIFY row_number() OVER (PARTITION BY scope, person_id ORDER BY fs_start_date, rid) = 1;
CREATE TEMP TABLE member_everyone AS SELECT scope, rid FROM member
    QUALIFY row_number() OVER (PARTITION BY scope, person_id ORDER BY fs_start_date, rid) = 1;
"""


def _sql(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")


def _course(
    name: str, table: str, key: str, episode: str, date: str, initial: str, end: str, scores: dict[str, str]
) -> str:
    return _sql("course").format(
        name=name, table=table, key=key, episode=episode, date=date, initial=initial, end=end,
        scores=", ".join(scores.values()),
        packed="{" + ", ".join(f"'{column}': {column}" for column in scores.values()) + "}",
    )  # fmt: skip


def _course_columns(name: str, scores: dict[str, str]) -> str:
    return ", ".join(
        f"course_{name}.{form[0]}.{column} AS {field}_{form}"
        for field, column in scores.items()
        for form in ("initial", "latest", "end")
    )
