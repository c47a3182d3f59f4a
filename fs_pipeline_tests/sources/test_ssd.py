"""The SSD reader on small tables in real databases: each extract, what is left aside, and how suppliers differ."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
import sqlalchemy as sa

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.sources.explaining_sources import explain_sources
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.sources.given import NEXT, QUARTER, Given

LATER = Quarter.parse("2020-Q1")
TABLES = {
    "ssd_person": """pers_person_id,pers_dob,pers_sex,pers_upn,pers_expected_dob
        C1,2010-01-01 00:00:00,Male,SSD_PH,
        C2,2018-02-01,F,,
        A1,01/02/1980,Other,,
        U1,,,,2018-06-01
        X1,,M,,
        Y1,2001-05-01,M,,
        Z1,not a day,F,,""",
    "ssd_family": """fami_table_id,fami_family_id,fami_person_id
        1,F1,C1
        2,F1,C1
        3,F1,A1
        4,F1,U1
        5,F1,X1
        6,F9,Y1
        7,,A1
        8,F1,C2""",
    "ssd_cin_episodes": """cine_referral_id,cine_person_id,cine_referral_date,cine_close_date,cine_cin_primary_need_code
        R1,C1,2017-09-01,2018-03-01,N1
        R2,C1,2018-02-20,,Neglect
        R3,C2,2018-03-01,,N2""",
    "ssd_involvements": """invo_involvements_id,invo_professional_id,invo_professional_role_id,\
        invo_professional_team,invo_person_id,invo_involvement_start_date,invo_involvement_end_date,\
        invo_referral_id
        I1,W1,CW,T1,C1,2017-09-01,2018-01-31,R1
        I2,W2,KA,T1,C1,2017-09-01,,R1
        I3,,cw,T1,C1,2017-12-01,,
        I4,W1,CW,T1,C1,2018-02-25,,
        I5,W3,CW,T2,C2,2018-03-01,2018-03-31,R3""",
    "ssd_department": "dept_team_id,dept_team_name\nT1,North\nT2,Disabilities",
    "ssd_cp_plans": """cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date,\
        cppl_cp_plan_ola,cppl_cp_plan_initial_category,cppl_cp_plan_latest_category
        P1,C1,2017-10-01,2018-02-01,N,NEG,Emotional Abuse
        P2,C1,2017-10-05,,Y,NEG,NEG
        P3,C2,2018-03-05,,,Physical,
        P4,C2,2017-11-05,,N,,Harm
        P5,C2,2017-13-05,,N,,NEG
        P6,C2,,,N,,NEG""",
    "ssd_cla_episodes": """clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,\
        clae_cla_episode_ceased_date,clae_cla_episode_ceased_reason,clae_cla_id,clae_entered_care_date
        E1,C1,2017-10-01,2017-11-01,X1,L1,2017-09-20
        E2,C1,2017-11-01,2018-02-01,E4A Returned home,L1,2017-09-20
        E3,C2,2018-03-01,2018-03-09,"Episode ceases, and new episode begins on same day, for any reason",L2,
        E4,Y1,2017-10-01,2018-01-01,E8,L3,
        E5,Y1,2017-10-01,2017-10-03,E8,L4,
        E6,Y1,2017-12-24,2017-12-29,E8,L5,""",
    "ssd_legal_status": """lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date
        Y1,V4 - Single period of respite,2017-12-24,2017-12-30
        C1,C2,2017-10-01,""",
    "ssd_immigration_status": """immi_person_id,immi_immigration_status,immi_immigration_status_start_date,\
        immi_immigration_status_end_date
        Y1,UASC,2017-10-05,""",
}
SOURCES = """
[databases.cms]
url = "{url}"
[formats.ssd]
reader = "ssd"
database = "cms"
[formats.ssd.family_safeguarding_teams]
North = [2017-10-01, 2018-03-31]
[formats.ssd.cwd_teams]
T2 = "always"
""" + "".join(
    f'[extracts.{name}]\nformat = "ssd"\n'
    for name in ("people", "family_members", "referrals", "allocations", "cp_plans", "care_periods")
)


def frame(text: str) -> pd.DataFrame:
    header, *rows = csv.reader(line.strip() for line in text.splitlines())
    return pd.DataFrame(rows, columns=[cell.strip() for cell in header]).replace("", None)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cms.sqlite'}"
    return request.getfixturevalue("in_postgres")


def written(url: str, tables: dict[str, str]) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    for name, text in tables.items():
        frame(text).to_sql(name, engine, index=False, if_exists="replace")


@pytest.fixture
def ssd(url, tmp_path) -> Given:
    written(url, TABLES)
    return Given(tmp_path).says(SOURCES.format(url=url))


def left_out(given: Given, extract: str, quarter: Quarter = LATER) -> list[tuple[str, str, str]]:
    rejected = given.checked(extract, quarter).rejected
    return [tuple(line) for line in rejected[["file", "row", "rule"]].to_numpy().tolist()]


def test_people(ssd):
    assert ssd.rows("people", LATER) == [
        ("C1", "M", "2010-01-01", None, None, False),
        ("C2", "F", "2018-02-01", None, None, False),
        ("U1", "U", None, None, None, False),
        ("X1", "M", None, None, None, False),
        ("Y1", "M", "2001-05-01", None, None, False),
    ]
    assert sorted(left_out(ssd, "people")) == [
        ("ssd_person", "A1", "unknown_code"),
        ("ssd_person", "Z1", "bad_date"),
    ]
    explained = {each.extract: each for each in explain_sources(ssd.sources, QUARTER)}
    assert explained["people"].unmapped == ("sex: Other (1)",)


def test_people_of_an_earlier_quarter_are_not_born_yet_and_open_to_cwd_as_at_its_end(ssd):
    assert ("C2", "U", None, None, None, False) in ssd.rows("people", QUARTER)
    assert ("C2", "F", "2018-02-01", None, None, False) in ssd.rows("people", NEXT), "ended on the quarter end"
    engine = sa.create_engine(ssd.sources.file.databases["cms"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update ssd_involvements set invo_involvement_end_date = null where invo_involvements_id = 'I5'")
        )
    assert ("C2", "F", "2018-02-01", None, None, True) in ssd.rows("people", NEXT)


def test_a_mapping_of_a_code_is_obeyed(ssd):
    ssd.says((ssd.home / "sources.toml").read_text().replace('"cms"\n', '"cms"\ncodes.sex = { other = "U" }\n', 1))
    assert ("A1", "U", "1980-02-01", None, None, False) in ssd.rows("people", LATER)


def test_family_members_by_age_when_the_first_came_into_family_safeguarding(ssd):
    """X1 has no date of birth; Y1's family has no referral; A1 of no family is nobody's member."""
    assert ssd.rows("family_members", LATER) == [
        ("F1", "A1", "adult", None),
        ("F1", "C1", "child", None),
        ("F1", "C2", "child", None),
        ("F1", "U1", "child", None),
    ]
    assert left_out(ssd, "family_members") == [("ssd_family", "5", "no_birth_date")]
    delivery = ssd.delivery("family_members")
    assert delivery.report.ignored == {
        "rows without a family or a person": 1,
        "repetitions of a family's member": 1,
        "members of families without a referral": 1,
    }


def test_referrals(ssd):
    assert ssd.rows("referrals", LATER) == [
        ("R1", "C1", "2017-09-01", "2018-03-01", "N1"),
        ("R2", "C1", "2018-02-20", None, None),
        ("R3", "C2", "2018-03-01", None, "N2"),
    ]
    assert ssd.checked("referrals", LATER).findings["row"].tolist() == ["R2"]
    assert ssd.checked("referrals", QUARTER).findings.empty, "its referral comes later"
    assert [row[0] for row in ssd.rows("referrals", QUARTER)] == ["R1"]


def test_allocations_are_cut_where_the_team_becomes_and_ceases_to_be_family_safeguarding(ssd):
    """I3 names neither worker nor referral: R1 alone is open on its start. On I4's, two are."""
    assert ssd.rows("allocations", LATER) == [
        ("I1", "C1", "R1", "W1", "North", False, "2017-09-01", "2017-10-01"),
        ("I1/2", "C1", "R1", "W1", "North", True, "2017-10-01", "2018-01-31"),
        ("I3", "C1", "R1", "not recorded", "North", True, "2017-12-01", "2018-04-01"),
        ("I3/2", "C1", "R1", "not recorded", "North", False, "2018-04-01", None),
        ("I5", "C2", "R3", "W3", "Disabilities", False, "2018-03-01", "2018-03-31"),
    ]
    assert left_out(ssd, "allocations") == [("ssd_involvements", "I4", "no_referral")]
    assert ssd.delivery("allocations").report.ignored == {"involvements in the role KA": 1}
    assert ssd.rows("allocations", QUARTER)[1:] == [
        ("I1/2", "C1", "R1", "W1", "North", True, "2017-10-01", None),
        ("I3", "C1", "R1", "not recorded", "North", True, "2017-12-01", None),
    ]


