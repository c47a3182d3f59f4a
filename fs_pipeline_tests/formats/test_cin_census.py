"""The children in need census reader: years, layouts, what it gives, and each rule's finding at its line."""

from __future__ import annotations

import tracemalloc

import pandas as pd
import pytest

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile
from fs_pipeline.extracts.formats.cin_census import CinCensusSettings, read_cin_census
from fs_pipeline.extracts.formats.source_tables import xml_elements
from fs_pipeline_tests.formats.reading import left_out, needs_samples, rows, sample_files, told, words

PLAN = ("person_id", "start_date", "end_date", "category")
IDENTIFIERS = "<LAchildID>7</LAchildID><PersonBirthDate>2010-05-01</PersonBirthDate><Sex>F</Sex>"


def census(folder, year, *children, name="census", head=""):
    """A file in which the first child begins in line 3, every further one in the line after the one before."""
    path = folder / f"{name}_{year}.xml"
    header = f"<CollectionDetails><Year>{year}</Year><ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails>"
    lines = [f"{head}<Message><Header>{header}</Header>", "<Children>", *children, "</Children></Message>"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return SourceFile(path, path.name)


def child(*lines, identifiers=IDENTIFIERS):
    return "\n".join([f"<Child><ChildIdentifiers>{identifiers}</ChildIdentifiers>", *lines, "</Child>"])


def referral(start, end="", nfa="false", inner="", need="N1"):
    closure = f"<CINclosureDate>{end}</CINclosureDate>" if end else ""
    return (
        f"<CINdetails><CINreferralDate>{start}</CINreferralDate><PrimaryNeedCode>{need}</PrimaryNeedCode>{closure}"
        f"<ReferralNFA>{nfa}</ReferralNFA>{inner}</CINdetails>"
    )


def plan(start, end="", category="NEG", previous="0", conference=None):
    held = start if conference is None else conference
    return (
        f"<Section47><DateOfInitialCPC>{held}</DateOfInitialCPC></Section47>\n<ChildProtectionPlans>"
        f"<CPPstartDate>{start}</CPPstartDate>{f'<CPPendDate>{end}</CPPendDate>' if end else ''}"
        f"<InitialCategoryOfAbuse>EMO</InitialCategoryOfAbuse><LatestCategoryOfAbuse>{category}</LatestCategoryOfAbuse>"
        f"{f'<NumberOfPreviousCPP>{previous}</NumberOfPreviousCPP>' if previous else ''}</ChildProtectionPlans>"
    )


def read(*files, settings=None):
    return read_cin_census(files, settings or CinCensusSettings())


def test_the_latest_year_says_when_a_plan_ended(tmp_path):
    first = child(referral("2021-01-04", inner=plan("2021-02-01")))
    second = child(referral("2021-01-04", "2021-12-20", inner=plan("2021-02-01", "2021-11-30", "SAB")))
    landed = read(census(tmp_path, 2022, second), census(tmp_path, 2021, first))
    assert rows(landed["cp_plans"], *PLAN, "cp_plan_id", "source_file", "source_row") == [
        ("7", "01/02/2021", "30/11/2021", "SAB", "7-2021-02-01", "census_2022.xml", 5)
    ]
    assert rows(landed["referrals"], "referral_id", "person_id", "start_date", "end_date", "category_of_need") == [
        ("7-2021-01-04", "7", "04/01/2021", "20/12/2021", "N1")
    ]
    assert landed["cp_plans"].report.ignored["plans as an earlier year's census had them"] == 1
    assert all(told(each) == left_out(each) == set() for each in landed.values())


def test_what_later_censuses_do_not_have_any_more_is_told(tmp_path):
    first = child(referral("2020-05-04", inner=plan("2020-06-01")))
    landed = read(census(tmp_path, 2021, first), census(tmp_path, 2022, child(referral("2021-05-01", "2021-06-01"))))
    assert told(landed["cp_plans"]) == {("CPPendDate", 5, "left_open")}
    assert ("CINclosureDate", 4, "left_open") in told(landed["referrals"])


def test_a_plan_without_a_latest_category_has_its_initial_one(tmp_path):
    landed = read(census(tmp_path, 2022, child(referral("2021-05-01", inner=plan("2021-06-01", category="")))))
    assert rows(landed["cp_plans"], "category") == [("EMO",)]


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        ("<GenderCurrent>1</GenderCurrent>", "M"),
        ("<GenderCurrent>2</GenderCurrent>", "F"),
        ("<GenderCurrent>9</GenderCurrent>", "U"),
        ("<GenderCurrent>0</GenderCurrent>", "U"),
        ("<Sex>M</Sex>", "M"),
        ("<Sex>U</Sex>", "U"),
    ],
)
def test_sex_in_the_layouts_to_2024_and_since(tmp_path, sex, expected):
    person = child(identifiers=f"<LAchildID>7</LAchildID><PersonBirthDate>2010-05-01</PersonBirthDate>{sex}")
    landed = read(census(tmp_path, 2022, person))["people"]
    assert rows(landed, "person_id", "sex", "date_of_birth") == [("7", expected, "01/05/2010")]
    assert told(landed) == set()


