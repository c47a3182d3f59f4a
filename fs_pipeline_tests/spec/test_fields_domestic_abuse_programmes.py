"""I47 to I49, I66b, I67: domestic abuse programmes that an adult started and ended in the quarter.

October to December 2018; Dawn is being worked with since 01/11/2017.
"""

from fs_pipeline.toolkit.extracts import DA_PROGRAMMES
from fs_pipeline_tests.literals import Case, each, row


@each("""
    start      | end        | shown_start | shown_end  | outcome
    15/10/2018 | 15/11/2018 | 15/10/2018  | 15/11/2018 | completed
    30/09/2018 | 01/10/2018 | blank       | 01/10/2018 | completed
    01/10/2018 |            | 01/10/2018  | blank      | blank
    31/12/2018 | 31/12/2018 | 31/12/2018  | 31/12/2018 | completed
    15/10/2018 | 01/01/2019 | 15/10/2018  | blank      | blank
    01/06/2018 | 30/09/2018 | blank       | blank      | blank
""")
def test_started_and_ended_within_the_quarter_z06_z20(start, end, shown_start, shown_end, outcome):
    programme = row(person="Dawn", start=start, end=end, outcome="completed" if end else "")
    case = Case().given(DA_PROGRAMMES, programme)
    dawn, green = case.person("Dawn"), case.family("Green")
    assert (dawn.da_programme_start_date, dawn.da_programme_end_date) == (shown_start, shown_end)
    assert dawn.da_programme_outcome == outcome
    assert green.people_starting_da_programme == (1 if shown_start else 0)
    assert green.people_ending_da_programme == (1 if shown_end else 0)


def test_the_latest_start_and_the_latest_end_each_of_its_own_programme():
    case = Case().given(
        DA_PROGRAMMES,
        """
        person | start      | end        | outcome
        Dawn   | 01/06/2018 | 20/12/2018 | withdrawn
        Dawn   | 15/10/2018 | 15/11/2018 | completed
        """,
    )
    dawn = case.person("Dawn")
    assert (dawn.da_programme_start_date, dawn.da_programme_end_date) == ("15/10/2018", "20/12/2018")
    assert dawn.da_programme_outcome == "withdrawn"
    assert case.family("Green").people_ending_da_programme == 1


def test_not_supplied_is_blank():
    case = Case().not_supplied(DA_PROGRAMMES)
    assert case.person("Dawn").da_programme_start_date is None
    assert case.family("Green").people_starting_da_programme is None
    assert case.family("Green").people_ending_da_programme is None
