"""The reporting database: what a load leaves in it, what readers see meanwhile, and what its errors say."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.exports.provenance import Provenance
from fs_pipeline.exports.warehouse import (
    WarehouseError,
    engine_of,
    in_our_words,
    opened_to_look,
    warehouse,
    what_is_lost,
)
from fs_pipeline.exports.warehouse_tables import METADATA, TABLES, table_name
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.fields import FAMILY_LEVEL, INDICATOR_VALUES, PERSON_LEVEL
from fs_pipeline.toolkit.tables import Table
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, TWELVE_MONTHS_MEASURES
from fs_pipeline_tests.literals import each

QUARTER = Quarter.parse("2017-Q4")
NEXT = Quarter.parse("2018-Q1")
NAMES = [table_name(table) for table in TABLES]
VERSIONS = {table.name: f"version of {table_name(table)}" for table in TABLES}
PEOPLE = ({"family_key": "Green", "person_id": "Amy"}, {"family_key": "Green", "person_id": "Dawn"})
FIGURE = {"indicator": 1, "measure": "cp_plans_active", "scope": "fs", "group": "all"}
VALUE = FIGURE | {"period": "quarter", "value": 2.0, "unit": "plans", "status": "final"}
SIDES = FIGURE | {"people": 2, "families": 1, "before": 3.0, "after": 1.5, "interval_low": None}


def frame(table: Table, quarter: Quarter, *rows: Mapping[str, object]) -> pd.DataFrame:
    """The rows as the table's frame; columns left out are blank."""
    values = {name: [row.get(name) for row in rows] for name in table.names}
    return table.frame(values | {"quarter": [quarter.first_day for _ in rows]})


def tables(quarter: Quarter, **rows: tuple[Mapping[str, object], ...]) -> dict[Table, pd.DataFrame]:
    """A quarter of all four tables: the Green family, unless other rows are given by the name of a table."""
    plain = {
        **{"person_level": PEOPLE, "family_level": ({"family_key": "Green"},)},
        **{"indicator_values": (VALUE,), "before_after": (SIDES,)},
    }
    return {table: frame(table, quarter, *(plain | rows)[table_name(table)]) for table in TABLES}


def load(url: str, quarter: Quarter, frames: Mapping[Table, pd.DataFrame], run_id: str = "run") -> list[str]:
    provenance = Provenance("Anyshire", quarter, tables=VERSIONS, code_version="7", run=run_id)
    return warehouse(url, quarter, TOOLKIT, provenance, **{table_name(table): rows for table, rows in frames.items()})


def loaded(
    url: str, quarter: Quarter = QUARTER, run_id: str = "run", **rows: tuple[Mapping[str, object], ...]
) -> list[str]:
    return load(url, quarter, tables(quarter, **rows), run_id)


@contextmanager
def reader(url: str):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        yield connection


def read(url: str, name: str, *columns: str) -> list[tuple]:
    """The rows of a table in order of the quarter and the columns, as SQLAlchemy reads them."""
    table = METADATA.tables[name]
    chosen = [table.c[column] for column in columns] if columns else list(table.c)
    with reader(url) as connection:
        return sorted(map(tuple, connection.execute(sa.select(*chosen))), key=lambda row: [str(cell) for cell in row])


def everything(url: str) -> dict[str, list[tuple]]:
    return {name: read(url, name) for name in METADATA.tables}


def change(url: str, statement: str) -> None:
    with reader(url) as connection:
        connection.exec_driver_sql(statement)


def refused(url: str, match: str, **rows: tuple[Mapping[str, object], ...]) -> str:
    """Loads rows that do not fit; returns all that could be logged of the error."""
    with pytest.raises(WarehouseError, match=match) as caught:
        loaded(url, **rows)
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_every_kind_of_value_and_its_blank_comes_back(url):
    full = {
        **{"family_key": "Green", "person_id": 'O\'Neil, "Amy"\n\\N \\. é €', "sex": "", "ethnicity": "NULL"},
        **{"age": 2**40 + 1, "unauthorised_share": 0.1 + 0.2, "top_substance_use_latest": 1e-300},
        **{"fs_start_date": date(2016, 2, 29), "fs_end_date": date(1899, 12, 31)},
        **{"da_high_risk": True, "repeat_within_12_months": False},
    }
    blank = {"family_key": "Green", "person_id": "Z"}
    loaded(url, person_level=(full, blank))
    expected = [
        tuple(QUARTER.first_day if name == "quarter" else row.get(name) for name in PERSON_LEVEL.names)
        for row in (full, blank)
    ]
    found = read(url, "person_level")
    assert found == sorted(expected, key=str)
    row = dict(zip(PERSON_LEVEL.names, found[0], strict=True))
    assert {name: type(row[name]) for name in ("age", "da_high_risk", "fs_end_date", "unauthorised_share", "sex")} == {
        **{"age": int, "da_high_risk": bool, "fs_end_date": date, "unauthorised_share": float, "sex": str}
    }