def test_an_unborn_child_has_no_date_of_birth(tmp_path):
    unborn = "<LAchildID>7</LAchildID><ExpectedPersonBirthDate>2022-05-01</ExpectedPersonBirthDate><Sex>U</Sex>"
    landed = read(census(tmp_path, 2022, child(identifiers=unborn)))["people"]
    assert rows(landed, "person_id", "date_of_birth") == [("7", "")]
    assert told(landed) == set()


def test_a_referral_without_further_action_ends_on_its_day(tmp_path):
    person = child(
        referral("2021-05-01", nfa="1"), referral("2021-06-01", "2021-06-09", nfa="true"), referral("2021-07-01")
    )
    landed = read(census(tmp_path, 2022, person))["referrals"]
    assert rows(landed, "start_date", "end_date") == [
        ("01/05/2021", "01/05/2021"),
        ("01/06/2021", "09/06/2021"),
        ("01/07/2021", ""),
    ]
    assert told(landed) == set()


def test_open_to_cwd_is_what_the_settings_say(tmp_path):
    disabled = "<ChildCharacteristics><Disabilities><Disability>MOB</Disability></Disabilities></ChildCharacteristics>"
    identifiers = [IDENTIFIERS.replace(">7<", f">{number}<") for number in range(3)]
    file = census(
        tmp_path,
        2022,
        child(referral("2021-05-01", "2021-06-01", need="N2"), referral("2021-07-01"), identifiers=identifiers[0]),
        child(referral("2021-05-01", need="N2"), identifiers=identifiers[1]),
        child(disabled, referral("2021-05-01"), identifiers=identifiers[2]),
    )

    def open_to_cwd(**settings):
        landed = read(file, settings=CinCensusSettings(**settings))["people"]
        return [
            (who, f"{since:%d/%m/%Y}", "" if until is pd.NaT else f"{until:%d/%m/%Y}")
            for who, since, until in landed.spells["open_to_cwd"].itertuples(index=False)
        ]

    needs = [("0", "01/05/2021", "01/06/2021"), ("1", "01/05/2021", "")]
    assert open_to_cwd() == []
    assert open_to_cwd(cwd_needs=("N2",)) == needs
    assert open_to_cwd(cwd_needs=("N2",), cwd_disabilities=("MOB", "LD")) == [*needs, ("2", "01/05/2021", "")]


DEAD = IDENTIFIERS + "<PersonDeathDate>2021-07-01</PersonDeathDate>"
PLANS = {
    "8840": (referral("2021-05-01", inner=plan("2021-06-01", "2021-06-01")), "CPPendDate", IDENTIFIERS),
    "8720": (referral("2021-05-01", inner=plan("2022-04-01")), "CPPstartDate", IDENTIFIERS),
    "1105": (referral("2021-06-02", inner=plan("2021-06-01")), "CPPstartDate", IDENTIFIERS),
    "8915": (referral("2021-05-01", inner=plan("2021-07-02")), "CPPstartDate", DEAD),
    "8920": (referral("2021-05-01", inner=plan("2021-06-01", "2021-07-02")), "CPPendDate", DEAD),
    "8730": (referral("2021-05-01", inner=plan("2021-06-01", previous="")), "NumberOfPreviousCPP", IDENTIFIERS),
    "2885": (referral("2021-05-01", inner=plan("2021-06-01", conference="2021-05-31")), "CPPstartDate", IDENTIFIERS),
}


