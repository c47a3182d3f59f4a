from datetime import date
from pathlib import Path

import pytest

from fs_pipeline.settings.programme import read_programme, read_timetable
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.toolkit.programme import CohortWindow, Quality, Timetable

GOOD = """
[authority]
name = "Invented Borough"
code = "999"
[programme]
start = 2017-10-01
baseline_quarters = 4
exclude_cwd_children = true
[cohorts]
2 = [2018-01-01, 2018-03-31]
1 = [2017-10-01, 2017-12-31]
[costs]
external_expert_report = 3000
internal_hour = 60.5
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "programme.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_settings_with_cohorts_in_order_of_their_days(tmp_path):
    programme = read_programme(written(tmp_path, GOOD))
    assert (programme.authority_name, programme.authority_code) == ("Invented Borough", "999")
    assert (programme.start, programme.baseline_quarters, programme.exclude_cwd_children) == (
        date(2017, 10, 1),
        4,
        True,
    )
    assert programme.cohorts == (
        CohortWindow("1", date(2017, 10, 1), date(2017, 12, 31)),
        CohortWindow("2", date(2018, 1, 1), date(2018, 3, 31)),
    )
    assert (programme.external_expert_report, programme.internal_hour) == (3000.0, 60.5)


def test_how_much_may_be_left_out_is_optional(tmp_path):
    assert read_programme(written(tmp_path, GOOD)).quality == Quality(0.05, 10, 0.01, 0.05)
    text = GOOD + "[quality]\nrefuse_rows = 1\nrefuse_referrals_above = 0.2\n"
    assert read_programme(written(tmp_path, text)).quality == Quality(0.05, 1, 0.01, 0.2)
    text = GOOD + "[quality]\nrefuse_above = 0.5\npartial_above = 0\n"
    assert read_programme(written(tmp_path, text)).quality == Quality(0.5, 10, 0.0, 0.05)


def test_the_demo_programme_can_be_read():
    assert len(read_programme(Path(__file__).parents[2] / "data" / "programme.toml").cohorts) == 6


@pytest.mark.parametrize("text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n")])
def test_byte_order_mark_and_windows_line_ends(tmp_path, text):
    assert read_programme(written(tmp_path, text)).authority_code == "999"


def test_a_programme_without_cohorts(tmp_path):
    text = GOOD.replace("2 = [2018-01-01, 2018-03-31]\n", "").replace("1 = [2017-10-01, 2017-12-31]\n", "")
    assert read_programme(written(tmp_path, text)).cohorts == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('code = "999"\n', "", "authority.code is missing: [authority] accepts name, code"),
        ("start =", "begin =", "programme.start is missing; programme.begin is not a key: [programme] accepts start"),
        ("[costs]", "[cost]", "[costs] is missing; [cost] is not known: the tables are [authority]"),
        ("[costs]\n", "extra = 1\n[costs]\n", "cohorts.extra must be its first and last day"),
        ("2017-10-01\nb", "2017-10-02\nb", "programme.start must be the first day of a quarter"),
        ("2017-10-01\nb", '"2017-10-01"\nb', "programme.start must be the first day of a quarter"),
        ("2017-10-01\nb", "2017-10-01T00:00:00\nb", "programme.start must be the first day of a quarter"),
        ("quarters = 4", "quarters = -1", "programme.baseline_quarters must be a whole number from 0"),
        ("quarters = 4", "quarters = 4.0", "programme.baseline_quarters must be a whole number from 0"),
        ("quarters = 4", "quarters = true", "programme.baseline_quarters must be a whole number from 0"),
        ("= true", '= "yes"', "programme.exclude_cwd_children must be true or false"),
        ('"Invented Borough"', '" "', "authority.name must be a text"),
        ('"999"', "999", "authority.code must be three digits in quotation marks"),
        ('"999"', '"99"', "authority.code must be three digits"),
        ("60.5", "-0.01", "costs.internal_hour must be an amount in GBP of 0 or more"),
        ("60.5", "nan", "costs.internal_hour must be an amount"),
        ("60.5", "60.5\n[quality]\nrefuse_above = 1.01", "quality.refuse_above must be a share from 0 to 1"),
        ("60.5", "60.5\n[quality]\nrefuse_above = 5", "quality.refuse_above must be a share from 0 to 1"),
        ("60.5", "60.5\n[quality]\nrefuse_rows = 0", "quality.refuse_rows must be a whole number of 1 or more"),
        ("60.5", "60.5\n[quality]\nabove = 1", "quality.above is not a key: [quality] accepts refuse_above, refuse"),
        ("3000", "inf", "costs.external_expert_report must be an amount"),
        ("3000", "true", "costs.external_expert_report must be an amount"),
        ("2018-01-01, ", "2017-12-31, ", "cohorts.1 and cohorts.2 overlap"),
        ("2018-01-01, 2018-03-31", "2018-03-31, 2018-01-01", "cohorts.2 must be its first and last day"),
        ("2018-01-01, 2018-03-31", "2018-01-01", "cohorts.2 must be its first and last day"),
        ("[authority]", "[authority", "is not TOML"),
        ("[authority]", "authority = 1\n[x]", "authority must be a table of keys and values"),
    ],
)
def test_a_mistake_is_answered_with_file_key_and_what_is_accepted(tmp_path, old, new, words):
    assert old in GOOD
    with pytest.raises(SettingsError) as refusal:
        read_programme(written(tmp_path, GOOD.replace(old, new)))
    assert str(refusal.value).startswith(str(tmp_path / "programme.toml"))
    assert words in str(refusal.value)


@pytest.mark.parametrize(("old", "new"), [("60.5", "0"), ("quarters = 4", "quarters = 0")])
def test_nothing_is_an_amount_too(tmp_path, old, new):
    read_programme(written(tmp_path, GOOD.replace(old, new)))


def test_a_window_of_one_day_right_after_the_one_before(tmp_path):
    read_programme(written(tmp_path, GOOD.replace("2018-01-01, 2018-03-31", "2018-01-01, 2018-01-01")))


def test_no_file_and_no_utf8(tmp_path):
    with pytest.raises(SettingsError, match="no such file"):
        read_programme(tmp_path / "programme.toml")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_programme(written(tmp_path, GOOD.encode().replace(b"Borough", b"Bor\xf4ugh")))


@pytest.mark.parametrize(
    ("text", "timetable"),
    [
        ("", Timetable(15, 6)),
        ("[schedule]\nday = 1\n", Timetable(1, 6)),
        ("[schedule]\nday = 28\nhour = 0\n", Timetable(28, 0)),
    ],
)
def test_when_quarters_run_by_themselves(tmp_path, text, timetable):
    path = written(tmp_path, GOOD + text)
    assert read_timetable(path) == timetable
    assert read_programme(path) == read_programme(written(tmp_path, GOOD))  # no figure depends on it


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("day = 29", "schedule.day must be a whole number from 1 to 28"),
        ("hour = 24", "schedule.hour must be a whole number from 0 to 23"),
        ("hour = true", "schedule.hour must be"),
        ("minute = 1", r"schedule.minute is not a key: \[schedule\] accepts day, hour"),
    ],
)
def test_a_schedule_that_cannot_be_kept(tmp_path, text, accepted):
    with pytest.raises(SettingsError, match=accepted):
        read_timetable(written(tmp_path, f"{GOOD}[schedule]\n{text}\n"))