def test_all_four_tables_and_what_is_returned(url):
    assert loaded(url) == ["before_after", "family_level", "indicator_values", "person_level"]
    assert len(read(url, "person_level")) == 2
    assert read(url, "family_level", "quarter", "family_key") == [(QUARTER.first_day, "Green")]
    assert read(url, "indicator_values", *INDICATOR_VALUES.names) == [
        (QUARTER.first_day, 1, "cp_plans_active", "fs", "all", "quarter", 2.0, None, None, "plans", "final")
    ]
    assert read(url, "before_after", *BEFORE_AFTER.names) == [
        (QUARTER.first_day, 1, "cp_plans_active", "fs", "all", 2, 1, 3.0, 1.5, None, None, None, None)
    ]


def test_a_child_without_family_is_loaded(url):
    loaded(url, person_level=({"person_id": "Kit"}, {"person_id": "Lou"}, *PEOPLE))
    assert read(url, "person_level", "family_key", "person_id") == [
        ("Green", "Amy"),
        ("Green", "Dawn"),
        (None, "Kit"),
        (None, "Lou"),
    ]


def test_a_quarter_is_replaced_and_the_others_stay(url):
    loaded(url)
    loaded(url, NEXT, family_level=({"family_key": "Green"}, {"family_key": "Brown"}))
    before = {name: [row for row in read(url, name) if row[0] == NEXT.first_day] for name in NAMES}
    loaded(url, person_level=({"family_key": "Grey", "person_id": "Max"},), family_level=(), before_after=())
    after = {name: read(url, name) for name in NAMES}
    assert {name: [row for row in rows if row[0] == NEXT.first_day] for name, rows in after.items()} == before
    assert read(url, "person_level", "quarter", "person_id")[0] == (QUARTER.first_day, "Max")
    assert {name: len(rows) for name, rows in after.items()} == {
        **{"person_level": 3, "family_level": 2, "indicator_values": 2, "before_after": 1}
    }


def test_the_same_load_twice_leaves_the_same_rows(url):
    loaded(url)
    once = {name: read(url, name) for name in NAMES}
    loaded(url)
    assert {name: read(url, name) for name in NAMES} == once


def test_a_load_that_fails_halfway_changes_nothing(url):
    loaded(url)
    before = everything(url)
    other = {"family_key": "Grey", "person_id": "Max"}
    refused(
        url,
        r"^before_after of Oct-Dec 2017 was not loaded into the warehouse, which is as before: .*families",
        person_level=(other,),
        before_after=(SIDES | {"families": None},),
    )
    assert everything(url) == before


def test_the_first_load_leaves_no_tables_when_it_fails(url):
    refused(url, "before_after of Oct-Dec 2017", before_after=(SIDES | {"families": None},))
    with reader(url) as connection:
        assert sa.inspect(connection).get_table_names() == []


@pytest.mark.parametrize("family", ["Green", None])
def test_a_person_stands_once_in_a_family_or_in_none(url, family):
    loaded(url, person_level=({"family_key": family, "person_id": "Amy"},))
    with pytest.raises(sa.exc.IntegrityError), reader(url) as connection:
        people = METADATA.tables["person_level"]
        connection.execute(
            people.insert(), {"quarter": QUARTER.first_day, "family_key": family, "person_id": "Amy", "age": 3}
        )


