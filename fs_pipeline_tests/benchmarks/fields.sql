-- Person level and family level. Columns in {{braces}} are filled in by duckdb_way.

CREATE TEMP TABLE plans AS
SELECT r.rid, r.person_id, c.cp_plan_id, c.start_date, c.end_date, r.fs_start,
    coalesce(c.end_date, getvariable('qe')) - c.start_date AS length,
    c.start_date <= w_last AND coalesce(c.end_date >= w_first, true) AND w_first <= w_last AS active,
    coalesce(c.end_date < r.fs_start, false) AS ended_before
FROM roster r JOIN cp_plans c USING (person_id) WHERE r.role = 'child';

CREATE TEMP TABLE cp AS
SELECT rid,
    arg_max({{'k': cp_plan_id, 's': start_date, 'e': end_date}}, row(start_date, cp_plan_id)) FILTER (active) AS c,
    arg_max({{'k': cp_plan_id, 's': start_date, 'e': end_date}}, row(end_date, start_date, cp_plan_id))
        FILTER (ended_before) AS p,
    coalesce(sum(length) FILTER (ended_before), 0) AS days_before, coalesce(sum(length) FILTER (active), 0) AS days_during,
    count(*) FILTER (ended_before) AS plans_before, count(*) FILTER (active) AS plans_during,
    count(*) FILTER (active AND start_date <= fs_start) AS from_start,
    count(*) FILTER (active AND start_date > fs_start) AS since_start,
    coalesce(sum(length) FILTER (active AND end_date IS NOT NULL), 0) AS closed_days,
    count(*) FILTER (active AND end_date IS NOT NULL) AS closed,
    coalesce(sum(length) FILTER (active AND end_date IS NULL), 0) AS open_days,
    count(*) FILTER (active AND end_date IS NULL) AS still_open
FROM plans GROUP BY rid;

CREATE TEMP TABLE cla AS
WITH periods AS (
    SELECT r.rid, c.care_period_id, c.start_date, c.end_date,
        coalesce(c.end_date, getvariable('qe')) - c.start_date AS length,
        coalesce(c.end_date >= w_first, true) AND w_first <= getvariable('qe') AS active,
        c.start_date <= getvariable('qs') AND coalesce(c.end_date > getvariable('qs'), true) AS at_start,
        coalesce(c.end_date > getvariable('qe'), true) AS at_end
    FROM roster r JOIN care_periods c USING (person_id) WHERE r.role = 'child' AND NOT c.uasc
)
SELECT rid, arg_max({{'k': care_period_id, 's': start_date, 'e': end_date}}, row(start_date, care_period_id))
        FILTER (active) AS c,
    coalesce(sum(length) FILTER (active AND end_date IS NULL), 0) AS open_days,
    coalesce(sum(length) FILTER (active AND end_date IS NOT NULL), 0) AS closed_days,
    count(*) FILTER (active AND end_date IS NULL) AS still_open,
    count(*) FILTER (active AND end_date IS NOT NULL) AS closed,
    bool_or(at_start) AS at_start, bool_or(at_end) AS at_end
FROM periods GROUP BY rid;

CREATE TEMP TABLE school AS
WITH rows AS (
    SELECT r.rid, r.date_of_birth AS born, a.*,
        make_date(year(a.date_from) - (a.date_from < make_date(year(a.date_from), 8, 31))::int, 8, 31) AS began
    FROM roster r JOIN attendance a USING (upn) WHERE r.role = 'child'
)
SELECT rid, sum(sessions_unauthorised) AS unauthorised, sum(sessions_authorised) AS authorised,
    sum(sessions_possible) AS possible
FROM rows
WHERE born <= began AND year(began) - year(born) - ((8, 31) < (month(born), day(born)))::int BETWEEN 5 AND 15
GROUP BY rid;

