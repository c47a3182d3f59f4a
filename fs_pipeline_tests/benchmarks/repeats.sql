CREATE TEMP TABLE gaps AS
SELECT n.cp_plan_id, n.person_id, n.start_date, n.start_date - max(o.end_date) AS gap
FROM (SELECT * FROM cp_plans WHERE start_date BETWEEN getvariable('qs') AND getvariable('qe')) n
LEFT JOIN cp_plans o ON o.person_id = n.person_id AND row(o.start_date, o.cp_plan_id) < row(n.start_date, n.cp_plan_id)
    AND o.end_date <= n.start_date
GROUP BY n.cp_plan_id, n.person_id, n.start_date;

CREATE TEMP TABLE repeats_fs AS
SELECT rid, count(*) AS plans, count(*) FILTER (gap < 365) AS in_12, count(*) FILTER (gap < 730) AS in_24
FROM (SELECT * FROM roster WHERE role = 'child') r JOIN gaps g USING (person_id)
WHERE g.start_date BETWEEN w_first AND w_last GROUP BY rid;
