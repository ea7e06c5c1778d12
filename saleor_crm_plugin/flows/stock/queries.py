"""Whose turn it is, and who enters which flow, by statements: their cost grows with what moved, and with who waits."""


def bought(contact: str, column: str, wanted: str, since: str) -> str:
    """Whether a contact has bought, and kept, a variant or product since a moment: all but the column of the lines are
    expressions. Served by crm_purchase_contact."""
    return f"""EXISTS (
        SELECT FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
        WHERE purchase.contact_id = {contact} AND purchase.placed_at >= {since} AND purchase.counts
            AND line.{column} = {wanted} AND line.quantity > line.returned
    )"""


# A run of each of ``{entering}`` (subject_id, contact_id, place): a new one, or the same begun anew. The first by place
# is decided first.
ENROL = """
INSERT INTO crm_enrolment (
    flow, subject_id, contact_id, state, next_step, basis, planned_at, due_at, waits_for, attempts, ended_by, arm,
    about, enrolled_at
)
SELECT %(flow)s, subject_id, contact_id, 'waiting', 0, %(now)s, %(due_at)s, {due_at}, '', 0, '', '', '[]', %(now)s
FROM ({entering}) entering
ORDER BY place
ON CONFLICT (flow, subject_id) DO UPDATE SET
    state = 'waiting', contact_id = excluded.contact_id, next_step = 0, basis = excluded.basis,
    planned_at = excluded.planned_at, due_at = excluded.due_at, waits_for = '', leased_until = NULL, attempts = 0,
    ended_by = ''
"""
AT_ONCE = "%(due_at)s"
# So many people at a time, all that one is told of together: what somebody asks for meanwhile is decided in between.
IN_PORTIONS = "%(due_at)s::timestamptz + (dense_rank() OVER (ORDER BY contact_id) - 1) / 100 * interval '3 s'"

# Open waves whose time is over, or whose variant is not there (any more). Those whose turn it was and who were not told
# get their place in the queue back. The wave is closed when nobody was told of late: until then it is counted.
OVER = """
SELECT wave.id FROM crm_stock_wave wave
LEFT JOIN crm_stock_watch watch USING (variant_id, channel)
WHERE wave.closed_at IS NULL AND (wave.ends_at <= %(now)s OR watch.there IS NOT TRUE)
ORDER BY wave.id FOR UPDATE OF wave
"""
RETURN_TO_QUEUE = """
UPDATE crm_stock_interest SET wave_id = NULL
WHERE id IN (
    SELECT id FROM crm_stock_interest WHERE wave_id = ANY(%(waves)s) AND state = 'waiting' ORDER BY id FOR UPDATE
)
"""
CLOSE = """
UPDATE crm_stock_wave wave SET closed_at = %(now)s
WHERE wave.id = ANY(%(waves)s) AND NOT EXISTS (
    SELECT FROM crm_stock_interest one WHERE one.wave_id = wave.id AND one.told_at > %(told_since)s
)
"""

# Whoever was told of late has a unit for a while, also where it was sold out in between: unless it is bought, and off
# the shelf.
HAS_A_UNIT = f"""
one.told_at > %(told_since)s AND NOT {bought("one.contact_id", "variant_id", "one.variant_id", "one.told_at")}
"""
# How many are told, or about to be, of the units that are free now.
_TAKEN = f"""
SELECT count(*) FROM crm_stock_wave wave
JOIN crm_stock_interest one ON one.wave_id = wave.id
WHERE wave.closed_at IS NULL AND wave.variant_id = watch.variant_id AND wave.channel = watch.channel
    AND ({HAS_A_UNIT} OR one.state = 'waiting' AND EXISTS (
        SELECT FROM crm_enrolment run
        WHERE run.flow = %(flow)s AND run.subject_id = one.id::text AND run.state = 'waiting'
    ))
"""
# The queue of ``opened``. Served by crm_stock_interest_queue.
_QUEUE = """
FROM crm_stock_interest one JOIN crm_contact contact ON contact.id = one.contact_id {best}
WHERE one.variant_id = opened.variant_id AND one.channel = opened.channel
    AND one.state = 'waiting' AND one.kind = 'request' AND one.wave_id IS NULL AND one.expires_at > %(now)s
"""
OLDEST_FIRST = ("", "one.asked_at, one.id")
BEST_FIRST = (
    "LEFT JOIN crm_lifetime_value worth ON worth.contact_id = one.contact_id AND worth.currency = one.currency",
    "coalesce(worth.expected_value, 0) DESC, one.asked_at, one.id",
)