def test_keys(url):
    loaded(url)
    with reader(url) as connection:
        inspector = sa.inspect(connection)
        keys = {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in inspector.get_table_names()}
    assert keys == {
        "person_level": [],  # a child may have no family: unique indexes, see above
        "family_level": [],
        "indicator_values": ["quarter", "indicator", "measure", "scope", "group", "period"],
        "before_after": ["quarter", "indicator", "measure", "scope", "group"],
        "dictionary": ["table_name", "position"],
        "audit": ["loaded_at", "quarter", "table_name"],
    }


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning")
def test_indexes_for_reports(url):
    loaded(url)
    with reader(url) as connection:
        inspector = sa.inspect(connection)
        found = {name: [index["column_names"] for index in inspector.get_indexes(name)] for name in NAMES}
    assert ["quarter", "family_key"] in found["person_level"]
    assert ["person_id", "quarter"] in found["person_level"]
    assert ["quarter", "family_key"] in found["family_level"]
    assert ["indicator", "measure", "quarter"] in found["indicator_values"]


@pytest.mark.parametrize("table", TABLES, ids=table_name)
def test_columns_in_order_with_types_and_blanks_allowed(url, table):
    loaded(url)
    with reader(url) as connection:
        columns = sa.inspect(connection).get_columns(table_name(table))
    types = {"string": sa.Text, "date": sa.Date, "int": sa.BigInteger, "float": sa.Double, "bool": sa.Boolean}
    assert [column["name"] for column in columns] == table.names
    for found, declared in zip(columns, table.columns, strict=True):
        assert isinstance(found["type"], types[declared.kind.word])
        assert found["nullable"] == declared.nullable


def test_comments_are_the_toolkits_words(in_postgres):
    loaded(in_postgres)
    with reader(in_postgres) as connection:
        inspector = sa.inspect(connection)
        for table in TABLES:
            assert inspector.get_table_comment(table_name(table))["text"] == table.description
            comments = [column["comment"] for column in inspector.get_columns(table_name(table))]
            assert comments == [column.words for column in table.columns]


def test_comments_that_have_grown_old_are_renewed(in_postgres):
    loaded(in_postgres)
    change(in_postgres, "COMMENT ON COLUMN person_level.age IS 'old'; COMMENT ON TABLE person_level IS NULL")
    loaded(in_postgres)
    test_comments_are_the_toolkits_words(in_postgres)


def test_the_dictionary_has_every_column_in_order(url):
    loaded(url)
    loaded(url, NEXT)
    found = read(url, "dictionary", "table_name", "position", "column_name", "type", "value")
    assert sorted((row[:4] for row in found if row[4] is None), key=lambda row: (NAMES.index(row[0]), row[1])) == [
        (table_name(table), position, column.name, column.kind.word)
        for table in TABLES
        for position, column in enumerate(table.columns, 1)
    ]


def test_the_dictionary_says_what_a_column_means(url):
    loaded(url)
    declared = {column.name: column for column in PERSON_LEVEL.columns}["da_high_risk"]
    row = next(row for row in read(url, "dictionary") if row[:3:2] == ("person_level", "da_high_risk"))
    assert row[3:] == (
        *("I66a", declared.title, "bool", declared.unit or None),
        *(declared.description, ", ".join(declared.decisions) or None, None),
    )


def test_the_dictionary_says_what_every_measure_and_scope_is(url):
    loaded(url)
    said = ("column_name", "table_name", "value", "code", "type", "unit", "meaning")
    rows = [row for row in read(url, "dictionary", *said) if row[2]]
    of_quarter = {("indicator_values", number, of) for (number, _), of in TOOLKIT.measures.items() if number}
    of_twelve_months = {("before_after", *each) for each in TWELVE_MONTHS_MEASURES}
    assert {row[1:] for row in rows if row[0] == "measure"} == {
        (table, of.name, str(number), type(of.made).__name__.lower(), of.unit.word, of.meaning)
        for table, number, of in of_quarter | of_twelve_months
    }
    assert [row[2] for row in rows if row[0] == "scope"] == ["cohort:...", "team:..."]


def test_the_audit_keeps_every_load(url):
    begun = datetime.now(UTC)
    loaded(url, run_id="a")
    between = datetime.now(UTC)
    loaded(url, run_id="b", person_level=())
    rows = [row for row in read(url, "audit") if row[2] == "person_level"]
    assert [row[1:] for row in rows] == [
        (QUARTER.first_day, "person_level", 2, "version of person_level", "a", "7"),
        (QUARTER.first_day, "person_level", 0, "version of person_level", "b", "7"),
    ]
    first, second = (row[0].replace(tzinfo=row[0].tzinfo or UTC) for row in rows)
    assert begun <= first <= between <= second <= datetime.now(UTC)
    assert {row[2] for row in read(url, "audit")} == set(NAMES)


