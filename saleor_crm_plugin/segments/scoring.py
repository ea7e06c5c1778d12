"""The score: points for what a contact did, each halving with time, and the tiers A and B of those who have most.

A tier is entered at its points and left below nine tenths of them, so that nobody flaps. It follows from the actions
alone: between two of them a score only decays, so that the moments at which it crosses a border are known, and those
moments are what is recorded. Nothing is computed for a contact who did nothing, until its score falls below a border.
"""

from datetime import datetime, timedelta
from math import log

from ..config import ScoreRules
from .actions import actions_of, points_of
from .memberships import follow
from .staging import Run, execute

LEAVES_BELOW = 0.9
# Sums of floats depend on their order in the last digits: what differs less is the same.
_ALMOST = 1 - 1e-9
REBASE_AFTER = 100  # half-lives: stored points grow by 2 for each

_TABLES = """
DROP TABLE IF EXISTS pg_temp.crm_points, pg_temp.crm_scored;
CREATE TEMPORARY TABLE crm_points (contact_id bigint PRIMARY KEY, points float8, was float8, tier varchar(1))
    ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_scored (contact_id bigint PRIMARY KEY) ON COMMIT DROP
"""

# What a point of a moment is worth at the reference. The limits keep what is very old or not yet from overflowing.
_WORTH = "exp(least(greatest(date_part('epoch', {at} - %(reference)s) * %(decay)s, -700), 300))"

# What the changed contacts have now, and what they had; null where there is nothing.
_SUM = """
INSERT INTO crm_points
SELECT contact_id, now.points, s.points, s.tier
FROM crm_changed
LEFT JOIN (
    SELECT contact_id, sum(points * {worth}) AS points
    FROM ({actions}) AS action (contact_id, at, points) GROUP BY contact_id
) now USING (contact_id)
LEFT JOIN crm_score s USING (contact_id)
"""

_DELETE = "DELETE FROM crm_score s USING crm_points p WHERE s.contact_id = p.contact_id AND p.points IS NULL"
# Only what differs is written. Apart from what is new: an upsert takes twice as long as an update.
_UPDATE = """
UPDATE crm_score s SET points = p.points FROM crm_points p
WHERE s.contact_id = p.contact_id AND abs(p.was - p.points) > 1e-9 * (abs(p.was) + abs(p.points))
"""
_INSERT = """
INSERT INTO crm_score (contact_id, points, tier)
SELECT contact_id, points, '' FROM crm_points WHERE was IS NULL AND points IS NOT NULL
"""

# Whose tier to look at: the changed ones who have enough points for one or were in one, and those who decayed below
# what keeps them in theirs (by the index crm_score_tier).
FALLEN = "SELECT contact_id FROM crm_score WHERE tier = %(tier)s AND points < %(least)s"
_SCORED = f"""
INSERT INTO crm_scored
SELECT contact_id FROM crm_points WHERE points >= %(leaves_b)s / %(shrunk)s OR tier <> ''
UNION
SELECT contact_id FROM ({FALLEN.replace("%(tier)s", "'A'").replace("%(least)s", "%(leaves_a)s / %(shrunk)s")}) a
UNION
SELECT contact_id FROM ({FALLEN.replace("%(tier)s", "'B'").replace("%(least)s", "%(leaves_b)s / %(shrunk)s")}) b
"""  # noqa: S608 - of constants

