"""Extracts from files elsewhere and from queries: their columns and codes, what is cut to a quarter, and addresses."""

from __future__ import annotations

import fsspec
import pandas as pd
import pytest
import sqlalchemy as sa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.sources.explaining_sources import explain_sources
from fs_pipeline_tests.sources.given import NEXT, QUARTER, Given

POLICE = """
[extracts.police_incidents]
files = "police/{quarter}/*.csv"
columns = { Number = "incident_id", Nominal = "person_id", Day = "incident_date" }
codes.role = { Suspect = "offender", AGGRIEVED = "victim" }
codes.crime = { C = true, X = false }
"""
INCIDENTS = """
    Number,Nominal,Day,Role,Crime,domestic_abuse,Beat
    1,P1,03/10/2017,suspect,C,Y,7
    1,P2,03/10/2017,Aggrieved,C,Y,7
    2,P1,04/11/2017,victim,x,N,7
    3,P2,05/11/2017,Witness,C,N,7
    4,P2,05/11/2017,Witness,C,N,7
"""
PLANS = """
[extracts.cp_plans]
files = "plans.csv"
codes.category = { Neglect = "NEG" }
"""


@pytest.fixture
def given(tmp_path) -> Given:
    return Given(tmp_path)


def test_their_columns_and_codes_become_ours_whatever_their_capitals(given):
    given.says(POLICE).holds("police/2017-10-01/incidents.csv", INCIDENTS)
    assert given.rows("police_incidents") == [
        ("1", "P1", "2017-10-03", "offender", True, True),
        ("1", "P2", "2017-10-03", "victim", True, True),
        ("2", "P1", "2017-11-04", "victim", False, False),
    ]


def test_a_code_without_a_mapping_is_rejected_with_the_place_in_the_suppliers_file(given):
    given.says(POLICE).holds("police/2017-10-01/incidents.csv", INCIDENTS)
    checked = given.checked("police_incidents")
    assert checked.rejected[["file", "row", "rule", "role"]].to_numpy().tolist() == [
        ["2017-10-01/incidents.csv", "5", "unknown_code", "Witness"],
        ["2017-10-01/incidents.csv", "6", "unknown_code", "Witness"],
    ]
    assert (checked.counts["delivered"], checked.counts["used"], checked.counts["rejected"]) == (5, 3, 2)
    (explained,) = explain_sources(given.sources, QUARTER)
    assert explained.unmapped == ("role: Witness (2)",)
    assert "Suspect -> offender" in explained.codes[0]


def test_many_codes_without_a_mapping_are_counted_and_not_shown(given):
    rows = "".join(f"{number},P1,04/11/2017,Name{number},C,N,7\n" for number in range(30))
    given.says(POLICE).holds("police/2017-10-01/i.csv", INCIDENTS.split("1,P1", 1)[0] + rows)
    (explained,) = explain_sources(given.sources, QUARTER)
    assert explained.unmapped == ("role: 30 different ones in 30 rows: is it a column of codes?",)


def test_in_a_column_that_may_be_blank_such_a_code_is_blank_with_a_finding(given):
    given.says(PLANS).holds(
        "plans.csv",
        """cp_plan_id,person_id,start_date,end_date,category
        1,P1,2017-10-03,,neglect
        2,P2,2017-10-03,,Harm""",
    )
    checked = given.checked("cp_plans")
    assert checked.rows["category"].fillna("").tolist() == ["NEG", ""]
    assert checked.findings[["file", "row", "column", "rule"]].to_numpy().tolist() == [
        [f"{given.home.name}/plans.csv", "3", "category", "unmapped_code"]
    ]
    assert "Harm" not in checked.findings["message"][0]
    assert checked.counts["rejected"] == 0


def test_a_finding_about_two_rows_names_the_file_of_the_other(given):
    head = "cp_plan_id,person_id,start_date,end_date,category"
    given.says(PLANS.replace("plans.csv", "plans/*.csv"))
    given.holds("plans/a.csv", f"{head}\n1,P1,2017-10-03,2017-12-01,NEG")
    given.holds("plans/b.csv", f"{head}\n2,P2,2017-10-03,,NEG\n3,P1,2017-11-03,,NEG")
    findings, words = (
        given.checked("cp_plans").findings,
        "start_date is before the end of an earlier plan of this child",
    )
    assert findings[["file", "row", "rule", "message"]].to_numpy().tolist() == [
        ["plans/b.csv", "3", "8940", f"{words}, in row 2 of plans/a.csv"]
    ]


def test_a_code_without_a_mapping_is_told_from_the_quarter_of_its_row_on(given):
    rows = """cp_plan_id,person_id,start_date,end_date,category
        1,P1,2018-01-03,,Harm
        2,P2,2017-10-03,,Harm"""
    given.says(PLANS).holds("plans.csv", rows)
    assert given.checked("cp_plans").findings["row"].tolist() == ["3"]
    assert given.checked("cp_plans", NEXT).findings["row"].tolist() == ["2", "3"]


