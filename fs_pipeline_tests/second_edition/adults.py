"""Indicators 8 to 20 of the period `quarter`: hospital, treatment, scores, workforce, domestic abuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.coverage import gaps
from fs_pipeline_tests.second_edition.facts import (
    assessed_in_quarter,
    at_high_risk,
    closed_in_quarter,
    crimes,
    da_incidents,
    has_many_incidents,
    has_marac_referral,
    is_repeat,
    is_worked_with_by,
    latest,
    matured_in_quarter,
    months_to_quarter_end,
    re_presented,
    repeats_look_at,
)
from fs_pipeline_tests.second_edition.figures import (
    ADULTS,
    Figure,
    Scope,
    among,
    count,
    histories,
    mean,
    percentage,
    resting_on,
    with_needs,
)
from fs_pipeline_tests.second_edition.roster import Member, fs_window
from fs_pipeline_tests.second_edition.scores import (
    LSIR,
    MENTAL_HEALTH,
    TOP,
    TOP_DOMAINS,
    Forms,
    Source,
    forms_of_treatment,
    forms_since,
)
from fs_pipeline_tests.second_edition.terms import Row, Window

# ----------------------------------------------------------------------------------------------------
# Indicators 8 and 9: hospital (Z38)
# ----------------------------------------------------------------------------------------------------

HOSPITAL = ((8, "ae_attendance"), (9, "emergency_admission"))
PERIOD_OF = {"quarter": "quarter", "before_12_months": "baseline", "after_12_months": "follow_up"}
HIDDEN = "*"
"""What stands in a row for a small number that the supplier hides; blank is a number that is not given."""


def indicators_8_and_9(case: Case, scope: Scope) -> list[Figure]:
    """The aggregate return: scope fs is the rows with a blank cohort; of other scopes the cohorts alone.

    reading: the quarter's figures are always there, those of baseline and follow-up when the return has the row.
    """
    kind, _, cohort = scope.name.partition(":")
    if kind not in ("fs", "cohort"):
        return []
    rows: dict[tuple[str, str, str], Row] = {}
    for row in case.rows("health_activity"):
        if (row.get("cohort") or "") == cohort:
            rows[row["measure"], row["age_group"], PERIOD_OF[row.get("period") or "quarter"]] = row
    found = []
    for indicator, measure in HOSPITAL:
        for group in ("children", "adults"):
            for period in ("quarter", "baseline", "follow_up"):
                own = rows.get((measure, group, period))
                if own is not None or period == "quarter":
                    found += [replace(f, period=period) for f in hospital_figures(indicator, group, own)]
    return with_needs(found, "health_activity")


def number(value: Any) -> float | None:
    """A number of the return; blank when it is not given or hidden."""
    return None if value is None or value == HIDDEN else float(value)


def hospital_figures(indicator: int, group: str, row: Row | None) -> list[Figure]:
    """People with an event, events, and events per 100 people, of one row.

    reading: a return without the row leaves the values blank and final. Both people_with_event and the percentage
    blank means that the supplier hides a small number; blank events are final, hidden ones (HIDDEN) partial.
    """
    people = Figure(indicator, "people_with_event", "%", group=group)
    events = Figure(indicator, "events", "events", group=group)
    rate = Figure(indicator, "events_per_100_people", "events", group=group)
    if row is None:
        return [people, events, rate]
    of, with_event, shown = float(row["people_in_cohort"]), number(row["people_with_event"]), number(row["percentage"])
    value = shown
    if value is None and with_event is not None and of:
        value = 100 * with_event / of
    people = replace(people, value=value, numerator=with_event, denominator=of)
    if shown is None and with_event is None:
        people = people.because({"suppressed"})
    happened = number(row.get("events"))
    events = replace(events, value=happened)
    rate = replace(rate, value=100 * happened / of if happened is not None and of else None)
    rate = replace(rate, numerator=happened, denominator=of)
    if row.get("events") == HIDDEN:
        events, rate = events.because({"suppressed"}), rate.because({"suppressed"})
    return [people, events, rate]


# ----------------------------------------------------------------------------------------------------
# Indicators 10 and 11: substance misuse treatment
# ----------------------------------------------------------------------------------------------------


def indicator_10(case: Case, scope: Scope) -> list[Figure]:
    """Completed treatments; those of 6 months ago without re-presentation, or improved themselves (Z21, Z22)."""
    completed = people = matured = without = either = 0
    for member in scope.adults(case):
        closed = closed_in_quarter(case, member.person_id)
        completed += sum(1 for row in closed if row["closure_reason"] == "completed")
        last = latest(closed, "closure_date", "treatment_id")
        people += 1 if last is not None and last["closure_reason"] == "completed" else 0
        for row in matured_in_quarter(case, member.person_id):
            if row["closure_reason"] == "completed":
                back = re_presented(case, row)
                improved = forms_of_treatment(case, row).is_improved("substance_use")
                matured += 1
                without += 0 if back else 1
                either += 1 if improved or not back else 0
    found = [
        count(10, "treatments_completed", "treatments", completed),
        count(10, "people_completed", "people", people),
        percentage(10, "no_re_presentation_6_months", without, matured),
    ]
    with_forms = with_needs([percentage(10, "no_re_presentation_or_improved", either, matured)], "top_forms")
    return resting_on(with_needs(found + with_forms, "substance_treatments"), ADULTS)


def indicator_11(case: Case, scope: Scope) -> list[Figure]:
    """Assessments, treatments offered, drop-out before and after engagement."""
    assessed = [row for m in scope.adults(case) for row in assessed_in_quarter(case, m.person_id)]
    closed = [row for m in scope.adults(case) for row in closed_in_quarter(case, m.person_id)]
    outcomes = [row["assessment_outcome"] for row in assessed]
    decided = [outcome for outcome in outcomes if outcome in ("treatment", "non_engagement")]
    dropped = sum(1 for row in closed if row["closure_reason"] == "dropped_out")
    found = [
        count(11, "assessments", "count", len(assessed)),
        count(11, "offered", "count", outcomes.count("treatment")),
        percentage(11, "drop_out_before_engagement", decided.count("non_engagement"), len(decided)),
        percentage(11, "drop_out_after_engagement", dropped, len(closed)),
    ]
    return resting_on(with_needs(found, "substance_treatments"), ADULTS)


# ----------------------------------------------------------------------------------------------------
# Indicators 12, 13, 15, 20: scores
# ----------------------------------------------------------------------------------------------------


def forms_of_adults(case: Case, scope: Scope, source: Source, discipline: str) -> list[Forms]:
    """The forms of the scope's adults who are worked with by the discipline (Z47)."""
    adults = [member for member in scope.adults(case) if is_worked_with_by(case, member, discipline)]
    return [forms_since(case, member.person_id, member.p, source) for member in adults]


