"""What a rehearsal of 90 days costs in a shop of 100,000 customers.

Run as ``python -m benchmarks.replay [--customers 100000]``. Everybody who agreed buys, looks and leaves carts at a pace
of their own, in a database of its own; all flows that can be rehearsed are.
"""

import argparse
import resource
from collections import Counter
from datetime import timedelta
from time import perf_counter

from benchmarks import segments

NOW = segments.NOW
_FILL = (
    "UPDATE crm_contact SET email = 'customer' || id || '@example.com', consented = id %% 5 > 0",
    """
    INSERT INTO crm_consent_record (contact_id, granted, source, reference, wording, at)
    SELECT id, consented, 'account', '', '', created_at FROM crm_contact
    """,
    """
    INSERT INTO crm_purchase_line (purchase_id, line_id, product_id, variant_id, quantity, returned, total, gift_card)
    SELECT order_id, '1', product, product, 1, 0, total, false
    FROM (SELECT *, (1 + floor(random() * 2000))::int::text AS product FROM crm_purchase) purchase
    """,
    "UPDATE crm_purchase SET fulfilled_at = placed_at + interval '2 days' WHERE placed_at > %(now)s - interval '120 d'",
    "INSERT INTO crm_reorder (product_id, gap) SELECT n::text, interval '40 days' FROM generate_series(1, 50) n",
    """
    INSERT INTO crm_view (visitor_id, event_id, at, kind, contact_id, product_id, query)
    SELECT '', contact.id || '-' || n, day + random() * interval '20 minutes', 'product_view', contact.id,
        (1 + floor(random() * 3) + contact.id %% 1000)::int::text, ''
    FROM crm_contact contact
    CROSS JOIN LATERAL (
        SELECT %(now)s - random() * interval '90 days' AS day, n FROM generate_series(1, contact.id %% 3) n
    ) visit CROSS JOIN generate_series(1, 4) look
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO crm_cart (id, contact_id, status, channel, currency, language, country, lines, total, revision,
        created_at, changed_at, seen_at)
    SELECT gen_random_uuid(), id, 'open', 'eu', 'EUR', 'de', 'DE', '[]', 50, 1, at, at, at
    FROM (SELECT id, %(now)s - random() * interval '90 days' AS at FROM crm_contact) person
    """,
    """
    INSERT INTO crm_cart_change (cart_id, revision, variant_id, product_id, quantity, at)
    SELECT id, 1, '1', '1', 1, changed_at FROM crm_cart
    """,
    "VACUUM ANALYZE",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    segments._set_up()
    purchases = segments._generate(options.customers, options.customers * 10)
    _fill()
    from saleor_crm_plugin.config import parse
    from saleor_crm_plugin.flows.catalogue import FLOWS
    from saleor_crm_plugin.flows.replay.rehearse import Event
    from saleor_crm_plugin.flows.replay.run import replay
    from saleor_crm_plugin.flows.replay.words import not_rehearsed
    from saleor_crm_plugin.segments import nightly

    settings, counts = parse({"flows": "", "quiet_hours": "21:00-08:00"}), Counter[str]()
    nightly.rebuild(settings, NOW)

    def tell(event: Event) -> None:
        counts[str(event.what)] += 1

    flows = [flow for flow in FLOWS.values() if not not_rehearsed(flow.key)]
    began = perf_counter()
    replay(flows, settings, NOW - timedelta(days=options.days), NOW, tell)
    took, memory = perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.customers:,} customers, {purchases:,} purchases, {options.days} days, {len(flows)} flows: "
          f"{took:.1f} s, peak {memory:.0f} MB")  # fmt: skip
    print(", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in counts.most_common()))


def _fill() -> None:
    from django.db import connection

    from saleor_crm_plugin.activity import interactions, views

    with connection.cursor() as cursor:
        interactions.make_room(interactions.months_between(NOW - timedelta(days=95), NOW), views.TABLE)
        cursor.execute("SET session_replication_role = replica")
        for statement in _FILL:
            cursor.execute(statement, {"now": NOW} if "%" in statement else None)


if __name__ == "__main__":
    main()
