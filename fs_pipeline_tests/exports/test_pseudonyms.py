"""Pseudonyms: stable under a key, different under another, days moved family by family, and no export without a key."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from fs_pipeline.exports.pseudonyms import NoKey, Pseudonyms, make_key, read_key, what_leaves
from fs_pipeline.toolkit.fields import AS_IS, FAMILY_LEVEL, FIELDS, NEVER, PERSON_LEVEL, PSEUDONYMS, Field
from fs_pipeline.toolkit.tables import Column, Kind

IDENTIFYING = {name: field.leaves for name, field in FIELDS.items() if field.leaves != AS_IS}
KEY, OTHER = b"k" * 32, b"o" * 32
DATES = [column.name for column in PERSON_LEVEL.columns if column.kind is Kind.DATE and column.name != "quarter"]


def test_the_same_identifier_has_the_same_pseudonym_whenever_it_is_asked_for():
    assert Pseudonyms(KEY).of("person", "P1") == Pseudonyms(KEY).of("person", "P1")


@pytest.mark.parametrize(
    ("key", "kind", "identifier"), [(OTHER, "person", "P1"), (KEY, "family", "P1"), (KEY, "person", "P2")]
)
def test_another_key_kind_or_identifier_has_another(key, kind, identifier):
    assert Pseudonyms(key).of(kind, identifier) != Pseudonyms(KEY).of("person", "P1")


def test_a_pseudonym_begins_with_a_letter_so_that_excel_takes_it_for_a_text():
    made = [Pseudonyms(KEY).of(kind, str(number)) for kind in PSEUDONYMS for number in range(50)]
    assert all(re.fullmatch(r"[FPR][A-Z2-7]{16}", pseudonym) for pseudonym in made)
    assert len(set(made)) == len(made)


def test_people_and_families_fit_together_as_before(results):
    people = Pseudonyms(KEY).level(PERSON_LEVEL, results.people)
    families = Pseudonyms(KEY).level(FAMILY_LEVEL, results.families)
    assert set(people["family_key"].dropna()) == set(families["family_key"])
    assert people.groupby("family_key").size().sort_values().tolist() == (
        results.people.groupby("family_key").size().sort_values().tolist()
    )
    assert not set(people["person_id"]) & set(results.people["person_id"])
    others = [name for name in PERSON_LEVEL.names if name not in IDENTIFYING]
    alike = [frame[others].sort_values(others).reset_index(drop=True) for frame in (people, results.people)]
    pd.testing.assert_frame_equal(*alike)


def test_previous_plans_are_told_by_the_same_pseudonyms_as_plans(results):
    same = results.people.assign(previous_cp_plan_key=results.people["cp_plan_key"])
    people = Pseudonyms(KEY).level(PERSON_LEVEL, same)
    assert people["cp_plan_key"].notna().any()
    assert people["cp_plan_key"].equals(people["previous_cp_plan_key"])


def test_days_are_moved_family_by_family_and_the_days_between_are_kept(results):
    families = results.families.set_index("family_key")
    moved = Pseudonyms(KEY, shifts_dates=True)
    people = moved.level(PERSON_LEVEL, results.people.assign(ethnicity=results.people["person_id"]))
    both = people.merge(results.people, left_on="ethnicity", right_on="person_id", suffixes=("", "_before"))
    both = both[both["family_key_before"].notna()]
    shift = (both["fs_start_date"] - both["fs_start_date_before"]).dt.days
    assert len(both) and shift.between(-56, 56).all() and (shift != 0).all()
    assert shift.groupby(both["family_key_before"]).nunique().max() == 1
    assert shift.nunique() > len(families) / 4
    for name in DATES:
        days = (both[name] - both[f"{name}_before"]).dt.days
        assert (days.isna() | (days == shift)).all()
    assert (both["quarter"] == both["quarter_before"]).all()


def test_a_field_of_which_nobody_said_whether_it_leaves_does_not_load():
    for said in ("", "perhaps"):
        with pytest.raises(ValueError, match="nobody has said whether it leaves"):
            replace(FIELDS["sex"], leaves=said)
    with pytest.raises(TypeError, match="leaves"):
        Field(name="ward", kind=Kind.STRING, level="person", applies_to="all", indicator="cohort")


def test_what_identifies_somebody_is_declared():
    assert IDENTIFYING == {
        **{"family_key": "family", "person_id": "person", "referral_key": "referral", "cla_key": "period of care"},
        **{"cp_plan_key": "plan", "previous_cp_plan_key": "plan"},
    }


def test_what_is_not_declared_to_leave_does_not(results):
    """A column that never leaves, and one that is no field at all, whatever the rows hold."""
    columns = [replace(each, leaves=NEVER) if each.name == "ethnicity" else each for each in PERSON_LEVEL.columns]
    level = replace(PERSON_LEVEL, columns=(*columns, Column("upn", Kind.STRING)))
    people = Pseudonyms(KEY).level(level, results.people.assign(upn="A123456789123"))
    assert people.columns.tolist() == [name for name in PERSON_LEVEL.names if name != "ethnicity"]
    assert what_leaves(level).names == people.columns.tolist()


class TestTheKey:
    def test_a_new_one_is_read_back_and_is_its_owners_alone(self, tmp_path):
        file = tmp_path / "keys" / "pseudonym.key"
        make_key(file)
        assert len(read_key(file)) == 32
        assert file.stat().st_mode & 0o077 == 0

    def test_one_that_is_there_is_never_replaced(self, tmp_path):
        file = tmp_path / "pseudonym.key"
        make_key(file)
        before = file.read_bytes()
        with pytest.raises(FileExistsError):
            make_key(file)
        assert file.read_bytes() == before

    @pytest.mark.parametrize(
        ("text", "said"),
        [(None, "there is no key at .*: fs-pipeline key makes one"), ("abcd", "too short"), ("no hex", "is no key")],
    )
    def test_without_one_the_message_says_what_to_do(self, text, said, tmp_path):
        file = tmp_path / "pseudonym.key"
        if text:
            file.write_text(text, encoding="ascii")
        with pytest.raises(NoKey, match=said):
            read_key(file)