def changes(case: Case, indicator: int, forms: list[Forms], column: str, group: str) -> list[Figure]:
    """Improved, declined, unchanged and mean change: to date, and of those with their latest form in the quarter."""
    both = [form for form in forms if form.change(column) is not None]
    found = []
    for ending, own in (("_to_date", both), ("", [form for form in both if case.quarter.holds(form.latest_day)])):
        improved = sum(1 for form in own if form.is_improved(column))
        declined = sum(1 for form in own if form.is_declined(column))
        moved = sum(form.change(column) or 0 for form in own)
        found += [
            count(indicator, f"improved{ending}", "people", improved, group),
            count(indicator, f"declined{ending}", "people", declined, group),
            count(indicator, f"unchanged{ending}", "people", len(own) - improved - declined, group),
            mean(indicator, f"mean_change{ending}", "score", moved, len(own), group),
        ]
    return found


def indicators_12_and_13(case: Case, scope: Scope) -> list[Figure]:
    """Indicator 12 (substance use) and 13 (the other domains) of the Treatment Outcomes Profile."""
    forms = forms_of_adults(case, scope, TOP, "substance_misuse")
    found = []
    for domain in TOP_DOMAINS:
        found += changes(case, 12 if domain == "substance_use" else 13, forms, domain, domain)
    return resting_on(with_needs(found, "top_forms"), ADULTS)