def test_plans_of_other_authorities_are_left_aside_and_categories_are_codes_or_words(ssd):
    assert ssd.rows("cp_plans", LATER) == [
        ("P1", "C1", "2017-10-01", "2018-02-01", "EMO"),
        ("P3", "C2", "2018-03-05", None, "PHY"),
        ("P4", "C2", "2017-11-05", None, None),
    ]
    assert left_out(ssd, "cp_plans") == [
        ("ssd_cp_plans", "P5", "bad_date"),
        ("ssd_cp_plans", "P6", "blank"),
    ]
    assert ssd.delivery("cp_plans").report.ignored == {"plans of other authorities": 1}
    checked = ssd.checked("cp_plans", LATER)
    assert checked.findings_by_rule["unmapped_code"] == 1
    assert checked.counts["delivered"] == 5


def test_periods_of_care(ssd):
    """L1 from the day of entering care; L2 goes on after X1; L3 of a UASC; L5 is respite alone."""
    assert ssd.rows("care_periods", LATER) == [
        ("L1", "C1", "2017-09-20", "2018-02-01", False),
        ("L2", "C2", "2018-03-01", None, False),
        ("L3", "Y1", "2017-10-01", "2018-01-01", True),
        ("L4", "Y1", "2017-10-01", "2017-10-03", False),
    ]
    assert ssd.delivery("care_periods").report.ignored == {"periods of respite care alone": 1}
    assert ssd.rows("care_periods", QUARTER)[0] == ("L1", "C1", "2017-09-20", None, False)