def test_a_file_of_all_quarters_is_cut_to_each_and_later_rows_change_nothing_before(given):
    rows = """cp_plan_id,person_id,start_date,end_date,category
        1,P1,2017-10-03,2018-02-01,NEG
        2,P2,2018-01-03,,NEG
        3,P2,no date,,NEG"""
    given.says(PLANS).holds("plans.csv", rows)
    assert given.rows("cp_plans") == [("1", "P1", "2017-10-03", None, "NEG")]
    assert [row[0] for row in given.rows("cp_plans", NEXT)] == ["1", "2"]
    assert given.checked("cp_plans").rejected_by_rule == {"bad_date": 1}
    before = given.delivery("cp_plans"), given.delivery("cp_plans", NEXT)
    lines = rows.split("\n")
    given.holds("plans.csv", "\n".join([lines[0], "4,P4,2018-03-01,2018-03-02,NEG", *reversed(lines[1:])]))
    after = given.delivery("cp_plans"), given.delivery("cp_plans", NEXT)
    assert after[0].version == before[0].version
    assert after[1].version != before[1].version


def test_a_quarter_extract_of_all_quarters_is_supplied_where_it_has_rows_or_says_that_it_covers_it(given):
    text = '[extracts.marac_referrals]\nfiles = "marac.csv"\n'
    given.says(text).holds(
        "marac.csv",
        """marac_id,person_id,referral_date
        1,P1,2017-10-03
        2,P1,2018-05-03""",
    )
    assert [row[0] for row in given.rows("marac_referrals")] == ["1"]
    assert given.delivery("marac_referrals", NEXT) is None
    given.says(text + "since = 2017-12-01\nuntil = 2018-06-30")
    assert given.rows("marac_referrals", NEXT) == []
    assert given.delivery("marac_referrals", Quarter.parse("2017-Q3")) is None
    assert given.delivery("marac_referrals", Quarter.parse("2018-Q3")) is None


def test_no_file_is_not_supplied_and_snapshots_begin_with_the_programme(given):
    given.says(POLICE + PLANS).holds(
        "plans.csv", "cp_plan_id,person_id,start_date,end_date,category\n1,P1,2016-10-03,,NEG"
    )
    assert given.delivery("police_incidents") is None
    assert given.delivery("cp_plans", Quarter.parse("2017-Q3")) is None
    assert len(given.rows("cp_plans")) == 1


def test_several_files_of_other_formats_in_a_folder(given):
    given.says('[extracts.marac_referrals]\nfiles = "marac"\n').holds(
        "marac/a.csv", "marac_id,person_id,referral_date\n1,P1,2017-10-03"
    )
    pd.DataFrame({"Marac_ID": [2], "person_id": ["P2"], "referral_date": pd.to_datetime(["2017-10-04"])}).to_excel(
        given.home / "marac" / "b.xlsx", index=False
    )
    pd.DataFrame({"marac_id": ["3"], "person_id": ["P2"], "referral_date": ["2017-13-45"]}).to_parquet(
        given.home / "marac" / "c.parquet"
    )
    (given.home / "marac" / ".hidden.csv").write_text("x", encoding="utf-8")
    assert given.rows("marac_referrals") == [("1", "P1", "2017-10-03"), ("2", "P2", "2017-10-04")]
    rejected = given.checked("marac_referrals").rejected
    assert rejected[["file", "row"]].to_numpy().tolist() == [["marac/c.parquet", "2"]]


def test_files_at_a_url(given):
    memory = fsspec.filesystem("memory")
    memory.pipe("/partners/marac_2017.csv", b"marac_id,person_id,referral_date\n1,P1,2017-10-03\n")
    given.says('[extracts.marac_referrals]\nfiles = "memory://partners/marac_*.csv"\n')
    assert given.rows("marac_referrals") == [("1", "P1", "2017-10-03")]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Number,Day,Role,Crime,domestic_abuse", "i.csv has no column Nominal: say in extracts.police_incidents.col"),
        ("Number,Nominal,Day,Role,Crime", "i.csv has no column domestic_abuse: say in extracts.police_incidents.col"),
        ("Number,Nominal,Day,Day,Role,Crime,domestic_abuse", "i.csv has more than one column Day"),
    ],
)
def test_a_file_without_a_column_is_refused_by_its_name(header, said, given):
    given.says(POLICE).holds("police/2017-10-01/i.csv", header)
    with pytest.raises(ExtractRefused) as refusal:
        given.delivery("police_incidents")
    assert said in str(refusal.value)


def test_blank_keys_and_rows_of_one_key_are_refused_by_file_and_row(given):
    given.says('[extracts.marac_referrals]\nfiles = "marac"\n')
    given.holds("marac/a.csv", "marac_id,person_id,referral_date\n1,P1,2017-10-03\n,P1,2017-10-03")
    with pytest.raises(ExtractRefused, match=r"marac_id: blank, .* in row 3 of marac/a\.csv"):
        given.checked("marac_referrals")
    given.holds("marac/a.csv", "marac_id,person_id,referral_date\n1,P1,2017-10-03")
    given.holds("marac/b.csv", "marac_id,person_id,referral_date\n2,P1,2017-10-03\n1,P1,2017-10-04")
    with pytest.raises(ExtractRefused, match=r"content in row 2 of marac/a\.csv and row 3 of marac/b\.csv: keep one"):
        given.checked("marac_referrals")


