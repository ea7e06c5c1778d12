"""Carts: what is in them now, and each thing that was put in or taken out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..shop import port
from .models import Cart, CartChange


@dataclass(frozen=True)
class Noticed:
    """A cart as it was just stored, and whether anything about it is news."""

    cart: Cart
    moved: bool  # changed since the last look
    owner_before: int | None  # the contact whose it was


def record(carts: Sequence[port.Cart], owners: Mapping[str, int], now: datetime) -> list[Noticed]:
    """Store carts as they are now, with the difference to what was in them before.

    ``owners`` maps cart ids to contact numbers. The caller makes sure that nobody else records the same carts at
    the same time (``webhooks.inbox`` holds a lock on each). Four queries, however many carts.
    """
    before = Cart.objects.in_bulk([cart.id for cart in carts])
    rows: list[Cart] = []
    changes: list[CartChange] = []
    noticed: list[Noticed] = []
    for cart in carts:
        old = before.get(cart.id)
        difference = _difference(old.lines if old else [], cart.lines)
        owner = owners.get(cart.id)
        row = Cart(
            id=cart.id,
            contact_id=owner,
            status=Cart.Status.OPEN if cart.lines else Cart.Status.EMPTY,
            channel=cart.channel,
            currency=cart.currency,
            language=cart.language,
            country=cart.country,
            lines=[_stored(line) for line in cart.lines],
            total=cart.total,
            revision=(old.revision if old else 0) + bool(difference),
            created_at=cart.created_at,
            changed_at=cart.changed_at,
            seen_at=now,
        )
        rows.append(row)
        changes += [
            CartChange(
                cart=row,
                revision=row.revision,
                variant_id=variant,
                product_id=product,
                quantity=quantity,
                at=cart.changed_at,
            )
            for (variant, product), quantity in difference.items()
        ]
        unchanged = old is not None and (old.changed_at, old.contact_id, old.status) == (
            row.changed_at,
            row.contact_id,
            row.status,
        )
        noticed.append(Noticed(row, moved=not unchanged, owner_before=old.contact_id if old else None))
    Cart.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            "contact", "status", "channel", "currency", "language", "country", "lines", "total", "revision",
            "changed_at", "seen_at",
        ],
    )  # fmt: skip
    CartChange.objects.bulk_create(changes)
    return noticed


def close_missing(ids: Sequence[str], now: datetime) -> None:
    """Note that the shop no longer has these carts. Those that became an order stay as they are."""
    Cart.objects.filter(pk__in=ids).exclude(status=Cart.Status.ORDERED).update(status=Cart.Status.GONE, seen_at=now)


def close_ordered(order_of_cart: Mapping[str, str], now: datetime) -> None:
    """Note which carts became an order: cart id to order id. Two queries."""
    rows = list(Cart.objects.filter(pk__in=order_of_cart))
    for row in rows:
        row.status, row.order_id, row.seen_at = Cart.Status.ORDERED, order_of_cart[row.pk], now
    Cart.objects.bulk_update(rows, ["status", "order_id", "seen_at"])


def _stored(line: port.CartLine) -> dict[str, str | int]:
    return {
        "line_id": line.line_id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "quantity": line.quantity,
        "total": str(line.total),
    }


def _difference(
    before: Sequence[Mapping[str, str | int]], after: Sequence[port.CartLine]
) -> dict[tuple[str, str], int]:
    """By how much each variant's quantity changed: (variant id, product id) to a number that is not 0."""
    count: Counter[tuple[str, str]] = Counter()
    for line in after:
        count[line.variant_id, line.product_id] += line.quantity
    for stored in before:
        count[str(stored["variant_id"]), str(stored["product_id"])] -= int(stored["quantity"])
    return {what: quantity for what, quantity in count.items() if quantity}
