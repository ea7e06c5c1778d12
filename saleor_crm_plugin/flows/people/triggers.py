"""What starts a flow about customers: one sentence for people, one statement for the database."""

from dataclasses import dataclass

from ..exits import had_cart, has_cart


@dataclass(frozen=True)
class Trigger:
    """What puts a customer into a flow.

    ``select`` gives ``subject_id`` (text, what makes a run another than the customer's earlier ones), ``contact_id``,
    ``basis`` (the moment the waiting counts from) and ``about`` (ids of products, as a JSON list) of what happened
    after ``%(since)s``. It may name ``%(now)s``.

    ``past`` is for rehearsals (``flows/replay/``): all that started after ``%(since)s`` until ``%(now)s``, with
    ``known_at``, the moment from which the flow would have seen it; ``%(window)s`` is how far the flow looks back. ""
    where what is stored does not tell of the past.
    """

    sentence: str
    select: str
    past: str = ""


def _seen_at_once(select: str) -> str:
    return f"SELECT started.*, started.basis AS known_at FROM ({select}) started"  # noqa: S608 - of constants


# If the first is cancelled, another is the first. Served by crm_purchase_placed.
_FIRST_ORDERS = """
    SELECT purchase.order_id::text AS subject_id, purchase.contact_id, purchase.placed_at AS basis, (
        SELECT coalesce(jsonb_agg(DISTINCT line.product_id) FILTER (WHERE line.product_id IS NOT NULL), '[]')
        FROM crm_purchase_line line WHERE line.purchase_id = purchase.order_id
    ) AS about
    FROM crm_purchase purchase
    WHERE purchase.placed_at > %(since)s AND purchase.counts AND purchase.contact_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM crm_purchase earlier
        WHERE earlier.contact_id = purchase.contact_id AND earlier.counts
            AND (earlier.placed_at, earlier.order_id) < (purchase.placed_at, purchase.order_id)
    )
"""
FIRST_ORDER = Trigger("the first order", _FIRST_ORDERS, past=_seen_at_once(_FIRST_ORDERS))
# An order is delivered once. Served by crm_purchase_fulfilled.
_DELIVERIES = """
    SELECT purchase.order_id::text AS subject_id, purchase.contact_id, purchase.fulfilled_at AS basis, (
        SELECT coalesce(jsonb_agg(DISTINCT line.product_id) FILTER (WHERE line.product_id IS NOT NULL), '[]')
        FROM crm_purchase_line line
        WHERE line.purchase_id = purchase.order_id AND NOT line.gift_card AND line.quantity > line.returned
    ) AS about
    FROM crm_purchase purchase
    WHERE purchase.fulfilled_at > %(since)s AND purchase.counts AND purchase.contact_id IS NOT NULL
"""
DELIVERED = Trigger("an order was delivered", _DELIVERIES, past=_seen_at_once(_DELIVERIES))
# One run for each day on which somebody looked. Served by crm_view_contact, in one or two months.
LOOKED_TWICE = Trigger(
    "a product was looked at twice or more, and nothing lies in a cart",
    f"""
    SELECT view.contact_id || '@' || to_char(max(view.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject_id,
        view.contact_id, max(view.at) AS basis, to_jsonb((
            array_agg(view.product_id ORDER BY view.times DESC, view.at DESC, view.product_id)
        )[1:4]) AS about
    FROM (
        SELECT contact_id, product_id, count(*) AS times, max(at) AS at FROM crm_view
        WHERE at > %(since)s AND at <= %(now)s AND kind = 'product_view' AND contact_id IS NOT NULL
        GROUP BY contact_id, product_id HAVING count(*) >= 2
    ) view
    WHERE NOT EXISTS (
        SELECT FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
        WHERE purchase.contact_id = view.contact_id AND purchase.real AND purchase.placed_at > %(since)s
            AND line.product_id = view.product_id
    ) AND NOT {has_cart("view.contact_id", "%(now)s")}
    GROUP BY view.contact_id
    """,  # noqa: S608 - of constants
    # Each look that was at least the second at its product so lately, with what had been looked at so; seen once the
    # product was not bought so lately any more.
    past=f"""
    SELECT looked.contact_id || '@' || to_char(looked.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject_id,
        looked.contact_id, looked.at AS basis, shown.about, free.known_at
    FROM (
        SELECT contact_id, product_id, at, lag(at) OVER (PARTITION BY contact_id, product_id ORDER BY at) AS before
        FROM crm_view
        WHERE at > %(since)s - %(window)s AND at <= %(now)s AND kind = 'product_view' AND contact_id IS NOT NULL
    ) looked
    CROSS JOIN LATERAL (
        SELECT greatest(looked.at, max(purchase.placed_at) + %(window)s) AS known_at
        FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
        WHERE purchase.contact_id = looked.contact_id AND purchase.real AND line.product_id = looked.product_id
            AND purchase.placed_at > looked.at - %(window)s AND purchase.placed_at <= looked.at
    ) free
    CROSS JOIN LATERAL (
        SELECT to_jsonb((
            array_agg(seen.product_id ORDER BY seen.times DESC, seen.at DESC, seen.product_id)
        )[1:4]) AS about
        FROM (
            SELECT product_id, count(*) AS times, max(at) AS at FROM crm_view
            WHERE contact_id = looked.contact_id AND kind = 'product_view'
                AND at > free.known_at - %(window)s AND at <= looked.at
            GROUP BY product_id HAVING count(*) >= 2
        ) seen
        WHERE NOT EXISTS (
            SELECT FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
            WHERE purchase.contact_id = looked.contact_id AND purchase.real AND line.product_id = seen.product_id
                AND purchase.placed_at > free.known_at - %(window)s AND purchase.placed_at <= free.known_at
        )
    ) shown
    WHERE looked.at > %(since)s AND looked.before > free.known_at - %(window)s AND shown.about ? looked.product_id
        AND NOT {had_cart("looked.contact_id", "free.known_at")}
    """,  # noqa: S608 - of constants
)