def test_what_a_warehouse_writes_for_nothing_is_nothing(url, tmp_path):
    """-1 identifies neither family, person, referral nor team; 1900-01-01 and 9999-12-31 are no days."""
    extra = {
        "ssd_person": """-1,1900-01-01,,,
            C9,1900-01-01 00:00:00,F,,""",
        "ssd_family": """-1,F1,C9
            90,-1,C1
            91,-1,C2
            92,F1,-1""",
        "ssd_cin_episodes": """-1,-1,1900-01-01,1900-01-01,
            R9,C9,2019-01-10,9999-12-31 00:00:00,N1""",
        "ssd_involvements": """-1,-1,CW,-1,-1,1900-01-01,,-1
            I9,-1,CW,T1,C9,2019-02-01,9999-12-31,-1""",
        "ssd_cp_plans": """P9,C9,2019-02-01,9999-12-31,N,NEG,
            P10,C9,1900-01-01,,N,NEG,
            P11,-1,2019-02-01,,N,NEG,""",
        "ssd_cla_episodes": """E9,C9,2019-03-01,9999-12-31,,-1,1900-01-01
            E10,-1,2019-03-01,,,L9,""",
    }
    written(url, TABLES | {name: f"{TABLES[name]}\n{rows}" for name, rows in extra.items()})
    ssd = Given(tmp_path).says(SOURCES.format(url=url))
    assert ("C9", "F", None, None, None, False) in ssd.rows("people", LATER)
    assert [row[:2] for row in ssd.rows("family_members", LATER)] == [("F1", each) for each in ("A1", "C1", "C2", "U1")]
    assert ssd.delivery("family_members").report.ignored["rows without a family or a person"] == 4
    assert ssd.rows("referrals", LATER)[-1] == ("R9", "C9", "2019-01-10", None, "N1")
    assert ssd.rows("allocations", LATER)[-1] == ("I9", "C9", "R9", "not recorded", "North", False, "2019-02-01", None)
    assert ssd.rows("cp_plans", LATER)[-1] == ("P9", "C9", "2019-02-01", None, "NEG")
    assert ssd.rows("care_periods", LATER)[0] == ("C9-2019-03-01", "C9", "2019-03-01", None, False)
    assert {row for _, row, rule in left_out(ssd, "cp_plans") if rule == "blank"} == {"P6", "P10", "P11"}
    assert left_out(ssd, "care_periods") == [("ssd_cla_episodes", "E10", "blank")]
    for extract in ("people", "family_members", "referrals", "allocations"):
        assert ssd.delivery(extract).report.ignored["rows whose key is -1: of nobody"] == 1


