"""Who was eligible for a flow, and what they spent afterwards; what was bought with its codes."""

# A person's first arm in the flow counts, and all that was bought since: later runs are not told apart, because what
# happens to a person after the first mail differs between the groups. Each newsletter has groups of its own, for which
# people are drawn anew, whatever else they got: a person counts once in each (``round``, 0 in other flows). An order
# counts when it is real, paid, and did not go back whole, and as what it is worth less refunds. ``running`` are people
# whose time is not over yet. Only people who bought make rows, one for each currency and group; people who bought
# nothing are counted with them.
# Reads a flow's runs once, and the purchases of its people by crm_purchase_contact.
OUTCOMES = """
WITH person AS (
    SELECT DISTINCT ON (contact_id, round) coalesce(campaign_id, 0) AS round, contact_id, arm, arm_at
    FROM crm_enrolment
    WHERE flow = %(flow)s AND (%(campaign)s::bigint IS NULL OR campaign_id = %(campaign)s)
        AND arm <> '' AND contact_id IS NOT NULL AND arm_at <= %(now)s
    ORDER BY contact_id, round, arm_at, id
), bought AS (
    SELECT person.round, person.arm, person.contact_id, purchase.currency, count(*) AS orders,
        sum(purchase.kept) AS amount
    FROM person
    JOIN crm_purchase purchase ON purchase.contact_id = person.contact_id
        AND purchase.placed_at >= person.arm_at AND purchase.placed_at < person.arm_at + %(counts_for)s
        AND purchase.placed_at <= %(now)s
    WHERE purchase.counts AND purchase.paid
    GROUP BY person.round, person.arm, person.contact_id, purchase.currency
)
SELECT groups.round, groups.arm, groups.people, groups.running, groups.lately, groups.first_at, spent.currency,
    spent.orders, spent.revenue, spent.amounts
FROM (
    SELECT round, arm, count(*) AS people, count(*) FILTER (WHERE arm_at > %(now)s - %(counts_for)s) AS running,
        count(*) FILTER (WHERE arm_at > %(now)s - %(lately)s) AS lately, min(arm_at) AS first_at
    FROM person GROUP BY round, arm
) groups
LEFT JOIN (
    SELECT round, arm, currency, sum(orders)::bigint AS orders, sum(amount) AS revenue,
        array_agg(amount::float8 ORDER BY amount) AS amounts
    FROM bought GROUP BY round, arm, currency
) spent USING (round, arm)
ORDER BY groups.round, groups.arm, spent.currency
"""

# What was bought with codes that the flow's mails brought, by whomever. A grant's key names the flow and the subject of
# its run (``people/vouchers.py``).
BY_CODE = """
SELECT purchase.currency, count(*), sum(purchase.kept)
FROM crm_voucher_grant code
JOIN crm_purchase purchase ON purchase.order_id = code.redeemed_order_id
WHERE starts_with(code.key, %(flow)s || ':') AND purchase.counts AND purchase.paid AND purchase.placed_at <= %(now)s
GROUP BY purchase.currency ORDER BY purchase.currency
"""

# What people bought within ``click_holds`` of a click whose last click was in a mail of this flow, or of this
# newsletter (whose mails' subjects begin with its number, ``campaigns/topic.py``). Machines do not count. Served by the
# unique key of mails, the index of the foreign key, crm_purchase_contact and crm_mail_response_contact.
BY_CLICK = """
WITH ours AS (
    SELECT id FROM crm_message
    WHERE flow = %(flow)s
        AND (%(campaign)s::bigint IS NULL OR starts_with(subject_id, %(campaign)s::bigint::text || '.'))
), clicked AS (
    SELECT DISTINCT response.contact_id
    FROM ours JOIN crm_mail_response response ON response.message_id = ours.id
    WHERE response.kind = 'click' AND response."by" = 'person'
)
SELECT purchase.currency, count(*), sum(purchase.kept)
FROM clicked
JOIN crm_purchase purchase ON purchase.contact_id = clicked.contact_id
CROSS JOIN LATERAL (
    SELECT response.message_id FROM crm_mail_response response
    WHERE response.contact_id = purchase.contact_id AND response.kind = 'click' AND response."by" = 'person'
        AND response.at <= purchase.placed_at AND response.at > purchase.placed_at - %(click_holds)s
    ORDER BY response.at DESC, response.id DESC LIMIT 1
) last_click
JOIN ours ON ours.id = last_click.message_id
WHERE purchase.counts AND purchase.paid AND purchase.placed_at <= %(now)s
GROUP BY purchase.currency ORDER BY purchase.currency
"""
