-- One quarter of the toolkit in DuckDB, written by hand from the definitions: person level, family level, and what the
-- twenty indicators are added up from. Views of the extracts by their names, and the variables qs, qe, cwd, missing_*,
-- *_supplied, are set before. Ties take the largest key: row(date, key) sorts by both.

-- Cohort

CREATE TEMP TABLE children AS
WITH fs AS (
    SELECT r.person_id, r.referral_id, r.start_date, r.end_date, r.category_of_need,
        min(a.start_date) AS fs_start,
        CASE WHEN count(a.end_date) = count(*) THEN max(a.end_date) END AS fs_end,
        arg_max(a.team, row(a.start_date, a.allocation_id)) AS team,
        max(a.start_date) AS latest_allocation
    FROM allocations a JOIN referrals r ON a.referral_id = r.referral_id AND a.person_id = r.person_id
    WHERE a.family_safeguarding
    GROUP BY ALL
), roles AS (
    SELECT person_id, bool_or(role = 'child') AS is_child, min(family_id) FILTER (role = 'child') AS family_key
    FROM family_members GROUP BY ALL
), current AS (
    SELECT fs.*, roles.family_key
    FROM fs LEFT JOIN roles USING (person_id)
    WHERE coalesce(is_child, true)
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY fs_start DESC, referral_id DESC) = 1
), earlier AS (
    SELECT c.person_id, count(*) AS previous
    FROM current c JOIN referrals r ON c.person_id = r.person_id AND r.start_date < c.start_date GROUP BY ALL
)
SELECT current.*, coalesce(previous, 0) AS previous FROM current LEFT JOIN earlier USING (person_id);

CREATE TEMP TABLE families AS
SELECT f.*, k.cohort
FROM (
    SELECT family_key, min(fs_start) AS fs_start,
        CASE WHEN count(fs_end) = count(*) THEN max(fs_end) END AS fs_end,
        first(team ORDER BY latest_allocation DESC, person_id) AS team
    FROM children WHERE family_key IS NOT NULL GROUP BY ALL
) f LEFT JOIN cohorts k ON f.fs_start BETWEEN k.first_day AND k.last_day;

CREATE TEMP TABLE roster AS
WITH adults AS (
    SELECT m.person_id, m.family_id AS family_key, any_value(m.relationship_type) AS relationship_type,
        any_value(f.fs_start) AS fs_start, any_value(f.fs_end) AS fs_end, any_value(f.team) AS team,
        any_value(f.cohort) AS cohort
    FROM families f
    JOIN adult_involvements i ON i.family_id = f.family_key
    JOIN family_members m ON m.family_id = i.family_id AND m.person_id = i.person_id AND m.role = 'adult'
    WHERE i.start_date <= least(coalesce(f.fs_end, getvariable('qe')), getvariable('qe'))
        AND coalesce(i.end_date >= f.fs_start, true)
        AND f.fs_start <= least(coalesce(f.fs_end, getvariable('qe')), getvariable('qe'))
    GROUP BY ALL
), everyone AS (
    SELECT c.family_key, c.person_id, 'child' AS role,
        CASE WHEN c.fs_end <= getvariable('qe') THEN 'Closed Case' ELSE 'Active Case' END AS relationship_type,
        c.fs_start, c.fs_end, c.team, f.cohort,
        c.referral_id, c.start_date, c.end_date, c.category_of_need, c.previous
    FROM children c LEFT JOIN families f USING (family_key)
    UNION ALL BY NAME
    SELECT *, 'adult' AS role FROM adults
)
SELECT row_number() OVER (ORDER BY family_key NULLS LAST, person_id) AS rid, e.*,
    p.sex, p.date_of_birth, p.ethnicity, p.upn,
    CASE WHEN p.date_of_birth <= e.fs_start THEN year(e.fs_start) - year(p.date_of_birth)
        - ((month(e.fs_start), day(e.fs_start)) < (month(p.date_of_birth), day(p.date_of_birth)))::int END AS age,
    greatest(e.fs_start, getvariable('qs')) AS w_first,
    least(coalesce(e.fs_end, getvariable('qe')), getvariable('qe')) AS w_last
FROM everyone e LEFT JOIN people p USING (person_id);
