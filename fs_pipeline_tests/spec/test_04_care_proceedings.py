"""Indicator 4: care proceedings issued, concluded and open in the quarter, and their length in weeks.

October to December 2018. A case is the scope's rows of one proceedings id.
"""

from fs_pipeline.toolkit.extracts import CARE_PROCEEDINGS
from fs_pipeline_tests.literals import Case, each, row

SIBLINGS = """
    family | person | role
    Green  | Amy    | child
    Green  | Ben    | child
"""


@each("""
    issued     | concluded  | is_issued | is_concluded | is_open | weeks
    01/11/2018 |            | 1         | 0            | 1       | blank
    30/09/2018 |            | 0         | 0            | 1       | blank
    01/10/2018 |            | 1         | 0            | 1       | blank
    31/12/2018 |            | 1         | 0            | 1       | blank
    01/01/2019 |            | 0         | 0            | 0       | blank
    02/07/2018 | 30/09/2018 | 0         | 0            | 0       | blank
    02/07/2018 | 01/10/2018 | 0         | 1            | 0       | 13
    01/10/2018 | 31/12/2018 | 1         | 1            | 0       | 13
    01/10/2018 | 01/10/2018 | 1         | 1            | 0       | 0
""")
def test_a_case_counts_by_its_dates(issued, concluded, is_issued, is_concluded, is_open, weeks):
    case = Case().given(CARE_PROCEEDINGS, row(person="Amy", issued=issued, concluded=concluded))
    for scope in ("fs", "cohort:1", "team:North", "authority"):
        assert case.figure(4, "proceedings_issued", scope).value == is_issued
        assert case.figure(4, "proceedings_concluded", scope).value == is_concluded
        assert case.figure(4, "proceedings_open_at_end", scope).value == is_open
        assert case.figure(4, "proceedings_mean_weeks", scope) == (weeks, weeks or 0, is_concluded, "final")


def test_a_conclusion_after_the_quarter_has_not_happened_yet_z06():
    case = Case().given(CARE_PROCEEDINGS, row(person="Amy", issued="02/07/2018", concluded="01/01/2019"))
    assert case.figure(4, "proceedings_concluded").value == 0
    assert case.figure(4, "proceedings_open_at_end").value == 1


@each("""
    amy_concluded | ben_concluded | is_concluded | is_open | weeks
    08/10/2018    | 31/12/2018    | 1            | 0       | 26
    31/12/2018    | 08/10/2018    | 1            | 0       | 26
    08/10/2018    |               | 0            | 1       | blank
                  |               | 0            | 1       | blank
    30/07/2018    | 01/10/2018    | 1            | 0       | 13
""")
def test_siblings_are_one_case_z31(amy_concluded, ben_concluded, is_concluded, is_open, weeks):
    """Issued on the earliest date (so not in this quarter), concluded on the latest once every row is concluded."""
    case = Case(SIBLINGS).given(
        CARE_PROCEEDINGS,
        f"""
        key | person | issued     | concluded
        A   | Amy    | 02/07/2018 | {amy_concluded}
        A   | Ben    | 01/10/2018 | {ben_concluded}
        """,
    )
    for scope in ("fs", "authority"):
        assert case.figure(4, "proceedings_issued", scope).value == 0
        assert case.figure(4, "proceedings_concluded", scope).value == is_concluded
        assert case.figure(4, "proceedings_open_at_end", scope).value == is_open
        assert case.figure(4, "proceedings_mean_weeks", scope).value == weeks


def test_a_case_is_what_the_scope_sees_of_it_z31():
    """FS knows Amy alone: for FS the case was issued and concluded on her dates."""
    case = Case().given(
        CARE_PROCEEDINGS,
        """
        key | person | issued     | concluded
        A   | Amy    | 08/10/2018 | 22/10/2018
        A   | Zoe    | 02/07/2018 | 31/12/2018
        """,
    )
    assert case.figure(4, "proceedings_issued").value == 1
    assert case.figure(4, "proceedings_mean_weeks").value == 2
    assert case.figure(4, "proceedings_issued", "authority").value == 0
    assert case.figure(4, "proceedings_mean_weeks", "authority").value == 26


def test_the_mean_of_two_cases():
    """13 and 1 weeks."""
    case = Case().given(
        CARE_PROCEEDINGS,
        """
        key | person | issued     | concluded
        A   | Amy    | 02/07/2018 | 01/10/2018
        B   | Amy    | 08/10/2018 | 15/10/2018
        """,
    )
    assert case.figure(4, "proceedings_mean_weeks") == (7, 14, 2, "final")


def test_cases_count_by_the_quarter_also_before_and_after_fs():
    families = """
        family | person | role  | since      | until
        Green  | Amy    | child | 01/12/2018 |
        White  | Ben    | child | 01/11/2017 | 01/02/2018
    """
    case = Case(families).given(
        CARE_PROCEEDINGS,
        """
        key | person | issued
        A   | Amy    | 01/10/2018
        B   | Ben    | 01/10/2018
        """,
    )
    assert case.figure(4, "proceedings_issued").value == 2


def test_supplied_and_empty_is_0_not_supplied_is_blank():
    for scope in ("fs", "authority"):
        assert Case().figure(4, "proceedings_issued", scope) == (0, None, None, "final")
        assert Case().figure(4, "proceedings_mean_weeks", scope) == (None, 0, 0, "final")
        missing = Case().not_supplied(CARE_PROCEEDINGS)
        for measure in ("issued", "concluded", "open_at_end", "mean_weeks"):
            assert missing.figure(4, f"proceedings_{measure}", scope) == (None, None, None, "not_supplied")
