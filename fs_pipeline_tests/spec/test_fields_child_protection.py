"""R10 to R15, I05 to I09, I20 to I22: a child's plans before and during FS, and the family's mean length.

October to December 2018; Amy is in FS since 01/11/2017 unless the page says otherwise.
"""

from fs_pipeline.toolkit.extracts import CP_PLANS
from fs_pipeline_tests.literals import Case, each, row


def plans(text, **amy):
    return Case(row(family="Green", person="Amy", role="child", **amy)).given(CP_PLANS, text).person("Amy")


@each("""
    first      | second     | key
    01/06/2018 | 01/07/2018 | B
    01/07/2018 | 01/06/2018 | A
    01/06/2018 | 01/06/2018 | B
""")
def test_the_plan_is_the_last_to_start_of_those_in_the_fs_window_ties_by_key_r10(first, second, key):
    amy = plans(f"key | person | start \n A | Amy | {first} \n B | Amy | {second}")
    assert amy.cp_plan_key == key
    assert amy.cp_plan_start_date == {"A": first, "B": second}[key]


@each("""
    end        | key   | shown
               | A     | blank
    30/09/2018 | blank | blank
    01/10/2018 | A     | 01/10/2018
    31/12/2018 | A     | 31/12/2018
    01/01/2019 | A     | blank
""")
def test_the_end_of_the_plan_r12_z06(end, key, shown):
    amy = plans(row(key="A", person="Amy", start="01/06/2018", end=end))
    assert (amy.cp_plan_key, amy.cp_plan_end_date) == (key, shown)


@each("""
    first_ends | second_ends | key
    01/09/2017 | 01/10/2017  | B
    01/10/2017 | 01/09/2017  | A
    01/10/2017 | 31/10/2017  | B
    01/10/2017 | 01/11/2017  | A
    01/10/2017 |             | A
    01/10/2017 | 01/10/2017  | B
""")
def test_the_previous_plan_is_the_last_that_ended_before_fs_start_ties_by_start_r13b_z01_z11(
    first_ends, second_ends, key
):
    amy = plans(f"""
        key | person | start      | end
        A   | Amy    | 01/01/2017 | {first_ends}
        B   | Amy    | 01/02/2017 | {second_ends}
    """)
    assert amy.previous_cp_plan_key == key
    assert amy.previous_cp_plan_start_date == {"A": "01/01/2017", "B": "01/02/2017"}[key]
    assert amy.previous_cp_plan_end_date == {"A": first_ends, "B": second_ends}[key]


def test_of_previous_plans_with_the_same_dates_the_largest_key_r13b():
    amy = plans("""
        key | person | start      | end
        A   | Amy    | 01/01/2017 | 01/10/2017
        B   | Amy    | 01/01/2017 | 01/10/2017
    """)
    assert amy.previous_cp_plan_key == "B"


def test_days_and_number_of_plans_before_and_during_fs_i05_to_i08_z14_z15_z16():
    """Before: 31 and 30 days. During: 60 days closed, and 30 to the quarter end. The plan since left is neither."""
    amy = plans("""
        person | start      | end
        Amy    | 01/01/2017 | 01/02/2017
        Amy    | 01/10/2017 | 31/10/2017
        Amy    | 01/12/2017 | 01/02/2018
        Amy    | 02/09/2018 | 01/11/2018
        Amy    | 01/12/2018 |
    """)
    assert (amy.cp_plans_before_fs, amy.cp_days_before_fs) == (2, 61)
    assert (amy.cp_plans_during_fs, amy.cp_days_during_fs) == (2, 90)


@each("""
    quarter | end        | before | days_before | during | days_during
    2017-Q4 | 31/10/2017 | 1      | 30          | 0      | 0
    2017-Q4 | 01/11/2017 | 0      | 0           | 1      | 31
    2017-Q4 | 01/11/2018 | 0      | 0           | 1      | 91
    2018-Q4 | 01/11/2017 | 0      | 0           | 0      | 0
    2018-Q4 | 01/11/2018 | 0      | 0           | 1      | 396
    2018-Q4 |            | 0      | 0           | 1      | 456
""")
def test_a_plan_that_ends_on_the_day_of_fs_start_is_not_before_fs(
    quarter, end, before, days_before, during, days_during
):
    """From 01/10/2017 are 31 days to 01/11/2017, 91 to 31/12/2017, 396 to 01/11/2018, 456 to 31/12/2018."""
    case = Case(quarter=quarter).given(CP_PLANS, row(person="Amy", start="01/10/2017", end=end))
    amy = case.person("Amy")
    assert (amy.cp_plans_before_fs, amy.cp_days_before_fs) == (before, days_before)
    assert (amy.cp_plans_during_fs, amy.cp_days_during_fs) == (during, days_during)