CREATE TEMP TABLE crimes AS
SELECT r.rid,
    count(*) FILTER (before AND i.role = 'victim') AS victim_before,
    count(*) FILTER (before AND i.role = 'offender') AS offender_before,
    count(*) FILTER (during AND i.role = 'victim') AS victim, count(*) FILTER (during AND i.role = 'offender') AS offender
FROM (SELECT rid, person_id, fs_start, w_first, w_last FROM roster) r
JOIN (SELECT person_id, incident_date, role FROM all_police_incidents WHERE crime) i USING (person_id),
    LATERAL (SELECT incident_date >= fs_start - INTERVAL 12 MONTH AND incident_date < fs_start AS before,
        incident_date BETWEEN w_first AND w_last AS during)
WHERE before OR during
GROUP BY rid;

CREATE TEMP TABLE incidents AS
SELECT *, coalesce(lag(incident_date) OVER (PARTITION BY person_id ORDER BY incident_date, incident_id)
    >= incident_date - INTERVAL 12 MONTH, false) AS repeated
FROM (SELECT DISTINCT person_id, incident_id, incident_date FROM recent_police_incidents WHERE domestic_abuse);

CREATE TEMP TABLE abuse AS
SELECT rid, count(*) FILTER (role = 'adult' AND incident_date BETWEEN w_first AND w_last) AS incidents,
    count(*) FILTER (role = 'adult' AND repeated AND incident_date BETWEEN w_first AND w_last) AS repeats,
    count(*) FILTER (incident_date > getvariable('qe') - INTERVAL 12 MONTH) AS in_12_months
FROM roster JOIN incidents USING (person_id) GROUP BY rid;

CREATE TEMP TABLE visits AS
WITH came AS (
    SELECT treatment_id, person_id, start_date AS day FROM substance_treatments WHERE start_date IS NOT NULL
    UNION ALL
    SELECT treatment_id, person_id, assessment_date FROM substance_treatments WHERE assessment_date IS NOT NULL
)
SELECT DISTINCT t.treatment_id
FROM substance_treatments t JOIN came c USING (person_id)
WHERE c.treatment_id <> t.treatment_id AND c.day > t.closure_date AND c.day <= t.closure_date + INTERVAL 6 MONTH;

CREATE TEMP TABLE treated AS
SELECT t.*, v.treatment_id IS NOT NULL AS again, (t.closure_date + INTERVAL 6 MONTH)::date AS due,
    t.start_date BETWEEN getvariable('qs') AND getvariable('qe') AS starts,
    t.closure_date BETWEEN getvariable('qs') AND getvariable('qe') AS closes,
    t.assessment_date BETWEEN getvariable('qs') AND getvariable('qe') AS assessed,
    t.closure_reason = 'completed' AND due BETWEEN getvariable('qs') AND getvariable('qe') AS due_now
FROM substance_treatments t LEFT JOIN visits v USING (treatment_id);

CREATE TEMP TABLE treatment AS
SELECT r.rid, max(start_date) FILTER (starts) AS started,
    arg_max({{'d': closure_date, 'r': closure_reason, 'again': again, 'due': due}}, row(closure_date, treatment_id))
        FILTER (closes) AS c,
    count(*) FILTER (assessed) AS assessments,
    count(*) FILTER (assessed AND assessment_outcome = 'non_engagement') AS without,
    count(*) FILTER (closes AND closure_reason = 'dropped_out') AS dropped_out, count(*) FILTER (closes) AS closed,
    count(*) FILTER (due_now) AS due, count(*) FILTER (due_now AND NOT again) AS stayed_away
FROM (SELECT rid, person_id FROM roster WHERE role = 'adult') r JOIN treated USING (person_id) GROUP BY rid;