RELIABLE = {"phq9": 6, "gad7": 4}
CUT_OFF = {"phq9": 10, "gad7": 8}


def indicator_15(case: Case, scope: Scope) -> list[Figure]:
    """Depression and anxiety: change, reliable change and recovery by scale; the national way over both (Z36)."""
    forms = forms_of_adults(case, scope, MENTAL_HEALTH, "mental_health")
    found = []
    for scale in ("phq9", "gad7"):
        found += changes(case, 15, forms, scale, scale)
        both = [form for form in forms if form.change(scale) is not None]
        reliably = sum(1 for form in both if -(form.change(scale) or 0) >= RELIABLE[scale])
        recovered = sum(
            1
            for form in both
            if (form.score("initial", scale) or 0) >= CUT_OFF[scale] > (form.score("latest", scale) or 0)
        )
        found.append(count(15, "reliably_improved_to_date", "people", reliably, scale))
        found.append(count(15, "recovered_to_date", "people", recovered, scale))
    return resting_on(with_needs(found + the_national_way(forms), "mental_health_scores"), ADULTS)


def the_national_way(forms: list[Forms]) -> list[Figure]:
    """Z36: initial against end scores; a scale counts where both are present; people without one are left out.

    reading: at caseness on a scale that counts.
    """
    caseness = recovered = people = better = worse = 0
    for form in forms:
        scales = [scale for scale in ("phq9", "gad7") if form.change(scale, "end") is not None]
        if not scales:
            continue
        people += 1
        falls = {scale: -(form.change(scale, "end") or 0) for scale in scales}
        rises_reliably = any(falls[scale] <= -RELIABLE[scale] for scale in scales)
        falls_reliably = any(falls[scale] >= RELIABLE[scale] for scale in scales)
        better += 1 if falls_reliably and not rises_reliably else 0
        worse += 1 if rises_reliably and not falls_reliably else 0
        if any((form.score("initial", scale) or 0) >= CUT_OFF[scale] for scale in scales):
            caseness += 1
            recovered += 1 if all((form.score("end", scale) or 0) < CUT_OFF[scale] for scale in scales) else 0
    return [
        count(15, "at_caseness_to_date", "people", caseness),
        percentage(15, "recovery_share_to_date", recovered, caseness),
        percentage(15, "reliable_improvement_to_date", better, people),
        percentage(15, "reliable_deterioration_to_date", worse, people),
    ]


def indicator_20(case: Case, scope: Scope) -> list[Figure]:
    """LSI-R scores."""
    forms = forms_of_adults(case, scope, LSIR, "domestic_abuse")
    return resting_on(with_needs(changes(case, 20, forms, "score", "all"), "lsir_assessments"), ADULTS)


# ----------------------------------------------------------------------------------------------------
# Indicators 14 and 16: workforce (Z44), expert reports (Z29)
# ----------------------------------------------------------------------------------------------------


def indicator_14(case: Case) -> list[Figure]:
    """Cases and hours per distinct worker, people waiting; of the authority, and of the teams of the files.

    reading: the groups of a scope are those that its rows hold.
    """
    found = []
    for extract, figures in (("caseloads", caseload_figures), ("waiting_lists", waiting_figures)):
        if not case.has(extract):
            names = [("cases_per_worker", "count"), ("hours_per_worker", "hours")]
            names = names if extract == "caseloads" else [("people_waiting", "people")]
            found += with_needs([Figure(14, name, unit) for name, unit in names], extract)
            continue
        rows = case.rows(extract)
        own = list(figures(rows))
        for team in sorted({row["team"] for row in rows}):
            of_team = figures([row for row in rows if row["team"] == team])
            own += [replace(figure, scope=f"team:{team}") for figure in of_team]
        found += with_needs(own, extract)
    return found