def test_a_plan_of_one_day_lasts_0_days_z14():
    amy = plans(row(person="Amy", start="15/11/2018", end="15/11/2018"))
    assert (amy.cp_plans_during_fs, amy.cp_days_during_fs) == (1, 0)


@each("""
    since      | until      | during | days
    15/11/2018 |            | 1      | 30
    16/11/2018 |            | 0      | 0
    01/11/2017 | 16/10/2018 | 1      | 30
    01/11/2017 | 15/10/2018 | 0      | 0
""")
def test_during_fs_is_the_fs_window_z08(since, until, during, days):
    """The plan of 16/10/2018 to 15/11/2018 counts with all its 30 days or not at all (Z15)."""
    amy = plans(row(person="Amy", start="16/10/2018", end="15/11/2018"), since=since, until=until)
    assert (amy.cp_plans_during_fs, amy.cp_days_during_fs) == (during, days)


def test_without_an_fs_window_counts_are_0_and_keys_blank_z30():
    amy = plans(row(person="Amy", start="01/06/2018"), until="30/09/2018")
    assert (amy.cp_plan_key, amy.cp_plan_start_date, amy.days_since_previous_cp_plan) == (None, None, None)
    assert (amy.cp_plans_during_fs, amy.cp_days_during_fs) == (0, 0)


@each("""
    previous   | days | within_12 | within_24
    02/12/2017 | 364  | yes       | yes
    01/12/2017 | 365  | no        | yes
    30/11/2017 | 366  | no        | yes
    02/12/2016 | 729  | no        | yes
    01/12/2016 | 730  | no        | no
    30/11/2016 | 731  | no        | no
               | blank| blank     | blank
""")
def test_a_repeat_within_12_and_24_months_i20_to_i22_z19(previous, days, within_12, within_24):
    """In FS since 03/12/2017, so that each of these plans had ended before FS."""
    amy = plans(
        f"""
        person | start      | end
        Amy    | 01/01/2016 | {previous}
        Amy    | 01/12/2018 |
        """,
        since="03/12/2017",
    )
    assert amy.days_since_previous_cp_plan == days
    assert (amy.repeat_within_12_months, amy.repeat_within_24_months) == (within_12, within_24)


def test_a_previous_plan_that_ended_after_fs_start_makes_no_repeat_in_the_fields_z11():
    """Indicator 3 counts it: it goes by the new plan's start."""
    amy = plans("""
        person | start      | end
        Amy    | 01/12/2017 | 01/06/2018
        Amy    | 01/12/2018 |
    """)
    assert (amy.previous_cp_plan_key, amy.repeat_within_12_months) == (None, None)


def test_adults_have_no_plans():
    dawn = Case().given(CP_PLANS, row(person="Dawn", start="01/12/2018")).person("Dawn")
    assert (dawn.cp_plan_key, dawn.cp_plans_during_fs, dawn.cp_days_during_fs) == (None, None, None)


def test_a_family_s_days_and_plans_are_its_children_s_i09_x01_z17():
    """60 days closed and 30 open of Amy's, 90 of Ben's: 180 days over 3 plans. Adults add nothing."""
    case = Case("""
        family | person | role
        Green  | Amy    | child
        Green  | Ben    | child
        Green  | Dawn   | adult
    """).given(
        CP_PLANS,
        """
        person | start      | end
        Amy    | 02/09/2018 | 01/11/2018
        Amy    | 01/12/2018 |
        Ben    | 02/10/2018 |
        """,
    )
    green = case.family("Green")
    assert (green.cp_days_during_fs, green.cp_plans_in_family, green.mean_cp_days_in_family) == (180, 3, 60)
    assert Case().family("Green").cp_plans_in_family == 0
    assert Case().family("Green").mean_cp_days_in_family is None
