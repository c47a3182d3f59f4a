"""How much of an extract may be left out before it is refused (Z45), and what is said of what was left out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.checks.checking import CheckedExtract, check_extract
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.programme import QUALITY, Quality
from fs_pipeline_tests.extracts.deliver import QUARTER, csv_bytes, found, put, rejects
from fs_pipeline_tests.literals import each

KNOWN = {"people": pd.DataFrame({"person_id": ["P1"]}, dtype="str")}
REFERRALS = pd.DataFrame({"referral_id": ["R1"]}, dtype="str")
ROW = {  # of each extract a row that can be used, but for its key
    "cp_plans": "{} | P1 | 2017-10-02 | | NEG",
    "care_proceedings": "{} | P1 | 2017-10-02 | |",
    "police_incidents": "{} | P1 | 2017-10-02 | victim | Y | N",
    "marac_referrals": "{} | P1 | 2017-10-02",
    "mental_health_scores": "{} | E1 | P1 | 2017-10-02 | initial | 5 | 5",
    "allocations": "{} | P1 | R1 | W1 | T1 | Y | 2017-10-02 |",
}


def checked(tmp_path, extract: str, *rows: str, quality: Quality = QUALITY, **known: pd.DataFrame) -> CheckedExtract:
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    folder = put(tmp_path, f"{extract}.csv", csv_bytes([EXTRACTS[extract].names, *cells]))
    delivery = find_delivery(folder, QUARTER, EXTRACTS[extract])
    references = KNOWN | known
    return check_extract(EXTRACTS[extract], QUARTER, delivery, required=True, references=references, quality=quality)


def some(extract: str, rows: int, *wrong: tuple[int, str, str]) -> list[str]:
    """So many rows, and of the first few each (how many, from, to) with that put in place of this."""
    made = [ROW[extract].format(number) for number in range(rows)]
    done = 0
    for number, this, that in wrong:
        made[done : done + number] = [row.replace(this, that) for row in made[done : done + number]]
        done += number
    return made


@each("""
    rows | unusable | refused
    1    | 1        | yes
    2    | 1        | no
    3    | 2        | yes
    100  | 9        | no
    100  | 10       | yes
    200  | 10       | no
    201  | 10       | no
    199  | 10       | yes
    200  | 11       | yes
    119  | 119      | yes
""")
def test_more_than_half_or_more_than_5_percent_and_at_least_10_rows(tmp_path, rows, unusable, refused):
    plans = checked(tmp_path, "cp_plans", *some("cp_plans", rows, (unusable, "2017-10-02", "soon")))
    assert bool(plans.refusal) == refused
    assert plans.counts["rejected"] == len(plans.rejected) == unusable


@each("""
    refuse_above | refuse_rows | unusable | refused
    0.1          | 10          | 20       | no
    0.1          | 10          | 21       | yes
    0.1          | 30          | 29       | no
    0.1          | 30          | 30       | yes
    1            | 1           | 100      | no
    1            | 1           | 101      | yes
""")
def test_share_and_number_are_settings(tmp_path, refuse_above, refuse_rows, unusable, refused):
    quality = replace(QUALITY, refuse_above=refuse_above, refuse_rows=refuse_rows)
    rows = some("cp_plans", 200, (unusable, "2017-10-02", "soon"))
    assert bool(checked(tmp_path, "cp_plans", *rows, quality=quality).refusal) == refused


@each("""
    extract              | refused | why
    police_incidents     | no      | a quarter extract: the people may be known one day
    marac_referrals      | no      | likewise
    mental_health_scores | no      | a partner's snapshot
    cp_plans             | yes     | the case management system knows everyone
    care_proceedings     | yes     | and so does the legal team
""")
def test_people_whom_nobody_knows_yet_do_not_count_with_partners(tmp_path, extract, refused, why):
    given = checked(tmp_path, extract, *some(extract, 20, (20, "P1", "P2")))
    assert given.rejected_by_rule == {"unknown_person": 20}
    assert bool(given.refusal) == refused, why


@each("""
    unknown_and_wrong | refused
    10                | no
    11                | yes
