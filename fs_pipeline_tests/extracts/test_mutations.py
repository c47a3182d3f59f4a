"""Mutated deliveries end in a finding, a refusal with an address and a fix, or a correct result.

All of a thousand: `python -m fs_pipeline_tests.extracts.mutations 1000` (two minutes); here, one of each kind.
"""

from __future__ import annotations

import pytest

from fs_pipeline_tests.extracts import judging
from fs_pipeline_tests.extracts.deliver import check
from fs_pipeline_tests.extracts.mutations import KINDS, deliveries, ended

FIRST = 2_000
"""The number of the first one; other numbers are other deliveries."""
_PATIENCE = 10
"""Times as long as one may take on a machine of its own: tests share theirs."""


@pytest.fixture(scope="module")
def mutated():
    return {delivered.kind: delivered for delivered in deliveries(range(FIRST, FIRST + len(KINDS)))}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutated_delivery_ends_well(tmp_path, mutated, kind, monkeypatch):
    monkeypatch.setattr(judging, "MOST_SECONDS", judging.MOST_SECONDS * _PATIENCE)
    assert ended(mutated[kind], tmp_path).faults == []


def test_a_silent_change_would_be_seen(tmp_path, mutated):
    """The judge itself: a truth that the file does not hold is a fault."""
    delivered = mutated["byte_order_mark"]
    delivered.mutated.truth[0][0] = "another"
    assert any("not as delivered" in fault for fault in ended(delivered, tmp_path).faults)


def test_the_cut_end_of_a_file_is_a_finding(tmp_path):
    checked = check(
        tmp_path, "marac_referrals", b"marac_id,person_id,referral_date\nM1,P1,2017-10-01\nM2,P1,2017-10-01"
    )
    assert checked.findings[["row", "column", "rule"]].to_numpy().tolist() == [["3", "C referral_date", "cut_off"]]


def test_american_dates_are_told_by_most_of_the_column(tmp_path):
    rows = "marac_id,person_id,referral_date\nM1,P1,10/25/2017\nM2,P1,11/12/2017\nM3,P1,12/30/2017\n"
    checked = check(tmp_path, "marac_referrals", rows.encode())
    assert checked.counts["used"] == 0
    british = rows.replace("10/25/2017", "25/10/2017").replace("12/30/2017", "30/12/2017")
    assert check(tmp_path, "marac_referrals", british.encode()).counts["used"] == 3