def test_a_supplier_with_other_names_and_fewer_columns(url, tmp_path):
    """As from Mosaic: no person on involvements, names of teams, views of their own, numbers as keys."""
    other = {
        "vw_people": "id,pers_dob\n1,2010-01-01",
        "ssd_cin_episodes": TABLES["ssd_cin_episodes"].split("\n")[0] + "\n7,1,2017-10-02,,N1",
        "ssd_involvements": """invo_involvements_id,invo_professional_role_id,team_name,\
        invo_involvement_start_date,invo_referral_id
            70,CW,North,2017-10-02,7""",
        "ssd_cp_plans": """cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date
            8,1,2017-10-02,""",
    }
    written(url, other)
    given = Given(tmp_path).says(
        SOURCES.format(url=url)
        .replace(
            'database = "cms"\n',
            'database = "cms"\ntables.ssd_person = "vw_people"\ncolumns.ssd_person = { ID = "pers_person_id" }\n'
            'columns.ssd_involvements = { team_name = "invo_professional_team" }\n',
            1,
        )
        .replace('[extracts.family_members]\nformat = "ssd"\n', "")
        .replace('[extracts.care_periods]\nformat = "ssd"\n', "")
    )
    assert given.rows("people") == [("1", "U", "2010-01-01", None, None, False)]
    assert given.rows("allocations") == [("70", "1", "7", "not recorded", "North", True, "2017-10-02", None)]
    assert given.rows("cp_plans") == [("8", "1", "2017-10-02", None, None)]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("drop table ssd_cp_plans", "database cms has no table ssd_cp_plans: name theirs in the format's tables.ssd_c"),
        (
            "alter table ssd_cp_plans drop column cppl_person_id",
            "table ssd_cp_plans of database cms has no column cppl_person_id: name theirs in the format's columns.ssd_",
        ),
    ],
)
def test_what_is_missing_is_said_in_plain_words(sql, said, ssd, url):
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(sql))
    with pytest.raises(ExtractRefused) as refusal:
        ssd.delivery("cp_plans")
    assert said in str(refusal.value)


@each("""
    missing           | refused
    ssd_cp_plans      | cp_plans
    ssd_involvements  | people family_members allocations
    ssd_person        | people family_members
    ssd_cin_episodes  | referrals people family_members allocations
    ssd_legal_status  | nothing
""")
def test_what_needs_a_missing_table_is_refused_and_nothing_else(missing, refused, ssd, url):
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(f"drop table {missing}"))
    sources, found = ssd.sources, {}
    for extract in sources.file.extracts:
        try:
            assert sources.delivery(EXTRACTS[extract], NEXT, QUARTER.first_day)
        except ExtractRefused as refusal:
            found[extract] = str(refusal)
    assert " ".join(found) == " ".join(each for each in sources.file.extracts if each in refused.split())
    assert all(f"has no table {missing}:" in words for words in found.values())


def test_only_needed_columns_are_read_in_chunks_and_of_one_moment(ssd):
    """Names of people are not asked for; each table is read once, however many extracts and quarters."""
    asked: list[str] = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        asked.append(statement.lower())

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        sources = ssd.sources
        for quarter in (QUARTER, NEXT):
            for name in sources.file.extracts:
                assert sources.delivery(EXTRACTS[name], quarter, QUARTER.first_day)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    selects = [statement for statement in asked if "from ssd_" in " ".join(statement.split())]
    assert len(selects) == len(TABLES)
    assert not any("*" in statement for statement in selects)