# Opens a wave for each variant that is there while somebody waits: for what is free less what others are told of. Whom
# somebody else is just at is left for the next time. ``{best}`` and ``{order}`` say who is first.
OPEN = f"""
WITH free AS MATERIALIZED (
    SELECT watch.variant_id, watch.channel, coalesce(watch.units, %(most)s) AS units,
        least(
            coalesce(floor(watch.units * %(per_unit)s::numeric), %(most)s), %(most)s + taken.count
        )::int - taken.count AS size
    FROM crm_stock_watch watch
    CROSS JOIN LATERAL ({_TAKEN}) taken
    WHERE watch.there AND EXISTS (
        SELECT FROM crm_stock_interest one
        WHERE one.variant_id = watch.variant_id AND one.channel = watch.channel
            AND one.state = 'waiting' AND one.kind = 'request' AND one.wave_id IS NULL
    )
), opened AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('crm_stock_wave', 'id')) AS id, free.* FROM free WHERE size > 0
), turn AS MATERIALIZED (
    SELECT opened.id AS wave_id, picked.id FROM opened CROSS JOIN LATERAL (
        SELECT one.id {_QUEUE}
        ORDER BY {{order}} LIMIT opened.size
        FOR UPDATE OF one SKIP LOCKED FOR KEY SHARE OF contact SKIP LOCKED
    ) picked
), waves AS (
    INSERT INTO crm_stock_wave (id, variant_id, channel, units, size, opened_at, ends_at)
    SELECT id, variant_id, channel, units, size, %(now)s, %(ends_at)s FROM opened
    WHERE EXISTS (SELECT FROM turn WHERE turn.wave_id = opened.id)
)
SELECT id, wave_id FROM turn
"""
TAKE_TURN = """
UPDATE crm_stock_interest one SET wave_id = turn.wave_id
FROM unnest(%(ids)s::bigint[], %(waves)s::bigint[]) AS turn (id, wave_id) WHERE one.id = turn.id
"""

# Drops of prices, by so much against the price when it was asked for, of which those who were told that it is there
# have not been told. Where the run about it ended without a mail for a reason that may pass (``passing``), it begins
# anew: after a while, or at once with what moved. Who still waits has no turn yet: they would be told of units that
# others are told of, and the mail that tells them says the price. ``{{where}}`` narrows it: of all that is watched it
# reads all who were told (130,000 of 400,000 requests: 0.2 s on two busy cores).
_MOVED = "(watch.variant_id, watch.channel) IN (SELECT * FROM unnest(%(variants)s::text[], %(channels)s::text[]))"
CHEAPER = f"""
SELECT one.id::text || '.' || (one.drops + 1) AS subject_id, one.contact_id, one.id AS place
FROM crm_stock_watch watch
JOIN crm_stock_interest one ON one.variant_id = watch.variant_id AND one.channel = watch.channel
    AND one.currency = watch.currency
JOIN crm_contact contact ON contact.id = one.contact_id AND contact.consented
LEFT JOIN crm_enrolment run ON run.flow = %(flow)s AND run.subject_id = one.id::text || '.' || (one.drops + 1)
WHERE watch.there AND one.kind = 'request' AND one.state = 'told' AND one.expires_at > %(now)s {{where}}
    AND one.dropped_to IS NULL AND watch.price <= one.price * (1 - %(drop)s::numeric / 100)
    AND (run.id IS NULL OR run.state = 'finished' AND run.ended_by = ANY(%(passing)s)
        AND (run.due_at <= %(again)s OR {_MOVED}))
"""
AMONG_MOVED = f"AND {_MOVED}"
# A drop is over when the price is as it was: it may tremble where it just counts as one. Served by
# crm_stock_interest_wanted.
DEARER = f"""
UPDATE crm_stock_interest SET dropped_to = NULL
WHERE id IN (
    SELECT one.id FROM crm_stock_watch watch
    JOIN crm_stock_interest one ON one.variant_id = watch.variant_id AND one.channel = watch.channel
    WHERE {_MOVED} AND watch.price >= one.price
        AND one.kind = 'request' AND one.state = 'told' AND one.dropped_to IS NOT NULL
    ORDER BY one.id FOR UPDATE OF one
)
"""