""")
def test_a_row_of_somebody_unknown_counts_for_its_other_faults(tmp_path, unknown_and_wrong, refused):
    rows = some("police_incidents", 20, (unknown_and_wrong, "P1 | 2017-10-02 | victim", "P2 | 2017-10-02 | w"))
    assert bool(checked(tmp_path, "police_incidents", *rows, quality=Quality(0.5, 1)).refusal) == refused


def test_a_row_counts_once_however_often_it_stands_there(tmp_path):
    wrong = some("cp_plans", 1, (1, "NEG", "NEGLECT"))
    plans = checked(tmp_path, "cp_plans", *wrong * 40, *some("cp_plans", 3)[1:])
    assert not plans.refusal and plans.counts["duplicates"] == 39
    assert ": 1 of 3 rows: category is none of NEG, PHY, SAB, EMO, MUL, in row 2. " in plans.left_out


@each("""
    rows | unusable | partial_above | said
    100  | 1        | 0.01          | no
    99   | 1        | 0.01          | yes
    100  | 2        | 0.02          | no
    100  | 3        | 0.02          | yes
    100  | 1        | 0             | yes
    100  | 0        | 0             | no
""")
def test_more_than_1_percent_is_said_to_be_missing(tmp_path, rows, unusable, partial_above, said):
    given = some("police_incidents", rows, (unusable, "victim", "witness"), (1, "P1", "P2"))
    quality = replace(QUALITY, partial_above=partial_above)
    left_out = checked(tmp_path, "police_incidents", *given, quality=quality).left_out
    assert ("cannot be used: what is made of it is not whole" in left_out) == said


def test_the_refusal_says_the_one_cause(tmp_path):
    rows = some("allocations", 119, (119, "| Y |", "| Yes |"))
    assert checked(tmp_path, "allocations", *rows).refusal == (
        "extracts/2017-10-01/allocations.csv: too little of it can be used. 119 of 119 rows: family_safeguarding is "
        "none of Y, N, true, false, 1 and 0, first in row 2. Deliver it again, or say in programme.toml, "
        "[quality], how much may be left out"
    )


def test_what_was_left_out_is_said_by_cause_with_its_first_rows(tmp_path):
    wrong = ((1, "P1", "P2"), (4, "2017-10-02", "soon"), (2, "NEG", "Neglect"), (1, "2017-10-02 |", "2017-10-02 | no"))
    plans = checked(tmp_path, "cp_plans", *some("cp_plans", 100, *wrong), "too | few")
    assert plans.left_out == (
        "extracts/2017-10-01/cp_plans.csv: 4 of 101 rows: start_date is not a date from 1900 to 2100 written like "
        "2017-10-01, first in rows 3, 4, 5; 2 of 101 rows: category is none of NEG, PHY, SAB, EMO, MUL, "
        "in rows 7, 8; 1 of 101 rows: person_id is not among the person_ids of people, in row 2; "
        "2 of 101 rows: for 2 other reasons. More than 1.0% cannot be used: what is made of it is not whole"
    )
    assert not plans.refusal
    assert not checked(tmp_path, "cp_plans", *some("cp_plans", 2)).left_out


@each("""
    in_fs | unknown | others | refused
    20 | 1       | 0      | no
    20 | 2       | 0      | yes
    19 | 1       | 0      | yes
    21 | 1       | 100    | no
    19 | 1       | 100    | yes
    20 | 0       | 100    | no
""")
def test_allocations_of_referrals_that_are_nowhere(tmp_path, in_fs, unknown, others, refused):
    """Each is a finding; above 5% of the Family Safeguarding allocations the extract is refused. Others may be so."""
    rows = some("allocations", in_fs, (unknown, "R1", "R2"))
    rows += [f"n{row}" for row in some("allocations", others, (others, "R1 | W1 | T1 | Y", "R2 | W1 | T1 | N"))]
    allocations = checked(tmp_path, "allocations", *rows, referrals=REFERRALS)
    assert found(allocations) == [f"{row}: C referral_id: unknown_referral" for row in range(2, 2 + unknown)]
    assert not rejects(allocations)
    assert bool(allocations.refusal) == refused
    assert not checked(tmp_path, "allocations", *rows).findings_by_rule, "referrals were not supplied"


def test_the_share_of_unknown_referrals_is_a_setting(tmp_path):
    rows = some("allocations", 20, (2, "R1", "R2"))
    for share, refused in ((0.09, True), (0.1, False)):
        quality = replace(QUALITY, refuse_referrals_above=share)
        given = checked(tmp_path, "allocations", *rows, quality=quality, referrals=REFERRALS)
        assert bool(given.refusal) == refused
    given = checked(tmp_path, "allocations", *rows, referrals=REFERRALS)
    assert "2 of 20 Family Safeguarding allocations have a referral_id that is not among those" in given.refusal
    assert "rows 2, 3 (2 rows in all)" in given.refusal
