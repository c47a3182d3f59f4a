CREATE TEMP TABLE course_{name} AS
WITH forms AS (
    SELECT r.rid, r.fs_start, {episode} AS episode, row({date}, {key}) AS place, stage, {scores}
    FROM (SELECT rid, person_id, fs_start FROM roster WHERE role = 'adult') r JOIN {table} USING (person_id)
), newest AS (
    SELECT rid, arg_max(episode, place) AS episode FROM forms GROUP BY rid HAVING max(place)[1] >= any_value(fs_start)
), course AS (
    SELECT forms.*, coalesce(min(place) FILTER (stage = '{initial}') OVER of_row, min(place) OVER of_row) AS initial
    FROM forms JOIN newest USING (rid, episode) WINDOW of_row AS (PARTITION BY rid)
)
SELECT rid,
    arg_min({packed}, place) FILTER (place = initial) AS i,
    arg_max({packed}, place) FILTER (place <> initial) AS l,
    arg_max({packed}, place) FILTER (place <> initial AND stage = '{end}') AS e
FROM course GROUP BY rid;
