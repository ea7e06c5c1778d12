"""What a rehearsal reads, each for all people at once."""

from ..caps import ASKED_FOR
from ..places import last_place

# ``{past}`` is Trigger.past of a flow: what started it, of whom a mail can be addressed to.
STARTS = """
SELECT started.subject_id, started.contact_id, started.basis, started.about, started.known_at
FROM ({past}) started
JOIN crm_contact contact ON contact.id = started.contact_id AND contact.email IS NOT NULL
WHERE started.known_at <= %(now)s AND (%(contact)s::bigint IS NULL OR started.contact_id = %(contact)s)
"""
# Carts that were touched meanwhile: each moment at which lines changed with whether any were left, the last time that
# anything else was changed, and when they were ordered.
CARTS = """
WITH touched AS MATERIALIZED (
    SELECT cart.id, cart.contact_id, cart.country, cart.changed_at FROM crm_cart cart
    WHERE cart.contact_id IS NOT NULL AND cart.changed_at > %(since)s
        AND (%(contact)s::bigint IS NULL OR cart.contact_id = %(contact)s)
), steps AS (
    SELECT change.cart_id, change.at,
        sum(sum(change.quantity)) OVER steps_of_cart > 0 AS filled, lead(change.at) OVER steps_of_cart IS NULL AS last
    FROM crm_cart_change change JOIN touched ON touched.id = change.cart_id
    GROUP BY change.cart_id, change.at
    WINDOW steps_of_cart AS (PARTITION BY change.cart_id ORDER BY change.at)
), events AS (
    SELECT cart_id, at, filled, false AS ordered FROM steps
    UNION ALL
    SELECT touched.id, touched.changed_at, steps.filled, false
    FROM touched JOIN steps ON steps.cart_id = touched.id AND steps.last AND steps.at < touched.changed_at
    UNION ALL
    SELECT touched.id, purchase.placed_at, true, true
    FROM touched JOIN crm_purchase purchase ON purchase.cart_id = touched.id AND purchase.real
)
SELECT touched.id, touched.contact_id, touched.country, events.at, events.filled, events.ordered
FROM events JOIN touched ON touched.id = events.cart_id
WHERE events.at > %(since)s AND events.at <= %(now)s
ORDER BY events.at, events.ordered
"""
# Where each buys, as ``places.last_place`` tells it, and with which money.
PLACES = f"""
SELECT contact.id, place.channel, place.currency
FROM crm_contact contact CROSS JOIN LATERAL ({last_place("contact.id")}) place
WHERE contact.id = ANY(%(contacts)s)
"""
CONTACTS = "SELECT * FROM crm_contact WHERE id = ANY(%(contacts)s) AND email IS NOT NULL"
CONSENT = """
SELECT contact_id, at, granted, source FROM crm_consent_record
WHERE contact_id = ANY(%(contacts)s) AND at <= %(now)s ORDER BY contact_id, at, id
"""
_ADVERTISED = f"flow <> ALL(ARRAY[{', '.join(repr(key) for key in ASKED_FOR)}]::text[])"
# As flows/caps.py counts them. Mails of rehearsed flows are those of the rehearsal, once it has begun.
MAILS = f"""
SELECT contact_id, created_at FROM crm_message
WHERE contact_id = ANY(%(contacts)s) AND created_at > %(oldest)s AND created_at <= %(now)s AND state <> 'failed'
    AND NOT (state = 'held' AND sending_at IS NULL)
    AND {_ADVERTISED} AND (created_at <= %(since)s OR flow <> ALL(%(flows)s))
UNION ALL
SELECT run.contact_id, decision.at FROM crm_decision decision JOIN crm_enrolment run ON run.id = decision.enrolment_id
WHERE run.contact_id = ANY(%(contacts)s) AND decision.outcome = 'held_out' AND decision.at > %(oldest)s
    AND decision.at <= %(now)s AND (decision.at <= %(since)s OR run.flow <> ALL(%(flows)s))
"""
EARLIER = """
SELECT run.contact_id, run.flow, run.subject_id, run.basis, max(decision.step) + 1, max(decision.at)
FROM crm_enrolment run JOIN crm_decision decision ON decision.enrolment_id = run.id
WHERE run.contact_id = ANY(%(contacts)s) AND run.flow = ANY(%(flows)s) AND decision.at <= %(since)s
    AND decision.outcome IN ('sent', 'held_out')
GROUP BY run.id
"""
# Runs of the rehearsal, each asked about at a moment of its own.
_RUNS = """
unnest(%(ids)s::bigint[], %(flows)s::text[], %(subjects)s::text[], %(contacts)s::bigint[], %(bases)s::timestamptz[],
    %(enrolled)s::timestamptz[], %(abouts)s::text[]::jsonb[], %(asked)s::timestamptz[])
    AS run (id, flow, subject_id, contact_id, basis, enrolled_at, about, asked_at)
"""
HOLDS = f"SELECT run.id FROM {_RUNS} WHERE {{holds}}"
# Who had bought nothing and had no cart by then buys nowhere (flows/people/topic.py).
NOWHERE = """
NOT EXISTS (SELECT FROM crm_purchase one WHERE one.contact_id = run.contact_id AND one.placed_at <= run.asked_at)
AND NOT EXISTS (SELECT FROM crm_cart one WHERE one.contact_id = run.contact_id AND one.created_at <= run.asked_at)
"""