@pytest.mark.parametrize("rule", PLANS)
def test_a_plan_that_looks_wrong_is_told_at_its_line(tmp_path, rule):
    details, column, identifiers = PLANS[rule]
    landed = read(census(tmp_path, 2022, child(details, identifiers=identifiers)))["cp_plans"]
    assert told(landed) == {(column, 5, rule)}
    assert len(landed.rows) == 1


def test_a_plan_may_begin_and_end_on_the_day_of_death_and_begin_on_that_of_the_referral(tmp_path):
    details = [
        referral("2021-06-01", inner=plan("2021-06-01", "2021-07-01")),
        referral("2021-07-01", inner=plan("2021-07-01")),
    ]
    landed = read(census(tmp_path, 2022, child(*details, identifiers=DEAD)))["cp_plans"]
    assert told(landed) == set()


def test_plans_that_cannot_be_used_are_left_out_by_line(tmp_path):
    inner = "\n".join(
        [
            plan("2021-06-01", "2021-05-30"),
            plan("", conference=""),
            plan("2021-07-01", "30/09/2021"),
            plan("2021-08-01", "2021-09-01"),
            plan("2021-08-01"),
            plan("2021-08-01"),
        ]
    )
    landed = read(census(tmp_path, 2022, child(referral("2021-05-01", inner=inner))))["cp_plans"]
    assert left_out(landed) == {
        ("CPPendDate", 5, "8925"),
        ("CPPstartDate", 7, "8720"),
        ("CPPendDate", 9, "bad_date"),
        ("CPPstartDate", 11, "8940"),
        ("CPPstartDate", 13, "8935"),
    }
    assert rows(landed, *PLAN, "source_row") == [("7", "01/08/2021", "", "NEG", 15)]


def test_referrals_that_overlap_are_told_at_their_line(tmp_path):
    landed = read(
        census(
            tmp_path,
            2022,
            child(
                referral("2021-05-01", "2021-06-01"),
                referral("2021-06-01", "2021-09-01"),  # may begin on the day on which another is closed
                referral("2021-08-31"),
                referral("2021-10-01"),
            ),
        )
    )["referrals"]
    assert told(landed) == {
        ("CINreferralDate", 6, "8820"),
        ("CINclosureDate", 6, "8815"),
        ("CINclosureDate", 6, "8816"),
        ("CINclosureDate", 7, "8815"),
        ("CINreferralDate", 7, "8820"),
    }
    assert len(landed.rows) == 4


@pytest.mark.parametrize(
    ("identifiers", "column", "rule"),
    [
        (IDENTIFIERS + "<ExpectedPersonBirthDate>2010-05-02</ExpectedPersonBirthDate>", "PersonBirthDate", "8525Q"),
        ("<LAchildID>7</LAchildID><Sex>F</Sex>", "PersonBirthDate", "8525Q"),
        ("<LAchildID>7</LAchildID><PersonBirthDate>2010-05-01</PersonBirthDate>", "Sex", "4180"),
        (IDENTIFIERS.replace(">F<", ">X<"), "Sex", "4180"),
        (IDENTIFIERS + "<UPN>A123456789123</UPN>", "UPN", "1530"),
        (IDENTIFIERS + "<UPN>A3334567891X3</UPN>", "UPN", "1540"),
        (IDENTIFIERS + "<UPN>A33345678912S</UPN>", "UPN", "1550"),
    ],
)
def test_a_child_that_looks_wrong_is_told_at_its_line(tmp_path, identifiers, column, rule):
    landed = read(census(tmp_path, 2022, child(identifiers=identifiers)))["people"]
    assert (column, 3, rule) in told(landed)
    assert len(landed.rows) == 1


def test_a_child_twice_in_a_census_is_used_once(tmp_path):
    landed = read(census(tmp_path, 2022, child(), child()))["people"]
    assert (len(landed.rows), left_out(landed)) == (1, {("LAchildID", 5, "8510")})


def test_a_census_without_line_ends_counts_its_plans(tmp_path):
    path = tmp_path / "census_2022.xml"
    people = [
        child(referral("2021-07-01", inner=plan("2021-06-01")), identifiers=IDENTIFIERS.replace(">7<", f">{who}<"))
        for who in (7, 8)
    ]
    path.write_text(f"<Message><Children>{''.join(people)}</Children></Message>".replace("\n", ""))
    assert told(read(SourceFile(path, path.name))["cp_plans"]) == {
        ("CPPstartDate", 1, "1105"),
        ("CPPstartDate", 2, "1105"),
    }