CREATE TEMP TABLE da AS
SELECT r.rid,
    max(p.start_date) FILTER (p.start_date BETWEEN getvariable('qs') AND getvariable('qe')) AS started,
    arg_max({{'d': p.end_date, 'o': outcome}}, row(p.end_date, programme_id)) FILTER (ends) AS c,
    count(*) FILTER (ends AND participant = 'victim') AS victim_ended,
    count(*) FILTER (ends AND participant = 'perpetrator') AS perpetrator_ended,
    count(*) FILTER (ends AND participant = 'victim' AND outcome = 'completed') AS victim_completed,
    count(*) FILTER (ends AND participant = 'perpetrator' AND outcome = 'completed') AS perpetrator_completed
FROM (SELECT rid, person_id FROM roster WHERE role = 'adult') r
JOIN (SELECT *, end_date BETWEEN getvariable('qs') AND getvariable('qe') AS ends FROM da_programmes) p USING (person_id)
GROUP BY rid;


-- Person level

CREATE TEMP TABLE person AS
SELECT getvariable('qs') AS quarter, r.family_key, r.referral_id AS referral_key, r.person_id, r.sex, r.age, r.ethnicity,
    r.relationship_type, r.fs_start AS fs_start_date, r.team AS latest_fs_team, r.fs_end AS fs_end_date, r.cohort,
    r.start_date AS referral_start_date, r.category_of_need, r.end_date AS referral_end_date,
    r.previous AS previous_referrals,
    cp.c.k AS cp_plan_key, cp.c.s AS cp_plan_start_date, cp.c.e AS cp_plan_end_date,
    cp.p.k AS previous_cp_plan_key, cp.p.s AS previous_cp_plan_start_date, cp.p.e AS previous_cp_plan_end_date,
    cla.c.k AS cla_key, cla.c.s AS cla_start_date, cla.c.e AS cla_end_date,
    CASE WHEN k.before_known THEN coalesce(crimes.victim_before, 0) END AS previous_victim_count,
    CASE WHEN k.before_known THEN coalesce(crimes.offender_before, 0) END AS previous_offender_count,
    CASE WHEN k.during_known THEN coalesce(crimes.victim, 0) END AS victim_count_in_quarter,
    CASE WHEN k.during_known THEN coalesce(crimes.offender, 0) END AS offender_count_in_quarter,
    CASE WHEN k.child THEN coalesce(cp.days_before, 0) END AS cp_days_before_fs,
    CASE WHEN k.child THEN coalesce(cp.days_during, 0) END AS cp_days_during_fs,
    CASE WHEN k.child THEN coalesce(cp.plans_before, 0) END AS cp_plans_before_fs,
    CASE WHEN k.child THEN coalesce(cp.plans_during, 0) END AS cp_plans_during_fs,
    school.unauthorised AS unauthorised_sessions, school.authorised AS authorised_sessions,
    school.possible AS possible_sessions,
    school.unauthorised / nullif(school.possible, 0) AS unauthorised_share,
    school.authorised / nullif(school.possible, 0) AS authorised_share,
    cp.c.s - cp.p.e AS days_since_previous_cp_plan,
    cp.c.s - cp.p.e < 365 AS repeat_within_12_months, cp.c.s - cp.p.e < 730 AS repeat_within_24_months,
    CASE WHEN k.child THEN coalesce(cla.open_days, 0) END AS cla_days_open_at_quarter_end,
    CASE WHEN k.child THEN coalesce(cla.closed_days, 0) END AS cla_days_closed_in_quarter,
    t.started AS treatment_start_date, t.c.d AS treatment_closure_date, t.c.r AS treatment_closure_reason,
    CASE WHEN t.c.again THEN true WHEN t.c.due <= getvariable('qe') THEN false END AS re_presented_within_6_months,
    CASE WHEN k.treated THEN coalesce(t.assessments, 0) END AS assessments,
    CASE WHEN k.treated THEN coalesce(t.without, 0) END AS assessments_without_engagement,
    CASE WHEN k.treated THEN coalesce(t.dropped_out, 0) END AS treatments_without_engagement,
    {top_columns},
    da.started AS da_programme_start_date, da.c.d AS da_programme_end_date, da.c.o AS da_programme_outcome,
    CASE WHEN coalesce(abuse.in_12_months, 0) >= 4 OR m.referred IS NOT NULL THEN true
        WHEN getvariable('da_complete') THEN false END AS da_high_risk,
    {mh_columns}, {lsir_columns},
    -- for the indicators alone
    r.rid, r.role, t.closed, t.due, t.stayed_away, abuse.incidents, abuse.repeats, cp.from_start, cp.since_start,
    cp.closed_days, cp.closed AS plans_closed, cp.open_days, cp.still_open, cla.closed AS periods_closed,
    cla.still_open AS periods_open, cla.at_start, cla.at_end, da.victim_ended, da.perpetrator_ended,
    da.victim_completed, da.perpetrator_completed, repeats.plans AS new_plans, repeats.in_12, repeats.in_24
