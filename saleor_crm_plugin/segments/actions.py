"""What a contact does that has points, and where it is written down: one SELECT (contact_id, at, points) per source."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..config import ScoreRules


@dataclass(frozen=True)
class Source:
    """Where some actions are found: ``sql`` selects contact_id, at and points of the contacts in ``{contacts}``."""

    actions: tuple[str, ...]
    sql: str


SOURCES = (
    # Purchases that count, by what was kept of them.
    Source(
        ("order", "value"),
        """
        SELECT contact_id, placed_at, %(order)s + kept::float8 * coalesce(rate, %(value)s)
        FROM crm_purchase JOIN {contacts} USING (contact_id)
        LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::float8[]) AS r (currency, rate) USING (currency)
        WHERE counts
        """,
    ),
    # A variant was put into a cart, once however many of it.
    Source(
        ("cart",),
        """
        SELECT contact_id, h.at, %(cart)s::float8
        FROM {contacts} JOIN crm_cart USING (contact_id) JOIN crm_cart_change h ON h.cart_id = crm_cart.id
        WHERE h.quantity > 0
        """,
    ),
    # A mail in which a person, and no program, clicked: once, however often and whatever in it.
    Source(
        ("click",),
        """
        SELECT contact_id, min(response.at), %(click)s::float8
        FROM crm_mail_response response JOIN {contacts} USING (contact_id)
        WHERE response.kind = 'click' AND response."by" = 'person'
        GROUP BY contact_id, response.message_id
        """,
    ),
    # Each thing that came back, at the moment of its purchase: it takes points from where they came from. Of the few
    # things that came back, and not of all lines that were bought: those would have to be read one by one.
    Source(
        ("return",),
        """
        SELECT contact_id, placed_at, %(return)s * r.quantity
        FROM (SELECT contact_id, order_id, quantity FROM crm_interaction WHERE kind = 'return') r
        JOIN {contacts} USING (contact_id) JOIN crm_purchase p USING (contact_id, order_id)
        """,
    ),
)


def actions_of(contacts: str, rules: ScoreRules) -> str:
    """A SELECT of all actions with points of the contacts in a table."""
    used = [s for s in SOURCES if any(points for (action, _), points in rules.points.items() if action in s.actions)]
    nothing = Source((), "SELECT contact_id, now(), 0::float8 FROM {contacts} WHERE false")
    return " UNION ALL ".join(source.sql.replace("{contacts}", contacts) for source in used or [nothing])


def points_of(rules: ScoreRules) -> Mapping[str, object]:
    """The parameters of ``actions_of``."""
    single = {action: rules.points.get((action, ""), 0.0) for action in ("order", "value", "cart", "click", "return")}
    rates = {currency: points for (action, currency), points in rules.points.items() if action == "value" and currency}
    return {**single, "currencies": list(rates), "rates": list(rates.values())}
