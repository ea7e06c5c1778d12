"""Thousands of people at once: who owns which order, by statements."""

# Whose each wanted order is, as ``identity.resolve`` would say. An address in plain spelling that causes no doubt is
# judged here: its contact is ``known``, or it is ``new``, or its contact gets an ``account``; ``nobody`` is who was
# erased or not named. Whoever is left is ``odd`` and goes through ``identity.resolve``: an unusual spelling, an address
# of two accounts, an account known under another address (and who is known under that), two contacts that turn out to
# be one. No contact is both an odd one's and another's, so that it does not matter who comes first.
#
# An order is its account's if it has one, else whose address it names. ``{theirs}`` is a SELECT of orders as the shop
# tells of them. Served by the unique keys of contacts and by the key of suppressions.
JUDGE = """
WITH named AS MATERIALIZED (
    SELECT order_id, user_id, placed_at, language, country, written,
        lower(written COLLATE "C") COLLATE "default" AS email
    FROM (
        SELECT order_id, user_id, placed_at, language, country,
            btrim(CASE WHEN user_id IS NULL THEN email ELSE user_email END, E' \\t\\n\\r\\v\\f') AS written
        FROM ({theirs}) theirs
    ) theirs
), addresses AS MATERIALIZED (
    SELECT email, min(user_id) AS user_id, min(user_id) = max(user_id) AS one,
        (array_agg(language ORDER BY placed_at DESC, order_id DESC) FILTER (WHERE language <> ''))[1] AS language,
        (array_agg(country ORDER BY placed_at DESC, order_id DESC) FILTER (WHERE country <> ''))[1] AS country,
        EXISTS (SELECT FROM crm_suppression WHERE reason = 'erased') AND EXISTS (
            SELECT FROM crm_suppression
            WHERE reason = 'erased' AND address_hash = encode(
                sha256(%(opad)s::bytea || sha256(%(ipad)s::bytea || convert_to(email, 'UTF8'))), 'hex'
            )
        ) AS erased
    FROM named GROUP BY email
), moving AS MATERIALIZED (
    SELECT named.user_id FROM named JOIN crm_contact contact ON contact.user_id = named.user_id
    WHERE contact.email IS DISTINCT FROM named.email
), judged AS MATERIALIZED (
    SELECT addresses.*, by_email.id AS contact_id, by_email.language = '' AS silent, by_email.country = '' AS nowhere,
        CASE
            WHEN erased OR (addresses.email = '' AND addresses.user_id IS NULL) THEN 'nobody'
            WHEN by_email.id IS NULL AND (length(addresses.email) > 254 OR addresses.email !~ %(plain)s) THEN 'odd'
            WHEN NOT one OR strpos(addresses.email, 'xn--') > 0 THEN 'odd'
            WHEN by_email.user_id IN (SELECT user_id FROM moving) THEN 'odd'
            WHEN addresses.user_id IS NULL AND by_email.id IS NOT NULL THEN 'known'
            WHEN addresses.user_id = by_email.user_id THEN 'known'
            WHEN by_user.id IS NOT NULL OR by_email.user_id IS NOT NULL THEN 'odd'
            WHEN by_email.id IS NOT NULL THEN 'account'
            ELSE 'new'
        END AS verdict
    FROM addresses
    LEFT JOIN crm_contact by_email ON by_email.email = addresses.email
    LEFT JOIN crm_contact by_user ON by_user.user_id = addresses.user_id
)
"""

# The same, written down: new contacts are made and accounts are given; language and country are those of the newest
# order where none is known. Fills ``{owners}``, a table of ``order_id, contact_id, odd``.
MEET = f"""
{JUDGE}, made AS (
    INSERT INTO crm_contact (key, email, user_id, language, country, consented, created_at)
    SELECT gen_random_uuid(), email, user_id, coalesce(language, ''), coalesce(country, ''), false, %(now)s
    FROM judged WHERE verdict = 'new'
    RETURNING id, email
), told AS (
    UPDATE crm_contact contact SET user_id = coalesce(contact.user_id, judged.user_id),
        language = CASE WHEN silent THEN coalesce(judged.language, '') ELSE contact.language END,
        country = CASE WHEN nowhere THEN coalesce(judged.country, '') ELSE contact.country END
    FROM judged
    WHERE contact.id = judged.contact_id
        AND (verdict = 'account' OR verdict = 'known'
            AND (silent AND judged.language IS NOT NULL OR nowhere AND judged.country IS NOT NULL))
)
INSERT INTO {{owners}} (order_id, contact_id, odd)
SELECT named.order_id,
    CASE verdict WHEN 'new' THEN made.id WHEN 'known' THEN contact_id WHEN 'account' THEN contact_id END,
    verdict = 'odd'
FROM named JOIN judged USING (email) LEFT JOIN made USING (email)
"""

# The same, only looked at: contacts that would have to be made are null. Orders of people whom the shop does not name
# are left out: whose they are is not known better than it was.
RECOGNISE = f"""
{JUDGE}
INSERT INTO {{owners}} (order_id, contact_id, odd)
SELECT named.order_id, CASE WHEN verdict IN ('known', 'account') THEN contact_id END, verdict = 'odd'
FROM named JOIN judged USING (email) WHERE verdict <> 'nobody' OR erased
"""

# How the shop names the people of odd orders, the oldest order first.
ODD = """
SELECT order_id, CASE WHEN user_id IS NULL THEN email ELSE user_email END, coalesce(user_id, '')
FROM ({theirs}) theirs JOIN {owners} owner USING (order_id) WHERE owner.odd
ORDER BY placed_at, order_id
"""
OWN = """
UPDATE {owners} owner SET contact_id = found.contact_id
FROM unnest(%(orders)s::text[], %(contacts)s::bigint[]) AS found (order_id, contact_id)
WHERE owner.order_id = found.order_id
"""
DISOWN = "DELETE FROM {owners} WHERE order_id = ANY(%(orders)s::text[])"
