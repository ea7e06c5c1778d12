"""Who belonged where from when to when: closes and opens rows where a run found that somebody belongs elsewhere."""

from datetime import UTC, datetime

from .staging import Run, execute

# From the paths of a kind: the segments that were entered since the open membership began (on a run that computes
# everything anew also: since the last run), and the last one. Where that one was entered before, facts or rules have
# changed what was known then: it holds from now on, and what was recorded stays.
_FOLLOW = """
WITH path AS (
    SELECT p.*, p.since = max(p.since) OVER (PARTITION BY p.contact_id) AS last, o.id IS NOT NULL AS belonged,
        CASE WHEN %(everything)s THEN greatest(o.entered_at, %(since)s)
            ELSE coalesce(o.entered_at, %(since)s) END AS known
    FROM crm_path p LEFT JOIN crm_membership o
    ON o.contact_id = p.contact_id AND o.kind = p.kind AND o.left_at IS NULL
    WHERE p.kind = %(kind)s
)
INSERT INTO crm_wanted
SELECT contact_id, kind, '', segment,
    CASE WHEN since > known OR NOT belonged THEN since ELSE %(now)s END,
    CASE WHEN since > known OR NOT belonged THEN cause WHEN cause = 'new_contact' THEN 'no_orders' ELSE 'recomputed' END
FROM path WHERE last OR since > known
"""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

# ``crm_wanted`` says for a contact, kind and currency where it belongs since when, in several rows where it went
# through several segments; '' is none. What repeats the segment before it is no change and is left out; the first of
# the rest closes the open row. A segment never begins before the one that it follows. The insert reads what the update
# returns, so that a row is closed before the next one of its kind is opened: at most one may be (crm_membership_open,
# by which open rows are found too).
_APPLY = """
WITH wanted AS (
    SELECT w.contact_id, w.kind, w.currency, w.segment, w.cause, o.id AS open_id,
        w.since AS found, greatest(w.since, o.entered_at) AS since, coalesce(o.segment, '') AS was,
        lag(w.segment) OVER (PARTITION BY w.contact_id, w.kind, w.currency ORDER BY w.since) AS before
    FROM crm_wanted w LEFT JOIN crm_membership o
    ON o.contact_id = w.contact_id AND o.kind = w.kind AND o.currency = w.currency AND o.left_at IS NULL
), steps AS (
    SELECT contact_id, kind, currency, segment, cause, open_id, since,
        lead(since) OVER chain AS ends, row_number() OVER chain AS place
    FROM wanted WHERE segment <> coalesce(before, was)
    WINDOW chain AS (PARTITION BY contact_id, kind, currency ORDER BY found)
), closed AS (
    UPDATE crm_membership m SET left_at = steps.since FROM steps WHERE m.id = steps.open_id AND steps.place = 1
    RETURNING m.id
)
INSERT INTO crm_membership (contact_id, kind, currency, segment, entered_at, left_at, cause)
SELECT contact_id, kind, currency, segment, since, ends, cause
FROM steps LEFT JOIN closed ON closed.id = steps.open_id WHERE segment <> ''
"""


def follow(run: Run, kind: str) -> None:
    """Put into ``crm_wanted`` where the paths of a kind led since they were last recorded."""
    since = _NEVER if run.since is None else run.since
    execute("ANALYZE crm_path")
    execute(_FOLLOW, {"kind": kind, "everything": run.everything, "since": since, "now": run.now})


def apply() -> int:
    """Bring the memberships to where ``crm_wanted`` says. Returns how many were opened."""
    execute("ANALYZE crm_wanted")
    return execute(_APPLY)