def test_nothing_that_is_said_names_a_child(tmp_path):
    for number, (details, _, identifiers) in enumerate(PLANS.values()):
        person = child(details, details, identifiers=identifiers.replace(">7<", ">CHILD-9981<"))
        for landed in read(census(tmp_path, 2022, person, person, name=f"c{number}")).values():
            assert "9981" not in words(landed)


BOMB = '<!DOCTYPE Message [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE Message [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/census.dtd">\n'])
def test_a_document_type_is_refused_unread(tmp_path, head):
    person = child(identifiers=IDENTIFIERS.replace(">7<", ">&a;<"))
    with pytest.raises(SourceError, match=r"census_2022\.xml has a document type"):
        read(census(tmp_path, 2022, person, head=head))


def test_files_that_are_no_census_are_refused(tmp_path):
    path = tmp_path / "census.xml"
    for text, expected in (
        ("<Message><Children><Child>", "not well-formed XML (line 1: no element found)"),
        ("<EXPSSDA903></EXPSSDA903>", "outermost element is no Message"),
        (f"<Message>{child()}</Message>", "tells no year"),
        ("<Message></Message>", "neither Header nor Child"),
        ("", "not well-formed XML"),
    ):
        path.write_text(text)
        with pytest.raises(SourceError) as refused:
            read(SourceFile(path, path.name))
        assert expected in str(refused.value)


def test_a_long_file_is_read_in_little_memory(tmp_path):
    """10 MB in less than 4 MB: the file is never held whole.

    A census of 200 MB (74,000 children) takes 14 s of one core: 6 MB to stream, 210 MB for the rows that it gives.
    """
    path = tmp_path / "census_2022.xml"
    many = "\n".join([child(referral("2021-05-01", inner=plan("2021-06-01")))] * 1000)
    with path.open("w") as file:
        file.write("<Message><Children>")
        while file.tell() < 10_000_000:
            file.write(many)
        file.write("</Children></Message>")
    tracemalloc.start()
    children = sum(1 for _ in xml_elements(SourceFile(path, path.name), "Message", {"Child"}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert children > 15_000
    assert peak < 4_000_000


# data-to-insight/csc-validator-be-cin and SocialFinanceDigitalLabs/liia-tools-pipeline (MIT licence)


@needs_samples
@pytest.mark.parametrize(
    ("name", "counts", "findings"),
    [
        ("BAR_cin_2022", (1, 1, 1), {"1105", "1530", "8525Q"}),
        ("CIN2rows", (1, 1, 1), {"100", "1105", "1530"}),
        ("CIN_Census_2021", (1, 1, 1), {"1105", "1530", "8525Q", "bad_date"}),
        ("CIN_Census_2024", (2, 2, 1), {"100", "1105", "1530"}),
        ("CIN_Census_2026", (2, 2, 1), {"100", "1105", "1530"}),
        ("CIN_header_issues_100", (1, 1, 1), {"100", "1105", "1530", "8525Q", "bad_date"}),
        ("fake_CIN_data", (332, 402, 0), {"100", "1530"}),
    ],
)
def test_the_samples(name, counts, findings):
    landed = read(*sample_files(f"cin/{name}.xml"))
    assert tuple(len(landed[extract].rows) for extract in ("people", "referrals", "cp_plans")) == counts
    assert {rule for each in landed.values() for _, _, rule in told(each)} == findings


@needs_samples
def test_each_defect_of_the_samples_stands_at_its_line():
    twice = read(*sample_files("cin/CIN2rows.xml"))["cp_plans"]
    assert left_out(twice) == {("CPPstartDate", 55, "8940")}
    assert told(twice) == {("ReferenceDate", 2, "100"), ("CPPstartDate", 65, "1105")}
    people = read(*sample_files("cin/CIN_Census_2021.xml"))["people"]
    assert told(people) == {
        ("PersonBirthDate", 18, "8525Q"),
        ("ExpectedPersonBirthDate", 18, "bad_date"),
        ("UPN", 18, "1530"),
    }