def test_the_audit_is_in_utc_wherever_it_is_read(in_postgres):
    begun = datetime.now(UTC)
    loaded(in_postgres)
    with reader(in_postgres) as connection:
        connection.exec_driver_sql("SET TIME ZONE 'Pacific/Auckland'")
        last = connection.scalar(sa.select(sa.func.max(METADATA.tables["audit"].c.loaded_at)))
    assert begun <= last <= datetime.now(UTC)


def test_an_index_that_an_older_warehouse_lacks_is_made(url):
    loaded(url)
    change(url, "DROP INDEX ix_person_level_person_id_quarter")
    loaded(url)
    change(url, "DROP INDEX ix_person_level_person_id_quarter")  # an error where it is not


def test_a_column_that_an_older_warehouse_lacks_is_added(url):
    loaded(url)
    change(url, "ALTER TABLE person_level DROP COLUMN sex")
    dawn = {"family_key": "Green", "person_id": "Dawn", "sex": "F"}
    loaded(url, NEXT, person_level=(dawn,))
    assert read(url, "person_level", "quarter", "person_id", "sex") == [
        *((QUARTER.first_day, name, None) for name in ("Amy", "Dawn")),
        (NEXT.first_day, "Dawn", "F"),
    ]
    loaded(url)
    assert len(read(url, "person_level")) == 3


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (
            "ALTER TABLE family_level DROP COLUMN assessments; ALTER TABLE family_level ADD COLUMN assessments TEXT",
            "assessments",
        ),
        ("ALTER TABLE family_level ADD COLUMN shoe_size BIGINT", "shoe_size"),
        ("ALTER TABLE indicator_values DROP COLUMN unit", "unit"),
        ("ALTER TABLE indicator_values DROP COLUMN unit; ALTER TABLE indicator_values ADD COLUMN unit TEXT", "unit"),
    ],
    ids=["another type", "no longer declared", "missing and never blank", "may be blank"],
)
def test_other_columns_are_refused_with_the_mend(url, changed, named):
    loaded(url)
    for statement in changed.split(";"):
        change(url, statement)
    with reader(url) as connection:
        before = connection.exec_driver_sql("SELECT * FROM person_level").fetchall()
    refused(
        url,
        rf"has other columns than this version declares \({named}\): rename the table or drop it, then load every",
        person_level=(),
    )
    with reader(url) as connection:
        assert connection.exec_driver_sql("SELECT * FROM person_level").fetchall() == before


MANY = 200
SEEN = " UNION ALL ".join(
    f"SELECT '{name}', {column}, count(*) FROM {name} GROUP BY {column}"
    for name, column in (("person_level", "cohort"), ("family_level", "cohort"), ("indicator_values", "unit"))
)


def marked(url: str, mark: str, quarter: Quarter = QUARTER) -> None:
    """A quarter of many rows that all carry the mark, in three of the tables."""
    keys = [f"{number:04}" for number in range(MANY)]
    loaded(
        url,
        quarter,
        run_id=mark,
        person_level=tuple({"family_key": key, "person_id": key, "cohort": mark} for key in keys),
        family_level=tuple({"family_key": key, "cohort": mark} for key in keys),
        indicator_values=tuple(VALUE | {"scope": f"team:{key}", "unit": mark} for key in keys),
    )


def whole(mark: str) -> list[tuple]:
    return [(name, mark, MANY) for name in ("family_level", "indicator_values", "person_level")]


def test_a_reader_sees_only_whole_quarters_at_every_step_of_a_load(url):
    marked(url, "old")
    seen, loader = [], threading.get_ident()
    watching = []

    def look(connection, cursor, statement, *rest):
        if threading.get_ident() == loader and not watching:
            watching.append(True)
            with reader(url) as other:
                seen.append((statement.split()[0], sorted(map(tuple, other.exec_driver_sql(SEEN)))))
            watching.clear()

    sa.event.listen(sa.Engine, "after_cursor_execute", look)
    try:
        marked(url, "new")
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", look)
    assert [word for word, _ in seen].count("DELETE") == 5
    assert all(rows == whole("old") for _, rows in seen)
    with reader(url) as connection:
        assert sorted(map(tuple, connection.exec_driver_sql(SEEN))) == whole("new")


