"""What the twenty indicators add up over a scope's people, in expressions that DuckDB and Polars both read as SQL.

Columns are those of the person level, and a few counts beside them. Independent of the product's own declarations.
"""

from __future__ import annotations

from dataclasses import dataclass

TOP = ("substance_use", "psychological_health", "physical_health", "employment", "quality_of_life")
MH = {"phq9": (6, 10), "gad7": (4, 8)}


@dataclass(frozen=True)
class Sum:
    """A figure of every scope of the roster: the sum of `part` over the role's people, over the sum of `whole`.

    Attributes:
        indicator: its number.
        measure: its name.
        unit: its unit.
        role: child, adult or everyone.
        part: what is added up of each person.
        whole: what it is divided by; blank for a count.
        group: the group.
        needs: the extracts without which it is not supplied.
        whole_window: the extracts that must be supplied for every quarter of the window, or it is partial.
    """

    indicator: int
    measure: str
    unit: str
    role: str
    part: str
    whole: str = ""
    group: str = "all"
    needs: tuple[str, ...] = ()
    whole_window: tuple[str, ...] = ()


def _changes(indicator: int, name: str, group: str, lower_is_better: bool, needs: str) -> list[Sum]:
    before, after = f"{name}_initial", f"{name}_latest"
    better, worse = ("<", ">") if lower_is_better else (">", "<")

    def people(measure: str, which: str) -> Sum:
        return Sum(indicator, measure, "people", "adult", f"({which})", group=group, needs=(needs,))

    return [
        people("improved", f"{after} {better} {before}"),
        people("declined", f"{after} {worse} {before}"),
        people("unchanged", f"{after} = {before}"),
        Sum(indicator, "mean_change", "score", "adult", f"({after} - {before})", f"({after} - {before} IS NOT NULL)",
            group, (needs,)),
    ]  # fmt: skip


_T, _TOP, _MH, _DA, _LSIR = (
    "substance_treatments",
    "top_forms",
    "mental_health_scores",
    "da_programmes",
    "lsir_assessments",
)
_POLICE, _MARAC, _SCHOOL = "police_incidents", "marac_referrals", "attendance"
_BETTER = "top_substance_use_latest < top_substance_use_initial"

SUMS: tuple[Sum, ...] = (
    Sum(1, "cp_plans_active", "plans", "child", "cp_plans_during_fs"),
    Sum(1, "cp_children", "children", "child", "(cp_plans_during_fs > 0)"),
    Sum(1, "cp_plans_from_fs_start", "plans", "child", "from_start"),
    Sum(1, "cp_plans_since_fs_start", "plans", "child", "since_start"),
    Sum(2, "cp_mean_days_closed", "days", "child", "closed_days", "plans_closed"),
    Sum(2, "cp_mean_days_open", "days", "child", "open_days", "still_open"),
    Sum(3, "cp_new_plans", "plans", "child", "new_plans"),
    Sum(3, "cp_repeat_12_months", "%", "child", "in_12", "new_plans"),
    Sum(3, "cp_repeat_24_months", "%", "child", "in_24", "new_plans"),
    Sum(5, "cla_at_start", "children", "child", "at_start"),
    Sum(5, "cla_at_end", "children", "child", "at_end"),
    Sum(6, "cla_mean_days_closed", "days", "child", "cla_days_closed_in_quarter", "periods_closed"),
    Sum(6, "cla_mean_days_open", "days", "child", "cla_days_open_at_quarter_end", "periods_open"),
    Sum(7, "unauthorised_absence", "%", "child", "unauthorised_sessions", "possible_sessions", needs=(_SCHOOL,)),
    Sum(7, "authorised_absence", "%", "child", "authorised_sessions", "possible_sessions", needs=(_SCHOOL,)),
    Sum(10, "treatments_completed", "people", "adult", "(treatment_closure_reason = 'completed')", needs=(_T,)),
    Sum(10, "no_re_presentation_6_months", "%", "adult", "stayed_away", "due", needs=(_T,)),
    Sum(10, "no_re_presentation_or_improved", "%", "adult", f"CASE WHEN {_BETTER} THEN due ELSE stayed_away END", "due",
        needs=(_T, _TOP)),
    Sum(11, "assessments", "count", "adult", "assessments", needs=(_T,)),
    Sum(11, "drop_out_before_engagement", "%", "adult", "assessments_without_engagement", "assessments", needs=(_T,)),
    Sum(11, "drop_out_after_engagement", "%", "adult", "treatments_without_engagement", "closed", needs=(_T,)),
    *_changes(12, "top_substance_use", "substance_use", True, _TOP),
    *(each for domain in TOP[1:] for each in _changes(13, f"top_{domain}", domain, False, _TOP)),
    *(each for scale in MH for each in _changes(15, scale, scale, True, _MH)),
    *(
        Sum(15, measure, "people", "adult", f"({which})", group=scale, needs=(_MH,))
        for scale, (fall, cut_off) in MH.items()
        for measure, which in (
            ("reliably_improved", f"{scale}_initial - {scale}_latest >= {fall}"),
            ("recovered", f"{scale}_initial >= {cut_off} AND {scale}_latest < {cut_off}"),
        )
    ),
    Sum(17, "da_incidents", "incidents", "adult", "incidents", needs=(_POLICE,)),
    Sum(17, "da_repeat_incidents", "incidents", "adult", "repeats", needs=(_POLICE,), whole_window=(_POLICE,)),
    Sum(17, "victim_count", "incidents", "everyone", "victim_count_in_quarter", needs=(_POLICE,)),
    Sum(17, "offender_count", "incidents", "everyone", "offender_count_in_quarter", needs=(_POLICE,)),
    *(
        each
        for participant in ("victim", "perpetrator")
        for ended, completed in ((f"{participant}_ended", f"{participant}_completed"),)
        for each in (
            Sum(18, "programmes_ended", "count", "adult", ended, group=participant, needs=(_DA,)),
            Sum(18, "programmes_completed", "count", "adult", completed, group=participant, needs=(_DA,)),
            Sum(18, "completion_rate", "%", "adult", completed, ended, participant, (_DA,)),
        )
    ),
    Sum(19, "people_high_risk", "people", "everyone", "da_high_risk", needs=(_POLICE, _MARAC),
        whole_window=(_POLICE, _MARAC)),
    *_changes(20, "lsir", "all", True, _LSIR),
)  # fmt: skip
"""Every figure of the roster's scopes but those of care proceedings, whose rows are cases (Z31)."""

WINDOWS = {17: 4, 19: 3}
"""Quarters back that an indicator's window reaches, for the status `partial`."""