def caseload_figures(rows: list[Row]) -> list[Figure]:
    """Group = discipline/mode and discipline. A row with 0 cases and hours 0 or blank is left out."""
    rows = [row for row in rows if row["cases"] != 0 or (row["hours"] or 0) != 0]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(f"{row['discipline']}/{row['mode']}", []).append(row)
        groups.setdefault(row["discipline"], []).append(row)
    found = []
    for group, own in sorted(groups.items()):
        workers = {row["worker_id"] for row in own}
        # reading: a worker with blank hours in a row of the group is left out of the group's hours altogether.
        timed = workers - {row["worker_id"] for row in own if row["hours"] is None}
        hours = sum(row["hours"] for row in own if row["worker_id"] in timed)
        found.append(mean(14, "cases_per_worker", "count", sum(row["cases"] for row in own), len(workers), group))
        found.append(mean(14, "hours_per_worker", "hours", hours, len(timed), group))
    return found


def waiting_figures(rows: list[Row]) -> list[Figure]:
    """Group = discipline."""
    return [
        count(
            14,
            "people_waiting",
            "people",
            sum(row["people_waiting"] for row in rows if row["discipline"] == discipline),
            discipline,
        )
        for discipline in sorted({row["discipline"] for row in rows})
    ]


def indicator_16(case: Case) -> list[Figure]:
    """Expert reports accepted, gross saving, internal cost, net saving; the whole authority alone."""
    reports = case.rows("expert_reports")
    accepted = sum(1 for report in reports if report["accepted"])
    costs = case.programme["costs"]
    gross = accepted * costs["external_expert_report"]
    internal = sum(report["internal_hours"] or 0 for report in reports) * costs["internal_hour"]
    in_hours = [count(16, "internal_cost", "GBP", internal), count(16, "net_saving", "GBP", gross - internal)]
    if any(report["internal_hours"] is None for report in reports):
        in_hours = [figure.because({"hours_blank"}).blank() for figure in in_hours]
    found = [count(16, "reports_accepted", "reports", accepted), count(16, "gross_saving", "GBP", gross), *in_hours]
    return with_needs(found, "expert_reports")


# ----------------------------------------------------------------------------------------------------
# Indicators 17 to 19: domestic abuse
# ----------------------------------------------------------------------------------------------------


def indicator_17(case: Case, scope: Scope) -> list[Figure]:
    """Call-outs and involvements of adults in W, repeats among them (Z26); sums of I03 and I04."""
    in_fs = [(row, fs_window(case, row)) for row in scope.adults(case) if not fs_window(case, row).is_empty]
    found = call_outs(case, in_fs)
    people = [(row, fs_window(case, row)) for row in scope.everyone(case)]
    found += crime_counts(case, [(row, window) for row, window in people if not window.is_empty])
    return resting_on(with_needs(found, "police_incidents"), ADULTS)


def call_outs(case: Case, people: list[tuple[Member, Window]]) -> list[Figure]:
    """The four measures of DA incidents, of people each in their own window (Z26)."""
    found = []
    for prefix, look_back in (("da", False), ("da_repeat", True)):
        why = {
            row.person_id: gaps(case, row.person_id, ("police",), repeats_look_at(window) if look_back else window)
            for row, window in people
        }
        covered = [(row.person_id, window) for row, window in people if not why[row.person_id]]
        pairs = [(person, incident) for person, w in covered for incident in da_incidents(case, person, w)]
        if look_back:
            pairs = [(person, incident) for person, incident in pairs if is_repeat(case, person, incident)]
        incidents = len({incident_id for _, (_, incident_id) in pairs})
        for figure in (
            count(17, f"{prefix}_call_outs", "call-outs", incidents),
            count(17, f"{prefix}_involvements", "people x call-outs", len(pairs)),
        ):
            figure = among(figure, len(people), len(covered), set().union(*why.values()))
            found += resting_on([figure], histories(case, "police") if look_back else ())
    return found