def test_a_reader_in_another_thread_sees_only_whole_quarters_and_is_never_turned_away(url):
    marked(url, "old")
    seen, errors, done = set(), [], threading.Event()

    def keep_reading():
        try:
            while not done.is_set():
                with reader(url) as connection:
                    seen.add(tuple(sorted(map(tuple, connection.exec_driver_sql(SEEN)))))
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=keep_reading)
    thread.start()
    try:
        for number in range(4):
            marked(url, f"{number % 2}")
    finally:
        done.set()
        thread.join()
    assert not errors
    assert seen <= {tuple(whole(mark)) for mark in ("old", "0", "1")}
    assert len(seen) > 1


def test_loads_at_the_same_time_wait_for_each_other(url):
    """Four at once into an empty database, then again: nothing interleaves, nobody gives up."""
    errors = []

    def go(mark: str, quarter: Quarter) -> None:
        try:
            for turn in "12":
                marked(url, mark + turn, quarter)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=go, args=(mark, quarter)) for mark in "ab" for quarter in (QUARTER, NEXT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    audit = sorted(read(url, "audit", "loaded_at", "quarter", "run_id"))
    assert len(audit) == 8 * len(TABLES)
    last = {quarter: mark for _, quarter, mark in audit}
    for name, column in (("person_level", "cohort"), ("family_level", "cohort"), ("indicator_values", "unit")):
        rows = read(url, name, "quarter", column)
        assert len(rows) == 2 * MANY
        assert dict(rows) == last


def test_a_load_that_waits_too_long_says_so(url, monkeypatch):
    loaded(url)
    monkeypatch.setattr("fs_pipeline.exports.warehouse.PATIENCE", 0.2)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT * FROM audit; LOCK TABLE person_level")
        refused(url, r"^Oct-Dec 2017 was not loaded .*; another program held it for 0.2 seconds: close it, or load")
    assert loaded(url) == sorted(NAMES)


def test_a_reader_that_does_not_let_go_of_a_sqlite_file_stops_the_load_and_nothing_changes(in_sqlite, monkeypatch):
    loaded(in_sqlite)
    before = everything(in_sqlite)
    monkeypatch.setattr("fs_pipeline.exports.warehouse.PATIENCE", 0.2)
    with reader(in_sqlite) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(SEEN).fetchall()
        refused(in_sqlite, "^Oct-Dec 2017 was not loaded .*; another program held it for 0.2 seconds", person_level=())
    assert everything(in_sqlite) == before


SECRET = "Harriet-Hidden"


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ({"indicator_values": (VALUE | {"scope": SECRET, "unit": None},)}, "^indicator_values of Oct-Dec 2017 .*unit"),
        ({"before_after": (SIDES | {"scope": SECRET, "people": None},)}, "^before_after of Oct-Dec 2017 .*people"),
    ],
)
def test_an_error_names_table_quarter_and_column_but_no_value(url, rows, match):
    assert SECRET not in refused(url, match, **rows)


def test_a_repeated_key_shows_no_value(url):
    twice = tables(QUARTER)
    twice[PERSON_LEVEL] = pd.concat([frame(PERSON_LEVEL, QUARTER, {"person_id": SECRET})] * 2, ignore_index=True)
    with pytest.raises(WarehouseError, match=r"^person_level of Oct-Dec 2017 .*uq_person_level") as caught:
        load(url, QUARTER, twice)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_text_that_postgresql_cannot_hold_is_not_shown(in_postgres):
    nul = ({"family_key": "Green", "person_id": f"{SECRET}\0"},)
    assert SECRET not in refused(in_postgres, r"^person_level of Oct-Dec 2017 .*SQLSTATE 22021", person_level=nul)


