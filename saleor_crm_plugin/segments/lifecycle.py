"""Where a contact stands, over all currencies: from prospect to loyal, at risk, lapsed and lost.

A stage follows from the purchases up to a moment and the limits of silence (``rhythm.py``) alone, so that it begins and
ends at exact moments: with an order, or when a limit passes. Nothing is computed for a contact until it buys or the end
of its stage (``until``) is reached.
"""

from .memberships import follow
from .rhythm import AT_RISK, LAPSED, LOST, limits
from .staging import Run, execute

# Those whose stage ended, by the index crm_lifecycle_until.
DUE = "SELECT contact_id FROM crm_lifecycle WHERE until <= %(now)s"

_TABLES = """
DROP TABLE IF EXISTS pg_temp.crm_staged, pg_temp.crm_stage;
CREATE TEMPORARY TABLE crm_staged (contact_id bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_stage (
    contact_id bigint, stage varchar(20), since timestamptz, until timestamptz, cause varchar(24)
) ON COMMIT DROP
"""

_STAGED = f"INSERT INTO crm_staged SELECT contact_id FROM crm_changed UNION {DUE}"  # noqa: S608 - of constants
_STAGED_ALL = "INSERT INTO crm_staged SELECT id FROM crm_contact"

# Every stage of those contacts, from their purchases in order (the index crm_purchase_contact holds all it needs):
# the state after each purchase, the stage that it means, and what silence turned that into before the next purchase.
# ``entering`` is a purchase that changed the stage: the first, one after silence, or one that means another stage than
# the one before had come to. Kept are the stage of now and those since the last run. OFFSET 0 keeps the limits from
# being computed again wherever they are named.
_STAGES = f"""
WITH bought AS (
    SELECT contact_id, placed_at AS at, lag(placed_at) OVER history AS before,
        (placed_at AT TIME ZONE 'UTC')::date
            IS DISTINCT FROM (lag(placed_at) OVER history AT TIME ZONE 'UTC')::date AS new_day
    FROM (
        SELECT DISTINCT contact_id, placed_at FROM crm_purchase JOIN crm_staged USING (contact_id) WHERE counts
    ) moment
    WINDOW history AS (PARTITION BY contact_id ORDER BY placed_at)
), state AS (
    SELECT contact_id, at, count(*) FILTER (WHERE new_day) OVER history AS days, min(at) OVER history AS first_at,
        max(before) FILTER (WHERE new_day) OVER history AS previous_at, lead(at) OVER history AS next_at
    FROM bought WINDOW history AS (PARTITION BY contact_id ORDER BY at)
), measured AS (
    SELECT *, date_part('epoch', at - first_at) AS span,
        first_at + %(season)s::float8 / 6 * interval '1 second' AS known_at
    FROM state
), meant AS (
    SELECT *, {AT_RISK} AS at_risk,
        CASE WHEN days = 1 THEN CASE WHEN at < known_at THEN 'new' ELSE 'getting_acquainted' END
        WHEN days >= 4 AND span >= %(season)s::float8 THEN 'loyal'
        WHEN date_part('epoch', at - previous_at) <= %(season)s::float8 THEN 'active'
        ELSE 'getting_acquainted' END AS meaning
    FROM measured
), compared AS (
    SELECT *, lag(meaning) OVER history AS meant_before,
        lag(at + at_risk * interval '1 second') OVER history AS silent_at
    FROM meant WINDOW history AS (PARTITION BY contact_id ORDER BY at)
), telling AS (
    SELECT *, meant_before IS NULL OR at > silent_at OR meaning <>
        CASE WHEN meant_before = 'new' AND at > known_at THEN 'getting_acquainted' ELSE meant_before END AS entering
    FROM compared
), limited AS (
    SELECT *, {LAPSED} AS lapsed FROM telling
    WHERE next_at IS NULL OR entering OR meaning = 'new' OR next_at > at + at_risk * interval '1 second'
    OFFSET 0
), stage AS (
    SELECT contact_id, e.stage, e.since, e.cause,
        lead(e.since) OVER (PARTITION BY contact_id ORDER BY e.since) AS until
    FROM (SELECT *, {LOST} AS lost FROM limited OFFSET 0) l CROSS JOIN LATERAL (VALUES
        (meaning, at, CASE WHEN meant_before IS NULL THEN 'first_order' ELSE 'order' END, entering),
        ('getting_acquainted', known_at, 'time', meaning = 'new' AND known_at < at + at_risk * interval '1 second'),
        ('at_risk', at + at_risk * interval '1 second', 'silence', true),
        ('lapsed', at + lapsed * interval '1 second', 'silence', true),
        ('lost', at + lost * interval '1 second', 'silence', true)
    ) AS e (stage, since, cause, happens) WHERE happens AND (next_at IS NULL OR e.since < next_at)
)
INSERT INTO crm_stage
SELECT contact_id, stage, since, until, cause FROM stage
WHERE since <= %(now)s AND (until IS NULL OR until > %(now)s OR since > %(since)s)
UNION ALL
SELECT id, 'prospect', created_at, NULL, 'new_contact' FROM crm_contact JOIN crm_staged ON contact_id = id
WHERE NOT EXISTS (SELECT FROM crm_purchase p WHERE p.contact_id = id AND counts)
"""  # noqa: S608 - of constants

_WRITE = """
INSERT INTO crm_lifecycle (contact_id, stage, since, until)
SELECT contact_id, s.stage, s.since, s.until FROM crm_stage s LEFT JOIN crm_lifecycle l USING (contact_id)
WHERE (s.until IS NULL OR s.until > %(now)s)
    AND (l.stage, l.since, l.until) IS DISTINCT FROM (s.stage, s.since, s.until)
ON CONFLICT (contact_id) DO UPDATE SET stage = excluded.stage, since = excluded.since, until = excluded.until
"""

_PATH = "INSERT INTO crm_path SELECT contact_id, 'lifecycle', stage, since, cause FROM crm_stage"


def refresh(run: Run) -> None:
    """Find the stages of the changed contacts and of those whose stage ended; of all, where the run is about all."""
    params = {**limits(run.settings.season), "now": run.now, "since": run.since}
    execute(_TABLES)
    execute(_STAGED_ALL if run.everything else _STAGED, params)
    execute("ANALYZE crm_staged")
    execute(_STAGES, params)
    execute("ANALYZE crm_stage")
    execute(_WRITE, params)
    execute(_PATH)
    follow(run, "lifecycle")
