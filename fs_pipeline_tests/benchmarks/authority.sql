-- The figures of the whole authority, and care proceedings by scope (Z31): a row a figure.

CREATE TEMP TABLE authority AS
WITH plans AS (
    SELECT c.*, coalesce(c.end_date, getvariable('qe')) - c.start_date AS length, g.gap,
        coalesce(c.end_date >= getvariable('qs'), true) AS active,
        c.start_date BETWEEN getvariable('qs') AND getvariable('qe') AS new
    FROM cp_plans c LEFT JOIN gaps g USING (cp_plan_id)
    WHERE NOT getvariable('cwd') OR c.person_id NOT IN (SELECT person_id FROM people WHERE open_to_cwd)
), p AS (
    SELECT count(*) FILTER (active) AS active,
        count(*) FILTER (start_date <= getvariable('qs') AND coalesce(end_date > getvariable('qs'), true)) AS at_start,
        count(*) FILTER (coalesce(end_date > getvariable('qe'), true)) AS at_end,
        count(DISTINCT person_id) FILTER (active) AS children,
        coalesce(sum(length) FILTER (active AND end_date IS NOT NULL), 0) AS closed_days,
        count(*) FILTER (active AND end_date IS NOT NULL) AS closed,
        coalesce(sum(length) FILTER (active AND end_date IS NULL), 0) AS open_days,
        count(*) FILTER (active AND end_date IS NULL) AS still_open,
        count(*) FILTER (new) AS new, count(*) FILTER (new AND gap < 365) AS in_12, count(*) FILTER (new AND gap < 730) AS in_24
    FROM plans
), c AS (
    SELECT count(DISTINCT person_id) FILTER (start_date <= getvariable('qs')
            AND coalesce(end_date > getvariable('qs'), true)) AS at_start,
        count(DISTINCT person_id) FILTER (coalesce(end_date > getvariable('qe'), true)) AS at_end
    FROM care_periods WHERE NOT uasc
), case_rows AS (
    SELECT 'authority' AS scope, proceedings_id, issued_date, concluded_date FROM care_proceedings
    UNION ALL
    SELECT scope, proceedings_id, issued_date, concluded_date
    FROM care_proceedings JOIN member_child USING (person_id)
), cases AS (
    SELECT scope, min(issued_date) AS issued, CASE WHEN count(concluded_date) = count(*) THEN max(concluded_date) END AS concluded
    FROM case_rows GROUP BY scope, proceedings_id
), k AS (
    SELECT s.scope, count(*) FILTER (issued BETWEEN getvariable('qs') AND getvariable('qe')) AS issued,
        count(*) FILTER (concluded BETWEEN getvariable('qs') AND getvariable('qe')) AS concluded,
        count(*) FILTER (issued <= getvariable('qe') AND coalesce(concluded > getvariable('qe'), true)) AS still_open,
        coalesce(sum((concluded - issued) / 7) FILTER (concluded BETWEEN getvariable('qs') AND getvariable('qe')), 0) AS weeks
    FROM (SELECT 'authority' AS scope UNION ALL SELECT scope FROM scopes) s LEFT JOIN cases USING (scope) GROUP BY s.scope
), w AS (
    SELECT d.d || '/' || m.m AS work, d.d AS discipline, m.m AS mode
    FROM (VALUES ('social_work'), ('substance_misuse'), ('mental_health'), ('domestic_abuse')) d(d),
        (VALUES ('assessment'), ('individual'), ('group')) m(m)
), load AS (
    SELECT work, coalesce(sum(cases), 0) AS cases, count(DISTINCT worker_id) AS workers, coalesce(sum(hours), 0) AS hours,
        count(DISTINCT worker_id) FILTER (hours IS NOT NULL) AS with_hours
    FROM w LEFT JOIN caseloads USING (discipline, mode) GROUP BY work
)
SELECT 1 AS indicator, 'cp_plans_active' AS measure, 'authority' AS scope, 'all' AS "group", 'plans' AS unit,
    active::double AS part, NULL::double AS whole, true AS supplied FROM p
UNION ALL SELECT 1, 'cp_plans_at_start', 'authority', 'all', 'plans', at_start, NULL, true FROM p
UNION ALL SELECT 1, 'cp_plans_at_end', 'authority', 'all', 'plans', at_end, NULL, true FROM p
UNION ALL SELECT 1, 'cp_children', 'authority', 'all', 'children', children, NULL, true FROM p
UNION ALL SELECT 2, 'cp_mean_days_closed', 'authority', 'all', 'days', closed_days, closed, true FROM p
UNION ALL SELECT 2, 'cp_mean_days_open', 'authority', 'all', 'days', open_days, still_open, true FROM p
UNION ALL SELECT 3, 'cp_new_plans', 'authority', 'all', 'plans', new, NULL, true FROM p
UNION ALL SELECT 3, 'cp_repeat_12_months', 'authority', 'all', '%', in_12, new, true FROM p
UNION ALL SELECT 3, 'cp_repeat_24_months', 'authority', 'all', '%', in_24, new, true FROM p
UNION ALL SELECT 5, 'cla_at_start', 'authority', 'all', 'children', at_start, NULL, true FROM c
UNION ALL SELECT 5, 'cla_at_end', 'authority', 'all', 'children', at_end, NULL, true FROM c
UNION ALL SELECT 4, 'proceedings_issued', scope, 'all', 'cases', issued, NULL, getvariable('proceedings_supplied') FROM k
UNION ALL SELECT 4, 'proceedings_concluded', scope, 'all', 'cases', concluded, NULL, getvariable('proceedings_supplied') FROM k
UNION ALL SELECT 4, 'proceedings_open_at_end', scope, 'all', 'cases', still_open, NULL, getvariable('proceedings_supplied') FROM k
UNION ALL SELECT 4, 'proceedings_mean_weeks', scope, 'all', 'weeks', weeks, concluded, getvariable('proceedings_supplied') FROM k
UNION ALL SELECT 14, 'cases_per_worker', 'authority', work, 'count', cases, workers, getvariable('caseloads_supplied') FROM load
UNION ALL SELECT 14, 'hours_per_worker', 'authority', work, 'hours', hours, with_hours, getvariable('caseloads_supplied') FROM load
UNION ALL SELECT 14, 'people_waiting', 'authority', d.discipline, 'people', coalesce(sum(people_waiting), 0), NULL,
    getvariable('waiting_supplied')
    FROM (SELECT DISTINCT discipline FROM w) d LEFT JOIN waiting_lists USING (discipline) GROUP BY d.discipline
UNION ALL SELECT 16, 'reports_accepted', 'authority', 'all', 'reports', count(*) FILTER (accepted), NULL,
    getvariable('reports_supplied') FROM expert_reports
UNION ALL SELECT 16, 'net_saving', 'authority', 'all', 'GBP', count(*) FILTER (accepted) * getvariable('external')
    - coalesce(sum(internal_hours), 0) * getvariable('internal'), NULL, getvariable('reports_supplied') FROM expert_reports;

CREATE TEMP TABLE health AS
SELECT i.indicator, a.age_group,
    coalesce(percentage, 100 * people_with_event / nullif(people_in_cohort, 0)) AS value,
    people_with_event::double AS part, people_in_cohort::double AS whole
FROM (VALUES (8, 'ae_attendance'), (9, 'emergency_admission')) i(indicator, measure)
CROSS JOIN (VALUES ('children'), ('adults')) a(age_group)
LEFT JOIN health_activity e ON e.measure = i.measure AND e.age_group = a.age_group;