# All crossings of the borders. ``high`` is the score after an action, ``low`` what is left of it when the next comes,
# ``before`` what was left when it came (of several actions at one moment each has the sum of all for its ``high``).
# A tier is entered by an action that lifts the score to its points, and left when the score falls below what keeps it:
# by the action itself, or later, at a moment that follows from the half-life. Of several enterings or leavings in a row
# only the first changes anything; most others are known by ``before`` and left out at once (``telling``). Who is in A
# is in B too, so that the number of tiers tells which one is the best.
_PATH = """
WITH grown AS (
    SELECT contact_id, at, worth, sum(points * worth) OVER history AS points,
        lead(at, 1, %(now)s) OVER history AS next_at, lead(worth, 1, {worth_now}) OVER history AS next_worth
    FROM (
        SELECT contact_id, at, points, {worth} AS worth
        FROM ({actions}) AS action (contact_id, at, points) WHERE at <= %(now)s
    ) acted WINDOW history AS (PARTITION BY contact_id ORDER BY at)
), height AS (
    SELECT contact_id, at, next_at, points / worth AS high, points / next_worth AS low,
        lag(points / next_worth, 1, '-infinity') OVER (PARTITION BY contact_id ORDER BY at) AS before
    FROM grown
), telling AS MATERIALIZED (
    SELECT * FROM height
    WHERE (before < %(enters_a)s AND high >= %(enters_a)s) OR (before < %(enters_b)s AND high >= %(enters_b)s)
        OR (low < %(leaves_a)s AND (before >= %(leaves_a)s OR high >= %(enters_a)s))
        OR (low < %(leaves_b)s AND (before >= %(leaves_b)s OR high >= %(enters_b)s))
), border (tier, enters, leaves) AS (
    VALUES ('A', %(enters_a)s::float8, %(leaves_a)s::float8), ('B', %(enters_b)s, %(leaves_b)s)
), crossing AS (
    SELECT contact_id, tier, at, at AS moment, 1 AS step FROM telling JOIN border ON high >= enters AND before < enters
    UNION ALL
    SELECT contact_id, tier, at, CASE WHEN high < leaves THEN at
        ELSE least(next_at, at + ln(high / leaves) / %(decay)s * interval '1 second') END, -1
    FROM telling JOIN border ON low < leaves AND (before >= leaves OR high >= enters)
), change AS (
    SELECT *, lag(step, 1, -1) OVER (PARTITION BY contact_id, tier ORDER BY at, moment) AS before FROM crossing
), level AS (
    SELECT contact_id, moment, sum(step) AS step, sum(sum(step)) OVER (PARTITION BY contact_id ORDER BY moment) AS tiers
    FROM change WHERE step <> before GROUP BY contact_id, moment
)
INSERT INTO crm_path
SELECT contact_id, 'score', CASE tiers WHEN 2 THEN 'A' WHEN 1 THEN 'B' ELSE '' END, moment,
    CASE WHEN step > 0 THEN 'points' ELSE 'decay' END
FROM level
UNION ALL
SELECT contact_id, 'score', '', '-infinity', 'decay' FROM crm_scored
"""

_TIER = """
UPDATE crm_score s SET tier = p.segment
FROM (
    SELECT DISTINCT ON (contact_id) contact_id, segment FROM crm_path WHERE kind = 'score'
    ORDER BY contact_id, since DESC
) p WHERE p.contact_id = s.contact_id AND s.tier <> p.segment
"""


def decay(rules: ScoreRules) -> float:
    """By how much of itself a score shrinks in a second, continuously."""
    return log(2) / rules.half_life.total_seconds()


def remaining(rules: ScoreRules, passed: timedelta) -> float:
    """What is left of a point after some time."""
    return float(2 ** -(passed / rules.half_life))


def refresh(run: Run, reference: datetime) -> None:
    """Score the changed contacts anew, and look at those who decayed."""
    rules = run.settings.score
    params = {
        **points_of(rules),
        "now": run.now,
        "reference": reference,
        "decay": decay(rules),
        "shrunk": remaining(rules, run.now - reference),
        "enters_a": rules.tier_a * _ALMOST,
        "enters_b": rules.tier_b * _ALMOST,
        "leaves_a": rules.tier_a * LEAVES_BELOW,
        "leaves_b": rules.tier_b * LEAVES_BELOW,
    }
    execute(_TABLES)
    execute(_filled(_SUM, "crm_changed", rules), params)
    execute("ANALYZE crm_points")
    execute(_DELETE)
    execute(_UPDATE)
    execute(_INSERT)
    execute(_SCORED, params)
    execute("ANALYZE crm_scored")
    execute(_filled(_PATH, "crm_scored", rules), params)
    follow(run, "score")
    execute(_TIER)


def _filled(sql: str, contacts: str, rules: ScoreRules) -> str:
    return (
        sql.replace("{actions}", actions_of(contacts, rules))
        .replace("{worth}", _WORTH.replace("{at}", "at"))
        .replace("{worth_now}", _WORTH.replace("{at}", "%(now)s::timestamptz"))
    )