def entered(kind: str, segment: str, sentence: str) -> Trigger:
    """A segment was entered (``segments.models.Membership``): by what the customer did or by time, not because other
    rules hold now, and not on the way down from a better tier. Served by crm_membership_segment.
    """
    return Trigger(
        sentence,
        f"""
        SELECT member.contact_id || '@' || to_char(member.entered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject_id,
            member.contact_id, member.entered_at AS basis, '[]'::jsonb AS about
        FROM crm_membership member
        WHERE member.kind = '{kind}' AND member.segment = '{segment}' AND member.entered_at > %(since)s
            AND member.left_at IS NULL AND member.cause NOT IN ('decay', 'recomputed')
        """,  # noqa: S608 - of constants
        # Whoever entered is found by the next nightly run (tasks.py).
        past=f"""
        SELECT started.subject_id, started.contact_id, started.basis, started.about, started.known_at FROM (
            SELECT member.contact_id || '@' || to_char(member.entered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                    AS subject_id,
                member.contact_id, member.entered_at AS basis, '[]'::jsonb AS about, member.left_at,
                date_bin('1 day', member.entered_at - interval '1 us', '2000-01-01 03:00+00') + interval '1 day'
                    AS known_at
            FROM crm_membership member
            WHERE member.kind = '{kind}' AND member.segment = '{segment}' AND member.entered_at > %(since)s
                AND member.cause NOT IN ('decay', 'recomputed')
        ) started WHERE started.left_at IS NULL OR started.left_at > started.known_at
        """,  # noqa: S608 - of constants
    )


# Bought again by enough of those who had it, after the product's usual time (``reorder.py``): what is due now.
USED_UP = Trigger(
    "the usual time until a product is bought again has passed",
    """
    SELECT due.contact_id || '@' || to_char(min(due.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject_id,
        due.contact_id, min(due.at) AS basis, to_jsonb((array_agg(due.product_id ORDER BY due.at, due.product_id))[1:4])
            AS about
    FROM (
        SELECT purchase.contact_id, line.product_id, max(purchase.placed_at) + reorder.gap AS at
        FROM crm_reorder reorder
        JOIN crm_purchase_line line ON line.product_id = reorder.product_id AND line.quantity > line.returned
        JOIN crm_purchase purchase ON purchase.order_id = line.purchase_id AND purchase.counts AND NOT purchase.gift
            AND purchase.contact_id IS NOT NULL
            AND purchase.placed_at BETWEEN %(since)s - reorder.gap AND %(now)s
        GROUP BY purchase.contact_id, line.product_id, reorder.gap
    ) due
    WHERE due.at BETWEEN %(since)s AND %(now)s
    GROUP BY due.contact_id
    """,
    # Whatever was not bought again before its time.
    past="""
    SELECT due.contact_id || '@' || to_char(due.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject_id,
        due.contact_id, due.at AS basis, to_jsonb((array_agg(due.product_id ORDER BY due.product_id))[1:4]) AS about,
        due.at AS known_at
    FROM (
        SELECT bought.contact_id, bought.product_id, bought.at + bought.gap AS at
        FROM (
            SELECT purchase.contact_id, line.product_id, reorder.gap, purchase.placed_at AS at,
                lead(purchase.placed_at) OVER (
                    PARTITION BY purchase.contact_id, line.product_id ORDER BY purchase.placed_at
                ) AS again
            FROM crm_reorder reorder
            JOIN crm_purchase_line line ON line.product_id = reorder.product_id AND line.quantity > line.returned
            JOIN crm_purchase purchase ON purchase.order_id = line.purchase_id AND purchase.counts
                AND NOT purchase.gift AND purchase.contact_id IS NOT NULL
                AND purchase.placed_at BETWEEN %(since)s - reorder.gap AND %(now)s
        ) bought
        WHERE bought.again IS NULL OR bought.again > bought.at + bought.gap
    ) due
    WHERE due.at BETWEEN %(since)s AND %(now)s
    GROUP BY due.contact_id, due.at
    """,
)
