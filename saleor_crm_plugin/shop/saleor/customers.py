"""Customer accounts. Relies on saleor/account/models.py (User)."""

from collections.abc import Sequence

from saleor.account.models import User

from saleor_crm_plugin.shop.consent import mark
from saleor_crm_plugin.shop.port import Changed, Customer
from saleor_crm_plugin.shop.saleor.changes import read_changes
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.owner import single

_FIRST_NAMES = ("first_name", "default_billing_address__first_name", "default_shipping_address__first_name")


def read_customers(ids: Sequence[str]) -> dict[str, Customer]:
    """Accounts by id, as they are now. Two queries."""
    key, trusting = single("consent_key", "trust_unconfirmed")
    rows = User.objects.filter(pk__in=integers(ids)).values(
        *("pk", "email", "language_code", "is_active", "is_confirmed", "metadata"), *_FIRST_NAMES
    )
    return {
        str(row["pk"]): Customer(
            id=str(row["pk"]),
            email=row["email"].strip(),
            first_name=next((row[name].strip() for name in _FIRST_NAMES if (row[name] or "").strip()), ""),
            language=row["language_code"],
            active=row["is_active"],
            known=row["is_confirmed"] or trusting,
            consent=mark(key, row["metadata"]),
        )
        for row in rows.order_by()
    }


def read_changed_customers(after: Changed, limit: int) -> list[Changed]:
    """Accounts that changed after a point, or logged in: Saleor's ``updated_at`` moves with both. Without those of the
    staff, who are met where they shop."""
    return read_changes(User.objects.filter(is_staff=False), "updated_at", after, limit, integers)