def test_rows_of_files_stand_in_place_of_a_formats_and_beside_them(given):
    """Tried on the SSD in test_same_figures; here a row that both have."""
    sa_url = f"sqlite:///{given.home / 'cms.sqlite'}"
    engine = sa.create_engine(sa_url)
    pd.DataFrame({"pers_person_id": ["P1", "P2"], "pers_dob": ["2010-01-01", "1980-01-01"]}).to_sql(
        "ssd_person", engine, index=False
    )
    pd.DataFrame(columns=["invo_involvements_id", "invo_professional_team", "invo_involvement_start_date"]).to_sql(
        "ssd_involvements", engine, index=False
    )
    columns = ["cine_referral_id", "cine_person_id", "cine_referral_date", "cine_close_date"]
    pd.DataFrame(columns=columns).to_sql("ssd_cin_episodes", engine, index=False)
    given.says(
        f"""[databases.cms]
        url = "{sa_url}"
        [formats.ssd]
        reader = "ssd"
        database = "cms"
        family_safeguarding_teams = {{}}
        [extracts.people]
        format = "ssd"
        files = "adults.csv"
        """
    ).holds(
        "adults.csv",
        """person_id,sex,date_of_birth,ethnicity,upn,open_to_cwd
        P2,F,01/02/1980,,,N
        P3,M,01/02/1981,,,N""",
    )
    assert given.rows("people") == [
        ("P1", "U", "2010-01-01", None, None, False),
        ("P2", "F", "1980-02-01", None, None, False),
        ("P3", "M", "1981-02-01", None, None, False),
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'police.sqlite'}"
    return request.getfixturevalue("in_postgres")


MARAC = """
[databases.police]
url = "{url}"
[extracts.marac_referrals]
database = "police"
query = "select marac_no, nominal, day from marac where day between :first_day and :last_day"
columns = {{ marac_no = "marac_id", nominal = "person_id", day = "referral_date" }}
"""


@pytest.fixture
def database(url, given) -> sa.Engine:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    meta = sa.MetaData()
    marac = sa.Table("marac", meta, *(sa.Column(n, t) for n, t in _COLUMNS))
    meta.create_all(engine)
    days = ["2017-10-03", "2017-12-31", "2018-01-01"]
    with engine.begin() as connection:
        connection.execute(
            marac.insert(),
            [{"marac_no": n, "nominal": "P1", "day": pd.Timestamp(day).date()} for n, day in enumerate(days, 1)],
        )
    given.says(MARAC.format(url=url))
    return engine


_COLUMNS = (("marac_no", sa.Integer), ("nominal", sa.String), ("day", sa.Date))


class TestQueries:
    def test_a_query_is_asked_for_the_quarter(self, database, given):
        assert given.rows("marac_referrals") == [("1", "P1", "2017-10-03"), ("2", "P1", "2017-12-31")]
        assert given.rows("marac_referrals", NEXT) == [("3", "P1", "2018-01-01")]
        assert given.rows("marac_referrals", Quarter.parse("2019-Q4")) == [], "asked, and none: supplied"

    def test_an_odd_row_is_told_by_its_place_in_the_result(self, database, given):
        with database.begin() as connection:
            connection.execute(sa.text("insert into marac values (4, null, '2017-11-01')"))
        with pytest.raises(ExtractRefused, match=r"column person_id: blank, .* in row 3 of query of extracts"):
            given.checked("marac_referrals")

    def test_a_missing_table_or_column_is_said_in_plain_words(self, database, given, url):
        given.says(MARAC.format(url=url).replace("from marac", "from maracs"))
        with pytest.raises(
            ExtractRefused, match=r"query of extracts\.marac_referrals: database police refuses .*maracs"
        ):
            given.delivery("marac_referrals")
        given.says(MARAC.format(url=url).replace("select marac_no", "select marac_nr"))
        with pytest.raises(ExtractRefused, match=r"database police refuses .*marac_nr"):
            given.delivery("marac_referrals")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://reader:${PW}@127.0.0.1:1/cms", "database police cannot be reached"),
        ("sqlite:///nowhere.sqlite", "database police: there is no file nowhere.sqlite"),
        ("nodatabase://x", "names a database or driver that SQLAlchemy does not know"),
        ("mysql+pymysql://x", "needs the Python package pymysql"),
        ("secret of mine", "is no SQLAlchemy URL"),
    ],
)
def test_a_database_that_cannot_be_reached_is_a_refusal_without_secrets(url, said, given):
    given.environment = {"PW": "pa55word"}.get
    given.says(MARAC.format(url=url))
    with pytest.raises(ExtractRefused) as refusal:
        given.delivery("marac_referrals")
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("marac_referrals for Oct-Dec 2017: ")
    for secret in ("pa55word", "secret of mine"):
        assert secret not in str(refusal.value)
        assert secret not in repr(refusal.value.__cause__) + repr(refusal.value.__context__)