FROM roster r
LEFT JOIN cp USING (rid) LEFT JOIN cla USING (rid) LEFT JOIN school USING (rid) LEFT JOIN crimes USING (rid)
LEFT JOIN treatment t USING (rid) LEFT JOIN da USING (rid) LEFT JOIN abuse USING (rid)
LEFT JOIN course_top USING (rid) LEFT JOIN course_mh USING (rid) LEFT JOIN course_lsir USING (rid)
LEFT JOIN repeats_fs repeats USING (rid)
LEFT JOIN (SELECT DISTINCT person_id AS referred FROM recent_marac_referrals
    WHERE referral_date > getvariable('qe') - INTERVAL 12 MONTH) m ON r.person_id = m.referred,
LATERAL (SELECT r.role = 'child' AS child, r.role = 'adult' AND getvariable('treatments_supplied') AS treated,
    police_covers(r.fs_start - INTERVAL 12 MONTH, r.fs_start - INTERVAL 1 DAY) AS before_known,
    w_first > w_last OR police_covers(w_first, w_last) AS during_known) k
ORDER BY rid;

-- Family level

CREATE TEMP TABLE family AS
SELECT getvariable('qs') AS quarter, p.family_key, any_value(f.fs_start) AS fs_start_date,
    any_value(f.team) AS latest_fs_team, any_value(f.fs_end) AS fs_end_date, any_value(f.cohort) AS cohort,
    {family_sums},
    sum(cp_plans_during_fs) AS cp_plans_in_family,
    sum(cp_days_during_fs) / nullif(sum(cp_plans_during_fs), 0) AS mean_cp_days_in_family,
    sum(unauthorised_sessions) / nullif(sum(possible_sessions), 0) AS unauthorised_share,
    sum(authorised_sessions) / nullif(sum(possible_sessions), 0) AS authorised_share,
    CASE WHEN getvariable('treatments_supplied') THEN count(treatment_start_date) END AS people_starting_treatment,
    CASE WHEN getvariable('treatments_supplied') THEN count(treatment_closure_date) END AS people_ending_treatment,
    CASE WHEN getvariable('treatments_supplied') THEN count(*) FILTER (treatment_closure_reason = 'completed') END
        AS people_with_successful_treatment,
    CASE WHEN getvariable('treatments_supplied') THEN count(*) FILTER (re_presented_within_6_months) END
        AS people_re_presenting,
    CASE WHEN getvariable('treatments_supplied') THEN count(*) FILTER (assessments > 0) END AS people_assessed,
    CASE WHEN getvariable('treatments_supplied') THEN count(*) FILTER (assessments_without_engagement > 0) END
        AS people_assessed_without_engagement,
    {family_changes},
    CASE WHEN getvariable('programmes_supplied') THEN count(da_programme_start_date) END AS people_starting_da_programme,
    CASE WHEN getvariable('programmes_supplied') THEN count(da_programme_end_date) END AS people_ending_da_programme,
    sum(da_high_risk::int) AS people_da_high_risk
FROM person p JOIN families f USING (family_key)
GROUP BY p.family_key ORDER BY p.family_key;