def crime_counts(case: Case, people: list[tuple[Member, Window]]) -> list[Figure]:
    """Crimes of any kind as victim and as offender, of people each in their own window."""
    why = {row.person_id: gaps(case, row.person_id, ("police",), window) for row, window in people}
    covered = [(row.person_id, window) for row, window in people if not why[row.person_id]]
    found = []
    for role in ("victim", "offender"):
        total = sum(crimes(case, person, role, window) for person, window in covered)
        figure = count(17, f"{role}_count", "people x incidents", total)
        found.append(among(figure, len(people), len(covered), set().union(*why.values())))
    return found


def indicator_18(case: Case, scope: Scope) -> list[Figure]:
    """DA programmes ended in the quarter, completed among them, by participant."""
    adults = {row.person_id for row in scope.adults(case) if is_worked_with_by(case, row, "domestic_abuse")}
    found = []
    for participant in ("victim", "perpetrator"):
        ended = [
            row
            for row in case.rows("da_programmes")
            if row["person_id"] in adults and row["participant"] == participant and case.quarter.holds(row["end_date"])
        ]
        completed = sum(1 for row in ended if row["outcome"] == "completed")
        found += [
            count(18, "programmes_ended", "count", len(ended), participant),
            count(18, "programmes_completed", "count", completed, participant),
            percentage(18, "completion_rate", completed, len(ended), participant),
        ]
    return resting_on(with_needs(found, "da_programmes"), ADULTS)


def indicator_19(case: Case, scope: Scope) -> list[Figure]:
    """Adults at high risk (Z25): with a non-empty W; to date; the share; the two parts apart."""
    window = months_to_quarter_end(case)
    everyone = scope.adults(case)
    in_fs = [row for row in everyone if not fs_window(case, row).is_empty]
    both = ("police", "marac")
    found = []
    for measure, adults in (("people_high_risk", in_fs), ("people_high_risk_to_date", everyone)):
        risks = {row.person_id: at_high_risk(case, row.person_id, window) for row in adults}
        found.append(known_count(case, measure, risks, both, window))
    risks = {row.person_id: at_high_risk(case, row.person_id, window) for row in in_fs}
    why = {person: gaps(case, person, both, window) for person in risks}
    covered = [person for person in risks if not why[person]]
    share = percentage(19, "high_risk_share", sum(1 for person in covered if risks[person]), len(covered))
    found.append(among(share, len(risks), len(covered), set().union(*why.values())))
    found = with_needs(found, "police_incidents", "marac_referrals")
    marac = {row.person_id: has_marac_referral(case, row.person_id, window) for row in in_fs}
    many = {row.person_id: has_many_incidents(case, row.person_id, window) for row in in_fs}
    found += with_needs([known_count(case, "marac_referred", marac, ("marac",), window)], "marac_referrals")
    found += with_needs([known_count(case, "four_or_more_call_outs", many, ("police",), window)], "police_incidents")
    return resting_on(found, (*ADULTS, *histories(case, *both)))


def known_count(
    case: Case, measure: str, tests: dict[str, bool | None], suppliers: tuple[str, ...], window: Window
) -> Figure:
    """How many pass a test; partial while it is not known of some, blank when it is known of nobody."""
    known = [person for person, test in tests.items() if test is not None]
    why: set[str] = set()
    for person, test in tests.items():
        if test is None:
            why |= gaps(case, person, suppliers, window)
    figure = count(19, measure, "people", sum(1 for test in tests.values() if test))
    return among(figure, len(tests), len(known), why)
