"""sources.toml: a mistake is answered with the file, the key, and what is accepted; a secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from fs_pipeline.extracts.sources.readers import READERS
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.settings.reading import SettingsError, read_settings
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.sources.given import Given

TEMPLATE = Path(__file__).parents[2] / "data" / "sources.example.toml"
CMS = '[databases.cms]\nurl = "sqlite:///cms.sqlite"\n'
SSD = CMS + '[formats.ssd]\nreader = "ssd"\ndatabase = "cms"\n'
LINKING = '[linking]\nidentities = "ours.csv"\n'
NAMED = '[extracts.police_incidents]\nfiles = "police.csv"\ncolumns = { A = "forename", B = "surname"'
TEAMS = SSD + "[formats.ssd.family_safeguarding_teams]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[extracts", "is not TOML"),
        ("[extract.people]", "[extract] is not known: the tables are [databases], [formats], [extracts]"),
        ("extracts = 3", "extracts must be a table of keys and values"),
        ("[databases.cms]", "databases.cms.url is missing"),
        ('[databases.cms]\nurl = "x"\nport = 3', "databases.cms.port is not a key: [databases.cms] accepts url"),
        ("[databases.cms]\nurl = 3", "databases.cms.url must be a text in quotation marks"),
        ('[formats.x]\nreader = "xml"', f"formats.x.reader must be one of {', '.join(READERS)}"),
        (CMS + '[formats.x]\nreader = "ssd"', "formats.x needs database, and no files: ssd reads a database"),
        ('[formats.x]\nreader = "ssd"\ndatabase = "cms"', "formats.x.database must be one of the databases"),
        ('[extracts.peple]\nfiles = "x.csv"', f"extracts.peple is no extract: they are {', '.join(EXTRACTS)}"),
        ("[extracts.people]", "extracts.people needs one of format, files, or database with query"),
        ('[extracts.people]\nformat = "ssd"', "extracts.people.format must be one of the formats"),
        ('[extracts.people]\nquery = "select 1"', "extracts.people needs both database and query"),
        ('[extracts.people]\nfile = "x.csv"', "extracts.people.file is not a key: [extracts.people] accepts format"),
        ('[extracts.people]\nfiles = "x"\nsince = "May"', "extracts.people.since must be a date such as 2017-10-01"),
        (
            '[extracts.people]\nfiles = "x"\ncolumns = { id = "persn_id" }',
            "extracts.people.columns.id must be a column of people: person_id, sex",
        ),
        (
            '[extracts.people]\nfiles = "x"\ncodes.sex = { 1 = "Male" }',
            "extracts.people.codes.sex.1 must be one of M, F, U",
        ),
        (
            '[extracts.people]\nfiles = "x"\ncodes.open_to_cwd = { 1 = "Y" }',
            "extracts.people.codes.open_to_cwd.1 must be true or false",
        ),
        ('[extracts.caseloads]\nfiles = "x.csv"', "{quarter} must stand in files, or :first_day in the query"),
        (
            SSD + '[extracts.people]\nformat = "ssd"\ncodes.sex = { 1 = "M" }',
            "columns and codes are for files and queries, not for a format",
        ),
        ("linking = 3", "linking must be a table of keys and values"),
        ("[linking]", "linking.identities is missing"),
        ('[linking]\nidentities = ""', "linking.identities must be a path"),
        (LINKING + 'certain = "very"', "linking.certain must be a number"),
        (LINKING + "certain = 0.1", "linking: doubtful and certain must lie between 0 and 1"),
        (LINKING + "sure = 1", "linking.sure is not a key: [linking] accepts certain, doubtful, margin"),
        (NAMED + ', C = "date_of_birth" }', "linking is missing: extracts.police_incidents names people"),
        (LINKING + NAMED + " }", "columns must also say which column is date_of_birth"),
        (
            LINKING + NAMED.replace("police.csv", "{quarter}.csv") + ', C = "date_of_birth" }',
            "people are linked over all quarters at once: put * in place of {quarter}",
        ),
        (
            LINKING + '[extracts.people]\nfiles = "x"\ncolumns = { A = "forename" }',
            "extracts.people.columns.A must be a column of people",
        ),
    ],
)
def test_a_mistake_names_file_key_and_what_is_accepted(text, said, tmp_path):
    given = Given(tmp_path).says(text)
    with pytest.raises(SettingsError) as fault:
        _ = given.sources.file
    assert str(fault.value).startswith(f"{tmp_path / 'sources.toml'}: ")
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SSD, "formats.ssd.family_safeguarding_teams is missing"),
        (TEAMS + 'a = "sometimes"', "formats.ssd.family_safeguarding_teams.a must be a date such as 2017-10-01"),
        (TEAMS + 'a = "sometimes"', "or a list or 'always'"),
        (SSD + "colums = 3\n" + "family_safeguarding_teams = {}", "formats.ssd.colums is not a key: [formats.ssd] acc"),
        (
            SSD + 'family_safeguarding_teams = {}\ncodes.sex = { X = "Q" }',
            "formats.ssd: codes.sex.X must be one of M, F, U",
        ),
    ],
)
def test_the_settings_of_a_format_likewise(text, said, tmp_path):
    (tmp_path / "cms.sqlite").touch()
    given = Given(tmp_path).says(text + '\n[extracts.people]\nformat = "ssd"')
    with pytest.raises(SettingsError) as fault:
        given.delivery("people")
    assert str(fault.value).startswith(f"{tmp_path / 'sources.toml'}: ")
    assert said in str(fault.value)


def test_without_the_file_everything_is_as_before(tmp_path):
    sources = Sources(tmp_path / "sources.toml", lambda _: None)
    assert not any(sources.of(extract) for extract in EXTRACTS.values())
    assert sources.marks() == []


def test_secrets_come_from_the_environment_as_a_url_writes_them(tmp_path):
    text = '[databases.cms]\nurl = "postgresql+psycopg://reader:${PW}@server/cms"\n[databases.all]\nurl = "${URL}"'
    file = Given(tmp_path).says(text).sources.file
    known = {"PW": "p@ss/word", "URL": "sqlite://"}
    cms, key = file.databases["cms"], "databases.cms.url"
    assert file.with_secrets(cms, key, known.get) == "postgresql+psycopg://reader:p%40ss%2Fword@server/cms"
    assert file.with_secrets(file.databases["all"], "databases.all.url", known.get) == "sqlite://"
    with pytest.raises(SettingsError, match=r"databases\.cms\.url needs PW in the environment"):
        file.with_secrets(cms, key, lambda _: None)


def test_the_template_is_accepted_and_shows_every_kind_of_source(tmp_path):
    file = Given(tmp_path).says(TEMPLATE.read_text(encoding="utf-8")).sources.file
    for name, of_format in file.formats.items():
        read_settings(READERS[of_format.reader].settings, of_format.settings, file.path, f"formats.{name}")
    sources = file.extracts.values()
    assert any(source.query for source in sources)
    assert any(source.format and source.files for source in sources)
    assert any(source.columns and source.codes for source in sources)