@pytest.mark.parametrize(
    "named",
    [
        "postgresql+psycopg://amy:Swordfish@127.0.0.1:1/reports",
        "postgresql://amy:pa@Swordfish@127.0.0.1:1/reports",
        "postgresql://amy:pa:Swordfish@127.0.0.1:Swordfish/reports",
        "postgresql://amy@127.0.0.1:1/reports?password=Swordfish",
        "postgresql+nothing://amy:Swordfish@127.0.0.1:1/reports",
        "mysql://amy:Swordfish@127.0.0.1:1/reports",
        "Swordfish",
    ],
)
def test_a_wrong_url_says_where_it_is_set_and_hides_the_password(named):
    assert "Swordfish" not in refused(named, "FS_PIPELINE_WAREHOUSE")


def test_a_full_disk_is_said_with_the_mend(in_sqlite):
    with reader(in_sqlite) as connection, pytest.raises(WarehouseError) as refused:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with in_our_words(QUARTER.label, connection):
            connection.exec_driver_sql("CREATE TABLE one (more INTEGER)")
    assert str(refused.value).endswith("disk is full; free some space where it lies, then fs-pipeline rerun")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    refused(f"sqlite:///{tmp_path / 'nowhere' / 'warehouse.sqlite'}", "unable to open database file")


def test_only_whole_quarters_of_declared_tables_are_taken(url):
    whole_quarter = tables(QUARTER)

    def refuse(match: str, given: Mapping[Table, pd.DataFrame]) -> None:
        with pytest.raises(ValueError, match=match):
            load(url, QUARTER, given)

    refuse("a frame for each of", {PERSON_LEVEL: whole_quarter[PERSON_LEVEL]})
    fewer = whole_quarter[FAMILY_LEVEL].drop(columns="cohort")
    refuse("outputs/family_level has other columns or types", whole_quarter | {FAMILY_LEVEL: fewer})
    texts = whole_quarter[FAMILY_LEVEL].astype({"cp_days_before_fs": "str"})
    refuse("outputs/family_level has other columns or types", whole_quarter | {FAMILY_LEVEL: texts})
    refuse("outputs/person_level has rows of another quarter", tables(NEXT))


def test_files_of_a_warehouse_are_one_file(in_sqlite, tmp_path):
    loaded(in_sqlite)
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.sqlite"]


@each("""
    done                                              | lost
    select count(*) from audit                        | nothing
    update person_level set sex = 'x'                 | nothing
    delete from person_level where person_id = 'Amy'  | the warehouse has 1 of the 2 rows of person_level
    delete from family_level                          | the warehouse has 0 of the 1 rows of family_level
    drop table indicator_values                       | the warehouse has no table indicator_values
    delete from audit                                 | the warehouse has no load of person_level
    drop table audit                                  | the warehouse has no load of person_level
    update audit set data_version = 'another'         | the warehouse has another load of person_level
    delete from dictionary                            | the warehouse has no dictionary
    drop table dictionary                             | the warehouse has no dictionary
""")
def test_what_is_lost_of_a_load(url, done, lost):
    loaded(url)
    change(url, done)
    assert (what_is_lost(url)(QUARTER, VERSIONS) or "nothing") == lost


def test_of_two_quarters_the_one_is_lost(url):
    loaded(url)
    loaded(url, NEXT)
    change(url, f"delete from before_after where quarter = '{NEXT.key}'")
    lost = what_is_lost(url)
    assert (lost(QUARTER, VERSIONS), lost(NEXT, VERSIONS)) == ("", "the warehouse has 0 of the 1 rows of before_after")


@each("""
    content  | lost
    none     | there is no warehouse
    empty    | the warehouse has no table person_level
    rubbish  | the warehouse cannot be looked at: file is not a database
""")
def test_a_lost_file_is_said_and_none_is_made_by_looking(tmp_path, content, lost):
    file = tmp_path / "warehouse.sqlite"
    if content != "none":
        file.write_bytes(b"" if content == "empty" else b"rubbish" * 99)
    assert what_is_lost(f"sqlite:///{file}")(QUARTER, VERSIONS) == lost
    assert file.exists() == (content != "none")


def test_a_look_waits_for_no_load_and_a_load_for_no_look(in_sqlite):
    loaded(in_sqlite)
    with engine_of(in_sqlite).begin():
        assert what_is_lost(in_sqlite)(QUARTER, VERSIONS) == ""
    with opened_to_look(in_sqlite):
        loaded(in_sqlite)
