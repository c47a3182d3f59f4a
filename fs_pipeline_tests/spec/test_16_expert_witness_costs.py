"""Indicator 16: expert reports accepted as evidence, and what they saved; for the whole authority.

October to December 2018. An external report costs 3000 GBP, an hour of the FS team's own staff 60 GBP.
"""

from dataclasses import replace

from fs_pipeline.toolkit.extracts import EXPERT_REPORTS
from fs_pipeline_tests.literals import PROGRAMME, Case, each, row


@each("""
    accepted | hours | reports | saving
    yes      | 10    | 1       | 2400
    yes      | 50    | 1       | 0
    yes      | 51    | 1       | -60
    yes      | 0     | 1       | 3000
    yes      |       | 1       | 3000
    no       | 10    | 0       | -600
    no       |       | 0       | 0
""")
def test_what_a_report_saves_is_the_external_cost_less_the_own_hours_z29(accepted, hours, reports, saving):
    report = row(family="Green", date="15/11/2018", accepted=accepted, internal_hours=hours)
    case = Case().given(EXPERT_REPORTS, report)
    assert case.figure(16, "reports_accepted", "authority") == (reports, None, None, "final")
    assert case.figure(16, "net_saving", "authority") == (saving, None, None, "final")


def test_first_and_last_day_and_two_reports_on_one_family():
    """Two accepted; 10 + 5 + 20 hours: 6000 - 2100. September's and January's belong to other quarters."""
    case = Case().given(
        EXPERT_REPORTS,
        """
        family | date       | accepted | internal_hours
        Green  | 30/09/2018 | yes      | 100
        Green  | 01/10/2018 | yes      | 10
        Green  | 31/12/2018 | yes      | 5
        White  | 15/11/2018 | no       | 20
        Green  | 01/01/2019 | yes      | 100
        """,
    )
    assert case.figure(16, "reports_accepted", "authority").value == 2
    assert case.figure(16, "net_saving", "authority").value == 3900


def test_the_costs_are_the_programme_s_own_z29():
    programme = replace(PROGRAMME, external_expert_report=2000.0, internal_hour=50.0)
    report = row(family="Green", date="15/11/2018", accepted=True, internal_hours=10)
    assert Case(programme=programme).given(EXPERT_REPORTS, report).figure(16, "net_saving", "authority").value == 1500


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    for measure in ("reports_accepted", "net_saving"):
        assert Case().figure(16, measure, "authority") == (0, None, None, "final")
        missing = Case().not_supplied(EXPERT_REPORTS)
        assert missing.figure(16, measure, "authority") == (None, None, None, "not_supplied")
    assert Case().scopes(16) == {"authority"}