# Lines of open carts that sold out: their contacts, where they agreed to mail, are interested from now on. What was
# told lately is not told again when it comes and goes, and who has bought the last one by another cart misses nothing.
# Whether it is the cart itself that holds the last units is seen at the decision. Served by crm_cart_lines.
SOLD_OUT_IN_CARTS = f"""
INSERT INTO crm_stock_interest (
    contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    expires_at
)
SELECT DISTINCT ON (cart.contact_id, gone.variant_id, cart.channel)
    cart.contact_id, gone.variant_id, watch.product_id, cart.channel, 'cart', 'waiting', cart.language, watch.price,
    watch.currency, 0, cart.id, %(now)s, %(expires_at)s::timestamptz
FROM unnest(%(variants)s::text[], %(channels)s::text[]) AS gone (variant_id, channel)
JOIN crm_stock_watch watch ON watch.variant_id = gone.variant_id AND watch.channel = gone.channel
JOIN crm_cart cart ON cart.status = 'open' AND cart.channel = gone.channel
    AND cart.lines @> jsonb_build_array(jsonb_build_object('variant_id', gone.variant_id))
JOIN crm_contact contact ON contact.id = cart.contact_id AND contact.consented
WHERE cart.changed_at > %(since)s AND NOT EXISTS (
    SELECT FROM crm_stock_interest earlier
    WHERE earlier.contact_id = cart.contact_id AND earlier.channel = cart.channel AND earlier.kind = 'cart'
        AND earlier.product_id = watch.product_id AND earlier.variant_id = gone.variant_id
        AND earlier.asked_at > %(again)s AND earlier.told_at IS NOT NULL
) AND NOT {bought("cart.contact_id", "product_id", "watch.product_id", "cart.changed_at")}
ORDER BY cart.contact_id, gone.variant_id, cart.channel, cart.changed_at DESC
ON CONFLICT DO NOTHING
RETURNING id
"""
NAMED = """
SELECT one.id::text AS subject_id, one.contact_id, named.place
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS named (id, place) JOIN crm_stock_interest one ON one.id = named.id
"""
# A guest who asks again on another day gets another mail: what has a subject of its own may be said again.
TO_CONFIRM = """
SELECT one.id::text || CASE WHEN days.number > 0 THEN '.' || days.number ELSE '' END AS subject_id, one.contact_id,
    named.place
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS named (id, place) JOIN crm_stock_interest one ON one.id = named.id
CROSS JOIN LATERAL (
    SELECT floor(extract(epoch FROM %(now)s::timestamptz - one.asked_at) / 86400)::int AS number
) days
"""

# The same order, but several variants of a product that one contact waits for stand together where the first one is:
# they are decided in one batch, and are one mail.
TOGETHER = """
SELECT named.id FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS named (id, place)
JOIN crm_stock_interest one ON one.id = named.id
ORDER BY min(named.place) OVER (PARTITION BY one.contact_id, one.product_id, one.channel), named.place
"""
